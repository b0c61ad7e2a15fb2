//! ex18: 이 일에는 무엇이 맞을까요. 열 가지 일마다 방식과 까닭을 고르세요.
//!
//! 실행: `cargo run --example ex18_which_one` (재기만 하려면 `--measure-only`)
//! 검사: `cargo course check ex18`

use std::time::Duration;

use noriteo::{
    Result,
    cli::Cli,
    measure::{self, Job as Measured, Load, interleaved},
    variant::Variant,
};

// ANCHOR: task
/// 할 일입니다. 코어는 넉넉합니다.
/// “GIL”이라고 적지 않은 것은 GIL이 없는 언어(Rust)로 합니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// 수 2,000개를 한 번 더합니다.
    SmallSum,
    /// 비밀번호를 백만 번 되풀이해 섞습니다.
    /// 앞에서 섞은 값이 있어야 다음을 섞습니다.
    HashChain,
    /// 사진 1,000장을 줄입니다. 한 장 한 장이 따로이고, 내내 계산합니다.
    Photos,
    /// GIL: 같은 사진 1,000장을, 내내 바이트코드로 계산하여 줄입니다.
    PhotosGil,
    /// GIL: 쪽 500개를 내려받습니다. 거의 기다리는 시간입니다.
    DownloadsGil,
    /// GIL: 큰 파일 100개의 해시를 구합니다.
    /// 계산은 C로 짠 확장 모듈이 GIL을 놓고 합니다.
    HashFilesGil,
    /// 낱말 수를 함께 셉니다.
    /// 나란히 계산하며, 4 GiB짜리 표 하나를 모두가 그 자리에서 고칩니다.
    SharedTable,
    /// 남이 짠 C 필터를 사진 1,000장에 부릅니다.
    /// 한 장씩 해도 되지만, 어떤 사진에서는 울타리를 벗어납니다.
    /// 나머지 사진은 마쳐야 합니다.
    ForeignFilter,
    /// 학생들이 낸 프로그램 조각을 하나씩 돌립니다. 어떤 것은 끝나지 않습니다.
    /// 밖에서 멈추고 나머지는 마쳐야 합니다.
    Submissions,
    /// GIL: 대화방의 손님 100명에게 대답합니다.
    /// 거의 기다리는 시간이고, 대화의 목록 하나를 모두가 고칩니다.
    ChatGil,
}

/// 방식입니다. 뒤로 갈수록 무겁습니다. 두 스레드는 무게가 같습니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// 나누지 않고 한 스레드가 차례로 합니다.
    Single,
    /// 락이 없는 스레드입니다. GIL이 있는 언어에는 없습니다.
    Thread,
    /// GIL에 묶인 스레드입니다. GIL이 없는 언어에는 없습니다.
    LockedThread,
    /// 프로세스입니다.
    Process,
}

/// 고른 까닭이 되는, 재거나 본 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// 만드는 값이 일보다 큽니다.
    CreationCost,
    /// 앞이 끝나야 다음을 시작합니다. 여럿이 있어도 안에 있는 것은 늘 하나입니다.
    OneAfterAnother,
    /// 계산하는 동안 여럿이 함께 안에 있어야 합니다.
    ComputedTogether,
    /// 기다리는 동안 여럿이 함께 기다려야 합니다.
    WaitedTogether,
    /// 아이가 고친 것을 모두가 그 자리에서 보아야 합니다.
    SeenByAll,
    /// 하나가 사고로 끝나도 나머지는 남아야 합니다.
    Survived,
    /// 하나를 밖에서 멈추어도 나머지는 남아야 합니다.
    Stopped,
}

/// 고른 것입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// 일에 필요한 것을 모두 채우는 방식 가운데 가장 가벼운 것입니다.
    pub way: Way,
    /// 그 일에 정말로 필요하고, 다른 방식 하나라도 채우지 못한 것입니다.
    ///
    /// 나누지 않는다면 나누어도 얻을 것이 없는 까닭입니다.
    pub because: Because,
}

/// 일마다 하나를 고릅니다.
pub fn choose(job: Job) -> Choice {
    let _ = job;
    todo!("일마다 무엇이 꼭 필요한지 먼저 적어 보세요")
}
// ANCHOR_END: task

const JOBS: [Job; 10] = [
    Job::SmallSum,
    Job::HashChain,
    Job::Photos,
    Job::PhotosGil,
    Job::DownloadsGil,
    Job::HashFilesGil,
    Job::SharedTable,
    Job::ForeignFilter,
    Job::Submissions,
    Job::ChatGil,
];

fn main() -> Result<()> {
    measure::entry();
    let args = Cli::new("ex18_which_one", "일을 재고, 고른 것을 보입니다")
        .number("runs", 3, 1..=100, "저마다 재는 횟수")
        .flag("measure-only", "재기만 하고 고른 것은 보이지 않습니다")
        .parse();
    // 까닭을 대기 전에 이 컴퓨터에서 잽니다: 작은 계산, 큰 계산, 기다리는 일.
    let delay = Duration::from_millis(2);
    for (load, end) in [
        (Load::Cpu, 2_000),
        (Load::Cpu, 50_000_000),
        (Load::Io { delay }, 40),
    ] {
        let fork = if Variant::Fork.is_supported() {
            Variant::Fork
        } else {
            Variant::Spawn
        };
        let ways = [
            (Variant::Sequential, 1),
            (Variant::Thread, 2),
            (Variant::LockedThread, 2),
            (fork, 2),
        ];
        let jobs = ways.map(|(variant, workers)| Measured {
            variant,
            workload: load,
            range: 0..end,
            workers,
        });
        println!(
            "{}",
            interleaved(&jobs, args.number("runs") as usize, |_, _| {})?.table()
        );
    }
    if !args.flag("measure-only") {
        for job in JOBS {
            let Choice { way, because } = choose(job);
            println!("{job:?}: {way:?}, {because:?}");
        }
    }
    Ok(())
}
