//! The definition, row by row: what counting has to give.

use std::collections::BTreeMap;

use assay_core::drift::category::{Category, CategoryKind, hash64, mix};
use assay_core::drift::knots::fraction;
use assay_core::drift::live::{LabelBins, LabelSource, LabelTask, LiveSpec, Measure, Windows};
use assay_core::drift::state::*;
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::exact_sum::ExactSum;
use assay_stats::performance::Regression;

use crate::table::Row;

/// A row and where it lies.
pub struct Placed<'a> {
    pub row: &'a Row,
    pub file: &'a str,
    pub in_file: u64,
    pub in_table: u64,
}

impl Placed<'_> {
    fn number(&self, column: &str) -> Option<f64> {
        match column {
            "k" => self.row.k.map(f64::from),
            "x" => self.row.x,
            "y" => self.row.y,
            "id" => self.row.id.map(f64::from),
            other => panic!("{other} is no number"),
        }
    }

    fn category(&self, column: &str) -> Option<Category> {
        match column {
            "city" => self.row.city.as_deref().map(Category::text),
            "k" => self.row.k.map(|k| Category::integer(k.into())),
            other => panic!("{other} is no category"),
        }
    }

    fn is_null(&self, column: &str) -> bool {
        match column {
            "city" => self.row.city.is_none(),
            column => self.number(column).is_none(),
        }
    }

    fn label(&self, spec: &LiveSpec) -> Option<f64> {
        match &spec.labels.as_ref()?.source {
            LabelSource::Column(column) => self.number(&column.0).filter(|x| !x.is_nan()),
            LabelSource::Joined { .. } => panic!("joined labels are tested apart"),
        }
    }
}

/// The state of some rows.
pub fn count(spec: &LiveSpec, rows: &[Placed<'_>]) -> LiveState {
    let mut unplaced = Unplaced::default();
    let mut by_window: Vec<Vec<&Placed<'_>>> = (0..spec.n_windows()).map(|_| Vec::new()).collect();
    for row in rows {
        match window(spec, row, &mut unplaced) {
            Some(window) => by_window[window].push(row),
            None => continue,
        }
    }
    let windows = by_window.iter().enumerate().map(|(window, rows)| count_window(spec, window, rows)).collect();
    LiveState { windows, unplaced }
}

fn window(spec: &LiveSpec, row: &Placed<'_>, unplaced: &mut Unplaced) -> Option<usize> {
    let found = match &spec.windows {
        Windows::Whole => return Some(0),
        Windows::Time { spans, .. } => {
            let Some(t) = row.row.t else {
                unplaced.without_time += 1;
                return None;
            };
            let nanos = i128::from(t) * 1_000_000;
            spans.iter().position(|span| span.start <= nanos && nanos < span.end)
        }
        Windows::Rows { size, first, count } => {
            let window = (row.in_table / size) as i64 - *first as i64;
            usize::try_from(window).ok().filter(|window| window < count)
        }
    };
    unplaced.outside += u64::from(found.is_none());
    found
}

fn count_window(spec: &LiveSpec, window: usize, rows: &[&Placed<'_>]) -> WindowState {
    let rows_only = matches!(&spec.windows, Windows::Time { spans, .. } if spans[window].rows_only);
    let mut segments: Vec<Vec<&Placed<'_>>> = vec![rows.to_vec()];
    for division in &spec.segmentations {
        let mut of_division: Vec<Vec<&Placed<'_>>> = vec![Vec::new(); division.segments.len() + 1];
        for row in rows {
            let values: Vec<Option<Category>> = division.by.iter().map(|column| row.category(&column.0)).collect();
            let at = division.segments.iter().position(|s| *s == values).unwrap_or(division.segments.len());
            of_division[at].push(row);
        }
        segments.extend(of_division);
    }
    let state = |(segment, rows): (usize, &Vec<&Placed<'_>>)| SegmentState {
        rows: rows.len() as u64,
        columns: (0..spec.columns.len())
            .map(|column| {
                if rows_only {
                    return ColumnState::Nothing;
                }
                count_column(spec, &spec.columns[column].column.0, spec.measure(column, window, segment), rows)
            })
            .collect(),
    };
    let rows: &[&Placed<'_>] = if rows_only { &[] } else { rows };
    WindowState {
        segments: segments.iter().enumerate().map(state).collect(),
        pairs: spec.pairs.iter().map(|pair| moments(rows, (&pair.x.0.0, pair.x.1), (&pair.y.0.0, pair.y.1))).collect(),
        matrix: (!spec.matrix.is_empty()).then(|| matrix(spec, rows)),
        labelled: spec.labels.as_ref().map(|_| labelled(spec, rows)),
    }
}

fn cells(rows: &[&Placed<'_>], column: &str) -> Cells {
    let mut cells = Cells { rows: rows.len() as u64, ..Cells::default() };
    for row in rows {
        cells.nulls += u64::from(row.is_null(column));
        if column != "city" {
            let x = row.number(column);
            cells.nan += u64::from(x.is_some_and(f64::is_nan));
            cells.minus_infinity += u64::from(x == Some(f64::NEG_INFINITY));
            cells.plus_infinity += u64::from(x == Some(f64::INFINITY));
        }
    }
    cells
}

fn numbers(rows: &[&Placed<'_>], column: &str) -> Vec<f64> {
    rows.iter().filter_map(|row| row.number(column)).filter(|x| !x.is_nan()).map(|x| x + 0.0).collect()
}

fn count_column(spec: &LiveSpec, column: &str, measure: &Measure, rows: &[&Placed<'_>]) -> ColumnState {
    match measure {
        Measure::Nothing => ColumnState::Nothing,
        Measure::Cells => ColumnState::Cells(cells(rows, column)),
        Measure::Ranks(knots) => {
            let k = knots.len();
            let mut state = RankState {
                cells: cells(rows, column),
                gap: vec![0; k + 1],
                eq: vec![0; k],
                gap_sums: vec![0; k.saturating_sub(1)],
                below: ExactSum::new(),
                above: ExactSum::new(),
                range: None,
            };
            for x in numbers(rows, column) {
                state.range = Some(state.range.map_or((x, x), |(a, b)| (a.min(x), b.max(x))));
                let at = knots.values.iter().filter(|knot| **knot < x).count();
                if knots.values.get(at) == Some(&x) {
                    state.eq[at] += 1;
                    continue;
                }
                state.gap[at] += 1;
                if k > 0 && at == 0 && x.is_finite() {
                    state.below.add(knots.values[0] - x);
                } else if k > 0 && at == k && x.is_finite() {
                    state.above.add(x - knots.values[k - 1]);
                } else if at > 0 && at < k {
                    state.gap_sums[at - 1] += u128::from(fraction(x, knots.values[at - 1], knots.values[at]));
                }
            }
            ColumnState::Ranks(Box::new(state))
        }
        Measure::Categories(set) => {
            let mut state = CategoryState {
                cells: cells(rows, column),
                counts: vec![0; set.names.len()],
                tail: 0,
                unseen: 0,
                unseen_names: BTreeMap::new(),
            };
            for category in rows.iter().filter_map(|row| row.category(column)) {
                let hash = category.hash64();
                if let Some(at) = set.names.iter().position(|name| *name == category) {
                    state.counts[at] += 1;
                } else if set.tail.contains(&hash) {
                    state.tail += 1;
                } else {
                    state.unseen += 1;
                    state.unseen_names.entry(hash).or_insert((category, 0)).1 += 1;
                }
            }
            while state.unseen_names.len() > KEPT_UNSEEN {
                state.unseen_names.pop_last();
            }
            ColumnState::Categories(Box::new(state))
        }
        Measure::Sample { keep, seed } => {
            let hash =
                |row: &Placed<'_>| mix(mix(hash64(CategoryKind::Text, row.file.as_bytes()) ^ mix(*seed)) ^ row.in_file);
            let mut values: Vec<(u64, f64)> = rows
                .iter()
                .filter_map(|row| row.number(column).filter(|x| !x.is_nan()).map(|x| (hash(row), x + 0.0)))
                .collect();
            values.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            values.truncate(*keep);
            ColumnState::Sample(Box::new(SampleState { cells: cells(rows, column), keep: *keep, values }))
        }
        Measure::Values { keep } => {
            let mut values: BTreeMap<u64, (Category, u64)> = BTreeMap::new();
            for category in rows.iter().filter_map(|row| row.category(column)) {
                values.entry(category.hash64()).or_insert((category, 0)).1 += 1;
            }
            let dropped = values.len() > *keep;
            while values.len() > *keep {
                values.pop_last();
            }
            ColumnState::Values(Box::new(ValuesState { cells: cells(rows, column), keep: *keep, values, dropped }))
        }
        Measure::LabelsBy(bins) => {
            let mut sums = vec![LabelSums::default(); bins.len()];
            let Some(LabelTask::Regression { scale }) = spec.labels.as_ref().map(|labels| &labels.task) else {
                panic!("labels are numbers here")
            };
            for row in rows {
                let Some(label) = row.label(spec).and_then(|label| scale.unit(label)) else { continue };
                let mut feature = None;
                let bin = match &**bins {
                    LabelBins::Edges(edges, of) => {
                        match row.number(column).filter(|x| !x.is_nan()).inspect(|x| feature = of.unit(*x)) {
                            Some(x) => edges.iter().filter(|edge| **edge < x).count(),
                            None => edges.len() + 1,
                        }
                    }
                    LabelBins::Categories(names) => match row.category(column) {
                        Some(category) => names.iter().position(|n| *n == category).unwrap_or(names.len()),
                        None => names.len() + 1,
                    },
                };
                let (label, feature) = (i128::from(label), i128::from(feature.unwrap_or(0)));
                sums[bin].merge(&LabelSums {
                    n: 1,
                    sum: label,
                    squares: label * label,
                    feature,
                    feature_squares: feature * feature,
                    products: feature * label,
                });
            }
            ColumnState::LabelsBy(sums)
        }
    }
}

fn unit(row: &Placed<'_>, (column, scale): (&str, Scale)) -> Option<i32> {
    row.number(column).and_then(|x| scale.unit(x))
}

fn moments(rows: &[&Placed<'_>], x: (&str, Scale), y: (&str, Scale)) -> CoMoments {
    let mut sums = CoMoments::default();
    for row in rows {
        if let (Some(x), Some(y)) = (unit(row, x), unit(row, y)) {
            sums.add(x, y);
        }
    }
    sums
}

fn matrix(spec: &LiveSpec, rows: &[&Placed<'_>]) -> MomentMatrix {
    let mut matrix = MomentMatrix::new(spec.matrix.len());
    for row in rows {
        let units: Option<Vec<i32>> =
            spec.matrix.iter().map(|(column, scale)| unit(row, (&column.0, *scale))).collect();
        if let Some(units) = units {
            let columns: Vec<&[i32]> = units.iter().map(std::slice::from_ref).collect();
            matrix.add_block(&columns).unwrap();
        }
    }
    matrix
}

fn labelled(spec: &LiveSpec, rows: &[&Placed<'_>]) -> LabelledState {
    let mut figures = Regression::default();
    let (mut n_labelled, mut null_predictions) = (0, 0);
    let prediction = spec.labels.as_ref().and_then(|labels| labels.prediction.as_ref()).unwrap();
    for row in rows {
        let Some(label) = row.label(spec) else { continue };
        n_labelled += 1;
        match row.number(&prediction.0).filter(|x| !x.is_nan()) {
            Some(prediction) => figures.add(prediction, label),
            None => null_predictions += 1,
        }
    }
    LabelledState {
        predictions: rows.len() as u64,
        labelled: n_labelled,
        without_id: 0,
        conflicting: 0,
        null_labels: rows.len() as u64 - n_labelled,
        null_predictions,
        figures: Figures::Regression(figures),
    }
}
