//! Reports that are folders.

use std::collections::BTreeSet;

use assay_core::run::RunRecord;

use super::*;

fn folder(run: &RunRecord) -> Vec<(String, String)> {
    let pages = pages(&Ran::new(run), &Templates::default()).expect("the built-in templates render");
    pages.into_iter().map(|page| (page.path, String::from_utf8(page.bytes).expect("UTF-8"))).collect()
}

#[test]
fn every_table_and_model_has_a_page() {
    let mut run = fixture::run();
    run.tables.extend(fixture::monitor::run().tables);
    let paths: Vec<String> = folder(&run).into_iter().map(|(path, _)| path).collect();
    // two windows of fare_eta are one page
    let expected = [
        "index.html",
        "models/fare_eta.html",
        "tables/bronze.raw.html",
        "tables/silver.orders.html",
        "models/surge_v2.html",
        "tables/gold.rates.html",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn links_lead_to_what_is_there() {
    let mut run = fixture::run();
    run.tables.extend(fixture::monitor::run().tables);
    let pages = folder(&run);
    let (_, index) = &pages[0];
    let mut links = 0;
    for link in between(index, "href=\"", "\"").into_iter().filter(|link| !link.starts_with(['#', 'd'])) {
        links += 1;
        let (path, id) = link.split_once('#').unwrap_or((link, ""));
        let (_, page) = pages.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("no page {link}"));
        assert!(id.is_empty() || page.contains(&format!(" id=\"{id}\"")), "{link}");
    }
    assert!(links > 10, "{links} links");
    for (path, page) in &pages[1..] {
        assert!(page.contains("href=\"../index.html\""), "{path} leads back");
    }
}

#[test]
fn names_never_leave_the_folder_and_never_meet() {
    let names = ["../x", "CON", "", "🙂", "Silver.Orders", "silver.orders", "a/b", "a\\b", "index"];
    let mut run = fixture::run();
    run.tables = names
        .iter()
        .copied()
        .chain([&*"x".repeat(5_000), &*"x".repeat(5_001)])
        .map(|name| fixture::table(name, vec![]))
        .collect();
    let pages = folder(&run);
    let lower: BTreeSet<String> = pages.iter().map(|(path, _)| path.to_lowercase()).collect();
    assert_eq!(lower.len(), 12, "{lower:?}");
    for (path, _) in &pages[1..] {
        let name = path.strip_prefix("tables/").expect("tables have a folder");
        let stem = name.strip_suffix(".html").expect("pages end in .html");
        assert!(!stem.is_empty() && stem.len() < 100 && !stem.starts_with('.'), "{path}");
        assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{path}");
    }
}
