//! MQTT instruments: the text they publish, and a publish taken off the wire by a broker of a few lines.

use std::sync::Arc;

use field_sim::{Fault, FaultKind, Listeners, MqttTarget, Site, When};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::site::{id, time};

const NOW: &str = "2026-11-17T03:00:00Z";

fn message(site: &Site, device: &str) -> Option<Vec<u8>> {
    field_sim::mqtt::message(site, site.device(&id(device)).unwrap(), time(NOW)).unwrap()
}

#[test]
fn the_text_keeps_every_digit_and_decodes_to_what_is_shown() {
    let site = Site::demo();
    let text = message(&site, "th-01").unwrap();
    let sweep = site.sweep_at(&id("th-01"), time(NOW)).unwrap();
    assert_eq!(text, sweep.message);
    let profile = &site.device(&id("th-01")).unwrap().profile;
    for ((_, decoded), swept) in profile.decode_message(&text).iter().zip(&sweep.points) {
        assert_eq!(
            decoded.value.unwrap().to_string(),
            swept.value.unwrap().to_string()
        );
    }
    assert_eq!(sweep.points[0].value.unwrap().scale(), 2);
    assert_eq!(profile.message_time(&text), Some(time(NOW)));
}

#[test]
fn faults_of_a_publisher() {
    let site = Site::demo();
    let profile = site.device(&id("th-01")).unwrap().profile.clone();
    let with = |kind| {
        site.clear_faults(&id("th-01"));
        site.inject(
            &id("th-01"),
            Fault {
                kind,
                when: When::Always,
            },
        )
        .unwrap();
        message(&site, "th-01")
    };
    assert_eq!(with(FaultKind::Gap), None);
    let skewed = with(FaultKind::ClockSkew { seconds: 7200 }).unwrap();
    assert_eq!(profile.message_time(&skewed), Some(time("2026-11-17T05:00:00Z")));
    for kind in [FaultKind::Truncated, FaultKind::Foreign] {
        let broken = with(kind).unwrap();
        assert!(
            profile
                .decode_message(&broken)
                .iter()
                .all(|(_, decoded)| decoded.quality.is_bad())
        );
    }
}

/// Reads one control packet: first byte and body.
async fn packet(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let kind = stream.read_u8().await.unwrap();
    let (mut length, mut shift) = (0usize, 0);
    loop {
        let byte = stream.read_u8().await.unwrap();
        length |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (kind, body)
}

#[tokio::test]
async fn both_instruments_publish_at_once() {
    let broker = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = broker.local_addr().unwrap().port();
    let site = Arc::new(Site::demo());
    let target = MqttTarget {
        host: "127.0.0.1".into(),
        port,
        client_id: "field".into(),
        login: None,
    };
    let listeners = Listeners {
        mqtt: Some(target),
        ..Listeners::default()
    };
    let serving = site
        .clone()
        .serve(listeners, Arc::new(|| time(NOW)))
        .await
        .unwrap();

    let (mut stream, _) = broker.accept().await.unwrap();
    assert_eq!(packet(&mut stream).await.0, 0x10);
    stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let (kind, body) = packet(&mut stream).await;
        if kind >> 4 != 3 {
            continue;
        }
        let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let name = String::from_utf8(body[2..2 + topic].to_vec()).unwrap();
        let device = id(name.strip_prefix("site/").unwrap());
        assert_eq!(
            body[4 + topic..],
            site.sweep_at(&device, time(NOW)).unwrap().message
        );
        stream
            .write_all(&[0x40, 2, body[2 + topic], body[3 + topic]])
            .await
            .unwrap();
        seen.push(name);
    }
    seen.sort();
    assert_eq!(seen, ["site/th-01", "site/th-02"]);
    serving.shutdown().await;
}
