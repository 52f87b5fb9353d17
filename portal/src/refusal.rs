//! The catalogue of refusals: every sentence that the portal refuses with stands here once, with its stable code and HTTP
//! status, in English and Chinese. Handlers name a refusal and give it what it speaks of; the OpenAPI document lists all.
//!
//! A sentence uses every parameter in both languages: the compiler warns of one that is left over.

pub(crate) use uncertainty::document::Text;

pub(crate) mod document;
mod thing;

pub(crate) mod estimate;
pub(crate) mod instrument;
pub(crate) mod ledger;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod procedure;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod session;

pub(crate) use thing::Thing;

/// One refusal as clients read of it; `{…}` in a sentence stands for what it speaks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    pub(crate) en: &'static str,
    pub(crate) zh: &'static str,
}

/// All of them, room by room.
pub(crate) fn catalogue() -> impl Iterator<Item = &'static Entry> {
    [
        request::ALL,
        session::ALL,
        ledger::ALL,
        instrument::ALL,
        probe::ALL,
        procedure::ALL,
        plan::ALL,
        run::ALL,
        estimate::ALL,
    ]
    .into_iter()
    .flatten()
}

/// What a sentence speaks of. Names, numbers and units read the same in both languages.
pub(crate) trait Spoken {
    fn en(&self) -> String;
    fn zh(&self) -> String;
}

impl Spoken for &Text {
    fn en(&self) -> String {
        self.en.clone()
    }

    fn zh(&self) -> String {
        self.zh.clone()
    }
}

macro_rules! the_same_in_both {
    ($($kind:ty),+) => {
        $(impl Spoken for $kind {
            fn en(&self) -> String {
                self.to_string()
            }

            fn zh(&self) -> String {
                self.to_string()
            }
        })+
    };
}
the_same_in_both!(&str, u32, u64, usize);

/// A table of refusals: `"code" STATUS name(parameters) "English" "中文";`. Each becomes a function that makes the
/// problem, and a line of `ALL`.
macro_rules! refusals {
    ($($(#[$doc:meta])* $code:literal $status:ident $name:ident($($parameter:ident: $kind:ty),*) $en:literal $zh:literal;)+) => {
        $($(#[$doc])*
        pub(crate) fn $name($($parameter: $kind),*) -> $crate::problem::Problem {
            let en = {
                $(let $parameter = $crate::refusal::Spoken::en(&$parameter);)*
                format!($en)
            };
            let zh = {
                $(let $parameter = $crate::refusal::Spoken::zh(&$parameter);)*
                format!($zh)
            };
            $crate::problem::Problem::new(axum::http::StatusCode::$status, $code, en, zh)
        })+

        pub(super) const ALL: &[$crate::refusal::Entry] = &[$($crate::refusal::Entry {
            code: $code,
            status: axum::http::StatusCode::$status.as_u16(),
            en: $en,
            zh: $zh,
        }),+];
    };
}
use refusals;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a Chinese sentence may spell in Latin letters: names of protocols and formats, symbols, and what is typed into a
    /// file or header as it stands.
    const AS_WRITTEN: [&str; 20] = [
        "JSON",
        "MQTT",
        "TOML",
        "E_n",
        "If-Match",
        "application/json",
        "x-requested-with: henglian",
        "8N1",
        "8E1",
        "8O1",
        "8N2",
        "[modbus]",
        "networks",
        "status = \\\"draft\\\"",
        "status = \"draft\"",
        "API",
        "IANA",
        "Asia/Shanghai",
        "U",
        "k",
    ];

    /// The names in braces.
    fn parameters(sentence: &str) -> BTreeSet<&str> {
        sentence
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect()
    }

    #[test]
    fn every_code_is_used_once() {
        let mut seen = BTreeSet::new();
        for entry in catalogue() {
            assert!(seen.insert(entry.code), "{} stands twice", entry.code);
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit();
            assert!(entry.code.bytes().all(plain), "{}", entry.code);
            assert!((400..600).contains(&entry.status), "{}", entry.code);
        }
        assert!(seen.len() > 60, "{}", seen.len());
    }

    #[test]
    fn both_languages_say_the_same_of_the_same() {
        for Entry { code, en, zh, .. } in catalogue() {
            assert!(en.len() > 10 && en.ends_with(['.', '?']), "{code}: {en}");
            assert!(zh.chars().count() > 4 && zh.ends_with('。'), "{code}: {zh}");
            assert!(!en.chars().any(is_chinese), "{code}: {en}");
            assert_eq!(parameters(en), parameters(zh), "{code}");
        }
    }

    fn is_chinese(character: char) -> bool {
        ('\u{3400}'..='\u{9fff}').contains(&character)
    }

    #[test]
    fn no_english_is_left_in_a_chinese_sentence() {
        for Entry { code, zh, .. } in catalogue() {
            let mut left = (*zh).to_owned();
            for name in parameters(zh) {
                left = left.replace(&format!("{{{name}}}"), "");
            }
            for term in AS_WRITTEN {
                left = left.replace(term, "");
            }
            let latin: String = left.chars().filter(char::is_ascii_alphabetic).collect();
            assert!(
                latin.is_empty() || ["s", "ss"].contains(&latin.as_str()),
                "{code}: {latin} in {zh}"
            );
        }
    }
}
