//! What an engine answers. Additive measurements merge in any order and grouping to the same value.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use serde::{Deserialize, Serialize};

use crate::drift::state::LiveState;
use crate::metric::Metric;
use crate::value::Value;

/// The answer to a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Measurement {
    /// Rows selected.
    Rows(u64),
    /// Rows by the outcome of a predicate.
    Tally(Tally),
    /// Smallest and largest value.
    Extremes(Extremes),
    /// Duplicated rows.
    Duplicates(Duplicates),
    /// A sum and what went into it.
    Sum(Sum),
    /// Quantiles.
    Quantiles(Quantiles),
    /// Live rows counted against a baseline.
    Live(Box<LiveState>),
}

/// Rows by the outcome of a predicate. `selected = tested + nulls + unparsed + nan + unknown`, where the last four
/// count rows that were *not* tested, each for its own reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows the predicate was decided for.
    pub tested: u64,
    /// Tested rows it does not hold for.
    pub failing: u64,
    /// Not tested: the value is null.
    pub nulls: u64,
    /// Not tested: the cell did not parse (that is a failing row of `parse`).
    pub unparsed: u64,
    /// Not tested: NaN where NaN is allowed.
    pub nan: u64,
    /// Not tested: SQL null.
    pub unknown: u64,
}

/// Smallest and largest value; `None` where no row has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extremes {
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows with a value that is not NaN.
    pub tested: u64,
    /// Smallest.
    pub min: Option<Value>,
    /// Largest.
    pub max: Option<Value>,
}

/// Duplicated rows by a set of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows with every part present (or all rows, where nulls are equal).
    pub tested: u64,
    /// Rows of all groups that have more than one row.
    pub failing: u64,
    /// Groups that have more than one row.
    pub groups: u64,
    /// `failing - groups`: rows too many.
    pub surplus: u64,
}

/// A sum. Integers and decimals are exact, floats are summed per block in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows that went into it.
    pub tested: u64,
    /// Rows left out: NaN.
    pub nan: u64,
    /// The sum.
    pub total: Total,
}

/// A sum's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Total {
    /// Of integers and decimals.
    Exact(BigDecimal),
    /// Of floats.
    Float(f64),
}

/// Quantiles at the levels asked for, in their order; `None` where there was no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles {
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows that went into it.
    pub tested: u64,
    /// Rows left out: NaN.
    pub nan: u64,
    /// The values.
    pub values: Option<Vec<f64>>,
}

impl Tally {
    /// Adds the rows of another, disjoint part of the table.
    pub fn merge(&mut self, other: &Tally) {
        self.selected += other.selected;
        self.tested += other.tested;
        self.failing += other.failing;
        self.nulls += other.nulls;
        self.unparsed += other.unparsed;
        self.nan += other.nan;
        self.unknown += other.unknown;
    }
}

impl Extremes {
    /// Adds the rows of another, disjoint part of the table.
    pub fn merge(&mut self, other: &Extremes) {
        self.selected += other.selected;
        self.tested += other.tested;
        self.min = [self.min.take(), other.min.clone()].into_iter().flatten().min();
        self.max = [self.max.take(), other.max.clone()].into_iter().flatten().max();
    }
}

impl Measurement {
    /// Adds another part of the table to an additive measurement. Float sums are the one case whose last bits depend
    /// on grouping, which is why engines merge them in file order. `None`: the two are not of one additive kind.
    #[must_use]
    pub fn merged(self, other: &Measurement) -> Option<Measurement> {
        Some(match (self, other) {
            (Measurement::Rows(a), Measurement::Rows(b)) => Measurement::Rows(a + b),
            (Measurement::Tally(mut a), Measurement::Tally(b)) => {
                a.merge(b);
                Measurement::Tally(a)
            }
            (Measurement::Extremes(mut a), Measurement::Extremes(b)) => {
                a.merge(b);
                Measurement::Extremes(a)
            }
            (Measurement::Sum(a), Measurement::Sum(b)) => Measurement::Sum(Sum {
                selected: a.selected + b.selected,
                tested: a.tested + b.tested,
                nan: a.nan + b.nan,
                total: match (a.total, &b.total) {
                    (Total::Exact(x), Total::Exact(y)) => Total::Exact(x + y),
                    (Total::Float(x), Total::Float(y)) => Total::Float(x + y),
                    (Total::Exact(_), Total::Float(_)) | (Total::Float(_), Total::Exact(_)) => return None,
                },
            }),
            (Measurement::Live(mut a), Measurement::Live(b)) => {
                a.merge(b).ok()?;
                Measurement::Live(a)
            }
            _ => return None,
        })
    }
}

/// Which source answered a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answered {
    /// Proven by file footers alone.
    Footer,
    /// At least in part by reading rows.
    Scan,
}

/// A measurement and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: Measurement,
    /// Its source.
    pub from: Answered,
}

/// Why a metric has no value. `code` is stable and machine-readable, `text` is for people and names path or column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricError {
    /// `unreadable`, `bad_sql`, `overflow`, `out_of_memory`, `interrupted`, `unsupported`, ...
    pub code: &'static str,
    /// One sentence.
    pub text: String,
}

/// Everything a run measured. A metric that could not be measured is a value, too.
pub type Measurements = BTreeMap<Metric, Result<Measured, MetricError>>;
