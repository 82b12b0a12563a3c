//! Names, values and texts that mean something to a browser come out as the text that they are.

use std::collections::{BTreeMap, BTreeSet};

use assay_report::formats::text::printable;
use assay_report::{Ran, Report};
use assay_tests::hostile::{COUNT, strings};
use assay_tests::reports::{hostile_changes, hostile_history, hostile_problems, hostile_run, run_of};
use serde_json::Value;

use crate::harness::{Audit, Seen, assert_faultless, audit};
use crate::rendered::{Site, folder_of, html};

/// With its policy, without it (so that escaping alone has to hold), and without scripts of its own.
const VARIANTS: &str = "light,bypass,noscript";

/// Typed into the search field.
const TYPED: &str = "<img src=x onerror=window.__pwned=1>";

/// The elements of which one too many could do harm; how many there are depends on no string.
const COUNTED: [&str; 14] = [
    "html", "head", "body", "script", "style", "meta", "link", "base", "form", "input", "iframe", "object", "embed",
    "img",
];

fn read(name: &str, report: &Report<'_>, variants: &str, texts: &[String]) -> Vec<Seen> {
    let site = Site::new();
    let page = site.write(&format!("{name}.html"), &html(report));
    audit(&[page], &Audit { name: "hostile", variants, texts, filter: Some(TYPED), without_axe: true })
}

/// Hostile strings that a report shows whole, as it shows them: controls and marks that show nothing are written out.
fn shown() -> Vec<String> {
    let whole = |text: &String| text.chars().count() <= 60;
    let shown: Vec<String> =
        strings().iter().filter(|text| whole(text)).map(|text| printable(text).into_owned()).collect();
    assert!(shown.len() > COUNT / 2);
    shown
}

/// Words as long as the hostile strings.
fn harmless() -> Vec<String> {
    let word =
        |text: &String| text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { 'x' }).collect::<String>();
    strings().iter().enumerate().map(|(index, text)| format!("{}{index}", word(text))).collect()
}

/// Only kinds of elements that the same report has with harmless words, and as many of those that could do harm.
fn assert_same_elements(hostile: &[Seen], harmless: &Seen) {
    for facts in ["facts", "factsUsed"] {
        // nothing is used where there are no scripts
        for hostile in hostile.iter().filter(|seen| seen.at(facts).is_some()) {
            let kinds = |seen: &Seen| -> BTreeMap<String, Value> {
                let found = seen.at(&format!("{facts}/elements")).and_then(Value::as_object);
                found.map(|found| found.clone().into_iter().collect()).unwrap_or_default()
            };
            let (has, may) = (kinds(hostile), kinds(harmless));
            let added: Vec<&String> = has.keys().filter(|kind| !may.contains_key(*kind)).collect();
            assert!(added.is_empty(), "{}: {facts} holds {added:?}", hostile.text("variant"));
            for kind in COUNTED {
                let counts = [hostile, harmless].map(|seen| seen.elements(facts, kind));
                assert_eq!(counts[0], counts[1], "{} {facts} {kind}", hostile.text("variant"));
            }
        }
    }
}

#[test]
fn a_hostile_run_is_shown_as_text() {
    let (run, history, changes) = (hostile_run(), hostile_history(), hostile_changes());
    let ran = Ran { history: Some(&history), changes: Some(&changes), ..Ran::new(&run) };
    let hostile = read("hostile", &Report::Ran(ran), VARIANTS, &shown());
    assert_faultless(&hostile);
    let plain = run_of(&harmless());
    let harmless = read("harmless", &Report::Ran(Ran { run: &plain, ..ran }), "bypass", &[]);
    assert_same_elements(&hostile, &harmless[0]);
}

#[test]
fn hostile_changes_and_problems_are_shown_as_text() {
    let changes = hostile_changes();
    assert_faultless(&read("compared", &Report::Compared(&changes), VARIANTS, &shown()));
    let problems = hostile_problems();
    assert_faultless(&read("invalid", &Report::Invalid(&problems), VARIANTS, &shown()));
}

#[test]
fn pages_of_hostile_tables_and_models_stay_in_their_folder() {
    let run = hostile_run();
    let pages = folder_of(&Ran::new(&run));
    assert_eq!(pages.len(), 1 + run.tables.len(), "one for each, and the first");
    let folded: BTreeSet<String> = pages.iter().map(|page| page.path.to_lowercase()).collect();
    assert_eq!(folded.len(), pages.len(), "some file systems know no case");
    let longest = pages.iter().map(|page| page.path.len()).max();
    assert!(longest <= Some(200), "{longest:?}");

    let site = Site::new();
    let paths: Vec<&String> = pages.iter().map(|page| &page.path).collect();
    let every = paths.len() / 8;
    let chosen: BTreeSet<&String> = paths.iter().copied().step_by(every).collect();
    let files = site.write_pages(&pages, |path| chosen.iter().any(|chosen| *chosen == path));
    let how = Audit { name: "hostile-pages", variants: "bypass", texts: &[], filter: Some(TYPED), without_axe: true };
    assert_faultless(&audit(&files, &how));
}
