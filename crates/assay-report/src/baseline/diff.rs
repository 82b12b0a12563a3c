//! Two baselines side by side: which columns came and went, and what moved in the others, furthest first.

use std::cmp::Ordering;
use std::collections::HashMap;

use assay_core::drift::baseline::{Baseline, BaselineColumn, CategoryProfile};
use assay_core::drift::category::Category;

use super::compare::{Distance, distance, newcomers};
use super::words::{Lines, count, mean, missing, number, percent, plural, present, role, sd};
use crate::Reading;

/// Categories named in a line.
const SHOWN: usize = 5;
/// Percentiles that are compared.
const PERCENTILES: [u64; 5] = [1, 25, 50, 75, 99];

/// What differs between two baselines, for people; `before` is what `after` is compared with. Segments are left out.
pub fn diff_text(before: &Baseline, after: &Baseline, reading: Reading) -> String {
    let mut lines = Lines::new(reading);
    lines.head(&format!("{} to {}", before.header.name, after.header.name));
    if before.header.sha256 == after.header.sha256 {
        lines.wrapped(2, &format!("the same baseline, sha256 {}", after.header.sha256));
        return lines.finish();
    }
    let sides = |of: &Baseline| format!("{}, sha256 {}", plural(of.header.rows, "row"), of.header.sha256);
    lines.wrapped(2, &format!("before: {}", sides(before)));
    lines.wrapped(2, &format!("after:  {}", sides(after)));
    facts(before, after, &mut lines);

    for column in after.whole().filter(|column| before.column(&column.name).is_none()) {
        lines.wrapped(2, &format!("+ {}  {} {}, not in the first", column.name, role(column.role), column.dtype));
    }
    for column in before.whole().filter(|column| after.column(&column.name).is_none()) {
        lines.wrapped(2, &format!("- {}  {} {}, not in the second", column.name, role(column.role), column.dtype));
    }
    let mut moved: Vec<(Distance, &str, Vec<String>)> = Vec::new();
    let mut same = 0;
    for a in before.whole() {
        let Some(b) = after.column(&a.name) else { continue };
        match changes(a, b) {
            changes if changes.is_empty() => same += 1,
            changes => moved.push((distance(a, b), &a.name, changes)),
        }
    }
    // columns without a PSI changed in kind: they come first
    let furthest = |distance: &Distance| distance.psi.unwrap_or(f64::INFINITY);
    moved.sort_by(|a, b| furthest(&b.0).partial_cmp(&furthest(&a.0)).unwrap_or(Ordering::Equal));
    lines.blank();
    lines.head(&format!("{} moved, {} did not", plural(moved.len() as u64, "column"), count(same)));
    for (distance, name, changes) in moved {
        let figure = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value:.4}"));
        let figures: Vec<String> =
            [figure("psi", distance.psi), figure("ks", distance.ks)].into_iter().flatten().collect();
        lines.wrapped(2, &[name, &figures.join(", ")].join("  "));
        changes.iter().for_each(|change| lines.wrapped(4, change));
    }
    lines.finish()
}

fn facts(before: &Baseline, after: &Baseline, lines: &mut Lines) {
    let of = |baseline: &Baseline| {
        let header = &baseline.header;
        let mut facts = vec![
            ("formulas".to_owned(), Some(header.formula_version.to_string())),
            ("time".to_owned(), header.time_range.as_ref().map(|(from, to)| format!("{from} to {to}"))),
            ("timezone".to_owned(), header.timezone.clone()),
        ];
        facts.extend(header.lineage.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
        let metrics = baseline.performance.iter();
        facts.extend(metrics.map(|(metric, value)| (format!("{metric} at training"), Some(number(*value)))));
        facts
    };
    let (a, b) = (of(before), of(after));
    let value = |facts: &[(String, Option<String>)], key: &str| {
        facts.iter().find(|(other, _)| other == key).and_then(|(_, value)| value.clone())
    };
    let new = b.iter().filter(|(key, _)| !a.iter().any(|(other, _)| other == key));
    for (key, _) in a.iter().chain(new) {
        let (from, to) = (value(&a, key), value(&b, key));
        if from != to {
            let show = |value: Option<String>| value.unwrap_or("none".into());
            lines.wrapped(2, &format!("{key}: {} to {}", show(from), show(to)));
        }
    }
}

/// What differs in a column, a sentence each; nothing where both were counted alike.
fn changes(a: &BaselineColumn, b: &BaselineColumn) -> Vec<String> {
    let mut changes = Vec::new();
    if a.dtype != b.dtype {
        changes.push(format!("type: {} to {}", a.dtype, b.dtype));
    }
    if a.role != b.role {
        changes.push(format!("role: {} to {}", role(a.role), role(b.role)));
    }
    let share = |column: &BaselineColumn| percent(missing(column), column.cells.rows);
    if share(a) != share(b) {
        changes.push(format!("missing: {} to {}", share(a), share(b)));
    }
    if let (Some(x), Some(y)) = (&a.numeric, &b.numeric) {
        let mut moved = |what: &str, from: Option<f64>, to: Option<f64>| {
            let show = |value: Option<f64>| value.map_or("none".into(), number);
            if show(from) != show(to) {
                changes.push(format!("{what}: {} to {}", show(from), show(to)));
            }
        };
        moved("mean", mean(a, x), mean(b, y));
        moved("sd", sd(a, x), sd(b, y));
        moved("smallest", x.range.map(|range| range.0), y.range.map(|range| range.0));
        moved("largest", x.range.map(|range| range.1), y.range.map(|range| range.1));
        for percent in PERCENTILES {
            moved(&format!("{percent}%"), x.knots.quantile(percent, 100), y.knots.quantile(percent, 100));
        }
    }
    if let (Some(x), Some(y)) = (&a.categories, &b.categories) {
        changes.extend(named("new", newcomers(x, y), present(b)));
        changes.extend(named("gone", newcomers(y, x), present(a)));
        changes.extend(shares(x, y, (present(a), present(b))));
    }
    changes
}

fn named<'a>(what: &str, categories: impl Iterator<Item = (&'a Category, u64)>, whole: u64) -> Option<String> {
    let all: Vec<String> = categories.map(|(name, rows)| format!("{name} ({})", percent(rows, whole))).collect();
    if all.is_empty() {
        return None;
    }
    let more = all.len().saturating_sub(SHOWN);
    let shown = all[..all.len() - more].join(", ");
    let more = if more > 0 { format!(" and {} more", count(more as u64)) } else { String::new() };
    Some(format!("{what}: {shown}{more}"))
}

/// The shares that moved most, of categories that both hold by name.
fn shares(a: &CategoryProfile, b: &CategoryProfile, (n, m): (u64, u64)) -> Option<String> {
    let rows: HashMap<&Category, u64> = b.set.names.iter().zip(b.counts.iter().copied()).collect();
    let share = |rows: u64, whole: u64| if whole == 0 { 0.0 } else { rows as f64 / whole as f64 };
    let both = a.set.names.iter().zip(&a.counts);
    let mut moved: Vec<(f64, String)> = both
        .filter_map(|(name, from)| {
            let to = *rows.get(name)?;
            let (before, after) = (percent(*from, n), percent(to, m));
            let by = (share(to, m) - share(*from, n)).abs();
            (before != after).then(|| (by, format!("{name} {before} to {after}")))
        })
        .collect();
    moved.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let shown: Vec<String> = moved.into_iter().take(SHOWN).map(|(_, text)| text).collect();
    (!shown.is_empty()).then(|| format!("shares: {}", shown.join(", ")))
}
