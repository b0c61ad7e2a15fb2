//! 한 반을 모아 채점합니다. 한 문제를 채점할 때마다 적으므로, 어디에서 멈추든 다시 하면 이어집니다.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::{
    check::{self, Options, Report},
    compile::{self, Compiled},
    digest::Digest,
    durable::{self, Lock},
    exercise::Exercise,
    fault::{Fault, Result},
    kit::Kits,
    report::{self, Class, Format, Line},
    roster::Student,
    submissions::{Handed, Submissions},
    variant::Secret,
};

/// 한 반의 채점입니다.
#[derive(Debug)]
pub struct Plan<'a> {
    /// 볼 문제입니다.
    pub exercises: &'a [Exercise],
    /// 명단입니다.
    pub roster: &'a [Student],
    /// 제출물입니다.
    pub submissions: &'a Submissions,
    /// 성적을 적을 폴더입니다.
    pub out: &'a Path,
    /// 적을 꼴입니다.
    pub formats: &'a [Format],
    /// 함께 채점할 학생의 수입니다.
    pub jobs: usize,
    /// 공개된 검사만 봅니다.
    pub visible_only: bool,
    /// 학생마다 다른 씨앗을 만들 비밀입니다.
    pub secret: &'a Secret,
}

/// 채점한 결과입니다.
#[derive(Debug, Default)]
pub struct Done {
    /// 새로 채점한 것의 수입니다.
    pub graded: usize,
    /// 바뀌지 않아 그대로 둔 것의 수입니다.
    pub kept: usize,
    /// 내지 않은 것의 수입니다.
    pub missing: usize,
    /// 채점하는 쪽의 잘못입니다. 학생의 점수가 아닙니다.
    pub faults: Vec<String>,
    /// 학생이 한 명일 때 그 학생의 성적입니다.
    pub alone: Vec<(Exercise, Report)>,
    /// 새로 채점한 제출물 하나하나에 걸린 시간, 초입니다. 컴파일까지 셉니다.
    pub seconds: Vec<f64>,
}

/// 한 학생의 성적입니다. `state/<학번>.json`에 있습니다.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sheet {
    exercises: BTreeMap<String, Graded>,
}

/// 채점한 것 하나입니다.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Graded {
    /// 낸 파일, 문제, 채점 도구의 지문입니다. 같으면 다시 채점하지 않습니다.
    key: String,
    /// 낸 파일의 지문입니다.
    source: String,
    report: Report,
    /// 걸린 시간, 초입니다.
    seconds: f64,
}

/// 모두 채점합니다. 한 학생의 잘못도, 채점하는 쪽의 잘못도 나머지를 멈추지 않습니다.
///
/// # Errors
/// 성적을 적을 수 없거나, 같은 폴더에 다른 채점이 돌고 있습니다.
pub fn grade(kits: &Kits, plan: &Plan<'_>) -> Result<Done> {
    let Some(_lock) = Lock::try_hold(&plan.out.join(".lock"))? else {
        return Err(Fault(format!(
            "{}: 같은 폴더에 적는 다른 채점이 돌고 있습니다. 끝난 뒤에 다시 하세요.",
            plan.out.display()
        )));
    };
    let states = plan.out.join("state");
    for folder in [plan.out.to_owned(), states.clone()] {
        durable::sweep(&folder);
    }
    let exercises: Vec<Ready<'_>> = plan
        .exercises
        .iter()
        .map(|exercise| Ready {
            exercise,
            tools: OnceLock::new(),
            sound: OnceLock::new(),
        })
        .collect();
    let class = Mutex::new(Class::new(plan.exercises, plan.roster, plan.visible_only));
    // 앞서 채점한 것부터 표에 넣습니다. 채점하는 동안에도 표에는 지금까지의 모두가 있습니다.
    let mut sheets = BTreeMap::new();
    for student in plan.roster {
        sheets.insert(student.id.clone(), Sheet::read(&states, student)?);
    }
    let queue: Mutex<VecDeque<(usize, &Student)>> =
        Mutex::new(plan.roster.iter().enumerate().collect());
    let done = Mutex::new(Done::default());
    let bar = bar(plan.roster.len() * plan.exercises.len());
    let failed: Mutex<Option<Fault>> = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(|| {
                while hold(&failed).is_none() {
                    let Some((index, student)) = hold(&queue).pop_front() else {
                        break;
                    };
                    let mut sheet = sheets.get(&student.id).cloned().unwrap_or_default();
                    let work = Work {
                        kits,
                        plan,
                        states: &states,
                        done: &done,
                        bar: &bar,
                    };
                    let told = work.student(student, &exercises, &mut sheet);
                    let told = told.and_then(|lines| {
                        let mut class = hold(&class);
                        class.lines[index] = lines;
                        report::write(&class, Some(index), plan.out, plan.formats)
                    });
                    if let Err(fault) = told {
                        hold(&failed).get_or_insert(fault);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    if let Some(fault) = hold(&failed).take() {
        return Err(fault);
    }
    report::write(&hold(&class), None, plan.out, plan.formats)?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.faults.sort();
    done.seconds.sort_by(f64::total_cmp);
    if let [lines] = hold(&class).lines.as_slice() {
        for (exercise, line) in plan.exercises.iter().zip(lines) {
            if let Line::Graded { report, .. } = line {
                done.alone.push((exercise.clone(), report.clone()));
            }
        }
    }
    Ok(done)
}

/// 쓸 수 있는 문제인지는 처음 쓸 때 한 번만 봅니다.
struct Ready<'a> {
    exercise: &'a Exercise,
    tools: OnceLock<Result<String>>,
    sound: OnceLock<Result<()>>,
}

impl Ready<'_> {
    /// 채점 도구의 지문입니다.
    fn tools(&self, kits: &Kits) -> Result<String> {
        let look = || kits.of(self.exercise)?.digest();
        self.tools.get_or_init(look).clone()
    }

    /// 채점기가 출발 파일과 맞는지 봅니다. 맞지 않으면 학생이 아니라 문제를 낸 쪽의 잘못입니다.
    fn sound(&self, kits: &Kits) -> Result<()> {
        let look = || {
            let starter = fs::read_to_string(&self.exercise.starter).map_err(|error| {
                Fault::file(
                    "출발 파일을 읽지 못했습니다",
                    &self.exercise.starter,
                    &error,
                )
            })?;
            match compile::compile(kits, self.exercise, &starter)? {
                Compiled::Done(_) => Ok(()),
                Compiled::Refused(said) => Err(Fault(format!(
                    "{}의 출발 파일이 채점기와 맞지 않습니다. {said}",
                    self.exercise.meta.id
                ))),
            }
        };
        self.sound.get_or_init(look).clone()
    }
}

/// 일꾼 하나가 쓰는 것입니다.
struct Work<'a> {
    kits: &'a Kits,
    plan: &'a Plan<'a>,
    states: &'a Path,
    done: &'a Mutex<Done>,
    bar: &'a ProgressBar,
}

impl Work<'_> {
    fn student(
        &self,
        student: &Student,
        exercises: &[Ready<'_>],
        sheet: &mut Sheet,
    ) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for ready in exercises {
            let line = match self.one(student, ready, sheet) {
                Ok(line) => line,
                Err(Trouble::Ours(fault)) => return Err(fault),
                Err(Trouble::Exercise(fault)) => {
                    let id = &ready.exercise.meta.id;
                    let told = format!("{} {id}: {fault}", student.id);
                    hold(self.done).faults.push(told);
                    // 앞서 받은 점수도 지웁니다. 지금의 채점기가 준 것이 아닙니다.
                    if sheet.exercises.remove(id).is_some() {
                        sheet.write(self.states, student)?;
                    }
                    Line::Fault
                }
            };
            lines.push(line);
            self.bar.inc(1);
        }
        Ok(lines)
    }

    fn one(
        &self,
        student: &Student,
        ready: &Ready<'_>,
        sheet: &mut Sheet,
    ) -> std::result::Result<Line, Trouble> {
        let exercise = ready.exercise;
        let id = &exercise.meta.id;
        let handed = self
            .plan
            .submissions
            .find(student, exercise)
            .map_err(Trouble::Exercise)?;
        let options = Options {
            seed: self.plan.secret.seed(id, &student.id),
            only: None,
            visible_only: self.plan.visible_only,
        };
        let source = match &handed {
            Handed::Source(source) => Digest::of(source.as_bytes()),
            Handed::Missing => String::new(),
            Handed::Refused(said) => Digest::of(said.as_bytes()),
        };
        let key = Digest::new()
            .add(
                ready
                    .tools(self.kits)
                    .map_err(Trouble::Exercise)?
                    .as_bytes(),
            )
            .add(exercise.digest().map_err(Trouble::Exercise)?.as_bytes())
            .add(format!("{handed:?} {} {}", options.seed, options.visible_only).as_bytes())
            .done();
        if handed == Handed::Missing {
            hold(self.done).missing += 1;
        }
        if let Some(kept) = sheet.exercises.get(id).filter(|kept| kept.key == key) {
            hold(self.done).kept += 1;
            return Ok(kept.line(&handed));
        }
        let start = Instant::now();
        let report = match &handed {
            Handed::Missing => check::refused(exercise, "제출하지 않았습니다.".to_owned(), options),
            Handed::Refused(said) => check::refused(exercise, said.clone(), options),
            Handed::Source(source) => {
                ready.sound(self.kits).map_err(Trouble::Exercise)?;
                check::check(self.kits, exercise, source, options).map_err(Trouble::Exercise)?
            }
        };
        let graded = Graded {
            key,
            source,
            report,
            seconds: start.elapsed().as_secs_f64(),
        };
        let line = graded.line(&handed);
        sheet.exercises.insert(id.clone(), graded);
        sheet.write(self.states, student).map_err(Trouble::Ours)?;
        let mut done = hold(self.done);
        done.graded += 1;
        if matches!(handed, Handed::Source(_)) {
            done.seconds
                .extend(sheet.exercises.get(id).map(|graded| graded.seconds));
        }
        Ok(line)
    }
}

/// 무엇이 잘못되었는지입니다.
enum Trouble {
    /// 이 문제, 이 학생만 채점하지 못했습니다.
    Exercise(Fault),
    /// 적을 수 없으므로 더 할 수 없습니다.
    Ours(Fault),
}

impl Graded {
    fn line(&self, handed: &Handed) -> Line {
        Line::Graded {
            report: self.report.clone(),
            source: self.source.clone(),
            missing: *handed == Handed::Missing,
            seconds: self.seconds,
        }
    }
}

impl Sheet {
    fn path(states: &Path, student: &Student) -> PathBuf {
        states.join(format!("{}.json", student.id))
    }

    fn read(states: &Path, student: &Student) -> Result<Sheet> {
        let path = Sheet::path(states, student);
        match fs::read(&path) {
            // 꼴이 다르면(앞선 판) 처음부터 다시 채점합니다.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sheet::default()),
            Err(error) => Err(Fault::file("성적을 읽지 못했습니다", &path, &error)),
        }
    }

    fn write(&self, states: &Path, student: &Student) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Fault(format!("성적을 적지 못했습니다: {error}")))?;
        durable::write_private(&Sheet::path(states, student), (text + "\n").as_bytes())
    }
}

/// 터미널에서만 보이는 진행 막대입니다.
pub fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} 남은 시간 {eta}") {
        bar.set_style(style);
    }
    bar
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
