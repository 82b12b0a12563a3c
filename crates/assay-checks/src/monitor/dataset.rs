//! The columns together: which moved most, and which share of them drifted.

use assay_core::drift::monitor::Dataset;
use assay_core::drift::record::{Ranked, TestRecord};
use assay_core::verdict::{Dimension, Outcome};
use assay_stats::corrections::Correction;
use assay_stats::drift::Drift;

use crate::monitor::case::{Case, Setting};
use crate::monitor::decide::{Deciding, decide, ratio, record};
use crate::monitor::plan::{Prepared, Stop};
use crate::monitor::show;

/// The weights of the columns that are no prediction, adding up to 1: their importance; those without one share what
/// is left to 1. Equal ones where nothing else is left.
fn weights(prepared: &Prepared<'_>) -> Vec<f64> {
    let importance: Vec<Option<f64>> =
        prepared.columns.iter().filter(|column| !column.is_prediction).map(|column| column.importance).collect();
    let named: f64 = importance.iter().flatten().sum();
    let unnamed = importance.iter().filter(|importance| importance.is_none()).count();
    let share = if unnamed > 0 { (1.0 - named).max(0.0) / unnamed as f64 } else { 0.0 };
    let weights: Vec<f64> = importance.iter().map(|importance| importance.unwrap_or(share).max(0.0)).collect();
    let total: f64 = weights.iter().sum();
    if total > 0.0 { weights.iter().map(|weight| weight / total).collect() } else { equal(weights.len()) }
}

fn equal(count: usize) -> Vec<f64> {
    vec![1.0 / count.max(1) as f64; count]
}

/// Gives every column its share of the whole movement (importance times effect over limit), and ranks them, largest
/// first; equal ones stay in order. A column that is not there any more counts as one at its limit. `cases` are the
/// checks of the columns, in the order of `prepared`.
pub(super) fn rank(prepared: &Prepared<'_>, cases: &mut [Case], setting: &Setting<'_>) -> Vec<Ranked> {
    let features = prepared.columns.iter().map(|column| !column.is_prediction);
    let movement = |case: &Case| {
        if case.stop.as_ref().is_some_and(|stop| stop.outcome == Outcome::Fail) {
            return 1.0;
        }
        let whole = case.tests.iter().filter(|test| test.deciding).filter_map(ratio);
        let of_segments = case.segments.iter().flat_map(|segment| &segment.tests).filter_map(ratio);
        // a segment counts where it is what makes the column bad
        let segments = of_segments.filter(|_| case.outcome() != case.whole());
        whole.chain(segments).fold(0.0, f64::max)
    };
    let mut features: Vec<&mut Case> =
        cases.iter_mut().zip(features).filter(|(_, is_feature)| *is_feature).map(|(case, _)| case).collect();
    let moved: Vec<f64> =
        features.iter().zip(weights(prepared)).map(|(case, weight)| weight * movement(case)).collect();
    let total: f64 = moved.iter().sum();
    let mut ranked = Vec::with_capacity(features.len());
    for (case, moved) in features.iter_mut().zip(&moved) {
        let contribution = if total > 0.0 { moved / total } else { 0.0 };
        case.contribution = Some(contribution);
        ranked.push(Ranked {
            column: case.column.clone().unwrap_or_default(),
            contribution,
            moved: case.told(setting),
            outcome: case.outcome(),
        });
    }
    ranked.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    ranked
}

/// The check of the share of drifted columns. Skipped columns (and those that are an error) leave the denominator; with
/// over half of the weight skipped it is skipped itself.
pub(super) fn case(prepared: &Prepared<'_>, asked: &Dataset, columns: &[Case]) -> Case {
    let features: Vec<&Case> = columns
        .iter()
        .zip(&prepared.columns)
        .filter(|(_, column)| !column.is_prediction)
        .map(|(case, _)| case)
        .collect();
    let weights = if asked.by_importance { weights(prepared) } else { equal(features.len()) };
    let case = Case::new("dataset".to_owned(), "dataset", Dimension::Drift, asked.at.clone());
    let (mut counted, mut drifted, mut n_counted, mut n_drifted) = (0.0, 0.0, 0_u64, 0_u64);
    for (feature, weight) in features.iter().zip(&weights) {
        match feature.whole() {
            Outcome::Skipped | Outcome::Error => {}
            outcome => {
                counted += weight;
                n_counted += 1;
                if outcome != Outcome::Pass {
                    drifted += weight;
                    n_drifted += 1;
                }
            }
        }
    }
    // weights add up to 1, up to rounding
    if n_counted == 0 || counted < 0.5 - 1e-9 {
        let skipped = features.len() as u64 - n_counted;
        let text = format!("{skipped} of {} columns were not compared: too many to judge the data set", features.len());
        return case.stopped(Stop::skipped("too_few_columns", text));
    }
    // sums of weights are rounded, and a share that is exactly a limit must reach it
    let share = (drifted / counted * 1e12).round() / 1e12;
    let deciding = Deciding { limits: asked.limits, notes: Vec::new() };
    let found = Ok(share_of(share, n_counted, n_drifted));
    let mut tests = vec![TestRecord { n: None, m: None, ..record("drifted_share", found, Some(&deciding), None) }];
    decide(&mut tests.iter_mut().collect::<Vec<_>>(), Correction::None, 1.0);
    let by = if asked.by_importance { ", by importance" } else { "" };
    let limit = show::judged_limit(&tests[0]).map_or_else(String::new, |l| format!(" (limit {})", show::percent(l)));
    let shown = show::percent_near(share, &show::limits_of(&tests[0]));
    let message = format!("{n_drifted} of {n_counted} columns drifted: {shown}{by}{limit}, no p-value");
    Case { tests, message, ..case }
}

fn share_of(share: f64, counted: u64, drifted: u64) -> Drift {
    Drift {
        statistic: share,
        statistic_high: None,
        p: None,
        p_from: "no p-value",
        effect: share,
        effect_high: None,
        null_p95: None,
        null_p99: None,
        df: None,
        at: None,
        n: 0,
        m: 0,
        shown: vec![("columns", counted as f64), ("drifted", drifted as f64)],
        notes: Vec::new(),
    }
}
