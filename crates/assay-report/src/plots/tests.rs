//! Every plot: what it shows, that nothing breaks out of it, its size.

use assay_core::drift::record::{CURVE_POINTS, Curves};
use assay_core::verdict::Outcome;
use assay_stats::drift::bins::{MISSING, OTHER, UNSEEN};
use assay_stats::drift::psi::Psi;
use assay_stats::drift::{Bins, ColumnKind, Comparison, DriftTest, Limits, Missing};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::contribution::parts;
use super::palette::PALETTE;
use super::*;

mod hostile;
mod look;
mod sizes;
mod words;

const INF: f64 = f64::INFINITY;

/// What a drawing holds once it is parsed: names of elements, attributes, texts.
struct Parsed {
    elements: Vec<String>,
    attributes: Vec<(String, String)>,
    texts: Vec<String>,
}

#[track_caller]
fn parsed(drawing: &str) -> Parsed {
    let mut reader = Reader::from_str(drawing);
    reader.config_mut().check_end_names = true;
    let mut parsed = Parsed { elements: vec![], attributes: vec![], texts: vec![] };
    let mut text = String::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) | Event::Empty(tag) => {
                parsed.elements.push(String::from_utf8(tag.name().as_ref().to_vec()).expect("text"));
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).expect("text");
                    let raw = String::from_utf8(attribute.value.to_vec()).expect("text");
                    parsed.attributes.push((key, quick_xml::escape::unescape(&raw).expect("entities").into_owned()));
                }
            }
            Event::Text(part) => text.push_str(std::str::from_utf8(&part).expect("text")),
            Event::GeneralRef(part) => {
                text.push_str(&format!("&{};", std::str::from_utf8(&part).expect("text")));
            }
            Event::End(_) => {
                let found = quick_xml::escape::unescape(&text).expect("entities").into_owned();
                if !found.is_empty() {
                    parsed.texts.push(found);
                }
                text.clear();
            }
            Event::Eof => return parsed,
            other => panic!("{other:?} in {drawing}"),
        }
    }
}

impl Parsed {
    #[track_caller]
    fn has(&self, text: &str) {
        assert!(self.texts.iter().any(|found| found == text), "no {text:?} among {:?}", self.texts);
    }

    fn label(&self) -> &str {
        self.attributes.iter().find(|(key, _)| key == "aria-label").map_or("", |(_, label)| label)
    }
}

/// What every drawing has to be, whatever was drawn.
#[track_caller]
fn is_sound(drawing: &str) {
    let found = parsed(drawing);
    assert!(drawing.starts_with("<svg class=\"plot plot-") && drawing.ends_with("</svg>"), "{drawing}");
    assert!(found.elements.iter().all(|name| ["svg", "path", "text", "title"].contains(&name.as_str())), "{drawing}");
    let known = [
        "class",
        "width",
        "viewBox",
        "role",
        "aria-label",
        "d",
        "fill",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "x",
        "y",
        "text-anchor",
    ];
    for (key, value) in &found.attributes {
        assert!(known.contains(&key.as_str()), "{key} in {drawing}");
        if ["fill", "stroke"].contains(&key.as_str()) {
            assert!(value == "none" || PALETTE.iter().any(|swatch| swatch.light == value), "{value} in {drawing}");
        }
    }
    assert!(!drawing.contains("NaN") && !drawing.contains("inf\""), "{drawing}");
    assert!(drawing.chars().all(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}')), "{drawing:?}");
    assert!(found.label().len() > 10, "{drawing}");
}

fn bins(rows: &[(&str, u64, u64)]) -> Bins {
    Bins {
        labels: rows.iter().map(|row| row.0.to_owned()).collect(),
        base: rows.iter().map(|row| row.1).collect(),
        live: rows.iter().map(|row| row.2).collect(),
    }
}

/// A number of ten bins with missing cells that moved up.
fn surge() -> (Bins, Vec<(f64, f64)>, Curves) {
    let edges = [1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5, 1.8, 2.4];
    let starts = std::iter::once(-INF).chain(edges);
    let spans: Vec<(f64, f64)> = starts.zip(edges.into_iter().chain([INF])).collect();
    let live = [2_100, 2_400, 3_000, 3_800, 5_200, 7_000, 9_900, 12_000, 11_900, 11_000];
    let named = |(low, high): &(f64, f64)| format!("({low}, {high}]");
    let bins = Bins {
        labels: spans.iter().map(named).chain([MISSING.to_owned()]).collect(),
        base: vec![20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 2_000],
        live: live.into_iter().chain([485]).collect(),
    };
    let values: Vec<f64> = (0..CURVE_POINTS).map(|i| 0.9 + (i as f64 / 40.0).powi(2)).collect();
    let share = |i: usize, shift: f64| (1.0 / (1.0 + (-(i as f64 - 30.0 - shift) / 7.0).exp())).min(1.0);
    let base: Vec<f64> = (0..CURVE_POINTS).map(|i| share(i, 0.0)).collect();
    let live: Vec<f64> = (0..CURVE_POINTS).map(|i| share(i, 6.0)).collect();
    let widest = Some((values[33], base[33], live[33]));
    (bins, spans, Curves { values, base, live, widest })
}

fn cities() -> Bins {
    bins(&[
        ("London", 3100, 900),
        ("Paris", 2500, 1300),
        ("Rome", 900, 0),
        (OTHER, 500, 210),
        (UNSEEN, 0, 340),
        (MISSING, 120, 20),
    ])
}

/// Thirty windows that get worse, two of them without a figure.
fn moments() -> Vec<Moment<'static>> {
    let moment = |i: usize| {
        let value = 0.04 + 0.001 * ((i * 7 % 13) as f64) + if i > 22 { 0.034 * (i - 22) as f64 } else { 0.0 };
        let outcome = if value >= 0.25 {
            Outcome::Fail
        } else if value >= 0.1 {
            Outcome::Warn
        } else {
            Outcome::Pass
        };
        let at = if i == 29 { "2026-11-19T00:00:00+04:00" } else { "2026-10-21T00:00:00+04:00" };
        Moment { at, value: (i != 9 && i != 10).then_some(value), outcome }
    };
    (0..30).map(moment).collect()
}

const LIMITS: Limits = Limits { warn: Some(0.1), fail: Some(0.25) };

fn pairs(names: &[String]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for (i, x) in names.iter().enumerate() {
        for (j, y) in names.iter().enumerate().skip(i + 1) {
            let moved = [0.0, 0.01, -0.03, 0.08, -0.12, 0.2, -0.22, 0.41, -0.5][(i * 5 + j * 7) % 9];
            pairs.push(Pair { x, y, base: Some(0.1), live: Some(0.1 + moved) });
        }
    }
    pairs
}

#[test]
fn parts_of_psi_add_up_to_it() {
    let moved = [surge().0, cities(), bins(&[("a", 5, 0), ("b", 0, 0), ("c", 1, 9)])];
    for bins in moved {
        let sum: f64 = parts(&bins).iter().map(|part| part.psi).sum();
        let psi = psi(&bins);
        assert!((sum - psi).abs() < 1e-12, "{sum} {psi}");
    }
}

fn psi(bins: &Bins) -> f64 {
    let (n, m) = (bins.base.iter().sum(), bins.live.iter().sum());
    let missing = Missing { n, base: 0, m, live: 0 };
    let sides = Comparison { kind: ColumnKind::Numeric, ranks: None, bins, categories: None, missing };
    Psi.compare(&sides).expect("rows").statistic
}

proptest! {
    #[test]
    fn parts_of_psi_add_up_to_it_whatever_the_bins(rows in prop::collection::vec((0_u64..10_000, 0_u64..10_000), 1..60)) {
        let labels = (0..rows.len()).map(|i| i.to_string()).collect();
        let (base, live): (Vec<u64>, Vec<u64>) = rows.into_iter().unzip();
        prop_assume!(base.iter().any(|rows| *rows > 0) && live.iter().any(|rows| *rows > 0));
        let bins = Bins { labels, base, live };
        let sum: f64 = parts(&bins).iter().map(|part| part.psi).sum();
        prop_assert!((sum - psi(&bins)).abs() < 1e-9, "{} {}", sum, psi(&bins));
    }
}

#[test]
fn every_color_is_one_variable_and_has_rules() {
    let css = stylesheet();
    for (i, swatch) in PALETTE.iter().enumerate() {
        for part in ["fill", "stroke"] {
            assert!(
                css.contains(&format!("[{part}=\"{}\"]{{{part}:var({})", swatch.light, swatch.variable)),
                "{swatch:?}"
            );
        }
        let others = &PALETTE[i + 1..];
        assert!(
            others.iter().all(|other| other.light != swatch.light && other.variable != swatch.variable),
            "{swatch:?}"
        );
    }
    assert_eq!(css.matches('{').count(), css.matches('}').count());
}

/// Relative luminance of WCAG 2.
fn luminance(color: &str) -> f64 {
    let part = |at: usize| {
        let part = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("hexadecimal")) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn words_can_be_read_in_both_themes() {
    use palette::{BASE, BASE_AREA, FAIL, FAIL_LIMIT, FELL, INK, LIVE, ROSE, SOFT, STAYED, WARN, WARN_LIMIT};
    let least = |text: palette::Swatch, light: &str, dark: &str| {
        let (light, dark) = (contrast(text.light, light), contrast(text.dark, dark));
        assert!(light >= 4.5 && dark >= 4.5, "{}: {light:.2} {dark:.2}", text.variable);
    };
    for text in [INK, SOFT, BASE, LIVE, WARN, FAIL, WARN_LIMIT, FAIL_LIMIT] {
        least(text, "#ffffff", "#0d1117");
        least(text, "#f6f8fa", "#161b22");
    }
    for cell in FELL.into_iter().chain(ROSE).chain([STAYED, BASE_AREA]) {
        least(INK, cell.light, cell.dark);
    }
}
