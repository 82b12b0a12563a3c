//! Runs the specs of `tests/specs`.

#![allow(clippy::disallowed_methods, reason = "the folder of specs is listed")]

use std::path::Path;

use assay_tests::specs::run_spec;

#[test]
fn every_spec_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let files = std::fs::read_dir(&folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let is_spec = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|e| e == "md") && path.file_stem().is_some_and(|name| name != "README")
    };
    let mut specs: Vec<_> = files.filter(is_spec).collect();
    specs.sort();
    assert!(!specs.is_empty());
    let wrong: Vec<String> = specs.iter().flat_map(|path| run_spec(path)).collect();
    assert!(wrong.is_empty(), "{} expectations do not hold:\n{}", wrong.len(), wrong.join("\n"));
}
