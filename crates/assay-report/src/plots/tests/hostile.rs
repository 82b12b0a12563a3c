//! Whatever the figures and the names are: no panic, and nothing breaks out of a drawing.

use super::*;

/// Numbers of every size, and what is no number.
fn figure() -> impl Strategy<Value = f64> {
    let odd = prop::sample::select(vec![
        0.0,
        -0.0,
        f64::NAN,
        INF,
        -INF,
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        1.0,
        0.5,
    ]);
    prop_oneof![odd, any::<f64>(), -1.0..1.0_f64]
}

fn name() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='x",
        "&amp;&#60;",
        "]]>",
        "<![CDATA[",
        "a\u{0}b\u{1f}c\u{1b}[2J",
        "\u{202e}abc\u{2066}",
        "\u{feff}\u{fffe}\u{ffff}",
        "שלום עולם",
        "🚕👨‍👩‍👧",
        "__missing__",
        "__other__",
        "__unseen__",
        "(1, 2]",
        "(-inf, 1.2345678901234567e-9)",
        "a\nb\r\tc",
    ]);
    prop_oneof![
        odd.prop_map(str::to_owned),
        any::<String>(),
        Just("x".repeat(10_000)),
        Just("\"<&>'".repeat(200)),
        Just(format!("e{}", "\u{301}".repeat(1_000))),
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..100_u64, Just(u64::MAX / 200), any::<u64>().prop_map(|count| count / 200)]
}

prop_compose! {
    fn any_bins(most: usize)(rows in prop::collection::vec((name(), count(), count()), 0..most)) -> Bins {
        let rows: Vec<(&str, u64, u64)> = rows.iter().map(|(name, base, live)| (name.as_str(), *base, *live)).collect();
        bins(&rows)
    }
}

prop_compose! {
    fn any_curves()(points in prop::collection::vec((figure(), figure(), figure()), 0..70), widest in prop::option::of((figure(), figure(), figure())), sorted in any::<bool>()) -> Curves {
        let mut points = points;
        if sorted {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Curves {
            values: points.iter().map(|point| point.0).collect(),
            base: points.iter().map(|point| point.1).collect(),
            live: points.iter().map(|point| point.2).collect(),
            widest,
        }
    }
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![Outcome::Pass, Outcome::Warn, Outcome::Fail, Outcome::Error, Outcome::Skipped])
}

const HARD: usize = 2_500;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn of_bins(bins in any_bins(60), spans in prop::collection::vec((figure(), figure()), 0..30), curves in prop::option::of(any_curves())) {
        for drawing in [histogram(&bins, &spans, curves.as_ref()), categories(&bins), contribution(&bins)].iter().flatten() {
            is_sound(drawing);
            prop_assert!(drawing.len() <= HARD, "{} bytes: {}", drawing.len(), drawing);
        }
    }

    #[test]
    fn of_curves(curves in any_curves()) {
        if let Some(drawing) = ecdf(&curves) {
            is_sound(&drawing);
            prop_assert!(drawing.len() <= HARD, "{} bytes: {}", drawing.len(), drawing);
        }
    }

    #[test]
    fn of_figures_over_time(
        title in name(),
        points in prop::collection::vec((name(), prop::option::of(figure()), outcome()), 0..90),
        warn in prop::option::of(figure()),
        fail in prop::option::of(figure()),
        unit in prop::sample::select(vec![Unit::Score, Unit::Share, Unit::Rows]),
    ) {
        let moments: Vec<Moment<'_>> =
            points.iter().map(|(at, value, outcome)| Moment { at, value: *value, outcome: *outcome }).collect();
        if let Some(drawing) = over_time(&title, &moments, Some(Limits { warn, fail }), unit) {
            is_sound(&drawing);
            prop_assert!(drawing.len() <= HARD, "{} bytes: {}", drawing.len(), drawing);
        }
        let values: Vec<f64> = points.iter().map(|point| point.1.unwrap_or(f64::NAN)).collect();
        if let Some(drawing) = spark(&values) {
            is_sound(&drawing);
            prop_assert!(drawing.len() <= 500, "{} bytes: {}", drawing.len(), drawing);
        }
    }

    #[test]
    fn of_pairs(pairs in prop::collection::vec((name(), name(), prop::option::of(figure()), prop::option::of(figure())), 0..60)) {
        let pairs: Vec<Pair<'_>> = pairs.iter().map(|(x, y, base, live)| Pair { x, y, base: *base, live: *live }).collect();
        if let Some(drawing) = heat(&pairs) {
            is_sound(&drawing);
            prop_assert!(drawing.len() <= 14_000, "{} bytes", drawing.len());
        }
    }
}

#[test]
fn markup_in_a_name_is_text() {
    let name = "<b>\"&'</b>";
    let drawing = categories(&bins(&[(name, 5, 5), ("]]>", 5, 5)])).expect("a drawing");
    let found = parsed(&drawing);
    found.has(name);
    found.has("]]>");
    assert!(!found.elements.contains(&"b".to_owned()));
}

#[test]
fn controls_are_written_out() {
    let drawing = categories(&bins(&[("a\u{1b}[2J\u{202e}b", 5, 5)])).expect("a drawing");
    assert!(drawing.contains("a\\u{1b}[2J"), "{drawing}");
}
