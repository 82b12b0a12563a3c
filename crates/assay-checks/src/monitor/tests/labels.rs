//! Performance and concept: limits, coverage, labels that come late.

use assay_core::check::TableRef;
use assay_core::drift::baseline::{Baseline, Target, TargetProfile};
use assay_core::drift::live::{LabelBins, LabelSource, LabelTask, Windows};
use assay_core::drift::monitor::{Concept, Labels, Monitor, PerformanceBound, PerformanceLimit, Prediction, Task};
use assay_core::drift::state::{ColumnState, Figures, LabelledState, SegmentState, WindowState};
use assay_core::metric::{Column, TableId};
use assay_core::types::Type;
use assay_core::verdict::{Outcome, Reason};
use assay_stats::comoments::Scale;
use assay_stats::performance::Regression;

use super::support::*;
use crate::monitor::{Judged, Labelled, WindowInput, judge, judge_labels, prepare, reopened, replaced};

const SECOND: i128 = 1_000_000_000;

fn bound(at_least: bool, value: f64, of_baseline: bool, text: &str) -> PerformanceBound {
    PerformanceBound { at_least, value, of_baseline, text: text.into() }
}

fn at_most(metric: &'static str, warn: Option<f64>, fail: f64) -> PerformanceLimit {
    let of = |value: f64| bound(false, value, false, &value.to_string());
    PerformanceLimit { metric, warn: warn.map(of), fail: Some(of(fail)), at: place() }
}

fn labelled_monitor() -> Monitor {
    let mut monitor = monitor();
    monitor.id = Some("id".into());
    monitor.prediction = Some(Prediction { column: "eta".into(), task: Task::Regression, tests: None, at: place() });
    monitor.labels = Some(Labels {
        table: TableRef::Named("silver.trips".into()),
        key: "trip".into(),
        column: "actual".into(),
        lag_seconds: 3 * 86_400,
        min_coverage: 0.8,
        at: place(),
    });
    monitor.concept = Some(Concept { top: Some(1), features: Vec::new(), limits: limits(0.10, 0.25), at: place() });
    monitor.performance = vec![at_most("rmse", Some(1.0), 2.0)];
    monitor
}

fn live() -> Rows {
    vec![("km", spread(2_000, 0.0, 10.0)), ("eta", spread(2_000, 0.0, 20.0)), ("id", spread(2_000, 0.0, 1e6))]
}

fn km() -> Vec<f64> {
    match spread(2_000, 0.0, 10.0) {
        Data::Numbers(cells) => cells.into_iter().flatten().collect(),
        Data::Texts(_) => Vec::new(),
    }
}

fn scale() -> Scale {
    Scale::new(0.0, 20.0).expect("an interval")
}

/// Labels that are `factor` times the feature, in units.
fn units(factor: f64) -> Vec<i32> {
    km().iter().map(|x| scale().unit(x * factor).expect("a number")).collect()
}

fn bins() -> LabelBins {
    LabelBins::Edges(vec![2.0, 4.0, 6.0, 8.0], Scale::new(0.0, 10.0).expect("an interval"))
}

/// The feature `km` with labels twice as large.
fn labelled_baseline() -> Baseline {
    let rows: Rows = live()[..2].to_vec();
    let mut baseline = baseline(&rows, None);
    baseline.columns[0].target =
        Some(TargetProfile { sums: label_sums(&bins(), &km(), &units(2.0)), bins: bins().into(), moments: None });
    baseline.target =
        Some(Target { column: "actual".into(), classes: false, positive: None, scale: Some(scale()), sd: 5.8 });
    baseline.performance.insert("rmse".into(), 1.0);
    baseline
}

fn figures(state: Regression) -> Figures {
    Figures::Regression(state)
}

/// A window with labels `factor` times the feature, and predictions `error` beside them.
fn labels(factor: f64, error: f64, covered: u64) -> WindowState {
    let mut state = Regression::default();
    for (at, x) in km().iter().take(covered as usize).enumerate() {
        let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
        state.add(x * factor + sign * error, x * factor);
    }
    WindowState {
        segments: vec![SegmentState {
            rows: 2_000,
            columns: vec![ColumnState::LabelsBy(label_sums(&bins(), &km(), &units(factor)))],
        }],
        pairs: Vec::new(),
        matrix: None,
        labelled: Some(LabelledState {
            predictions: 2_000,
            labelled: covered,
            without_id: 0,
            conflicting: 0,
            null_labels: 0,
            null_predictions: 0,
            figures: figures(state),
        }),
    }
}

fn judged_with(monitor: &Monitor, baseline: &Baseline, labelled: Labelled<'_>, days_later: i128) -> Judged {
    let rows = live();
    let prepared = prepare(monitor, baseline, &table_of(&rows));
    let window = window(20);
    let now = window.end + days_later * 86_400 * SECOND;
    let input = WindowInput { labelled, now, ..input(&window, &[]) };
    judge(&prepared, &state(&prepared, &rows), &input)
}

fn judged(monitor: &Monitor, state: &WindowState) -> Judged {
    judged_with(monitor, &labelled_baseline(), Labelled::State(state), 3)
}

#[test]
fn performance_is_held_against_its_limits_without_p_value() {
    let monitor = labelled_monitor();
    let of = |error: f64| judged(&monitor, &labels(2.0, error, 2_000));
    assert_eq!(outcome(&of(0.9), "performance.rmse"), Outcome::Pass);
    assert_eq!(outcome(&of(1.0), "performance.rmse"), Outcome::Pass, "the limit itself is kept");
    assert_eq!(outcome(&of(1.5), "performance.rmse"), Outcome::Warn);
    let found = of(2.5);
    assert_eq!(outcome(&found, "performance.rmse"), Outcome::Fail);
    let text = "rmse 2.5 (max 2), 1 at training, no p-value, 2,000 labelled rows";
    assert_eq!(message(&found, "performance.rmse"), text);
    assert_eq!(check(&found, "performance.rmse").verdict.expected.as_deref(), Some("max 2 (warn max 1)"));
    assert!(found.labels_closed);
}

#[test]
fn a_limit_may_be_a_factor_of_the_baseline() {
    let mut monitor = labelled_monitor();
    monitor.performance[0].warn = None;
    monitor.performance[0].fail = Some(bound(false, 1.15, true, "1.15x baseline"));
    assert_eq!(outcome(&judged(&monitor, &labels(2.0, 1.1, 2_000)), "performance.rmse"), Outcome::Pass);
    let found = judged(&monitor, &labels(2.0, 1.2, 2_000));
    assert_eq!(outcome(&found, "performance.rmse"), Outcome::Fail);
    assert!(message(&found, "performance.rmse").starts_with("rmse 1.2 (max 1.15 = 1.15x baseline), 1 at training"));
    let mut baseline = labelled_baseline();
    baseline.performance.clear();
    let found = judged_with(&monitor, &baseline, Labelled::State(&labels(2.0, 1.2, 2_000)), 3);
    assert_eq!(outcome(&found, "performance.rmse"), Outcome::Error);
}

#[test]
fn larger_may_be_better_and_bias_counts_by_its_size() {
    let mut monitor = labelled_monitor();
    monitor.performance = vec![
        PerformanceLimit { metric: "r2", warn: None, fail: Some(bound(true, 0.72, false, "0.72")), at: place() },
        at_most("bias", None, 0.5),
    ];
    let found = judged(&monitor, &labels(2.0, 0.5, 2_000));
    assert_eq!(outcome(&found, "performance.r2"), Outcome::Pass);
    assert_eq!(outcome(&found, "performance.bias"), Outcome::Pass);
    assert_eq!(outcome(&judged(&monitor, &labels(2.0, 6.0, 2_000)), "performance.r2"), Outcome::Fail);
    let mut state = labels(2.0, 0.0, 2_000);
    let mut low = Regression::default();
    (0..1_000).for_each(|_| low.add(3.0, 4.0));
    state.labelled.as_mut().expect("labels").figures = figures(low);
    let found = judged(&monitor, &state);
    assert_eq!(outcome(&found, "performance.bias"), Outcome::Fail, "{}", message(&found, "performance.bias"));
    assert!(message(&found, "performance.bias").starts_with("bias -1 (max 0.5)"));
}

#[test]
fn too_little_coverage_is_skipped() {
    let found = judged(&labelled_monitor(), &labels(2.0, 5.0, 1_220));
    for id in ["performance.rmse", "concept.km"] {
        assert_eq!(outcome(&found, id), Outcome::Skipped);
        assert_eq!(message(&found, id), "coverage 61% of 80%");
    }
    assert!(check(&found, "performance.rmse").verdict.notes[0].starts_with("1,220 of 2,000 predictions have a label"));
    let mut state = labels(2.0, 0.0, 2_000);
    state.labelled.as_mut().expect("labels").without_id = 501;
    let found = judged(&labelled_monitor(), &state);
    assert_eq!(message(&found, "performance.rmse"), "coverage 79.97% of 80%", "never rounded onto the limit");
}

#[test]
fn labels_that_are_not_there_or_cannot_be_read_are_never_a_pass() {
    let monitor = labelled_monitor();
    let found = judged_with(&monitor, &labelled_baseline(), Labelled::Absent, 3);
    assert_eq!(outcome(&found, "performance.rmse"), Outcome::Skipped);
    assert_eq!(outcome(&found, "concept.km"), Outcome::Skipped);
    let reason = Reason { code: "unreadable".into(), text: "lake/trips: footer is truncated".into() };
    let found = judged_with(&monitor, &labelled_baseline(), Labelled::Unavailable(&reason), 3);
    assert_eq!(outcome(&found, "performance.rmse"), Outcome::Error);
    assert_eq!(message(&found, "concept.km"), reason.text);
    assert_eq!(outcome(&found, "drift.km"), Outcome::Pass);
}

#[test]
fn a_metric_that_does_not_fit_the_task_is_skipped() {
    let mut monitor = labelled_monitor();
    monitor.performance = vec![at_most("auc", None, 0.5)];
    assert_eq!(outcome(&judged(&monitor, &labels(2.0, 0.0, 2_000)), "performance.auc"), Outcome::Skipped);
}

#[test]
fn a_window_is_partial_until_its_lag_is_past() {
    let monitor = labelled_monitor();
    let state = labels(2.0, 0.5, 2_000);
    let found = judged_with(&monitor, &labelled_baseline(), Labelled::State(&state), 2);
    assert!(!found.labels_closed);
    assert!(found.record.window.as_ref().expect("a window").partial);
    let notes = &check(&found, "performance.rmse").verdict.notes;
    assert_eq!(notes.last().map(String::as_str), Some("partial: labels of this window may still come"));
    let found = judged_with(&monitor, &labelled_baseline(), Labelled::State(&state), 3);
    assert!(found.labels_closed && !found.record.window.expect("a window").partial);
}

#[test]
fn the_relation_to_the_target_is_a_family_of_its_own() {
    let same = judged(&labelled_monitor(), &labels(2.0, 0.0, 2_000));
    assert_eq!(outcome(&same, "concept.km"), Outcome::Pass);
    assert!(message(&same, "drift.km").ends_with("of 4 tests"), "{}", message(&same, "drift.km"));
    let changed = judged(&labelled_monitor(), &labels(1.2, 0.0, 2_000));
    assert_eq!(outcome(&changed, "concept.km"), Outcome::Fail);
    let text = message(&changed, "concept.km");
    assert!(text.starts_with("relation to the target changed: by 1.2"), "{text}");
    // late labels change nothing of the first family
    let before: Vec<_> = same.rows.iter().filter(|row| row.id.starts_with("drift")).cloned().collect();
    let after: Vec<_> = changed.rows.iter().filter(|row| row.id.starts_with("drift")).cloned().collect();
    assert_eq!(before, after);
    assert_eq!(message(&same, "drift.km"), message(&changed, "drift.km"));
}

#[test]
fn features_are_chosen_by_name_then_importance_then_relation() {
    let mut monitor = labelled_monitor();
    monitor.concept.as_mut().expect("concept").features = vec!["nothing".into()];
    let found = judged(&monitor, &labels(2.0, 0.0, 2_000));
    let ids: Vec<&str> =
        found.checks.iter().filter(|check| check.check == "concept").map(|check| check.id.as_str()).collect();
    assert_eq!(ids, ["concept.nothing", "concept.km"]);
    assert_eq!(outcome(&found, "concept.nothing"), Outcome::Error);
    monitor.concept.as_mut().expect("concept").top = None;
    let nothing = judged_with(&labelled_monitor(), &baseline(&live()[..2].to_vec(), None), Labelled::Absent, 3);
    assert_eq!(outcome(&nothing, "concept"), Outcome::Error, "{}", message(&nothing, "concept"));
    let found = judged(&monitor, &labels(2.0, 0.0, 2_000));
    assert!(found.checks.iter().all(|check| check.id != "concept.km"));
}

#[test]
fn late_labels_reopen_performance_and_concept_alone() {
    let monitor = labelled_monitor();
    let baseline = labelled_baseline();
    let rows = live();
    let prepared = prepare(&monitor, &baseline, &table_of(&rows));
    let mut row = past(20, &[("drift.km", Outcome::Pass, &[]), ("performance.rmse", Outcome::Skipped, &[])]);
    row.labels_closed = false;
    let history = [past(19, &[]), row.clone()];
    assert_eq!(reopened(&history, "ba5e"), [&history[1]]);
    assert!(reopened(&history, "01d").is_empty());
    let (window, state) = (window(20), labels(2.0, 5.0, 2_000));
    let input = WindowInput {
        labelled: Labelled::State(&state),
        now: window.end + 3 * 86_400 * SECOND,
        revision: 2,
        ..input(&window, &history)
    };
    let found = judge_labels(&prepared, &input);
    let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["concept.km", "performance.rmse"]);
    let all = replaced(&row.checks, found.rows);
    let of: Vec<(&str, Outcome)> = all.iter().map(|check| (check.id.as_str(), check.outcome)).collect();
    assert_eq!(of, [("drift.km", Outcome::Pass), ("concept.km", Outcome::Pass), ("performance.rmse", Outcome::Fail)]);
}

#[test]
fn what_is_counted_of_labels_joins_both_tables() {
    let (monitor, baseline, rows) = (labelled_monitor(), labelled_baseline(), live());
    let live = table_of(&rows);
    let prepared = prepare(&monitor, &baseline, &live);
    let labels = table(&[("trip", Type::Int(64)), ("actual", Type::Float(64))]);
    let spec = prepared.label_spec(Windows::Whole, &live, (TableId(3), &labels)).expect("both tables");
    assert_eq!(spec.columns.len(), 1);
    assert_eq!(spec.columns[0].column, Column("km".into()));
    let asked = spec.labels.expect("labels");
    assert_eq!(asked.prediction, Some(Column("eta".into())));
    assert_eq!(asked.task, LabelTask::Regression { scale: scale() });
    assert!(matches!(asked.source, LabelSource::Joined { table: TableId(3), .. }));
    let stop = prepared.label_spec(Windows::Whole, &live, (TableId(3), &table(&[("trip", Type::Int(64))])));
    let stop = stop.expect_err("no label column");
    assert_eq!((stop.outcome, stop.reason.code.as_str()), (Outcome::Error, "column_missing"));
}
