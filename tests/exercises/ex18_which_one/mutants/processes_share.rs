//! 틀린 답: 프로세스도 같은 표를 그 자리에서 고친다고 여긴다.

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
        Job::SharedTable => (Way::Process, Because::ComputedTogether),
        Job::ForeignFilter => (Way::Process, Because::Survived),
        Job::Submissions => (Way::Process, Because::Stopped),
        Job::ChatGil => (Way::LockedThread, Because::WaitedTogether),
    };
    Choice { way, because }
}
