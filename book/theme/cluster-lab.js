// 몇 대까지 늘리면 빨라질까요: <cluster-lab>에 적은 값으로 6장의 식을 셈해 보입니다.
//
// 식은 book/binder/src/cluster/model.rs와 같고, 선의 빠르기를 더했습니다. 처음 값은 같은 쪽의 표를 만든 식에서 옵니다.
// 스크립트가 없으면 <cluster-lab> 안에 적은 글이 그대로 보입니다. 바깥에서 가져오는 것은 없습니다.
(() => {
  "use strict";
  if (!globalThis.customElements) return;

  const MOST = 1024;
  const SHOWN = [1, 2, 4, 8, 16, 32, 64];
  // 이름, 설명, 단위, 화면의 값을 식의 값으로 바꾸는 배율, 가장 큰 값, 식의 값의 이름
  const FIELDS = [
    ["work", "혼자 일하는 시간", "초", 1, 1e7],
    ["parallel", "나눌 수 있는 몫", "%", 0.01, 100],
    ["startEach", "컴퓨터마다 띄우고 만나는 시간", "ms", 1e-3, 1e7],
    ["records", "건넬 기록의 수", "개", 1, 1e15],
    ["crossing", "기록 하나를 건네는 CPU 시간", "µs", 1e-6, 1e9],
    ["bytes", "기록 하나의 크기", "바이트", 1, 1e12],
    ["link", "선의 빠르기(0이면 끝없이 넓음)", "Mbit/s", 1e6, 1e9],
  ];

  const time = (set, n) => {
    const crossed = set.records * (n - 1) / n;
    const wire = set.link > 0 ? crossed * set.bytes * 8 / set.link / n : 0;
    return set.start + set.startEach * n + set.work * (1 - set.parallel + set.parallel / n)
      + set.crossing * crossed / n + wire;
  };

  const best = (set) => {
    let [at, least] = [1, time(set, 1)];
    for (let n = 2; n <= MOST; n += 1) {
      const seconds = time(set, n);
      if (seconds < least) [at, least] = [n, seconds];
    }
    return [at, least];
  };

  const told = (seconds) => {
    const [value, unit] = seconds >= 1 ? [seconds, "초"] : seconds >= 1e-3 ? [seconds * 1e3, "ms"] : [seconds * 1e6, "µs"];
    return `${Number(value.toPrecision(3)).toLocaleString("ko", { maximumFractionDigits: 6 })} ${unit}`;
  };

  const make = (tag, set = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), set);
    made.append(...inside);
    return made;
  };

  class ClusterLab extends HTMLElement {
    connectedCallback() {
      if (this.querySelector("form")) return;
      const given = document.querySelector(".cluster-figures")?.dataset;
      const start = Number(given?.start ?? 0);
      const first = { link: 1000e6 };
      for (const [name] of FIELDS) if (given?.[name] !== undefined) first[name] = Number(given[name]);
      const form = make("form", { noValidate: true });
      const inputs = FIELDS.map(([name, label, unit, scale, most]) => {
        const id = `cluster-lab-${name}`;
        const input = make("input", { id, type: "number", min: 0, max: most, step: "any" });
        input.value = Number(((first[name] ?? 0) / scale).toPrecision(4));
        input.setAttribute("aria-describedby", "cluster-lab-notice");
        form.append(make("div", { className: "row" }, make("label", { htmlFor: id, textContent: `${label} (${unit})` }), input));
        return input;
      });
      const notice = make("p", { className: "notice", id: "cluster-lab-notice" });
      const said = make("p", { className: "told" });
      said.setAttribute("role", "status");
      const body = make("tbody");
      const head = make("tr", {}, ...["컴퓨터", "걸리는 시간", "한 대의 몇 배 빠른가"].map((textContent) => make("th", { textContent, scope: "col" })));
      const show = () => {
        const set = { start };
        for (const [at, [name, label, , scale, most]] of FIELDS.entries()) {
          const value = inputs[at].value.trim() === "" ? NaN : Number(inputs[at].value);
          const fine = value >= 0 && value <= most;
          inputs[at].setAttribute("aria-invalid", String(!fine));
          if (!fine) {
            notice.textContent = `${label}에는 0부터 ${most.toLocaleString("ko")}까지의 수를 적어 주세요. 아래는 앞의 값으로 셈한 것입니다.`;
            return;
          }
          set[name] = value * scale;
        }
        notice.textContent = "";
        const [at, least] = best(set);
        const alone = time(set, 1);
        said.textContent = at === 1
          ? "한 대가 가장 짧습니다. 나누지 마세요."
          : `${at}대에서 ${told(least)}로 가장 짧습니다. 한 대의 ${(alone / least).toFixed(2)}배 빠르고, ${at === MOST ? "더 늘려도 조금씩 빨라집니다" : "더 늘리면 늦어집니다"}.`;
        body.replaceChildren(...SHOWN.map((n) => make("tr", {},
          make("th", { textContent: `${n}대`, scope: "row" }),
          make("td", { textContent: told(time(set, n)) }),
          make("td", { textContent: `${(alone / time(set, n)).toFixed(2)}배` }))));
      };
      form.addEventListener("input", show);
      form.addEventListener("submit", (event) => event.preventDefault());
      // 글자 키와 화살표로 장을 넘기는 mdBook이 듣지 않게 합니다.
      form.addEventListener("keydown", (event) => event.stopPropagation());
      this.replaceChildren(form, notice, said, make("div", { className: "table-wrapper" }, make("table", {}, make("thead", {}, head), body)));
      show();
    }
  }
  // 시험이 식만 따로 부릅니다.
  globalThis.NoriteoCluster = { time, best };
  customElements.define("cluster-lab", ClusterLab);
})();
