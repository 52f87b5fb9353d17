//! The rules that what is entered must keep, each by a name of its own so that pages can word it in their language.

/// A rule that a field breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("there is no collector \"{0}\" at this site")]
    CollectorOfSite(String),
    #[error("there is no such instrument at this site")]
    MasterOfSite,
    #[error("the instrument would stand behind itself")]
    NotBehindItself,
    #[error("meters of its present site stand behind it; give them another master first")]
    NoMetersLeftBehind,
    #[error("it has at most {0} characters")]
    AtMost(usize),
    #[error("an instrument is not its own reference")]
    NotItsOwnReference,
    #[error("it lies in the past")]
    NotInThePast,
    #[error("say why the plan is given up")]
    SayWhy,
    #[error("the instrument has no such run of this kind")]
    RunThatFits,
    #[error("this run has not been confirmed")]
    ConfirmedRun,
    #[error("this version stands already, raise the version in the file")]
    NewVersion,
    #[error("it must end after it begins")]
    EndsAfterBegin,
    #[error("it is not the digest of what it stands for")]
    Digest,
    #[error("it must not be empty")]
    NotEmpty,
    #[error("it needs at least {0} characters")]
    AtLeast(usize),
    #[error("there is no time zone \"{0}\"; write an IANA name such as Asia/Shanghai")]
    KnownZone(String),
    #[error("it cannot be kept: {0}")]
    Body(String),
    #[error("it is no time that can be kept: {0}")]
    Time(String),
}
