//! Against a set of values as text.

use std::collections::HashSet;

use arrow::array::*;
use arrow::datatypes::TimeUnit;
use proptest::prelude::*;

use super::*;

fn build(columns: &[DataType], other: &[ArrayRef], range: Option<(i128, i128)>) -> Result<KeySet, MetricError> {
    let types = other.iter().map(|column| column.data_type().clone()).collect();
    let plan = OrphanPlan { columns: columns.to_vec(), other: types, range, rows: Some(other[0].len() as u64) };
    let builder = KeySetBuilder::new(&plan, Budget::new(1 << 30))?;
    let mut locals = [builder.local(), builder.local()];
    let half = other[0].len() / 2;
    let part = |from: usize, len: usize| other.iter().map(|column| column.slice(from, len)).collect::<Vec<_>>();
    locals[0].update(&part(0, half), &vec![None; other.len()])?;
    locals[1].update(&part(half, other[0].len() - half), &vec![None; other.len()])?;
    builder.finish(locals.into())
}

fn orphans(columns: &[ArrayRef], other: &[ArrayRef]) -> Vec<usize> {
    let types: Vec<_> = columns.iter().map(|column| column.data_type().clone()).collect();
    let set = build(&types, other, None).expect("comparable");
    set.members(columns, &vec![None; columns.len()], None).expect("compared").set_indices().collect()
}

fn rows(columns: &[&Vec<Option<i64>>]) -> Vec<Option<Vec<i64>>> {
    (0..columns[0].len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

fn numbers(n: usize) -> impl Strategy<Value = Vec<Option<i64>>> {
    let near = prop::option::weighted(0.9, -30..60_i64);
    let far = prop::option::weighted(0.9, (-30..60_i64).prop_map(|v| v * 0x1234_5678_9abc));
    prop_oneof![prop::collection::vec(near, n), prop::collection::vec(far, n)]
}

fn texts(cells: &[Option<i64>], encoding: &DataType) -> ArrayRef {
    let plain: StringArray = cells.iter().map(|cell| cell.map(|cell| format!("key {cell}"))).collect();
    cast(&plain, encoding).expect("text has this encoding")
}

fn encodings() -> impl Strategy<Value = DataType> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    prop::sample::select(vec![DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, dictionary])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn orphans_are_the_rows_without_a_counterpart(
        (a, b) in (numbers(150), numbers(150)),
        (other_a, other_b) in (numbers(40), numbers(40)),
        (encoding, other_encoding) in (encodings(), encodings()),
        mask in prop::collection::vec(any::<bool>(), 150),
        bad in prop::collection::vec(prop::bool::weighted(0.1), 150),
    ) {
        let (mask, bad) = (BooleanBuffer::from(mask), BooleanBuffer::from(bad));
        let check = |columns: &[ArrayRef], keys: &[&Vec<_>], other: &[ArrayRef], other_keys: &[&Vec<_>], range| {
            let types: Vec<_> = columns.iter().map(|column| column.data_type().clone()).collect();
            let set = build(&types, other, range).expect("comparable");
            let there: HashSet<Vec<i64>> = rows(other_keys).into_iter().flatten().collect();
            let keys = rows(keys);
            let mut unparsed = vec![None; columns.len()];
            unparsed[0] = Some(bad.clone());
            let tested = |row: &usize| mask.value(*row) && !bad.value(*row) && keys[*row].is_some();
            let lonely = |row: &usize| tested(row) && keys[*row].as_ref().is_some_and(|key| !there.contains(key));
            let tally = set.tally(columns, &unparsed, Some(&mask)).expect("counted");
            let members = set.members(columns, &unparsed, Some(&mask)).expect("compared");
            let count = |holds: &dyn Fn(&usize) -> bool| (0..keys.len()).filter(holds).count() as u64;
            assert_eq!(members.set_indices().collect::<Vec<_>>(), (0..keys.len()).filter(lonely).collect::<Vec<_>>());
            assert_eq!(tally, Tally {
                selected: count(&|row| mask.value(*row)),
                tested: count(&tested),
                failing: count(&lonely),
                nulls: count(&|row| mask.value(*row) && !bad.value(*row) && keys[*row].is_none()),
                unparsed: count(&|row| mask.value(*row) && bad.value(*row)),
                ..Tally::default()
            });
        };
        let ints = |cells: &Vec<Option<i64>>| -> ArrayRef { Arc::new(Int64Array::from(cells.clone())) };
        let small = |cells: &Vec<Option<i64>>| -> ArrayRef { Arc::new(cells.iter().map(|v| v.map(|v| v as i32 % 100)).collect::<Int32Array>()) };
        let reduced = |cells: &Vec<Option<i64>>| -> Vec<_> { cells.iter().map(|v| v.map(|v| i64::from(v as i32 % 100))).collect() };
        let decimal = cast(&ints(&other_a), &DataType::Decimal128(25, 3)).expect("it fits");
        check(&[ints(&a)], &[&a], &[ints(&other_a)], &[&other_a], None);
        check(&[ints(&a)], &[&a], &[small(&other_a)], &[&reduced(&other_a)], Some((-100, 100)));
        check(&[ints(&a)], &[&a], &[decimal], &[&other_a], None);
        check(&[texts(&a, &encoding)], &[&a], &[texts(&other_a, &other_encoding)], &[&other_a], None);
        check(
            &[ints(&a), texts(&b, &encoding)], &[&a, &b],
            &[small(&other_a), texts(&other_b, &other_encoding)], &[&reduced(&other_a), &other_b], None,
        );
    }
}

#[test]
fn what_the_other_type_cannot_hold_is_not_there() {
    let signed: ArrayRef = Arc::new(Int64Array::from(vec![-1, 5, i64::MAX]));
    let unsigned: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 5, i64::MAX as u64]));
    assert_eq!(orphans(&[Arc::clone(&signed)], &[Arc::clone(&unsigned)]), [0]);
    assert_eq!(orphans(&[unsigned], &[signed]), [0]);
    // the year 9999 is beyond nanoseconds of 64 bits
    let micros: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from(vec![Some(253_370_764_800_000_000), Some(7), Some(0), None]));
    let nanos: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![Some(7_000), Some(0), None]));
    assert_eq!(orphans(&[Arc::clone(&micros)], &[Arc::clone(&nanos)]), [0]);
    assert_eq!(orphans(&[nanos], &[micros]), [] as [usize; 0]);
    let narrow: ArrayRef =
        Arc::new(Decimal128Array::from(vec![150]).with_precision_and_scale(9, 2).expect("in bounds"));
    let finer: ArrayRef =
        Arc::new(Decimal128Array::from(vec![1505, 1500]).with_precision_and_scale(20, 3).expect("in bounds"));
    assert_eq!(orphans(&[finer], &[narrow]), [0]);
}

#[test]
fn an_empty_table_has_no_keys() {
    let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
    let some: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    assert_eq!(orphans(&[some], &[none]), [0]);
}

#[test]
fn types_without_common_values_are_refused() {
    let other: ArrayRef = Arc::new(StringArray::from(vec!["1"]));
    let error = build(&[DataType::Int64], &[other], None).expect_err("a number is not a text");
    assert_eq!(error.code, "unsupported");
    let zoned: ArrayRef = Arc::new(TimestampSecondArray::from(vec![1]).with_timezone("UTC"));
    let error = build(&[DataType::Timestamp(TimeUnit::Second, None)], &[zoned], None)
        .expect_err("an instant is not a wall clock");
    assert_eq!(error.code, "unsupported");
}

#[test]
fn keys_beyond_the_memory_allowed_are_an_error() {
    for column in [
        Arc::new(Int64Array::from_iter_values((0..5000).map(|v| v << 40))) as ArrayRef,
        texts(&vec![Some(1); 5000], &DataType::Utf8),
    ] {
        let ty = column.data_type().clone();
        let plan = OrphanPlan { columns: vec![ty.clone()], other: vec![ty], range: None, rows: None };
        let builder = KeySetBuilder::new(&plan, Budget::new(60)).expect("comparable");
        let error = builder.local().update(&[column], &[None]).expect_err("too many");
        assert_eq!(error.code, "out_of_memory");
    }
}
