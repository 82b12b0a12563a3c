//! The aggregate of DataFusion against the direct count.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use assay_core::contract::Format;
use assay_core::drift::live::{LiveColumn, LiveSpec, Measure, Windows};
use assay_core::drift::state::{ColumnState, RankState};
use assay_engine::rank_counts;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::table::{open, rows, wait, write};
use crate::{column, engine, knots, measure};

#[test]
fn partial_states_of_several_partitions_merge_to_the_bytes_of_a_direct_count() {
    let files = rows(21, &[5_000]);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Format::Parquet, &files, 1_000);
    let engine = engine(2);
    let snapshot = open(&engine, folder.path(), "t", Format::Parquet);
    let Measure::Ranks(knots) = knots(5, 300) else { panic!("knots") };
    let columns = vec![LiveColumn { column: column("x"), measures: vec![Measure::Ranks(knots.clone())] }];
    let spec = LiveSpec::new(Windows::Whole, vec![], columns, vec![], vec![], None);
    let state = measure(&engine, &[snapshot], &spec, None).unwrap();
    let ColumnState::Ranks(direct) = &state.windows[0].segments[0].columns[0] else { panic!("ranks") };

    let partition = |rows: &[crate::table::Row]| {
        let x: ArrayRef = Arc::new(rows.iter().map(|row| row.x).collect::<Float64Array>());
        rows_of(x)
    };
    let partitions: Vec<Vec<RecordBatch>> =
        files[0].chunks(1_300).map(|rows| rows.chunks(400).map(partition).collect()).collect();
    let table = MemTable::try_new(partitions[0][0].schema(), partitions).unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(4));
    context.register_table("t", Arc::new(table)).unwrap();
    context.register_udaf(rank_counts(knots));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let frame =
        |sql: &'static str| runtime.block_on(async { context.sql(sql).await.unwrap().collect().await.unwrap() });
    let plan = frame("EXPLAIN SELECT assay_rank_counts(x) FROM t");
    let plan = arrow::util::pretty::pretty_format_batches(&plan).unwrap().to_string();
    assert!(plan.contains("mode=Partial") && plan.contains("mode=Final"), "{plan}");
    let found = frame("SELECT assay_rank_counts(x) AS ranks FROM t");
    let bytes = found[0].column(0).as_binary::<i32>().value(0).to_vec();
    assert_eq!(RankState::from_bytes(&bytes).unwrap(), **direct);
    assert!(bytes == direct.to_bytes());
    // by group the rows are divided: together they are all
    let groups = frame("SELECT x > 0 AS positive, assay_rank_counts(x) AS ranks FROM t GROUP BY x > 0");
    let mut sum: Option<RankState> = None;
    for batch in &groups {
        for bytes in batch.column(1).as_binary::<i32>().iter().flatten() {
            let state = RankState::from_bytes(bytes).unwrap();
            match &mut sum {
                Some(sum) => sum.merge(&state).unwrap(),
                None => sum = Some(state),
            }
        }
    }
    assert_eq!(sum.unwrap(), **direct);
    assert_eq!(wait(async { groups.iter().map(RecordBatch::num_rows).sum::<usize>() }), 3);
}

fn rows_of(x: ArrayRef) -> RecordBatch {
    assert!(!x.is_empty());
    RecordBatch::try_from_iter_with_nullable([("x", x, true)]).unwrap()
}
