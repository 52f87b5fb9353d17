//! Which registers to ask for: the points of a profile merged into few requests.

use devices::Profile;
use devices::profile::{Source, Table};
use uplink::RegisterTable;

/// Most registers in one Modbus request.
pub const MOST_WORDS: u16 = 125;

/// Registers that are read but belong to no point, unless the configuration says otherwise. Eight
/// cost 16 bytes; another request costs 8 and a turn of the line.
pub const DEFAULT_GAP: u16 = 8;

/// Consecutive registers of one table, read by one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub table: RegisterTable,
    pub address: u16,
    pub words: u16,
}

impl Span {
    /// Whether these `words` from `address` lie in the span.
    pub fn covers(&self, table: RegisterTable, address: u16, words: u16) -> bool {
        self.table == table && self.address <= address && end(address, words) <= end(self.address, self.words)
    }
}

/// One past the last register; a `u32`, since register 65535 exists.
fn end(address: u16, words: u16) -> u32 {
    u32::from(address) + u32::from(words)
}

pub fn wire_table(table: Table) -> RegisterTable {
    match table {
        Table::Holding => RegisterTable::Holding,
        Table::Input => RegisterTable::Input,
        Table::Coil => RegisterTable::Coil,
        Table::Discrete => RegisterTable::Discrete,
    }
}

/// The requests that read every register point of `profile`, in order of table and address. No
/// point is split: what belongs together is read at one instant.
pub fn read_plan(profile: &Profile, most_gap: u16) -> Vec<Span> {
    let wanted = profile.points.iter().filter_map(|point| match &point.source {
        Source::Register(spec) => Some(Span {
            table: wire_table(spec.table),
            address: spec.address,
            words: spec.words,
        }),
        Source::Json(_) => None,
    });
    merge(wanted.collect(), most_gap)
}

/// Merges spans whose gap is at most `most_gap` registers, up to [`MOST_WORDS`].
pub fn merge(mut wanted: Vec<Span>, most_gap: u16) -> Vec<Span> {
    wanted.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in wanted {
        if let Some(last) = merged.last_mut() {
            let last_end = end(last.address, last.words);
            let joined_end = last_end.max(end(span.address, span.words));
            let joined = joined_end - u32::from(last.address);
            let near = u32::from(span.address) <= last_end + u32::from(most_gap);
            if last.table == span.table && near && joined <= u32::from(MOST_WORDS) {
                last.words = u16::try_from(joined).expect("at most 125");
                continue;
            }
        }
        merged.push(span);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(address: u16, words: u16) -> Span {
        Span {
            table: RegisterTable::Holding,
            address,
            words,
        }
    }

    #[test]
    fn near_points_share_a_request_and_far_ones_do_not() {
        assert_eq!(
            merge(vec![span(10, 2), span(0, 2), span(12, 1)], 8),
            vec![span(0, 13)]
        );
        assert_eq!(
            merge(vec![span(0, 2), span(11, 2)], 8),
            vec![span(0, 2), span(11, 2)]
        );
        let input = Span {
            table: RegisterTable::Input,
            address: 2,
            words: 2,
        };
        assert_eq!(merge(vec![span(0, 2), input], 8), vec![span(0, 2), input]);
    }

    #[test]
    fn a_request_never_asks_for_more_than_modbus_allows() {
        assert_eq!(
            merge(vec![span(0, 124), span(124, 2)], 8),
            vec![span(0, 124), span(124, 2)]
        );
        assert_eq!(
            merge(vec![span(65_530, 4), span(65_535, 1)], 8),
            vec![span(65_530, 6)]
        );
    }

    proptest! {
        #[test]
        fn every_point_lies_whole_in_one_request(
            points in prop::collection::vec((0u16..400, 1u16..9), 1..60), gap in 0u16..20
        ) {
            let wanted: Vec<Span> = points.iter().map(|(address, words)| span(*address, *words)).collect();
            let merged = merge(wanted.clone(), gap);
            for point in &wanted {
                prop_assert!(merged.iter().any(|m| m.covers(point.table, point.address, point.words)));
            }
            prop_assert!(merged.iter().all(|m| m.words <= MOST_WORDS));
            prop_assert!(merged.len() <= wanted.len());
        }
    }
}
