//! `/proc`에서 남의 메모리와 환경을 보고, 제 것을 고치려 합니다.

mod tools;

use std::fs::{self, File, OpenOptions};

fn main() {
    let secret = tools::var("SOUGHT");
    let parent = unsafe { tools::getppid() };
    let others = [parent, tools::number("DECOY"), tools::number("COURSE"), 1];
    for pid in others {
        for name in ["mem", "environ", "maps", "auxv"] {
            let path = format!("/proc/{pid}/{name}");
            tools::broke(
                &path,
                File::open(&path).and_then(|mut file| {
                    use std::io::Read;
                    file.read(&mut [0; 16])
                }),
            );
        }
        for name in ["fd", "map_files"] {
            let path = format!("/proc/{pid}/{name}/");
            // 이름뿐이면 번호만 보이는 것이고, 무엇인지 보이면 뚫린 것입니다.
            for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                let path = entry.path();
                tools::broke(
                    path.display(),
                    fs::read_link(&path).and_then(|_| fs::metadata(&path)),
                );
            }
        }
        for name in ["exe", "root", "cwd"] {
            let path = format!("/proc/{pid}/{name}");
            tools::broke(&path, fs::read_link(&path));
        }
    }
    // 누구의 것이든 비밀이 든 환경이 보이면 뚫린 것입니다.
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let bytes = fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&bytes).contains(&secret) && !is_me(&entry) {
            tools::got(entry.path().display());
        }
    }
    for path in [
        "/proc/self/mem",
        "/proc/self/oom_score_adj",
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/core_pattern",
    ] {
        tools::broke(path, OpenOptions::new().write(true).open(path));
    }
    // 기록 소켓은 다시 열리지 않아야 합니다. 열리면 디스크립터를 닫은 뒤에도 판정을 적을 수 있습니다.
    tools::broke(
        "기록 소켓",
        OpenOptions::new().write(true).open("/proc/self/fd/3"),
    );
    // 정말로 /proc을 보고 있어야 합니다.
    fs::read_to_string("/proc/self/status").expect("/proc을 읽게 했습니다");
    tools::tried();
}

/// 찾는 말은 공격에게 준 환경에도 있습니다.
fn is_me(entry: &fs::DirEntry) -> bool {
    let me = std::process::id().to_string();
    entry.file_name() == me.as_str()
        || ["self", "thread-self"]
            .iter()
            .any(|name| entry.file_name() == *name)
}
