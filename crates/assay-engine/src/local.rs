//! The engine of one machine.

use std::collections::BTreeMap;

use assay_core::check::Tables;
use assay_core::engine::{
    BoxFuture, Engine, MeasureReport, MetricPlan, OpenRequest, RowRequest, SampleReport, Snapshot, Watch,
};
use assay_core::measurement::MetricError;
use assay_core::metric::{Metric, TableId};

use crate::measure::Measuring;
use crate::measures::spill::SpillDir;
use crate::options::{Budget, EngineOptions};
use crate::{samples, table};

/// Reads local files with all cores. Its futures do their work on the thread that polls them and on threads of their
/// own, and return when it is done: give them a thread that may block.
#[derive(Debug, Clone)]
pub struct LocalEngine {
    options: EngineOptions,
    threads: usize,
}

impl LocalEngine {
    /// An engine with these options.
    pub fn new(options: EngineOptions) -> Self {
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        LocalEngine { options, threads }
    }

    fn measure_all(&self, plan: &MetricPlan, tables: &Tables, watch: &dyn Watch) -> MeasureReport {
        let mut report = MeasureReport::default();
        let mut by_table: BTreeMap<TableId, Vec<Metric>> = BTreeMap::new();
        for metric in &plan.metrics {
            by_table.entry(metric.table).or_default().push(metric.clone());
        }
        for (id, metrics) in by_table {
            let measuring = Measuring {
                tables,
                options: &self.options,
                threads: self.threads,
                budget: Budget::new(self.options.memory),
                spill: SpillDir::new(&self.options.spill),
                watch,
            };
            report.measurements.extend(measuring.table(id, &metrics, &mut report.costs));
        }
        report
    }
}

impl Engine for LocalEngine {
    fn open<'a>(&'a self, request: &'a OpenRequest) -> BoxFuture<'a, Result<Snapshot, MetricError>> {
        Box::pin(async move { table::open(request) })
    }

    fn measure<'a>(
        &'a self,
        plan: &'a MetricPlan,
        tables: &'a Tables,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, MeasureReport> {
        Box::pin(async move { self.measure_all(plan, tables, watch) })
    }

    fn failing_rows<'a>(
        &'a self,
        requests: &'a [RowRequest],
        tables: &'a Tables,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, SampleReport> {
        Box::pin(async move { samples::fetch(requests, tables, self.threads, self.options.footers, watch) })
    }
}
