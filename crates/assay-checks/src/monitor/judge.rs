//! The verdict on a window: what was counted of it, beside its baseline and the windows before.

use assay_core::drift::record::{BaselineRecord, MonitorRecord, TestRecord, WindowRecord};
use assay_core::drift::state::WindowState;
use assay_core::drift::store::{Proposal, WindowCheck, WindowRow};
use assay_core::run::CheckRecord;
use assay_core::verdict::{Dimension, Outcome};
use assay_stats::drift::{Drift, FORMULA_VERSION, NotComputed};

use crate::monitor::calibrate::{Past, Quiet};
use crate::monitor::case::{Case, Setting};
use crate::monitor::labels::Labelled;
use crate::monitor::plan::{Prepared, Stop};
use crate::monitor::relations::{WatchedPair, compare_covariance, compare_pairs};
use crate::monitor::retrain::Known;
use crate::monitor::segments::Division;
use crate::monitor::sentences::{self, Family};
use crate::monitor::windows::LiveWindow;
use crate::monitor::{columns, concept, dataset, decide, history, performance, retrain, show};

/// A window and all that is known when it is judged.
#[derive(Debug, Clone, Copy)]
pub struct WindowInput<'a> {
    /// The window.
    pub window: &'a LiveWindow,
    /// Its live rows.
    pub rows: u64,
    /// What was counted with labels by [`Prepared::label_spec`].
    pub labelled: Labelled<'a>,
    /// What pins the window: the baseline's hash, or the word of a rolling one.
    pub pinned: &'a str,
    /// The windows of a rolling or seasonal baseline.
    pub merged: &'a [String],
    /// The monitor's windows, in any order; this and later ones are passed over.
    pub history: &'a [WindowRow],
    /// The monitor's proposals.
    pub proposals: &'a [Proposal],
    /// Evaluations of the window with this one, from 1.
    pub revision: u32,
    /// Rows that came after it was first evaluated.
    pub late_rows: u64,
    /// Live rows without a time, in the whole snapshot.
    pub rows_without_time: u64,
    /// Whether somebody asked for this window again (`--again`): nothing is proposed then.
    pub again: bool,
    /// The run's clock, nanoseconds since 1970-01-01T00:00:00Z.
    pub now: i128,
}

/// What was concluded of a window.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The window beside its checks.
    pub record: MonitorRecord,
    /// The checks: columns, prediction, segments that could not be divided, correlations, covariance, dataset, concept,
    /// performance.
    pub checks: Vec<CheckRecord>,
    /// The same for history.
    pub rows: Vec<WindowCheck>,
    /// The worst outcome.
    pub outcome: Outcome,
    /// Whether no more labels are expected.
    pub labels_closed: bool,
    /// A new proposal to train the model again.
    pub proposal: Option<Proposal>,
}

/// Judges a window in full. `state` is what was counted of its rows, as [`super::LivePlan::split`] gives it.
pub fn judge(prepared: &Prepared<'_>, state: &WindowState, input: &WindowInput<'_>) -> Judged {
    let before = history::before(input.history, input.window, input.pinned);
    let past = past(prepared, input, &before);
    let mut columns = columns::cases(prepared, state, &past);
    let mut pairs = pair_cases(prepared, state, &past);
    let mut covariance: Vec<Case> = covariance_case(prepared, state, &past).into_iter().collect();

    let significance = prepared.monitor.significance;
    let mut family: Vec<&mut TestRecord> =
        columns.iter_mut().chain(&mut pairs).chain(&mut covariance).flat_map(Case::tests_mut).collect();
    let tests = decide::decide(&mut family, significance.correction, significance.alpha);
    let family = Family { tests, alpha: significance.alpha };
    for case in columns.iter_mut() {
        case.settle_segments();
        if case.stop.is_none() {
            case.message = sentences::of_column(case, family);
        }
    }
    for case in pairs.iter_mut().chain(&mut covariance).filter(|case| case.stop.is_none()) {
        case.message = relation_sentence(case, family);
    }
    let setting = setting(prepared, input, &before);
    let ranking = dataset::rank(prepared, &mut columns, &setting);
    let dataset = prepared.monitor.dataset.as_ref().map(|asked| dataset::case(prepared, asked, &columns));

    let mut cases = columns;
    cases.extend(division_cases(prepared));
    cases.extend(pairs);
    cases.extend(covariance);
    cases.extend(dataset);
    cases.extend(label_cases(prepared, input, &past));
    let mut judged = finish(prepared, input, &setting, cases);
    judged.record.ranking = ranking;
    if !input.again {
        propose(prepared, input, &[], &mut judged);
    }
    judged
}

/// Judges only what labels decide, for a window that was judged before they were complete: performance and concept.
/// The other checks that a rule to train again names ended as the window's row in `input.history` says.
pub fn judge_labels(prepared: &Prepared<'_>, input: &WindowInput<'_>) -> Judged {
    let before = history::before(input.history, input.window, input.pinned);
    let past = past(prepared, input, &before);
    let setting = setting(prepared, input, &before);
    let cases = label_cases(prepared, input, &past);
    let mut judged = finish(prepared, input, &setting, cases);
    if !input.again {
        let earlier = earlier(prepared, input, &before, &judged.rows);
        propose(prepared, input, &earlier, &mut judged);
    }
    judged
}

/// How the checks ended that are not judged again.
fn earlier(
    prepared: &Prepared<'_>,
    input: &WindowInput<'_>,
    before: &[&WindowRow],
    judged: &[WindowCheck],
) -> Vec<Known> {
    let confirm = prepared.monitor.confirm;
    let own = |row: &&WindowRow| row.window == input.window.name && row.baseline == input.pinned;
    let Some(row) = input.history.iter().rev().find(own) else { return Vec::new() };
    let other = |check: &&WindowCheck| !judged.iter().any(|new| new.id == check.id);
    let known = |check: &WindowCheck| {
        let state = history::state_of(&check.id, before, confirm).after(&row.window, check.outcome, confirm);
        Known { id: check.id.clone(), outcome: check.outcome, confirmed: state.open }
    };
    row.checks.iter().filter(other).map(known).collect()
}

fn past<'a>(prepared: &Prepared<'_>, input: &WindowInput<'a>, rows: &'a [&'a WindowRow]) -> Past<'a> {
    let monitor = prepared.monitor;
    Past { rows, baseline: input.pinned, confirm: monitor.confirm, calibrate: monitor.calibrate }
}

/// Segmentations that the baseline or the live table does not have.
fn division_cases(prepared: &Prepared<'_>) -> Vec<Case> {
    let case = |division: &Division<'_>| {
        let stop = division.by.as_ref().err()?;
        let id = format!("segments.{}", division.asked.by.join("+"));
        Some(Case::new(id, "segments", Dimension::Drift, division.asked.at.clone()).stopped(stop.clone()))
    };
    prepared.divisions.iter().filter_map(case).collect()
}

fn pair_cases(prepared: &Prepared<'_>, state: &WindowState, past: &Past<'_>) -> Vec<Case> {
    let Some(asked) = &prepared.monitor.correlations else { return Vec::new() };
    if prepared.pairs.watched.is_empty() {
        let case = Case::new("correlation".to_owned(), "correlation", Dimension::Drift, asked.at.clone());
        return vec![case.stopped(Stop::error("not_in_baseline", "the baseline holds no pairs of watched numbers"))];
    }
    let compared = compare_pairs(prepared, state);
    let case = |(pair, found): (&WatchedPair<'_>, Result<Result<Drift, NotComputed>, Stop>)| {
        let mut case = Case::new(pair.id(), "correlation", Dimension::Drift, asked.at.clone());
        case.pair = Some(pair.names.clone());
        let deciding = Quiet::of(past, &case.id).limits("correlation", "correlation", asked.limits);
        match found {
            Err(stop) => case.stopped(stop),
            Ok(found) => {
                let rows = found.as_ref().ok().map(|drift| ((drift.n, drift.m), prepared.monitor.window.min_rows));
                case.tests = vec![decide::record("correlation", found, Some(&deciding), rows)];
                case
            }
        }
    };
    prepared.pairs.watched.iter().zip(compared).map(case).collect()
}

fn covariance_case(prepared: &Prepared<'_>, state: &WindowState, past: &Past<'_>) -> Option<Case> {
    let asked = prepared.monitor.covariance.as_ref()?;
    let mut case = Case::new("covariance".to_owned(), "covariance", Dimension::Drift, asked.at.clone());
    let deciding = Quiet::of(past, "covariance").limits("covariance", "covariance", asked.limits);
    match compare_covariance(prepared, state)? {
        Err(stop) => Some(case.stopped(stop)),
        Ok(found) => {
            let rows = found.as_ref().ok().map(|drift| ((drift.n, drift.m), prepared.monitor.window.min_rows));
            case.tests = vec![decide::record("covariance", found, Some(&deciding), rows)];
            Some(case)
        }
    }
}

fn relation_sentence(case: &Case, family: Family) -> String {
    let Some(test) = case.tests.first() else { return "not compared".to_owned() };
    let shown = |name: &str| {
        let found = test.shown.iter().find(|(of, _)| of == name).map(|(_, value)| *value);
        found.map_or_else(|| "unknown".to_owned(), show::number)
    };
    let effect = show::effect_of(test);
    let what = if case.check == "correlation" {
        format!("r {} -> {}, change {effect}", shown("r_base"), shown("r_live"))
    } else {
        format!("reconstruction error {effect} standard deviations from the baseline's")
    };
    sentences::of_test(&what, test, family)
}

fn label_cases(prepared: &Prepared<'_>, input: &WindowInput<'_>, past: &Past<'_>) -> Vec<Case> {
    let partial = !prepared.labels_closed(input.window, input.now);
    let mut cases = concept::cases(prepared, input.labelled, partial, past);
    cases.extend(performance::cases(prepared, input.labelled, partial));
    cases
}

fn setting<'a>(prepared: &Prepared<'a>, input: &WindowInput<'a>, before: &'a [&'a WindowRow]) -> Setting<'a> {
    let monitor = prepared.monitor;
    Setting { window: &input.window.name, before, confirm: monitor.confirm, tags: &monitor.tags }
}

fn finish(prepared: &Prepared<'_>, input: &WindowInput<'_>, setting: &Setting<'_>, cases: Vec<Case>) -> Judged {
    let monitor = prepared.monitor;
    let (checks, rows): (Vec<CheckRecord>, Vec<WindowCheck>) =
        cases.into_iter().map(|case| case.finish(setting)).unzip();
    let labels_closed = !prepared.wants_labels() || prepared.labels_closed(input.window, input.now);
    let header = &prepared.baseline.header;
    let record = MonitorRecord {
        window: Some(WindowRecord {
            name: input.window.name.clone(),
            start: input.window.start_text().map(str::to_owned),
            end: input.window.civil.as_ref().map(|civil| civil.end_text.clone()),
            revision: input.revision,
            rows: input.rows,
            late_rows: input.late_rows,
            rows_without_time: input.rows_without_time,
            partial: prepared.wants_labels() && !labels_closed,
        }),
        baseline: Some(BaselineRecord {
            name: header.name.clone(),
            sha256: header.sha256.clone(),
            rows: header.rows,
            created_at: (!header.created_at.is_empty()).then(|| header.created_at.clone()),
            formula_version: FORMULA_VERSION,
            windows: input.merged.to_vec(),
        }),
        model: monitor.model.clone(),
        ranking: Vec::new(),
        retrain: None,
        notes: prepared.notes.clone(),
    };
    let outcome = rows.iter().map(|row| row.outcome).max().unwrap_or(Outcome::Skipped);
    Judged { record, checks, rows, outcome, labels_closed, proposal: None }
}

fn propose(prepared: &Prepared<'_>, input: &WindowInput<'_>, earlier: &[Known], judged: &mut Judged) {
    let decision = retrain::decide(&retrain::Situation {
        monitor: prepared.monitor,
        window: input.window,
        baseline: &prepared.baseline.header.sha256,
        checks: &judged.checks,
        earlier,
        record: &judged.record,
        proposals: input.proposals,
        now: i64::try_from(input.now.div_euclid(1_000_000_000)).unwrap_or(i64::MAX),
    });
    if let Some(decision) = decision {
        judged.record.retrain = Some(decision.record);
        judged.proposal = decision.proposal;
    }
}
