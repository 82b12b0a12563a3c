//! Every kind of page, in every variant.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assay_core::run::RunRecord;
use assay_report::{Ran, Report};
use assay_tests::reports::{changes, checks, every_outcome, problems, run, table_history};

use crate::harness::{Audit, Seen, assert_faultless, audit};
use crate::rendered::{Site, folder_of, html};

const ALL: &str = "light,dark,narrow,print,noscript,bypass";

fn ids(run: &RunRecord) -> Vec<String> {
    run.tables.iter().flat_map(|table| &table.checks).map(|check| check.id.clone()).collect()
}

fn read(name: &str, report: &Report<'_>, texts: &[String]) -> Vec<Seen> {
    let site = Site::new();
    let page = site.write(&format!("{name}.html"), &html(report));
    audit(&[page], &Audit { name: "kinds", variants: ALL, texts, filter: Some("email"), without_axe: false })
}

#[test]
fn a_run_with_everything_is_faultless() {
    let (run, history, changes) = (every_outcome(), table_history(), changes());
    let ran = Ran { history: Some(&history), changes: Some(&changes), ..Ran::new(&run) };
    let seen = read("run", &Report::Ran(ran), &ids(&run));
    assert_faultless(&seen);
    // the search field is the script's, so that nothing is offered that does not work
    let fields = |variant: &str| {
        let of = seen.iter().find(|seen| seen.text("variant") == variant).expect("it was read");
        of.at("used/fields").and_then(serde_json::Value::as_u64)
    };
    assert!(fields("light") >= Some(1), "there is no search field");
}

#[test]
fn pages_of_tables_and_models_are_faultless_and_link_to_each_other() {
    let (run, history) = (every_outcome(), table_history());
    let ran = Ran { history: Some(&history), ..Ran::new(&run) };
    let site = Site::new();
    let files = site.write_pages(&folder_of(&ran), |_| true);
    let chosen = ["index.html", "silver.orders.html", "bronze.raw.html", "fare_eta.html"];
    let pages: Vec<PathBuf> = chosen
        .iter()
        .map(|name| files.iter().find(|file| file.ends_with(name)).unwrap_or_else(|| panic!("no {name}")).clone())
        .collect();
    let seen =
        audit(&pages, &Audit { name: "pages", variants: ALL, texts: &[], filter: Some("email"), without_axe: false });
    assert_faultless(&seen);
    let mut reached = BTreeSet::new();
    for (page, seen) in pages.iter().zip(seen.iter().filter(|seen| seen.text("variant") == "light")) {
        for url in seen.list("facts/urls").iter().filter_map(|url| url.as_str()?.strip_prefix("a href=")) {
            let target = page.parent().expect("a folder").join(url.split('#').next().unwrap_or_default());
            assert!(target.is_file(), "{} links to {url}", page.display());
            reached.insert(target.canonicalize().expect("it is there"));
        }
    }
    assert_eq!(reached.len(), files.len(), "every page is linked to, the first one, too");
}

#[test]
fn contracts_compared_are_faultless() {
    let changes = changes();
    let texts: Vec<String> = changes.changes.iter().map(|change| change.message.replace('`', "")).collect();
    let seen = read("compared", &Report::Compared(&changes), &[]);
    assert_faultless(&seen);
    assert_eq!(texts.len(), 6);
}

#[test]
fn invalid_files_are_faultless() {
    assert_faultless(&read("invalid", &Report::Invalid(&problems()), &["the variable `region` has no value".into()]));
}

#[test]
fn a_run_without_tables_and_one_without_faults_are_faultless() {
    let empty = run(vec![]);
    assert_faultless(&read("empty", &Report::Ran(Ran::new(&empty)), &[]));
    let mut clean = checks(20);
    clean.tables[0].checks.retain(|check| check.verdict.message.starts_with("100%"));
    assert_faultless(&read("clean", &Report::Ran(Ran::new(&clean)), &ids(&clean)));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (run, history, changes) = (every_outcome(), table_history(), changes());
    let ran = Ran { history: Some(&history), changes: Some(&changes), ..Ran::new(&run) };
    assert!(html(&Report::Ran(ran)) == html(&Report::Ran(ran)));
    assert!(folder_of(&ran) == folder_of(&ran));
    let again = every_outcome();
    let ran_again = Ran { run: &again, ..ran };
    assert!(html(&Report::Ran(ran)) == html(&Report::Ran(ran_again)));
}
