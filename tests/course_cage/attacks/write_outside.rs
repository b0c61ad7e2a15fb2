//! 일하는 폴더 밖에 쓰려 합니다.

mod tools;

use std::{
    fs::{self, File, OpenOptions, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

fn main() {
    let mark = tools::var("MARK");
    let (hidden, outside) = (tools::var("HIDDEN"), tools::var("OUTSIDE"));
    for folder in [
        outside.as_str(),
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/",
        "/dev",
        "/run",
        "/usr/bin",
        "/etc",
        "..",
    ] {
        let folder = Path::new(folder);
        tools::broke(
            format!("파일 {}", folder.display()),
            File::create(folder.join(&mark)),
        );
        tools::broke(
            format!("폴더 {}", folder.display()),
            fs::create_dir(folder.join(&mark)),
        );
        tools::broke(
            format!("링크 {}", folder.display()),
            symlink("x", folder.join(&mark)),
        );
    }
    tools::broke("덧쓰기", OpenOptions::new().append(true).open(&hidden));
    tools::broke(
        "비우기",
        OpenOptions::new().write(true).truncate(true).open(&hidden),
    );
    tools::broke("지우기", fs::remove_file(&hidden));
    tools::broke(
        "권한",
        fs::set_permissions(&hidden, Permissions::from_mode(0o777)),
    );
    symlink(&hidden, "link").expect("링크는 만들 수 있습니다");
    tools::broke("링크로 쓰기", OpenOptions::new().append(true).open("link"));
    symlink(&outside, "folder").expect("링크는 만들 수 있습니다");
    tools::broke(
        "링크로 만들기",
        File::create(Path::new("folder").join(&mark)),
    );
    // 저장 장치와 커널의 메모리입니다. 1:1은 /dev/mem, 8:0은 첫 디스크입니다.
    for (name, mode, device) in [("mem", 0o020_666, 0x101), ("disk", 0o060_666, 0x800)] {
        let done = unsafe { tools::mknod(tools::c(name).as_ptr(), mode, device) };
        tools::broke_call(format!("장치 {name}"), done.into());
    }
    for path in [
        "/dev/mem",
        "/dev/kmsg",
        "/dev/tty",
        "/dev/sda",
        "/dev/vda",
        "/dev/ptmx",
    ] {
        tools::broke(path, OpenOptions::new().write(true).open(path));
    }
    tools::tried();
}
