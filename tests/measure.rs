//! 재기(`noriteo::measure`)와 남기기(`noriteo::trace`)가 정말로 그것을 재고 남기는지 봅니다.

mod support;

use std::{
    collections::BTreeSet,
    env,
    io::{Read, Write},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use noriteo::{
    Error,
    measure::{
        self, Creation, Job, Load, Machine, Report, Row, Sample, Spread,
        evidence::{self, Evidence},
    },
    thread,
    trace::{self, Recorder, Span},
    variant::Variant,
    work,
};
use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use support::{Outcome, tests};

/// 이 환경 변수가 있으면 `spawn`된 자식이 곧바로 죽습니다.
const DIE: &str = "NORITEO_TEST_DIE";

/// 이 환경 변수는 이 프로그램에 검사 대신 시킬 일의 이름입니다.
const ROLE: &str = "NORITEO_TEST_ROLE";

fn main() -> ExitCode {
    let is_spawned = env::args().nth(1).as_deref() == Some("--noriteo-entry");
    if is_spawned && env::var_os(DIE).is_some() {
        std::process::abort();
    }
    let role = env::var(ROLE).unwrap_or_default();
    if role != "unregistered" {
        measure::entry();
    }
    match role.as_str() {
        "unregistered" | "driver" => tell(measure::fresh(&job(Variant::Sequential, Load::Cpu))),
        "writer" => tell(write_many()),
        "waiter" => tell(wait_for_the_end()),
        _ => support::run_mimic(all()),
    }
}

fn all() -> Vec<libtest_mimic::Trial> {
    let mut all = tests![
        every_variant_is_measured_and_its_total_checked,
        runs_take_turns_in_fresh_processes,
        no_thread_is_left_for_the_next_run,
        progress_counts_every_run,
        a_failing_job_is_named,
        a_dying_child_is_named,
        an_unregistered_program_is_told_what_to_do,
        nothing_to_measure_is_bad_input,
        a_bad_count_of_creations_is_bad_input,
        spreads_agree_with_their_definition,
        reports_survive_json,
        spans_survive_json_and_borsh,
        garbage_is_no_report_and_no_panic,
        every_missing_or_wrong_field_is_named,
        the_table_lines_up_with_hangul,
        a_mixed_report_is_split_by_task,
        the_machine_is_told_without_names,
        the_date_is_rfc_3339,
        evidence_is_replaced_whole,
        side_by_side::the_model_counts_switches_as_its_lock_does,
        side_by_side::a_lone_asker_is_never_robbed,
        side_by_side::an_asker_that_fails_ends_the_run,
        evidence_tells_a_broken_bound,
        spans_of_meeting_threads_overlap,
        a_panic_keeps_the_spans_before_it,
        pictures_have_one_line_per_lane,
        recording_costs_little,
    ];
    all.extend([
        libtest_mimic::Trial::ignorable_test(
            "cpython_obeys_the_switch_interval",
            side_by_side::cpython_obeys_the_switch_interval,
        ),
        libtest_mimic::Trial::ignorable_test(
            "one_round_fills_both_columns",
            side_by_side::one_round_fills_both_columns,
        ),
    ]);
    #[cfg(unix)]
    all.extend(unix::tests());
    all
}

fn tell<T: std::fmt::Debug>(result: noriteo::Result<T>) -> ExitCode {
    match result {
        Ok(value) => {
            println!("{value:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn job(variant: Variant, workload: Load) -> Job {
    Job {
        variant,
        workload,
        range: 0..40,
        workers: 2,
    }
}

fn supported() -> impl Iterator<Item = Variant> {
    Variant::ALL.into_iter().filter(|v| v.is_supported())
}

const IO: Load = Load::Io {
    delay: Duration::from_micros(100),
};

// --- 새 프로세스에서 번갈아 재기

fn every_variant_is_measured_and_its_total_checked() -> Outcome {
    let jobs: Vec<Job> = supported()
        .flat_map(|variant| [job(variant, Load::Cpu), job(variant, IO)])
        .collect();
    let report = measure::interleaved(&jobs, 2, |_, _| ())?;
    assert_eq!(report.rows.len(), jobs.len());
    for (row, job) in report.rows.iter().zip(&jobs) {
        assert_eq!(&row.job, job);
        assert_eq!(row.total, 780, "{job}");
        assert_eq!(row.samples.len(), 2);
        assert!(row.wall().is_some_and(|wall| wall.min > Duration::ZERO));
        assert_eq!(row.cpu().is_some(), cfg!(unix));
        // 물음이 적어도 일꾼마다 20개, 하나에 100 µs 이상이므로 2 ms보다 빨리 끝날 수 없습니다.
        if job.workload == IO {
            let wall = row.wall().ok_or("잰 값이 없습니다")?;
            assert!(wall.min >= Duration::from_millis(2), "{job}: {wall:?}");
        }
    }
    Ok(())
}

fn runs_take_turns_in_fresh_processes() -> Outcome {
    let jobs = [
        job(Variant::Thread, Load::Cpu),
        job(Variant::Sequential, Load::Cpu),
        job(Variant::Rayon, IO),
    ];
    let (mut order, mut pids, mut done) = (Vec::new(), BTreeSet::new(), Vec::new());
    let report = measure::interleaved_steps(&jobs, 3, |step| {
        order.push((step.run, step.job.variant));
        pids.insert(step.pid);
        done.push((step.done, step.total));
    })?;
    let (a, b, c) = (Variant::Thread, Variant::Sequential, Variant::Rayon);
    let round = |run| [(run, a), (run, b), (run, c)];
    assert_eq!(order, [round(0), round(1), round(2)].concat());
    assert_eq!(done, (1..=9).map(|n| (n, 9)).collect::<Vec<_>>());
    assert_eq!(pids.len(), 9, "잴 때마다 새 프로세스여야 합니다");
    assert!(!pids.contains(&std::process::id()));
    assert!(report.rows.iter().all(|row| row.samples.len() == 3));
    Ok(())
}

fn progress_counts_every_run() -> Outcome {
    let jobs = [
        job(Variant::Sequential, Load::Cpu),
        job(Variant::Thread, Load::Cpu),
    ];
    let mut told = Vec::new();
    measure::interleaved(&jobs, 2, |done, total| told.push((done, total)))?;
    assert_eq!(told, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    Ok(())
}

fn no_thread_is_left_for_the_next_run() -> Outcome {
    let Ok(before) = thread::count() else {
        return Ok(()); // 스레드를 셀 수 없는 운영체제입니다.
    };
    let jobs = [
        job(Variant::Rayon, IO),
        job(Variant::LockedThread, Load::Cpu),
        job(Variant::ThreadQueue, Load::Cpu),
        job(Variant::Sequential, IO),
    ];
    measure::interleaved_steps(&jobs, 2, |step| {
        // 앞서 쓴 rayon의 일꾼도, 대답할 상대도 재는 프로세스 안에는 없습니다.
        assert_eq!(step.threads, Some(1), "{}", step.job);
    })?;
    assert_eq!(thread::count_settled(before)?, before);
    Ok(())
}

fn a_failing_job_is_named() -> Outcome {
    let bad = Job {
        workers: 100_000,
        ..job(Variant::Rayon, Load::Cpu)
    };
    let good = job(Variant::Sequential, Load::Cpu);
    let mut steps = 0;
    let error = measure::interleaved(&[good, bad], 1, |_, _| steps += 1)
        .err()
        .ok_or("일꾼 10만 명은 거절해야 합니다")?;
    assert!(matches!(error, Error::WorkerFailed { .. }));
    let text = error.to_string();
    assert!(text.contains("rayon(일꾼 100000)"), "{text}");
    assert!(text.contains("256 이하"), "까닭이 없습니다: {text}");
    assert_eq!(steps, 1, "앞의 일은 재고 난 뒤입니다");

    let overflow = Job {
        range: 0..u64::MAX,
        ..job(Variant::Thread, Load::Cpu)
    };
    assert!(matches!(
        measure::fresh(&overflow),
        Err(Error::BadInput { .. })
    ));
    Ok(())
}

/// 이 프로그램을 `role`로 다시 부릅니다.
fn again(role: &str, envs: &[(&str, &str)]) -> Result<support::Output, Failed> {
    let mut command = Command::new(env::current_exe()?);
    command.env(ROLE, role).envs(envs.iter().copied());
    support::run(command, Duration::from_secs(60))
}

fn a_dying_child_is_named() -> Outcome {
    let alive = again("driver", &[])?;
    assert!(alive.status.success(), "{}", alive.stderr);
    let output = again("driver", &[(DIE, "1")])?;
    assert_eq!(output.status.code(), Some(1), "{}", output.stdout);
    let text = &output.stderr;
    assert!(text.contains("sequential(일꾼 2)"), "{text}");
    #[cfg(unix)]
    assert!(text.contains("SIGABRT"), "{text}");
    Ok(())
}

fn an_unregistered_program_is_told_what_to_do() -> Outcome {
    let output = again("unregistered", &[])?;
    assert_eq!(output.status.code(), Some(1), "{}", output.stdout);
    assert!(output.stderr.contains("entry"), "{}", output.stderr);
    Ok(())
}

fn nothing_to_measure_is_bad_input() -> Outcome {
    let jobs = [job(Variant::Sequential, Load::Cpu)];
    for result in [
        measure::interleaved(&[], 3, |_, _| ()),
        measure::interleaved(&jobs, 0, |_, _| ()),
    ] {
        assert!(matches!(result, Err(Error::BadInput { .. })));
    }
    Ok(())
}

fn a_bad_count_of_creations_is_bad_input() -> Outcome {
    let cost = measure::creation_cost(Creation::Thread, 0);
    assert!(matches!(cost, Err(Error::BadInput { .. })));
    Ok(())
}

// --- 값과 JSON

/// 실패한 예를 파일로 남기지 않습니다. 저장소에 새 파일이 생기지 않게 하려는 것입니다.
fn check<S: Strategy>(
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) -> Outcome {
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&strategy, test)
        .map_err(|failure| failure.to_string().into())
}

fn spreads_agree_with_their_definition() -> Outcome {
    let values = proptest::collection::vec(0..1000_u64, 1..20);
    check(values, |values| {
        let spread = Spread::of(values.iter().copied())
            .ok_or_else(|| TestCaseError::fail("값이 있는데 None입니다"))?;
        assert_eq!(Some(&spread.min), values.iter().min());
        assert_eq!(Some(&spread.max), values.iter().max());
        // 중앙값: 그보다 작은 것도, 큰 것도 절반을 넘지 않습니다.
        let below = values.iter().filter(|v| **v < spread.median).count();
        let above = values.iter().filter(|v| **v > spread.median).count();
        assert!(below * 2 <= values.len() && above * 2 <= values.len());
        // 개수가 짝수이면 가운데 두 값의 한가운데입니다.
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        assert_eq!(spread.median, (low + high) / 2);
        Ok(())
    })
}

fn reports_survive_json() -> Outcome {
    check(any_report(), |report| {
        let text = report.to_json().to_string();
        let parsed: Value = serde_json::from_str(&text).map_err(failed_case)?;
        assert_eq!(Report::from_json(&parsed).map_err(failed_case)?, report);
        Ok(())
    })
}

fn spans_survive_json_and_borsh() -> Outcome {
    check(proptest::collection::vec(any_span(), 0..9), |spans| {
        let text = trace::to_json(&spans).to_string();
        let parsed: Value = serde_json::from_str(&text).map_err(failed_case)?;
        assert_eq!(trace::from_json(&parsed).map_err(failed_case)?, spans);
        let bytes = borsh::to_vec(&spans).map_err(failed_case)?;
        assert_eq!(
            borsh::from_slice::<Vec<Span>>(&bytes).map_err(failed_case)?,
            spans
        );
        Ok(())
    })
}

fn failed_case(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        any::<u64>().prop_map(Duration::from_nanos),
        (0..10_u64).prop_map(Duration::from_secs),
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    let times = (any_duration(), any_duration());
    (any::<usize>(), ".{0,8}", times).prop_map(|(lane, label, (a, b))| Span::new(lane, label, a, b))
}

fn any_machine() -> impl Strategy<Value = Machine> {
    let hundredths = || proptest::option::of((0..100_000_u32).prop_map(|n| f64::from(n) / 100.0));
    (
        (".{0,20}", 1..1000_usize, ".{0,20}"),
        proptest::option::of(".{0,20}"),
        (hundredths(), hundredths()),
        proptest::option::of(any::<u64>()),
        proptest::option::of(any::<bool>()),
    )
        .prop_map(
            |((cpu, cores, os), kernel, (cpu_quota, load), memory_bytes, is_virtual)| Machine {
                cpu,
                cores,
                os,
                kernel,
                cpu_quota,
                memory_bytes,
                is_virtual,
                load,
            },
        )
}

fn any_job() -> impl Strategy<Value = Job> {
    let variant = (0..Variant::ALL.len()).prop_map(|i| Variant::ALL[i]);
    let workload = prop_oneof![
        Just(Load::Cpu),
        any_duration().prop_map(|delay| Load::Io { delay }),
    ];
    (variant, workload, any::<(u64, u64)>(), 1..300_usize).prop_map(
        |(variant, workload, (a, b), workers)| Job {
            variant,
            workload,
            range: a.min(b)..a.max(b),
            workers,
        },
    )
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let time = || proptest::option::of(any_duration());
    let count = || proptest::option::of(any::<u64>());
    (any_duration(), time(), time(), count(), count(), count()).prop_map(
        |(wall, user, system, peak_rss_bytes, voluntary_switches, involuntary_switches)| Sample {
            wall,
            user,
            system,
            peak_rss_bytes,
            voluntary_switches,
            involuntary_switches,
        },
    )
}

fn any_report() -> impl Strategy<Value = Report> {
    (1..4_usize, any_machine(), ".{0,20}").prop_flat_map(|(runs, machine, date)| {
        let row = (
            any_job(),
            any::<u64>(),
            proptest::collection::vec(any_sample(), runs),
        )
            .prop_map(|(job, total, samples)| Row {
                job,
                total,
                samples,
            });
        proptest::collection::vec(row, 0..4).prop_map(move |rows| Report {
            machine: machine.clone(),
            date: date.clone(),
            runs,
            rows,
        })
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![".{0,6}", Just("cpu".to_owned()), Just("fork".to_owned())]
            .prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z]{1,4}",
        Just("rows".to_owned()),
        Just("runs".to_owned())
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key.clone(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// 값 속의 모든 자리입니다. JSON 포인터(RFC 6901)로 적습니다.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, child)| (i.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{at}/{key}");
        pointers(child, &path, found);
        found.push(path);
    }
}

fn garbage_is_no_report_and_no_panic() -> Outcome {
    check(any_json(), |value| {
        for error in [
            Report::from_json(&value).err(),
            Machine::from_json(&value).err(),
            Job::from_json(&value).err(),
            Sample::from_json(&value).err(),
        ] {
            assert!(matches!(error, Some(Error::Decode { .. })), "{error:?}");
        }
        let spans = trace::from_json(&value);
        assert!(matches!(spans, Ok(_) | Err(Error::Decode { .. })));
        Ok(())
    })?;
    // 옳은 보고서의 한 자리만 엉뚱한 값으로 바꿉니다.
    check(
        (any_report(), any_json(), any::<usize>()),
        |(report, odd, place)| {
            let mut value = report.to_json();
            let mut paths = Vec::new();
            pointers(&value, "", &mut paths);
            if let Some(slot) = value.pointer_mut(&paths[place % paths.len()]) {
                *slot = odd;
            }
            let read = Report::from_json(&value);
            assert!(matches!(read, Ok(_) | Err(Error::Decode { .. })));
            if let Ok(report) = read {
                report.table();
            }
            Ok(())
        },
    )
}

fn sample_report() -> Report {
    let ms = Duration::from_millis;
    let sample = |wall: u64, cpu: u64| Sample {
        wall: ms(wall),
        user: Some(ms(cpu)),
        system: Some(Duration::ZERO),
        peak_rss_bytes: Some(2 << 20),
        voluntary_switches: Some(1),
        involuntary_switches: Some(2),
    };
    let row = |variant, workers, samples: [(u64, u64); 3]| Row {
        job: Job {
            variant,
            workload: Load::Cpu,
            range: 0..100_000_000,
            workers,
        },
        total: 4_999_999_950_000_000,
        samples: samples.map(|(wall, cpu)| sample(wall, cpu)).into(),
    };
    Report {
        machine: Machine::detect(),
        date: measure::now_utc(),
        runs: 3,
        rows: vec![
            row(Variant::Thread, 2, [(22, 41), (20, 40), (30, 42)]),
            row(Variant::Sequential, 1, [(40, 40), (44, 40), (39, 40)]),
            row(Variant::LockedThread, 2, [(41, 40), (42, 41), (43, 42)]),
        ],
    }
}

fn every_missing_or_wrong_field_is_named() -> Outcome {
    const MAY_BE_MISSING: [&str; 10] = [
        "kernel",
        "cpu_quota",
        "memory_bytes",
        "is_virtual",
        "load",
        "user_ns",
        "system_ns",
        "peak_rss_bytes",
        "voluntary_switches",
        "involuntary_switches",
    ];
    let mut report = sample_report();
    report.rows[0].job.workload = IO;
    report.machine.cpu_quota = Some(1.5);
    let whole = report.to_json();
    let mut paths = Vec::new();
    pointers(&whole, "", &mut paths);
    for path in paths {
        let (parent, key) = path.rsplit_once('/').ok_or("포인터가 아닙니다")?;
        if key.parse::<usize>().is_ok()
            || path == "/rows/1/job/delay_ns"
            || path == "/rows/2/job/delay_ns"
        {
            continue;
        }
        let mut missing = whole.clone();
        if let Some(Value::Object(map)) = missing.pointer_mut(parent) {
            map.remove(key);
        }
        let mut wrong = whole.clone();
        if let Some(slot) = wrong.pointer_mut(&path) {
            *slot = json!([{"엉뚱한": "값"}]);
        }
        let told = |value: &Value| {
            Report::from_json(value)
                .err()
                .map(|error| error.to_string())
        };
        let missing = told(&missing);
        if MAY_BE_MISSING.contains(&key) {
            assert_eq!(missing, None, "{path}");
        } else {
            assert!(
                missing.as_ref().is_some_and(|t| t.contains(key)),
                "{path}: {missing:?}"
            );
        }
        // 목록이 와야 할 자리에 온 목록은 그 속의 칸을 알립니다.
        let wrong = told(&wrong);
        let named = wrong.as_ref().is_some_and(|text| {
            text.contains(key) || ["rows", "samples", "machine", "job"].contains(&key)
        });
        assert!(named, "{path}: {wrong:?}");
    }
    for (path, odd) in [
        ("/schema", json!(2)),
        ("/runs", json!(0)),
        ("/runs", json!(4)),
        ("/rows/0/job/workers", json!(0)),
        ("/rows/0/job/end", json!(-1)),
        ("/rows/0/job/start", json!(u64::MAX)),
        ("/rows/0/job/variant", json!("goroutine")),
        ("/rows/0/job/workload", json!("gpu")),
        ("/rows/0/samples", json!([])),
        ("/rows/0/samples/0/wall_ns", json!(1.5)),
        ("/rows/0/job/delay_ns", Value::Null),
    ] {
        let mut value = whole.clone();
        *value.pointer_mut(path).ok_or(path)? = odd;
        let read = Report::from_json(&value);
        assert!(
            matches!(read, Err(Error::Decode { .. })),
            "{path}: {read:?}"
        );
    }
    Ok(())
}

// --- 표

/// 한글 음절은 두 칸, 나머지는 한 칸입니다. 크레이트의 셈과 따로 셉니다.
fn columns(line: &str) -> usize {
    line.chars()
        .map(|c| if ('가'..='힣').contains(&c) { 2 } else { 1 })
        .sum()
}

fn the_table_lines_up_with_hangul() -> Outcome {
    let table = sample_report().table();
    assert_eq!(
        table,
        "\
| 방식             | 일꾼 수 | 벽시계(중앙값) |       최소–최대 | CPU 시간 | 기준 대비 |
|------------------|---------|----------------|-----------------|----------|-----------|
| 스레드(목록)     |       2 |        22.0 ms | 20.0 ms–30.0 ms |  41.0 ms |    0.55배 |
| 차례로           |       1 |        40.0 ms | 39.0 ms–44.0 ms |  40.0 ms |    1.00배 |
| 락에 묶인 스레드 |       2 |        42.0 ms | 41.0 ms–43.0 ms |  41.0 ms |    1.05배 |"
    );
    let widths: BTreeSet<usize> = table.lines().map(columns).collect();
    assert_eq!(widths.len(), 1, "줄의 너비가 다릅니다: {widths:?}");
    for line in table.lines() {
        assert_eq!(measure::display_width(line), columns(line));
    }
    Ok(())
}

fn a_mixed_report_is_split_by_task() -> Outcome {
    let mut report = sample_report();
    report.rows[2].job.workload = Load::Io {
        delay: Duration::from_millis(1),
    };
    report.rows[2].samples[0].user = None;
    let table = report.table();
    let titles: Vec<&str> = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('|'))
        .collect();
    assert_eq!(
        titles,
        [
            "CPU를 쓰는 일: 0부터 100,000,000 앞까지",
            "기다리는 일(대답까지 1.00 ms): 0부터 100,000,000 앞까지",
        ]
    );
    // 다른 일은 기준이 되지 않고, 모르는 CPU 시간은 비워 둡니다.
    assert!(table.ends_with("|        – |    1.00배 |"), "{table}");
    Ok(())
}

// --- 컴퓨터와 때

fn the_machine_is_told_without_names() -> Outcome {
    let machine = Machine::detect();
    assert!(!machine.cpu.is_empty() && !machine.os.is_empty() && machine.cores >= 1);
    let json = machine.to_json();
    let keys: Vec<&str> = json
        .as_object()
        .ok_or("객체가 아닙니다")?
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "cores",
            "cpu",
            "cpu_quota",
            "is_virtual",
            "kernel",
            "load",
            "memory_bytes",
            "os"
        ],
        "컴퓨터와 사용자의 이름은 적지 않습니다. 칸을 더할 때는 이름이 새지 않는지 살피세요"
    );
    let line = machine.to_string();
    assert!(!line.contains('\n') && line.contains("논리 코어"), "{line}");
    #[cfg(target_os = "linux")]
    {
        assert!(machine.kernel.is_some() && machine.load.is_some());
        // 다른 눈: C 라이브러리가 알려 주는 값입니다.
        // SAFETY: sysconf는 정수를 받아 정수를 돌려줄 뿐입니다.
        let ask = |name| unsafe { nix::libc::sysconf(name) };
        let bytes = ask(nix::libc::_SC_PHYS_PAGES) * ask(nix::libc::_SC_PAGESIZE);
        assert_eq!(machine.memory_bytes, u64::try_from(bytes).ok());
    }
    Ok(())
}

fn the_date_is_rfc_3339() -> Outcome {
    let date = measure::now_utc();
    let shape = regex::Regex::new(r"^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ$")?;
    assert!(shape.is_match(&date), "{date}");
    Ok(())
}

/// 준비되었다고 한 글자를 쓰고, 입력이 닫힐 때까지 가만히 기다리는 구실입니다.
fn wait_for_the_end() -> noriteo::Result<usize> {
    let failed = |source| Error::os("읽고 쓰지 못했습니다", source);
    let mut stdout = std::io::stdout();
    stdout
        .write_all(b".")
        .and_then(|()| stdout.flush())
        .map_err(failed)?;
    std::io::stdin().read(&mut [0]).map_err(failed)
}

// --- 증거

/// 증거를 쉬지 않고 고쳐 적는 구실입니다. 두 글을 번갈아 적습니다.
fn write_many() -> noriteo::Result<bool> {
    let mut holds = true;
    for round in 0..200 {
        let rows = vec![Evidence::new("C00", "가".repeat(1 + round % 2 * 20_000), 1.0, "번"); 3];
        holds &= evidence::write("whole", &rows)?;
    }
    Ok(holds)
}

fn evidence_is_replaced_whole() -> Outcome {
    let target = tempfile::tempdir()?;
    let file = target.path().join("evidence/whole.json");
    let mut writer = Command::new(env::current_exe()?)
        .env(ROLE, "writer")
        .env("CARGO_TARGET_DIR", target.path())
        .stdout(Stdio::null())
        .spawn()?;
    let (mut lengths, mut reads) = (BTreeSet::new(), 0);
    let status = loop {
        let ended = writer.try_wait()?;
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                let value: Value = serde_json::from_str(&text)?;
                assert_eq!(value.as_array().map(Vec::len), Some(3));
                lengths.insert(text.len());
                reads += 1;
            }
            // 아직 한 번도 적지 않았습니다. 한 번 적은 뒤로는 파일이 없는 때가 없어야 합니다.
            Err(error) => assert!(
                reads == 0 && error.kind() == std::io::ErrorKind::NotFound,
                "{error}"
            ),
        }
        if let Some(status) = ended {
            break status;
        }
    };
    assert!(status.success());
    assert!(
        lengths.len() >= 2,
        "두 글을 모두 보아야 시험이 됩니다: {lengths:?}"
    );
    let left: Vec<_> = std::fs::read_dir(target.path().join("evidence"))?.collect();
    assert_eq!(left.len(), 1, "임시 파일이 남았습니다: {left:?}");
    Ok(())
}

fn evidence_tells_a_broken_bound() -> Outcome {
    // 다른 시험과 겹치지 않는 이름입니다. 읽어 본 뒤 지워 책에 실리지 않게 합니다.
    let file = evidence::dir()?.join("measure-self-test.json");
    let kept = Evidence::new("C99", "지킨 것", 2.0, "배").at_least(1.5);
    let broken = Evidence::new("C98", "어긴 것", 0.5, "배").within(0.9, 1.3);
    assert!(evidence::write(
        "measure-self-test",
        std::slice::from_ref(&kept)
    )?);
    assert!(!evidence::write("measure-self-test", &[kept, broken])?);
    let value: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    std::fs::remove_file(&file)?;
    let row = value
        .get(1)
        .and_then(Value::as_object)
        .ok_or("둘째 줄이 없습니다")?;
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "bound", "date", "figure", "holds", "id", "machine", "unit", "what"
        ]
    );
    assert_eq!(row["holds"], json!(false));
    assert_eq!(row["figure"], json!(0.5));
    assert_eq!(row["bound"], json!("0.9–1.3"));
    assert_eq!(row["machine"], json!(Machine::detect().to_string()));
    assert_eq!(value[0]["holds"], json!(true));

    for bad in ["", "../밖", "a/b", "A", "이름", "a.json"] {
        let one = [Evidence::new("C99", "무엇", 1.0, "배")];
        let result = evidence::write(bad, &one);
        assert!(matches!(result, Err(Error::BadInput { .. })), "{bad:?}");
    }
    assert!(matches!(
        evidence::write("empty", &[]),
        Err(Error::BadInput { .. })
    ));
    Ok(())
}

// --- 누가 언제 달렸는가

fn spans_of_meeting_threads_overlap() -> Outcome {
    let recorder = Recorder::new();
    let (to_b, from_a) = thread::queue()?;
    let (to_a, from_b) = thread::queue()?;
    let mut lane = recorder.lane(0);
    let a = thread::spawn(move || {
        lane.span("만남", || {
            to_b.send(())?;
            from_b.recv()
        })
    })?;
    let mut lane = recorder.lane(1);
    let b = thread::spawn(move || -> noriteo::Result<()> {
        lane.span("만남", || {
            to_a.send(())?;
            from_a.recv()
        })?;
        lane.span("혼자", || ());
        Ok(())
    })?;
    a.join()??;
    b.join()??;
    let spans = recorder.spans();
    let names: Vec<_> = spans.iter().map(|s| (s.lane, &*s.label)).collect();
    assert_eq!(names, [(0, "만남"), (1, "만남"), (1, "혼자")]);
    let [a, b, alone] = &spans[..] else {
        return Err("구간이 셋이 아닙니다".into());
    };
    // 서로 소식을 기다렸으니, 저마다 끝나기 전에 상대가 시작했습니다.
    assert!(a.start <= b.end && b.start <= a.end, "{spans:?}");
    assert!(b.end <= alone.start && alone.start <= alone.end);
    Ok(())
}

fn a_panic_keeps_the_spans_before_it() -> Outcome {
    let recorder = Recorder::new();
    let (mut lane, seen) = (recorder.lane(7), recorder.clone());
    let handle = thread::spawn(move || {
        lane.span("앞", || ());
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lane.span("가운데", || panic!("일부러"));
        }));
        std::panic::set_hook(hook);
        assert!(caught.is_err());
        lane.span("뒤", || ());
        // 아직 버리지 않은 줄은 모은 곳에 보이지 않습니다.
        assert!(seen.spans().is_empty());
    })?;
    handle.join()?;
    let spans = recorder.spans();
    let labels: Vec<&str> = spans.iter().map(|span| &*span.label).collect();
    assert_eq!(labels, ["앞", "뒤"]);
    Ok(())
}

fn pictures_have_one_line_per_lane() -> Outcome {
    let spans = proptest::collection::vec(any_span(), 1..12);
    check((spans, any::<u16>()), |(spans, width)| {
        let picture = trace::timeline(&spans, usize::from(width));
        let lanes: BTreeSet<usize> = spans.iter().map(|span| span.lane).collect();
        let lines: Vec<&str> = picture.lines().collect();
        assert_eq!(lines.len(), lanes.len() + 3, "{picture}");
        let widths: BTreeSet<usize> = lines[1..=lanes.len() + 1]
            .iter()
            .map(|line| measure::display_width(line))
            .collect();
        assert_eq!(widths.len(), 1, "{picture}");
        let marks = &lines[2..=lanes.len() + 1];
        for line in marks {
            let body = line.split_once("번").map_or("", |(_, body)| body.trim());
            assert!(
                body.chars().any(|c| c != '.'),
                "빈 줄이 있습니다\n{picture}"
            );
        }
        Ok(())
    })
}

fn recording_costs_little() -> Outcome {
    let cost = trace::overhead();
    let nanos = cost.median.as_nanos() as f64;
    assert!(nanos > 0.0, "재지 않은 값입니다");
    support::evidence(
        "trace-span",
        &[Evidence::new(
            "trace-overhead",
            "빈 구간 하나를 남기는 시간(천 개씩 열한 번의 중앙값)",
            nanos,
            "ns",
        )],
    )
}

#[cfg(unix)]
mod unix {
    //! `getrusage`와 `fork`가 있는 곳에서만 하는 검사입니다.

    use std::hint::black_box;

    use nix::sys::{
        resource::{UsageWho, getrusage},
        wait::{WaitPidFlag, waitpid},
    };
    use noriteo::process;

    use super::*;

    pub fn tests() -> Vec<libtest_mimic::Trial> {
        let mut all = tests![
            once_counts_cpu_time_of_all_threads,
            once_counts_children_that_were_reaped_and_no_others,
            once_sees_memory_that_was_touched,
            creation_is_measured_in_a_process_of_its_own,
            a_child_sends_its_spans_home,
        ];
        #[cfg(target_os = "linux")]
        all.extend(tests![
            once_counts_voluntary_switches,
            once_counts_involuntary_switches,
            a_fresh_run_does_not_inherit_the_drivers_memory,
            pss_grows_with_touched_memory,
        ]);
        all
    }

    const BURN: Duration = Duration::from_millis(20);

    /// `getrusage`는 마이크로초 아래를 버립니다. 값 넷(앞뒤의 사용자, 커널)에서 하나씩 모자랄 수 있습니다.
    const TRUNCATED: Duration = Duration::from_micros(4);

    fn cpu(who: UsageWho) -> Duration {
        let usage = getrusage(who).expect("getrusage는 늘 됩니다");
        [usage.user_time(), usage.system_time()]
            .iter()
            .map(|t| {
                Duration::from_secs(t.tv_sec() as u64) + Duration::from_micros(t.tv_usec() as u64)
            })
            .sum()
    }

    /// 이 프로세스가 CPU 시간을 `amount`만큼 더 썼다고 커널이 말할 때까지 더합니다. 쓴 시간을 돌려줍니다.
    fn burn(amount: Duration) -> Duration {
        let before = cpu(UsageWho::RUSAGE_SELF);
        loop {
            black_box(work::sum(0..work::BLOCK));
            let used = cpu(UsageWho::RUSAGE_SELF) - before;
            if used >= amount {
                return used;
            }
        }
    }

    fn once_counts_cpu_time_of_all_threads() -> Outcome {
        let (used, sample) = measure::once(|| burn(BURN));
        let counted = sample.cpu().ok_or("CPU 시간이 없습니다")?;
        assert!(counted + TRUNCATED >= used, "{counted:?} < {used:?}");

        let (joined, sample) = measure::once(|| thread::spawn(|| burn(BURN))?.join());
        let (used, counted) = (joined?, sample.cpu().ok_or("CPU 시간이 없습니다")?);
        assert!(counted + TRUNCATED >= used, "{counted:?} < {used:?}");

        // 재기 전에 쓴 것은 세지 않습니다. 아무 일도 하지 않았으면 앞서 쓴 20 ms의 절반도 되지 않습니다.
        let ((), sample) = measure::once(|| ());
        assert!(sample.cpu().is_some_and(|cpu| cpu < BURN / 2), "{sample:?}");
        Ok(())
    }

    fn once_counts_children_that_were_reaped_and_no_others() -> Outcome {
        let burn_long = || burn(5 * BURN).as_micros() as u64;
        let (used, sample) = measure::once(|| process::fork(burn_long)?.join());
        let (used, counted) = (
            Duration::from_micros(used?),
            sample.cpu().ok_or("CPU 시간이 없습니다")?,
        );
        assert!(counted + TRUNCATED >= used, "{counted:?} < {used:?}");

        // 같은 일을 했지만 아직 살아 있는 자식은 세지 않습니다.
        let (told, hear) = process::queue()?;
        let (go, wait) = process::queue::<()>()?;
        let (child, sample) = measure::once(|| -> noriteo::Result<_> {
            let child = process::fork(move || {
                let sent = told.send(burn_long()).is_ok();
                let released = wait.recv().is_err();
                sent && released
            })?;
            let used = Duration::from_micros(hear.recv()?);
            Ok((child, used))
        });
        let (child, used) = child?;
        drop(go);
        assert!(child.join()?);
        let counted = sample.cpu().ok_or("CPU 시간이 없습니다")?;
        assert!(
            counted < used / 2,
            "살아 있는 자식까지 셌습니다: {counted:?}"
        );
        Ok(())
    }

    /// `bytes`만큼의 메모리를 얻어 쪽마다 한 번씩 씁니다.
    fn touch(bytes: usize) -> Vec<u8> {
        let mut memory = vec![0; bytes];
        for page in memory.chunks_mut(4096) {
            page[0] = 1;
        }
        black_box(memory)
    }

    fn once_sees_memory_that_was_touched() -> Outcome {
        const SIZE: usize = 48 << 20;
        /// 얻은 쪽을 모두 썼으니 이만큼은 늘어야 합니다. 커널이 쪽을 세는 어림은 뺍니다.
        const GROWN: u64 = SIZE as u64 * 9 / 10;
        fn peak() -> Option<u64> {
            measure::once(|| ()).1.peak_rss_bytes
        }
        // 최고 기록은 지워지지 않으므로 새 프로세스에서 봅니다. 베낀 프로세스의 기록은
        // 베낄 때의 크기에서 시작합니다.
        let peaks = process::fork(|| {
            let before = peak();
            let ((), during) = measure::once(|| drop(touch(SIZE)));
            [before, during.peak_rss_bytes, peak()]
        })?
        .join()?;
        let [Some(before), Some(during), Some(after)] = peaks else {
            return Err("메모리 크기가 없습니다".into());
        };
        assert!(during >= before + GROWN, "{before} → {during}");
        assert!(during < before + 2 * SIZE as u64, "{before} → {during}");
        assert!(after >= during, "최고 기록은 내려가지 않습니다: {after}");

        // 거둔 자식의 최고 기록도 견줍니다.
        let (before, after) = process::fork(|| {
            let before = peak();
            let grandchild = || process::fork(|| drop(touch(SIZE)))?.join();
            let (joined, sample) = measure::once(grandchild);
            (before, joined.ok().and(sample.peak_rss_bytes))
        })?
        .join()?;
        let grown = before
            .zip(after)
            .map(|(before, after)| after.saturating_sub(before));
        assert!(grown >= Some(GROWN), "{before:?} → {after:?}");
        Ok(())
    }

    fn creation_is_measured_in_a_process_of_its_own() -> Outcome {
        // 이 프로세스에 다른 스레드가 살아 있어도 fork를 잴 수 있습니다.
        let (go, wait) = thread::queue::<()>()?;
        let other = thread::spawn(move || wait.recv().is_err())?;
        assert!(matches!(
            process::fork(|| ()),
            Err(Error::ThreadsAlive { .. })
        ));
        for kind in Creation::ALL {
            let cost = measure::creation_cost(kind, 5)?;
            assert!(cost.min > Duration::ZERO, "{kind:?}: {cost:?}");
            assert!(cost.min <= cost.median && cost.median <= cost.max);
        }
        drop(go);
        assert!(other.join()?);
        assert_eq!(thread::count_settled(1)?, 1);
        // 거두지 않은 자식이 남지 않았습니다.
        let left = waitpid(None, Some(WaitPidFlag::WNOHANG));
        assert_eq!(left, Err(nix::errno::Errno::ECHILD));
        Ok(())
    }

    fn a_child_sends_its_spans_home() -> Outcome {
        let recorder = Recorder::new();
        recorder.lane(0).span("부모", || ());
        let theirs = recorder.clone();
        let child = process::fork(move || {
            theirs.lane(1).span("자식", || burn(BURN));
            theirs.spans()
        })?;
        let sent = child.join()?;
        assert!(recorder.spans().iter().all(|span| span.lane == 0));
        recorder.extend(sent.into_iter().filter(|span| span.lane == 1));
        let spans = recorder.spans();
        assert_eq!(spans.len(), 2);
        // 시계의 시작이 같으므로 자식의 구간이 부모의 것보다 뒤에 옵니다.
        assert!(spans[0].end <= spans[1].start, "{spans:?}");
        assert!(spans[1].end - spans[1].start >= BURN / 2, "{spans:?}");
        Ok(())
    }

    /// /proc/self/status의 한 줄입니다. getrusage와 다른 길로 얻는 같은 값입니다.
    #[cfg(target_os = "linux")]
    fn status(name: &str) -> u64 {
        let text = std::fs::read_to_string("/proc/self/status").expect("/proc을 읽습니다");
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .expect("그 줄이 있습니다")
    }

    /// 줄 `name`의 값이 `more`만큼 늘 때까지 `step`을 거듭합니다. 늘어난 값을 돌려줍니다.
    #[cfg(target_os = "linux")]
    fn until_grown(name: &str, more: u64, step: impl Fn()) -> Result<u64, Failed> {
        let (before, deadline) = (status(name), Instant::now() + Duration::from_secs(60));
        while Instant::now() < deadline {
            step();
            let grown = status(name) - before;
            if grown >= more {
                return Ok(grown);
            }
        }
        Err(format!("1분 안에 {name} {more}번을 보지 못했습니다").into())
    }

    #[cfg(target_os = "linux")]
    fn once_counts_voluntary_switches() -> Outcome {
        let nap = || std::thread::sleep(Duration::from_micros(100));
        let (grown, sample) = measure::once(|| until_grown("voluntary_ctxt_switches:", 50, nap));
        let (grown, counted) = (grown?, sample.voluntary_switches.ok_or("횟수가 없습니다")?);
        assert!(
            counted >= grown && counted < 2 * grown,
            "{counted}, {grown}"
        );
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn once_counts_involuntary_switches() -> Outcome {
        // 코어보다 많은 자식이 쉬지 않고 돌면 이 프로세스는 CPU를 빼앗깁니다.
        let cores = std::thread::available_parallelism()?.get();
        let rivals = (0..=cores)
            .map(|_| {
                process::fork(|| {
                    loop {
                        black_box(work::sum(0..work::BLOCK));
                    }
                })
            })
            .collect::<noriteo::Result<Vec<process::JoinHandle<()>>>>()?;
        let spin = || {
            black_box(work::sum(0..100 * work::BLOCK));
        };
        let (grown, sample) = measure::once(|| until_grown("nonvoluntary_ctxt_switches:", 5, spin));
        drop(rivals);
        let (grown, counted) = (
            grown?,
            sample.involuntary_switches.ok_or("횟수가 없습니다")?,
        );
        assert!(
            counted >= grown && counted < 2 * grown + 5,
            "{counted}, {grown}"
        );
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn a_fresh_run_does_not_inherit_the_drivers_memory() -> Outcome {
        const SIZE: usize = 200 << 20;
        let memory = touch(SIZE);
        let sample = measure::fresh(&job(Variant::Sequential, Load::Cpu))?;
        drop(memory);
        let peak = sample.peak_rss_bytes.ok_or("메모리 크기가 없습니다")?;
        // Linux의 ru_maxrss라면 부모의 200 MiB를 물려받습니다.
        assert!(peak < SIZE as u64 / 2, "{peak}");
        assert!(peak > 100 << 10, "{peak}");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn pss_grows_with_touched_memory() -> Outcome {
        const SIZE: usize = 32 << 20;
        let own = std::process::id();
        let before = measure::pss_bytes(own)?;
        let memory = touch(SIZE);
        let during = measure::pss_bytes(own)?;
        drop(memory);
        assert!(
            before > 0 && during >= before + SIZE as u64 * 9 / 10,
            "{before} → {during}"
        );

        // 가만히 기다리는 프로그램을 다른 눈으로 봅니다: 영역마다 적힌 PSS(KiB 아래는 버림)를 더한 값입니다.
        let mut waiting = Command::new(env::current_exe()?)
            .env(ROLE, "waiter")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pid = waiting.id();
        let mut ready = waiting.stdout.take().ok_or("출력이 없습니다")?;
        ready.read_exact(&mut [0])?;
        let areas = || -> Result<Vec<u64>, Failed> {
            let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps"))?;
            let lines = smaps.lines().filter_map(|line| line.strip_prefix("Pss:"));
            let sizes = lines.map(|rest| rest.trim().trim_end_matches(" kB").parse());
            Ok(sizes.collect::<Result<_, _>>()?)
        };
        let before: u64 = areas()?.iter().sum();
        let rolled_up = measure::pss_bytes(pid)? / 1024;
        let after = areas()?;
        let (after, count) = (after.iter().sum::<u64>(), after.len() as u64);
        // 함께 쓰는 쪽을 남이 놓거나 쥐면 제 몫이 그사이 조금 바뀝니다.
        const SHIFT: u64 = 64;
        let low = before.min(after) - SHIFT;
        let high = before.max(after) + count + SHIFT;
        assert!(
            (low..=high).contains(&rolled_up),
            "{rolled_up}: {low}–{high}"
        );

        drop(waiting.stdin.take());
        assert!(waiting.wait()?.success());
        let gone = measure::pss_bytes(pid);
        assert!(matches!(gone, Err(Error::Os { .. })), "{gone:?}");
        Ok(())
    }
}

/// 모형과 진짜 CPython을 나란히 놓는 길입니다. 시간이 아니라 횟수와 만남을 봅니다.
mod side_by_side {
    use std::net::TcpListener;

    use libtest_mimic::Completion;
    use noriteo::{
        measure::{
            python::{self, Python},
            side_by_side::{DELAY, SCRIPT, SHAPES, Seen, Shape, SideBySide},
        },
        work::Responder,
    };

    use super::*;
    use crate::support::MaybeLeftOut;

    const MS: Duration = Duration::from_millis(1);
    /// 기다리다 지치는 일이 없는 간격입니다.
    const HOUR: Duration = Duration::from_secs(3600);

    fn shape(busy: usize, asks: bool, interval: Duration) -> Shape {
        Shape {
            busy,
            asks,
            interval,
        }
    }

    /// 주인이 `least`번 넘게 바뀔 때까지 재는 시간을 늘려 봅니다.
    fn until_switched(
        least: u64,
        mut run: impl FnMut(Duration) -> Result<Seen, Failed>,
    ) -> Result<Seen, Failed> {
        for step in 0..9 {
            let seen = run(20 * MS * (1 << step))?;
            if seen.switches > least {
                return Ok(seen);
            }
        }
        Err(format!("주인이 {least}번 넘게 바뀌지 않습니다").into())
    }

    /// 드물게 일어날 수도 있는 일을 볼 때까지 되풀이합니다.
    fn until_seen(
        what: &str,
        seen: impl Fn(&Seen) -> bool,
        mut run: impl FnMut() -> Result<Seen, Failed>,
    ) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if seen(&run()?) {
                return Ok(());
            }
        }
        Err(format!("1분 동안 한 번도 보지 못했습니다: {what}").into())
    }

    /// 곁은 시간이 다해도 묻기를 마칠 때까지 더하고, 보내는 사이에 락을 쥐기도 합니다.
    fn neighbours_stay_and_rob(
        block: u64,
        mut run: impl FnMut(Shape, Duration) -> Result<Seen, Failed>,
    ) -> Outcome {
        let instant = Duration::from_nanos(1);
        until_seen(
            "묻는 동안 더한 곁",
            |seen| seen.additions > block,
            || run(shape(1, true, MS), instant),
        )?;
        until_seen(
            "보내는 사이에 빼앗긴 왕복",
            |seen| seen.robbed > 0,
            || run(shape(3, true, MS), 20 * MS),
        )
    }

    /// 이름을 보고 센 전환은 락이 스스로 센 것보다 많을 수 없고, 이름을 적지 못한 조각만큼만 적습니다.
    pub fn the_model_counts_switches_as_its_lock_does() -> Outcome {
        const BUSY: usize = 3;
        let responder = Responder::start(DELAY)?;
        let run = |interval, window| {
            let seen = shape(BUSY, false, interval).on_model(window, responder.addr())?;
            let lock = seen.lock_switches.ok_or("락이 센 것이 없습니다")?;
            assert!(seen.switches <= lock, "{seen:?}");
            // 스레드마다 문까지의 조각과 첫 덩어리의 조각에는 이름이 없을 수 있고,
            // 조각 하나가 빠지면 전환은 많아야 둘이 줍니다.
            assert!(lock - seen.switches <= 4 * BUSY as u64, "{seen:?}");
            assert!(seen.wall >= window && seen.additions > 0 && seen.trips.is_empty());
            Ok(seen)
        };
        until_switched(4 * BUSY as u64, |window| run(MS, window))?;
        // 아무도 지치지 않으면 저마다 끝까지 쥐므로 사람 수보다 하나 적게 바뀝니다.
        assert_eq!(run(HOUR, 30 * MS)?.switches, BUSY as u64 - 1);
        Ok(())
    }

    /// 혼자 물으면 빼앗길 상대가 없고, 곁에 있으면 그 곁은 묻기를 마칠 때까지 더합니다.
    pub fn a_lone_asker_is_never_robbed() -> Outcome {
        let responder = Responder::start(DELAY)?;
        let lone = shape(0, true, MS).on_model(10 * MS, responder.addr())?;
        assert_eq!((lone.robbed, lone.additions, lone.switches), (0, 0, 0));
        assert!(!lone.trips.is_empty() && lone.trips.iter().all(|trip| *trip >= DELAY));
        let beside = shape(1, true, 5 * MS).on_model(MS, responder.addr())?;
        assert!(!beside.trips.is_empty() && beside.additions > 0);
        assert!(beside.robbed <= beside.trips.len() as u64);
        neighbours_stay_and_rob(work::BLOCK, |shape, window| {
            Ok(shape.on_model(window, responder.addr())?)
        })
    }

    /// 묻던 상대가 사라지면 더하던 스레드들도 끝나고 오류가 됩니다.
    pub fn an_asker_that_fails_ends_the_run() -> Outcome {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let addr = listener.local_addr()?;
        let answering = thread::spawn(move || listener.accept().map(drop))?;
        let failed = shape(2, true, MS).on_model(MS, addr);
        answering.join()??;
        assert!(
            matches!(&failed, Err(Error::WorkerFailed { message }) if message.contains("묻지 못했습니다")),
            "{failed:?}"
        );
        // 이제 아무도 듣지 않습니다.
        assert!(shape(2, true, MS).on_model(MS, addr).is_err());
        Ok(())
    }

    /// 진짜 CPython도 시킨 간격을 지키고, 세는 법이 같습니다.
    pub fn cpython_obeys_the_switch_interval() -> MaybeLeftOut {
        let Some(python) = cpython() else {
            return support::left_out("GIL이 켜진 CPython이 없습니다");
        };
        let script = support::root().join(SCRIPT);
        let responder = Responder::start(DELAY)?;
        let run = |shape: Shape, window| {
            let seen = shape.on_python(&python, &script, window, responder.addr(), &());
            seen.map_err(Failed::from)
        };
        assert_eq!(run(shape(3, false, HOUR), 30 * MS)?.switches, 2);
        until_switched(2, |window| run(shape(3, false, MS), window))?;
        let lone = run(shape(0, true, MS), 10 * MS)?;
        assert_eq!((lone.robbed, lone.additions), (0, 0));
        assert!(lone.trips.iter().all(|trip| *trip >= DELAY));
        neighbours_stay_and_rob(400, run)?;
        let nobody = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let failed = shape(1, true, MS).on_python(&python, &script, MS, nobody, &());
        assert!(failed.is_err(), "{failed:?}");
        Ok(Completion::Completed)
    }

    /// 한 번에 두 쪽의 모든 줄이 찹니다. 비는 재어 남길 뿐 한계로 삼지 않습니다.
    pub fn one_round_fills_both_columns() -> MaybeLeftOut {
        let Some(python) = cpython() else {
            return support::left_out("GIL이 켜진 CPython이 없습니다");
        };
        let script = support::root().join(SCRIPT);
        let mut both = SideBySide::new(Some(&python), &script, 100 * MS)?;
        let mut shapes = Vec::new();
        both.round(&(), |shape| {
            shapes.push(*shape);
            Ok::<(), Error>(())
        })?;
        assert_eq!(both.trouble(), None);
        assert_eq!(shapes, SHAPES);
        let lines = both.lines();
        let names: BTreeSet<_> = lines.iter().map(|l| (&l.group, &l.what)).collect();
        assert_eq!((names.len(), lines.len()), (29, 29));
        for line in &lines {
            assert_eq!((line.python.len(), line.model.len()), (1, 1), "{line:?}");
        }
        let trips = lines
            .iter()
            .filter(|line| line.group == "왕복의 중앙값" && line.what.contains("더하는 스레드 1,"));
        let rows: Vec<_> = trips
            .map(|line| {
                let what = format!("{}, {}: 모형 ÷ {}", line.group, line.what, python.label());
                Evidence::new("side_by_side", what, line.ratio().unwrap_or(f64::NAN), "배")
            })
            .collect();
        assert_eq!(rows.len(), 3);
        support::evidence("side_by_side", &rows)?;
        Ok(Completion::Completed)
    }

    fn cpython() -> Option<Python> {
        let (pythons, _) = python::find(&());
        Python::newest_with_gil(&pythons).cloned()
    }
}
