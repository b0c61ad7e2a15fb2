//! 6장: 여러 컴퓨터에서 도는 프로그램입니다. 어디에서 돌든 답이 같고, 누가 죽거나 길이 끊겨도 정한 시간 안에 끝납니다.
//!
//! 차례는 자는 것이 아니라 프로그램이 적은 말로 정합니다. 「모두 만났습니다」를 본 뒤에 죽이고, 「기다립니다」를 본 뒤에 시작합니다.
//! 정한 시간은 6장에 적힌 약속입니다. 그 안에 끝나는지만 봅니다.

mod support;

#[cfg(unix)]
#[path = "cluster/host.rs"]
mod host;
#[cfg(target_os = "linux")]
#[path = "cluster/many_hosts.rs"]
mod many_hosts;
#[cfg(target_os = "linux")]
#[path = "cluster/net.rs"]
mod net;
#[cfg(unix)]
#[path = "cluster/same_machine.rs"]
mod same_machine;

use std::{process::ExitCode, time::Duration};

use support::Outcome;

fn main() -> ExitCode {
    let mut trials = support::tests![other_examples_do_not_build_timely, unit_tests_of_the_module,];
    #[cfg(unix)]
    trials.extend(same_machine::tests());
    #[cfg(target_os = "linux")]
    trials.extend(many_hosts::tests());
    support::run_mimic(trials)
}

/// 기능을 켜지 않으면 어떤 꾸러미도 timely를 짓지 않습니다.
fn other_examples_do_not_build_timely() -> Outcome {
    let tree = |features: &[&str]| {
        let mut command = support::cargo();
        command.args(["tree", "--offline", "--locked", "--edges", "all"]);
        command.args(["--prefix", "none", "--format", "{p}"]);
        command.args(features);
        support::run(command, Duration::from_secs(120))
    };
    let default = tree(&["--workspace"])?;
    let cluster = tree(&["--package", "noriteo", "--features", "cluster"])?;
    let has = |text: &str| text.lines().any(|line| line.starts_with("timely v"));
    if !default.status.success() || !default.stdout.contains("noriteo v") {
        return Err(format!("cargo tree 가 실패했습니다.\n{}", default.stderr).into());
    }
    if has(&default.stdout) {
        return Err("기능을 켜지 않았는데도 timely를 짓습니다".into());
    }
    if !has(&cluster.stdout) {
        return Err(format!("기능을 켰는데 timely가 없습니다.\n{}", cluster.stderr).into());
    }
    let known = support::with_features()?;
    let built = support::built()?;
    // 이름이 아니라 글에서 찾습니다. 새로 쓴 프로그램을 Cargo.toml에 적지 않았으면 여기에서 드러납니다.
    let (mut problems, mut uses) = (Vec::new(), 0);
    for path in support::files(&support::root().join("examples"), "rs")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if !support::read(&path)?.contains("Cluster::new(") {
            continue;
        }
        uses += 1;
        if !known.contains_key(&*name) || built.examples.contains_key(&*name) {
            problems.push(format!("{name}은(는) 기능을 켰을 때에만 지어야 합니다"));
        }
    }
    if uses != known.len() {
        problems.push(format!(
            "기능을 켜는 프로그램 {}개 가운데 `Cluster`를 쓰는 것은 {uses}개입니다",
            known.len()
        ));
    }
    support::all_clear(problems)
}

/// 크레이트의 `cluster` 모듈은 기능을 켜야 지어지므로, 그 안의 검사도 여기에서 돌립니다.
fn unit_tests_of_the_module() -> Outcome {
    let target = support::root().join("target/cluster");
    let mut command = support::cargo();
    command.args([
        "test",
        "--package",
        "noriteo",
        "--lib",
        "--features",
        "cluster",
    ]);
    command.arg("--target-dir").arg(target);
    command.args(["cluster::"]);
    let output = support::run(command, Duration::from_secs(900))?;
    let ran = output
        .stdout
        .lines()
        .find(|line| line.starts_with("test result: ok."))
        .and_then(|line| line.split_whitespace().nth(3)?.parse::<u32>().ok());
    match ran {
        Some(1..) if output.status.success() => Ok(()),
        _ => Err(format!(
            "모듈의 검사가 실패했거나 하나도 돌지 않았습니다.\n{}{}",
            output.stdout, output.stderr
        )
        .into()),
    }
}
