//! 학생에게 나누어 줄 꾸러미를 만듭니다: 크레이트 `noriteo`, 출발 파일, 공개된 검사.
//!
//! 예시 답, 틀린 답, 숨긴 검사와 그 코드는 넣지 않습니다. 꾸러미는 혼자 서는 저장소여서
//! `cargo run --example <id>`와 `cargo course check <id>`가 그대로 됩니다.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprArray, Item, Lit, spanned::Spanned, visit::Visit};

use crate::{
    compile::{self, Compiled},
    durable,
    exercise::{Course, Exercise},
    fault::{Fault, Result},
    kit::Kits,
};

/// 통째로 베끼는 것입니다.
const WHOLE: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "src",
    "tests/course/Cargo.toml",
    "tests/course/src",
    "tests/course/model_std",
    "tests/course/witness",
];

/// 꾸러미의 작업 공간에 드는 패키지입니다.
const MEMBERS: &[&str] = &[
    ".",
    "tests/course",
    "tests/course/model_std",
    "tests/course/witness",
];

/// `exercises`의 꾸러미를 `out`에 만듭니다.
///
/// # Errors
/// `out`이 비어 있지 않거나, 숨긴 검사를 떼어 낸 채점기가 컴파일되지 않습니다.
pub fn handout(kits: &Kits, source: &Path, exercises: &[Exercise], out: &Path) -> Result<()> {
    let taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(Fault(format!(
            "{}: 폴더가 비어 있지 않습니다. 새 폴더를 적으세요.",
            out.display()
        )));
    }
    for path in WHOLE {
        copy(&source.join(path), &out.join(path))?;
    }
    let manifest = source.join("Cargo.toml");
    let text = read(&manifest)?;
    durable::write(
        &out.join("Cargo.toml"),
        workspace(&text, exercises)?.as_bytes(),
    )?;
    durable::write(&out.join(".gitignore"), b"/target\n/.course\n")?;
    for exercise in exercises {
        one(exercise, out)?;
    }
    durable::write(&out.join("README.md"), readme(exercises).as_bytes())?;
    // 떼어 낸 채점기가 정말로 컴파일되는지, 꾸러미의 것으로 봅니다.
    let root = out
        .canonicalize()
        .map_err(|error| Fault::file("폴더를 찾지 못했습니다", out, &error))?;
    let course = Course {
        root,
        overlay: None,
    };
    for exercise in course.exercises()? {
        let starter = read(&exercise.starter)?;
        if let Compiled::Refused(said) = compile::compile(kits, &exercise, &starter)? {
            return Err(Fault(format!(
                "{}의 출발 파일이 꾸러미의 채점기와 맞지 않습니다. {said}",
                exercise.meta.id
            )));
        }
    }
    Ok(())
}

fn one(exercise: &Exercise, out: &Path) -> Result<()> {
    let id = &exercise.meta.id;
    let starter = read(&exercise.starter)?;
    let folder = out.join("tests/exercises").join(id);
    durable::write(
        &out.join("examples").join(exercise.file_name()),
        starter.as_bytes(),
    )?;
    durable::write(&folder.join("starter.rs"), starter.as_bytes())?;
    let toml = exercise.folder.join("exercise.toml");
    let public: Vec<&str> = exercise
        .meta
        .checks
        .iter()
        .filter(|check| !check.added)
        .map(|check| check.id.as_str())
        .collect();
    let hidden: BTreeSet<&str> = exercise
        .meta
        .checks
        .iter()
        .filter(|check| !check.visible && !check.added)
        .map(|check| check.id.as_str())
        .collect();
    if hidden.len() == public.len() {
        return Err(Fault(format!("{id}: 공개된 검사가 하나도 없습니다.")));
    }
    durable::write(
        &folder.join("exercise.toml"),
        stripped_toml(&read(&toml)?, &hidden)?.as_bytes(),
    )?;
    let grader = stripped_grader(&read(&exercise.grader())?, &hidden).map_err(|why| {
        Fault(format!(
            "{id}의 채점기에서 숨긴 검사를 떼어 내지 못했습니다: {why}"
        ))
    })?;
    durable::write(&folder.join("grader.rs"), grader.as_bytes())
}

/// 꾸러미의 `Cargo.toml`입니다. 없는 패키지의 설정은 뺍니다.
fn workspace(text: &str, exercises: &[Exercise]) -> Result<String> {
    let bad = |error: &dyn std::fmt::Display| Fault(format!("Cargo.toml: {error}"));
    let mut table: toml::Table = toml::from_str(text).map_err(|error| bad(&error))?;
    if let Some(workspace) = table
        .get_mut("workspace")
        .and_then(toml::Value::as_table_mut)
    {
        workspace.insert("members".to_owned(), MEMBERS.to_vec().into());
        workspace.insert("default-members".to_owned(), vec!["."].into());
    }
    let packages = table
        .get_mut("profile")
        .and_then(|profile| profile.get_mut("dev"))
        .and_then(|dev| dev.get_mut("package"))
        .and_then(toml::Value::as_table_mut);
    if let Some(packages) = packages {
        packages.retain(|name, _| name != "pest" && name != "noriteo-tests");
    }
    // 꾸러미에는 고른 문제의 출발 파일만 있습니다. 이름을 적어 둔 다른 예제(6장)는 파일이 없어 cargo가 거절합니다.
    if let Some(examples) = table.get_mut("example").and_then(toml::Value::as_array_mut) {
        examples.retain(|example| {
            let name = example.get("name").and_then(toml::Value::as_str);
            exercises.iter().any(|one| name == Some(&one.meta.id))
        });
    }
    toml::to_string(&table).map_err(|error| bad(&error))
}

/// 숨긴 검사와 틀린 답을 뺀 `exercise.toml`입니다.
fn stripped_toml(text: &str, hidden: &BTreeSet<&str>) -> Result<String> {
    let bad = |error: &dyn std::fmt::Display| Fault(format!("exercise.toml: {error}"));
    let mut table: toml::Table = toml::from_str(text).map_err(|error| bad(&error))?;
    table.remove("mutants");
    if let Some(checks) = table.get_mut("checks").and_then(toml::Value::as_array_mut) {
        checks.retain(|check| {
            let id = check.get("id").and_then(toml::Value::as_str);
            id.is_none_or(|id| !hidden.contains(id))
        });
    }
    toml::to_string(&table).map_err(|error| bad(&error))
}

/// 숨긴 검사와, 그 검사만 쓰는 것을 뺀 채점기입니다.
///
/// `witness::main(&[("검사", 함수), …], &[("일", 함수), …])`의 표에서 숨긴 검사를 빼고,
/// 남은 검사가 부르지 않는 일을 빼고, `main`에서 닿지 않는 것을 모두 뺍니다. 주석도 뺍니다.
pub fn stripped_grader(text: &str, hidden: &BTreeSet<&str>) -> std::result::Result<String, String> {
    let file = syn::parse_file(text).map_err(|error| error.to_string())?;
    let mut tables = Tables::default();
    tables.visit_file(&file);
    let [checks, acts] = <[Vec<Entry>; 2]>::try_from(tables.found)
        .map_err(|_| "`witness::main`에 표 둘을 바로 적어야 합니다".to_owned())?;
    if let Some(lost) = hidden
        .iter()
        .find(|id| checks.iter().all(|one| one.name != **id))
    {
        return Err(format!("표에 `{lost}`가 없습니다"));
    }
    let items: Vec<Part> = file.items.iter().map(Part::of).collect();
    let (kept, gone): (Vec<Entry>, Vec<Entry>) = checks
        .into_iter()
        .partition(|one| !hidden.contains(one.name.as_str()));
    // 남은 검사에서 닿는 것의 글자열에 이름이 나오는 일만 남깁니다.
    let roots: BTreeSet<String> = kept.iter().flat_map(|one| one.words.clone()).collect();
    let reached = reach(&items, roots.clone());
    let said: BTreeSet<&String> = items
        .iter()
        .filter(|part| part.kept(&reached))
        .flat_map(|part| &part.texts)
        .collect();
    let (acts, idle): (Vec<Entry>, Vec<Entry>) =
        acts.into_iter().partition(|act| said.contains(&act.name));
    let roots = roots
        .into_iter()
        .chain(acts.iter().flat_map(|act| act.words.clone()))
        .chain(tables.around)
        .collect();
    let reached = reach(&items, roots);
    let mut cuts: Vec<Range<usize>> = gone.into_iter().chain(idle).map(|one| one.span).collect();
    cuts.extend(
        items
            .iter()
            .filter(|part| part.names.as_ref().is_some_and(|_| !part.kept(&reached)))
            .map(|part| part.span.clone()),
    );
    Ok(without(text, cuts))
}

/// 표의 한 줄입니다.
#[derive(Debug)]
struct Entry {
    name: String,
    words: BTreeSet<String>,
    /// 뒤의 쉼표까지입니다.
    span: Range<usize>,
}

/// `witness::main`의 표들과, 그 둘레에서 쓰는 이름입니다.
#[derive(Default)]
struct Tables {
    found: Vec<Vec<Entry>>,
    around: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Tables {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let called = |path: &syn::ExprPath| {
            let names: Vec<String> = path
                .path
                .segments
                .iter()
                .map(|one| one.ident.to_string())
                .collect();
            names == ["witness", "main"]
        };
        if !matches!(&*call.func, Expr::Path(path) if called(path)) {
            syn::visit::visit_expr_call(self, call);
            return;
        }
        self.around.insert("witness".to_owned());
        for argument in &call.args {
            let table = match argument {
                Expr::Reference(reference) => &*reference.expr,
                other => other,
            };
            if let Expr::Array(array) = table {
                self.found.push(entries(array));
            }
        }
    }
}

fn entries(array: &ExprArray) -> Vec<Entry> {
    let mut found = Vec::new();
    for pair in array.elems.pairs() {
        let Expr::Tuple(tuple) = pair.value() else {
            continue;
        };
        let Some(Expr::Lit(literal)) = tuple.elems.first() else {
            continue;
        };
        let Lit::Str(name) = &literal.lit else {
            continue;
        };
        let mut span = tuple.span().byte_range();
        if let Some(comma) = pair.punct() {
            span.end = comma.span().byte_range().end;
        }
        let mut words = BTreeSet::new();
        for value in tuple.elems.iter().skip(1) {
            gather(quote(value), &mut words, &mut BTreeSet::new());
        }
        found.push(Entry {
            name: name.value(),
            words,
            span,
        });
    }
    found
}

/// 파일의 맨 바깥에 있는 것 하나입니다.
struct Part {
    /// 이 가운데 하나라도 쓰이면 남깁니다. 언제나 남기는 것(`use`, `main`)은 없습니다.
    names: Option<BTreeSet<String>>,
    words: BTreeSet<String>,
    texts: BTreeSet<String>,
    span: Range<usize>,
}

impl Part {
    fn of(item: &Item) -> Part {
        let name = |ident: &syn::Ident| Some(BTreeSet::from([ident.to_string()]));
        let names = match item {
            Item::Fn(one) if one.sig.ident == "main" => None,
            Item::Fn(one) => name(&one.sig.ident),
            Item::Const(one) => name(&one.ident),
            Item::Static(one) => name(&one.ident),
            Item::Struct(one) => name(&one.ident),
            Item::Enum(one) => name(&one.ident),
            Item::Type(one) => name(&one.ident),
            Item::Trait(one) => name(&one.ident),
            Item::Mod(one) => name(&one.ident),
            Item::Macro(one) => one.ident.as_ref().and_then(name),
            Item::Impl(one) => {
                let mut words = BTreeSet::new();
                gather(quote(&*one.self_ty), &mut words, &mut BTreeSet::new());
                Some(words)
            }
            _ => None,
        };
        let (mut words, mut texts) = (BTreeSet::new(), BTreeSet::new());
        gather(quote(item), &mut words, &mut texts);
        Part {
            names,
            words,
            texts,
            span: item.span().byte_range(),
        }
    }

    fn kept(&self, reached: &BTreeSet<String>) -> bool {
        self.names
            .as_ref()
            .is_some_and(|names| names.iter().any(|name| reached.contains(name)))
    }
}

/// `roots`에서 이름을 따라 닿는 모든 이름입니다.
fn reach(items: &[Part], roots: BTreeSet<String>) -> BTreeSet<String> {
    let mut reached = roots;
    loop {
        let before = reached.len();
        let more: BTreeSet<String> = items
            .iter()
            .filter(|part| part.kept(&reached))
            .flat_map(|part| part.words.clone())
            .collect();
        reached.extend(more);
        if reached.len() == before {
            return reached;
        }
    }
}

fn quote(tokens: &impl ToTokens) -> TokenStream {
    tokens.to_token_stream()
}

/// 이름과 글자열을 모읍니다.
fn gather(tokens: TokenStream, words: &mut BTreeSet<String>, texts: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                words.insert(ident.to_string());
            }
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    texts.insert(text.value());
                }
            }
            TokenTree::Group(group) => gather(group.stream(), words, texts),
            TokenTree::Punct(_) => {}
        }
    }
}

/// 자른 뒤 남은 글입니다. 앞에 붙은 보통 주석(`//`)은 남의 비밀을 말할 수 있으므로 모두 뺍니다.
fn without(text: &str, mut cuts: Vec<Range<usize>>) -> String {
    cuts.sort_by_key(|cut| cut.start);
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        if cut.start >= at {
            left += &text[at..cut.start];
            at = cut.end;
        }
    }
    left += &text[at..];
    let mut lines: Vec<&str> = Vec::new();
    for line in left.lines() {
        let bare = line.trim_start();
        let comment =
            bare.starts_with("//") && !bare.starts_with("//!") && !bare.starts_with("///");
        let empty = bare.is_empty() && lines.last().is_none_or(|last| last.trim().is_empty());
        if !comment && !empty {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

fn readme(exercises: &[Exercise]) -> String {
    let mut chapters: BTreeMap<u8, Vec<&Exercise>> = BTreeMap::new();
    for exercise in exercises {
        chapters
            .entry(exercise.meta.chapter)
            .or_default()
            .push(exercise);
    }
    let mut text = "# 연습 문제\n\n\
        고치고 낼 것은 `examples/`의 파일입니다. [Rust](https://www.rust-lang.org/tools/install) 1.89 이상과 C 링커가 있으면 됩니다.\n\n\
        | 장 | 문제 | 분 | 파일 |\n|---|---|---|---|\n"
        .to_owned();
    for exercise in chapters.values().flatten() {
        let meta = &exercise.meta;
        text += &format!(
            "| {} | {} | {} | `examples/{}` |\n",
            meta.chapter,
            meta.title,
            meta.minutes,
            exercise.file_name()
        );
    }
    let id = exercises.first().map_or("ID", |one| one.meta.id.as_str());
    let run = exercises
        .first()
        .map_or_else(|| format!("cargo run --example {id}"), Exercise::command);
    text += &format!(
        "\n실행하고, 검사하고, 막히면 도움말을 봅니다. 고칠 때마다 저절로 검사하려면 `watch`를 씁니다.\n\n\
        ```console\n$ {run}\n$ cargo course check {id}\n$ cargo course hint {id}\n$ cargo course watch\n```\n\n\
        여기에는 공개된 검사만 있습니다. 성적은 선생님의 검사까지 보고 나옵니다.\n"
    );
    text
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        let entries = fs::read_dir(from)
            .map_err(|error| Fault::file("폴더를 열지 못했습니다", from, &error))?;
        let names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        for path in names {
            let name = path.file_name().unwrap_or_default();
            copy(&path, &to.join(name))?;
        }
        return Ok(());
    }
    let bytes = fs::read(from).map_err(|error| Fault::file("읽지 못했습니다", from, &error))?;
    durable::write(to, &bytes)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Fault::file("읽지 못했습니다", path, &error))
}
