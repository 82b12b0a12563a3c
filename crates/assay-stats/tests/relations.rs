//! Drift of correlation, covariance and target relation against published formulas (`golden/relations.py`).

use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::drift::covariance::{Components, Pca, Reconstruction, correlation_distance};
use assay_stats::drift::target_relation::{self, BinaryLabels, Labels, TargetBin};
use assay_stats::drift::{Drift, correlation};
use proptest::prelude::*;
use serde_json::Value;

fn golden(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("golden/relations.json")).expect("JSON");
    all[section].as_array().expect("a list of cases").clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn scale(value: &Value) -> Scale {
    Scale::new(number(&value[0]), number(&value[1])).expect("an interval")
}

fn units(scale: Scale, values: &Value) -> Vec<i32> {
    numbers(values).into_iter().map(|x| scale.unit(x).expect("a number")).collect()
}

/// Rounding to 2^-30 moves results by about 1e-9; the formulas themselves are closer.
fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{what}: {found} expected {expected}");
}

fn shown(drift: &Drift, name: &str) -> f64 {
    drift.shown.iter().find(|figure| figure.0 == name).expect("a figure").1
}

fn matrix(columns: &[Vec<i32>]) -> MomentMatrix {
    let mut matrix = MomentMatrix::new(columns.len());
    let slices: Vec<&[i32]> = columns.iter().map(Vec::as_slice).collect();
    matrix.add_block(&slices).expect("equally long");
    matrix
}

#[test]
fn correlation_changes_are_the_published_ones() {
    for case in golden("correlations") {
        let name = case["name"].as_str().expect("a name");
        let side = |side: &str, repeat: &Value| {
            let x = units(scale(&case["x_scale"]), &case[side][0]);
            let y = units(scale(&case["y_scale"]), &case[side][1]);
            let mut moments = CoMoments::default();
            for _ in 0..repeat.as_u64().expect("a count") {
                x.iter().zip(&y).for_each(|(x, y)| moments.add(*x, *y));
            }
            moments
        };
        let (base, live) = (side("base", &case["repeat"][0]), side("live", &case["repeat"][1]));
        let drift = correlation::compare(&base, &live).expect("enough rows");
        near(shown(&drift, "r_base"), number(&case["r_base"]), 5e-9, name);
        near(shown(&drift, "r_live"), number(&case["r_live"]), 5e-9, name);
        near(drift.effect, number(&case["effect"]), 1e-8, name);
        near(drift.statistic, number(&case["z"]), 1e-7, name);
        near(drift.p.expect("a p-value").ln(), number(&case["ln_p"]), 1e-6, name);
    }
}

#[test]
fn fisher_z_follows_from_r_and_n() {
    // r = 0.5 and 0, by four kinds of rows counted exactly; n = 800
    let moments = |same: u64, other: u64| {
        let mut moments = CoMoments::default();
        for (x, y, rows) in [(1, 1, same), (-1, -1, same), (1, -1, other), (-1, 1, other)] {
            (0..rows).for_each(|_| moments.add(x, y));
        }
        moments
    };
    let drift = correlation::compare(&moments(300, 100), &moments(200, 200)).expect("enough rows");
    assert_eq!((shown(&drift, "r_base"), shown(&drift, "r_live"), drift.effect), (0.5, 0.0, 0.5));
    let z: f64 = -0.549_306_144_334_054_8 / (2.0_f64 / 797.0).sqrt();
    near(drift.statistic, z, 1e-14, "z");
    // the 95th percentile of |r1 - r2| at r = 1/4: 15/16 * 1.96 standard errors
    near(drift.null_p95.expect("known"), 0.9375 * 1.959_963_984_540_054 * (2.0_f64 / 797.0).sqrt(), 1e-12, "p95");
}

#[test]
fn equal_correlations_of_one_are_no_change_and_a_broken_one_is() {
    let line = |flip: i32| {
        let mut moments = CoMoments::default();
        (0..50).for_each(|i| moments.add(i, if i == 7 { flip } else { i }));
        moments
    };
    let same = correlation::compare(&line(7), &line(7)).expect("enough rows");
    assert_eq!((same.effect, same.p.expect("p").value()), (0.0, 1.0));
    let broken = correlation::compare(&line(7), &line(9)).expect("enough rows");
    assert!(broken.effect > 0.0 && broken.effect < 0.01);
    assert_eq!(broken.p.expect("p").value(), 0.0);
}

#[test]
fn pairs_that_have_no_correlation_say_why() {
    let rows = |values: &[(i32, i32)]| {
        let mut moments = CoMoments::default();
        values.iter().for_each(|(x, y)| moments.add(*x, *y));
        moments
    };
    let good = rows(&[(1, 1), (2, 2), (3, 1), (4, 5)]);
    let code = |base: &CoMoments, live: &CoMoments| correlation::compare(base, live).expect_err("no value").code;
    assert_eq!(code(&good, &CoMoments::default()), "too_few_rows");
    assert_eq!(code(&rows(&[(1, 1), (2, 2), (3, 1)]), &good), "too_few_rows");
    assert_eq!(code(&good, &rows(&[(1, 7), (2, 7), (3, 7), (4, 7)])), "constant");
}

#[test]
fn reconstruction_errors_are_those_of_the_rows() {
    for case in golden("covariances") {
        let name = case["name"].as_str().expect("a name");
        let scales: Vec<Scale> = list(&case["scales"]).iter().map(scale).collect();
        let side = |columns: &Value| {
            let columns = list(columns).iter().zip(&scales);
            matrix(&columns.map(|(column, scale)| units(*scale, column)).collect::<Vec<_>>())
        };
        let (fitted, live) = (side(&case["fitted"]), side(&case["live"]));
        let chunks: Vec<MomentMatrix> = list(&case["chunks"]).iter().map(side).collect();
        let components = match case["share"].as_f64() {
            Some(share) => Components::Share(share),
            None => Components::Count(case["count"].as_u64().expect("a count") as usize),
        };

        for (i, row) in list(&case["sample_covariance"]).iter().enumerate() {
            for (j, expected) in numbers(row).into_iter().enumerate() {
                let sample = fitted.covariance(i, j) * fitted.n() as f64 / (fitted.n() - 1) as f64;
                near(sample, expected, 5e-9, name);
            }
        }
        let reconstruction = Reconstruction::new(fitted, &chunks, components).expect("a fit");
        assert_eq!(reconstruction.pca().kept() as u64, case["kept"].as_u64().expect("a count"), "{name}");
        for (found, expected) in reconstruction.pca().eigenvalues().iter().zip(numbers(&case["eigenvalues"])) {
            near(*found, expected, 1e-8, name);
        }
        for (found, expected) in reconstruction.chunk_errors().iter().zip(numbers(&case["chunk_errors"])) {
            near(*found, expected, 1e-7, name);
        }
        let drift = reconstruction.compare(&live).expect("a window");
        near(drift.statistic, number(&case["error"]), 1e-7, name);
        near(drift.effect, number(&case["effect"]), 1e-6, name);
        near(shown(&drift, "frobenius"), number(&case["frobenius"]), 1e-7, name);
        assert!(drift.p.is_none());
        let left_out = drift.notes.iter().any(|note| note.contains("constant in the baseline, left out: 1"));
        assert_eq!(left_out, name == "constant_in_the_baseline", "{name}: {:?}", drift.notes);
    }
}

#[test]
fn a_fit_that_leaves_nothing_to_measure_says_why() {
    let line = |values: &[i32]| values.to_vec();
    let base = matrix(&[line(&[1, 2, 3, 5]), line(&[2, 1, 5, 3])]);
    let code = |base: &MomentMatrix, components| Pca::fit(base, components).expect_err("no fit").code;
    assert_eq!(code(&base, Components::Count(2)), "no_residual");
    assert_eq!(code(&base, Components::Share(1.0)), "no_residual");
    assert_eq!(code(&MomentMatrix::new(3), Components::Count(1)), "too_few_rows");
    assert_eq!(code(&MomentMatrix::new(201), Components::Count(1)), "too_many_columns");
    assert_eq!(code(&matrix(&[line(&[1, 2]), line(&[3, 3])]), Components::Count(1)), "too_few_columns");

    let pca = Pca::fit(&base, Components::Count(1)).expect("a fit");
    assert_eq!(pca.reconstruction_error(&MomentMatrix::new(2)).expect_err("no rows").code, "no_rows");
    assert_eq!(pca.reconstruction_error(&MomentMatrix::new(3)).expect_err("columns").code, "different_columns");
    let chunks = |n: usize| vec![base.clone(); n];
    let new = |n| Reconstruction::new(base.clone(), &chunks(n), Components::Count(1)).expect_err("no spread").code;
    assert_eq!(new(1), "too_few_chunks");
    assert_eq!(new(20), "constant_baseline");
}

#[test]
fn rows_in_the_plane_of_the_components_are_reconstructed() {
    let line: Vec<i32> = (-500..500).map(|i| i * 1000).collect();
    let opposite: Vec<i32> = line.iter().map(|x| -x).collect();
    let pca = Pca::fit(&matrix(&[line.clone(), opposite.clone()]), Components::Share(0.65)).expect("a fit");
    assert_eq!(pca.kept(), 1);
    let error = |columns: &[Vec<i32>]| pca.reconstruction_error(&matrix(columns)).expect("rows");
    assert!(error(&[opposite.clone(), line.clone()]) < 1e-7);
    // both columns equal: every row is its own distance from the plane, sqrt 2 standard deviations on average
    let off = error(&[line.clone(), line.clone()]);
    assert!((off - 2.0_f64.sqrt()).abs() < 1e-3, "{off}");
    let (distance, left_out) = correlation_distance(&matrix(&[line.clone(), opposite]), &matrix(&[line.clone(), line]));
    assert!((distance - 8.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!(left_out, 0);
}

#[test]
fn numeric_target_relations_are_the_published_ones() {
    for case in golden("target_numeric") {
        let name = case["name"].as_str().expect("a name");
        let scale = scale(&case["scale"]);
        let labels = |values: &Value| {
            let mut labels = Labels::default();
            units(scale, values).into_iter().for_each(|unit| labels.add(unit));
            labels
        };
        let bins: Vec<TargetBin<Labels>> = list(&case["base"])
            .iter()
            .zip(list(&case["live"]))
            .map(|(base, live)| TargetBin { base: labels(base), live: labels(live) })
            .collect();
        let drift = target_relation::numeric(&bins).expect("usable bins");
        check_target(&drift, &case, 1e-7, name);
        for (found, expected) in [drift.null_p95, drift.null_p99].into_iter().zip(numbers(&case["null"])) {
            near(found.expect("known"), expected, 1e-7, name);
        }
    }
}

#[test]
fn binary_target_relations_are_the_published_ones() {
    for case in golden("target_binary") {
        let name = case["name"].as_str().expect("a name");
        let labels = |counts: &Value| BinaryLabels {
            n: counts[0].as_u64().expect("rows"),
            positives: counts[1].as_u64().expect("positives"),
        };
        let bins: Vec<TargetBin<BinaryLabels>> = list(&case["base"])
            .iter()
            .zip(list(&case["live"]))
            .map(|(base, live)| TargetBin { base: labels(base), live: labels(live) })
            .collect();
        check_target(&target_relation::binary(&bins).expect("usable bins"), &case, 1e-12, name);
    }
}

fn check_target(drift: &Drift, case: &Value, tolerance: f64, name: &str) {
    assert_eq!(drift.df, case["df"].as_f64(), "{name}");
    near(drift.statistic, number(&case["statistic"]), tolerance, name);
    near(drift.effect, number(&case["effect"]), tolerance, name);
    near(drift.p.expect("a p-value").ln(), number(&case["ln_p"]), tolerance * 10.0, name);
}

fn labels(rows: u64, mean: i32) -> Labels {
    let mut labels = Labels::default();
    (0..rows).for_each(|row| labels.add(mean + if row % 2 == 0 { 1000 } else { -1000 }));
    labels
}

#[test]
fn target_bins_that_cannot_be_used_are_left_out_and_named() {
    let bin = |base, live| TargetBin { base, live };
    let flat = Labels { n: 40, sum: 40 * 7, squares: 40 * 49 };
    let other = Labels { n: 50, sum: 50 * 9, squares: 50 * 81 };
    let bins = [bin(labels(40, 0), labels(30, 500)), bin(labels(29, 0), labels(40, 0)), bin(flat, other)];
    let drift = target_relation::numeric(&bins).expect("one bin");
    assert_eq!((drift.df, drift.n, drift.m), (Some(1.0), 40, 30));
    assert_eq!(shown(&drift, "largest_bin"), 0.0);
    assert_eq!(
        drift.notes,
        [
            "bins with fewer than 30 labelled rows on a side, left out: 1",
            "bins left out (labels constant on both sides): 1",
        ]
    );
    // labels that vary in live alone have a variance to compare by
    let varying = [bins[0], bin(flat, labels(40, 90_000))];
    assert_eq!(target_relation::numeric(&varying).expect("two bins").df, Some(2.0));

    assert_eq!(target_relation::numeric(&bins[1..]).expect_err("no bin").code, "too_sparse");
    assert_eq!(target_relation::numeric(&bins[2..]).expect_err("constant").code, "constant_labels");
    assert_eq!(target_relation::numeric(&[]).expect_err("no labels").code, "constant_labels");
}

#[test]
fn a_binary_target_of_one_class_has_no_relation() {
    let bin =
        |a, b| TargetBin { base: BinaryLabels { n: 100, positives: a }, live: BinaryLabels { n: 100, positives: b } };
    assert_eq!(target_relation::binary(&[bin(0, 50)]).expect_err("constant").code, "constant_labels");
    assert_eq!(target_relation::binary(&[bin(4, 5)]).expect_err("sparse").code, "too_sparse");
    let drift = target_relation::binary(&[bin(5, 5)]).expect("just enough");
    assert_eq!((drift.statistic, drift.p.expect("p").value()), (0.0, 1.0));
}

proptest! {
    #[test]
    fn correlation_drift_is_symmetric_and_bounded(
        rows in prop::collection::vec((-1000..1000_i32, -1000..1000_i32), 8..60),
    ) {
        let side = |from: usize| {
            let mut moments = CoMoments::default();
            rows.iter().skip(from).step_by(2).for_each(|(x, y)| moments.add(*x, *y));
            moments
        };
        if let (Ok(there), Ok(back)) =
            (correlation::compare(&side(0), &side(1)), correlation::compare(&side(1), &side(0)))
        {
            prop_assert_eq!(there.effect, back.effect);
            prop_assert_eq!(there.statistic, -back.statistic);
            prop_assert!((0.0..=2.0).contains(&there.effect));
            prop_assert!(there.p.is_some_and(|p| p.ln() <= 0.0));
        }
    }

    #[test]
    fn keeping_more_components_reconstructs_better(
        rows in prop::collection::vec(prop::array::uniform4(-100_000..100_000_i32), 12..60),
    ) {
        let columns: Vec<Vec<i32>> = (0..4).map(|i| rows.iter().map(|row| row[i]).collect()).collect();
        let base = matrix(&columns);
        let errors: Vec<f64> = (1..4)
            .filter_map(|count| Pca::fit(&base, Components::Count(count)).ok())
            .filter_map(|pca| pca.reconstruction_error(&base).ok().map(|error| (pca, error)))
            .map(|(pca, error)| {
                // on its own rows the error is the sum of the eigenvalues left out
                let left: f64 = pca.eigenvalues()[pca.kept()..].iter().sum();
                assert!((error * error - left).abs() < 1e-9);
                error
            })
            .collect();
        prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9));
    }
}
