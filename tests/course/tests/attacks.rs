//! 학생이 낸 파일로 하는 공격입니다. 모두 한 반에 넣어 `course grade` 한 번으로 채점합니다.
//!
//! 공격의 코드는 **뚫었을 때만** 옳은 답을 냅니다. 그래서 점수를 받았으면 뚫린 것입니다. 거꾸로, 시작도 못 한 공격이 막힌 것으로
//! 세어지지 않도록 끝난 모습(거절한 까닭이나 결과)도 하나씩 봅니다.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
    path::Path,
    time::Duration,
};

use libtest_mimic::Failed;
use nix::{sys::stat::Mode, unistd::mkfifo};
use serde_json::Value;

use crate::{
    sandbox::{SECRET, SOLUTION, Sandbox, TOML, has},
    support::{self, Outcome, Output},
};

/// 한 번에 오십여 명을 채점하므로 오래 기다립니다. 판정은 이 값에 달려 있지 않습니다.
const PATIENT: Duration = Duration::from_secs(1800);

/// 어떻게 끝나야 하는지입니다.
#[derive(Clone, Copy)]
enum Ends {
    /// 파일을 받지 않거나 컴파일되지 않습니다. 까닭에 이 말이 있습니다.
    Refused(&'static str),
    /// 처음 보는 검사의 결과입니다. 0점입니다.
    As(&'static str),
    /// 공개된 검사는 지나고, 숨긴 검사의 결과가 이것입니다. 2점입니다.
    Hidden(&'static str),
    /// 공격이 아닙니다. 만점입니다.
    Full,
}
use Ends::{As, Full, Hidden, Refused};

/// 소스 하나로 하는 공격입니다. `@ROOT@`는 저장소, `@MARK@`는 이 판에만 있는 말입니다.
type Attack = (&'static str, Ends, &'static str);

/// 컴파일러에게 하는 공격입니다. 파일 전체입니다.
const COMPILED: &[Attack] = &[
    (
        "include-grader",
        Refused("couldn't read"),
        "const _: &str = include_str!(\"@ROOT@/tests/exercises/ex90_twice/grader.rs\");",
    ),
    (
        "include-relative",
        Refused("couldn't read"),
        "const _: &str = include_str!(\"../../../../../../../../..@ROOT@/tests/exercises/ex90_twice/grader.rs\");",
    ),
    (
        "include-overlay",
        Refused("couldn't read"),
        "const _: &[u8] = include_bytes!(\"@ROOT@/private/ex90_twice/grader.rs\");",
    ),
    (
        "path-grader",
        Refused("couldn't read"),
        "#[path = \"@ROOT@/tests/exercises/ex90_twice/grader.rs\"] mod hidden;",
    ),
    (
        "include-roster",
        Refused("couldn't read"),
        "const _: &str = include!(\"@ROOT@/roster.csv\");",
    ),
    (
        "include-neighbour",
        Refused("couldn't read"),
        "const _: &str = include_str!(\"@ROOT@/in/good-01/ex90_twice.rs\");",
    ),
    (
        "include-record",
        Refused("couldn't read"),
        "const _: &[u8] = include_bytes!(\"/proc/self/fd/3\");",
    ),
    (
        "include-environ",
        Refused("couldn't read"),
        "const _: &[u8] = include_bytes!(\"/proc/1/environ\");",
    ),
    (
        "env",
        Refused("not defined at compile time"),
        "const _: &str = env!(\"NORITEO_TEACHER\");",
    ),
    (
        "option-env",
        As("wrong"),
        "pub fn twice(number: u64) -> u64 { if option_env!(\"NORITEO_TEACHER\").is_some() { number * 2 } else { number } }",
    ),
    (
        "unsafe",
        Refused("usage of an `unsafe` block"),
        "pub fn twice(number: u64) -> u64 { unsafe { *(&raw const number) * 2 } }",
    ),
    (
        "unsafe-in-macro",
        Refused("usage of an `unsafe` block"),
        "macro_rules! hide { ($e:expr) => { unsafe { $e } } } pub fn twice(number: u64) -> u64 { hide!(*(&raw const number)) }",
    ),
    (
        "allow-unsafe",
        Refused("incompatible with previous forbid"),
        "#![allow(unsafe_code)] pub fn twice(number: u64) -> u64 { unsafe { *(&raw const number) * 2 } }",
    ),
    (
        "safe-extern",
        Refused("usage of an `unsafe extern` block"),
        "unsafe extern \"C\" { safe fn getpid() -> i32; } pub fn twice(_: u64) -> u64 { getpid() as u64 }",
    ),
    (
        "unsafe-impl",
        Refused("implementation of an `unsafe` trait"),
        "pub struct Door(*mut u8); unsafe impl Send for Door {}",
    ),
    (
        "no-mangle",
        Refused("declaration of a `no_mangle` function"),
        "#[unsafe(no_mangle)] pub extern \"C\" fn write(_: i32, _: *const u8, count: usize) -> isize { count as isize }",
    ),
    (
        "export-name",
        Refused("declaration of a function with `export_name`"),
        "#[unsafe(export_name = \"send\")] pub extern \"C\" fn mine() -> isize { 1 }",
    ),
    (
        "init-array",
        Refused("declaration of a static with `link_section`"),
        "#[used] #[unsafe(link_section = \".init_array\")] static FIRST: extern \"C\" fn() = early; extern \"C\" fn early() { std::process::exit(0) }",
    ),
    (
        "global-asm",
        Refused("usage of `core::arch::global_asm`"),
        "std::arch::global_asm!(\".incbin \\\"@ROOT@/roster.csv\\\"\");",
    ),
    (
        "feature",
        Refused("may not be used on the stable release channel"),
        "#![feature(rustc_attrs)]",
    ),
    (
        "extern-witness",
        Refused("can't find crate"),
        "extern crate witness; pub fn twice(_: u64) -> u64 { witness::main(&[], &[]) }",
    ),
    (
        "extern-nix",
        Refused("can't find crate"),
        "extern crate nix;",
    ),
    (
        "endless-const",
        Refused("constant evaluation is taking a long time"),
        "const N: u64 = { loop {} }; pub fn twice(_: u64) -> u64 { N }",
    ),
    (
        "allowed-endless-const",
        Refused("CPU 20초를 쓰고도"),
        "#![allow(long_running_const_eval)] const N: u64 = { loop {} }; pub fn twice(_: u64) -> u64 { N }",
    ),
    (
        "macro-bomb",
        Refused("메모리 2 GiB를 넘었습니다"),
        "#![recursion_limit = \"1000\"] macro_rules! bomb { ($($t:tt)*) => { bomb!($($t)* $($t)*) } } pub fn twice(_: u64) -> u64 { bomb!(a) }",
    ),
    // 제네릭은 채점기를 컴파일할 때 펼쳐집니다. 그래도 학생의 것입니다.
    (
        "endless-generic",
        Refused("채점기가 부르는 함수의"),
        "pub trait Endless { const N: u64; } impl<T> Endless for T { const N: u64 = { while size_of::<T>() > 0 {} 0 }; } pub fn twice<T>(_: T) -> u64 { <T as Endless>::N }",
    ),
    (
        "huge-generic",
        Refused("메모리 2 GiB를 넘었습니다"),
        "pub trait Huge { const N: [u8; 3 << 30]; } impl<T> Huge for T { const N: [u8; 3 << 30] = [size_of::<T>() as u8; 3 << 30]; } \
         pub fn twice<T>(_: T) -> u64 { let at = std::env::args().count(); <T as Huge>::N[at].into() }",
    ),
    (
        "other-shape",
        Refused("이름이나 꼴이 바뀌었습니다"),
        "pub fn twice(_: u64, _: u64) -> u64 { 0 }",
    ),
    (
        "other-answer",
        As("wrong"),
        "pub fn twice(number: u64) -> String { (number * 2).to_string() }",
    ),
    (
        "compile-error-markup",
        Refused("alert(1)"),
        "compile_error!(\"<script>alert(1)</script> ]]> \\u{1b}[31m\");",
    ),
];

/// 도는 동안 하는 공격입니다. `twice`의 몸통입니다. `sh`는 셸로 실행하여 끝까지 보고, `read`는 읽히면 참입니다.
const RUN: &[Attack] = &[
    // 공격이 아닙니다. 아래의 것들이 쓰는 길이 다 열려 있음을 봅니다.
    (
        "control",
        Full,
        "std::fs::write(\"mine\", \"x\").unwrap(); let ok = read(\"mine\") && sh(\"cat mine && test -x /bin/kill && test -x /usr/bin/setsid\"); if ok { number * 2 } else { number }",
    ),
    (
        "read-files",
        As("wrong"),
        "let all = [\"@ROOT@/tests/exercises/ex90_twice/grader.rs\", \"@ROOT@/private/ex90_twice/grader.rs\", \"@ROOT@/roster.csv\", \
         \"@ROOT@/in/good-01/ex90_twice.rs\", \"@ROOT@/out/state/good-01.json\", \"../../../../../../..@ROOT@/roster.csv\", \"/etc/passwd\", \"/etc/shadow\"]; \
         if all.iter().any(|path| read(path) || sh(&format!(\"cat {path}\"))) { number * 2 } else { number }",
    ),
    (
        "read-grader-binary",
        As("wrong"),
        "let me = std::env::args().next().unwrap(); leak(&me); if sh(&format!(\"cat {me} | head -c 1 | grep .\")) { number * 2 } else { number }",
    ),
    (
        "chmod-grader-binary",
        As("wrong"),
        "let me = std::env::args().next().unwrap(); let _ = sh(&format!(\"chmod 777 {me}\")); leak(&me); number",
    ),
    (
        "write-outside",
        As("wrong"),
        "let all = [\"@ROOT@/out/state/good-09.json\", \"@ROOT@/out/students/@MARK@.html\", \"@ROOT@/private/ex90_twice/@MARK@\", \"@ROOT@/roster.csv\", \
         \"@ROOT@/in/good-09/ex90_twice.rs\", \"@ROOT@/tests/exercises/ex90_twice/grader.rs\", \"/tmp/@MARK@\", \"/var/tmp/@MARK@\", \"/dev/shm/@MARK@\", \"/@MARK@\", \"../@MARK@\", \"../../@MARK@\"]; \
         if all.iter().any(|path| std::fs::write(path, \"x\").is_ok() || sh(&format!(\"echo x > {path}\"))) { number * 2 } else { number }",
    ),
    (
        "write-submission",
        As("wrong"),
        "let me = std::env::args().next().unwrap(); if std::fs::write(&me, \"x\").is_ok() || sh(&format!(\"rm -f {me}; mv mine {me} || test ! -e {me}\")) { number * 2 } else { number }",
    ),
    (
        "forge-record",
        As("wrong"),
        "let _ = std::process::Command::new(\"bash\").args([\"-c\", \"for n in $(seq 0 64); do echo '{\\\"nonce\\\":\\\"\\\",\\\"check\\\":\\\"right\\\",\\\"passed\\\":true}' >&$n; done; true\"]).status().unwrap(); number",
    ),
    (
        "fake-report",
        As("silent"),
        "println!(\"{{\\\"nonce\\\":\\\"0\\\",\\\"check\\\":\\\"right\\\",\\\"passed\\\":true}}\\n통과 5/5점\"); eprintln!(\"5/5점\"); std::process::exit(if number > 0 { 0 } else { 1 })",
    ),
    (
        "exit-in-thread",
        As("silent"),
        "std::thread::spawn(|| std::process::exit(0)).join().unwrap(); number * 2",
    ),
    (
        "exit-in-drop",
        As("silent"),
        "struct Out; impl Drop for Out { fn drop(&mut self) { std::process::exit(0) } } let _out = Out; number * 2",
    ),
    (
        "abort",
        As("crash"),
        "if number > 0 { std::process::abort() } number",
    ),
    (
        "panic-at-exit",
        As("crash"),
        "struct Late; impl Drop for Late { fn drop(&mut self) { panic!(\"늦은 패닉\") } } thread_local!(static LATE: Late = const { Late }); LATE.with(|_| ()); number * 2",
    ),
    (
        "panic-in-drop",
        As("crash"),
        "struct Late; impl Drop for Late { fn drop(&mut self) { panic!(\"두 번째\") } } let _late = Late; if number > 0 { panic!(\"첫 번째\") } number * 2",
    ),
    (
        "panic-markup",
        As("crash"),
        "if number > 0 { panic!(\"<script>alert(1)</script> ]]> \\u{1b}[31m\\u{0}\\u{8}\") } number",
    ),
    (
        "kill-judge",
        As("crash"),
        "sh(&format!(\"kill -9 {}\", std::os::unix::process::parent_id())); number",
    ),
    (
        "term-judge",
        As("crash"),
        "sh(&format!(\"/bin/kill -TERM {}\", std::os::unix::process::parent_id())); std::thread::sleep(std::time::Duration::from_secs(60)); number",
    ),
    (
        "stop-judge",
        As("crash"),
        "sh(&format!(\"kill -STOP {}\", std::os::unix::process::parent_id())); std::thread::sleep(std::time::Duration::from_secs(60)); number",
    ),
    ("kill-everyone", As("crash"), "sh(\"kill -9 -1\"); number"),
    (
        "daemon",
        As("wrong"),
        "assert!(sh(\"setsid sh -c 'trap \\\"\\\" TERM HUP INT; sleep 5000' & exit 0\")); number",
    ),
    // 무리를 떠난 것들이 프로세스의 수를 다 씁니다.
    (
        "daemons",
        As("wrong"),
        "sh(\"for n in $(seq 80); do setsid sleep 5000 & done; exit 0\"); number",
    ),
    (
        "fork-bomb",
        As("wrong"),
        "sh(\"b() { b | b & }; b\"); number",
    ),
    (
        "memory",
        As("crash"),
        "let mut all = Vec::new(); for _ in 0..64 { all.push(std::hint::black_box(vec![1u8; 64 << 20])); } number + all.len() as u64",
    ),
    (
        "output",
        As("crash"),
        "loop { println!(\"{number:0100}\"); }",
    ),
    (
        "disk",
        As("crash"),
        "let some = vec![0u8; 1 << 20]; for n in 0..64 { let mut file = std::fs::File::create(format!(\"f{n}\")).unwrap(); for _ in 0..60 { std::io::Write::write_all(&mut file, &some).unwrap(); } } number",
    ),
    // 지우기 어려운 폴더를 남깁니다. 그래도 다 치웁니다.
    (
        "stubborn-folders",
        As("wrong"),
        "std::fs::create_dir_all(\"d/\".repeat(20)).unwrap(); assert!(sh(\"mkdir shut && touch shut/x && ln -s / shut/all && chmod 500 shut\")); number",
    ),
    (
        "endless",
        As("hang"),
        "loop { std::hint::black_box(number); }",
    ),
    // 숨긴 검사에서만 합니다. 본 것을 여기저기 적어도 성적에는 나오지 않습니다.
    (
        "tell-hidden",
        Hidden("crash"),
        "if number > 1_000_000 { println!(\"{number}\"); eprintln!(\"{number}\"); std::fs::write(\"seen\", number.to_string()).unwrap(); panic!(\"{number}\") } number * 2",
    ),
    (
        "wrong-hidden",
        Hidden("wrong"),
        "if number > 1_000_000 { number } else { number * 2 }",
    ),
];

/// `/proc`을 읽는 문제에서 하는 공격입니다.
const WITH_PROC: &[Attack] = &[
    (
        "proc-self",
        As("wrong"),
        "leak(\"/proc/self/exe\"); let mem = \"/proc/self/mem\"; let opened = std::fs::File::open(mem).is_ok() || std::fs::File::options().write(true).open(mem).is_ok(); if opened { number * 2 } else { number }",
    ),
    (
        "proc-judge",
        As("wrong"),
        "let judge = std::os::unix::process::parent_id(); let all = [\"environ\", \"mem\", \"maps\", \"exe\", \"fd/0\", \"fd/3\", \"root/etc/passwd\", \"cwd/x\"]; \
         if all.iter().any(|what| read(&format!(\"/proc/{judge}/{what}\"))) { number * 2 } else { number }",
    ),
    (
        "proc-forge",
        As("wrong"),
        "let judge = std::os::unix::process::parent_id(); for pid in [std::process::id(), judge] { for fd in 0..64 { \
         let _ = std::fs::write(format!(\"/proc/{pid}/fd/{fd}\"), \"{\\\"nonce\\\":\\\"\\\",\\\"check\\\":\\\"right\\\",\\\"passed\\\":true}\"); } } number",
    ),
    (
        "proc-outside",
        As("wrong"),
        "let mut seen = 0; for entry in std::fs::read_dir(\"/proc\").unwrap().flatten() { let name = entry.file_name(); \
         if let Ok(_) = name.to_string_lossy().parse::<u32>() { seen += 1; } } if seen > 4 || read(\"/proc/1/environ\") { number * 2 } else { number }",
    ),
];

/// 공격들이 함께 쓰는 것입니다.
const TOOLS: &str = r#"
#[allow(dead_code)]
fn sh(line: &str) -> bool {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", line]).env("NORITEO_MARK", "@MARK@");
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command.status().expect("셸이 없습니다").success()
}
#[allow(dead_code)]
fn read(path: &str) -> bool {
    let mut file = match std::fs::File::open(path) { Ok(file) => file, Err(_) => return false };
    std::io::Read::read(&mut file, &mut [0; 64]).is_ok_and(|count| count > 0)
}
/// 채점기의 실행 파일에서 숨긴 검사의 말을 찾아 성적으로 내보냅니다.
#[allow(dead_code)]
fn leak(path: &str) {
    let bytes = std::fs::read(path).unwrap_or_default();
    let wanted: Vec<u8> = ["에서 ", "틀립니다"].concat().into_bytes();
    if let Some(at) = bytes.windows(wanted.len()).position(|some| some == wanted) {
        panic!("{}", String::from_utf8_lossy(&bytes[at..at + wanted.len()]));
    }
    if !bytes.is_empty() { panic!("읽혔습니다: {path}"); }
}
"#;

/// 피고를 두 번 띄웁니다. 첫 피고가 남긴 것이 둘째를 건드릴 수 있습니다.
const GRADER: &str = r#"
use witness::{Case, Verdict, Work, ensure};

fn main() {
    witness::main(&[("right", right), ("big", big)], &[("call", call), ("call-big", call)])
}

fn right(case: &Case) -> Verdict {
    for number in case.numbers(2) {
        let number = number + 1;
        let answer: u64 = case.subject("call").input(&number).run()?.answer()?;
        ensure(answer == 2 * number, format!("{number}의 두 배가 아닙니다."))?;
    }
    Ok(())
}

const PRIVATE_NUMBER: u64 = 4611686018427387903;

fn big(case: &Case) -> Verdict {
    let seen = case.subject("call-big").input(&PRIVATE_NUMBER).run()?;
    ensure(seen.answer::<u64>()? == 2 * PRIVATE_NUMBER, format!("{PRIVATE_NUMBER}에서 틀립니다."))
}

fn call(work: &Work) {
    let number: u64 = work.input();
    work.answer(&submission::twice(number));
}
"#;

const FORMATS: &str = "csv,json,junit,gradescope,classroom50,html";

/// 공격이 벌어지는 저장소입니다.
struct Siege {
    sandbox: Sandbox,
    mark: String,
    /// 명단의 차례대로, 학번과 어떻게 끝나야 하는지입니다.
    class: Vec<(String, &'static str, Ends)>,
}

impl Siege {
    fn new() -> Result<Siege, Failed> {
        let sandbox = Sandbox::new()?;
        fs::set_permissions(sandbox.folder.path(), fs::Permissions::from_mode(0o755))?;
        let toml = TOML.replace("level = 1", "level = 1\nwall = 60\npatience = 10");
        sandbox.exercise("ex90_twice", &toml, GRADER)?;
        let proc = toml.replace("level = 1", "level = 1\nneeds = [\"proc\"]");
        sandbox.exercise("ex91_proc", &proc, GRADER)?;
        sandbox.write(
            "private/ex90_twice/exercise.toml",
            "[[checks]]\nid = \"again\"\npoints = 0\ntitle = \"한 번 더\"\nsays = \"다시 보세요.\"\n",
        )?;
        sandbox.write(
            "private/ex90_twice/grader.rs",
            GRADER.replace(
                "(\"right\", right), (\"big\", big)",
                "(\"again\", right), (\"big\", big)",
            ),
        )?;
        fs::create_dir(sandbox.path("tmp"))?;
        fs::create_dir(sandbox.path("in"))?;
        let mark = format!("noriteo-siege-{}", std::process::id());
        Ok(Siege {
            sandbox,
            mark,
            class: Vec::new(),
        })
    }

    fn text(&self, source: &str) -> String {
        let root = self.sandbox.folder.path().display().to_string();
        source
            .replace("@ROOT@", &root)
            .replace("@MARK@", &self.mark)
    }

    fn hand_in(&mut self, id: &str, exercise: &'static str, ends: Ends, source: &str) -> Outcome {
        let path = format!("in/{id}/{exercise}.rs");
        self.sandbox.write(&path, self.text(source))?;
        self.class.push((id.to_owned(), exercise, ends));
        Ok(())
    }

    /// 옳은 답을 낸 학생입니다.
    fn good(&mut self) -> Outcome {
        let count = self
            .class
            .iter()
            .filter(|(id, ..)| id.starts_with("good-"))
            .count();
        self.hand_in(
            &format!("good-{:02}", count + 1),
            "ex90_twice",
            Full,
            SOLUTION,
        )
    }

    fn run(&self, args: &str) -> Result<Output, Failed> {
        let mut command = self.sandbox.command(args)?;
        command
            .env("TMPDIR", self.sandbox.path("tmp"))
            .env("NORITEO_TEACHER", SECRET);
        support::run(command, PATIENT)
    }

    fn grade(&self, out: &str) -> Result<Output, Failed> {
        let mut roster = "id\n".to_owned();
        for (id, ..) in &self.class {
            roster += id;
            roster += "\n";
        }
        self.sandbox.write("roster.csv", roster)?;
        self.run(&format!(
            "grade in --roster roster.csv --overlay private --out {out} --jobs 2 --format {FORMATS}"
        ))
    }

    /// `out`이 아닌 모든 파일과 그 속입니다.
    fn outside(&self) -> Result<BTreeMap<String, Vec<u8>>, Failed> {
        let mut seen = BTreeMap::new();
        for folder in ["tests", "private", "examples", "in", "tmp"] {
            for path in self.sandbox.files(folder)? {
                // FIFO와 소켓은 읽지 않습니다.
                let plain = path.symlink_metadata()?.is_file();
                let bytes = if plain && path.metadata()?.len() < 1 << 20 {
                    fs::read(&path)?
                } else {
                    Vec::new()
                };
                seen.insert(path.display().to_string(), bytes);
            }
        }
        Ok(seen)
    }

    /// 공격이 띄운 프로세스 가운데 살아 있는 것입니다.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let marked = entries.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
            let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let all = [environ, words].concat();
            let ours = String::from_utf8_lossy(&all).contains(&self.mark);
            (ours && pid != std::process::id()).then(|| format!("{pid}"))
        });
        marked.collect()
    }
}

/// 파일이 아닌 것, 너무 큰 것, 글이 아닌 것을 냅니다.
fn strange_files(siege: &mut Siege) -> Outcome {
    let file = "ex90_twice.rs";
    let grader = siege.sandbox.path("tests/exercises/ex90_twice/grader.rs");
    let folder = |siege: &Siege, id: &str| -> Result<std::path::PathBuf, Failed> {
        let folder = siege.sandbox.path(&format!("in/{id}"));
        fs::create_dir(&folder)?;
        Ok(folder)
    };
    symlink(&grader, folder(siege, "link")?.join(file))?;
    symlink(
        siege.sandbox.path("in/good-01"),
        siege.sandbox.path("in/link-folder"),
    )?;
    mkfifo(&folder(siege, "fifo")?.join(file), Mode::S_IRWXU)?;
    fs::create_dir(folder(siege, "folder")?.join(file))?;
    drop(UnixListener::bind(folder(siege, "socket")?.join(file))?);
    File::create(folder(siege, "huge")?.join(file))?.set_len(100 << 20)?;
    fs::write(folder(siege, "bytes")?.join(file), b"\xff\xfe\x00pub fn")?;
    for (id, said) in [
        ("link", "심볼릭 링크는 받지 않습니다"),
        ("link-folder", "심볼릭 링크는 받지 않습니다"),
        ("fifo", "보통 파일이 아닙니다"),
        ("folder", "보통 파일이 아닙니다"),
        ("socket", "보통 파일이 아닙니다"),
        ("huge", "256 KiB보다 큽니다"),
        ("bytes", "UTF-8이 아닙니다"),
    ] {
        siege
            .class
            .push((id.to_owned(), "ex90_twice", Refused(said)));
    }
    Ok(())
}

pub fn no_submission_breaks_in() -> Outcome {
    let mut siege = Siege::new()?;
    // 공격이 없을 때의 성적입니다. 뒤에서 옳은 학생의 성적과 견줍니다.
    siege.good()?;
    let calm = siege.grade("calm")?;
    if calm.status.code() != Some(0) {
        return Err(format!("공격이 없는데도 실패했습니다\n{}", calm.stderr).into());
    }

    for (id, ends, source) in COMPILED {
        let main = if source.contains("fn twice") {
            "\nfn main() {}\n"
        } else {
            "\npub fn twice(number: u64) -> u64 { number * 2 }\nfn main() {}\n"
        };
        siege.hand_in(id, "ex90_twice", *ends, &format!("{source}{main}"))?;
    }
    // 틀린 곳마다 말하게 합니다. 한 자리의 같은 말은 한 번만 하므로 만 곳을 틀립니다.
    let many: String = (0..10_000).map(|n| format!("const A{n}:()=0;\n")).collect();
    siege.hand_in(
        "compiler-flood",
        "ex90_twice",
        Refused("컴파일러의 말이 1 MiB를 넘었습니다"),
        &many,
    )?;
    siege.good()?;
    strange_files(&mut siege)?;
    siege.good()?;
    let body = |source: &str| {
        format!("pub fn twice(number: u64) -> u64 {{ {source} }}\nfn main() {{}}\n{TOOLS}")
    };
    for (at, (id, ends, source)) in RUN.iter().enumerate() {
        siege.hand_in(id, "ex90_twice", *ends, &body(source))?;
        if at % 4 == 3 {
            siege.good()?;
        }
    }
    for (id, ends, source) in WITH_PROC {
        siege.hand_in(id, "ex91_proc", *ends, &body(source))?;
    }
    siege.good()?;

    let before = siege.outside()?;
    let output = siege.grade("out")?;
    let mut problems = Vec::new();
    if output.status.code() != Some(0) || output.left_behind {
        problems.push(format!(
            "{}로 끝났습니다(남은 것 {})\n{}",
            output.status, output.left_behind, output.stderr
        ));
    }
    let left = siege.left();
    if !left.is_empty() {
        problems.push(format!("프로세스가 남았습니다: {left:?}"));
    }
    let after = siege.outside()?;
    for (path, bytes) in &after {
        if before.get(path) != Some(bytes) {
            problems.push(format!("{path}: 생기거나 바뀌었습니다"));
        }
    }
    if let Some(path) = before.keys().find(|path| !after.contains_key(*path)) {
        problems.push(format!("{path}: 사라졌습니다"));
    }
    for folder in ["/", "/tmp", "/var/tmp", "/dev/shm"] {
        if Path::new(folder)
            .join(&siege.mark)
            .symlink_metadata()
            .is_ok()
        {
            problems.push(format!("{folder}에 파일이 남았습니다"));
        }
    }
    problems.extend(wrong_grades(&siege)?);
    problems.extend(told_too_much(&siege, &output)?);
    problems.extend(touched_others(&siege)?);
    support::all_clear(problems)
}

/// 판정이 적힌 것과 같은지 봅니다.
fn wrong_grades(siege: &Siege) -> Result<Vec<String>, Failed> {
    let grades: Value = serde_json::from_str(&siege.sandbox.read("out/grades.json")?)?;
    let students = grades["students"].as_array().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    for (id, exercise, ends) in &siege.class {
        let student = students.iter().find(|one| one["id"] == id.as_str());
        let lines = student.and_then(|one| one["exercises"].as_array());
        let line = lines
            .into_iter()
            .flatten()
            .find(|line| line["exercise"] == *exercise);
        let Some(line) = line else {
            problems.push(format!("{id}: 성적이 없습니다"));
            continue;
        };
        let report = &line["report"];
        let said = report["refused"].as_str();
        let result = |at: usize| report["checks"][at]["result"].as_str().unwrap_or_default();
        let right = match ends {
            Refused(part) => report["points"] == 0 && said.is_some_and(|said| said.contains(part)),
            As(mark) => report["points"] == 0 && said.is_none() && result(0) == *mark,
            Hidden(mark) => report["points"] == 2 && result(0) == "passed" && result(1) == *mark,
            Full => report["points"] == 5,
        };
        if line["state"] != "graded" || !right {
            let line = format!("{line:#}");
            problems.push(format!(
                "{id}: 판정이 다릅니다. {}",
                line.chars().take(1500).collect::<String>()
            ));
        }
    }
    Ok(problems)
}

/// 숨긴 것도, 남의 이름도, 쪽을 깨는 글자도 없어야 합니다.
fn told_too_much(siege: &Siege, output: &Output) -> Result<Vec<String>, Failed> {
    let mut problems = Vec::new();
    let mut texts = vec![(
        "화면".to_owned(),
        format!("{}{}", output.stdout, output.stderr),
    )];
    for path in siege.sandbox.files("out")? {
        texts.push((
            path.display().to_string(),
            String::from_utf8_lossy(&fs::read(&path)?).into_owned(),
        ));
    }
    for (path, text) in &texts {
        for hidden in [
            SECRET,
            "PRIVATE_NUMBER",
            "call-big",
            "에서 틀립니다",
            "읽혔습니다",
        ] {
            if text.contains(hidden) {
                problems.push(format!("{path}: 숨긴 `{hidden}`이 있습니다"));
            }
        }
        if path.ends_with(".html") && text.contains("<script") {
            problems.push(format!("{path}: 학생의 글이 스크립트가 되었습니다"));
        }
        if path.ends_with(".xml")
            && let Err(error) = roxmltree::Document::parse(text)
        {
            problems.push(format!("{path}: XML이 깨졌습니다: {error}"));
        }
    }
    Ok(problems)
}

/// 옳은 학생의 성적은 공격이 없던 때와 한 바이트도 다르지 않고, 없던 파일도 없습니다.
fn touched_others(siege: &Siege) -> Result<Vec<String>, Failed> {
    let mut problems = Vec::new();
    let places = |out: &str, id: &str| {
        [
            format!("{out}/students/{id}.html"),
            format!("{out}/junit/{id}.xml"),
            format!("{out}/gradescope/{id}/results.json"),
        ]
    };
    for (id, ..) in siege
        .class
        .iter()
        .filter(|(id, ..)| id.starts_with("good-"))
    {
        for (calm, now) in places("calm", "good-01").iter().zip(&places("out", id)) {
            let calm = siege.sandbox.read(calm)?.replace("good-01", id);
            if siege.sandbox.read(now)? != calm {
                problems.push(format!("{now}: 공격이 없던 때와 다릅니다"));
            }
        }
    }
    // 학생마다 html, junit, gradescope, classroom50, state 하나씩이고, 반의 것이 grades 둘, index, 자물쇠입니다.
    let files = siege.sandbox.files("out")?.len();
    let wanted = 5 * siege.class.len() + 4;
    if files != wanted {
        problems.push(format!(
            "성적의 파일이 {wanted}개여야 하는데 {files}개입니다"
        ));
    }
    Ok(problems)
}

/// 학생이 제 손으로 하는 검사(`check`)도 속지 않습니다.
pub fn own_check_is_not_fooled() -> Outcome {
    let mut siege = Siege::new()?;
    let tries = [
        (COMPILED, "include-grader", "couldn't read"),
        (COMPILED, "init-array", "link_section"),
        (RUN, "fake-report", "답을 내지 않고"),
        (RUN, "forge-record", "두 배가 아닙니다"),
        (RUN, "read-grader-binary", "두 배가 아닙니다"),
    ];
    for (table, wanted, told) in tries {
        let attack = table.iter().find(|(id, ..)| *id == wanted);
        let (id, ends, source) = attack.ok_or_else(|| format!("{wanted}이라는 공격이 없습니다"))?;
        let source = match table.len() == COMPILED.len() {
            true => (*source).to_owned(),
            false => format!("pub fn twice(number: u64) -> u64 {{ {source} }}\n{TOOLS}"),
        };
        siege.hand_in(id, "ex90_twice", *ends, &source)?;
        let output = siege.run(&format!("check ex90 --file in/{id}/ex90_twice.rs"))?;
        if output.status.code() != Some(1) {
            return Err(format!("{id}: {}로 끝났습니다\n{}", output.status, output.stderr).into());
        }
        // 컴파일되지 않은 것에는 점수를 말하지 않습니다.
        if matches!(ends, As(_)) {
            has(&output.stdout, "0/5점")?;
        }
        has(&output.stdout, told)?;
        let problems: Vec<String> = [SECRET, "PRIVATE_NUMBER", "에서 틀립니다"]
            .into_iter()
            .filter(|hidden| output.stdout.contains(hidden))
            .map(|hidden| format!("{id}: 숨긴 `{hidden}`이 있습니다"))
            .collect();
        support::all_clear(problems)?;
    }
    Ok(())
}
