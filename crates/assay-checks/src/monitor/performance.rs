//! The model's performance against labels: each metric by its limits and `confirm` alone, without p-value.

use assay_core::drift::monitor::{PerformanceBound, PerformanceLimit};
use assay_core::drift::record::TestRecord;
use assay_core::drift::state::{Figures, LabelledState};
use assay_core::verdict::{self, Dimension, Outcome, Reason};
use assay_stats::drift::NotComputed;
use assay_stats::performance::{Better, CLASSIFICATION, REGRESSION, find};

use crate::monitor::case::Case;
use crate::monitor::labels::{self, Labelled};
use crate::monitor::plan::{Prepared, Stop};
use crate::monitor::show;

/// The checks of performance, in the monitor's order.
pub(super) fn cases(prepared: &Prepared<'_>, labelled: Labelled<'_>, partial: bool) -> Vec<Case> {
    prepared.monitor.performance.iter().map(|limit| case(prepared, limit, labelled, partial)).collect()
}

/// A metric's value with whether only its size counts.
struct Value {
    value: f64,
    by_size: bool,
    rows: u64,
}

fn case(prepared: &Prepared<'_>, limit: &PerformanceLimit, labelled: Labelled<'_>, partial: bool) -> Case {
    let id = format!("performance.{}", limit.metric);
    let case = Case::new(id, "performance", Dimension::Performance, limit.at.clone());
    let state = match labelled {
        Labelled::Absent => return case.stopped(Stop::skipped("no_labels", "no labels were looked for")),
        Labelled::Unavailable(reason) => {
            return case.stopped(Stop { outcome: Outcome::Error, reason: reason.clone() });
        }
        Labelled::State(state) => match &state.labelled {
            Some(labelled) => labelled,
            None => return case.stopped(Stop::error("not_counted", "predictions were not joined with labels")),
        },
    };
    let case = Case { notes: labels::notes(state, partial), ..case };
    let coverage = prepared.monitor.labels.as_ref().map_or(0.0, |labels| labels.min_coverage);
    if let Some(stop) = labels::uncovered(state, coverage) {
        return case.stopped(stop);
    }
    match measure(state, limit.metric) {
        Err(why) => case.stopped(Stop::skipped(why.code, why.text)),
        Ok(found) if found.rows < prepared.monitor.window.min_rows => {
            let text = format!("too few rows: {} of {} labelled rows", found.rows, prepared.monitor.window.min_rows);
            case.stopped(Stop::skipped("too_few_rows", text))
        }
        Ok(found) => judge(prepared, case, limit, &found),
    }
}

/// The value of a metric, and the rows it is of.
fn measure(labelled: &LabelledState, metric: &str) -> Result<Value, NotComputed> {
    let unknown =
        || NotComputed { code: "not_applicable", text: format!("`{metric}` does not fit what the model predicts") };
    match &labelled.figures {
        Figures::Regression(state) => {
            let metric = find(REGRESSION, metric).ok_or_else(unknown)?;
            let value = (metric.compute)(state)?;
            Ok(Value { value, by_size: metric.better == Better::NearerZero, rows: state.n })
        }
        Figures::Classification(state) => {
            let metric = find(CLASSIFICATION, metric).ok_or_else(unknown)?;
            let value = (metric.compute)(state)?;
            let rows = state.confusion.n().max(state.scores.n());
            Ok(Value { value, by_size: metric.better == Better::NearerZero, rows })
        }
    }
}

/// Judges a metric. A metric that is better the nearer it is to 0 is held against `max` by its size.
fn judge(prepared: &Prepared<'_>, case: Case, limit: &PerformanceLimit, found: &Value) -> Case {
    let base = prepared.baseline.performance.get(limit.metric).copied();
    let resolved = |bound: &Option<PerformanceBound>| -> Result<Option<Bound>, Stop> {
        let Some(bound) = bound else { return Ok(None) };
        let value = if bound.of_baseline {
            let base = base.ok_or_else(|| {
                let text =
                    format!("the baseline holds no performance `{}` to multiply by {}", limit.metric, bound.text);
                Stop::error("not_in_baseline", text)
            })?;
            bound.value * if found.by_size { base.abs() } else { base }
        } else {
            bound.value
        };
        Ok(Some(Bound { at_least: bound.at_least, value, text: bound.text.clone() }))
    };
    let (warn, fail) = match (resolved(&limit.warn), resolved(&limit.fail)) {
        (Ok(warn), Ok(fail)) => (warn, fail),
        (Err(stop), _) | (_, Err(stop)) => return case.stopped(stop),
    };
    let held = if found.by_size { found.value.abs() } else { found.value };
    let breaks = |bound: &Option<Bound>| bound.as_ref().is_some_and(|bound| bound.is_broken(held));
    let outcome = if breaks(&fail) {
        Outcome::Fail
    } else if breaks(&warn) {
        Outcome::Warn
    } else {
        Outcome::Pass
    };
    let shown = match outcome {
        Outcome::Fail => fail.as_ref(),
        _ => warn.as_ref().or(fail.as_ref()),
    };
    let limit_text = shown.map_or_else(String::new, |bound| format!(" ({})", bound.show()));
    let base_text = base.map_or_else(String::new, |base| format!(", {} at training", show::number(base)));
    let bounds: Vec<f64> = [&warn, &fail].into_iter().flatten().map(|bound| bound.value).collect();
    let message = format!(
        "{} {}{limit_text}{base_text}, no p-value, {} labelled rows",
        limit.metric,
        show::number_near(found.value, &bounds),
        show::count(found.rows)
    );
    let numbers = assay_stats::drift::Limits {
        warn: warn.as_ref().map(|bound| bound.value),
        fail: fail.as_ref().map(|bound| bound.value),
    };
    let test = TestRecord {
        test: limit.metric.to_owned(),
        deciding: true,
        outcome,
        statistic: Some(found.value),
        statistic_high: None,
        p_value: None,
        p_from: Some("no p-value".to_owned()),
        adjusted_p: None,
        effect: Some(found.value),
        effect_high: None,
        limits: Some(numbers),
        null_p95: None,
        null_p99: None,
        df: None,
        n: None,
        m: Some(found.rows),
        shown: base.map(|base| ("baseline".to_owned(), base)).into_iter().collect(),
        reason: None::<Reason>,
        notes: Vec::new(),
    };
    let entry = |bound: &Option<Bound>| bound.iter().map(Bound::entry).collect();
    let limits = verdict::Limits { warn: entry(&warn), fail: entry(&fail) };
    Case { tests: vec![test], message, written: Some(limits), rows: None, ..case }
}

/// A limit as a number.
struct Bound {
    at_least: bool,
    value: f64,
    text: String,
}

impl Bound {
    /// A value at the limit keeps it.
    fn is_broken(&self, value: f64) -> bool {
        if self.at_least { value < self.value } else { value > self.value }
    }

    fn word(&self) -> &'static str {
        if self.at_least { "min" } else { "max" }
    }

    /// `max 4.83 = 1.15x baseline`.
    fn show(&self) -> String {
        let number = show::number(self.value);
        if self.text.contains("baseline") {
            format!("{} {number} = {}", self.word(), self.text)
        } else {
            format!("{} {number}", self.word())
        }
    }

    fn entry(&self) -> (String, String) {
        (self.word().to_owned(), self.text.clone())
    }
}
