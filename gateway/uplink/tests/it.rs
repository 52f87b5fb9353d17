//! The batch format as published: golden bytes stay readable, any batch comes back whole, and
//! damaged bytes are refused.

use devices::DeviceId;
use proptest::prelude::*;
use uplink::{Batch, BatchKey, DecodeError, RawSpan, RegisterTable, Sweep, SweepValue};

/// Never change this text: it was published with version 1.
const VERSION_1: &str = include_str!("golden/batch-v1.hex");

fn published() -> Batch {
    let value = |point: &str, number, quality| SweepValue {
        point: point.to_owned(),
        number,
        quality,
    };
    Batch {
        key: BatchKey {
            collector: "site-a".to_owned(),
            epoch: 4_503_599_627_370_495,
            sequence: 17,
        },
        sweeps: vec![
            Sweep {
                device: DeviceId::new("m-01").unwrap(),
                profile: "dtz341@1".to_owned(),
                nominal_us: 1_795_392_000_000_000,
                taken_us: 1_795_392_000_123_456,
                values: vec![
                    value("voltage.a", Some((22_010, 2)), 0),
                    value("power.active", Some((-1_250, 3)), 2),
                    value("frequency", None, 131),
                ],
                raw: vec![RawSpan {
                    table: RegisterTable::Holding,
                    address: 0,
                    words: vec![0x55fa, 0xfb1e],
                }],
                message: Vec::new(),
            },
            Sweep {
                device: DeviceId::new("th-1").unwrap(),
                profile: "th20@1".to_owned(),
                nominal_us: 1_795_392_001_000_000,
                taken_us: 1_795_392_001_000_000,
                values: vec![value("temperature", Some((2_310, 2)), 0)],
                raw: Vec::new(),
                message: br#"{"t":23.10}"#.to_vec(),
            },
        ],
    }
}

fn bytes_of(text: &str) -> Vec<u8> {
    hex::decode(text.split_whitespace().collect::<String>()).unwrap()
}

#[test]
fn what_version_1_published_is_still_read() {
    assert_eq!(Batch::decode(&bytes_of(VERSION_1)).unwrap(), published());
    assert_eq!(
        uplink::version::READABLE,
        &[1],
        "a new version needs its own golden bytes here"
    );
}

#[test]
fn a_batch_is_encoded_the_same_each_time() {
    assert_eq!(published().encode(), published().encode());
}

#[test]
fn any_cut_or_flipped_bit_is_refused() {
    let bytes = published().encode();
    for cut in 0..bytes.len() {
        assert!(Batch::decode(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Batch::decode(&damaged).is_err(), "bit {bit}");
        assert!(Batch::peek(&damaged).is_err(), "bit {bit}");
    }
    let mut newer = bytes;
    newer[4] = 2;
    assert!(matches!(
        Batch::decode(&newer),
        Err(DecodeError::Version { found: 2 })
    ));
}

prop_compose! {
    fn value()(point in "[a-z.]{1,20}", number in prop::option::of((any::<i128>(), 0u8..29)), quality: u8) -> SweepValue {
        SweepValue { point, number, quality }
    }
}

prop_compose! {
    fn sweep()(
        device in "[a-z0-9-]{1,20}",
        (nominal_us, taken_us) in any::<(i64, i64)>(),
        values in prop::collection::vec(value(), 0..6),
        words in prop::collection::vec(any::<u16>(), 0..20),
        address: u16,
        message in prop::collection::vec(any::<u8>(), 0..50),
    ) -> Sweep {
        Sweep {
            device: DeviceId::new(device).unwrap(),
            profile: "dtz341@1".to_owned(),
            nominal_us,
            taken_us,
            values,
            raw: vec![RawSpan { table: RegisterTable::Input, address, words }],
            message,
        }
    }
}

proptest! {
    #[test]
    fn any_batch_comes_back_whole(epoch: u64, sequence: u64, sweeps in prop::collection::vec(sweep(), 0..20)) {
        let batch = Batch { key: BatchKey { collector: "site-a".to_owned(), epoch, sequence }, sweeps };
        let bytes = batch.encode();
        prop_assert_eq!(Batch::peek(&bytes).unwrap().0, batch.key.clone());
        prop_assert_eq!(Batch::decode(&bytes).unwrap(), batch);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Batch::decode(&bytes).is_err());
        prop_assert!(Batch::peek(&bytes).is_err());
    }
}

/// `cargo test -p uplink -- --ignored print_bytes --nocapture` writes the text for a *new* version.
#[test]
#[ignore = "only to make the golden text of a new version"]
fn print_bytes() {
    for line in hex::encode(published().encode()).as_bytes().chunks(100) {
        println!("GOLDEN {}", String::from_utf8_lossy(line));
    }
}

/// Sweeps of this many of the shortest values and spans there are: four bytes each.
fn shortest(values: usize, spans: usize) -> Sweep {
    let value = SweepValue {
        point: "p".to_owned(),
        number: None,
        quality: 0,
    };
    let span = RawSpan {
        table: RegisterTable::Holding,
        address: 1,
        words: vec![1],
    };
    Sweep {
        device: DeviceId::new("m").unwrap(),
        profile: "p@1".to_owned(),
        nominal_us: 0,
        taken_us: 0,
        values: vec![value; values],
        raw: vec![span; spans],
        message: Vec::new(),
    }
}

/// Whatever a collector may cut: sweeps up to 1 MiB, 500 at most, and one more.
#[test]
fn a_lawful_batch_is_never_too_large() {
    for (sweeps, values, spans) in [(499, 0, 516), (499, 516, 0), (63, 0, 4_096), (63, 4_096, 0)] {
        let mut batch = published();
        batch.sweeps = vec![shortest(values, spans); sweeps];
        if sweeps < 499 {
            batch.sweeps.push(shortest(values / 64 * 59, spans / 64 * 59));
        }
        let bytes = postcard::to_stdvec(&batch).unwrap().len();
        assert!((1_030_000..1 << 20).contains(&bytes), "{bytes}");
        batch
            .sweeps
            .push(shortest(values.min(1) * 4_096, spans.min(1) * 4_096));
        assert_eq!(Batch::decode(&batch.encode()).unwrap(), batch);
    }
}
