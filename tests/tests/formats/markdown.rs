//! Markdown, as GitHub's own renderer, markdown-it and marked make HTML of it: all of them with raw HTML and links of
//! bare addresses allowed, which is more than those allow who show comments.

use std::collections::BTreeMap;

use assay_report::Report;
use assay_report::formats::github::summary;
use assay_report::formats::text::printable;
use assay_tests::hostile::strings;
use assay_tests::reports;
use serde_json::Value;

use crate::consumers::{cases, files, node, python, rendered};

/// What our pages are made of.
const OURS: &[&str] =
    &["h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "code", "ul", "li", "br"];

/// What each renderer made of each page.
fn seen(pages: Vec<String>) -> Vec<BTreeMap<String, Value>> {
    let (_folder, paths) = files(pages);
    node("markdown.mjs", &paths);
    let of = |value: Value| serde_json::from_value(value).expect("an object");
    python("markdown.py", &paths).into_iter().map(of).collect()
}

fn assert_ours(name: &str, renderer: &str, seen: &Value) {
    let elements = seen["elements"].as_object().expect("elements");
    let foreign: Vec<&String> = elements.keys().filter(|element| !OURS.contains(&element.as_str())).collect();
    assert!(foreign.is_empty(), "{name}, {renderer}: {foreign:?}");
    assert_eq!(seen["strange"], Value::Array(vec![]), "{name}, {renderer}");
    assert_eq!(seen["attributes"], Value::Array(vec![]), "{name}, {renderer}");
    // what GitHub looks for in text outside of code: mentions, issues, commits, addresses, emoji
    let prose = seen["prose"].as_str().expect("a text");
    for text in prose.split('\0') {
        assert!(!text.contains(['@', '#', '`', '~', '*', '_', '<', '>', '\\']), "{name}, {renderer}: {text}");
        let lower = text.to_lowercase();
        for begin in ["http", "www.", "gh-", "://", "mailto:"] {
            assert!(!lower.contains(begin), "{name}, {renderer}: {text}");
        }
        let is_hash = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!text.split(|c: char| !c.is_alphanumeric()).any(is_hash), "{name}, {renderer}: {text}");
    }
}

#[test]
fn nothing_but_our_elements_appears() {
    let cases = cases();
    let comments = cases.iter().map(|case| rendered("markdown", &case.report()));
    let summaries = cases.iter().map(|case| summary(&case.report(), usize::MAX));
    let pages = seen(comments.chain(summaries).collect());
    assert_eq!(pages.len(), cases.len() * 2);
    for (case, page) in cases.iter().chain(&cases).zip(&pages) {
        assert_eq!(page.len(), 3);
        for (renderer, seen) in page {
            assert_ours(case.name, renderer, seen);
        }
    }
}

#[test]
fn every_hostile_string_is_shown_as_it_is() {
    let run = reports::hostile_run();
    let changes = reports::hostile_changes();
    let problems = reports::hostile_problems();
    let reports = [Report::Ran(assay_report::Ran::new(&run)), Report::Compared(&changes), Report::Invalid(&problems)];
    let pages = seen(reports.iter().map(|report| summary(report, usize::MAX)).collect());
    for page in &pages {
        for (renderer, seen) in page {
            let text = seen["text"].as_str().expect("a text");
            for string in strings() {
                let begin: String = string.chars().take(200).collect();
                assert!(text.contains(&*printable(&begin)), "{renderer}: {begin}");
            }
        }
    }
}

#[test]
fn rows_are_rows_of_tables_for_every_renderer() {
    let run = reports::hostile_run();
    let pages = seen(vec![summary(&Report::Ran(assay_report::Ran::new(&run)), usize::MAX)]);
    let cells = |seen: &Value, element: &str| seen["elements"][element].as_u64().unwrap_or(0);
    let of: Vec<[u64; 4]> =
        pages[0].values().map(|seen| ["tr", "td", "th", "strong"].map(|element| cells(seen, element))).collect();
    assert!(of.iter().all(|counts| *counts == of[0]), "{of:?}");
    // a row for each table and window at least, and a block for each finding
    assert!(of[0][0] > run.tables.len() as u64, "{of:?}");
    assert_eq!(of[0][3], 4 * strings().len() as u64);
}

#[test]
fn five_thousand_failures_fit_a_step_summary() {
    const LIMIT: usize = 900_000;
    let mut run = reports::checks(5_000);
    for check in run.tables.iter_mut().flat_map(|table| &mut table.checks) {
        check.verdict.outcome = assay_core::verdict::Outcome::Fail;
        check.verdict.message = "| a | long [message](https://x.example) of @nobody ".repeat(40);
    }
    let text = summary(&Report::Ran(assay_report::Ran::new(&run)), LIMIT);
    assert!(text.len() <= LIMIT && text.len() > LIMIT / 2, "{}", text.len());
    let pages = seen(vec![text.clone()]);
    for (renderer, seen) in &pages[0] {
        assert_ours("summary", renderer, seen);
        let shown = seen["elements"]["strong"].as_u64().expect("blocks");
        let rest = grouped(5_000 - shown);
        assert!(text.contains(&format!("\n… and {rest} more findings\n")), "{renderer}: {shown}");
    }
}

/// `4,321`.
fn grouped(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        _ => format!("{},{:03}", n / 1_000, n % 1_000),
    }
}

#[test]
fn comments_keep_to_what_a_comment_holds() {
    for case in cases() {
        let text = rendered("markdown", &case.report());
        assert!(text.chars().count() <= 65_536, "{}: {}", case.name, text.len());
    }
}
