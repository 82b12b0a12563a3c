//! What stands in pages as markup, and what never does.

use std::collections::BTreeSet;

use assay_core::run::{RunRecord, Samples};
use assay_core::verdict::{Outcome, Verdict};

use super::super::inline::hash;
use super::*;

const HOSTILE: &str = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}{% raw %}&lt;\u{202e}\u{1b}[2J\u{0}";

/// A run in which every text that comes from outside is hostile.
fn hostile_run() -> RunRecord {
    let mut run = fixture::run();
    run.tables.extend(fixture::monitor::run().tables);
    run.vars = vec![(HOSTILE.into(), HOSTILE.into())];
    run.notes = vec![HOSTILE.into()];
    for (at, table) in run.tables.iter_mut().enumerate() {
        table.table = format!("{HOSTILE}{at}");
        table.layer = Some(HOSTILE.into());
        table.owner = Some(HOSTILE.into());
        table.contract_path = HOSTILE.into();
        if let Some(snapshot) = &mut table.snapshot {
            snapshot.path = HOSTILE.into();
            snapshot.filter = Some(HOSTILE.into());
            snapshot.notes = vec![HOSTILE.into()];
        }
        for check in &mut table.checks {
            check.id = format!("{HOSTILE}.{}", check.id);
            check.why = Some(HOSTILE.into());
            check.tags = vec![HOSTILE.into()];
            check.verdict.message = format!("`{HOSTILE}` is {HOSTILE}");
            check.verdict.expected = Some(HOSTILE.into());
            check.verdict.notes = vec![HOSTILE.into()];
            if let Some(bins) = check.drift.as_mut().and_then(|drift| drift.bins.as_mut()) {
                bins.labels.iter_mut().for_each(|label| *label = HOSTILE.into());
            }
        }
    }
    let name = |name: &str| assay_core::engine::RowName::Key(vec![(name.into(), cell(HOSTILE))]);
    let row = assay_core::engine::SampleRow {
        name: name(HOSTILE),
        values: vec![(HOSTILE.into(), cell(&HOSTILE.repeat(40)))],
    };
    run.tables[0].checks[0].samples = Some(Samples { rows: Ok(vec![row]), of: 1 });
    run
}

fn cell(text: &str) -> assay_core::engine::Cell {
    assay_core::engine::Cell::Text(text.into())
}

/// Names of elements, and attributes with their values, as a browser would read them.
fn elements(page: &str) -> Vec<&str> {
    // the style and the script are no markup within
    let mut rest = page;
    let mut found = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("every element ends");
        found.push(&rest[..end]);
        for raw in ["style", "script"] {
            if &rest[..end] == raw {
                rest = &rest[rest.find(&format!("</{raw}")).expect("it ends")..];
            }
        }
    }
    found
}

#[test]
fn no_text_from_outside_becomes_markup() {
    let (plain, hostile) = (fixture_of_both(), hostile_run());
    let names = |page: &str| -> BTreeSet<String> {
        let name = |element: &&str| element.split([' ', '/']).next().unwrap_or_default().to_owned();
        elements(page).iter().map(name).collect()
    };
    let (plain, hostile) = (ran(&plain), ran(&hostile));
    assert_eq!(names(&hostile).difference(&names(&plain)).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(hostile.matches("<script").count(), 1);
    assert!(!hostile.contains("<img"));
    for element in elements(&hostile) {
        for attribute in [" onerror", " onclick", " style=", " src="] {
            assert!(!outside_of_quotes(element).contains(attribute), "{element}");
        }
    }
    // told as it is, where people read it
    assert!(hostile.contains("&lt;img src=x onerror=alert(1)&gt;"), "the text is there");
    assert!(hostile.contains("{{ 7*7 }}"));
}

fn fixture_of_both() -> RunRecord {
    let mut run = fixture::run();
    run.tables.extend(fixture::monitor::run().tables);
    run
}

/// An element without the values of its attributes.
fn outside_of_quotes(element: &str) -> String {
    element.split('"').step_by(2).collect()
}

#[test]
fn nothing_can_be_hidden_or_turned_around() {
    let page = ran(&hostile_run());
    let bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert_eq!(page.chars().find(|c| bad(*c)), None);
    assert!(page.contains("\\u{202e}"), "what cannot be seen is written out");
}

#[test]
fn the_policy_names_what_is_really_inlined() {
    for (name, page) in every_page() {
        let [style] = between(&page, "<style>", "</style>")[..] else { panic!("{name}: one style") };
        let [script] = between(&page, "<script>", "</script>")[..] else { panic!("{name}: one script") };
        let policy = format!(
            "content=\"default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\"",
            hash(style),
            hash(script)
        );
        assert!(page.contains(&policy), "{name}: {policy}");
        assert!(page.find("Content-Security-Policy") < page.find("<style>"), "{name}: the policy comes first");
    }
}

#[test]
fn pages_ask_nobody_for_anything() {
    for (name, page) in every_page() {
        let page = page.replace(&between(&page, "<style>", "</style>").concat(), "");
        for mark in ["src=", "url(", "@import", "http:", "https:", "//cdn"] {
            assert!(!page.contains(mark), "{name}: {mark}");
        }
        assert!(page.contains("<link rel=\"icon\" href=\"data:,\">"), "{name}: no request for an icon");
    }
}

#[test]
fn pages_have_one_heading_of_the_first_level_and_no_id_twice() {
    for (name, page) in every_page() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        let ids = between(&page, " id=\"", "\"");
        let unique: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: {ids:?}");
        let plain = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        assert!(ids.iter().all(plain), "{name}: {ids:?}");
        for target in between(&page, "href=\"#", "\"").iter().chain(&between(&page, "aria-labelledby=\"", "\"")) {
            assert!(unique.contains(target), "{name}: nothing has the id {target}");
        }
        let mut level = 1;
        for heading in between(&page, "<h", ">").iter().filter_map(|rest| rest.get(..1)?.parse::<u32>().ok()) {
            assert!(heading <= level + 1, "{name}: a heading of level {heading} follows one of level {level}");
            level = heading;
        }
    }
}

#[test]
fn elements_that_have_to_end_do() {
    for (name, page) in every_page() {
        for element in [
            "section", "div", "table", "ul", "dl", "dt", "dd", "details", "summary", "p", "span", "b", "i", "h2", "h3",
            "h4", "figure", "code", "small", "svg",
        ] {
            let begun = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(begun, page.matches(&format!("</{element}>")).count(), "{name}: {element}");
        }
    }
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    assert_eq!(every_page(), every_page());
}

#[test]
fn a_very_long_name_is_cut_in_lists_and_whole_in_its_section() {
    let long = "x".repeat(5_000);
    let mut run = fixture::run();
    run.tables[2].table = long.clone();
    run.tables[2].checks[0].verdict = Verdict::new(Outcome::Fail, "broken");
    let page = ran(&run);
    assert_eq!(page.matches(&long).count(), 1);
    assert!(page.contains(&format!("{}…", "x".repeat(160))));
}
