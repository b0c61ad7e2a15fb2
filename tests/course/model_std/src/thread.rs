//! `std::thread`입니다. 스레드는 모두 모델의 것입니다.

pub use real::thread::{Result, available_parallelism, panicking};
pub use shuttle::thread::{AccessError, LocalKey as ShuttleKey};

use real::{
    boxed::Box,
    cell::{Cell, RefCell},
    fmt, io,
    marker::PhantomData,
    mem,
    panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind},
    rc::Rc,
    string::String,
    sync::Arc,
    time::Duration,
    vec::Vec,
};

use shuttle_engine::{runtime::execution::ExecutionState, thread_support};

use crate::{
    clock::Left,
    run,
    wait::{self, Waiters},
};

/// 스레드 하나의 답입니다. 손잡이와 스레드가 나누어 가집니다.
struct Packet<T> {
    result: RefCell<Option<Result<T>>>,
    end: Arc<End>,
}

/// 스레드 하나의 끝입니다.
struct End {
    done: Cell<bool>,
    /// 아직 아무도 가져가지 않은 패닉이 있습니다.
    panicked: Cell<bool>,
    waiters: Waiters,
    left: Left,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl<T: Send> Sync for Packet<T> {}
// SAFETY: 위와 같습니다.
unsafe impl<T: Send> Send for Packet<T> {}
// SAFETY: 위와 같습니다.
unsafe impl Sync for End {}
// SAFETY: 위와 같습니다.
unsafe impl Send for End {}

impl End {
    fn new() -> End {
        End {
            done: Cell::new(false),
            panicked: Cell::new(false),
            waiters: Waiters::new(),
            left: Left::new(),
        }
    }

    fn wait(&self) {
        self.waiters.until(|| self.done.get());
        self.left.acquire();
    }
}

impl<T> Packet<T> {
    fn finish(&self, result: Result<T>) {
        let end = &self.end;
        end.panicked.set(result.is_err());
        *self.result.borrow_mut() = Some(result);
        wait::switch();
        end.done.set(true);
        end.left.release();
        end.waiters.wake_all();
    }

    fn join(&self) -> Result<T> {
        self.end.wait();
        self.end.panicked.set(false);
        match self.result.take() {
            Some(result) => result,
            None => panic!("거두는 중에는 기다리지 못합니다"),
        }
    }
}

struct Start<T> {
    packet: Arc<Packet<T>>,
    thread: Thread,
}

/// 스레드를 만듭니다.
///
/// # Safety
/// `F`와 `T`가 빌린 것보다 스레드가 먼저 끝나야 합니다.
unsafe fn start<'a, F, T>(f: F, name: Option<String>) -> Start<T>
where
    F: FnOnce() -> T + Send + 'a,
    T: Send + 'a,
{
    let packet = Arc::new(Packet {
        result: RefCell::new(None),
        end: Arc::new(End::new()),
    });
    // 모델의 스레드는 모두 운영체제의 스레드 하나에서 돕니다.
    let begin = Rc::new(Left::new());
    let token = Arc::new(Parking::new());
    begin.release();
    let body = {
        let (packet, token) = (Arc::clone(&packet), Arc::clone(&token));
        move || {
            begin.acquire();
            PARKING.with(|mine| mine.replace(Some(token)));
            let result = catch_unwind(AssertUnwindSafe(f));
            match result {
                Err(payload) if wait::being_torn_down() => resume_unwind(payload),
                result => packet.finish(result),
            }
        }
    };
    let body: Box<dyn FnOnce() + 'a> = Box::new(body);
    // SAFETY: 빌린 것보다 스레드가 먼저 끝난다고 부른 쪽이 약속했습니다.
    let body: Box<dyn FnOnce() + 'static> = unsafe { mem::transmute(body) };
    let nobody = Arc::new(real::sync::Mutex::new(None));
    let whole = Box::new(move || thread_support::thread_fn(body, false, nobody));
    let stack = ExecutionState::with(|state| state.config.stack_size);
    let id = ExecutionState::spawn_thread(whole, stack, name.clone(), None, Location::caller());
    Start {
        packet,
        thread: Thread {
            id: ThreadId(id.into()),
            name,
            token,
        },
    }
}

/// `std::thread::ThreadId`입니다.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(usize);

/// `park`를 한 번 그냥 지나가게 하는 표입니다.
#[derive(Debug)]
struct Parking {
    token: Cell<bool>,
    waiters: Waiters,
    left: Left,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl Sync for Parking {}
// SAFETY: 위와 같습니다.
unsafe impl Send for Parking {}

impl Parking {
    fn new() -> Parking {
        Parking {
            token: Cell::new(false),
            waiters: Waiters::new(),
            left: Left::new(),
        }
    }
}

static PARKING: ShuttleKey<RefCell<Option<Arc<Parking>>>> = ShuttleKey {
    init: || RefCell::new(None),
    _p: PhantomData,
};

/// `std::thread::Thread`입니다.
#[derive(Clone)]
pub struct Thread {
    id: ThreadId,
    name: Option<String>,
    token: Arc<Parking>,
}

impl Thread {
    /// 번호입니다.
    #[must_use]
    pub fn id(&self) -> ThreadId {
        self.id
    }

    /// 이름입니다.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        if self.id.0 == 0 {
            return Some("main");
        }
        self.name.as_deref()
    }

    /// `park`에서 깨웁니다.
    pub fn unpark(&self) {
        wait::switch();
        self.token.token.set(true);
        self.token.left.release();
        self.token.waiters.wake_all();
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id)
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// 지금 스레드입니다.
#[must_use]
pub fn current() -> Thread {
    let token = PARKING.with(|mine| {
        let mut mine = mine.borrow_mut();
        Arc::clone(mine.get_or_insert_with(|| Arc::new(Parking::new())))
    });
    let name = ExecutionState::with(|state| state.current().name());
    Thread {
        id: ThreadId(wait::me().unwrap_or(0)),
        name,
        token,
    }
}

/// `unpark`할 때까지 잡니다. 까닭 없이 깰 수 있습니다.
pub fn park() {
    let me = current().token;
    wait::switch();
    let spend = run::with(|run| {
        let spend = !me.token.get() && run.budget.spurious > 0;
        run.budget.spurious -= usize::from(spend);
        spend
    });
    if spend {
        wait::linger();
        if me.token.get() {
            run::with(|run| run.budget.spurious += 1);
        }
    } else {
        me.waiters.until(|| me.token.get());
    }
    me.token.set(false);
    me.left.acquire();
}

/// `unpark`하거나 시간이 다 될 때까지 잡니다.
pub fn park_timeout(duration: Duration) {
    let me = current().token;
    wait::switch();
    if !me.token.get() {
        let until = run::with(|run| run.clock.saturating_add(duration));
        pass_time(until);
    }
    me.token.set(false);
    me.left.acquire();
}

/// `unpark`하거나 시간이 다 될 때까지 잡니다.
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::park_timeout`")]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(ms.into()));
}

/// 시간이 갈 때까지 차례를 내놓습니다. 얼마를 적었든 다른 스레드가 어디까지 갔는지는 약속하지 않습니다.
pub(crate) fn pass_time(until: Duration) {
    let early = run::with(|run| {
        let early = run.budget.timeouts > 0;
        run.budget.timeouts -= usize::from(early);
        early
    });
    if early {
        wait::linger();
    } else {
        wait::give_way();
    }
    run::with(|run| run.clock = run.clock.max(until));
}

/// 시간이 갈 때까지 잡니다.
pub fn sleep(duration: Duration) {
    let until = run::with(|run| run.clock.saturating_add(duration));
    pass_time(until);
}

/// 시간이 갈 때까지 잡니다.
#[deprecated(since = "1.6.0", note = "replaced by `std::thread::sleep`")]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(ms.into()));
}

/// 다른 스레드에 차례를 내놓습니다.
pub fn yield_now() {
    wait::give_way();
}

/// 스레드를 만듭니다.
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // SAFETY: 빌린 것이 없습니다.
    JoinHandle(unsafe { start(f, None) })
}

/// `std::thread::JoinHandle`입니다.
pub struct JoinHandle<T>(Start<T>);

impl<T> JoinHandle<T> {
    /// 끝나기를 기다립니다.
    ///
    /// # Errors
    /// 스레드가 패닉했습니다.
    pub fn join(self) -> Result<T> {
        self.0.packet.join()
    }

    /// 스레드입니다.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// 끝났습니까?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        wait::give_way();
        self.0.packet.end.done.get()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

/// `std::thread::Builder`입니다.
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    /// 새로 만듭니다.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// 이름을 붙입니다.
    #[must_use]
    pub fn name(self, name: String) -> Builder {
        Builder { name: Some(name) }
    }

    /// 스택의 크기는 모델이 정합니다.
    #[must_use]
    pub fn stack_size(self, _: usize) -> Builder {
        self
    }

    /// 스레드를 만듭니다.
    ///
    /// # Errors
    /// 모델에서는 언제나 만듭니다.
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: 빌린 것이 없습니다.
        Ok(JoinHandle(unsafe { start(f, self.name) }))
    }

    /// 스코프 안의 스레드를 만듭니다.
    ///
    /// # Errors
    /// 모델에서는 언제나 만듭니다.
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Ok(scope.start(f, self.name))
    }
}

/// `std::thread::Scope`입니다.
pub struct Scope<'scope, 'env: 'scope> {
    children: RefCell<Vec<Arc<End>>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

// SAFETY: shuttle은 모든 스레드를 운영체제의 스레드 하나에서 돌리고, 칸을 만지는 동안 차례를 바꾸지 않습니다.
unsafe impl Sync for Scope<'_, '_> {}

impl<'scope> Scope<'scope, '_> {
    /// 스레드를 만듭니다. 스코프가 끝나기 전에 끝납니다.
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(f, None)
    }

    fn start<F, T>(&'scope self, f: F, name: Option<String>) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: 스코프는 모든 스레드가 끝나기를 기다린 뒤에 끝납니다(`scope`).
        let started = unsafe { start(f, name) };
        self.children
            .borrow_mut()
            .push(Arc::clone(&started.packet.end));
        ScopedJoinHandle {
            started,
            scope: PhantomData,
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// `std::thread::ScopedJoinHandle`입니다.
pub struct ScopedJoinHandle<'scope, T> {
    started: Start<T>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// 끝나기를 기다립니다.
    ///
    /// # Errors
    /// 스레드가 패닉했습니다.
    pub fn join(self) -> Result<T> {
        self.started.packet.join()
    }

    /// 스레드입니다.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.started.thread
    }

    /// 끝났습니까?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        wait::give_way();
        self.started.packet.end.done.get()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}

/// 바깥의 변수를 빌릴 수 있는 스레드의 스코프입니다. 모든 스레드가 끝나기를 기다립니다.
///
/// # Panics
/// `f`가 패닉했거나, `join`하지 않은 스레드가 패닉했습니다.
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope {
        children: RefCell::new(Vec::new()),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    // 스레드가 스레드를 더 만들 수 있으므로 늘지 않을 때까지 기다립니다.
    let mut waited = 0;
    while let Some(child) = {
        let children = scope.children.borrow();
        children.get(waited).map(Arc::clone)
    } {
        child.wait();
        waited += 1;
    }
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_)
            if scope
                .children
                .borrow()
                .iter()
                .any(|child| child.panicked.get()) =>
        {
            panic!("a scoped thread panicked")
        }
        Ok(value) => value,
    }
}

/// `std::thread::LocalKey`입니다. 값은 모델의 스레드마다 따로입니다.
pub struct LocalKey<T: 'static>(&'static ShuttleKey<T>);

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(key: &'static ShuttleKey<T>) -> LocalKey<T> {
        LocalKey(key)
    }

    /// 이 스레드의 값을 봅니다.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.0.with(f)
    }

    /// 이 스레드의 값을 봅니다.
    ///
    /// # Errors
    /// 이미 버렸습니다.
    pub fn try_with<R>(
        &'static self,
        f: impl FnOnce(&T) -> R,
    ) -> real::result::Result<R, AccessError> {
        self.0.try_with(f)
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// 바꿉니다.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// 봅니다.
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// 꺼내고 처음 값을 둡니다.
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// 바꾸고, 앞의 값을 줍니다.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// 봅니다.
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// 고칩니다.
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// 바꿉니다.
    pub fn set(&'static self, value: T) {
        self.with(|cell| *cell.borrow_mut() = value);
    }

    /// 꺼내고 처음 값을 둡니다.
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// 바꾸고, 앞의 값을 줍니다.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}
