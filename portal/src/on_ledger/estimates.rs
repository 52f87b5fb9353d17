//! Estimates as the ledger keeps them, and as the wire shows them.

use jiff::Timestamp;
use ledger::estimates::{Estimate, NewEstimate};

use super::rows::{bounds, instrument, reference, unreadable};
use super::{OnLedger, actor, refused};
use crate::access::Caller;
use crate::estimate::wire::{ErrorEstimate, ErrorEstimateBody, ErrorEstimatePage, ErrorEstimateSummary};
use crate::instrument::wire::Instrument;
use crate::problem::Answer;
use crate::records::{Estimated, PageOf};
use crate::run::wire::WindowCard;

fn summary(row: Estimate) -> ErrorEstimateSummary {
    ErrorEstimateSummary {
        id: row.id.into(),
        master: reference(row.master),
        window: WindowCard {
            from: row.window.from,
            to: row.window.to,
        },
        at: row.made,
        by: row.made_by,
        suspects: row.suspects,
        meters: row.meters,
    }
}

impl OnLedger {
    pub(super) async fn sub_meters_of(&self, caller: &Caller, master: i64) -> Answer<Vec<Instrument>> {
        let rows = self
            .0
            .sub_meters(&actor(caller), master.into())
            .await
            .map_err(refused)?;
        rows.into_iter().map(instrument).collect()
    }

    pub(super) async fn estimates_page(
        &self,
        caller: &Caller,
        master: Option<i64>,
        page: PageOf,
    ) -> Answer<ErrorEstimatePage> {
        let (rows, total) = self
            .0
            .estimates(&actor(caller), master.map(Into::into), bounds(page))
            .await
            .map_err(refused)?;
        Ok(ErrorEstimatePage {
            rows: rows.into_iter().map(summary).collect(),
            total,
        })
    }

    pub(super) async fn one_estimate(&self, caller: &Caller, id: i64) -> Answer<ErrorEstimate> {
        let (row, body) = self
            .0
            .estimate(&actor(caller), id.into())
            .await
            .map_err(refused)?;
        let body: ErrorEstimateBody = serde_json::from_str(&body)
            .map_err(|error| refused(unreadable("error_estimate", row.id, "body", &body, &error)))?;
        Ok(ErrorEstimate {
            id: row.id.into(),
            at: row.made,
            by: row.made_by,
            engine: row.engine,
            body_sha256: row.body_sha256,
            body,
        })
    }

    pub(super) async fn keep_estimate(
        &self,
        by: Option<&Caller>,
        made: Estimated,
        now: Timestamp,
    ) -> Answer<i64> {
        let new = NewEstimate {
            master_id: made.master_id.into(),
            window: made.window,
            meters: made.meters,
            suspects: made.suspects,
            engine: made.engine,
            body_sha256: made.body_sha256,
            body: made.body,
        };
        self.0
            .record_estimate(by.map(actor).as_ref(), &new, now)
            .await
            .map(Into::into)
            .map_err(refused)
    }
}
