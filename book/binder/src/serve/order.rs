//! 쪽이 시킨 것을 살핍니다. 저장소의 예제만, 그 예제가 받는 값으로만 돌립니다.

use std::path::Path;

use serde_json::Value;

use crate::timeline::{FIGURES, Figure};

/// 쪽이 다시 그려 달라고 할 수 있는 표들입니다(`book/text/measured/` 아래의 이름).
pub const PARTS: [&str; 7] = [
    "sum",
    "io",
    "all",
    "python",
    "side-by-side",
    "creation",
    "memory",
];

/// 한 번에 받는 인자의 수와 한 인자의 길이(바이트)입니다.
const MOST_ARGS: usize = 16;
const LONGEST_ARG: usize = 48;

/// 쪽이 시킨 달림 하나입니다.
#[derive(Clone, Debug)]
pub struct Order {
    /// 예제의 이름입니다.
    pub program: String,
    /// 예제에 주는 인자들입니다.
    pub args: Vec<String>,
    /// 그 절에 있는 표들입니다.
    pub parts: Vec<&'static str>,
    /// 그 쪽에 있는 타임라인들 가운데 이 예제의 것입니다.
    pub figures: Vec<&'static Figure>,
}

impl Order {
    /// 쪽이 보낸 JSON을 읽습니다. 받을 수 없으면 까닭을 알립니다.
    pub fn read(root: &Path, value: &Value) -> Result<Order, String> {
        let texts = |name: &str| -> Result<Vec<&str>, String> {
            let list = value.get(name).and_then(Value::as_array);
            let texts = list.and_then(|list| list.iter().map(Value::as_str).collect());
            texts.ok_or_else(|| format!("`{name}`은(는) 글의 목록이어야 합니다."))
        };
        let program = value.get("program").and_then(Value::as_str);
        let program = name(root, program.unwrap_or_default())?;
        let args = texts("args")?;
        if args.len() > MOST_ARGS {
            return Err(format!("인자는 {MOST_ARGS}개까지만 받습니다."));
        }
        let plain = |arg: &&str| {
            let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | '=');
            !arg.is_empty() && arg.len() <= LONGEST_ARG && arg.chars().all(known)
        };
        if let Some(odd) = args.iter().find(|arg| !plain(arg)) {
            return Err(format!("인자 `{odd}`은(는) 받을 수 없습니다."));
        }
        let parts = texts("parts")?.into_iter().map(|part| {
            let known = PARTS.iter().find(|known| **known == part);
            known
                .copied()
                .ok_or_else(|| format!("`{part}`라는 표는 없습니다."))
        });
        let parts = parts.collect::<Result<_, _>>()?;
        let figures = texts("figures")?;
        let figures = FIGURES
            .iter()
            .filter(|figure| figure.example == program && figures.contains(&&*figure.id()));
        Ok(Order {
            figures: figures.collect(),
            program,
            args: args.into_iter().map(str::to_owned).collect(),
            parts,
        })
    }

    /// 사람이 터미널에 적을 명령입니다.
    pub fn command(&self) -> String {
        let mut command = format!("cargo run --example {}", self.program);
        if !self.args.is_empty() {
            command += &format!(" -- {}", self.args.join(" "));
        }
        command
    }

    /// 도움말만 보는 것인지입니다.
    pub fn is_help(&self) -> bool {
        self.args.iter().any(|arg| arg == "-h" || arg == "--help")
    }

    /// `--NAME`에 적은 값입니다.
    fn value(&self, name: &str) -> Option<u64> {
        let flag = format!("--{name}");
        let at = self.args.iter().rposition(|arg| *arg == flag)?;
        self.args.get(at + 1)?.replace(['_', ','], "").parse().ok()
    }

    /// 표 `part`를 다시 잴 때 예제에 준 것과 같게 할 값입니다. 표가 재는 범위를 벗어나면 표의 값 그대로 잽니다.
    pub fn measured_value(&self, part: &str, name: &str) -> Option<u64> {
        let range = match (part, name) {
            ("sum" | "all", "size") => 1..=100_000_000,
            ("sum" | "io" | "all", "workers") => 1..=64,
            _ => return None,
        };
        self.value(name).filter(|value| range.contains(value))
    }

    /// 예제가 스스로 알린 선택지(`--help=json`)에 맞는지 봅니다.
    pub fn check(&self, options: &Value) -> Result<(), String> {
        let find = |kind: &str, name: &str| {
            let list = options.get(kind).and_then(Value::as_array)?;
            list.iter().find(|one| one["name"] == name)
        };
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            if matches!(arg.as_str(), "-h" | "--help") {
                continue;
            }
            let Some(name) = arg.strip_prefix("--") else {
                return Err(format!(
                    "인자 `{arg}`을(를) 모르겠습니다. 값은 `--이름 값`으로 적어 주세요."
                ));
            };
            if find("flags", name).is_some() {
                continue;
            }
            let Some(number) = find("numbers", name) else {
                return Err(format!(
                    "{}에는 --{name}라는 선택지가 없습니다.",
                    self.program
                ));
            };
            let (low, high) = (number["min"].as_u64(), number["max"].as_u64());
            let (low, high) = (low.unwrap_or(0), high.unwrap_or(u64::MAX));
            let given = args.next().map(|text| text.replace(['_', ','], ""));
            let given = given.and_then(|text| text.parse::<u64>().ok());
            if !given.is_some_and(|given| (low..=high).contains(&given)) {
                return Err(format!(
                    "--{name}에는 {low} 이상 {high} 이하의 정수를 적어 주세요."
                ));
            }
        }
        Ok(())
    }
}

/// 저장소에 있는 예제의 이름인지 봅니다.
pub fn name(root: &Path, name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let known = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(plain)
        && root.join("examples").join(format!("{name}.rs")).is_file();
    if known {
        Ok(name.to_owned())
    } else {
        let shown: String = name.chars().take(64).collect();
        Err(format!("`{shown}`라는 예제는 이 저장소에 없습니다."))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    fn read(value: Value) -> Result<Order, String> {
        Order::read(root(), &value)
    }

    fn order(args: &[&str]) -> Result<Order, String> {
        read(json!({
            "program": "ch03_01_locked_sum", "args": args, "parts": ["sum"],
            "figures": ["timeline-locked", "timeline-two-threads"],
        }))
    }

    #[test]
    fn an_order_becomes_a_command() {
        let order = order(&["--workers", "3", "--size", "1_000"]).unwrap();
        assert_eq!(
            order.command(),
            "cargo run --example ch03_01_locked_sum -- --workers 3 --size 1_000"
        );
        assert_eq!(order.measured_value("sum", "workers"), Some(3));
        assert_eq!(order.measured_value("sum", "size"), Some(1000));
        assert_eq!(order.measured_value("creation", "workers"), None);
        assert_eq!(
            (order.parts.as_slice(), order.is_help()),
            (&["sum"][..], false)
        );
        // 다른 예제의 타임라인은 이 달림으로 다시 그릴 수 없습니다.
        let figures: Vec<_> = order.figures.iter().map(|figure| figure.name).collect();
        assert_eq!(figures, ["locked"]);
    }

    #[test]
    fn only_programs_of_the_repository_run() {
        for odd in [
            "",
            "sh",
            "../../bin/sh",
            "ch03_01_locked_sum.rs",
            "CH03",
            "ch03_01_locked_sum\0",
            "/bin/sh",
            "python/ch02_one_thread",
            &"a".repeat(100),
        ] {
            let value = json!({ "program": odd, "args": [], "parts": [], "figures": [] });
            assert!(read(value).is_err(), "{odd}");
        }
        for odd in [
            json!({}),
            json!([]),
            json!({ "program": 3, "args": [], "parts": [], "figures": [] }),
            json!({ "program": "ch03_01_locked_sum", "args": "x", "parts": [], "figures": [] }),
            json!({ "program": "ch03_01_locked_sum", "args": [1], "parts": [], "figures": [] }),
            json!({ "program": "ch03_01_locked_sum", "args": [], "parts": ["../x"], "figures": [] }),
            json!({ "program": "ch03_01_locked_sum", "args": [], "parts": [] }),
        ] {
            assert!(read(odd.clone()).is_err(), "{odd}");
        }
    }

    #[test]
    fn odd_arguments_are_refused() {
        let many = vec!["--timeline"; MOST_ARGS + 1];
        let long = "1".repeat(LONGEST_ARG + 1);
        for odd in [
            &many[..],
            &[""],
            &["--size", "1; rm"],
            &["$(x)"],
            &["a b"],
            &["가"],
            &[&long],
            &["--x=\n"],
        ] {
            assert!(order(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn values_stay_in_the_bounds_of_the_program() {
        let options = json!({
            "numbers": [{ "name": "workers", "min": 1, "max": 256 }],
            "flags": [{ "name": "timeline" }],
        });
        let check = |args: &[&str]| order(args).unwrap().check(&options);
        for fine in [
            &[][..],
            &["--workers", "1"],
            &["--timeline", "--workers", "256"],
            &["-h"],
        ] {
            assert_eq!(check(fine), Ok(()), "{fine:?}");
        }
        for odd in [
            &["--workers", "0"][..],
            &["--workers", "257"],
            &["--workers"],
            &["--workers", "-1"],
            &["--workers", "many"],
            &["--workers=2"],
            &["--size", "10"],
            &["7"],
            &["-x"],
            &["--timeline", "3"],
        ] {
            assert!(check(odd).is_err(), "{odd:?}");
        }
    }
}
