//! 명령줄입니다. 종료 코드: 0 모두 통과, 1 틀린 것이 있음, 2 채점하는 쪽의 잘못, 130 Ctrl-C.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Instant,
};

use clap::{Parser, Subcommand};

use crate::{
    cage,
    check::{self, Options, Report},
    durable,
    exercise::{self, Course, Exercise},
    fault::{Fault, Result},
    grade::{self, Plan},
    handout,
    kit::Kits,
    pages,
    progress::{self, Book},
    report::Format,
    roster::{self, Student},
    show, similarity, skeleton, stop,
    submissions::{self, Handed, Submissions},
    variant::Secret,
    verify, watch,
};

/// 연습 문제를 풀고 채점합니다.
#[derive(Debug, Parser)]
#[command(
    name = "course",
    bin_name = "cargo course",
    disable_help_subcommand = true
)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// 선생님만 가진 폴더입니다. 문제를 바꾸거나 검사를 더합니다.
    #[arg(long, global = true, value_name = "폴더")]
    overlay: Option<PathBuf>,
    /// 문제가 있는 저장소입니다. 적지 않으면 이 프로그램이 지어진 곳입니다.
    #[arg(long, global = true, value_name = "폴더")]
    root: Option<PathBuf>,
    /// 우리(cage)를 두를 때 빼고 두를 겹입니다. 우리를 시험할 때만 씁니다.
    #[arg(long, global = true, hide = true, value_enum)]
    without: Vec<cage::Layer>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 문제와 진도를 봅니다.
    List,
    /// 다음에 풀 문제를 알려 줍니다.
    Next,
    /// 문제 하나를 검사합니다. 적지 않으면 마지막으로 고친 것을 봅니다.
    Check {
        /// 문제의 이름입니다. 앞부분만 적어도 됩니다.
        id: Option<String>,
        /// 이 파일을 검사합니다. 진도에는 적지 않습니다.
        #[arg(long, value_name = "파일")]
        file: Option<PathBuf>,
        /// 공개된 검사만 봅니다.
        #[arg(long)]
        visible: bool,
        /// 씨앗이 있는 문제에서 여러분의 씨앗입니다. 한 번 적으면 기억합니다.
        #[arg(long, value_name = "수")]
        seed: Option<u64>,
    },
    /// 저장할 때마다 검사합니다. Ctrl-C로 끝냅니다.
    Watch {
        /// 공개된 검사만 봅니다.
        #[arg(long)]
        visible: bool,
    },
    /// 도움말을 하나씩 더 보여 줍니다.
    Hint {
        /// 문제의 이름입니다.
        id: String,
    },
    /// 출발 파일로 되돌립니다. 고치던 것은 따로 남겨 둡니다.
    Reset {
        /// 문제의 이름입니다.
        id: String,
    },
    /// 예시 답을 봅니다. 만점을 받은 뒤에 볼 수 있습니다.
    Solution {
        /// 문제의 이름입니다.
        id: String,
        /// 만점이 아니어도 봅니다. 선생님이 씁니다.
        #[arg(long)]
        anyway: bool,
    },
    /// 문제를 검사합니다: 출발 파일, 예시 답, 틀린 답의 판정이 옳아야 합니다.
    Verify {
        /// 이 문제만 봅니다. 없으면 모두 보고, 판정표를 `target/evidence`에 남깁니다.
        ids: Vec<String>,
        /// 답 하나를 몇 번씩 채점할지입니다.
        #[arg(long, default_value_t = 1, value_name = "횟수")]
        runs: u32,
        /// 함께 돌릴 수입니다.
        #[arg(long, default_value_t = 4, value_name = "개수")]
        jobs: usize,
        /// 모든 코어를 바쁘게 한 채로 합니다.
        #[arg(long)]
        busy: bool,
        /// 판정표를 JSON으로 적습니다.
        #[arg(long)]
        json: bool,
    },
    /// 프로그램 하나를 가두어 돌려 봅니다.
    Cage(cage::command::Cage),
    /// 이 컴퓨터에서 무엇을 막을 수 있는지 뚫어 봅니다.
    Defences(cage::command::Defences),
    /// 새 문제의 뼈대를 만듭니다.
    New {
        /// 문제의 이름입니다(`ex19_short_name`).
        id: String,
    },
    /// 학생에게 나누어 줄 꾸러미를 만듭니다. 답과 숨긴 검사는 넣지 않습니다.
    Handout {
        /// 넣을 문제입니다. 없으면 모두 넣습니다.
        ids: Vec<String>,
        /// 만들 폴더입니다. 비어 있어야 합니다.
        #[arg(long, value_name = "폴더")]
        out: PathBuf,
    },
    /// 한 반을 모아 채점합니다. 다시 하면 바뀐 것만 채점합니다.
    Grade {
        /// 제출물이 모인 폴더입니다.
        submissions: PathBuf,
        #[command(flatten)]
        who: Who,
        /// 성적을 적을 폴더입니다.
        #[arg(long, value_name = "폴더")]
        out: PathBuf,
        /// 적을 꼴입니다. 쉼표로 잇습니다.
        #[arg(
            long,
            value_enum,
            value_delimiter = ',',
            default_value = "csv,json,html",
            value_name = "꼴"
        )]
        format: Vec<Format>,
        /// 이 문제만 봅니다. 여러 번 적을 수 있습니다.
        #[arg(long, value_name = "이름")]
        exercise: Vec<String>,
        /// 함께 채점할 학생의 수입니다. 적지 않으면 코어의 수입니다.
        #[arg(long, value_name = "개수")]
        jobs: Option<usize>,
        /// 공개된 검사만 봅니다.
        #[arg(long)]
        visible: bool,
        /// 막지 못하는 것이 있는 컴퓨터에서도 숨긴 검사를 봅니다(`defences`).
        #[arg(long, conflicts_with = "visible")]
        hidden_anyway: bool,
    },
    /// 닮은 제출물을 찾는 JPlag와 Dolos가 읽을 폴더를 만듭니다.
    ExportSimilarity {
        /// 제출물이 모인 폴더입니다.
        submissions: PathBuf,
        /// 명단입니다(CSV).
        #[arg(long, value_name = "파일")]
        roster: PathBuf,
        /// 만들 폴더입니다.
        #[arg(long, value_name = "폴더")]
        out: PathBuf,
        /// 이 문제만 봅니다. 여러 번 적을 수 있습니다.
        #[arg(long, value_name = "이름")]
        exercise: Vec<String>,
    },
    /// 책에 싣는 문제의 쪽을 exercise.toml로 새로 만듭니다.
    Pages {
        /// 만들지 않고, 낡은 것이 있는지만 봅니다.
        #[arg(long)]
        check: bool,
        /// 이 저장소 대신 볼 저장소의 뿌리입니다.
        #[arg(long, value_name = "폴더")]
        book: Option<PathBuf>,
    },
    /// 학생의 씨앗을 알려 줍니다.
    Variant {
        /// 문제의 이름입니다.
        id: String,
        /// 학번입니다.
        #[arg(long, value_name = "학번")]
        seed: String,
    },
}

/// 누구를 채점할지입니다.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// 명단입니다(CSV). `학번`(`id`) 열이 있어야 하고, `이름`(`name`)과 `github` 열을 더 읽습니다.
    #[arg(long, value_name = "파일")]
    roster: Option<PathBuf>,
    /// 명단 없이 이 학생 하나만 봅니다. 제출물의 폴더가 그 학생의 폴더입니다.
    #[arg(long, value_name = "학번")]
    student: Option<String>,
}

/// 명령줄을 읽고 실행합니다.
///
/// # Errors
/// 채점하는 쪽의 잘못입니다.
pub fn run() -> Result<ExitCode> {
    let args = Args::parse();
    stop::listen()?;
    cage::go_without(args.without);
    let course = Course {
        root: args
            .root
            .map_or_else(|| Ok(exercise::root()), |root| whole(&root))?,
        overlay: args.overlay.map(|folder| whole(&folder)).transpose()?,
    };
    let done = |()| Ok(ExitCode::SUCCESS);
    match args.command {
        Command::List => list(&course).and_then(done),
        Command::Next => next(&course).and_then(done),
        Command::Check {
            id,
            file,
            visible,
            seed,
        } => {
            let exercise = match id {
                Some(id) => course.find(&id)?,
                None => latest(&course)?,
            };
            let kits = Kits::new(&exercise::root());
            let report = student(&course, &kits, &exercise, file.as_deref(), visible, seed)?;
            Ok(ExitCode::from(u8::from(report.points < report.full)))
        }
        Command::Watch { visible } => {
            let kits = Kits::new(&exercise::root());
            let exercises = course.exercises()?;
            watch::watch(&course.root.join("examples"), |path| {
                let mine = exercises
                    .iter()
                    .find(|one| one.work.file_name() == path.file_name());
                if let Some(exercise) = mine {
                    println!();
                    student(&course, &kits, exercise, None, visible, None)?;
                }
                Ok(())
            })
            .and_then(done)
        }
        Command::Cage(cage) => cage.main(),
        Command::Defences(defences) => defences.main(),
        Command::Hint { id } => hint(&course, &id).and_then(done),
        Command::Reset { id } => reset(&course, &id).and_then(done),
        Command::Solution { id, anyway } => solution(&course, &id, anyway),
        Command::Verify {
            ids,
            runs,
            jobs,
            busy,
            json,
        } => check_exercises(&course, &ids, runs, jobs, busy, json),
        Command::New { id } => {
            for path in skeleton::new(&course, &id)? {
                println!("만듦  {}", path.display());
            }
            println!("채운 다음 `cargo course verify {id}`로 무엇이 더 있어야 하는지 보세요.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Handout { ids, out } => {
            let exercises = chosen(&course, &ids)?;
            let kits = Kits::new(&exercise::root());
            handout::handout(&kits, &exercise::root(), &exercises, &out)?;
            println!(
                "{}에 문제 {}개를 담았습니다.",
                out.display(),
                exercises.len()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Grade {
            submissions,
            who,
            out,
            format,
            exercise,
            jobs,
            visible,
            hidden_anyway,
        } => {
            let exercises = chosen(&course, &exercise)?;
            let (roster, submissions) = who.read(&submissions)?;
            let visible_only = visible || !safe_for_hidden(hidden_anyway);
            grade_class(&Plan {
                exercises: &exercises,
                roster: &roster,
                submissions: &submissions,
                out: &out,
                formats: &format,
                jobs: jobs
                    .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)),
                visible_only,
                secret: &Secret::read(course.overlay.as_deref())?,
            })
        }
        Command::ExportSimilarity {
            submissions,
            roster,
            out,
            exercise,
        } => {
            let exercises = chosen(&course, &exercise)?;
            let roster = roster::read(&roster)?;
            let submissions = Submissions::scan(&submissions, &roster)?;
            let secret = Secret::read(course.overlay.as_deref())?;
            let count = similarity::export(&exercises, &roster, &submissions, &secret, &out)?;
            println!(
                "제출물 {count}개를 {}에 담았습니다. 번호의 주인은 key.csv에 있습니다.",
                out.display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Pages { check, book } => {
            let course = Course {
                root: book.unwrap_or(course.root),
                overlay: None,
            };
            let found = if check {
                pages::stale(&course)?
            } else {
                pages::write(&course)?
            };
            let word = if check {
                "낡았습니다"
            } else {
                "새로 썼습니다"
            };
            for one in &found {
                println!("{}: {word}", one.path.display());
            }
            if check && !found.is_empty() {
                println!("`cargo course pages`를 실행하고, 바뀐 것을 함께 커밋하세요.");
            }
            Ok(ExitCode::from(u8::from(check && !found.is_empty())))
        }
        Command::Variant { id, seed } => {
            let exercise = course.find(&id)?;
            let secret = Secret::read(course.overlay.as_deref())?;
            println!("{}", secret.seed(&exercise.meta.id, &seed));
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl Who {
    fn read(self, folder: &Path) -> Result<(Vec<Student>, Submissions)> {
        if let Some(id) = &self.student {
            if !folder.is_dir() {
                return Err(Fault(format!("{}: 폴더가 없습니다.", folder.display())));
            }
            return Ok((vec![Student::alone(id)?], Submissions::of_one(folder)));
        }
        let roster = roster::read(&self.roster.unwrap_or_default())?;
        let submissions = Submissions::scan(folder, &roster)?;
        Ok((roster, submissions))
    }
}

fn whole(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .map_err(|error| Fault::file("폴더를 찾지 못했습니다", path, &error))
}

/// 숨긴 검사를 이 컴퓨터에서 돌려도 되는지입니다. 막지 못하는 것이 있으면 무엇인지 말합니다.
fn safe_for_hidden(anyway: bool) -> bool {
    let told: Vec<String> = match cage::open_to_attack() {
        Ok(open) => open
            .iter()
            .map(|one| format!("  {}: {}", one.what, one.why))
            .collect(),
        Err(fault) => vec![format!("  뚫어 보지 못했습니다. {fault}")],
    };
    if told.is_empty() {
        return true;
    }
    eprintln!("이 컴퓨터에서는 막지 못하는 것이 있습니다.");
    for line in told {
        eprintln!("{line}");
    }
    eprintln!(
        "{}",
        if anyway {
            "--hidden-anyway를 적었으므로 숨긴 검사도 봅니다."
        } else {
            "그래서 공개된 검사만 봅니다. 그래도 숨긴 검사를 보려면 --hidden-anyway를 적으세요."
        }
    );
    anyway
}

/// 적은 문제이거나, 적지 않았으면 모두입니다.
fn chosen(course: &Course, ids: &[String]) -> Result<Vec<Exercise>> {
    let exercises = if ids.is_empty() {
        course.exercises()?
    } else {
        ids.iter()
            .map(|id| course.find(id))
            .collect::<Result<_>>()?
    };
    if exercises.is_empty() {
        return Err(Fault(format!(
            "{}: 연습 문제가 하나도 없습니다.",
            course.root.display()
        )));
    }
    Ok(exercises)
}

fn list(course: &Course) -> Result<()> {
    let progress = Book::of(course).read()?;
    println!("{}", show::list(&course.exercises()?, &progress));
    Ok(())
}

fn next(course: &Course) -> Result<()> {
    let progress = Book::of(course).read()?;
    let exercises = course.exercises()?;
    let rest = exercises.iter().find(|one| {
        let standing = progress.exercises.get(&one.meta.id);
        !standing.is_some_and(progress::Standing::passed)
    });
    match rest {
        Some(exercise) => println!("{}", show::start(course, exercise)),
        None => println!("모두 풀었습니다."),
    }
    Ok(())
}

/// 마지막으로 고친 문제입니다. 고친 것이 없으면 마지막으로 검사한 것입니다.
fn latest(course: &Course) -> Result<Exercise> {
    let mut newest = None;
    for exercise in course.exercises()? {
        let touched = fs::read(&exercise.work).ok() != fs::read(&exercise.starter).ok();
        let time = fs::metadata(&exercise.work).and_then(|meta| meta.modified());
        if let (true, Ok(time)) = (touched && exercise.starter != exercise.work, time) {
            newest = newest.max(Some((time, exercise.meta.id)));
        }
    }
    let last = match newest {
        Some((_, id)) => Some(id),
        None => Book::of(course).read()?.last,
    };
    match last {
        Some(id) => course.find(&id),
        None => Err(Fault::new(
            "아직 고친 문제가 없습니다. 문제의 이름을 적으세요: `cargo course check ex07`",
        )),
    }
}

/// 학생이 제 파일을 검사합니다.
fn student(
    course: &Course,
    kits: &Kits,
    exercise: &Exercise,
    file: Option<&Path>,
    visible_only: bool,
    seed: Option<u64>,
) -> Result<Report> {
    let book = Book::of(course);
    let id = &exercise.meta.id;
    let kept = book
        .read()?
        .exercises
        .get(id)
        .and_then(|standing| standing.seed);
    let options = Options {
        seed: seed.or(kept).unwrap_or_default(),
        only: None,
        visible_only,
    };
    let report = match submissions::read(file.unwrap_or(&exercise.work))? {
        Handed::Source(source) => check::check(kits, exercise, &source, options)?,
        Handed::Refused(said) => check::refused(exercise, said, options),
        Handed::Missing => check::refused(exercise, "파일이 없습니다.".to_owned(), options),
    };
    print!("{}", show::report(exercise, &report));
    if file.is_none() {
        book.checked(exercise, &report, seed)?;
    }
    Ok(report)
}

fn hint(course: &Course, id: &str) -> Result<()> {
    let exercise = course.find(id)?;
    let hints = &exercise.meta.hints;
    let shown = Book::of(course).change(|progress| {
        let standing = progress
            .exercises
            .entry(exercise.meta.id.clone())
            .or_default();
        standing.hints = (standing.hints + 1).min(hints.len());
        standing.hints
    })?;
    for (index, hint) in hints.iter().take(shown).enumerate() {
        println!("{}/{}  {hint}", index + 1, hints.len());
    }
    if shown < hints.len() {
        println!("더 보려면 한 번 더 실행하세요.");
    }
    Ok(())
}

fn reset(course: &Course, id: &str) -> Result<()> {
    let exercise = course.find(id)?;
    if exercise.starter == exercise.work {
        return Err(Fault(format!(
            "{}: 되돌릴 출발 파일(starter.rs)이 없습니다. `git restore {}`를 쓰세요.",
            exercise.folder.display(),
            progress::shown(course, &exercise.work)
        )));
    }
    let fault = |path: &Path, error: &std::io::Error| Fault::file("읽지 못했습니다", path, error);
    let pristine = fs::read(&exercise.starter).map_err(|error| fault(&exercise.starter, &error))?;
    if let Ok(current) = fs::read(&exercise.work) {
        if current == pristine {
            println!("고친 것이 없습니다.");
            return Ok(());
        }
        let backup = Book::of(course).backup(&exercise.meta.id);
        durable::write(&backup, &current)?;
        println!(
            "고치던 것은 {}에 남겼습니다.",
            progress::shown(course, &backup)
        );
    }
    durable::write(&exercise.work, &pristine)?;
    println!(
        "{}를 되돌렸습니다.",
        progress::shown(course, &exercise.work)
    );
    Ok(())
}

fn solution(course: &Course, id: &str, anyway: bool) -> Result<ExitCode> {
    let exercise = course.find(id)?;
    let progress = Book::of(course).read()?;
    let standing = progress.exercises.get(&exercise.meta.id);
    if !anyway && !standing.is_some_and(progress::Standing::passed) {
        println!(
            "예시 답은 만점을 받은 뒤에 볼 수 있습니다. 막혔으면 `cargo course hint {}`를 보세요.",
            exercise.meta.id
        );
        return Ok(ExitCode::from(1));
    }
    let path = exercise.solution();
    if !path.is_file() {
        println!("이 꾸러미에는 예시 답이 없습니다.");
        return Ok(ExitCode::from(1));
    }
    let text =
        fs::read_to_string(&path).map_err(|error| Fault::file("읽지 못했습니다", &path, &error))?;
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

fn check_exercises(
    course: &Course,
    ids: &[String],
    runs: u32,
    jobs: usize,
    busy: bool,
    json: bool,
) -> Result<ExitCode> {
    let exercises = chosen(course, ids)?;
    let kits = Kits::new(&exercise::root());
    let bar = grade::bar(verify::count(&exercises)?);
    let work = || {
        verify::verify(&kits, &exercises, runs, jobs, |row| {
            bar.inc(1);
            if let Some(trouble) = &row.trouble {
                let trouble = trouble.replace('\n', "\n  ");
                bar.suspend(|| eprintln!("{} {}: {trouble}", row.exercise, row.answer));
            }
        })
    };
    let rows = if busy {
        verify::while_busy(work)
    } else {
        work()
    };
    bar.finish_and_clear();
    let rows = rows?;
    if ids.is_empty() && course.overlay.is_none() {
        verify::evidence(&rows, busy)?;
    }
    let wrong = rows.iter().filter(|row| row.right < row.runs).count();
    if json {
        let text = serde_json::to_string_pretty(&rows)
            .map_err(|error| Fault(format!("판정표를 적지 못했습니다: {error}")))?;
        println!("{text}");
    } else {
        println!("{}", show::verdicts(&rows));
        // 어느 답에서나 비슷하므로 예시 답의 것만 보입니다. `--json`에는 다 있습니다.
        for row in rows.iter().filter(|row| row.kind == verify::Kind::Solution) {
            for remark in &row.remarks {
                println!("{} {remark}", row.exercise);
            }
        }
        println!("답 {}개 가운데 판정이 어긋난 것 {wrong}개", rows.len());
    }
    Ok(ExitCode::from(u8::from(wrong > 0)))
}

fn grade_class(plan: &Plan<'_>) -> Result<ExitCode> {
    let kits = Kits::new(&exercise::root());
    let start = Instant::now();
    let done = grade::grade(&kits, plan)?;
    for (exercise, report) in &done.alone {
        print!("{}", show::report(exercise, report));
    }
    for name in plan.submissions.strangers(plan.roster, plan.exercises) {
        eprintln!("명단에 없는 제출물: {name}");
    }
    for fault in &done.faults {
        eprintln!("채점하지 못함: {}", fault.replace('\n', "\n  "));
    }
    println!(
        "학생 {}명, 문제 {}개: 새로 채점 {}개, 그대로 {}개, 내지 않음 {}개, 채점하지 못함 {}개. 성적은 {}에 있습니다.",
        plan.roster.len(),
        plan.exercises.len(),
        done.graded,
        done.kept,
        done.missing,
        done.faults.len(),
        plan.out.display()
    );
    if let Some(median) = done.seconds.get(done.seconds.len() / 2) {
        println!(
            "{:.0}초 걸렸습니다. 제출물 하나에 가운데가 {median:.1}초입니다.",
            start.elapsed().as_secs_f64()
        );
    }
    Ok(ExitCode::from(if done.faults.is_empty() { 0 } else { 2 }))
}
