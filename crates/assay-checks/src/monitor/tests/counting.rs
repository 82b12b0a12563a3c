//! The plainest counter that keeps the definitions of `assay_core::drift::live`; engines have their own.

use std::collections::BTreeMap;

use assay_core::drift::category::Category;
use assay_core::drift::knots::{Knots, fraction};
use assay_core::drift::live::{CategorySet, LabelBins, LiveSpec, Measure};
use assay_core::drift::state::{
    CategoryState, ColumnState, LabelSums, RankState, SampleState, SegmentState, ValuesState, WindowState,
};
use assay_stats::comoments::{CoMoments, MomentMatrix, Scale};
use assay_stats::exact_sum::ExactSum;

use super::data::{Data, Rows};

/// Counts rows as one window.
pub fn count(spec: &LiveSpec, rows: &Rows) -> WindowState {
    let n_rows = rows.first().map_or(0, |(_, data)| data.len());
    let data = |name: &str| &rows.iter().find(|(of, _)| *of == name).expect("a column of the rows").1;
    let mut parts: Vec<Vec<usize>> = vec![(0..n_rows).collect()];
    for division in &spec.segmentations {
        let values = |row: usize| division.by.iter().map(|by| data(&by.0).category(row)).collect::<Vec<_>>();
        let segment = |row: usize| division.segments.iter().position(|of| *of == values(row));
        for at in (0..division.segments.len()).map(Some).chain([None]) {
            parts.push((0..n_rows).filter(|row| segment(*row) == at).collect());
        }
    }
    let segments = parts.iter().enumerate().map(|(at, part)| SegmentState {
        rows: part.len() as u64,
        columns: (0..spec.columns.len())
            .map(|column| measured(spec.measure(column, 0, at), &data(&spec.columns[column].column.0).pick(part)))
            .collect(),
    });
    let unit = |scale: &Scale, name: &str, row: usize| data(name).number(row).and_then(|x| scale.unit(x));
    let pairs = spec.pairs.iter().map(|pair| {
        let mut moments = CoMoments::default();
        for row in 0..n_rows {
            if let (Some(x), Some(y)) = (unit(&pair.x.1, &pair.x.0.0, row), unit(&pair.y.1, &pair.y.0.0, row)) {
                moments.add(x, y);
            }
        }
        moments
    });
    WindowState { segments: segments.collect(), pairs: pairs.collect(), matrix: matrix(spec, rows), labelled: None }
}

fn matrix(spec: &LiveSpec, rows: &Rows) -> Option<MomentMatrix> {
    if spec.matrix.is_empty() {
        return None;
    }
    let columns: Vec<(&Data, Scale)> = spec
        .matrix
        .iter()
        .map(|(column, scale)| (&rows.iter().find(|(of, _)| *of == column.0).expect("a column").1, *scale))
        .collect();
    Some(moments(&columns))
}

/// The moments of the rows that are complete.
pub fn moments(columns: &[(&Data, Scale)]) -> MomentMatrix {
    let units = |row: usize| -> Option<Vec<i32>> {
        columns.iter().map(|(data, scale)| scale.unit(data.number(row)?)).collect()
    };
    let complete: Vec<Vec<i32>> = (0..columns[0].0.len()).filter_map(units).collect();
    let by_column: Vec<Vec<i32>> = (0..columns.len()).map(|at| complete.iter().map(|row| row[at]).collect()).collect();
    let mut matrix = MomentMatrix::new(columns.len());
    matrix.add_block(&by_column.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("columns of one length");
    matrix
}

fn measured(measure: &Measure, data: &Data) -> ColumnState {
    match measure {
        Measure::Nothing => ColumnState::Nothing,
        Measure::Cells => ColumnState::Cells(data.cells()),
        Measure::Ranks(knots) => ColumnState::Ranks(Box::new(ranks(knots, data))),
        Measure::Categories(set) => ColumnState::Categories(Box::new(categories(set, data))),
        Measure::Sample { keep, seed } => {
            let hash =
                |row: usize| assay_core::drift::category::mix(*seed ^ (row as u64 + 1).wrapping_mul(0x9e37_79b9));
            let values = (0..data.len()).filter_map(|row| data.number(row).map(|x| (hash(row), x)));
            let mut state =
                SampleState { cells: data.cells(), keep: *keep, values: values.filter(|(_, x)| !x.is_nan()).collect() };
            state.trim();
            ColumnState::Sample(Box::new(state))
        }
        Measure::Values { keep } => {
            let mut values: BTreeMap<u64, (Category, u64)> =
                data.by_category().into_iter().map(|(category, n)| (category.hash64(), (category, n))).collect();
            let dropped = values.len() > *keep;
            while values.len() > *keep {
                values.pop_last();
            }
            ColumnState::Values(Box::new(ValuesState { cells: data.cells(), keep: *keep, values, dropped }))
        }
        Measure::LabelsBy(_) => ColumnState::Nothing,
    }
}

fn ranks(knots: &Knots, data: &Data) -> RankState {
    let k = knots.len();
    let mut state = RankState {
        cells: data.cells(),
        gap: vec![0; k + 1],
        eq: vec![0; k],
        gap_sums: vec![0; k.saturating_sub(1)],
        below: ExactSum::new(),
        above: ExactSum::new(),
        range: None,
    };
    for x in data.present() {
        state.range = Some(state.range.map_or((x, x), |(lo, hi)| (lo.min(x), hi.max(x))));
        let at = knots.values.partition_point(|v| *v < x);
        if knots.values.get(at) == Some(&x) {
            state.eq[at] += 1;
            continue;
        }
        state.gap[at] += 1;
        if at == 0 && k > 0 && x.is_finite() {
            state.below.add(knots.values[0] - x);
        } else if at == k && k > 0 && x.is_finite() {
            state.above.add(x - knots.values[k - 1]);
        } else if at > 0 && at < k && knots.values[at - 1].is_finite() && knots.values[at].is_finite() {
            state.gap_sums[at - 1] += u128::from(fraction(x, knots.values[at - 1], knots.values[at]));
        }
    }
    state
}

fn categories(set: &CategorySet, data: &Data) -> CategoryState {
    let mut state = CategoryState {
        cells: data.cells(),
        counts: vec![0; set.names.len()],
        tail: 0,
        unseen: 0,
        unseen_names: BTreeMap::new(),
    };
    for (category, n) in data.by_category() {
        match set.names.iter().position(|name| *name == category) {
            Some(at) => state.counts[at] += n,
            None if set.tail.contains(&category.hash64()) => state.tail += n,
            None => {
                state.unseen += n;
                state.unseen_names.insert(category.hash64(), (category, n));
            }
        }
    }
    state
}

/// Labels by the bins of a feature, the labels scaled.
pub fn label_sums(bins: &LabelBins, feature: &[f64], labels: &[i32]) -> Vec<LabelSums> {
    let LabelBins::Edges(edges, _) = bins else { panic!("bins of a number") };
    let mut sums = vec![LabelSums::default(); bins.len()];
    for (x, label) in feature.iter().zip(labels) {
        let bin = &mut sums[edges.partition_point(|edge| edge < x)];
        bin.n += 1;
        bin.sum += i128::from(*label);
        bin.squares += i128::from(*label).pow(2);
    }
    sums
}
