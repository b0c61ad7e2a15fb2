//! 명령줄입니다. 해석은 작은 크레이트 `lexopt`가 합니다.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

use crate::{
    data::Piece,
    fault::{Fault, Result},
};

/// 보여 줄 때의 기본 포트입니다.
pub const PORT: u16 = 3000;

/// 더하는 범위의 끝과 일꾼의 수는 많아야 이만큼입니다.
const MAX_SIZE: u64 = 100_000_000;
const MAX_WORKERS: u64 = 64;

/// 쪽에서 시킨 예제가 달릴 수 있는 시간(초)의 기본값입니다.
pub const LIMIT: u64 = 60;

/// 시킨 일입니다.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// 재고, 묶고, 보여 줍니다.
    All,
    /// 재기만 합니다.
    Measure,
    /// 묶기만 합니다.
    Build,
    /// 다시 재지 않고 묶어 보여 줍니다.
    Serve,
    /// 다시 재지 않고 종이(PDF)와 전자책(EPUB)으로 만듭니다.
    Paper,
    /// 6장의 값을 잽니다. timely를 짓습니다.
    Cluster,
    /// 도움말을 보입니다.
    Help,
}

/// 해석을 마친 명령줄입니다.
#[derive(Debug, PartialEq)]
pub struct Args {
    /// 시킨 일입니다.
    pub task: Task,
    /// 책이 있는 폴더입니다. 적지 않으면 스스로 찾습니다.
    pub book: Option<PathBuf>,
    /// 결과를 놓을 자리입니다.
    pub out: Option<PathBuf>,
    /// 앞서 잰 값입니다. 있으면 다시 재지 않습니다.
    pub data: Option<PathBuf>,
    /// 방식마다 재는 횟수입니다. 적지 않으면 1분을 넘지 않게 알아서 정합니다.
    pub runs: Option<usize>,
    /// 보여 줄 포트입니다. 0이면 빈 포트를 고릅니다.
    pub port: u16,
    /// 브라우저를 열지 않습니다.
    pub no_open: bool,
    /// 쪽에서 시킨 예제가 달릴 수 있는 시간(초)입니다.
    pub limit: u64,
    /// 저장소에 두는 펴낸 이의 값을 새로 적습니다.
    pub publish: bool,
    /// 나란히 놓을 두 파일입니다.
    pub compare: Option<[PathBuf; 2]>,
    /// 내거나 나눌 파일 하나를 씁니다.
    pub share: bool,
    /// 이 조각만 잽니다.
    pub only: Option<Piece>,
    /// 더하는 범위의 끝입니다.
    pub size: Option<u64>,
    /// 표의 「일꾼 2」 대신 잴 일꾼의 수입니다.
    pub workers: Option<usize>,
}

/// 도움말입니다.
pub const HELP: &str = "\
《놀이터의 아이들》을 이 컴퓨터에서 재고, 묶고, 보여 줍니다

쓰는 법: cargo run -- [일] [선택지]

일:
  (없음)         재고, 그 값으로 책을 묶고, 이 컴퓨터에서만 보이는 주소로 보여 줍니다
  measure        재기만 합니다. 표를 보이고, 잰 값을 JSON으로 남깁니다
  build          재고 묶습니다. 보여 주지는 않습니다
  serve          다시 재지 않고 묶어 보여 줍니다. 앞서 잰 값이 있으면 그 값으로,
                 없으면 책에 실린 펴낸 이의 값으로 묶습니다
  paper          다시 재지 않고 종이에 찍을 책(PDF)과 전자책(EPUB)을 만듭니다. PDF는
                 이 컴퓨터의 크로미움이나 크롬으로 찍습니다. 기본 자리에 만들어 두면
                 다음에 묶는 책의 머리말에서 내려받을 수 있습니다
  cluster        6장의 표를 잽니다. timely를 짓느라 오래 걸려 위의 일들은 재지 않습니다.
                 잰 값은 target/cluster.json에 남고, 다음에 묶는 책이 씁니다

선택지:
  -h, --help     이 도움말을 보이고 끝냅니다
  --out 경로     measure: 잰 값을 남길 파일 [기본 target/measured.json]
                 paper: 두 파일을 놓을 폴더 [기본 target/paper]
                 cluster: 잰 값을 남길 파일 [기본 target/cluster.json]
                 그 밖: 책을 놓을 폴더 [기본 target/book]
  --data 파일    다시 재지 않고 이 파일의 값을 씁니다(measure가 남긴 JSON이나 --share의 파일)
  --runs N       방식마다 재는 횟수 [1–100, 기본: 1분을 넘지 않는 만큼, 많아야 7].
                 너무 시끄러우면 CPU를 쓰는 일을 많아야 세 번 잽니다. 이 선택지를 적지
                 않았으면 1분 안에서만 다시 잽니다
  --only 조각    measure에서만: 그 표에 드는 것만 잽니다. 조각은 sum, io, all, python,
                 side-by-side, creation, memory 가운데 하나입니다. 타임라인은 기록하지
                 않고, --out을 적어야 파일로 남깁니다. --data와 함께 적으면 그 파일의
                 값에서 이 조각만 새로 잰 것으로 바꿉니다
  --size N       --only sum이나 all에서만: 더하는 범위의 끝 [1–100000000]
  --workers N    --only sum, io, all에서만: 표의 「일꾼 2」 대신 잴 일꾼의 수 [1–64]
  --compare A B  measure에서만: 재지 않고, 두 파일의 값을 나란히 놓습니다
  --share        measure에서만: 내거나 나눌 수 있는 파일 하나를 씁니다. 브라우저로 열리고,
                 --data와 --compare로 읽힙니다. 사용자와 컴퓨터의 이름은 담지 않습니다
                 [기본 target/noriteo-share.html, --out으로 바꿉니다]
  --port N       보여 줄 포트. 0이면 빈 포트를 고릅니다 [기본 3000]
  --limit 초     쪽에서 시킨 예제가 달릴 수 있는 시간 [1–3600, 기본 60]
  --no-open      브라우저를 열지 않습니다
  --publish      measure에서만: 저장소에 두는 펴낸 이의 값(book/text/measured/)을
                 새로 적고, cargo test가 target/evidence에 남긴
                 증거를 모아 함께 적습니다. 책을 펴낼 때만 씁니다
  --book 폴더    book.toml이 있는 폴더 [기본: 이 저장소]

환경 변수:
  NORITEO_SIZE=N     더하는 범위의 끝을 N으로 줄여 빨리 잽니다
  NORITEO_NO_OPEN=1  --no-open과 같습니다
  NORITEO_SITE=주소  펴낼 때 책이 놓일 주소. 적으면 쪽마다 정식 주소를 적고
                     sitemap.xml을 만듭니다

종료 코드: 0 잘 끝남, 1 끝내지 못함, 2 잘못된 값, 130 Ctrl-C로 멈춤
";

/// 명령줄을 해석합니다.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Args> {
    read(Parser::from_args(args)).map_err(|message| {
        Fault::BadInput(format!(
            "{message} 쓰는 법은 `cargo run -- --help`로 볼 수 있습니다."
        ))
    })
}

fn read(mut parser: Parser) -> Result<Args, String> {
    let mut args = Args {
        task: Task::All,
        book: None,
        out: None,
        data: None,
        runs: None,
        port: PORT,
        no_open: false,
        limit: LIMIT,
        publish: false,
        compare: None,
        share: false,
        only: None,
        size: None,
        workers: None,
    };
    let mut given = Vec::new();
    while let Some(arg) = parser.next().map_err(korean)? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => {
                args.task = Task::Help;
                return Ok(args);
            }
            Arg::Value(word) if args.task == Task::All => {
                args.task = match word.to_str() {
                    Some("measure") => Task::Measure,
                    Some("build") => Task::Build,
                    Some("serve") => Task::Serve,
                    Some("paper") => Task::Paper,
                    Some("cluster") => Task::Cluster,
                    Some("help") => {
                        args.task = Task::Help;
                        return Ok(args);
                    }
                    _ => {
                        return Err(format!(
                            "`{}`이라는 일은 없습니다. measure, build, serve, paper, cluster 가운데 하나를 적어 주세요.",
                            word.to_string_lossy()
                        ));
                    }
                };
            }
            Arg::Value(word) => {
                return Err(format!(
                    "`{}`이(가) 무엇인지 모르겠습니다. 값은 `--이름 값`으로 적어 주세요.",
                    word.to_string_lossy()
                ));
            }
            Arg::Short(letter) => return Err(format!("`-{letter}`라는 선택지는 없습니다.")),
            Arg::Long(name) => {
                let name = name.to_owned();
                option(&mut args, &name, &mut parser)?;
                given.push(name);
            }
        }
    }
    check(&args, &given)?;
    Ok(args)
}

fn option(args: &mut Args, name: &str, parser: &mut Parser) -> Result<(), String> {
    match name {
        "out" => args.out = Some(path(name, parser)?),
        "data" => args.data = Some(path(name, parser)?),
        "book" => args.book = Some(path(name, parser)?),
        "runs" => args.runs = Some(number(name, parser, 1, 100)? as usize),
        "port" => args.port = number(name, parser, 0, u64::from(u16::MAX))? as u16,
        "only" => {
            let text = parser.value().map_err(korean)?.string().map_err(korean)?;
            args.only = Some(text.parse()?);
        }
        "size" => args.size = Some(number(name, parser, 1, MAX_SIZE)?),
        "workers" => args.workers = Some(number(name, parser, 1, MAX_WORKERS)? as usize),
        "limit" => args.limit = number(name, parser, 1, 3600)?,
        "no-open" => args.no_open = true,
        "publish" => args.publish = true,
        "compare" => {
            let first = path(name, parser)?;
            let second = parser.value().map_err(|_| two_files())?;
            if second.is_empty() {
                return Err(two_files());
            }
            args.compare = Some([first, second.into()]);
        }
        "share" => args.share = true,
        _ => return Err(format!("`--{name}`이라는 선택지는 없습니다.")),
    }
    Ok(())
}

/// 시킨 일과 맞지 않는 선택지를 조용히 지나치지 않습니다.
fn check(args: &Args, given: &[String]) -> Result<(), String> {
    let (task, allowed): (&str, &[&str]) = match args.task {
        Task::All => (
            "그냥 부를 때",
            &["book", "out", "data", "runs", "port", "limit", "no-open"],
        ),
        Task::Measure => (
            "measure",
            &[
                "book", "out", "data", "runs", "publish", "only", "size", "workers", "compare",
                "share",
            ],
        ),
        Task::Build => ("build", &["book", "out", "data", "runs"]),
        Task::Serve => (
            "serve",
            &["book", "out", "data", "port", "limit", "no-open"],
        ),
        Task::Paper => ("paper", &["book", "out", "data"]),
        Task::Cluster => ("cluster", &["book", "out", "runs"]),
        Task::Help => return Ok(()),
    };
    match given.iter().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "`--{name}`은(는) {task}에는 쓰지 않는 선택지입니다."
        )),
        None => check_only(args).and_then(|()| check_measure(args, given)),
    }
}

/// 견주거나 나눌 때 함께 쓸 수 없는 것들입니다.
fn check_measure(args: &Args, given: &[String]) -> Result<(), String> {
    let (what, allowed): (&str, &[&str]) = if args.compare.is_some() {
        ("compare", &["compare", "book"])
    } else if args.share {
        ("share", &["share", "book", "out", "data", "runs"])
    } else {
        return Ok(());
    };
    match given.iter().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "`--{what}`에는 `--{name}`을(를) 함께 쓸 수 없습니다."
        )),
        None => Ok(()),
    }
}

fn two_files() -> String {
    "`--compare`에는 두 파일을 적어 주세요. 예: `--compare 내것.json 친구것.json`.".to_owned()
}

/// 조각 하나만 잴 때 함께 쓸 수 없는 것들입니다.
fn check_only(args: &Args) -> Result<(), String> {
    let Some(piece) = args.only else {
        return match (args.size, args.workers) {
            (None, None) => Ok(()),
            (Some(_), _) => Err("`--size`는 `--only sum`이나 `--only all`과 함께 씁니다.".into()),
            (None, Some(_)) => Err(
                "`--workers`는 `--only sum`, `--only io`, `--only all` 가운데 하나와 함께 씁니다."
                    .into(),
            ),
        };
    };
    let with = |name: &str, why: &str| {
        let piece = piece.name();
        Err(format!(
            "`--only {piece}`에는 `--{name}`을(를) 함께 쓸 수 없습니다. {why}"
        ))
    };
    if args.publish {
        with("publish", "펴낼 값은 모두 한 번에 잽니다.")
    } else if args.size.is_some() && !piece.has_size() {
        with("size", "범위를 고를 수 있는 조각은 sum과 all입니다.")
    } else if args.workers.is_some() && !piece.has_workers() {
        with(
            "workers",
            "일꾼의 수를 고를 수 있는 조각은 sum, io, all입니다.",
        )
    } else {
        Ok(())
    }
}

fn path(name: &str, parser: &mut Parser) -> Result<PathBuf, String> {
    let value = parser.value().map_err(korean)?;
    if value.is_empty() {
        return Err(format!(
            "`--{name}`의 값이 비어 있습니다. 경로를 적어 주세요."
        ));
    }
    Ok(value.into())
}

fn number(name: &str, parser: &mut Parser, low: u64, high: u64) -> Result<u64, String> {
    let text = parser.value().map_err(korean)?.string().map_err(korean)?;
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(value) if plain && (low..=high).contains(&value) => Ok(value),
        _ => Err(format!(
            "`--{name}`의 값 `{text}`은(는) 쓸 수 없습니다. {low} 이상 {high} 이하의 정수를 적어 주세요."
        )),
    }
}

fn korean(error: lexopt::Error) -> String {
    match error {
        lexopt::Error::MissingValue { option } => {
            format!(
                "{} 뒤에 값이 없습니다.",
                option.as_deref().unwrap_or("선택지")
            )
        }
        lexopt::Error::UnexpectedValue { option, .. } => {
            format!("{option}에는 값을 붙이지 않습니다.")
        }
        other => format!("명령줄을 이해하지 못했습니다({other})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Args> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn tasks_and_options_are_read() {
        assert_eq!(parsed(&[]).unwrap().task, Task::All);
        let args = parsed(&["serve", "--port=0", "--no-open", "--data", "a.json"]).unwrap();
        assert_eq!((args.task, args.port, args.no_open), (Task::Serve, 0, true));
        assert_eq!(args.data, Some("a.json".into()));
        let args = parsed(&["measure", "--runs", "3", "--publish"]).unwrap();
        assert_eq!(
            (args.task, args.runs, args.publish),
            (Task::Measure, Some(3), true)
        );
        let args = parsed(&["measure", "--only", "sum", "--size=9", "--workers", "64"]).unwrap();
        assert_eq!(
            (args.only, args.size, args.workers),
            (Some(Piece::Sum), Some(9), Some(64))
        );
        let args = parsed(&["measure", "--compare", "a.json", "b.json"]).unwrap();
        assert_eq!(args.compare, Some(["a.json".into(), "b.json".into()]));
        assert!(parsed(&["measure", "--share"]).unwrap().share);
        let args = parsed(&["paper", "--out", "종이", "--data=a.json"]).unwrap();
        assert_eq!((args.task, args.out), (Task::Paper, Some("종이".into())));
        assert_eq!(parsed(&["build", "-h"]).unwrap().task, Task::Help);
    }

    #[test]
    fn every_bad_word_says_what_to_do() {
        for (words, part) in [
            (vec!["mesure"], "measure, build, serve"),
            (vec!["build", "serve"], "무엇인지 모르겠습니다"),
            (vec!["--runs", "0"], "1 이상 100 이하"),
            (vec!["--runs", "+5"], "1 이상 100 이하"),
            (vec!["--port", "65536"], "0 이상 65535 이하"),
            (vec!["--port"], "값이 없습니다"),
            (vec!["--out", ""], "비어 있습니다"),
            (vec!["--nope"], "--nope"),
            (vec!["-x"], "-x"),
            (vec!["--no-open=1"], "붙이지 않습니다"),
            (vec!["build", "--publish"], "build에는 쓰지 않는"),
            (vec!["--publish"], "쓰지 않는"),
            (vec!["paper", "--runs", "3"], "paper에는 쓰지 않는"),
            (vec!["measure", "--port", "1"], "measure에는 쓰지 않는"),
            (vec!["measure", "--only", "machine"], "side-by-side"),
            (vec!["measure", "--compare", "a"], "두 파일을"),
            (vec!["measure", "--compare"], "값이 없습니다"),
            (
                vec!["measure", "--compare", "a", "b", "--runs", "3"],
                "`--compare`에는",
            ),
            (vec!["measure", "--share", "--only", "sum"], "`--share`에는"),
            (vec!["measure", "--share", "--publish"], "`--share`에는"),
            (vec!["--share"], "쓰지 않는"),
            (vec!["measure", "--only"], "값이 없습니다"),
            (vec!["--only", "sum"], "쓰지 않는"),
            (vec!["measure", "--size", "9"], "`--only sum`이나"),
            (vec!["measure", "--workers", "2"], "`--only io`"),
            (
                vec!["measure", "--only", "sum", "--size", "100000001"],
                "1 이상 100000000 이하",
            ),
            (
                vec!["measure", "--only", "io", "--workers", "65"],
                "1 이상 64 이하",
            ),
            (
                vec!["measure", "--only", "io", "--size", "9"],
                "sum과 all입니다",
            ),
            (
                vec!["measure", "--only", "memory", "--workers", "2"],
                "sum, io, all입니다",
            ),
            (
                vec!["measure", "--only", "sum", "--publish"],
                "모두 한 번에",
            ),
        ] {
            match parsed(&words) {
                Err(Fault::BadInput(message)) => {
                    assert!(message.contains(part), "{words:?}: {message}");
                    assert!(message.contains("--help"), "{message}");
                }
                other => panic!("{words:?}: {other:?}"),
            }
        }
    }
}
