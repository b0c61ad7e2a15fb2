//! 묶은 책을 이 컴퓨터에서만 보이는 주소(127.0.0.1)로 보여 주고, 쪽의 단추가 시킨 예제를 돌립니다.
//!
//! - [`guard`]: 이 책의 쪽이 보낸 요청만 받습니다.
//! - [`page`]: 내보내는 쪽에 이 서버의 표를 적습니다.
//! - [`order`]: 저장소의 예제를, 그 예제가 받는 값으로만 돌리게 합니다.
//! - [`runs`]: 하나씩 돌리며 글과 그림과 표를 보냅니다.
//! - [`changes`]: 글을 고치면 다시 묶어 알립니다.

mod changes;
mod guard;
mod order;
mod page;
mod runs;

use std::{
    env, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path as Name, State},
    http::{StatusCode, header},
    middleware::{from_fn_with_state, map_response_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::sync::{
    mpsc::{UnboundedReceiver, unbounded_channel},
    watch,
};
use tokio_stream::{
    Stream, StreamExt,
    wrappers::{UnboundedReceiverStream, WatchStream},
};
use tower_http::services::{ServeDir, ServeFile};

use crate::{
    args::PORT,
    data::Data,
    fault::{Fault, Result},
    parts::Part,
    say, stop,
};
use changes::News;
use guard::Guard;
use order::Order;
use runs::{Events, Runs};

/// 보여 줄 책입니다.
pub struct Book {
    /// 책이 있는 폴더입니다.
    pub root: PathBuf,
    /// 묶은 책을 놓은 폴더입니다.
    pub out: PathBuf,
    /// 본문에 넣은 조각들입니다. 글을 고치면 다시 넣습니다.
    pub parts: Vec<Part>,
    /// 조각을 만든 값입니다.
    pub data: Data,
    /// 쪽에서 시킨 예제가 달릴 수 있는 시간입니다.
    pub limit: Duration,
}

/// 요청을 받는 것들이 함께 보는 것입니다.
struct Shared {
    root: PathBuf,
    guard: Guard,
    runs: Arc<Runs>,
    news: Arc<watch::Sender<News>>,
}

/// 포트를 차지합니다. 오래 재기에 앞서 불러, 쓸 수 없는 포트라면 바로 알립니다.
pub fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Fault::Failed(format!(
            "포트 {port}을(를) 다른 프로그램이 쓰고 있습니다. `--port {}`처럼 다른 포트를 적거나, \
             `--port 0`으로 빈 포트를 고르게 하세요.",
            if port == PORT { PORT + 1 } else { PORT }
        )),
        io::ErrorKind::PermissionDenied => Fault::Failed(format!(
            "포트 {port}을(를) 쓸 권한이 없습니다. `--port {PORT}`처럼 1024 이상의 포트를 적어 주세요."
        )),
        _ => Fault::Failed(format!("포트 {port}을(를) 열지 못했습니다({error}).")),
    })
}

/// 책을 보여 줍니다. Ctrl-C가 오거나 더 보여 줄 수 없을 때까지 돌아오지 않습니다.
pub fn serve(listener: TcpListener, book: Book, open: bool) -> Fault {
    let failed = |error: io::Error| Fault::Failed(format!("책을 보여 주지 못했습니다({error})."));
    let (ended, end) = mpsc::channel();
    let (address, runs) = match start(listener, book, ended.clone()) {
        Ok(started) => started,
        Err(error) => return failed(error),
    };
    say(&format!(
        "책을 펼쳤습니다: {address}\n다 읽었으면 Ctrl-C를 누르세요.\n"
    ));
    if open {
        open_browser(address);
    }
    thread::spawn(move || {
        stop::wait();
        ended.send(Ok(()))
    });
    let ended = end.recv();
    runs.close();
    match ended {
        Ok(Err(error)) => failed(error),
        _ => Fault::Stopped,
    }
}

fn start(
    listener: TcpListener,
    book: Book,
    ended: mpsc::Sender<io::Result<()>>,
) -> io::Result<(String, Arc<Runs>)> {
    listener.set_nonblocking(true)?;
    let here = listener.local_addr()?;
    let runs = Runs::start(&book.root, book.data, book.limit);
    let shared = Arc::new(Shared {
        root: book.root.clone(),
        guard: Guard::new(here.port()).map_err(io::Error::other)?,
        runs: Arc::clone(&runs),
        news: Arc::default(),
    });
    let app = router(&book.out, &shared);
    let binding = changes::Binding {
        root: book.root,
        out: book.out,
        parts: book.parts,
    };
    let root = binding.root.clone();
    changes::watch(&root, Arc::clone(&shared.news), move || binding.again());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("serve".to_owned())
        .spawn(move || {
            let served: io::Result<()> = runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, app).await
            });
            ended.send(served)
        })?;
    Ok((format!("http://{here}/"), runs))
}

fn router(site: &Path, shared: &Arc<Shared>) -> Router {
    let missing = ServeFile::new(site.join("404.html"));
    Router::new()
        .fallback_service(ServeDir::new(site).not_found_service(missing))
        .layer(map_response_with_state(Arc::clone(shared), page::mark))
        .route("/_noriteo/changes", get(news))
        .route("/_noriteo/programs/{name}", get(options))
        .route("/_noriteo/runs", post(run))
        .layer(DefaultBodyLimit::max(16 << 10))
        .layer(from_fn_with_state(Arc::clone(shared), guard::gate))
        .with_state(Arc::clone(shared))
}

/// 지금 묶인 책의 번호를 알리고, 다시 묶을 때마다 또 알립니다.
async fn news(State(shared): State<Arc<Shared>>) -> Response {
    let news = WatchStream::new(shared.news.subscribe());
    lines(news.map(|news| json!({ "kind": "book", "binding": news.binding, "fault": news.fault })))
}

/// 예제가 받는 선택지입니다. 아직 짓지 않았으면 짓습니다.
async fn options(State(shared): State<Arc<Shared>>, Name(name): Name<String>) -> Response {
    let name = match order::name(&shared.root, &name) {
        Ok(name) => name,
        Err(why) => return (StatusCode::NOT_FOUND, why).into_response(),
    };
    let asked = tokio::task::spawn_blocking(move || {
        let stopped = || stop::check().is_err();
        let program = runs::program(&shared.root, &name, &stopped)?;
        runs::options(&shared.root, &program, &stopped)
    });
    match asked.await {
        Ok(Ok(options)) => Json(options).into_response(),
        Ok(Err(why)) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// 예제를 돌리고, 일어나는 일을 오는 대로 보냅니다. 듣기를 그만두면 달림도 끝납니다.
async fn run(State(shared): State<Arc<Shared>>, Json(asked): Json<Value>) -> Response {
    let order = match Order::read(&shared.root, &asked) {
        Ok(order) => order,
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    let (events, heard): (_, UnboundedReceiver<Value>) = unbounded_channel();
    match shared.runs.add(order, Events(events)) {
        Ok(()) => lines(UnboundedReceiverStream::new(heard)),
        Err(why) => (StatusCode::TOO_MANY_REQUESTS, why).into_response(),
    }
}

/// 사건 하나를 JSON 한 줄로 보냅니다.
fn lines(events: impl Stream<Item = Value> + Send + 'static) -> Response {
    let lines = events.map(|event| Ok::<_, io::Error>(Bytes::from(format!("{event}\n"))));
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")];
    (kind, Body::from_stream(lines)).into_response()
}

/// 브라우저를 열 만한 곳이고, 열지 말라는 말이 없었는지 봅니다.
pub fn may_open(no_open: bool) -> bool {
    let unset = |name: &str| env::var_os(name).is_none_or(|value| value.is_empty());
    let no_screen = cfg!(target_os = "linux") && unset("DISPLAY") && unset("WAYLAND_DISPLAY");
    !no_open && !no_screen && unset("NORITEO_NO_OPEN")
}

/// 브라우저를 여는 프로그램이 오래 걸려도 책은 이미 보입니다.
fn open_browser(address: String) {
    thread::spawn(move || {
        if let Err(error) = opener::open_browser(&address) {
            eprintln!("브라우저를 열지 못했습니다({error}). 위 주소를 직접 열어 주세요.");
        }
    });
}
