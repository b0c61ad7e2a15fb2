//! 숨긴 검사를 읽으려 합니다: 경로, 심볼릭 링크, 하드 링크, 위로 오르기, 환경.

mod tools;

use std::{
    env,
    fs::{self, File},
    os::unix::fs::symlink,
};

fn main() {
    let hidden = tools::var("HIDDEN");
    let outside = tools::var("OUTSIDE");
    tools::broke("경로", File::open(&hidden));
    tools::broke("폴더의 목록", fs::read_dir(&outside));
    symlink(&hidden, "link").expect("링크는 만들 수 있습니다");
    tools::broke("심볼릭 링크", File::open("link"));
    tools::broke("하드 링크", fs::hard_link(&hidden, "hard"));
    tools::broke("이름 바꾸기", fs::rename(&hidden, "moved"));
    tools::broke("베끼기", fs::copy(&hidden, "copied"));
    let up = format!("{}{hidden}", "../".repeat(30));
    tools::broke("위로 오르기", File::open(up));
    tools::broke(
        "폴더 링크",
        symlink(&outside, "folder").and_then(|()| fs::read_dir("folder")),
    );
    // 허락한 것의 길목은 보일 수 있어도, 그 밖의 것은 이름도 보이지 않아야 합니다.
    for entry in fs::read_dir("/").into_iter().flatten().flatten() {
        if ["boot", "home", "root", "sys", "var"]
            .iter()
            .any(|name| entry.file_name() == *name)
        {
            tools::got(entry.path().display());
        }
    }
    tools::broke("비밀번호 파일", File::open("/etc/passwd"));
    for (name, value) in env::vars() {
        if value.contains(tools::var("SOUGHT").as_str()) && name != "SOUGHT" {
            tools::got(format!("환경 {name}"));
        }
    }
    tools::tried();
}
