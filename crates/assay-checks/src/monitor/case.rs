//! One check of a monitor while it is judged: its tests before and after the decision, and what becomes of it.

use assay_core::drift::monitor::Confirm;
use assay_core::drift::record::{Curves, DriftRecord, SegmentRecord, TestRecord};
use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_core::problem::Place;
use assay_core::run::CheckRecord;
use assay_core::verdict::{self, Dimension, Observed, Outcome, Severity, Verdict};
use assay_stats::drift::{Bins, ColumnKind, Limits};

use crate::monitor::calibrate::effect_key;
use crate::monitor::decide::{leading, worst};
use crate::monitor::history::{self, CheckState};
use crate::monitor::plan::Stop;
use crate::monitor::segments;
use crate::monitor::show;

/// A check.
#[derive(Debug)]
pub(super) struct Case {
    pub id: String,
    /// `drift`, `correlation`, `covariance`, `dataset`, `concept`, `performance`, `segments`.
    pub check: &'static str,
    pub column: Option<String>,
    pub dimension: Dimension,
    pub at: Place,
    /// Why it was not compared.
    pub stop: Option<Stop>,
    pub kind: Option<ColumnKind>,
    pub tests: Vec<TestRecord>,
    pub segments: Vec<SegmentRecord>,
    pub bins: Option<Bins>,
    /// Where the bins of numbers begin and end.
    pub spans: Vec<(f64, f64)>,
    pub curves: Option<Curves>,
    /// The columns of a correlation.
    pub pair: Option<(String, String)>,
    pub figures: Vec<(&'static str, f64, f64)>,
    /// Unseen categories with their rows, most first.
    pub unseen: Vec<(String, u64)>,
    /// Live rows, and null and NaN cells of them.
    pub rows: Option<(u64, u64, u64)>,
    pub contribution: Option<f64>,
    pub notes: Vec<String>,
    /// Limits as written, where they are not those of the tests.
    pub written: Option<verdict::Limits>,
    /// The sentence, once the outcome is known.
    pub message: String,
}

/// What surrounds a check when it is finished.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    /// The window's name.
    pub window: &'a str,
    /// The windows before it.
    pub before: &'a [&'a WindowRow],
    pub confirm: Confirm,
    pub tags: &'a [String],
}

impl Case {
    /// A check without figures.
    pub fn new(id: String, check: &'static str, dimension: Dimension, at: Place) -> Self {
        Case {
            id,
            check,
            column: None,
            dimension,
            at,
            stop: None,
            kind: None,
            tests: Vec::new(),
            segments: Vec::new(),
            bins: None,
            spans: Vec::new(),
            curves: None,
            pair: None,
            figures: Vec::new(),
            unseen: Vec::new(),
            rows: None,
            contribution: None,
            notes: Vec::new(),
            written: None,
            message: String::new(),
        }
    }

    /// The same, not compared.
    pub fn stopped(mut self, stop: Stop) -> Self {
        self.message = stop.reason.text.clone();
        self.stop = Some(stop);
        self
    }

    /// How the whole of the window ended.
    pub fn whole(&self) -> Outcome {
        self.stop.as_ref().map_or_else(|| worst(&self.tests), |stop| stop.outcome)
    }

    /// How it ended: as the whole, or worse where a segment was bad. A segment that was skipped makes nothing worse.
    pub fn outcome(&self) -> Outcome {
        let bad = |outcome: &Outcome| matches!(outcome, Outcome::Warn | Outcome::Fail | Outcome::Error);
        self.segments.iter().map(|segment| segment.outcome).filter(bad).fold(self.whole(), Outcome::max)
    }

    /// Every test of it, those of segments last.
    pub fn tests_mut(&mut self) -> impl Iterator<Item = &mut TestRecord> {
        self.tests.iter_mut().chain(self.segments.iter_mut().flat_map(|segment| &mut segment.tests))
    }

    /// Gives segments the outcome of their tests.
    pub fn settle_segments(&mut self) {
        for segment in self.segments.iter_mut().filter(|segment| segment.reason.is_none()) {
            segment.outcome = worst(&segment.tests);
            if segment.outcome == Outcome::Skipped {
                segment.reason = leading(&segment.tests).and_then(|test| test.reason.clone());
            }
        }
    }

    /// The sentence with the column's name before it, and since when it is bad where that was before this window.
    pub fn told(&self, setting: &Setting<'_>) -> String {
        let column = self.column.as_deref().unwrap_or(&self.id);
        let between = if self.message.starts_with("moved: ") { " " } else { ": " };
        let state = self.state(setting);
        let since = state.since.filter(|since| is_bad(self.outcome()) && since != setting.window);
        let since = since.map_or_else(String::new, |since| format!(", since {since}"));
        format!("{column}{between}{}{since}", self.message)
    }

    /// Its state with this window.
    fn state(&self, setting: &Setting<'_>) -> CheckState {
        let before = history::state_of(&self.id, setting.before, setting.confirm);
        before.after(setting.window, self.outcome(), setting.confirm)
    }

    /// What is kept of it in history: effects of deciding tests that were decided.
    fn row(&self) -> WindowCheck {
        let effects = |tests: &[TestRecord], segment: Option<&str>| -> Vec<(String, f64)> {
            let decided = tests.iter().filter(|test| test.deciding && test.outcome != Outcome::Skipped);
            decided.filter_map(|test| Some((effect_key(&test.test, segment), test.effect?))).collect()
        };
        let mut all = effects(&self.tests, None);
        for segment in &self.segments {
            all.extend(effects(&segment.tests, Some(&segments::label(&segment.segment))));
        }
        WindowCheck { id: self.id.clone(), outcome: self.outcome(), effects: all }
    }

    /// The record for people and machines, and the row for history.
    pub fn finish(self, setting: &Setting<'_>) -> (CheckRecord, WindowCheck) {
        let row = self.row();
        let outcome = row.outcome;
        let state = self.state(setting);
        let bad = is_bad(outcome);
        let leads = leading(&self.tests);
        let mut verdict = Verdict::new(outcome, self.message);
        verdict.tested = self.rows.map(|(rows, _, _)| rows);
        verdict.nulls = self.rows.map(|(_, nulls, _)| nulls);
        verdict.nan = self.rows.map(|(_, _, nan)| nan).filter(|nan| *nan > 0);
        verdict.expected = self.written.as_ref().map_or_else(|| expected(&self.tests), as_written);
        verdict.limits = self.written.or_else(|| limits_as_text(&self.tests));
        verdict.observed = leads.and_then(|test| test.effect).map(Observed::Number);
        verdict.reason = match &self.stop {
            Some(stop) => Some(stop.reason.clone()),
            None if matches!(outcome, Outcome::Skipped | Outcome::Error) => leads.and_then(|test| test.reason.clone()),
            None => None,
        };
        verdict.notes = self.notes;
        let drift = DriftRecord {
            kind: self.kind,
            tests: self.tests,
            bins: self.bins,
            spans: self.spans,
            curves: self.curves,
            pair: self.pair,
            figures: self.figures.into_iter().map(|(name, base, live)| (name.into(), base, live)).collect(),
            segments: self.segments,
            since: state.since.clone().filter(|_| bad),
            pending: state.pending(setting.confirm).filter(|_| bad),
            contribution: self.contribution,
        };
        let record = CheckRecord {
            severity: severity(&drift.tests),
            id: self.id,
            check: self.check.to_owned(),
            column: self.column,
            dimension: self.dimension,
            at: self.at,
            why: None,
            tags: setting.tags.to_vec(),
            verdict,
            samples: None,
            drift: Some(Box::new(drift)),
        };
        (record, row)
    }
}

fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Warn | Outcome::Fail)
}

/// The worst that breaking the check can amount to.
fn severity(tests: &[TestRecord]) -> Severity {
    let limited = |test: &TestRecord| test.limits.is_some_and(|limits| limits.fail.is_some());
    let can_only_warn = tests.iter().any(|test| test.deciding) && !tests.iter().any(limited);
    if can_only_warn { Severity::Warn } else { Severity::Fail }
}

fn limits_as_text(tests: &[TestRecord]) -> Option<verdict::Limits> {
    let entries = |pick: fn(&Limits) -> Option<f64>| -> Vec<(String, String)> {
        let limit = |test: &TestRecord| Some((test.test.clone(), show::effect(&test.test, pick(&test.limits?)?)));
        tests.iter().filter(|test| test.deciding).filter_map(limit).collect()
    };
    let limits = verdict::Limits { warn: entries(|limits| limits.warn), fail: entries(|limits| limits.fail) };
    (!limits.warn.is_empty() || !limits.fail.is_empty()).then_some(limits)
}

/// `PSI below 0.25 (warn 0.1), missing below 5% (warn 1%)`.
fn expected(tests: &[TestRecord]) -> Option<String> {
    let one = |test: &TestRecord| {
        let name = show::effect_name(&test.test);
        let show = |limit: f64| show::effect(&test.test, limit);
        match test.limits? {
            Limits { warn: Some(warn), fail: Some(fail) } => {
                Some(format!("{name} below {} (warn {})", show(fail), show(warn)))
            }
            Limits { warn: Some(limit), fail: None } | Limits { warn: None, fail: Some(limit) } => {
                Some(format!("{name} below {}", show(limit)))
            }
            Limits { warn: None, fail: None } => None,
        }
    };
    let parts: Vec<String> = tests.iter().filter(|test| test.deciding).filter_map(one).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `max 4.2 (warn 4)`.
fn as_written(limits: &verdict::Limits) -> Option<String> {
    let join = |entries: &[(String, String)]| {
        entries.iter().map(|(word, text)| format!("{word} {text}")).collect::<Vec<_>>().join(", ")
    };
    match (limits.warn.is_empty(), limits.fail.is_empty()) {
        (true, true) => None,
        (true, false) => Some(join(&limits.fail)),
        (false, true) => Some(join(&limits.warn)),
        (false, false) => Some(format!("{} (warn {})", join(&limits.fail), join(&limits.warn))),
    }
}
