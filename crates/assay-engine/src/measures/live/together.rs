//! What is done with the columns that are read together: rows are placed, labels joined, moments summed.

use assay_core::drift::state::{LabelledState, Unplaced};
use assay_core::measurement::MetricError;

use super::labels::Labelled;
use super::moments::Moments;
use super::placed::Placed;
use super::placing::Placer;
use super::plan::LivePlan;
use crate::block::Block;

/// A worker's share.
pub(crate) struct Together<'a> {
    placer: Placer<'a>,
    moments: Option<Moments<'a>>,
    labelled: Vec<Labelled<'a>>,
}

/// What all workers found.
pub(crate) struct Found<'a> {
    pub(crate) unplaced: Unplaced,
    /// Rows by window and segment, for the whole and each segmentation.
    pub(crate) rows: Vec<Vec<u64>>,
    pub(crate) moments: Option<Moments<'a>>,
    /// By window; `None`: not wanted.
    pub(crate) labelled: Option<Vec<LabelledState>>,
}

impl<'a> Together<'a> {
    pub(crate) fn new(plan: &'a LivePlan) -> Self {
        Together {
            placer: plan.placing.placer(),
            moments: plan.moments.as_ref().map(|moments| moments.start()),
            labelled: plan.labels.iter().map(|labels| labels.start()).collect(),
        }
    }

    /// Takes a block of the columns that are read together (others may follow), whose first row is number `row` of
    /// the table.
    pub(crate) fn block(&mut self, block: &Block, row: u64) -> Result<Placed, MetricError> {
        let mut placed = self.placer.place(block, row)?;
        if let Some(moments) = &mut self.moments {
            moments.block(block, &placed)?;
        }
        for labelled in &mut self.labelled {
            labelled.block(block, &mut placed)?;
        }
        Ok(placed)
    }

    /// Rows that are all in the first window and were not looked at.
    pub(crate) fn count_rows(&mut self, rows: u64) {
        self.placer.rows[0][0] += rows;
    }

    /// What all workers found. There is at least one.
    pub(crate) fn finish(workers: Vec<Together<'a>>) -> Found<'a> {
        let mut found: Option<Found<'a>> = None;
        for worker in workers {
            let labelled = worker.labelled.into_iter().map(Labelled::finish).next();
            let Some(found) = &mut found else {
                found = Some(Found {
                    unplaced: worker.placer.unplaced,
                    rows: worker.placer.rows,
                    moments: worker.moments,
                    labelled,
                });
                continue;
            };
            found.unplaced.merge(&worker.placer.unplaced);
            for (rows, more) in found.rows.iter_mut().flatten().zip(worker.placer.rows.iter().flatten()) {
                *rows += more;
            }
            if let (Some(moments), Some(more)) = (&mut found.moments, worker.moments) {
                moments.merge(more);
            }
            for (state, more) in found.labelled.iter_mut().flatten().zip(labelled.iter().flatten()) {
                state.merge(more).expect("both are of the plan's task");
            }
        }
        found.expect("there is at least one worker")
    }
}
