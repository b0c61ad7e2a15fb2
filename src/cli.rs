//! 예제들이 함께 쓰는 명령줄입니다.
//!
//! `-h`는 우리말 도움말을 보이고 0으로 끝납니다. `--help=json`은 같은 것을 프로그램이 읽을 JSON으로 적습니다.
//! 잘못된 값은 무엇이 틀렸고 어떻게 고치는지 알리고 2로 끝납니다.
//! 해석은 작은 크레이트 `lexopt`가 합니다.

use std::{env, ops::RangeInclusive, path::Path, process};

use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value, json};

use crate::{Result as Done, trace, work::MAX_SIZE};

/// `--workers`에 적을 수 있는 가장 큰 수입니다.
pub const MAX_WORKERS: u64 = 256;

/// `--size`의 기본값을 줄이는 환경 변수입니다. 시험이 프로그램을 짧게 돌릴 때 씁니다.
pub const SIZE_ENV: &str = "NORITEO_SIZE";

/// [`Args::record`]의 기록을 JSON으로 남길 파일의 경로를 담는 환경 변수입니다.
pub const TRACE_ENV: &str = "NORITEO_TRACE";

/// [`Args::record`]가 그리는 그림의 칸 수입니다.
const PICTURE_WIDTH: usize = 60;

/// 프로그램 하나의 명령줄 설명입니다. 만들고, 선택지를 더하고, [`Cli::parse`]를 부릅니다.
///
/// ```no_run
/// use noriteo::cli::Cli;
///
/// let args = Cli::new("ch02_04_sum_two_threads", "두 아이가 반씩 더합니다")
///     .size(100_000_000)
///     .workers(2)
///     .parse();
/// println!("{}까지 {}명이", args.size(), args.workers());
/// ```
pub struct Cli {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) numbers: Vec<Number>,
    pub(crate) flags: Vec<Flag>,
}

pub(crate) struct Number {
    pub(crate) name: &'static str,
    pub(crate) default: u64,
    pub(crate) range: RangeInclusive<u64>,
    pub(crate) help: &'static str,
}

pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
}

/// 해석을 마친 값입니다.
pub struct Args {
    program: String,
    numbers: Vec<(&'static str, u64)>,
    flags: Vec<(&'static str, bool)>,
}

enum Outcome {
    Run(Args),
    Help,
    Options,
}

impl Cli {
    /// `cargo run --example NAME`의 NAME과 한 줄 제목으로 시작합니다.
    pub fn new(name: &'static str, title: &'static str) -> Cli {
        Cli {
            name,
            title,
            numbers: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// `--size N`: 더할 범위의 끝(1 이상 [`MAX_SIZE`] 이하)을 받습니다.
    ///
    /// 환경 변수 [`SIZE_ENV`]에 더 작은 수가 있으면 그 수가 기본값이 됩니다.
    pub fn size(self, default: u64) -> Cli {
        let shrunk = env::var(SIZE_ENV)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
            .filter(|size| (1..default).contains(size));
        self.number(
            "size",
            shrunk.unwrap_or(default),
            1..=MAX_SIZE,
            "더할 범위의 끝(이 수는 더하지 않음)",
        )
    }

    /// `--workers N`: 일꾼의 수(1 이상 [`MAX_WORKERS`] 이하)를 받습니다.
    pub fn workers(self, default: u64) -> Cli {
        self.number("workers", default, 1..=MAX_WORKERS, "일꾼의 수")
    }

    /// `--NAME N`: 범위 안의 정수를 받습니다.
    pub fn number(
        mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        help: &'static str,
    ) -> Cli {
        self.numbers.push(Number {
            name,
            default,
            range,
            help,
        });
        self
    }

    /// [`Cli::number`]와 같되, 환경 변수 [`SIZE_ENV`]가 있으면 기본값이 `short`입니다.
    ///
    /// 범위의 끝이 아니라 시간이나 횟수가 길이를 정하는 프로그램에서, 시험이 짧게 돌릴 때 씁니다.
    pub fn number_or_short(
        self,
        name: &'static str,
        default: u64,
        short: u64,
        range: RangeInclusive<u64>,
        help: &'static str,
    ) -> Cli {
        let is_short = env::var_os(SIZE_ENV).is_some();
        let default = if is_short { short } else { default };
        self.number(name, default, range, help)
    }

    /// `--NAME`: 켜고 끄는 선택지를 받습니다.
    pub fn flag(mut self, name: &'static str, help: &'static str) -> Cli {
        self.flags.push(Flag { name, help });
        self
    }

    /// `--timeline`: [`Args::record`]가 기록한 것을 글로 된 그림으로 보입니다.
    pub fn timeline(self) -> Cli {
        self.flag("timeline", "누가 언제 무엇을 했는지 기록해 그립니다")
    }

    /// 명령줄을 해석합니다. 도움말이나 `--help=json`의 JSON을 보였으면 0, 값이 잘못되었으면 2로 프로그램을 끝냅니다.
    pub fn parse(self) -> Args {
        match self.parse_from(Parser::from_env()) {
            Ok(Outcome::Run(args)) => args,
            Ok(Outcome::Help) => {
                print!("{}", self.help());
                process::exit(0);
            }
            Ok(Outcome::Options) => {
                println!("{}", self.options());
                process::exit(0);
            }
            Err(message) => {
                eprintln!("오류: {message}");
                eprintln!(
                    "쓰는 법은 `cargo run --example {} -- -h`로 볼 수 있습니다.",
                    self.name
                );
                process::exit(2);
            }
        }
    }

    fn parse_from(&self, mut parser: Parser) -> Result<Outcome, String> {
        let mut args = Args {
            program: self.name.to_owned(),
            numbers: self.numbers.iter().map(|n| (n.name, n.default)).collect(),
            flags: self.flags.iter().map(|f| (f.name, false)).collect(),
        };
        while let Some(arg) = parser.next().map_err(|error| korean(&error))? {
            let name = match arg {
                Arg::Short('h') => return Ok(Outcome::Help),
                Arg::Long("help") => match parser.optional_value() {
                    None => return Ok(Outcome::Help),
                    Some(kind) if kind == "json" => return Ok(Outcome::Options),
                    Some(_) => return Err("--help에는 json만 붙일 수 있습니다.".to_owned()),
                },
                Arg::Long(name) => name.to_owned(),
                Arg::Short(letter) => return Err(format!("-{letter}라는 선택지는 없습니다.")),
                Arg::Value(value) => {
                    return Err(format!(
                        "{}이(가) 무엇인지 모르겠습니다. 값은 `--이름 값`으로 적어 주세요.",
                        value.to_string_lossy()
                    ));
                }
            };
            if let Some(flag) = args.flags.iter_mut().find(|(known, _)| *known == name) {
                flag.1 = true;
                if name != "timeline" {
                    args.program.push_str(&format!(" --{name}"));
                }
            } else if let Some(at) = self.numbers.iter().position(|n| n.name == name) {
                let text = parser
                    .value()
                    .map_err(|error| korean(&error))?
                    .string()
                    .map_err(|error| korean(&error))?;
                args.numbers[at].1 = self.numbers[at].read(&text)?;
                args.program
                    .push_str(&format!(" --{name} {}", args.numbers[at].1));
            } else {
                return Err(format!("--{name}라는 선택지는 없습니다."));
            }
        }
        Ok(Outcome::Run(args))
    }

    /// 제목과, 선택지의 이름과 기본값과 범위입니다. 책의 쪽에서 프로그램을 돌릴 때 이것으로 값을 살핍니다.
    pub(crate) fn options(&self) -> Value {
        let numbers = self.numbers.iter().map(|number| {
            json!({
                "name": number.name,
                "default": number.default,
                "min": number.range.start(),
                "max": number.range.end(),
                "help": number.help,
            })
        });
        let flags = self
            .flags
            .iter()
            .map(|flag| json!({ "name": flag.name, "help": flag.help }));
        json!({
            "name": self.name,
            "title": self.title,
            "numbers": numbers.collect::<Vec<_>>(),
            "flags": flags.collect::<Vec<_>>(),
        })
    }

    fn help(&self) -> String {
        let mut lines = vec![(
            "-h, --help".to_owned(),
            "이 도움말을 보이고 끝냅니다".to_owned(),
        )];
        for number in &self.numbers {
            lines.push((
                format!("--{} N", number.name),
                format!(
                    "{} [기본 {}, {}–{}]",
                    number.help,
                    number.default,
                    number.range.start(),
                    number.range.end()
                ),
            ));
        }
        for flag in &self.flags {
            lines.push((format!("--{}", flag.name), flag.help.to_owned()));
        }
        let width = lines.iter().map(|(left, _)| left.len()).max().unwrap_or(0);
        let mut text = format!(
            "{}\n\n쓰는 법: cargo run --example {} -- [선택지]\n\n선택지:\n",
            self.title, self.name
        );
        for (left, right) in lines {
            text.push_str(&format!("  {left:width$}  {right}\n"));
        }
        text
    }
}

impl Number {
    pub(crate) fn read(&self, text: &str) -> Result<u64, String> {
        let (low, high) = (self.range.start(), self.range.end());
        let advice = format!("{low} 이상 {high} 이하의 정수를 적어 주세요");
        // 1_000_000처럼 자리를 나눠 적은 수도 받습니다.
        let digits = text.replace(['_', ','], "");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!(
                "--{}의 값 `{text}`은(는) 정수가 아닙니다. {advice}.",
                self.name
            ));
        }
        match digits.parse() {
            Ok(value) if self.range.contains(&value) => Ok(value),
            _ => Err(format!(
                "--{}의 값 {text}은(는) 범위를 벗어났습니다. {advice}.",
                self.name
            )),
        }
    }
}

pub(crate) fn korean(error: &lexopt::Error) -> String {
    match error {
        lexopt::Error::MissingValue { option } => format!(
            "{} 뒤에 값이 없습니다.",
            option.as_deref().unwrap_or("선택지")
        ),
        lexopt::Error::UnexpectedValue { option, .. } => {
            format!("{option}에는 값을 붙이지 않습니다.")
        }
        lexopt::Error::NonUnicodeValue(value) => {
            format!("{}은(는) 유니코드 글이 아닙니다.", value.to_string_lossy())
        }
        other => format!("명령줄을 이해하지 못했습니다({other})."),
    }
}

impl Args {
    /// `--size`의 값입니다.
    ///
    /// # Panics
    /// [`Cli::size`]를 부르지 않았으면 패닉합니다.
    pub fn size(&self) -> u64 {
        self.number("size")
    }

    /// `--workers`의 값입니다.
    ///
    /// # Panics
    /// [`Cli::workers`]를 부르지 않았으면 패닉합니다.
    pub fn workers(&self) -> usize {
        // MAX_WORKERS 이하이므로 usize에 들어갑니다.
        self.number("workers") as usize
    }

    /// [`Cli::number`]로 받은 값입니다.
    ///
    /// # Panics
    /// 그 이름의 선택지를 만들지 않았으면 패닉합니다.
    pub fn number(&self, name: &str) -> u64 {
        find(&self.numbers, name)
    }

    /// [`Cli::flag`]로 받은 값입니다.
    ///
    /// # Panics
    /// 그 이름의 선택지를 만들지 않았으면 패닉합니다.
    pub fn flag(&self, name: &str) -> bool {
        find(&self.flags, name)
    }
}

impl Args {
    /// `f`를 부르고 그 값을 돌려줍니다. `--timeline`이 있거나 [`TRACE_ENV`]가 정해져 있으면,
    /// 그동안 누가 언제 무엇을 했는지 기록합니다([`trace::record`]).
    ///
    /// `--timeline`이면 표준 출력에 그리고, [`TRACE_ENV`]에 경로가 있으면 거기에 JSON을 남깁니다.
    ///
    /// # Errors
    /// `f`의 오류와 [`trace::record`]의 오류를 그대로 돌려줍니다. 파일에 적지 못하면 [`crate::Error::Os`]입니다.
    pub fn record<T>(&self, f: impl FnOnce() -> Done<T>) -> Done<T> {
        let drawn = self.flags.contains(&("timeline", true));
        let file = env::var_os(TRACE_ENV).filter(|path| !path.is_empty());
        if !drawn && file.is_none() {
            return f();
        }
        let (value, trace) = trace::record(&self.program, f)?;
        if drawn {
            print!("{}", trace.picture(PICTURE_WIDTH));
        }
        if let Some(file) = file {
            trace.write(Path::new(&file))?;
        }
        Ok(value)
    }
}

fn find<T: Copy>(values: &[(&'static str, T)], name: &str) -> T {
    match values.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => *value,
        None => panic!("--{name}을 만들지 않고 읽었습니다"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Args, String> {
        let cli = Cli::new("demo", "보기")
            .number("size", 10, 1..=MAX_SIZE, "끝")
            .workers(2)
            .flag("timeline", "그림");
        match cli.parse_from(Parser::from_args(args))? {
            Outcome::Run(args) => Ok(args),
            Outcome::Help => Err(cli.help()),
            Outcome::Options => Err(cli.options().to_string()),
        }
    }

    #[test]
    fn values_replace_defaults() {
        let args = parse(&["--size", "1_000", "--workers=3", "--timeline"]).unwrap();
        assert_eq!((args.size(), args.workers()), (1000, 3));
        assert!(args.flag("timeline"));
        let args = parse(&[]).unwrap();
        assert_eq!((args.size(), args.workers()), (10, 2));
        assert!(!args.flag("timeline"));
    }

    #[test]
    fn every_bad_value_says_what_to_do() {
        for (args, part) in [
            (vec!["--workers", "0"], "1 이상 256 이하"),
            (vec!["--workers", "10000000"], "1 이상 256 이하"),
            (vec!["--workers", "-1"], "정수가 아닙니다"),
            (vec!["--size", "많이"], "정수가 아닙니다"),
            (vec!["--size", ""], "정수가 아닙니다"),
            (
                vec!["--size", "18446744073709551616"],
                "범위를 벗어났습니다",
            ),
            (vec!["--size", "6074001001"], "범위를 벗어났습니다"),
            (vec!["--size"], "값이 없습니다"),
            (vec!["--timeline=yes"], "붙이지 않습니다"),
            (vec!["--help=yaml"], "json만"),
            (vec!["--nope"], "--nope라는 선택지는 없습니다"),
            (vec!["-x"], "-x라는 선택지는 없습니다"),
            (vec!["7"], "`--이름 값`"),
        ] {
            let message = parse(&args).err().unwrap_or_default();
            assert!(message.contains(part), "{args:?}: {message}");
        }
    }

    #[test]
    fn help_lists_every_option() {
        let help = parse(&["-h"]).err().unwrap_or_default();
        for part in ["보기", "--size N", "--workers N", "--timeline", "기본 10"] {
            assert!(help.contains(part), "{help}");
        }
    }
    #[test]
    fn options_are_told_to_programs() {
        let told = parse(&["--help=json"]).err().unwrap_or_default();
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["name"], "demo");
        let workers = &told["numbers"][1];
        assert_eq!(
            (
                &workers["name"],
                &workers["default"],
                &workers["min"],
                &workers["max"]
            ),
            (&json!("workers"), &json!(2), &json!(1), &json!(MAX_WORKERS))
        );
        assert_eq!(told["flags"][0]["name"], "timeline");
    }
}
