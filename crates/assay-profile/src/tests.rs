//! Columns as wholes: roles, categories, segments, privacy.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray, NullArray,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Int32Type};
use assay_core::drift::baseline::{FULL_ECDF_ROWS, NAMED_CATEGORIES, SAMPLE};
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::state::Cells;
use assay_stats::drift::ColumnKind;

use crate::column::PRIVATE_BIN;
use crate::fixture::{profile, spec};
use crate::{Options, ProfileError, is_profiled, profile_column, segment};

fn whole(array: ArrayRef) -> assay_core::drift::baseline::BaselineColumn {
    profile(array, &[], &Options::default()).remove(0)
}

fn names(array: ArrayRef) -> Vec<(CategoryKind, String)> {
    let categories = whole(array).categories.expect("categories");
    categories.set.names.iter().map(|name| (name.kind, name.text.clone())).collect()
}

#[test]
fn numbers_of_few_values_are_categories_and_keep_their_order() {
    let few = whole(Arc::new(Int64Array::from_iter_values((0..100).map(|i| i % 20))));
    assert_eq!(few.role, ColumnKind::Categorical);
    assert_eq!(few.numeric.expect("numbers").knots.len(), 20);
    let categories = few.categories.expect("categories");
    assert_eq!((categories.distinct, categories.counts[0], categories.singletons), (20, 5, 0));
    // of equally many rows, by bytes
    assert_eq!(categories.set.names[1..3], [Category::integer(1), Category::integer(10)]);

    let many = whole(Arc::new(Int64Array::from_iter_values((0..100).map(|i| i % 21))));
    assert_eq!((many.role, many.categories), (ColumnKind::Numeric, None));
}

#[test]
fn integers_that_one_float_stands_for_are_told_apart() {
    let column = whole(Arc::new(Int64Array::from_iter_values((0..40).map(|i| (1 << 60) + i))));
    assert_eq!((column.role, column.categories), (ColumnKind::Numeric, None));
}

#[test]
fn an_explicit_kind_wins() {
    let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
    let as_kind = |kind| {
        let spec = crate::ColumnSpec { kind: Some(kind), ..spec("x", "int64") };
        profile_column(&spec, std::slice::from_ref(&array), &[], &Options::default()).expect("a column").remove(0)
    };
    let categorical = as_kind(ColumnKind::Categorical);
    assert_eq!((categorical.role, categorical.numeric.is_some()), (ColumnKind::Categorical, true));
    assert_eq!(categorical.categories.expect("categories").distinct, 100);
    let two: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
    let spec = crate::ColumnSpec { kind: Some(ColumnKind::Numeric), ..spec("x", "int64") };
    let numeric = profile_column(&spec, &[two], &[], &Options::default()).expect("a column").remove(0);
    assert_eq!((numeric.role, numeric.categories), (ColumnKind::Numeric, None));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let error = profile_column(&spec, &[text], &[], &Options::default()).expect_err("text is no number");
    assert!(matches!(error, ProfileError::NotNumeric { .. }));
}

#[test]
fn categories_have_their_canonical_texts() {
    use CategoryKind::*;
    assert_eq!(names(Arc::new(BooleanArray::from(vec![true]))), [(Bool, "true".into())]);
    let decimals = Decimal128Array::from(vec![150]).with_precision_and_scale(5, 2).expect("it fits");
    assert_eq!(names(Arc::new(decimals)), [(Number, "1.5".into())]);
    assert_eq!(names(Arc::new(Float64Array::from(vec![-0.0, 0.0, 2.0]))), [(Number, "0".into()), (Number, "2".into())]);
    let time = TimestampMicrosecondArray::from(vec![1_500_000]);
    assert_eq!(names(Arc::new(time.clone())), [(Time, "1970-01-01T00:00:01.5".into())]);
    assert_eq!(names(Arc::new(time.with_timezone("Asia/Dubai"))), [(Time, "1970-01-01T00:00:01.5Z".into())]);
    let encoded: DictionaryArray<Int32Type> = vec![Some("b"), None, Some("a"), Some("b")].into_iter().collect();
    assert_eq!(names(Arc::new(encoded)), [(Text, "b".into()), (Text, "a".into())]);
}

#[test]
fn columns_of_nothing_are_categorical() {
    let nulls = whole(Arc::new(NullArray::new(3)));
    assert_eq!((nulls.role, nulls.cells), (ColumnKind::Categorical, Cells { rows: 3, nulls: 3, ..Cells::default() }));
    let empty = whole(Arc::new(Float64Array::from(Vec::<f64>::new())));
    assert_eq!((empty.role, empty.cells.rows), (ColumnKind::Categorical, 0));
    let none = profile_column(&spec("x", "string"), &[], &[], &Options::default()).expect("a column");
    assert_eq!(none[0].cells, Cells::default());
}

#[test]
fn nested_columns_are_refused_with_their_name() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    assert!(!is_profiled(arrow::array::Array::data_type(&lists)) && is_profiled(&DataType::Utf8View));
    let error =
        profile_column(&spec("tags", "list<int32>"), &[Arc::new(lists)], &[], &Options::default()).expect_err("a list");
    assert_eq!(
        error.to_string(),
        "column `tags` holds list<int32> values, which have neither an order nor categories; exclude it"
    );
}

#[test]
fn what_cannot_be_named_is_known_by_hash() {
    let texts: Vec<String> = (0..NAMED_CATEGORIES + 500).map(|i| format!("{i:05}")).collect();
    let array = StringArray::from_iter_values(texts.iter().chain([&texts[10_400]]));
    let column = whole(Arc::new(array));
    let profile = column.categories.expect("categories");
    assert_eq!((profile.set.names.len(), profile.set.tail.len()), (NAMED_CATEGORIES, 500));
    assert_eq!((profile.set.names[0].text.as_str(), profile.counts[0]), ("10400", 2));
    assert_eq!((profile.tail_rows, profile.singletons, profile.distinct), (500, 10_499, 10_500));
    assert!(!profile.set.too_many && profile.set.tail.contains(&Category::text("10499").hash64()));
}

#[test]
fn times_that_cannot_all_be_named_are_too_many_to_tell_new_ones() {
    let n = NAMED_CATEGORIES as i64;
    let of =
        |n: i64| whole(Arc::new(TimestampMicrosecondArray::from_iter_values(0..n))).categories.expect("categories");
    assert!(!of(n).set.too_many);
    let many = of(n + 1);
    assert!(many.set.too_many && many.set.tail.is_empty());
    assert_eq!((many.set.names.len(), many.tail_rows, many.distinct), (NAMED_CATEGORIES, 1, n as u64 + 1));
}

#[test]
fn segments_divide_every_profile() {
    let city: ArrayRef = Arc::new(StringArray::from_iter_values((0..90).map(|i| ["a", "b", "c"][i % 3])));
    let (_, codes) = segment(&[("city", &[city])], 2, 0).expect("a column");
    let values = (0..90).map(|i| if i % 9 == 0 { None } else { Some(f64::from(i)) });
    let columns = profile(Arc::new(Float64Array::from_iter(values)), &[codes], &Options::default());
    assert_eq!(columns.len(), 4);
    assert!(columns.iter().all(|column| column.role == ColumnKind::Numeric));
    let sum = |of: &dyn Fn(&Cells) -> u64| columns[1..].iter().map(|column| of(&column.cells)).sum::<u64>();
    assert_eq!((sum(&|cells| cells.rows), sum(&|cells| cells.nulls)), (90, columns[0].cells.nulls));
    let other = columns[3].numeric.as_ref().expect("numbers");
    assert_eq!((other.range, other.knots.n), (Some((2.0, 89.0)), 30));
    assert_eq!(columns[3].segment.map(|id| id.segment), Some(2));
}

#[test]
fn large_columns_keep_a_sample_and_small_ones_need_none() {
    let n = FULL_ECDF_ROWS + 1;
    let large = whole(Arc::new(Float64Array::from_iter_values((0..n).map(|i| i as f64)))).numeric.expect("numbers");
    assert_eq!((large.knots.full, large.sample.len()), (false, SAMPLE));
    let half = n as f64 / 2.0 - 0.5;
    assert_eq!((large.mean, large.range), (half, Some((0.0, n as f64 - 1.0))));
    let small = whole(Arc::new(Float64Array::from_iter_values((0..50).map(f64::from)))).numeric.expect("numbers");
    assert!(small.knots.full && small.sample.is_empty());
}

#[test]
fn private_baselines_hold_no_samples_extremes_or_rare_names() {
    let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values((0..1_000).map(f64::from)));
    for (options, bin) in [
        (Options { keep_values: false, ..Options::default() }, PRIVATE_BIN),
        (Options { min_bin_count: 40, ..Options::default() }, 40),
    ] {
        let profile = profile(numbers.clone(), &[], &options).remove(0).numeric.expect("numbers");
        assert!(!options.samples() && !profile.knots.full && profile.sample.is_empty());
        assert_eq!(profile.range, Some((bin as f64 - 1.0, profile.knots.values[profile.knots.len() - 1])));
        assert_eq!(profile.knots.up_to[0], bin);
    }
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "b", "c", "c", "c"]));
    let options = Options { min_bin_count: 3, ..Options::default() };
    let profile = profile(texts, &[], &options).remove(0).categories.expect("categories");
    assert_eq!(profile.set.names, [Category::text("c")]);
    assert_eq!((profile.set.tail.len(), profile.tail_rows, profile.distinct, profile.singletons), (2, 3, 3, 1));
}

#[test]
fn chunks_are_one_column() {
    let array: ArrayRef = Arc::new(Int64Array::from_iter((0..100).map(|i| (i % 11 != 0).then_some(i))));
    let chunks = [array.slice(0, 13), array.slice(13, 50), array.slice(63, 37)];
    let of = |chunks: &[ArrayRef]| profile_column(&spec("x", "int64"), chunks, &[], &Options::default());
    assert_eq!(of(&chunks), of(&[array]));
    let mixed: [ArrayRef; 2] = [chunks[0].clone(), Arc::new(StringArray::from(vec!["a"]))];
    assert!(matches!(of(&mixed), Err(ProfileError::Shape { .. })));
}
