// 직접 돌려 보는 GIL: <gil-lab>의 설정으로 모형(gil-model.js)을 돌려 타임라인과 표로 보입니다.
//
// 그림의 꼴과 말은 book/binder/src/timeline.rs와 같습니다. 스크립트가 없으면 <gil-lab> 안에 적은 글이 그대로 보입니다.
// 바깥에서 가져오는 것은 없고, 설정은 주소(?gil-threads=3&…#gil-lab)에만 적습니다.
(() => {
  "use strict";
  const model = globalThis.NoriteoGil;
  if (!model || !globalThis.customElements) return;

  const { LIMITS, STEP, CYCLE, SLICE } = model;
  const PREFIX = "gil-";
  const ANCHOR = "gil-lab";

  /** 상태마다 다른 무늬입니다. 차례는 범례의 차례입니다. */
  const STATES = {
    running: { label: "달림", size: 6, drawn: "", active: true },
    held: { label: "락을 쥠", size: 6, drawn: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5", active: true },
    "lock-wait": { label: "락을 기다림", size: 4, drawn: "M1 1h1.6" },
    "core-wait": { label: "코어를 기다림", size: 5, drawn: "M0 0L5 5M5 0L0 5" },
    io: { label: "입출력을 기다림", size: 4, drawn: "M0 2H4" },
  };

  const CONTROLS = [
    { name: "threads", label: "스레드의 수", unit: "개" },
    { name: "io", label: "일에서 입출력의 몫", unit: "%" },
    { name: "interval", label: "전환 간격", unit: "µs", steps: [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000] },
    { name: "lock", label: "락(모자)을 씁니다" },
    { name: "cores", label: "코어의 수(락이 없을 때)", unit: "개" },
    { name: "askers", label: "입출력을 하는 스레드(앞에서부터)", unit: "개", more: true },
    { name: "wake", label: "잠든 스레드가 깨어나는 데 드는 시간", unit: "µs", more: true },
    { name: "window", label: "보는 시간", unit: "µs", steps: [1000, 2000, 5000, 10000, 20000, 30000, 50000, 100000, 200000], more: true },
    { name: "seed", label: "씨앗", more: true },
  ];

  /** 설정이 같은, 잰 달림입니다. */
  const RECORDED = [
    {
      id: "timeline-locked",
      chapter: 3,
      page: "ch03-gil.html",
      fits: (s) => s.lock && s.threads === 2 && onlyComputes(s) && s.interval === 5000,
      what: "두 스레드가 락 하나에 묶여 더한 달림",
    },
    {
      id: "timeline-two-threads",
      chapter: 2,
      page: "ch02-thread.html",
      fits: (s) => !s.lock && s.threads === 2 && onlyComputes(s) && s.cores >= 2,
      what: "두 스레드가 락 없이 더한 달림",
    },
  ];
  const onlyComputes = (settings) => settings.io === 0 || settings.askers === 0;

  // ---- 수와 글

  /** 유효 숫자 셋입니다. */
  const duration = (micros) => {
    if (micros === 0) return "0 µs";
    if (micros < 1000) return `${micros} µs`;
    const ms = micros / 1000;
    return `${ms.toFixed(ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0)} ms`;
  };
  /** 정한 시간은 어림하지 않고 적습니다. */
  const given = (micros) => (micros < 1000 ? `${micros} µs` : `${micros / 1000} ms`);
  const ms = (micros) => (micros / 1000).toFixed(2);
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(0)}%`;
  const times = (work, window) => `${(work / window).toFixed(2)}배`;
  const median = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : Math.floor((sorted[middle - 1] + sorted[middle]) / 2);
  };

  /** 한글 한 글자를 두 칸으로 셉니다. */
  const columns = (text) => [...text].reduce((sum, c) => sum + (c >= "\u1100" ? 2 : 1), 0);

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };
  const draw = (name, attributes = {}, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  /** 설정으로 고를 수 없는 것들입니다. */
  const ASSUMED =
    `모형이 정해 둔 것: 계산하는 스레드는 ${given(STEP)}마다 요청을 봅니다. 계산 한 조각과 입출력 한 조각의 길이를 더하면 ` +
    `평균 ${given(CYCLE)}이고, 저마다 평균의 절반에서 한 배 반까지입니다. 락이 없을 때, 기다리는 스레드가 있으면 ` +
    `코어를 ${given(SLICE)}씩 돌아가며 씁니다.`;

  // ---- 그림: book/binder/src/timeline.rs

  const WIDTH = 480;
  const FONT = 13;
  const LANE = 32;
  const THICK = 22;
  const THIN = 10;
  const TOP = 6;

  const step = (least) => {
    const unit = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
    return [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= least);
  };

  const picture = (id, settings, run, told) => {
    const names = run.tracks.map((_, index) => `스레드 ${index + 1}`);
    const left = Math.max(...names.map(columns)) * FONT * 0.54 + 8;
    const wide = WIDTH - left - 8;
    const bottom = TOP + LANE * names.length;
    const at = (time) => left + (time / settings.window) * wide;
    const used = Object.keys(STATES).filter((state) => run.tracks.some(({ spans }) => spans.some((span) => span[0] === state)));

    const legend = draw("g", { class: "legend" });
    let [x, row] = [0, 0];
    for (const state of used) {
      const { label, active } = STATES[state];
      const width = 34 + columns(label) * FONT * 0.54 + 14;
      if (x > 0 && x + width > WIDTH) [x, row] = [0, row + 1];
      const middle = bottom + 34 + 22 * row + 8;
      const tall = active ? 16 : THIN;
      legend.append(
        draw("rect", { x: x.toFixed(1), y: middle - tall / 2, width: 28, height: tall, fill: `url(#${id}-${state})` }),
        draw("text", { x: (x + 34).toFixed(1), y: (middle + FONT * 0.36).toFixed(1) }, label),
      );
      x += width;
    }

    const height = bottom + 34 + 22 * (row + 1);
    const svg = draw(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, "font-size": FONT, role: "img", "aria-labelledby": `${id}-title ${id}-desc` },
      draw("title", { id: `${id}-title` }, "모형이 달린 타임라인"),
      draw("desc", { id: `${id}-desc` }, told),
      draw(
        "defs",
        {},
        ...used.map((state) => {
          const { size, drawn } = STATES[state];
          const pattern = draw("pattern", { id: `${id}-${state}`, class: state, width: size, height: size, patternUnits: "userSpaceOnUse" });
          pattern.append(draw("rect", { width: size, height: size }));
          if (drawn) pattern.append(draw("path", { d: drawn }));
          return pattern;
        }),
      ),
    );
    run.tracks.forEach(({ spans }, lane) => {
      const middle = TOP + LANE * (lane + 0.5);
      const group = draw("g", { class: "lane" });
      for (const [state, start, end] of spans) {
        const { label, active } = STATES[state];
        const tall = active ? THICK : THIN;
        group.append(
          draw(
            "rect",
            {
              x: at(start).toFixed(2), y: middle - tall / 2, width: Math.max(0.3, at(end) - at(start)).toFixed(2), height: tall,
              fill: `url(#${id}-${state})`, "data-state": state, "data-start": start, "data-end": end,
            },
            draw("title", {}, `${names[lane]}: ${label}, ${ms(start)}–${ms(end)} ms (${duration(end - start)})`),
          ),
        );
      }
      svg.append(draw("text", { x: 0, y: (middle + FONT * 0.36).toFixed(1) }, names[lane]), group);
    });
    svg.append(draw("path", { class: "axis", d: `M${left.toFixed(1)} ${bottom}H${(left + wide).toFixed(1)}` }));
    const ticks = draw("g", { class: "ticks" });
    const gap = step(settings.window / 4);
    const digits = Math.max(0, 3 - Math.floor(Math.log10(gap)));
    for (let time = 0; time <= settings.window; time += gap) {
      const tick = at(time);
      ticks.append(
        draw("path", { class: "axis", d: `M${tick.toFixed(1)} ${bottom}v5` }),
        draw(
          "text",
          { x: tick.toFixed(1), y: bottom + 18, "text-anchor": time === 0 ? "start" : tick > WIDTH - 30 ? "end" : "middle" },
          time === 0 ? "0 ms" : (time / 1000).toFixed(digits),
        ),
      );
    }
    svg.append(ticks, legend);
    return svg;
  };

  /** 그림을 보지 않고도 알 수 있게, 잰 그림의 설명과 같은 말로 적습니다. */
  const caption = (settings, run) => {
    const total = (key) => run.tracks.reduce((sum, track) => sum + track[key], 0);
    let told = `${run.tracks.length}줄, 모두 ${duration(settings.window)}.`;
    if (settings.lock) {
      const held = run.tracks
        .flatMap(({ spans }) => spans.filter(([state]) => state === "held"))
        .sort((a, b) => a[1] - b[1]);
      if (held.length > 0) {
        const overlaps = held.some(([, start], index) => index > 0 && start < held[index - 1][2]);
        told += ` 락을 쥔 조각은 ${held.length}개(중앙값 ${duration(median(held.map(([, start, end]) => end - start)))})이고, `;
        told += overlaps ? "둘이 함께 쥔 때가 있습니다." : "둘이 함께 쥔 때는 없습니다.";
      }
    } else if (run.tracks.length > 1) {
      told += ` 둘 이상이 함께 달린 때가 ${percent(together(run), settings.window)}입니다.`;
    }
    for (const [key, what] of [["coreWait", "코어를 기다린"], ["lockWait", "락을 기다린"], ["io", "입출력을 기다린"]]) {
      if (total(key) * 50 > settings.window) told += ` 모두 더해 ${what} 시간은 ${duration(total(key))}입니다.`;
    }
    return told;
  };

  /** 둘 이상이 함께 달린 시간입니다. */
  const together = (run) => {
    const edges = run.tracks
      .flatMap(({ spans }) => spans.filter(([state]) => STATES[state].active))
      .flatMap(([, start, end]) => [[start, 1], [end, -1]])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let [running, since, sum] = [0, 0, 0];
    for (const [time, change] of edges) {
      if (running > 1) sum += time - since;
      running += change;
      since = time;
    }
    return sum;
  };

  // ---- 설정

  /** 글을 설정의 값으로 읽습니다. 쓸 수 없으면 null입니다. */
  const parse = (name, text) => {
    if (name === "lock") return { on: 1, off: 0 }[text] ?? null;
    const [low, high] = LIMITS[name];
    if (!/^[0-9]{1,10}$/.test(text)) return null;
    const value = Number(text);
    return value >= low && value <= high ? value : null;
  };
  const told = (name, value) => (name === "lock" ? (value ? "on" : "off") : String(value));
  const allowed = (name) => (name === "lock" ? "on이나 off" : `${LIMITS[name][0]}부터 ${LIMITS[name][1]}까지의 정수`);

  class GilLab extends HTMLElement {
    connectedCallback() {
      if (this.settings) return;
      this.key = document.querySelector("gil-lab") === this ? ANCHOR : `${ANCHOR}-${[...document.querySelectorAll("gil-lab")].indexOf(this)}`;
      this.first = {};
      for (const [name, [, , first]] of Object.entries(LIMITS)) {
        const given = this.getAttribute(name);
        this.first[name] = (given !== null ? parse(name, given) : null) ?? first;
      }
      this.recorded = RECORDED.map((known) => ({ ...known, copy: copyOf(known.id, this.key) }));
      const problems = this.read();
      this.build();
      this.notice.textContent = problems.join(" ");
      // 화살표와 글자로 장을 넘기고 찾기를 여는 mdBook보다 먼저 받습니다.
      this.addEventListener("keydown", (event) => event.stopPropagation());
      this.show();
    }

    /** 주소에 적힌 설정을 읽고, 쓸 수 없던 것을 알립니다. */
    read() {
      this.settings = { ...this.first };
      const problems = [];
      for (const [key, text] of new URLSearchParams(location.search)) {
        if (!key.startsWith(PREFIX)) continue;
        const name = key.slice(PREFIX.length);
        if (!Object.hasOwn(LIMITS, name)) {
          problems.push(`주소의 「${key}」라는 설정은 없습니다.`);
          continue;
        }
        const value = parse(name, text);
        if (value !== null) this.settings[name] = value;
        else {
          this.settings[name] = this.first[name];
          problems.push(`주소의 「${key}=${text.slice(0, 20)}」 대신 처음 값 ${told(name, this.first[name])}을 씁니다. ${allowed(name)}여야 합니다.`);
        }
      }
      return problems;
    }

    /** 지금 설정의 주소입니다. 설정을 모두 적으므로, 처음 값이 나중에 바뀌어도 같은 달림이 됩니다. */
    address(settings = this.settings) {
      const url = new URL(location.href);
      for (const key of [...url.searchParams.keys()]) if (key.startsWith(PREFIX)) url.searchParams.delete(key);
      if (settings) for (const name of Object.keys(LIMITS)) url.searchParams.set(PREFIX + name, told(name, settings[name]));
      url.hash = ANCHOR;
      return url.href;
    }

    write(address) {
      try {
        history.replaceState(history.state, "", address);
      } catch {
        // 주소를 바꾸지 못하는 곳에서도 「주소 복사」는 됩니다.
      }
    }

    build() {
      this.inputs = {};
      const [main, more] = [make("div", { class: "rows" }), make("div", { class: "rows" })];
      for (const control of CONTROLS) (control.more ? more : main).append(this.control(control));
      this.notice = make("p", { class: "notice", role: "status" });
      const button = (text, act) => {
        const made = make("button", { type: "button" }, text);
        made.addEventListener("click", act);
        return made;
      };
      const form = make(
        "form",
        { class: "controls", "aria-label": "모형의 설정" },
        main,
        make("details", {}, make("summary", {}, "더 정하기"), more, make("p", {}, ASSUMED)),
        make("p", { class: "buttons" }, button("처음으로", () => this.reset()), button("주소 복사", () => this.copy())),
      );
      form.addEventListener("submit", (event) => event.preventDefault());
      this.told = make("p", { class: "told", "aria-live": "polite" });
      // 색과 무늬만 빌립니다. 확대하는 스크립트는 잰 그림(`figure.timeline`)만 찾습니다.
      this.figure = make("figure", { class: "modelled" });
      const painted = make("div", { class: "timeline" }, this.figure);
      this.sums = make("div", { class: "table-wrapper" });
      this.lanes = make("div", { class: "table-wrapper by-thread" });
      this.beside = make("div", { class: "beside" });
      this.replaceChildren(form, this.notice, this.told, painted, this.sums, this.lanes, this.beside);
    }

    control({ name, label, unit, steps }) {
      const id = `${this.key}-${name}`;
      if (name === "lock") {
        const input = make("input", { type: "checkbox", id });
        input.addEventListener("change", () => this.set(name, input.checked ? 1 : 0));
        this.inputs[name] = (settings) => {
          input.checked = settings.lock === 1;
        };
        return make("div", { class: "row check" }, make("label", { for: id }, input, " ", label));
      }
      const [low, high] = LIMITS[name];
      const parts = [make("label", { for: id }, unit ? `${label} (${unit})` : label)];
      const exact = make("input", { type: "number", id, min: low, max: high, step: 1, inputmode: "numeric", required: true });
      const effective = (settings) => (name === "askers" ? Math.min(settings.askers, settings.threads) : settings[name]);
      let slider = null;
      if (name !== "seed") {
        slider = make("input", {
          type: "range", id: `${id}-range`, "aria-label": `${label} 막대`,
          min: steps ? 0 : low, max: steps ? steps.length - 1 : high, step: 1,
        });
        slider.addEventListener("input", () => this.set(name, steps ? steps[slider.value] : Number(slider.value)));
        parts.push(slider);
      }
      exact.addEventListener("input", () => {
        const value = parse(name, exact.value);
        exact.setAttribute("aria-invalid", String(value === null));
        if (value !== null) this.set(name, value, exact);
        else this.notice.textContent = `${label}: ${allowed(name)}를 넣으세요.`;
      });
      exact.addEventListener("change", () => {
        if (parse(name, exact.value) === null) this.notice.textContent = `${label}: ${allowed(name)}여야 해서 ${effective(this.settings)}로 되돌렸습니다.`;
        exact.setAttribute("aria-invalid", "false");
        exact.value = effective(this.settings);
      });
      this.inputs[name] = (settings, typing) => {
        const value = effective(settings);
        if (typing !== exact) {
          exact.value = value;
          exact.setAttribute("aria-invalid", "false");
        }
        if (!slider) return;
        if (name === "askers") slider.max = settings.threads;
        slider.value = steps ? nearest(steps, value) : value;
        slider.setAttribute("aria-valuetext", unit === "µs" ? given(value) : `${value}${unit}`);
      };
      parts.push(exact);
      return make("div", { class: "row" }, ...parts);
    }

    set(name, value, typing = null) {
      this.settings = { ...this.settings, [name]: value };
      this.notice.textContent = "";
      this.write(this.address());
      this.show(typing);
    }

    reset() {
      this.settings = { ...this.first };
      this.write(this.address(null));
      this.show();
      this.notice.textContent = "처음 값으로 되돌렸습니다.";
    }

    async copy() {
      const address = this.address();
      try {
        await navigator.clipboard.writeText(address);
        this.notice.textContent = "주소를 복사했습니다.";
      } catch {
        const box = make("input", { type: "text", readonly: true, "aria-label": "지금 설정의 주소" });
        box.value = address;
        this.notice.replaceChildren("이 브라우저에서는 바로 복사하지 못합니다. 주소를 골라 두었으니 복사하세요. ", box);
        box.focus();
        box.select();
      }
    }

    show(typing = null) {
      const { settings } = this;
      const run = model.simulate(settings);
      for (const update of Object.values(this.inputs)) update(settings, typing);
      const summary = caption(settings, run);
      const how = settings.lock ? `락 있음, 전환 간격 ${given(settings.interval)}` : `락 없음, 코어 ${settings.cores}개`;
      this.told.textContent =
        `스레드 ${settings.threads}개, 입출력 ${settings.io}%, ${how}: 한 일은 코어 하나가 쉬지 않고 한 일의 ${times(run.work, settings.window)}입니다.` +
        (settings.lock ? ` 모자는 ${run.stats.switches}번 건너갔습니다. 요청을 보고 떠밀려 놓은 것은 ${run.stats.forcedDrops}번입니다.` : "");
      this.figure.replaceChildren(
        picture(`${this.key}-model`, settings, run, summary),
        make("figcaption", {}, make("strong", {}, "모형."), ` ${summary}`),
      );
      this.sums.replaceChildren(sums(settings, run));
      this.lanes.replaceChildren(lanes(run));
      this.beside.replaceChildren(...this.measured());
    }

    /** 설정이 같은, 잰 달림을 보입니다. */
    measured() {
      const found = this.recorded.find((known) => known.fits(this.settings));
      const heading = make("p", { class: "which" }, make("strong", {}, "잰 것."));
      if (!found) {
        heading.append(" 이 설정 그대로 잰 달림은 책에 없습니다. 위의 그림과 표는 모두 모형의 값입니다.");
        return [heading];
      }
      const { id, chapter, page, what, copy } = found;
      const link = make("a", { href: copy ? `#${id}` : `${page}#${id}` }, what);
      if (!copy) {
        heading.append(` 같은 설정으로 잰 것이 ${chapter}장에 있습니다: `, link, ".");
        return [heading];
      }
      heading.append(" 같은 설정으로 잰 ", link, "입니다.");
      const figure = make("figure", {}, copy.svg.cloneNode(true), make("figcaption", {}, copy.caption));
      return [heading, make("div", { class: "timeline" }, figure), make("p", { class: "measured-on" }, copy.origin)];
    }
  }

  const nearest = (steps, value) => {
    const far = (step) => Math.abs(Math.log(step / value));
    return steps.reduce((best, step, index) => (far(step) < far(steps[best]) ? index : best), 0);
  };

  const table = (head, rows) =>
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head.map((cell) => make("th", { scope: "col" }, cell)))),
      make(
        "tbody",
        {},
        ...rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell)))),
      ),
    );

  const sums = (settings, run) => {
    const rows = [["모두 한 일 ÷ 코어 하나가 쉬지 않고 한 일", times(run.work, settings.window)]];
    if (settings.lock) {
      rows.push(
        ["모자가 다른 스레드로 건너간 횟수", `${run.stats.switches}번`],
        ["요청을 보고 떠밀려 놓은 횟수", `${run.stats.forcedDrops}번`],
        ["락을 쥐기까지 기다린 시간의 중앙값", run.medianWait === null ? "–" : duration(run.medianWait)],
      );
    }
    return table(["모형이 센 것", "값"], rows);
  };

  const lanes = (run) =>
    table(
      ["줄", "한 일", "락을 기다림", "락을 기다린 중앙값", "떠밀려 놓음", "코어를 기다림", "입출력을 기다림"],
      run.tracks.map((track, index) => [
        `스레드 ${index + 1}`,
        duration(track.work),
        duration(track.lockWait),
        track.medianWait === null ? "–" : duration(track.medianWait),
        `${track.forcedDrops}번`,
        duration(track.coreWait),
        duration(track.io),
      ]),
    );

  /** 쪽에 있는 잰 그림의 사본입니다. 확대하기 전에 떠 두고, 그림 속의 id는 겹치지 않게 바꿉니다. */
  const copyOf = (id, key) => {
    const figure = document.getElementById(id);
    const original = figure && figure.querySelector("svg");
    if (!original) return null;
    const svg = original.cloneNode(true);
    for (const name of Object.keys(svg.dataset)) delete svg.dataset[name];
    const mine = `${key}-${id}`;
    for (const element of [svg, ...svg.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        if (value.includes(id)) element.setAttribute(name, value.replaceAll(id, mine));
      }
    }
    const origin = figure.nextElementSibling;
    return {
      svg,
      caption: figure.querySelector("figcaption")?.textContent ?? "",
      origin: origin?.classList.contains("measured-on") ? origin.textContent : "",
    };
  };

  customElements.define("gil-lab", GilLab);
})();
