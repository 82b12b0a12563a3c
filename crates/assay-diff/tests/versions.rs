//! The next version.

mod support;

use assay_contract::Project;
use assay_core::change::{Change, ChangeVerdict};
use assay_diff::{Version, compare, next_version};
use support::{Memory, document, whole};

fn changes(base: &str, head: &str) -> Vec<Change> {
    let version = |text: &str| Version {
        documents: vec![
            document("checks/t.yaml", &whole(text), &Project::default(), &Memory::default()).expect("a document"),
        ],
    };
    compare(&version(base), &version(head)).changes
}

fn next(changes: &[Change], current: &str) -> String {
    let next = next_version(changes, Some(current));
    assert_eq!(next.current.as_deref(), Some(current));
    format!("{} {}", next.level, next.next.unwrap_or_default())
}

#[test]
fn the_worst_change_decides() {
    let breaking = changes("columns: {a: int64, b: int64}", "columns: {a: int64}\nowner: x");
    let tighter = changes("columns: {a: int64}", "columns: {a: {type: int64, required: true}}");
    let weaker = changes("schedule: '@hourly'", "schedule: '@daily'");
    let words = changes("owner: a", "owner: b");
    assert_eq!(breaking[0].verdict, ChangeVerdict::BreaksConsumers);
    assert_eq!(next(&breaking, "1.4.2"), "major 2.0.0");
    assert_eq!(next(&tighter, "1.4.2"), "minor 1.5.0");
    assert_eq!(next(&weaker, "1.4.2"), "minor 1.5.0");
    assert_eq!(next(&words, "1.4.2"), "patch 1.4.3");
    assert_eq!(next(&[], "1.4.2"), "none 1.4.2");
}

#[test]
fn before_the_first_the_leftmost_number_that_is_not_zero_tells() {
    let breaking = changes("columns: {a: int64, b: int64}", "columns: {a: int64}");
    let tighter = changes("columns: {a: int64}", "columns: {a: {type: int64, required: true}}");
    assert_eq!(next(&breaking, "0.3.1"), "minor 0.4.0");
    assert_eq!(next(&tighter, "0.3.1"), "patch 0.3.2");
    assert_eq!(next(&breaking, "0.0.4"), "patch 0.0.5");
    assert_eq!(next(&breaking, "v1.0.0-rc.1+build"), "major v2.0.0");
}

#[test]
fn what_is_no_version_gives_a_level_alone() {
    let words = changes("owner: a", "owner: b");
    for current in ["", "1", "1.2", "1.2.3.4", "01.2.3", "a.b.c", "1.2.-3", "99999999999999999999.0.0"] {
        let next = next_version(&words, Some(current));
        assert_eq!((next.level, next.next), ("patch", None), "{current}");
    }
    assert_eq!(next_version(&words, None).level, "patch");
    assert_eq!(next(&words, "1.2.18446744073709551615"), "patch ");
}
