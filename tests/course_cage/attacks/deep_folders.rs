//! 끝없이 깊은 폴더를 만들고, 아무도 들어가지 못하게 합니다. 이름이 길어 경로로는 닿을 수 없게 됩니다.

mod tools;

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
};

fn main() {
    tools::tried();
    let _ = symlink(tools::var("HIDDEN"), "link");
    let _ = symlink("link", "link2");
    let name = "깊은".repeat(30);
    loop {
        if fs::create_dir(&name).is_err() || env::set_current_dir(&name).is_err() {
            continue;
        }
        let _ = fs::write("file", "x");
        let _ = fs::set_permissions("..", fs::Permissions::from_mode(0o000));
    }
}
