//! Sockets that say nothing, and requests without a token, at both listeners of a whole system.

use std::net::SocketAddr;

use deploy::clock::system_clock;
use deploy::config::{Config, Listener};
use deploy::listen::Bounds;
use deploy::wiring::System;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const PER_ADDRESS: usize = 16;

async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(format!("{from}:0").parse().expect("an address"))
        .expect("bound");
    socket.connect(to).await.expect("connects")
}

async fn answer(from: &str, to: SocketAddr, request: &str) -> String {
    let mut stream = connect(from, to).await;
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_sockets_silence_neither_the_portal_nor_the_uplink() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = Listener {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        behind_tls_proxy: false,
        connections: Bounds {
            in_total: 200,
            per_address: PER_ADDRESS,
        },
    };
    let config = Config {
        data_dir: folder.path().join("data"),
        ledger: None,
        portal: listener.clone(),
        uplink: listener,
        embedded_broker: None,
        profiles_dir: None,
        trusted_proxies: Vec::new(),
    };
    let system = System::start(&config, system_clock()).await.expect("starts");
    for (address, path) in [
        (system.uplink_address, "/health"),
        (system.portal_address, "/api/v1/openapi.json"),
    ] {
        let mut silent = Vec::new();
        for _ in 0..260 {
            silent.push(connect("127.0.0.1", address).await);
        }
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        for from in ["127.0.0.1", "127.0.0.2"] {
            let answer = answer(from, address, &request).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{path} from {from}: {answer}");
        }
        for socket in &mut silent[..260 - PER_ADDRESS] {
            let mut rest = Vec::new();
            let ended =
                tokio::time::timeout(std::time::Duration::from_secs(30), socket.read_to_end(&mut rest)).await;
            assert!(ended.is_ok() && rest.is_empty(), "closed for those after it");
        }
    }
    // Answered from its head: none of the 4 MB that it announces is sent, or waited for.
    let request = "POST /uplink/v1/batches HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\nauthorization: Bearer guess\r\n\r\n";
    let answer = answer("127.0.0.1", system.uplink_address, request).await;
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("connection: close"),
        "{answer}"
    );
    system.stop().await;
}
