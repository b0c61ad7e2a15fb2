//! 1장의 주장 C01–C05를 증거로 확인합니다. 시간을 재어 판단하는 것은 하나도 없습니다.
//!
//! 주장마다 두 가지를 봅니다. 이 검사가 손수 만든 프로세스에서 장치 자체를 보고,
//! 책의 프로그램이 찍은 수를 읽어 그 프로그램도 같은 것을 보였는지 봅니다.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 이 검사들은 /proc에서 프로세스의 속을 들여다보므로 Linux에서만 돕니다");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::BTreeSet,
        fs,
        fs::File,
        io::Write,
        num::NonZeroUsize,
        os::fd::{AsRawFd, RawFd},
        process::{ExitCode, id},
        ptr::NonNull,
        sync::{
            Arc, Barrier,
            atomic::{AtomicU64, Ordering::SeqCst},
            mpsc,
        },
    };

    use libtest_mimic::Failed;
    use nix::{
        errno::Errno,
        libc,
        sys::{
            mman::{MapFlags, ProtFlags, mmap_anonymous, munmap},
            resource::{UsageWho, getrusage},
            signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
            statfs::{TMPFS_MAGIC, fstatfs},
            time::TimeValLike,
            wait::{WaitStatus, waitpid},
        },
        unistd::{ForkResult, fork as sys_fork},
    };
    use noriteo::{
        Error,
        measure::evidence::Evidence,
        process::{Connection, fork, pipe},
        thread, work,
    };
    use regex::{Captures, Regex};

    use crate::support::{self, Outcome, tests};

    pub fn main() -> ExitCode {
        // 막힌 검사는 이 프로그램을 끝내 실패로 만듭니다.
        nix::unistd::alarm::set(300);
        support::run_mimic(tests![
            c01_a_running_program_uses_cpu_memory_and_storage,
            c02_each_program_gets_a_space_of_its_own,
            c03_leaving_the_playground_is_fatal,
            x_a_stray_write_inside_goes_unnoticed,
            x_sigsegv_can_be_caught,
            c04_threads_of_one_process_share_all_its_toys,
            c05_one_playground_holds_several_children,
        ])
    }

    // ------------------------------------------------------------ 도구

    macro_rules! ensure {
        ($condition:expr, $($message:tt)+) => {
            let holds: bool = $condition;
            if !holds {
                return Err(Failed::from(format!($($message)+)));
            }
        };
    }

    /// 예제를 돌려 성공했을 때의 출력입니다.
    fn shown(name: &str, args: &[&str]) -> Result<String, Failed> {
        let output = support::run_example(name, args)?;
        ensure!(
            output.status.success() && output.stderr.is_empty() && !output.left_behind,
            "{name} {args:?}: {output:?}"
        );
        Ok(output.stdout)
    }

    /// `pattern`에 맞는 것을 차례로 모두 찾습니다. `count`개가 아니면 실패합니다.
    fn find<'a>(text: &'a str, pattern: &str, count: usize) -> Result<Vec<Captures<'a>>, Failed> {
        let found: Vec<_> = Regex::new(pattern)?.captures_iter(text).collect();
        ensure!(
            found.len() == count,
            "{pattern} 이(가) {count}번이 아니라 {}번 나옵니다\n{text}",
            found.len()
        );
        Ok(found)
    }

    fn number<T: std::str::FromStr>(found: &Captures, group: usize) -> Result<T, Failed> {
        found[group]
            .parse()
            .map_err(|_| format!("수가 아닙니다: {}", &found[group]).into())
    }

    /// `/proc/PID/FILE`에서 `이름 123 …` 꼴의 줄을 찾아 수를 꺼냅니다.
    fn proc_field(pid: u32, file: &str, name: &str) -> Result<u64, Failed> {
        let path = format!("/proc/{pid}/{file}");
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| format!("{path}에 {name} 줄이 없습니다").into())
    }

    // ------------------------------------------------------------ C01

    const MIB: u64 = 1 << 20;

    /// 거둔 자식들이 쓴 CPU 시간(마이크로초)입니다. 커널이 부모 앞으로 적어 둔 것입니다.
    fn reaped_cpu() -> Result<i64, Failed> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        Ok((usage.user_time() + usage.system_time()).num_microseconds())
    }

    /// 자식이 한 걸음씩 씁니다. 걸음마다 부모가 밖에서 계수기를 읽기를 기다립니다.
    fn burn_in_steps(
        turn: &mut Connection<()>,
        mut file: File,
        (cpu_micros, memory, storage): (i64, usize, usize),
    ) -> Result<(), Failed> {
        let mut step = || -> Result<(), Failed> {
            turn.send(())?;
            Ok(turn.recv()?)
        };
        let own = || -> Result<i64, Failed> {
            let usage = getrusage(UsageWho::RUSAGE_SELF)?;
            Ok((usage.user_time() + usage.system_time()).num_microseconds())
        };
        let start = own()?;
        while own()? < start + cpu_micros {
            std::hint::black_box(work::sum(0..100_000));
        }
        step()?;
        let mut toys: Vec<u8> = Vec::new();
        toys.try_reserve_exact(memory)
            .map_err(|error| error.to_string())?;
        step()?;
        toys.resize(memory, 1);
        std::hint::black_box(&toys);
        step()?;
        for block in toys[..storage].chunks(1 << 20) {
            file.write_all(block)?;
        }
        file.sync_all()?;
        step()
    }

    fn c01_a_running_program_uses_cpu_memory_and_storage() -> Outcome {
        let (cpu_micros, memory, storage) = (100_000, 32 * MIB, 8 * MIB);
        let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR"))?;
        let on_tmpfs = fstatfs(&file)?.filesystem_type() == TMPFS_MAGIC;
        let (mut here, mut there) = pipe()?;
        let cpu_before = reaped_cpu()?;
        let child = fork(move || {
            burn_in_steps(
                &mut there,
                file,
                (cpu_micros, memory as usize, storage as usize),
            )
            .map_err(|failed| failed.message().unwrap_or_default().to_owned())
        })?;
        let pid = child.pid();
        let rss = || proc_field(pid, "smaps_rollup", "Rss:").map(|kib| kib * 1024);
        let written = || proc_field(pid, "io", "write_bytes:");
        // 보안 설정 때문에 읽지 못하는 컴퓨터에서는 저장 장치의 몫만 빠집니다.
        let io_readable = written().is_ok();

        here.recv()?;
        let before = rss()?;
        here.send(())?;
        here.recv()?;
        let reserved = rss()?.saturating_sub(before);
        here.send(())?;
        here.recv()?;
        let touched = rss()?.saturating_sub(before);
        let written_before = if io_readable { written()? } else { 0 };
        here.send(())?;
        here.recv()?;
        let written = if io_readable {
            written()? - written_before
        } else {
            0
        };
        here.send(())?;
        child.join()??;
        let cpu = reaped_cpu()? - cpu_before;

        ensure!(
            cpu >= cpu_micros,
            "자식의 CPU 시간이 {cpu_micros} µs보다 적게 늘었습니다: {cpu} µs"
        );
        ensure!(
            reserved < memory / 2,
            "얻기만 했는데 메모리가 {reserved} 바이트 늘었습니다"
        );
        ensure!(
            touched >= memory,
            "{memory} 바이트를 만졌는데 {touched} 바이트만 늘었습니다"
        );
        if on_tmpfs {
            ensure!(written < storage, "tmpfs에 쓴 것이 저장 장치로 갔습니다");
        } else if io_readable {
            ensure!(
                written >= storage,
                "{storage} 바이트를 썼는데 {written} 바이트만 적혔습니다"
            );
        }
        the_program_shows_c01(io_readable)?;
        let mib = |bytes: u64| bytes as f64 / MIB as f64;
        let mut rows = vec![
            Evidence::new(
                "C01",
                "100 ms를 쓰라고 한 자식의 CPU 시간",
                cpu as f64 / 1000.0,
                "ms",
            )
            .at_least(100.0),
            Evidence::new(
                "C01",
                "32 MiB를 만진 자식의 늘어난 RSS",
                mib(touched),
                "MiB",
            )
            .at_least(32.0),
        ];
        if io_readable && !on_tmpfs {
            rows.push(
                Evidence::new(
                    "C01",
                    "8 MiB를 쓴 자식의 늘어난 write_bytes",
                    mib(written),
                    "MiB",
                )
                .at_least(8.0),
            );
        }
        support::evidence("claims_ch01", &rows)
    }

    fn the_program_shows_c01(io_readable: bool) -> Outcome {
        let asked = [40.0, 24.0, 6.0];
        let run = |folder: &str| -> Result<(String, Vec<[f64; 3]>), Failed> {
            let mut command = support::example("ch01_01_resources")?;
            command.args(["--cpu-ms", "40", "--memory-mib", "24", "--storage-mib", "6"]);
            command.env("NORITEO_DIR", folder);
            let output = support::run(command, support::LIMIT)?;
            ensure!(output.status.success(), "{output:?}");
            let storage = if io_readable {
                "([0-9.]+) MiB"
            } else {
                "(읽지 못함)"
            };
            let pattern = format!(
                "(?m)^ *([0-9.]+) ms +([0-9.]+) MiB +{storage} +(?:CPU|메모리|저장): [가-힣]"
            );
            let rows = find(&output.stdout, &pattern, 3)?
                .iter()
                .map(|row| {
                    Ok([
                        number(row, 1)?,
                        number(row, 2)?,
                        if io_readable { number(row, 3)? } else { 0.0 },
                    ])
                })
                .collect::<Result<Vec<_>, Failed>>()?;
            Ok((output.stdout, rows))
        };
        let (text, rows) = run(env!("CARGO_TARGET_TMPDIR"))?;
        let kind = &find(&text, "(?m)^파일 시스템: (.+)$", 1)?[0][1];
        for (what, asked) in asked.into_iter().enumerate() {
            let enough = rows[what][what] >= asked;
            let no_device = what == 2 && (kind.starts_with("tmpfs") || !io_readable);
            ensure!(
                enough || no_device,
                "{what}번 계수기가 {asked}보다 적게 늘었습니다\n{text}"
            );
        }
        // 메모리를 만지고 파일에 쓰는 일도 CPU를 씁니다.
        ensure!(
            rows[1][0] > 0.0 && rows[2][0] > 0.0,
            "CPU를 쓰지 않았습니다\n{text}"
        );
        // 메모리에 사는 파일 시스템에 쓴 것은 저장 장치로 가지 않습니다.
        if fs::metadata("/dev/shm").is_ok_and(|shm| shm.is_dir()) {
            let (text, rows) = run("/dev/shm")?;
            if text.contains("파일 시스템: tmpfs") {
                ensure!(
                    rows[2][2] < asked[2],
                    "tmpfs에 쓴 것이 저장 장치로 갔습니다\n{text}"
                );
            }
        }
        Ok(())
    }

    // ------------------------------------------------------------ C02

    static PLACE: AtomicU64 = AtomicU64::new(1);

    /// 누가, 어디에서, 무엇을 보았는지입니다.
    fn sight() -> (u32, u64, u64) {
        (id(), &raw const PLACE as u64, PLACE.load(SeqCst))
    }

    fn c02_each_program_gets_a_space_of_its_own() -> Outcome {
        PLACE.store(1, SeqCst);
        let (mut here, mut there) = pipe()?;
        let child = fork(move || -> Result<(), String> {
            PLACE.store(2, SeqCst);
            there.send(sight()).map_err(|e| e.to_string())?;
            // 부모가 제 것을 고쳤다고 할 때까지 기다렸다가 다시 봅니다.
            there.recv().map_err(|e| e.to_string())?;
            there.send(sight()).map_err(|e| e.to_string())
        })?;
        let (child_pid, child_address, child_value) = here.recv()?;
        let (own_pid, own_address, own_value) = sight();
        PLACE.store(3, SeqCst);
        here.send(sight())?;
        let (_, _, child_later) = here.recv()?;
        let pid = child.pid();
        child.join()??;
        ensure!(
            child_pid == pid && own_pid == id() && child_pid != own_pid,
            "PID가 둘이 아닙니다: 부모 {own_pid}, 자식 {child_pid}"
        );
        ensure!(
            child_address == own_address,
            "주소가 다릅니다: {own_address:#x}, {child_address:#x}"
        );
        ensure!(
            (own_value, child_value, child_later) == (1, 2, 2),
            "값이 새었습니다: 부모 {own_value}, 자식 {child_value}, 부모가 고친 뒤의 자식 {child_later}"
        );

        let text = shown("ch01_03_same_address", &[])?;
        let seen = find(&text, r"(?m)PID (\d+): 주소 (0x[0-9a-f]+)에 (\d+)$", 2)?;
        ensure!(
            seen[0][1] != seen[1][1] && seen[0][2] == seen[1][2] && seen[0][3] != seen[1][3],
            "두 PID가 같은 주소에서 다른 값을 보아야 합니다\n{text}"
        );

        let text = shown("ch01_02_own_space", &[])?;
        let counts = find(&text, r"(?m)^(부모|자식) PID (\d+): .* ?(\d+)개$", 4)?;
        let who: Vec<&str> = counts
            .iter()
            .map(|line| line.get(1).map_or("", |m| m.as_str()))
            .collect();
        ensure!(
            who == ["부모", "자식", "자식", "부모"],
            "차례가 다릅니다\n{text}"
        );
        let values = counts
            .iter()
            .map(|line| number::<u64>(line, 3))
            .collect::<Result<Vec<_>, _>>()?;
        ensure!(
            counts[0][2] == counts[3][2] && counts[1][2] != counts[0][2],
            "PID가 둘이어야 합니다\n{text}"
        );
        ensure!(
            values[1] == values[0] && values[2] == values[0] + 1 && values[3] == values[0],
            "자식이 더한 것은 자식만 보아야 합니다\n{text}"
        );
        Ok(())
    }

    // ------------------------------------------------------------ C03

    /// 한 페이지(page)을 새로 얻습니다.
    fn page(protection: ProtFlags) -> Result<NonNull<libc::c_void>, Failed> {
        let size = NonZeroUsize::new(PAGE).ok_or("페이지의 크기")?;
        // SAFETY: 새 자리를 얻을 뿐, 이미 쓰고 있는 자리를 건드리지 않습니다.
        Ok(unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_PRIVATE) }?)
    }

    const PAGE: usize = 4096;

    /// 자식이 `address`에 쓰게 하고, 자식이 어떻게 끝났는지 waitpid에서 읽습니다.
    fn write_in_a_child(address: usize) -> Result<WaitStatus, Failed> {
        // SAFETY: 이 프로그램의 스레드는 하나입니다. 자식은 쓰기와 _exit만 합니다.
        match unsafe { sys_fork() }? {
            ForkResult::Child => {
                // SAFETY: 규칙을 어겨 끝나는 것이 이 자식의 일입니다. 살아남으면 바로 끝냅니다.
                unsafe {
                    std::ptr::with_exposed_provenance_mut::<u64>(address).write_volatile(42);
                    libc::_exit(0)
                }
            }
            ForkResult::Parent { child } => Ok(waitpid(child, None)?),
        }
    }

    fn c03_leaving_the_playground_is_fatal() -> Outcome {
        let unmapped = page(ProtFlags::PROT_READ | ProtFlags::PROT_WRITE)?;
        let fenced = page(ProtFlags::PROT_NONE)?;
        let read_only = page(ProtFlags::PROT_READ)?;
        let own = page(ProtFlags::PROT_READ | ProtFlags::PROT_WRITE)?;
        // SAFETY: 방금 얻은 페이지이고 아무도 빌려 쓰고 있지 않습니다.
        unsafe { munmap(unmapped, PAGE)? };
        let address = |page: NonNull<libc::c_void>| page.as_ptr().expose_provenance();
        for (what, address) in [
            ("맨 앞의 빈 주소", 16),
            ("돌려준 페이지", address(unmapped)),
            ("금지된 페이지", address(fenced)),
            ("읽기만 되는 페이지", address(read_only)),
        ] {
            let status = write_in_a_child(address)?;
            ensure!(
                matches!(status, WaitStatus::Signaled(_, Signal::SIGSEGV, _)),
                "{what}({address:#x})에 쓴 자식이 SIGSEGV로 끝나지 않았습니다: {status:?}"
            );
        }
        // 같은 코드가 제 놀이터 안에 쓰면 아무 일도 없습니다. 그러니 끝난 까닭은 자리입니다.
        let status = write_in_a_child(address(own))?;
        ensure!(
            matches!(status, WaitStatus::Exited(_, 0)),
            "제 페이지에 쓴 자식이 끝까지 가지 못했습니다: {status:?}"
        );
        for page in [fenced, read_only, own] {
            // SAFETY: 위에서 얻은 페이지이고 아무도 빌려 쓰고 있지 않습니다.
            unsafe { munmap(page, PAGE)? };
        }

        let text = shown("ch01_04_out_of_bounds", &[])?;
        let last_words = find(&text, r"(?m)^자식 PID (\d+): 주소 0x10에 씁니다$", 1)?;
        let end = find(
            &text,
            r"(?m)^부모 PID (\d+): 자식\(PID (\d+)\)이 (\d+)번 시그널 (\w+)를 받고 끝났습니다$",
            1,
        )?;
        let alive = find(&text, r"(?m)^부모 PID (\d+): 나는 살아 있습니다$", 1)?;
        ensure!(
            last_words[0][1] == end[0][2] && end[0][1] == alive[0][1] && end[0][1] != end[0][2],
            "끝난 것은 자식이고 살아남은 것은 부모여야 합니다\n{text}"
        );
        ensure!(
            number::<i32>(&end[0], 3)? == libc::SIGSEGV && &end[0][4] == "SIGSEGV",
            "SIGSEGV여야 합니다\n{text}"
        );
        Ok(())
    }

    fn x_a_stray_write_inside_goes_unnoticed() -> Outcome {
        // 이웃의 칸을 더럽힌 프로그램이 시그널도 오류도 없이 0으로 끝납니다.
        let text = shown("ch01_05_stray_inside", &[])?;
        let boxes = find(&text, r"(?m)^PID \d+: \[([0-9, ]+)\] +\S", 3)?
            .iter()
            .map(|line| {
                line[1]
                    .split(", ")
                    .map(|cell| cell.parse::<u64>())
                    .collect::<Result<Vec<_>, _>>()
            })
            .collect::<Result<Vec<_>, _>>()?;
        ensure!(
            boxes[0] == boxes[1],
            "살핀 쓰기가 막히지 않았습니다\n{text}"
        );
        let changed: Vec<usize> = (0..8).filter(|&i| boxes[1][i] != boxes[2][i]).collect();
        ensure!(changed == [4], "둘째의 첫 칸만 바뀌어야 합니다\n{text}");
        Ok(())
    }

    /// 따로 마련된 스택에서 돌고 있으면 77, 아니면 78로 끝냅니다.
    extern "C" fn caught(_signal: libc::c_int) {
        // SAFETY: sigaltstack과 _exit는 시그널 처리기 안에서 불러도 됩니다. `now`의 모든 필드는 정수와
        // 포인터이므로 0으로 채운 값이 올바릅니다.
        unsafe {
            let mut now: libc::stack_t = std::mem::zeroed();
            libc::sigaltstack(std::ptr::null(), &mut now);
            libc::_exit(if now.ss_flags & libc::SS_ONSTACK != 0 {
                77
            } else {
                78
            })
        }
    }

    fn x_sigsegv_can_be_caught() -> Outcome {
        let child = fork(|| -> Result<(), String> {
            let handler = SigHandler::Handler(caught);
            let action = SigAction::new(handler, SaFlags::SA_ONSTACK, SigSet::empty());
            // SAFETY: 처리기는 시그널 안에서 불러도 되는 함수만 부릅니다.
            unsafe { sigaction(Signal::SIGSEGV, &action) }.map_err(|e| e.to_string())?;
            // SAFETY: 규칙을 어겨 처리기를 부르는 것이 이 자식의 일입니다.
            unsafe { std::ptr::without_provenance_mut::<u64>(16).write_volatile(42) };
            Ok(())
        })?;
        let end = child.join();
        ensure!(
            matches!(end, Err(Error::Exited { code: 77, .. })),
            "처리기가 따로 마련된 스택에서 돌아 77로 끝나야 합니다: {end:?}"
        );

        let text = shown("ch01_04_out_of_bounds", &["--catch"])?;
        let lines = find(
            &text,
            r"(?m)^자식 PID (\d+): 주소 0x10에 씁니다\n자식: SIGSEGV를 붙잡았습니다.*\n부모 PID (\d+): 자식\(PID (\d+)\)이 종료 코드 (\d+)로 스스로 끝났습니다$",
            1,
        )?;
        let line = &lines[0];
        ensure!(
            line[1] == line[3] && line[2] != line[3] && number::<i32>(line, 4)? == 42,
            "붙잡은 자식이 42로 끝나야 합니다\n{text}"
        );
        Ok(())
    }

    // ------------------------------------------------------------ C04

    /// 번호가 가리키는 파일의 신원, 또는 오류의 번호입니다.
    type Seen = Result<(u64, u64), i32>;

    /// 열린 파일의 신원입니다. 번호가 아니라 그 번호가 가리키는 것을 견줍니다.
    fn identity(number: RawFd) -> Result<(u64, u64), Errno> {
        // SAFETY: 모든 필드가 정수이므로 0으로 채운 값이 올바릅니다.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: `stat`은 이 호출 동안 살아 있습니다. 열려 있지 않은 번호면 오류를 돌려줄 뿐입니다.
        Errno::result(unsafe { libc::fstat(number, &mut stat) })?;
        Ok((stat.st_dev, stat.st_ino))
    }

    fn c04_threads_of_one_process_share_all_its_toys() -> Outcome {
        let toy = Arc::new(AtomicU64::new(7));
        let (mut here, mut there) = pipe::<(u64, i32)>()?;
        let childs_toy = toy.clone();
        let child = fork(move || -> Result<(u32, u64, Seen), String> {
            let (_, number) = there.recv().map_err(|e| e.to_string())?;
            let file = identity(number).map_err(|errno| errno as i32);
            Ok((id(), childs_toy.load(SeqCst), file))
        })?;

        let (tell, hear) = mpsc::channel::<RawFd>();
        let (done, wait) = mpsc::channel::<()>();
        let firsts_toy = toy.clone();
        let first = thread::spawn(move || -> Result<_, Failed> {
            firsts_toy.store(8, SeqCst);
            let opened = tempfile::tempfile()?;
            // 자식이 태어날 때 열려 있던 번호와 겹치지 않게 높은 번호로 옮깁니다.
            let high = nix::fcntl::fcntl(&opened, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(200))?;
            tell.send(high)?;
            // 둘째가 볼 때까지 열어 둡니다.
            wait.recv()?;
            Ok((id(), thread::id(), high, identity(opened.as_raw_fd())?))
        })?;
        let seconds_toy = toy.clone();
        let second = thread::spawn(move || -> Result<_, Failed> {
            let number = hear.recv()?;
            let seen = (
                id(),
                thread::id(),
                seconds_toy.load(SeqCst),
                identity(number)?,
            );
            done.send(())?;
            Ok(seen)
        })?;
        let (second_pid, second_tid, value, seen) = second.join()??;
        let (first_pid, first_tid, number, opened) = first.join()??;
        here.send((0, number))?;
        let (child_pid, childs_value, childs_file) = child.join()??;
        nix::unistd::close(number)?;

        ensure!(
            first_pid == id() && second_pid == id() && child_pid != id(),
            "두 스레드의 PID는 하나이고 자식의 PID는 달라야 합니다: {first_pid}, {second_pid}, {child_pid}"
        );
        ensure!(
            first_tid != second_tid,
            "스레드 번호가 둘이 아닙니다: {first_tid}, {second_tid}"
        );
        ensure!(
            (value, childs_value) == (8, 7),
            "첫째가 바꾼 값을 둘째만 보아야 합니다: 둘째 {value}, 자식 {childs_value}"
        );
        ensure!(
            seen == opened && childs_file == Err(libc::EBADF),
            "첫째가 연 파일은 둘째에게만 보여야 합니다: {opened:?}, {seen:?}, {childs_file:?}"
        );

        let text = shown("ch01_06_shared_toys", &[])?;
        let lines = find(
            &text,
            r"(?m)^(\S+) PID (\d+), 스레드 번호 (\d+)\n +주소 (0x[0-9a-f]+)의 값 (\d+), (\d+)번 파일에 쓰기 (\S+)$",
            3,
        )?;
        let column = |group: usize| -> Vec<&str> {
            lines
                .iter()
                .map(|line| line.get(group).map_or("", |m| m.as_str()))
                .collect()
        };
        let (who, pid, tid, address) = (column(1), column(2), column(3), column(4));
        let (value, number, wrote) = (column(5), column(6), column(7));
        ensure!(who == ["첫째", "둘째", "자식"], "차례가 다릅니다\n{text}");
        ensure!(pid[0] == pid[1] && pid[1] != pid[2], "PID\n{text}");
        ensure!(
            tid.iter().collect::<BTreeSet<_>>().len() == 3,
            "스레드 번호\n{text}"
        );
        ensure!(address.iter().all(|a| *a == address[0]), "주소\n{text}");
        ensure!(value[0] == value[1] && value[1] != value[2], "값\n{text}");
        ensure!(number.iter().all(|n| *n == number[0]), "파일 번호\n{text}");
        ensure!(wrote == ["성공", "성공", "실패(EBADF)"], "쓰기\n{text}");
        // 파일에 남은 것은 두 스레드가 쓴 것뿐입니다.
        find(&text, r"(?m)^파일에 쓰인 글: 첫째둘째$", 1)?;
        Ok(())
    }

    // ------------------------------------------------------------ C05

    fn c05_one_playground_holds_several_children() -> Outcome {
        let threads = || proc_field(id(), "status", "Threads:");
        thread::count_settled(1)?;
        let workers = 5;
        let alone = threads()?;
        let gathered = Arc::new(Barrier::new(workers + 1));
        let go_home = Arc::new(Barrier::new(workers + 1));
        let children = (0..workers)
            .map(|_| {
                let (gathered, go_home) = (gathered.clone(), go_home.clone());
                thread::spawn(move || {
                    gathered.wait();
                    go_home.wait();
                    id()
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        gathered.wait();
        let together = threads()?;
        go_home.wait();
        for child in children {
            let pid = child.join()?;
            ensure!(pid == id(), "스레드의 PID가 다릅니다: {pid}");
        }
        thread::count_settled(1)?;
        let after = threads()?;
        ensure!(
            (alone, together, after) == (1, 1 + workers as u64, 1),
            "1 → {} → 1이어야 합니다: {alone} → {together} → {after}",
            1 + workers
        );

        for workers in ["1", "3", "40"] {
            let n: usize = workers.parse()?;
            let text = shown("ch01_07_children", &["--workers", workers])?;
            let counts = find(&text, r"(?m)^PID (\d+): 스레드 (\d+)개$", 3)?;
            let visits = find(&text, r"(?m): PID (\d+), 스레드 번호 (\d+)$", n)?;
            let got = counts
                .iter()
                .map(|line| number::<usize>(line, 2))
                .collect::<Result<Vec<_>, _>>()?;
            ensure!(got == [1, 1 + n, 1], "스레드 수가 다릅니다\n{text}");
            let pid = &counts[0][1];
            ensure!(
                counts.iter().chain(&visits).all(|line| &line[1] == pid),
                "PID는 하나여야 합니다\n{text}"
            );
            // 모두 함께 살아 있었으므로 번호가 저마다 다르고, 주 스레드의 번호(PID)와도 다릅니다.
            let mut tids: BTreeSet<&str> = visits
                .iter()
                .map(|l| l.get(2).map_or("", |m| m.as_str()))
                .collect();
            tids.insert(pid);
            ensure!(tids.len() == n + 1, "스레드 번호가 겹칩니다\n{text}");
        }
        Ok(())
    }
}
