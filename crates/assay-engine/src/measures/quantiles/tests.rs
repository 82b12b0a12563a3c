//! Against sorted values, over types, masks, threads and budgets.

use arrow::array::*;
use arrow::datatypes::i256;
use proptest::prelude::*;

use super::*;

const LEVELS: [u32; 7] = [0, 10_000, 250_000, 500_000, 900_000, 999_999, 1_000_000];

fn quantiles(blocks: &[ArrayRef], budget: usize, n_locals: usize) -> Quantiles {
    let dir = tempfile::tempdir().expect("a folder");
    let ty = blocks[0].data_type();
    let counter =
        QuantileCounter::new(ty, LEVELS.to_vec(), Budget::new(budget), &SpillDir::new(dir.path())).expect("numbers");
    let mut locals: Vec<_> = (0..n_locals).map(|_| counter.local()).collect();
    for (at, block) in blocks.iter().enumerate() {
        locals[at % n_locals].update(block, None, None).expect("collected");
    }
    counter.finish(locals).expect("finished")
}

fn expected(mut values: Vec<f64>) -> Option<Vec<f64>> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |level: &u32| {
        let place = last as u128 * u128::from(*level);
        let (rank, part) = ((place / 1_000_000) as usize, (place % 1_000_000) as f64 / 1e6);
        between(values[rank], values[last.min(rank + 1)], part)
    };
    Some(LEVELS.iter().map(at).collect())
}

fn cells() -> impl Strategy<Value = Vec<Option<i64>>> {
    let few = prop::option::weighted(0.9, -20..20_i64);
    let some = prop::option::weighted(0.9, any::<i32>().prop_map(i64::from));
    let wide = prop::option::weighted(0.9, any::<i64>());
    prop_oneof![
        prop::collection::vec(few, 0..600),
        prop::collection::vec(some, 0..600),
        prop::collection::vec(wide, 0..600)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn quantiles_are_those_of_the_sorted_values(
        cells in cells(), budget in prop::sample::select(vec![0, 1000, 1 << 30]), n_locals in 1..3usize, block in 1..300usize,
    ) {
        let in_blocks = |array: ArrayRef| -> Vec<ArrayRef> {
            (0..array.len().max(1)).step_by(block).map(|at| array.slice(at, block.min(array.len() - at))).collect()
        };
        let check = |array: ArrayRef, values: Vec<f64>, nan: u64| {
            let answer = quantiles(&in_blocks(Arc::clone(&array)), budget, n_locals);
            let counts = (answer.selected, answer.tested, answer.nan);
            assert_eq!(counts, (array.len() as u64, values.len() as u64, nan));
            assert_eq!(answer.values, expected(values));
        };
        let present = || cells.iter().flatten().copied();
        check(Arc::new(Int64Array::from(cells.clone())), present().map(|v| v as f64).collect(), 0);
        let unsigned: UInt64Array = cells.iter().map(|v| v.map(i64::cast_unsigned)).collect();
        check(Arc::new(unsigned), present().map(|v| v.cast_unsigned() as f64).collect(), 0);
        let float = |v: i64| match v { 0 => f64::NAN, 1 => f64::INFINITY, 2 => -0.0, v => v as f64 / 8.0 };
        let floats: Vec<f64> = present().map(float).collect();
        let numbers = floats.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0).collect();
        let nan = floats.iter().filter(|v| v.is_nan()).count() as u64;
        check(Arc::new(cells.iter().map(|v| v.map(float)).collect::<Float64Array>()), numbers, nan);
        let decimal = cells.iter().map(|v| v.map(i128::from)).collect::<Decimal128Array>();
        let narrow = decimal.clone().with_precision_and_scale(18, 2).expect("it is in bounds");
        let hundredth = |v: i64| format!("{v}e-2").parse::<f64>().expect("a float");
        check(Arc::new(narrow), present().map(hundredth).collect(), 0);
        let wide: Decimal128Array = decimal.unary(|v| v * 1_000_000_000_000);
        check(Arc::new(wide.with_precision_and_scale(38, 14).expect("it is in bounds")), present().map(hundredth).collect(), 0);
        let widest = cells.iter().map(|v| v.map(|v| i256::from_i128(v.into()))).collect::<Decimal256Array>();
        check(Arc::new(widest.with_precision_and_scale(60, 2).expect("it is in bounds")), present().map(hundredth).collect(), 0);
    }
}

#[test]
fn masked_and_unparsed_rows_are_left_out() {
    let counter = QuantileCounter::new(&DataType::Int32, vec![500_000], Budget::new(0), &SpillDir::new("/nowhere"))
        .expect("numbers");
    let mut local = counter.local();
    let column: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(2), None, Some(100), Some(4)]));
    let unparsed = BooleanBuffer::from(vec![false, false, true, false, false]);
    let selected = BooleanBuffer::from(vec![true, true, true, false, true]);
    local.update(&column, Some(&unparsed), Some(&selected)).expect("collected");
    let answer = counter.finish(vec![local]).expect("finished");
    assert_eq!(answer, Quantiles { selected: 4, tested: 3, nan: 0, values: Some(vec![2.0]) });
}

#[test]
fn text_has_no_quantiles() {
    let error =
        QuantileCounter::new(&DataType::Utf8, vec![], Budget::new(0), &SpillDir::new("/nowhere")).expect_err("text");
    assert_eq!(error.code, "unsupported");
}

#[test]
fn a_step_between_the_largest_floats_is_finite() {
    assert_eq!(between(-f64::MAX, f64::MAX, 0.5), 0.0);
    assert_eq!(between(1.0, f64::INFINITY, 0.0), 1.0);
    assert_eq!(between(1.0, f64::INFINITY, 0.5), f64::INFINITY);
}
