//! Reports on paper.

use std::process::Command;

use assay_report::{Ran, Report};
use assay_tests::reports::{checks, every_outcome, table_history};

use crate::harness::{Audit, audit, run};
use crate::rendered::{Site, html};

/// The text of every printed page.
fn printed(name: &str, report: &Report<'_>) -> Vec<String> {
    let site = Site::new();
    let page = site.write(&format!("{name}.html"), &html(report));
    let seen = audit(&[page], &Audit { name: "paper", variants: "print", ..Audit::default() });
    let output = run(Command::new("pdftotext").args(["-layout", seen[0].text("pdf"), "-"]), "poppler-utils");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // every page ends with a form feed
    text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect()
}

#[test]
fn a_run_is_printed_whole() {
    let (outcomes, history) = (every_outcome(), table_history());
    let ran = Ran { history: Some(&history), ..Ran::new(&outcomes) };
    let pages = printed("run", &Report::Ran(ran));
    println!("a run with everything: {} pages", pages.len());
    assert!((2..=20).contains(&pages.len()), "{} pages", pages.len());
    assert!(pages[0].contains("silver.orders"), "the first page says what is broken:\n{}", pages[0]);
    let blank = pages.iter().filter(|page| page.trim().is_empty()).count();
    assert_eq!(blank, 0, "blank pages");
    let all = pages.join("\n");
    for text in ["ORD-00000007", "email.completeness", "marketing mails bounce", "fare_eta"] {
        assert!(all.contains(text), "{text} is not printed");
    }
    // a field to type into is of no use on paper
    assert!(!all.contains("Search"), "the search field is printed");
}

#[test]
fn a_long_run_is_printed_without_waste() {
    let run = checks(600);
    let pages = printed("long", &Report::Ran(Ran::new(&run)));
    println!("600 checks: {} pages", pages.len());
    assert!((5..=90).contains(&pages.len()), "{} pages", pages.len());
}
