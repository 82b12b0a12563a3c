//! What footers prove, row group by row group.

use assay_core::measurement::{Extremes, Measurement, Tally};
use assay_core::metric::{Bounds, Metric, MetricKind, Predicate, ValueTest};
use assay_core::value::Value;

use crate::sources::Footers;
use crate::table::OpenedTable;

/// The metric's value over one row group, where its footer leaves no doubt.
pub(crate) fn prove(table: &OpenedTable, footers: &dyn Footers, metric: &Metric, group: usize) -> Option<Measurement> {
    if !metric.filter.0.is_empty() {
        return None;
    }
    let rows = footers.rows(group);
    let stats = |column: &assay_core::metric::Column| {
        let at = table.index(&column.0).ok()?;
        table.is_plain(at).then(|| footers.column(group, at))
    };
    match &metric.kind {
        MetricKind::RowCount => Some(Measurement::Rows(rows)),
        MetricKind::Matches(Predicate::Test {
            column,
            test: ValueTest::Present { markers, blank_is_missing: false },
        }) if markers.is_empty() => {
            let nulls = stats(column)?.nulls?;
            Some(Measurement::Tally(Tally { selected: rows, tested: rows, failing: nulls, ..Tally::default() }))
        }
        MetricKind::Matches(Predicate::Test { column, test: ValueTest::Within { bounds, .. } }) => {
            let stats = stats(column)?;
            let nulls = stats.nulls?;
            let tested = rows.checked_sub(nulls)?;
            let proven =
                tested == 0 || stats.range.is_some_and(|(min, max)| within(&min, bounds) && within(&max, bounds));
            proven.then_some(Measurement::Tally(Tally { selected: rows, tested, nulls, ..Tally::default() }))
        }
        MetricKind::Extremes(column) => {
            let stats = stats(column)?;
            let tested = rows.checked_sub(stats.nulls?)?;
            let (min, max) = match stats.range {
                _ if tested == 0 => (None, None),
                Some((min, max)) => (Some(min), Some(max)),
                None => return None,
            };
            Some(Measurement::Extremes(Extremes { selected: rows, tested, min, max }))
        }
        MetricKind::Matches(_)
        | MetricKind::Duplicates { .. }
        | MetricKind::Sum(_)
        | MetricKind::Quantiles { .. }
        | MetricKind::Orphans { .. }
        | MetricKind::Live(_) => None,
    }
}

/// Whether a value lies within bounds of its own kind. Bounds of another kind prove nothing.
fn within(value: &Value, bounds: &Bounds) -> bool {
    let same_kind = |bound: &Value| std::mem::discriminant(bound) == std::mem::discriminant(value);
    bounds
        .lower
        .as_ref()
        .is_none_or(|b| same_kind(&b.value) && (b.value < *value || (b.inclusive && b.value == *value)))
        && bounds
            .upper
            .as_ref()
            .is_none_or(|b| same_kind(&b.value) && (b.value > *value || (b.inclusive && b.value == *value)))
}
