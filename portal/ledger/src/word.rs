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
    };
}
pub(crate) use words;
