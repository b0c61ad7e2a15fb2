//! 시험이 남기는 증거입니다: 수치와 그 한계를 `target/evidence/이름.json`에 적습니다.
//!
//! 책과 README는 여기 적힌 수치를 옮길 뿐, 손으로 적지 않습니다.
//!
//! ```no_run
//! use noriteo::measure::evidence::{self, Evidence};
//!
//! let holds = evidence::write(
//!     "locked_sum",
//!     &[Evidence::new("C12", "락에 묶인 두 스레드의 시간은 한 스레드의 몇 배인가", 1.02, "배").within(0.9, 1.3)],
//! )?;
//! assert!(holds);
//! # Ok::<(), noriteo::Error>(())
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};

use super::{Machine, now_utc};
use crate::{Error, Result};

/// 잰 수치 하나와 그것이 지켜야 할 한계입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    id: String,
    what: String,
    figure: f64,
    unit: String,
    low: Option<f64>,
    high: Option<f64>,
}

impl Evidence {
    /// 한계가 없는 수치를 적습니다. 한계는 [`Evidence::at_least`]들로 더합니다.
    ///
    /// `id`는 주장 번호(예: `C12`)나 시험 이름, `what`은 무엇을 재었는지, `unit`은 단위(예: `배`, `ms`)입니다.
    pub fn new(
        id: impl Into<String>,
        what: impl Into<String>,
        figure: f64,
        unit: impl Into<String>,
    ) -> Evidence {
        Evidence {
            id: id.into(),
            what: what.into(),
            figure,
            unit: unit.into(),
            low: None,
            high: None,
        }
    }

    /// 수치가 `low` 이상이어야 합니다.
    pub fn at_least(mut self, low: f64) -> Evidence {
        self.low = Some(low);
        self
    }

    /// 수치가 `high` 이하여야 합니다.
    pub fn at_most(mut self, high: f64) -> Evidence {
        self.high = Some(high);
        self
    }

    /// 수치가 `low` 이상 `high` 이하여야 합니다.
    pub fn within(self, low: f64, high: f64) -> Evidence {
        self.at_least(low).at_most(high)
    }

    /// 수치가 바로 `value`여야 합니다. 개수처럼 정확한 수치에 씁니다.
    pub fn equals(self, value: f64) -> Evidence {
        self.within(value, value)
    }

    /// 수치가 한계를 지켰는지 알려 줍니다. 한계가 없으면 지킨 것이고, NaN은 언제나 어긴 것입니다.
    pub fn holds(&self) -> bool {
        self.low.is_none_or(|low| self.figure >= low)
            && self.high.is_none_or(|high| self.figure <= high)
            && !self.figure.is_nan()
    }

    /// 한계를 글로 적습니다. 예: `≥ 1.5`, `0.9–1.3`, `= 40`. 없으면 `None`입니다.
    pub fn bound(&self) -> Option<String> {
        match (self.low, self.high) {
            (None, None) => None,
            (Some(low), None) if low == f64::MIN_POSITIVE => Some("> 0".to_owned()),
            (Some(low), None) => Some(format!("≥ {low}")),
            (None, Some(high)) => Some(format!("≤ {high}")),
            (Some(low), Some(high)) if low == high => Some(format!("= {low}")),
            (Some(low), Some(high)) => Some(format!("{low}–{high}")),
        }
    }

    fn to_json(&self, machine: &str, date: &str) -> Value {
        json!({
            "id": self.id,
            "what": self.what,
            "figure": json_number(self.figure),
            "unit": self.unit,
            "bound": self.bound(),
            "holds": self.holds(),
            "machine": machine,
            "date": date,
        })
    }
}

/// 정수는 정수로 적습니다. NaN과 무한은 JSON에 없으므로 null이 됩니다.
fn json_number(figure: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if figure.fract() == 0.0 && figure.abs() <= EXACT {
        json!(figure as i64)
    } else {
        json!(figure)
    }
}

/// 증거를 `target/evidence/NAME.json`에 적고, 모든 수치가 한계를 지켰는지 돌려줍니다.
///
/// 파일은 통째로 바뀝니다. 적는 도중에 멈춰도 반쯤 적힌 파일이 남지 않습니다.
/// 한계를 어긴 수치도 적습니다. 부른 쪽이 돌려받은 값을 `assert!`로 확인합니다.
///
/// # Errors
/// 이름이 영문 소문자, 숫자, `-`, `_`만으로 되어 있지 않거나 증거가 하나도 없으면 [`Error::BadInput`],
/// 폴더를 찾지 못하거나 적지 못하면 [`Error::Os`]나 [`Error::BadInput`]입니다.
pub fn write(name: &str, evidence: &[Evidence]) -> Result<bool> {
    write_in(&dir()?, name, evidence)
}

/// 증거 폴더 `target/evidence`입니다. 아직 없을 수도 있습니다.
///
/// 환경 변수 `CARGO_TARGET_DIR`가 절대 경로이면 그 아래, 아니면 지금 도는 실행 파일을 품은
/// cargo의 빌드 폴더(`CACHEDIR.TAG`가 있거나 이름이 `target`인 곳) 아래입니다.
///
/// # Errors
/// cargo의 빌드 폴더를 찾지 못하면 [`Error::BadInput`]입니다.
pub fn dir() -> Result<PathBuf> {
    // 상대 경로는 cargo를 부른 폴더에서 센 것인데, 시험은 다른 폴더에서 돕니다.
    let named = env::var_os("CARGO_TARGET_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let exe = env::current_exe()
        .map_err(|source| Error::os("실행 파일의 자리를 알아내지 못했습니다", source))?;
    named
        .or_else(|| target_of(&exe))
        .map(|target| target.join("evidence"))
        .ok_or_else(|| Error::BadInput {
            message: format!(
                "{}은 cargo의 빌드 폴더 안에 있지 않아 증거를 둘 곳을 모릅니다. \
                 CARGO_TARGET_DIR에 절대 경로를 적어 주세요",
                exe.display()
            ),
        })
}

fn target_of(exe: &Path) -> Option<PathBuf> {
    exe.ancestors()
        .skip(1)
        .find(|dir| dir.join("CACHEDIR.TAG").is_file() || dir.ends_with("target"))
        .map(Path::to_path_buf)
}

fn write_in(dir: &Path, name: &str, evidence: &[Evidence]) -> Result<bool> {
    let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Error::BadInput {
            message: format!("증거 이름 {name:?}에는 영문 소문자, 숫자, -, _만 쓸 수 있습니다"),
        });
    }
    if evidence.is_empty() {
        return Err(Error::BadInput {
            message: format!("증거 {name}에 적을 수치가 없습니다. 하나 이상 넘겨 주세요"),
        });
    }
    let (machine, date) = (Machine::detect().to_string(), now_utc());
    let rows: Vec<Value> = evidence
        .iter()
        .map(|one| one.to_json(&machine, &date))
        .collect();
    replace(
        &dir.join(format!("{name}.json")),
        &format!("{:#}\n", Value::Array(rows)),
    )?;
    Ok(evidence.iter().all(Evidence::holds))
}

/// 옆에 새로 적은 뒤 이름을 바꿉니다. 읽는 쪽은 옛 것이나 새 것을 볼 뿐 반쪽을 보지 않습니다.
fn replace(path: &Path, text: &str) -> Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let new = path.with_extension(format!("{}-{number}.new", process::id()));
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&new);
        Error::os(format!("{}에 적지 못했습니다", path.display()), source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64) -> Evidence {
        Evidence::new("id", "무엇", value, "배")
    }

    #[test]
    fn bounds_are_computed_not_claimed() {
        assert!(figure(1.5).at_least(1.5).holds());
        assert!(!figure(1.49).at_least(1.5).holds());
        assert!(figure(1.5).at_most(1.5).holds());
        assert!(!figure(1.51).at_most(1.5).holds());
        assert!(figure(40.0).equals(40.0).holds());
        assert!(!figure(41.0).equals(40.0).holds());
        assert!(!figure(0.5).within(0.9, 1.3).holds());
        assert!(!figure(1.5).within(0.9, 1.3).holds());
        assert!(figure(7.0).holds());
        assert!(!figure(f64::NAN).holds());
        assert!(!figure(1.0).at_least(f64::NAN).holds());
    }

    #[test]
    fn bounds_are_told() {
        assert_eq!(figure(1.0).bound(), None);
        let positive = figure(1.0).at_least(f64::MIN_POSITIVE).bound();
        assert_eq!(positive.as_deref(), Some("> 0"));
        assert_eq!(figure(1.0).at_least(1.5).bound().as_deref(), Some("≥ 1.5"));
        assert_eq!(figure(1.0).at_most(2.0).bound().as_deref(), Some("≤ 2"));
        assert_eq!(figure(1.0).equals(40.0).bound().as_deref(), Some("= 40"));
        let both = figure(1.0).within(0.9, 1.3).bound();
        assert_eq!(both.as_deref(), Some("0.9–1.3"));
    }

    #[test]
    fn numbers_fit_json() {
        assert_eq!(json_number(40.0).to_string(), "40");
        assert_eq!(json_number(0.57).to_string(), "0.57");
        assert_eq!(json_number(1e300).as_f64(), Some(1e300));
        assert!(json_number(f64::NAN).is_null());
        assert!(json_number(f64::INFINITY).is_null());
    }

    #[test]
    fn the_build_folder_is_found_upwards() {
        let found = target_of(Path::new("/없는/폴더/target/debug/deps/measure-12"));
        assert_eq!(found, Some(PathBuf::from("/없는/폴더/target")));
        assert_eq!(target_of(Path::new("/없는/폴더/bin/measure")), None);
    }
}
