//! From YAML to a check: what is accepted, what is refused with which words, and what follows (id, severity, metric).

use assay_core::contract::Format;
use assay_core::metric::{Bound, Bounds, Column, Filter, MetricKind, NullParts, Predicate, Sql, ValueTest};
use assay_core::node::Node;
use assay_core::problem::Span;
use assay_core::types::Type;
use assay_core::value::Value;
use assay_core::verdict::{NotRun, Severity};

use crate::build;
use crate::testing::{Setup, column, node, other_tables, over_all, setup};

fn table() -> Setup {
    setup(&[
        ("id", "int64"),
        ("name", "string"),
        ("amount", "decimal(12,2)"),
        ("ratio", "float64"),
        ("day", "date"),
        ("at", "timestamp[UTC]"),
        ("naive", "timestamp"),
        ("Order Id", "string"),
        ("loose", ""),
    ])
}

fn one(column: Option<&str>, yaml: &str) -> String {
    table().problems(column, yaml).join(" | ")
}

fn id(column: Option<&str>, yaml: &str) -> String {
    table().build(column, yaml).id
}

#[test]
fn ids_name_column_and_check() {
    assert_eq!(id(Some("id"), "uniqueness: 99%"), "id.uniqueness");
    assert_eq!(id(Some("name"), "required: true"), "name.completeness");
    assert_eq!(id(Some("Order Id"), "unique: true"), "\"Order Id\".uniqueness");
    assert_eq!(id(None, "row_count: 5"), "row_count");
    assert_eq!(id(None, "freshness: {column: at, max_age: 1h}"), "freshness.at");
    assert_eq!(id(None, "uniqueness: {columns: [id, Order Id]}"), "uniqueness.id+\"Order Id\"");
    assert_eq!(id(None, "references: {columns: [id, day], table: x}"), "references.id+day");
    assert_eq!(id(Some("ratio"), "quantile: {p99: {max: 5}}"), "ratio.quantile.p99");
    assert_eq!(id(Some("ratio"), "quantile: {p99.9: {max: 5}, p50: [1, 2]}"), "ratio.quantile.p99.9+p50");
    let given = table().build(Some("id"), "range: {min: 1, id: mine, why: because, tags: [a, b], severity: warn}");
    assert_eq!((given.id.as_str(), given.id_given, given.why.as_deref()), ("mine", true, Some("because")));
    assert_eq!((given.tags, given.severity), (vec!["a".to_owned(), "b".into()], Severity::Warn));
}

#[test]
fn short_forms_cancel_or_require() {
    let none = |yaml: &str| table().try_build(Some("name"), yaml).expect("builds").is_none();
    assert!(none("required: false"));
    assert!(none("unique: false"));
    assert!(!none("required: true"));
    assert_eq!(
        one(Some("name"), "required: 99%"),
        "`required` is true or false, not `99%` [a share is written `completeness: 99%`]"
    );
    assert_eq!(
        one(Some("name"), "completeness: true"),
        "`completeness` takes a share such as `99%`, not `true` [write `required: true`]"
    );
    assert_eq!(
        one(Some("name"), "required: \"true\""),
        "`required` is true or false, not `true` [a share is written `completeness: 99%`]"
    );
}

#[test]
fn shares_need_their_sign() {
    assert_eq!(one(Some("name"), "completeness: 0.95"), "a share is written with `%`, not `0.95` [write `95%`]");
    assert_eq!(one(Some("name"), "completeness: 95"), "a share is written with `%`, not `95` [write `95%`]");
    assert!(one(Some("name"), "pattern: {regex: a, tolerate: 0.05}").ends_with("[a share is written `5%`]"));
    assert_eq!(one(Some("name"), "completeness: 101%"), "a share is at most 100%, not `101%`");
}

#[test]
fn every_problem_of_a_check_is_reported() {
    let found = table().problems(Some("id"), "range: {mni: 5, max: [1], tolerate: 0.5, severty: warn, where: 'id >'}");
    assert_eq!(found.len(), 4, "{found:?}");
    let found = table().problems(Some("id"), "range: {min: x, max: y, severity: bad, tolerate: z}");
    assert_eq!(found.len(), 2, "{found:?}");
    let found = table().problems(Some("id"), "range: {min: x, max: y, where: 'id >'}");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn unknown_keys_are_placed_with_a_suggestion() {
    let found = table().try_build(Some("id"), "range: {min: 1, tolerat: 5}").expect_err("unknown key");
    assert_eq!(found[0].message, "unknown key `tolerat` of check `range`");
    assert_eq!(found[0].hint.as_deref(), Some("did you mean `tolerate`?"));
    assert_eq!(found[0].span.map(|s| (s.line, s.column)), Some((1, 17)));
    assert_eq!(one(None, "row_count: {min: 1, tolerate: 5}"), "`tolerate` does not apply to `row_count`");
    assert_eq!(one(None, "row_count: {min: 1, by: country}"), "`by` of `row_count` is not available in this version");
    assert_eq!(
        one(None, "freshness: {column: at, due: {by: \"07:00\"}, max_age: 1h}"),
        "`due` of `freshness` is not available in this version"
    );
}

#[test]
fn other_checks_are_named_as_unavailable_or_unknown() {
    assert_eq!(one(None, "volume: {within: 40%}"), "check `volume` is not available in this version");
    assert_eq!(one(Some("name"), "format: email"), "check `format` is not available in this version");
    assert!(
        one(Some("name"), "completness: 99%")
            .starts_with("unknown check `completness` on column `name` [did you mean `completeness`?")
    );
    assert!(one(Some("name"), "xyzzy: 1").ends_with("[`assay explain` lists all checks]"));
    assert!(one(None, "range: [0, 1]").starts_with("`range` stands on a column"));
    assert!(one(Some("id"), "row_count: 5").starts_with("`row_count` stands on the table"));
    assert!(one(None, "schema: {}").starts_with("`schema` is not written under `checks:`"));
    assert!(one(None, "key: [id]").contains("top of the contract"));
    assert!(one(None, "freshness: 6h").starts_with("`freshness` takes a mapping"));
    assert!(one(None, "row_count:").starts_with("`row_count` has no value"));
}

#[test]
fn pairs_name_their_levels() {
    let built = table().build(Some("name"), "completeness: {warn: 99%, fail: 95%}");
    assert_eq!(built.severity, Severity::Fail);
    assert_eq!(table().build(Some("name"), "completeness: {warn: 99%}").severity, Severity::Warn);
    assert_eq!(table().build(Some("name"), "pattern: {regex: a, tolerate: {warn: 1}}").severity, Severity::Warn);
    assert!(one(Some("name"), "completeness: {warn: 95%, fail: 99%}").contains("`fail` is tighter than `warn`"));
    assert!(
        one(Some("name"), "pattern: {regex: a, tolerate: {warn: 10, fail: 5}}")
            .contains("`fail` is tighter than `warn`")
    );
    assert!(one(Some("name"), "pattern: {regex: a, tolerate: {warn: 10, fail: 5%}}").contains("cannot be compared"));
    assert_eq!(
        table().build(Some("name"), "pattern: {regex: a, tolerate: {warn: 0, fail: 5%}}").severity,
        Severity::Fail
    );
    assert!(one(Some("name"), "pattern: {regex: a, tolerate: {warn: 5, fail: 0%}}").contains("`fail` is tighter"));
    assert!(one(None, "row_count: {max: {warn: 10, fail: 5}}").contains("`fail` is tighter than `warn`"));
    assert!(one(None, "row_count: {between: {warn: [5, 10], fail: [6, 20]}}").contains("`fail` is tighter"));
    assert!(one(None, "row_count: {outside: {warn: [5, 10], fail: [4, 10]}}").contains("`fail` is tighter"));
    assert!(one(None, "freshness: {column: at, max_age: {warn: 6h, fail: 2h}}").contains("`fail` is tighter"));
    assert!(one(None, "row_count: {min: {warn: 10, fail: 5}, severity: warn}").starts_with("`severity` beside a pair"));
    assert!(
        one(Some("name"), "completeness: {warn: 99%, where: \"id > 0\"}")
            .ends_with("[write `min: {warn: .., fail: ..}`]")
    );
    assert!(one(Some("id"), "range: {min: {warn: 1, fail: 2}}").contains("write two checks"));
    assert!(one(None, "row_count: {min: {}}").contains("the pair is empty"));
    assert_eq!(one(None, "row_count: {min: {warn: 5, fial: 1}}"), "unknown key `fial` [did you mean `fail`?]");
}

#[test]
fn min_and_tolerate_exclude_each_other() {
    assert!(one(Some("name"), "completeness: {min: 99%, tolerate: 5}").contains("says the same thing twice"));
    assert!(one(Some("name"), "uniqueness: {min: 99%, tolerate: 5}").contains("says the same thing twice"));
}

#[test]
fn literals_are_read_by_the_declared_type() {
    assert_eq!(one(Some("name"), "in: [01]"), "`01` is not text [quote it as '01' to compare it with a string column]");
    assert!(one(Some("id"), "range: [1.5, 9]").starts_with("`1.5` is not a int64"));
    assert!(one(Some("amount"), "range: {max: 0.001}").starts_with("`0.001` is not a decimal(12,2)"));
    assert!(one(Some("day"), "range: {min: yesterday}").starts_with("`yesterday` is not a date"));
    assert!(one(Some("id"), "in: [1, two, 3]").starts_with("`two` is not a int64"));
    assert!(one(Some("id"), "completeness: {missing: [x]}").starts_with("`x` is not a int64"));
    assert_eq!(one(Some("id"), "pattern: a"), "`pattern` needs a text column, column `id` is int64");
    assert_eq!(one(Some("id"), "length: 3"), "`length` needs a text or binary column, column `id` is int64");
    assert_eq!(one(Some("name"), "mean: [1, 2]"), "`mean` needs a numeric column, column `name` is string");
    assert_eq!(one(Some("name"), "nan: forbid"), "`nan` needs a float column, column `name` is string");
    assert!(one(Some("id"), "completeness: {blank: forbid}").contains("needs a text column"));
}

#[test]
fn bounds_leave_something_between_them() {
    assert_eq!(one(Some("id"), "range: [5, 1]"), "nothing lies between 5 and 1");
    assert_eq!(one(Some("id"), "range: {above: 5, max: 5}"), "nothing lies between 5 and 5");
    assert!(one(Some("id"), "range: {min: 1, above: 2}").starts_with("only one of"));
    assert!(one(Some("id"), "range: {between: [1, 2], max: 3}").starts_with("only one of"));
    assert!(one(Some("id"), "range: {tolerate: 5}").starts_with("`range` needs a bound"));
    assert!(one(Some("name"), "length: {min: 5, max: 2}").contains("no length is"));
    assert!(one(Some("name"), "length: {min: -1}").contains("whole number"));
    assert!(one(None, "row_count: {min: 5, max: 2}").contains("nothing is at least 5 and at most 2"));
    assert!(one(None, "row_count: {min: 5, above: 2}").contains("both set the same end"));
    assert!(one(None, "row_count: {equals: 5, max: 6}").contains("leaves nothing"));
    assert!(one(None, "row_count: [9, 1]").contains("above the upper limit"));
    assert!(one(None, "row_count: 1.5").contains("whole numbers"));
    assert!(one(None, "row_count: {min: 5%}").contains("not the share `5%`"));
    assert!(one(None, "row_count: {}").contains("needs a limit"));
}

#[test]
fn patterns_say_what_linear_time_forbids() {
    let found = |yaml: &str| table().try_build(Some("name"), yaml).expect_err("a bad pattern").remove(0);
    let ahead = found("pattern: '^(?=.*[0-9]).*$'");
    assert_eq!(ahead.message, "look-ahead is not supported in a pattern: `(?=`");
    assert_eq!(ahead.span.map(|s| (s.column, s.len)), Some((12, 3)));
    assert_eq!(found("pattern: '(?<!a)b'").message, "look-behind is not supported in a pattern: `(?<!`");
    assert_eq!(found("pattern: '(a)\\1'").message, "a back-reference is not supported in a pattern: `\\1`");
    assert!(found("pattern: '[a-'").message.starts_with("bad pattern: "));
    assert!(found("pattern: '(?:a{1000}){1000}'").message.contains("too large"));
    assert!(found("pattern: '\\p{Nope}'").message.starts_with("bad pattern: "));
    assert!(found("pattern: 5").hint.is_some_and(|h| h == "quote it: '5'"));
}

#[test]
fn sets_come_inline_or_from_a_file() {
    let metric =
        |column: &str, yaml: &str| table().metrics(&table().build(Some(column), yaml)).expect("plans").remove(0).kind;
    let set = |column: &str, test| MetricKind::Matches(Predicate::Test { column: Column(column.into()), test });
    let text = |t: &str| Value::Text(t.into());
    assert_eq!(metric("name", "in: [b, a, b]"), set("name", ValueTest::In(vec![text("a"), text("b")])));
    assert_eq!(metric("id", "not_in: [2, 1]"), set("id", ValueTest::NotIn(vec![Value::Int(1), Value::Int(2)])));
    let codes = vec![text("01"), text("DE"), text("F\"R")];
    assert_eq!(metric("name", "in: {file: codes.csv, header: true}"), set("name", ValueTest::In(codes)));
    assert_eq!(one(Some("name"), "in: {file: missing.csv}"), "missing.csv: no such file");
    assert!(one(Some("name"), "in: {file: codes.csv, values: [a]}").contains("`file` beside `values`"));
    assert!(one(Some("name"), "in: {values: [a], header: true}").contains("`header` goes with `file`"));
    assert!(one(Some("name"), "in: []").contains("the set is empty"));
    assert!(one(Some("id"), "in: {file: codes.csv, header: true}").starts_with("`DE` is not a int64"));
}

#[test]
fn freshness_needs_a_zone() {
    assert!(one(None, "freshness: {column: naive, max_age: 1h}").starts_with("column `naive` has no zone"));
    let mut zoned = table();
    zoned.source.timezone = Some("Europe/Berlin".into());
    assert!(zoned.try_build(None, "freshness: {column: naive, max_age: 1h}").is_ok());
    assert!(one(None, "freshness: {column: name, max_age: 1h}").contains("needs a date or timestamp column"));
    assert!(one(None, "freshness: {max_age: 1h}").contains("needs a `column`"));
    assert!(one(None, "freshness: {column: at}").contains("needs `max_age`"));
    assert!(one(None, "freshness: {column: at, max_age: 90}").contains("needs its unit"));
    let late = Setup { observed: Some(vec![("loose".into(), Type::Timestamp)]), ..table() };
    let built = late.build(None, "freshness: {column: loose, max_age: 1h}");
    assert!(matches!(late.metrics(&built), Err(NotRun::Error(reason)) if reason.code == "zone_missing"));
}

#[test]
fn unknown_columns_are_errors_where_extra_ones_are_forbidden() {
    let strict = Setup { forbid_extra: true, ..table() };
    assert_eq!(strict.problems(None, "uniqueness: {columns: [idd]}"), ["unknown column `idd` [did you mean `id`?]"]);
    assert_eq!(
        strict.problems(None, "freshness: {column: att, max_age: 1h}"),
        ["unknown column `att` [did you mean `at`?]"]
    );
    assert_eq!(
        strict.problems(None, "row_count: {min: 1, where: \"idd > 5\"}"),
        ["unknown column `idd` [did you mean `id`?]"]
    );
    let built = table().build(None, "uniqueness: {columns: [nope]}");
    assert!(matches!(table().metrics(&built), Err(NotRun::Error(reason)) if reason.code == "unknown_column"));
    let built = table().build(None, "expression: {sql: \"nope > 5\"}");
    assert!(matches!(table().metrics(&built), Err(NotRun::Error(reason)) if reason.code == "unknown_column"));
}

#[test]
fn a_declared_column_that_is_missing_skips_its_checks() {
    let missing = Setup { observed: Some(vec![("id".into(), Type::Int(64))]), ..table() };
    for (column, yaml) in [
        (Some("name"), "required: true"),
        (Some("ratio"), "mean: [0, 1]"),
        (None, "uniqueness: {columns: [id, name]}"),
        (None, "freshness: {column: at, max_age: 1h}"),
        (None, "row_count: {min: 1, where: \"name = 'a'\"}"),
    ] {
        let built = missing.build(column, yaml);
        assert!(
            matches!(missing.metrics(&built), Err(NotRun::Skipped(reason)) if reason.code == "column_missing"),
            "{yaml}"
        );
    }
}

#[test]
fn names_match_without_case_with_a_note() {
    let upper = Setup { observed: Some(vec![("ID".into(), Type::Int(64))]), ..table() };
    let metrics = upper.metrics(&upper.build(Some("id"), "range: {min: 0}")).expect("plans");
    assert_eq!(metrics[0].kind.columns(), [&Column("ID".into())]);
}

#[test]
fn an_observed_type_that_does_not_fit_is_an_error() {
    let other = Setup { observed: Some(vec![("id".into(), Type::String), ("loose".into(), Type::Bool)]), ..table() };
    let code = |column: &str, yaml: &str| match other.metrics(&other.build(Some(column), yaml)) {
        Err(NotRun::Error(reason)) => reason.code,
        other => panic!("{yaml}: {other:?}"),
    };
    assert_eq!(code("id", "mean: [1, 2]"), "type_mismatch");
    assert_eq!(code("id", "range: [1, 2]"), "type_mismatch");
    assert_eq!(code("loose", "pattern: a"), "type_mismatch");
    assert_eq!(code("loose", "range: [a, b]"), "type_mismatch");
    assert_eq!(code("loose", "in: [1]"), "type_mismatch");
}

#[test]
fn filters_are_rows_and_where() {
    let filtered = Setup { rows: Some(Sql("id > 5".into())), ..table() };
    let filters = |yaml: &str| {
        let metrics = filtered.metrics(&filtered.build(None, yaml)).expect("plans");
        metrics.into_iter().map(|m| m.filter).collect::<Vec<_>>()
    };
    let all_of = |sql: &[&str]| Filter::all_of(sql.iter().map(|s| Sql((*s).into())));
    assert_eq!(filters("row_count: 5"), [all_of(&["id > 5"])]);
    assert_eq!(
        filters("row_count: {min: 5, where: \"day > date '2026-01-01'\"}"),
        [all_of(&["id > 5", "day > date '2026-01-01'"]), all_of(&["id > 5"])]
    );
    assert_eq!(filters("row_count: {min: 5, rows: all}"), [all_of(&[])]);
    assert!(filtered.build(None, "row_count: {min: 5, rows: all}").check.reads_all_rows());
    assert!(!filtered.build(None, "row_count: 5").check.reads_all_rows());
}

#[test]
fn metrics_hold_exact_bounds() {
    let kind = |column: &str, yaml: &str| table().metrics(&table().build(Some(column), yaml)).expect("plans").remove(0);
    let int = |value: i128, inclusive| Some(Bound { value: Value::Int(value), inclusive });
    let bounds = Bounds { lower: int(9_007_199_254_740_993, true), upper: int(9_223_372_036_854_775_807, false) };
    let test = ValueTest::Within { bounds, nan_tested: true };
    let wanted = over_all(MetricKind::Matches(Predicate::Test { column: Column("id".into()), test }));
    assert_eq!(kind("id", "range: {min: 9007199254740993, below: 9223372036854775807}"), wanted);
    let levels = over_all(MetricKind::Quantiles { column: Column("ratio".into()), levels: vec![500_000, 999_000] });
    assert_eq!(kind("ratio", "quantile: {p99.9: {max: 5}, p50: [1, 2]}"), levels);
    let unique = |nulls| over_all(MetricKind::Duplicates { columns: vec![Column("id".into())], nulls });
    assert_eq!(kind("id", "unique: true"), unique(NullParts::Skip));
    assert_eq!(kind("id", "uniqueness: {nulls: equal}"), unique(NullParts::Equal));
}

#[test]
fn other_tables_are_named() {
    let built = table().build(Some("id"), "references: {table: silver.customers, column: id}");
    assert_eq!(other_tables(&built), ["silver.customers"]);
    let built = table().build(Some("id"), "references: {table: {source: {format: parquet, path: lake/c}}, column: id}");
    assert_eq!(other_tables(&built), ["parquet:lake/c"]);
    assert!(matches!(table().metrics(&built), Err(NotRun::Error(reason)) if reason.code == "unknown_table"));
    assert!(
        one(None, "references: {columns: [id, day], other_columns: [id], table: x}")
            .contains("2 columns here and 1 there")
    );
    assert!(one(Some("id"), "references: {columns: [id], table: x}").contains("belong to a check of the table"));
    assert!(one(Some("id"), "references: {column: id}").contains("`table` is missing"));
    assert!(one(Some("id"), "references: silver.customers").starts_with("`references` takes a mapping"));
    assert!(
        one(Some("id"), "references: {table: {source: {format: parqet, path: x}}}")
            .contains("found `parqet` [did you mean `parquet`?]")
    );
}

#[test]
fn parse_needs_text() {
    assert!(one(Some("id"), "parse: 5").contains("reads text"));
    let mut csv = table();
    csv.source.format = Format::Csv;
    assert!(csv.try_build(Some("id"), "parse: 0.1%").is_ok());
    assert!(csv.problems(Some("name"), "parse: 5")[0].contains("cannot fail"));
    assert!(csv.problems(Some("id"), "parse: {format: \"%Y\"}")[0].contains("reads dates and times"));
    assert!(csv.problems(Some("id"), "parse: {true: [Y]}")[0].contains("texts of a bool"));
    csv.columns.push(column("ok", "bool"));
    assert!(csv.problems(Some("ok"), "parse: {true: [Y], false: [Y]}")[0].contains("both true and false"));
}

#[test]
fn checks_tell_how_cells_are_read() {
    let reading = |yaml: &str| build::column_reading(node(yaml).entries().expect("checks"));
    assert!(reading("nan: null").nan_is_null);
    assert!(reading("nan: {mode: null}").nan_is_null);
    assert!(reading("nan: allow").nan_allowed);
    assert!(reading("checks: [{nan: allow}]").nan_allowed);
    let read = reading("parse: {trim: true, true: [Y, y], false: [N], format: \"%d.%m.%Y\", tolerate: 5}");
    assert!(read.trim);
    assert_eq!((read.true_texts.len(), read.false_texts.len(), read.format.as_deref()), (2, 1, Some("%d.%m.%Y")));
    assert_eq!(reading("range: [0, 1]"), build::ColumnReading::default());
}

#[test]
fn implicit_checks_follow_from_the_column() {
    let ids = |around: &Setup, column: &str, written: &[&str]| {
        let built = build::implicit(&around.context(Some(column)), written, false, Span::default());
        built.into_iter().map(|b| b.id).collect::<Vec<_>>()
    };
    let mut around = table();
    assert_eq!(ids(&around, "ratio", &["range"]), ["ratio.nan"]);
    assert_eq!(ids(&around, "ratio", &["completeness"]), Vec::<String>::new());
    assert_eq!(ids(&around, "ratio", &["range", "nan"]), Vec::<String>::new());
    assert_eq!(ids(&around, "id", &["range"]), Vec::<String>::new());
    around.columns[3].read.nan_allowed = true;
    assert_eq!(ids(&around, "ratio", &["range"]), Vec::<String>::new());
    around.key = vec!["Order Id".into()];
    assert_eq!(ids(&around, "Order Id", &[]), ["\"Order Id\".completeness"]);
    around.source.format = Format::Csv;
    assert_eq!(ids(&around, "id", &[]), ["id.parse"]);
    assert_eq!(ids(&around, "id", &["parse"]), Vec::<String>::new());
    assert_eq!(ids(&around, "name", &[]), Vec::<String>::new());
    around.source.format = Format::JsonLines;
    assert_eq!(ids(&around, "name", &[]), ["name.parse"]);
    assert_eq!(ids(&around, "loose", &[]), Vec::<String>::new());
    assert_eq!(build::key(&around.context(None), Span::default()).map(|b| (b.id, b.name)), Some(("key".into(), "key")));
    assert!(build::key(&table().context(None), Span::default()).is_none());
}

#[test]
fn quoted_values_are_not_numbers_where_typed_values_are_meant() {
    assert!(one(None, "uniqueness: {columns: [id, id]}").contains("listed twice"));
    assert!(one(None, "uniqueness: {columns: []}").contains("is empty"));
    assert!(one(None, "uniqueness: {min: 99%}").contains("needs `columns`"));
    assert!(one(Some("id"), "uniqueness: {columns: [id]}").contains("belongs to a check of the table"));
    assert!(one(Some("id"), "range: {min: 1, tags: a}").starts_with("expected a list, found `a`"));
    assert!(one(Some("id"), "range: {min: 1, id: \"\"}").starts_with("an id cannot be empty"));
    assert!(one(Some("id"), "range: {min: 1, id: }").starts_with("expected text, found nothing"));
    assert!(
        one(Some("id"), "range: {min: 1, severity: error}").starts_with("expected `warn` or `fail`, found `error`")
    );
    assert!(one(Some("id"), "range: {min: 1, rows: some}").starts_with("expected `all`, found `some`"));
}

#[test]
fn a_node_describes_itself() {
    assert_eq!(node("a: [1]").get("a").map(Node::describe).as_deref(), Some("a list"));
}
