//! The numbers of categories.json (see categories.py), and comparisons built from counts.

#![allow(dead_code, reason = "each file of tests uses a part")]

use assay_stats::drift::bins::MISSING;
use assay_stats::drift::{Bins, Categories, ColumnKind, Comparison, Drift, DriftTest, Missing, NotComputed, registry};
use serde_json::Value;

/// All of them.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("categories.json")).expect("categories.json is JSON")
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(number).collect()
}

pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a count, not {value}"))
}

pub fn counts(value: &Value) -> Vec<u64> {
    value.as_array().expect("an array").iter().map(count).collect()
}

/// Equal to a relative tolerance.
#[track_caller]
pub fn close(what: &str, ours: f64, golden: f64, relative: f64) {
    assert!(
        ours == golden || (ours - golden).abs() <= relative * golden.abs(),
        "{what}: {ours:e}, golden {golden:e}, relative error {:e}",
        (ours / golden - 1.0).abs()
    );
}

/// Equal p-values to a relative 1e-9 down to 1e-300, and to 1e-12 of the logarithm below.
#[track_caller]
pub fn close_p(what: &str, ours: f64, golden: f64) {
    let tolerance = 1e-9_f64.max(1e-12 * golden.abs());
    assert!((ours - golden).abs() <= tolerance, "{what}: ln p {ours:e}, golden {golden:e}, error {:e}", ours - golden);
}

pub fn test(name: &str) -> &'static dyn DriftTest {
    registry::find(name).unwrap_or_else(|| panic!("no test `{name}`"))
}

/// A test on bins of these counts.
pub fn on_bins(name: &str, base: &[u64], live: &[u64]) -> Result<Drift, NotComputed> {
    let labels = (0..base.len()).map(|i| format!("bin {i}")).collect();
    let bins = Bins { labels, base: base.to_vec(), live: live.to_vec() };
    compare(name, &bins, None, Missing { n: 0, base: 0, m: 0, live: 0 })
}

/// Categories of these counts, the last of which is missing where `with_missing`.
pub fn categories(base: &[u64], live: &[u64], with_missing: bool) -> Categories {
    let mut labels: Vec<String> = (0..base.len()).map(|i| format!("category {i}")).collect();
    let mut missing = (0, 0);
    if let (true, Some(last)) = (with_missing, labels.last_mut()) {
        MISSING.clone_into(last);
        missing = (base[base.len() - 1], live[base.len() - 1]);
    }
    Categories {
        labels,
        base: base.to_vec(),
        live: live.to_vec(),
        unseen: Some(base.iter().zip(live).filter(|&(&base, _)| base == 0).map(|(_, live)| live).sum()),
        lumped: (0, 0),
        singletons: base.iter().filter(|&&count| count == 1).count() as u64,
        doubletons: base.iter().filter(|&&count| count == 2).count() as u64,
        n: base.iter().sum::<u64>() - missing.0,
        m: live.iter().sum::<u64>() - missing.1,
    }
}

/// A test on these categories.
pub fn on_categories(name: &str, categories: &Categories) -> Result<Drift, NotComputed> {
    let bins = Bins { labels: Vec::new(), base: Vec::new(), live: Vec::new() };
    compare(name, &bins, Some(categories), Missing { n: 0, base: 0, m: 0, live: 0 })
}

/// `missing` on these cells.
pub fn on_missing(missing: Missing) -> Result<Drift, NotComputed> {
    compare("missing", &Bins { labels: Vec::new(), base: Vec::new(), live: Vec::new() }, None, missing)
}

fn compare(name: &str, bins: &Bins, categories: Option<&Categories>, missing: Missing) -> Result<Drift, NotComputed> {
    test(name).compare(&Comparison { kind: ColumnKind::Categorical, ranks: None, bins, categories, missing })
}

/// A figure that is shown beside a result.
pub fn shown(drift: &Drift, name: &str) -> f64 {
    drift.shown.iter().find(|(shown, _)| *shown == name).unwrap_or_else(|| panic!("{name} is shown")).1
}

/// ln p of a result that has one.
pub fn ln_p(drift: &Drift) -> f64 {
    drift.p.expect("a p-value").ln()
}
