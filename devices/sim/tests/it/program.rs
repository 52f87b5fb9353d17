//! The program itself.

use std::process::Command;

fn field_sim(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_field-sim"))
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn it_shows_what_every_device_indicates() {
    let (ok, text) = field_sim(&["show", concat!(env!("CARGO_MANIFEST_DIR"), "/site.toml")]);
    assert!(ok, "{text}");
    for part in ["m-05", "energy.active.import", "humidity", "kPa"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_broken_site_ends_it_with_the_file_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.toml");
    std::fs::write(&file, field_sim::site::DEMO.replace("hours = 48", "hours = 0")).unwrap();
    let (ok, text) = field_sim(&["run", file.to_str().unwrap()]);
    assert!(!ok);
    assert!(
        text.contains("site.toml") && text.contains("device ref-1: rotation.hours is 0"),
        "{text}"
    );
    let (ok, text) = field_sim(&["show", "/nowhere/site.toml"]);
    assert!(!ok && text.contains("cannot read /nowhere/site.toml"), "{text}");
}
