//! Two columns together without drift: the correlation of a pair, the relation of a feature to the target.

use assay_stats::comoments::{CoMoments, Scale};
use assay_stats::drift::chi2::ln_survival;
use assay_stats::drift::target_relation::{self, BinaryLabels, Labels, TargetBin};
use assay_stats::drift::{Drift, correlation};

use crate::random::Rng;
use crate::rules::{Said, said};
use crate::tally::{Cell, MIN_ROWS, Tally};
use crate::work::{Job, Plan};

/// The part of correlations.
pub const PAIRS: &str = "correlation";
/// The part of target relations, as they are decided.
pub const TARGET: &str = "target relation";
/// The part of target relations with other variances: measured for comparison, they decide nothing.
pub const OTHER_VARIANCES: &str = "target relation, other variances";

const PAIR_SIZES: &[(u64, u64)] = &[
    (50, 50),
    (200, 200),
    (500, 500),
    (1_000, 1_000),
    (2_000, 2_000),
    (2_000, 100_000),
    (5_000, 5_000),
    (10_000, 500),
    (10_000, 2_000),
    (10_000, 10_000),
    (500, 10_000),
    (100_000, 1_000),
    (100_000, 100_000),
];

/// How the two columns hang together.
#[derive(Debug, Clone, Copy)]
enum Joint {
    /// Normal, of this correlation.
    Normal(f64),
    /// exp(1.5 x), exp(1.5 y) of a normal pair.
    Lognormal(f64),
    /// Normal, both divided by one random scale: uncorrelated, but large together (t with 2 degrees of freedom).
    CommonScale,
}

impl Joint {
    const ALL: [Joint; 5] =
        [Joint::Normal(0.0), Joint::Normal(0.5), Joint::Normal(0.9), Joint::Lognormal(0.5), Joint::CommonScale];

    fn name(self) -> String {
        match self {
            Joint::Normal(r) => format!("normal, r {r}"),
            Joint::Lognormal(r) => format!("lognormal, r {r}"),
            Joint::CommonScale => "t2, common scale".to_owned(),
        }
    }

    fn draw(self, rng: &mut Rng) -> (f64, f64) {
        let (x, z) = (rng.normal(), rng.normal());
        let mix = |r: f64| r * x + (1.0 - r * r).sqrt() * z;
        match self {
            Joint::Normal(r) => (x, mix(r)),
            Joint::Lognormal(r) => ((1.5 * x).exp(), (1.5 * mix(r)).exp()),
            Joint::CommonScale => {
                let scale = (-rng.uniform().ln()).sqrt();
                (x / scale, z / scale)
            }
        }
    }
}

/// Correlations of pairs.
pub fn pairs(plan: &Plan) -> Tally {
    let mut jobs = Vec::new();
    for &(n, m) in PAIR_SIZES {
        for joint in Joint::ALL {
            jobs.push(Job {
                name: format!("{PAIRS} {} {n} {m}", joint.name()),
                reps: match plan.short {
                    true if n + m > 30_000 => 0,
                    true => plan.reps(n + m, 60_000, 4, 40),
                    false => plan.reps(n + m, 10_000_000, 60, 4_000),
                },
                rows: n + m,
                run: Box::new(move |rng, _, tally| {
                    let draw =
                        |rng: &mut Rng, rows: u64| -> Vec<(f64, f64)> { (0..rows).map(|_| joint.draw(rng)).collect() };
                    let (base, live) = (draw(rng, n), draw(rng, m));
                    let scales = (scale(base.iter().map(|row| row.0)), scale(base.iter().map(|row| row.1)));
                    let found = correlation::compare(&moments(&base, scales), &moments(&live, scales)).ok();
                    let limit = correlation::DEFAULT_LIMITS.fail.unwrap_or(f64::INFINITY);
                    let cell = Cell { part: PAIRS, test: "correlation".into(), law: joint.name(), amount: 0, n, m };
                    tally.entry(cell).or_default().record(found.map(|drift| of(&drift, limit, judged(n.min(m)))));
                }),
            });
        }
    }
    plan.run(PAIRS, &jobs)
}

/// Rows by which a pair is counted: below its own least it has too few for the default `min_rows` as well.
fn judged(rows: u64) -> u64 {
    if rows < correlation::LEAST_TO_JUDGE { rows.min(MIN_ROWS[0] - 1) } else { rows }
}

fn of(drift: &Drift, limit: f64, rows: u64) -> Said {
    said(drift.p, drift.effect, limit, rows)
}

/// The 1% and 99% of the values.
fn scale(values: impl Iterator<Item = f64>) -> Scale {
    let mut values: Vec<f64> = values.collect();
    let last = values.len() - 1;
    let mut at = |share: f64| *values.select_nth_unstable_by((share * last as f64) as usize, f64::total_cmp).1;
    let (low, high) = (at(0.01), at(0.99));
    Scale::new(low, high).expect("finite, and the 1% is not above the 99%")
}

fn moments(rows: &[(f64, f64)], scales: (Scale, Scale)) -> CoMoments {
    let mut moments = CoMoments::default();
    for (x, y) in rows {
        if let (Some(x), Some(y)) = (scales.0.unit(*x), scales.1.unit(*y)) {
            moments.add(x, y);
        }
    }
    moments
}

/// Bins of the feature.
const BINS: usize = 10;

/// What is predicted.
#[derive(Debug, Clone, Copy)]
enum Target {
    Normal,
    /// exp(1.5 z).
    Lognormal,
    /// Positive with this probability.
    Binary(f64),
}

/// Target relations over ten bins of equal size on each side.
pub fn target(plan: &Plan) -> Tally {
    let per_bin = [30, 50, 100, 300, 1_000];
    let mut jobs = Vec::new();
    for target in [Target::Normal, Target::Lognormal, Target::Binary(0.3), Target::Binary(0.05)] {
        for n in per_bin.into_iter().chain([10_000]) {
            for m in per_bin {
                let rows = BINS as u64 * (n + m);
                jobs.push(Job {
                    name: format!("{TARGET} {target:?} {n} {m}"),
                    reps: match plan.short {
                        true if rows > 5_000 => 0,
                        true => plan.reps(rows, 30_000, 4, 40),
                        false => plan.reps(rows, 5_000_000, 50, 4_000),
                    },
                    rows,
                    run: Box::new(move |rng, _, tally| one(rng, target, (n, m), tally)),
                });
            }
        }
    }
    plan.run(TARGET, &jobs)
}

fn one(rng: &mut Rng, target: Target, (n, m): (u64, u64), tally: &mut Tally) {
    let limit = target_relation::DEFAULT_LIMITS.warn.unwrap_or(f64::INFINITY);
    let rows = BINS as u64 * n.min(m);
    let mut record = |part, test: &str, found: Option<Said>| {
        let law = match target {
            Target::Binary(share) => format!("binary {share}"),
            Target::Normal | Target::Lognormal => format!("{target:?}").to_lowercase(),
        };
        tally.entry(Cell { part, test: test.into(), law, amount: 0, n, m }).or_default().record(found);
    };
    if let Target::Binary(share) = target {
        let mut side = |rows: u64| BinaryLabels { n: rows, positives: rng.binomial(rows, share) };
        let bins: Vec<_> = (0..BINS).map(|_| TargetBin { base: side(n), live: side(m) }).collect();
        let found = target_relation::binary(&bins).ok();
        record(TARGET, "target_relation", found.map(|drift| of(&drift, limit, rows)));
        return;
    }
    let mut draw = |rows: u64| -> Vec<f64> {
        let law = |z: f64| if matches!(target, Target::Normal) { z } else { (1.5 * z).exp() };
        (0..rows).map(|_| law(rng.normal())).collect()
    };
    let sides: Vec<(Vec<f64>, Vec<f64>)> = (0..BINS).map(|_| (draw(n), draw(m))).collect();
    let scale = scale(sides.iter().flat_map(|side| &side.0).copied());
    let labels = |rows: &[f64]| {
        let mut labels = Labels::default();
        rows.iter().filter_map(|y| scale.unit(*y)).for_each(|unit| labels.add(unit));
        labels
    };
    let bins: Vec<TargetBin<Labels>> =
        sides.iter().map(|(base, live)| TargetBin { base: labels(base), live: labels(live) }).collect();
    let Ok(drift) = target_relation::numeric(&bins) else { return };
    record(TARGET, "target_relation", Some(of(&drift, limit, rows)));
    let other = |statistic: f64| {
        let p = assay_stats::PValue::from_ln(ln_survival(statistic, bins.len() as f64));
        Some(said(Some(p), drift.effect, limit, rows))
    };
    record(OTHER_VARIANCES, "the baseline's", other(bins.iter().map(of_baseline).sum()));
    record(OTHER_VARIANCES, "each side's own", other(bins.iter().map(welch).sum()));
}

/// The squared difference over the baseline's variance.
fn of_baseline(bin: &TargetBin<Labels>) -> f64 {
    let (n, m) = (bin.base.n as f64, bin.live.n as f64);
    (bin.live.mean() - bin.base.mean()).powi(2) / (bin.base.variance() * (n.recip() + m.recip()))
}

/// The squared difference over the sum of both means' variances.
fn welch(bin: &TargetBin<Labels>) -> f64 {
    let (n, m) = (bin.base.n as f64, bin.live.n as f64);
    (bin.live.mean() - bin.base.mean()).powi(2) / (bin.base.variance() / n + bin.live.variance() / m)
}
