//! A ledger of an earlier release is brought up to date when it is opened, with its content kept.

use ledger::Page;
use ledger::runs::Kind::PeriodCheck;
use std::path::Path;

use ledger::plans::{DueFilter, PlanState};
use ledger::{Actor, Ledger};
use sha2::{Digest, Sha384};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::house::{accepted, now, refused};

const RECORDS: &str = include_str!("../../migrations/0001_records.sql");

async fn hand(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

/// A file as the first release left it.
async fn of_the_first_release(path: &Path) {
    let mut hand = hand(path).await;
    sqlx::raw_sql(AssertSqlSafe(RECORDS))
        .execute(&mut hand)
        .await
        .unwrap();
    accepted(
        &mut hand,
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
         execution_time BIGINT NOT NULL)",
    )
    .await;
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (1, 'records', CURRENT_TIMESTAMP, TRUE, ?1, 0)")
        .bind(Sha384::digest(RECORDS).as_slice())
        .execute(&mut hand)
        .await
        .unwrap();
    for row in [
        "INSERT INTO party VALUES (1, 'Works')",
        "INSERT INTO site VALUES (1, 1, 'Plant', '')",
        "INSERT INTO account VALUES (1, 'li', 'LI', 1, '', 0)",
        "INSERT INTO collector VALUES ('edge-1', 1, 'first', x'00')",
        "INSERT INTO instrument VALUES (1, 1, 'edge-1', 'm-1', 'meter', 'S', '{}', 'normal', '2026-12-15', 30, 0, 1)",
        "INSERT INTO configuration_history VALUES (1, 1, 0, 'li', '{}')",
        // Planned until 2026-12-01T16:00:00Z.
        "INSERT INTO plan VALUES (7, 'period-check', 1, NULL, 1795000000000000, 1796140800000000, 'li', 1790000000000000)",
        "INSERT INTO audit VALUES (1, 0, 'system', 'x', 'y', NULL, '', NULL, NULL, '', '')",
    ] {
        accepted(&mut hand, row).await;
    }
}

#[tokio::test]
async fn a_ledger_of_the_first_release() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    of_the_first_release(&path).await;
    let ledger = Ledger::open(&path).await.unwrap();
    let mut hand = hand(&path).await;

    // The guards stand.
    for (again, words) in [
        ("REPLACE INTO audit SELECT * FROM audit", "never replaced"),
        ("DELETE FROM configuration_history", "never deleted"),
        ("DELETE FROM plan", "never deleted"),
    ] {
        let reason = refused(&mut hand, again).await;
        assert!(reason.contains(words), "{again}: {reason}");
    }

    // A plan with a window became a plan that is due when the window ended.
    let everywhere = Actor {
        account_id: 1.into(),
        login: "li".to_owned(),
        sites: None,
    };
    let due = ledger
        .due(&everywhere, &DueFilter::default(), now(), Page::first(10))
        .await
        .unwrap();
    let told: Vec<_> = due
        .rows
        .iter()
        .map(|item| {
            (
                item.plan.as_ref().map(|plan| plan.id.into()),
                item.due_on.to_string(),
                item.kind,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(7), "2026-12-01".to_owned(), Some(PeriodCheck)),
            (None, "2026-12-15".to_owned(), None)
        ]
    );
    let plan = due.rows[0].plan.as_ref().unwrap();
    assert_eq!(
        (plan.state, plan.made_by.as_str(), plan.made.as_microsecond()),
        (PlanState::Open, "li", 1_790_000_000_000_000)
    );

    // And opening it again changes nothing.
    ledger.close().await;
    let versions = "SELECT group_concat(version) FROM _sqlx_migrations";
    Ledger::open(&path).await.unwrap().close().await;
    let row = sqlx::query(versions).fetch_one(&mut hand).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "1,2,3,4,5,6");
}
