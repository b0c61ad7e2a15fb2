//! ch03_07: 모형과 진짜 CPython에게 같은 모양의 일을 시키고, 두 값과 그 비를 한 표에 적습니다.

use std::{path::Path, time::Duration};

use noriteo::{
    Error, Result,
    cli::Cli,
    measure::{
        self, pad,
        python::{self, Python},
        side_by_side::{Line, SCRIPT, SideBySide},
    },
};

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new(
        "ch03_07_side_by_side",
        "GIL의 모형과 진짜 CPython을 나란히 잽니다",
    )
    .number_or_short("window-ms", 250, 60, 20..=5_000, "한 번 재는 시간, 밀리초")
    .number_or_short("runs", 3, 1, 1..=50, "저마다 재는 횟수")
    .parse();
    let window = Duration::from_millis(args.number("window-ms"));
    let (pythons, _) = python::find(&());
    let python = Python::newest_with_gil(&pythons);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT);
    let mut both = SideBySide::new(python, &script, window)?;
    for _ in 0..args.number("runs") {
        // 새로운 것: 한 바퀴에 모든 모양을, CPython과 모형을 번갈아 가며 잽니다.
        both.round(&(), |_| Ok::<(), Error>(()))?;
    }
    match (python, both.trouble()) {
        (Some(python), None) => println!("진짜: {}", python.label()),
        (Some(python), Some(why)) => println!("진짜: 재지 못함. {}: {why}", python.label()),
        (None, _) => println!("진짜: 없음. GIL이 켜진 CPython을 찾지 못해 모형만 쟀습니다."),
    }
    table(&both.lines());
    Ok(())
}

/// 무리마다 제목을 적고, 그 아래에 진짜와 모형의 값, 그리고 모형을 진짜로 나눈 비를 적습니다.
fn table(lines: &[Line]) {
    for (at, line) in lines.iter().enumerate() {
        if at == 0 || lines[at - 1].group != line.group {
            println!(
                "\n{} 진짜             모형             모형 ÷ 진짜",
                pad(&line.group, 50)
            );
        }
        let ratio = line.ratio().map_or("–".to_owned(), |r| format!("{r:.2}배"));
        let [real, model] = [&line.python, &line.model].map(|values| pad(&line.cell(values), 16));
        println!("  {} {real} {model} {ratio}", pad(&line.what, 48));
    }
}
