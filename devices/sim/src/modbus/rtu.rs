//! Modbus RTU on any byte stream: a serial port, one end of a pty pair, or a pipe in a test.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::{Reply, reply};
use crate::Clock;
use crate::site::Site;

/// Every request that reads or writes one register has this length.
const REQUEST: usize = 8;

/// The Modbus check sum, in the order of the wire.
pub fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc = 0xFFFFu16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

/// Serves the units of the line `name` until the stream ends.
///
/// Bytes that are no request are skipped one by one, so that it finds back into step after garbage.
pub async fn serve<S>(stream: S, name: &str, site: Arc<Site>, clock: Clock) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reader, writer) = tokio::io::split(stream);
    let writer = Arc::new(Mutex::new(writer));
    let mut late = JoinSet::new();
    let mut received: Vec<u8> = Vec::new();
    let mut chunk = [0u8; 256];
    loop {
        while late.try_join_next().is_some() {}
        while received.len() >= REQUEST {
            let request = &received[..REQUEST];
            if crc(&request[..REQUEST - 2]) != request[REQUEST - 2..] {
                received.remove(0);
                continue;
            }
            let request: Vec<u8> = received.drain(..REQUEST).collect();
            match reply(&site, Some(name), request[0], &request[1..REQUEST - 2], clock()) {
                Reply::Silence => {}
                Reply::Foreign(bytes) => writer.lock().await.write_all(&bytes).await?,
                Reply::Frame {
                    unit,
                    pdu,
                    delay_ms,
                    truncated,
                } => {
                    let mut frame = vec![unit];
                    frame.extend(pdu);
                    frame.extend(crc(&frame));
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
        match reader.read(&mut chunk).await? {
            0 => return Ok(()),
            read => received.extend_from_slice(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_sum_of_a_known_frame() {
        assert_eq!(super::crc(&[0x01, 0x03, 0x00, 0x00, 0x00, 0x0A]), [0xC5, 0xCD]);
    }
}
