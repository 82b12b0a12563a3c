//! The invariants of the architecture, as far as files can tell. Each is written as an absence: what must not be.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_checks::CHECKS;
use serde_json::Value;

/// Which of our crates each crate may stand on. Arrows point down only.
const MAY_USE: &[(&str, &[&str])] = &[
    ("assay-stats", &[]),
    ("assay-core", &["assay-stats"]),
    ("assay-checks", &["assay-core", "assay-stats"]),
    ("assay-contract", &["assay-core", "assay-checks", "assay-stats"]),
    ("assay-engine", &["assay-core", "assay-stats"]),
    ("assay-profile", &["assay-core", "assay-stats"]),
    ("assay-store", &["assay-core"]),
    ("assay-runner", &["assay-core", "assay-checks", "assay-stats"]),
    ("assay-report", &["assay-core", "assay-stats"]),
    ("assay-diff", &["assay-core", "assay-checks", "assay-contract", "assay-stats"]),
    ("assay-demo", &["assay-core"]),
    ("assay-notify", &["assay-core"]),
    ("assay-deliver", &["assay-core", "assay-notify"]),
    ("assay-daemon", &["assay-core", "assay-notify", "assay-report"]),
    (
        "assay",
        &[
            "assay-core",
            "assay-daemon",
            "assay-deliver",
            "assay-notify",
            "assay-checks",
            "assay-contract",
            "assay-demo",
            "assay-diff",
            "assay-engine",
            "assay-profile",
            "assay-runner",
            "assay-report",
            "assay-stats",
            "assay-store",
        ],
    ),
];

/// These take files, environment and clock as arguments and know no engine.
const PURE: &[&str] = &[
    "assay-stats",
    "assay-core",
    "assay-checks",
    "assay-contract",
    "assay-diff",
    "assay-runner",
    "assay-report",
    "assay-notify",
];

/// What a pure crate must not stand on.
const IMPURE: &[&str] = &[
    "arrow",
    "datafusion",
    "parquet",
    "polars",
    "tokio",
    "object_store",
    "reqwest",
    "clap",
    "indicatif",
    "anstream",
    "tempfile",
    "glob",
];

/// A file that is much longer than its neighbours has taken a second thing in.
const MOST_LINES: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// The ordinary dependencies of every workspace member.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().expect("a list").iter();
        all.filter(|dependency| dependency["kind"].is_null()).map(|dependency| text(&dependency["name"])).collect()
    };
    metadata["packages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|package| (text(&package["name"]), of(package)))
        .collect()
}

/// Files with an ending, below a folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn stems(folder: &str, ending: &str) -> BTreeSet<String> {
    let folder = root().join(folder);
    let of_folder = files(&folder, ending).into_iter().filter(|path| path.parent() == Some(&folder));
    of_folder.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn arrows_between_crates_point_down_only() {
    let members = dependencies();
    for (name, uses) in &members {
        let Some((_, may)) = MAY_USE.iter().find(|(known, _)| known == name) else {
            assert_eq!(name, "assay-tests", "say in MAY_USE what {name} may stand on");
            continue;
        };
        let ours: Vec<&String> = uses.iter().filter(|used| members.contains_key(*used)).collect();
        assert!(ours.iter().all(|used| may.contains(&used.as_str())), "{name} may not use all of {ours:?}");
    }
    assert!(MAY_USE.iter().all(|(name, _)| members.contains_key(*name)), "MAY_USE names a crate that is gone");
}

#[test]
fn only_the_engine_names_datafusion() {
    for (name, uses) in dependencies() {
        assert!(name == "assay-engine" || !uses.contains("datafusion"), "{name}");
    }
}

#[test]
fn only_the_profile_names_polars() {
    for (name, uses) in dependencies() {
        let names = uses.iter().any(|used| used.starts_with("polars"));
        assert!(name == "assay-profile" || !names, "{name}");
    }
}

#[test]
fn only_the_store_names_sqlite_and_postgresql() {
    for (name, uses) in dependencies() {
        assert!(name == "assay-store" || !["rusqlite", "postgres"].iter().any(|used| uses.contains(*used)), "{name}");
    }
}

#[test]
fn every_drift_test_is_registered() {
    let registered: BTreeSet<String> =
        assay_stats::drift::registry::TESTS.iter().map(|test| test.name().to_string()).collect();
    let files = stems("crates/assay-stats/src/drift", ".rs");
    assert!(registered.is_subset(&files), "{:?}", registered.difference(&files).collect::<Vec<_>>());
}

#[test]
fn pure_crates_know_no_engine_no_runtime_and_no_files() {
    let members = dependencies();
    for name in PURE {
        let impure: Vec<&String> = members[*name].iter().filter(|used| IMPURE.contains(&used.as_str())).collect();
        assert!(impure.is_empty(), "{name}: {impure:?}");
    }
}

#[test]
fn pure_crates_do_not_lift_the_bans_of_clippy_toml() {
    for name in PURE {
        for path in files(&root().join("crates").join(name).join("src"), ".rs") {
            let is_test = path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
            assert!(is_test || !read(&path).contains("clippy::disallowed_methods"), "{}", path.display());
        }
    }
}

#[test]
fn every_format_of_reports_is_registered() {
    let mut files = stems("crates/assay-report/src/formats", ".rs");
    assert!(files.remove("registry"));
    let registered: BTreeSet<String> = assay_report::FORMATS.iter().map(|format| format.name.to_string()).collect();
    assert_eq!(files, registered);
}

#[test]
fn every_code_of_a_reason_is_explained_and_used() {
    let mut explained = quoted_after(&read(&root().join("crates/assay/src/codes.rs")), &["name: "]);
    for of in ["drift", "daemon"] {
        explained.extend(quoted_after(&read(&root().join(format!("crates/assay/src/codes/{of}.rs"))), &["code("]));
    }
    let mut used = BTreeSet::new();
    let mut sources = String::new();
    for name in PURE.iter().chain(&["assay-engine", "assay-profile", "assay-store", "assay-daemon", "assay"]) {
        for path in files(&root().join("crates").join(name).join("src"), ".rs") {
            let of = |word: &str| path.components().any(|part| part.as_os_str().to_string_lossy().contains(word));
            if !of("test") && !of("fixture") && !of("codes") && !of("compliance") {
                let text = read(&path);
                let markers =
                    ["NotRun::error(", "NotRun::skipped(", "Stop::error(", "Stop::skipped(", "skipped(", "code: "];
                used.extend(quoted_after(&text, &markers));
                sources.push_str(&text);
            }
        }
    }
    // a `skipped(` of other meaning takes no code
    used.retain(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    let unexplained: Vec<_> = used.difference(&explained).collect();
    assert!(unexplained.is_empty(), "codes that crates/assay/src/codes does not explain: {unexplained:?}");
    let unused: Vec<_> = explained.iter().filter(|code| !sources.contains(&format!("\"{code}\""))).collect();
    assert!(unused.is_empty(), "codes that nothing gives any more: {unused:?}");
}

/// The first text in double quotes after each of the markers.
fn quoted_after(source: &str, markers: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for marker in markers {
        for (at, _) in source.match_indices(marker) {
            let rest = source[at + marker.len()..].trim_start();
            if let Some((text, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                found.insert(text.to_string());
            }
        }
    }
    found
}

#[test]
fn the_reference_pages_are_what_the_sources_say() {
    let pages = stems("docs/checks", ".md");
    let names: BTreeSet<String> =
        CHECKS.iter().map(|spec| spec.name.to_string()).chain(["README".to_string()]).collect();
    assert_eq!(pages, names, "pages in docs/checks, and checks");
    let index = read(&root().join("docs/checks/README.md"));
    for spec in CHECKS {
        let page = read(&root().join(format!("docs/checks/{}.md", spec.name)));
        let name = spec.name;
        assert!(page == assay_checks::docs(spec), "run `assay explain {name} > docs/checks/{name}.md`");
        assert!(index.contains(&format!("[`{name}`]({name}.md)")), "add {name} to docs/checks/README.md");
    }
}

#[test]
fn the_pages_of_drift_tests_are_what_the_sources_say() {
    let folder = root().join("docs/drift-tests");
    let pages = stems("docs/drift-tests", ".md");
    let known = assay_stats::drift::docs::pages().map(|(name, _)| name.to_string());
    let names: BTreeSet<String> = known.chain(["README".to_string()]).collect();
    assert_eq!(pages, names, "pages in docs/drift-tests, and what drift::docs::pages() gives");
    let index = read(&folder.join("README.md"));
    for (name, text) in assay_stats::drift::docs::pages() {
        let page = read(&folder.join(format!("{name}.md")));
        assert!(page == text, "run `assay explain {name} > docs/drift-tests/{name}.md`");
        assert!(index.contains(&format!("[`{name}`]({name}.md)")), "add {name} to docs/drift-tests/README.md");
    }
}

#[test]
fn no_source_file_grows_without_end() {
    for path in files(&root().join("crates"), ".rs").into_iter().chain(files(&root().join("tests"), ".rs")) {
        let lines = read(&path).lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_undone() {
    // Written apart, so that this file does not find itself.
    let unwanted = [["#[", "ignore"], ["todo", "!("], ["unimplemented", "!("], ["dbg", "!("], ["thread::", "sleep"]]
        .map(|parts| parts.concat());
    for path in files(&root().join("crates"), ".rs").into_iter().chain(files(&root().join("tests"), ".rs")) {
        let text = read(&path);
        for word in &unwanted {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in files(&root(), ".md") {
        let text = read(&path);
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let found = path.parent().expect("a folder").join(target);
            assert!(found.exists(), "{} links to {target}", path.display());
        }
    }
}
