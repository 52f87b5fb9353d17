//! Listeners: plain TCP on loopback, TLS elsewhere. Whoever connects and says nothing, or says it slowly, costs little
//! and keeps nobody out: see [`crowd`].

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

mod bodies;
mod crowd;
pub mod descriptors;
mod writes;

pub use crowd::Bounds;

use bodies::{Held, Timed};
use crowd::{Crowd, Guest};
use writes::TimedWrites;

/// Why an address could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{address} is taken by another program; stop that program or choose another port (`ss -ltnp` shows who listens)"
    )]
    Taken { address: SocketAddr },
    #[error("cannot listen on {address}: {source}")]
    Other { address: SocketAddr, source: io::Error },
}

/// Binds an address; a taken port is reported as such.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::Taken { address },
            _ => ListenError::Other { address, source },
        })
}

/// How long a peer may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub handshake: Duration,
    /// For the head of a request, and for the next one on a connection that is kept.
    pub head: Duration,
    /// For the whole body of a request. A collector gives a batch up after the same time.
    pub body: Duration,
    /// For taking anything at all of an answer. A live page has no end, but it is read.
    pub unread: Duration,
    /// For what is being answered when the listener stops; live pages are cut.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(20),
            body: Duration::from_secs(60),
            unread: Duration::from_secs(60),
            farewell: Duration::from_secs(1),
        }
    }
}

/// Read from a connection before anybody knows who is there: a head, or the first part of a body.
const MOST_BUFFERED: usize = 32 * 1024;

/// Of a body that nobody wants.
const MOST_THROWN_AWAY: usize = 16 * 1024 * 1024;

/// One listener.
pub struct Door {
    /// Named in log lines.
    pub name: &'static str,
    pub tls: Option<Arc<ServerConfig>>,
    pub bounds: Bounds,
    pub patience: Patience,
}

/// Serves until `stop`. Handlers find the peer as `ConnectInfo<SocketAddr>`.
pub async fn serve(listener: TcpListener, door: Door, router: Router, stop: CancellationToken) {
    let crowd = Crowd::new(door.name, door.bounds);
    let tls = door.tls.map(TlsAcceptor::from);
    let patience = door.patience;
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: wait for some to come back.
                tracing::warn!(listener = door.name, %error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let Some(guest) = crowd.admit(peer.ip()) else {
            continue;
        };
        let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
        connections.spawn(async move {
            let left = guest.leave();
            tokio::select! {
                () = left.cancelled() => {}
                () = attend(stream, peer, guest, tls, patience, router, stop) => {}
            }
        });
    }
    connections.close();
    connections.wait().await;
}

/// One connection from its first byte to its last.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    guest: Guest,
    tls: Option<TlsAcceptor>,
    patience: Patience,
    router: Router,
    stop: CancellationToken,
) {
    // Answers are small and whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let stream = TimedWrites::new(stream, patience.unread);
    let Some(tls) = tls else {
        return converse(stream, peer, guest, patience, router, stop).await;
    };
    let shaken = tokio::select! {
        () = stop.cancelled() => return,
        shaken = tokio::time::timeout(patience.handshake, tls.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => converse(stream, peer, guest, patience, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake refused"),
        Err(_) => tracing::debug!(%peer, "TLS handshake timed out"),
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    guest: Guest,
    patience: Patience,
    router: Router,
    stop: CancellationToken,
) {
    let guest = Arc::new(guest);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let busy = guest.busy();
        let mut request = request.map(|body| Body::new(Timed::new(body, patience.body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        Box::pin(async move {
            let Ok(response) = answer.await;
            Ok::<_, Infallible>(response.map(|body| Held::new(body, busy)))
        })
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(MOST_BUFFERED);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|context| connection.poll_without_shutdown(context)) => ended,
        () = stop.cancelled() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            let ending = poll_fn(|context| connection.poll_without_shutdown(context));
            match tokio::time::timeout(patience.farewell, ending).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    match ended {
        Ok(()) => {
            let stream = connection.into_parts().io.into_inner();
            let _ = tokio::time::timeout(patience.farewell, take_leave(stream)).await;
        }
        Err(error) => tracing::debug!(%peer, %error, "a connection ended early"),
    }
}

/// Ends our side, and throws away what still comes. Closed at once, a connection with unread bytes is reset, and the
/// peer loses the answer that says why it was refused.
async fn take_leave(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut bin = [0; 8 * 1024];
    let mut thrown = 0;
    while let Ok(bytes @ 1..) = stream.read(&mut bin).await {
        thrown += bytes;
        if thrown > MOST_THROWN_AWAY {
            return;
        }
    }
}

/// Whom a bound counts as one: an IPv6 network hands every host a whole /64.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests;
