//! The numbers of records, each of its own type: a run's number is never taken for an instrument's.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::database::{Bind, Read, Value};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Bind for $name {
            const TYPE: crate::database::Type = i64::TYPE;
            fn value(&self) -> Value {
                self.0.value()
            }
        }

        impl Read for $name {
            fn read(value: &Value) -> Result<Self, String> {
                i64::read(value).map(Self)
            }
        }
    )+};
}

ids! {
    /// An organisation (单位).
    PartyId,
    /// A site (站点) of an enterprise.
    SiteId,
    /// A person's account.
    AccountId,
    /// An instrument (仪表).
    InstrumentId,
    /// A verification or period check.
    RunId,
    PlanId,
    /// An estimate of the errors behind a master meter.
    EstimateId,
    /// An entry of the audit trail, numbered without a gap.
    EntryId,
}
