// GIL의 모형입니다. 화면도 시계도 우연도 쓰지 않는 함수 하나라서, 같은 설정은 언제나 같은 달림이 됩니다.
//
// 락의 차례는 `src/gil/lock.rs`를 한 줄씩 옮긴 것입니다. 검사 `gil_model`이 그 파일을 가짜 시계 위에서 그대로 돌려,
// 수백 가지 설정에서 두 달림이 1 µs도 다르지 않은지 봅니다.
//
// 규칙
// * 시각은 0부터 세는 정수 마이크로초(µs)입니다. 스레드는 모두 0에 시작하고, `window`에서 그림이 끝납니다.
// * 스레드는 계산 한 조각과 입출력 한 조각을 번갈아 합니다. 두 조각의 길이를 더하면 평균 `CYCLE`이고,
//   그 가운데 입출력의 몫이 `io` 퍼센트입니다. 조각마다 평균의 절반에서 한 배 반까지를 씨앗으로 뽑습니다.
//   앞의 `askers`개만 그렇게 하고, 나머지 스레드와 몫이 0인 스레드는 계산만 쉬지 않고 합니다.
// * 락이 있으면, 계산은 락을 쥐고 합니다. `STEP`마다 비켜 달라는 요청이 있는지 봅니다.
//   조각이 끝나면 요청을 보지 않고 바로 입출력으로 갑니다. 입출력 앞에서 락을 놓고, 뒤에 다시 쥡니다.
//   깨워진 스레드와 기다리다 시간이 다 된 스레드는 `wake` 뒤에 움직입니다. 입출력이 끝난 스레드는 곧바로 움직입니다. 쥔 하나만 달리므로 코어의 수는 상관없습니다.
// * 락이 없으면, 코어 `cores`개를 `SLICE`씩 돌아가며 씁니다. 기다리는 스레드가 없으면 이어서 씁니다.
//   바꾸는 데 드는 시간은 0입니다. 진짜 운영체제의 스케줄러를 아주 단순하게 줄인 것입니다.
// * 같은 시각에 일어날 일이 여럿이면 먼저 정해진 것이 먼저입니다. 기다리는 줄에서도 먼저 온 스레드가 먼저입니다.
(() => {
  "use strict";

  /** 계산하는 스레드가 요청을 보는 사이입니다(µs). */
  const STEP = 10;
  /** 계산 한 조각과 입출력 한 조각을 더한 길이의 평균입니다(µs). */
  const CYCLE = 2000;
  /** 락이 없을 때, 기다리는 스레드가 있으면 코어를 내주는 사이입니다(µs). */
  const SLICE = 3000;

  /** 설정마다의 아래 끝, 위 끝, 처음 값입니다. 시간은 µs입니다. */
  const LIMITS = {
    threads: [1, 8, 2],
    io: [0, 100, 0],
    askers: [0, 8, 8],
    interval: [100, 100000, 5000],
    lock: [0, 1, 1],
    cores: [1, 8, 2],
    wake: [0, 1000, 50],
    window: [1000, 200000, 30000],
    seed: [0, 4294967295, 1],
  };

  /** 씨앗 하나에서 늘 같은 32비트 정수들을 냅니다(mulberry32). */
  const random = (seed) => {
    let a = seed | 0;
    return () => {
      a = (a + 0x6d2b79f5) | 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (t ^ (t >>> 14)) >>> 0;
    };
  };

  /** 스레드 하나가 할 조각들의 길이입니다. 부를 때마다 다음 [계산, 입출력]을 냅니다. */
  const pieces = (settings, id) => {
    const next = random(settings.seed ^ Math.imul(id + 1, 0x9e3779b9));
    const io = id < settings.askers ? Math.floor((CYCLE * settings.io) / 100) : 0;
    const draw = (mean) => Math.floor(mean / 2) + (next() % (mean + 1));
    return () => (io === 0 ? [settings.window, 0] : [draw(CYCLE - io), draw(io)]);
  };

  const simulate = (settings) => {
    const { threads, interval, wake, window } = settings;
    let now = 0;
    let order = 0;
    const stats = { acquisitions: 0, switches: 0, dropRequests: 0, forcedDrops: 0 };
    const tracks = [];

    // ---- 타임라인에 적기

    const enter = (me, state) => {
      if (me.state === state) return;
      close(me);
      me.state = state;
      me.since = now;
    };
    /** 지금까지의 구간을 적습니다. 길이가 0인 것은 빼고, 이어진 같은 상태는 하나로 칩니다. */
    const close = (me) => {
      if (me.state === null || now === me.since) return;
      const last = me.spans[me.spans.length - 1];
      if (last && last[0] === me.state && last[2] === me.since) last[2] = now;
      else me.spans.push([me.state, me.since, now]);
    };

    // ---- 시간

    /** `me`를 `at`에 움직입니다. `timer`이면 그때 시간이 다 된 것입니다. 스레드마다 많아야 하나입니다. */
    const plan = (me, at, timer = false) => {
      me.at = at;
      me.order = order++;
      me.timer = timer;
    };
    /** 다음에 움직일 스레드입니다. */
    const first = () => {
      let best = null;
      for (const track of tracks) {
        if (track.at === null) continue;
        if (!best || track.at < best.at || (track.at === best.at && track.order < best.order)) best = track;
      }
      return best;
    };
    /** 시간이 `length`만큼 흐릅니다. 그사이 다른 일이 없으면 곧장 나아갑니다. */
    function* pass(me, length) {
      const other = first();
      if (now + length < window && (!other || now + length < other.at)) {
        now += length;
        return;
      }
      plan(me, now + length);
      yield;
    }

    // ---- 조건 변수

    /** 줄에 서서 잡니다. 시간이 다 되어 깨면 `true`입니다. */
    function* sleep(me, queue, timeout = null) {
      queue.push(me);
      me.queue = queue;
      me.timedOut = false;
      if (timeout !== null) plan(me, now + timeout, true);
      yield;
      return me.timedOut;
    }
    const rise = (me) => {
      me.queue = null;
      plan(me, now + wake);
    };
    const notifyOne = (queue) => {
      if (queue.length > 0) rise(queue.shift());
    };
    const notifyAll = (queue) => {
      while (queue.length > 0) rise(queue.shift());
    };

    // ---- 락: src/gil/lock.rs

    let holder = null;
    let lastHolder = null;
    let dropRequest = false;
    const freed = [];
    const switched = [];

    function* takeGil(me) {
      enter(me, "lock-wait");
      while (holder !== null) {
        const before = stats.switches;
        const timedOut = yield* sleep(me, freed, interval);
        // 그사이 바뀌었다면 새로 쥔 스레드에게도 한 간격을 줍니다.
        const stuck = holder !== null && stats.switches === before;
        if (timedOut && stuck && !dropRequest) {
          dropRequest = true;
          stats.dropRequests += 1;
        }
      }
      me.waits.push(now - me.since);
      holder = me;
      if (lastHolder !== null && lastHolder !== me) stats.switches += 1;
      lastHolder = me;
      stats.acquisitions += 1;
      enter(me, "held");
      if (dropRequest) {
        dropRequest = false;
        notifyAll(switched);
      }
    }

    function* dropGil(me, forced) {
      holder = null;
      if (forced) {
        stats.forcedDrops += 1;
        me.forced += 1;
      }
      enter(me, forced ? "lock-wait" : "running");
      notifyOne(freed);
      // 요청이 있었으면 다른 스레드가 쥘 때까지 기다립니다(FORCE_SWITCHING).
      if (dropRequest) {
        enter(me, "lock-wait");
        while (lastHolder === me) yield* sleep(me, switched);
        if (!forced) enter(me, "running");
      }
    }

    function* withLock(me, next) {
      yield* takeGil(me);
      for (;;) {
        const [compute, io] = next();
        for (let left = compute; left > 0; ) {
          const step = Math.min(STEP, left);
          yield* pass(me, step);
          left -= step;
          if (left > 0 && dropRequest) {
            yield* dropGil(me, true);
            yield* takeGil(me);
          }
        }
        if (io > 0) {
          yield* dropGil(me, false);
          enter(me, "io");
          yield* pass(me, io);
          enter(me, "running");
          yield* takeGil(me);
        }
      }
    }

    // ---- 락이 없을 때의 코어

    let idle = settings.cores;
    const ready = [];

    function* takeCore(me) {
      if (idle > 0) idle -= 1;
      else {
        enter(me, "core-wait");
        ready.push(me);
        yield; // 코어를 넘겨받으면 이어집니다.
      }
      enter(me, "running");
    }
    const dropCore = () => {
      if (ready.length > 0) plan(ready.shift(), now);
      else idle += 1;
    };

    function* withoutLock(me, next) {
      for (;;) {
        const [compute, io] = next();
        if (compute > 0) yield* takeCore(me);
        for (let left = compute; left > 0; ) {
          const step = Math.min(SLICE, left);
          yield* pass(me, step);
          left -= step;
          if (left > 0 && ready.length > 0) {
            dropCore();
            yield* takeCore(me);
          }
        }
        if (compute > 0) dropCore();
        if (io > 0) {
          enter(me, "io");
          yield* pass(me, io);
        }
      }
    }

    // ---- 돌리기

    for (let id = 0; id < threads; id++) {
      const me = { state: null, since: 0, spans: [], waits: [], forced: 0, at: null, queue: null, timedOut: false };
      me.run = (settings.lock ? withLock : withoutLock)(me, pieces(settings, id));
      tracks.push(me);
      plan(me, 0);
    }
    for (let me = first(); me && me.at < window; me = first()) {
      now = me.at;
      me.at = null;
      if (me.timer) {
        me.queue.splice(me.queue.indexOf(me), 1);
        me.timedOut = true;
        rise(me);
      } else me.run.next();
    }
    now = window;
    tracks.forEach(close);

    const told = tracks.map(({ spans, waits, forced }) => {
      const total = (...states) =>
        spans.reduce((sum, [state, start, end]) => sum + (states.includes(state) ? end - start : 0), 0);
      return {
        spans,
        forcedDrops: forced,
        work: total("running", "held"),
        lockWait: total("lock-wait"),
        coreWait: total("core-wait"),
        io: total("io"),
        medianWait: median(waits),
      };
    });
    return {
      tracks: told,
      work: told.reduce((sum, track) => sum + track.work, 0),
      stats,
      medianWait: median(tracks.flatMap(({ waits }) => waits)),
    };
  };

  /** 가운데 값입니다. 둘이면 그 평균의 소수점 아래를 버립니다. 하나도 없으면 null입니다. */
  const median = (values) => {
    if (values.length === 0) return null;
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : Math.floor((sorted[middle - 1] + sorted[middle]) / 2);
  };

  globalThis.NoriteoGil = { simulate, LIMITS, STEP, CYCLE, SLICE };
})();
