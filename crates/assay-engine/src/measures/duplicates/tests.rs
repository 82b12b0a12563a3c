//! Against rows counted in a map, over types, encodings, masks, threads and budgets.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::types::Int32Type;
use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::*;

use super::*;

/// Kinds of column a case may have.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Int,
    NearInt,
    Float,
    Float32,
    Text,
    Bool,
    Stamp,
    Wide,
    List,
    Struct,
    FixedBytes,
    NumberedDictionary,
}

const KINDS: [Kind; 12] = [
    Kind::Int,
    Kind::NearInt,
    Kind::Float,
    Kind::Float32,
    Kind::Text,
    Kind::Bool,
    Kind::Stamp,
    Kind::Wide,
    Kind::List,
    Kind::Struct,
    Kind::FixedBytes,
    Kind::NumberedDictionary,
];

#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    kinds: Vec<Kind>,
    n_rows: usize,
    /// Distinct numbers that cells are made from.
    values: u64,
    /// One cell of so many is null; 0: none.
    null_each: u64,
    mask: bool,
    unparsed: bool,
    nulls: NullParts,
    budget: usize,
    locals: usize,
    block: usize,
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(mixed(self.0)) % n
    }
}

fn case() -> impl Strategy<Value = Case> {
    let kinds = prop::collection::vec(prop::sample::select(&KINDS[..]), 1..4);
    let shape = (0..1200usize, 1..2000u64, prop::sample::select(vec![0, 2, 7]), 1..4usize, 1..400usize);
    let budget = prop::sample::select(vec![0, 10_000, 60_000, 1 << 30]);
    (any::<u64>(), kinds, shape, any::<bool>(), any::<bool>(), any::<bool>(), budget).prop_map(
        |(seed, kinds, (n_rows, values, null_each, locals, block), mask, unparsed, equal, budget)| {
            let nulls = if equal { NullParts::Equal } else { NullParts::Skip };
            Case { seed, kinds, n_rows, values, null_each, mask, unparsed, nulls, budget, locals, block }
        },
    )
}

/// A column of cells made from numbers; equal numbers are equal cells and different ones differ, but for the zeros
/// and the NaN that 0 and 1 stand for, and Bool.
fn column(kind: Kind, numbers: &[Option<u64>], random: &mut Random) -> ArrayRef {
    let float = |n: u64, other: bool| match n {
        0 => [0.0, -0.0][usize::from(other)],
        1 => [f64::NAN, f64::from_bits(0xfff8_0000_0000_0001)][usize::from(other)],
        n => n as f64 / 4.0 - 30.0,
    };
    let text = |n: u64| format!("{}{n}", "a text of some length ".repeat(n as usize % 3));
    match kind {
        Kind::Int => Arc::new(numbers.iter().map(|n| n.map(|n| mixed(n) as i64)).collect::<Int64Array>()),
        Kind::NearInt => Arc::new(numbers.iter().map(|n| n.map(|n| n as i32 - 500)).collect::<Int32Array>()),
        Kind::Float => {
            Arc::new(numbers.iter().map(|n| n.map(|n| float(n, random.below(2) == 0))).collect::<Float64Array>())
        }
        Kind::Float32 => {
            Arc::new(numbers.iter().map(|n| n.map(|n| float(n, random.below(2) == 0) as f32)).collect::<Float32Array>())
        }
        Kind::Bool => Arc::new(numbers.iter().map(|n| n.map(|n| n % 2 == 0)).collect::<BooleanArray>()),
        Kind::Stamp => Arc::new(
            numbers.iter().map(|n| n.map(|n| -(n as i64))).collect::<TimestampMicrosecondArray>().with_timezone("UTC"),
        ),
        Kind::Wide => {
            let wide = numbers.iter().map(|n| n.map(|n| i128::from(n) << 70)).collect::<Decimal128Array>();
            Arc::new(wide.with_precision_and_scale(38, 2).expect("it is the largest"))
        }
        Kind::Text => {
            let plain: ArrayRef = Arc::new(numbers.iter().map(|n| n.map(text)).collect::<StringArray>());
            let dictionary = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
            let encoding = match random.below(6) {
                0 => DataType::LargeUtf8,
                1 => DataType::Utf8View,
                2 => dictionary(DataType::Int32),
                3 => dictionary(DataType::UInt16),
                4 => DataType::RunEndEncoded(
                    Arc::new(Field::new("run_ends", DataType::Int32, false)),
                    Arc::new(Field::new("values", DataType::Utf8, true)),
                ),
                _ => DataType::Utf8,
            };
            cast(&plain, &encoding).expect("text has these encodings")
        }
        Kind::List => {
            // an empty list, a list of null and null are three values
            let items = numbers
                .iter()
                .map(|n| n.map(|n| (0..n % 3).map(|at| (n > 9 || at > 0).then_some(n as i32 / 3)).collect::<Vec<_>>()));
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(items))
        }
        Kind::Struct => {
            let fields = [column(Kind::Float, numbers, random), column(Kind::Text, numbers, &mut Random(0))];
            let named = ["a", "b"]
                .into_iter()
                .zip(fields)
                .map(|(name, column)| (Arc::new(Field::new(name, column.data_type().clone(), true)), column));
            Arc::new(StructArray::from(named.collect::<Vec<_>>()))
        }
        Kind::FixedBytes => {
            let cells = numbers.iter().map(|n| n.map(|n| u128::from(n).to_be_bytes()));
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(cells, 16).expect("sixteen bytes each"))
        }
        Kind::NumberedDictionary => {
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int64));
            let plain: ArrayRef =
                Arc::new(PrimitiveArray::<Int64Type>::from_iter(numbers.iter().map(|n| n.map(|n| mixed(n) as i64))));
            cast(&plain, &dictionary).expect("numbers have dictionaries")
        }
    }
}

/// A cell as text; `None` for null.
fn cell(array: &ArrayRef, row: usize) -> Option<String> {
    if array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
        return None;
    }
    let options = FormatOptions::new().with_null("null");
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).expect("it has a text");
    Some(formatter.value(row).to_string().replace("-0.0", "0.0"))
}

struct TestBlock {
    columns: Vec<ArrayRef>,
    unparsed: Vec<Option<BooleanBuffer>>,
    selected: Option<BooleanBuffer>,
}

fn blocks(case: &Case) -> Vec<TestBlock> {
    let mut random = Random(case.seed);
    let mut blocks = Vec::new();
    let mut left = case.n_rows;
    while left > 0 {
        let n_rows = case.block.min(left);
        left -= n_rows;
        let mut bits = |each: u64| BooleanBuffer::collect_bool(n_rows, |_| random.below(each) == 0);
        let selected = case.mask.then(|| !&bits(3));
        let mut unparsed: Vec<_> = case.kinds.iter().map(|_| None).collect();
        if case.unparsed {
            unparsed[0] = Some(bits(10));
        }
        let numbers: Vec<Option<u64>> = (0..n_rows).map(|_| Some(random.below(case.values))).collect();
        let columns = case.kinds.iter().map(|kind| {
            let numbers: Vec<_> = numbers
                .iter()
                .map(|number| number.filter(|_| case.null_each == 0 || random.below(case.null_each) != 0))
                .collect();
            // one row more in front, which is cut off again: arrays of real blocks are slices too
            let longer: Vec<_> = [Some(5)].into_iter().chain(numbers).collect();
            column(*kind, &longer, &mut random).slice(1, n_rows)
        });
        let columns = columns.collect();
        blocks.push(TestBlock { columns, unparsed, selected });
    }
    blocks
}

/// The rows of a block that are tested, with their values.
fn tested_rows(block: &TestBlock, nulls: NullParts) -> Vec<(usize, Vec<Option<String>>)> {
    let n_rows = block.columns[0].len();
    let selected = |row: &usize| block.selected.as_ref().is_none_or(|mask| mask.value(*row));
    let parsed = |row: &usize| block.unparsed.iter().flatten().all(|bad| !bad.value(*row));
    let rows = (0..n_rows).filter(selected).filter(parsed);
    let rows = rows.map(|row| (row, block.columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>()));
    rows.filter(|(_, values)| nulls == NullParts::Equal || values.iter().all(Option::is_some)).collect()
}

fn plain(array: &ArrayRef) -> DataType {
    crate::measures::keys::plain_type(array.data_type()).clone()
}

fn count(case: &Case, blocks: &[TestBlock]) -> (Duplicates, DuplicatedKeys) {
    let dir = tempfile::tempdir().expect("a folder");
    let spill = SpillDir::new(dir.path());
    let types = blocks.first().map_or(vec![DataType::Int32], |block| block.columns.iter().map(plain).collect());
    let near = matches!(case.kinds.as_slice(), [Kind::NearInt]);
    let range = near.then_some((-500, 1500));
    let plan = DuplicatePlan { types, nulls: case.nulls, range, rows: Some(case.n_rows as u64) };
    let budget = Budget::new(case.budget);
    let counter = DuplicateCounter::new(plan, budget.clone(), &spill);
    let mut random = Random(case.seed ^ 1);
    let mut locals: Vec<_> = (0..case.locals).map(|_| counter.local()).collect();
    for block in blocks {
        let local = &mut locals[random.below(case.locals as u64) as usize];
        local.update(&block.columns, &block.unparsed, block.selected.as_ref()).expect("counted");
    }
    let (counts, keys) = match counter.finish(locals, case.locals).expect("finished") {
        Finished::Exact(counts, keys) => (counts, keys),
        Finished::Recheck(recheck) => {
            let mut locals: Vec<_> = (0..case.locals).map(|_| recheck.local()).collect();
            for block in blocks.iter().rev() {
                let local = &mut locals[random.below(case.locals as u64) as usize];
                local.update(&block.columns, &block.unparsed, block.selected.as_ref()).expect("compared");
            }
            recheck.finish(locals, case.locals).expect("finished")
        }
    };
    (counts, keys)
}

fn check(case: &Case) {
    let blocks = blocks(case);
    let mut expected: HashMap<Vec<Option<String>>, u64> = HashMap::new();
    let tested: Vec<_> = blocks.iter().map(|block| tested_rows(block, case.nulls)).collect();
    tested.iter().flatten().for_each(|(_, values)| *expected.entry(values.clone()).or_default() += 1);
    let repeated = || expected.values().filter(|rows| **rows > 1);
    let (counts, keys) = count(case, &blocks);
    let selected = |block: &TestBlock| {
        block.selected.as_ref().map_or(block.columns[0].len(), BooleanBuffer::count_set_bits) as u64
    };
    let (failing, groups) = (repeated().sum(), repeated().count() as u64);
    assert_eq!(
        counts,
        Duplicates {
            selected: blocks.iter().map(selected).sum(),
            tested: expected.values().sum(),
            failing,
            groups,
            surplus: failing - groups
        }
    );
    for (block, tested) in blocks.iter().zip(&tested) {
        match keys.members(&block.columns, &block.unparsed, block.selected.as_ref()) {
            Ok(members) => {
                let rows: Vec<usize> = tested.iter().filter(|row| expected[&row.1] > 1).map(|row| row.0).collect();
                assert_eq!(members.set_indices().collect::<Vec<_>>(), rows);
            }
            Err(error) => assert!(error.code == "out_of_memory" && case.budget < 1 << 30, "{}", error.text),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn counts_and_members_are_those_of_a_map(case in case()) {
        check(&case);
    }

    #[test]
    fn a_single_column_does_not_depend_on_method(case in case()) {
        check(&Case { kinds: case.kinds[..1].to_vec(), ..case });
    }
}

fn large(kinds: Vec<Kind>, values: u64, budget: usize) -> Case {
    Case {
        seed: 1,
        kinds,
        n_rows: 20_000,
        values,
        null_each: 0,
        mask: false,
        unparsed: false,
        nulls: NullParts::Skip,
        budget,
        locals: 2,
        block: 3000,
    }
}

#[test]
fn small_budgets_spill_and_give_the_same_counts() {
    for kinds in [vec![Kind::Int], vec![Kind::Text], vec![Kind::Int, Kind::Text]] {
        for values in [3, 3000, 1 << 40] {
            for budget in [0, 50_000] {
                check(&large(kinds.clone(), values, budget));
            }
        }
    }
}

#[test]
fn memory_is_given_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let case = large(vec![Kind::Text], 3000, 200_000);
    let budget = Budget::new(case.budget);
    let plan = DuplicatePlan { types: vec![DataType::Utf8], nulls: NullParts::Skip, range: None, rows: None };
    let counter = DuplicateCounter::new(plan, budget.clone(), &SpillDir::new(dir.path()));
    let mut local = counter.local();
    for block in blocks(&case) {
        local.update(&block.columns, &block.unparsed, None).expect("counted");
    }
    drop(counter.finish(vec![local], 2).expect("finished"));
    assert!(budget.take(case.budget), "all of it is free again");
}

#[test]
fn a_value_outside_the_footers_range_is_an_error() {
    let plan =
        DuplicatePlan { types: vec![DataType::Int64], nulls: NullParts::Skip, range: Some((0, 10)), rows: Some(100) };
    let counter = DuplicateCounter::new(plan, Budget::new(1 << 20), &SpillDir::new("/nowhere"));
    let array: ArrayRef = Arc::new(Int64Array::from(vec![3, 11]));
    let error = counter.local().update(&[array], &[None], None).expect_err("11 is outside");
    assert_eq!(error.code, "unreadable");
}

#[test]
fn no_disk_where_it_is_needed_is_an_error() {
    let plan = DuplicatePlan { types: vec![DataType::Int64], nulls: NullParts::Skip, range: None, rows: None };
    let counter = DuplicateCounter::new(plan, Budget::new(0), &SpillDir::new("/no/such/folder"));
    let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100_000));
    let error = counter.local().update(&[array], &[None], None).expect_err("it cannot spill");
    assert_eq!(error.code, "spill_failed");
}

#[test]
fn footers_values_are_words() {
    use assay_core::value::Value;
    let decimal = |text: &str| Value::Decimal(text.parse().expect("a decimal"));
    let stamp = DataType::Timestamp(TimeUnit::Millisecond, None);
    assert_eq!(word_range(&DataType::Int8, &Value::Int(-3), &Value::Int(4)), Some((-3, 4)));
    assert_eq!(word_range(&DataType::Decimal128(9, 2), &decimal("-1.5"), &decimal("2")), Some((-150, 200)));
    assert_eq!(word_range(&stamp, &Value::Naive(-1_000_000), &Value::Naive(2_000_000)), Some((-1, 2)));
    assert_eq!(word_range(&DataType::Date32, &Value::Date(1), &Value::Date(2)), Some((1, 2)));
    assert_eq!(word_range(&DataType::Float64, &Value::Int(1), &Value::Int(2)), None);
}
