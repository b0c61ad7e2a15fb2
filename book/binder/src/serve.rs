//! 묶은 책을 이 컴퓨터에서만 보이는 주소(127.0.0.1)로 보여 줍니다.

use std::{
    env, io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::mpsc,
    thread,
};

use axum::{
    Router,
    http::{HeaderValue, header::CACHE_CONTROL},
    middleware::map_response,
    response::Response,
};
use tower_http::services::{ServeDir, ServeFile};

use crate::{
    args::PORT,
    fault::{Fault, Result},
    say, stop,
};

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

/// `site`를 보여 줍니다. Ctrl-C가 오거나 더 보여 줄 수 없을 때까지 돌아오지 않습니다.
pub fn serve(listener: TcpListener, site: &Path, open: bool) -> Fault {
    let failed = |error: io::Error| Fault::Failed(format!("책을 보여 주지 못했습니다({error})."));
    let (ended, end) = mpsc::channel();
    let address = match start(listener, site, ended.clone()) {
        Ok(address) => address,
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
    match end.recv() {
        Ok(Err(error)) => failed(error),
        _ => Fault::Stopped,
    }
}

fn start(
    listener: TcpListener,
    site: &Path,
    ended: mpsc::Sender<io::Result<()>>,
) -> io::Result<String> {
    listener.set_nonblocking(true)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let missing = ServeFile::new(site.join("404.html"));
    let app = Router::new()
        .fallback_service(ServeDir::new(site).not_found_service(missing))
        .layer(map_response(ask_again));
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
    Ok(address)
}

/// 같은 주소에 새로 묶은 책이 올 수 있으므로, 브라우저가 갈무리한 쪽을 쓰기 전에 물어보게 합니다.
async fn ask_again(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
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
