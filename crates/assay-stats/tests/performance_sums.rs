//! The exact sum: the correctly rounded value, and the same bytes in any order and grouping.

use assay_stats::exact_sum::{BadParts, ExactSum, SumParts};
use proptest::prelude::*;
use serde_json::Value;

fn sum(values: &[f64]) -> ExactSum {
    let mut sum = ExactSum::new();
    values.iter().for_each(|value| sum.add(*value));
    sum
}

/// Any finite double, from subnormals to the largest.
fn finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64;
    prop_oneof![f64::NORMAL | f64::SUBNORMAL | f64::ZERO, -1e3..1e3_f64]
}

#[test]
fn sums_are_those_of_fsum_to_the_bit() {
    let all: Value = serde_json::from_str(include_str!("golden/performance.json")).expect("JSON");
    let cases = all["sums"].as_array().expect("a list");
    assert!(cases.len() >= 25);
    for case in cases {
        let bits = |value: &Value| f64::from_bits(value.as_u64().expect("64 bits"));
        let values: Vec<f64> = case["values"].as_array().expect("a list").iter().map(bits).collect();
        let (found, expected) = (sum(&values).value(), bits(&case["sum"]));
        assert_eq!(found.to_bits(), expected.to_bits(), "{}: {found:e} {expected:e}", case["name"]);
    }
}

#[test]
fn infinities_and_nan_follow_ieee() {
    assert_eq!(sum(&[1.0, f64::INFINITY]).value(), f64::INFINITY);
    assert_eq!(sum(&[f64::NEG_INFINITY, 1e308, f64::NEG_INFINITY]).value(), f64::NEG_INFINITY);
    assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).value().is_nan());
    assert!(sum(&[1.0, f64::NAN]).value().is_nan());
    let parts = sum(&[f64::NAN, f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY]).to_parts();
    assert_eq!((parts.nan, parts.plus_infinity, parts.minus_infinity), (1, 2, 1));
}

#[test]
fn a_sum_beyond_the_largest_double_is_infinite_and_can_come_back() {
    let mut total = sum(&[f64::MAX, f64::MAX]);
    assert_eq!(total.value(), f64::INFINITY);
    total.add(-f64::MAX);
    assert_eq!(total.value(), f64::MAX);
    // half a unit above the largest rounds up, less does not
    let half = f64::from_bits(f64::MAX.to_bits() - (53 << 52)) / 2.0;
    assert_eq!(sum(&[f64::MAX, 2.0_f64.powi(970)]).value(), f64::INFINITY);
    assert_eq!(sum(&[f64::MAX, half / 2.0]).value(), f64::MAX);
    assert_eq!(sum(&[-f64::MAX, -f64::MAX]).value(), f64::NEG_INFINITY);
}

#[test]
fn carries_survive_millions_of_additions_of_one_sign() {
    let mut total = ExactSum::new();
    for _ in 0..1_000_000 {
        total.add(-0.1);
    }
    // 0.1 is 3602879701896397 / 2^55
    let exact = 3_602_879_701_896_397_i128 * 1_000_000;
    assert_eq!(total.value(), -(exact as f64) / 2.0_f64.powi(55));
}

#[test]
fn doubling_by_merging_sixty_times_is_exact() {
    let mut total = sum(&[f64::MAX, 1.0, 5e-324]);
    for _ in 0..60 {
        total.merge(&total.clone());
    }
    for _ in 0..60 {
        total.add(0.0);
    }
    assert_eq!(total.value(), f64::INFINITY);
    let mut small = sum(&[3.0, 5e-324]);
    for _ in 0..60 {
        small.merge(&small.clone());
    }
    assert_eq!(small.expansion(), [3.0 * 2.0_f64.powi(60), 5e-324 * 2.0_f64.powi(60)]);
}

#[test]
fn products_are_added_without_rounding() {
    let x = 1.0 + 2.0_f64.powi(-40);
    let mut total = ExactSum::new();
    total.add_product(x, x);
    total.add(-1.0);
    total.add(-(2.0_f64.powi(-39)));
    assert_eq!(total.value(), 2.0_f64.powi(-80));
}

#[test]
fn stored_parts_are_small() {
    assert_eq!(ExactSum::new().to_parts(), SumParts::default());
    assert_eq!(sum(&[-1.0]).to_parts().limbs, [(33, -(1 << 18))]);
    assert_eq!(sum(&[1e300, -1e300, -0.0]).to_parts(), SumParts::default());
}

#[test]
fn forged_parts_are_refused() {
    let parts = |limbs: &[(u8, i64)]| ExactSum::from_parts(&SumParts { limbs: limbs.to_vec(), ..SumParts::default() });
    assert_eq!(parts(&[(68, 1)]), Err(BadParts::Index(68)));
    assert_eq!(parts(&[(3, 1), (3, 1)]), Err(BadParts::Index(3)));
    assert_eq!(parts(&[(3, 1), (2, 1)]), Err(BadParts::Index(2)));
    assert_eq!(parts(&[(3, 0)]), Err(BadParts::Value(3, 0)));
    assert_eq!(parts(&[(3, 1), (4, -1)]), Err(BadParts::Value(4, -1)));
    assert_eq!(parts(&[(3, 1 << 32)]), Err(BadParts::Value(3, 1 << 32)));
    assert_eq!(parts(&[(67, i64::MIN)]), Err(BadParts::Value(67, i64::MIN)));
}

proptest! {
    #[test]
    fn any_order_and_grouping_gives_the_same_bytes(
        values in prop::collection::vec(finite(), 0..80).prop_shuffle(),
        order in any::<u64>(),
        groups in 1..9_usize,
    ) {
        let whole = sum(&values);
        let mut shuffled = values.clone();
        shuffled.sort_by_key(|value| value.to_bits().wrapping_mul(order | 1).rotate_left(17));
        let mut parts = vec![ExactSum::new(); groups];
        for (index, value) in shuffled.iter().enumerate() {
            parts[index * 7 % groups].add(*value);
        }
        let merged = parts.into_iter().rev().reduce(|mut left, right| { left.merge(&right); left }).expect("a group");
        prop_assert_eq!(merged.to_parts(), whole.to_parts());
        prop_assert_eq!(merged.value().to_bits(), whole.value().to_bits());
    }

    #[test]
    fn the_value_is_the_rounded_one_of_integers(values in prop::collection::vec((any::<i64>(), 0..40_u32), 0..50)) {
        let mut total = ExactSum::new();
        let mut exact = 0_i128;
        for (mantissa, shift) in values {
            // 53 bits, so that the double holds it
            let mantissa = mantissa >> 11;
            exact += i128::from(mantissa) << shift;
            total.add(mantissa as f64 * 2.0_f64.powi(shift as i32));
        }
        prop_assert_eq!(total.value(), exact as f64);
    }

    #[test]
    fn stored_sums_come_back(values in prop::collection::vec(finite(), 0..40)) {
        let whole = sum(&values);
        let stored = whole.to_parts();
        let back = ExactSum::from_parts(&stored).expect("stored by us");
        prop_assert_eq!(back.to_parts(), stored);
        prop_assert_eq!(back.value().to_bits(), whole.value().to_bits());
    }

    #[test]
    fn an_expansion_adds_up_to_the_sum(values in prop::collection::vec(-1e200..1e200_f64, 0..40)) {
        let whole = sum(&values);
        let terms = whole.expansion();
        prop_assert_eq!(&sum(&terms), &whole);
        prop_assert!(terms.windows(2).all(|pair| pair[1].abs() <= pair[0].abs() * f64::EPSILON));
    }

    #[test]
    fn adding_and_taking_away_leaves_nothing(values in prop::collection::vec(finite(), 0..40)) {
        let mut total = sum(&values);
        values.iter().rev().for_each(|value| total.add(-value));
        prop_assert_eq!(total.to_parts(), SumParts::default());
        prop_assert_eq!(total.value().to_bits(), 0.0_f64.to_bits());
    }
}
