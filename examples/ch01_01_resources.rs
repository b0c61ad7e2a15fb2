//! ch01_01: 자식 프로세스가 CPU, 메모리, 저장 장치를 차례로 씁니다.
//! 하나를 쓸 때마다 운영체제가 그 프로세스 앞으로 적어 둔 계수기 셋을 모두 읽습니다.
//! 파일은 지금 폴더에 씁니다. 다른 폴더를 고르려면 환경 변수 NORITEO_DIR에 적습니다.

use noriteo::{Result, cli::Cli};

fn main() -> Result<()> {
    let args = Cli::new(
        "ch01_01_resources",
        "자식이 CPU, 메모리, 저장 장치를 차례로 씁니다",
    )
    .number("cpu-ms", 300, 1..=5_000, "쓸 CPU 시간(밀리초)")
    .number("memory-mib", 64, 1..=1_024, "만질 메모리(MiB)")
    .number("storage-mib", 16, 1..=256, "파일에 쓸 양(MiB)")
    .parse();
    run(["cpu-ms", "memory-mib", "storage-mib"].map(|name| args.number(name)))
}

#[cfg(target_os = "linux")]
use linux::run;

#[cfg(target_os = "linux")]
mod linux {
    use std::{env, fs, fs::File, hint::black_box, io, io::Write, path::PathBuf, process::id};

    use nix::sys::{resource, statfs::fstatfs, time::TimeValLike};
    use noriteo::{Error, Result, process::fork, work};

    const MIB: usize = 1 << 20;

    pub fn run(asked: [u64; 3]) -> Result<()> {
        let child = fork(move || burn(asked).map_err(|error| error.to_string()))?;
        let told = child.join()?;
        told.map_err(|message| Error::WorkerFailed { message })
    }

    // ANCHOR: burn
    /// 셋을 차례로 쓰고, 그때마다 계수기가 얼마나 늘었는지 봅니다.
    fn burn([cpu_ms, memory_mib, storage_mib]: [u64; 3]) -> Result<()> {
        println!("자식 PID {}: 한 가지씩 쓸 때마다 늘어난 양", id());
        println!("  CPU 시간      메모리   저장 장치   쓴 것");

        let start = Meters::read()?;
        while cpu_micros()? < start.cpu_micros + cpu_ms * 1000 {
            black_box(work::sum(0..100_000));
        }
        let after_cpu = start.row("CPU: 실행하는 코드도 메모리에 자리를 차지합니다")?;

        let mut toys: Vec<u8> = Vec::new();
        // 크기가 밖에서 왔습니다. 메모리가 모자라면 쓰러지지 않고 오류로 알립니다.
        toys.try_reserve_exact(memory_mib as usize * MIB)
            .map_err(|e| Error::os("메모리를 얻지 못했습니다", io::Error::other(e)))?;
        // 자리를 얻기만 해서는 메모리가 늘지 않습니다. 바이트마다 1을 써서 만집니다.
        toys.resize(memory_mib as usize * MIB, 1);
        let after_memory =
            after_cpu.row("메모리: 빈 페이지를 마련해 1을 쓰는 일도 CPU가 합니다")?;

        let (mut file, kind) = scratch_file()?;
        for _ in 0..storage_mib {
            file.write_all(&toys[..MIB])
                .map_err(|e| Error::os("파일에 쓰지 못했습니다", e))?;
        }
        // 커널이 미뤄 둔 쓰기가 저장 장치에 닿을 때까지 기다립니다.
        file.sync_all()
            .map_err(|e| Error::os("파일을 내보내지 못했습니다", e))?;
        after_memory.row("저장: 바이트를 베껴 내보내는 일도 CPU가 합니다")?;
        println!("파일 시스템: {kind}");
        Ok(())
    }
    // ANCHOR_END: burn

    /// 운영체제가 이 프로세스 앞으로 적어 둔 것입니다. 읽을 수 없는 것은 `None`입니다.
    struct Meters {
        cpu_micros: u64,
        memory_kib: Option<u64>,
        written_bytes: Option<u64>,
    }

    impl Meters {
        fn read() -> Result<Meters> {
            Ok(Meters {
                cpu_micros: cpu_micros()?,
                memory_kib: field("/proc/self/smaps_rollup", "Rss:"),
                written_bytes: field("/proc/self/io", "write_bytes:"),
            })
        }

        fn row(self, what: &str) -> Result<Meters> {
            let now = Meters::read()?;
            let cpu = (now.cpu_micros - self.cpu_micros) as f64 / 1000.0;
            let memory = growth(self.memory_kib, now.memory_kib, 1024.0);
            let written = growth(self.written_bytes, now.written_bytes, MIB as f64);
            println!("{cpu:>7.1} ms {memory} {written}   {what}");
            Ok(now)
        }
    }

    fn cpu_micros() -> Result<u64> {
        let usage = resource::getrusage(resource::UsageWho::RUSAGE_SELF)
            .map_err(|errno| Error::os("CPU 시간을 읽지 못했습니다", errno))?;
        let cpu = usage.user_time() + usage.system_time();
        Ok(cpu.num_microseconds().unsigned_abs())
    }

    fn growth(before: Option<u64>, now: Option<u64>, per_mib: f64) -> String {
        match before.zip(now) {
            // 커널이 그사이 페이지를 거두어 가면 줄 수도 있습니다. 늘지 않은 것으로 셉니다.
            Some((before, now)) => {
                let grown = now.saturating_sub(before) as f64 / per_mib;
                format!("{grown:>7.2} MiB")
            }
            None => " 읽지 못함".to_owned(),
        }
    }

    /// `이름 123 …` 꼴의 줄에서 수를 꺼냅니다.
    fn field(path: &str, name: &str) -> Option<u64> {
        let text = fs::read_to_string(path).ok()?;
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    }

    /// 이름 없는 파일과, 그 파일이 있는 파일 시스템의 이름입니다.
    fn scratch_file() -> Result<(File, String)> {
        let what = "파일을 만들지 못했습니다. NORITEO_DIR에 쓸 수 있는 폴더를 적어 주세요";
        let failed = |source: io::Error| Error::os(what, source);
        let folder = env::var_os("NORITEO_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let path = folder.join(format!("ch01_01_{}.tmp", id()));
        let file = File::create_new(&path).map_err(failed)?;
        // 이름을 지워도 열어 둔 파일은 쓸 수 있습니다. 도중에 멈춰도 남는 것이 없습니다.
        fs::remove_file(&path).map_err(failed)?;
        let kind = fstatfs(&file).map_err(|errno| failed(errno.into()))?;
        // 번호와 이름의 짝은 statfs(2)에 있습니다. ext2, ext3, ext4는 번호가 같습니다.
        let kind = match kind.filesystem_type().0 as u64 & 0xffff_ffff {
            0xef53 => "ext4",
            0x5846_5342 => "xfs",
            0x9123_683e => "btrfs",
            0x794c_7630 => "overlayfs",
            0x0102_1994 => "tmpfs. 메모리에 사는 파일 시스템이라 저장 장치에는 쓰지 않습니다",
            other => return Ok((file, format!("번호 0x{other:x}"))),
        };
        Ok((file, kind.to_owned()))
    }
}

#[cfg(not(target_os = "linux"))]
fn run(_: [u64; 3]) -> Result<()> {
    println!("이 프로그램은 Linux의 /proc을 읽습니다. Windows에서는 WSL2에서 실행해 보세요.");
    Ok(())
}
