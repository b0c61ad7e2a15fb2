//! 일곱 방식의 답이 같은지 봅니다. 범위와 일꾼의 수는 proptest가 고릅니다.
//! fork하므로 본 스레드에서 하나씩 돌립니다.

mod support;

use std::{process::ExitCode, time::Duration};

use noriteo::{
    Error,
    cli::MAX_WORKERS,
    process,
    variant::{self, Variant, Workload},
    work::{BLOCK, MAX_SIZE, Responder, expected, split, sum},
};
use proptest::{
    prelude::{Strategy, any, prop_assert, prop_assert_eq},
    test_runner::{Config, TestRunner},
};
use support::{Outcome, tests};

fn main() -> ExitCode {
    variant::entry();
    process::entry(io_total);
    support::run_mimic(tests![
        split_covers_every_range,
        sum_matches_the_formula,
        every_variant_agrees,
        every_variant_waits_for_the_same_answers,
        workers_wait_at_once_except_the_sequential_one,
        names_round_trip,
        bad_input_is_refused,
    ])
}

fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), proptest::test_runner::TestCaseError>,
) -> Outcome {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, test)
        .map_err(|failure| failure.to_string().into())
}

fn split_covers_every_range() -> Outcome {
    let edges = (any::<u64>(), any::<u64>(), 1..=1000usize);
    check(2000, edges, |(a, b, n)| {
        let range = a.min(b)..a.max(b);
        let parts: Vec<_> = split(range.clone(), n).collect();
        prop_assert_eq!(parts.len(), n);
        prop_assert_eq!(parts[0].start, range.start);
        prop_assert_eq!(parts[n - 1].end, range.end);
        prop_assert!(parts.windows(2).all(|two| two[0].end == two[1].start));
        let lengths = || parts.iter().map(|part| part.end - part.start);
        prop_assert!(lengths().max().unwrap_or(0) - lengths().min().unwrap_or(0) <= 1);
        Ok(())
    })
}

/// 블록의 경계를 넘나드는 작은 범위입니다.
fn small_range() -> impl Strategy<Value = std::ops::Range<u64>> {
    (0..MAX_SIZE / 2, 0..5 * BLOCK).prop_map(|(start, length)| start..start + length)
}

fn sum_matches_the_formula() -> Outcome {
    check(300, small_range(), |range| {
        let total = expected(range.clone());
        prop_assert_eq!(Some(sum(range)), total.ok());
        Ok(())
    })
}

fn every_variant_agrees() -> Outcome {
    check(25, (small_range(), 1..=8usize), |(range, workers)| {
        let total = expected(range.clone()).ok();
        for variant in Variant::ALL.into_iter().filter(|v| v.is_supported()) {
            let got = variant::run(variant, Workload::Cpu, range.clone(), workers);
            prop_assert_eq!(got.as_ref().ok().copied(), total, "{}: {:?}", variant, got);
        }
        Ok(())
    })
}

/// 대답하는 스레드가 있는 프로세스에서는 fork할 수 없으므로, 일은 새 프로세스에서 합니다.
fn io_total((name, addr, size, workers): (String, String, u64, u64)) -> Result<u64, String> {
    let run = || -> Result<u64, Box<dyn std::error::Error>> {
        let workload = Workload::Io {
            addr: addr.parse()?,
        };
        Ok(variant::run(
            name.parse()?,
            workload,
            0..size,
            workers as usize,
        )?)
    };
    run().map_err(|error| error.to_string())
}

fn every_variant_waits_for_the_same_answers() -> Outcome {
    let responder = Responder::start(Duration::ZERO)?;
    for variant in Variant::ALL.into_iter().filter(|v| v.is_supported()) {
        let addr = responder.addr().to_string();
        let total =
            process::spawn(io_total, (variant.name().to_owned(), addr, 20, 3))?.join()??;
        assert_eq!(total, 190, "{variant}");
    }
    Ok(())
}

/// 일꾼 셋이 저마다 한 번 묻고, 셋이 다 물은 뒤에야 대답이 옵니다.
fn workers_wait_at_once_except_the_sequential_one() -> Outcome {
    for variant in Variant::ALL.into_iter().filter(|v| v.is_supported()) {
        // 늦은 대답이 겹치는지는 상대가 셉니다. 겹치지 않을 수 있는 것은 느린 기계뿐이므로 될 때까지 늦춥니다.
        let overlapped = (0..6).any(|step| {
            let overlap = || -> Result<usize, libtest_mimic::Failed> {
                let responder = Responder::start(Duration::from_millis(20 << step))?;
                let addr = responder.addr().to_string();
                let arg = (variant.name().to_owned(), addr, 3, 3);
                process::spawn(io_total, arg)?.join()??;
                Ok(responder.max_in_flight())
            };
            let seen = overlap().unwrap_or(0);
            if variant == Variant::Sequential {
                assert_eq!(seen, 1);
            }
            seen == 3
        });
        assert_eq!(overlapped, variant != Variant::Sequential, "{variant}");
    }
    Ok(())
}

fn names_round_trip() -> Outcome {
    for variant in Variant::ALL {
        assert_eq!(variant.name().parse::<Variant>()?, variant);
    }
    let told = "goroutine".parse::<Variant>().err().ok_or("읽혔습니다")?;
    assert!(told.to_string().contains("locked-thread"));
    Ok(())
}

fn bad_input_is_refused() -> Outcome {
    for (range, workers) in [
        (0..10, 0),
        (0..10, MAX_WORKERS as usize + 1),
        (0..10, 10_000_000),
        (0..MAX_SIZE + 1, 2),
        (0..u64::MAX, 2),
    ] {
        for variant in Variant::ALL {
            let got = variant::run(variant, Workload::Cpu, range.clone(), workers);
            assert!(matches!(got, Err(Error::BadInput { .. })), "{got:?}");
        }
    }
    Ok(())
}
