//! Which tables are shown, in which order, with what is said about them.

use std::collections::BTreeMap;

use crate::report::{by_law, by_size, pair, rows, rules_table, section, table};
use crate::rules::Rule;
use crate::tally::{Rate, Tally};
use crate::{power, relations, sparse, windows};

/// All tables.
pub fn all(tally: &Tally, rules: &[Rule]) -> String {
    let mut text = String::new();
    section(
        &mut text,
        "Windows without drift, by rule",
        "Alpha .01, `min_rows` 500. In brackets the upper end of a one-sided 95% Clopper-Pearson bound.",
        &rules_table(tally, rules),
    );
    let why: Vec<Vec<String>> = rules
        .iter()
        .filter(|rule| !rule.why.is_empty())
        .map(|rule| vec![format!("`{}`", rule.test.name()), rule.limit.to_string(), rule.why.to_owned()])
        .collect();
    section(
        &mut text,
        "Stated limits",
        "Of tests without default limits.",
        &table(&["test", "limit", "because"], &why),
    );
    let by_rows = "Rule / p alone, by the rows of the smaller side.";
    section(&mut text, "By size, `min_rows` 500", by_rows, &by_size(tally, rules, 0));
    section(&mut text, "By size, `min_rows` 50", by_rows, &by_size(tally, rules, 1));
    for test in ["psi", "chi_square", "unseen", "vanished", "missing", "anderson_darling", "cramer_von_mises"] {
        let title = format!("`{test}` by law and sizes (baseline:live)");
        section(&mut text, &title, "Rule / p alone, `min_rows` 500.", &by_law(tally, test, 0));
    }
    let merged =
        "PSI without drift: windows with p below .01, of the categories (as it is) / of the bins, nothing merged.";
    section(&mut text, "Sparse bins", merged, &of_part(tally, &[sparse::PART], 0, false));
    section(
        &mut text,
        "Correlations",
        "Rule / p alone. A pair is judged from 2,000 rows on both sides; fewer are shown for comparison.",
        &of_part(tally, &[relations::PAIRS], 1, false),
    );
    let target = "Rule / p alone by labelled rows in each of 10 bins (baseline:live). The pooled variance decides.";
    let parts = [relations::TARGET, relations::OTHER_VARIANCES];
    section(&mut text, "Target relations", target, &of_part(tally, &parts, 1, true));
    let whole = "Windows of 50 columns with any alarm, by the product's judge: rule / p alone.";
    section(&mut text, "Whole windows", whole, &of_part(tally, &[windows::PART, windows::UNCORRECTED], 0, true));
    for (name, table) in power::tables(tally) {
        let what = "The amount at which the rule finds half, nine tenths of the windows / p alone half, by sizes.";
        section(&mut text, &format!("Power: {name}"), what, &table);
    }
    text
}

/// Rates by baseline and live rows.
type BySizes = BTreeMap<(u64, u64), Rate>;

/// A line for each law (and test), a column for each pair of sizes.
fn of_part(tally: &Tally, parts: &[&str], at: usize, name_test: bool) -> String {
    let mut sizes: Vec<(u64, u64)> = Vec::new();
    let mut lines: BTreeMap<(String, String), BySizes> = BTreeMap::new();
    for (cell, counts) in tally.iter().filter(|(cell, _)| parts.contains(&cell.part)) {
        let test = if name_test { cell.test.clone() } else { String::new() };
        lines.entry((cell.law.clone(), test)).or_default().insert((cell.n, cell.m), counts.judged[at]);
        sizes.push((cell.n, cell.m));
    }
    sizes.sort_unstable();
    sizes.dedup();
    let mut head = vec!["".to_owned()];
    head.extend(sizes.iter().map(|(n, m)| format!("{}:{}", rows(*n), rows(*m))));
    let line = |((law, test), rates): (&(String, String), &BySizes)| {
        let name = if test.is_empty() { law.clone() } else { format!("{law}, {test}") };
        let mut line = vec![name];
        line.extend(sizes.iter().map(|size| rates.get(size).map_or_else(String::new, |rate| pair(*rate))));
        line
    };
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&head, &lines.iter().map(line).collect::<Vec<_>>())
}

/// The rules that break alpha.
pub fn broken(broken: &[String]) -> String {
    let mut text = "False alarms above alpha:\n".to_owned();
    broken.iter().for_each(|line| text += &format!("- {line}\n"));
    text
}
