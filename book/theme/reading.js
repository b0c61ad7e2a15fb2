// 글자판과 화면 낭독기로도 책을 읽을 수 있게, mdBook의 쪽에 모자란 것을 더합니다.
(() => {
  "use strict";
  const of = (id) => document.getElementById(id);

  // 밝게와 어둡게만 남깁니다.
  for (const name of ["rust", "navy", "ayu"]) of(`mdbook-theme-${name}`)?.parentElement.remove();

  // 첫 번째 Tab이 「본문으로」에 닿게 합니다.
  const content = of("mdbook-content");
  const skip = document.querySelector(".skip-link");
  if (skip && content) {
    document.body.prepend(skip);
    content.tabIndex = -1;
    // 차례가 지금 쪽의 자리로 스스로 밀리면(scrollIntoView) 크로미움은 Tab의 출발점까지 거기로 옮깁니다.
    if (document.activeElement === document.body && !location.hash) {
      document.body.tabIndex = -1;
      document.body.focus({ preventScroll: true });
      document.body.blur();
      document.body.removeAttribute("tabindex");
    }
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      content.focus();
      content.scrollIntoView();
    });
  }

  // 차례를 여닫는 것은 이름표(label)여서 Tab이 닿지 않습니다. 단추로 만듭니다.
  const toggle = of("mdbook-sidebar-toggle");
  if (toggle) {
    toggle.tabIndex = 0;
    toggle.setAttribute("role", "button");
    toggle.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle.click();
    });
  }

  of("mdbook-searchbar")?.setAttribute("aria-label", "이 책에서 찾기");

  const help = of("mdbook-help-popup");
  help?.setAttribute("role", "dialog");
  help?.setAttribute("aria-label", "글자판으로 읽기");

  // 옆으로 밀리는 것은 글자판으로도 밀 수 있어야 합니다.
  const reach = (one) => {
    const slides = one.scrollWidth > one.clientWidth;
    if (slides && !one.hasAttribute("tabindex")) {
      one.tabIndex = 0;
      one.dataset.slides = "";
    } else if (!slides && one.dataset.slides !== undefined) {
      one.removeAttribute("tabindex");
      delete one.dataset.slides;
    }
  };
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
  const sliding = "main .table-wrapper, main pre > code";
  document.querySelectorAll(sliding).forEach((one) => watch.observe(one));
  // 글꼴이 늦게 오면 상자는 그대로이고 속만 넓어집니다.
  document.fonts.addEventListener("loadingdone", () => document.querySelectorAll(sliding).forEach(reach));
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        for (const one of [node, ...node.querySelectorAll(sliding)]) if (one.matches(sliding)) watch.observe(one);
      }
    }
  }).observe(document.querySelector("main"), { childList: true, subtree: true });

  // mdBook은 쪽을 다 읽은 뒤에 차례 사이에 이 쪽의 절들을 끼워 넣습니다. 밀리는 것이 보이지 않게, 그때까지 숨겨 둔 차례를 보입니다.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("mdbook-sidebar-scrollbox")?.classList.add("settled");
  });

  // 종이에는 펼쳐 볼 손이 없으므로 접어 둔 것을 펼쳐서 인쇄합니다.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const one of opened) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
