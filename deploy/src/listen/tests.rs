//! Peers that say nothing, or say it slowly, over real sockets.

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::net::TcpSocket;

use super::*;

/// A listener that gives up early, with a body to be read and an answer that never ends.
async fn start(bounds: Bounds) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route(
            "/body",
            post(
                |body: Result<Bytes, axum::extract::rejection::BytesRejection>| async move {
                    match body {
                        Ok(bytes) => bytes.len().to_string(),
                        Err(rejection) => rejection.body_text(),
                    }
                },
            ),
        )
        .route(
            "/refused",
            post(|| async {
                (
                    axum::http::StatusCode::UNAUTHORIZED,
                    [("connection", "close")],
                    "no",
                )
            }),
        )
        .route("/live", get(|| async { std::future::pending::<&str>().await }));
    serve_these(router, bounds).await
}

async fn serve_these(
    router: Router,
    bounds: Bounds,
) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door {
        name: "test",
        tls: None,
        bounds,
        patience: Patience {
            head: Duration::from_millis(300),
            body: Duration::from_millis(300),
            unread: Duration::from_millis(300),
            farewell: Duration::from_millis(300),
            ..Patience::default()
        },
    };
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, door, router, stop.clone()));
    (address, stop, serving)
}

/// From this address of this machine.
async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

async fn ask(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Everything until the other side closes; a reset is an end too.
async fn to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut all)).await;
    let _ = ended.expect("the connection is closed");
    String::from_utf8(all).unwrap()
}

async fn page(from: &str, to: SocketAddr) -> String {
    let mut stream = connect(from, to).await;
    ask(
        &mut stream,
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    to_end(&mut stream).await
}

#[tokio::test]
async fn idle_sockets_of_one_address_keep_nobody_out() {
    let bounds = Bounds {
        in_total: 64,
        per_address: 8,
    };
    let (address, stop, serving) = start(bounds).await;
    let mut idle = Vec::new();
    for _ in 0..260 {
        idle.push(connect("127.0.0.1", address).await);
    }
    // Behind the same address, and behind another one.
    assert!(page("127.0.0.1", address).await.ends_with("here"));
    assert!(page("127.0.0.2", address).await.ends_with("here"));
    // All but the last eight had to go, one of these for the page; these go by themselves.
    for mut socket in idle {
        assert_eq!(to_end(&mut socket).await, "");
    }
    stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn a_head_and_a_body_that_drip_in_are_given_up() {
    let (address, stop, serving) = start(Bounds::default()).await;
    let mut slow = connect("127.0.0.1", address).await;
    ask(&mut slow, "GET / HTTP/1.1\r\nhost: x\r\nx-").await;
    assert!(!to_end(&mut slow).await.contains("here"));

    let mut slow = connect("127.0.0.1", address).await;
    ask(
        &mut slow,
        "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nsome",
    )
    .await;
    let answer = to_end(&mut slow).await;
    assert!(answer.contains("did not arrive within"), "{answer}");
    stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn who_is_refused_with_a_large_body_still_hears_why() {
    let (address, stop, serving) = start(Bounds::default()).await;
    let mut stream = connect("127.0.0.1", address).await;
    ask(
        &mut stream,
        "POST /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n\r\n",
    )
    .await;
    let body = vec![0; 8_000_000];
    // The peer has stopped to listen to it at some point.
    let _ = stream.write_all(&body).await;
    let answer = to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn a_page_that_never_ends_does_not_keep_the_listener_from_stopping() {
    let (address, stop, serving) = start(Bounds::default()).await;
    let mut live = connect("127.0.0.1", address).await;
    ask(&mut live, "GET /live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(page("127.0.0.1", address).await.ends_with("here"));
    stop.cancel();
    serving.await.unwrap();
    assert_eq!(to_end(&mut live).await, "");
}

/// An answer without end; says when it is given up.
struct Endless {
    _given_up: tokio_util::sync::DropGuard,
}

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        let data = Bytes::from_static(&[b'.'; 16 * 1024]);
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(data))))
    }
}

#[tokio::test]
async fn who_does_not_read_its_answer_loses_its_place() {
    let given_up = CancellationToken::new();
    let answers = given_up.clone();
    let endless = move || {
        let guard = answers.clone().drop_guard();
        async { Body::new(Endless { _given_up: guard }) }
    };
    let router = Router::new().route("/endless", get(endless));
    let (address, stop, serving) = serve_these(router, Bounds::default()).await;
    let mut unread = connect("127.0.0.1", address).await;
    ask(&mut unread, "GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let ended = tokio::time::timeout(Duration::from_secs(20), given_up.cancelled()).await;
    ended.expect("the connection is ended while its peer reads nothing");
    stop.cancel();
    serving.await.unwrap();
}
