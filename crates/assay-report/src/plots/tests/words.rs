//! Words, numbers and axes.

use super::super::axis::Axis;
use super::super::text::{digits, ends, fixed, number, percent, shorten};

#[test]
fn numbers_have_three_digits_that_matter() {
    let cases = [
        (0.0, "0"),
        (-0.0, "0"),
        (7.5, "7.5"),
        (0.123_456, "0.123"),
        (12_345.678, "12,346"),
        (-1.0, "−1"),
        (1e9, "1e9"),
        (-1.234e-7, "−1.23e-7"),
        (999.9, "1,000"),
        (f64::NAN, "unknown"),
        (f64::NEG_INFINITY, "−∞"),
        (5e-324, "4.94e-324"),
    ];
    for (value, text) in cases {
        assert_eq!(number(value), text, "{value:e}");
    }
    assert_eq!(digits(0.300_049, 4), "0.3");
    assert_eq!(fixed(-0.004, 2), "0", "no sign without a digit");
    assert_eq!(fixed(1_234_567.0, 1), "1,234,567");
    assert_eq!(fixed(f64::MAX, 0), "1.8e308");
}

#[test]
fn shares_never_round_to_all_or_nothing() {
    let cases = [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.000_01, "<0.1%"),
        (0.999_99, ">99.9%"),
        (0.218, "21.8%"),
        (0.5, "50%"),
        (-0.1, "−10%"),
        (2.0, "200%"),
    ];
    for (share, text) in cases {
        assert_eq!(percent(share), text, "{share}");
    }
}

#[test]
fn long_texts_lose_their_end_or_their_middle() {
    assert_eq!(shorten("Warszawa", 8), "Warszawa");
    assert_eq!(shorten("Warszawa", 7), "Warsza…");
    assert_eq!(shorten("漢字漢字", 6), "漢字…", "each takes two columns");
    assert_eq!(ends("trip_distance_km", 9), "trip…e_km");
    assert_eq!(ends("fare", 9), "fare");
    assert!(shorten(&"\u{301}".repeat(500), 10).len() <= 30, "marks of no width take room, too");
    assert!(shorten(&"&".repeat(9), 9).len() < 9, "what is escaped takes more");
}

#[track_caller]
fn ticks(low: f64, high: f64) -> Vec<String> {
    Axis::new((low, high), (0, 300)).expect("an axis").ticks(4).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn ticks_are_round() {
    assert_eq!(ticks(0.0, 10.0), ["0", "5", "10"]);
    assert_eq!(ticks(0.13, 0.41), ["0.2", "0.3", "0.4"]);
    assert_eq!(ticks(-3.0, 12.0), ["0", "5", "10"]);
    assert_eq!(ticks(1_000.0, 9_000.0), ["2,000", "4,000", "6,000", "8,000"]);
    assert_eq!(ticks(f64::MIN, f64::MAX), ["−1e308", "0", "1e308"]);
    assert_eq!(ticks(1.7e9, 1.7004e9), ["1.7e9", "1.7001e9", "1.7002e9", "1.7003e9", "1.7004e9"]);
    assert!(!ticks(1e15, 1e15 + 1.0).is_empty());
}

#[test]
fn every_value_has_a_place() {
    let axis = Axis::new((f64::MIN, f64::MAX), (10, 110)).expect("an axis");
    assert_eq!([f64::MIN, 0.0, f64::MAX].map(|value| axis.place(value)), [10, 60, 110]);
    let axis = Axis::new((0.0, 5e-324), (10, 110)).expect("an axis");
    assert!((10..=110).contains(&axis.place(5e-324)));
    let constant = Axis::new((7.0, 7.0), (10, 110)).expect("an axis");
    assert_eq!(constant.place(7.0), 60);
    assert_eq!(constant.place(f64::INFINITY), 110);
    assert_eq!(Axis::new((f64::NAN, 1.0), (0, 1)), None);
    assert_eq!(Axis::new((2.0, 1.0), (0, 1)), None);
}

#[test]
fn a_bent_axis_has_room_for_small_values() {
    let values = [0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
    let axis = Axis::new((0.0, 1e6), (0, 400)).expect("an axis").bent_for(&values);
    assert!(axis.is_bent());
    assert!(values.windows(2).all(|pair| axis.place(pair[1]) - axis.place(pair[0]) >= 3));
    assert_eq!(axis.ticks(4)[0].1, "0");
    let zeros = Axis::new((0.0, 0.0), (0, 400)).expect("an axis").bent_for(&[0.0]);
    assert!(!zeros.is_bent(), "nothing to bend at");
}
