//! The health report over HTTP: one small answer per connection, whatever is asked.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves `report()` as JSON until dropped.
pub async fn serve(listener: TcpListener, report: Arc<dyn Fn() -> String + Send + Sync>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let report = Arc::clone(&report);
                tokio::spawn(async move {
                    // Whoever connects and says nothing is let go.
                    let _ = tokio::time::timeout(Duration::from_secs(5), answer(stream, &*report)).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the health listener cannot accept");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(mut stream: TcpStream, report: &(dyn Fn() -> String + Send + Sync)) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < 8192 {
        match stream.read(&mut chunk).await? {
            0 => break,
            count => request.extend_from_slice(&chunk[..count]),
        }
    }
    let (status, body) = if request.starts_with(b"GET /") {
        ("200 OK", report())
    } else {
        (
            "405 Method Not Allowed",
            "{\"title\":\"only GET is answered here\"}".to_owned(),
        )
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
