//! 커널의 네트워크를 갈라 호스트 둘을 만듭니다. root일 때에만 되고, 안 되면 그 줄을 뺍니다.

use std::process::{Command, Stdio};

/// 갈라 놓은 두 네트워크입니다. 버리면 없앱니다.
pub struct Pair {
    names: [String; 2],
}

/// 두 호스트의 주소입니다.
pub const ADDRESSES: [&str; 2] = ["10.78.0.1:2101", "10.78.0.2:2101"];

impl Pair {
    /// 선 하나로 이어진 두 네트워크를 만듭니다. 만들 수 없으면 `None`입니다.
    pub fn new() -> Option<Pair> {
        let names = ["a", "b"].map(|end| format!("nrm{}{end}", std::process::id()));
        let pair = Pair { names };
        let [a, b] = &pair.names;
        let made =
            ip(&format!("netns add {a}"))
                && ip(&format!("netns add {b}"))
                && ip(&format!(
                    "-n {a} link add eth0 type veth peer name eth0 netns {b}"
                ))
                && pair.names.iter().zip(["10.78.0.1/24", "10.78.0.2/24"]).all(
                    |(name, address)| {
                        ip(&format!("-n {name} addr add {address} dev eth0"))
                            && ip(&format!("-n {name} link set lo up"))
                            && ip(&format!("-n {name} link set eth0 up"))
                    },
                );
        made.then_some(pair)
    }

    /// `host`번에서 `program`을 부를 명령입니다.
    pub fn inside(&self, host: usize, program: &std::path::Path) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.names[host]])
            .arg(program);
        command
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&format!("netns del {name}"));
        }
    }
}

/// 잘 되었으면 참입니다. 말은 버립니다.
fn ip(words: &str) -> bool {
    let mut command = Command::new("ip");
    command
        .args(words.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
