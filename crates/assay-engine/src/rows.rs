//! Predicates over the rows of a block: which rows count, which are decided, which fail.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::{MetricError, Tally};
use assay_core::metric::{Filter, Predicate, ValueTest};

use crate::block::Block;
use crate::sql;
use crate::table::{OpenedTable, nan_rows};
use crate::value_tests::{self, ColumnTest};

/// The columns of a pass, in the order they are read.
#[derive(Debug, Default)]
pub(crate) struct Projection(pub(crate) Vec<usize>);

impl Projection {
    /// The place of a column in the blocks of the pass, which it joins if need be.
    pub(crate) fn place(&mut self, column: usize) -> usize {
        match self.0.iter().position(|c| *c == column) {
            Some(at) => at,
            None => {
                self.0.push(column);
                self.0.len() - 1
            }
        }
    }
}

/// A SQL predicate with the places of its columns.
pub(crate) struct PlacedSql {
    predicate: sql::Predicate,
    pub(crate) places: Vec<usize>,
}

impl PlacedSql {
    pub(crate) fn plan(table: &OpenedTable, sql: &str, projection: &mut Projection) -> Result<Self, MetricError> {
        let predicate = table.planner().plan(sql)?;
        let places = predicate.columns.iter().map(|c| projection.place(*c)).collect();
        Ok(PlacedSql { predicate, places })
    }

    /// The table's columns it reads.
    pub(crate) fn columns(&self) -> &[usize] {
        &self.predicate.columns
    }

    fn evaluate(&self, block: &Block) -> Result<arrow::array::BooleanArray, MetricError> {
        let arrays: Vec<ArrayRef> = self.places.iter().map(|p| block.batch.column(*p).clone()).collect();
        self.predicate.evaluate(&arrays, block.rows())
    }
}

/// The rows a filter selects.
pub(crate) struct RowFilter(Vec<PlacedSql>);

impl RowFilter {
    pub(crate) fn plan(table: &OpenedTable, filter: &Filter, projection: &mut Projection) -> Result<Self, MetricError> {
        filter.0.iter().map(|sql| PlacedSql::plan(table, &sql.0, projection)).collect::<Result<_, _>>().map(RowFilter)
    }

    /// `None`: every row.
    pub(crate) fn select(&self, block: &Block) -> Result<Option<BooleanBuffer>, MetricError> {
        let mut all: Option<BooleanBuffer> = None;
        for sql in &self.0 {
            let holds = sql.evaluate(block)?;
            let holds = and(Some(holds.values()), holds.nulls().map(|n| n.inner()));
            all = and(all.as_ref(), holds.as_ref());
        }
        Ok(all)
    }
}

/// A predicate ready to be run.
pub(crate) enum RowTest {
    /// Null, marked or blank cells fail; every row is tested.
    Present { at: usize, unmarked: Option<Box<dyn ColumnTest>> },
    /// Unparsed cells fail; null cells are not tested.
    Parses { at: usize },
    /// NaN fails.
    NotNan { at: usize },
    /// A test of the value.
    Value { at: usize, test: Box<dyn ColumnTest>, skip_nan: bool },
    /// SQL.
    Sql { sql: PlacedSql, nulls_fail: bool },
}

/// What a predicate says of the rows of a block.
pub(crate) struct Decided {
    /// Rows that are decided; `None`: all.
    tested: Option<BooleanBuffer>,
    /// Rows it holds for, meaningful where decided.
    holds: BooleanBuffer,
    /// Rows not decided: null, unparsed, NaN, unknown.
    nulls: Option<BooleanBuffer>,
    unparsed: Option<BooleanBuffer>,
    nan: Option<BooleanBuffer>,
    unknown: Option<BooleanBuffer>,
}

impl RowTest {
    pub(crate) fn plan(
        table: &OpenedTable,
        predicate: &Predicate,
        projection: &mut Projection,
    ) -> Result<Self, MetricError> {
        let (column, test) = match predicate {
            Predicate::Sql { sql, nulls_fail } => {
                return Ok(RowTest::Sql { sql: PlacedSql::plan(table, &sql.0, projection)?, nulls_fail: *nulls_fail });
            }
            Predicate::Test { column, test } => (table.index(&column.0)?, test),
        };
        let at = projection.place(column);
        let ty = table.schema.field(column).data_type();
        Ok(match test {
            ValueTest::Present { markers, blank_is_missing: false } if markers.is_empty() => {
                RowTest::Present { at, unmarked: None }
            }
            ValueTest::Present { .. } => RowTest::Present { at, unmarked: Some(value_tests::compile(test, ty)?) },
            ValueTest::Parses => RowTest::Parses { at },
            ValueTest::NotNan => RowTest::NotNan { at },
            ValueTest::Within { nan_tested, .. } => {
                let float = matches!(ty, DataType::Float16 | DataType::Float32 | DataType::Float64);
                RowTest::Value { at, test: value_tests::compile(test, ty)?, skip_nan: float && !nan_tested }
            }
            ValueTest::In(_)
            | ValueTest::NotIn(_)
            | ValueTest::Matches(_)
            | ValueTest::NotMatches(_)
            | ValueTest::Length { .. } => RowTest::Value { at, test: value_tests::compile(test, ty)?, skip_nan: false },
        })
    }

    pub(crate) fn decide(&self, block: &Block) -> Result<Decided, MetricError> {
        let rows = block.rows();
        match self {
            RowTest::Present { at, unmarked } => {
                let (array, valid, unparsed, _) = column(block, *at);
                let mut holds = match unmarked {
                    None => valid.clone().unwrap_or_else(|| BooleanBuffer::new_set(rows)),
                    Some(test) => {
                        and(Some(&test.holds(array)?), valid.as_ref()).unwrap_or_else(|| BooleanBuffer::new_set(rows))
                    }
                };
                if let Some(unparsed) = unparsed {
                    holds = &holds | unparsed;
                }
                Ok(Decided::all(holds))
            }
            RowTest::Parses { at } => {
                let (_, _, unparsed, nulls) = column(block, *at);
                let holds = unparsed.map_or_else(|| BooleanBuffer::new_set(rows), |u| !u);
                Ok(Decided { tested: nulls.as_ref().map(|n| !n), nulls, ..Decided::all(holds) })
            }
            RowTest::NotNan { at } => {
                let (array, valid, unparsed, nulls) = column(block, *at);
                Ok(Decided { tested: valid, nulls, unparsed: unparsed.cloned(), ..Decided::all(!&nan_rows(array)) })
            }
            RowTest::Value { at, test, skip_nan } => {
                let (array, valid, unparsed, nulls) = column(block, *at);
                let holds = test.holds(array)?;
                let nan = skip_nan.then(|| nan_rows(array)).and_then(|nan| and(Some(&nan), valid.as_ref()));
                let tested = match &nan {
                    None => valid,
                    Some(nan) => and(valid.as_ref(), Some(&!nan)),
                };
                Ok(Decided { tested, nulls, unparsed: unparsed.cloned(), nan, ..Decided::all(holds) })
            }
            RowTest::Sql { sql, nulls_fail } => {
                let value = sql.evaluate(block)?;
                let valid = value.nulls().map(|n| n.inner().clone());
                if *nulls_fail {
                    let holds = and(Some(value.values()), valid.as_ref()).unwrap_or_else(|| value.values().clone());
                    return Ok(Decided::all(holds));
                }
                let unknown = valid.as_ref().map(|v| !v);
                Ok(Decided { tested: valid, unknown, ..Decided::all(value.values().clone()) })
            }
        }
    }
}

/// A column of a block: its array, the rows with a value, the rows that did not parse, the rows that are null.
fn column(
    block: &Block,
    at: usize,
) -> (&ArrayRef, Option<BooleanBuffer>, Option<&BooleanBuffer>, Option<BooleanBuffer>) {
    let array = block.batch.column(at);
    let valid = validity(array);
    let unparsed = block.unparsed[at].as_ref();
    let nulls = valid.as_ref().map(|v| match unparsed {
        None => !v,
        Some(unparsed) => &!v & &!unparsed,
    });
    (array, valid, unparsed, nulls)
}

/// Rows with a value; `None`: all. Looks through dictionaries, whose entries may be null themselves.
pub(crate) fn validity(array: &ArrayRef) -> Option<BooleanBuffer> {
    match array.data_type() {
        DataType::Null => Some(BooleanBuffer::new_unset(array.len())),
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
            array.logical_nulls().filter(|n| n.null_count() > 0).map(|n| n.inner().clone())
        }
        _ => array.nulls().filter(|n| n.null_count() > 0).map(|n| n.inner().clone()),
    }
}

/// The rows of both; `None` stands for all rows.
pub(crate) fn and(a: Option<&BooleanBuffer>, b: Option<&BooleanBuffer>) -> Option<BooleanBuffer> {
    match (a, b) {
        (None, None) => None,
        (Some(x), None) | (None, Some(x)) => Some(x.clone()),
        (Some(a), Some(b)) => Some(a & b),
    }
}

fn count(rows: Option<&BooleanBuffer>, selected: Option<&BooleanBuffer>) -> u64 {
    match (rows, selected) {
        (None, _) => 0,
        (Some(rows), None) => rows.count_set_bits() as u64,
        (Some(rows), Some(selected)) => (rows & selected).count_set_bits() as u64,
    }
}

impl Decided {
    fn all(holds: BooleanBuffer) -> Self {
        Decided { tested: None, holds, nulls: None, unparsed: None, nan: None, unknown: None }
    }

    /// Counts the selected rows.
    pub(crate) fn tally(&self, selected: Option<&BooleanBuffer>) -> Tally {
        let rows = self.holds.len();
        let decided = and(self.tested.as_ref(), selected);
        let tested = decided.as_ref().map_or(rows, BooleanBuffer::count_set_bits) as u64;
        let passing = match &decided {
            None => self.holds.count_set_bits(),
            Some(decided) => (decided & &self.holds).count_set_bits(),
        } as u64;
        Tally {
            selected: selected.map_or(rows, BooleanBuffer::count_set_bits) as u64,
            tested,
            failing: tested - passing,
            nulls: count(self.nulls.as_ref(), selected),
            unparsed: count(self.unparsed.as_ref(), selected),
            nan: count(self.nan.as_ref(), selected),
            unknown: count(self.unknown.as_ref(), selected),
        }
    }

    /// The selected rows that fail.
    pub(crate) fn failing(&self, selected: Option<&BooleanBuffer>) -> BooleanBuffer {
        let fails = !&self.holds;
        and(and(self.tested.as_ref(), selected).as_ref(), Some(&fails)).unwrap_or(fails)
    }
}
