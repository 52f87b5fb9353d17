//! Modbus RTU over a pipe: check sums, many units on one line, garbage.

use std::sync::Arc;

use field_sim::modbus::rtu::{crc, serve};
use field_sim::{Fault, FaultKind, Site, When};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::site::{id, time};

fn line() -> (Arc<Site>, DuplexStream) {
    let text = field_sim::site::DEMO
        .replace("unit = 4\n", "unit = 4\nline = \"hall\"\n")
        .replace("unit = 6\n", "unit = 6\nline = \"hall\"\n");
    let site = Arc::new(Site::parse(&text).unwrap());
    let (master, slave) = tokio::io::duplex(4096);
    tokio::spawn(serve(
        slave,
        "hall",
        site.clone(),
        Arc::new(|| time("2026-11-17T03:00:00Z")),
    ));
    (site, master)
}

fn request(unit: u8) -> Vec<u8> {
    let mut frame = vec![unit, 3, 0, 0, 0, 2];
    frame.extend(crc(&frame));
    frame
}

async fn answer(line: &mut DuplexStream) -> Vec<u8> {
    let mut frame = vec![0; 9];
    line.read_exact(&mut frame).await.unwrap();
    assert_eq!(crc(&frame[..7]), frame[7..]);
    frame
}

#[tokio::test]
async fn units_on_a_line_answer_for_themselves_and_others_are_silent() {
    let (site, mut line) = line();
    for (unit, device) in [(4, "m-03"), (6, "m-05")] {
        line.write_all(&request(unit)).await.unwrap();
        let frame = answer(&mut line).await;
        assert_eq!(frame[..3], [unit, 3, 4]);
        let sweep = site.sweep_at(&id(device), time("2026-11-17T03:00:00Z")).unwrap();
        let words: Vec<u16> = frame[3..7]
            .chunks(2)
            .map(|p| u16::from_be_bytes([p[0], p[1]]))
            .collect();
        assert_eq!(words, sweep.points[0].words);
    }
    // Unit 2 hangs on TCP: the next thing on the line is the answer of unit 4.
    line.write_all(&request(2)).await.unwrap();
    line.write_all(&request(4)).await.unwrap();
    assert_eq!(answer(&mut line).await[0], 4);
}

#[tokio::test]
async fn it_finds_back_into_step_after_garbage_and_damage() {
    let (_site, mut line) = line();
    let mut damaged = request(4);
    damaged[3] ^= 0x10;
    line.write_all(&[0xFF, 0x00, 0x13, 0x37]).await.unwrap();
    line.write_all(&damaged).await.unwrap();
    line.write_all(&request(6)).await.unwrap();
    assert_eq!(answer(&mut line).await[0], 6);
}

#[tokio::test]
async fn a_late_answer_comes_after_that_of_the_next_request() {
    let (site, mut line) = line();
    let fault = Fault {
        kind: FaultKind::Late { milliseconds: 120 },
        when: When::Next(1),
    };
    site.inject(&id("m-03"), fault).unwrap();
    line.write_all(&request(4)).await.unwrap();
    line.write_all(&request(6)).await.unwrap();
    assert_eq!(answer(&mut line).await[0], 6);
    assert_eq!(answer(&mut line).await[0], 4);
}
