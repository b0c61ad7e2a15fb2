//! 묶는 이(`noriteo-book`)를 검사합니다: 재기, 묶기, 보여 주기와, 도중에 멈추기.
//!
//! 저장소를 건드리지 않도록 책의 사본을 만들어 `--book` 으로 줍니다.
//! 차례를 맞추는 것은 잠이 아니라 파일과 FIFO 와 프로그램이 한 말입니다.

#[path = "support/bound.rs"]
mod bound;
mod support;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;

use bound::*;
use libtest_mimic::{Completion, Failed, Trial};
use noriteo::measure::Machine;
use serde_json::{Value, json};
use support::{MaybeLeftOut, Outcome, Output};

fn main() -> ExitCode {
    let mut tests = support::tests![
        help_is_korean,
        bad_words_are_answered_with_two,
        measured_values_are_saved_and_read_back,
        one_piece_is_measured_alone,
        a_piece_measured_again_is_put_into_earlier_data,
        the_bound_book_holds_the_readers_figures,
        measured_data_keeps_to_the_schema,
        the_schema_refuses_every_broken_part,
        two_machines_stand_side_by_side,
        one_file_is_shared_without_names,
        tracked_parts_come_from_the_tracked_data,
        publishing_writes_data_and_parts,
        without_measured_values_the_publishers_stand,
        a_book_that_cannot_be_written,
        other_folders_are_never_overwritten,
        a_failed_binding_keeps_the_old_book,
        a_port_in_use,
        bad_data_is_answered_with_two,
        no_python_at_all,
    ];
    for (name, test) in [
        (
            "odd_pythons_are_told",
            odd_pythons_are_told as fn() -> MaybeLeftOut,
        ),
        ("a_real_python_behind_a_shim", a_real_python_behind_a_shim),
        ("interrupt_while_measuring", interrupt_while_measuring),
        (
            "interrupt_while_asking_python",
            interrupt_while_asking_python,
        ),
        ("interrupt_while_binding", interrupt_while_binding),
        (
            "a_second_interrupt_while_binding",
            a_second_interrupt_while_binding,
        ),
        ("interrupt_while_serving", interrupt_while_serving),
    ] {
        tests.push(Trial::ignorable_test(name, test));
    }
    support::run_mimic(tests)
}

// ---- 명령줄 ----

fn help_is_korean() -> Outcome {
    for words in [&["--help"][..], &["-h"], &["help"], &["build", "--help"]] {
        let output = call(binder()?.args(words))?;
        expect(&output, 0)?;
        for part in [
            "쓰는 법",
            "measure",
            "build",
            "serve",
            "--port",
            "종료 코드",
        ] {
            contains(&output.stdout, part)?;
        }
    }
    Ok(())
}

fn bad_words_are_answered_with_two() -> Outcome {
    let nowhere = tempfile::tempdir()?;
    let nowhere = nowhere.path().display().to_string();
    for (words, part) in [
        (&["bind"][..], "measure, build, serve"),
        (&["--runs", "0"], "1 이상 100 이하"),
        (&["--runs", "많이"], "1 이상 100 이하"),
        (&["serve", "--port", "65536"], "0 이상 65535 이하"),
        (&["build", "--port", "1"], "build에는 쓰지 않는"),
        (&["--nope"], "--nope"),
        (&["build", "--out"], "값이 없습니다"),
        (&["build", "--book", &nowhere], "book.toml이 있는 폴더"),
    ] {
        let output = call(binder()?.args(words))?;
        expect(&output, 2)?;
        contains(&output.stderr, part)?;
        contains(&output.stderr, "오류")?;
    }
    let output = call(binder()?.arg("measure").env("NORITEO_SIZE", "0"))?;
    expect(&output, 2)?;
    contains(&output.stderr, "NORITEO_SIZE")
}

// ---- 재기와 묶기 ----

fn measured_values_are_saved_and_read_back() -> Outcome {
    let copy = Copy::new()?;
    let file = copy.path("새 폴더/값.json");
    let output = call(copy.small(&["measure", "--runs", "2", "--out"]).arg(&file))?;
    expect(&output, 0)?;
    let data: Value = serde_json::from_str(&support::read(&file)?)?;
    if data["schema"] != 1 || data["runs"] != 2 {
        return Err(format!("schema 나 runs 가 다릅니다: {}", data["schema"]).into());
    }
    for variant in noriteo::variant::Variant::ALL {
        if variant.is_supported() {
            contains(&output.stdout, variant.label())?;
        }
    }
    let samples = data["variants"]["rows"][0]["samples"].as_array();
    if samples.map(Vec::len) != Some(2) {
        return Err("잰 값이 두 번이 아닙니다".into());
    }
    // 남긴 것을 다시 읽으면 같은 표가 나옵니다.
    let again = call(copy.small(&["measure", "--data"]).arg(&file))?;
    expect(&again, 0)?;
    same(&output.stdout, &again.stdout)
}

fn one_piece_is_measured_alone() -> Outcome {
    let copy = Copy::new()?;
    let words = [
        "measure",
        "--only",
        "sum",
        "--size",
        "5000",
        "--workers",
        "3",
        "--runs",
        "2",
    ];
    // --out이 없으면 아무 파일도 남기지 않습니다.
    let output = call(&mut copy.small(&words))?;
    expect(&output, 0)?;
    contains(&output.stdout, "| 스레드(목록)     |    3 |")?;
    contains(&output.stderr, "재는 중: 1/")?;
    if copy.path("target").exists() {
        return Err("시키지 않았는데 파일을 남겼습니다".into());
    }
    let file = copy.path("값.json");
    let output = call(copy.small(&words).arg("--out").arg(&file))?;
    expect(&output, 0)?;
    let data: Value = serde_json::from_str(&support::read(&file)?)?;
    let rows = data["variants"]["rows"].as_array().ok_or("줄이 없습니다")?;
    for row in rows {
        let job = &row["job"];
        let alone = job["variant"] == "sequential" || job["variant"] == "locked-thread";
        let asked = job["workers"] == 3 || (alone && job["workers"] == 1);
        let runs = row["samples"].as_array().map(Vec::len);
        if job["workload"] != "cpu" || job["end"] != 5000 || !asked || runs != Some(2) {
            return Err(format!("시키지 않은 것을 쟀습니다: {job}").into());
        }
    }
    let none = json!([]);
    if data["only"] != json!({ "part": "sum", "workers": 3 })
        || data["creation"] != none
        || data["memory"] != none
        || data["python"]["rows"] != none
        || data.get("side_by_side").is_some()
        || data.get("traces").is_some()
    {
        return Err(format!("조각이 아닌 것까지 쟀습니다: {data}").into());
    }
    Ok(())
}

fn a_piece_measured_again_is_put_into_earlier_data() -> Outcome {
    let copy = Copy::new()?;
    let file = copy.path("값.json");
    let output = call(
        copy.small(&["measure", "--only", "io", "--runs", "1", "--data"])
            .arg(copy.data()?)
            .arg("--out")
            .arg(&file),
    )?;
    expect(&output, 0)?;
    let earlier: Value = serde_json::from_str(&support::read(&copy.data()?)?)?;
    let mut data: Value = serde_json::from_str(&support::read(&file)?)?;
    let again = data["again"].take();
    if again["io"]["runs"] != 1 || again.as_object().map(|all| all.len()) != Some(1) {
        return Err(format!("다시 잰 조각이 다릅니다: {again}").into());
    }
    data.as_object_mut().ok_or("값이 아닙니다")?.remove("again");
    if data != earlier {
        return Err("다시 재지 않은 값이 바뀌었습니다".into());
    }
    // 그 값으로 묶은 책에서는 그 조각만 새 값이고, 저마다 제 이름으로 감싸여 있습니다.
    let out = copy.path("책");
    let output = call(
        copy.small(&["build", "--data"])
            .arg(&file)
            .arg("--out")
            .arg(&out),
    )?;
    expect(&output, 0)?;
    let page = support::read(&out.join("probe.html"))?;
    let (new, old) = (string(&again["io"]["date"])?, string(&earlier["date"])?);
    for part in page.split("<div class=\"measured\" data-part=\"").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        let date = if name == "io" { &new } else { &old };
        contains(part, &date[..10])?;
        contains(part, &format!("{} UTC", &date[11..16]))?;
    }
    Ok(())
}

// ---- 나란히 놓기와 나누기 ----

fn two_machines_stand_side_by_side() -> Outcome {
    let copy = Copy::new()?;
    let (a, b) = (copy.data()?, copy.path("빠른 것.json"));
    let mut data = json_of(&a)?;
    data["machine"]["cpu"] = json!("딴 컴퓨터");
    // 차례로 더한 것만 모두 두 배로 늘립니다.
    let rows = data["variants"]["rows"].as_array_mut();
    for row in rows.into_iter().flatten() {
        if row["job"]["variant"] == "sequential" && row["job"]["workload"] == "cpu" {
            for sample in row["samples"].as_array_mut().into_iter().flatten() {
                let wall = sample["wall_ns"].as_u64().unwrap_or_default();
                sample["wall_ns"] = json!(wall * 2);
            }
        }
    }
    fs::write(&b, data.to_string())?;
    let compare = |a: &Path, b: &Path| call(copy.small(&["measure", "--compare"]).arg(a).arg(b));
    let output = compare(&a, &b)?;
    expect(&output, 0)?;
    contains(&output.stdout, "딴 컴퓨터")?;
    let line = |name: &str| {
        let found = output.stdout.lines().find(|line| line.starts_with(name));
        found
            .map(str::to_owned)
            .ok_or_else(|| format!("{name} 줄이 없습니다"))
    };
    let doubled = line("| 차례로 ")?;
    contains(&doubled, "2.00배")?;
    contains(&doubled, "벗어남")?;
    let same = line("| 스레드(목록) ")?;
    contains(&same, "1.00배")?;
    contains(&same, "흔들림 안")?;
    // 다른 번호의 꼴, 다른 범위, 없는 파일, 모자란 파일입니다.
    data["schema"] = json!(2);
    fs::write(&b, data.to_string())?;
    let output = compare(&a, &b)?;
    expect(&output, 2)?;
    contains(&output.stderr, "꼴의 번호가 1이어야 하는데 2입니다")?;
    let output = compare(&copy.path("없음.json"), &a)?;
    expect(&output, 2)?;
    contains(&output.stderr, "없음.json")?;
    let output = call(copy.small(&["measure", "--compare"]).arg(&a))?;
    expect(&output, 2)?;
    contains(&output.stderr, "두 파일을")?;
    let words = [
        "measure", "--only", "sum", "--size", "5000", "--runs", "1", "--out",
    ];
    expect(&call(copy.small(&words).arg(&b))?, 0)?;
    let output = compare(&a, &b)?;
    expect(&output, 0)?;
    contains(
        &output.stdout,
        "견줄 수 없습니다. A는 100,000,000 앞까지 더했고 B는 5,000 앞까지 더했고",
    )
}

/// 파일 하나로 나누고, 그것을 다시 읽습니다. 쓰는 이와 컴퓨터와 폴더의 이름은 없습니다.
fn one_file_is_shared_without_names() -> Outcome {
    let copy = Copy::new()?;
    let shims = copy.path("비밀 폴더");
    if cfg!(unix) {
        // 폴더 이름이 까닭에 묻어 나올 만한 가짜 파이썬입니다.
        script(&shims, "python3", "echo \"$0\" >&2; exit 9")?;
    }
    let output = call(
        copy.small(&["measure", "--share", "--runs", "1"])
            .env("PATH", &shims)
            .env("USER", "kim-secret")
            .env("LOGNAME", "kim-secret")
            .env("HOSTNAME", "host-secret")
            .env("HOME", "/home/kim-secret"),
    )?;
    expect(&output, 0)?;
    contains(&output.stderr, "든 것:")?;
    contains(&output.stderr, "들지 않은 것: 사용자 이름")?;
    let file = copy.path("target/noriteo-share.html");
    let text = support::read(&file)?;
    let folder = copy.root().display().to_string();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let home = env::var("HOME").unwrap_or_default();
    let names = [
        "kim-secret",
        "host-secret",
        "비밀 폴더",
        &folder,
        host.trim(),
        &home,
    ];
    // `/`나 한두 글자인 이름은 어디에나 있을 수 있어 찾아도 뜻이 없습니다.
    for name in names.into_iter().filter(|name| name.len() > 3) {
        if text.contains(name) {
            return Err(format!("파일에 {name}이(가) 들어 있습니다").into());
        }
    }
    contains(&text, "<table>")?;
    contains(&text, "<figure class=\"chart\"")?;
    // 그 파일을 다시 읽어 견주고, 같은 파일을 다시 만듭니다.
    let output = call(copy.small(&["measure", "--compare"]).arg(&file).arg(&file))?;
    expect(&output, 0)?;
    contains(&output.stdout, "1.00배")?;
    if output.stdout.contains("벗어남") {
        return Err(format!("자기 자신과 벗어났습니다\n{}", output.stdout).into());
    }
    let again = copy.path("다시.html");
    let output = call(
        copy.small(&["measure", "--share", "--data"])
            .arg(&file)
            .arg("--out")
            .arg(&again),
    )?;
    expect(&output, 0)?;
    same(&text, &support::read(&again)?)
}

// ---- 꼴(JSON Schema) ----

/// 저장소의 꼴입니다. `part`가 있으면 그 정의만 씁니다.
fn schema(part: Option<&str>) -> Result<jsonschema::Validator, Failed> {
    let file = support::root().join("book/text/measured/schema-1.json");
    let mut schema: Value = serde_json::from_str(&support::read(&file)?)?;
    jsonschema::draft202012::meta::validate(&schema)
        .map_err(|error| format!("꼴이 JSON Schema 2020-12가 아닙니다: {error}"))?;
    if let Some(part) = part {
        schema = json!({
            "$schema": schema["$schema"],
            "$ref": format!("#/$defs/{part}"),
            "$defs": schema["$defs"],
        });
    }
    jsonschema::draft202012::new(&schema).map_err(|error| error.to_string().into())
}

fn fits(schema: &jsonschema::Validator, value: &Value, name: &str) -> Outcome {
    let wrong = schema.iter_errors(value);
    support::all_clear(
        wrong
            .map(|error| format!("{name}: {} {error}", error.instance_path()))
            .collect(),
    )
}

fn json_of(path: &Path) -> Result<Value, Failed> {
    Ok(serde_json::from_str(&support::read(path)?)?)
}

fn measured_data_keeps_to_the_schema() -> Outcome {
    let (schema, trace) = (schema(None)?, schema(Some("trace"))?);
    let copy = Copy::new()?;
    fits(&schema, &json_of(&copy.data()?)?, "펴낸 이의 값")?;
    let traces = support::files(&copy.path("book/text/measured/traces"), "json")?;
    if traces.len() < 7 {
        return Err(format!("기록이 모자랍니다: {traces:?}").into());
    }
    for file in traces {
        fits(&trace, &json_of(&file)?, &file.display().to_string())?;
    }
    // 갓 잰 것, 조각만 잰 것, 조각을 더한 것입니다. 파이썬이 있으면 함께 잽니다.
    let [whole, piece, both] =
        ["모두.json", "조각.json", "더한 것.json"].map(|name| copy.path(name));
    let path = env::var_os("PATH").unwrap_or_default();
    let words = ["measure", "--runs", "1", "--out"];
    expect(&call(copy.small(&words).arg(&whole).env("PATH", &path))?, 0)?;
    let words = ["measure", "--only", "sum", "--workers", "3", "--out"];
    expect(&call(copy.small(&words).arg(&piece))?, 0)?;
    let words = ["measure", "--only", "io", "--runs", "1", "--data"];
    expect(
        &call(copy.small(&words).arg(&whole).arg("--out").arg(&both))?,
        0,
    )?;
    for file in [&whole, &piece, &both] {
        let data = json_of(file)?;
        fits(&schema, &data, &file.display().to_string())?;
        let tries = data["noise"]["tries"].as_array().map_or(0, Vec::len);
        if !(1..=3).contains(&tries) {
            return Err(format!("{tries}번 쟀습니다. 많아야 세 번입니다").into());
        }
        if data["$schema"] != "schema-1.json" || data["book"] != env!("CARGO_PKG_VERSION") {
            return Err(format!("꼴과 책의 판이 다릅니다: {}", data["book"]).into());
        }
    }
    if json_of(&both)?["again"]["io"].is_null() {
        return Err("더한 조각이 없습니다".into());
    }
    Ok(())
}

/// 한 군데를 고장 낸 것은 모두 거절합니다: 칸을 빼거나, 값의 종류를 바꾸거나, 모르는 칸을 더합니다.
fn the_schema_refuses_every_broken_part() -> Outcome {
    let schema = schema(None)?;
    let copy = Copy::new()?;
    let mut whole = json_of(&copy.data()?)?;
    let trace = json_of(&copy.path("book/text/measured/traces/locked.json"))?;
    let file = copy.path("조각.json");
    let words = ["measure", "--only", "sum", "--workers", "3", "--out"];
    expect(&call(copy.small(&words).arg(&file))?, 0)?;
    let piece = json_of(&file)?;
    whole["noise"] = piece["noise"].clone();
    whole["traces"] = json!({ "locked": trace });
    whole["again"] = json!({ "sum": piece });
    fits(&schema, &whole, "온전한 것")?;
    let mut missed = Vec::new();
    let mut broken = 0;
    for pointer in pointers(&whole, "") {
        let mut try_one = |what: &str, value: Value| {
            broken += 1;
            if schema.is_valid(&value) {
                missed.push(format!("{pointer}: {what} 받아들입니다"));
            }
        };
        let mut other = whole.clone();
        let place = other.pointer_mut(&pointer).ok_or("자리가 없습니다")?;
        // 없어도 되는 칸과, 무엇이든 되는 이름의 칸입니다.
        let optional = [
            "$schema",
            "book",
            "noise",
            "side_by_side",
            "traces",
            "only",
            "again",
        ];
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let any_name = parent.ends_with("/traces") || parent.ends_with("/again");
        let was_object = place.is_object();
        *place = match place {
            Value::Null | Value::Bool(_) | Value::Number(_) => json!(["다른 종류"]),
            _ => json!(-1.5),
        };
        try_one("다른 종류의 값을", other);
        if !pointer.is_empty()
            && !optional.contains(&name)
            && !any_name
            && name.parse::<u32>().is_err()
        {
            let mut other = whole.clone();
            let place = other.pointer_mut(parent).and_then(Value::as_object_mut);
            place
                .and_then(|place| place.remove(name))
                .ok_or("칸이 없습니다")?;
            try_one("칸이 없어도", other);
        }
        if was_object && !["/traces", "/again"].contains(&pointer.as_str()) {
            let mut other = whole.clone();
            if let Some(place) = other.pointer_mut(&pointer) {
                place["모르는 칸"] = json!(1);
            }
            try_one("모르는 칸을", other);
        }
    }
    for (pointer, value) in [
        ("/schema", json!(2)),
        ("/date", json!("어제")),
        ("/runs", json!(0)),
        ("/machine/cores", json!(0)),
        ("/variants/rows/0/samples", json!([])),
        ("/variants/rows/0/job/variant", json!("goroutine")),
        ("/variants/rows/0/job/workload", json!("io")),
        ("/noise/kept", json!(3)),
        (
            "/python/odd",
            json!([{ "name": "/home/somebody/python3", "why": "" }]),
        ),
        ("/again", json!({ "machine": piece.clone() })),
        ("/again/sum/again", json!({ "sum": piece })),
        (
            "/traces/locked/tracks/0/spans/0",
            json!(["놀기", 0, 1, null, null]),
        ),
    ] {
        let mut other = whole.clone();
        match other.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => other["again"]["sum"]["again"] = value,
        }
        broken += 1;
        if schema.is_valid(&other) {
            missed.push(format!("{pointer}: 나쁜 값을 받아들입니다"));
        }
    }
    if broken < 300 {
        missed.push(format!("고장 낸 것이 {broken}개뿐입니다"));
    }
    support::all_clear(missed)
}

/// 값 속의 모든 자리입니다. 목록에서는 첫 것만 봅니다.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let mut found = vec![at.to_owned()];
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                found.extend(pointers(inner, &format!("{at}/{name}")));
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                found.extend(pointers(first, &format!("{at}/0")));
            }
        }
        _ => {}
    }
    found
}

fn string(value: &Value) -> Result<String, Failed> {
    Ok(value.as_str().ok_or("글이 아닙니다")?.to_owned())
}

fn the_bound_book_holds_the_readers_figures() -> Outcome {
    let copy = Copy::new()?;
    let before = copy.contents()?;
    let out = copy.path("묶은 책");
    let output = call(copy.small(&["build", "--runs", "1", "--out"]).arg(&out))?;
    expect(&output, 0)?;
    contains(&output.stderr, "타임라인은 새로 기록하지 않습니다")?;
    let machine = Machine::detect().cpu;
    for page in chapters()? {
        let html = bound::plain(&support::read(&out.join(page.replace(".md", ".html")))?);
        let text = support::read(&support::root().join("book/text").join(&page))?;
        // 이 사본에는 Cargo.toml이 없어 예제를 지을 수 없습니다. 그럴 때 타임라인만은 펴낸 이의 것이 남고, 그렇다고 적힙니다.
        // 6장은 timely를 지어야 잴 수 있어, 독자가 따로 시킬 때(`cargo run -- cluster`)에만 바뀝니다(`cluster_page`가 봅니다).
        if text.contains("{{#include measured/cluster") {
            contains(&html, "cargo run -- cluster")?;
            continue;
        }
        let values = html
            .lines()
            .filter(|line| !line.contains("</code>를 기록했습니다"));
        if values
            .into_iter()
            .any(|line| line.contains("펴낸 이의 컴퓨터("))
        {
            return Err(format!("{page} 에 펴낸 이의 값이 남아 있습니다").into());
        }
        if text.contains("{{#include measured/sum.md}}") {
            contains(&html, &format!("이 컴퓨터({machine}"))?;
            contains(&html, "0부터 20,000 앞까지")?;
        }
    }
    // 사본에 표를 하나 더 넣었으므로 본문이 아직 끌어오지 않아도 확인됩니다.
    let page = bound::plain(&support::read(&out.join("probe.html"))?);
    contains(&page, &format!("이 컴퓨터({machine}"))?;
    for file in PARTS {
        contains(&page, &format!("[{file}]"))?;
    }
    for variant in noriteo::variant::Variant::ALL {
        if variant.is_supported() {
            contains(&page, variant.label())?;
        }
    }
    if before != copy.contents()? {
        return Err("묶는 동안 책의 파일이 바뀌었습니다".into());
    }
    nothing_half_written(&copy)
}

/// 저장소의 조각은 저장소의 데이터에서 나온 그대로입니다. 아무도 손으로 고치지 않았습니다.
fn tracked_parts_come_from_the_tracked_data() -> Outcome {
    let copy = Copy::new()?;
    let before = copy.contents()?;
    let data = copy.path("book/text/measured/publisher.json");
    let output = call(copy.small(&["measure", "--publish", "--data"]).arg(data))?;
    expect(&output, 0)?;
    let after = copy.contents()?;
    let changed: Vec<String> = before
        .iter()
        .filter(|(path, bytes)| after.get(*path) != Some(bytes))
        .map(|(path, _)| {
            format!(
                "{} 이(가) 데이터와 다릅니다. `cargo run -- measure --publish --data \
                 book/text/measured/publisher.json` 으로 새로 적으세요",
                path.display()
            )
        })
        .collect();
    support::all_clear(changed)
}

fn publishing_writes_data_and_parts() -> Outcome {
    let copy = Copy::new()?;
    let folder = copy.path("book/text/measured");
    for file in PARTS.iter().chain(&["publisher.json"]) {
        fs::remove_file(folder.join(file))?;
    }
    let of_cluster = support::read(&folder.join("cluster.json"))?;
    let output = call(
        copy.small(&["measure", "--publish", "--runs", "1"])
            .arg("--out")
            .arg(copy.path("값.json")),
    )?;
    expect(&output, 0)?;
    // 이 사본에는 Cargo.toml이 없어 6장의 프로그램을 지을 수 없습니다. 그럴 때에는 앞서 펴낸 것이 남고, 그렇다고 알립니다.
    contains(&output.stderr, "6장의 값은 새로 적지 않습니다")?;
    same(&of_cluster, &support::read(&folder.join("cluster.json"))?)?;
    for file in PARTS {
        let text = support::read(&folder.join(file))?;
        contains(&text, "손으로 고치지 않습니다")?;
        if *file != "figures.md" {
            contains(&text, "펴낸 이의 컴퓨터(")?;
        }
    }
    same(
        &support::read(&folder.join("publisher.json"))?,
        &support::read(&copy.path("값.json"))?,
    )
}

fn without_measured_values_the_publishers_stand() -> Outcome {
    let copy = Copy::new()?;
    let mut server = Running::start(copy.small(&["serve", "--port", "0", "--no-open"]))?;
    let address = server.address()?;
    let page = bound::plain(&get(&address, "/probe.html")?);
    contains(&page, "펴낸 이의 컴퓨터(")?;
    contains(&server.said(), "펴낸 이의 값으로")
}

// ---- 잘못된 것들 ----

fn a_book_that_cannot_be_written() -> Outcome {
    let copy = Copy::new()?;
    let data = copy.data()?;
    let wall = copy.path("벽");
    fs::write(&wall, "폴더가 아닙니다")?;
    for out in [wall.join("책"), wall.clone()] {
        for task in ["build", "serve"] {
            let output = call(
                copy.small(&[task, "--data"])
                    .arg(&data)
                    .arg("--out")
                    .arg(&out),
            )?;
            expect(&output, 1)?;
            contains(&output.stderr, &wall.display().to_string())?;
            contains(&output.stderr, "`--out`으로 다른 폴더")?;
        }
    }
    // 재기에 앞서 알립니다.
    let output = call(copy.small(&["build", "--out"]).arg(wall.join("책")))?;
    expect(&output, 1)?;
    if output.stderr.contains("재는 중") {
        return Err("쓸 수 없는 자리인데도 먼저 쟀습니다".into());
    }
    same(&support::read(&wall)?, "폴더가 아닙니다")?;
    nothing_half_written(&copy)?;
    locked_folder(&copy, &data)
}

/// 권한이 없는 폴더입니다. root 는 권한을 따지지 않으므로 정말 막히는지 먼저 써 봅니다.
fn locked_folder(copy: &Copy, data: &Path) -> Outcome {
    let folder = copy.path("잠긴 폴더");
    fs::create_dir(&folder)?;
    let mut locked = fs::metadata(&folder)?.permissions();
    locked.set_readonly(true);
    fs::set_permissions(&folder, locked)?;
    if fs::write(folder.join("써 보기"), "").is_ok() {
        return Ok(());
    }
    let output = call(
        copy.small(&["build", "--data"])
            .arg(data)
            .arg("--out")
            .arg(folder.join("책")),
    )?;
    expect(&output, 1)?;
    contains(&output.stderr, "권한")
}

fn other_folders_are_never_overwritten() -> Outcome {
    let copy = Copy::new()?;
    let out = copy.path("사진");
    fs::create_dir(&out)?;
    fs::write(out.join("가족.jpg"), "소중한 것")?;
    let output = call(
        copy.small(&["build", "--data"])
            .arg(copy.data()?)
            .arg("--out")
            .arg(&out),
    )?;
    expect(&output, 2)?;
    contains(&output.stderr, "덮어쓰지 않습니다")?;
    same(&support::read(&out.join("가족.jpg"))?, "소중한 것")
}

fn a_failed_binding_keeps_the_old_book() -> Outcome {
    let copy = Copy::new()?;
    let out = copy.path("책");
    let bind = || -> Result<Output, Failed> {
        call(
            copy.small(&["build", "--data"])
                .arg(copy.data()?)
                .arg("--out")
                .arg(&out),
        )
    };
    expect(&bind()?, 0)?;
    let old = contents(&out)?;
    let page = copy.path("book/text/probe.md");
    let text = support::read(&page)?;
    for (broken, told) in [
        ("{{#include 없는-파일.md}}", "없는-파일.md"),
        ("{{#include ../../../바깥.md}}", "저장소 바깥"),
    ] {
        fs::write(&page, format!("{text}\n{broken}\n"))?;
        let output = bind()?;
        expect(&output, 1)?;
        contains(&output.stderr, told)?;
        contains(&output.stderr, "book/text/probe.md")?;
    }
    fs::write(&page, &text)?;
    fs::write(copy.path("book.toml"), "[book\n")?;
    expect(&bind()?, 1)?;
    if old != contents(&out)? {
        return Err("묶지 못했는데 있던 책이 바뀌었습니다".into());
    }
    nothing_half_written(&copy)
}

fn a_port_in_use() -> Outcome {
    let copy = Copy::new()?;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port().to_string();
    for task in [&["serve"][..], &[]] {
        let output = call(copy.small(task).args(["--no-open", "--port", &port]))?;
        expect(&output, 1)?;
        contains(&output.stderr, &format!("포트 {port}"))?;
        contains(&output.stderr, "--port")?;
        if output.stderr.contains("재는 중") || copy.path("target/book").exists() {
            return Err("쓸 수 없는 포트인데도 먼저 재거나 묶었습니다".into());
        }
    }
    Ok(())
}

fn bad_data_is_answered_with_two() -> Outcome {
    let copy = Copy::new()?;
    let good: Value = serde_json::from_str(&support::read(&copy.data()?)?)?;
    let mut newer = good.clone();
    newer["schema"] = json!(99);
    let mut odd = good.clone();
    odd["python"]["rows"] = json!("목록이 아님");
    let mut short = good;
    short["variants"]["rows"][0]["samples"] = json!([]);
    for (text, part) in [
        ("{".to_owned(), "JSON이 아닙니다"),
        (newer.to_string(), "99"),
        (odd.to_string(), "rows"),
        (short.to_string(), "samples"),
    ] {
        let file = copy.path("나쁜 값.json");
        fs::write(&file, text)?;
        let output = call(copy.small(&["build", "--data"]).arg(&file))?;
        expect(&output, 2)?;
        contains(&output.stderr, part)?;
    }
    let output = call(copy.small(&["build", "--data"]).arg(copy.path("없음.json")))?;
    expect(&output, 2)?;
    contains(&output.stderr, "없음.json")
}

// ---- 파이썬 ----

fn no_python_at_all() -> Outcome {
    let copy = Copy::new()?;
    let empty = copy.path("빈 폴더");
    let (output, data) = measure_with_path(&copy, &empty)?;
    contains(&output.stderr, "쓸 수 있는 파이썬이 없습니다")?;
    contains(&output.stdout, "쓸 수 있는 파이썬이 없어")?;
    if data["python"]["rows"] != json!([]) || data["python"]["odd"] != json!([]) {
        return Err(format!("없는 파이썬을 쟀습니다: {}", data["python"]).into());
    }
    Ok(())
}

/// 실패하는 것, 엉뚱한 말을 하는 것, 끝없이 말하는 것, 대답하지 않는 것, 실행할 수 없는 것이 PATH 에 있습니다.
fn odd_pythons_are_told() -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("셸 스크립트로 만든 가짜 파이썬은 유닉스에만 있습니다");
    }
    let copy = Copy::new()?;
    let shims = copy.path("가짜");
    let pids = copy.path("pids");
    script(
        &shims,
        "python3",
        "echo '설치되어 있지 않습니다' >&2; exit 9",
    )?;
    script(&shims, "python3.1", "echo '파이썬입니다, 정말로'")?;
    script(&shims, "python3.2", "while :; do echo 가짜; done")?;
    script(
        &shims,
        "python3.3",
        &format!("sleep 1000 & echo $$ $! > '{}'; wait", pids.display()),
    )?;
    fs::write(shims.join("python3.4"), "실행할 수 없는 파일")?;
    script(
        &shims,
        "python3.5",
        r#"echo 'noriteo-python:["CPython",[2,7,18],"/usr/bin/python2",null]'"#,
    )?;
    // 파이썬처럼 대답하지만 프로그램은 돌리지 못하는 것입니다.
    script(
        &shims,
        "python3.6",
        r#"[ "$1" = -c ] && echo 'noriteo-python:["CPython",[3,6,0],"/nowhere/python3.6",null]' || exit 7"#,
    )?;
    let (output, data) = measure_with_path(&copy, &shims)?;
    let odd: BTreeMap<&str, &str> = data["python"]["odd"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|odd| Some((odd["name"].as_str()?, odd["why"].as_str()?)))
        .collect();
    for (name, part) in [
        ("python3", "종료 코드 9"),
        ("python3.1", "파이썬 3처럼 대답하지 않습니다"),
        ("python3.2", ""),
        ("python3.3", "끝나지 않아 멈추었습니다"),
        ("python3.4", "돌리지 못했습니다"),
        ("python3.5", "파이썬 3처럼 대답하지 않습니다"),
        ("python3.6", "종료 코드 7"),
    ] {
        let why = odd
            .get(name)
            .ok_or_else(|| format!("{name} 이(가) 이상하다고 알리지 않았습니다: {odd:?}"))?;
        contains(why, part)?;
    }
    if data["python"]["rows"] != json!([]) {
        return Err(format!("가짜 파이썬의 값이 있습니다: {}", data["python"]["rows"]).into());
    }
    contains(&output.stderr, "설치되어 있지 않습니다")?;
    // 데이터에는 읽는 이의 폴더 이름이 남지 않습니다.
    if data.to_string().contains("가짜") {
        return Err("데이터에 폴더 이름이 남았습니다".into());
    }
    gone(&pids)?;
    Ok(Completion::Completed)
}

fn a_real_python_behind_a_shim() -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("셸 스크립트로 만든 가짜 파이썬은 유닉스에만 있습니다");
    }
    let Some(python) = support::python() else {
        return support::left_out("도는 파이썬 3 이 없습니다");
    };
    let copy = Copy::new()?;
    let shims = copy.path("가짜");
    script(&shims, "python3", "exit 1")?;
    let path = env::join_paths(
        [shims]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )?;
    let (_, data) = measure_with_path(&copy, &path)?;
    let rows: Vec<&Value> = data["python"]["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|row| {
            row["label"]
                .as_str()
                .is_some_and(|l| l.contains(&python.version))
        })
        .collect();
    let modes: Vec<String> = rows
        .iter()
        .map(|row| format!("{}{}", row["mode"].as_str().unwrap_or("?"), row["workers"]))
        .collect();
    if !["thread1", "thread2", "process2"]
        .iter()
        .all(|mode| modes.iter().any(|known| known == mode))
    {
        return Err(format!("{} 의 값이 모자랍니다: {modes:?}", python.version).into());
    }
    Ok(Completion::Completed)
}

fn measure_with_path(
    copy: &Copy,
    path: impl AsRef<std::ffi::OsStr>,
) -> Result<(Output, Value), Failed> {
    let file = copy.path("값.json");
    let output = call(
        copy.small(&["measure", "--runs", "1", "--out"])
            .arg(&file)
            .env("PATH", path),
    )?;
    expect(&output, 0)?;
    let data = serde_json::from_str(&support::read(&file)?)?;
    Ok((output, data))
}

// ---- 멈추기 ----

/// 재는 중에 터미널처럼 무리 전체에 Ctrl-C 를 보냅니다.
fn interrupt_while_measuring() -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("Ctrl-C 를 보내는 길이 유닉스에만 있습니다");
    }
    let copy = Copy::new()?;
    let file = copy.path("값.json");
    // 끝까지 재려면 몇 분이 걸리므로 반드시 도중입니다.
    let mut command = copy.command(&["measure", "--runs", "100", "--out"]);
    command.arg(&file).env("PATH", copy.path("빈 폴더"));
    let mut running = Running::start(command)?;
    running.wait_until("재는 자식이 생기지 않습니다", |running| {
        running.said().contains("재는 중") && running.has_child()
    })?;
    support::interrupt_group(running.child.id());
    running.expect_stopped()?;
    if file.exists() || copy.path("target/measured.json").exists() {
        return Err("멈추었는데 잰 값을 남겼습니다".into());
    }
    nothing_half_written(&copy)?;
    Ok(Completion::Completed)
}

/// 파이썬이 자식까지 두고 대답하지 않을 때 우리에게만 신호를 보냅니다.
fn interrupt_while_asking_python() -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("셸 스크립트로 만든 가짜 파이썬은 유닉스에만 있습니다");
    }
    let copy = Copy::new()?;
    let (shims, pids) = (copy.path("가짜"), copy.path("pids"));
    script(
        &shims,
        "python3",
        &format!(
            r#"if [ "$1" = -c ]; then echo 'noriteo-python:["CPython",[3,13,0],"/nowhere",true]'; exit; fi
sleep 1000 & echo $$ $! > '{0}.tmp'; mv '{0}.tmp' '{0}'; wait"#,
            pids.display()
        ),
    )?;
    let path = env::join_paths([shims.as_path(), Path::new("/usr/bin"), Path::new("/bin")])?;
    let out = copy.path("책");
    let mut command = copy.small(&["build", "--runs", "1", "--out"]);
    command.arg(&out).env("PATH", path);
    let mut running = Running::start(command)?;
    running.wait_until("가짜 파이썬을 부르지 않습니다", |_| {
        pids.exists()
    })?;
    running.interrupt()?;
    running.expect_stopped()?;
    gone(&pids)?;
    if out.exists() {
        return Err("멈추었는데 책이 있습니다".into());
    }
    nothing_half_written(&copy)?;
    Ok(Completion::Completed)
}

/// 책의 사본을 만드는 도중입니다. FIFO 를 읽느라 서 있을 때 신호를 보내고, 그다음에 FIFO 를 풀어 줍니다.
fn interrupt_while_binding() -> MaybeLeftOut {
    stop_binding(|running, fifo| {
        running.interrupt()?;
        // 신호를 받은 뒤에 다음 마디로 보냅니다. 받기 전이면 묶기가 끝나 버려 0으로 끝날 수 있습니다.
        running.wait_until("신호를 받았다고 하지 않습니다", |running| {
            running.said().contains("멈추는 중")
        })?;
        drop(fs::OpenOptions::new().write(true).open(fifo)?);
        Ok(())
    })
}

/// 다음 마디로 갈 수 없을 때 Ctrl-C 를 한 번 더 누르면 그 자리에서 치우고 끝납니다.
fn a_second_interrupt_while_binding() -> MaybeLeftOut {
    stop_binding(|running, _| {
        running.interrupt()?;
        running.wait_until("신호를 받았다고 하지 않습니다", |running| {
            running.said().contains("멈추는 중")
        })?;
        running.interrupt()
    })
}

fn stop_binding(stop: impl FnOnce(&mut Running, &Path) -> Outcome) -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("FIFO 는 유닉스에만 있습니다");
    }
    let copy = Copy::new()?;
    let (out, data) = (copy.path("책"), copy.data()?);
    let command = || {
        let mut command = copy.small(&["build", "--data"]);
        command.arg(&data).arg("--out").arg(&out);
        command
    };
    expect(&call(&mut command())?, 0)?;
    let old = contents(&out)?;
    let fifo = copy.path("book/text/fifo.txt");
    make_fifo(&fifo)?;
    let mut running = Running::start(command())?;
    running.wait_until("사본을 만들지 않습니다", |_| {
        left_over(&copy.root()).is_ok_and(|found| !found.is_empty())
    })?;
    stop(&mut running, &fifo)?;
    running.expect_stopped()?;
    if old != contents(&out)? {
        return Err("멈추었는데 있던 책이 바뀌었습니다".into());
    }
    nothing_half_written(&copy)?;
    Ok(Completion::Completed)
}

fn interrupt_while_serving() -> MaybeLeftOut {
    if cfg!(not(unix)) {
        return support::left_out("Ctrl-C 를 보내는 길이 유닉스에만 있습니다");
    }
    let copy = Copy::new()?;
    let data = copy.data()?;
    let mut command = copy.small(&["serve", "--port", "0", "--no-open", "--data"]);
    command.arg(&data);
    let mut running = Running::start(command)?;
    let address = running.address()?;
    if !address.starts_with("127.0.0.1:") {
        return Err(format!("바깥에서 보이는 주소입니다: {address}").into());
    }
    let front = get(&address, "/")?;
    contains(&front, "HTTP/1.1 200")?;
    contains(&front, "놀이터의 아이들")?;
    contains(&get(&address, "/no-such-page.html")?, "HTTP/1.1 404")?;
    for outside in ["/../book.toml", "/%2e%2e/book.toml", "/..%2fmeasured.json"] {
        let answer = get(&address, outside)?;
        if answer.starts_with("HTTP/1.1 200") {
            return Err(format!("책 바깥의 파일을 내주었습니다: {outside}").into());
        }
    }
    // 이어 둔 채 말이 없는 손님이 있어도 멈춥니다.
    let _silent = TcpStream::connect(&address)?;
    running.interrupt()?;
    running.expect_stopped()?;
    if TcpStream::connect(&address).is_ok() {
        return Err(format!("끝난 뒤에도 {address} 이(가) 열려 있습니다").into());
    }
    if !copy.path("target/book/index.html").is_file() {
        return Err("다 묶은 책이 사라졌습니다".into());
    }
    nothing_half_written(&copy)?;
    Ok(Completion::Completed)
}
