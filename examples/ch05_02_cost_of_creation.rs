//! ch05_02: 아이 하나를 만들고 거두는 데 얼마나 걸리는지 잽니다.

use noriteo::{
    Result,
    cli::Cli,
    measure::{self, Creation, Machine, creation_cost, format_duration, pad},
};

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new(
        "ch05_02_cost_of_creation",
        "아무 일도 하지 않는 아이를 만들고 거두는 시간을 잽니다",
    )
    .number("count", 100, 1..=100_000, "저마다 만들어 볼 횟수")
    .parse();
    println!(
        "{} {} {} 최대",
        pad("방식", 18),
        pad("중앙값", 10),
        pad("최소", 10)
    );
    for kind in Creation::ALL {
        let name = pad(kind.label(), 18);
        if !kind.variant().is_supported() {
            println!("{name} 이 운영체제에는 없습니다");
            continue;
        }
        // 새로운 것: 일은 시키지 않습니다. 만들고 거두는 값만 남습니다.
        let cost = creation_cost(kind, args.number("count") as usize)?;
        let [median, min, max] = [cost.median, cost.min, cost.max].map(format_duration);
        println!("{name} {} {} {max}", pad(&median, 10), pad(&min, 10));
    }
    println!("이 컴퓨터: {}", Machine::detect());
    Ok(())
}
