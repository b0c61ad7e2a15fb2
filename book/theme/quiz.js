// 절 뒤의 확인 문제입니다. 글에 적힌 보기와 까닭을 읽어 고를 수 있게 만듭니다.
// 스크립트가 없으면 보기는 번호 목록이고, 답은 접힌 글입니다. 답한 것은 어디에도 남기지 않습니다.
(() => {
  "use strict";
  const RIGHT = "맞습니다.";

  const make = (tag, set = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), set);
    made.append(...inside);
    return made;
  };
  // 빈칸, 쉼표, 대소문자, 뒤에 붙은 단위의 차이는 보지 않습니다.
  const plain = (text) => text.normalize("NFC").replace(/[\s,]/g, "").replace(/(개|번|명|줄|장|칸|배)$/, "").toLowerCase();

  const start = (quiz, index) => {
    const { kind } = quiz.dataset;
    const number = kind === "number";
    const question = quiz.querySelector(":scope > p");
    const list = quiz.querySelector(":scope > ol");
    const details = quiz.querySelector(":scope > details");
    const reasons = [...(details?.querySelectorAll(":scope > ol > li") ?? [])];
    if (!question || !reasons.length || (!number && list?.children.length !== reasons.length)) return;
    const right = reasons.map((one) => one.querySelector("strong")?.textContent === RIGHT);
    question.id ||= `quiz-question-${index}`;

    const form = make("form", { className: "quiz-form", noValidate: true });
    let inputs = [];
    if (number) {
      const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
      input.setAttribute("aria-labelledby", question.id);
      inputs = [input];
      form.append(input);
    } else {
      const group = make("div");
      group.setAttribute("role", kind === "one" ? "radiogroup" : "group");
      group.setAttribute("aria-labelledby", question.id);
      inputs = [...list.children].map((choice, at) => {
        const input = make("input", { type: kind === "one" ? "radio" : "checkbox", name: `quiz-${index}`, value: at });
        group.append(make("label", {}, input, make("span", {}, ...choice.childNodes)));
        return input;
      });
      form.append(group);
      list.remove();
    }
    form.append(make("button", { type: "submit", textContent: "확인하기" }));
    const said = make("div", { className: "quiz-said" });
    said.setAttribute("role", "status");
    said.setAttribute("aria-live", "polite");
    form.append(said);
    details.before(form);

    const copy = (at) => make("div", {}, ...reasons[at].cloneNode(true).childNodes);
    const tell = (ok, ...inside) => {
      quiz.dataset.ok = ok;
      said.replaceChildren(...inside);
    };
    const line = (text) => make("p", {}, make("strong", { textContent: text }));

    const one = (at) => tell(right[at], copy(at));
    const several = (chosen) => {
      const wrong = chosen.filter((at) => !right[at]);
      const missed = right.filter((is, at) => is && !chosen.includes(at)).length;
      if (!wrong.length && !missed) return tell(true, line("모두 맞게 골랐습니다."), ...chosen.map(copy));
      const told = [line(wrong.length ? "아닌 것을 골랐습니다." : `맞는 것만 골랐지만 아직 ${missed}개가 더 있습니다.`)];
      return tell(false, ...told, ...wrong.map(copy));
    };
    const typed = (text) => {
      const at = reasons.findIndex((reason) =>
        [...reason.querySelectorAll(":scope > code, :scope > p > code")]
          .filter((code) => code.compareDocumentPosition(reason.querySelector("strong")) & Node.DOCUMENT_POSITION_FOLLOWING)
          .some((code) => plain(code.textContent) === plain(text)));
      one(at < 0 ? reasons.length - 1 : at);
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (number) {
        if (inputs[0].value.trim()) typed(inputs[0].value);
        else tell("", line("답을 적은 뒤에 눌러 주세요."));
        return;
      }
      const chosen = inputs.flatMap((input, at) => (input.checked ? [at] : []));
      if (!chosen.length) tell("", line("하나를 고른 뒤에 눌러 주세요."));
      else if (kind === "one") one(chosen[0]);
      else several(chosen);
    });
    // 답을 바꾸면 앞의 말은 거둡니다.
    form.addEventListener("input", () => tell(""));
    // 화살표로 장을 넘기고 글자로 찾기를 여는 mdBook보다 먼저 받습니다.
    form.addEventListener("keydown", (event) => event.stopPropagation());
  };

  document.querySelectorAll(".quiz").forEach(start);
})();
