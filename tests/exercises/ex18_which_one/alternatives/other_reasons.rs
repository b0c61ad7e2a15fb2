//! 다른 옳은 답: 필요한 것이 둘인 일에서 다른 쪽을 까닭으로 댄다.

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
        Job::SmallSum => (Way::Single, Because::CreationCost),
        Job::HashChain => (Way::Single, Because::OneAfterAnother),
        Job::Photos => (Way::Thread, Because::ComputedTogether),
        Job::PhotosGil => (Way::Process, Because::ComputedTogether),
        Job::DownloadsGil => (Way::LockedThread, Because::WaitedTogether),
        Job::HashFilesGil => (Way::LockedThread, Because::ComputedTogether),
        Job::SharedTable => (Way::Thread, Because::ComputedTogether),
        Job::ForeignFilter => (Way::Process, Because::Survived),
        Job::Submissions => (Way::Process, Because::Stopped),
        Job::ChatGil => (Way::LockedThread, Because::SeenByAll),
    };
    Choice { way, because }
}
