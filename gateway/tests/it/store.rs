//! The embedded store keeps its promises, also across a reopening.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use devices::Quality;
use gateway::store::conformance::{Place, batch, run, sweep};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{
    AdmittedBatch, Appended, Condition, Engine, Intake, Journal, Pair, SeriesStore, Store, StoreError,
};
use proptest::prelude::*;
use sqlx::{Connection, SqliteConnection};

async fn open(path: &Path) -> Arc<EmbeddedStore> {
    Arc::new(EmbeddedStore::open(path).await.unwrap())
}

/// Tables that take no row, or do again.
async fn refuse(path: &Path, refuse: bool) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    for table in ["block", "batch", "trial"] {
        let statement = if refuse {
            format!(
                "CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        } else {
            format!("DROP TRIGGER refuse_{table}")
        };
        let statement = sqlx::AssertSqlSafe(statement);
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

struct Embedded(PathBuf);

#[async_trait(?Send)]
impl Place for Embedded {
    async fn open(&self) -> Store {
        open(&self.0).await.into()
    }

    async fn refuse(&self, on: bool) {
        refuse(&self.0, on).await;
    }
}

#[tokio::test]
async fn the_embedded_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    run(&Embedded(folder.path().join("series.db"))).await;
}

/// Everything is put away as soon as it is stored.
struct PutAway(PathBuf);

struct PuttingAway(Arc<EmbeddedStore>);

#[async_trait]
impl Engine for PuttingAway {
    fn condition(&self) -> Condition {
        self.0.condition()
    }

    async fn recheck(&self) {
        self.0.recheck().await;
    }
}

#[async_trait]
impl Intake for PuttingAway {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        let appended = self.0.append(batch).await?;
        let sealed = self.0.seal("2200-01-01T00:00:00Z".parse().unwrap()).await?;
        let any = appended == Appended::Stored && !batch.sweeps.is_empty();
        assert_eq!((sealed.days > 0, sealed.left), (any, 0));
        Ok(appended)
    }
}

#[async_trait(?Send)]
impl Place for PutAway {
    async fn open(&self) -> Store {
        let store = open(&self.0).await;
        Store {
            intake: Arc::new(PuttingAway(store.clone())),
            ..store.into()
        }
    }

    async fn refuse(&self, on: bool) {
        refuse(&self.0, on).await;
    }
}

#[tokio::test]
async fn sealed_blocks_conform() {
    let folder = tempfile::tempdir().unwrap();
    run(&PutAway(folder.path().join("series.db"))).await;
}

/// A journal and a series store in files of their own, of which the second refuses.
struct Apart {
    journal: PathBuf,
    series: PathBuf,
}

#[async_trait(?Send)]
impl Place for Apart {
    async fn open(&self) -> Store {
        Pair::store(open(&self.journal).await, open(&self.series).await)
    }

    async fn refuse(&self, on: bool) {
        refuse(&self.series, on).await;
    }
}

fn apart(folder: &Path) -> Apart {
    Apart {
        journal: folder.join("journal.db"),
        series: folder.join("series.db"),
    }
}

#[tokio::test]
async fn a_pair_conforms() {
    let folder = tempfile::tempdir().unwrap();
    run(&apart(folder.path())).await;
}

/// As after an end between the two: the readings are there, and nobody was told.
#[tokio::test]
async fn readings_without_their_journal_row_come_again_and_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = apart(folder.path());
    let store = place.open().await;
    let one = sweep("m-01", 100, Some((22010, 2)), Quality::Good);
    let content = batch("c-1", 1, vec![one]);
    refuse(&place.journal, true).await;
    assert!(store.append(&content).await.is_err());
    refuse(&place.journal, false).await;
    assert_eq!(store.append(&content).await.unwrap(), Appended::Stored);
    assert_eq!(store.journal.statistics().await.unwrap().readings, 1);
    let window = devices::Window {
        from: jiff::Timestamp::UNIX_EPOCH,
        to: "2000-01-01T00:00:00Z".parse().unwrap(),
    };
    let readings = store
        .series
        .range(&"m-01/voltage.a".parse().unwrap(), window, 100)
        .await;
    assert_eq!(readings.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_stored_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = EmbeddedStore::open(&path).await.unwrap();
    let content = batch(
        "c-1",
        1,
        vec![sweep("m-01", 100, Some((22010, 2)), Quality::Good)],
    );
    store.append(&content).await.unwrap();
    store.close().await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    let latest = store.latest(&["m-01/voltage.a".parse().unwrap()]).await.unwrap();
    assert_eq!(latest[0].as_ref().unwrap().value.unwrap().to_string(), "220.10");
    assert_eq!(store.append(&content).await.unwrap(), Appended::Duplicate);
}

/// As after a commit that became durable and reported a failure: here another process wrote it.
#[tokio::test]
async fn a_writer_whose_memory_is_behind_the_log_catches_up_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let behind = EmbeddedStore::open(&path).await.unwrap();
    let other = EmbeddedStore::open(&path).await.unwrap();
    let content = |sequence: u64, second: i64| {
        let mantissa = i128::from(second);
        batch(
            "c-1",
            sequence,
            vec![sweep("m-01", second, Some((mantissa, 0)), Quality::Good)],
        )
    };
    for sequence in 1..=3 {
        other.append(&content(sequence, 100)).await.unwrap();
    }
    assert!(
        behind.append(&content(4, 200)).await.is_err(),
        "the numbers are taken"
    );
    assert_eq!(behind.append(&content(4, 200)).await.unwrap(), Appended::Stored);
    assert_eq!(
        behind.append(&content(3, 100)).await.unwrap(),
        Appended::Duplicate
    );
    assert_eq!(behind.statistics().await.unwrap().batches, 4);
    let latest = behind.latest(&["m-01/voltage.a".parse().unwrap()]).await.unwrap();
    assert_eq!(latest[0].as_ref().unwrap().value.unwrap().to_string(), "200");
    assert_eq!(behind.condition().cannot_write, None);
}

#[tokio::test]
async fn a_file_that_is_no_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    std::fs::write(
        &path,
        "this is no database, and long enough to be read as a header of one….....................",
    )
    .unwrap();
    let Err(error) = EmbeddedStore::open(&path).await else {
        panic!("opened")
    };
    assert!(error.to_string().contains("series.db"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However batches are repeated and shuffled, the store holds each reading once.
    #[test]
    fn order_and_repetition_do_not_matter(order in proptest::collection::vec(1u64..=6, 6..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = EmbeddedStore::open(&folder.path().join("series.db")).await.unwrap();
            let one = |sequence: u64| {
                let second = i64::try_from(sequence).unwrap() * 60;
                batch("c-1", sequence, vec![sweep("m-01", second, Some((i128::from(sequence), 0)), Quality::Good)])
            };
            for sequence in order.iter().copied().chain(1..=6) {
                store.append(&one(sequence)).await.unwrap();
            }
            let window = devices::Window { from: jiff::Timestamp::UNIX_EPOCH, to: "2000-01-01T00:00:00Z".parse().unwrap() };
            let readings = store.range(&"m-01/voltage.a".parse().unwrap(), window, 100).await.unwrap();
            let values: Vec<String> = readings.iter().map(|r| r.value.unwrap().to_string()).collect();
            assert_eq!(values, ["1", "2", "3", "4", "5", "6"]);
            assert_eq!(store.statistics().await.unwrap().readings, 6);
        });
    }
}
