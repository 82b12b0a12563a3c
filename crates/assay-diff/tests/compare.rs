//! The cases of `tests/cases`: two versions of a document, and all that comes out.
#![allow(clippy::disallowed_methods, reason = "tests read their cases")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assay_core::change::Change;
use assay_diff::{CODES, compare, find};
use support::{Case, cases};

fn all() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    files.iter().flat_map(|path| cases(&read(path)).into_iter().map(|case| (name(path), case))).collect()
}

/// `code: message`, or the code alone where the case says no message.
fn line(change: &Change, expected: &[String]) -> String {
    let whole = format!("{}: {}", change.code, change.message);
    if expected.contains(&whole) { whole } else { change.code.to_owned() }
}

#[test]
fn every_case_gives_what_it_says() {
    let mut wrong = Vec::new();
    for (file, case) in all() {
        let found = compare(&case.base.version(), &case.head.version());
        let lines: Vec<String> = found.changes.iter().map(|change| line(change, &case.expect)).collect();
        if lines != case.expect {
            let whole: Vec<String> = found.changes.iter().map(|c| format!("  {}: {}", c.code, c.message)).collect();
            wrong.push(format!("{file}: {}\nexpected {:#?}\nfound\n{}", case.title, case.expect, whole.join("\n")));
        }
        for change in &found.changes {
            let code = find(change.code).unwrap_or_else(|| panic!("no code {}", change.code));
            assert_eq!(change.verdict, code.verdict, "{}", change.code);
            assert!(change.at.line > 0, "{}: {change:?}", case.title);
            assert!(!change.message.ends_with('.') && !change.message.contains('\n'), "{}", change.message);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_version_does_not_differ_from_itself() {
    for (file, case) in all() {
        for side in [&case.base, &case.head] {
            let (once, again) = (side.version(), side.version());
            assert_eq!(compare(&once, &again).changes, [], "{file}: {}", case.title);
        }
    }
}

#[test]
fn every_code_comes_out_of_some_case() {
    let seen: BTreeSet<String> = all()
        .iter()
        .flat_map(|(_, case)| case.expect.clone())
        .map(|line| line.split(':').next().unwrap_or_default().to_owned())
        .collect();
    let never: Vec<&str> = CODES.iter().map(|code| code.name).filter(|name| !seen.contains(*name)).collect();
    assert!(never.is_empty(), "no case for {never:?}");
}
