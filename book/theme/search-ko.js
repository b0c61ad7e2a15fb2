// 한국어로 찾습니다. mdBook의 색인은 글을 영어 낱말로만 자르므로, 색인에 함께 든 본문을 직접 훑습니다.
// 조사와 띄어쓰기를 가리지 않고, 용어집의 같은 말(search-words.js)을 함께 찾습니다. 바깥에서 가져오는 것은 없습니다.
//
// mdBook에서 바꾸는 것은 `elasticlunr.Index.prototype.search` 하나입니다. 입력 칸, 주소, 목록은 mdBook의 것을 그대로 쓰고,
// 목록이 그려진 뒤에 찾은 곳을 표시합니다. 기대는 것이 그대로인지는 tests/search.rs가 하나씩 봅니다.
(() => {
  "use strict";
  const { elasticlunr } = window;
  const bar = document.getElementById("mdbook-searchbar");
  const list = document.getElementById("mdbook-searchresults");
  const header = document.getElementById("mdbook-searchresults-header");
  if (!elasticlunr?.Index || !bar || !list || !header) return;

  // ── 글자 ──────────────────────────────────────────────────────────────────
  const [FIRST, LAST] = [0xac00, 0xd7a3];
  const LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
  const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
  const TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
  const PAIRS = { ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ", ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ" };
  const GROWS = { ㅗ: "ㅘㅙㅚ", ㅜ: "ㅝㅞㅟ", ㅡ: "ㅢ" };
  const syllable = (lead, vowel, tail = 0) => FIRST + (lead * 21 + vowel) * 28 + tail;
  const is = (letter, from, to) => letter >= from && letter <= to;
  const hangul = (code) => is(code, FIRST, LAST) || is(code, 0x3131, 0x318e);
  const latin = (code) => is(code, 48, 57) || is(code, 97, 122);
  const digit = (code) => is(code, 48, 57);
  const open = (code) => is(code, FIRST, LAST) && (code - FIRST) % 28 === 0;
  const split = (code) => {
    const at = code - FIRST;
    return [Math.floor(at / 588), Math.floor(at / 28) % 21, at % 28];
  };
  const jamo = (text) => [...text].map((letter) => {
    const code = letter.charCodeAt(0);
    if (!is(code, FIRST, LAST)) return letter;
    const [lead, vowel, tail] = split(code);
    return LEADS[lead] + VOWELS[vowel] + (tail ? TAILS[tail] : "");
  }).join("");
  // 홀로 있는 자음은 그 자음으로 시작하는 모든 글자입니다.
  const leading = (letter) => {
    const lead = LEADS.indexOf(letter);
    return lead < 0 ? null : [[syllable(lead, 0), syllable(lead, 20, 27)]];
  };
  const lower = (text) => {
    const low = text.toLowerCase();
    return low.length === text.length ? low : text;
  };
  const squeeze = (text) => text.replace(/\s+/g, "");

  // ── 꼴: 찾을 글(head)과, 아직 다 치지 않아 여럿일 수 있는 끝 글자들(tail) ───────
  const form = (head, weight = 1, more = {}) => ({ head, weight, tail: [], ...more });
  // 마지막 글자를 치는 중일 때 될 수 있는 꼴들입니다. 「프롯」은 「프로세」로 가는 길일 수 있습니다.
  const growing = (text) => {
    const code = text.charCodeAt(text.length - 1);
    const rest = text.slice(0, -1);
    const now = form(text, 0.85, { loose: true });
    if (!is(code, FIRST, LAST)) {
      const ranges = leading(text.at(-1));
      return ranges ? [form(rest, 0.9, { tail: [ranges] })] : [now];
    }
    const [lead, vowel, tail] = split(code);
    if (!tail) {
      const vowels = [vowel, ...[...(GROWS[VOWELS[vowel]] ?? "")].map((grown) => VOWELS.indexOf(grown))];
      return [form(rest, 0.9, { tail: [vowels.map((one) => [syllable(lead, one), syllable(lead, one, 27)])] })];
    }
    const [stays, moves] = PAIRS[TAILS[tail]] ?? ["", TAILS[tail]];
    const next = leading(moves);
    const before = String.fromCharCode(syllable(lead, vowel, stays ? TAILS.indexOf(stays) : 0));
    return next ? [form(rest + before, 0.9, { tail: [next] }), now] : [now];
  };
  // 자음만 친 것(ㅅㄹㄷ)은 첫소리로 찾습니다.
  const leads = (text) => form("", 0.9, { tail: [...text].map(leading) });
  // 풀이말의 줄기입니다. 「끝나」는 「끝난」, 「끝납」과도 같습니다.
  const stem = (text, weight) => open(text.charCodeAt(text.length - 1))
    ? { ...growing(text)[0], weight, loose: true } : form(text, weight, { loose: true });

  // 한글과 영어 글쇠를 바꾸지 않고 친 것입니다. 「tmfpem」은 「스레드」, 「소ㄱㄷㅁㅇ」은 「thread」입니다.
  const KEYS = "rㄱsㄴeㄷfㄹaㅁqㅂtㅅdㅇwㅈcㅊzㅋxㅌvㅍgㅎkㅏoㅐiㅑjㅓpㅔuㅕhㅗyㅛnㅜbㅠmㅡlㅣ";
  const DOUBLES = { ㅘ: "ㅗㅏ", ㅙ: "ㅗㅐ", ㅚ: "ㅗㅣ", ㅝ: "ㅜㅓ", ㅞ: "ㅜㅔ", ㅟ: "ㅜㅣ", ㅢ: "ㅡㅣ", ...PAIRS };
  const united = (letters) => Object.keys(DOUBLES).find((one) => DOUBLES[one] === letters) ?? letters;
  const BLOCK = new RegExp(`([ㄱ-ㅎ])(${Object.values(DOUBLES).filter((pair) => /[ㅏ-ㅣ]/.test(pair)).join("|")}|[ㅏ-ㅣ])((?:${Object.values(PAIRS).join("|")}|[ㄱ-ㅎ])(?![ㅏ-ㅣ]))?`, "g");
  const other_keyboard = (word) => {
    if (/^[a-z]+$/.test(word)) {
      const letters = [...word].map((letter) => KEYS[KEYS.indexOf(letter) + 1]).join("");
      return letters.replace(BLOCK, (_, lead, vowel, tail) => String.fromCharCode(
        syllable(LEADS.indexOf(lead), VOWELS.indexOf(united(vowel)), tail ? TAILS.indexOf(united(tail)) : 0)));
    }
    const letters = [...jamo(word)].map((letter) => DOUBLES[letter] ?? letter).join("");
    return [...letters].map((letter) => KEYS[KEYS.indexOf(letter) - 1] ?? letter).join("");
  };

  // 풀이말의 줄기가 바뀌는 꼴입니다. 「멈췄」과 「멈추」, 「모으」와 「모아」, 「느린」과 「느리」
  const TURNS = ["ㅜㅝ", "ㅗㅘ", "ㅣㅕ", "ㅏㅐ", "ㅚㅙ", "ㅡㅓ", "ㅡㅏ"];
  const turned = (text) => {
    const code = text.charCodeAt(text.length - 1);
    if (!is(code, FIRST, LAST)) return [];
    const [lead, vowel, tail] = split(code);
    if (tail && !"ㄴㄹㅁㅂㅆ".includes(TAILS[tail])) return [];
    const vowels = TURNS.filter((pair) => pair.includes(VOWELS[vowel])).map((pair) => VOWELS.indexOf(pair.replace(VOWELS[vowel], "")));
    if (tail) vowels.push(vowel);
    return vowels.map((one) => text.slice(0, -1) + String.fromCharCode(syllable(lead, one)));
  };

  // ── 조사와 어미 ───────────────────────────────────────────────────────────
  const JOSA = new RegExp(`^(?:${[
    "(?:에서|에게서|에게|한테서|한테|께서|께|으로부터|로부터|으로서|로서|으로써|로써|으로|로|에|까지|부터|처럼|만큼|보다|마다|대로|끼리|하고|이랑|랑|와|과|이나|나|조차|밖에|이든지|든지|이라도|라도|만)?(?:은|는|도|만|의|을|를|이|가|요)?",
    "이?란|이?라는|이?라고|이?라면|이?라서|이?라|이?며|이?고|이?면|이?지만|이?거나|이?야|입니다|이었습니다|였습니다|인|인데|인데도|인가요?|인지|일까요?|일|임|이?에요|예요|이?죠|이?지요|이?니까?|들(?:이|은|을|의|도|에게|끼리|과)?|적|적인|씩|짜리|당|별|간|용",
  ].join("|")})$`);
  const ENDING = /^(?:았|었|였|겠|시|셨|지)?(?:습니다|습니까|니다|대요|다고|다는|나요|는가요|은가요|가요|까요|군요|네요|데요|세요|어요|아요|여요|에요|예요|지요|죠|요|려면|으면|면|는데요|는데|은데|어도|아도|여도|도|지만|으니까|니까|아서|어서|여서|서|으려고|려고|도록|다가|거나|든지|기만|기에|기를|기가|기는|기|게|고|지|자|며|는|은|던|을|나|니|다|음|네)$/;
  const HELPING = /(?:하|한|할|함|합|해|했|하여|되|된|될|됨|됩|돼|됐|시키|시킨|당하)$/;
  // 물음에 흔히 붙지만 무엇을 찾는지는 알려 주지 않는 말입니다. 조금만 칩니다.
  const FAINTLY = 0.12;
  // 연습 문제의 쪽입니다(`ex07 여럿이 나누어 바꾸기`).
  const EXERCISE = /(?:^|» )ex\d\d /;
  const ASIDE = 0.6;
  const FAINT = new Set(`왜 안 못 어떻게 어떤 어느 무엇 무엇을 무엇이 뭐 뭔 뭔가 뭔가요 뭐예요 뭐에요 뭐죠 무슨 언제 어디 어디서 누가 얼마나 몇 이 그 저 것 거 게 건 수 때 좀 제 내 더 잘 다 꼭 한 두 할 하는
    하나요 하면 하려면 한다 해야 해요 되나요 돼요 되는 되면 되는지 된다 있나요 있는 있어요 없나요 없는 이유 까닭 방법 뜻 의미 설명 알려줘 궁금해요 대해 대한 관한 관해 인가요 무엇인가요 이란 란 나요 나와요 나오는 싶어요 같은 같아요 다른 또 그리고 그런데 경우 쓰는 쓰나요 걸 여러 법 사용 사용법 관련 예시 대해서 뭘 찾을 쓰는법 하는법 하나 두개 여러개 몇개 the a an is of in to how what why do does vs and or`
    .split(/\s+/));

  // ── 같은 말 ───────────────────────────────────────────────────────────────
  // 용어집에 두지 않는, 나라 밖 이름의 두 표기입니다.
  const NAMES = [["파이썬", "python"], ["러스트", "rust"], ["카고", "cargo"], ["리눅스", "linux"], ["우분투", "ubuntu"], ["데비안", "debian"],
    ["윈도우", "윈도", "windows"], ["맥", "맥북", "macos"], ["유닉스", "unix"], ["크레이트", "crate"], ["시피유", "cpu"], ["깃허브", "github"], ["세그멘테이션 오류", "segfault"], ["자유 스레드", "nogil"], ["큐", "채널", "channel"], ["rayon", "레이온"], ["chromium", "크로미움", "크롬", "chrome"], ["Three Easy Pieces", "ostep"],
    ["코어", "멀티코어", "multicore"], ["입출력", "i/o", "io"], ["라이선스", "라이센스", "license"]];
  // 책이 고른 말과 학생이 흔히 쓰는 말입니다. 낱말이거나 풀이말의 줄기이고, 용어보다 가볍게 칩니다.
  const PLAIN = `원인 이유 까닭 왜|에러 오류 error 예외|비용 오버헤드 값 overhead cost|성능 속도 빠르기 퍼포먼스 performance speed|차이 차이점 비교 견주 다르 달라 다른 difference|통신 주고받 건네 ipc
    동기화 synchronization sync 락 차례|측정 재 쟀 재어 벤치마크 benchmark measure|멈추 멈춰 멈춘 멈춤 hang freeze 끝나지|죽 쓰러지 쓰러 넘어지 끝나 끝난 crash 크래시 사고|끝나 끝내 종료 exit|만들 만드 생성 create|기다리 기다려 대기 wait join
    빠르 빨라 빨리|느리 느려 빨라지지|잡 쥐 쥔 쥐고 획득 acquire|접근 만지 만진 access|무한 끝없|반환 반환값 돌려주 return|루프 반복 loop|바꾸 바꿔 바뀌 고치 고친 수정|다르 달라 달리 흔들|매번 때마다|예제 프로그램 example|문제 연습 exercise 숙제|설치 install setup|램 메모리 memory|저작권 라이선스 license copyright|안전 safe
    주소 address|포인터 pointer|스택 stack|자식 child|부모 parent|변수 variable|최적화 optimize optimization|나누 나눠 나눈 쪼개 분할|보내 전송 send|받 수신 receive|공유 함께 나눠 share|독립 따로|막 막는 방지 예방 처방|고르 고를 골라 선택 써야 choose|놓 내려놓 풀 해제 release|무료 공짜`
    .split(/[|\n]\s*/).map((line) => line.trim().split(" "));
  const plain = new Map();
  for (const line of PLAIN) for (const word of line) plain.set(word, [...(plain.get(word) ?? []), ...line.filter((one) => one !== word)]);
  const key = (text) => lower(text).replace(/[\s\-_·.,’']+/g, "");
  // 영어 낱말의 꼴바꿈을 걷어 냅니다. 짝만 맞으면 되므로 어림으로 넉넉합니다.
  const shapes = (text) => {
    const all = [text];
    if (/[a-z]{4}$/.test(text)) {
      for (const [ending, put] of [[/(?<=[^s])s$/, ""], [/es$/, ""], [/ies$/, "y"], [/ing$/, ""], [/ing$/, "e"], [/ed$/, ""], [/ed$/, "e"], [/er$/, ""]]) {
        if (ending.test(text)) all.push(text.replace(ending, put));
      }
    }
    return all;
  };
  const groups = [...(window.noriteoWords ?? []), ...NAMES];
  const lexicon = new Map();
  const respell = [];
  for (const group of groups) {
    for (const word of group) {
      for (const shape of shapes(key(word))) if (!lexicon.has(shape)) lexicon.set(shape, group);
      const [wrong, right] = [key(word), key(group[0])];
      if (wrong !== right && wrong.length > 1 && /^[가-힣]+$/.test(wrong) && /^[가-힣]+$/.test(right)) respell.push([wrong, right]);
    }
  }
  respell.sort(([one], [other]) => other.length - one.length);
  const standard = (text) => respell.reduce((word, [wrong, right]) => word.includes(right) ? word : word.replaceAll(wrong, right), text);
  // 「좀비」처럼 용어의 앞머리만 친 것입니다.
  const partly = new Map();
  for (const group of groups) {
    for (const word of group) {
      const [head, ...rest] = lower(word).split(" ");
      if (rest.length && head.length > 1 && !lexicon.has(head)) partly.set(head, [...(partly.get(head) ?? []), word]);
    }
  }
  const meaning = (text) => shapes(key(text)).map((shape) => lexicon.get(shape)).find(Boolean);

  // ── 책: 모든 절의 글을 빈칸 없이 이어 붙이고, 두 글자씩 어디에 있는지 적어 둔다 ───
  const [TITLE, CRUMB, BODY] = [0, 1, 2];
  const bucket = (one, two) => ((one * 31 + two) * 2654435761 >>> 16) & 0xffff;
  const sorted = (keys, count) => {
    const from = new Uint32Array(0x10001);
    for (let at = 0; at < count; at += 1) from[keys[at] + 1] += 1;
    for (let at = 0; at < 0x10000; at += 1) from[at + 1] += from[at];
    const to = from.slice();
    const places = new Uint32Array(count);
    for (let at = 0; at < count; at += 1) places[to[keys[at]]++] = at;
    return { from, places };
  };

  // 글자의 갈래: 빈칸 0, 한글 1, 영어와 숫자 2, 그 밖 3, 밑줄 4
  const KINDS = new Uint8Array(0x10000).map((_, code) => code <= 32 || code === 0xa0 ? 0 : hangul(code) ? 1 : latin(code) ? 2 : code === 95 ? 4 : 3);

  const build = (store) => {
    const docs = Object.entries(store.docs).map(([ref, doc]) => {
      const crumbs = (doc.breadcrumbs ?? "").split(" » ").slice(0, -1).join(" ");
      return { ref, doc, raw: [doc.title ?? "", crumbs, doc.body ?? ""].map((text) => text.normalize("NFC")), fields: [] };
    });
    const most = docs.reduce((sum, { raw }) => sum + raw.reduce((size, text) => size + text.length + 1, 0), 0);
    const starts = new Uint8Array(most + 1); // 낱말이 여기서 시작하나(1), 밑줄 뒤인가(2)
    const raws = new Uint32Array(most + 1); // 본디 글에서의 자리
    const codes = new Uint16Array(most + 1);
    const owner = new Uint16Array(most + 1);
    const parts = [];
    let length = 0;
    docs.forEach((one, number) => {
      const begin = length;
      for (const raw of one.raw) {
        const low = lower(raw);
        const from = length;
        let before = 0;
        for (let at = 0; at < low.length; at += 1) {
          const code = low.charCodeAt(at);
          const kind = KINDS[code];
          // 65,536과 65536은 같은 수입니다.
          if (code === 44 && digit(low.charCodeAt(at - 1)) && digit(low.charCodeAt(at + 1))) continue;
          if (kind) {
            starts[length] = before === 4 && kind === 2 ? 2 : kind === 3 || kind !== before && !(before === 2 && kind === 4) ? 1 : 0;
            raws[length] = at;
            codes[length] = code;
            length += 1;
          }
          before = kind;
        }
        one.fields.push([from, length]);
        [starts[length], raws[length], codes[length]] = [1, low.length, 10];
        length += 1;
      }
      owner.fill(number, begin, length);
    });
    for (let at = 0; at < length; at += 8192) parts.push(String.fromCharCode(...codes.subarray(at, Math.min(length, at + 8192))));
    const keys = new Uint16Array(length);
    for (let at = 0; at < length; at += 1) keys[at] = bucket(codes[at], codes[at + 1]);
    const heads = new Uint32Array(length).map((_, at) => at).filter((at) => starts[at] === 1);
    const first = sorted(heads.map((at) => codes[at]), heads.length);
    const average = docs.reduce((sum, one) => sum + one.fields[BODY][1] - one.fields[BODY][0], 0) / Math.max(1, docs.length);
    return { docs, text: parts.join(""), starts, raws, owner, pairs: sorted(keys, length), heads, first, average, memo: new Map() };
  };

  const books = new WeakMap();
  const open_book = (index) => {
    const store = index.documentStore;
    if (!books.has(store)) books.set(store, build(store));
    return books.get(store);
  };

  // ── 찾기 ──────────────────────────────────────────────────────────────────
  const fits = ({ text }, at, tail) => tail.every((ranges, step) => {
    const code = text.charCodeAt(at + step);
    return ranges.some(([from, to]) => is(code, from, to));
  });

  const places = (book, { head, tail }) => {
    const { text, pairs, heads, first } = book;
    const found = [];
    if (head.length < 2) {
      // 한 글자는 낱말의 처음에서만 찾습니다.
      const ranges = head ? [[head.charCodeAt(0), head.charCodeAt(0)]] : tail[0];
      const rest = head ? tail : tail.slice(1);
      for (const [from, to] of ranges) {
        for (let at = first.from[from]; at < first.from[to + 1]; at += 1) {
          const place = heads[first.places[at]];
          if (fits(book, place + 1, rest)) found.push(place);
        }
      }
      return found;
    }
    let [least, shift] = [Infinity, 0];
    for (let at = 0; at + 1 < head.length; at += 1) {
      const one = bucket(head.charCodeAt(at), head.charCodeAt(at + 1));
      const size = pairs.from[one + 1] - pairs.from[one];
      if (size < least) [least, shift] = [size, at];
    }
    const one = bucket(head.charCodeAt(shift), head.charCodeAt(shift + 1));
    for (let at = pairs.from[one]; at < pairs.from[one + 1]; at += 1) {
      const place = pairs.places[at] - shift;
      if (place >= 0 && text.startsWith(head, place) && fits(book, place + head.length, tail)) found.push(place);
    }
    return found;
  };

  // 찾은 자리가 얼마나 그 낱말다운지 봅니다. 「하락」 속의 「락」은 락이 아니고, 「fragile」 속의 「gil」은 GIL이 아닙니다.
  const worth = ({ text, starts }, at, { head, tail, loose }) => {
    const size = head.length + tail.length;
    const end = at + size;
    const korean = hangul(text.charCodeAt(end - 1));
    const begin = starts[at];
    let left = begin === 1 ? 1 : begin === 2 ? 0.7 : 0.45;
    let right = 1;
    if (starts[end] !== 1) {
      if (korean) {
        let to = end;
        while (to - end < 8 && starts[to] === 0) to += 1;
        if (!JOSA.test(text.slice(end, to))) right = loose || tail.length ? 0.8 : 0.6;
      } else right = text[end] === "_" ? 0.8 : size < 4 ? 0.25 : 0.6;
    }
    if (korean && size === 1 && !tail.length && (begin !== 1 || right < 1)) return loose && begin === 1 ? 0.3 : 0;
    if (!korean && latin(text.charCodeAt(at)) && size < 4 && !begin) return 0;
    // 낱말 둘에 걸친 두 글자는 우연이기 쉽습니다.
    if (korean && size === 2 && starts[at + 1] === 1) left *= begin === 1 && right === 1 ? 0.6 : 0;
    else if (korean && begin !== 1) {
      for (let inside = at + 1; inside < end; inside += 1) if (starts[inside] === 1) left *= 0.3;
    }
    return left * right;
  };

  // 꼴 하나의 자리와 값입니다. 물음 하나를 푸는 동안 같은 꼴을 여러 번 묻습니다.
  const values = (book, one) => {
    const name = `${one.head}/${one.tail.join("/")}/${one.loose ?? ""}`;
    const old = book.memo.get(name);
    if (old) return old;
    const found = [];
    for (const at of places(book, one)) {
      const value = worth(book, at, one);
      if (value > 0) found.push([at, value]);
    }
    book.memo.set(name, found);
    return found;
  };
  const hits = (book, forms) => {
    const found = new Map();
    for (const one of forms) {
      const size = one.head.length + one.tail.length;
      for (const [at, raw] of values(book, one)) {
        const value = raw * one.weight;
        const old = found.get(at);
        if (!old || value > old.value || value === old.value && size > old.size) found.set(at, { value, size, quiet: one.quiet ?? false });
      }
    }
    return found;
  };
  const known = (book, forms, least = 0.4) => forms.some((one) => values(book, one).some(([, value]) => value * one.weight >= least));

  // 용어집의 말은 무엇을 찾는지 더 잘 알려 줍니다.
  const TERM = 2;

  // ── 물음을 낱말로 ─────────────────────────────────────────────────────────
  const akin = (word, weight = 0.9) => [
    ...(meaning(word) ?? []).map((one, at) => form(squeeze(lower(one)), at ? weight * 0.7 : weight, { term: true })),
    ...(partly.get(word) ?? []).map((one) => form(squeeze(lower(one)), weight)),
  ];

  // 조사를 뗀 것들입니다. 「차이」에서 「차」를 떼어 내지 않도록, 한 글자가 남을 때는 책에 홀로 쓰인 적이 있어야 합니다.
  const nouns = (book, word) => {
    const found = [];
    for (let cut = word.length - 1; cut > 0; cut -= 1) {
      const [noun, josa] = [word.slice(0, cut), word.slice(cut)];
      if (!JOSA.test(josa)) continue;
      if (cut === 1 && !meaning(noun)) {
        const alone = places(book, form(noun)).some((at) => {
          const end = at + 1;
          return worth(book, at, form(noun)) === 1 && !book.text.startsWith(josa, end);
        });
        if (!alone) continue;
      }
      found.push(noun);
    }
    return found;
  };

  const korean = (book, word) => {
    const forms = [form(word), ...akin(word)];
    const again = standard(word);
    if (again !== word) forms.push(form(again, 0.95), ...akin(again));
    // 책에서 조사를 달고 나오는 말은 이름씨이므로 더 자르지 않습니다. 「그네」는 「그」가 아니고 「차이」는 「차」가 아닙니다.
    const whole = places(book, form(again)).some((at) => book.starts[at] === 1 && !book.starts[at + again.length] && worth(book, at, form(again)) === 1);
    for (const noun of nouns(book, again)) {
      const weight = whole && noun.length === 1 && !meaning(noun) ? 0.2 : 0.95;
      forms.push(form(noun, weight), ...akin(noun, weight * 0.95));
    }
    // 「끝나요」는 「끝-나요」일 수도 「끝나-요」일 수도 있습니다. 긴 줄기를 먼저 봅니다.
    const stems = [];
    for (let cut = again.length - 1; cut > 0; cut -= 1) {
      if (ENDING.test(again.slice(cut)) && (cut > 1 || !whole && !known(book, stems.map((one) => stem(one, 0.8))))) stems.push(again.slice(0, cut));
    }
    const turns = stems.flatMap(turned);
    forms.push(...stems.map((one) => stem(one, 0.8)), ...turns.filter((one) => one.length > 1).map((one) => stem(one, 0.7)));
    for (const one of new Set([again, ...stems, ...turns, ...nouns(book, again)].flatMap((word) => plain.get(word) ?? []))) {
      forms.push({ ...(hangul(one.charCodeAt(0)) && one.length > 1 ? stem(one, 0.45) : form(one, 0.4)), quiet: true });
    }
    for (const one of [again, ...stems]) {
      const helped = one.replace(HELPING, "");
      if (helped !== one && helped.length > 1) forms.push(form(helped, 0.8), ...akin(helped, 0.8));
    }
    return forms;
  };

  const english = (book, word) => {
    const forms = [form(word), ...akin(word)];
    for (const shape of shapes(word).slice(1)) forms.push(form(shape, 0.9));
    for (const one of plain.get(word) ?? []) forms.push({ ...(hangul(one.charCodeAt(0)) ? stem(one, 0.5) : form(one, 0.5)), quiet: true });
    return forms;
  };

  // 한 글자(낱자) 틀린 것을 찾습니다.
  const near = (one, other, limit) => {
    if (Math.abs(one.length - other.length) > limit) return false;
    let row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let at = 1; at <= one.length; at += 1) {
      const next = [at];
      for (let to = 1; to <= other.length; to += 1) {
        next[to] = Math.min(next[to - 1] + 1, row[to] + 1, row[to - 1] + (one[at - 1] === other[to - 1] ? 0 : 1));
      }
      if (Math.min(...next) > limit) return false;
      row = next;
    }
    return row[other.length] <= limit;
  };
  const spelled = [...lexicon].map(([word, group]) => [jamo(word), group]);
  const mistaken = (word) => {
    const letters = jamo(word);
    if (letters.length < 4) return [];
    const limit = letters.length > 8 ? 2 : 1;
    for (const [right, group] of spelled) {
      if (near(letters, right, limit)) return group.map((one, at) => form(squeeze(lower(one)), at ? 0.5 : 0.7));
    }
    return [];
  };

  // 책에 없는 낱말은 앞에서부터 책에 있는 만큼씩 자르고, 그래도 없으면 두 글자씩 자릅니다.
  const shreds = (book, word) => {
    const found = [];
    let rest = word;
    while (rest.length > 1) {
      let size = rest.length;
      while (size > 1 && !known(book, [form(rest.slice(0, size))])) size -= 1;
      if (size < 2) rest = rest.slice(1);
      else {
        found.push({ forms: korean(book, rest.slice(0, size)), weight: 0.7 });
        rest = rest.slice(size);
      }
    }
    if (found.length) return found;
    for (let at = 0; at + 1 < word.length; at += 1) {
      const pair = form(word.slice(at, at + 2));
      if (places(book, pair).length) found.push({ forms: [pair], weight: 0.3 });
    }
    return found;
  };

  const terms_of = (book, word, last) => {
    const wanted = (forms, weight = 1) => ({ forms, weight });
    if (/^[ㄱ-ㅎ]{2,}$/.test(word)) return [wanted([leads(word)])];
    const bare = word.replace(/^[^\p{L}\p{N}_/.-]+|[^\p{L}\p{N}_)>"]+$/gu, "")
      .replace(/(?<=[^가-힣ㄱ-ㅣ])[가-힣]+$/, (tail) => JOSA.test(tail) ? "" : tail);
    if (!bare) return [wanted([form(word)], 0.3)];
    const parts = bare.match(/[가-힣ㄱ-ㅣ]+|[a-z0-9_]+/g) ?? [];
    if (!parts.length) return [wanted([form(bare)])];
    if (parts.length > 1 || parts[0] !== bare) {
      // `join()`이나 `/proc/self/task`처럼 책에 그대로 있는 것은 통째로 찾습니다.
      if (meaning(bare)) return [wanted([form(bare), ...akin(bare)])];
      const exact = known(book, [form(bare)]);
      const found = exact ? [wanted([form(bare)])] : [];
      const mixed = bare.replace(/[a-z0-9_]+/g, (one) => meaning(one)?.find((spelling) => /^[가-힣]+$/.test(spelling)) ?? one);
      if (mixed !== bare && meaning(mixed)) return [wanted(korean(book, mixed))];
      parts.forEach((part, at) => {
        for (const term of terms_of(book, part, last && at === parts.length - 1)) {
          found.push({ ...term, weight: term.weight * (exact ? 0.4 : 1) });
        }
      });
      return found;
    }
    const weight = bare === "왜" ? 0.5 : FAINT.has(bare) ? FAINTLY : 1;
    const is_korean = hangul(bare.charCodeAt(0));
    const forms = is_korean ? korean(book, bare) : english(book, bare);
    // 마지막 낱말은 아직 다 치지 않은 것일 수 있습니다. 「데드라」는 「데드락」으로 가는 길이므로 교착 상태를 찾습니다.
    if (last && bare.length > 1 && !meaning(bare)) {
      const letters = jamo(bare);
      for (const [word, group] of spelled) {
        if (word.startsWith(letters)) forms.push(...group.map((one) => form(squeeze(lower(one)), 0.6)));
      }
    }
    if (known(book, forms, 0.2)) return [wanted(forms, weight * (forms.some(({ term }) => term) ? TERM : 1))];
    if (last && is_korean) {
      const typing = growing(bare);
      if (known(book, typing, 0.2)) return [wanted(typing, weight)];
    }
    const switched = other_keyboard(bare);
    if (/^(?:[가-힣]+|[a-z]{3,})$/.test(switched)) {
      const meant = hangul(switched.charCodeAt(0)) ? korean(book, switched) : english(book, switched);
      if (known(book, meant, 0.7)) return [wanted(meant, weight)];
    }
    const mended = mistaken(bare);
    if (known(book, mended)) return [wanted(mended, weight * 0.9)];
    if (is_korean) return shreds(book, standard(bare));
    const pieces = bare.split("_").filter((piece) => piece.length > 1);
    if (pieces.length > 1) return pieces.flatMap((piece) => terms_of(book, piece, false));
    for (let size = bare.length - 1; size >= 4 && size * 2 > bare.length; size -= 1) {
      const cut = form(bare.slice(0, size), 0.6);
      if (known(book, [cut], 0.2)) return [wanted([cut, ...akin(cut.head, 0.5)], weight)];
    }
    return [];
  };

  const analyse = (book, query) => {
    const words = lower(query.normalize("NFC")).replace(/(?<=\d),(?=\d)/g, "").split(/[\s\u200b]+/).filter(Boolean);
    const terms = [];
    const solid = (word) => known(book, [form(word), ...nouns(book, word).map((noun) => form(noun))], 0.6);
    for (let at = 0; at < words.length;) {
      // 여러 낱말이 용어 하나이면 한꺼번에 봅니다. 「레이스 컨디션을」, 「교 착상태」
      let taken = 0;
      for (let size = Math.min(5, words.length - at); size > 1 && !taken; size -= 1) {
        const joined = words.slice(at, at + size).join("");
        const base = standard(joined);
        const noun = [joined, base, ...nouns(book, joined), ...nouns(book, base)].find((one) => meaning(one));
        const split_up = size === 2 && /^[가-힣]+$/.test(joined) && joined.length > 2
          && !FAINT.has(words[at]) && !FAINT.has(words[at + 1]) && !(solid(words[at]) && solid(words[at + 1])) && solid(joined);
        if (!noun && !split_up) continue;
        terms.push({ forms: noun ? [form(joined), form(noun), ...akin(noun, 1)] : korean(book, joined), weight: noun ? TERM : 1 });
        taken = size;
      }
      if (!taken) {
        terms.push(...terms_of(book, words[at], at === words.length - 1));
        taken = 1;
      }
      at += taken;
    }
    return terms;
  };

  // ── 차례 매기기 ───────────────────────────────────────────────────────────
  const CLOSE = 1.5;
  // 낱말들이 한 문장 안팎(50자)에 얼마나 함께 있는지를 봅니다. 0에서 1까지입니다.
  const together = (terms, doc, all) => {
    const spots = terms.flatMap(({ spots }, number) => (spots.get(doc) ?? []).map(({ at, value }) => ({ at, value, number })));
    spots.sort((one, other) => one.at - other.at);
    const last = terms.map(() => ({ at: -Infinity, value: 0 }));
    let best = 0;
    for (const spot of spots) {
      last[spot.number] = spot;
      let [sum, kinds] = [0, 0];
      for (let at = 0; at < last.length; at += 1) {
        if (spot.at - last[at].at > 50) continue;
        sum += last[at].value * terms[at].rare;
        kinds += 1;
      }
      if (kinds > 1) best = Math.max(best, sum / all);
    }
    return best;
  };

  const rank = (book, query) => {
    const { docs, text, owner } = book;
    book.memo.clear();
    const terms = analyse(book, query).map((term) => ({ ...term, found: hits(book, term.forms), spots: new Map() })).filter(({ found }) => found.size);
    const scores = new Map();
    let all = 0;
    for (const [number, term] of terms.entries()) {
      const seen = new Map();
      for (const [at, hit] of term.found) {
        const doc = owner[at];
        const one = seen.get(doc) ?? { title: 0, crumb: 0, body: 0, named: 0 };
        if (!term.spots.has(doc)) {
          seen.set(doc, one);
          term.spots.set(doc, []);
        }
        term.spots.get(doc).push({ at, ...hit });
        const { fields } = docs[doc];
        if (at < fields[CRUMB][0]) {
          const share = hit.size / Math.max(1, fields[TITLE][1] - fields[TITLE][0]);
          one.title = Math.max(one.title, hit.value * (0.6 + 0.4 * share));
        } else if (at < fields[BODY][0]) one.crumb = Math.max(one.crumb, hit.value);
        else {
          one.body += hit.value;
          // 「교착 상태(deadlock)」처럼 뜻을 밝히는 자리입니다.
          if (text[at + hit.size] === "(" && latin(text.charCodeAt(at + hit.size + 1))) one.named = Math.max(one.named, hit.value);
        }
      }
      let wide = 0;
      for (const one of seen.values()) if (one.title + one.body >= 0.4) wide += 1;
      // 드문 말일수록 무겁게 치되, 한 번 나온 곁말이 물음을 끌고 가지 않도록 위를 막습니다.
      const rare = Math.min(3, Math.max(0.4, Math.log(1 + (docs.length - wide + 0.5) / (wide + 0.5)))) * term.weight;
      all += rare;
      term.rare = rare;
      for (const [doc, one] of seen) {
        const [from, to] = docs[doc].fields[BODY];
        const dense = one.body / (one.body + 1.2 * (0.5 + 0.5 * (to - from) / book.average));
        const score = scores.get(doc) ?? { sum: 0, covered: 0, terms: [] };
        scores.set(doc, score);
        score.sum += rare * (2.2 * one.title + 2 * dense + 0.8 * one.crumb + 0.7 * one.named);
        score.covered += rare * Math.min(1, one.title + one.body + 0.5 * one.crumb);
        score.terms.push(number);
      }
    }
    const joined = squeeze(lower(query.normalize("NFC")));
    const phrase = new Map();
    if (terms.length > 1 && joined.length > 2) {
      for (const at of places(book, form(joined))) {
        const doc = owner[at];
        const inside = at < docs[doc].fields[CRUMB][0] ? 2 : 1;
        phrase.set(doc, Math.max(phrase.get(doc) ?? 0, inside));
      }
    }
    const down = (one, other) => other.score - one.score || one.doc - other.doc;
    const ranked = [...scores].map(([doc, score]) => {
      const cover = all ? score.covered / all : 0;
      // 말을 찾는 이는 그 말을 풀이하는 장을 찾습니다. 같은 말이 나오는 연습 문제의 쪽은 그다음입니다.
      const aside = EXERCISE.test(book.docs[doc].doc.breadcrumbs ?? "") ? ASIDE : 1;
      return { doc, score: aside * (score.sum * (0.2 + 0.8 * cover * cover) + (phrase.get(doc) ?? 0) * all * 0.8) };
    }).sort(down);
    if (terms.length > 1) {
      for (const one of ranked.slice(0, 60)) one.score += CLOSE * all * together(terms, one.doc, all);
      ranked.sort(down);
    }
    return { ranked, terms };
  };

  // ── 보이기 ────────────────────────────────────────────────────────────────
  const LENGTH = 120;

  // 찾은 것이 가장 많이 모인 곳을 고릅니다. 흔한 낱말보다 드문 낱말을 먼저 봅니다.
  const snippet = (book, doc, terms) => {
    const { raw, fields } = book.docs[doc];
    const near_by = [];
    const titles = [];
    const strong = terms.some(({ weight }) => weight > FAINTLY) ? FAINTLY : 0;
    terms.forEach((term, number) => {
      const spots = term.spots.get(doc) ?? [];
      // 흔히 쓰는 말로 바꾸어 찾은 것은, 친 말이 없는 절에서만 표시합니다.
      const loud = spots.some(({ quiet }) => !quiet);
      for (const { at, value, size, quiet } of spots) {
        if (term.weight <= strong || quiet && loud) continue;
        const [from, to] = [book.raws[at], book.raws[at + size - 1] + 1];
        if (at >= fields[BODY][0]) near_by.push({ from, to, value: value * term.weight / Math.log(2 + term.found.size), number });
        else if (at < fields[CRUMB][0]) titles.push([from, to]);
      }
    });
    near_by.sort((one, other) => one.from - other.from || other.to - one.to);
    let [best, start] = [0, 0];
    for (let first = 0; first < near_by.length; first += 1) {
      const most = new Map();
      for (let at = first; at < near_by.length && near_by[at].to - near_by[first].from < LENGTH - 30; at += 1) {
        const { number, value } = near_by[at];
        most.set(number, Math.max(most.get(number) ?? 0, value));
      }
      const sum = [...most.values()].reduce((one, other) => one + other, 0);
      if (sum > best + 1e-9) [best, start] = [sum, near_by[first].from];
    }
    // 문장이 가까이에서 시작하면 거기부터, 아니면 낱말의 처음부터 보입니다.
    const text = raw[BODY];
    let from = Math.max(0, start - 40);
    const sentence = text.slice(from, start).lastIndexOf(". ");
    if (sentence >= 0) from += sentence + 2;
    else if (from) from = Math.min(start, text.indexOf(" ", from) + 1 || start);
    const end = Math.min(text.length, Math.max(from + LENGTH, start + 20));
    const space = text.lastIndexOf(" ", end);
    const to = end < text.length && space > start + 20 ? space : end;
    const [head, foot] = [from ? "…" : "", to < text.length ? "…" : ""];
    const clip = ([one, other]) => [Math.max(one, from) - from + head.length, Math.min(other, to) - from + head.length];
    return {
      text: head + text.slice(from, to) + foot,
      marks: near_by.filter((one) => one.from < to && one.to > from).map((one) => clip([one.from, one.to])),
      title: raw[TITLE],
      titles: titles.sort(([one], [other]) => one - other),
      // 그 쪽에 가서 표시할 말들입니다.
      words: [...new Set([...near_by.filter((one) => one.from < to && one.to > from).map((one) => text.slice(one.from, one.to)),
        ...titles.map(([one, other]) => raw[TITLE].slice(one, other))])].filter((word) => word.trim().length > 1).slice(0, 8),
    };
  };

  const escape = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  let shown = { query: "", results: [], all: 0 };

  elasticlunr.Index.prototype.search = function search(query) {
    const book = open_book(this);
    const limit = window.search?.results_options?.limit_results ?? 30;
    const { ranked, terms } = rank(book, query);
    const least = (ranked[0]?.score ?? 0) * 0.1;
    const fit = ranked.filter(({ score }, at) => at < 8 || score >= least);
    const results = fit.slice(0, limit).map(({ doc, score }) => {
      const one = book.docs[doc];
      const part = snippet(book, doc, terms);
      // mdBook은 차례(breadcrumbs)를 HTML로 끼우므로 미리 바꾸어 둡니다. 쪽의 첫 절은 장의 이름이 두 번 나오므로 한 번만 적습니다.
      const crumbs = (one.doc.breadcrumbs ?? "").split(" » ").filter((name, at, all) => name !== all[at - 1]).join(" » ");
      return { ref: one.ref, score, part, doc: { ...one.doc, breadcrumbs: escape(crumbs), body: part.text } };
    });
    shown = { query: query.replace(/\u200b/g, ""), results, all: fit.length };
    return results;
  };

  const marked = (text, marks) => {
    const made = [];
    let at = 0;
    for (const [from, to] of marks) {
      if (to <= at) continue;
      const start = Math.max(from, at);
      made.push(text.slice(at, start));
      const em = document.createElement("em");
      em.textContent = text.slice(start, to);
      made.push(em);
      at = to;
    }
    made.push(text.slice(at));
    return made.filter((piece) => piece !== "");
  };

  const status = document.createElement("p");
  status.className = "search-status";
  status.setAttribute("role", "status");
  bar.form?.after(status);

  const say = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  // mdBook이 목록을 그린 바로 뒤, 화면에 나오기 앞에 불립니다.
  const dress = () => {
    const { query, results, all } = shown;
    if (!header.textContent || !query) return;
    const count = results.length;
    const told = count < all ? `검색 결과 ${all}개 가운데 ${count}개` : `검색 결과 ${count}개`;
    say(header, count ? `‘${query}’ ${told}` : `‘${query}’에 맞는 곳을 찾지 못했습니다`);
    say(status, count ? told : "검색 결과 없음");
    [...list.children].forEach((item, at) => {
      const part = results[at]?.part;
      const link = item.querySelector("a");
      const teaser = item.querySelector(".teaser");
      if (!part || !link || !teaser || item.dataset.korean) return;
      item.dataset.korean = "";
      teaser.removeAttribute("aria-label");
      teaser.replaceChildren(...marked(part.text, part.marks));
      const crumbs = link.textContent;
      const title = crumbs.endsWith(part.title) ? part.title : "";
      link.replaceChildren(crumbs.slice(0, crumbs.length - title.length), ...marked(title, title ? part.titles : []));
      // 쪽에서 표시할 말을 친 말에서 찾은 말로 바꿉니다. 붙임 빈칸은 mark.js가 낱말을 떼어 놓지 않게 합니다.
      const words = part.words.map((word) => encodeURIComponent(word.replace(/\s+/g, "\u00a0")).replace(/'/g, "%27"));
      const href = link.getAttribute("href");
      link.setAttribute("href", href.replace(/\?highlight=[^#]*/, words.length ? `?highlight=${words.join("%20")}` : ""));
    });
  };
  const watcher = new MutationObserver(dress);
  for (const one of [list, header]) watcher.observe(one, { childList: true });

  // ── 치는 동안 ─────────────────────────────────────────────────────────────
  // mdBook은 글쇠가 올라올 때만 찾습니다. 한글을 조합하는 동안에는 올라오지 않기도 하므로, 글이 바뀔 때마다 알려 줍니다.
  // 입력 칸의 값은 건드리지 않습니다. 조합하던 글자가 깨집니다.
  const nudge = () => bar.dispatchEvent(new KeyboardEvent("keyup"));
  bar.addEventListener("input", () => {
    if (!bar.value.trim()) say(status, "");
    nudge();
  });
  document.addEventListener("keydown", (event) => {
    // 조합을 마치는 엔터와 화살표는 입력기의 것입니다.
    if (event.target === bar && event.isComposing) return event.stopImmediatePropagation();
    // 한글 상태에서 누른 S도 찾기를 엽니다.
    const typing = /^(?:input|select|textarea)$/i.test(event.target.nodeName) || event.target.isContentEditable;
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (typing || !plain || event.code !== "KeyS" || event.key === "s") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true, cancelable: true }));
  }, true);

  // 이 스크립트보다 색인이 먼저 와서 mdBook이 제 방법으로 찾아 버렸으면 다시 찾게 합니다.
  // 같은 말은 다시 찾지 않으므로, 보이지 않는 글자를 붙였다가 뗍니다. 주소에서 온 말일 때만 합니다. 사람이 치는 중이 아닙니다.
  const asked = new URLSearchParams(location.search).get("search");
  if (header.textContent && asked !== null && bar.value === asked) {
    bar.value = `${asked}\u200b`;
    nudge();
    bar.value = asked;
    nudge();
  }
})();
