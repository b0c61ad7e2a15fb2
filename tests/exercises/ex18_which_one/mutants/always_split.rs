//! 틀린 답: 나누면 언제나 빨라진다고 여긴다.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    SmallSum,
    HashChain,
    Photos,
    PhotosGil,
    DownloadsGil,
    HashFilesGil,
    SharedTable,
    ForeignFilter,
    Submissions,
    ChatGil,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Single,
    Thread,
    LockedThread,
    Process,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    CreationCost,
    OneAfterAnother,
    ComputedTogether,
    WaitedTogether,
    SeenByAll,
    Survived,
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub way: Way,
    pub because: Because,
}

pub fn choose(job: Job) -> Choice {
    let (way, because) = match job {
        Job::SmallSum => (Way::Thread, Because::ComputedTogether),
        Job::HashChain => (Way::Thread, Because::ComputedTogether),
        Job::Photos => (Way::Thread, Because::ComputedTogether),
        Job::PhotosGil => (Way::Process, Because::ComputedTogether),
        Job::DownloadsGil => (Way::LockedThread, Because::WaitedTogether),
        Job::HashFilesGil => (Way::LockedThread, Because::ComputedTogether),
        Job::SharedTable => (Way::Thread, Because::SeenByAll),
        Job::ForeignFilter => (Way::Process, Because::Survived),
        Job::Submissions => (Way::Process, Because::Stopped),
        Job::ChatGil => (Way::LockedThread, Because::WaitedTogether),
    };
    Choice { way, because }
}
