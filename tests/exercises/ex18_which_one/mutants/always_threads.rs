//! 틀린 답: 스레드가 가벼우니 언제나 스레드면 된다고 여긴다.

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
        Job::SmallSum => (Way::Thread, Because::CreationCost),
        Job::HashChain => (Way::Thread, Because::OneAfterAnother),
        Job::Photos => (Way::Thread, Because::ComputedTogether),
        Job::PhotosGil => (Way::LockedThread, Because::ComputedTogether),
        Job::DownloadsGil => (Way::LockedThread, Because::WaitedTogether),
        Job::HashFilesGil => (Way::LockedThread, Because::ComputedTogether),
        Job::SharedTable => (Way::Thread, Because::SeenByAll),
        Job::ForeignFilter => (Way::Thread, Because::Survived),
        Job::Submissions => (Way::Thread, Because::Stopped),
        Job::ChatGil => (Way::LockedThread, Because::WaitedTogether),
    };
    Choice { way, because }
}
