//! Files that cannot be read: an error with the path and the reason, exit code 3, and everything else still checked.

use std::io::Write;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Project, check, table};

/// `silver.a` over a source that cannot be read, `silver.b` over one that can.
#[track_caller]
fn assert_unreadable(project: Project, path: &str, why: &str) {
    let (ran, result) = project.json(&[]);
    ran.assert(3, "");
    let a = table(&result, "silver.a");
    assert_eq!(a["outcome"], "error");
    for check in a["checks"].as_array().expect("checks").iter().filter(|check| check["outcome"] != "pass") {
        assert_eq!((&check["outcome"], &check["reason"]["code"]), (&"error".into(), &"unreadable".into()), "{check:#}");
        let text = check["reason"]["text"].as_str().expect("a text");
        assert!(text.contains(path) && text.contains(why), "{path} and {why:?} are not in {text:?}");
    }
    assert_eq!(table(&result, "silver.b")["outcome"], "pass");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("in memory");
    encoder.finish().expect("in memory")
}

fn rows() -> String {
    (0..2_000).fold(String::from("id,amount\n"), |text, id| format!("{text}{id},{}.50\n", id * 7919 % 1000))
}

#[test]
fn missing() {
    let project = Project::with_two_tables().contract_of("a", "csv", "data/none.csv", "");
    assert_unreadable(project, "data/none.csv", "no such file");
}

#[test]
fn a_pattern_that_matches_nothing_and_an_empty_folder() {
    let project = Project::with_two_tables().contract_of("a", "csv", "\"data/x*.csv\"", "");
    assert_unreadable(project, "data/x*.csv", "no file matches");
    let project = Project::with_two_tables().file("empty/.keep", "").contract_of("a", "parquet", "empty", "");
    assert_unreadable(project, "empty", "holds no parquet file");
}

#[test]
fn truncated_gzip() {
    let whole = gzip(&rows());
    let project = Project::with_two_tables().file("data/a.csv.gz", &whole[..whole.len() / 2]).contract_of(
        "a",
        "csv",
        "data/a.csv.gz",
        "",
    );
    assert_unreadable(project, "data/a.csv.gz", "");
}

#[test]
fn text_empty_and_truncated_as_parquet() {
    let contents: [&[u8]; 4] =
        [b"", b"id,amount\n1,2\n", b"PAR1PAR1", b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\xff\xff\xff\x7fPAR1"];
    for content in contents {
        let project = Project::with_two_tables().file("data/a.parquet", content).contract_of(
            "a",
            "parquet",
            "data/a.parquet",
            "",
        );
        assert_unreadable(project, "data/a.parquet", "");
    }
}

#[test]
fn text_as_arrow() {
    let project = Project::with_two_tables().file("data/a.arrow", rows()).contract_of("a", "arrow", "data/a.arrow", "");
    assert_unreadable(project, "data/a.arrow", "");
}

#[test]
fn lines_that_are_not_json() {
    let lines = "{\"id\": 1, \"amount\": 2}\n{\"id\": 2, \"amo\n";
    let project = Project::with_two_tables().file("data/a.jsonl", lines).contract_of("a", "jsonl", "data/a.jsonl", "");
    assert_unreadable(project, "data/a.jsonl", "");
}

#[test]
fn a_ragged_line_and_bytes_that_are_not_utf_8() {
    let project = Project::with_two_tables().file("data/a.csv", "id,amount\n1,2\n2,3,4\n");
    assert_unreadable(project, "data/a.csv", "3");
    let project = Project::with_two_tables().file("data/a.csv", b"id,amount\n1,\xff\n");
    assert_unreadable(project, "data/a.csv", "UTF-8");
}

#[cfg(unix)]
#[test]
fn permission_denied() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let project = Project::with_two_tables();
    let mode = |path: &str, mode| {
        std::fs::set_permissions(project.path(path), std::fs::Permissions::from_mode(mode)).expect("changed");
    };
    mode("data/a.csv", 0o000);
    let mut command = project.command(&["check"]);
    let denied = std::fs::read(project.path("data/a.csv")).is_err();
    if !denied {
        // Root may read everything, so the binary is run by nobody; both have to be reachable for them.
        let nobody = 65534;
        std::fs::copy(command.get_program(), project.path("assay")).expect("copied");
        ["", "assay", "checks", "checks/silver", "data"].into_iter().for_each(|path| mode(path, 0o755));
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = Command::new(project.path("assay"));
        command.args(args).current_dir(project.path("")).uid(nobody).gid(nobody);
    }
    let ran = crate::support::ran(command);
    ran.assert(3, "");
    assert!(ran.out.contains("data/a.csv: permission denied"), "{ran:?}");
    assert!(ran.out.contains("✓ PASS   silver.b"), "{ran:?}");
}

#[test]
fn an_empty_table_is_evaluated() {
    let project = Project::with_two_tables()
        .file("data/a.csv", "id,amount\n")
        .contract("a", "checks:\n  - row_count: {min: 1}\n");
    let (ran, result) = project.json(&[]);
    ran.assert(1, "");
    let a = table(&result, "silver.a");
    assert_eq!(
        (&check(a, "row_count")["outcome"], &check(a, "amount.range")["outcome"]),
        (&"fail".into(), &"pass".into())
    );
    assert!(project.assay(&["check"]).out.contains("with 0 rows tested"));
}

#[test]
fn paths_are_found_from_any_folder() {
    let project = Project::with_two_tables();
    let mut command = project.command(&["check", "--format", "json", "--as-of", "2026-11-20"]);
    let below = crate::support::command(
        &project.path("checks/silver"),
        &["check", "--format", "json", "--as-of", "2026-11-20"],
    );
    let outside = {
        let path = project.path("checks");
        crate::support::command(
            std::path::Path::new("/"),
            &["check", &path.to_string_lossy(), "--format", "json", "--as-of", "2026-11-20"],
        )
    };
    let here = command.output().expect("runs").stdout;
    assert!(!here.is_empty());
    assert_eq!(String::from_utf8_lossy(&here), crate::support::ran(below).out);
    assert_eq!(String::from_utf8_lossy(&here), crate::support::ran(outside).out);
}
