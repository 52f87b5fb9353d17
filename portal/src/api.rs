//! One file per noun of the API; a handler reads its input, asks the portal, answers.

pub mod audit;
pub mod estimates;
pub mod instruments;
pub mod live;
pub mod overview;
pub mod plans;
pub mod probe;
pub mod procedures;
pub mod readings;
pub mod review;
pub mod runs;
pub mod session;

use serde::Deserialize;
use utoipa::IntoParams;

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// From 1.
    pub page: Option<u32>,
    /// At most 200; 50 unless told.
    pub per_page: Option<u32>,
}

/// Rows of a page, at most.
pub(crate) const MOST_ROWS: u32 = 200;

pub(crate) fn page(page: Option<u32>, per_page: Option<u32>) -> (u32, u32) {
    let rows = per_page.unwrap_or(50).clamp(1, MOST_ROWS);
    (page.unwrap_or(1).max(1), rows)
}
