//! 공격이 벌어지는 곳입니다. `course`와 공격들을 짓고, 밖에 미끼를 놓고, 끝난 뒤를 살핍니다.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader, ErrorKind},
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::{MetadataExt, PermissionsExt, chown},
            net::{SocketAddr, UnixListener},
            process::CommandExt,
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use libtest_mimic::Failed;
use nix::unistd::{getuid, pipe};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{self, files, run};

/// 우리를 부르는 명령 하나가 쓸 수 있는 가장 긴 시간입니다.
const LIMIT: Duration = Duration::from_secs(120);

/// 누가 `course`를 부르는지입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Root,
    User,
}

impl Who {
    /// 이 검사가 될 수 있는 이들입니다. root가 아니면 root는 될 수 없습니다.
    pub fn all() -> Vec<Who> {
        if getuid().is_root() {
            vec![Who::Root, Who::User]
        } else {
            vec![Who::User]
        }
    }

    /// 바꾸어야 하는 사용자입니다. 아무도 쓰지 않는 번호입니다.
    fn uid(self) -> Option<u32> {
        let other = self == Who::User && getuid().is_root();
        other.then(|| 1_900_000_000 + std::process::id())
    }

    /// 이 사람으로서 부릅니다.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some(uid) = self.uid() {
            command.uid(uid).gid(uid);
        }
        command.current_dir("/");
        command
    }

    /// 폴더를 이 사람의 것으로 합니다.
    fn own(self, path: &Path) -> io::Result<()> {
        match self.uid() {
            Some(uid) => chown(path, Some(uid), Some(uid)),
            None => Ok(()),
        }
    }
}

/// 지은 것들입니다. 누구나 실행할 수 있는 곳에 둡니다.
pub struct Arena {
    folder: TempDir,
    pub course: PathBuf,
}

impl Arena {
    pub fn attack(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

static ARENA: OnceLock<Result<Arena, String>> = OnceLock::new();

/// 지은 것을 치웁니다. `static`은 버려지지 않으므로 검사를 다 한 뒤에 부릅니다.
pub fn clear() -> io::Result<()> {
    match ARENA.get() {
        Some(Ok(arena)) => fs::remove_dir_all(arena.folder.path()),
        _ => Ok(()),
    }
}

/// 한 번만 짓습니다.
pub fn arena() -> Result<&'static Arena, Failed> {
    ARENA
        .get_or_init(|| build().map_err(|failed| failed.message().unwrap_or_default().to_owned()))
        .as_ref()
        .map_err(|error| error.clone().into())
}

fn build() -> Result<Arena, Failed> {
    let folder = TempDir::with_prefix("noriteo-arena-")?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let course = folder.path().join("course");
    fs::copy(support::course()?, &course)?;
    for source in files(&support::root().join("tests/course_cage/attacks"), "rs")? {
        let name = source.file_stem().unwrap_or(OsStr::new("attack"));
        let mut rustc = rustc();
        rustc
            .args([
                "--edition",
                "2024",
                "-C",
                "debuginfo=0",
                "-C",
                "opt-level=1",
            ])
            .arg(&source)
            .arg("-o")
            .arg(folder.path().join(name));
        let output = run(rustc, LIMIT)?;
        if !output.status.success() {
            return Err(format!("{}\n{}", source.display(), output.stderr).into());
        }
    }
    Ok(Arena { folder, course })
}

/// 이 검사를 지은 것과 같은 툴체인의 컴파일러입니다.
pub fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// 툴체인의 폴더입니다.
fn sysroot() -> Result<PathBuf, Failed> {
    let mut command = rustc();
    command.args(["--print", "sysroot"]);
    Ok(run(command, LIMIT)?.stdout.trim().into())
}

/// 이 사람이 쓸 수 있는 툴체인입니다. 남의 집에 깔려 있어 닿을 수 없으면 하드 링크로 한 벌을 둡니다.
pub fn toolchain(who: Who) -> Result<PathBuf, Failed> {
    let real = sysroot()?;
    let mut command = who.command(&real.join("bin/rustc"));
    command.arg("--version");
    if run(command, LIMIT).is_ok_and(|output| output.status.success()) {
        return Ok(real);
    }
    let copy = arena()?.attack("toolchain");
    if !copy.exists() {
        for part in ["bin/rustc", "lib"] {
            link_all(&real.join(part), &copy.join(part))?;
        }
    }
    Ok(copy)
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    if from
        .file_name()
        .is_some_and(|name| name == "doc" || name == "src")
    {
        return Ok(());
    }
    if !from.symlink_metadata()?.is_dir() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        return fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop));
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        link_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// `course cage`가 적은 것입니다.
#[derive(Debug)]
pub struct Seen {
    pub end: String,
    pub stdout: String,
    pub stderr: String,
    pub record: String,
    pub left: u64,
}

impl Seen {
    fn new(text: &str) -> Result<Seen, Failed> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("course cage의 출력이 JSON이 아닙니다({error}): {text}"))?;
        let words = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Ok(Seen {
            end: value["end"].to_string().replace('"', ""),
            stdout: words("stdout"),
            stderr: words("stderr"),
            record: words("record"),
            left: value["left"].as_u64().ok_or("left가 없습니다")?,
        })
    }

    /// 기록에서 `name` 뒤의 수입니다.
    pub fn number(&self, name: &str) -> Result<u64, Failed> {
        let found = self.record.lines().find_map(|line| line.strip_prefix(name));
        let number = found.and_then(|rest| rest.trim().parse().ok());
        number.ok_or_else(|| format!("기록에 {name}이(가) 없습니다: {self:?}").into())
    }
}

/// 한 판입니다. 미끼와 일하는 폴더를 쥡니다.
pub struct Bout {
    pub who: Who,
    /// 이 판의 프로세스와 파일에만 있는 말입니다.
    pub mark: String,
    /// 숨긴 검사에 든 말입니다.
    pub secret: String,
    pub outside: TempDir,
    pub dir: TempDir,
    tcp: TcpListener,
    udp: UdpSocket,
    by_name: UnixListener,
    by_path: UnixListener,
    decoy: Child,
    before: Vec<PathBuf>,
    /// `course cage`에 더 줄 말입니다.
    pub words: Vec<String>,
}

impl Bout {
    pub fn new(who: Who, words: &[&str]) -> Result<Bout, Failed> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mark = format!("noriteo-bout-{}-{count}", std::process::id());
        let secret = format!("비밀-{mark}");
        let outside = TempDir::with_prefix("noriteo-outside-")?;
        fs::set_permissions(outside.path(), fs::Permissions::from_mode(0o777))?;
        let hidden = outside.path().join("hidden.rs");
        fs::write(&hidden, format!("\"{secret}\""))?;
        fs::set_permissions(&hidden, fs::Permissions::from_mode(0o666))?;
        let named = outside.path().join("socket");
        let by_path = UnixListener::bind(&named)?;
        fs::set_permissions(&named, fs::Permissions::from_mode(0o777))?;
        let by_name = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&mark)?)?;
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        tcp.set_nonblocking(true)?;
        udp.set_nonblocking(true)?;
        by_name.set_nonblocking(true)?;
        by_path.set_nonblocking(true)?;
        let dir = TempDir::with_prefix("noriteo-dir-")?;
        who.own(dir.path())?;
        let mut decoy = who
            .command(&arena()?.attack("decoy"))
            .env("NORITEO_SECRET", &secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        // 다 선 것을 듣고 시작합니다.
        let mut line = String::new();
        if let Some(out) = decoy.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        assert_eq!(line, "서 있음\n");
        let before = listing(outside.path())?;
        Ok(Bout {
            who,
            mark,
            secret,
            outside,
            dir,
            tcp,
            udp,
            by_name,
            by_path,
            decoy,
            before,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        })
    }

    /// `course cage … -- 프로그램 인자…`입니다.
    pub fn command(&self, program: &Path, args: &[&str]) -> Result<Command, Failed> {
        let mut command = self.who.command(&arena()?.course);
        // 채점하는 쪽의 환경은 넘어가면 안 됩니다.
        command.env("NORITEO_SECRET", &self.secret);
        command.arg("cage").args(&self.words);
        command.arg("--dir").arg(self.dir.path());
        let port = |address: io::Result<std::net::SocketAddr>| address.map(|a| a.port());
        let mut give = |name: &str, value: String| {
            command.arg("--env").arg(format!("{name}={value}"));
        };
        give("MARK", self.mark.clone());
        // 공격이 찾는 말입니다. 비밀의 앞부분이므로 이것을 받았다고 비밀을 아는 것은 아닙니다.
        give("SOUGHT", "비밀-".to_owned());
        give("HIDDEN", self.hidden().display().to_string());
        give("OUTSIDE", self.outside.path().display().to_string());
        give("TCP", port(self.tcp.local_addr())?.to_string());
        give("UDP", port(self.udp.local_addr())?.to_string());
        give("ABSTRACT", self.mark.clone());
        give(
            "NAMED",
            self.outside.path().join("socket").display().to_string(),
        );
        give("DECOY", self.decoy.id().to_string());
        give("COURSE", std::process::id().to_string());
        command.arg("--").arg(program).args(args);
        Ok(command)
    }

    pub fn hidden(&self) -> PathBuf {
        self.outside.path().join("hidden.rs")
    }

    /// 공격을 돌리고, 끝난 뒤를 모두 살핍니다.
    pub fn fight(&mut self, attack: &str, args: &[&str]) -> Result<Seen, Failed> {
        let command = self.command(&arena()?.attack(attack), args)?;
        let seen = self.settle(command)?;
        self.must_have_tried(&seen)?;
        Ok(seen)
    }

    /// 명령을 돌리고, 끝난 뒤를 모두 살핍니다.
    pub fn settle(&mut self, command: Command) -> Result<Seen, Failed> {
        let output = run(command, LIMIT)?;
        if !output.status.success() {
            return Err(format!("course가 {}: {}", output.status, output.stderr).into());
        }
        let seen = Seen::new(&output.stdout)?;
        self.untouched()
            .map_err(|why| format!("{}\n{seen:?}", why.message().unwrap_or_default()))?;
        Ok(seen)
    }

    fn must_have_tried(&self, seen: &Seen) -> Result<(), Failed> {
        let lines: Vec<&str> = seen.record.lines().collect();
        if !lines.contains(&"다 해 봄") {
            return Err(format!("공격이 끝까지 해 보지 못했습니다: {seen:?}").into());
        }
        match lines.iter().find(|line| line.starts_with("뚫림")) {
            Some(line) => Err(format!("{line}: {seen:?}").into()),
            None => Ok(()),
        }
    }

    /// 남은 프로세스도, 밖의 파일도, 밖에 온 말도 없고, 다음 일이 그대로인지 봅니다.
    pub fn untouched(&mut self) -> Result<(), Failed> {
        let left = self.left();
        if !left.is_empty() {
            return Err(format!("프로세스가 남았습니다: {left:?}").into());
        }
        if let Some(status) = self.decoy.try_wait()? {
            return Err(format!("밖에 서 있던 프로세스가 {status}").into());
        }
        let state = fs::read_to_string(format!("/proc/{}/stat", self.decoy.id()))?;
        if state.contains(") T ") || state.contains(") t ") {
            return Err("밖에 서 있던 프로세스가 멈추었습니다".into());
        }
        assert_eq!(
            listing(self.outside.path())?,
            self.before,
            "밖의 폴더가 달라졌습니다"
        );
        assert_eq!(
            fs::read_to_string(self.hidden())?,
            format!("\"{}\"", self.secret)
        );
        for folder in ["/tmp", "/var/tmp", "/dev/shm", "/", "/dev", "/run"] {
            let path = Path::new(folder).join(&self.mark);
            if path.symlink_metadata().is_ok() {
                return Err(format!("{} 이(가) 생겼습니다", path.display()).into());
            }
        }
        nobody(self.tcp.accept())?;
        nobody(self.by_name.accept())?;
        nobody(self.by_path.accept())?;
        nobody(self.udp.recv(&mut [0; 16]))?;
        self.next_is_unharmed()
    }

    /// 이 판의 프로세스들입니다. 밖에 서 있는 것은 뺍니다.
    pub fn left(&self) -> Vec<String> {
        let mark = format!("MARK={}", self.mark);
        let uid = self.who.uid();
        let mut left = Vec::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok())
            else {
                continue;
            };
            if pid == self.decoy.id() {
                continue;
            }
            let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
            let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let has = |bytes: &[u8]| {
                bytes
                    .windows(mark.len())
                    .any(|part| part == mark.as_bytes())
            };
            let owned = uid.is_some() && entry.metadata().ok().map(|seen| seen.uid()) == uid;
            if owned || has(&environ) || has(&words) {
                let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                left.push(stat.chars().take(60).collect());
            }
        }
        left
    }

    /// 얌전한 프로그램이 늘 내던 결과를 그대로 냅니다.
    fn next_is_unharmed(&self) -> Result<(), Failed> {
        let dir = TempDir::with_prefix("noriteo-next-")?;
        self.who.own(dir.path())?;
        let (read, write) = pipe()?;
        nix::unistd::write(&write, "입력".as_bytes())?;
        drop(write);
        let mut command = self.who.command(&arena()?.course);
        command
            .args([
                "cage",
                "--stdin",
                "--wall",
                "60",
                "--memory",
                "256",
                "--processes",
                "8",
                "--dir",
            ])
            .arg(dir.path())
            .args(
                self.words
                    .iter()
                    .skip_while(|word| *word != "--without")
                    .take(2),
            )
            .arg("--")
            .arg(arena()?.attack("good"))
            .stdin(read)
            .process_group(0);
        let output = command.output()?;
        let seen = Seen::new(&String::from_utf8_lossy(&output.stdout))?;
        let expected = ("{exited:7}", "5050 자식 입력\n", "", "기록\n", 0);
        let got = (
            seen.end.as_str(),
            seen.stdout.as_str(),
            seen.stderr.as_str(),
            seen.record.as_str(),
            seen.left,
        );
        if got != expected {
            return Err(format!("다음 일의 결과가 달라졌습니다: {seen:?}").into());
        }
        Ok(())
    }

    /// 일하는 폴더에 든 것의 이름입니다.
    pub fn made(&self) -> Result<Vec<PathBuf>, Failed> {
        Ok(listing(self.dir.path())?)
    }
}

impl Drop for Bout {
    fn drop(&mut self) {
        let _ = self.decoy.kill();
        let _ = self.decoy.wait();
    }
}

fn nobody<T>(came: io::Result<T>) -> Result<(), Failed> {
    match came {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("밖의 소켓에 누가 왔습니다".into()),
    }
}

fn listing(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut found = entries.collect::<io::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// 부모가 `parent`인 프로세스들입니다.
pub fn children(parent: u32) -> Vec<u32> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let of = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1));
        if let Some(of) = of.and_then(|text| text.parse::<u32>().ok()) {
            parents.insert(pid, of);
        }
    }
    parents
        .into_iter()
        .filter(|(_, of)| *of == parent)
        .map(|(pid, _)| pid)
        .collect()
}
