mod escaping;
mod folder;
mod overrides;
mod said;

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::change::ChangesRecord;
use assay_core::history::{FAILING, History, Point, PointCheck};
use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;

use super::*;
use crate::fixture;

/// A report with the built-in templates.
fn rendered(report: &Report<'_>) -> String {
    with(report, &Templates::default()).expect("the built-in templates render")
}

/// A run with nothing beside it.
fn ran(run: &RunRecord) -> String {
    rendered(&Report::Ran(Ran::new(run)))
}

fn with(report: &Report<'_>, templates: &Templates) -> io::Result<String> {
    let mut out = Vec::new();
    let result = Html(templates.clone()).render(report, &mut out);
    assert!(result.is_ok() || out.is_empty(), "half a page was written");
    result.map(|()| String::from_utf8(out).expect("pages are UTF-8"))
}

fn templates(files: &[(&str, &str)]) -> Templates {
    let files: BTreeMap<String, String> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Templates(Arc::new(files))
}

/// All pages that there are: runs of tables and of monitors, in one file and in a folder, changes, problems.
fn every_page() -> Vec<(String, String)> {
    let (tables, monitors, changes, past) = (fixture::run(), fixture::monitor::run(), changes(), past());
    let mut all = vec![
        ("changes".to_owned(), rendered(&Report::Compared(&changes))),
        ("problems".to_owned(), rendered(&Report::Invalid(&fixture::problems()))),
    ];
    for (name, run) in [("tables", &tables), ("monitors", &monitors)] {
        let ran = Ran { history: Some(&past), changes: Some(&changes), ..Ran::new(run) };
        all.push((name.to_owned(), rendered(&Report::Ran(ran))));
        let pages = pages(&ran, &Templates::default()).expect("the built-in templates render");
        let text = |page: Page| (page.path, String::from_utf8(page.bytes).expect("pages are UTF-8"));
        all.extend(pages.into_iter().map(text));
    }
    all
}

/// Six earlier runs of the table of orders; its key is broken since the fourth.
fn past() -> History {
    let point = |day: u32| {
        let outcome = if day >= 4 { Outcome::Fail } else { Outcome::Pass };
        let check = |id: &str, failing: f64| PointCheck {
            id: id.into(),
            outcome,
            figures: vec![(FAILING.into(), failing * f64::from(day))],
        };
        Point {
            at: format!("2026-11-0{day}T06:00:00Z"),
            outcome,
            rows: Some(9_000 + u64::from(day)),
            checks: vec![check("key", 0.0), check("email.completeness", 0.01)],
        }
    };
    History { documents: [("silver.orders".to_owned(), (1..=6).map(point).collect())].into() }
}

fn changes() -> ChangesRecord {
    fixture::changes::changes()
}

/// Everything between two marks, in order.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((inside, after)) = after.split_once(close) else { break };
        found.push(inside);
        rest = after;
    }
    found
}
