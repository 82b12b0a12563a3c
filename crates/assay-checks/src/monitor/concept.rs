//! Whether features still mean the same for the target: labels by the bins of a feature, live against baseline.
//!
//! The family of these tests closes with the labels, apart from that of the columns: late labels never change a
//! verdict that was given before.

use assay_core::drift::baseline::{Target, TargetProfile};
use assay_core::drift::monitor::Concept;
use assay_core::drift::state::{ColumnState, LabelSums};
use assay_core::metric::Column;
use assay_core::verdict::{Dimension, Outcome};
use assay_stats::comoments::CoMoments;
use assay_stats::drift::target_relation::{BinaryLabels, Labels, TargetBin, binary, numeric};
use assay_stats::drift::{Drift, NotComputed};

use crate::common::quoted;
use crate::monitor::calibrate::{Past, Quiet};
use crate::monitor::case::Case;
use crate::monitor::decide::{decide, record};
use crate::monitor::labels::{self, Labelled};
use crate::monitor::plan::{Prepared, Stop};
use crate::monitor::sentences::{self, Family};
use crate::monitor::show;

/// A feature whose relation to the target is watched.
struct Feature<'a> {
    name: String,
    found: Result<(Column, &'a TargetProfile), Stop>,
}

/// The features that labels are summed by, in the order of the spec's columns.
pub(super) fn counted<'a>(prepared: &'a Prepared<'_>) -> Vec<(Column, &'a TargetProfile)> {
    features(prepared).into_iter().filter_map(|feature| feature.found.ok()).collect()
}

/// The named features, then those of largest importance, then of strongest relation in the baseline.
fn features<'a>(prepared: &'a Prepared<'_>) -> Vec<Feature<'a>> {
    let Some(concept) = &prepared.monitor.concept else { return Vec::new() };
    let mut features: Vec<Feature<'a>> = concept.features.iter().map(|name| named(prepared, name)).collect();
    let mut others: Vec<(f64, f64, &str)> = prepared
        .columns
        .iter()
        .filter(|column| !column.is_prediction && !concept.features.contains(&column.name))
        .filter_map(|column| {
            let target = column.base?.target.as_ref()?;
            let relation = relation(&target.sums).unwrap_or(0.0);
            Some((column.importance.unwrap_or(0.0), relation, column.name.as_str()))
        })
        .collect();
    // stable: equal ones stay in order
    others.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.total_cmp(&a.1)));
    let top = concept.top.map_or(0, |top| top as usize);
    features.extend(others.into_iter().take(top).map(|(_, _, name)| named(prepared, name)));
    features
}

fn named<'a>(prepared: &'a Prepared<'_>, name: &str) -> Feature<'a> {
    let missing = || Stop::error("not_in_baseline", format!("the baseline holds no labels by the bins of `{name}`"));
    let column = prepared.columns.iter().find(|column| column.name == name);
    let found = column.ok_or_else(missing).and_then(|column| {
        let target = column.base.and_then(|base| base.target.as_ref()).ok_or_else(missing)?;
        match (&column.stop, &column.live) {
            (None, Some(live)) => Ok((live.clone(), target)),
            (Some(stop), _) => Err(Stop::skipped(&stop.reason.code, stop.reason.text.clone())),
            (None, None) => Err(Stop::skipped("column_missing", format!("column missing: `{name}`"))),
        }
    });
    Feature { name: name.to_owned(), found }
}

/// Share of the label's variance between bins (eta squared, the correlation ratio); `None` of constant labels.
fn relation(sums: &[LabelSums]) -> Option<f64> {
    let n: f64 = sums.iter().map(|bin| bin.n as f64).sum();
    let sum: f64 = sums.iter().map(|bin| bin.sum as f64).sum();
    let squares: f64 = sums.iter().map(|bin| bin.squares as f64).sum();
    let total = squares - sum * sum / n;
    let between: f64 =
        sums.iter().filter(|bin| bin.n > 0).map(|bin| (bin.sum as f64).powi(2) / bin.n as f64).sum::<f64>();
    (n > 0.0 && total > 0.0).then(|| ((between - sum * sum / n) / total).clamp(0.0, 1.0))
}

/// The checks of target relations, decided: they are the second family.
pub(super) fn cases(prepared: &Prepared<'_>, labelled: Labelled<'_>, partial: bool, past: &Past<'_>) -> Vec<Case> {
    let Some(concept) = &prepared.monitor.concept else { return Vec::new() };
    let features = features(prepared);
    if features.is_empty() {
        let text = "the baseline holds no labels by the bins of any watched feature: create it with its target";
        let case = Case::new("concept".to_owned(), "concept", Dimension::Drift, concept.at.clone());
        return vec![case.stopped(Stop::error("not_in_baseline", text))];
    }
    let mut place = 0;
    let mut cases = Vec::with_capacity(features.len());
    for feature in features {
        let slot = place;
        place += usize::from(feature.found.is_ok());
        cases.push(case(prepared, concept, feature, slot, labelled, partial, past));
    }
    let significance = prepared.monitor.significance;
    let mut family: Vec<_> = cases.iter_mut().flat_map(Case::tests_mut).collect();
    let tests = decide(&mut family, significance.correction, significance.alpha);
    let family = Family { tests, alpha: significance.alpha };
    for case in cases.iter_mut().filter(|case| case.stop.is_none()) {
        case.message = sentence(case, family);
    }
    cases
}

fn sentence(case: &Case, family: Family) -> String {
    let Some(test) = case.tests.first() else { return "not compared".to_owned() };
    let effect = show::effect_of(test);
    let what = match test.outcome {
        Outcome::Warn | Outcome::Fail => {
            format!("relation to the target changed: by {effect} standard deviations of it")
        }
        _ => format!("relation to the target: largest change {effect} standard deviations of it"),
    };
    sentences::of_test(&what, test, family)
}

fn case(
    prepared: &Prepared<'_>,
    concept: &Concept,
    feature: Feature<'_>,
    slot: usize,
    labelled: Labelled<'_>,
    partial: bool,
    past: &Past<'_>,
) -> Case {
    let id = format!("concept.{}", quoted(&feature.name));
    let mut case = Case::new(id, "concept", Dimension::Drift, concept.at.clone());
    case.column = Some(feature.name);
    let state = match labelled {
        Labelled::Absent => return case.stopped(Stop::skipped("no_labels", "no labels were looked for")),
        Labelled::Unavailable(reason) => {
            return case.stopped(Stop { outcome: Outcome::Error, reason: reason.clone() });
        }
        Labelled::State(state) => state,
    };
    let (_, target) = match feature.found {
        Ok(found) => found,
        Err(stop) => return case.stopped(stop),
    };
    let labels = prepared.monitor.labels.as_ref();
    if let Some(labelled) = &state.labelled {
        case.notes = labels::notes(labelled, partial);
        if let Some(stop) = labels::uncovered(labelled, labels.map_or(0.0, |labels| labels.min_coverage)) {
            return case.stopped(stop);
        }
    }
    let counted = state.segments.first().and_then(|whole| whole.columns.get(slot));
    let live = match counted {
        Some(ColumnState::LabelsBy(live)) if live.len() == target.sums.len() => live,
        _ => return case.stopped(Stop::error("not_counted", "labels were not counted by the bins of this feature")),
    };
    let found = match &prepared.baseline.target {
        Some(of) => compare(of, target, live),
        None => return case.stopped(Stop::error("not_in_baseline", "the baseline names no target")),
    };
    let deciding = Quiet::of(past, &case.id).limits("target_relation", "target_relation", concept.limits);
    let rows = |sums: &[LabelSums]| sums.iter().map(|bin| bin.n).sum::<u64>();
    let rows = ((rows(&target.sums), rows(live)), prepared.monitor.window.min_rows);
    case.tests = vec![record("target_relation", found, Some(&deciding), Some(rows))];
    case
}

/// Labels by bin of both sides; a binary target counts positives. Beside it the correlation ratio of feature and
/// target on both sides, and where both are numbers how their correlation changed.
fn compare(target: &Target, profile: &TargetProfile, live: &[LabelSums]) -> Result<Drift, NotComputed> {
    let base = &profile.sums[..];
    let sides = base.iter().zip(live);
    let mut drift = if target.classes {
        if target.positive.is_none() {
            let text = "the target has more than two classes: its relation to a feature is not one number".to_owned();
            return Err(NotComputed { code: "not_binary", text });
        }
        let bins: Vec<TargetBin<BinaryLabels>> =
            sides.map(|(base, live)| TargetBin { base: positives(base), live: positives(live) }).collect();
        binary(&bins)?
    } else {
        let bins: Vec<TargetBin<Labels>> =
            sides.map(|(base, live)| TargetBin { base: labels_of(base), live: labels_of(live) }).collect();
        numeric(&bins)?
    };
    for (name, sums) in [("correlation_ratio_base", base), ("correlation_ratio_live", live)] {
        drift.shown.extend(relation(sums).map(|squared| (name, squared.sqrt())));
    }
    let before = profile.moments.as_ref().and_then(CoMoments::r);
    if let (Some(before), Some(now)) = (before, together(live).r()) {
        drift.shown.extend([("r_base", before), ("r_live", now), ("r_change", (now - before).abs())]);
    }
    Ok(drift)
}

/// Feature and label over the rows that have both: all bins but the last, which holds missing features.
fn together(sums: &[LabelSums]) -> CoMoments {
    let mut moments = CoMoments::default();
    for bin in &sums[..sums.len().saturating_sub(1)] {
        moments.n += bin.n;
        moments.sx += bin.feature;
        moments.sxx += bin.feature_squares;
        moments.sxy += bin.products;
        moments.sy += bin.sum;
        moments.syy += bin.squares;
    }
    moments
}

fn labels_of(sums: &LabelSums) -> Labels {
    Labels { n: sums.n, sum: sums.sum, squares: sums.squares }
}

/// The positive class is 1, others 0, so their sum is the number of positives.
fn positives(sums: &LabelSums) -> BinaryLabels {
    let positives = u64::try_from(sums.sum).unwrap_or(0).min(sums.n);
    BinaryLabels { n: sums.n, positives }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_add_up_to_the_moments_of_rows_that_have_the_feature() {
        let rows = [(0, 3, -7), (0, 5, -2), (1, 9, 4), (1, -1, 6), (1, 2, 2)];
        let mut bins = vec![LabelSums::default(); 3];
        let mut expected = CoMoments::default();
        for (bin, feature, label) in rows {
            bins[bin].add(label, Some(feature));
            expected.add(feature, label);
        }
        bins[2].add(100, None);
        assert_eq!(together(&bins), expected);
        assert_eq!(together(&bins).r(), expected.r());
    }
}
