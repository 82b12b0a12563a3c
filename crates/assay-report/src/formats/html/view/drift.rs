//! The figures of a check of a model: enough to repeat each by hand.

use assay_core::drift::record::{DriftRecord, TestRecord};
use assay_core::verdict::{Outcome, Reason};
use assay_stats::drift::{Bins, ColumnKind, Limits};
use serde::Serialize;

use super::segment::{SegmentsView, segments};
use super::{Badge, Plot};
use crate::formats::text::bins;
use crate::formats::text::figures::{number, p, percent};
use crate::formats::text::words::{count, plural};

/// Bins beyond this many are summed up, those first that add least to the PSI.
const BINS: usize = 24;

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct DriftView {
    pub kind: Option<&'static str>,
    /// `62% of the movement`, `mean 1.213 to 1.482`.
    pub headline: Vec<String>,
    /// Tests that decide.
    pub tests: Vec<TestView>,
    /// Tests that are shown without a limit.
    pub others: Vec<OthersView>,
    pub bins: Option<BinsView>,
    pub plots: Vec<Plot>,
    pub segments: Option<SegmentsView>,
}

/// One test.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct TestView {
    pub name: String,
    pub badge: Badge,
    pub effect: String,
    pub limits: String,
    pub adjusted_p: String,
    pub rows: String,
    /// Statistic, p-value with its source, what is common without drift, and what else is known of it.
    pub detail: String,
    pub notes: Vec<String>,
}

/// Tests that decide nothing and have the same p-value, from the same source.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct OthersView {
    /// Name and figures.
    pub tests: Vec<(String, String)>,
    /// `p 3.1e-180 from chi-square, df 10`.
    pub source: String,
    pub notes: Vec<String>,
}

/// Both counts of each bin.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct BinsView {
    pub rows: Vec<BinRow>,
    pub left_out: Option<String>,
}

/// A bin.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct BinRow {
    pub label: String,
    pub base_rows: String,
    pub base: String,
    pub live_rows: String,
    pub live: String,
    pub psi: String,
}

pub(super) fn view(record: &DriftRecord, plots: Vec<Plot>) -> DriftView {
    let kind = record.kind.map(|kind| match kind {
        ColumnKind::Numeric => "numeric",
        ColumnKind::Categorical => "categorical",
    });
    let (deciding, others): (Vec<_>, Vec<_>) = record.tests.iter().partition(|test| test.deciding);
    DriftView {
        kind,
        headline: headline(record),
        tests: deciding.into_iter().map(test).collect(),
        others: grouped(&others),
        bins: record.bins.as_ref().and_then(bin_rows),
        plots,
        segments: segments(&record.segments),
    }
}

fn headline(record: &DriftRecord) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(record.contribution.map(|share| format!("{} of the movement", percent(share))));
    parts.extend(record.since.as_ref().map(|since| format!("bad since {since}")));
    let figure = |(name, base, live): &(String, f64, f64)| format!("{name} {} to {}", number(*base), number(*live));
    parts.extend(record.figures.iter().map(figure));
    parts
}

/// A test's figures; what it has none of is empty.
pub(super) fn test(test: &TestRecord) -> TestView {
    TestView {
        name: test.test.clone(),
        badge: test.outcome.into(),
        effect: interval(test.effect, test.effect_high),
        limits: test.limits.map_or(String::new(), |limits| limit_words(&limits)),
        adjusted_p: test.adjusted_p.map_or(String::new(), p),
        rows: rows(test),
        detail: detail(test),
        notes: test.notes.clone(),
    }
}

/// In the order of their first test.
fn grouped(tests: &[&TestRecord]) -> Vec<OthersView> {
    let mut groups: Vec<OthersView> = Vec::new();
    for test in tests {
        let source = source(test);
        let figures = (test.test.clone(), figures(test));
        match groups.iter_mut().find(|group| group.source == source) {
            Some(group) => {
                group.tests.push(figures);
                group.notes.extend(test.notes.iter().cloned());
            }
            None => groups.push(OthersView { tests: vec![figures], source, notes: test.notes.clone() }),
        }
    }
    groups
}

/// `0.31, statistic 0.4, null_mean 0.0021`: effect first, the statistic where it is another figure.
fn figures(test: &TestRecord) -> String {
    let effect = interval(test.effect, test.effect_high);
    let statistic = interval(test.statistic, test.statistic_high);
    let differs = !statistic.is_empty() && statistic != effect;
    let mut parts: Vec<String> = Some(effect).filter(|effect| !effect.is_empty()).into_iter().collect();
    parts.extend(differs.then(|| format!("statistic {statistic}")));
    parts.extend(test.shown.iter().map(|(name, value)| format!("{name} {}", number(*value))));
    parts.join(", ")
}

/// Where its p-value comes from, or why it has none.
fn source(test: &TestRecord) -> String {
    if let Some(reason) = &test.reason {
        return not_run(test.outcome, reason);
    }
    let Some(value) = test.p_value else { return "no p-value".into() };
    let from = test.p_from.as_ref().map_or(String::new(), |from| format!(" from {from}"));
    let df = test.df.map_or(String::new(), |df| format!(", df {}", number(df)));
    format!("p {}{from}{df}", p(value))
}

fn not_run(outcome: Outcome, reason: &Reason) -> String {
    let word = if outcome == Outcome::Error { "not evaluable" } else { "skipped" };
    format!("{word}: {} ({})", reason.text, reason.code)
}

fn interval(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high.filter(|high| Some(*high) != low)) {
        (Some(low), Some(high)) => format!("{} to {}", number(low), number(high)),
        (Some(low), None) => number(low),
        (None, _) => String::new(),
    }
}

/// `0.1 warn, 0.25 fail`.
pub(super) fn limit_words(limits: &Limits) -> String {
    let level = |limit: Option<f64>, word: &str| limit.map(|limit| format!("{} {word}", number(limit)));
    level(limits.warn, "warn").into_iter().chain(level(limits.fail, "fail")).collect::<Vec<_>>().join(", ")
}

/// `without drift below 0.00035 (95%), 0.00045 (99%)`.
fn null_words(test: &TestRecord) -> Option<String> {
    let level = |value: Option<f64>, word: &str| value.map(|value| format!("{} ({word})", number(value)));
    let levels: Vec<String> = level(test.null_p95, "95%").into_iter().chain(level(test.null_p99, "99%")).collect();
    (!levels.is_empty()).then(|| format!("without drift below {}", levels.join(", ")))
}

fn rows(test: &TestRecord) -> String {
    match (test.n, test.m) {
        (Some(n), Some(m)) => format!("{} / {}", count(n), count(m)),
        (Some(n), None) => format!("{} / –", count(n)),
        (None, Some(m)) => format!("– / {}", count(m)),
        (None, None) => String::new(),
    }
}

fn detail(test: &TestRecord) -> String {
    let mut parts = Vec::new();
    parts.extend(test.reason.as_ref().map(|reason| not_run(test.outcome, reason)));
    let statistic = interval(test.statistic, test.statistic_high);
    parts.extend((!statistic.is_empty()).then(|| format!("statistic {statistic}")));
    parts.extend((test.reason.is_none() && test.statistic.is_some()).then(|| source(test)));
    parts.extend(null_words(test));
    parts.extend(test.shown.iter().map(|(name, value)| format!("{name} {}", number(*value))));
    parts.join(", ")
}

/// The bins that add most to the PSI, in their own order.
fn bin_rows(all: &Bins) -> Option<BinsView> {
    let rows = bins::rows(all);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| rows[*b].psi.total_cmp(&rows[*a].psi));
    let (most, others) = order.split_at_mut(BINS.min(rows.len()));
    most.sort_unstable();
    let psi: f64 = others.iter().map(|at| rows[*at].psi).sum();
    let left_out = (!others.is_empty())
        .then(|| format!("{} more add {} to the PSI", plural(others.len(), "bin"), bins::rounded(psi)));
    let row = |at: &usize| {
        let row = &rows[*at];
        BinRow {
            label: row.label.to_owned(),
            base_rows: count(row.base.rows),
            base: percent(row.base.share),
            live_rows: count(row.live.rows),
            live: percent(row.live.share),
            psi: bins::rounded(row.psi),
        }
    };
    (!most.is_empty()).then(|| BinsView { rows: most.iter().map(row).collect(), left_out })
}
