//! Additive measurements merge in any order and grouping to the same value.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

use assay_core::measurement::{Extremes, Measurement, Sum, Tally, Total};
use assay_core::value::Value;
use bigdecimal::BigDecimal;
use proptest::prelude::*;

fn tally() -> impl Strategy<Value = Measurement> {
    prop::array::uniform7(0u64..1_000_000).prop_map(|[selected, tested, failing, nulls, unparsed, nan, unknown]| {
        Measurement::Tally(Tally { selected, tested, failing, nulls, unparsed, nan, unknown })
    })
}

fn extremes() -> impl Strategy<Value = Measurement> {
    let value = prop::option::of(prop_oneof![
        any::<i64>().prop_map(|v| Value::Int(v.into())),
        Just(Value::Int(i128::from(u64::MAX)))
    ]);
    (0u64..1000, 0u64..1000, value.clone(), value)
        .prop_map(|(selected, tested, min, max)| Measurement::Extremes(Extremes { selected, tested, min, max }))
}

fn sum() -> impl Strategy<Value = Measurement> {
    (0u64..1000, 0u64..1000, 0u64..1000, any::<i64>(), 0i64..5).prop_map(|(selected, tested, nan, digits, scale)| {
        Measurement::Sum(Sum { selected, tested, nan, total: Total::Exact(BigDecimal::new(digits.into(), scale)) })
    })
}

fn three() -> impl Strategy<Value = [Measurement; 3]> {
    prop_oneof![
        prop::array::uniform3(tally()),
        prop::array::uniform3(extremes()),
        prop::array::uniform3(sum()),
        prop::array::uniform3((0u64..u64::MAX / 4).prop_map(Measurement::Rows)),
    ]
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative([a, b, c] in three()) {
        let merge = |x: &Measurement, y: &Measurement| x.clone().merged(y).expect("one additive kind");
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        prop_assert_eq!(merge(&a, &b), merge(&b, &a));
    }
}

#[test]
fn measurements_of_different_kinds_do_not_merge() {
    assert_eq!(Measurement::Rows(1).merged(&Measurement::Tally(Tally::default())), None);
}
