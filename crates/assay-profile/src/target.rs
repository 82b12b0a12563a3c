//! What the engine needs of profiles to count several columns together: scales of pairs, bins of labels.

use assay_core::drift::baseline::{BaselineColumn, CategoryProfile, NumericProfile};
use assay_core::drift::live::LabelBins;
use assay_stats::comoments::Scale;
use assay_stats::drift::ColumnKind;
use assay_stats::drift::bins::QuantileBins;

/// PSI bins by which labels are summed.
const BINS: u32 = 10;
/// At most this many categories have labels of their own,
const TOP: usize = 50;
/// of at least one row in this many.
const RAREST: u128 = 1000;

/// The 1% to 99% of a column, to which co-moments clip it; `None` without values or where an end is infinite. Where
/// knots end before 99% (private ones), the last knot.
pub fn scale_of(profile: &NumericProfile) -> Option<Scale> {
    let knots = &profile.knots;
    let hi = knots.quantile(99, 100).or(knots.values.last().copied())?;
    Scale::new(knots.quantile(1, 100)?, hi)
}

/// The bins of a feature by which labels are summed: its 10 PSI bins, or its commonest categories as PSI has them (at
/// most 50 of at least 0.1% of the non-missing rows). `None` for numbers without a scale.
///
/// PSI cuts a value that fills a bin off on both sides. Label bins are closed on the right, so such a value has an edge
/// at the largest float below it: the bin between the two holds that value alone.
pub fn label_bins(column: &BaselineColumn) -> Option<LabelBins> {
    match (column.role, &column.numeric, &column.categories) {
        (ColumnKind::Numeric, Some(profile), _) => edges(profile),
        (ColumnKind::Categorical, _, Some(profile)) => Some(top_categories(profile)),
        _ => None,
    }
}

fn edges(profile: &NumericProfile) -> Option<LabelBins> {
    let knots = &profile.knots;
    let bins = QuantileBins::new(&knots.values, &knots.below, &knots.up_to, knots.n, BINS);
    let slots = bins.slots();
    let edge = |end: usize| {
        // an even slot is a gap, an odd one a value: what ends before value i excludes it
        let value = knots.values[(end - 1) / 2];
        if end % 2 == 1 { value.next_down() } else { value }
    };
    let mut edges: Vec<f64> = slots[..slots.len() - 1].iter().map(|bin| edge(bin.end)).collect();
    // there is nothing between two neighbouring floats
    edges.dedup();
    Some(LabelBins::Edges(edges, scale_of(profile)?))
}

fn top_categories(profile: &CategoryProfile) -> LabelBins {
    let n = u128::from(profile.tail_rows) + profile.counts.iter().map(|rows| u128::from(*rows)).sum::<u128>();
    let common = profile.set.names.iter().zip(&profile.counts).filter(|(_, rows)| u128::from(**rows) * RAREST >= n);
    LabelBins::Categories(common.take(TOP).map(|(name, _)| name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use assay_core::drift::category::Category;
    use assay_core::drift::knots::Knots;
    use assay_core::drift::live::CategorySet;
    use assay_core::drift::state::Cells;

    use super::*;

    fn numeric(values: Vec<f64>, counts: &[u64]) -> BaselineColumn {
        let knots = Arc::new(Knots::full(values, counts));
        BaselineColumn {
            name: "x".into(),
            segment: None,
            role: ColumnKind::Numeric,
            dtype: "float64".into(),
            cells: Cells { rows: knots.n, ..Cells::default() },
            numeric: Some(NumericProfile { range: None, mean: 0.0, m2: 0.0, knots, sample: vec![] }),
            categories: None,
            target: None,
        }
    }

    fn edges_of(column: &BaselineColumn) -> Vec<f64> {
        match label_bins(column) {
            Some(LabelBins::Edges(edges, _)) => edges,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn label_bins_of_numbers_end_where_psi_bins_do() {
        let column = numeric((1..=100).map(f64::from).collect(), &[1; 100]);
        assert_eq!(edges_of(&column), (1..10).map(|i| f64::from(10 * i)).collect::<Vec<_>>());
        let scale = scale_of(column.numeric.as_ref().expect("numbers")).expect("finite");
        assert_eq!((scale.lo(), scale.hi()), (1.0, 99.0));
    }

    #[test]
    fn a_value_that_fills_a_bin_has_one_of_its_own() {
        let edges = edges_of(&numeric(vec![-1.0, 0.0, 1.0], &[10, 80, 10]));
        assert!(edges.contains(&0.0_f64.next_down()) && edges.contains(&0.0), "{edges:?}");
        let neighbours = vec![1.0, 1.0_f64.next_up(), 2.0];
        assert!(edges_of(&numeric(neighbours, &[30, 40, 30])).windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn numbers_without_finite_ends_have_no_scale() {
        let column = numeric(vec![f64::NEG_INFINITY, 1.0], &[50, 50]);
        assert_eq!(scale_of(column.numeric.as_ref().expect("numbers")), None);
        assert_eq!(label_bins(&numeric(vec![], &[])), None);
    }

    #[test]
    fn label_bins_of_categories_are_the_common_ones() {
        let names = vec![Category::text("a"), Category::text("b"), Category::text("rare")];
        let profile = CategoryProfile {
            set: Arc::new(CategorySet::new(names, vec![], false)),
            counts: vec![5_000, 4_000, 1],
            tail_rows: 0,
            distinct: 3,
            singletons: 1,
        };
        let expected = LabelBins::Categories(vec![Category::text("a"), Category::text("b")]);
        assert_eq!(top_categories(&profile), expected);
    }
}
