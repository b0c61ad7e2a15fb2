// 예제의 명령마다 단추를 답니다. `cargo run`으로 펼친 책에서는 그 예제를 이 컴퓨터에서 돌리고,
// 다른 곳에 올린 책에서는 명령을 베끼기만 합니다. 바깥에서 가져오는 것은 없습니다.
(() => {
  "use strict";
  const meta = document.querySelector('meta[name="noriteo-run"]');
  const token = meta?.content;
  const LOST = "책을 보여 주던 프로그램이 꺼져 있습니다. 터미널에서 `cargo run -- serve`로 다시 켜 주세요.";
  let running = 0;
  let stale = false;

  const make = (tag, set = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), set);
    made.append(...inside);
    return made;
  };

  const ask = (path, more = {}) => fetch(`/_noriteo/${path}`, {
    cache: "no-store", ...more, headers: { "x-noriteo-token": token, ...more.headers },
  });

  // 한 줄이 사건 하나인 대답을 오는 대로 읽습니다.
  const listen = async (answer, hear) => {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let left = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (left + value).split("\n");
      left = lines.pop();
      for (const line of lines) hear(JSON.parse(line));
    }
  };

  // 명령이 든 절(h2부터 다음 h2 앞까지)의 요소들입니다.
  const section = (block) => {
    const main = block.closest("main");
    let top = block;
    while (top.parentElement && top.parentElement !== main) top = top.parentElement;
    let first = top;
    while (first.previousElementSibling && first.tagName !== "H2") first = first.previousElementSibling;
    const found = [];
    for (let one = first; one && (one === first || one.tagName !== "H2"); one = one.nextElementSibling) found.push(one);
    return found;
  };
  const within = (block, css) => section(block).flatMap((one) => [
    ...(one.matches(css) ? [one] : []), ...one.querySelectorAll(css),
  ]);

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.childNodes];
  };

  const redraw = (old, html, rest) => {
    const fresh = parse(html);
    rest?.remove();
    old.replaceWith(...fresh);
    const drawn = fresh.find((node) => node.nodeType === Node.ELEMENT_NODE);
    drawn.classList.add("fresh");
    return drawn;
  };

  const add = (block, command, program, args) => {
    const bar = make("div", { className: "run" });
    // 단추의 글은 어디서나 같습니다. 어느 명령의 것인지는 묶음의 이름이 알립니다.
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", `${command}의 단추`);
    const copy = make("button", { type: "button", className: "run-copy", textContent: "명령 베끼기" });
    const said = make("span", { className: "run-said" });
    said.setAttribute("role", "status");
    let shown = command;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(shown);
        said.textContent = `베꼈습니다: ${shown}`;
      } catch {
        said.textContent = `베끼지 못했습니다. 직접 적어 주세요: ${shown}`;
      }
    });
    // 글자 키와 화살표로 장을 넘기는 mdBook이 듣지 않게 합니다.
    bar.addEventListener("keydown", (event) => event.stopPropagation());
    if (!token || !program) {
      bar.append(copy, said);
      block.after(bar);
      return bar;
    }

    const go = make("button", { type: "button", className: "run-go", textContent: "▶ 내 컴퓨터에서 실행" });
    const change = make("button", { type: "button", className: "run-change", textContent: "값 바꾸기" });
    change.setAttribute("aria-expanded", "false");
    const form = make("form", { className: "run-form", hidden: true });
    const out = make("pre", { className: "run-out", hidden: true, tabIndex: 0 });
    out.setAttribute("role", "log");
    out.setAttribute("aria-label", `${program}의 출력`);
    const text = make("code", { className: "nohighlight language-text" });
    out.append(text);
    bar.append(go, change, copy, said, form, out);
    block.after(bar);

    let stop = null;
    let redrawn = false;
    let chosen = args;

    const choose = (list) => {
      chosen = list;
      shown = `cargo run --example ${program}` + (list.length ? ` -- ${list.join(" ")}` : "");
    };

    const hear = (event) => {
      if (event.kind === "queued") said.textContent = `차례를 기다립니다. 앞에 ${event.ahead}개가 있습니다.`;
      if (event.kind === "building") said.textContent = "예제를 짓는 중입니다.";
      if (event.kind === "running") said.textContent = `달리는 중입니다: ${event.command}`;
      if (event.kind === "output") {
        const stuck = out.scrollTop + out.clientHeight >= out.scrollHeight - 4;
        text.append(make("span", { className: event.stream, textContent: event.text }));
        out.hidden = false;
        if (stuck) out.scrollTop = out.scrollHeight;
      }
      if (event.kind === "ended") {
        bar.dataset.ok = event.ok;
        bar.dataset.ended = event.text;
        said.textContent = `${event.text}.`;
      }
      if (event.kind === "figure") {
        const old = document.getElementById(event.id);
        if (!old) return;
        const note = old.nextElementSibling;
        redrawn = true;
        const drawn = redraw(old, event.html, note?.matches("p.measured-on") ? note : null);
        drawn.dispatchEvent(new CustomEvent("noriteo:figure", { bubbles: true }));
      }
      if (event.kind === "measuring") said.textContent = `${bar.dataset.ended}. 이 절의 표를 이 컴퓨터에서 다시 재는 중입니다.`;
      if (event.kind === "part") {
        const old = within(block, `.measured[data-part="${event.part}"]`)[0];
        if (!old) return;
        redrawn = true;
        redraw(old, event.html);
      }
      if (event.kind === "failed") {
        bar.dataset.ok = "false";
        said.textContent = event.text;
      }
      if (event.kind === "done") {
        bar.dataset.done = "true";
                said.textContent = `${bar.dataset.ended}.` + (redrawn ? " 그림과 표를 방금 값으로 다시 그렸습니다." : "");
      }
    };

    const run = async () => {
      if (stop) return stop.abort();
      stop = new AbortController();
      running += 1;
      redrawn = false;
      go.textContent = "■ 멈춤";
      delete bar.dataset.done;
      delete bar.dataset.ok;
      text.replaceChildren();
      out.hidden = true;
      said.textContent = "시키는 중입니다.";
      try {
        const answer = await ask("runs", {
          method: "POST",
          signal: stop.signal,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            program,
            args: chosen,
            parts: [...new Set(within(block, ".measured[data-part]").map((part) => part.dataset.part))],
            // 서버는 이 예제의 타임라인만 다시 그립니다.
            figures: [...document.querySelectorAll("figure.timeline[id]")].map((figure) => figure.id),
          }),
        });
        if (!answer.ok) throw new Error(await answer.text());
        await listen(answer, hear);
      } catch (error) {
        bar.dataset.ok = "false";
        if (error.name === "AbortError") said.textContent = "멈추었습니다. 이 달림이 띄운 프로세스를 모두 끝냈습니다.";
        else said.textContent = error instanceof TypeError ? LOST : error.message;
      } finally {
        stop = null;
        running -= 1;
        go.textContent = "▶ 내 컴퓨터에서 실행";
        if (stale && running === 0) location.reload();
      }
    };
    go.addEventListener("click", run);

    const fill = (options) => {
      const fields = [];
      for (const number of options.numbers) {
        const at = args.indexOf(`--${number.name}`);
        const input = make("input", {
          type: "number", name: number.name, min: number.min, max: number.max, step: 1, required: true,
          value: at < 0 ? number.default : args[at + 1].replace(/[_,]/g, ""),
        });
        const kept = at >= 0;
        fields.push(() => kept || Number(input.value) !== number.default ? [`--${number.name}`, input.value] : []);
        form.append(make("label", {}, `${number.help} `, make("code", { textContent: `--${number.name}` }), input));
      }
      for (const flag of options.flags) {
        const input = make("input", { type: "checkbox", name: flag.name, checked: args.includes(`--${flag.name}`) });
        fields.push(() => input.checked ? [`--${flag.name}`] : []);
        form.append(make("label", {}, input, ` ${flag.help} `, make("code", { textContent: `--${flag.name}` })));
      }
      if (!fields.length) form.append(make("p", { textContent: "이 예제는 받는 값이 없습니다." }));
      const preview = make("code", { className: "run-preview" });
      const update = () => {
        choose(fields.flatMap((field) => field()));
        preview.textContent = shown;
      };
      form.addEventListener("input", update);
      form.append(preview, make("button", { type: "submit", className: "run-submit", textContent: "이 값으로 실행" }));
      update();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run();
    });
    change.addEventListener("click", async () => {
      form.hidden = !form.hidden;
      change.setAttribute("aria-expanded", String(!form.hidden));
      if (form.hidden || form.childElementCount) return;
      said.textContent = "예제가 받는 값을 알아보는 중입니다.";
      try {
        const answer = await ask(`programs/${program}`);
        if (!answer.ok) throw new Error(await answer.text());
        fill(await answer.json());
        said.textContent = "";
      } catch (error) {
        said.textContent = error instanceof TypeError ? LOST : error.message;
      }
    });
    return bar;
  };

  for (const code of document.querySelectorAll("main code.language-console")) {
    let block = code.closest("pre");
    const commands = code.textContent.split("\n")
      .map((line) => /^\$ (.*\bcargo run --example .*)$/.exec(line)?.[1].trim()).filter(Boolean);
    for (const command of commands) {
      const [, program, words] = /^cargo run --example (\w+)(?: -- ([^#]*))?$/.exec(command) ?? [];
      block = add(block, command, program, words?.trim().split(/\s+/) ?? []);
      if (commands.length > 1) block.prepend(make("code", { className: "run-of", textContent: command }));
    }
  }

  // 글을 고쳐 책을 다시 묶으면 쪽을 새로 읽습니다. 보이지 않는 쪽은 이음을 놓았다가, 다시 보일 때 묻습니다.
  const notice = make("div", { className: "run-notice", hidden: true });
  notice.setAttribute("role", "alert");
  let link = null;
  const follow = async () => {
    if (!token || link || document.visibilityState !== "visible") return;
    link = new AbortController();
    let wait = 1000;
    try {
      const answer = await ask("changes", { signal: link.signal });
      // 서버를 다시 켜면 표가 바뀝니다.
      if (answer.status === 403) return location.reload();
      await listen(answer, (news) => {
        notice.hidden = !news.fault;
        notice.textContent = news.fault ?? "";
        if (String(news.binding) === meta.dataset.binding) return;
        stale = true;
        if (running === 0) location.reload();
      });
    } catch {
      wait = 3000;
    }
    link = null;
    setTimeout(follow, wait);
  };
  if (token) {
    document.body.append(notice);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") follow();
      else link?.abort();
    });
    follow();
  }
})();
