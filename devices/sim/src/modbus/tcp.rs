//! Modbus TCP: many units behind one port.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Reply, reply};
use crate::Clock;
use crate::site::Site;

/// Serves every connection until `stop`.
pub(crate) async fn serve(listener: TcpListener, site: Arc<Site>, clock: Clock, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (site, clock) = (site.clone(), clock.clone());
                    connections.spawn(async move {
                        if let Err(error) = connection(stream, site, clock).await {
                            tracing::debug!(%peer, %error, "Modbus TCP connection ended");
                        }
                    });
                }
                Err(error) => tracing::warn!(%error, "cannot accept a Modbus TCP connection"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, site: Arc<Site>, clock: Clock) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, writer) = stream.into_split();
    let writer = Arc::new(Mutex::new(writer));
    // Late answers wait in here, so that they do not hold up the other units.
    let mut late = JoinSet::new();
    loop {
        while late.try_join_next().is_some() {}
        let mut head = [0u8; 7];
        if let Err(error) = reader.read_exact(&mut head).await {
            return if error.kind() == std::io::ErrorKind::UnexpectedEof {
                Ok(())
            } else {
                Err(error)
            };
        }
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        if head[2..4] != [0, 0] || !(2..=254).contains(&length) {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "no Modbus TCP header",
            ));
        }
        let mut pdu = vec![0; length - 1];
        reader.read_exact(&mut pdu).await?;
        match reply(&site, None, head[6], &pdu, clock()) {
            Reply::Silence => {}
            Reply::Foreign(bytes) => writer.lock().await.write_all(&bytes).await?,
            Reply::Frame {
                unit,
                pdu,
                delay_ms,
                truncated,
            } => {
                let mut frame = vec![head[0], head[1], 0, 0];
                frame.extend(((pdu.len() + 1) as u16).to_be_bytes());
                frame.push(unit);
                frame.extend(pdu);
                if truncated {
                    frame.truncate(frame.len() / 2);
                }
                if delay_ms == 0 {
                    writer.lock().await.write_all(&frame).await?;
                } else {
                    let writer = writer.clone();
                    late.spawn(async move {
                        tokio::time::sleep(std::time::Duration::from_millis(delay_ms)).await;
                        let _ = writer.lock().await.write_all(&frame).await;
                    });
                }
            }
        }
    }
}
