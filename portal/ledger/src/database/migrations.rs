//! The tables, one pair of files per step: the same number and name in both folders.
//!
//! A released file is never edited: an existing ledger refuses to open when the text of a step it ran has changed.

pub(super) struct Step {
    pub(super) number: i64,
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! steps {
    ($($number:literal $name:literal),+ $(,)?) => {
        steps!(FILE "sqlite" $($number $name)+);
        steps!(SERVER "postgres" $($number $name)+);
    };
    ($list:ident $folder:literal $($number:literal $name:literal)+) => {
        pub(super) const $list: &[Step] = &[$(Step {
            number: $number,
            name: $name,
            text: include_str!(concat!("../../migrations/", $folder, "/000", $number, "_", $name, ".sql")),
        }),+];
    };
}

steps!(
    1 "parties",
    2 "audit",
    3 "instruments",
    4 "runs",
    5 "plans",
    6 "estimates",
    7 "procedures",
);
