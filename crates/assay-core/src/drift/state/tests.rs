//! Merging and bytes.

use std::collections::BTreeMap;

use assay_stats::comoments::{CoMoments, MomentMatrix};
use assay_stats::exact_sum::ExactSum;
use assay_stats::performance::{Classification, Regression};
use proptest::prelude::*;

use super::*;

/// The state of one row, or of a few equal ones: all kinds of columns, pairs, a matrix, labels of both tasks.
fn state(n: u64, x: f64, city: u8, hash: u64) -> LiveState {
    let cells = Cells { rows: n, plus_infinity: u64::from(x == f64::INFINITY) * n, ..Cells::default() };
    let mut below = ExactSum::new();
    below.add(x);
    let mut above = ExactSum::new();
    above.add_product(x, 1e-200);
    let ranks = RankState {
        cells,
        gap: vec![n, 0, 1],
        eq: vec![0, n],
        gap_sums: vec![u128::from(hash)],
        below,
        above,
        range: Some((x, x)),
    };
    let category = Category::text(format!("city {city}"));
    // few bits, so that hashes are shared by categories
    let of_city = || BTreeMap::from([(u64::from(city % 7), (category.clone(), n))]);
    let categories = CategoryState { cells, counts: vec![n, 0], tail: 2, unseen: n, unseen_names: of_city() };
    let sample = SampleState { cells, keep: 3, values: vec![(hash % 100, x)] };
    let values = ValuesState { cells, keep: 3, values: of_city(), dropped: false };
    let unit = (hash % 1000) as i32 - 500;
    let mut pair = CoMoments::default();
    pair.add(unit, -unit);
    let mut matrix = MomentMatrix::new(2);
    matrix.add_block(&[&[unit], &[7]]).expect("two columns");
    let mut regression = Regression::default();
    regression.add(x, 1.25);
    let mut classification = Classification::new(Some("yes".into()));
    classification.confusion.add("yes", &category.text, n);
    classification.scores.add(f64::from(city) / 255.0, hash.is_multiple_of(2));
    let labelled = |figures: Figures| LabelledState {
        predictions: n,
        labelled: 1,
        without_id: 0,
        conflicting: 2,
        null_labels: 3,
        null_predictions: 4,
        figures,
    };
    let columns = vec![
        ColumnState::Nothing,
        ColumnState::Cells(cells),
        ColumnState::Ranks(Box::new(ranks)),
        ColumnState::Categories(Box::new(categories)),
        ColumnState::Sample(Box::new(sample)),
        ColumnState::Values(Box::new(values)),
        ColumnState::LabelsBy(vec![LabelSums { n, sum: unit.into(), squares: 9, ..LabelSums::default() }]),
    ];
    let window = |figures: Figures| WindowState {
        segments: vec![SegmentState { rows: n, columns: columns.clone() }],
        pairs: vec![pair],
        matrix: Some(matrix.clone()),
        labelled: Some(labelled(figures)),
    };
    LiveState {
        windows: vec![window(Figures::Regression(regression)), window(Figures::Classification(classification))],
        unplaced: Unplaced { without_time: n, outside: 1 },
    }
}

fn any_state() -> impl Strategy<Value = LiveState> {
    let number = prop_oneof![-1e6..1e6f64, Just(1e300), Just(-1e300), Just(f64::INFINITY), Just(3e-310)];
    (1..5u64, number, any::<u8>(), any::<u64>()).prop_map(|(n, x, city, hash)| state(n, x, city, hash))
}

proptest! {
    #[test]
    fn any_order_and_grouping_gives_the_same_bytes(
        states in proptest::collection::vec(any_state(), 1..24),
        choices in proptest::collection::vec(any::<u32>(), 48),
    ) {
        let mut in_order = states[0].clone();
        for state in &states[1..] {
            in_order.merge(state).expect("they are alike");
        }
        let mut rest = states;
        let mut choices = choices.into_iter();
        while rest.len() > 1 {
            let mut pick = |n: usize| choices.next().unwrap_or(0) as usize % n;
            let (one, other) = (pick(rest.len()), pick(rest.len() - 1));
            let mut one = rest.swap_remove(one);
            one.merge(&rest.swap_remove(other)).expect("they are alike");
            rest.push(one);
        }
        prop_assert_eq!(rest[0].to_bytes(), in_order.to_bytes());
    }

    #[test]
    fn bytes_are_read_as_they_were_written(state in any_state()) {
        prop_assert_eq!(&LiveState::from_bytes(&state.to_bytes()).expect("sound"), &state);
        let window = &state.windows[1];
        prop_assert_eq!(&WindowState::from_bytes(&window.to_bytes()).expect("sound"), window);
    }

    #[test]
    fn damaged_bytes_are_an_error_or_another_state_and_never_a_panic(
        state in any_state(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let bytes = state.to_bytes();
        prop_assert_eq!(LiveState::from_bytes(&bytes[..at.index(bytes.len())]), Err(BadBytes::Damaged));
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] = byte;
        if let Ok(other) = LiveState::from_bytes(&changed) {
            // by their bytes: a changed number may be NaN, which equals nothing
            let again = LiveState::from_bytes(&other.to_bytes()).expect("what was written is read");
            prop_assert_eq!(again.to_bytes(), other.to_bytes());
        }
    }
}

#[test]
fn bytes_of_a_later_version_are_told_apart_from_damaged_ones() {
    let mut bytes = state(1, 2.0, 3, 4).to_bytes();
    bytes.push(0);
    assert_eq!(LiveState::from_bytes(&bytes), Err(BadBytes::Damaged));
    bytes[0] = 2;
    assert_eq!(LiveState::from_bytes(&bytes), Err(BadBytes::Newer(2)));
    assert_eq!(LiveState::from_bytes(&[]), Err(BadBytes::Damaged));
}

#[test]
fn states_of_different_specs_are_refused_and_left_as_they_were() {
    let one = state(1, 2.0, 3, 4);
    let mut others = vec![one.clone(); 5];
    others[0].windows.pop();
    others[1].windows[0].segments[0].columns.pop();
    others[2].windows[0].pairs.clear();
    others[3].windows.swap(0, 1);
    others[4].windows[1].segments[0].columns.swap(0, 1);
    for other in others {
        let mut merged = one.clone();
        assert_eq!(merged.merge(&other), Err(NotAlike));
        assert_eq!(merged, one);
    }
}
