//! The decision rule: a test decides drift when its effect reaches a limit, its p-value, adjusted for its family, is
//! below alpha, and it has enough rows on both sides. Too few rows is skipped, never a pass. Tests without p-value
//! decide by the limit alone.

use assay_core::drift::record::TestRecord;
use assay_core::verdict::{Outcome, Reason};
use assay_stats::PValue;
use assay_stats::corrections::Correction;
use assay_stats::drift::{Drift, DriftTest, Limits, NotComputed, correlation, registry};

use crate::monitor::compare::Sides;
use crate::monitor::plan::Stop;
use crate::monitor::show;

/// A test's limits where it decides, with what there is to say about them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deciding {
    pub limits: Limits,
    pub notes: Vec<String>,
}

/// Every test of the registry that can be computed for these sides: deciding ones first, in the order of `deciding`,
/// which names tests with their limits. A deciding test that does not apply to such a column is an error.
pub(super) fn run_all(sides: &Sides<'_>, deciding: &[(&'static str, Deciding)], min_rows: u64) -> Vec<TestRecord> {
    let mut records = run_deciding(sides, deciding, min_rows);
    let is_other = |test: &&&dyn DriftTest| !deciding.iter().any(|(name, _)| *name == test.name());
    let shown = registry::TESTS.iter().filter(is_other).filter(|test| applies(**test, sides));
    records.extend(shown.map(|test| run(sides, *test, None, min_rows)));
    records
}

/// The deciding tests alone, for segments.
pub(super) fn run_deciding(sides: &Sides<'_>, deciding: &[(&'static str, Deciding)], min_rows: u64) -> Vec<TestRecord> {
    let one = |(name, decides): &(&'static str, Deciding)| match registry::find(name) {
        Some(test) if applies(test, sides) => run(sides, test, Some(decides), min_rows),
        _ => {
            let text = format!("`{name}` does not apply to such a column");
            stopped(name, &Stop::error("test_not_applicable", text), Some(decides))
        }
    };
    deciding.iter().map(one).collect()
}

fn applies(test: &dyn DriftTest, sides: &Sides<'_>) -> bool {
    test.applies_to(sides.kind()) && (!sides.has_cells_alone() || test.name() == "missing")
}

fn run(sides: &Sides<'_>, test: &dyn DriftTest, deciding: Option<&Deciding>, min_rows: u64) -> TestRecord {
    let rows = sides.rows(test.uses_all_rows());
    let mut record = record(test.name(), test.compare(&sides.comparison()), deciding, Some((rows, min_rows)));
    // missing cells were all counted
    if let Some((n, total)) = sides.sampled.filter(|_| test.name() != "missing") {
        let sampled = format!("n = {} sampled of {}", show::count(n), show::count(total));
        record.p_from = record.p_from.map(|from| format!("{from}, {sampled}"));
    }
    record
}

/// A record of a test; its outcome is a pass or skipped until [`decide`] was asked. `rows` are those of both sides and
/// `min_rows`.
pub(super) fn record(
    name: &str,
    found: Result<Drift, NotComputed>,
    deciding: Option<&Deciding>,
    rows: Option<((u64, u64), u64)>,
) -> TestRecord {
    let mut record = blank(name, deciding);
    match found {
        Ok(drift) => fill(&mut record, drift),
        Err(why) => {
            record.outcome = Outcome::Skipped;
            record.reason = Some(Reason { code: why.code.to_owned(), text: why.text });
        }
    }
    if let Some(((n, m), min_rows)) = rows {
        record.n.get_or_insert(n);
        record.m.get_or_insert(m);
        let needed = min_rows.max(least(name));
        if record.deciding && n.min(m) < needed {
            let (rows, side) = if m < needed { (m, "live") } else { (n, "baseline") };
            record.outcome = Outcome::Skipped;
            let own = if needed > min_rows { format!(" (the least for `{name}`)") } else { String::new() };
            let text = format!("too few rows: {rows} of {needed} {side} rows{own}");
            record.reason = Some(Reason { code: "too_few_rows".to_owned(), text });
        }
    }
    record
}

/// Rows that a test needs on both sides whatever `min_rows` says.
fn least(test: &str) -> u64 {
    if test == "correlation" { correlation::LEAST_TO_JUDGE } else { 0 }
}

/// The record of a test that was not computed.
pub(super) fn stopped(name: &str, stop: &Stop, deciding: Option<&Deciding>) -> TestRecord {
    TestRecord { outcome: stop.outcome, reason: Some(stop.reason.clone()), ..blank(name, deciding) }
}

fn blank(name: &str, deciding: Option<&Deciding>) -> TestRecord {
    TestRecord {
        test: name.to_owned(),
        deciding: deciding.is_some_and(|deciding| has_limit(&deciding.limits)),
        outcome: Outcome::Pass,
        statistic: None,
        statistic_high: None,
        p_value: None,
        p_from: None,
        adjusted_p: None,
        effect: None,
        effect_high: None,
        limits: deciding.map(|deciding| deciding.limits),
        null_p95: None,
        null_p99: None,
        df: None,
        n: None,
        m: None,
        shown: Vec::new(),
        reason: None,
        notes: deciding.map_or_else(Vec::new, |deciding| deciding.notes.clone()),
    }
}

fn fill(record: &mut TestRecord, drift: Drift) {
    record.statistic = Some(drift.statistic);
    record.statistic_high = drift.statistic_high;
    record.p_value = drift.p;
    record.p_from = Some(drift.p_from.to_owned());
    record.effect = Some(drift.effect);
    record.effect_high = drift.effect_high;
    record.null_p95 = drift.null_p95;
    record.null_p99 = drift.null_p99;
    record.df = drift.df;
    record.n = Some(drift.n);
    record.m = Some(drift.m);
    record.shown = drift.shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    record.shown.extend(drift.at.map(|at| ("at".to_owned(), at)));
    record.notes.extend(drift.notes);
}

fn has_limit(limits: &Limits) -> bool {
    limits.warn.is_some() || limits.fail.is_some()
}

/// Whether a test's p-value counts in its family: it decides (so it has a limit) and was not skipped.
fn counts(record: &TestRecord) -> bool {
    record.deciding && record.outcome == Outcome::Pass && record.p_value.is_some()
}

/// Adjusts the p-values of a family, then decides each test. Returns how many p-values the family has.
pub(super) fn decide(family: &mut [&mut TestRecord], correction: Correction, alpha: f64) -> usize {
    let p_values: Vec<PValue> = family.iter().filter(|record| counts(record)).filter_map(|r| r.p_value).collect();
    let adjusted = correction.adjust(&p_values);
    let mut adjusted = adjusted.into_iter();
    for record in family.iter_mut() {
        if counts(record) {
            record.adjusted_p = adjusted.next();
        }
        decide_one(record, alpha);
    }
    p_values.len()
}

fn decide_one(record: &mut TestRecord, alpha: f64) {
    let (Some(limits), Some(effect), Outcome::Pass) = (record.limits, record.effect, record.outcome) else { return };
    if !record.deciding {
        return;
    }
    // a test without p-value decides by its limit alone
    let significant = record.adjusted_p.is_none_or(|p| p.value() < alpha);
    let reaches = |limit: Option<f64>| limit.is_some_and(|limit| effect >= limit);
    if significant && reaches(limits.fail) {
        record.outcome = Outcome::Fail;
    } else if significant && reaches(limits.warn) {
        record.outcome = Outcome::Warn;
    }
    for limit in [limits.warn, limits.fail].into_iter().flatten() {
        if let Some(high) = record.effect_high.filter(|high| effect < limit && limit <= *high) {
            let text = format!(
                "the limit {} lies within the interval {} to {}: judged at its lower end",
                show::number(limit),
                show::number(effect),
                show::number(high)
            );
            record.notes.push(text);
        }
    }
}

/// The worst outcome of the deciding tests; skipped without any.
pub(super) fn worst(records: &[TestRecord]) -> Outcome {
    records.iter().filter(|record| record.deciding).map(|record| record.outcome).max().unwrap_or(Outcome::Skipped)
}

/// How far a test's effect is towards its limit: 1 at the fail limit, else at the warn limit; `None` where it was not
/// decided. At most a million, so that an infinite effect can be weighed.
pub(super) fn ratio(record: &TestRecord) -> Option<f64> {
    if !matches!(record.outcome, Outcome::Pass | Outcome::Warn | Outcome::Fail) {
        return None;
    }
    let limits = record.limits?;
    let limit = limits.fail.or(limits.warn)?;
    let effect = record.effect.filter(|effect| !effect.is_nan())?.max(0.0);
    let ratio = if limit > 0.0 { effect / limit } else { effect };
    Some(ratio.min(1e6))
}

/// The test to speak of: of those that ended worst, the one that went farthest towards its limit.
pub(super) fn leading<'r>(records: &'r [TestRecord]) -> Option<&'r TestRecord> {
    let worst = worst(records);
    let candidates = records.iter().filter(|record| record.deciding && record.outcome == worst);
    // the first of equals
    candidates.fold(None, |best: Option<&'r TestRecord>, record| match best {
        Some(best) if ratio(best).unwrap_or(0.0) >= ratio(record).unwrap_or(0.0) => Some(best),
        _ => Some(record),
    })
}
