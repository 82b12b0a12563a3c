//! Tables in Markdown and everything in JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::interval;
use crate::null;
use crate::rules::{ALPHA, Rule};
use crate::tally::{Cell, Counts, MIN_ROWS, Rate, TAIL, Tally};

/// Classes of the smaller side's rows.
const CLASSES: [(u64, &str); 8] = [
    (50, "50"),
    (100, "100"),
    (200, "200"),
    (500, "500"),
    (1_000, "1k"),
    (2_000, "2k"),
    (5_000, "5k"),
    (10_000, "10k and more"),
];

/// Cells that are named of those in which a rule breaks alpha.
const WORST: usize = 3;

/// A table: a head and rows of cells.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.to_vec());
    text += &line(head.iter().map(|_| "---").collect());
    rows.iter().for_each(|row| text += &line(row.iter().map(String::as_str).collect()));
    text
}

/// A share in percent, as `0.42%`; empty where there is none.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| match 100.0 * share {
        0.0 => "0".to_owned(),
        share if share >= 9.95 => format!("{share:.0}%"),
        share if share >= 0.95 => format!("{share:.1}%"),
        share => format!("{share:.2}%"),
    })
}

/// A number of rows: `500`, `10k`, `1M`.
pub fn rows(count: u64) -> String {
    match count {
        count if count >= 1_000_000 && count.is_multiple_of(1_000_000) => format!("{}M", count / 1_000_000),
        count if count >= 1_000 && count.is_multiple_of(1_000) => format!("{}k", count / 1_000),
        count => count.to_string(),
    }
}

fn rate_and_bound(hits: u64, windows: u64) -> String {
    let rate = (windows > 0).then(|| hits as f64 / windows as f64);
    format!("{} (< {})", percent(rate), percent(Some(interval::upper(hits, windows, TAIL))))
}

/// The rates of each rule over all cells without drift, at the default `min_rows`.
pub fn rules_table(tally: &Tally, rules: &[Rule]) -> String {
    let head = ["test", "from", "windows", "skipped", "rule", "p only", "worst cell"];
    let line = |rule: &Rule| {
        let cells: Vec<(&Cell, &Counts)> = of(tally, null::PART, rule.test.name()).collect();
        let mut all = Rate::default();
        cells.iter().for_each(|(_, counts)| all.add(counts.judged[0]));
        let skipped: u64 = cells.iter().map(|(_, counts)| counts.too_few[0] + counts.unanswered).sum();
        let worst = cells
            .iter()
            .filter(|(_, counts)| counts.judged[0].alarms > 0)
            .map(|(cell, counts)| {
                (interval::lower(counts.judged[0].alarms, counts.judged[0].windows, TAIL), cell, counts)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let worst = worst.map_or_else(String::new, |(_, cell, counts)| {
            let rate = counts.judged[0];
            format!("{}, {}:{}: {} of {}", cell.law, rows(cell.n), rows(cell.m), rate.alarms, rate.windows)
        });
        vec![
            format!("`{}`", rule.test.name()),
            format!("{}{}", rule.limit, if rule.why.is_empty() { "" } else { " (stated)" }),
            all.windows.to_string(),
            skipped.to_string(),
            rate_and_bound(all.alarms, all.windows),
            rate_and_bound(all.significant, all.windows),
            worst,
        ]
    };
    table(&head, &rules.iter().map(line).collect::<Vec<_>>())
}

/// Rule and p-only rates by the smaller side's rows, at one of [`MIN_ROWS`].
pub fn by_size(tally: &Tally, rules: &[Rule], at: usize) -> String {
    let classes: Vec<(u64, &str)> = CLASSES.into_iter().filter(|(rows, _)| *rows >= MIN_ROWS[at]).collect();
    let mut head = vec!["test"];
    head.extend(classes.iter().map(|(_, name)| *name));
    let line = |rule: &Rule| {
        let mut line = vec![format!("`{}`", rule.test.name())];
        for (i, (from, _)) in classes.iter().enumerate() {
            let below = classes.get(i + 1).map_or(u64::MAX, |(rows, _)| *rows);
            let mut rate = Rate::default();
            let in_class = |cell: &Cell| (*from..below).contains(&cell.n.min(cell.m));
            of(tally, null::PART, rule.test.name())
                .filter(|(cell, _)| in_class(cell))
                .for_each(|(_, counts)| rate.add(counts.judged[at]));
            line.push(pair(rate));
        }
        line
    };
    table(&head, &rules.iter().map(line).collect::<Vec<_>>())
}

/// Rule and p-only rates of one test by law and by sizes.
pub fn by_law(tally: &Tally, test: &str, at: usize) -> String {
    let mut sizes: Vec<(u64, u64)> = Vec::new();
    let mut laws: BTreeMap<&str, BTreeMap<(u64, u64), Rate>> = BTreeMap::new();
    for (cell, counts) in of(tally, null::PART, test).filter(|(_, counts)| counts.judged[at].windows > 0) {
        laws.entry(&cell.law).or_default().insert((cell.n, cell.m), counts.judged[at]);
        if !sizes.contains(&(cell.n, cell.m)) {
            sizes.push((cell.n, cell.m));
        }
    }
    sizes.sort_unstable();
    let names: Vec<String> = sizes.iter().map(|(n, m)| format!("{}:{}", rows(*n), rows(*m))).collect();
    let mut head = vec!["law"];
    head.extend(names.iter().map(String::as_str));
    let line = |(law, rates): (&&str, &BTreeMap<(u64, u64), Rate>)| {
        let mut line = vec![(*law).to_owned()];
        line.extend(sizes.iter().map(|size| rates.get(size).map_or_else(String::new, |rate| pair(*rate))));
        line
    };
    table(&head, &laws.iter().map(line).collect::<Vec<_>>())
}

/// `0.1% / 1.0%`: the rule and p alone.
pub fn pair(rate: Rate) -> String {
    match rate.windows {
        0 => String::new(),
        _ => format!("{} / {}", percent(rate.rule()), percent(rate.p_only())),
    }
}

/// Rules whose false alarms at the default `min_rows` are above alpha: over all cells of a test, and in single cells,
/// where the bound is divided by the number of cells.
pub fn broken(tally: &Tally, parts: &[&str]) -> Vec<String> {
    let mut tests: BTreeMap<(&str, &str), Rate> = BTreeMap::new();
    let cells: Vec<(&Cell, Rate)> = tally
        .iter()
        .filter(|(cell, counts)| parts.contains(&cell.part) && counts.judged[0].windows > 0)
        .map(|(cell, counts)| (cell, counts.judged[0]))
        .collect();
    cells.iter().for_each(|(cell, rate)| tests.entry((cell.part, &cell.test)).or_default().add(*rate));
    let mut broken = Vec::new();
    for ((part, test), rate) in tests {
        if rate.breaks_alpha(TAIL) {
            broken.push(format!("{part}: `{test}`: {} of {} windows", rate.alarms, rate.windows));
        }
    }
    let mut single: BTreeMap<(&str, &str), Vec<(&Cell, Rate)>> = BTreeMap::new();
    for (cell, rate) in &cells {
        if rate.breaks_alpha(TAIL / cells.len() as f64) {
            single.entry((cell.part, &cell.test)).or_default().push((cell, *rate));
        }
    }
    for ((part, test), mut cells) in single {
        let count = cells.len();
        // stable: equal ones stay in order
        cells.sort_by(|a, b| b.1.rule().unwrap_or(0.0).total_cmp(&a.1.rule().unwrap_or(0.0)));
        let shown = |(cell, rate): &(&Cell, Rate)| {
            let Cell { law, n, m, .. } = cell;
            format!("{law}, {}:{}: {} of {}", rows(*n), rows(*m), rate.alarms, rate.windows)
        };
        let worst: Vec<String> = cells.iter().take(WORST).map(shown).collect();
        broken.push(format!("{part}: `{test}` in {count} single cells, the worst: {}", worst.join("; ")));
    }
    broken
}

/// Everything that was counted.
pub fn json(tally: &Tally, rules: &[Rule], broken: &[String], seed: u64, short: bool) -> Value {
    let rule = |rule: &Rule| json!({"test": rule.test.name(), "limit": rule.limit, "stated": rule.why});
    let cell = |(cell, counts): (&Cell, &Counts)| {
        let at = |i: usize| {
            let Rate { windows, alarms, significant } = counts.judged[i];
            json!({"min_rows": MIN_ROWS[i], "too_few": counts.too_few[i], "windows": windows, "alarms": alarms,
                   "p_only": significant})
        };
        json!({"part": cell.part, "test": cell.test, "law": cell.law, "amount": cell.amount as f64 / 1_000.0,
               "n": cell.n, "m": cell.m, "unanswered": counts.unanswered, "judged": [at(0), at(1)]})
    };
    json!({
        "alpha": ALPHA,
        "seed": seed,
        "short": short,
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
        "broken": broken,
        "cells": tally.iter().map(cell).collect::<Vec<_>>(),
    })
}

/// A heading with what stands under it.
pub fn section(text: &mut String, title: &str, what: &str, table: &str) {
    // writing to a text cannot fail
    let _ = write!(text, "## {title}\n\n{what}\n\n{table}\n");
}

fn of<'t>(tally: &'t Tally, part: &'t str, test: &'t str) -> impl Iterator<Item = (&'t Cell, &'t Counts)> {
    tally.iter().filter(move |(cell, _)| cell.part == part && cell.test == test)
}
