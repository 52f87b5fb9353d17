//! Whoever listens for hours hears what he may hear now.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::stream::StreamExt;
use http_body_util::BodyExt;
use portal::field::Live;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::actor::Actor;
use crate::laboratory::{Laboratory, granted, now};
use crate::simulated::{Simulated, reading_of};

/// Live readings come when the test says so.
struct Room {
    laboratory: Laboratory,
    wire: broadcast::Sender<Live>,
}

impl Room {
    async fn open() -> Self {
        let (wire, _) = broadcast::channel(16);
        let heard = wire.clone();
        let field = Simulated::hourly().live(move || {
            BroadcastStream::new(heard.subscribe())
                .map(|item| item.unwrap())
                .boxed()
        });
        let laboratory = Laboratory::over(field).await;
        laboratory.meter("m-01", "dtz341@1").await;
        Self { laboratory, wire }
    }

    /// A sweep of the device, and after it a mark that everybody hears.
    fn sweep(&self, device: &str) {
        let series = format!("{device}/voltage.a").parse().unwrap();
        let sweep = Arc::new(vec![reading_of(&series, now(), "220.10")]);
        for item in [Live::Sweep(sweep), Live::Lagged(1)] {
            assert!(self.wire.send(item).is_ok());
        }
    }
}

/// What arrives at a listener, event by event.
struct Ear(Body);

impl Ear {
    async fn of(actor: &Actor) -> Self {
        let request = Request::get("/api/v1/live").body(Body::empty()).unwrap();
        let answer = actor.answer(request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let mut ear = Self(answer.into_body());
        assert!(ear.next().await.unwrap().starts_with(": listening"));
        ear
    }

    /// `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let frame = self.0.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    /// What is heard of a sweep.
    async fn sweep(&mut self) -> Option<String> {
        let first = self.next().await.unwrap();
        if first.starts_with("event: lagged") {
            return None;
        }
        assert!(self.next().await.unwrap().starts_with("event: lagged"));
        Some(first)
    }

    async fn alive(&mut self) {
        assert!(self.next().await.unwrap().starts_with("event: alive"));
    }
}

/// Only for the moment in which it passes: the ledger works in threads that a stopped clock does not wait for.
async fn fifteen_seconds_pass() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(15)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_quiet_stream_ends_with_the_session() {
    let room = Room::open().await;
    let works = room.laboratory.actor("works").await;
    let mut ear = Ear::of(&works).await;
    fifteen_seconds_pass().await;
    ear.alive().await;
    let reply = works.send("DELETE", "/api/v1/session", None, None).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    fifteen_seconds_pass().await;
    assert_eq!(ear.next().await, None);

    let li = room.laboratory.actor("li").await;
    let mut ear = Ear::of(&li).await;
    room.laboratory.it_is_now("2026-06-01T18:00:01Z");
    fifteen_seconds_pass().await;
    assert_eq!(ear.next().await, None);
}

#[tokio::test]
async fn a_grant_that_is_given_or_taken_counts_within_fifteen_seconds() {
    let room = Room::open().await;
    let mut ear = Ear::of(&room.laboratory.actor("qian").await).await;
    room.sweep("m-01");
    assert_eq!(ear.sweep().await, None);
    let today = now() + jiff::SignedDuration::from_hours(24);
    for (until, heard) in [(today, true), (granted().to, false)] {
        let plant = room.laboratory.plant;
        room.laboratory
            .ledger
            .grant("qian", plant.into(), granted().from, until, now())
            .await
            .unwrap();
        fifteen_seconds_pass().await;
        ear.alive().await;
        room.sweep("m-01");
        assert_eq!(ear.sweep().await.is_some(), heard);
    }
}

#[tokio::test]
async fn an_instrument_that_was_registered_meanwhile_is_heard() {
    let room = Room::open().await;
    let mut ear = Ear::of(&room.laboratory.actor("works").await).await;
    room.laboratory.meter("m-02", "dtz341@1").await;
    fifteen_seconds_pass().await;
    ear.alive().await;
    room.sweep("m-02");
    let heard = ear.sweep().await.unwrap();
    assert!(
        heard.contains("m-02") && heard.contains("\"unit\":\"V\""),
        "{heard}"
    );
}

/// 220.10 V behind a transformer of 100 is 22010.00 V on the primary side; nothing is rounded and no zero is lost.
#[tokio::test]
async fn a_secondary_value_comes_with_the_primary_one() {
    let room = Room::open().await;
    let laboratory = &room.laboratory;
    let works = laboratory.actor("works").await;
    let latest = works.get("/api/v1/instruments/1/latest").await.json();
    assert_eq!(
        (&latest[0]["value"], &latest[0]["primary"]),
        (&"220.10".into(), &serde_json::Value::Null)
    );
    laboratory
        .change(1, "/multiplier/voltage_ratio", "100".into())
        .await;
    let latest = works.get("/api/v1/instruments/1/latest").await.json();
    assert_eq!(
        (&latest[0]["value"], &latest[0]["primary"]),
        (&"220.10".into(), &"22010.00".into())
    );
    let mut ear = Ear::of(&works).await;
    room.sweep("m-01");
    let heard = ear.sweep().await.unwrap();
    assert!(heard.contains("\"primary\":\"22010.00\""), "{heard}");
    // A meter that shows what flows says nothing of two sides.
    laboratory
        .change(1, "/multiplier/registers_are_primary", true.into())
        .await;
    let latest = works.get("/api/v1/instruments/1/latest").await.json();
    assert_eq!(latest[0]["primary"], serde_json::Value::Null);
}
