//! Which part of a list is asked for.

/// `limit` rows after the first `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: u32,
    pub limit: u32,
}

impl Page {
    pub const fn first(limit: u32) -> Self {
        Self { offset: 0, limit }
    }
}
