use super::*;
use crate::Reading;
use fixture::{after, before, categorical, numeric};

#[test]
fn a_baseline_is_told_in_a_page() {
    insta::assert_snapshot!("show", show_text(&before(), Reading::default()));
}

#[test]
fn verbose_tells_of_segments_and_pairs() {
    let text = show_text(&before(), Reading { verbose: true, width: 60, ..Reading::default() });
    insta::assert_snapshot!("show_verbose", text);
}

#[test]
fn the_document_has_a_figure_in_each_line() {
    let text = show_json(&before());
    insta::assert_snapshot!("show_json", text);
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["performance"]["mape"], "inf");
    assert_eq!(text, show_json(&before()));
}

#[test]
fn what_moved_comes_furthest_first() {
    insta::assert_snapshot!("diff", diff_text(&before(), &after(), Reading::default()));
}

#[test]
fn the_way_back_tells_the_reverse() {
    let text = diff_text(&after(), &before(), Reading::default());
    assert!(text.contains("- tolls  numeric float64, not in the second"), "{text}");
    assert!(text.contains("gone: Sharjah (40%)") && text.contains("mean: 17.375 to 12.375"), "{text}");
}

#[test]
fn the_same_baseline_differs_in_nothing() {
    let text = diff_text(&before(), &before(), Reading::default());
    assert!(text.contains("the same baseline") && !text.contains("moved"), "{text}");
    let mut copy = before();
    copy.header.sha256 = "c3".repeat(32);
    assert!(diff_text(&before(), &copy, Reading::default()).contains("0 columns moved, 3 did not"));
}

#[test]
fn distances_are_those_of_the_tests() {
    let half = |from: u32| numeric("x", (from..from + 100).map(f64::from).collect(), 100, 0);
    let found = compare::distance(&half(0), &half(50));
    assert_eq!(found.ks, Some(0.5));
    let same = compare::distance(&half(0), &half(0));
    assert_eq!((same.ks, same.psi), (Some(0.0), Some(0.0)));
    let categories = |a, b| categorical("x", &[("a", a), ("b", b)]);
    let found = compare::distance(&categories(700, 300), &categories(600, 400));
    let psi: f64 = 0.1 * (0.4_f64 / 0.3).ln() + 0.1 * (0.7_f64 / 0.6).ln();
    assert!((found.psi.expect("rows") - psi).abs() < 1e-3 && found.ks.is_none(), "{found:?} {psi}");
}

#[test]
fn columns_whose_role_changed_have_no_distance_and_come_first() {
    let (before, mut after) = (before(), after());
    after.columns[0] = categorical("distance_km", &[("near", 500), ("far", 500)]);
    let text = diff_text(&before, &after, Reading::default());
    let moved: Vec<&str> = text.lines().skip_while(|line| !line.contains("moved")).skip(1).collect();
    assert_eq!(moved[..3], ["  distance_km", "    type: float64 to string", "    role: numeric to categorical"]);
}

#[test]
fn nothing_in_data_moves_the_cursor() {
    for color in [false, true] {
        let reading = Reading { verbose: true, color, width: 40 };
        let mut baseline = before();
        baseline.header.name = "a\u{1b}[31m\nb".into();
        let text = show_text(&baseline, reading) + &diff_text(&baseline, &after(), reading);
        assert!(!text.contains("\u{1b}[31m") && !text.contains('\u{202e}') && text.contains("a\\u{1b}[31m\\nb"));
    }
}
