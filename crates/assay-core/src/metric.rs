//! What can be measured on a table. Metrics are plain values: equal metrics are measured once.

use std::sync::Arc;

use crate::drift::live::LiveSpec;
use crate::value::Value;

/// One of the run's tables: a contract's own, or one that a contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

/// A column by the name it has in the source (after case-insensitive look-up).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column(pub String);

/// A SQL predicate as text, PostgreSQL grammar, already substituted and parsed once while loading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sql(pub String);

/// Rows that count: every predicate must be true (null is not true). Empty means every row. Kept sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Filter(pub Vec<Sql>);

impl Filter {
    /// The conjunction of the given predicates.
    pub fn all_of(predicates: impl IntoIterator<Item = Sql>) -> Self {
        let mut all: Vec<Sql> = predicates.into_iter().collect();
        all.sort();
        all.dedup();
        Filter(all)
    }
}

/// Something to measure on a table, over the rows its filter selects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// Which table.
    pub table: TableId,
    /// What.
    pub kind: MetricKind,
    /// Over which rows.
    pub filter: Filter,
}

/// The kinds of measurement. Which [`Measurement`](crate::measurement::Measurement) answers is said at each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricKind {
    /// Rows the filter selects. Answer: `Rows`.
    RowCount,
    /// How many rows a predicate holds for. Answer: `Tally`. Additive.
    Matches(Predicate),
    /// Smallest and largest value, NaN left out. Answer: `Extremes`. Additive.
    Extremes(Column),
    /// Rows that share their values in these columns. Answer: `Duplicates`. Holistic.
    Duplicates {
        /// The columns, in the contract's order.
        columns: Vec<Column>,
        /// What a null part does.
        nulls: NullParts,
    },
    /// Sum of the values that are neither null nor NaN, exact for integers and decimals. Answer: `Sum`. Additive.
    Sum(Column),
    /// Quantiles by linear interpolation (type 7), nulls and NaN left out. Answer: `Quantiles`. Holistic.
    /// Levels are in millionths, so that a metric has an order: p99 is 990,000.
    Quantiles {
        /// The column.
        column: Column,
        /// The levels asked for, ascending.
        levels: Vec<u32>,
    },
    /// Rows whose values are not among the rows of another table; a null part: not tested. Answer: `Tally`. Holistic.
    Orphans {
        /// The columns here.
        columns: Vec<Column>,
        /// The table that should hold the values, read whole.
        other: TableId,
        /// The columns there, in the same order.
        other_columns: Vec<Column>,
    },
    /// Live rows counted against a baseline, by window and segment. Answer: `Live`. Additive.
    Live(Arc<LiveSpec>),
}

/// What a null part of several columns does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NullParts {
    /// The row is not tested (SQL UNIQUE).
    Skip,
    /// Null equals null.
    Equal,
}

/// A statement about a row that holds, does not hold, or cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Predicate {
    /// About the value of one column.
    Test {
        /// The column.
        column: Column,
        /// The test.
        test: ValueTest,
    },
    /// A SQL predicate over the row. Null is unknown: not tested, unless `nulls_fail`.
    Sql {
        /// The predicate.
        sql: Sql,
        /// Count null as failing.
        nulls_fail: bool,
    },
}

/// A test of a single value. All but `Present` and `Parses` leave null (and unparsed) cells untested.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueTest {
    /// There is a value: not null, none of the markers, and not blank where that is forbidden. Tests every row.
    /// Cells that did not parse are present.
    Present {
        /// Texts that count as missing here (read by the column's type), sorted.
        markers: Vec<Value>,
        /// Whether text of white space alone (or none) counts as missing.
        blank_is_missing: bool,
    },
    /// The text cell parsed as the declared type. Tests cells that are not null. Only on text sources.
    Parses,
    /// The float is not NaN.
    NotNan,
    /// The value lies within bounds. NaN lies outside all bounds unless `nan_tested` is false, then it is not tested.
    Within {
        /// The bounds.
        bounds: Bounds,
        /// Whether NaN is tested (and fails).
        nan_tested: bool,
    },
    /// The value is one of these. Sorted, of the column's kind.
    In(Vec<Value>),
    /// The value is none of these. Sorted, of the column's kind.
    NotIn(Vec<Value>),
    /// The text matches (Rust `regex` syntax, search).
    Matches(String),
    /// The text does not match.
    NotMatches(String),
    /// The number of Unicode scalar values (of bytes for binary) lies within inclusive limits.
    Length {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
}

/// An interval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Bounds {
    /// The lower end.
    pub lower: Option<Bound>,
    /// The upper end.
    pub upper: Option<Bound>,
}

/// One end of an interval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// Where.
    pub value: Value,
    /// Whether the value itself is inside.
    pub inclusive: bool,
}

impl MetricKind {
    /// The columns this reads, SQL predicates' aside.
    pub fn columns(&self) -> Vec<&Column> {
        match self {
            MetricKind::RowCount | MetricKind::Matches(Predicate::Sql { .. }) => vec![],
            MetricKind::Matches(Predicate::Test { column, .. })
            | MetricKind::Extremes(column)
            | MetricKind::Sum(column)
            | MetricKind::Quantiles { column, .. } => vec![column],
            MetricKind::Duplicates { columns, .. } | MetricKind::Orphans { columns, .. } => columns.iter().collect(),
            MetricKind::Live(spec) => spec.reads(),
        }
    }
}
