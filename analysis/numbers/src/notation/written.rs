//! `analysis/vectors/written.toml`: what laboratories write, and what only looks like it.

use serde::Deserialize;

use super::{Kind, Reading, parse};

#[derive(Deserialize)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    kind: String,
    reads: Vec<[String; 2]>,
    #[serde(default)]
    doubts: Vec<[String; 2]>,
    refused: Vec<String>,
}

fn groups() -> Vec<Group> {
    let text = include_str!("../../../vectors/written.toml");
    toml::from_str::<File>(text).unwrap().group
}

/// What is wrong with one text, if anything is.
fn fault(kind: Kind, text: &str, canonical: &str, doubted: bool) -> Option<String> {
    let reading = match parse(kind, text) {
        Ok(reading) => reading,
        Err(error) => return Some(format!("refused: {error}")),
    };
    let printed = reading.notation.print();
    if printed != canonical {
        return Some(format!("printed {printed:?}, wanted {canonical:?}"));
    }
    if reading.warnings.is_empty() == doubted {
        return Some(format!("remarks {:?}", reading.warnings));
    }
    let same =
        |other: &str| parse(kind, other).is_ok_and(|again: Reading| again.notation == reading.notation);
    if !same(&printed) {
        return Some(format!("{printed:?} reads {:?}", parse(kind, &printed)));
    }
    let wide = full_width(text);
    (!same(&wide)).then(|| format!("{wide:?} reads {:?}", parse(kind, &wide)))
}

/// As an input method in full-width mode types it.
fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        ' ' => '\u{3000}',
        '~' => '～',
        '!'..='}' => char::from_u32(c as u32 + 0xFEE0).unwrap(),
        other => other,
    };
    text.chars().map(wide).collect()
}

#[test]
fn what_laboratories_write_is_read() {
    let mut wrong = Vec::new();
    for group in groups() {
        let kind: Kind = group.kind.parse().unwrap();
        for (doubted, rows) in [(false, &group.reads), (true, &group.doubts)] {
            for [text, canonical] in rows {
                if let Some(fault) = fault(kind, text, canonical, doubted) {
                    wrong.push(format!("{}: {text:?}: {fault}", group.name));
                }
            }
        }
        for text in &group.refused {
            if let Ok(reading) = parse(kind, text) {
                let printed = reading.notation.print();
                wrong.push(format!("{}: {text:?} read as {printed:?}", group.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
