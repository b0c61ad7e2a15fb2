// 타임라인을 확대하고 옮깁니다. 없어도 그림은 온전합니다. 바깥에서 가져오는 것은 없습니다.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";

  const step = (least) => {
    const unit = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
    return [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= least) ?? 10 * unit;
  };

  const start = (figure) => {
    const svg = figure.querySelector("svg[data-ns]");
    if (!svg) return;
    const all = Number(svg.dataset.ns);
    const left = Number(svg.dataset.left);
    const wide = Number(svg.dataset.wide);
    const rects = [...svg.querySelectorAll("rect[data-us]")].map((rect) => {
      const [s, e] = rect.dataset.us.split(" ").map((us) => us * 1e3);
      return { rect, s, e };
    });
    const marks = [...svg.querySelectorAll(".killed")];
    const ticks = svg.querySelector(".ticks");
    const bottom = Number(ticks.querySelector("path").getAttribute("d").split(/[ v]/)[1]);
    const least = Math.min(all, 1e5);
    let [from, to] = [0, all];

    const view = document.createElement("div");
    view.className = "view";
    view.tabIndex = 0;
    view.setAttribute("role", "group");
    view.setAttribute("aria-label", "타임라인: 더하기와 빼기로 확대하고, 화살표로 옮기고, 0으로 처음으로 돌아갑니다");
    svg.replaceWith(view);
    view.append(svg);
    const bar = document.createElement("div");
    bar.className = "zoom";
    const button = (text, label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", label);
      made.title = label;
      made.addEventListener("click", act);
      bar.append(made);
      return made;
    };

    const show = (a, b) => {
      const span = Math.min(all, Math.max(least, b - a));
      from = Math.min(Math.max(0, a), all - span);
      to = from + span;
      draw();
    };
    const zoom = (factor, at = 0.5) => {
      const span = Math.min(all, Math.max(least, (to - from) * factor));
      const fixed = from + (to - from) * at;
      show(fixed - span * at, fixed + span * (1 - at));
    };
    const pan = (share) => show(from + (to - from) * share, to + (to - from) * share);

    const less = button("−", "축소", () => zoom(2));
    const more = button("+", "확대", () => zoom(0.5));
    const back = button("◀", "앞으로 옮기기", () => pan(-0.5));
    const next = button("▶", "뒤로 옮기기", () => pan(0.5));
    const whole = button("전체", "전체 보기(처음 크기)", () => show(0, all));
    const told = document.createElement("span");
    told.setAttribute("aria-live", "polite");
    bar.append(told);
    view.after(bar);

    const draw = () => {
      const x = (t) => left + (Math.min(Math.max(t, from), to) - from) / (to - from) * wide;
      for (const { rect, s, e } of rects) {
        const seen = e > from && s < to;
        rect.style.display = seen ? "" : "none";
        if (!seen) continue;
        rect.setAttribute("x", x(s).toFixed(2));
        rect.setAttribute("width", Math.max(0.3, x(e) - x(s)).toFixed(2));
      }
      for (const mark of marks) mark.style.display = to < all ? "none" : "";
      const gap = step((to - from) / 4);
      const digits = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(gap))));
      ticks.replaceChildren();
      let first = true;
      for (let t = Math.ceil(from / gap) * gap; t <= to; t += gap) {
        const line = document.createElementNS(SVG, "path");
        line.setAttribute("class", "axis");
        line.setAttribute("d", `M${x(t).toFixed(1)} ${bottom}v5`);
        const text = document.createElementNS(SVG, "text");
        text.setAttribute("x", x(t).toFixed(1));
        text.setAttribute("y", bottom + 18);
        text.setAttribute("text-anchor", x(t) < left + 12 ? "start" : x(t) > left + wide - 24 ? "end" : "middle");
        text.textContent = t === 0 ? "0 ms" : (t / 1e6).toFixed(digits) + (first ? " ms" : "");
        first = false;
        ticks.append(line, text);
      }
      less.disabled = whole.disabled = to - from >= all;
      more.disabled = to - from <= least;
      back.disabled = from <= 0;
      next.disabled = to >= all;
      const ms = (t) => (t / 1e6).toFixed(Math.min(digits + 1, 4));
      told.textContent = to - from >= all ? "" : `${ms(from)}–${ms(to)} ms`;
    };

    const keys = {
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => show(0, all),
      ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25), Home: () => pan(-1e9), End: () => pan(1e9),
    };
    figure.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      // 화살표로 장을 넘기는 mdBook보다 먼저 받습니다.
      event.preventDefault();
      event.stopPropagation();
      act();
    });
    // 그림을 고른 때나 Ctrl을 누른 때만 바퀴를 받습니다. 그냥 굴리면 쪽이 넘어갑니다.
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== view) return;
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      const width = svg.viewBox.baseVal.width;
      const at = ((event.clientX - box.left) / box.width * width - left) / wide;
      zoom(event.deltaY < 0 ? 0.7 : 1 / 0.7, Math.min(1, Math.max(0, at)));
    }, { passive: false });
    let grip = null;
    view.addEventListener("pointerdown", (event) => { grip = [event.clientX, from, to]; });
    view.addEventListener("pointermove", (event) => {
      if (!grip || !event.buttons) return;
      const box = svg.getBoundingClientRect();
      const moved = (grip[0] - event.clientX) / box.width * svg.viewBox.baseVal.width / wide * (grip[2] - grip[1]);
      show(grip[1] + moved, grip[2] + moved);
    });
    view.addEventListener("pointerup", () => { grip = null; });
    draw();
  };

  document.querySelectorAll("figure.timeline").forEach(start);
  // 쪽에서 프로그램을 돌려 그림을 새로 그렸을 때입니다(run.js).
  document.addEventListener("noriteo:figure", (event) => start(event.target));
})();
