//! What plots show.

use super::*;

#[test]
fn snapshots() {
    let (bins, spans, curves) = surge();
    let names = ["fare".to_owned(), "distance_km".to_owned(), "surge".to_owned()];
    let values: Vec<f64> = moments().iter().map(|moment| moment.value.unwrap_or(f64::NAN)).collect();
    let drawn = [
        histogram(&bins, &spans, Some(&curves)),
        ecdf(&curves),
        contribution(&bins),
        categories(&cities()),
        over_time("psi", &moments(), Some(LIMITS), Unit::Score),
        spark(&values),
        heat(&pairs(&names)),
    ];
    let page: Vec<String> = drawn.into_iter().map(|drawing| drawing.expect("a drawing")).collect();
    page.iter().for_each(|drawing| is_sound(drawing));
    insta::assert_snapshot!(page.join("\n").replace("><", ">\n<"));
}

#[test]
fn nothing_to_draw_is_no_drawing() {
    let empty = bins(&[]);
    let idle = bins(&[("a", 0, 0), ("b", 0, 0)]);
    for bins in [&empty, &idle, &bins(&[("a", 5, 0)])] {
        assert_eq!(histogram(bins, &[(-INF, INF)], None), None);
        assert_eq!(categories(bins), None);
    }
    assert_eq!(contribution(&empty), None);
    assert_eq!(contribution(&idle), None);
    assert_eq!(contribution(&bins(&[("a", 5, 5), ("b", 5, 5)])), None, "nothing moved");
    assert_eq!(ecdf(&Curves::default()), None);
    assert_eq!(spark(&[]), None);
    assert_eq!(spark(&[f64::NAN, 1.0]), None);
    assert_eq!(heat(&[]), None);
    assert_eq!(heat(&[Pair { x: "a", y: "b", base: None, live: Some(0.5) }]), None);
    let once = [Moment { at: "rows 0", value: Some(1.0), outcome: Outcome::Pass }];
    assert_eq!(over_time("psi", &once, None, Unit::Score), None);
}

/// The places of a path: all that is needed to measure a drawing.
fn areas(drawing: &str, fill: &str) -> Vec<Vec<(i32, i32)>> {
    let start = format!("z\" fill=\"{fill}\"");
    let before = drawing.split(&start).next().expect("a path");
    let steps = format!("{}z", &before[before.rfind("d=\"").expect("steps") + 3..]);
    let (mut x, mut y) = (0, 0);
    let mut all = Vec::new();
    let mut places = Vec::new();
    let mut rest = steps.as_str();
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        let numbers: Vec<i32> =
            rest[1..end].replace('-', " -").split_whitespace().map(|text| text.parse().expect("a number")).collect();
        rest = &rest[end..];
        match command {
            'M' => (x, y) = (numbers[0], numbers[1]),
            'm' => (x, y) = (x + numbers[0], y + numbers[1]),
            'h' => x += numbers.iter().sum::<i32>(),
            'v' => y += numbers.iter().sum::<i32>(),
            'z' => {
                all.push(std::mem::take(&mut places));
                continue;
            }
            other => panic!("{other} in {steps}"),
        }
        places.push((x, y));
    }
    all
}

#[test]
fn the_area_of_a_bin_is_its_share() {
    let wide = bins(&[("a", 100, 90), ("b", 100, 50), ("c", 50, 90), ("d", 100, 70)]);
    let spans = [(0.0, 10.0), (10.0, 30.0), (30.0, 60.0), (60.0, 100.0)];
    let drawing = histogram(&wide, &spans, None).expect("a drawing");
    let outline = areas(&drawing, palette::BASE_AREA.light).remove(0);
    let tops = outline.windows(2).filter(|pair| pair[0].1 == pair[1].1 && pair[0].1 < 138);
    let areas: Vec<f64> = tops.map(|pair| f64::from((pair[1].0 - pair[0].0) * (138 - pair[0].1))).collect();
    let total: f64 = areas.iter().sum();
    let shares: Vec<f64> = areas.iter().map(|area| area / total * 350.0).collect();
    assert_eq!(shares.len(), 4, "{outline:?}");
    for (share, rows) in shares.iter().zip([100.0, 100.0, 50.0, 100.0]) {
        assert!((share - rows).abs() < 2.0, "{shares:?}");
    }
}

#[test]
fn open_ends_are_marked_and_missing_cells_stand_apart() {
    let (bins, spans, curves) = surge();
    let found = parsed(&histogram(&bins, &spans, Some(&curves)).expect("a drawing"));
    for text in ["‹", "›", "missing", "1% → 0.7%"] {
        found.has(text);
    }
    assert!(found.label().contains("missing 1% and 0.7%"), "{}", found.label());
}

#[test]
fn a_constant_is_a_spike_with_its_shares_in_words() {
    let constant = bins(&[("(-inf, 7)", 0, 1), ("7", 5_000, 1_998), ("(7, inf)", 0, 1), (MISSING, 0, 0)]);
    let spans = [(-INF, 7.0), (7.0, 7.0), (7.0, INF)];
    let drawing = histogram(&constant, &spans, None).expect("a drawing");
    parsed(&drawing).has("100% → 99.9%");
    assert!(!drawing.contains("missing"), "none are missing");
    let live = drawing.matches(palette::LIVE.light).count();
    assert!(live >= 2, "{drawing}");
}

#[test]
fn whole_numbers_are_spikes_with_the_live_share_of_each() {
    let (mut spans, mut rows) = (vec![(-INF, 1.0)], vec![("below", 0, 0)]);
    for star in 1..=5 {
        spans.extend([
            (f64::from(star), f64::from(star)),
            (f64::from(star), if star < 5 { f64::from(star + 1) } else { INF }),
        ]);
        rows.extend([("star", 100, 50 * star as u64), ("between", 0, 0)]);
    }
    let drawing = histogram(&bins(&rows), &spans, None).expect("a drawing");
    let found = parsed(&drawing);
    for text in ["6.7%", "13.3%", "20%", "26.7%", "33.3%", "1", "5"] {
        found.has(text);
    }
    assert!(!found.texts.iter().any(|text| text == "‹" || text == "›"), "no rows lie beyond");
}

#[test]
fn bins_of_very_unequal_width_are_on_a_logarithmic_scale() {
    let edges = [-10.0, 0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0];
    let spans: Vec<(f64, f64)> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let rows: Vec<(&str, u64, u64)> = spans.iter().map(|_| ("bin", 100, 90)).collect();
    let found = parsed(&histogram(&bins(&rows), &spans, None).expect("a drawing"));
    for text in ["log scale", "0", "10,000"] {
        found.has(text);
    }
}

#[test]
fn d_is_marked_with_its_value() {
    let curves = Curves {
        values: vec![1.0, 2.0, 7.5, 9.0],
        base: vec![0.25, 0.5, 0.75, 1.0],
        live: vec![0.25, 0.25, 0.25, 1.0],
        widest: Some((7.5, 0.75, 0.25)),
    };
    let drawing = ecdf(&curves).expect("a drawing");
    let found = parsed(&drawing);
    found.has("D 0.5 at 7.5");
    assert!(found.label().ends_with("furthest apart, D = 0.5, at 7.5"), "{}", found.label());
    // x = 40 + 350 * 6.5 / 8, from three quarters to a quarter of 114
    assert!(drawing.contains("M324 52v57\" fill=\"none\" stroke=\"#1f2328\""), "{drawing}");
}

#[test]
fn values_far_out_do_not_squeeze_the_rest() {
    let values: Vec<f64> = (0..50).map(f64::from).chain([1e9]).collect();
    let share: Vec<f64> = (0..50).map(|i| f64::from(i) / 50.0).chain([1.0]).collect();
    let curves = Curves { base: share.clone(), live: share, values, widest: None };
    assert!(parsed(&ecdf(&curves).expect("a drawing")).texts.iter().any(|text| text == "40" || text == "10"));
}

#[test]
fn new_and_gone_are_words() {
    let found = parsed(&categories(&cities()).expect("a drawing"));
    for text in ["12.6% → 0% × gone", "+ new 12.3%", "other", "unseen", "missing", "35.1% → 46.9%"] {
        found.has(text);
    }
}

#[test]
fn of_many_categories_twelve_and_the_rest_are_shown() {
    let many: Vec<(String, u64, u64)> =
        (0..53).map(|i| (format!("c{i:02}"), 1000 - i, if i == 40 { 5000 } else { 900 })).collect();
    let rows: Vec<(&str, u64, u64)> = many.iter().map(|(name, base, live)| (name.as_str(), *base, *live)).collect();
    let found = parsed(&categories(&bins(&rows)).expect("a drawing"));
    found.has("c40");
    found.has("41 more");
    assert_eq!(found.texts.iter().filter(|text| text.starts_with('c')).count(), 12);
}

#[test]
fn contribution_tells_the_direction() {
    let moved = bins(&[("(-inf, 5]", 500, 200), ("(5, inf)", 500, 800)]);
    let drawing = contribution(&moved).expect("a drawing");
    let found = parsed(&drawing);
    for text in ["← fewer rows", "more rows →", "PSI 0.415", "(-inf, 5]"] {
        found.has(text);
    }
    let (fewer, more) =
        (areas(&drawing, palette::BASE.light).remove(0), areas(&drawing, palette::LIVE.light).remove(0));
    assert!(fewer.iter().all(|(x, _)| *x <= 240) && more.iter().all(|(x, _)| *x >= 240), "{drawing}");
}

#[test]
fn limits_and_gaps_and_days_are_shown() {
    let drawing = over_time("psi", &moments(), Some(LIMITS), Unit::Score).expect("a drawing");
    let found = parsed(&drawing);
    for text in ["warn 0.1", "fail 0.25", "2026-10-21", "2026-11-19", "psi"] {
        found.has(text);
    }
    let line = drawing.split("stroke-width=\"2\"").next().expect("a line");
    let steps = &line[line.rfind("d=\"").expect("steps")..];
    assert_eq!(steps.matches(['M', 'm']).count(), 2, "two stretches around the gap: {steps}");
    assert!(drawing.contains(palette::WARN.light) && drawing.contains(palette::FAIL.light));
}

#[test]
fn shares_and_rows_have_their_units() {
    let moment = |value| Moment { at: "rows 0", value: Some(value), outcome: Outcome::Pass };
    let shares = parsed(&over_time("email", &[moment(0.5), moment(0.75)], None, Unit::Share).expect("a drawing"));
    shares.has("75%");
    shares.has("100%");
    shares.has("0%");
    let rows = parsed(&over_time("rows", &[moment(50_000.0), moment(61_234.0)], None, Unit::Rows).expect("a drawing"));
    rows.has("61,234");
    rows.has("rows 0");
}

#[test]
fn heat_names_each_column_once_and_leaves_unknown_pairs_empty() {
    let pair = |x, y, live| Pair { x, y, base: Some(0.5), live };
    let pairs = [pair("a", "b", Some(0.9)), pair("b", "c", Some(0.1)), pair("a", "c", None)];
    let drawing = heat(&pairs).expect("a drawing");
    let found = parsed(&drawing);
    let mut texts = found.texts.clone();
    texts.sort();
    assert_eq!(texts, ["+.40", "a", "b", "c", "correlation, live less baseline", "−.40"]);
    assert!(drawing.contains(palette::ROSE[2].light) && drawing.contains(palette::FELL[0].light));
}

#[test]
fn heat_keeps_the_columns_that_changed_most() {
    let names: Vec<String> = (0..40).map(|i| format!("column_{i:02}")).collect();
    let mut all = pairs(&names);
    let last = all.len() - 1;
    all[last].live = Some(1.0);
    let found = parsed(&heat(&all).expect("a drawing"));
    found.has("column_39");
    assert_eq!(found.texts.iter().filter(|text| text.starts_with("column_")).count(), 20);
}

#[test]
fn long_names_lose_what_they_share() {
    let names: Vec<String> = (0..3).map(|i| format!("sensor_channel_{i:02}_temperature_celsius")).collect();
    let drawing = heat(&pairs(&names)).expect("a drawing");
    assert!(drawing.contains(">…01…<title>sensor_channel_01_temperature_celsius</title>"), "{drawing}");
}
