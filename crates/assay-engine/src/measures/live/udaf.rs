//! The same counters as an aggregate of DataFusion, for plans that are distributed over partitions or machines: partial
//! states travel as bytes and merge in any order to the bytes of a direct count.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use assay_core::drift::knots::Knots;
use assay_core::drift::state::RankState;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::grid::Grid;
use super::numbers::{Picked, is_number, numbers};
use super::ranks::RankCounter;

/// An aggregate of one numeric column that counts its rows against knots; the value is a [`RankState`] as bytes
/// ([`RankState::from_bytes`]). In SQL it is `assay_rank_counts(column)`.
pub fn rank_counts(knots: Arc<Knots>) -> AggregateUDF {
    let grid = Arc::new(Grid::new(&knots.values, 12));
    AggregateUDF::new_from_impl(RankCounts { knots, grid, signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug)]
struct RankCounts {
    knots: Arc<Knots>,
    grid: Arc<Grid>,
    signature: Signature,
}

impl PartialEq for RankCounts {
    fn eq(&self, other: &Self) -> bool {
        self.knots.digest == other.knots.digest
    }
}

impl Eq for RankCounts {}

impl Hash for RankCounts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.knots.digest.hash(state);
    }
}

impl AggregateUDFImpl for RankCounts {
    fn name(&self) -> &str {
        "assay_rank_counts"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [ty] if is_number(ty) => Ok(DataType::Binary),
            _ => plan_err!("assay_rank_counts counts one column of numbers"),
        }
    }

    fn accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(RankAccumulator {
            counter: RankCounter::new(self.knots.len()),
            knots: self.knots.clone(),
            grid: self.grid.clone(),
            merged: None,
            buffers: Default::default(),
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[ranks]", args.name), DataType::Binary, true))])
    }
}

#[derive(Debug)]
struct RankAccumulator {
    knots: Arc<Knots>,
    grid: Arc<Grid>,
    counter: RankCounter,
    /// What other accumulators counted.
    merged: Option<RankState>,
    buffers: (Vec<f64>, Vec<f64>),
}

impl RankAccumulator {
    fn ranks(&mut self) -> Result<RankState> {
        self.counter.rest(&self.grid);
        let mut all = self.counter.clone().finish(&self.knots);
        if let Some(merged) = &self.merged {
            all.merge(merged).map_err(|why| DataFusionError::External(Box::new(why)))?;
        }
        Ok(all)
    }
}

impl Accumulator for RankAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [values] = values else { return exec_err!("assay_rank_counts counts one column") };
        let (numbers_buffer, dense_buffer) = &mut self.buffers;
        let numbers = numbers(values, numbers_buffer).map_err(|error| DataFusionError::Execution(error.text))?;
        let (some, cells) = numbers.dense(Picked::All(values.len()), dense_buffer);
        self.counter.count(&self.grid, some, &cells);
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = states else { return exec_err!("assay_rank_counts has one state") };
        for bytes in states.as_binary::<i32>().iter().flatten() {
            let state = RankState::from_bytes(bytes).map_err(|why| DataFusionError::External(Box::new(why)))?;
            match &mut self.merged {
                Some(merged) => merged.merge(&state).map_err(|why| DataFusionError::External(Box::new(why)))?,
                None => self.merged = Some(state),
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(Some(self.ranks()?.to_bytes())))
    }

    fn size(&self) -> usize {
        // slots of 32 bytes, here and in what was merged
        size_of_val(self) + 64 * (self.knots.len() + 1)
    }
}
