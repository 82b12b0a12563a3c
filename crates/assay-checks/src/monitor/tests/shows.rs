//! Figures as people read them.

use assay_stats::PValue;

use crate::monitor::show::{
    count, effect_near, number, number_near, p_value, percent, percent_near, points, points_near,
};

#[test]
fn numbers_have_three_digits_that_count() {
    let shown: Vec<String> = [0.0, 0.31234, 3.0, 12.345, 1234.5, 1e-7, -0.5, 1e20, f64::INFINITY].map(number).into();
    assert_eq!(shown, ["0", "0.312", "3", "12.3", "1234", "1e-7", "-0.5", "1e20", "inf"]);
}

#[test]
fn shares_are_percent_and_their_differences_points() {
    let shown: Vec<String> = [0.0206, 0.0089, 0.121, 0.214, 1.0, 0.0, 0.00031].map(percent).into();
    assert_eq!(shown, ["2.06%", "0.89%", "12.1%", "21.4%", "100%", "0%", "0.031%"]);
    assert_eq!(points(0.0117), "1.17");
}

#[test]
fn p_values_below_the_smallest_doubles_are_logarithms() {
    let shown = |ln: f64| p_value(PValue::from_ln(ln));
    assert_eq!(p_value(PValue::new(0.04567)), "p 0.046");
    assert_eq!(p_value(PValue::new(3.21e-180)), "p 3e-180");
    assert_eq!(shown(-1234.5 * std::f64::consts::LN_10), "log10 p -1234.5");
    assert_eq!(p_value(PValue::new(0.0)), "p 0");
    assert_eq!(p_value(PValue::new(1.0)), "p 1");
}

#[test]
fn counts_are_grouped() {
    assert_eq!([0, 999, 1_000, 1_204_331].map(count), ["0", "999", "1,000", "1,204,331"]);
}

#[test]
fn rounding_never_hides_which_side_of_a_limit_a_figure_is_on() {
    assert_eq!(number_near(0.24999, &[0.1, 0.25]), "0.24999");
    assert_eq!(number_near(0.25, &[0.1, 0.25]), "0.25");
    assert_eq!(number_near(0.31234, &[0.1, 0.25]), "0.312");
    assert_eq!(number_near(1_234.4, &[1_234.0]), "1234.4");
    assert_eq!(percent_near(0.49999, &[0.5]), "49.999%");
    assert_eq!(points_near(0.010001, &[0.01]), "1.0001");
    assert_eq!(effect_near("missing", 0.05, &[0.01, 0.05]), "5%");
    assert_eq!(number_near(f64::INFINITY, &[0.25]), "inf");
}
