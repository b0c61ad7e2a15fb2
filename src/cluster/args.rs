//! 6장의 프로그램들이 함께 쓰는 명령줄입니다.
//!
//! `-w`, `-n`, `-p`, `-h`, `-r`은 timely의 것과 뜻이 같습니다. timely의 `-h`가 hosts 파일이므로 도움말은 `--help`입니다.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use lexopt::{Arg, Parser, ValueExt};

use super::{
    LIMIT, PATIENCE, WAIT,
    hello::{Job, TEXTS},
    hosts, launch,
};
use crate::{
    cli::{Cli, Number, korean},
    story::Texts,
};

/// 프로세스 하나가 둘 수 있는 가장 많은 일꾼입니다.
const MAX_WORKERS: u64 = 256;

/// 글을 지어내는 선택지입니다. 폴더의 글을 읽을 때에는 쓰지 않습니다.
const STORY: [&str; 3] = ["files", "lines", "seed"];

/// 가장 많은 호스트입니다.
pub(super) const MAX_HOSTS: u64 = 64;

/// 프로그램 하나의 명령줄 설명입니다. [`Cli`]와 같은 꼴이고, 어디에서 돌지 정하는 선택지가 더해집니다.
///
/// ```no_run
/// use noriteo::cluster::Cluster;
///
/// let args = Cluster::new("ch06_01_sum", "같은 합을 어디에서나 구합니다")
///     .size(100_000_000)
///     .parse();
/// println!("{}까지", args.size());
/// ```
pub struct Cluster {
    cli: Cli,
    places: Vec<Number>,
    reads_texts: bool,
}

/// 해석을 마친 값입니다. [`Args::run`]이 일을 시작합니다.
pub struct Args {
    pub(super) job: Job,
    pub(super) me: usize,
    pub(super) wait: Duration,
    pub(super) patience: Duration,
    pub(super) limit: Duration,
    pub(super) report: bool,
    numbers: Vec<(&'static str, u64)>,
    texts: Option<Texts>,
}

enum Outcome {
    Run(Args),
    Local(usize, Vec<OsString>),
    Wrote(String),
    Help,
    Options,
}

impl Cluster {
    /// `cargo run --features cluster --example NAME`의 NAME과 한 줄 제목으로 시작합니다.
    pub fn new(name: &'static str, title: &'static str) -> Cluster {
        let number = |name, default, range, help| Number {
            name,
            default,
            range,
            help,
        };
        Cluster {
            cli: Cli::new(name, title),
            places: vec![
                number(
                    "w",
                    1,
                    1..=MAX_WORKERS,
                    "프로세스마다 두는 일꾼(스레드)의 수",
                ),
                number(
                    "n",
                    1,
                    1..=MAX_HOSTS,
                    "프로세스의 수. -h가 있으면 그 파일의 줄 수",
                ),
                number(
                    "p",
                    0,
                    0..=MAX_HOSTS - 1,
                    "이 프로세스의 번호. 0번이 답을 모읍니다",
                ),
                number(
                    "local",
                    1,
                    1..=MAX_HOSTS,
                    "이 컴퓨터에서 프로세스 N개를 띄우고 기다립니다",
                ),
                number(
                    "wait",
                    WAIT,
                    1..=3600,
                    "다른 호스트를 만나기까지 기다리는 시간(초)",
                ),
                number("patience", PATIENCE, 1..=600, "소식이 없어도 참는 시간(초)"),
                number(
                    "limit",
                    LIMIT,
                    1..=86_400,
                    "시작부터 끝까지 쓸 수 있는 시간(초)",
                ),
            ],
            reads_texts: false,
        }
    }

    /// `--size N`을 받습니다([`Cli::size`]).
    pub fn size(mut self, default: u64) -> Cluster {
        self.cli = self.cli.size(default);
        self
    }

    /// `--NAME N`을 받습니다([`Cli::number`]).
    pub fn number(
        mut self,
        name: &'static str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
        help: &'static str,
    ) -> Cluster {
        self.cli = self.cli.number(name, default, range, help);
        self
    }

    /// 켜고 끄는 `--NAME`을 받습니다([`Cli::flag`]).
    pub fn flag(mut self, name: &'static str, help: &'static str) -> Cluster {
        self.cli = self.cli.flag(name, help);
        self
    }

    /// 나누어 읽을 글을 받습니다([`Args::texts`]). 글은 `--files`, `--lines`, `--seed`로 지어내거나 `--texts`의 폴더에서 읽습니다.
    pub fn texts(mut self, files: u64, lines: u64, seed: u64) -> Cluster {
        self.cli = self
            .cli
            .number("files", files, 1..=10_000, "지어낼 글의 수")
            .number("lines", lines, 1..=1_000_000, "글 하나의 줄 수")
            .number("seed", seed, 0..=u64::MAX, "글을 지어내는 씨앗");
        self.reads_texts = true;
        self
    }

    /// 명령줄을 해석합니다. 도움말을 보였으면 0, 값이 잘못되었으면 2로 프로그램을 끝냅니다.
    ///
    /// `--local N`이면 프로세스 N개를 띄워 기다린 뒤 프로그램을 끝냅니다. 하나라도 잘못되었으면 1로 끝납니다.
    pub fn parse(self) -> Args {
        match self.parse_from(Parser::from_env()) {
            Ok(Outcome::Run(args)) => args,
            Ok(Outcome::Local(hosts, rest)) => match launch::launch(hosts, &rest) {
                Ok(_) => process::exit(0),
                Err(error) => {
                    eprintln!("오류: {error}");
                    process::exit(1)
                }
            },
            Ok(Outcome::Help) => {
                print!("{}", self.help());
                process::exit(0)
            }
            Ok(Outcome::Wrote(told)) => {
                println!("{told}");
                process::exit(0)
            }
            Ok(Outcome::Options) => {
                println!("{}", self.cli.options());
                process::exit(0)
            }
            Err(message) => {
                eprintln!("오류: {message}");
                eprintln!(
                    "쓰는 법은 `cargo run --features cluster --example {} -- --help`로 볼 수 있습니다.",
                    self.cli.name
                );
                process::exit(2)
            }
        }
    }

    fn parse_from(&self, mut parser: Parser) -> Result<Outcome, String> {
        let mut places: Vec<Option<u64>> = vec![None; self.places.len()];
        let mut numbers: Vec<(&'static str, u64)> = Vec::new();
        numbers.extend(self.cli.numbers.iter().map(|n| (n.name, n.default)));
        numbers.extend(self.cli.flags.iter().map(|flag| (flag.name, 0)));
        let (mut file, mut report) = (None, false);
        let (mut folder, mut write) = (None, false);
        let mut story = None;
        while let Some(arg) = parser.next().map_err(|error| korean(&error))? {
            let name = match arg {
                Arg::Long("help") => match parser.optional_value() {
                    None => return Ok(Outcome::Help),
                    Some(kind) if kind == "json" => return Ok(Outcome::Options),
                    Some(_) => return Err("--help에는 json만 붙일 수 있습니다.".to_owned()),
                },
                Arg::Short('h') => {
                    let path = parser.value().map_err(|_| {
                        "-h 뒤에 hosts 파일의 이름이 없습니다. 도움말은 --help입니다.".to_owned()
                    })?;
                    file = Some(PathBuf::from(path));
                    continue;
                }
                Arg::Short('r') => {
                    report = true;
                    continue;
                }
                Arg::Short(letter) => letter.to_string(),
                Arg::Long("texts") if self.reads_texts => {
                    let path = parser
                        .value()
                        .map_err(|_| "--texts 뒤에 폴더의 이름이 없습니다.".to_owned())?;
                    folder = Some(PathBuf::from(path));
                    continue;
                }
                Arg::Long("write") if self.reads_texts => {
                    write = true;
                    continue;
                }
                // -w를 --w로 적은 것은 받지 않습니다.
                Arg::Long(name) if name.len() > 1 => name.to_owned(),
                Arg::Long(name) => return Err(format!("--{name}라는 선택지는 없습니다.")),
                Arg::Value(value) => {
                    return Err(format!(
                        "{}이(가) 무엇인지 모르겠습니다. 값은 `--이름 값`으로 적어 주세요.",
                        value.to_string_lossy()
                    ));
                }
            };
            if self.cli.flags.iter().any(|flag| flag.name == name) {
                set(&mut numbers, &name, 1);
                continue;
            }
            let place = self.places.iter().position(|n| n.name == name);
            let known = match place {
                Some(at) => &self.places[at],
                None => self
                    .cli
                    .numbers
                    .iter()
                    .find(|number| number.name == name && name.len() > 1)
                    .ok_or_else(|| format!("{}라는 선택지는 없습니다.", dashed(&name)))?,
            };
            let text = parser
                .value()
                .and_then(|value| value.string())
                .map_err(|error| korean(&error))?;
            // 한 글자 선택지는 막대가 하나입니다.
            let value = known.read(&text).map_err(|message| {
                message.replace(&format!("--{name}의"), &format!("{}의", dashed(&name)))
            })?;
            match place {
                Some(at) => places[at] = Some(value),
                None => set(&mut numbers, &name, value),
            }
            story = story.or(STORY.into_iter().find(|known| *known == name));
        }
        let texts = self.read_texts(&numbers, folder.as_deref(), story, write)?;
        if write {
            let count = texts.as_ref().map_or(0, Texts::count);
            let folder = folder.unwrap_or_default();
            return Ok(Outcome::Wrote(format!(
                "글 {count}개를 {}에 적었습니다",
                folder.display()
            )));
        }
        self.place(&places, file, report, numbers, (folder, texts))
    }

    /// 읽을 글을 정합니다. `--write`이면 적고 나서 돌려줍니다.
    fn read_texts(
        &self,
        numbers: &[(&'static str, u64)],
        folder: Option<&Path>,
        story: Option<&str>,
        write: bool,
    ) -> Result<Option<Texts>, String> {
        if !self.reads_texts {
            return Ok(None);
        }
        let number = |name| {
            let found = numbers.iter().find(|(known, _)| *known == name);
            found.map_or(0, |(_, value)| *value)
        };
        let seeded = Texts::Seeded {
            seed: number("seed"),
            files: number("files"),
            lines: number("lines"),
        };
        match folder {
            None if write => Err("--write는 적을 폴더를 --texts로 알려 주어야 합니다.".to_owned()),
            None => Ok(Some(seeded)),
            Some(folder) if write => {
                let written = seeded.write(folder);
                written.map_err(|error| error.to_string())?;
                Ok(Some(seeded))
            }
            Some(folder) => {
                if let Some(name) = story {
                    return Err(format!(
                        "--texts의 글을 읽을 때에는 --{name}을(를) 쓰지 않습니다. 글을 지어 적으려면 --write를 붙이세요."
                    ));
                }
                let texts = Texts::folder(folder).map_err(|error| error.to_string())?;
                Ok(Some(texts))
            }
        }
    }

    /// 어디에서 돌지 정합니다.
    fn place(
        &self,
        places: &[Option<u64>],
        file: Option<PathBuf>,
        report: bool,
        numbers: Vec<(&'static str, u64)>,
        (folder, texts): (Option<PathBuf>, Option<Texts>),
    ) -> Result<Outcome, String> {
        let at = |name| self.places.iter().position(|n| n.name == name);
        let given = |name| at(name).and_then(|at| places[at]);
        let value = |name| {
            let default = at(name).map_or(0, |at| self.places[at].default);
            given(name).unwrap_or(default)
        };
        if let Some(hosts) = given("local") {
            if given("n").is_some() || given("p").is_some() || file.is_some() {
                return Err(
                    "--local은 -n, -p, -h와 함께 쓰지 않습니다. 그 셋은 --local이 정합니다."
                        .to_owned(),
                );
            }
            let mut rest = vec!["-w".to_owned(), value("w").to_string()];
            rest.extend(report.then(|| "-r".to_owned()));
            for name in ["wait", "patience", "limit"] {
                rest.extend([format!("--{name}"), value(name).to_string()]);
            }
            for (name, value) in numbers {
                if folder.is_some() && STORY.contains(&name) {
                    continue;
                }
                if self.cli.flags.iter().any(|flag| flag.name == name) {
                    rest.extend((value == 1).then(|| format!("--{name}")));
                } else {
                    rest.extend([format!("--{name}"), value.to_string()]);
                }
            }
            let mut rest: Vec<OsString> = rest.into_iter().map(OsString::from).collect();
            if let Some(folder) = folder {
                rest.extend(["--texts".into(), folder.into_os_string()]);
            }
            return Ok(Outcome::Local(small(hosts), rest));
        }
        let hosts = match &file {
            Some(file) => {
                let hosts = hosts::read(file)?;
                launch::forget(file);
                hosts
            }
            None => hosts::on_this_machine(small(value("n")))?,
        };
        let n = given("n").map_or(hosts.len(), small);
        if hosts.len() != n {
            return Err(format!(
                "-n은 {n}인데 hosts 파일에는 주소가 {}개 있습니다. -n을 빼면 파일의 줄 수를 씁니다.",
                hosts.len()
            ));
        }
        let me = small(value("p"));
        if me >= n {
            return Err(format!(
                "-p의 값 {me}은(는) 프로세스의 수 {n}보다 작아야 합니다. 번호는 0부터 셉니다."
            ));
        }
        if n > 1 && given("p").is_none() {
            return Err(format!(
                "프로세스가 {n}개이므로 이 프로세스의 번호를 -p로 알려 주세요(0부터 {}까지).",
                n - 1
            ));
        }
        let mut options: Vec<(String, u64)> = numbers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        if let Some(Texts::Folder { fingerprint, .. }) = texts {
            options.push((TEXTS.to_owned(), fingerprint));
        }
        Ok(Outcome::Run(Args {
            job: Job {
                program: self.cli.name.to_owned(),
                hosts,
                workers: value("w"),
                options,
            },
            me,
            wait: Duration::from_secs(value("wait")),
            patience: Duration::from_secs(value("patience")),
            limit: Duration::from_secs(value("limit")),
            report,
            numbers,
            texts,
        }))
    }

    fn help(&self) -> String {
        let mut lines = vec![
            (
                "--help".to_owned(),
                "이 도움말을 보이고 끝냅니다".to_owned(),
            ),
            (
                "-h FILE".to_owned(),
                "호스트들의 주소를 한 줄에 하나씩 적은 파일(주소:포트)".to_owned(),
            ),
            (
                "-r".to_owned(),
                "누구를 기다리고 만났는지 표준 오류에 적습니다".to_owned(),
            ),
        ];
        for number in self.places.iter().chain(&self.cli.numbers) {
            lines.push((
                format!("{} N", dashed(number.name)),
                format!(
                    "{} [기본 {}, {}–{}]",
                    number.help,
                    number.default,
                    number.range.start(),
                    number.range.end()
                ),
            ));
        }
        for flag in &self.cli.flags {
            lines.push((format!("--{}", flag.name), flag.help.to_owned()));
        }
        if self.reads_texts {
            lines.push((
                "--texts DIR".to_owned(),
                "글을 지어내지 않고 폴더의 파일들을 읽습니다(UTF-8, 하위 폴더는 빼고)".to_owned(),
            ));
            lines.push((
                "--write".to_owned(),
                "지어낸 글을 --texts의 폴더에 적기만 하고 끝냅니다".to_owned(),
            ));
        }
        let width = lines.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
        let mut text = format!(
            "{}\n\n쓰는 법: cargo run --features cluster --example {} -- [선택지]\n\n선택지:\n",
            self.cli.title, self.cli.name
        );
        for (left, right) in lines {
            text.push_str(&format!("  {left:width$}  {right}\n"));
        }
        text
    }
}

impl Args {
    /// 명령줄 없이 만듭니다.
    #[cfg(test)]
    pub(super) fn of(job: Job, me: usize, limit: Duration) -> Args {
        Args {
            job,
            me,
            wait: Duration::from_secs(WAIT),
            patience: Duration::from_secs(PATIENCE),
            limit,
            report: false,
            numbers: Vec::new(),
            texts: None,
        }
    }

    /// `--size`의 값입니다.
    ///
    /// # Panics
    /// [`Cluster::size`]를 부르지 않았으면 패닉합니다.
    pub fn size(&self) -> u64 {
        self.number("size")
    }

    /// [`Cluster::number`]로 받은 값입니다.
    ///
    /// # Panics
    /// 그 이름의 선택지를 만들지 않았으면 패닉합니다.
    pub fn number(&self, name: &str) -> u64 {
        match self.numbers.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => *value,
            None => panic!("{name}라는 선택지를 만들지 않았습니다"),
        }
    }

    /// [`Cluster::texts`]로 받은 글입니다.
    ///
    /// # Panics
    /// [`Cluster::texts`]를 부르지 않았으면 패닉합니다.
    pub fn texts(&self) -> Texts {
        match &self.texts {
            Some(texts) => texts.clone(),
            None => panic!("글을 받는 선택지를 만들지 않았습니다"),
        }
    }

    /// [`Cluster::flag`]로 받은 값입니다.
    ///
    /// # Panics
    /// 그 이름의 선택지를 만들지 않았으면 패닉합니다.
    pub fn flag(&self, name: &str) -> bool {
        self.number(name) == 1
    }
}

/// 선택지를 적는 꼴입니다.
fn dashed(name: &str) -> String {
    if name.chars().count() == 1 {
        format!("-{name}")
    } else {
        format!("--{name}")
    }
}

fn set(numbers: &mut [(&'static str, u64)], name: &str, value: u64) {
    if let Some(number) = numbers.iter_mut().find(|(known, _)| *known == name) {
        number.1 = value;
    }
}

/// 범위를 살핀 뒤의 값이므로 넘치지 않습니다.
fn small(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn parse(words: &[&str]) -> Result<Outcome, String> {
        let demo = Cluster::new("demo", "보기")
            .size(10)
            .number("files", 4, 1..=9, "글의 수")
            .flag("combine", "모읍니다");
        demo.parse_from(Parser::from_args(words))
    }

    fn args(words: &[&str]) -> Args {
        match parse(words) {
            Ok(Outcome::Run(args)) => args,
            Ok(_) => panic!("{words:?}: 돌려야 합니다"),
            Err(message) => panic!("{words:?}: {message}"),
        }
    }

    #[test]
    fn defaults_are_one_worker_of_one_process() {
        let args = args(&[]);
        assert_eq!((args.me, args.job.hosts.len(), args.job.workers), (0, 1, 1));
        assert_eq!(args.number("files"), 4);
        assert!(!args.flag("combine"));
        assert_eq!(args.wait, Duration::from_secs(WAIT));
    }

    #[test]
    fn places_and_values_are_read() {
        let args = args(&[
            "-w",
            "2",
            "-n",
            "3",
            "-p1",
            "--files",
            "9",
            "--combine",
            "-r",
        ]);
        assert_eq!((args.me, args.job.workers), (1, 2));
        assert_eq!(args.job.hosts[2], "localhost:2103");
        assert!(args.flag("combine") && args.report);
        // 답을 바꾸는 선택지는 모두 인사에 들어갑니다. 기다리는 시간은 저마다 달라도 됩니다.
        let named: Vec<&str> = args.job.options.iter().map(|(name, _)| &**name).collect();
        assert_eq!(named, ["size", "files", "combine"]);
    }

    #[test]
    fn the_launcher_hands_on_what_was_given() {
        let Ok(Outcome::Local(hosts, rest)) =
            parse(&["--local", "3", "-w", "2", "--combine", "--files", "2"])
        else {
            panic!("띄워야 합니다");
        };
        assert_eq!(hosts, 3);
        let rest: Vec<&str> = rest.iter().filter_map(|word| word.to_str()).collect();
        let mut words = vec!["-n", "3", "-p", "2"];
        words.extend(rest);
        let handed = args(&words);
        assert_eq!((handed.me, handed.job.workers), (2, 2));
        assert_eq!(handed.number("files"), 2);
        assert!(handed.flag("combine"));
    }

    #[test]
    fn a_hosts_file_sets_the_number_of_processes() {
        let mut file = tempfile_in_target();
        writeln!(file.1, "a:1\nb:2").unwrap();
        let path = file.0.to_string_lossy().into_owned();
        assert_eq!(args(&["-h", &path, "-p", "1"]).job.hosts, ["a:1", "b:2"]);
        let told = parse(&["-h", &path, "-p", "1", "-n", "3"]).err();
        assert!(told.is_some_and(|told| told.contains("주소가 2개")));
        std::fs::remove_file(&file.0).unwrap();
    }

    fn tempfile_in_target() -> (PathBuf, std::fs::File) {
        let name = format!("noriteo-args-{}.txt", process::id());
        let path = std::env::temp_dir().join(name);
        let file = std::fs::File::create(&path).unwrap();
        (path, file)
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (words, part) in [
            (&["-n", "2"][..], "-p로 알려"),
            (&["-n", "2", "-p", "2"], "보다 작아야"),
            (&["--local", "2", "-n", "2"], "함께 쓰지"),
            (&["--local", "2", "-p", "0"], "함께 쓰지"),
            (&["-h", "없는 파일"], "읽지 못했습니다"),
            (&["-h"], "도움말은 --help"),
            (&["-w", "0"], "-w의 값"),
            (&["-w"], "값이 없습니다"),
            (&["--w", "2"], "--w라는"),
            (&["--local", "65"], "1 이상 64 이하"),
            (&["-x"], "-x라는"),
            (&["--nope"], "--nope라는"),
            (&["7"], "`--이름 값`"),
            (&["--help=yaml"], "json만"),
        ] {
            let told = parse(words).err().unwrap_or_default();
            assert!(told.contains(part), "{words:?}: {told}");
        }
        assert!(matches!(parse(&["--help"]), Ok(Outcome::Help)));
        assert!(matches!(parse(&["--help=json"]), Ok(Outcome::Options)));
    }
}
