//! What a run says of each incident's key: bad, good, or nothing.
//!
//! | of a check | verdict incident | error incident |
//! | --- | --- | --- |
//! | pass | good | good: it could be evaluated |
//! | warn, fail | bad | good |
//! | error | nothing | bad |
//! | skipped | nothing | nothing |
//!
//! - **Keys.** A contract's check goes by its id and column. A monitor's goes by its name where it has a column (`drift`
//!   or `concept`, whatever the test), else by its id (`dataset`, `performance.rmse`). Each segment of a monitor's check
//!   has a key of its own; that of the column is then about all of its rows, and a segment that the run no longer knows
//!   ends with the reason `removed`.
//! - **Nothing could be read.** Where a document as a whole could not be evaluated (the table could not be read, the
//!   baseline is not there, the run was stopped, all checks end in the same error), the incident is one, with the key
//!   [`WHOLE`]; one for each check would say the same many times. It is over when the table could be read again.
//! - **Windows.** Each window is one step, oldest first. A check of a monitor that is `pending` is pending here: windows
//!   were counted by what judged them and are not counted again. Segments have no such count of their own and are
//!   counted here. A window that was evaluated once more (`--again`) moves no incident.
//! - **Late labels.** What labels decide is judged twice, first with those that came so far. A pass of incomplete labels
//!   ends nothing, nor does a pass of a window before the one where the incident began.

use std::collections::BTreeMap;

use assay_core::drift::record::{DriftRecord, SegmentRecord, TestRecord, WindowRecord};
use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKey, IncidentKind};
use assay_core::ops::runs::Kind;
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::Outcome;
use chrono::DateTime;

use crate::labels::word;

/// The check of an incident that is about a document as a whole: nothing of it could be evaluated.
pub const WHOLE: &str = "read";

/// What the incidents of a check have in `IncidentKey::check`, given its name in the language, its id and its column.
pub fn key_check<'a>(kind: Kind, check: &'a str, id: &'a str, column: Option<&str>) -> &'a str {
    if kind == Kind::Monitor && column.is_some() { check } else { id }
}

/// What a run, or one window of it, says of a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub key: IncidentKey,
    pub step: Step,
    /// One sentence.
    pub message: String,
    /// The check's labels.
    pub tags: Vec<String>,
    /// When its window begins, of monitors with windows of time.
    pub window: Option<Millis>,
    /// Since when it is bad, where what judged it knows.
    pub since: Option<Millis>,
}

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// Bad, this much.
    Bad(Outcome, Counted),
    /// Good.
    Good,
    /// What it was about is no longer there.
    Removed,
}

/// Who counts how often it was bad in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Counted {
    /// Nobody yet: it is once more.
    Here,
    /// What judged it: so often, and that is not enough to count.
    Pending(u32),
    /// What judged it: often enough.
    Confirmed,
}

/// All that a run says, in the order of its windows. `known` are the keys of incidents that are not over.
pub(crate) fn of(run: &RunRecord, document: &str, known: &[IncidentKey]) -> Vec<Finding> {
    let mut tables: Vec<&TableRecord> = run.tables.iter().filter(|table| table.table == document).collect();
    // stable: windows without a time stay in the order of their evaluation
    tables.sort_by_key(|table| window_of(table).and_then(|window| instant(window.start.as_deref()?)));
    tables.into_iter().flat_map(|table| of_table(table, known)).collect()
}

fn window_of(table: &TableRecord) -> Option<&WindowRecord> {
    table.monitor.as_ref()?.window.as_ref()
}

fn instant(text: &str) -> Option<Millis> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

fn of_table(table: &TableRecord, known: &[IncidentKey]) -> Vec<Finding> {
    let place = Place { table, window: window_of(table) };
    if place.was_evaluated_again() {
        return Vec::new();
    }
    let mut findings: BTreeMap<IncidentKey, Finding> = BTreeMap::new();
    let whole = broken_as_a_whole(table);
    if let Some(finding) = place.whole(whole.as_deref()) {
        add(&mut findings, finding);
    }
    for check in &table.checks {
        if whole.is_some() && check.verdict.outcome == Outcome::Error {
            continue;
        }
        for finding in place.check(check) {
            add(&mut findings, finding);
        }
    }
    for finding in place.removed(known) {
        add(&mut findings, finding);
    }
    findings.into_values().collect()
}

/// Several checks of one key count once, as the worst of them.
fn add(findings: &mut BTreeMap<IncidentKey, Finding>, finding: Finding) {
    let worse = |new: &Finding, old: &Finding| match (new.step, old.step) {
        (Step::Bad(new, _), Step::Bad(old, _)) => new > old,
        (Step::Bad(..), _) => true,
        _ => false,
    };
    match findings.get_mut(&finding.key) {
        None => drop(findings.insert(finding.key.clone(), finding)),
        Some(old) if worse(&finding, old) => *old = finding,
        Some(_) => {}
    }
}

/// Why nothing of the document could be evaluated; `None`: something could.
fn broken_as_a_whole(table: &TableRecord) -> Option<String> {
    if let Some(reason) = &table.reason {
        return Some(reason.text.clone());
    }
    let tried: Vec<&CheckRecord> =
        table.checks.iter().filter(|check| check.verdict.outcome != Outcome::Skipped).collect();
    let first = *tried.first()?;
    let code = |check: &CheckRecord| {
        let reason = check.verdict.reason.as_ref().filter(|_| check.verdict.outcome == Outcome::Error);
        reason.map(|reason| reason.code.clone())
    };
    let stands_for_all = table.monitor.is_some() && first.check == "monitor";
    let is_same = tried.len() > 1 && tried.iter().all(|check| code(check) == code(first));
    (code(first).is_some() && (stands_for_all || is_same)).then(|| first.verdict.message.clone())
}

/// One record of a run and its window.
struct Place<'a> {
    table: &'a TableRecord,
    window: Option<&'a WindowRecord>,
}

impl Place<'_> {
    /// Whether somebody asked for a window again; late labels alone are no such thing.
    fn was_evaluated_again(&self) -> bool {
        self.window.is_some_and(|window| window.revision > 1) && !self.table.checks.iter().all(is_of_labels)
    }

    fn start(&self) -> Option<Millis> {
        instant(self.window?.start.as_deref()?)
    }

    fn finding(&self, check: (&str, Option<&str>, Option<String>), kind: IncidentKind, step: Step) -> Finding {
        let (check, column, segment) = check;
        let key = IncidentKey {
            document: self.table.table.clone(),
            check: check.to_owned(),
            column: column.map(str::to_owned),
            segment,
            kind,
        };
        let start = self.start();
        Finding { key, step, message: String::new(), tags: Vec::new(), window: start, since: start }
    }

    /// Of the document: whether it could be read.
    fn whole(&self, broken: Option<&str>) -> Option<Finding> {
        let step = match broken {
            Some(_) => Step::Bad(Outcome::Error, Counted::Here),
            None if self.table.snapshot.is_some() => Step::Good,
            // switched off: nobody tried
            None => return None,
        };
        let finding = self.finding((WHOLE, None, None), IncidentKind::Error, step);
        Some(Finding { message: broken.unwrap_or("it can be read again").to_owned(), ..finding })
    }

    /// The check and column of a check's keys.
    fn key<'c>(&self, check: &'c CheckRecord) -> (&'c str, Option<&'c str>) {
        let kind = if self.table.monitor.is_some() { Kind::Monitor } else { Kind::Contract };
        let column = check.column.as_deref();
        (key_check(kind, &check.check, &check.id, column), column)
    }

    fn check(&self, check: &CheckRecord) -> Vec<Finding> {
        let (name, column) = self.key(check);
        let told =
            |finding: Finding| Finding { message: check.verdict.message.clone(), tags: check.tags.clone(), ..finding };
        let mut findings = Vec::new();
        let error = match check.verdict.outcome {
            Outcome::Pass | Outcome::Warn | Outcome::Fail => Some(Step::Good),
            Outcome::Error => Some(Step::Bad(Outcome::Error, Counted::Here)),
            Outcome::Skipped => None,
        };
        findings.extend(error.map(|step| told(self.finding((name, column, None), IncidentKind::Error, step))));

        let segments = segments_of(check);
        let outcome = if segments.is_empty() { check.verdict.outcome } else { worst_test(check) };
        let step = match outcome {
            Outcome::Warn | Outcome::Fail => Some(Step::Bad(outcome, counted(check.drift.as_deref()))),
            Outcome::Pass if is_of_labels(check) && self.window.is_some_and(|window| window.partial) => None,
            Outcome::Pass => Some(Step::Good),
            Outcome::Skipped | Outcome::Error => None,
        };
        let since = check.drift.as_ref().and_then(|drift| instant(drift.since.as_deref()?));
        findings.extend(step.map(|step| {
            let finding = told(self.finding((name, column, None), IncidentKind::Verdict, step));
            Finding { since: since.or(finding.since), ..finding }
        }));
        findings.extend(segments.iter().filter_map(|segment| {
            let step = match segment.outcome {
                Outcome::Warn | Outcome::Fail => Step::Bad(segment.outcome, Counted::Here),
                Outcome::Pass => Step::Good,
                Outcome::Skipped | Outcome::Error => return None,
            };
            let finding = self.finding((name, column, Some(label(segment))), IncidentKind::Verdict, step);
            Some(Finding { message: sentence(segment), ..told(finding) })
        }));
        findings
    }

    /// What had an incident and is no longer watched: columns, pairs, segments of a monitor. Checks of a contract come
    /// from its file alone; whoever reads it knows which are gone.
    fn removed(&self, known: &[IncidentKey]) -> Vec<Finding> {
        let checks = &self.table.checks;
        let is_judged = self.window.is_some() && checks.iter().any(|check| check.check != "window");
        if !is_judged || checks.iter().all(is_of_labels) {
            return Vec::new();
        }
        let gone = |key: &IncidentKey| {
            let own: Vec<&CheckRecord> =
                checks.iter().filter(|check| self.key(check) == (&key.check, key.column.as_deref())).collect();
            if own.is_empty() {
                return Some("it is no longer watched");
            }
            let label_of_key = key.segment.as_deref()?;
            // a check that was not compared has no segments, and says nothing of them
            let is_compared = |check: &&CheckRecord| check.drift.as_ref().is_some_and(|drift| !drift.tests.is_empty());
            let has = |check: &&CheckRecord| segments_of(check).iter().any(|segment| label(segment) == label_of_key);
            (own.iter().all(is_compared) && !own.iter().any(has)).then_some("the segment is no longer watched")
        };
        let keys = known.iter().filter(|key| key.check != WHOLE);
        let finding = |key: &IncidentKey| {
            let message = gone(key)?.to_owned();
            let check = (key.check.as_str(), key.column.as_deref(), key.segment.clone());
            Some(Finding { message, ..self.finding(check, key.kind, Step::Removed) })
        };
        keys.filter_map(finding).collect()
    }
}

fn segments_of(check: &CheckRecord) -> &[SegmentRecord] {
    check.drift.as_ref().map_or(&[], |drift| &drift.segments)
}

/// What late labels decide, and they alone.
fn is_of_labels(check: &CheckRecord) -> bool {
    matches!(check.check.as_str(), "performance" | "concept")
}

/// How all rows of a column ended, apart from its segments.
fn worst_test(check: &CheckRecord) -> Outcome {
    let tests = check.drift.as_ref().map_or(&[][..], |drift| &drift.tests);
    tests.iter().filter(|test| test.deciding).map(|test| test.outcome).max().unwrap_or(Outcome::Skipped)
}

fn counted(drift: Option<&DriftRecord>) -> Counted {
    match drift {
        // windows were counted for the check with all of its segments
        Some(drift) if !drift.segments.is_empty() => Counted::Here,
        Some(drift) => drift.pending.map_or(Counted::Confirmed, |(seen, _)| Counted::Pending(seen)),
        None => Counted::Here,
    }
}

/// `city_id=7, vehicle=bike`.
fn label(segment: &SegmentRecord) -> String {
    let one = |(column, value): &(String, Option<String>)| format!("{column}={}", value.as_deref().unwrap_or("null"));
    segment.segment.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `psi 0.31 (limit 0.25), 1203 live rows`.
fn sentence(segment: &SegmentRecord) -> String {
    let deciding = segment.tests.iter().filter(|test| test.deciding && test.outcome == segment.outcome);
    let Some(test) = deciding.max_by(|a, b| share_of_limit(a).total_cmp(&share_of_limit(b))) else {
        return format!("ended as {}", word(segment.outcome));
    };
    let effect = test.effect.map_or_else(String::new, |effect| format!(" {}", number(effect)));
    let limit = limit(test).map_or_else(String::new, |limit| format!(" (limit {})", number(limit)));
    let rows = test.m.map_or_else(String::new, |rows| format!(", {rows} live rows"));
    format!("{}{effect}{limit}{rows}", test.test)
}

fn limit(test: &TestRecord) -> Option<f64> {
    let limits = test.limits?;
    if test.outcome == Outcome::Fail { limits.fail } else { limits.warn.or(limits.fail) }
}

fn share_of_limit(test: &TestRecord) -> f64 {
    test.effect.zip(limit(test)).map_or(0.0, |(effect, limit)| effect / limit)
}

fn number(value: f64) -> String {
    let rounded = format!("{value:.4}");
    rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
}
