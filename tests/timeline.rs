//! 타임라인: 아는 기록이 아는 그림이 되고, 진짜 기록이 사실과 맞는지 봅니다.

mod support;

use std::{
    fs,
    path::Path,
    process::ExitCode,
    sync::{Arc, Barrier},
    time::Duration,
};

use noriteo::{
    gil::Gil,
    measure::Machine,
    process, thread,
    trace::{self, Kernel, State, StateSpan, Trace, Track},
    work,
};
use serde_json::{Value, json};
use support::Outcome;

fn main() -> ExitCode {
    let mut trials = support::tests![
        a_known_trace_is_a_known_text,
        json_holds_everything,
        a_broken_file_is_told_in_korean,
        nothing_is_recorded_when_off,
        a_second_recording_is_refused,
        locked_threads_never_hold_at_once,
        every_tracked_trace_is_sound,
    ];
    if cfg!(target_os = "linux") {
        trials.extend(support::tests![
            tracks_are_real_threads_and_the_kernel_agrees,
            threads_on_one_core_wait_for_it,
            a_forked_child_writes_its_own_track,
            a_killed_child_leaves_what_it_wrote,
        ]);
    }
    support::run_mimic(trials)
}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// 손으로 적은 기록입니다.
fn known() -> Trace {
    let span = |state, start, end, lock| StateSpan {
        state,
        start: ms(start),
        end: ms(end),
        core: Some(1),
        lock,
    };
    let track = |name: &str, killed, spans| Track {
        name: name.to_owned(),
        pid: 7,
        tid: 8,
        killed,
        kernel: Some(Kernel {
            run: ms(3),
            ..Kernel::default()
        }),
        spans,
    };
    Trace {
        program: "보기".to_owned(),
        machine: Machine::detect(),
        date: "2025-01-31T09:00:00Z".to_owned(),
        length: ms(20),
        dropped: 0,
        tracks: vec![
            track(
                "하나",
                false,
                vec![
                    span(State::Held, 0, 10, Some(0)),
                    span(State::LockWait, 10, 20, Some(0)),
                ],
            ),
            track(
                "둘",
                true,
                vec![
                    span(State::LockWait, 0, 10, Some(0)),
                    span(State::Held, 10, 20, Some(0)),
                ],
            ),
        ],
    }
}

fn a_known_trace_is_a_known_text() -> Outcome {
    let wanted = "\
시각(ms)  0         10
          |---------|---------
하나      ##########----------
둘 †      ----------##########
          # 락을 쥠  - 락을 기다림  . 쉼
";
    assert_eq!(known().picture(20), wanted);
    assert!(!known().overlaps_held());
    let mut both = known();
    both.tracks[1].spans[1].start = ms(9);
    assert!(both.overlaps_held());
    assert_eq!(known().together(), Duration::ZERO);
    assert_eq!(both.together(), ms(1));
    Ok(())
}

fn json_holds_everything() -> Outcome {
    let trace = known();
    assert_eq!(Trace::from_json(&trace.to_json())?, trace);
    let text: Value = serde_json::from_str(&trace.to_text())?;
    assert_eq!(text, trace.to_json());
    Ok(())
}

fn a_broken_file_is_told_in_korean() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a.json");
    let whole = known().to_json();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut value = whole.clone();
        change(&mut value);
        value.to_string()
    };
    let cases: Vec<(String, &str)> = vec![
        ("{".into(), "JSON이 아닙니다"),
        ("[]".into(), "schema"),
        (broken(&|v| v["schema"] = json!(99)), "꼴의 번호"),
        (broken(&|v| v["tracks"] = json!([])), "줄이 하나도 없"),
        (
            broken(&|v| v["tracks"][0]["spans"][0][0] = json!("sleep")),
            "0번째 구간",
        ),
        (
            broken(&|v| v["tracks"][0]["spans"][1][1] = json!(5)),
            "겹치거나",
        ),
        (
            broken(&|v| v["tracks"][1]["spans"][1][2] = json!(99_000_000)),
            "길이를 넘습니다",
        ),
        (broken(&|v| v["tracks"][0]["pid"] = json!(-1)), "pid"),
    ];
    for (text, part) in cases {
        fs::write(&file, text)?;
        let message = Trace::read(&file)
            .err()
            .map_or(String::new(), |e| e.to_string());
        if !message.contains(part) || !message.contains("다시 기록하세요") {
            return Err(format!("`{part}`를 알리지 않았습니다: {message}").into());
        }
    }
    assert!(Trace::read(Path::new("없는 파일")).is_err());
    Ok(())
}

fn nothing_is_recorded_when_off() -> Outcome {
    // 끈 채 만든 일꾼은 나중에 켜도 적지 않습니다.
    let (go, wait) = thread::queue()?;
    let before = thread::spawn(move || wait.recv().map(|()| work::sum(0..1_000_000)))?;
    let ((), trace) = trace::record("빈 기록", || go.send(()).and(before.join()?.map(drop)))?;
    assert_eq!(trace.tracks.len(), 1);
    Ok(())
}

fn a_second_recording_is_refused() -> Outcome {
    let (inner, _) = trace::record("바깥", || Ok(trace::record("안", || Ok(())).is_err()))?;
    assert!(inner);
    trace::record("다시", || Ok(()))?;
    Ok(())
}

fn locked() -> Result<Trace, noriteo::Error> {
    let (_, trace) = trace::record("락", || {
        let gil = Gil::new(Duration::from_micros(200));
        let handles = (0..3)
            .map(|_| gil.spawn(|| work::sum(0..3_000_000)))
            .collect::<noriteo::Result<Vec<_>>>()?;
        handles
            .into_iter()
            .try_for_each(|handle| handle.join().map(drop))
    })?;
    Ok(trace)
}

fn locked_threads_never_hold_at_once() -> Outcome {
    let trace = locked()?;
    assert!(!trace.overlaps_held());
    let held = trace.total(State::Held);
    assert!(held > Duration::ZERO && held <= trace.length);
    let holders = trace
        .tracks
        .iter()
        .filter(|track| !track.total(State::Held).is_zero());
    assert_eq!(holders.count(), 3);
    sound(&trace)
}

/// 구간은 기록 안에 있고, 차례대로이고, 겹치지 않습니다.
fn sound(trace: &Trace) -> Outcome {
    for track in &trace.tracks {
        let mut after = Duration::ZERO;
        for span in &track.spans {
            if span.start < after || span.end < span.start || span.end > trace.length {
                return Err(format!("{}: 구간이 어긋났습니다: {span:?}", track.name).into());
            }
            after = span.end;
        }
    }
    assert_eq!(trace.dropped, 0);
    Ok(())
}

fn tracks_are_real_threads_and_the_kernel_agrees() -> Outcome {
    let (tids, trace) = trace::record("스레드", || {
        let handles = (0..4)
            .map(|_| {
                thread::spawn(|| {
                    work::sum(0..10_000_000);
                    thread::id()
                })
            })
            .collect::<noriteo::Result<Vec<_>>>()?;
        handles
            .into_iter()
            .map(thread::JoinHandle::join)
            .collect::<noriteo::Result<Vec<_>>>()
    })?;
    sound(&trace)?;
    let recorded: Vec<u64> = trace.tracks[1..].iter().map(|track| track.tid).collect();
    assert_eq!(recorded, tids);
    for track in &trace.tracks {
        assert_eq!(track.pid, std::process::id());
        let Some(kernel) = track.kernel else {
            return Err(format!("{}: 커널의 수가 없습니다", track.name).into());
        };
        // 「달렸다」고 적은 동안은 코어 위에 있었거나(run), 적지 못할 만큼 짧게 빼앗겼습니다(wait).
        let most = kernel.run + kernel.wait + ms(1);
        if track.active() > most {
            return Err(format!("{}: {:?} > {most:?}", track.name, track.active()).into());
        }
    }
    Ok(())
}

/// 두 스레드를 한 코어에 묶으면, 한쪽이 달리는 동안 다른 쪽은 코어를 기다립니다.
fn threads_on_one_core_wait_for_it() -> Outcome {
    use nix::{
        sched::{CpuSet, sched_getaffinity, sched_setaffinity},
        unistd::Pid,
    };

    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let first = (0..CpuSet::count()).find(|&core| allowed.is_set(core).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(first.ok_or("쓸 수 있는 코어가 없습니다")?)?;
    sched_setaffinity(this, &one)?;
    // 둘이 다 시작한 뒤에 더하고, 다 더하고도 서로 기다려야, 한 코어에서 번갈아 달렸을 수밖에 없습니다.
    let traced = trace::record("한 코어", || {
        let gate = Arc::new(Barrier::new(2));
        let handles = [(); 2].map(|()| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                gate.wait();
                work::sum(0..200_000_000);
            })
        });
        handles.into_iter().try_for_each(|handle| handle?.join())
    });
    sched_setaffinity(this, &allowed)?;
    let (_, trace) = traced?;
    sound(&trace)?;
    let workers = &trace.tracks[1..];
    let core = workers[0].spans.iter().find_map(|span| span.core);
    for track in workers {
        if track.total(State::CoreWait).is_zero() {
            return Err(format!("{}: 코어를 기다린 적이 없습니다", track.name).into());
        }
        let seats = track.spans.iter().filter_map(|span| span.core);
        assert!(
            seats.into_iter().all(|seat| Some(seat) == core),
            "{track:?}"
        );
    }
    Ok(())
}

fn a_forked_child_writes_its_own_track() -> Outcome {
    let (pid, trace) = trace::record("자식", || {
        let child = process::fork(|| work::sum(0..1_000_000))?;
        let pid = child.pid();
        child.join().map(|_| pid)
    })?;
    sound(&trace)?;
    let [parent, child] = &trace.tracks[..] else {
        return Err(format!("줄이 {}개입니다", trace.tracks.len()).into());
    };
    assert_eq!((parent.pid, child.pid), (std::process::id(), pid));
    assert!(!child.killed && child.kernel.is_some());
    assert!(!child.total(State::Running).is_zero());
    Ok(())
}

fn a_killed_child_leaves_what_it_wrote() -> Outcome {
    let (_, trace) = trace::record("죽음", || {
        let (mut ours, theirs) = process::pipe::<u8>()?;
        let (_stuck, wait) = process::pipe::<u8>()?;
        let child = process::fork(move || {
            let (mut theirs, mut wait) = (theirs, wait);
            // 부모가 끝낼 때까지 오지 않을 것을 기다립니다.
            theirs.send(1).is_ok() && wait.recv().is_ok()
        })?;
        ours.recv()?;
        child.kill()?;
        Ok(child.join().is_err())
    })?;
    sound(&trace)?;
    let child = &trace.tracks[1];
    assert!(child.killed && !child.spans.is_empty());
    assert!(!trace.tracks[0].killed);
    Ok(())
}

fn every_tracked_trace_is_sound() -> Outcome {
    let files = support::files(&support::root().join("book/text/measured/traces"), "json")?;
    assert!(files.len() >= 7, "기록이 {}개뿐입니다", files.len());
    for file in files {
        let trace = Trace::read(&file)?;
        sound(&trace)?;
        if trace.overlaps_held() || trace.total(State::Held) > trace.length {
            return Err(format!("{}: 락을 함께 쥐었습니다", file.display()).into());
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let part = support::read(&file.with_file_name(format!("../timeline-{name}.md")))?;
        let drawn = part.matches("data-us=").count();
        let wanted: usize = trace.shown().iter().map(|track| track.spans.len()).sum();
        assert_eq!(drawn, wanted, "{name}: 그림의 구간 수가 기록과 다릅니다");
        for part_of in [
            "role=\"img\"",
            "<desc",
            "viewBox=\"0 0 480",
            "class=\"legend\"",
        ] {
            assert!(part.contains(part_of), "{name}: {part_of}");
        }
    }
    Ok(())
}
