//! A monitor of many columns, with figures that belong together: bins, curves and effects of the same two distributions.
//!
//! Numbers follow the logistic distribution, whose distribution function and quantiles are plain formulas.

use assay_core::drift::record::{
    BaselineRecord, CURVE_POINTS, Curves, DriftRecord, MonitorRecord, Ranked, SegmentRecord, TestRecord, WindowRecord,
};
use assay_core::history::{History, Point, PointCheck};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome, Severity, Verdict};
use assay_stats::PValue;
use assay_stats::drift::{Bins, ColumnKind, Limits};

const NAME: &str = "fare_eta";
const BASE_ROWS: u64 = 208_892;
const LIVE_ROWS: u64 = 68_785;
const BINS: usize = 10;
/// Windows that are remembered.
const WINDOWS: u32 = 30;

/// A window of a monitor with this many columns, of which the first `drifted` moved, and its windows before. Of three
/// columns two are numbers and one has categories.
pub fn columns(n: usize, drifted: usize) -> (RunRecord, History) {
    let mut checks: Vec<CheckRecord> = (0..n).map(|index| column(index, index < drifted)).collect();
    share_out(&mut checks);
    let history = (0..WINDOWS).map(|day| past(&checks, day, drifted)).collect();
    let ranked = |check: &CheckRecord| Ranked {
        column: check.column.clone().unwrap_or_default(),
        contribution: contribution(check),
        moved: check.verdict.message.clone(),
        outcome: check.verdict.outcome,
    };
    let mut ranking: Vec<Ranked> = checks.iter().map(ranked).collect();
    ranking.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    let monitor = MonitorRecord {
        window: Some(WindowRecord {
            name: "2026-11-19T00:00:00+04:00".into(),
            start: Some("2026-11-19T00:00:00+04:00".into()),
            end: Some("2026-11-20T00:00:00+04:00".into()),
            revision: 1,
            rows: LIVE_ROWS,
            late_rows: 12,
            ..WindowRecord::default()
        }),
        baseline: Some(BaselineRecord {
            name: "fare_eta-7".into(),
            sha256: "9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab9c1f02ab77ab0011".into(),
            rows: BASE_ROWS,
            created_at: Some("2026-10-01T00:00:00Z".into()),
            formula_version: 1,
            windows: vec![],
        }),
        model: Some((NAME.into(), "7".into())),
        ranking,
        ..MonitorRecord::default()
    };
    let table = TableRecord {
        contract_path: "checks/models/fare_eta.yaml".into(),
        owner: Some("pricing-ml@example.com".into()),
        monitor: Some(Box::new(monitor)),
        ..super::table(NAME, checks)
    };
    (super::run(vec![table]), History { documents: [(NAME.to_owned(), history)].into() })
}

/// A PSI of this size with the default limits, and what is known beside it.
pub(super) fn psi(effect: f64) -> TestRecord {
    let outcome = match effect {
        0.25.. => Outcome::Fail,
        0.1.. => Outcome::Warn,
        _ => Outcome::Pass,
    };
    TestRecord {
        test: "psi".into(),
        deciding: true,
        outcome,
        statistic: Some(effect),
        statistic_high: None,
        p_value: Some(PValue::from_ln(-effect * 5000.0)),
        p_from: Some("chi-square homogeneity on the bins".into()),
        adjusted_p: Some(PValue::from_ln(-effect * 4900.0)),
        effect: Some(effect),
        effect_high: None,
        limits: Some(Limits { warn: Some(0.1), fail: Some(0.25) }),
        null_p95: Some(0.000_353_719),
        null_p99: Some(0.000_448_5),
        df: Some(9.0),
        n: Some(BASE_ROWS),
        m: Some(LIVE_ROWS),
        shown: vec![],
        reason: None,
        notes: vec![],
    }
}

fn shown(test: &str, effect: f64) -> TestRecord {
    TestRecord { test: test.into(), deciding: false, outcome: Outcome::Pass, limits: None, ..psi(effect) }
}

/// A column whose live side moved by `shift` scales of its distribution.
fn column(index: usize, drifted: bool) -> CheckRecord {
    // between 0.7 and 1.9 scales; a little of it is always there
    let shift = if drifted { 0.7 + (index * 7 % 13) as f64 / 10.0 } else { 0.02 * (index % 3) as f64 };
    let name = format!("{}_{index:03}", ["distance", "surge", "city"][index % 3]);
    let (kind, bins, spans, curves) = if index % 3 == 2 {
        (ColumnKind::Categorical, categories(shift), vec![], None)
    } else {
        let (bins, spans) = quantiles(index, shift);
        (ColumnKind::Numeric, bins, spans, Some(curves(index, shift)))
    };
    let effect = psi_of(&bins);
    let mut tests = vec![psi(effect), shown("jensen_shannon", effect.sqrt() / 3.0), shown("missing", 0.001)];
    if let Some((_, base, live)) = curves.as_ref().and_then(|curves| curves.widest) {
        tests.insert(1, shown("ks", (base - live).abs()));
        tests.insert(2, shown("wasserstein", shift));
    }
    let segment = |(city, factor): (&str, f64)| {
        let test = TestRecord { n: Some(9_000), m: Some(2_000), ..psi(effect * factor) };
        SegmentRecord {
            segment: vec![("city_id".into(), Some(city.into()))],
            outcome: test.outcome,
            tests: vec![test],
            reason: None,
        }
    };
    let outcome = tests[0].outcome;
    let (middle, scale) = place(index);
    let drift = DriftRecord {
        kind: Some(kind),
        bins: Some(bins),
        spans,
        curves,
        figures: match kind {
            ColumnKind::Numeric => {
                ["mean", "median"].map(|name| (name.to_string(), middle, middle + shift * scale)).into()
            }
            ColumnKind::Categorical => vec![],
        },
        segments: if drifted { [("7", 1.4), ("12", 0.6), ("31", 0.1)].map(segment).into() } else { vec![] },
        since: drifted.then(|| "2026-11-17T00:00:00+04:00".into()),
        contribution: Some(effect),
        tests,
        ..DriftRecord::default()
    };
    CheckRecord {
        id: format!("drift.{name}"),
        check: "drift".into(),
        column: Some(name),
        dimension: Dimension::Drift,
        severity: Severity::Fail,
        at: Place { path: "checks/models/fare_eta.yaml".into(), line: 10 + index as u32, column: 3 },
        verdict: Verdict::new(outcome, format!("PSI {effect:.3} (limit 0.1), p < 1e-9 of 14 tests")),
        drift: Some(Box::new(drift)),
        ..super::check("drift", 1, outcome, "")
    }
}

fn contribution(check: &CheckRecord) -> f64 {
    check.drift.as_ref().and_then(|drift| drift.contribution).unwrap_or(0.0)
}

/// Makes shares of the effects.
fn share_out(checks: &mut [CheckRecord]) {
    let whole: f64 = checks.iter().map(contribution).sum();
    for check in checks {
        let share = contribution(check) / whole;
        if let Some(drift) = &mut check.drift {
            drift.contribution = Some(share);
        }
    }
}

/// Middle and scale of a column's baseline.
fn place(index: usize) -> (f64, f64) {
    ((index as f64 + 1.0) * 12.5, 1.0 + (index % 7) as f64 * 0.75)
}

fn quantile(index: usize, share: f64) -> f64 {
    let (middle, scale) = place(index);
    middle + scale * (share / (1.0 - share)).ln()
}

/// Share of the live side at or below the value that has this share of the baseline below it.
fn live_share(base: f64, shift: f64) -> f64 {
    let at = (base / (1.0 - base)).ln() - shift;
    1.0 / (1.0 + (-at).exp())
}

fn quantiles(index: usize, shift: f64) -> (Bins, Vec<(f64, f64)>) {
    let share = |bin: usize| bin as f64 / BINS as f64;
    let edge = |bin: usize| match bin {
        0 => f64::NEG_INFINITY,
        BINS => f64::INFINITY,
        _ => (quantile(index, share(bin)) * 1000.0).round() / 1000.0,
    };
    let up_to = |bin: usize| match bin {
        0 => 0.0,
        BINS => LIVE_ROWS as f64,
        _ => (live_share(share(bin), shift) * LIVE_ROWS as f64).round(),
    };
    let spans: Vec<(f64, f64)> = (0..BINS).map(|bin| (edge(bin), edge(bin + 1))).collect();
    let label =
        |&(from, to): &(f64, f64)| if to.is_finite() { format!("({from}, {to}]") } else { format!("({from}, inf)") };
    let bins = Bins {
        labels: spans.iter().map(label).chain(["__missing__".to_owned()]).collect(),
        base: (0..BINS).map(|_| BASE_ROWS / BINS as u64).chain([210]).collect(),
        live: (0..BINS).map(|bin| (up_to(bin + 1) - up_to(bin)) as u64).chain([69]).collect(),
    };
    (bins, spans)
}

fn curves(index: usize, shift: f64) -> Curves {
    let base: Vec<f64> = (0..CURVE_POINTS).map(|point| (point as f64 + 0.5) / CURVE_POINTS as f64).collect();
    let live: Vec<f64> = base.iter().map(|&share| live_share(share, shift)).collect();
    let values: Vec<f64> = base.iter().map(|&share| quantile(index, share)).collect();
    let gap = |point: usize| (base[point] - live[point]).abs();
    let widest = (0..CURVE_POINTS).max_by(|&a, &b| gap(a).total_cmp(&gap(b)));
    let widest = widest.map(|point| (values[point], base[point], live[point]));
    Curves { values, base, live, widest }
}

/// Twelve categories and what stands beside them; the live side leans to the rarer ones.
fn categories(shift: f64) -> Bins {
    let names = ["DE", "FR", "NO", "IT", "PL", "ES", "SE", "DK", "FI", "NL", "BE", "AT"];
    let weights = |lean: f64| -> Vec<f64> {
        let weights: Vec<f64> = (0..names.len()).map(|rank| ((rank + 1) as f64).powf(lean - 1.0)).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    };
    let rows = |lean: f64, rows: u64| -> Vec<u64> {
        weights(lean).iter().map(|weight| (weight * rows as f64) as u64).collect()
    };
    let labels = names.iter().chain(&["__other__", "__unseen__", "__missing__"]).map(ToString::to_string).collect();
    Bins {
        labels,
        base: [rows(0.0, BASE_ROWS - 2_000), vec![1_900, 0, 100]].concat(),
        live: [rows(shift, LIVE_ROWS - 700), vec![600, 60, 40]].concat(),
    }
}

/// With half a row in each bin, so that an empty one has a logarithm.
fn psi_of(bins: &Bins) -> f64 {
    let total = |counts: &[u64]| counts.iter().map(|&count| count as f64 + 0.5).sum::<f64>();
    let (n, m) = (total(&bins.base), total(&bins.live));
    let shares = bins.base.iter().zip(&bins.live).map(|(&b, &l)| ((b as f64 + 0.5) / n, (l as f64 + 0.5) / m));
    shares.map(|(b, l)| (l - b) * (l / b).ln()).sum()
}

/// The window so many days after the first that is remembered: drift grew in the last ten of them.
fn past(checks: &[CheckRecord], day: u32, drifted: usize) -> Point {
    let growth = f64::from(day.saturating_sub(WINDOWS - 10)) / 10.0;
    let point = |(index, check): (usize, &CheckRecord)| {
        let now = check.drift.as_ref().and_then(|drift| drift.tests[0].effect).unwrap_or(0.0);
        let noise = 0.004 * (1 + (index as u32 * 31 + day * 17) % 11) as f64;
        let effect = if index < drifted { now * growth + noise } else { noise };
        PointCheck { id: check.id.clone(), outcome: psi(effect).outcome, figures: vec![("psi".into(), effect)] }
    };
    let checks: Vec<PointCheck> = checks.iter().enumerate().map(point).collect();
    // 30 days end before the window of 19 November
    let at = if day < 12 { format!("2026-10-{:02}", day + 20) } else { format!("2026-11-{:02}", day - 11) };
    Point {
        at: format!("{at}T00:00:00+04:00"),
        outcome: checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Pass),
        rows: Some(LIVE_ROWS + u64::from(day * 113 % 700)),
        checks,
    }
}
