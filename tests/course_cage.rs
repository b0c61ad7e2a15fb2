//! 우리(cage)를 공격합니다. 어느 공격도 뚫지 못하고, 아무것도 남기지 못하고, 다음 채점을 건드리지 못해야 합니다.
//!
//! 공격은 `course_cage/attacks`의 프로그램들입니다. 공격마다 root로서 한 번, 보통 사용자로서 한 번 `course cage`를 부릅니다.
//! 공격마다 「다 해 봄」을 적어야 통과하므로, 시작도 못 한 공격이 막힌 것으로 세어지지 않습니다.

mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("거름: 우리는 Linux에서만 가둡니다");
}

#[cfg(target_os = "linux")]
#[path = "course_cage/arena.rs"]
mod arena;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::Path,
        process::{Command, ExitCode, Stdio},
        thread,
        time::{Duration, Instant},
    };

    use libtest_mimic::{Failed, Trial};
    use nix::{
        fcntl::{FcntlArg, FdFlag, fcntl},
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    use serde_json::Value;

    use crate::{
        arena::{self, Bout, Seen, Who, arena, children, toolchain},
        support::{self, Outcome, left_out},
    };

    type Attack = fn(Who) -> Outcome;

    /// 공격마다 부르는 이마다 하나씩입니다.
    macro_rules! attacks {
        ($($attack:ident),* $(,)?) => { vec![$((stringify!($attack), $attack as Attack)),*] };
    }

    pub fn main() -> ExitCode {
        let all = attacks![
            quiet_program,
            fork_bomb,
            thread_bomb,
            memory_in_one,
            memory_in_eight,
            memory_shared,
            endless_loop,
            endless_loop_on_cpu,
            endless_output,
            endless_errors,
            huge_file,
            deleted_files,
            many_files,
            deep_folders,
            setsid_daemon,
            double_fork,
            pipe_holder,
            kill_the_parent,
            ptrace,
            proc_of_others,
            reading_hidden_tests,
            writing_outside,
            sockets,
            kernel_leftovers,
            privileges,
            leaked_descriptors,
            killed_course,
            killed_keeper,
            killed_warden,
            compile_includes_hidden_test,
            compile_reads_environment,
            compile_reads_endless_file,
            compile_endless_const,
            compile_macro_bomb,
            every_defence_holds,
            each_layer_alone_is_not_the_only_one,
            a_missing_wall_is_told,
        ];
        let mut trials = Vec::new();
        for (name, attack) in all {
            for (suffix, who) in [("root", Who::Root), ("user", Who::User)] {
                let title = format!("{name}_as_{suffix}");
                trials.push(Trial::ignorable_test(title, move || {
                    if !Who::all().contains(&who) {
                        return left_out("root로 부르지 않아 root의 시험은 거릅니다");
                    }
                    attack(who).map(|()| libtest_mimic::Completion::Completed)
                }));
            }
        }
        let code = support::run_mimic(trials);
        if let Err(error) = arena::clear() {
            eprintln!("지은 것을 치우지 못했습니다: {error}");
            return ExitCode::FAILURE;
        }
        code
    }

    /// 한계의 기본입니다. 벽시계는 끝나지 않는 공격만 기다립니다.
    const FEW: [&str; 8] = [
        "--wall",
        "60",
        "--memory",
        "256",
        "--file",
        "8",
        "--processes",
        "16",
    ];

    fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
        // 뒤에 적은 것이 앞의 것을 이깁니다.
        let mut words: Vec<&str> = FEW.to_vec();
        for pair in more.chunks(2) {
            match words.iter().position(|word| *word == pair[0]) {
                Some(at) if pair.len() == 2 => words[at + 1] = pair[1],
                _ => words.extend(pair),
            }
        }
        words
    }

    fn fight(who: Who, attack: &str, more: &[&str]) -> Result<(Bout, Seen), Failed> {
        let mut bout = Bout::new(who, &with(more))?;
        let seen = bout.fight(attack, &[])?;
        Ok((bout, seen))
    }

    fn ends(who: Who, attack: &str, more: &[&str], end: &str) -> Result<Seen, Failed> {
        let (_, seen) = fight(who, attack, more)?;
        expect(seen, end)
    }

    fn expect(seen: Seen, end: &str) -> Result<Seen, Failed> {
        if seen.end == end {
            return Ok(seen);
        }
        Err(format!("{end}(으)로 끝나야 합니다: {seen:?}").into())
    }

    /// 공격이 아니어도 같은 것을 모두 살핍니다. 살피는 일 자체가 옳은지 봅니다.
    fn quiet_program(who: Who) -> Outcome {
        Bout::new(who, &with(&[]))?.untouched()
    }

    fn fork_bomb(who: Who) -> Outcome {
        let seen = ends(who, "fork_bomb", &["--wall", "1"], "wall")?;
        assert_eq!(seen.number("만든 수")?, 16);
        // 이름공간이 없어도 남지 않습니다.
        ends(
            who,
            "fork_bomb",
            &["--wall", "1", "--without", "namespaces"],
            "wall",
        )?;
        Ok(())
    }

    fn thread_bomb(who: Who) -> Outcome {
        let seen = ends(who, "thread_bomb", &["--wall", "1"], "wall")?;
        assert_eq!(seen.number("만든 수")?, 16);
        Ok(())
    }

    fn memory_in_one(who: Who) -> Outcome {
        ends(who, "memory_one", &[], "memory").map(drop)
    }

    fn memory_in_eight(who: Who) -> Outcome {
        ends(who, "memory_eight", &[], "memory").map(drop)
    }

    fn memory_shared(who: Who) -> Outcome {
        ends(who, "memory_shared", &[], "memory").map(drop)
    }

    fn endless_loop(who: Who) -> Outcome {
        ends(who, "endless_loop", &["--wall", "1"], "wall").map(drop)
    }

    /// 벽시계보다 먼저, 쓴 CPU가 끝냅니다. 컴퓨터가 바쁠 때에도 같은 만큼 돕니다.
    fn endless_loop_on_cpu(who: Who) -> Outcome {
        ends(
            who,
            "endless_loop",
            &["--wall", "100", "--cpu", "0.2"],
            "cpu",
        )
        .map(drop)
    }

    fn endless_output(who: Who) -> Outcome {
        let seen = ends(who, "endless_output", &["--output", "100000"], "output")?;
        assert_eq!(seen.stdout.len(), 100_000);
        Ok(())
    }

    fn endless_errors(who: Who) -> Outcome {
        let mut bout = Bout::new(who, &with(&["--output", "100000"]))?;
        let seen = expect(bout.fight("endless_output", &["stderr"])?, "output")?;
        assert_eq!(seen.stderr.len(), 100_000);
        Ok(())
    }

    fn huge_file(who: Who) -> Outcome {
        let seen = ends(who, "huge_file", &["--memory", "64"], "output")?;
        assert_eq!(seen.number("만든 크기")?, 8 << 20);
        Ok(())
    }

    fn deleted_files(who: Who) -> Outcome {
        ends(who, "deleted_files", &["--memory", "64"], "output").map(drop)
    }

    fn many_files(who: Who) -> Outcome {
        ends(who, "many_files", &[], "output").map(drop)
    }

    fn deep_folders(who: Who) -> Outcome {
        let (bout, _) = {
            let (bout, seen) = fight(who, "deep_folders", &[])?;
            (bout, expect(seen, "output")?)
        };
        // 검사를 부른 이가 아니라 `course`를 부른 이가 지울 수 있어야 합니다.
        let mut remove = who.command(Path::new("/bin/rm"));
        remove.arg("-r").args(bout.made()?);
        let removed = support::run(remove, Duration::from_secs(60))?;
        assert!(removed.status.success(), "{}", removed.stderr);
        assert!(bout.made()?.is_empty());
        Ok(())
    }

    fn setsid_daemon(who: Who) -> Outcome {
        leaves(who, "daemon", 1)
    }

    fn double_fork(who: Who) -> Outcome {
        leaves(who, "double_fork", 3)
    }

    fn pipe_holder(who: Who) -> Outcome {
        leaves(who, "pipe_holder", 1)
    }

    /// 프로그램은 스스로 끝났고, 남은 것은 끝냈습니다. 벽시계가 끝낸 것이 아닙니다.
    fn leaves(who: Who, attack: &str, left: u64) -> Outcome {
        for without in [&[][..], &["--without", "namespaces"]] {
            let seen = ends(who, attack, without, "{exited:5}")?;
            assert_eq!(seen.left, left, "{seen:?}");
        }
        Ok(())
    }

    fn kill_the_parent(who: Who) -> Outcome {
        for without in [
            &[][..],
            &["--without", "namespaces"],
            &["--without", "landlock"],
        ] {
            ends(who, "kill_all", without, "{exited:0}")?;
        }
        Ok(())
    }

    fn ptrace(who: Who) -> Outcome {
        for without in [&[][..], &["--without", "namespaces"]] {
            ends(who, "ptrace", without, "{exited:0}")?;
        }
        Ok(())
    }

    fn proc_of_others(who: Who) -> Outcome {
        for without in [&[][..], &["--without", "namespaces"]] {
            let mut words = with(without);
            words.push("--proc");
            let mut bout = Bout::new(who, &words)?;
            expect(bout.fight("proc_peek", &[])?, "{exited:0}")?;
        }
        Ok(())
    }

    fn reading_hidden_tests(who: Who) -> Outcome {
        for without in [&[][..], &["--without", "landlock"]] {
            let (bout, seen) = fight(who, "read_hidden", without)?;
            let seen = expect(seen, "{exited:0}")?;
            let said = format!("{seen:?}");
            assert!(!said.contains(&bout.secret), "{said}");
        }
        Ok(())
    }

    fn writing_outside(who: Who) -> Outcome {
        for without in [&[][..], &["--without", "landlock"]] {
            ends(who, "write_outside", without, "{exited:0}")?;
        }
        Ok(())
    }

    fn sockets(who: Who) -> Outcome {
        for without in [
            &[][..],
            &["--without", "namespaces"],
            &["--without", "landlock"],
        ] {
            ends(who, "sockets", without, "{exited:0}")?;
        }
        Ok(())
    }

    fn kernel_leftovers(who: Who) -> Outcome {
        ends(who, "leftovers", &[], "{exited:0}").map(drop)
    }

    fn privileges(who: Who) -> Outcome {
        let suid = arena()?.attack("suid");
        fs::copy(arena()?.attack("effective"), &suid)?;
        // 검사를 root로 돌리면 주인이 root인 setuid 파일입니다.
        fs::set_permissions(&suid, fs::Permissions::from_mode(0o4755))?;
        let path = suid.display().to_string();
        let env = format!("SUID={path}");
        ends(
            who,
            "privileges",
            &["--read", &path, "--env", &env],
            "{exited:0}",
        )
        .map(drop)
    }

    fn leaked_descriptors(who: Who) -> Outcome {
        // 두 겹이 저마다 혼자서도 막습니다.
        for without in [&[][..], &["--without", "closed"], &["--without", "on-exec"]] {
            let mut bout = Bout::new(who, &with(without))?;
            // exec해도 닫히지 않는 디스크립터를 물려줍니다.
            let leaked = fs::File::open(bout.hidden())?;
            fcntl(&leaked, FcntlArg::F_SETFD(FdFlag::empty()))?;
            expect(bout.fight("descriptors", &[])?, "{exited:0}")?;
        }
        Ok(())
    }

    fn killed_course(who: Who) -> Outcome {
        killed(who, false, |course| vec![course])
    }

    fn killed_keeper(who: Who) -> Outcome {
        killed(who, true, children)
    }

    fn killed_warden(who: Who) -> Outcome {
        killed(who, false, |course| {
            children(course).into_iter().flat_map(children).collect()
        })
    }

    /// 도는 가운데 누군가를 SIGKILL로 끝냅니다. 모두 끝나야 합니다.
    fn killed(who: Who, keeper: bool, victims: impl Fn(u32) -> Vec<u32>) -> Outcome {
        for without in [&[][..], &["--without", "namespaces"]] {
            // 이름공간도 다른 사용자도 없을 때 지킴이까지 밖에서 끝내면, 누가 우리의 것이었는지 아무도 모릅니다.
            // 막지 못한다고 적어 둔 것입니다(`course defences`의 `keeper`).
            if keeper && who == Who::User && !without.is_empty() {
                continue;
            }
            let mut bout = Bout::new(who, &with(without))?;
            let mut command = bout.command(&arena()?.attack("stay"), &[])?;
            let mut course = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()?;
            let ready = bout.dir.path().join("ready");
            until("공격이 서기를", || ready.exists())?;
            // 지킴이와 안지기는 부르는 이의 사용자로 돌고, 프로그램과 자손이 일곱 더 있습니다.
            assert!(bout.left().len() >= 7, "{:?}", bout.left());
            let victims = victims(course.id());
            assert_eq!(victims.len(), 1, "{victims:?}");
            for victim in &victims {
                kill(Pid::from_raw(i32::try_from(*victim)?), Signal::SIGKILL)?;
            }
            let status = course.wait()?;
            if victims != [course.id()] {
                // 판정이 아니라 채점하는 쪽의 잘못입니다.
                assert_eq!(status.code(), Some(2));
            }
            until("모두 끝나기를", || bout.left().is_empty()).map_err(|why| {
                format!(
                    "{}: {without:?} {:?}",
                    why.message().unwrap_or(""),
                    bout.left()
                )
            })?;
            bout.untouched()?;
        }
        Ok(())
    }

    /// 참이 될 때까지 다시 봅니다. 차례를 맞추려는 잠이 아닙니다.
    fn until(what: &str, done: impl Fn() -> bool) -> Outcome {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done() {
            if Instant::now() >= deadline {
                return Err(format!("{what} 기다렸으나 되지 않았습니다").into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// 소스를 우리 안에서 컴파일합니다.
    fn compile(
        who: Who,
        wall: &str,
        source: impl Fn(&Bout) -> String,
    ) -> Result<(Bout, Seen), Failed> {
        let sysroot = toolchain(who)?;
        let read = sysroot.display().to_string();
        let more = [
            "--wall",
            wall,
            "--memory",
            "1024",
            "--file",
            "64",
            "--processes",
            "48",
            "--read",
            &read,
            "--env",
            "PATH=/usr/bin:/bin",
        ];
        let mut words = with(&more);
        words.push("--proc");
        let mut bout = Bout::new(who, &words)?;
        fs::write(bout.dir.path().join("attack.rs"), source(&bout))?;
        let rustc = sysroot.join("bin/rustc");
        let command = bout.command(&rustc, &["--edition", "2024", "attack.rs", "-o", "attack"])?;
        let seen = bout.settle(command)?;
        Ok((bout, seen))
    }

    /// 컴파일되지 않았고, 비밀이 어디에도 없습니다.
    fn refused(bout: &Bout, seen: &Seen) -> Outcome {
        assert!(!bout.dir.path().join("attack").exists(), "{seen:?}");
        let said = format!("{seen:?}");
        assert!(!said.contains(&bout.secret), "{said}");
        Ok(())
    }

    fn compile_includes_hidden_test(who: Who) -> Outcome {
        let hidden = |bout: &Bout| bout.hidden().display().to_string();
        let up = |bout: &Bout| format!("{}{}", "../".repeat(30), hidden(bout));
        let sources: [&dyn Fn(&Bout) -> String; 5] = [
            &|bout| format!("fn main() {{ println!(include_str!({:?})) }}", hidden(bout)),
            &|bout| {
                format!(
                    "fn main() {{ println!(\"{{:?}}\", include_bytes!({:?})) }}",
                    up(bout)
                )
            },
            &|bout| format!("#[path = {:?}] mod hidden; fn main() {{}}", hidden(bout)),
            &|bout| {
                format!(
                    "const H: &str = include!({:?}); fn main() {{ println!(\"{{H}}\") }}",
                    hidden(bout)
                )
            },
            &|bout| {
                format!(
                    "std::arch::global_asm!(\".incbin {}\"); fn main() {{}}",
                    format!("{:?}", hidden(bout)).replace('"', "\\\"")
                )
            },
        ];
        for source in sources {
            let (bout, seen) = compile(who, "60", source)?;
            expect(seen, "{exited:1}").and_then(|seen| {
                // 문법이 틀려서가 아니라 파일을 읽지 못해서 안 되어야 합니다.
                let unread = [
                    "couldn't read",
                    "Could not find incbin",
                    "No such file",
                    "Permission denied",
                ];
                assert!(
                    unread.iter().any(|text| seen.stderr.contains(text)),
                    "{seen:?}"
                );
                refused(&bout, &seen)
            })?;
        }
        // 제 폴더의 파일은 읽습니다. 위의 것이 다 막혀서 안 된 것이 아닙니다.
        let (bout, seen) = compile(who, "60", |_| {
            "fn main() { println!(\"{}\", include_str!(\"attack.rs\")) }".to_owned()
        })?;
        expect(seen, "{exited:0}")?;
        assert!(bout.dir.path().join("attack").is_file());
        Ok(())
    }

    fn compile_reads_environment(who: Who) -> Outcome {
        let (bout, seen) = compile(who, "60", |_| {
            "fn main() { println!(env!(\"NORITEO_SECRET\")) }".to_owned()
        })?;
        let seen = expect(seen, "{exited:1}")?;
        assert!(
            seen.stderr.contains("not defined at compile time"),
            "{seen:?}"
        );
        refused(&bout, &seen)?;
        // 이 판의 것이 다음 판에서 남은 것으로 보이지 않게 합니다.
        drop(bout);
        let environ = "fn main() { println!(include_str!(\"/proc/1/environ\")) }";
        let (bout, seen) = compile(who, "60", |_| environ.to_owned())?;
        refused(&bout, &expect(seen, "{exited:1}")?)
    }

    fn compile_reads_endless_file(who: Who) -> Outcome {
        let (bout, seen) = compile(who, "60", |_| {
            "fn main() { println!(\"{}\", include_bytes!(\"/dev/zero\").len()) }".to_owned()
        })?;
        assert_ne!(seen.end, "wall", "{seen:?}");
        refused(&bout, &seen)
    }

    fn compile_endless_const(who: Who) -> Outcome {
        let (bout, seen) = compile(who, "3", |_| {
            "#![allow(long_running_const_eval)] const N: u64 = { loop {} }; fn main() { println!(\"{N}\") }".to_owned()
        })?;
        refused(&bout, &expect(seen, "wall")?)
    }

    fn compile_macro_bomb(who: Who) -> Outcome {
        let (bout, seen) = compile(who, "60", |_| {
            "#![recursion_limit = \"1000\"] macro_rules! bomb { ($($t:tt)*) => { bomb!($($t)* $($t)*) } } fn main() { bomb!(a) }".to_owned()
        })?;
        refused(&bout, &expect(seen, "memory")?)
    }

    /// 막이의 이름과, 막혔는지입니다.
    fn defences(who: Who, more: &[&str]) -> Result<Vec<(String, bool, bool)>, Failed> {
        let mut command: Command = who.command(&arena()?.course);
        command.args(["defences", "--json"]).args(more);
        let output = support::run(command, Duration::from_secs(120))?;
        let all: Value = serde_json::from_str(&output.stdout)
            .map_err(|error| format!("{error}: {}{}", output.stdout, output.stderr))?;
        let all = all.as_array().ok_or("목록이 아닙니다")?;
        let row = |one: &Value| {
            let name = one["name"].as_str().unwrap_or_default().to_owned();
            (name, one["active"] == true, one["needed"] == true)
        };
        Ok(all.iter().map(row).collect())
    }

    fn open(all: &[(String, bool, bool)]) -> Vec<&str> {
        let open = all.iter().filter(|(_, active, needed)| !active && *needed);
        open.map(|(name, ..)| name.as_str()).collect()
    }

    fn every_defence_holds(who: Who) -> Outcome {
        let all = defences(who, &[])?;
        assert!(all.len() >= 15);
        assert_eq!(open(&all), Vec::<&str>::new());
        let user = all.iter().find(|(name, ..)| name == "user");
        // 보통 사용자는 다른 사용자가 될 수 없고, 그것을 숨기지 않습니다.
        assert_eq!(user.map(|(_, active, _)| *active), Some(who == Who::Root));
        Ok(())
    }

    /// 한 겹을 빼도 다른 겹이 막습니다. ptrace만은 seccomp뿐입니다.
    fn each_layer_alone_is_not_the_only_one(who: Who) -> Outcome {
        for layer in ["namespaces", "landlock"] {
            assert_eq!(
                open(&defences(who, &["--without", layer])?),
                Vec::<&str>::new(),
                "{layer}"
            );
        }
        assert_eq!(open(&defences(who, &["--without", "seccomp"])?), ["ptrace"]);
        Ok(())
    }

    /// 두 겹이 없으면 뚫리고, 뚫린다고 말합니다. 뚫어 보는 일이 늘 막혔다고만 하지 않는지 봅니다.
    fn a_missing_wall_is_told(who: Who) -> Outcome {
        let bare = [
            "--without",
            "namespaces",
            "--without",
            "landlock",
            "--without",
            "seccomp",
        ];
        let all = defences(who, &bare)?;
        let mut expected = vec![
            "read",
            "write",
            "tcp",
            "udp",
            "hidden-socket",
            "named-socket",
            "ptrace",
        ];
        if who == Who::User {
            // 다른 사용자도 아니므로 시그널도 환경도 막지 못합니다.
            expected.insert(6, "signal");
            // 실행만 하게 한 파일의 주인이기도 합니다.
            expected.insert(2, "grader");
            expected.push("environ");
        }
        assert_eq!(open(&all), expected);
        Ok(())
    }
}
