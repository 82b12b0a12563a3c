//! How many bytes plots take: a page holds hundreds.

use super::*;

#[track_caller]
fn at_most(bytes: usize, drawing: Option<String>) {
    let drawing = drawing.expect("a drawing");
    assert!(drawing.len() <= bytes, "{} bytes: {drawing}", drawing.len());
}

#[test]
fn usual_plots_are_small() {
    let (bins, spans, curves) = surge();
    at_most(1_200, histogram(&bins, &spans, Some(&curves)));
    at_most(1_700, ecdf(&curves));
    at_most(1_500, contribution(&bins));
    at_most(1_500, categories(&cities()));
    at_most(1_500, over_time("psi", &moments(), Some(LIMITS), Unit::Score));
    let rows = |i: usize| Moment {
        at: "2026-10-21T00:00:00Z",
        value: Some(61_000.0 + (i * 977 % 5000) as f64),
        outcome: Outcome::Pass,
    };
    at_most(1_500, over_time("rows", &(0..30).map(rows).collect::<Vec<_>>(), None, Unit::Rows));
}

#[test]
fn a_line_of_thirty_values_is_tiny() {
    let values: Vec<f64> = (0..30).map(|i| ((i * 7919) % 101) as f64).collect();
    at_most(400, spark(&values));
}

#[test]
fn many_long_names_leave_no_plot_large() {
    let names: Vec<String> =
        (0..53).map(|i| format!("https://shop.example/products/category/{i}/subcategory")).collect();
    let rows: Vec<(&str, u64, u64)> = names.iter().map(|name| (name.as_str(), 100, 90)).collect();
    at_most(2_500, categories(&bins(&rows)));
}

#[test]
fn a_full_heat_map_is_not_large() {
    let names: Vec<String> = (0..30).map(|i| format!("a_rather_long_name_{i:02}_of_a_column")).collect();
    at_most(12_000, heat(&pairs(&names)));
}
