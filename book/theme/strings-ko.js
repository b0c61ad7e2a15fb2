// mdBook의 화면에 적힌 영어를 한국어로 바꿉니다. 실행 중에 새로 적히는 글도 바꿉니다.
// mdBook의 파일은 고치지 않습니다. 판이 바뀌어 모르는 영어가 생기면 tests/reading.rs가 알립니다.
(() => {
  "use strict";
  const words = {
    // 차림표
    "Toggle Table of Contents": "차례 열고 닫기",
    "Table of contents": "차례",
    "Change theme": "밝기 바꾸기",
    "Themes": "밝기",
    "Auto": "컴퓨터의 설정대로",
    "Light": "밝게",
    "Coal": "어둡게",
    "Search (`/`)": "찾기 (`/`)",
    "Toggle Searchbar": "찾기 상자 열고 닫기",
    "Print this book": "책 전체를 인쇄하기",
    "Git repository": "책의 저장소",
    "Suggest an edit": "고칠 곳 알리기",
    "Page navigation": "앞뒤 장으로 가기",
    "Previous chapter": "앞 장",
    "Next chapter": "다음 장",
    "Toggle section": "차례의 절 펼치고 접기",
    // 찾기
    "Search this book ...": "이 책에서 찾기",
    "Search Result Teaser": "찾은 곳의 글",
    // 코드
    "Copy to clipboard": "베끼기",
    "Copied!": "베꼈습니다",
    "Clipboard error!": "베끼지 못했습니다",
    "Show hidden lines": "숨긴 줄 보이기",
    "Hide lines": "숨긴 줄 감추기",
    "Run this code": "이 코드 실행하기",
    "Undo changes": "고친 것 되돌리기",
    "Running...": "실행하는 중입니다",
    "No output": "출력이 없습니다",
    // 알림 상자의 제목
    "Note": "참고",
    "Tip": "도움말",
    "Important": "중요",
    "Warning": "주의",
    "Caution": "조심",
  };
  // 도움말 상자에서만 바꾸는 글입니다. 짧아서 다른 곳의 낱말과 겹칠 수 있습니다.
  const help = {
    "Keyboard shortcuts": "글자판으로 읽기",
    "Press": "",
    "or": " 또는 ",
    "to navigate between chapters": ": 앞뒤 장으로 갑니다",
    "to search in the book": ": 책에서 찾습니다",
    "to show this help": ": 이 도움말을 엽니다",
    "to hide this help": ": 이 도움말을 닫습니다",
  };
  const shapes = [
    [/^No search results for '([^]*)'\.$/, (query) => `「${query}」을(를) 찾지 못했습니다.`],
    [/^(\d+) search results? for '([^]*)':$/, (count, query) => `「${query}」을(를) ${count}곳에서 찾았습니다.`],
    [/^Page not found( - [^]*)?$/, (rest) => `없는 쪽입니다${rest ?? ""}`],
    [/^Playground Communication: ([^]*)$/, (why) => `바깥 놀이터와 말하지 못했습니다: ${why}`],
  ];
  const names = ["title", "aria-label", "placeholder"];
  // 책의 글은 바꾸지 않습니다. 이것들은 본문 안에 있어도 mdBook이 적은 것입니다.
  const ours = "main, mdbook-sidebar-scrollbox, #mdbook-searchresults, .menu-title, script, style, template";
  const theirs = ".buttons, .blockquote-tag-title, .result, title";

  const translate = (text, table = words) => {
    const bare = text.trim();
    if (Object.hasOwn(table, bare)) return table[bare];
    for (const [shape, say] of shapes) {
      const found = shape.exec(bare);
      if (found) return say(...found.slice(1));
    }
    return null;
  };

  let pressed = null;

  const inText = (node) => {
    const parent = node.parentElement;
    if (!parent || (parent.closest(ours) && !parent.closest(theirs))) return;
    const said = translate(node.data, parent.closest("#mdbook-help-popup") ? help : words);
    if (said !== null && said !== node.data) node.data = said;
  };
  const inAttribute = (element, name) => {
    const value = element.getAttribute(name);
    if (value === null || element === pressed) return;
    const said = translate(value);
    if (said !== null && said !== value) element.setAttribute(name, said);
  };
  const all = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return inText(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) inText(node);
      else for (const name of names) inAttribute(node, name);
    }
  };

  // book.js는 숨긴 줄의 단추를 누르면 그 title을 영어 글과 견줍니다. 누름을 다 다룰 때까지만 영어로 돌려놓습니다.
  const compared = new Map(["Show hidden lines", "Hide lines"].map((english) => [words[english], english]));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".buttons button");
    const english = compared.get(button?.title);
    if (!english) return;
    pressed = button;
    button.title = english;
    setTimeout(() => {
      pressed = null;
      all(button);
    });
  }, true);

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") inText(change.target);
      else if (change.type === "attributes") inAttribute(change.target, change.attributeName);
      else change.addedNodes.forEach(all);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: names,
  });
  all(document.documentElement);
})();
