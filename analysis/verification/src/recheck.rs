//! Recomputing a stored conclusion offline, digit for digit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uncertainty::document::FileError;

use crate::canonical;
use crate::conclusion::{Conclusion, engine};
use crate::evidence::{Evidence, EvidenceError};
use crate::judge::judge;
use crate::procedure::Procedure;
use crate::stored::{self, StoredError};

/// Format of [`Bundle`].
pub const FORMAT: u32 = 2;

/// Conclusion, evidence and procedure in one JSON file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub format: u32,
    pub conclusion: Conclusion,
    /// Canonical evidence, as text so that its bytes survive any JSON tool.
    pub evidence: String,
    /// The procedure file as it was.
    pub procedure: String,
    /// What the ledger held of the run when the bundle was taken away; a bundle that comes from no ledger has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

/// A run of the ledger. A recheck does not judge by it: it says whether the conclusion counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The run's number in the ledger.
    pub number: i64,
    pub state: RecordState,
    /// Name and login.
    pub operator: String,
    /// Name and login; `None` as long as nobody has reviewed it.
    pub reviewer: Option<String>,
    pub reviewed_at: Option<Timestamp>,
    /// When the bundle was taken away: a review may have come later.
    pub taken_at: Timestamp,
}

/// How far a second person has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// 待核验: no result yet.
    AwaitingReview,
    /// 已核验
    Confirmed,
    /// 已退回: no result.
    Returned,
}

/// Why a bundle cannot be rechecked at all.
#[derive(Debug, thiserror::Error)]
pub enum RecheckError {
    /// Not a bundle, or one of another time.
    #[error(transparent)]
    Bundle(#[from] StoredError),
    /// The conclusion inside is of another format.
    #[error("bundle, conclusion: format {found} is not known, this engine reads {known}")]
    Conclusion { found: u32, known: u32 },
    /// The evidence inside is refused.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The procedure inside is refused.
    #[error("procedure: {0}")]
    Procedure(#[from] FileError),
    /// One of the two conclusions has no JSON; two of them have not even a common one.
    #[error("the {which} conclusion cannot be compared: {source}")]
    Incomparable {
        which: &'static str,
        source: serde_json::Error,
    },
}

/// One place where the recomputed conclusion differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// JSON pointer into the conclusion, or `evidence` / `procedure`.
    pub place: String,
    pub stored: String,
    pub recomputed: String,
}

/// The outcome of a recheck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recheck {
    pub agrees: bool,
    pub differences: Vec<Difference>,
    /// Set when another engine version made the conclusion; not a difference by itself.
    pub other_engine: Option<String>,
    pub conclusion: Conclusion,
}

impl Bundle {
    /// A bundle as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a bundle is plain data")
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// Line and column of what does not fit, or an unknown format of the bundle or of its conclusion.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecheckError> {
        let bundle = stored::read("bundle", FORMAT, bytes, |b: &Self| b.format)?;
        let (found, known) = (bundle.conclusion.format, crate::conclusion::FORMAT);
        if found != known {
            return Err(RecheckError::Conclusion { found, known });
        }
        Ok(bundle)
    }
}

/// Rechecks the bytes of a bundle file.
///
/// # Errors
/// When it is no bundle, or its evidence or procedure is refused.
pub fn recheck_bytes(bytes: &[u8]) -> Result<Recheck, RecheckError> {
    recheck(&Bundle::parse(bytes)?)
}

/// Recomputes the conclusion and names every difference.
///
/// # Errors
/// When evidence or procedure cannot be read.
pub fn recheck(bundle: &Bundle) -> Result<Recheck, RecheckError> {
    let (computed, canonical_text) = judge_texts(&bundle.procedure, &bundle.evidence)?;
    let mut differences = Vec::new();
    if canonical_text != bundle.evidence {
        differences.push(Difference {
            place: "evidence".to_owned(),
            stored: canonical::sha256(bundle.evidence.as_bytes()),
            recomputed: canonical::sha256(canonical_text.as_bytes()),
        });
    }
    differences.extend(compared(&bundle.conclusion, &computed)?);
    differences.retain(|d| d.place != "/engine");
    let other_engine = (bundle.conclusion.engine != engine()).then(|| bundle.conclusion.engine.clone());
    Ok(Recheck {
        agrees: differences.is_empty(),
        differences,
        other_engine,
        conclusion: computed,
    })
}

/// Judges evidence by a procedure, both as texts.
///
/// Returns the conclusion and the canonical text of the evidence.
///
/// # Errors
/// When one of them is refused.
pub fn judge_texts(procedure: &str, evidence: &str) -> Result<(Conclusion, String), RecheckError> {
    let procedure = Procedure::parse(procedure)?;
    let evidence = Evidence::parse(evidence)?;
    Ok((judge(&procedure, &evidence), evidence.canonical()))
}

/// Two that cannot be read do not agree: what is compared is values, or nothing.
fn compared(stored: &impl Serialize, recomputed: &impl Serialize) -> Result<Vec<Difference>, RecheckError> {
    let incomparable = |which| move |source| RecheckError::Incomparable { which, source };
    let stored = serde_json::to_value(stored).map_err(incomparable("stored"))?;
    let fresh = serde_json::to_value(recomputed).map_err(incomparable("recomputed"))?;
    let mut differences = Vec::new();
    compare("", &stored, &fresh, &mut differences);
    Ok(differences)
}

fn compare(place: &str, stored: &Value, fresh: &Value, out: &mut Vec<Difference>) {
    match (stored, fresh) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let place = format!("{place}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(&place, a, b, out),
                    // Nothing is not null.
                    (a, b) => out.push(Difference {
                        place,
                        stored: a.map_or_else(|| ABSENT.to_owned(), shown),
                        recomputed: b.map_or_else(|| ABSENT.to_owned(), shown),
                    }),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{place}/{index}"), a, b, out);
            }
        }
        _ if stored != fresh => out.push(Difference {
            place: place.to_owned(),
            stored: shown(stored),
            recomputed: shown(fresh),
        }),
        _ => {}
    }
}

/// What has no value at all.
const ABSENT: &str = "(absent)";

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Torn;

    impl Serialize for Torn {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("torn"))
        }
    }

    #[test]
    fn two_failures_do_not_agree() {
        let refused = |found: Result<Vec<Difference>, RecheckError>| found.unwrap_err().to_string();
        assert!(refused(compared(&Torn, &Torn)).contains("stored conclusion cannot be compared: torn"));
        assert!(refused(compared(&Torn, &json!(null))).contains("stored"));
        assert!(refused(compared(&json!(null), &Torn)).contains("recomputed"));
    }

    #[test]
    fn nothing_is_not_null() {
        let found = compared(&json!({ "a": null }), &json!({})).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].stored.as_str(), found[0].recomputed.as_str()),
            ("null", "(absent)")
        );
        assert_eq!(
            compared(&json!({ "a": null }), &json!({ "a": null })).unwrap(),
            []
        );
    }
}
