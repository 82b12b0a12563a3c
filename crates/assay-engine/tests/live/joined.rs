//! Labels of another table.

use assay_core::contract::Format;
use assay_core::drift::category::Category;
use assay_core::drift::live::*;
use assay_core::drift::state::{ColumnState, Figures};
use assay_core::metric::TableId;
use assay_engine::{EngineOptions, LocalEngine};

use crate::table::{Row, open, write};
use crate::{column, engine, measure, scale};

fn row(id: Option<i32>, x: Option<f64>, city: Option<&str>) -> Row {
    Row { t: None, city: city.map(str::to_string), k: None, x, y: None, id }
}

fn spec(task: LabelTask, prediction: &str, label: &str) -> LiveSpec {
    let source = LabelSource::Joined { id: column("id"), table: TableId(1), key: column("id"), label: column(label) };
    let labels = LabelSpec { source, prediction: Some(column(prediction)), task };
    let bins = LabelBins::Edges(vec![1.5], scale(0.0, 1.0));
    let columns = vec![LiveColumn { column: column("x"), measures: vec![Measure::LabelsBy(bins.into())] }];
    LiveSpec::new(Windows::Whole, vec![], columns, vec![], vec![], Some(labels))
}

#[test]
fn regression_labels_are_joined_and_their_flaws_counted() {
    let folder = tempfile::tempdir().unwrap();
    let live = [
        row(Some(1), Some(1.0), None),
        row(Some(2), Some(2.0), None),
        row(Some(3), Some(3.0), None),
        row(Some(4), Some(4.0), None),
        row(Some(5), None, None),
        row(Some(6), Some(6.0), None),
        row(None, Some(7.0), None),
    ];
    // 1: once. 2: the same twice, and a null that says nothing. 3: contradicts itself. 4: null and NaN. 6: no label
    let labels = [
        row(Some(1), Some(1.5), None),
        row(Some(2), Some(0.0), None),
        row(Some(2), Some(-0.0), None),
        row(Some(2), None, None),
        row(Some(3), Some(3.0), None),
        row(Some(3), Some(4.0), None),
        row(Some(4), None, None),
        row(Some(4), Some(f64::NAN), None),
        row(Some(5), Some(5.0), None),
        row(None, Some(9.0), None),
    ];
    write(folder.path(), Format::Parquet, &[live[..4].to_vec(), live[4..].to_vec()], 2);
    let there = tempfile::tempdir().unwrap();
    write(there.path(), Format::Csv, &[labels[..5].to_vec(), labels[5..].to_vec()], 2);
    for threads in [1, 2] {
        let engine = engine(threads);
        let tables =
            [open(&engine, folder.path(), "t", Format::Parquet), open(&engine, there.path(), "t", Format::Csv)];
        let spec = spec(LabelTask::Regression { scale: scale(0.0, 5.0) }, "x", "x");
        let state = measure(&engine, &tables, &spec, None).unwrap();
        let labelled = state.windows[0].labelled.as_ref().unwrap();
        assert_eq!((labelled.predictions, labelled.labelled, labelled.without_id), (6, 3, 1));
        assert_eq!((labelled.conflicting, labelled.null_labels, labelled.null_predictions), (1, 1, 1));
        let Figures::Regression(figures) = &labelled.figures else { panic!("a regression") };
        assert_eq!((figures.n, figures.error.value()), (2, 1.5));
        let ColumnState::LabelsBy(bins) = &state.windows[0].segments[0].columns[0] else { panic!("labels by bin") };
        let unit = |label: f64| i128::from(scale(0.0, 5.0).unit(label).unwrap());
        let sums = |label: f64| (1, unit(label), unit(label) * unit(label));
        let found: Vec<_> = bins.iter().map(|bin| (bin.n, bin.sum, bin.squares)).collect();
        assert_eq!(found, [sums(1.5), sums(0.0), sums(5.0)]);
        assert!(bins[..2].iter().all(|bin| bin.products == bin.feature * bin.sum), "one row each");
    }
}

#[test]
fn classes_are_joined_by_text_and_counted_in_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let live: Vec<Row> = (0..90)
        .map(|id| row(Some(id), Some(f64::from(id % 4) / 4.0), [Some("yes"), Some("no"), None][id as usize % 3]))
        .collect();
    let labels: Vec<Row> = (0..80).map(|id| row(Some(id), None, Some(["no", "yes"][id as usize % 2]))).collect();
    write(folder.path(), Format::ArrowIpc, &[live], 20);
    let there = tempfile::tempdir().unwrap();
    write(there.path(), Format::Parquet, &[labels[..33].to_vec(), labels[33..].to_vec()], 10);
    let task = LabelTask::Classification { positive: Some(Category::text("yes")), score: Some(column("x")) };
    for threads in [1, 3] {
        let engine = engine(threads);
        let tables =
            [open(&engine, folder.path(), "t", Format::ArrowIpc), open(&engine, there.path(), "t", Format::Parquet)];
        let state = measure(&engine, &tables, &spec(task.clone(), "city", "city"), None).unwrap();
        let labelled = state.windows[0].labelled.as_ref().unwrap();
        assert_eq!((labelled.predictions, labelled.labelled, labelled.null_predictions), (90, 80, 26));
        let Figures::Classification(figures) = &labelled.figures else { panic!("a classification") };
        let pair = |label: &str, predicted: &str| figures.confusion.rows[&(label.to_string(), predicted.to_string())];
        // predicted by id mod 3, labelled by id mod 2
        let of =
            |label: i32, predicted: i32| (0..80).filter(|id| id % 2 == label && id % 3 == predicted).count() as u64;
        assert_eq!((pair("no", "yes"), pair("no", "no")), (of(0, 0), of(0, 1)));
        assert_eq!((pair("yes", "yes"), pair("yes", "no")), (of(1, 0), of(1, 1)));
        assert_eq!(figures.scores.n(), 54);
        let ColumnState::LabelsBy(bins) = &state.windows[0].segments[0].columns[0] else { panic!("labels by bin") };
        assert_eq!((bins[0].n, bins[0].sum, bins[0].squares), (80, 40, 40));
        // x is 0, .25, .5, .75 by turns and the positive class has odd ids: .25 and .75, scaled to -.5 and .5
        assert_eq!((bins[0].feature_squares > 0, bins[0].products), (true, 0));
    }
}

#[test]
fn labels_that_do_not_fit_into_memory_are_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Row> = (0..10_000).map(|id| row(Some(id), Some(1.0), None)).collect();
    write(folder.path(), Format::Parquet, &[rows], 10_000);
    let engine = LocalEngine::new(EngineOptions { threads: 1, memory: 300_000, ..EngineOptions::default() });
    let table = open(&engine, folder.path(), "t", Format::Parquet);
    let spec = spec(LabelTask::Regression { scale: scale(0.0, 5.0) }, "x", "x");
    let error = measure(&engine, &[table.clone(), table], &spec, None).unwrap_err();
    assert_eq!(error.code, "out_of_memory");
    assert!(error.text.contains("`--memory`"), "{}", error.text);
}
