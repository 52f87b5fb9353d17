//! The basic terms of limits (GB/T 8170-2008 §4.2.2 table 2) and the signs that stand for them.

use crate::scan::Scan;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Lower,
    Upper,
}

/// §4.2.2 table 2: term, side, whether the limit itself conforms.
const TERMS: &[(&str, Side, bool)] = &[
    ("大于或等于", Side::Lower, true),
    ("等于或大于", Side::Lower, true),
    ("大于等于", Side::Lower, true),
    ("高于或等于", Side::Lower, true),
    ("不小于", Side::Lower, true),
    ("不低于", Side::Lower, true),
    ("不少于", Side::Lower, true),
    ("不短于", Side::Lower, true),
    ("不得小于", Side::Lower, true),
    ("不得低于", Side::Lower, true),
    ("不应小于", Side::Lower, true),
    ("不应低于", Side::Lower, true),
    ("至少", Side::Lower, true),
    ("最小", Side::Lower, true),
    ("≥", Side::Lower, true),
    (">=", Side::Lower, true),
    ("小于或等于", Side::Upper, true),
    ("等于或小于", Side::Upper, true),
    ("小于等于", Side::Upper, true),
    ("低于或等于", Side::Upper, true),
    ("不大于", Side::Upper, true),
    ("不高于", Side::Upper, true),
    ("不多于", Side::Upper, true),
    ("不超过", Side::Upper, true),
    ("不长于", Side::Upper, true),
    ("不得大于", Side::Upper, true),
    ("不得超过", Side::Upper, true),
    ("不应大于", Side::Upper, true),
    ("不应超过", Side::Upper, true),
    ("至多", Side::Upper, true),
    ("最多", Side::Upper, true),
    ("最大", Side::Upper, true),
    ("≤", Side::Upper, true),
    ("<=", Side::Upper, true),
    ("大于", Side::Lower, false),
    ("多于", Side::Lower, false),
    ("高于", Side::Lower, false),
    ("超过", Side::Lower, false),
    (">", Side::Lower, false),
    ("小于", Side::Upper, false),
    ("少于", Side::Upper, false),
    ("低于", Side::Upper, false),
    ("不足", Side::Upper, false),
    ("不到", Side::Upper, false),
    ("未满", Side::Upper, false),
    ("<", Side::Upper, false),
];

pub(super) const SUFFIXES: &[(&str, Side, bool)] = &[
    ("及其以上", Side::Lower, true),
    ("及以上", Side::Lower, true),
    ("及其以下", Side::Upper, true),
    ("及以下", Side::Upper, true),
    ("以上", Side::Lower, true),
    ("以下", Side::Upper, true),
];

pub(super) fn term(scan: &mut Scan) -> Option<(Side, bool)> {
    TERMS
        .iter()
        .find(|(word, ..)| scan.eat(word))
        .map(|(_, side, inclusive)| (*side, *inclusive))
}

pub(super) fn between(scan: &mut Scan) -> Option<(Side, bool)> {
    let sign = scan.eat_any(&["≤", "<=", "<", "≥", ">=", ">"])?;
    let inclusive = sign != "<" && sign != ">";
    Some((
        if sign.starts_with(['≤', '<']) {
            Side::Lower
        } else {
            Side::Upper
        },
        inclusive,
    ))
}
