//! From what a monitor concluded to its part of `assay.result/v1`.

use assay_core::drift::record::{
    BaselineRecord, DriftRecord, MonitorRecord, Ranked, RetrainRecord, SegmentRecord, TestRecord, WindowRecord,
};
use assay_core::text::format_float;
use assay_core::verdict;
use assay_stats::PValue;
use assay_stats::drift::ColumnKind;

use super::super::result::drift as v1;
use super::super::result::{Datum, Entries};
use super::{outcome, reason};
use crate::drift::deciding_most;

/// Below this a p-value is told by its logarithm.
const SMALLEST_P_LOG10: f64 = -300.0;

pub(super) fn monitor(monitor: &MonitorRecord) -> v1::Monitor {
    v1::Monitor {
        window: monitor.window.as_ref().map(window),
        baseline: monitor.baseline.as_ref().map(baseline),
        model: monitor.model.clone().map(|(name, version)| v1::Model { name, version }),
        ranking: monitor.ranking.iter().map(ranked).collect(),
        retrain: monitor.retrain.as_ref().map(retrain),
        notes: monitor.notes.clone(),
    }
}

fn window(window: &WindowRecord) -> v1::Window {
    v1::Window {
        name: window.name.clone(),
        start: window.start.clone(),
        end: window.end.clone(),
        revision: window.revision,
        rows: window.rows,
        late_rows: window.late_rows,
        rows_without_time: window.rows_without_time,
        partial: window.partial,
    }
}

fn baseline(baseline: &BaselineRecord) -> v1::Baseline {
    v1::Baseline {
        name: baseline.name.clone(),
        sha256: baseline.sha256.clone(),
        rows: baseline.rows,
        created_at: baseline.created_at.clone(),
        formula_version: baseline.formula_version,
        windows: baseline.windows.clone(),
    }
}

fn ranked(ranked: &Ranked) -> v1::Ranked {
    v1::Ranked {
        column: ranked.column.clone(),
        outcome: outcome(ranked.outcome),
        contribution: number(ranked.contribution),
        moved: ranked.moved.clone(),
    }
}

fn retrain(retrain: &RetrainRecord) -> v1::Retrain {
    v1::Retrain {
        id: retrain.id.clone(),
        state: retrain.state.clone(),
        idempotency_key: retrain.idempotency_key.clone(),
        message: retrain.text.clone(),
    }
}

pub(super) fn drift(drift: &DriftRecord) -> v1::Drift {
    let decided = deciding_most(&drift.tests);
    v1::Drift {
        tested_as: drift.kind.map(|kind| match kind {
            ColumnKind::Numeric => v1::TestedAs::Numeric,
            ColumnKind::Categorical => v1::TestedAs::Categorical,
        }),
        test: decided.map(|test| test.test.clone()),
        figures: decided.map(figures),
        bins: drift.bins.as_ref().map(|bins| v1::Bins {
            labels: bins.labels.clone(),
            baseline: bins.base.clone(),
            live: bins.live.clone(),
        }),
        moved: drift.figures.iter().map(moved).collect(),
        tests: drift.tests.iter().map(test).collect(),
        segments: segments(&drift.segments),
        since: drift.since.clone(),
        pending: drift.pending.map(|(windows, of)| v1::Pending { windows, of }),
        contribution: drift.contribution.map(number),
    }
}

fn moved((figure, baseline, live): &(String, f64, f64)) -> v1::Moved {
    v1::Moved { figure: figure.clone(), baseline: number(*baseline), live: number(*live) }
}

fn figures(test: &TestRecord) -> v1::Figures {
    let (p_value, p_log10) = probability(test.p_value);
    let (adjusted_p, adjusted_p_log10) = probability(test.adjusted_p);
    v1::Figures {
        statistic: test.statistic.map(number),
        statistic_high: test.statistic_high.map(number),
        p_value,
        p_log10,
        p_from: test.p_from.clone(),
        adjusted_p,
        adjusted_p_log10,
        effect: test.effect.map(number),
        effect_high: test.effect_high.map(number),
        limit: test
            .limits
            .filter(|limits| limits.warn.is_some() || limits.fail.is_some())
            .map(|limits| v1::Limit { warn: limits.warn.map(number), fail: limits.fail.map(number) }),
        null_p95: test.null_p95.map(number),
        null_p99: test.null_p99.map(number),
        df: test.df.map(number),
        n: test.n,
        m: test.m,
    }
}

/// A p-value, or where it is too small its decimal logarithm.
fn probability(p: Option<PValue>) -> (Option<f64>, Option<f64>) {
    let Some(p) = p else { return (None, None) };
    let log10 = p.log10();
    if log10.is_finite() && log10 < SMALLEST_P_LOG10 { (None, Some(log10)) } else { (Some(p.value()), None) }
}

fn test(test: &TestRecord) -> v1::Test {
    let shown = || Entries(test.shown.iter().map(|(name, value)| (name.clone(), number(*value))).collect());
    v1::Test {
        test: test.test.clone(),
        deciding: test.deciding,
        outcome: outcome(test.outcome),
        figures: figures(test),
        shown: (!test.shown.is_empty()).then(shown),
        reason: test.reason.as_ref().map(reason),
        notes: test.notes.clone(),
    }
}

fn segments(segments: &[SegmentRecord]) -> Option<v1::Segments> {
    if segments.is_empty() {
        return None;
    }
    let mut by: Vec<String> = Vec::new();
    for (column, _) in segments.iter().flat_map(|segment| &segment.segment) {
        if !by.contains(column) {
            by.push(column.clone());
        }
    }
    let count = |wanted: verdict::Outcome| {
        let n = segments.iter().filter(|segment| segment.outcome == wanted).count() as u64;
        (n > 0).then_some(n)
    };
    Some(v1::Segments {
        by,
        total: segments.len() as u64,
        shown: segments.len() as u64,
        pass: count(verdict::Outcome::Pass),
        warn: count(verdict::Outcome::Warn),
        fail: count(verdict::Outcome::Fail),
        error: count(verdict::Outcome::Error),
        skipped: count(verdict::Outcome::Skipped),
        items: segments.iter().map(segment).collect(),
    })
}

fn segment(segment: &SegmentRecord) -> v1::Segment {
    let decided = deciding_most(&segment.tests);
    let value = |value: &Option<String>| value.clone().map_or(Datum::Null, Datum::Text);
    v1::Segment {
        segment: Entries(segment.segment.iter().map(|(column, of)| (column.clone(), value(of))).collect()),
        outcome: outcome(segment.outcome),
        tested: decided.and_then(|test| test.m),
        observed: decided.and_then(|test| test.effect).map(number),
        tests: segment.tests.iter().map(test).collect(),
        reason: segment.reason.as_ref().map(reason),
    }
}

/// JSON has no NaN and no infinities.
fn number(number: f64) -> v1::Number {
    if number.is_finite() { v1::Number::Finite(number) } else { v1::Number::Other(format_float(number)) }
}
