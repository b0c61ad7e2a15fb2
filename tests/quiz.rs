//! 확인 문제를 검사합니다: 꼴, 답이 참인지, 브라우저에서 바로 알려 주는지.
//!
//! 「무엇이 출력될 수 있을까요」의 답은 손으로 정하지 않습니다. 적힌 프로그램을 정말로 돌려 보고,
//! 차례가 정해지지 않은 프로그램은 있을 수 있는 차례를 빠짐없이(shuttle) 돌려 나올 수 있는 것을 모읍니다.

#[path = "support/bound.rs"]
mod bound;
#[path = "support/browser.rs"]
mod browser;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use bound::Book;
use browser::{Browser, PHONE, key};
use flate2::{Compression, write::GzEncoder};
use libtest_mimic::Failed;
use regex::Regex;
use serde_json::json;
use support::Outcome;

/// 차례를 shuttle이 정하게 옮긴 예제들입니다. `tests/build.rs`가 만듭니다.
mod traced {
    include!(concat!(env!("OUT_DIR"), "/traced.rs"));
}

fn main() -> ExitCode {
    let mut tests = support::tests![
        every_question_is_whole,
        every_chapter_asks,
        right_answers_are_spread,
        this_check_can_fail,
        scripts_are_light,
        printed_answers_come_from_the_program,
        possible_outputs_are_exactly_these,
    ];
    if cfg!(target_os = "linux") {
        tests.extend(support::tests![either_child_may_be_first]);
    }
    tests.extend(browser::tests![
        every_answer_is_told_with_its_reason,
        the_keyboard_is_enough,
        several_answers_are_judged_together,
        numbers_are_read_kindly,
        questions_need_no_script,
        questions_are_whole_on_paper,
        questions_fit_a_phone,
        words_are_readable_in_light_and_dark,
    ]);
    bound::run_mimic(tests)
}

// ---- 글에서 읽기 ----

/// 보기나 까닭의 첫 낱말입니다.
const RIGHT: &str = "**맞습니다.**";
const WRONG: &str = "**아닙니다.**";

/// 이 말로 시작하는 물음의 답은 프로그램을 돌려 확인합니다.
const TRACING: &str = "무엇이 출력될";

/// 까닭 하나가 적어도 이만큼은 되어야 합니다(글자).
const REASON_FLOOR: usize = 15;

/// 확인 문제 하나입니다.
#[derive(Clone, Debug)]
struct Quiz {
    /// `ch01-process.md:own-space`와 같이 적습니다.
    place: String,
    id: String,
    kind: String,
    /// 답을 확인하려고 돌리는 명령입니다.
    run: Option<String>,
    question: String,
    choices: Vec<String>,
    reasons: Vec<String>,
}

impl Quiz {
    /// 맞는 것의 자리들입니다.
    fn right(&self) -> Vec<usize> {
        let reasons = self.reasons.iter().enumerate();
        reasons
            .filter(|(_, reason)| reason.contains(RIGHT))
            .map(|(at, _)| at)
            .collect()
    }

    /// 수나 짧은 글로 답하는 문제에서, 까닭 앞에 적힌 답들입니다.
    fn answers(&self, at: usize) -> Vec<String> {
        let before = self.reasons[at].split("**").next().unwrap_or_default();
        before
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// 보기에 적힌 출력입니다.
    fn output(&self, at: usize) -> String {
        let all: Vec<_> = self.choices[at].split('`').skip(1).step_by(2).collect();
        all.join(" ")
    }
}

fn quizzes() -> Result<Vec<Quiz>, Failed> {
    let mut found = Vec::new();
    for page in support::files(&support::root().join("book/text"), "md")? {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        found.extend(read(&name, &support::read(&page)?)?);
    }
    Ok(found)
}

fn read(page: &str, text: &str) -> Result<Vec<Quiz>, Failed> {
    let attribute = Regex::new(r#"([a-z-]+)="([^"]*)""#)?;
    let mut found = Vec::new();
    for piece in text.split("<div class=\"quiz\"").skip(1) {
        let (head, rest) = piece
            .split_once(">\n")
            .ok_or("여는 태그가 끝나지 않습니다")?;
        let (body, _) = rest.split_once("\n</div>").ok_or("`</div>`가 없습니다")?;
        let attributes: BTreeMap<_, _> = attribute
            .captures_iter(head)
            .map(|found| (found[1].to_owned(), found[2].to_owned()))
            .collect();
        let (asked, told) = body.split_once("<details>").unwrap_or((body, ""));
        let items = |text: &str| -> Vec<String> {
            let line = |line: &str| {
                let (number, item) = line.split_once(". ")?;
                number.parse::<usize>().ok().map(|_| item.to_owned())
            };
            text.lines().filter_map(line).collect()
        };
        let get = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        found.push(Quiz {
            place: format!("{page}:{}", get("id")),
            id: get("id"),
            kind: get("data-kind"),
            run: attributes.get("data-run").cloned(),
            question: asked.trim().lines().next().unwrap_or_default().to_owned(),
            choices: items(asked),
            reasons: items(told),
        });
    }
    Ok(found)
}

/// 한 문제에서 어긋난 것들입니다.
fn faults(quiz: &Quiz) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{}: {what}", quiz.place));
        }
    };
    let right = quiz.right().len();
    let all = quiz.reasons.len();
    expect(quiz.id.starts_with("quiz-"), "id는 quiz-로 시작합니다");
    expect(
        quiz.question.starts_with("**확인.** "),
        "물음은 **확인.** 으로 시작합니다",
    );
    for reason in &quiz.reasons {
        let marks = reason.matches(RIGHT).count() + reason.matches(WRONG).count();
        expect(marks == 1, "까닭마다 맞는지 아닌지를 꼭 한 번 적습니다");
        let why = reason.rsplit("**").next().unwrap_or_default();
        expect(
            why.trim().chars().count() >= REASON_FLOOR,
            "까닭이 너무 짧습니다",
        );
        expect(
            why.trim_end().ends_with(['.', '?']),
            "까닭은 문장으로 끝냅니다",
        );
    }
    let starts = |reason: &String| reason.starts_with(RIGHT) || reason.starts_with(WRONG);
    match quiz.kind.as_str() {
        "one" | "several" => {
            expect(quiz.choices.len() == all, "보기와 까닭의 수가 다릅니다");
            expect((3..=5).contains(&all), "보기는 셋에서 다섯까지입니다");
            expect(
                quiz.reasons.iter().all(starts),
                "까닭은 맞는지 아닌지로 시작합니다",
            );
            let distinct: BTreeSet<_> = quiz.choices.iter().collect();
            expect(distinct.len() == all, "같은 보기가 있습니다");
            if quiz.kind == "one" {
                expect(right == 1, "맞는 것은 꼭 하나입니다");
            } else {
                expect(
                    (2..all).contains(&right),
                    "맞는 것은 둘 이상이고, 아닌 것도 있습니다",
                );
            }
        }
        "number" => {
            expect(
                quiz.choices.is_empty(),
                "적어서 답하는 문제에는 보기가 없습니다",
            );
            expect(
                right == 1 && all >= 2,
                "맞는 답은 한 줄이고, 틀린 답의 까닭도 있습니다",
            );
            let last = quiz
                .reasons
                .last()
                .is_some_and(|last| last.starts_with("그 밖의 답:") && last.contains(WRONG));
            expect(last, "마지막 까닭은 `그 밖의 답:`입니다");
            let answers: Vec<_> = (0..all.saturating_sub(1))
                .map(|at| quiz.answers(at))
                .collect();
            expect(
                answers.iter().all(|one| !one.is_empty()),
                "까닭마다 앞에 답을 `답`으로 적습니다",
            );
            let flat: Vec<_> = answers.concat();
            let distinct: BTreeSet<_> = flat.iter().collect();
            expect(distinct.len() == flat.len(), "같은 답이 두 번 있습니다");
        }
        _ => expect(false, "data-kind는 one, several, number 가운데 하나입니다"),
    }
    expect(
        quiz.question.contains(TRACING) == quiz.run.is_some(),
        "「무엇이 출력될」이라고 물었으면 data-run에 돌릴 명령을 적습니다",
    );
    faults
}

fn every_question_is_whole() -> Outcome {
    let all = quizzes()?;
    let mut problems: Vec<String> = all.iter().flat_map(faults).collect();
    let mut seen = BTreeSet::new();
    for quiz in &all {
        if !seen.insert(&quiz.id) {
            problems.push(format!("{}: 같은 id가 또 있습니다", quiz.place));
        }
    }
    support::all_clear(problems)
}

fn every_chapter_asks() -> Outcome {
    let all = quizzes()?;
    let mut problems = Vec::new();
    for chapter in 1..=6 {
        let asked = |quiz: &&Quiz| quiz.place.starts_with(&format!("ch0{chapter}-"));
        let count = all.iter().filter(asked).count();
        if count < 2 {
            problems.push(format!("{chapter}장의 확인 문제가 {count}개뿐입니다"));
        }
    }
    support::all_clear(problems)
}

/// 늘 같은 자리가 맞으면 읽지 않고도 맞힙니다.
fn right_answers_are_spread() -> Outcome {
    spread(&quizzes()?)
}

fn spread(all: &[Quiz]) -> Outcome {
    let mut at = [0; 3];
    for quiz in all.iter().filter(|quiz| quiz.kind == "one") {
        for place in quiz.right() {
            at[place.min(2)] += 1;
        }
    }
    let total: usize = at.iter().sum();
    if at.iter().all(|&count| count * 5 >= total) && at.iter().all(|&count| count * 2 <= total) {
        return Ok(());
    }
    Err(format!("맞는 것이 놓인 자리가 치우쳤습니다: {at:?}").into())
}

fn this_check_can_fail() -> Outcome {
    let good = "<div class=\"quiz\" id=\"quiz-x\" data-kind=\"one\">\n\n**확인.** 물음\n\n\
        1. 가\n2. 나\n3. 다\n\n<details>\n<summary>답과 까닭</summary>\n\n\
        1. **맞습니다.** 길게 적은 까닭이 여기에 있습니다.\n2. **아닙니다.** 길게 적은 까닭이 여기에 있습니다.\n\
        3. **아닙니다.** 길게 적은 까닭이 여기에 있습니다.\n\n</details>\n\n</div>\n";
    let told = |text: &str| -> Result<usize, Failed> {
        Ok(read("x.md", text)?.iter().flat_map(faults).count())
    };
    assert_eq!(told(good)?, 0, "{:?}", read("x.md", good)?);
    for (from, to) in [
        ("3. 다\n", ""),
        ("3. 다", "3. 가"),
        ("1. **맞습니다.**", "1. **아닙니다.**"),
        ("2. **아닙니다.**", "2. **맞습니다.**"),
        ("2. **아닙니다.** ", "2. "),
        (
            "2. **아닙니다.** 길게 적은 까닭이 여기에 있습니다.",
            "2. **아닙니다.** 틀림.",
        ),
        ("**확인.** 물음", "**확인.** 무엇이 출력될까요?"),
        ("\"one\"", "\"number\""),
        ("\"one\"", "\"several\""),
        ("\"one\"", "\"many\""),
        ("**확인.**", "확인:"),
    ] {
        let broken = good.replacen(from, to, 1);
        if broken == good || told(&broken)? == 0 {
            return Err(format!("{from:?} → {to:?}: 알아채지 못했습니다").into());
        }
    }
    let same = read("x.md", &good.repeat(5))?;
    if spread(&same).is_ok() {
        return Err("늘 첫째가 맞는데 알아채지 못했습니다".into());
    }
    Ok(())
}

fn scripts_are_light() -> Outcome {
    let mut size = 0;
    for name in ["quiz.js", "quiz.css"] {
        let text = support::read(&support::root().join("book/theme").join(name))?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text.as_bytes())?;
        size += packed.finish()?.len();
    }
    if size > 6 * 1024 {
        return Err(format!("압축해서 {size}바이트입니다. 6 KiB를 넘지 않게 하세요").into());
    }
    Ok(())
}

// ---- 프로그램을 돌려 확인하기 ----

/// 차례가 정해지지 않은 프로그램을 몇 번 돌려 볼지입니다. 나온 것은 모두 나올 수 있는 것이어야 합니다.
const TIMES: usize = 100;

fn tracing() -> Result<BTreeMap<String, Quiz>, Failed> {
    let all = quizzes()?.into_iter().filter(|quiz| quiz.run.is_some());
    Ok(all.map(|quiz| (quiz.id.clone(), quiz)).collect())
}

fn output(quiz: &Quiz) -> Result<String, Failed> {
    let run = quiz.run.as_deref().unwrap_or_default();
    let mut words = run.split_whitespace();
    let mut command = support::example(words.next().unwrap_or_default())?;
    command.args(words);
    let output = support::run(command, support::LIMIT)?;
    if !output.status.success() {
        return Err(format!("`{run}`이(가) 실패했습니다\n{}", output.stderr).into());
    }
    Ok(output.stdout)
}

/// 한 줄로 답할 수 있는 물음마다, 출력의 어디가 답인지입니다.
const PRINTED: [(&str, &str); 5] = [
    ("quiz-own-space", r"(장난감 \d+개)\n$"),
    ("quiz-children", r"^.*\n.*스레드 (\d+)개\n"),
    ("quiz-race-in-step", r"^틈을 맞추면 1을 10번 더해 (\d+)\n"),
    ("quiz-not-your-lock", r"^GIL만: 14번 더해 (\d+),"),
    (
        "quiz-containment",
        r"\n프로세스 [^\n]*\n  일을 마친 아이: (\d+)명",
    ),
];

/// 나올 수 있는 것을 모두 모아 견주는 물음입니다.
const EXPLORED: [&str; 2] = ["quiz-trace-add", "quiz-trace-lock"];

/// 자식을 붙들어 차례를 정해 보는 물음입니다.
const HELD: &str = "quiz-process-sum";

fn printed_answers_come_from_the_program() -> Outcome {
    let all = tracing()?;
    let known: BTreeSet<&str> = PRINTED
        .iter()
        .map(|(id, _)| *id)
        .chain(EXPLORED)
        .chain([HELD])
        .collect();
    let asked: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    if known != asked {
        return Err(format!("돌려 볼 물음이 다릅니다: {known:?} {asked:?}").into());
    }
    let mut problems = Vec::new();
    for (id, regex) in PRINTED {
        let quiz = &all[id];
        let right = quiz.right()[0];
        let answer = match quiz.kind.as_str() {
            "number" => quiz.answers(right).concat(),
            _ => quiz.output(right),
        };
        // 차례가 정해진 프로그램이라 몇 번을 돌려도 같습니다.
        for _ in 0..10 {
            let output = output(quiz)?;
            let found = Regex::new(regex)?
                .captures(&output)
                .map(|found| found[1].to_owned());
            if found.as_deref() != Some(answer.as_str()) {
                problems.push(format!("{id}: 답은 {answer}인데 {found:?}\n{output}"));
                break;
            }
        }
    }
    support::all_clear(problems)
}

/// 옮긴 프로그램을 있을 수 있는 모든 차례로 돌려 나온 것들입니다.
fn explored<T: ToString + 'static>(run: fn() -> T) -> BTreeSet<String> {
    let found = Arc::new(Mutex::new(BTreeSet::new()));
    let keep = Arc::clone(&found);
    shuttle::check_dfs(
        move || {
            let output = run().to_string();
            keep.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(output);
        },
        None,
    );
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    found.clone()
}

fn possible_outputs_are_exactly_these() -> Outcome {
    let all = tracing()?;
    for (id, possible) in EXPLORED.into_iter().zip([
        explored(traced::ch02_13_trace_add::run),
        explored(traced::ch02_14_trace_lock::run),
    ]) {
        let quiz = &all[id];
        judge(quiz, &possible)?;
        // 진짜 스레드로 돌린 것도 그 안에 있습니다. 모든 것이 나와야 한다고는 하지 않습니다. 그것은 운입니다.
        for _ in 0..TIMES {
            let output = output(quiz)?;
            if !possible.contains(output.trim()) {
                return Err(format!("{id}: 나올 수 없다고 한 {output:?}이(가) 나왔습니다").into());
            }
        }
    }
    Ok(())
}

/// 맞는 보기는 나올 수 있고, 아닌 보기는 나올 수 없습니다.
fn judge(quiz: &Quiz, possible: &BTreeSet<String>) -> Outcome {
    let right = quiz.right();
    let mut problems = Vec::new();
    for at in 0..quiz.choices.len() {
        let output = quiz.output(at);
        if right.contains(&at) != possible.contains(&output) {
            problems.push(format!(
                "{}: {output}을(를) 잘못 판정했습니다. 나올 수 있는 것: {possible:?}",
                quiz.place
            ));
        }
    }
    support::all_clear(problems)
}

/// 쪽지의 차례를 정해 봅니다. 한 자식을 멈춰 두면(SIGSTOP) 다른 자식의 쪽지가 먼저 옵니다.
#[cfg(target_os = "linux")]
fn either_child_may_be_first() -> Outcome {
    let all = tracing()?;
    let quiz = &all[HELD];
    let summed = |output: &str| -> Result<String, Failed> {
        let note = Regex::new(r"(?m)^(\d번) 아이의 쪽지: (\d+) |^(합): (\d+) ")?;
        let notes = note.captures_iter(output).map(|found| {
            let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
            format!("{}{} {}{}", part(1), part(3), part(2), part(4))
        });
        Ok(notes.collect::<Vec<_>>().join(" "))
    };
    let order = |output: &str| -> Vec<u8> {
        let firsts = output.lines().filter(|line| line.contains("아이의 쪽지"));
        firsts.map(|line| line.as_bytes()[0] - b'0').collect()
    };
    // 차례마다 한 번은 정말로 그렇게 됩니다. 작은 범위의 합은 큰 범위와 같은 프로그램이 냅니다.
    for held in [1, 2] {
        let forced = hold_child(held)?;
        let wanted = [3 - held, held];
        if order(&forced) != wanted {
            return Err(format!("{held}번 아이를 멈춰 두었는데 {forced}").into());
        }
    }
    // 나올 수 있는 것은 그 두 차례에 이 범위의 합을 넣은 것뿐입니다. 정말로 돌린 것도 그 안에 있습니다.
    let [one, two] = [(0..5).sum::<u64>(), (5..10).sum()];
    let total = one + two;
    let possible = BTreeSet::from([
        format!("1번 {one} 2번 {two} 합 {total}"),
        format!("2번 {two} 1번 {one} 합 {total}"),
    ]);
    judge(quiz, &possible)?;
    for _ in 0..TIMES {
        let output = summed(&output(quiz)?)?;
        if !possible.contains(&output) {
            return Err(format!("나올 수 없다고 한 {output:?}이(가) 나왔습니다").into());
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn either_child_may_be_first() -> Outcome {
    Ok(())
}

/// `held`번 자식이 쪽지를 보내기 전에 멈추고, 다른 자식의 쪽지가 온 뒤에 놓아 준 출력입니다.
#[cfg(target_os = "linux")]
fn hold_child(held: u8) -> Result<String, Failed> {
    use std::{
        io::{BufRead, BufReader, Read},
        process::Stdio,
    };

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    for _ in 0..50 {
        let mut command = support::example("ch04_01_process_sum")?;
        command
            .args(["--size", "3000000000"])
            .stdout(Stdio::piped());
        let mut parent = command.spawn()?;
        let children = format!("/proc/{0}/task/{0}/children", parent.id());
        // 자식이 둘 다 태어날 때까지 묻습니다. 번호가 작은 쪽이 먼저 태어난 1번 아이입니다.
        let pids = loop {
            let text = std::fs::read_to_string(&children)?;
            let mut pids: Vec<i32> = text.split(' ').filter_map(|pid| pid.parse().ok()).collect();
            if pids.len() == 2 {
                pids.sort_unstable();
                break pids;
            }
            if parent.try_wait()?.is_some() {
                break Vec::new();
            }
        };
        let Some(&pid) = pids.get(usize::from(held) - 1) else {
            continue;
        };
        let pid = Pid::from_raw(pid);
        kill(pid, Signal::SIGSTOP)?;
        let mut lines = BufReader::new(parent.stdout.take().ok_or("출력이 없습니다")?);
        let mut output = String::new();
        lines.read_line(&mut output)?;
        // 끝난 자식에게 보낸 것이어도 그만입니다.
        let _ = kill(pid, Signal::SIGCONT);
        lines.read_to_string(&mut output)?;
        parent.wait()?;
        // 멈추기 전에 이미 다 더했으면 다시 합니다.
        if output.as_bytes().first() != Some(&(b'0' + held)) {
            return Ok(output);
        }
    }
    Err(format!("{held}번 아이를 제때 멈추지 못했습니다").into())
}

// ---- 브라우저에서 ----

fn open(browser: &Browser, page: &str) -> Outcome {
    browser.open(&Book::bind()?.page(page))
}

/// 확인 문제가 있는 쪽들입니다.
fn pages() -> Result<BTreeSet<String>, Failed> {
    let all = quizzes()?.into_iter();
    Ok(all
        .filter_map(|quiz| Some(quiz.place.split_once(".md")?.0.to_owned() + ".html"))
        .collect())
}

/// 모든 문제의 모든 보기를 하나씩 골라, 맞는지 아닌지와 그 까닭이 보이는지 봅니다.
fn every_answer_is_told_with_its_reason(browser: &Browser) -> Outcome {
    let mut seen = 0;
    for page in pages()? {
        open(browser, &page)?;
        let told = browser.run(
            "const wrong = [];
             let seen = 0;
             for (const quiz of document.querySelectorAll('.quiz')) {
               const form = quiz.querySelector('form');
               const said = form?.querySelector('[role=status][aria-live=polite]');
               if (!said) { wrong.push(quiz.id + ': 답할 수 없습니다'); continue; }
               const reasons = [...quiz.querySelectorAll('details ol > li')];
               const inputs = [...form.querySelectorAll('input')];
               reasons.forEach((reason, at) => {
                 const right = reason.querySelector('strong').textContent === '맞습니다.';
                 if (quiz.dataset.kind === 'number') {
                   inputs[0].value = [...reason.querySelectorAll('code')][0]?.textContent ?? '아무 말';
                   if (at === reasons.length - 1) inputs[0].value = '-12345';
                 } else {
                   inputs.forEach((input, other) => { input.checked = other === at; });
                 }
                 form.requestSubmit();
                 seen += 1;
                 const alone = quiz.dataset.kind !== 'several';
                 if (alone && quiz.dataset.ok !== String(right)) wrong.push(`${quiz.id} ${at}: ${quiz.dataset.ok}`);
                 if (!alone && quiz.dataset.ok !== 'false') wrong.push(`${quiz.id} ${at}: 하나만 골랐는데 맞다고 합니다`);
                 const tells = alone || !right;
                 if (tells && !said.textContent.includes(reason.textContent.trim())) wrong.push(`${quiz.id} ${at}: 까닭이 없습니다: ${said.textContent}`);
               });
             }
             return [wrong, seen];",
        )?;
        if told[0] != json!([]) {
            return Err(format!("{page}: {}", told[0]).into());
        }
        seen += told[1].as_u64().unwrap_or_default();
        support::all_clear(browser.errors()?)?;
    }
    let reasons: usize = quizzes()?.iter().map(|quiz| quiz.reasons.len()).sum();
    if seen != reasons as u64 {
        return Err(format!("까닭은 {reasons}개인데 {seen}개만 골라 보았습니다").into());
    }
    Ok(())
}

const SAME_ADDRESS: &str = "document.getElementById('quiz-same-address')";

fn the_keyboard_is_enough(browser: &Browser) -> Outcome {
    open(browser, "ch01-process.html")?;
    browser.tab_to("#quiz-same-address input")?;
    browser.expect("getComputedStyle(document.activeElement).outlineStyle !== 'none'")?;
    // 화살표는 보기를 옮겨 고르고, 장은 넘기지 않습니다.
    browser.keys(&[key::SPACE, key::RIGHT, key::LEFT, key::DOWN, key::DOWN])?;
    browser.expect("location.pathname.endsWith('/ch01-process.html')")?;
    browser.expect(&format!(
        "[...{SAME_ADDRESS}.querySelectorAll('input')].findIndex((one) => one.checked) === 2"
    ))?;
    browser.keys(&[key::TAB])?;
    browser.expect("document.activeElement.matches('.quiz button')")?;
    browser.keys(&[key::RIGHT])?;
    browser.keys(&[key::ENTER])?;
    browser.expect("location.pathname.endsWith('/ch01-process.html')")?;
    browser.expect(&format!("{SAME_ADDRESS}.dataset.ok === 'true'"))?;
    // 다시 고르면 앞의 말은 사라집니다.
    browser.tab_to("#quiz-same-address input:checked")?;
    browser.keys(&[key::UP])?;
    browser.expect(&format!(
        "{SAME_ADDRESS}.dataset.ok === '' && {SAME_ADDRESS}.querySelector('.quiz-said').textContent === ''"
    ))?;
    // 글을 적는 동안 찾기(s)나 도움말(?)이 열리지 않습니다.
    browser.tab_to("#quiz-children input")?;
    browser.keys(&['s', '?', '6'])?;
    browser
        .expect("document.getElementById('quiz-children').querySelector('input').value === 's?6'")
}

fn choose(browser: &Browser, quiz: &str, chosen: &[usize]) -> Outcome {
    browser.run(&format!(
        "const quiz = document.getElementById('{quiz}');
         quiz.querySelectorAll('input').forEach((one, at) => {{ one.checked = {chosen:?}.includes(at); }});
         quiz.querySelector('form').requestSubmit();"
    ))?;
    Ok(())
}

fn several_answers_are_judged_together(browser: &Browser) -> Outcome {
    open(browser, "ch02-thread.html")?;
    let said = "document.querySelector('#quiz-trace-add .quiz-said').textContent";
    let ok = "document.getElementById('quiz-trace-add').dataset.ok";
    for (chosen, wanted, part) in [
        (&[][..], "", "고른 뒤에"),
        (&[1], "false", "1개가 더 있습니다"),
        (&[0, 1, 2], "false", "아닌 것을 골랐습니다"),
        (&[1, 2], "true", "모두 맞게 골랐습니다"),
    ] {
        choose(browser, "quiz-trace-add", chosen)?;
        let (ok, said) = (browser.text(ok)?, browser.text(said)?);
        if ok != wanted || !said.contains(part) {
            return Err(format!("{chosen:?}: {ok:?} {said}").into());
        }
    }
    Ok(())
}

/// 빈칸, 쉼표, 단위가 달라도 같은 답입니다.
fn numbers_are_read_kindly(browser: &Browser) -> Outcome {
    open(browser, "ch05-thread-vs-process.html")?;
    for (quiz, typed, wanted) in [
        ("quiz-containment", " 5 명", "true"),
        ("quiz-containment", "0", "false"),
        ("quiz-containment", "", ""),
        ("quiz-amdahl", "0.5배", "true"),
        ("quiz-amdahl", "1 / 2", "true"),
        ("quiz-amdahl", "0.05", "false"),
    ] {
        let ok = browser.run(&format!(
            "const quiz = document.getElementById('{quiz}');
             quiz.querySelector('input').value = {typed:?};
             quiz.querySelector('form').requestSubmit();
             return quiz.dataset.ok;"
        ))?;
        if ok != json!(wanted) {
            return Err(format!("{quiz} {typed:?}: {ok}").into());
        }
    }
    Ok(())
}

fn questions_need_no_script(browser: &Browser) -> Outcome {
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    )?;
    open(browser, "ch01-process.html")?;
    browser.expect(&format!(
        "{SAME_ADDRESS}.querySelector('form') === null
         && {SAME_ADDRESS}.querySelectorAll(':scope > ol > li').length === 3
         && {SAME_ADDRESS}.querySelector('details').open === false"
    ))?;
    browser.click("#quiz-same-address summary")?;
    browser.expect(&format!(
        "{SAME_ADDRESS}.querySelector('details li').getBoundingClientRect().height > 0"
    ))
}

fn questions_are_whole_on_paper(browser: &Browser) -> Outcome {
    open(browser, "ch01-process.html")?;
    choose(browser, "quiz-same-address", &[0])?;
    browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
    browser.expect(&format!(
        "(() => {{ const quiz = {SAME_ADDRESS};
           const hidden = (css) => getComputedStyle(quiz.querySelector(css)).display === 'none';
           return hidden('button') && hidden('input') && hidden('.quiz-said')
             && [...quiz.querySelectorAll('label')].every((one) => one.getBoundingClientRect().height > 0); }})()"
    ))
}

fn questions_fit_a_phone(browser: &Browser) -> Outcome {
    browser.resize(PHONE)?;
    for page in pages()? {
        open(browser, &page)?;
        let wide = browser.get(
            "[...document.querySelectorAll('.quiz, .quiz label, .quiz input, .quiz button')].filter((one) => {
               const box = one.getBoundingClientRect();
               const small = one.matches('label, button, input[type=text]') && box.height < 24;
               return box.right > innerWidth || box.left < 0 || small;
             }).map((one) => one.closest('.quiz').id)",
        )?;
        if wide != json!([]) {
            return Err(format!("{page}: 넘치거나 작습니다: {wide}").into());
        }
    }
    Ok(())
}

/// 밝은 화면과 어두운 화면에서 글자와 바탕의 밝기가 WCAG AA(4.5:1)를 지킵니다.
fn words_are_readable_in_light_and_dark(browser: &Browser) -> Outcome {
    for theme in browser::THEMES {
        open(browser, "ch01-process.html")?;
        browser.choose_theme(theme)?;
        choose(browser, "quiz-same-address", &[0])?;
        let low = browser.run(&format!(
            "const paint = document.createElement('canvas').getContext('2d', {{ willReadFrequently: true }});
             const light = (colour) => {{
               paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
               const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
               return 0.2126 * r + 0.7152 * g + 0.0722 * b;
             }};
             const ground = (one) => {{
               for (; one; one = one.parentElement) {{
                 const colour = getComputedStyle(one).backgroundColor;
                 if (!/, 0\\)$/.test(colour)) return colour;
               }}
               return 'white';
             }};
             return [...{SAME_ADDRESS}.querySelectorAll('p, label, button, .quiz-said, .quiz-said strong, summary')].map((one) => {{
               const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
               return [one.className || one.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
             }}).filter(([, ratio]) => ratio < 4.5);"
        ))?;
        if low != json!([]) {
            return Err(format!("{theme}: {low}").into());
        }
    }
    Ok(())
}
