//! The procedures that runs judge by: what ships with the engine, and what the laboratory entered or approved.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use ledger::LedgerError;
use ledger::procedures::{NewProcedure, Procedure as Kept};
use uncertainty::document::FileError;
use verification::conclusion::RuleStatus;
use verification::procedure::{Approval, Procedure, Rules, SHIPPED};

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::procedure::wire::{
    ProcedureApproval, ProcedureCard, ProcedureDetail, ProcedureFile, ProcedureState,
};
use crate::refusal::{self, Thing};
use crate::run::wire::RunKind;
use crate::session::wire::{People, Person};

/// Procedures of this id judge energy meters, and runs that name none.
pub(crate) const ENERGY_METER: &str = "energy-meter-online";
/// The period check of runs that name none.
pub(crate) const PERIOD_CHECK: &str = "period-check";

/// One procedure with where it came from.
#[derive(Clone)]
pub(crate) struct Known {
    procedure: Arc<Procedure>,
    by: Option<Person>,
    at: Option<Timestamp>,
    draft_sha256: Option<String>,
    note: String,
}

static SHIPPED_WITH_THE_ENGINE: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |(_, text): &(&str, &str)| Known {
        // Read by a test of the engine.
        procedure: Arc::new(Procedure::parse(text).expect("a shipped procedure")),
        by: None,
        at: None,
        draft_sha256: None,
        note: String::new(),
    };
    SHIPPED.iter().map(known).collect()
});

impl Known {
    fn read(kept: Kept, people: &People) -> Option<Self> {
        match Procedure::parse(&kept.text) {
            Ok(procedure) => Some(Self {
                procedure: Arc::new(procedure),
                by: Some(people.person(kept.entered_by)),
                at: Some(kept.entered),
                draft_sha256: kept.draft_sha256,
                note: kept.note,
            }),
            Err(error) => {
                let sha256 = &kept.sha256;
                tracing::error!(%sha256, %error, "a procedure of the ledger is not read by this engine");
                None
            }
        }
    }

    fn approved(&self) -> bool {
        self.procedure.basis().status == RuleStatus::Approved
    }

    /// The latest approval before every draft, then the highest version.
    fn rank(&self) -> (bool, Option<Timestamp>, u32) {
        let approved = self.approved();
        (approved, self.at.filter(|_| approved), self.procedure.version())
    }

    fn card(&self, current: bool) -> ProcedureCard {
        let (procedure, basis) = (&self.procedure, self.procedure.basis().clone());
        let measurand = self.procedure.measurand().clone();
        ProcedureCard {
            id: procedure.id().to_owned(),
            kind: kind(procedure),
            version: procedure.version(),
            state: if self.approved() {
                ProcedureState::Approved
            } else {
                ProcedureState::Draft
            },
            sha256: procedure.sha256(),
            current,
            document: basis.document,
            title_zh: basis.title.zh,
            title_en: basis.title.en,
            measurand_zh: measurand.zh,
            measurand_en: measurand.en,
            edition: basis.edition,
            clause: basis.clause,
            effective: basis.effective,
            source: basis.source,
            confidence: basis.confidence,
            by: self.by.clone(),
            at: self.at,
            draft_sha256: self.draft_sha256.clone(),
            note: self.note.clone(),
        }
    }
}

fn missing() -> Problem {
    refusal::request::not_found(Thing::Procedure)
}

fn refused(error: &FileError) -> Problem {
    refusal::procedure::file_refused(error.line, error.column)
        .because(error)
        .on_field("text")
}

async fn all(portal: &Portal) -> Answer<Vec<Known>> {
    let kept = portal.ledger.procedures().await?;
    let mut all = SHIPPED_WITH_THE_ENGINE.clone();
    let people = portal.people().await?;
    all.extend(kept.into_iter().filter_map(|kept| Known::read(kept, &people)));
    Ok(all)
}

fn current<'a>(all: &'a [Known], id: &str) -> Option<&'a Known> {
    all.iter()
        .filter(|known| known.procedure.id() == id)
        .max_by_key(|known| known.rank())
}

fn card(all: &[Known], known: &Known) -> ProcedureCard {
    let now = current(all, known.procedure.id());
    known.card(now.is_some_and(|now| now.procedure.sha256() == known.procedure.sha256()))
}

fn detail(all: &[Known], sha256: &str) -> Answer<ProcedureDetail> {
    let known = all
        .iter()
        .find(|known| known.procedure.sha256() == sha256)
        .ok_or_else(missing)?;
    Ok(ProcedureDetail {
        card: card(all, known),
        sheet: serde_json::to_value(known.procedure.sheet()).map_err(|error| Problem::internal(&error))?,
        text: known.procedure.text().to_owned(),
    })
}

/// The procedure that a run of this kind and id judges by.
pub(crate) async fn for_run(portal: &Portal, wanted: RunKind, id: &str) -> Answer<Arc<Procedure>> {
    let all = all(portal).await?;
    let found = current(&all, id).ok_or_else(|| refusal::procedure::unknown(id).on_field("procedure"))?;
    match (kind(&found.procedure), wanted) {
        (RunKind::PeriodCheck, RunKind::OnlineVerification) => {
            Err(refusal::procedure::is_period_check(id).on_field("procedure"))
        }
        (RunKind::OnlineVerification, RunKind::PeriodCheck) => {
            Err(refusal::procedure::is_verification(id).on_field("procedure"))
        }
        _ => Ok(found.procedure.clone()),
    }
}

fn kind(procedure: &Procedure) -> RunKind {
    match procedure.rules() {
        Rules::Comparison(_) => RunKind::OnlineVerification,
        Rules::PeriodCheck(_) => RunKind::PeriodCheck,
    }
}

pub(crate) async fn cards(portal: &Portal) -> Answer<Vec<ProcedureCard>> {
    let all = all(portal).await?;
    let mut cards: Vec<ProcedureCard> = all.iter().map(|known| card(&all, known)).collect();
    cards.sort_by(|one, other| (&one.id, !one.current).cmp(&(&other.id, !other.current)));
    Ok(cards)
}

pub(crate) async fn by_sha256(portal: &Portal, sha256: &str) -> Answer<ProcedureDetail> {
    detail(&all(portal).await?, sha256)
}

pub(crate) async fn enter(portal: &Portal, caller: &Caller, file: ProcedureFile) -> Answer<ProcedureDetail> {
    let procedure = Procedure::parse(&file.text).map_err(|error| refused(&error))?;
    if procedure.basis().status != RuleStatus::Draft {
        return Err(refusal::procedure::not_draft().on_field("text"));
    }
    let (id, version) = (procedure.id(), procedure.version());
    let taken = |known: &Known| known.procedure.id() == id && known.procedure.version() == version;
    if SHIPPED_WITH_THE_ENGINE.iter().any(taken) {
        return Err(refusal::procedure::version_shipped(version, id).on_field("text"));
    }
    let sha256 = procedure.sha256();
    let new = NewProcedure {
        id: id.to_owned(),
        version,
        text: file.text,
        note: file.note,
    };
    portal
        .ledger
        .enter_procedure(&caller.actor, &new, portal.now())
        .await?;
    by_sha256(portal, &sha256).await
}

/// Approves a draft; the approved text has a digest of its own, and the draft stays.
pub(crate) async fn approve(
    portal: &Portal,
    caller: &Caller,
    sha256: &str,
    approval: ProcedureApproval,
) -> Answer<ProcedureDetail> {
    let draft = by_sha256(portal, sha256).await?;
    if draft.card.state == ProcedureState::Approved {
        return Err(refusal::procedure::already_approved().on_field("sha256"));
    }
    for (field, text) in [("edition", &approval.edition), ("clause", &approval.clause)] {
        if text.trim().is_empty() {
            return Err(refusal::procedure::basis_missing().on_field(field));
        }
    }
    let entered = Approval {
        edition: approval.edition,
        clause: approval.clause,
        effective: approval.effective_on,
    };
    let text = entered.of(&draft.text).map_err(|error| refused(&error))?;
    let procedure = Procedure::parse(&text).map_err(|error| refused(&error))?;
    let new = NewProcedure {
        id: procedure.id().to_owned(),
        version: procedure.version(),
        text,
        note: approval.note,
    };
    portal
        .ledger
        .approve_procedure(&caller.actor, &new, sha256, portal.now())
        .await
        .map_err(|error| match error {
            // Own work is not a conclusion here.
            LedgerError::OwnWork => refusal::procedure::own_draft(),
            other => other.into(),
        })?;
    by_sha256(portal, &procedure.sha256()).await
}
