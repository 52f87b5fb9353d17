//! What a run found, before the head of the record is put to it.

use uncertainty::document::Text;

use crate::conclusion::{Body, ComparisonMethod, ExcludedLine, NotTested, Reason, SlotCount, Verdict};

/// The part of a conclusion that depends on the kind of run.
pub(crate) struct Findings {
    pub(crate) nature: Text,
    pub(crate) verdict: Verdict,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) deciding_method: ComparisonMethod,
    pub(crate) method_declared_by: Text,
    pub(crate) overall_rule: Text,
    pub(crate) rules: Vec<Text>,
    pub(crate) slots: SlotCount,
    pub(crate) excluded: Vec<ExcludedLine>,
    pub(crate) not_tested: Vec<NotTested>,
    pub(crate) body: Body,
}
