//! Checks that test rows: each counts the rows that fail, and judges them against what may fail.

use std::fmt::Debug;

use assay_core::check::{Check, Context, RowSelector, TableRef};
use assay_core::measurement::{Answered, Measured, Measurement, Measurements};
use assay_core::metric::{Column, Filter, Metric, MetricKind, Predicate, ValueTest};
use assay_core::verdict::{Limits, NotRun, Observed, Outcome, Severity, Verdict};

use crate::build::{BuildContext, Built};
use crate::common::{Frame, Scope};
use crate::levels::Levels;
use crate::percent::{self, Percent};
use crate::registry::CheckSpec;
use crate::tolerance::Tolerance;

/// What is particular to a check of rows.
pub trait Rule: Debug + Send + Sync {
    /// What to measure on the table as it was found.
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun>;

    /// How to speak of it.
    fn words(&self) -> Words;

    /// Other tables it reads.
    fn tables(&self) -> Vec<TableRef> {
        Vec::new()
    }
}

/// What a rule wants measured.
#[derive(Debug)]
pub struct RowPlan {
    /// The measurement: a tally or duplicates.
    pub kind: MetricKind,
    /// The columns at fault, shown in samples.
    pub show: Vec<Column>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// How to speak of a rule: `9 of 10 rows <holds>`, `1 of 10 rows <breaks>`.
#[derive(Debug)]
pub struct Words {
    /// `within 0 to 100`.
    pub holds: String,
    /// `outside 0 to 100`.
    pub breaks: String,
    /// `0 to 100`.
    pub expected: String,
}

impl Words {
    /// From its three parts.
    pub fn new(holds: impl Into<String>, breaks: impl Into<String>, expected: impl Into<String>) -> Self {
        Words { holds: holds.into(), breaks: breaks.into(), expected: expected.into() }
    }
}

/// What may fail.
#[derive(Debug, Clone)]
pub enum Allowance {
    /// So many failing rows.
    Tolerate(Levels<Tolerance>),
    /// At least this share of good rows.
    Min(Levels<Percent>),
}

/// A check of rows.
#[derive(Debug)]
pub struct RowCheck<R> {
    rule: R,
    scope: Scope,
    allowance: Allowance,
    severity: Severity,
    empty_passes: bool,
}

/// Rows by how they ended.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    selected: u64,
    tested: u64,
    failing: u64,
    nulls: u64,
    unparsed: u64,
    nan: u64,
    unknown: u64,
    duplicates: Option<(u64, u64)>,
}

/// Finishes a check of rows that takes `tolerate` alone.
pub fn build<R: Rule + 'static>(rule: R, frame: Frame, spec: &CheckSpec, at: &BuildContext<'_>) -> Built {
    let tolerate = frame.tolerate.as_ref().map_or(Levels::One(Tolerance::NONE), |t| t.value.clone());
    build_with(rule, Allowance::Tolerate(tolerate), frame, spec, at)
}

/// Finishes a check of rows.
pub fn build_with<R: Rule + 'static>(
    rule: R,
    allowance: Allowance,
    frame: Frame,
    spec: &CheckSpec,
    at: &BuildContext<'_>,
) -> Built {
    let severity = match &allowance {
        Allowance::Tolerate(levels) => levels.worst(frame.severity),
        Allowance::Min(levels) => levels.worst(frame.severity),
    };
    let empty_passes = frame.empty_passes.unwrap_or(at.empty_row_checks_pass);
    let check = RowCheck { rule, scope: frame.scope, allowance, severity: frame.severity, empty_passes };
    Built {
        id: frame.id,
        id_given: frame.id_given,
        name: spec.name,
        dimension: spec.dimension,
        severity,
        why: frame.why,
        tags: frame.tags,
        span: frame.span,
        check: Box::new(check),
    }
}

impl<R: Rule> RowCheck<R> {
    fn plan(&self, at: &Context<'_>) -> Result<(Metric, RowPlan), NotRun> {
        let plan = self.rule.plan(at)?;
        let metric = self.scope.metric(plan.kind.clone(), at)?;
        Ok((metric, plan))
    }
}

impl<R: Rule> Check for RowCheck<R> {
    fn metrics(&self, at: &Context<'_>) -> Result<Vec<Metric>, NotRun> {
        let (metric, _) = self.plan(at)?;
        Ok([metric].into_iter().chain(self.scope.base(at)).collect())
    }

    fn judge(&self, seen: &Measurements, at: &Context<'_>) -> Verdict {
        let (metric, plan) = match self.plan(at) {
            Ok(planned) => planned,
            Err(why) => return Verdict::not_run(why),
        };
        let (counts, from) = match counts(seen, &metric) {
            Ok(found) => found,
            Err(why) => return Verdict::not_run(why),
        };
        let mut verdict = if counts.tested == 0 {
            self.vacuous(&counts, rows_before_where(seen, &self.scope, at))
        } else {
            self.decide(&counts)
        };
        let of_presence =
            matches!(plan.kind, MetricKind::Matches(Predicate::Test { test: ValueTest::Present { .. }, .. }));
        fill(&mut verdict, &counts, of_presence);
        verdict.from = Some(from);
        verdict.notes = plan.notes;
        verdict
    }

    fn failing_rows(&self, at: &Context<'_>) -> Option<RowSelector> {
        let (metric, plan) = self.plan(at).ok()?;
        Some(RowSelector { metric, show: plan.show })
    }

    fn tables(&self) -> Vec<TableRef> {
        self.rule.tables()
    }

    fn reads_all_rows(&self) -> bool {
        self.scope.is_lifted()
    }
}

impl<R: Rule> RowCheck<R> {
    fn vacuous(&self, counts: &Counts, before: Option<u64>) -> Verdict {
        let outcome = if self.empty_passes { Outcome::Pass } else { self.worst().outcome() };
        let mut message = nothing_tested(counts.selected, before);
        if !self.empty_passes {
            message.push_str(", expected some");
        }
        Verdict::new(outcome, message)
    }

    fn worst(&self) -> Severity {
        match &self.allowance {
            Allowance::Tolerate(levels) => levels.worst(self.severity),
            Allowance::Min(levels) => levels.worst(self.severity),
        }
    }

    fn decide(&self, counts: &Counts) -> Verdict {
        match &self.allowance {
            Allowance::Tolerate(levels) => self.decide_tolerated(levels, counts),
            Allowance::Min(levels) => self.decide_share(levels, counts),
        }
    }

    fn decide_tolerated(&self, levels: &Levels<Tolerance>, counts: &Counts) -> Verdict {
        let Counts { tested, failing, .. } = *counts;
        let broken = levels.broken(self.severity, |tolerance| !tolerance.allows(failing, tested));
        let outcome = broken.map_or(Outcome::Pass, |(level, _)| level.outcome());
        let tolerance =
            broken.map(|(_, tolerance)| tolerance).or(levels.strictest(self.severity)).unwrap_or(&Tolerance::NONE);
        let words = self.rule.words();
        let message = if failing == 0 {
            format!("{tested} of {tested} rows {}", words.holds)
        } else {
            let share = tolerance.share().map(|share| format!(" ({})", percent::show(failing, tested, &[share])));
            let detail = counts
                .duplicates
                .map(|(groups, surplus)| format!(" ({}, {surplus} surplus)", counted(groups, "group")));
            let (share, detail) = (share.unwrap_or_default(), detail.unwrap_or_default());
            format!("{failing} of {tested} rows {}{share}{detail}, {}", words.breaks, tolerance.words())
        };
        let mut verdict = Verdict::new(outcome, message + &left_out(counts));
        verdict.expected = Some(words.expected);
        verdict.tolerate = Some(tolerance.text());
        if levels.is_pair() {
            let mut limits = Limits::default();
            levels.record("tolerate", self.severity, Tolerance::text, &mut limits);
            verdict.limits = Some(limits);
        }
        verdict
    }

    fn decide_share(&self, levels: &Levels<Percent>, counts: &Counts) -> Verdict {
        let Counts { tested, failing, .. } = *counts;
        let good = tested - failing;
        let broken = levels.broken(self.severity, |min| min.compare(good, tested).is_lt());
        let outcome = broken.map_or(Outcome::Pass, |(level, _)| level.outcome());
        let all = Percent::all();
        let min = broken.map(|(_, min)| min).or(levels.strictest(self.severity)).unwrap_or(&all);
        let words = self.rule.words();
        let detail = counts
            .duplicates
            .map_or(String::new(), |(groups, surplus)| format!(" in {}, {surplus} surplus", counted(groups, "group")));
        let share = percent::show(good, tested, &[min]);
        let expected = if *min == all { "100%".to_owned() } else { format!("at least {}", min.text()) };
        let message =
            format!("{share} {} ({failing} of {tested} {}{detail}), expected {expected}", words.holds, words.breaks);
        let mut verdict = Verdict::new(outcome, message + &left_out(counts));
        verdict.expected = Some(expected);
        verdict.observed = Some(Observed::Number(good as f64 / tested as f64));
        let mut limits = Limits::default();
        levels.record("min", self.severity, |min| min.text().to_owned(), &mut limits);
        verdict.limits = Some(limits);
        verdict
    }
}

fn fill(verdict: &mut Verdict, counts: &Counts, of_presence: bool) {
    verdict.tested = Some(counts.tested);
    verdict.failing = Some(counts.failing);
    // a test of presence leaves no row out for being null
    verdict.nulls = (!of_presence).then_some(counts.nulls);
    verdict.unknown = Some(counts.unknown).filter(|n| *n > 0);
    verdict.nan = Some(counts.nan).filter(|n| *n > 0);
    verdict.groups = counts.duplicates.map(|(groups, _)| groups);
    verdict.surplus = counts.duplicates.map(|(_, surplus)| surplus);
}

/// `0 rows tested (0 of 1200 rows selected)`.
pub fn nothing_tested(selected: u64, before: Option<u64>) -> String {
    match (selected, before) {
        (0, Some(before)) => format!("0 rows tested (0 of {before} rows selected)"),
        (0, None) => "0 rows tested (no row selected)".into(),
        (selected, _) => format!("0 rows tested (no value to test in the {})", counted(selected, "selected row")),
    }
}

/// `1 group`, `2 groups`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Why there is no figure: `0 of 1200 rows selected`.
pub fn no_value(selected: u64, before: Option<u64>) -> String {
    match (selected, before) {
        (0, Some(before)) => format!("0 of {before} rows selected"),
        (0, None) => "no row selected".into(),
        (selected, _) => format!("none in the {}", counted(selected, "selected row")),
    }
}

/// How many rows a selection was made from: those before `where`; without `where` those of the files.
pub fn rows_before_where(seen: &Measurements, scope: &Scope, at: &Context<'_>) -> Option<u64> {
    let all = || Metric { table: at.table, kind: MetricKind::RowCount, filter: Filter::default() };
    let counted = scope.base(at).unwrap_or_else(all);
    match seen.get(&counted).map(|answer| answer.as_ref().map(|measured| &measured.value)) {
        Some(Ok(Measurement::Rows(rows))) => Some(*rows),
        _ => at.tables.get(at.table).snapshot.rows,
    }
}

/// What happened to a metric.
pub fn measured<'a>(seen: &'a Measurements, metric: &Metric) -> Result<&'a Measured, NotRun> {
    match seen.get(metric) {
        Some(Ok(measured)) => Ok(measured),
        Some(Err(why)) => Err(NotRun::error(why.code, why.text.clone())),
        None => Err(NotRun::error("not_measured", "the engine gave no answer")),
    }
}

fn counts(seen: &Measurements, metric: &Metric) -> Result<(Counts, Answered), NotRun> {
    let measured = measured(seen, metric)?;
    let counts = match &measured.value {
        Measurement::Tally(t) => Counts {
            selected: t.selected,
            tested: t.tested,
            failing: t.failing,
            nulls: t.nulls,
            unparsed: t.unparsed,
            nan: t.nan,
            unknown: t.unknown,
            duplicates: None,
        },
        Measurement::Duplicates(d) => Counts {
            selected: d.selected,
            tested: d.tested,
            failing: d.failing,
            nulls: d.selected.saturating_sub(d.tested),
            duplicates: Some((d.groups, d.surplus)),
            ..Counts::default()
        },
        _ => return Err(NotRun::error("wrong_answer", "the engine answered with another kind of measurement")),
    };
    if counts.failing > counts.tested {
        return Err(NotRun::error("wrong_answer", "the engine counted more failing rows than it tested"));
    }
    Ok((counts, measured.from))
}

/// What was left out of the tested rows for a reason worth a word; nulls are usual.
fn left_out(counts: &Counts) -> String {
    let said = [(counts.unknown, "unknown (null)"), (counts.nan, "NaN left out"), (counts.unparsed, "not parsed")];
    said.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("; {n} {what}")).collect()
}
