//! Landlock입니다: 허락한 파일만 만지고, TCP를 쓰지 않고, 우리 밖에 시그널을 보내지 않습니다(`landlock(7)`).

use std::{ffi::OsStr, path::Path};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use super::Spec;

/// 쓰도록 허락하는 장치입니다.
pub const DEVICES: [&str; 3] = ["/dev/null", "/dev/zero", "/dev/urandom"];

/// 커널에 이만큼 있으면 다 씁니다. 없는 것은 있는 데까지만 두릅니다.
const WANTED: ABI = ABI::V6;

/// 두를 규칙입니다. 파일은 지금 열어 두므로, 권한을 내려놓기 전에 만듭니다.
pub fn prepare(spec: &Spec, readable: &[&OsStr]) -> Result<RulesetCreated, String> {
    let failed =
        |error: landlock::RulesetError| format!("Landlock 규칙을 만들지 못했습니다({error})");
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(WANTED)))
        .and_then(|rules| rules.scope(Scope::from_all(WANTED)))
        .and_then(Ruleset::create)
        .map_err(failed)?;
    let inside = AccessFs::from_all(WANTED)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    rules = allow(rules, &spec.dir, inside)?;
    for path in readable {
        rules = allow(rules, path, AccessFs::from_read(WANTED))?;
    }
    // 커널은 실행할 파일도 읽으려고 엽니다. 그래서 Landlock으로는 읽기만 따로 막지 못합니다. 파일의 권한이 막습니다.
    for path in &spec.runnable {
        rules = allow(rules, path, AccessFs::from_read(WANTED))?;
    }
    for device in DEVICES {
        if Path::new(device).exists() {
            let access = AccessFs::ReadFile | AccessFs::WriteFile;
            rules = allow(rules, OsStr::new(device), access)?;
        }
    }
    if spec.proc {
        let access = AccessFs::ReadFile | AccessFs::ReadDir;
        rules = allow(rules, OsStr::new("/proc"), access)?;
    }
    Ok(rules)
}

fn allow(
    rules: RulesetCreated,
    path: &OsStr,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, String> {
    let failed = |error: String| {
        let path = path.display();
        format!(
            "{path} 을(를) 읽게 하지 못했습니다({error}). 가둔 프로그램의 사용자도 거기까지 갈 수 있는지 보세요"
        )
    };
    let is_dir = Path::new(path)
        .metadata()
        .map_err(|error| failed(error.to_string()))?
        .is_dir();
    // 파일에는 폴더의 권리를 줄 수 없습니다.
    let access = if is_dir {
        access
    } else {
        access & AccessFs::from_file(WANTED)
    };
    let fd = PathFd::new(path).map_err(|error| failed(error.to_string()))?;
    rules
        .add_rule(PathBeneath::new(fd, access))
        .map_err(|error| failed(error.to_string()))
}

/// 지금부터 이 프로세스와 자손에 두릅니다. 얼마나 둘렀는지 돌려줍니다.
pub fn enforce(rules: RulesetCreated) -> Result<&'static str, String> {
    let status = rules
        .restrict_self()
        .map_err(|error| format!("Landlock을 두르지 못했습니다({error})"))?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => "full",
        RulesetStatus::PartiallyEnforced => "partial",
        RulesetStatus::NotEnforced => "none",
    })
}
