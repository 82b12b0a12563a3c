//! Every broken contract, monitor and project of `tests/broken` is refused with placed, readable problems, and quickly.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use assay_contract::{Broken, Project, render};
use assay_core::problem::Problem;
use support::{Disk, World, no_env};

const LIMIT: Duration = Duration::from_millis(200);
/// The largest texts there can be, for which an unoptimised build gets more time.
const LIMIT_MADE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 200 });

/// The files of a folder of the corpus, by name.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = support::repository().join("tests/broken").join(folder);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .expect("the corpus is part of the repository")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("readable"))
        })
        .collect();
    files.sort();
    files
}

/// Loads a text and checks how it was refused, the fastest of three times; the problems as people see them.
fn refuse(load: &dyn Fn() -> Option<Broken>, limit: Duration) -> Result<String, String> {
    let mut fastest = Duration::MAX;
    let mut broken = None;
    for _ in 0..3 {
        let start = Instant::now();
        broken = load();
        fastest = fastest.min(start.elapsed());
        if fastest < limit {
            break;
        }
    }
    let broken = broken.ok_or("was accepted")?;
    let placed = |problem: &Problem| problem.span.is_some_and(|span| span.line > 0 && span.column > 0);
    if broken.problems.is_empty() {
        return Err("was refused without a reason".into());
    }
    if let Some(problem) = broken.problems.iter().find(|problem| !placed(problem)) {
        return Err(format!("has no place for: {problem:?}"));
    }
    if fastest >= limit {
        return Err(format!("took {fastest:?}"));
    }
    Ok(render(&broken.problems, &broken.sources))
}

/// Refuses each, snapshots each, and then tells of all that went wrong.
fn check<'a>(cases: impl Iterator<Item = (String, Box<dyn Fn() -> Option<Broken> + 'a>)>, limit: Duration) {
    let mut wrong = Vec::new();
    for (name, load) in cases {
        match refuse(&*load, limit) {
            Ok(rendered) if rendered.contains("eu-hush") => wrong.push(format!("{name} shows a secret")),
            Ok(rendered) => {
                insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(name, rendered) })
            }
            Err(why) => wrong.push(format!("{name} {why}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_broken_contract_is_refused_with_places() {
    let files = corpus("");
    assert!(files.len() >= 60, "the corpus has only {} files", files.len());
    let cases = files.into_iter().map(|(name, bytes)| {
        let shown = format!("tests/broken/{name}.yaml");
        (name, Box::new(move || World::on_disk().load(&shown, &bytes).err()) as Box<_>)
    });
    check(cases, LIMIT);
}

#[test]
fn every_broken_monitor_is_refused_with_places() {
    let files = corpus("monitors");
    assert!(files.len() >= 60, "the corpus has only {} monitors", files.len());
    let cases = files.into_iter().map(|(name, bytes)| {
        let shown = format!("tests/broken/monitors/{name}.yaml");
        (format!("monitor_{name}"), Box::new(move || World::on_disk().load_monitor(&shown, &bytes).err()) as Box<_>)
    });
    check(cases, LIMIT);
}

#[test]
fn every_broken_project_is_refused_with_places() {
    let cases = corpus("projects").into_iter().map(|(name, bytes)| {
        let shown = format!("tests/broken/projects/{name}.yaml");
        (format!("project_{name}"), Box::new(move || Project::load(&shown, &bytes, &no_env, &Disk).err()) as Box<_>)
    });
    check(cases, LIMIT);
}

const HEAD: &str = "assay: 1\ntable: silver.orders\nsource: {format: parquet, path: lake/silver/orders}\n";

/// Texts too large to keep: each costs a careless reader seconds, gigabytes or its stack.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let mega = 1 << 20;
    let text = |body: String| format!("{HEAD}{body}").into_bytes();
    let filled = |unit: &dyn Fn(usize) -> String| {
        let mut body = String::new();
        for n in 0.. {
            let next = unit(n);
            if body.len() + next.len() + HEAD.len() + 64 > mega {
                break;
            }
            body.push_str(&next);
        }
        body
    };
    let mut bomb = String::from("vars:\n  a0: &a0 [\"0123456789012345678901234567890123456789\"]\n");
    for level in 1..40 {
        let below = vec![format!("*a{}", level - 1); 50].join(", ");
        bomb.push_str(&format!("  a{level}: &a{level} [{below}]\n"));
    }
    let long = "x".repeat(500_000);
    vec![
        ("made_ten_megabytes", text("columns:\n".to_owned() + &"  column: string\n".repeat(620_000))),
        ("made_alias_bomb", text(bomb)),
        (
            "made_alias_of_long_text",
            text(format!("description: &d \"{long}\"\ntags: [{}]\n", vec!["*d"; 1000].join(", "))),
        ),
        (
            "made_variable_bomb",
            text(format!("vars: {{v: \"{long}\"}}\ntags: [{}]\n", vec!["\"${v}\""; 1000].join(", "))),
        ),
        ("made_deep_lists", text(format!("vars: {}", "[".repeat(100_000)))),
        ("made_deep_mappings", text(format!("vars: {}", "{a: ".repeat(100_000)))),
        ("made_deep_block_lists", text(format!("tags:\n{}x", "- ".repeat(100_000)))),
        ("made_deep_complex_keys", text(format!("vars:\n  {}x", "? ".repeat(100_000)))),
        ("made_closing_brackets", text(format!("tags: {}", "]".repeat(100_000)))),
        ("made_many_unknown_keys", text(filled(&|n| format!("key_{n}: 1\n")))),
        (
            "made_many_unknown_checks",
            text("columns:\n".to_owned() + &filled(&|n| format!("  c{n}: {{chek_{n}: 1}}\n"))),
        ),
        ("made_many_wrong_types", text("columns:\n".to_owned() + &filled(&|n| format!("  c{n}: typ_{n}\n")))),
        (
            "made_long_names",
            text("columns:\n".to_owned() + &filled(&|n| format!("  c{n}: {{{}: 1}}\n", "completeness_of_".repeat(50)))),
        ),
        ("made_one_duplicate_many_times", text(filled(&|_| "a: 1\n".to_owned()))),
        ("made_one_long_line", text(format!("owner: \"{}", "x".repeat(1_000_000)))),
        ("made_many_anchors", text("tags:\n".to_owned() + &filled(&|n| format!("- &a{n} x\n")) + "- *nothing\n")),
        ("made_many_placeholders", text(format!("description: \"{}\"\n", "${".repeat(400_000)))),
        ("made_long_sql", text(format!("rows: \"{} a = 1\"\n", "a = 1 or ".repeat(80_000)))),
        ("made_deep_sql", text(format!("rows: \"{}a{}\"\n", "(".repeat(20_000), ")".repeat(20_000)))),
        ("made_large_regex", text("columns:\n  a: {type: string, pattern: '((a{1000}){1000}){1000}'}\n".to_owned())),
        ("made_comments", text(filled(&|_| "# nothing\n".to_owned()) + "x: [\n")),
    ]
}

const MONITOR: &str = "assay: 1\nmonitor: m\nsource: {path: a.parquet}\nbaseline: {profile: b.parquet}\n";

/// Monitors as large as the budget of values lets through.
fn made_monitors() -> Vec<(&'static str, Vec<u8>)> {
    let lines = |count: usize, unit: &dyn Fn(usize) -> String| (0..count).map(unit).collect::<String>();
    let text = |body: String| format!("{MONITOR}{body}").into_bytes();
    let tests = |inner: &str| text(format!("columns: {{a: {{tests: {{{inner}}}}}}}\n"));
    let columns = lines(19_000, &|n| format!("  c{n}:\n"));
    let rule = lines(90, &|n| format!("drift.d{n}.fail or "));
    vec![
        (
            "made_monitor_columns",
            text(format!("columns:\n{}", lines(6_500, &|n| format!("  c{n}: {{tests: {{pis: 1}}}}\n")))),
        ),
        ("made_monitor_tests", tests(&lines(19_900, &|n| format!("t{n}: 1, ")))),
        ("made_monitor_limits", tests(&format!("ks: {{{}}}", lines(19_900, &|n| format!("w{n}: 1, "))))),
        ("made_monitor_segments", text(format!("segments:\n{}", lines(13_000, &|n| format!("- {{by: c{n}}}\n"))))),
        ("made_monitor_by", text(format!("segments: [{{by: [{}]}}]\n", lines(39_900, &|n| format!("c{n}, "))))),
        (
            "made_monitor_pairs",
            text(format!(
                "exclude: [c1]\ncolumns:\n{}correlations:\n  pairs:\n{}",
                lines(6_000, &|n| format!("  c{n}: categorical\n")),
                lines(8_000, &|n| format!("  - [c{n}, d]\n"))
            )),
        ),
        (
            "made_monitor_rule",
            text(format!("columns_only: true\nretrain: {{when: \"{rule}dataset.fail\"}}\ncolumns:\n{columns}")),
        ),
        ("made_monitor_deep_rule", text(format!("retrain: {{when: \"{}\"}}\n", "(".repeat(400_000)))),
        ("made_monitor_long_outcome", text(format!("retrain: {{when: \"drift{}\"}}\n", ".a".repeat(400_000)))),
        (
            "made_monitor_exclude",
            text(format!("columns:\n{columns}exclude: [{}c1]\n", lines(1_500, &|n| format!("c{n}, ")))),
        ),
        (
            "made_monitor_performance",
            text(format!("performance:\n{}", lines(13_000, &|n| format!("- {{metric: m{n}}}\n")))),
        ),
        ("made_monitor_keys", text(lines(19_900, &|n| format!("window_{n}: 1\n")))),
    ]
}

#[test]
fn hostile_monitors_are_refused_quickly() {
    let cases = made_monitors().into_iter().map(|(name, bytes)| {
        let shown = format!("{name}.yaml");
        (name.to_owned(), Box::new(move || World::on_disk().load_monitor(&shown, &bytes).err()) as Box<_>)
    });
    check(cases, LIMIT_MADE);
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let cases = made().into_iter().map(|(name, bytes)| {
        let shown = format!("{name}.yaml");
        (name.to_owned(), Box::new(move || World::on_disk().load(&shown, &bytes).err()) as Box<_>)
    });
    check(cases, LIMIT_MADE);
}
