//! 제출물과 채점기를 우리(cage) 안에서 컴파일합니다.
//!
//! 컴파일도 믿을 수 없는 일입니다. `include_str!`은 파일을 읽고, 상수 계산은 끝나지 않을 수 있고,
//! 매크로는 메모리를 다 쓸 수 있습니다. 그래서 제출물은 제 파일 하나만 보이는 곳에서 먼저 따로 컴파일합니다.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    cage::{self, End, Job, Limits, Outcome},
    exercise::{Exercise, Kind, Need},
    fault::{Fault, Result},
    kit::{Kit, Kits},
    modelled, scratch,
};

/// 컴파일한 제출물입니다. 버리면 폴더도 사라집니다.
#[derive(Debug)]
pub struct Built {
    /// 채점기의 실행 파일이 있는 폴더입니다.
    pub folder: TempDir,
    /// 채점기입니다.
    pub grader: PathBuf,
    /// 선생님의 폴더가 더한 검사의 채점기입니다.
    pub added: Option<PathBuf>,
    /// `kind = "program"`일 때 학생의 프로그램입니다.
    pub program: Option<PathBuf>,
}

/// 제출물을 컴파일한 결과입니다.
#[derive(Debug)]
pub enum Compiled {
    /// 되었습니다.
    Done(Built),
    /// 학생의 코드가 컴파일되지 않습니다. 학생에게 할 말입니다.
    Refused(String),
}

/// 컴파일 한 번의 한계입니다.
///
/// 벽시계는 남의 일로도 늘어지므로 넉넉히 두고, 끝나지 않는 컴파일은 CPU로 가립니다. 보통의 제출물은 이것의
/// 10분의 1도 쓰지 않습니다.
const LIMITS: Limits = Limits {
    wall: Duration::from_secs(600),
    cpu: Duration::from_secs(20),
    memory: 2 << 30,
    output: 1 << 20,
    file: 256 << 20,
    processes: 48,
};

/// 학생의 코드 `source`를 문제의 채점기와 함께 컴파일합니다.
///
/// # Errors
/// 채점기가 컴파일되지 않거나 파일을 다룰 수 없을 때입니다. 학생의 잘못이 아닙니다.
pub fn compile(kits: &Kits, exercise: &Exercise, source: &str) -> Result<Compiled> {
    let kit = kits.of(exercise)?;
    let folder = scratch::folder()?;
    let alone = folder.path().join("submission");
    // 컴파일러와 패닉의 말에 학생이 아는 길(`examples/…`)이 나오도록 같은 길에 둡니다.
    let file = Path::new("examples").join(exercise.file_name());
    let place = alone.join(&file);
    fs::create_dir_all(place.parent().unwrap_or(&alone))
        .and_then(|()| fs::write(&place, source))
        .map_err(|error| Fault::file("제출물을 적지 못했습니다", &place, &error))?;

    let model = exercise.meta.needs.contains(&Need::Model);
    if model && let Some(said) = modelled::globals(&exercise.file_name(), source) {
        return Ok(Compiled::Refused(said));
    }
    let mut args = common(kit);
    args.extend(["--crate-name", "submission", "-Awarnings"].map(OsString::from));
    if !exercise.meta.allow_unsafe {
        args.push("-Funsafe_code".into());
    }
    for krate in &exercise.meta.crates {
        args.extend(external(kit, krate, krate)?);
    }
    let (kind, product) = match exercise.meta.kind {
        Kind::Functions => ("rlib", alone.join("libsubmission.rlib")),
        Kind::Program => ("bin", alone.join("submission")),
    };
    args.extend([
        "--crate-type".into(),
        kind.into(),
        "-o".into(),
        product.clone().into(),
    ]);
    args.push(file.into());
    let plain = args.clone();
    if model {
        // `core::sync::atomic`으로 모델을 빠져나가지 못하게 core의 자리에도 놓습니다.
        for name in ["std", "core"] {
            args.extend(external(kit, name, "model_std")?);
        }
    }
    let outcome = rustc(kit, args, &alone, Vec::new())?;
    if outcome.end != End::Exited(0) || !product.is_file() {
        let said = if model {
            refusal_by_model(kit, source, plain, &alone, &outcome)?
        } else {
            refusal(&outcome)
        };
        return Ok(Compiled::Refused(said));
    }

    let judge = folder.path().join("judge");
    fs::create_dir(&judge).map_err(|error| Fault::file("만들지 못했습니다", &judge, &error))?;
    let built = Built {
        grader: judge.join("grader"),
        added: exercise.added.as_ref().map(|_| judge.join("added")),
        program: (exercise.meta.kind == Kind::Program).then(|| product.clone()),
        folder,
    };
    let sources = [Some(exercise.grader()), exercise.added_grader()];
    let products = [Some(built.grader.clone()), built.added.clone()];
    for (from, to) in sources.into_iter().zip(products) {
        let (Some(from), Some(to)) = (from, to) else {
            continue;
        };
        if let Some(said) = grader(kit, exercise, &from, &to, &product)? {
            return Ok(Compiled::Refused(said));
        }
    }
    Ok(Compiled::Done(built))
}

/// 채점기 하나를 컴파일합니다. 학생이 고칠 일이면 그 말을 줍니다.
fn grader(
    kit: &Kit,
    exercise: &Exercise,
    from: &Path,
    to: &Path,
    submission: &Path,
) -> Result<Option<String>> {
    let mut args = common(kit);
    args.extend(["--crate-name", "grader", "--crate-type", "bin"].map(OsString::from));
    for krate in ["witness", "serde", "serde_json", "nix", "noriteo"] {
        args.extend(external(kit, krate, krate)?);
    }
    if exercise.meta.needs.contains(&Need::Model) {
        args.extend(external(kit, "model_std", "model_std")?);
    }
    let functions = exercise.meta.kind == Kind::Functions;
    if functions {
        args.extend(["--extern".into(), joined("submission=", submission)]);
    }
    args.extend(["-o".into(), to.into(), from.into()]);
    let mut readable: Vec<PathBuf> = from.parent().map(Path::to_owned).into_iter().collect();
    readable.extend(submission.parent().map(Path::to_owned));
    let dir = to.parent().unwrap_or(Path::new("/"));
    let outcome = rustc(kit, args, dir, readable)?;
    if outcome.end == End::Exited(0) && to.is_file() {
        // 숨긴 검사가 들어 있으므로 아무도 읽지 못하게 합니다. 실행은 됩니다.
        #[cfg(unix)]
        fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(0o111))
            .map_err(|error| Fault::file("읽지 못하게 하지 못했습니다", to, &error))?;
        return Ok(None);
    }
    let said = refusal(&outcome);
    // 제네릭 함수는 채점기를 컴파일할 때 펼쳐집니다. 그때 끝나지 않거나 넘치는 것도 학생의 코드입니다.
    // 채점기 자신은 출발 파일로 컴파일해 보았습니다(`grade`).
    if functions && matches!(outcome.end, End::Cpu | End::Memory | End::Output) {
        return Ok(Some(said));
    }
    // 함수의 이름이나 꼴을 바꾸면 채점기와 맞지 않습니다. 그것은 학생이 고칠 일입니다.
    if functions && said.contains("submission") {
        return Ok(Some(
            "채점기가 부르는 함수의 이름이나 꼴이 바뀌었습니다. 출발 파일의 `pub fn` 줄은 그대로 두세요."
                .to_owned(),
        ));
    }
    Err(Fault(format!(
        "{}의 채점기가 컴파일되지 않습니다.\n{said}",
        exercise.meta.id
    )))
}

fn common(kit: &Kit) -> Vec<OsString> {
    // 최적화하지 않으면 컴파일의 CPU가 4분의 1입니다. 판정은 시간을 재지 않으므로 달라지지 않습니다.
    // 차례를 수천 번 바꾸어 돌리는 문제도 그렇습니다. 엔진은 따로 최적화되어 있어, 줄어드는 컴파일이 늘어나는 실행의 몇 배입니다.
    // 학생이 `cargo run`으로 볼 때(dev)와 같이 넘친 정수에 패닉합니다.
    let mut args: Vec<OsString> = [
        "--edition=2024",
        "-Copt-level=0",
        "-Cdebug-assertions=on",
        "-Ccodegen-units=4",
        "--color=never",
    ]
    .map(OsString::from)
    .into();
    args.extend(["-L".into(), joined("dependency=", &kit.folder)]);
    args
}

fn external(kit: &Kit, name: &str, krate: &str) -> Result<[OsString; 2]> {
    let path = kit.crates.get(krate).ok_or_else(|| {
        Fault(format!(
            "`{krate}` 크레이트는 제출물에 줄 수 없습니다. exercise.toml의 crates를 고치세요."
        ))
    })?;
    Ok(["--extern".into(), joined(&format!("{name}="), path)])
}

fn joined(left: &str, right: &Path) -> OsString {
    let mut whole = OsString::from(left);
    whole.push(right);
    whole
}

fn rustc(kit: &Kit, args: Vec<OsString>, dir: &Path, more: Vec<PathBuf>) -> Result<Outcome> {
    let mut readable = system();
    readable.extend([kit.sysroot.clone(), kit.folder.clone()]);
    readable.extend(more);
    let outcome = cage::run(&Job {
        program: kit.rustc(),
        args,
        env: environment(dir),
        dir: dir.to_owned(),
        runnable: Vec::new(),
        readable,
        proc: true,
        stdin: Vec::new(),
        limits: LIMITS,
    })?;
    if outcome.end == End::Wall {
        return Err(Fault::new(
            "컴퓨터가 너무 바빠 컴파일을 끝내지 못했습니다. 다른 일을 줄이고 다시 하세요.",
        ));
    }
    Ok(outcome)
}

/// 어느 프로그램에나 필요한 곳입니다.
pub fn system() -> Vec<PathBuf> {
    [
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/etc/ld.so.cache",
        "/etc/alternatives",
    ]
    .map(PathBuf::from)
    .into_iter()
    .filter(|path| path.exists())
    .collect()
}

/// 물려주는 환경 변수는 이것뿐입니다.
pub fn environment(dir: &Path) -> Vec<(OsString, OsString)> {
    vec![
        ("PATH".into(), "/usr/bin:/bin".into()),
        ("HOME".into(), dir.into()),
        ("TMPDIR".into(), dir.into()),
        ("LANG".into(), "C.UTF-8".into()),
    ]
}

/// 모델로 컴파일되지 않은 까닭입니다. 진짜 `std`로도(`plain`) 컴파일해 보아, 모델 때문인 것은 우리말로 말하고
/// 나머지는 학생이 아는 `std`의 이름으로 적힌 컴파일러의 말을 그대로 전합니다.
fn refusal_by_model(
    kit: &Kit,
    source: &str,
    mut plain: Vec<OsString>,
    dir: &Path,
    modelled: &Outcome,
) -> Result<String> {
    if !matches!(modelled.end, End::Exited(_)) {
        return Ok(refusal(modelled));
    }
    plain.push("--emit=metadata".into());
    let real = rustc(kit, plain, dir, Vec::new())?;
    let text = |outcome: &Outcome| String::from_utf8_lossy(&outcome.stderr).into_owned();
    let missing = modelled::missing(source, &text(modelled), &text(&real));
    Ok(match (missing, &real.end) {
        (Some(missing), End::Exited(0)) => missing,
        (Some(missing), _) => format!("{missing}\n\n{}", refusal(&real)),
        (None, End::Exited(0)) => refusal(modelled),
        (None, _) => refusal(&real),
    })
}

/// 컴파일되지 않은 까닭입니다.
fn refusal(outcome: &Outcome) -> String {
    match outcome.end {
        End::Cpu => {
            "컴파일이 CPU 20초를 쓰고도 끝나지 않았습니다. 끝나지 않는 상수 계산이 있는지 보세요."
                .to_owned()
        }
        End::Memory => {
            "컴파일이 메모리 2 GiB를 넘었습니다. 끝없이 펼쳐지는 매크로가 있는지 보세요.".to_owned()
        }
        End::Output => "컴파일러의 말이 1 MiB를 넘었습니다.".to_owned(),
        _ => format!(
            "컴파일되지 않습니다.\n\n{}",
            String::from_utf8_lossy(&outcome.stderr)
        ),
    }
}
