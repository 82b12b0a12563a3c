//! Columns of a window: every test on the whole, the deciding ones on each segment.

use assay_core::drift::monitor::TestLimits;
use assay_core::drift::record::SegmentRecord;
use assay_core::drift::state::{Cells, ColumnState, WindowState};
use assay_core::verdict::{Dimension, Outcome, Reason};
use assay_stats::drift::ColumnKind;

use crate::monitor::calibrate::{Past, Quiet, effect_key};
use crate::monitor::case::Case;
use crate::monitor::compare::{Sides, label, newcomers};
use crate::monitor::curves::curves;
use crate::monitor::decide::{Deciding, run_all, run_deciding};
use crate::monitor::figures::figures;
use crate::monitor::plan::{Prepared, Stop, Watched};
use crate::monitor::segments::{self, Segment};

/// Unseen categories that a sentence names.
const NAMED_UNSEEN: usize = 3;

/// The check of every watched column, in order; undecided.
pub(super) fn cases(prepared: &Prepared<'_>, state: &WindowState, past: &Past<'_>) -> Vec<Case> {
    let segments = segments::judged(&prepared.divisions);
    (0..prepared.columns.len()).map(|at| case(prepared, state, at, &segments, past)).collect()
}

fn case(prepared: &Prepared<'_>, state: &WindowState, at: usize, segments: &[Segment], past: &Past<'_>) -> Case {
    let column = &prepared.columns[at];
    let mut case = Case::new(column.id(), "drift", Dimension::Drift, column.at.clone());
    case.column = Some(column.name.clone());
    case.kind = Some(column.kind);
    case.notes = column.notes.clone();
    if let Some(stop) = &column.stop {
        return case.stopped(stop.clone());
    }
    let counted = |slot: usize| {
        let place = prepared.slot(at)?;
        state.segments.get(slot)?.columns.get(place)
    };
    let psi_bins = prepared.monitor.defaults.psi_bins;
    let live = counted(0);
    let sides = live.zip(prepared.base_of(column, None)).and_then(|(live, base)| Sides::new(base, live, psi_bins));
    let Some((live, sides)) = live.zip(sides) else {
        let text = "the window's rows were not counted against this baseline: evaluate it again";
        return case.stopped(Stop::error("not_counted", text));
    };
    let quiet = Quiet::of(past, &case.id);
    let deciding = limits(column, &quiet, None);
    case.tests = run_all(&sides, &deciding, prepared.monitor.window.min_rows);
    case.figures = sides.numeric().map_or_else(Vec::new, figures);
    case.unseen = unseen(live);
    case.rows = cells(live).map(|cells| (cells.rows, cells.nulls, cells.nan));
    case.curves = sides.numeric().and_then(|numeric| curves(&numeric.ranks()));
    case.spans = sides.spans;
    case.bins = Some(sides.bins);
    for segment in segments.iter().filter(|segment| !is_constant(column, segment)) {
        let deciding = limits(column, &quiet, Some(&segment.label()));
        let base = prepared.base_of(column, Some(segment));
        let sides = base.zip(counted(segment.slot)).and_then(|(base, live)| Sides::new(base, live, psi_bins));
        case.segments.push(segment_record(segment, sides.as_ref(), &deciding));
    }
    case
}

fn segment_record(
    segment: &Segment,
    sides: Option<&Sides<'_>>,
    deciding: &[(&'static str, Deciding)],
) -> SegmentRecord {
    let mut record =
        SegmentRecord { segment: segment.named.clone(), outcome: Outcome::Skipped, tests: Vec::new(), reason: None };
    let skip = |code: &str, text: String| Some(Reason { code: code.to_owned(), text });
    match sides {
        None => record.reason = skip("not_in_baseline", "the baseline holds no such segment".to_owned()),
        Some(sides) => {
            let (n, m) = sides.rows(true);
            if n.min(m) < segment.min_rows {
                let (rows, side) = if m < segment.min_rows { (m, "live") } else { (n, "baseline") };
                let text = format!("too few rows: {rows} of {} {side} rows", segment.min_rows);
                record.reason = skip("too_few_rows", text);
            }
            record.tests = run_deciding(sides, deciding, segment.min_rows);
        }
    }
    record
}

/// Whether a segment has a single value of the column.
fn is_constant(column: &Watched<'_>, segment: &Segment) -> bool {
    let name = column.base.map_or(column.name.as_str(), |base| base.name.as_str());
    !segment.is_other && segment.named.iter().any(|(by, _)| by == name)
}

/// The deciding tests with their limits, own or calibrated.
fn limits(column: &Watched<'_>, quiet: &Quiet<'_>, segment: Option<&str>) -> Vec<(&'static str, Deciding)> {
    let calibrated = |test: &TestLimits| quiet.limits(test.test, &effect_key(test.test, segment), test.limits);
    column.tests.iter().map(|test| (test.test, calibrated(test))).collect()
}

fn cells(live: &ColumnState) -> Option<Cells> {
    match live {
        ColumnState::Ranks(state) => Some(state.cells),
        ColumnState::Categories(state) => Some(state.cells),
        ColumnState::Cells(cells) => Some(*cells),
        ColumnState::Nothing | ColumnState::Sample(_) | ColumnState::Values(_) | ColumnState::LabelsBy(_) => None,
    }
}

/// The commonest unseen categories with their rows.
fn unseen(live: &ColumnState) -> Vec<(String, u64)> {
    let ColumnState::Categories(state) = live else { return Vec::new() };
    newcomers(state).into_iter().take(NAMED_UNSEEN).map(|(category, rows)| (label(category), *rows)).collect()
}

/// What a column is tested as, for sentences.
pub(super) fn is_categorical(case: &Case) -> bool {
    case.kind == Some(ColumnKind::Categorical)
}
