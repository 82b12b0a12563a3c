//! Co-moments: exact integers, and the same bytes in any order.

use assay_stats::comoments::{BadMatrix, CoMoments, MomentMatrix, ONE, Scale};
use proptest::prelude::*;

fn pairs(rows: &[(i32, i32)]) -> CoMoments {
    let mut moments = CoMoments::default();
    rows.iter().for_each(|(x, y)| moments.add(*x, *y));
    moments
}

fn unit() -> impl Strategy<Value = i32> {
    prop_oneof![-ONE..=ONE, Just(ONE), Just(-ONE), -3..4_i32]
}

#[test]
fn a_scale_maps_its_ends_and_clips_beyond() {
    let scale = Scale::new(-10.0, 30.0).expect("an interval");
    let units = [-1e9, -10.0, 10.0, 30.0, f64::INFINITY, f64::NEG_INFINITY].map(|x| scale.unit(x));
    assert_eq!(units, [Some(-ONE), Some(-ONE), Some(0), Some(ONE), Some(ONE), Some(-ONE)]);
    assert_eq!(scale.unit(f64::NAN), None);
    assert_eq!(
        (scale.restore(f64::from(-ONE)), scale.restore(0.0), scale.restore(f64::from(ONE))),
        (-10.0, 10.0, 30.0)
    );
    assert_eq!(scale.step(), 20.0 / f64::from(ONE));
}

#[test]
fn a_scale_of_one_value_makes_everything_zero() {
    let scale = Scale::new(3.0, 3.0).expect("an interval");
    assert_eq!([1.0, 3.0, 9.0].map(|x| scale.unit(x)), [Some(0); 3]);
    assert_eq!(scale.restore(0.0), 3.0);
}

#[test]
fn a_scale_over_the_whole_range_of_doubles_works() {
    let scale = Scale::new(-f64::MAX, f64::MAX).expect("an interval");
    assert_eq!([-f64::MAX, 0.0, f64::MAX].map(|x| scale.unit(x)), [Some(-ONE), Some(0), Some(ONE)]);
    assert_eq!(scale.restore(f64::from(ONE)), f64::MAX);
    let least = Scale::new(0.0, 5e-324).expect("an interval");
    assert_eq!([0.0, 5e-324].map(|x| least.unit(x)), [Some(-ONE), Some(ONE)]);
}

#[test]
fn intervals_without_finite_ends_have_no_scale() {
    for (lo, hi) in [(1.0, 0.0), (f64::NAN, 1.0), (f64::NEG_INFINITY, 1.0), (0.0, f64::INFINITY)] {
        assert_eq!(Scale::new(lo, hi), None);
    }
}

#[test]
fn correlation_is_that_of_the_formula() {
    // by hand: deviations (-1.5, -.5, .5, 1.5) and (-1, 0, -1, 2); products 4, squares 5 and 6
    let r = pairs(&[(1, 2), (2, 3), (3, 2), (4, 5)]).r().expect("varies");
    assert!((r - 4.0 / 30.0_f64.sqrt()).abs() < 1e-15, "{r}");
    assert_eq!(pairs(&[(1, -7), (2, -9)]).r(), Some(-1.0));
}

#[test]
fn constant_columns_and_single_rows_have_no_correlation() {
    assert_eq!(CoMoments::default().r(), None);
    assert_eq!(pairs(&[(1, 2)]).r(), None);
    assert_eq!(pairs(&[(ONE, 2), (ONE, 3), (ONE, 5)]).r(), None);
    assert_eq!(pairs(&[(1, 4), (3, 4), (2, 4)]).r(), None);
}

#[test]
fn one_differing_row_in_trillions_is_not_lost() {
    // the other rows are counted as if they had been added
    let rows = 1_u64 << 62;
    let (n, one) = (i128::from(rows), i128::from(ONE));
    let mut moments =
        CoMoments { n: rows, sx: n * one, sy: -n * one, sxx: n * one * one, syy: n * one * one, sxy: -n * one * one };
    assert_eq!(moments.r(), None);
    moments.add(ONE - 1, -ONE + 1);
    assert_eq!(moments.r(), Some(-1.0));
    moments.merge(&moments.clone());
    assert!((moments.r().expect("varies") + 1.0).abs() < 1e-15);
}

#[test]
fn a_matrix_refuses_what_is_no_block_of_it() {
    let mut matrix = MomentMatrix::new(2);
    assert_eq!(matrix.add_block(&[&[1]]), Err(BadMatrix::Columns { expected: 2, got: 1 }));
    assert_eq!(matrix.add_block(&[&[1], &[1, 2]]), Err(BadMatrix::Rows { expected: 1, got: 2 }));
    assert_eq!(matrix.merge(&MomentMatrix::new(3)), Err(BadMatrix::Columns { expected: 2, got: 3 }));
    assert_eq!(matrix, MomentMatrix::new(2));
    assert_eq!(MomentMatrix::from_parts(1, vec![0; 2], vec![0; 2]), Err(BadMatrix::Products { expected: 3, got: 2 }));
    assert_eq!(MomentMatrix::from_parts(1, vec![i128::MAX], vec![0]), Err(BadMatrix::Size { n: 1 }));
    assert_eq!(MomentMatrix::from_parts(1, vec![0], vec![i128::MIN]), Err(BadMatrix::Size { n: 1 }));
}

#[test]
fn a_matrix_without_rows_or_columns_has_no_numbers() {
    let matrix = MomentMatrix::new(2);
    assert_eq!((matrix.mean(0), matrix.covariance(0, 1), matrix.correlation(0, 1)), (0.0, 0.0, None));
    let mut empty = MomentMatrix::new(0);
    assert_eq!(empty.add_block(&[]), Ok(()));
    assert_eq!((empty.n(), empty.columns(), empty.correlations().len()), (0, 0, 0));
}

#[test]
fn extreme_values_do_not_overflow() {
    let rows = 5000;
    let (all, most) = (vec![i32::MIN; rows], vec![i32::MAX; rows]);
    let mut matrix = MomentMatrix::new(2);
    matrix.add_block(&[&all, &most]).expect("a block");
    let (n, low, high) = (rows as i128, i128::from(i32::MIN), i128::from(i32::MAX));
    assert_eq!(matrix.sums(), [n * low, n * high]);
    assert_eq!(matrix.products(), [n * low * low, n * low * high, n * high * high]);
}

proptest! {
    #[test]
    fn co_moments_do_not_depend_on_order_or_grouping(
        rows in prop::collection::vec((unit(), unit()), 0..60),
        at in any::<prop::sample::Index>(),
    ) {
        let at = if rows.is_empty() { 0 } else { at.index(rows.len()) };
        let mut backwards = rows[at..].to_vec();
        backwards.reverse();
        let mut merged = pairs(&backwards);
        merged.merge(&pairs(&rows[..at]));
        prop_assert_eq!(merged, pairs(&rows));
    }

    #[test]
    fn correlation_is_that_of_exact_rationals(rows in prop::collection::vec((unit(), unit()), 2..40)) {
        let n = rows.len() as i128;
        let sum = |f: &dyn Fn(i128, i128) -> i128| rows.iter().map(|(x, y)| f(i128::from(*x), i128::from(*y))).sum::<i128>();
        let (sx, sy) = (sum(&|x, _| x), sum(&|_, y| y));
        let xx = n * sum(&|x, _| x * x) - sx * sx;
        let yy = n * sum(&|_, y| y * y) - sy * sy;
        let xy = n * sum(&|x, y| x * y) - sx * sy;
        match pairs(&rows).r() {
            Some(r) => prop_assert!((r - xy as f64 / ((xx as f64).sqrt() * (yy as f64).sqrt())).abs() < 1e-14),
            None => prop_assert!(xx == 0 || yy == 0),
        }
    }

    #[test]
    fn scaling_comes_back_within_half_a_step(lo in -1e6..1e6_f64, width in 1e-3..1e6_f64, share in 0.0..=1.0_f64) {
        let scale = Scale::new(lo, lo + width).expect("an interval");
        let x = (lo + share * width).clamp(scale.lo(), scale.hi());
        let unit = scale.unit(x).expect("a number");
        prop_assert!((-ONE..=ONE).contains(&unit));
        let slack = 8.0 * f64::EPSILON * (lo.abs() + width);
        prop_assert!((scale.restore(f64::from(unit)) - x).abs() <= 0.5 * scale.step() + slack);
    }
}

proptest! {
    // more rows than a block of the matrix has, and so fewer cases
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_matrix_holds_the_co_moments_of_every_pair(
        rows in prop::collection::vec(prop::array::uniform3(unit()), 0..400),
        at in any::<prop::sample::Index>(),
    ) {
        let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<i32>>();
        let columns = [column(0), column(1), column(2)];
        let at = if rows.is_empty() { 0 } else { at.index(rows.len()) };
        let (mut head, mut tail) = (MomentMatrix::new(3), MomentMatrix::new(3));
        head.add_block(&[&columns[0][..at], &columns[1][..at], &columns[2][..at]]).expect("a block");
        tail.add_block(&[&columns[0][at..], &columns[1][at..], &columns[2][at..]]).expect("a block");
        tail.merge(&head).expect("the same columns");
        let mut cell = 0;
        for i in 0..3 {
            for j in i..3 {
                let both: Vec<(i32, i32)> = columns[i].iter().copied().zip(columns[j].iter().copied()).collect();
                let moments = pairs(&both);
                prop_assert_eq!(tail.products()[cell], moments.sxy);
                prop_assert_eq!((tail.n(), tail.sums()[i], tail.sums()[j]), (moments.n, moments.sx, moments.sy));
                prop_assert_eq!(tail.correlation(i, j), moments.r());
                prop_assert_eq!(tail.correlations()[j][i], moments.r());
                cell += 1;
            }
        }
        let stored = MomentMatrix::from_parts(tail.n(), tail.sums().to_vec(), tail.products().to_vec());
        prop_assert_eq!(stored.as_ref(), Ok(&tail));
    }
}
