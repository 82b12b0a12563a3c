//! Reads `ranks.json`, and counts samples against a baseline as a monitor does.

#![allow(dead_code)]

use assay_stats::drift::{Bins, ColumnKind, Comparison, Drift, GapSums, Missing, NotComputed, Ranks, registry};
use serde_json::Value;

/// The golden numbers.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("ranks.json")).expect("the golden numbers are JSON")
}

/// A case and its samples.
pub struct Case {
    pub name: String,
    pub base: Vec<f64>,
    pub live: Vec<f64>,
    pub expected: Value,
}

impl Case {
    /// A figure, if scipy has it.
    pub fn figure(&self, key: &str) -> Option<f64> {
        self.expected[key].as_f64()
    }
}

pub fn cases() -> Vec<Case> {
    let golden = golden();
    let cases = golden["cases"].as_array().expect("cases");
    cases
        .iter()
        .map(|case| Case {
            name: case["name"].as_str().expect("a name").to_owned(),
            base: sample(&case["base"]),
            live: sample(&case["live"]),
            expected: case.clone(),
        })
        .collect()
}

pub fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).expect("a case of this name")
}

/// Rows of numbers under a key.
pub fn rows(key: &str) -> Vec<Vec<f64>> {
    serde_json::from_value(golden()[key].clone()).expect("rows of numbers")
}

fn sample(side: &Value) -> Vec<f64> {
    if let Some(numbers) = side.as_array() {
        return numbers.iter().map(|x| x.as_f64().unwrap_or_else(|| infinity(x))).collect();
    }
    let whole = |key: &str| side[key].as_u64().expect("a whole number");
    let number = |key: &str| side[key].as_f64().expect("a number");
    let (multiplier, modulus) = (whole("multiplier"), whole("modulus"));
    let (power, scale, shift) = (number("power"), number("scale"), number("shift"));
    let value = |i: u64| ((multiplier * i % modulus) as f64 / modulus as f64).powf(power) * scale + shift;
    (1..=whole("rows")).map(value).collect()
}

fn infinity(text: &Value) -> f64 {
    text.as_str().expect("text").parse().expect("an infinity")
}

/// Both sides counted against values of the baseline.
pub struct Counted {
    values: Vec<f64>,
    base_below: Vec<u64>,
    base_up_to: Vec<u64>,
    n: u64,
    gap: Vec<u64>,
    eq: Vec<u64>,
    m: u64,
    live_sums: Vec<u128>,
    base_sums: Vec<u128>,
    live_below: f64,
    live_above: f64,
    base_side_below: f64,
    base_side_above: f64,
    live_infinite: u64,
}

impl Counted {
    /// Against every distinct value.
    pub fn full(base: &[f64], live: &[f64]) -> Self {
        let values = distinct(base);
        let mut counted = Self::against(values, base, live);
        counted.base_sums = Vec::new();
        counted
    }

    /// Against some of them.
    pub fn against(values: Vec<f64>, base: &[f64], live: &[f64]) -> Self {
        let k = values.len();
        let mut sorted: Vec<f64> = base.iter().map(|x| x + 0.0).collect();
        sorted.sort_by(f64::total_cmp);
        let (mut gap, mut eq) = (vec![0; k + 1], vec![0; k]);
        for x in live {
            let i = values.partition_point(|v| v < x);
            if values.get(i) == Some(x) { eq[i] += 1 } else { gap[i] += 1 }
        }
        let (live_sums, live_below, live_above) = positions(&values, live);
        let (base_sums, base_side_below, base_side_above) = positions(&values, base);
        Counted {
            base_below: values.iter().map(|v| sorted.partition_point(|x| x < v) as u64).collect(),
            base_up_to: values.iter().map(|v| sorted.partition_point(|x| x <= v) as u64).collect(),
            n: base.len() as u64,
            gap,
            eq,
            m: live.len() as u64,
            live_sums,
            base_sums,
            live_below,
            live_above,
            base_side_below,
            base_side_above,
            live_infinite: live.iter().filter(|x| x.is_infinite() && !values.contains(x)).count() as u64,
            values,
        }
    }

    pub fn ranks(&self) -> Ranks<'_> {
        Ranks {
            values: &self.values,
            base_below: &self.base_below,
            base_up_to: &self.base_up_to,
            n: self.n,
            gap: &self.gap,
            eq: &self.eq,
            m: self.m,
            sums: Some(GapSums {
                live: &self.live_sums,
                base: &self.base_sums,
                live_below: self.live_below,
                live_above: self.live_above,
                base_below: self.base_side_below,
                base_above: self.base_side_above,
                live_infinite: self.live_infinite,
            }),
        }
    }
}

/// Distinct values, ascending; -0.0 is 0.0.
pub fn distinct(sample: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = sample.iter().map(|x| x + 0.0).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn positions(values: &[f64], sample: &[f64]) -> (Vec<u128>, f64, f64) {
    let k = values.len();
    let (mut sums, mut below, mut above) = (vec![0; k.saturating_sub(1)], 0.0, 0.0);
    for x in sample {
        let i = values.partition_point(|v| v < x);
        if k == 0 || values.get(i) == Some(x) || x.is_infinite() {
            continue;
        }
        if i == 0 {
            below += values[0] - x;
        } else if i == k {
            above += x - values[k - 1];
        } else {
            let (a, b) = (values[i - 1], values[i]);
            if a.is_finite() && b.is_finite() {
                sums[i - 1] += ((x - a) / (b - a) * (1_u64 << 52) as f64).floor() as u128;
            }
        }
    }
    (sums, below, above)
}

/// The result of a test on counters.
pub fn compare(test: &str, ranks: Ranks<'_>) -> Result<Drift, NotComputed> {
    let bins = Bins { labels: Vec::new(), base: Vec::new(), live: Vec::new() };
    let missing = Missing { n: ranks.n, base: 0, m: ranks.m, live: 0 };
    let sides = Comparison { kind: ColumnKind::Numeric, ranks: Some(ranks), bins: &bins, categories: None, missing };
    registry::find(test).expect("a test of this name").compare(&sides)
}

/// Asserts that two numbers agree to a part of the expected one.
#[track_caller]
pub fn close(name: &str, found: f64, expected: f64, relative: f64) {
    let apart = (found - expected).abs();
    assert!(apart <= relative * expected.abs() || apart < 1e-300, "{name}: found {found:e}, expected {expected:e}");
}
