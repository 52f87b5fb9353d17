//! Modbus TCP as a client sees it, byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;

use devices::profile::{Source, Table};
use field_sim::{Fault, FaultKind, Listeners, Serving, Site, When};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::{id, time};

const NOW: &str = "2026-11-17T03:00:00Z";

async fn served() -> (Arc<Site>, Serving, TcpStream) {
    let site = Arc::new(Site::demo());
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let listeners = Listeners {
        modbus_tcp: Some(any),
        ..Listeners::default()
    };
    let serving = site
        .clone()
        .serve(listeners, Arc::new(|| time(NOW)))
        .await
        .unwrap();
    let stream = TcpStream::connect(serving.modbus_tcp.unwrap()).await.unwrap();
    (site, serving, stream)
}

fn request(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_be_bytes().to_vec();
    frame.extend([0, 0]);
    frame.extend(((pdu.len() + 1) as u16).to_be_bytes());
    frame.push(unit);
    frame.extend(pdu);
    frame
}

async fn answer(stream: &mut TcpStream) -> (u16, u8, Vec<u8>) {
    let mut head = [0; 7];
    stream.read_exact(&mut head).await.unwrap();
    let mut pdu = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
    stream.read_exact(&mut pdu).await.unwrap();
    (u16::from_be_bytes([head[0], head[1]]), head[6], pdu)
}

async fn ask(stream: &mut TcpStream, unit: u8, pdu: &[u8]) -> (u8, Vec<u8>) {
    stream.write_all(&request(7, unit, pdu)).await.unwrap();
    let (transaction, unit, pdu) = answer(stream).await;
    assert_eq!(transaction, 7);
    (unit, pdu)
}

fn words(data: &[u8]) -> Vec<u16> {
    data.chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

#[tokio::test]
async fn every_device_serves_what_its_profile_promises() {
    let (site, _serving, mut stream) = served().await;
    for device in site.devices().iter().filter(|device| device.topic.is_none()) {
        let sweep = site.sweep_at(&device.id, time(NOW)).unwrap();
        for (point, swept) in device.profile.points.iter().zip(&sweep.points) {
            let Source::Register(spec) = &point.source else {
                panic!("{}", point.name)
            };
            let function = if spec.table == Table::Holding { 3 } else { 4 };
            let [a, b] = spec.address.to_be_bytes();
            let (unit, pdu) = ask(&mut stream, device.unit, &[function, a, b, 0, spec.words as u8]).await;
            assert_eq!(
                (unit, pdu[0], usize::from(pdu[1])),
                (device.unit, function, pdu.len() - 2)
            );
            let words = words(&pdu[2..]);
            assert_eq!(words, swept.words);
            assert_eq!(point.decode_words(&words).value, swept.value);
        }
    }
}

#[tokio::test]
async fn one_merged_read_covers_a_whole_meter() {
    let (site, _serving, mut stream) = served().await;
    let (_, pdu) = ask(&mut stream, 4, &[3, 0, 0, 0, 12]).await;
    let sweep = site.sweep_at(&id("m-03"), time(NOW)).unwrap();
    let all: Vec<u16> = sweep
        .points
        .iter()
        .flat_map(|point| point.words.clone())
        .collect();
    assert_eq!(words(&pdu[2..]), all);
}

#[tokio::test]
async fn wrong_requests_get_the_exception_of_the_book() {
    let (_site, _serving, mut stream) = served().await;
    assert_eq!(ask(&mut stream, 4, &[3, 0, 0, 0, 0]).await.1, [0x83, 3]);
    assert_eq!(ask(&mut stream, 4, &[3, 0, 0, 0, 126]).await.1, [0x83, 3]);
    assert_eq!(ask(&mut stream, 4, &[3, 0, 8, 0, 12]).await.1, [0x83, 2]);
    assert_eq!(ask(&mut stream, 4, &[4, 0, 0, 0, 2]).await.1, [0x84, 2]);
    assert_eq!(ask(&mut stream, 4, &[6, 0, 0, 0, 1]).await.1, [0x86, 1]);
    assert_eq!(ask(&mut stream, 99, &[3, 0, 0, 0, 2]).await.1, [0x83, 11]);
    assert_eq!(ask(&mut stream, 4, &[3]).await.1, [0x83, 3]);
}

#[tokio::test]
async fn faults_on_demand() {
    let (site, _serving, mut stream) = served().await;
    let read = [3, 0, 0, 0, 2];
    let (_, good) = ask(&mut stream, 4, &read).await;
    let once = |kind| {
        site.clear_faults(&id("m-03"));
        site.inject(
            &id("m-03"),
            Fault {
                kind,
                when: When::Next(1),
            },
        )
        .unwrap();
    };

    once(FaultKind::Exception { code: 6 });
    assert_eq!(ask(&mut stream, 4, &read).await.1, [0x83, 6]);
    assert_eq!(ask(&mut stream, 4, &read).await.1, good);

    once(FaultKind::WrongUnit);
    assert_eq!(ask(&mut stream, 4, &read).await.0, 5);

    once(FaultKind::WrongLength);
    let (_, short) = ask(&mut stream, 4, &read).await;
    assert_eq!((short.len(), short[1]), (good.len() - 2, 2));

    // In a gap the neighbour still answers, and its answer is the next to arrive.
    once(FaultKind::Gap);
    stream.write_all(&request(1, 4, &read)).await.unwrap();
    stream.write_all(&request(2, 5, &read)).await.unwrap();
    assert_eq!(answer(&mut stream).await.0, 2);

    // So it does while an answer is late.
    once(FaultKind::Late { milliseconds: 150 });
    stream.write_all(&request(3, 4, &read)).await.unwrap();
    stream.write_all(&request(4, 5, &read)).await.unwrap();
    assert_eq!(answer(&mut stream).await.0, 4);
    assert_eq!(answer(&mut stream).await, (3, 4, good.clone()));

    once(FaultKind::Truncated);
    stream.write_all(&request(5, 4, &read)).await.unwrap();
    let mut half = [0; 6];
    stream.read_exact(&mut half).await.unwrap();
    assert_eq!(half, [0, 5, 0, 0, 0, 7]);

    once(FaultKind::Foreign);
    stream.write_all(&request(6, 4, &read)).await.unwrap();
    let mut foreign = [0; 28];
    stream.read_exact(&mut foreign).await.unwrap();
    assert!(foreign.starts_with(b"HTTP/1.1"));
}

#[tokio::test]
async fn every_nth_request_fails() {
    let (site, _serving, mut stream) = served().await;
    let fault = Fault {
        kind: FaultKind::Exception { code: 4 },
        when: When::EveryNth(3),
    };
    site.inject(&id("m-01"), fault).unwrap();
    let mut failed = Vec::new();
    for _ in 0..9 {
        failed.push(ask(&mut stream, 2, &[3, 0, 0, 0, 2]).await.1[0] == 0x83);
    }
    assert_eq!(
        failed,
        [false, false, true, false, false, true, false, false, true]
    );
}

#[tokio::test]
async fn garbage_ends_one_connection_and_nothing_else() {
    let (_site, serving, mut stream) = served().await;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    let mut stream = TcpStream::connect(serving.modbus_tcp.unwrap()).await.unwrap();
    assert_eq!(ask(&mut stream, 4, &[3, 0, 0, 0, 2]).await.1.len(), 6);
    serving.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_reported_with_the_cure() {
    let (site, serving, _stream) = served().await;
    let listeners = Listeners {
        modbus_tcp: serving.modbus_tcp,
        ..Listeners::default()
    };
    let error = site
        .serve(listeners, Arc::new(|| time(NOW)))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("choose another port"), "{error}");
}
