//! The start page.

use ledger::instruments::Counts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::collector::wire::Collector;
use crate::instrument::wire::{CommunicationCounts, ValidityCounts};

/// How many instruments are in each state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusCounts {
    pub normal: u64,
    pub to_check: u64,
    pub to_send: u64,
    pub stopped: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    pub instruments: StatusCounts,
    /// Of the normal ones, how many do not answer or have a certificate that has ended.
    pub normal_in_doubt: u64,
    pub communication: CommunicationCounts,
    pub validity: ValidityCounts,
    pub awaiting_review: u64,
    pub overdue_checks: u64,
    pub collectors: Vec<Collector>,
}

impl Overview {
    /// Before the instruments in use are counted by what is known of them beside the ledger.
    pub(crate) fn new(counts: Counts, collectors: Vec<Collector>) -> Self {
        Self {
            instruments: StatusCounts {
                normal: counts.normal,
                to_check: counts.to_check,
                to_send: counts.to_send,
                stopped: counts.stopped,
            },
            normal_in_doubt: 0,
            communication: CommunicationCounts::default(),
            validity: ValidityCounts::default(),
            awaiting_review: counts.awaiting_review,
            overdue_checks: counts.overdue_checks,
            collectors,
        }
    }
}
