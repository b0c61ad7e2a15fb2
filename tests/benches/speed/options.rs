//! 명령줄입니다: 줄의 이름 한 토막과 `--quick`.

use std::process::exit;

use lexopt::{Arg, Parser};

const HELP: &str = "\
빠르기를 견줍니다: 스레드, 프로세스, 큐를 날것과 다른 라이브러리와 파이썬에 견줍니다

쓰는 법: cargo bench -p noriteo-tests --bench speed -- [줄의 이름] [선택지]

  줄의 이름   이름에 이 글이 든 줄만 잽니다(여럿을 적으면 그 가운데 하나라도 든 줄)

선택지:
  -h, --help  이 도움말을 보이고 끝냅니다
  --quick     라운드를 5번으로 줄여 짧게 잽니다. 믿을 값이 아니라 잘 도는지 볼 때 씁니다
  --list      재지 않고 줄의 이름만 보입니다

모두 재면 `target/evidence/speed-*.json`에 증거를 남깁니다. 골라 재거나 --quick이면 남기지 않습니다.
시끄럽거나 한계에 걸친 줄이 있으면 모두 세 번까지 잽니다. 한계를 넘은 줄이 있으면 1로 끝납니다.
";

/// 고른 것입니다.
pub struct Options {
    pub quick: bool,
    pub list: bool,
    filters: Vec<String>,
}

impl Options {
    /// 이 이름의 줄을 재야 하는지 알려 줍니다.
    pub fn wants(&self, id: &str) -> bool {
        self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| id.contains(filter.as_str()))
    }

    /// 고른 이름이 있으면 그것을 보입니다.
    pub fn filters(&self) -> &[String] {
        &self.filters
    }
}

/// 명령줄을 읽습니다. 도움말을 보였으면 0, 잘못 적었으면 2로 끝냅니다.
pub fn parse() -> Options {
    match read(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            exit(0);
        }
        Err(message) => {
            eprintln!("오류: {message}");
            eprintln!(
                "쓰는 법은 `cargo bench -p noriteo-tests --bench speed -- -h`로 볼 수 있습니다."
            );
            exit(2);
        }
    }
}

fn read(mut parser: Parser) -> Result<Option<Options>, String> {
    let mut options = Options {
        quick: false,
        list: false,
        filters: Vec::new(),
    };
    loop {
        let told = |error: lexopt::Error| format!("명령줄을 이해하지 못했습니다({error}).");
        match parser.next().map_err(told)? {
            None => break,
            Some(Arg::Short('h') | Arg::Long("help")) => return Ok(None),
            Some(Arg::Long("quick")) => options.quick = true,
            Some(Arg::Long("list")) => options.list = true,
            // `cargo bench`가 스스로 붙이는 선택지입니다.
            Some(Arg::Long("bench")) => {}
            Some(Arg::Long(name)) => return Err(format!("--{name}라는 선택지는 없습니다.")),
            Some(Arg::Short(letter)) => return Err(format!("-{letter}라는 선택지는 없습니다.")),
            Some(Arg::Value(value)) => {
                options.filters.push(value.to_string_lossy().into_owned());
            }
        }
        // `--quick=3`처럼 값을 붙였으면 알립니다.
        if let Some(value) = parser.optional_value() {
            return Err(format!(
                "선택지에는 값을 붙이지 않습니다({}).",
                value.to_string_lossy()
            ));
        }
    }
    if let Some(unknown) = options.filters.iter().find(|filter| {
        !crate::contests()
            .iter()
            .flat_map(|contest| contest.ids())
            .chain(crate::calls::ids())
            .any(|id| id.contains(filter.as_str()))
    }) {
        return Err(format!(
            "이름에 {unknown}이(가) 든 줄은 없습니다. 이름은 --list로 볼 수 있습니다."
        ));
    }
    Ok(Some(options))
}
