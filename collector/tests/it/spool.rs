//! The spool against a model, against kills at random points, and against every cut of its file.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use collector::spool::{Limits, Outgoing, Spool, SpoolError};
use devices::DeviceId;
use proptest::prelude::*;
use uplink::{Batch, Sweep, SweepValue};

fn sweep(number: i64) -> Sweep {
    Sweep {
        device: DeviceId::new("m-01").unwrap(),
        profile: "dtz341@1".to_owned(),
        nominal_us: number,
        taken_us: number + 7,
        values: vec![SweepValue {
            point: "power.active".to_owned(),
            number: Some((i128::from(number) * 100, 2)),
            quality: 0,
        }],
        raw: Vec::new(),
        message: vec![b'H'; usize::try_from(number % 40).unwrap_or(0)],
    }
}

fn small() -> Limits {
    Limits {
        segment_bytes: 700,
        batch_sweeps: 7,
        batch_bytes: 500,
        most_bytes: 1 << 30,
    }
}

fn open(path: &Path) -> Spool {
    Spool::open_with(path, "site-a", small()).unwrap()
}

fn numbers(outgoing: &Outgoing) -> Vec<i64> {
    let batch = Batch::decode(&outgoing.bytes).unwrap();
    assert_eq!(batch.key, outgoing.key);
    batch.sweeps.iter().map(|sweep| sweep.nominal_us).collect()
}

/// Sends everything to a gateway that never fails.
fn drain(spool: &Spool) -> Vec<i64> {
    let mut all = Vec::new();
    while let Some(batch) = spool.next_batch().unwrap() {
        all.extend(numbers(&batch));
        spool.acknowledge(&batch.key).unwrap();
    }
    all
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    /// Looks at the next batch, as a sender does before it fails.
    Look,
    Acknowledge,
    SetAside,
    /// As after a kill: nothing is closed in order.
    Reopen,
    /// A kill in the middle of a write.
    TornTail(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..12).prop_map(Step::Append),
        2 => Just(Step::Look),
        3 => Just(Step::Acknowledge),
        1 => Just(Step::SetAside),
        1 => Just(Step::Reopen),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::TornTail),
    ]
}

fn newest_segment(path: &Path) -> Option<std::path::PathBuf> {
    let mut segments: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "seg"))
        .collect();
    segments.sort();
    segments.pop()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_spool_behaves_as_a_queue_that_forgets_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Some(open(folder.path()));
        let epoch = spool.as_ref().unwrap().report().epoch;
        let mut model: VecDeque<i64> = VecDeque::new();
        let mut seen: Option<Outgoing> = None;
        let (mut next, mut sequence) = (1, 1);
        for step in steps {
            match step {
                Step::Append(count) => {
                    let sweeps: Vec<Sweep> = (next..next + count as i64).map(sweep).collect();
                    spool.as_ref().unwrap().append(&sweeps).unwrap();
                    model.extend(next..next + count as i64);
                    next += count as i64;
                }
                Step::Look | Step::Acknowledge | Step::SetAside => {
                    let spool = spool.as_ref().unwrap();
                    let batch = spool.next_batch().unwrap();
                    let Some(batch) = batch else { prop_assert!(model.is_empty()); continue };
                    prop_assert_eq!(batch.key.epoch, epoch);
                    prop_assert_eq!(batch.key.sequence, sequence);
                    if let Some(seen) = &seen {
                        prop_assert_eq!(seen, &*batch, "same key, same bytes");
                    }
                    let inside = numbers(&batch);
                    prop_assert!(inside.len() <= 7);
                    prop_assert_eq!(&inside, &model.iter().copied().take(inside.len()).collect::<Vec<_>>());
                    if matches!(step, Step::Look) {
                        seen = Some((*batch).clone());
                        continue;
                    }
                    if matches!(step, Step::SetAside) {
                        spool.set_aside(&batch.key, "refused").unwrap();
                        let kept = folder.path().join("refused").join(format!("{epoch}-{sequence:012}.batch"));
                        prop_assert_eq!(&fs::read(kept).unwrap(), &batch.bytes);
                    } else {
                        spool.acknowledge(&batch.key).unwrap();
                    }
                    model.drain(..inside.len());
                    sequence += 1;
                    seen = None;
                }
                Step::Reopen => {
                    drop(spool.take());
                    spool = Some(open(folder.path()));
                }
                Step::TornTail(bytes) => {
                    drop(spool.take());
                    if let Some(path) = newest_segment(folder.path()) {
                        let mut content = fs::read(&path).unwrap();
                        content.extend_from_slice(&bytes);
                        fs::write(&path, content).unwrap();
                    }
                    let opened = open(folder.path());
                    prop_assert!(!opened.report().new_epoch_after_damage);
                    spool = Some(opened);
                }
            }
            prop_assert_eq!(spool.as_ref().unwrap().report().pending_sweeps, model.len() as u64);
        }
        prop_assert_eq!(drain(spool.as_ref().unwrap()), model.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_file_cut_at_any_byte_keeps_every_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        segment_bytes: 1 << 20,
        ..small()
    };
    {
        let spool = Spool::open_with(folder.path(), "site-a", limits.clone()).unwrap();
        spool.append(&(1..=4).map(sweep).collect::<Vec<_>>()).unwrap();
    }
    let segment = newest_segment(folder.path()).unwrap();
    let whole = fs::read(&segment).unwrap();
    let ends: Vec<usize> = whole
        .windows(4)
        .enumerate()
        .filter(|(_, w)| *w == b"HLR1")
        .map(|(at, _)| at)
        .skip(1)
        .collect();
    assert_eq!(ends.len(), 3);
    for cut in 0..=whole.len() {
        let copy = tempfile::tempdir().unwrap();
        for name in ["collector", "cursor"] {
            fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        fs::write(copy.path().join(segment.file_name().unwrap()), &whole[..cut]).unwrap();
        let kept = ends.iter().filter(|end| **end <= cut).count() + usize::from(cut == whole.len());
        let spool = Spool::open_with(copy.path(), "site-a", limits.clone()).unwrap();
        let report = spool.report();
        assert_eq!(
            (report.pending_sweeps, report.damaged_records),
            (kept as u64, 0),
            "cut at {cut}"
        );
        spool.append(&[sweep(9)]).unwrap();
        let expected: Vec<i64> = (1..=kept as i64).chain([9]).collect();
        assert_eq!(drain(&spool), expected, "cut at {cut}");
    }
}

#[test]
fn a_damaged_record_costs_itself_only_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path())
        .append(&(1..=5).map(sweep).collect::<Vec<_>>())
        .unwrap();
    let segment = newest_segment(folder.path()).unwrap();
    let whole = fs::read(&segment).unwrap();
    let places: Vec<usize> = whole
        .windows(4)
        .enumerate()
        .filter(|(_, w)| *w == b"HLR1")
        .map(|(at, _)| at)
        .collect();
    let second = places[1]..places[2];
    for byte in second {
        let copy = tempfile::tempdir().unwrap();
        for name in ["collector", "cursor"] {
            fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let mut damaged = whole.clone();
        damaged[byte] ^= 0x40;
        fs::write(copy.path().join(segment.file_name().unwrap()), damaged).unwrap();
        let spool = open(copy.path());
        assert_eq!(drain(&spool), [1, 3, 4, 5], "byte {byte}");
        let report = spool.report();
        assert_eq!(report.damaged_records, 1);
        assert_eq!(report.damaged_bytes as usize, places[2] - places[1]);
        assert_eq!(report.pending_sweeps, 0);
    }
}

#[test]
fn a_damaged_cursor_or_batch_begins_a_new_epoch_and_loses_nothing() {
    for name in ["cursor", "outgoing"] {
        let folder = tempfile::tempdir().unwrap();
        let spool = open(folder.path());
        spool.append(&(1..=10).map(sweep).collect::<Vec<_>>()).unwrap();
        let sent = spool.next_batch().unwrap().unwrap();
        drop(spool);
        let path = folder.path().join(name);
        let bytes = fs::read(&path)
            .unwrap()
            .iter()
            .map(|byte| byte ^ 0xff)
            .collect::<Vec<_>>();
        fs::write(&path, bytes).unwrap();
        let spool = open(folder.path());
        let report = spool.report();
        assert!(report.new_epoch_after_damage, "{name}");
        assert_ne!(
            report.epoch, sent.key.epoch,
            "{name}: an old key must not name other bytes"
        );
        assert_eq!(drain(&spool), (1..=10).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_full_spool_refuses_and_takes_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        most_bytes: 1_500,
        ..small()
    };
    let spool = Spool::open_with(folder.path(), "site-a", limits).unwrap();
    let mut stored = 0;
    let error = loop {
        match spool.append(&[sweep(stored + 1)]) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::Full { .. }), "{error}");
    assert_eq!(spool.report().failed_appends, 1);
    assert_eq!(drain(&spool), (1..=stored).collect::<Vec<_>>());
    spool.append(&[sweep(77)]).unwrap();
    assert_eq!(drain(&spool), [77]);
}

#[test]
fn a_spool_has_one_process_and_one_collector() {
    let folder = tempfile::tempdir().unwrap();
    let spool = open(folder.path());
    assert!(matches!(
        Spool::open(folder.path(), "site-a"),
        Err(SpoolError::InUse { .. })
    ));
    drop(spool);
    let error = Spool::open(folder.path(), "site-b").err().unwrap();
    assert!(
        error.to_string().contains("belongs to collector \"site-a\""),
        "{error}"
    );
}

/// On a really full disk: 6 MB of memory, mounted where only the child process sees it.
#[test]
fn a_full_disk_loses_nothing_and_empties_again() {
    peers::run_on_small_disk(6, "spool::on_a_full_disk");
}

#[test]
#[ignore = "started as a child process by a_full_disk_loses_nothing_and_empties_again"]
fn on_a_full_disk() {
    let disk = std::env::var("HENGLIAN_SMALL_DISK").unwrap();
    let path = Path::new(&disk).join("spool");
    let limits = Limits {
        batch_sweeps: 500,
        batch_bytes: 200_000,
        segment_bytes: 300_000,
        ..small()
    };
    let spool = Spool::open_with(&path, "site-a", limits.clone()).unwrap();
    // The reserve for the batch on its way exists from the first batch on.
    spool.append(&[sweep(0)]).unwrap();
    assert_eq!(drain(&spool), [0]);
    let mut next = 1;
    let error = loop {
        let some: Vec<Sweep> = (next..next + 300).map(sweep).collect();
        match spool.append(&some) {
            Ok(()) => next += 300,
            Err(error) => break error,
        }
    };
    println!("after {next} sweeps: {error}");
    assert!(error.to_string().contains("No space"), "{error}");
    let filler = Path::new(&disk).join("filler");
    let _ = fs::write(&filler, vec![1; 8 << 20]);
    drop(spool);
    let spool = Spool::open_with(&path, "site-a", limits).unwrap();
    assert_eq!(drain(&spool), (1..next).collect::<Vec<_>>());
    spool.append(&[sweep(7)]).unwrap();
    assert_eq!(drain(&spool), [7]);
    fs::remove_dir_all(&path).unwrap();
    fs::remove_file(&filler).unwrap();
}
