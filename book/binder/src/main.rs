//! 《놀이터의 아이들》을 이 컴퓨터에서 재고, 묶고, 보여 줍니다.
//!
//! - [`measure`]: 책에 넣을 값을 잽니다. 한 번 한 번이 새 프로세스입니다.
//! - [`others`]: 재는 동안 다른 일이 CPU를 얼마나 썼는지 셈합니다.
//! - [`noise`]: 재는 동안 얼마나 시끄러웠는지 읽고, 너무 시끄러우면 다시 재게 합니다.
//! - [`examples`]: 예제를 짓고, 타임라인을 기록하며 돌립니다.
//! - [`timeline`]: 기록을 SVG로 그립니다.
//! - [`evidence`]: 시험이 남긴 수치를 모아 펴낸 사본을 만듭니다.
//! - [`parts`]: 잰 값을 본문이 끌어오는 마크다운 조각으로 바꿉니다.
//! - [`pictures`], [`chart`]: 표마다 막대그림을 그립니다.
//! - [`cluster`]: 6장의 값을 재고, 더 늘려도 소용없는 곳을 내다봅니다.
//! - [`compare`], [`share`]: 두 컴퓨터의 값을 나란히 놓고, 파일 하나로 나눕니다.
//! - [`bind`]: 책의 사본에 조각을 넣고 mdBook의 라이브러리로 묶습니다.
//! - [`site`]: 묶은 쪽에 설명과 정식 주소를 적고 줄이 낱말 가운데에서 바뀌지 않게 합니다.
//! - [`paper`]: 종이(PDF)와 전자책([`epub`])으로 만듭니다.
//! - [`serve`]: 묶은 책을 127.0.0.1에서 보여 주고, 쪽이 시킨 예제를 돌립니다.
//! - [`tree`]: 프로그램을 그 자손까지 통째로 돌리고 거둡니다.
//! - [`stop`]: Ctrl-C가 오면 쓰다 만 것을 치우고 멈춥니다.

mod args;
mod bind;
mod chart;
mod cluster;
mod compare;
mod data;
mod epub;
mod evidence;
mod examples;
mod fault;
mod measure;
mod memory;
mod noise;
mod others;
mod paper;
mod parts;
mod pictures;
mod serve;
mod share;
mod site;
mod stop;
mod timeline;
mod tree;

use std::{
    env,
    io::{self, Write},
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use crate::{
    args::{Args, HELP, Task},
    data::{Data, Only},
    fault::{Fault, Result},
    measure::Ask,
    parts::{Part, Whose},
};

/// 펴낸 이의 값을 담는 파일입니다.
const PUBLISHER: &str = "publisher.json";

/// 펴낸 이의 타임라인 기록을 담는 폴더입니다.
const TRACES: &str = "traces";

/// 잰 값을 따로 적지 않을 때 남기는 자리입니다.
const LATEST: &str = "target/measured.json";

/// 나눌 파일을 따로 적지 않을 때 남기는 자리입니다.
const SHARED: &str = "target/noriteo-share.html";

fn main() -> ExitCode {
    // 재는 자식으로 다시 시작되었으면 여기서 그 일만 하고 끝납니다.
    noriteo::measure::entry();
    memory::entry();
    tree::entry();

    match args::parse(env::args_os().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(fault.code())
        }
    }
}

fn run(args: Args) -> Result<()> {
    if args.task == Task::Help {
        say(HELP);
        return Ok(());
    }
    stop::install()?;
    let root = root(args.book.as_deref())?;
    match args.task {
        Task::Measure => measure_only(&args, &root),
        Task::Build => {
            let out = site(&args, &root);
            bind::check(&out)?;
            let (_, mut parts) = fresh_parts(&args, &root)?;
            parts.extend(cluster::kept(&root)?);
            bind_book(&root, &out, &parts)
        }
        Task::Paper => make_paper(&args, &root),
        Task::Cluster => measure_cluster(&args, &root),
        Task::All | Task::Serve => {
            let out = site(&args, &root);
            bind::check(&out)?;
            // 오래 재고 나서야 포트를 쓸 수 없다고 알리지 않도록 먼저 차지합니다.
            let listener = serve::listen(args.port)?;
            let (data, mut parts) = if args.task == Task::All {
                fresh_parts(&args, &root)?
            } else {
                kept_parts(&args, &root)?
            };
            parts.extend(cluster::kept(&root)?);
            bind_book(&root, &out, &parts)?;
            let book = serve::Book {
                root,
                out,
                parts,
                data,
                limit: Duration::from_secs(args.limit),
            };
            Err(serve::serve(listener, book, serve::may_open(args.no_open)))
        }
        Task::Help => Ok(()),
    }
}

fn measure_only(args: &Args, root: &Path) -> Result<()> {
    if let Some([a, b]) = &args.compare {
        say(&compare::compare(&Data::read(a)?, &Data::read(b)?));
        return Ok(());
    }
    let earlier = args.data.as_deref().map(Data::read).transpose()?;
    let data = match earlier {
        Some(data) if args.only.is_none() => {
            say(&parts::summary(&data));
            data
        }
        earlier => {
            let newer = measure::measure(root, &ask(args))?;
            say(&parts::summary(&newer));
            with(earlier, newer)
        }
    };
    if args.publish {
        // 앞서 잰 값으로 조각만 다시 적을 때에는 6장도 다시 재지 않습니다.
        let fresh = args.data.is_none().then(|| {
            let runs = args.runs.unwrap_or(cluster::RUNS);
            cluster::measure(root, runs).or_else(|fault| match fault {
                Fault::Stopped => Err(fault),
                fault => {
                    eprintln!("6장의 값은 새로 적지 않습니다. {fault}");
                    cluster::Data::read(&root.join(bind::MEASURED).join(cluster::PUBLISHER))?
                        .ok_or(Fault::Failed("앞서 펴낸 6장의 값도 없습니다.".into()))
                }
            })
        });
        publish(root, &data, fresh.transpose()?)?;
    }
    if args.share {
        let out = args.out.clone().unwrap_or_else(|| root.join(SHARED));
        bind::write_whole(&out, share::page(&data).as_bytes())?;
        eprintln!(
            "나눌 파일을 {}에 썼습니다.\n{}",
            out.display(),
            share::INSIDE
        );
        return Ok(());
    }
    if args.out.is_some() || (args.data.is_none() && !args.publish && args.only.is_none()) {
        let out = args.out.clone().unwrap_or_else(|| root.join(LATEST));
        bind::write_whole(&out, json(&data).as_bytes())?;
        eprintln!("잰 값을 {}에 남겼습니다.", out.display());
    }
    Ok(())
}

/// 6장의 값을 재어 보이고 남깁니다.
fn measure_cluster(args: &Args, root: &Path) -> Result<()> {
    let data = cluster::measure(root, args.runs.unwrap_or(cluster::RUNS))?;
    say(&cluster::table(&data));
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| root.join(cluster::LATEST));
    bind::write_whole(&out, format!("{:#}\n", data.to_json()).as_bytes())?;
    eprintln!("잰 값을 {}에 남겼습니다.", out.display());
    Ok(())
}

/// 앞서 잰 값이 있으면 거기에 새로 잰 조각을 더합니다.
fn with(earlier: Option<Data>, newer: Data) -> Data {
    match earlier {
        Some(mut data) => {
            data.merge(newer);
            data
        }
        None => newer,
    }
}

/// 명령줄에서 고른, 무엇을 얼마나 잴지입니다.
fn ask(args: &Args) -> Ask {
    Ask {
        runs: args.runs,
        only: args.only.map(|piece| Only {
            piece,
            workers: args.workers,
        }),
        size: args.size,
    }
}

/// 저장소에 두는 펴낸 이의 값과 조각을 새로 적습니다.
fn publish(root: &Path, data: &Data, cluster: Option<cluster::Data>) -> Result<()> {
    let folder = root.join(bind::MEASURED);
    // 기록은 그림마다 한 파일입니다. 새로 기록하지 못했으면 저장소의 것을 그대로 둡니다.
    let mut data = data.clone();
    let traces = mem::take(&mut data.traces);
    let mut files = vec![(folder.join(PUBLISHER), json(&data))];
    let kept = folder.join(TRACES);
    data.traces = examples::tracked(&kept)?;
    for (name, trace) in traces {
        files.push((kept.join(format!("{name}.json")), trace.to_text()));
        data.traces.insert(name, trace);
    }
    for Part { file, text } in parts::parts(&data, Whose::Publisher) {
        files.push((folder.join(file), text));
    }
    files.extend(evidence::published(root)?);
    files.extend(cluster::published(root, cluster)?);
    for (path, text) in &files {
        bind::write_whole(path, text.as_bytes())?;
    }
    eprintln!(
        "펴낸 이의 값 {}개를 {}에 새로 적었습니다.",
        files.len(),
        folder.display()
    );
    Ok(())
}

/// 새로 재거나, `--data`의 값으로 조각을 만듭니다.
fn fresh_parts(args: &Args, root: &Path) -> Result<(Data, Vec<Part>)> {
    if let Some(file) = &args.data {
        return read_parts(file);
    }
    let data = measure::measure(root, &ask(args))?;
    let kept = root.join(LATEST);
    if let Err(fault) = bind::write_whole(&kept, json(&data).as_bytes()) {
        // 저장소에 쓸 수 없어도 다른 곳에 책을 묶을 수는 있습니다.
        if matches!(fault, Fault::Stopped) {
            return Err(fault);
        }
        eprintln!("잰 값을 남기지 못했지만 계속합니다. {fault}");
    }
    let parts = parts::parts(&data, Whose::Here);
    Ok((data, parts))
}

/// 앞서 재어 둔 값으로 조각을 만듭니다.
fn read_parts(file: &Path) -> Result<(Data, Vec<Part>)> {
    let data = Data::read(file)?;
    let parts = parts::parts(&data, Whose::Earlier);
    Ok((data, parts))
}

/// 앞서 잰 값이 있으면 그것으로 조각을 만들고, 없으면 펴낸 이의 조각을 그대로 둡니다.
fn kept_parts(args: &Args, root: &Path) -> Result<(Data, Vec<Part>)> {
    let latest = root.join(LATEST);
    match &args.data {
        Some(file) => read_parts(file),
        None if latest.is_file() => read_parts(&latest),
        None => {
            eprintln!(
                "앞서 잰 값이 없어 펴낸 이의 값으로 묶습니다. `cargo run`은 이 컴퓨터에서 잽니다."
            );
            // 저장소에 있는 조각을 그대로 씁니다.
            let data = Data::read(&root.join(bind::MEASURED).join(PUBLISHER))?;
            Ok((data, Vec::new()))
        }
    }
}

fn bind_book(root: &Path, out: &Path, parts: &[Part]) -> Result<()> {
    eprintln!("책을 묶는 중입니다.");
    let pages = bind::bind(root, out, parts)?;
    eprintln!("{pages}쪽을 {}에 묶었습니다.", out.display());
    Ok(())
}

/// 종이와 전자책을 만들고, 만든 파일을 한 줄에 하나씩 말합니다.
fn make_paper(args: &Args, root: &Path) -> Result<()> {
    let out = args.out.clone().unwrap_or_else(|| root.join(paper::FOLDER));
    let (_, mut parts) = kept_parts(args, root)?;
    parts.extend(cluster::kept(root)?);
    eprintln!("종이와 전자책을 만드는 중입니다.");
    for file in paper::make(root, &out, &parts)? {
        say(&format!("{}\n", file.display()));
    }
    Ok(())
}

/// 읽던 쪽이 먼저 끝나도(`| head`) 하던 일은 마칩니다.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn site(args: &Args, root: &Path) -> PathBuf {
    args.out.clone().unwrap_or_else(|| root.join("target/book"))
}

fn json(data: &Data) -> String {
    format!("{:#}\n", data.to_json())
}

/// 책이 있는 폴더입니다: `--book`, cargo가 알려 준 자리, 컴파일한 자리의 차례로 찾습니다.
fn root(book: Option<&Path>) -> Result<PathBuf> {
    if let Some(book) = book {
        return if is_book(book) {
            Ok(book.to_owned())
        } else {
            Err(Fault::BadInput(format!(
                "{}에는 이 책이 없습니다. book.toml이 있는 폴더를 `--book`으로 적어 주세요.",
                book.display()
            )))
        };
    }
    let manifests = [
        env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
        Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
        env::current_dir().ok(),
    ];
    manifests
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find(|folder| is_book(folder))
        .map(Path::to_owned)
        .ok_or_else(|| {
            Fault::BadInput(
                "책이 있는 폴더를 찾지 못했습니다. 저장소 안에서 부르거나 `--book 폴더`를 적어 주세요.".into(),
            )
        })
}

fn is_book(folder: &Path) -> bool {
    folder.join("book.toml").is_file() && folder.join("book/text/SUMMARY.md").is_file()
}
