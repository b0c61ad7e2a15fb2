//! 한 컴퓨터 안의 프로세스들입니다. 어디에서나 돌릴 수 있습니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use libtest_mimic::{Failed, Trial};
use nix::sys::signal::Signal;
use noriteo::{story, work};
use tempfile::NamedTempFile;

use crate::{
    host::{CLOSED, ENDLESS, Host, LONG, PATIENCE, SILENT, all_end, all_end_as_promised},
    support::{self, Outcome},
};

pub fn tests() -> Vec<Trial> {
    support::tests![
        the_sum_is_the_same_every_way,
        the_words_are_the_same_every_way,
        the_texts_of_a_folder_are_the_same_every_way,
        bad_texts_are_told_before_anything_starts,
        different_texts_are_told,
        no_temporary_file_is_left,
        only_what_crosses_processes_is_on_the_wire,
        a_killed_process_ends_all,
        a_process_killed_while_meeting_ends_all,
        a_stopped_process_ends_all,
        a_late_process_is_waited_for,
        a_missing_process_is_not_waited_for_ever,
        a_taken_port_is_told,
        a_stranger_on_the_port_is_told,
        a_silent_stranger_does_not_hold_up_the_meeting,
        different_hosts_files_are_told,
        an_unknown_host_is_told,
        two_of_the_same_number_are_told,
        the_limit_ends_all,
        launcher_tells_and_ends_all_when_one_dies,
        launcher_ends_even_a_stopped_one,
        launcher_leaves_no_orphans_when_killed,
        launcher_leaves_no_orphans_on_ctrl_c,
        no_descriptor_is_shared,
    ]
}

const SUM: &str = "ch06_01_sum";
const WORDS: &str = "ch06_02_word_count";
const MET: &str = "모두 만났습니다";

fn example(name: &str, args: &[&str]) -> Result<Command, Failed> {
    let mut command = support::example(name)?;
    command.args(args);
    Ok(command)
}

/// 이 검사만 쓰는 주소입니다. Linux에서는 127로 시작하는 주소가 모두 이 컴퓨터이므로, 검사 프로그램마다 다른 것을 씁니다.
/// 그래서 다른 검사가 함께 돌아도 포트가 겹치지 않습니다.
fn home() -> String {
    let id = std::process::id();
    if cfg!(target_os = "linux") {
        return format!(
            "127.{}.{}.{}",
            1 + (id >> 16) % 254,
            (id >> 8) % 256,
            id % 256
        );
    }
    "127.0.0.1".to_owned()
}

/// 아무도 쓰지 않은 주소 `n`개로 hosts 파일을 만듭니다. 커널이 나누어 주는 포트의 범위 밖입니다.
fn hosts_file(n: usize) -> Result<(NamedTempFile, Vec<String>), Failed> {
    static NEXT: AtomicU16 = AtomicU16::new(10_000);
    let mut addresses = Vec::new();
    while addresses.len() < n {
        let address = format!("{}:{}", home(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Linux가 아니면 다른 프로그램이 쓰고 있을 수 있습니다.
        if TcpListener::bind(&address).is_ok() {
            addresses.push(address);
        }
    }
    let mut file = NamedTempFile::new()?;
    for address in &addresses {
        writeln!(file, "{address}")?;
    }
    Ok((file, addresses))
}

fn of_file(name: &str, file: &Path, number: usize, rest: &[&str]) -> Result<Host, Failed> {
    let mut command = support::example(name)?;
    command
        .arg("-h")
        .arg(file)
        .args(["-p", &number.to_string()]);
    command.args(rest);
    Host::start(format!("{number}번"), command)
}

/// 같은 hosts 파일로 `n`개를 띄웁니다.
fn company(name: &str, n: usize, rest: &[&str]) -> Result<Vec<Host>, Failed> {
    let (file, _) = hosts_file(n)?;
    let hosts = (0..n).map(|number| of_file(name, file.path(), number, rest));
    let mut hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    // 파일은 읽힌 뒤에 지워져야 합니다.
    if rest.contains(&"-r") {
        for host in &mut hosts {
            host.says(MET, 1)?;
        }
        return Ok(hosts);
    }
    file.keep()?;
    Ok(hosts)
}

fn total(stdout: &str) -> Option<&str> {
    stdout.lines().find_map(|line| line.strip_prefix("합: "))
}

/// 스레드로, 프로세스로, hosts 파일로: 선택지만 다르고 합은 같습니다.
fn the_sum_is_the_same_every_way() -> Outcome {
    let size = 1_000_003;
    let right = work::expected(0..size)?.to_string();
    let size = size.to_string();
    let mut problems = Vec::new();
    for way in [
        &["-w", "1"][..],
        &["-w", "2"],
        &["-w", "7"],
        &["--local", "1"],
        &["--local", "2"],
        &["--local", "3", "-w", "2"],
    ] {
        let mut args = way.to_vec();
        args.extend(["--size", &size]);
        let output = support::run(example(SUM, &args)?, LONG)?;
        if total(&output.stdout) != Some(&right) || !output.status.success() || output.left_behind {
            problems.push(format!("{way:?}: {right}이어야 합니다. {output:#?}"));
        }
    }
    let ended = all_end(company(SUM, 3, &["-r", "--size", &size])?, LONG)?;
    for host in &ended {
        host.fine()?;
    }
    if total(&ended[0].stdout) != Some(&right) {
        problems.push(format!("hosts 파일: {right}이어야 합니다. {ended:#?}"));
    }
    // 답은 한 곳에서만 나옵니다.
    if ended[1..].iter().any(|host| !host.stdout.is_empty()) {
        problems.push(format!("0번이 아닌데 답을 냈습니다. {ended:#?}"));
    }
    support::all_clear(problems)
}

/// 낱말을 홀로, 다른 방법으로 셉니다. 많이 나온 차례입니다.
fn counted_alone(files: u64, lines: u64, seed: u64) -> Vec<(u64, String)> {
    let mut counts = BTreeMap::new();
    for file in 0..files {
        count_words(&story::file(seed, file, lines), &mut counts);
    }
    most_first(counts)
}

fn count_words(text: &str, counts: &mut BTreeMap<String, u64>) {
    for word in text.split(char::is_whitespace) {
        if !word.is_empty() {
            *counts.entry(word.to_owned()).or_insert(0) += 1;
        }
    }
}

fn most_first(counts: BTreeMap<String, u64>) -> Vec<(u64, String)> {
    let mut rows: Vec<_> = counts.into_iter().map(|(word, n)| (n, word)).collect();
    rows.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    rows
}

/// 출력이 홀로 센 것과 같은지 봅니다. 낱말의 종류까지 같으므로, 한 낱말이 두 일꾼에게서 따로 세어진 일이 없습니다.
fn same_words(stdout: &str, rows: &[(u64, String)]) -> bool {
    use noriteo::measure::format_count;

    let sum = rows.iter().map(|row| row.0).sum();
    let first = format!(
        "낱말 {}개, 서로 다른 것 {}개",
        format_count(sum),
        rows.len()
    );
    let mut lines = stdout.lines();
    lines.next() == Some(&first)
        && rows.iter().take(5).all(|(n, word)| {
            let start = format!("{word}: {}번, 일꾼 ", format_count(*n));
            lines.next().is_some_and(|line| line.starts_with(&start))
        })
}

/// 여러 가지로 돌려 모두 `rows`와 같은지 봅니다.
fn counted_every_way(rest: &[&str], rows: &[(u64, String)]) -> Outcome {
    let mut problems = Vec::new();
    for way in [
        &["-w", "1"][..],
        &["-w", "3"],
        &["--local", "2"],
        &["--local", "2", "--combine"],
        &["--local", "3", "-w", "2", "--combine"],
        &["--local", "3", "-w", "2"],
    ] {
        let output = support::run(example(WORDS, &[way, rest].concat())?, LONG)?;
        if !same_words(&output.stdout, rows) || !output.status.success() {
            problems.push(format!("{way:?}: {:?}이어야 합니다. {output:#?}", rows[0]));
        }
    }
    let ended = all_end(company(WORDS, 3, &[&["-r"], rest].concat())?, LONG)?;
    if !same_words(&ended[0].stdout, rows) || ended.iter().any(|host| host.fine().is_err()) {
        problems.push(format!("hosts 파일: {ended:#?}"));
    }
    support::all_clear(problems)
}

fn the_words_are_the_same_every_way() -> Outcome {
    let rest = ["--files", "7", "--lines", "300", "--seed", "11"];
    counted_every_way(&rest, &counted_alone(7, 300, 11))
}

/// 글을 폴더에 적어 두고 나누어 읽습니다. 숨은 파일과 하위 폴더는 세지 않습니다.
fn the_texts_of_a_folder_are_the_same_every_way() -> Outcome {
    let folder = tempfile::tempdir()?;
    let texts = folder.path().join("글");
    let path = texts.to_string_lossy().into_owned();
    let words = ["--texts", &path, "--write"];
    let story = ["--files", "7", "--lines", "300", "--seed", "11"];
    let wrote = support::run(example(WORDS, &[&words[..], &story].concat())?, LONG)?;
    if !wrote.status.success() || fs::read_dir(&texts)?.count() != 7 {
        return Err(format!("글 7개를 적어야 합니다. {wrote:#?}").into());
    }
    fs::write(texts.join(".숨은 것"), [0xff])?;
    fs::create_dir(texts.join("하위"))?;
    fs::write(texts.join("하위/글.txt"), "놀이터")?;
    counted_every_way(&words[..2], &counted_alone(7, 300, 11))?;

    // 사람이 쓴 글입니다: 이 책.
    let book = support::root().join("book/text");
    let mut counts = BTreeMap::new();
    for entry in fs::read_dir(&book)? {
        let path = entry?.path();
        if path.is_file() {
            count_words(&fs::read_to_string(path)?, &mut counts);
        }
    }
    let args = ["--local", "2", "--texts", &book.to_string_lossy()];
    let output = support::run(example(WORDS, &args)?, LONG)?;
    if same_words(&output.stdout, &most_first(counts)) {
        return Ok(());
    }
    Err(format!("{output:#?}").into())
}

/// 시작하기 전에 우리말로 알리고 2로 끝납니다. 있던 파일은 그대로입니다.
fn bad_texts_are_told_before_anything_starts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for (name, file, bytes) in [
        ("반듯", "00000.txt", &b"one two"[..]),
        ("깨짐", "b.txt", &[0xff, 0xfe]),
        ("숨음", ".c.txt", b"one"),
    ] {
        fs::create_dir(at(name))?;
        fs::write(folder.path().join(name).join(file), bytes)?;
    }
    fs::write(folder.path().join("깨짐/a.txt"), "one")?;
    fs::create_dir(at("끊김"))?;
    std::os::unix::fs::symlink("없는 글", folder.path().join("끊김/a.txt"))?;
    let [fine, broken, hidden, cut] = ["반듯", "깨짐", "숨음", "끊김"].map(at);
    let (file, none) = (format!("{fine}/00000.txt"), at("없음"));
    let beneath = format!("{file}/글");
    let mut problems = Vec::new();
    for (words, part) in [
        (&["--texts", &none][..], "그런 것이 없습니다"),
        (&["--texts", &file], "폴더가 아닙니다"),
        (
            &["--texts", &broken],
            "깨짐/b.txt의 글을 읽지 못했습니다. UTF-8",
        ),
        (&["--texts", &hidden], "하나도 없습니다"),
        (&["--texts", &cut], "끊김/a.txt의 글을 읽지 못했습니다"),
        (&["--texts"], "폴더의 이름이 없습니다"),
        (
            &["--texts", &fine, "--seed", "1"],
            "--seed을(를) 쓰지 않습니다",
        ),
        (&["--texts", &fine, "--write"], "이미 있어 덮어쓰지"),
        (&["--texts", &beneath, "--write"], "적지 못했습니다"),
        (&["--write"], "--texts로 알려"),
    ] {
        for way in [&["-w", "2"][..], &["--local", "2"]] {
            let output = support::run(example(WORDS, &[way, words].concat())?, LONG)?;
            let told = output.stderr.starts_with("오류: ") && output.stderr.contains(part);
            if output.status.code() != Some(2) || !told || !output.stdout.is_empty() {
                problems.push(format!("{way:?} {words:?}: {part:?} {output:#?}"));
            }
        }
    }
    if fs::read(&file)? != b"one two" || folder.path().join("없음").exists() {
        problems.push("있던 파일을 건드렸습니다".to_owned());
    }
    support::all_clear(problems)
}

/// 글을 번호로 나누므로 폴더가 서로 다르면 어떤 글은 두 번, 어떤 글은 한 번도 세지 않습니다. 그래서 만날 때 견줍니다.
fn different_texts_are_told() -> Outcome {
    let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
    fs::write(folders[0].path().join("a.txt"), "그네 시소")?;
    fs::write(folders[1].path().join("b.txt"), "그네 시소")?;
    let (file, _) = hosts_file(2)?;
    let hosts = folders.iter().enumerate().map(|(number, folder)| {
        let path = folder.path().to_string_lossy().into_owned();
        let rest = ["--wait", "6", "--texts", &path];
        of_file(WORDS, file.path(), number, &rest)
    });
    let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    for host in all_end(hosts, Duration::from_secs(6 + 5))? {
        host.gave_up(&["읽을 글이 다릅니다"])?;
    }
    Ok(())
}

/// 잘 끝나든, 못 만나든, 죽든 임시 폴더에는 아무것도 남지 않습니다.
fn no_temporary_file_is_left() -> Outcome {
    let folder = tempfile::tempdir()?;
    let left = |what: &str| -> Outcome {
        let left: Vec<_> = fs::read_dir(folder.path())?.flatten().collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(format!("{what}: {left:?}이(가) 남았습니다").into())
    };
    let with = |args: &[&str]| -> Result<Command, Failed> {
        let mut command = example(WORDS, args)?;
        command.env("TMPDIR", folder.path());
        Ok(command)
    };
    let output = support::run(with(&["--local", "3"])?, LONG)?;
    if !output.status.success() {
        return Err(format!("{output:#?}").into());
    }
    left("잘 끝남")?;
    let output = support::run(with(&["-n", "2", "-p", "1", "--wait", "1"])?, LONG)?;
    if output.status.code() != Some(1) {
        return Err(format!("{output:#?}").into());
    }
    left("못 만남")?;
    let mut args = vec!["--local", "3", "-r"];
    args.extend(ENDLESS);
    for how in ["Ctrl-C", "띄운 이에게 SIGKILL", "하나에게 SIGKILL"] {
        let (launcher, pids) = launched_by(with(&args)?)?;
        match how {
            "Ctrl-C" => support::interrupt_group(launcher.pid()),
            "띄운 이에게 SIGKILL" => launcher.signal(Signal::SIGKILL)?,
            _ => nix::sys::signal::kill(nix::unistd::Pid::from_raw(pids[0]), Signal::SIGKILL)?,
        }
        all_gone(&pids)?;
        launcher.ends(CLOSED)?;
        left(how)?;
    }
    Ok(())
}

/// 프로세스 하나 안에서는 바이트가 오가지 않고, 미리 세어 보내면 덜 오갑니다.
fn only_what_crosses_processes_is_on_the_wire() -> Outcome {
    let wire = |args: &[&str]| -> Result<u64, Failed> {
        let file = NamedTempFile::new()?;
        let mut command = example(WORDS, args)?;
        command.env("NORITEO_CLUSTER_REPORT", file.path());
        let output = support::run(command, LONG)?;
        if !output.status.success() {
            return Err(format!("{output:#?}").into());
        }
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(file.path())?)?;
        let hosts = report["hosts"].as_array().cloned().unwrap_or_default();
        let of = |key: &str| hosts.iter().filter_map(|h| h[key].as_u64()).sum::<u64>();
        let (sent, received) = (of("sent"), of("received"));
        if sent != received {
            return Err(format!("보낸 것 {sent}, 받은 것 {received}이(가) 다릅니다").into());
        }
        Ok(sent)
    };
    let threads = wire(&["-w", "2"])?;
    let plain = wire(&["--local", "2"])?;
    let combined = wire(&["--local", "2", "--combine"])?;
    // 낱말 25만 개의 반쯤이 건너갑니다. 하나에 적어도 글자(3바이트)와 횟수(8바이트)입니다.
    if threads == 0 && plain > 256_000 / 4 * 11 && combined > 0 && combined < plain / 2 {
        return Ok(());
    }
    Err(format!("스레드 {threads}, 그대로 {plain}, 모아서 {combined}").into())
}

fn endless(n: usize) -> Result<Vec<Host>, Failed> {
    let patience = PATIENCE.to_string();
    let mut rest = vec!["-r", "--patience", &patience];
    rest.extend(ENDLESS);
    company(WORDS, n, &rest)
}

/// 시그널로 죽은 프로세스는 남은 모두가 알아채고, 누구인지 말합니다.
fn a_killed_process_ends_all() -> Outcome {
    for victim in [0, 1, 2] {
        let mut hosts = endless(3)?;
        let dead = hosts.remove(victim);
        dead.signal(Signal::SIGKILL)?;
        let told = (
            "killed-process",
            "프로세스가 SIGKILL로 죽은 뒤 남은 둘이 모두 끝나기까지",
        );
        let ended = all_end_as_promised(hosts, CLOSED, told)?;
        for host in &ended {
            host.gave_up(&[&format!("{victim}번 호스트({}:", home())])?;
        }
        drop(dead);
    }
    Ok(())
}

/// 셋째를 기다리는 동안 둘째가 죽으면, 첫째는 셋째를 마저 기다리지 않습니다.
fn a_process_killed_while_meeting_ends_all() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let start = |number| of_file(SUM, file.path(), number, &["-r", "--wait", "60"]);
    let mut zero = start(0)?;
    let one = start(1)?;
    zero.says("1번을 만났습니다", 1)?;
    one.signal(Signal::SIGKILL)?;
    zero.ends(CLOSED)?
        .gave_up(&[&format!("1번 호스트({}:", home())])
}

/// 멈춘 프로세스의 길은 끊기지 않습니다. 소식이 없는 것으로 압니다.
fn a_stopped_process_ends_all() -> Outcome {
    let mut hosts = endless(3)?;
    let stopped = hosts.remove(1);
    stopped.signal(Signal::SIGSTOP)?;
    let told = (
        "stopped-process",
        "프로세스를 SIGSTOP으로 멈춘 뒤 남은 둘이 모두 끝나기까지(참는 시간 3초)",
    );
    for host in all_end_as_promised(hosts, SILENT, told)? {
        host.gave_up(&[&format!("1번 호스트({}:", home())])?;
        if !host.stderr.contains("소식이 없습니다") {
            return Err(format!("소식이 없다고 말해야 합니다\n{host:#?}").into());
        }
    }
    // 다시 깨어난 것도 오래 남지 않습니다.
    stopped.signal(Signal::SIGCONT)?;
    stopped.ends(CLOSED)?.gave_up(&["호스트"])
}

/// 먼저 온 프로세스들은 늦게 온 것을 기다립니다.
fn a_late_process_is_waited_for() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let rest = ["-r", "--size", "1000"];
    let start = |number| of_file(SUM, file.path(), number, &rest);
    // 1번은 0번을 기다리다 못 만난 뒤에야, 0번은 1번이 그렇게 말한 뒤에야 시작합니다.
    let mut first = start(1)?;
    first.says(&format!("0번({}:", home()), 1)?;
    let mut zero = start(0)?;
    zero.says("기다립니다", 1)?;
    let ended = all_end(vec![zero, first, start(2)?], LONG)?;
    for host in &ended {
        host.fine()?;
    }
    match total(&ended[0].stdout) {
        Some("499500") => Ok(()),
        _ => Err(format!("{ended:#?}").into()),
    }
}

fn a_missing_process_is_not_waited_for_ever() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let rest = ["-r", "--wait", "3"];
    let hosts = [0, 1].map(|number| of_file(SUM, file.path(), number, &rest));
    let hosts = hosts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let told = (
        "missing-process",
        "셋 가운데 하나가 오지 않을 때 온 둘이 모두 끝나기까지(기다리는 시간 3초)",
    );
    for host in all_end_as_promised(hosts, Duration::from_secs(3 + 5), told)? {
        host.gave_up(&[&format!("2번({}:", home())])?;
    }
    Ok(())
}

fn a_taken_port_is_told() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let _taken = TcpListener::bind(&addresses[0])?;
    of_file(SUM, file.path(), 0, &[])?
        .ends(CLOSED)?
        .gave_up(&["포트를 다른 프로그램이 쓰고 있습니다"])
}

/// 그 포트에서 다른 프로그램이 답하면, 기다리다가 그렇게 말합니다.
fn a_stranger_on_the_port_is_told() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let stranger = TcpListener::bind(&addresses[0])?;
    stranger.set_nonblocking(true)?;
    let answering = std::thread::spawn(move || {
        let until = std::time::Instant::now() + Duration::from_secs(8);
        while std::time::Instant::now() < until {
            match stranger.accept() {
                Ok((mut stream, _)) => {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    });
    let host = of_file(SUM, file.path(), 1, &["--wait", "2"])?;
    let ended = host.ends(Duration::from_secs(2 + 5))?;
    let told = ended.gave_up(&["이 프로그램이 아닌 것이 그 포트에서 답합니다"]);
    answering.join().map_err(|_| "낯선 이가 패닉했습니다")?;
    told
}

/// 말없이 이어 두기만 한 낯선 이가 있어도 우리끼리는 만납니다.
fn a_silent_stranger_does_not_hold_up_the_meeting() -> Outcome {
    let (file, addresses) = hosts_file(2)?;
    let rest = ["-r", "--size", "1000"];
    let mut zero = of_file(SUM, file.path(), 0, &rest)?;
    zero.says("기다립니다", 1)?;
    let _silent = TcpStream::connect(&addresses[0])?;
    let mut rude = TcpStream::connect(&addresses[0])?;
    rude.write_all(&[0xff; 64])?;
    let ended = all_end(vec![zero, of_file(SUM, file.path(), 1, &rest)?], LONG)?;
    for host in &ended {
        host.fine()?;
    }
    match total(&ended[0].stdout) {
        Some("499500") => Ok(()),
        _ => Err(format!("{ended:#?}").into()),
    }
}

/// hosts 파일이 서로 다르면 두 쪽 모두 무엇이 다른지 말합니다.
fn different_hosts_files_are_told() -> Outcome {
    let (one, addresses) = hosts_file(3)?;
    let mut other = NamedTempFile::new()?;
    // 둘째 줄만 다른 포트입니다.
    let elsewhere = format!("{}:9999", home());
    write!(other, "{}\n{elsewhere}\n{}\n", addresses[0], addresses[2])?;
    let mut short = NamedTempFile::new()?;
    write!(short, "{}\n{}\n", addresses[0], addresses[1])?;
    for (file, part) in [
        (&other, "hosts 파일이 다릅니다. 1번 호스트가"),
        (&short, "호스트의 수가 다릅니다"),
    ] {
        let hosts = vec![
            of_file(SUM, one.path(), 0, &["--wait", "6"])?,
            of_file(SUM, file.path(), 1, &["--wait", "6"])?,
        ];
        for host in all_end(hosts, Duration::from_secs(6 + 5))? {
            host.gave_up(&[part])?;
        }
    }
    Ok(())
}

/// 이름을 찾지 못하는 것은 상대일 수도, 저 자신일 수도 있습니다.
fn an_unknown_host_is_told() -> Outcome {
    let mut file = NamedTempFile::new()?;
    // 있을 수 없는 이름입니다(RFC 6761).
    write!(file, "no-such-host.invalid:2101\nnowhere.invalid:2102\n")?;
    let unknown = ["그런 이름의 컴퓨터를 찾지 못했습니다"];
    for (number, name) in [(0, "no-such-host"), (1, "0번(no-such-host")] {
        let host = of_file(SUM, file.path(), number, &["--wait", "3"])?;
        let ended = host.ends(Duration::from_secs(3 + 5))?;
        ended.gave_up(&unknown)?;
        if !ended.stderr.contains(name) {
            return Err(format!("{name}이(가) 누구인지 말해야 합니다\n{ended:#?}").into());
        }
    }
    Ok(())
}

fn two_of_the_same_number_are_told() -> Outcome {
    let (file, _) = hosts_file(3)?;
    let mut zero = of_file(SUM, file.path(), 0, &["-r", "--wait", "6"])?;
    zero.says("기다립니다", 1)?;
    // 2번은 기다리는 자리가 없으므로 둘이 떠도 포트가 겹치지 않습니다.
    let twice = [2, 2].map(|number| of_file(SUM, file.path(), number, &["--wait", "6"]));
    let mut hosts = twice.into_iter().collect::<Result<Vec<_>, _>>()?;
    hosts.push(zero);
    let ended = all_end(hosts, Duration::from_secs(6 + 5))?;
    for host in &ended {
        host.gave_up(&[
            "둘입니다",
            &format!("0번 호스트({}:", home()),
            &format!("0번({}:", home()),
        ])?;
    }
    if ended.iter().any(|host| host.stderr.contains("둘입니다")) {
        return Ok(());
    }
    Err(format!("둘이라고 말해야 합니다\n{ended:#?}").into())
}

/// 참는 시간보다 오래 일해도, 소식이 오가는 동안에는 잃은 것으로 보지 않습니다. 끝내는 것은 `--limit`입니다.
fn the_limit_ends_all() -> Outcome {
    let mut rest = vec!["-r", "--patience", "2", "--limit", "5"];
    rest.extend(ENDLESS);
    let ended = all_end(company(WORDS, 2, &rest)?, Duration::from_secs(5 + 5))?;
    for host in &ended {
        host.gave_up(&["5초가 지나도록"])?;
    }
    let mut alone = vec!["-w", "2", "--limit", "2"];
    alone.extend(ENDLESS);
    let alone = Host::start("홀로", example(WORDS, &alone)?)?;
    alone
        .ends(Duration::from_secs(2 + 5))?
        .gave_up(&["2초가 지나도록"])
}

/// 끝나지 않는 일을 하는 프로세스 셋을 띄운 이와, 그 셋의 PID입니다.
fn launched() -> Result<(Host, Vec<i32>), Failed> {
    let mut args = vec!["--local", "3", "-r"];
    args.extend(ENDLESS);
    launched_by(example(WORDS, &args)?)
}

fn launched_by(command: Command) -> Result<(Host, Vec<i32>), Failed> {
    let mut launcher = Host::start("띄운 이", command)?;
    launcher.says(MET, 3)?;
    let pid = regex::Regex::new(r"\(PID (\d+)\): 호스트 3개가")?;
    let told = launcher.stderr()?;
    let pids: Vec<i32> = pid
        .captures_iter(&told)
        .filter_map(|found| found[1].parse().ok())
        .collect();
    if pids.len() != 3 {
        return Err(format!("PID 셋을 알 수 없습니다\n{told}").into());
    }
    Ok((launcher, pids))
}

/// 약속한 시간 안에 모두 사라지는지 봅니다.
fn all_gone(pids: &[i32]) -> Outcome {
    let until = std::time::Instant::now() + CLOSED;
    for pid in pids {
        // 거두는 이가 없어 좀비로 남은 것은 산 것이 아닙니다.
        while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z "))
            || (cfg!(not(target_os = "linux"))
                && nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), None).is_ok())
        {
            if std::time::Instant::now() > until {
                return Err(format!("{pid}이(가) 아직 돌고 있습니다").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn launcher_tells_and_ends_all_when_one_dies() -> Outcome {
    let (mut launcher, pids) = launched()?;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pids[1]), Signal::SIGKILL)?;
    launcher.ended(CLOSED)?.gave_up(&["SIGKILL"])?;
    all_gone(&pids)
}

/// 스스로 끝나지 못하는 것(멈춘 프로세스)도 띄운 이가 끝냅니다.
///
/// 띄운 이가 끝나 무리가 고아가 되면 커널이 멈춘 것에 SIGHUP을 보냅니다. 그러면 띄운 이가 한 일인지 알 수 없으므로,
/// Linux에서는 이 검사가 남은 것을 넘겨받아(subreaper) 무리가 고아가 되지 않게 합니다.
fn launcher_ends_even_a_stopped_one() -> Outcome {
    adopt(true)?;
    let done = || -> Outcome {
        let (mut launcher, pids) = launched()?;
        let send =
            |pid: i32, signal| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal);
        send(pids[2], Signal::SIGSTOP)?;
        send(pids[1], Signal::SIGKILL)?;
        launcher.ended(CLOSED)?.gave_up(&["SIGKILL"])?;
        all_gone(&pids)
    }();
    adopt(false)?;
    done
}

#[cfg_attr(not(target_os = "linux"), expect(unused_variables))]
fn adopt(on: bool) -> Outcome {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(on)?;
    Ok(())
}

fn launcher_leaves_no_orphans_when_killed() -> Outcome {
    let (launcher, pids) = launched()?;
    launcher.signal(Signal::SIGKILL)?;
    all_gone(&pids)?;
    let ended = launcher.ends(CLOSED)?;
    if ended.stderr.contains("띄운 프로그램이 끝났습니다") {
        return Ok(());
    }
    Err(format!("{ended:#?}").into())
}

fn launcher_leaves_no_orphans_on_ctrl_c() -> Outcome {
    let (launcher, pids) = launched()?;
    support::interrupt_group(launcher.pid());
    all_gone(&pids)?;
    let ended = launcher.ends(CLOSED)?;
    if ended.status.success() || ended.stdout.contains("낱말 ") {
        return Err(format!("{ended:#?}").into());
    }
    Ok(())
}

/// 소켓은 저마다 제 것만 쥡니다. 띄운 이나 다른 호스트에게 새어 나간 것이 있으면, 하나가 죽어도 길이 끊기지 않습니다.
fn no_descriptor_is_shared() -> Outcome {
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let (launcher, pids) = launched()?;
    let mut owners = BTreeMap::new();
    for pid in pids.iter().copied().chain([i32::try_from(launcher.pid())?]) {
        for entry in fs::read_dir(format!("/proc/{pid}/fd"))?.flatten() {
            let Ok(what) = fs::read_link(entry.path()) else {
                continue;
            };
            if what.to_string_lossy().starts_with("socket:") {
                owners.entry(what).or_insert_with(BTreeSet::new).insert(pid);
            }
        }
    }
    // 셋이 저마다 둘과 길을 둘씩 잇습니다.
    if owners.len() < 12 {
        return Err(format!("소켓이 더 있어야 합니다: {owners:?}").into());
    }
    let shared = owners.iter().filter(|(_, pids)| pids.len() > 1);
    support::all_clear(shared.map(|shared| format!("{shared:?}")).collect())
}
