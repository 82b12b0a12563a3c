use std::collections::BTreeMap;
use std::path::Path;

use crate::support::Project;

#[test]
fn the_demo_finds_what_is_planted_and_nothing_else() {
    let project = Project::new();
    let ran = project.assay(&["demo", "--dir", "shop"]);
    ran.assert(0, "");
    assert!(ran.out.contains("All 25 planted defects were found, and nothing else was reported."), "{}", ran.out);
    assert!(!ran.out.contains("MISSED"), "{}", ran.out);

    // What is kept is a project like any other, and footers say what rows say.
    let shop = project.path("shop");
    let check = |args: &[&str]| crate::support::ran(crate::support::command(&shop, args));
    let result = check(&["check", "--as-of", "2026-11-20T06:00:00Z", "--format", "json", "--verify-footers"]);
    result.assert(1, "");
    crate::support::assert_valid(&serde_json::from_str(&result.out).expect("JSON"));

    project.assay(&["demo", "--dir", "shop"]).assert(2, "the folder `shop` is not empty");
    the_sample_is_the_report_of_the_demo(&shop.join("report"));
}

/// Every page of `reports/sample` is what the demo writes, to the byte, and there is no other.
fn the_sample_is_the_report_of_the_demo(report: &Path) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/sample");
    let (made, published) = (pages(report), pages(&sample));
    let names = |pages: &BTreeMap<String, Vec<u8>>| pages.keys().cloned().collect::<Vec<_>>();
    let mend = "run `assay demo --dir /tmp/shop && rm -r reports/sample && cp -r /tmp/shop/report reports/sample`";
    assert_eq!(names(&made), names(&published), "{mend}");
    for (name, bytes) in &made {
        assert!(published[name] == *bytes, "reports/sample/{name} is not what the demo writes: {mend}");
    }
}

/// The pages of a report by their path in it.
fn pages(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |path: &Path| std::fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let inside = |part: &str| {
        let entries = std::fs::read_dir(folder.join(part)).unwrap_or_else(|why| panic!("{part}: {why}"));
        entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|e| e == "html"))
    };
    let name = |path: &Path| path.strip_prefix(folder).expect("inside").display().to_string();
    ["", "tables", "models"].into_iter().flat_map(inside).map(|path| (name(&path), read(&path))).collect()
}
