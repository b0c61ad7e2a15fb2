//! 제출물과 채점기가 링크할 것(`noriteo`, `witness`, `model_std`)을 미리 지어 한 폴더에 모읍니다.
//!
//! 우리(cage) 안의 컴파일러는 이 폴더와 도구만 읽습니다. 저장소와 숨긴 검사는 보이지 않습니다.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

use crate::{
    exercise::{Exercise, Need},
    fault::{Fault, Result},
};

/// 문제마다 쓸 것을 고릅니다. 처음 쓸 때 한 번만 짓습니다.
#[derive(Debug)]
pub struct Kits {
    root: PathBuf,
    plain: OnceLock<Result<Kit>>,
    cluster: OnceLock<Result<Kit>>,
}

/// 지어 모은 것입니다.
#[derive(Clone, Debug)]
pub struct Kit {
    /// 모아 둔 폴더입니다.
    pub folder: PathBuf,
    /// 바로 쓰는 크레이트의 `.rlib`입니다.
    pub crates: BTreeMap<String, PathBuf>,
    /// 컴파일러의 폴더입니다(`rustc --print sysroot`).
    pub sysroot: PathBuf,
}

/// 짓는 법입니다.
struct Recipe {
    /// 모을 폴더입니다. 뿌리에서 봅니다.
    folder: &'static str,
    /// cargo에 더 줄 것입니다.
    flags: &'static [&'static str],
    /// 바로 쓰는 크레이트와 그것을 짓는 패키지입니다.
    wanted: &'static [(&'static str, &'static str)],
}

/// 보통의 문제에 쓰는 것입니다.
const PLAIN: Recipe = Recipe {
    folder: "target/course/kit",
    flags: &[],
    wanted: &[
        ("noriteo", "noriteo"),
        ("witness", "noriteo-witness"),
        ("model_std", "noriteo-model-std"),
        ("serde", "noriteo-witness"),
        ("serde_json", "noriteo-witness"),
        ("nix", "noriteo-witness"),
    ],
};

/// 기능 `cluster`를 켠 `noriteo`입니다. timely를 짓느라 오래 걸리므로 필요한 문제만 씁니다.
/// 같은 폴더에 지으면 두 `noriteo`가 서로를 덮으므로, 6장의 검사가 쓰는 폴더에 짓습니다.
const CLUSTER: Recipe = Recipe {
    folder: "target/course/kit-cluster",
    flags: &[
        "--features",
        "noriteo/cluster",
        "--target-dir",
        "target/cluster",
    ],
    wanted: &[
        ("noriteo", "noriteo"),
        ("timely", "noriteo"),
        ("witness", "noriteo-witness"),
        ("serde", "noriteo-witness"),
        ("serde_json", "noriteo-witness"),
        ("nix", "noriteo-witness"),
    ],
};

impl Kits {
    /// 아직 아무것도 짓지 않습니다.
    pub fn new(root: &Path) -> Kits {
        Kits {
            root: root.to_owned(),
            plain: OnceLock::new(),
            cluster: OnceLock::new(),
        }
    }

    /// 이 문제에 쓰는 것입니다.
    ///
    /// # Errors
    /// cargo나 rustc를 실행하지 못했거나 짓지 못했습니다.
    pub fn of(&self, exercise: &Exercise) -> Result<&Kit> {
        let (kit, recipe) = if exercise.meta.needs.contains(&Need::Cluster) {
            (&self.cluster, &CLUSTER)
        } else {
            (&self.plain, &PLAIN)
        };
        kit.get_or_init(|| Kit::build(&self.root, recipe))
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl Kit {
    /// 짓고 모읍니다. 지은 것이 있으면 다시 짓지 않습니다.
    ///
    /// # Errors
    /// cargo나 rustc를 실행하지 못했거나 짓지 못했습니다.
    fn build(root: &Path, recipe: &Recipe) -> Result<Kit> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .current_dir(root)
            .args(["build", "--quiet", "--message-format=json"]);
        let mut packages: Vec<&str> = recipe.wanted.iter().map(|(_, package)| *package).collect();
        packages.dedup();
        for package in packages {
            command.args(["--package", package]);
        }
        let built = command
            .arg("--lib")
            .args(recipe.flags)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| {
                Fault(format!(
                    "cargo를 실행하지 못했습니다: {error}. Rust를 다시 설치하세요."
                ))
            })?;
        if !built.status.success() {
            return Err(Fault::new(
                "채점에 쓸 크레이트를 짓지 못했습니다. 위의 오류를 고치세요.",
            ));
        }
        let sysroot = Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(root)
            .output()
            .map_err(|error| {
                Fault(format!(
                    "rustc를 실행하지 못했습니다: {error}. Rust를 다시 설치하세요."
                ))
            })?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
        let folder = root.join(recipe.folder);
        fs::create_dir_all(&folder)
            .map_err(|error| Fault::file("폴더를 만들지 못했습니다", &folder, &error))?;
        let mut crates = BTreeMap::new();
        for line in built.stdout.split(|byte| *byte == b'\n') {
            let Ok(message) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            if message["reason"] != "compiler-artifact" {
                continue;
            }
            let name = message["target"]["name"]
                .as_str()
                .unwrap_or_default()
                .replace('-', "_");
            let files = message["filenames"].as_array().cloned().unwrap_or_default();
            for file in files.iter().filter_map(Value::as_str).map(Path::new) {
                // .rmeta는 두지 않습니다. .rlib에 다 들어 있고, 둘이 있으면 컴파일러가 .rmeta를 골라 링크하지 못합니다.
                let kept = [Some("rlib"), Some("so"), Some("dylib")];
                if !kept.contains(&file.extension().and_then(|ext| ext.to_str())) {
                    continue;
                }
                let copy = place(file, &folder)?;
                let wanted = recipe.wanted.iter().any(|(krate, _)| *krate == name);
                if wanted && copy.extension().is_some_and(|ext| ext == "rlib") {
                    crates.insert(name.clone(), copy);
                }
            }
        }
        for (krate, _) in recipe.wanted {
            if !crates.contains_key(*krate) {
                return Err(Fault(format!(
                    "`{krate}` 크레이트의 지은 것을 찾지 못했습니다. `cargo clean` 뒤에 다시 하세요."
                )));
            }
        }
        Ok(Kit {
            folder,
            crates,
            sysroot,
        })
    }

    /// 컴파일러입니다. rustup의 대리(proxy)가 아니라 진짜입니다.
    pub fn rustc(&self) -> PathBuf {
        self.sysroot.join("bin/rustc")
    }
}

/// 파일을 모으는 폴더로 베낍니다. 내용이 바뀌지 않았으면 그대로 둡니다.
fn place(file: &Path, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join(file.file_name().unwrap_or_default());
    let same = |a: &fs::Metadata, b: &fs::Metadata| {
        a.len() == b.len() && a.modified().ok() <= b.modified().ok()
    };
    if let (Ok(from), Ok(to)) = (file.metadata(), copy.metadata())
        && same(&from, &to)
    {
        return Ok(copy);
    }
    let draft = folder.join(format!(".draft-{}", std::process::id()));
    fs::copy(file, &draft)
        .and_then(|_| fs::rename(&draft, &copy))
        .map_err(|error| Fault::file("베끼지 못했습니다", file, &error))?;
    Ok(copy)
}
