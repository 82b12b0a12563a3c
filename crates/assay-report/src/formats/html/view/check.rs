//! A check: what was expected and observed, how many rows, since when, and which ones.

use assay_core::measurement::Answered;
use assay_core::run::CheckRecord;
use assay_core::verdict::{Dimension, Outcome, Severity, Verdict};
use serde::Serialize;

use super::drift::{self, DriftView};
use super::plot::{self, Room};
use super::run::dimension_name;
use super::sample::{SamplesView, samples};
use super::trend::{Strip, Trend, figure_of};
use super::{Badge, Fact};
use crate::formats::text;
use crate::formats::text::figures::percent;
use crate::formats::text::words::{count, plural};

/// Samples and drawings of this many checks are open from the beginning.
const OPEN: usize = 3;

/// A check that did not pass, or one of a model.
#[derive(Debug, Serialize)]
pub(crate) struct CheckView {
    /// Of its element.
    pub id: String,
    pub badge: Badge,
    pub name: String,
    /// Checks that were not evaluated for the same reason.
    pub also: Vec<String>,
    pub sentence: String,
    /// The code of the reason, where it was not evaluated.
    pub code: Option<String>,
    /// Failing rows as a share of 1,000 tested, for a bar.
    pub bar: Option<u32>,
    pub facts: Vec<Fact>,
    pub why: Option<String>,
    pub tags: Vec<String>,
    pub notes: Vec<String>,
    pub place: String,
    /// `completeness, severity fail`.
    pub kind: String,
    pub samples: Option<SamplesView>,
    /// Whether its samples are open.
    pub open: bool,
    pub strip: Option<Strip>,
    /// A small curve of its figure, as markup.
    pub spark: Option<String>,
    pub drift: Option<DriftView>,
}

/// A check that passed, in one row.
#[derive(Debug, Serialize)]
pub(crate) struct PassedView {
    pub id: String,
    pub name: String,
    pub sentence: String,
    pub tested: Option<String>,
    pub failing: Option<String>,
    pub line: u32,
    pub notes: Vec<String>,
    /// A small curve of its figure, as markup; only where there is room for those of all checks.
    pub spark: Option<String>,
}

/// Checks by outcome, the contract's order within one; those of one reason together. The first ones are open.
pub(super) fn worst_first(
    mut checks: Vec<(String, &CheckRecord)>,
    trend: &Trend<'_>,
    room: &mut Room,
) -> Vec<CheckView> {
    checks.sort_by(|(_, a), (_, b)| {
        let by_outcome = b.verdict.outcome.cmp(&a.verdict.outcome);
        by_outcome.then(text::contribution(b).total_cmp(&text::contribution(a)))
    });
    let alike = checks.chunk_by(|(_, a), (_, b)| told_together(a, b));
    let view = |(at, alike): (usize, &[(String, &CheckRecord)])| {
        let [(id, first), more @ ..] = alike else { unreachable!("chunks are never empty") };
        CheckView {
            also: more.iter().map(|(_, check)| check.id.clone()).collect(),
            open: at < OPEN,
            ..one(id, first, trend, room)
        }
    };
    alike.enumerate().map(view).collect()
}

/// Whether neighbours were not evaluated for one and the same reason. Metrics of performance each have a past to show.
pub(super) fn told_together(a: &CheckRecord, b: &CheckRecord) -> bool {
    let is_followed = a.dimension == Dimension::Performance;
    !is_followed
        && a.verdict.reason.is_some()
        && a.verdict.reason == b.verdict.reason
        && a.verdict.outcome == b.verdict.outcome
}

/// A check of a model that passed, with fewer drawings.
pub(super) fn quiet(id: &str, check: &CheckRecord, trend: &Trend<'_>, room: &mut Room) -> CheckView {
    let drift = check.drift.as_deref().map(|record| drift::view(record, plot::small(record, room)));
    view(id, check, trend, drift, room)
}

fn one(id: &str, check: &CheckRecord, trend: &Trend<'_>, room: &mut Room) -> CheckView {
    let drift = check.drift.as_deref().map(|record| drift::view(record, plot::full(check, record, trend, room)));
    view(id, check, trend, drift, room)
}

fn view(id: &str, check: &CheckRecord, trend: &Trend<'_>, drift: Option<DriftView>, room: &mut Room) -> CheckView {
    let verdict = &check.verdict;
    let share = verdict.failing.zip(verdict.tested).filter(|(_, tested)| *tested > 0);
    let bar = share
        .filter(|(failing, _)| *failing > 0)
        .map(|(failing, tested)| ((failing as f64 / tested as f64 * 1000.0).round() as u32).clamp(4, 1000));
    CheckView {
        id: id.to_owned(),
        badge: verdict.outcome.into(),
        name: check.id.clone(),
        also: vec![],
        sentence: text::drift::message(check),
        code: verdict.reason.as_ref().map(|reason| reason.code.clone()),
        bar,
        facts: facts(check, trend),
        why: check.why.clone(),
        tags: check.tags.clone(),
        notes: verdict.notes.clone(),
        place: format!("{}:{}:{}", check.at.path, check.at.line, check.at.column),
        kind: kind(check),
        samples: check.samples.as_ref().and_then(samples),
        open: false,
        strip: trend.strip_of(&check.id),
        spark: plot::spark(&trend.figures(&check.id, &figure_of(check)), room),
        drift,
    }
}

/// What it looks after, and what breaking it amounts to.
fn kind(check: &CheckRecord) -> String {
    let severity = match check.severity {
        Severity::Fail => "fail",
        Severity::Warn => "warn",
    };
    format!("{}, severity {severity}", dimension_name(check.dimension))
}

fn facts(check: &CheckRecord, trend: &Trend<'_>) -> Vec<Fact> {
    let verdict = &check.verdict;
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(verdict.expected.as_ref().map(|expected| Fact::new("Expected", expected)));
    facts.extend(limits(verdict));
    if let (Some(failing), Some(tested)) = (verdict.failing, verdict.tested) {
        let share = if tested > 0 { format!(" ({})", percent(failing as f64 / tested as f64)) } else { String::new() };
        facts.push(Fact::new("Failing rows", format!("{} of {} tested{share}", count(failing), count(tested))));
    }
    facts.extend(verdict.tolerate.as_ref().map(|tolerate| Fact::new("Tolerated", tolerate)));
    facts.extend(left_out(verdict));
    let groups = verdict.groups.map(|groups| plural(groups as usize, "group"));
    let surplus = verdict.surplus.map(|surplus| format!("{} rows too many", count(surplus)));
    let duplicates: Vec<String> = groups.into_iter().chain(surplus).collect();
    facts.extend((!duplicates.is_empty()).then(|| Fact::new("Duplicates", duplicates.join(", "))));
    let since = if check.drift.is_none() { trend.since(&check.id) } else { None };
    facts.extend(since.map(|since| Fact::new("Bad since", since)));
    if verdict.from == Some(Answered::Footer) {
        facts.push(Fact::new("Answered by", "file footers alone"));
    }
    facts
}

/// `warn min 99%, fail min 95%`, where the contract gave a pair or named limits.
fn limits(verdict: &Verdict) -> Option<Fact> {
    let limits = verdict.limits.as_ref()?;
    let level = |level: &str, entries: &[(String, String)]| {
        let entries: Vec<String> = entries.iter().map(|(name, value)| format!("{name} {value}")).collect();
        (!entries.is_empty()).then(|| format!("{level} at {}", entries.join(" and ")))
    };
    let levels: Vec<String> = level("warn", &limits.warn).into_iter().chain(level("fail", &limits.fail)).collect();
    (!levels.is_empty()).then(|| Fact::new("Limits", levels.join(", ")))
}

/// Rows that the check did not decide on.
fn left_out(verdict: &Verdict) -> Option<Fact> {
    let kinds = [("null", verdict.nulls), ("NaN", verdict.nan), ("unknown (SQL null)", verdict.unknown)];
    let some = kinds.into_iter().filter_map(|(kind, n)| Some((kind, n.filter(|n| *n > 0)?)));
    let texts: Vec<String> = some.map(|(kind, n)| format!("{} {kind}", count(n))).collect();
    (!texts.is_empty()).then(|| Fact::new("Not tested", texts.join(", ")))
}

pub(super) fn passed(id: &str, check: &CheckRecord, trend: &Trend<'_>, room: &mut Room) -> PassedView {
    let verdict = &check.verdict;
    let moments = room.is_for_all().then(|| trend.figures(&check.id, &figure_of(check)));
    debug_assert_eq!(verdict.outcome, Outcome::Pass);
    PassedView {
        id: id.to_owned(),
        name: check.id.clone(),
        sentence: verdict.message.clone(),
        tested: verdict.tested.map(count),
        failing: verdict.failing.map(count),
        line: check.at.line,
        notes: verdict.notes.clone(),
        spark: moments.and_then(|moments| plot::spark(&moments, room)),
    }
}
