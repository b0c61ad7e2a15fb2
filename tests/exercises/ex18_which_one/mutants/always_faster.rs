//! 틀린 답: 무엇을 고르든 까닭은 함께 계산하기 때문이라고 적는다.

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
        Job::SmallSum => (Way::Single, Because::ComputedTogether),
        Job::HashChain => (Way::Single, Because::ComputedTogether),
        Job::Photos => (Way::Thread, Because::ComputedTogether),
        Job::PhotosGil => (Way::Process, Because::ComputedTogether),
        Job::DownloadsGil => (Way::LockedThread, Because::ComputedTogether),
        Job::HashFilesGil => (Way::LockedThread, Because::ComputedTogether),
        Job::SharedTable => (Way::Thread, Because::ComputedTogether),
        Job::ForeignFilter => (Way::Process, Because::ComputedTogether),
        Job::Submissions => (Way::Process, Because::ComputedTogether),
        Job::ChatGil => (Way::LockedThread, Because::ComputedTogether),
    };
    Choice { way, because }
}
