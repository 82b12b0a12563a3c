//! Corrections for many tests: published numbers, a library's, and what must hold of any family.

#[path = "golden/categories.rs"]
mod golden;

use assay_stats::PValue;
use assay_stats::corrections::Correction;
use golden::{close, golden, numbers};
use proptest::prelude::*;

fn adjust(correction: Correction, family: &[f64]) -> Vec<f64> {
    let family: Vec<PValue> = family.iter().map(|&p| PValue::new(p)).collect();
    correction.adjust(&family).into_iter().map(PValue::value).collect()
}

#[track_caller]
fn check(correction: Correction, family: &[f64], golden: &[f64]) {
    let adjusted = adjust(correction, family);
    assert_eq!(adjusted.len(), golden.len());
    for (ours, &golden) in adjusted.into_iter().zip(golden) {
        close(correction.name(), ours, golden, 1e-12);
    }
}

#[test]
fn the_published_family_is_adjusted_as_published() {
    let family = [0.01, 0.04, 0.03, 0.005, 0.2, 0.5];
    check(Correction::BenjaminiHochberg, &family, &[0.03, 0.06, 0.06, 0.03, 0.24, 0.5]);
    check(Correction::BenjaminiYekutieli, &family, &[0.0735, 0.147, 0.147, 0.0735, 0.588, 1.0]);
    check(Correction::None, &family, &family);
}

#[test]
fn families_are_adjusted_as_by_statsmodels() {
    for case in golden()["families"].as_array().expect("cases") {
        let family = numbers(&case["p"]);
        check(Correction::BenjaminiHochberg, &family, &numbers(&case["fdr_bh"]));
        check(Correction::BenjaminiYekutieli, &family, &numbers(&case["fdr_by"]));
        check(Correction::Bonferroni, &family, &numbers(&case["bonferroni"]));
    }
}

#[test]
fn adjusted_values_below_the_smallest_double_keep_their_size() {
    let family = [PValue::from_ln(-5000.0), PValue::from_ln(-4000.0), PValue::new(0.3), PValue::new(0.0)];
    let bonferroni = Correction::Bonferroni.adjust(&family);
    assert_eq!(bonferroni[0].ln(), -5000.0 + 4.0_f64.ln());
    let hochberg = Correction::BenjaminiHochberg.adjust(&family);
    assert_eq!(hochberg[0].ln(), -5000.0 + 2.0_f64.ln());
    assert_eq!(hochberg[3].ln(), f64::NEG_INFINITY);
}

#[test]
fn corrections_are_found_by_their_names() {
    for correction in Correction::ALL {
        assert_eq!(Correction::find(correction.name()), Some(correction));
    }
    assert_eq!(Correction::find("holm"), None);
    assert_eq!(Correction::default().name(), "benjamini_hochberg");
}

#[test]
fn an_empty_family_stays_empty() {
    for correction in Correction::ALL {
        assert!(correction.adjust(&[]).is_empty());
    }
}

proptest! {
    #[test]
    fn adjusting_keeps_the_order_and_never_makes_smaller(
        family in prop::collection::vec(prop_oneof![0.0..1.0_f64, Just(0.01), Just(1.0), 1e-300..1e-290_f64], 1..60),
    ) {
        let family: Vec<PValue> = family.into_iter().map(PValue::new).collect();
        for correction in Correction::ALL {
            let adjusted = correction.adjust(&family);
            for (i, p) in family.iter().enumerate() {
                prop_assert!(adjusted[i].total_cmp(p).is_ge());
                prop_assert!(adjusted[i].ln() <= 0.0);
                for (j, q) in family.iter().enumerate() {
                    if p.total_cmp(q).is_le() {
                        prop_assert!(adjusted[i].total_cmp(&adjusted[j]).is_le());
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_of_a_family_does_not_matter(
        family in prop::collection::vec(prop_oneof![0.0..1.0_f64, Just(0.05)], 1..30),
        shift in 0_usize..30,
    ) {
        let family: Vec<PValue> = family.into_iter().map(PValue::new).collect();
        let mut shifted = family.clone();
        shifted.rotate_left(shift % family.len());
        for correction in Correction::ALL {
            let mut adjusted = correction.adjust(&family);
            adjusted.rotate_left(shift % family.len());
            prop_assert_eq!(adjusted, correction.adjust(&shifted));
        }
    }

    #[test]
    fn the_corrections_are_ordered_by_strictness(family in prop::collection::vec(0.0..1.0_f64, 1..40)) {
        let by = |correction| adjust(correction, &family);
        let (hochberg, yekutieli, bonferroni) = (
            by(Correction::BenjaminiHochberg), by(Correction::BenjaminiYekutieli), by(Correction::Bonferroni),
        );
        for i in 0..family.len() {
            prop_assert!(hochberg[i] <= yekutieli[i]);
            prop_assert!(hochberg[i] <= bonferroni[i]);
        }
    }
}
