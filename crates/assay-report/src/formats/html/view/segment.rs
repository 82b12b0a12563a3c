//! Segments of a check: parts of the rows that were compared by themselves.

use std::cmp::Reverse;

use assay_core::drift::record::SegmentRecord;
use serde::Serialize;

use super::drift::{TestView, test};
use super::{Badge, WORST_FIRST};
use crate::drift::deciding_most;
use crate::formats::text::drift::label;
use crate::formats::text::words::{count, counted, plural};

/// Segments beyond this many are summed up.
const SHOWN: usize = 25;

/// All of a check.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct SegmentsView {
    /// `1 broken, 18 passed`.
    pub tally: String,
    pub rows: Vec<SegmentRow>,
    pub left_out: Option<String>,
}

/// One segment.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct SegmentRow {
    pub badge: Badge,
    pub name: String,
    /// The test that its outcome comes from.
    pub test: Option<TestView>,
    pub reason: Option<String>,
}

pub(super) fn segments(segments: &[SegmentRecord]) -> Option<SegmentsView> {
    if segments.is_empty() {
        return None;
    }
    let tally = |outcome| {
        let n = segments.iter().filter(|segment| segment.outcome == outcome).count();
        (n > 0).then(|| format!("{} {}", count(n as u64), counted(outcome, n)))
    };
    let mut worst: Vec<&SegmentRecord> = segments.iter().collect();
    worst.sort_by_key(|segment| Reverse(segment.outcome));
    let more = worst.len().saturating_sub(SHOWN);
    Some(SegmentsView {
        tally: WORST_FIRST.into_iter().filter_map(tally).collect::<Vec<_>>().join(", "),
        rows: worst.into_iter().take(SHOWN).map(row).collect(),
        left_out: (more > 0).then(|| format!("{} that ended no worse", plural(more, "more segment"))),
    })
}

fn row(segment: &SegmentRecord) -> SegmentRow {
    SegmentRow {
        badge: segment.outcome.into(),
        name: label(segment),
        test: deciding_most(&segment.tests).map(test),
        reason: segment.reason.as_ref().map(|reason| format!("{} ({})", reason.text, reason.code)),
    }
}
