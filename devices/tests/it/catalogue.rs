use std::collections::BTreeSet;
use std::path::Path;

use devices::profile::{Catalogue, Source, catalogue};
use devices::{Failure, Quality};

#[test]
fn every_file_in_the_folder_is_built_in_and_its_goldens_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut on_disk = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            catalogue().iter().any(|profile| profile.model == stem),
            "{} is not built in: build again",
            path.display()
        );
        on_disk += 1;
    }
    assert_eq!(on_disk, catalogue().iter().count());
    for profile in catalogue().iter() {
        for golden in &profile.golden {
            let point = profile.point(golden.point.as_str()).unwrap();
            assert!(golden.holds(point), "{}: {golden:?}", profile.reference());
        }
    }
}

#[test]
fn every_kind_of_register_in_a_profile_has_a_golden() {
    for profile in catalogue().iter() {
        let kind = |source: &Source| match source {
            Source::Register(spec) => format!("{:?} × {}", spec.encoding, spec.value_words),
            Source::Json(pointer) => pointer.clone(),
        };
        let shown: BTreeSet<String> = profile
            .golden
            .iter()
            .map(|golden| kind(&profile.point(golden.point.as_str()).unwrap().source))
            .collect();
        for point in &profile.points {
            assert!(
                shown.contains(&kind(&point.source)),
                "{}: {} has no golden",
                profile.model,
                point.name
            );
        }
    }
}

#[test]
fn the_models_of_the_first_site_are_there() {
    for reference in ["dtz341@1", "ddz1187@1", "ref3000@1", "pt100k@1", "th20@1"] {
        assert_eq!(catalogue().get(reference).unwrap().reference(), reference);
    }
    assert!(catalogue().get("dtz341@2").is_none());
}

#[test]
fn a_good_golden_encodes_back_to_its_words() {
    for profile in catalogue().iter() {
        for golden in profile
            .golden
            .iter()
            .filter(|golden| golden.expected.quality == Quality::Good)
        {
            let point = profile.point(golden.point.as_str()).unwrap();
            let value = golden.expected.value.unwrap();
            if let Ok(words) = point.encode_words(value) {
                assert_eq!(
                    point.decode_words(&words).value,
                    Some(value),
                    "{} {}",
                    profile.model,
                    point.name
                );
            }
        }
    }
}

#[test]
fn a_folder_adds_profiles_and_a_changed_published_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../profiles/th20.toml").replace("version = 1", "version = 2");
    std::fs::write(folder.path().join("th20.toml"), &text).unwrap();
    let catalogue = Catalogue::load_dir(folder.path()).unwrap();
    assert!(catalogue.get("th20@1").is_some() && catalogue.get("th20@2").is_some());

    std::fs::write(
        folder.path().join("th20.toml"),
        text.replace("version = 2", "version = 1"),
    )
    .unwrap();
    let error = Catalogue::load_dir(folder.path()).unwrap_err().to_string();
    assert!(error.contains("th20@1 is already in the catalogue"), "{error}");
}

#[test]
fn a_message_gives_every_point_and_its_own_time() {
    let profile = catalogue().get("th20@1").unwrap();
    let message = br#"{"ts":"2026-11-23T08:00:00Z","data":{"temperature":23.40}}"#;
    let decoded = profile.decode_message(message);
    assert_eq!(decoded[0].1.value.unwrap().to_string(), "23.40");
    assert_eq!(decoded[1].1.quality.name(), "missing-field");
    assert_eq!(
        profile.message_time(message).unwrap().to_string(),
        "2026-11-23T08:00:00Z"
    );
    assert_eq!(profile.message_time(b"\xff\xfe"), None);
    assert_eq!(
        profile.decode_message(b"\xff\xfe")[0].1.quality.name(),
        "malformed-answer"
    );
}

/// A meter that sends its words in the other order than the profile says: its values leave what it can indicate and are
/// refused, instead of becoming a number that somebody might believe.
#[test]
fn words_in_the_wrong_order_are_impossible_values() {
    let profile = catalogue().get("dtz341@1").expect("a model of ours");
    for (point, text) in [("energy.active.import", "12345.678"), ("power.active", "3.2500")] {
        let point = profile.point(point).expect("a point");
        let number: i64 = text.replace('.', "").parse().expect("digits");
        let words = [(number >> 16) as u16, number as u16];
        let right = point.decode_words(&words);
        assert_eq!(right.value.expect("decoded").to_string(), text);
        let swapped = point.decode_words(&[words[1], words[0]]);
        assert_eq!(swapped.quality, Quality::Bad(Failure::Impossible), "{text}");
        assert_eq!(swapped.value, None);
    }
}
