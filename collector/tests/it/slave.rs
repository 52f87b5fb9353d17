//! A small Modbus TCP slave for many units, some of them dead.

use std::collections::BTreeSet;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct TcpSlave {
    pub port: u16,
}

/// What register `address` of `unit` holds.
pub fn word(unit: u8, address: u16) -> u16 {
    u16::from(unit) * 16 + address % 16
}

impl TcpSlave {
    pub async fn start(dead: BTreeSet<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let dead = dead.clone();
                tokio::spawn(async move { serve(stream, dead).await });
            }
        });
        Self { port }
    }
}

async fn serve(mut stream: TcpStream, dead: BTreeSet<u8>) -> std::io::Result<()> {
    let mut request = [0; 12];
    loop {
        stream.read_exact(&mut request).await?;
        let unit = request[6];
        if dead.contains(&unit) {
            continue;
        }
        let address = u16::from_be_bytes([request[8], request[9]]);
        let count = u16::from_be_bytes([request[10], request[11]]);
        let mut answer = request[..4].to_vec();
        answer.extend_from_slice(&(3 + count * 2).to_be_bytes());
        answer.extend_from_slice(&[unit, request[7], (count * 2) as u8]);
        for register in address..address + count {
            answer.extend_from_slice(&word(unit, register).to_be_bytes());
        }
        stream.write_all(&answer).await?;
    }
}
