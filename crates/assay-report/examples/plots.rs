//! What the plots look like: one page with every plot over made-up figures, in the light and the dark theme, written to standard output:
//! `cargo run -p assay-report --example plots > plots.html`.

use assay_core::drift::record::Curves;
use assay_core::verdict::Outcome;
use assay_report::plots::{
    Moment, Pair, Unit, categories, contribution, ecdf, heat, histogram, over_time, spark, stylesheet,
};
use assay_stats::drift::{Bins, Limits};

const INF: f64 = f64::INFINITY;

fn main() {
    let plots = plots();
    println!("<!doctype html><meta charset=utf-8><title>Plots</title><style>{}", stylesheet());
    println!(
        "body{{margin:0;font:14px system-ui}}section{{padding:24px;display:grid;gap:24px;grid-template-columns:repeat(auto-fill,minmax(340px,1fr))}}"
    );
    println!("section.wide{{display:block}}figure{{margin:0}}figcaption{{font-size:12px;opacity:.7}}");
    println!("</style>");
    let theme = |name: &str, page: &str, of: &dyn Fn(&str) -> String| {
        println!("<div style=\"background:{page};{}\"><section>", of(name));
        for (title, drawing) in plots.iter().filter(|(_, drawing)| !drawing.contains("plot-heat")) {
            println!("<figure>{drawing}<figcaption>{title}, {} bytes</figcaption></figure>", drawing.len());
        }
        println!("</section><section class=wide>");
        for (title, drawing) in plots.iter().filter(|(_, drawing)| drawing.contains("plot-heat")) {
            println!("<figure>{drawing}<figcaption>{title}, {} bytes</figcaption></figure>", drawing.len());
        }
        println!("</section></div>");
    };
    let variables = |theme: &str| {
        let of = |swatch: &assay_report::plots::palette::Swatch| {
            format!("{}:{};", swatch.variable, if theme == "dark" { swatch.dark } else { swatch.light })
        };
        assay_report::plots::palette::PALETTE.iter().map(of).collect()
    };
    theme("light", "#ffffff", &variables);
    theme("dark", "#0d1117", &variables);
}

fn plots() -> Vec<(&'static str, String)> {
    let (bins, spans, curves) = surge();
    let (skewed, skewed_spans, skewed_curves) = skewed();
    let (constant, constant_spans) = constant();
    let names: Vec<String> = (0..24).map(|i| format!("sensor_channel_{i:02}_temperature")).collect();
    let drawn = [
        ("a number that rose", histogram(&bins, &spans, Some(&curves))),
        ("the same, cumulative", ecdf(&curves)),
        ("the same, by bin", contribution(&bins)),
        ("many zeros and a tail", histogram(&skewed, &skewed_spans, Some(&skewed_curves))),
        ("the same, cumulative", ecdf(&skewed_curves)),
        ("the same, by bin", contribution(&skewed)),
        ("a constant", histogram(&constant, &constant_spans, None)),
        ("whole numbers", histogram(&ratings().0, &ratings().1, None)),
        ("a rare large amount", histogram(&amounts().0, &amounts().1, Some(&amounts().2))),
        ("the same, cumulative", ecdf(&amounts().2)),
        ("categories", categories(&cities())),
        ("the same, by bin", contribution(&cities())),
        ("hostile names", categories(&hostile())),
        (
            "a score",
            over_time("psi of surge", &score(), Some(Limits { warn: Some(0.1), fail: Some(0.25) }), Unit::Score),
        ),
        ("rows", over_time("rows", &rows(), None, Unit::Rows)),
        (
            "present",
            over_time("email present", &shares(), Some(Limits { warn: Some(0.99), fail: Some(0.95) }), Unit::Share),
        ),
        ("a word-sized line", spark(&score().iter().map(|m| m.value.unwrap_or(f64::NAN)).collect::<Vec<_>>())),
        ("few pairs", heat(&pairs(&names[..6]))),
        ("many pairs", heat(&pairs(&names))),
    ];
    drawn.into_iter().filter_map(|(title, drawing)| Some((title, drawing?))).collect()
}

fn normal(i: u32, n: u32) -> f64 {
    // a logistic in place of a normal: it has a closed form
    let p = (f64::from(i) + 0.5) / f64::from(n);
    (p / (1.0 - p)).ln()
}

fn cut(edges: &[f64], base: &[f64], live: &[f64], missing: (u64, u64)) -> (Bins, Vec<(f64, f64)>, Curves) {
    let mut spans = Vec::new();
    let mut low = -INF;
    for &edge in edges {
        spans.push((low, edge));
        low = edge;
    }
    spans.push((low, INF));
    let count = |side: &[f64], (low, high): (f64, f64)| {
        side.iter()
            .filter(|x| if low == high { **x == low } else { **x > low && (**x < high || **x == high && high != 0.0) })
            .count() as u64
    };
    let share = |side: &[f64], value: f64| side.iter().filter(|x| **x <= value).count() as f64 / side.len() as f64;
    let mut sorted = base.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut values: Vec<f64> = (0..=60).map(|i| sorted[(i * (sorted.len() - 1)) / 60]).collect();
    values.dedup();
    let (b, l): (Vec<f64>, Vec<f64>) = values.iter().map(|v| (share(base, *v), share(live, *v))).unzip();
    let at = (0..values.len()).max_by(|&i, &j| (b[i] - l[i]).abs().total_cmp(&(b[j] - l[j]).abs())).unwrap_or(0);
    let widest = Some((values[at], b[at], l[at]));
    let name = |(low, high): &(f64, f64)| if low == high { format!("{low}") } else { format!("({low}, {high}]") };
    let bins = Bins {
        labels: spans.iter().map(name).chain(["__missing__".to_owned()]).collect(),
        base: spans.iter().map(|span| count(base, *span)).chain([missing.0]).collect(),
        live: spans.iter().map(|span| count(live, *span)).chain([missing.1]).collect(),
    };
    (bins, spans, Curves { values, base: b, live: l, widest })
}

fn surge() -> (Bins, Vec<(f64, f64)>, Curves) {
    let base: Vec<f64> = (0..20_000).map(|i| 10.0 + 1.2 * normal(i, 20_000)).collect();
    let live: Vec<f64> = (0..8_000).map(|i| 11.1 + 1.5 * normal(i, 8_000)).collect();
    let edges: Vec<f64> =
        (1..10).map(|i| (10.0 + 1.2 * normal(i * 2000, 20_000)) * 100.0).map(|x| x.round() / 100.0).collect();
    cut(&edges, &base, &live, (400, 70))
}

fn skewed() -> (Bins, Vec<(f64, f64)>, Curves) {
    let of = |i: u32, n: u32, zeros: f64, scale: f64| {
        let p = (f64::from(i) + 0.5) / f64::from(n);
        if p < zeros { 0.0 } else { scale * (-((1.0 - p) / (1.0 - zeros)).ln()).powi(2) }
    };
    let base: Vec<f64> = (0..20_000).map(|i| of(i, 20_000, 0.42, 9.0)).collect();
    let live: Vec<f64> = (0..8_000).map(|i| of(i, 8_000, 0.30, 12.0)).collect();
    let mut edges = vec![0.0, 0.0];
    edges.extend([1.0, 4.0, 9.0, 18.0, 37.0]);
    cut(&edges, &base, &live, (0, 0))
}

fn constant() -> (Bins, Vec<(f64, f64)>) {
    let bins = Bins {
        labels: ["(-inf, 7)", "7", "(7, inf)", "__missing__"].map(str::to_owned).to_vec(),
        base: vec![0, 5000, 0, 0],
        live: vec![12, 1900, 40, 300],
    };
    (bins, vec![(-INF, 7.0), (7.0, 7.0), (7.0, INF)])
}

/// Stars from 1 to 5: every value fills a bin alone.
fn ratings() -> (Bins, Vec<(f64, f64)>) {
    let mut spans = vec![(-INF, 1.0)];
    for star in 1..=5 {
        let star = f64::from(star);
        spans.extend([(star, star), (star, if star < 5.0 { star + 1.0 } else { INF })]);
    }
    let rows = [
        (0, 0),
        (500, 700),
        (0, 0),
        (600, 500),
        (0, 0),
        (1100, 600),
        (0, 0),
        (3000, 1200),
        (0, 0),
        (4800, 2900),
        (0, 0),
    ];
    let bins = Bins {
        labels: spans.iter().map(|span| format!("{span:?}")).chain(["__missing__".to_owned()]).collect(),
        base: rows.iter().map(|row| row.0).chain([900]).collect(),
        live: rows.iter().map(|row| row.1).chain([100]).collect(),
    };
    (bins, spans)
}

/// Amounts over seven powers of ten, some of them refunds.
fn amounts() -> (Bins, Vec<(f64, f64)>, Curves) {
    let of = |i: u32, n: u32, by: f64| {
        let z = normal(i, n) * 0.9 + by;
        if i.is_multiple_of(17) { -(z / 2.0).exp() } else { (z * 1.2).exp() }
    };
    let base: Vec<f64> = (0..20_000).map(|i| of(i, 20_000, 3.0)).collect();
    let live: Vec<f64> = (0..8_000).map(|i| of(i, 8_000, 3.6)).collect();
    let mut sorted = base.clone();
    sorted.sort_by(f64::total_cmp);
    let edges: Vec<f64> = (1..10).map(|i| sorted[i * 2000]).collect();
    cut(&edges, &base, &live, (0, 0))
}

fn cities() -> Bins {
    let names = [
        "London", "Paris", "Berlin", "Madrid", "Rome", "Wien", "Warszawa", "Praha", "Lisboa", "Oslo", "Bern", "Riga",
        "Graz",
    ];
    let base = [3100, 2500, 2200, 1500, 900, 700, 500, 400, 300, 200, 120, 80, 60];
    let live = [900, 1300, 1100, 700, 0, 420, 240, 180, 150, 110, 70, 30, 20];
    let specials = [("__other__", 500, 210), ("__unseen__", 0, 340), ("__missing__", 120, 20)];
    Bins {
        labels: names.iter().copied().chain(specials.iter().map(|s| s.0)).map(str::to_owned).collect(),
        base: base.into_iter().chain(specials.iter().map(|s| s.1)).collect(),
        live: live.into_iter().chain(specials.iter().map(|s| s.2)).collect(),
    }
}

fn hostile() -> Bins {
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=1>",
        "שלום עולם, זה ארוך מאוד",
        "العربية",
        "🚕🚕🚕🚕🚕🚕🚕🚕🚕🚕🚕🚕",
        "漢字漢字漢字漢字漢字漢字",
        "a\u{202e}b\nc",
        "",
    ];
    Bins {
        labels: names.map(str::to_owned).to_vec(),
        base: vec![100, 90, 80, 70, 60, 50, 40, 30],
        live: vec![80, 90, 100, 0, 60, 50, 70, 30],
    }
}

const DAYS: [&str; 30] = {
    let mut days = ["2026-10-20T00:00:00+04:00"; 30];
    days[29] = "2026-11-19T00:00:00+04:00";
    days
};

fn score() -> Vec<Moment<'static>> {
    let value = |i: usize| 0.03 + 0.012 * ((i * 7 % 5) as f64) + if i > 22 { 0.035 * (i - 22) as f64 } else { 0.0 };
    let outcome = |value: f64| match value {
        v if v >= 0.25 => Outcome::Fail,
        v if v >= 0.1 => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let moment = |(i, at)| Moment { at, value: (i != 9 && i != 10).then(|| value(i)), outcome: outcome(value(i)) };
    DAYS.into_iter().enumerate().map(moment).collect()
}

fn rows() -> Vec<Moment<'static>> {
    let value = |i: usize| 61_000.0 + 900.0 * ((i * 5 % 7) as f64) - if i % 7 > 4 { 22_000.0 } else { 0.0 };
    DAYS.into_iter().enumerate().map(|(i, at)| Moment { at, value: Some(value(i)), outcome: Outcome::Pass }).collect()
}

fn shares() -> Vec<Moment<'static>> {
    let value = |i: usize| 0.998 - 0.0005 * ((i * 5 % 7) as f64) - if i > 26 { 0.02 * (i - 26) as f64 } else { 0.0 };
    let outcome = |v: f64| {
        if v < 0.95 {
            Outcome::Fail
        } else if v < 0.99 {
            Outcome::Warn
        } else {
            Outcome::Pass
        }
    };
    DAYS.into_iter()
        .enumerate()
        .map(|(i, at)| Moment { at, value: Some(value(i)), outcome: outcome(value(i)) })
        .collect()
}

fn pairs(names: &[String]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for (i, x) in names.iter().enumerate() {
        for (j, y) in names.iter().enumerate().skip(i + 1) {
            let base = ((i * 31 + j * 17) % 19) as f64 / 19.0 - 0.4;
            let moved = [0.0, 0.01, -0.03, 0.08, -0.12, 0.2, -0.22, 0.41, -0.5][(i * 5 + j * 7) % 9];
            let live = ((i + j) % 11 != 3).then_some(base + moved);
            pairs.push(Pair { x, y, base: Some(base), live });
        }
    }
    pairs
}
