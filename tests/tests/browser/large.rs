//! Reports on much: how many bytes they have, and how quickly a browser shows, scrolls, filters and sorts them.
//!
//! Bounds on time are some ten times what an ordinary machine takes, for slow ones that do other things, too; what was
//! measured is printed (`--nocapture`).

use assay_report::{Ran, Report};
use assay_tests::reports::{checks, checks_of_one_table, columns};
use serde_json::Value;

use crate::harness::{Audit, assert_faultless, audit, measure};
use crate::rendered::{Site, folder_of, html};

const KB: usize = 1000;

#[test]
fn reports_on_many_columns_stay_small() {
    for (n, drifted, most) in [(20, 6, 150 * KB), (20, 20, 150 * KB), (200, 20, 1000 * KB), (200, 200, 1000 * KB)] {
        let (run, history) = columns(n, drifted);
        let ran = Ran { history: Some(&history), ..Ran::new(&run) };
        let size = html(&Report::Ran(ran)).len();
        println!("{n} columns, {drifted} of them drifted: {size} bytes");
        assert!(size <= most, "{n} columns, {drifted} of them drifted: {size} bytes, at most {most}");
        let largest = folder_of(&ran).into_iter().max_by_key(|page| page.bytes.len()).expect("a page");
        assert!(largest.bytes.len() <= most, "{}: {} bytes, at most {most}", largest.path, largest.bytes.len());
    }
}

#[test]
fn a_model_of_many_columns_is_faultless_and_quick() {
    let (run, history) = columns(200, 20);
    let ran = Ran { history: Some(&history), ..Ran::new(&run) };
    let site = Site::new();
    let page = site.write("columns.html", &html(&Report::Ran(ran)));
    let every = run.tables[0].checks.iter().map(|check| check.column.clone().expect("a column")).collect::<Vec<_>>();
    let how = Audit {
        name: "large",
        variants: "light,noscript",
        texts: &every,
        filter: Some("city"),
        // of the same report on fewer columns, `kinds` asks for them
        without_axe: true,
    };
    assert_faultless(&audit(std::slice::from_ref(&page), &how));
    assert_quick("200 columns", &measure(&page, "zzzz"));
}

#[test]
fn three_thousand_checks_are_quick() {
    let run = checks(3000);
    let site = Site::new();
    let page = site.write("checks.html", &html(&Report::Ran(Ran::new(&run))));
    let quick = measure(&page, "silver.table_001");
    assert_quick("3,000 checks of 50 tables", &quick);

    let one = checks_of_one_table(3000);
    let site = Site::new();
    let pages = site.write_pages(&folder_of(&Ran::new(&one)), |path| path.contains("silver.orders"));
    let quick = measure(&pages[0], "column_0003");
    assert_quick("3,000 checks of one table", &quick);
    let rows: Vec<u64> = quick["filter"]["rows"].as_array().expect("rows").iter().filter_map(Value::as_u64).collect();
    let [before, filtered, after] = rows[..] else { panic!("{rows:?}") };
    assert!(filtered < before / 10 && after >= before, "the filter leaves {filtered} of {before}, then {after}");
}

/// Milliseconds.
fn assert_quick(what: &str, quick: &Value) {
    println!("{what}: {quick}");
    let at = |path: &str| quick.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{what}: no {path}"));
    assert!(at("/load/contentLoaded") <= 8000, "{what}: {}", quick["load"]);
    assert_eq!(quick["scroll"]["reachedEnd"], Value::Bool(true), "{what}: {}", quick["scroll"]);
    assert!(at("/scroll/longTasks/longest") <= 1500, "{what}: {}", quick["scroll"]);
    assert!(at("/scroll/gap/p95") <= 500, "{what}: {}", quick["scroll"]);
    for path in ["/filter/took", "/filter/cleared", "/sort/took"] {
        if quick.pointer(path).is_some() {
            assert!(at(path) <= 4000, "{what}: {path} {quick}");
        }
    }
}
