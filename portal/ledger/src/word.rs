//! The words that the database keeps for what is one of a few.

/// One of a few things, each known to the database by a word.
pub trait Word: Copy + PartialEq + 'static {
    const ALL: &'static [Self];

    /// As it stands in the database, in audit entries and on command lines, e.g. `to-check`.
    fn word(self) -> &'static str;

    /// `None` for a word that none of them has.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// Gives the variants of an enum their words; one without is a compile error.
macro_rules! words {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $crate::Word for $type {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl $crate::database::Bind for $type {
            const TYPE: $crate::database::Type = $crate::database::Type::Text;
            fn value(&self) -> $crate::database::Value {
                $crate::database::Bind::value($crate::Word::word(*self))
            }
        }

        impl $crate::database::Read for $type {
            fn read(value: &$crate::database::Value) -> Result<Self, String> {
                let word = String::read(value)?;
                <Self as $crate::Word>::from_word(&word).ok_or_else(|| {
                    let known = <Self as $crate::Word>::ALL.iter().map(|one| $crate::Word::word(*one));
                    format!("known are {}", known.collect::<Vec<_>>().join(", "))
                })
            }
        }
    };
}
pub(crate) use words;
