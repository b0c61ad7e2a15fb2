// 쪽에 넣어 쓰는 검사 도구입니다(tests/reading.rs).
window.noriteo = (() => {
  "use strict";
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });

  // 낱말 가운데에서 바뀐 줄입니다. 낱말은 빈칸 없이 이어진 글이고, 붙임표와 빗금 뒤에서 바꾸는 것은 맞춤법이 허락합니다.
  const BLOCKS = "p, li, td, th, dt, dd, h1, h2, h3, h4, h5, h6, figcaption, summary, caption";
  const split = (rects) => rects.length > 1
    && Math.max(...rects.map((rect) => rect.top)) >= Math.min(...rects.map((rect) => rect.bottom));
  const breaks = () => {
    const found = [];
    let words = 0;
    for (const block of document.querySelectorAll(`:is(${BLOCKS}):where(main *)`)) {
      if (!visible(block) || block.closest(".buttons, pre, [hidden]")) continue;
      const pieces = [];
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === Node.ELEMENT_NODE) {
          // 일부러 바꾼 줄입니다.
          if (node.tagName === "BR") pieces.push(document.createTextNode(" "));
          continue;
        }
        if (node.parentElement.closest(BLOCKS) !== block || node.parentElement.closest("pre, svg, .run, .buttons")) continue;
        pieces.push(node);
      }
      const text = pieces.map((node) => node.data).join("");
      const at = (index) => {
        for (const node of pieces) {
          if (index < node.length) return [node, index];
          index -= node.length;
        }
        return [pieces.at(-1), pieces.at(-1).length];
      };
      // `from`부터 `to`까지의 글이 놓인 자리입니다. 문장 속 코드가 제 규칙(쉼표, 괄호)대로 갈렸으면 `cut`입니다.
      const place = (from, to) => {
        const rects = [];
        let cut = false;
        while (from < to) {
          const [node, offset] = at(from);
          const length = Math.min(node.length - offset, to - from);
          const range = document.createRange();
          range.setStart(node, offset);
          range.setEnd(node, offset + length);
          const own = [...range.getClientRects()].filter((rect) => rect.width > 0);
          rects.push(...own);
          cut ||= node.parentElement?.closest("code") && split(own);
          from += length;
        }
        return { rects, cut };
      };
      const style = getComputedStyle(block);
      const room = block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      for (const word of text.matchAll(/\S+/gu)) {
        words += 1;
        const whole = place(word.index, word.index + word[0].length);
        // 한 줄에 들어가지 않는 낱말(긴 주소와 식별자)은 자를 수밖에 없습니다.
        if (!split(whole.rects) || whole.rects.reduce((sum, rect) => sum + rect.width, 0) > room) continue;
        for (const part of word[0].matchAll(/[^]*?[-–—/…·]+|[^]+$/gu)) {
          const { rects, cut } = place(word.index + part.index, word.index + part.index + part[0].length);
          if (!cut && split(rects)) found.push(word[0]);
        }
      }
    }
    return { words, found };
  };

  // 본문 밖에 남은 영어입니다.
  const ENGLISH = /[A-Za-z]{2,}/;
  const HANGUL = /[가-힣]/;
  const english = () => {
    const found = [];
    let seen = 0;
    const skip = "mdbook-sidebar-scrollbox, #mdbook-searchresults, .menu-title, script, style, template, noscript, kbd, code, main";
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement;
        if (parent.closest(skip) && !parent.closest("button, .blockquote-tag-title")) continue;
        seen += 1;
        if (ENGLISH.test(node.data) && !HANGUL.test(node.data)) found.push(node.data.trim());
        continue;
      }
      for (const name of ["title", "aria-label", "placeholder", "alt"]) {
        const value = node.getAttribute(name);
        if (value) seen += 1;
        if (value && ENGLISH.test(value) && !HANGUL.test(value)) found.push(`${name}=${value}`);
      }
    }
    return { seen, found };
  };

  // 코드에서 한글의 너비를 로마자 두 칸에 견줍니다.
  const columns = () => {
    const brush = document.createElement("canvas").getContext("2d");
    const wrong = new Set();
    let hangul = 0;
    for (const code of document.querySelectorAll("main pre code")) {
      const style = getComputedStyle(code);
      brush.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const column = brush.measureText("0").width;
      for (const letter of new Set(code.textContent)) {
        const wide = HANGUL.test(letter);
        if (!wide && !/[!-~]/.test(letter)) continue;
        hangul += wide;
        if (Math.abs(brush.measureText(letter).width - column * (wide ? 2 : 1)) > 0.01) wrong.add(letter);
      }
    }
    return { hangul, wrong: [...wrong] };
  };

  // 글을 담은 요소에 번호를 매깁니다. 글꼴은 개발자 도구에 물어야 알 수 있습니다.
  const mark = () => {
    let count = 0;
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest("script, style, template, noscript") || !visible(element)) continue;
      if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) {
        element.setAttribute("data-told", count++);
      }
    }
    return count;
  };

  // 옆으로 넘치는 것과 너무 작은 글입니다.
  const narrow = () => {
    const wide = [];
    const room = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth > room) wide.push(`쪽 ${document.scrollingElement.scrollWidth}`);
    for (const element of document.querySelectorAll("main *")) {
      if (!visible(element) || element.closest(".table-wrapper, pre, .view, svg")) continue;
      const box = element.getBoundingClientRect();
      if (box.width && box.right > room + 1) wide.push(`${element.tagName} ${element.textContent.trim().slice(0, 30)} ${Math.round(box.right)}`);
    }
    const small = [];
    for (const text of document.querySelectorAll("main svg text, main figure text")) {
      const svg = text.ownerSVGElement;
      const size = parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a;
      if (size < 9) small.push(`${text.textContent.trim().slice(0, 20)} ${size.toFixed(1)}`);
    }
    return { wide, small };
  };

  // Tab이 닿아야 하는 것들을 세어 두고, 닿을 때마다 테두리가 보이는지 봅니다.
  const CAN = "a[href], button, input, select, textarea, summary, [tabindex]";
  const reached = new Set();
  const must = () => [...document.querySelectorAll(CAN)].filter((one) => one.tabIndex >= 0 && !one.disabled
    && visible(one) && one.getClientRects().length && !one.closest("[inert]"));
  const stops = () => must().length;
  const focus = () => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    reached.add(one);
    const style = getComputedStyle(one);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) return null;
    return `어디에 있는지 보이지 않음: ${one.outerHTML.slice(0, 100)}`;
  };
  // 라디오 단추는 한 무리에 한 번만 닿고, 나머지는 화살표로 갑니다.
  const group = (one) => one.type === "radio" && [...reached].some((other) => other.name === one.name && other.form === one.form);
  const missed = () => must().filter((one) => !reached.has(one) && !group(one)).map((one) => one.outerHTML.slice(0, 100));

  return { breaks, english, columns, mark, narrow, stops, focus, missed };
})();
