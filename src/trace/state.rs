//! 일꾼이 놓일 수 있는 상태입니다.

/// 일꾼이 한때 하고 있는 일입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// 코어 위에서 달립니다. 락과는 상관없습니다.
    Running,
    /// [`crate::gil::Gil`]을 쥐고 달립니다.
    Held,
    /// [`crate::gil::Gil`]을 기다립니다.
    LockWait,
    /// 달릴 준비가 되었지만 코어가 없습니다. 운영체제가 다른 것을 달리게 했습니다.
    CoreWait,
    /// 입출력의 대답을 기다립니다.
    Io,
    /// 큐나 파이프에 자리나 값이 나기를 기다립니다.
    Queue,
    /// 다른 일꾼이 끝나기를 기다립니다(`join`).
    Join,
}

impl State {
    /// 모든 상태입니다. 범례의 차례와 같습니다.
    pub const ALL: [State; 7] = [
        State::Running,
        State::Held,
        State::LockWait,
        State::CoreWait,
        State::Io,
        State::Queue,
        State::Join,
    ];

    /// 데이터에 쓰는 이름입니다.
    pub fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Held => "held",
            State::LockWait => "lock-wait",
            State::CoreWait => "core-wait",
            State::Io => "io",
            State::Queue => "queue",
            State::Join => "join",
        }
    }

    /// 그림에 쓰는 우리말 이름입니다.
    pub fn label(self) -> &'static str {
        match self {
            State::Running => "달림",
            State::Held => "락을 쥠",
            State::LockWait => "락을 기다림",
            State::CoreWait => "코어를 기다림",
            State::Io => "입출력을 기다림",
            State::Queue => "큐를 기다림",
            State::Join => "join으로 기다림",
        }
    }

    /// 글로 된 그림에 쓰는 글자입니다. 달리는 것은 빽빽하고 기다리는 것은 성깁니다.
    pub fn mark(self) -> char {
        match self {
            State::Running => '=',
            State::Held => '#',
            State::LockWait => '-',
            State::CoreWait => ':',
            State::Io => '~',
            State::Queue => '<',
            State::Join => '+',
        }
    }

    /// 코어 위에 있으려는 상태인지 알려 줍니다: [`State::Running`]과 [`State::Held`]입니다.
    pub fn is_active(self) -> bool {
        matches!(self, State::Running | State::Held)
    }

    /// [`State::name`]의 이름으로 찾습니다.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// 기록 하나에 담는 번호입니다(1부터). 0은 일꾼이 끝났다는 뜻입니다.
    pub(super) fn code(self) -> u8 {
        self as u8 + 1
    }

    pub(super) fn from_code(code: u8) -> Option<State> {
        State::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}
