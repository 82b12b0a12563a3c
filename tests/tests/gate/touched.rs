//! What a gate runs, and why: contracts that change, and those that stand on what changes.

use assay_tests::repository::Repository;

use crate::project::{CUSTOMERS, MONITOR, ORDERS, change, changes, notes, numbers, project, ran};

/// What ran, and the notes.
fn gate(repository: &Repository) -> (Option<i32>, Vec<String>, String) {
    let (ended, result) = repository.json(&["gate", "--base", "main"]);
    (ended.code, ran(&result).into_iter().map(str::to_owned).collect(), notes(&result))
}

#[test]
fn a_gate_runs_what_changes_and_what_references_it() {
    let repository = project();
    repository.edit(CUSTOMERS, "name: string", "name: {type: string, required: true}").commit("names are required");
    let (code, ran, notes) = gate(&repository);
    assert_eq!((code, ran), (Some(0), vec!["silver.customers".to_string(), "silver.orders".to_string()]), "{notes}");
    assert!(notes.contains("silver.customers ran: it changes (check_added)"), "{notes}");
    assert!(notes.contains("silver.orders ran: it references `silver.customers`, which the change touches"), "{notes}");
    assert!(notes.contains("not run, because the change does not touch them: gold.revenue, eta"), "{notes}");
}

#[test]
fn a_gate_runs_what_reads_changed_data() {
    let repository = project();
    repository.write("data/revenue.csv", "day,total\n2026-11-20,-1\n").commit("new numbers");
    let (code, ran, notes) = gate(&repository);
    assert_eq!((code, ran), (Some(1), vec!["gold.revenue".to_string()]), "{notes}");
    assert!(notes.contains("gold.revenue ran: its data change: `data/revenue.csv`"), "{notes}");

    // a file that is new and not committed, found by a pattern
    let repository = project();
    repository.edit("checks/gold/revenue.yaml", "data/revenue.csv", "\"data/rev*/*.csv\"");
    repository.write("data/revenue/a.csv", "day,total\n2026-11-19,845\n").commit("one file each day");
    repository.git(&["branch", "--force", "main"]);
    repository.write("data/revenue/b.csv", "day,total\n2026-11-20,12\n");
    let (code, _, notes) = gate(&repository);
    assert_eq!(code, Some(0));
    assert!(notes.contains("its data change: `data/revenue/b.csv`"), "{notes}");

    // what a monitor reads
    let repository = project();
    repository.write("data/live.csv", numbers(500, 60)).commit("the world moves");
    let (code, ran, notes) = gate(&repository);
    assert_eq!((code, ran), (Some(1), vec!["eta".to_string()]), "{notes}");
}

#[test]
fn a_file_that_changes_within_one_tick_of_the_clock_is_seen() {
    let repository = project();
    // the file as it is committed, the index, and the file as it is now: all of one time and one size
    repository.git(&["config", "core.trustctime", "false"]);
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(10);
    let touch = |path: &str| {
        let file = std::fs::File::options().write(true).open(repository.path(path)).expect("a file");
        file.set_modified(then).expect("its time is set");
    };
    touch("data/revenue.csv");
    repository.git(&["update-index", "--refresh", "--really-refresh"]);
    repository.write("data/revenue.csv", "day,total\n2026-11-19,846\n");
    touch("data/revenue.csv");
    touch(".git/index");
    let (code, ran, notes) = gate(&repository);
    assert_eq!((code, ran), (Some(0), vec!["gold.revenue".to_string()]), "{notes}");
}

#[test]
fn a_gate_runs_what_changed_code_produces() {
    let repository = project();
    repository
        .edit(
            "checks/gold/revenue.yaml",
            "columns:",
            "produced_by: [pipelines/revenue.sql, \"dags/gold/**\"]\ncolumns:",
        )
        .write("pipelines/revenue.sql", "select 1\n")
        .write("dags/gold/a/b.py", "pass\n")
        .commit("it says what produces it");
    repository.git(&["branch", "--force", "main"]);
    for (file, text) in [("pipelines/revenue.sql", "select 2\n"), ("dags/gold/a/b.py", "fail\n")] {
        repository.write(file, text);
        let (code, ran, notes) = gate(&repository);
        assert_eq!((code, ran), (Some(0), vec!["gold.revenue".to_string()]), "{notes}");
        assert!(notes.contains(&format!("what produces it changes: `{file}`")), "{notes}");
        repository.git(&["checkout", "--quiet", "--", "."]);
    }
    repository.write("pipelines/other.sql", "select 3\n");
    let text = repository.assay(&["gate", "--base", "main"]);
    text.assert(0, "nothing ran: the change touches no contract that is enabled").assert(0, "no contract changes");
}

#[test]
fn a_gate_runs_what_names_changed_packs_codes_and_baselines() {
    let repository = project();
    repository
        .write("checks/packs/audit.yaml", "assay: 1\npack: audit\ncolumns:\n  day: {required: true}\n")
        .edit("checks/gold/revenue.yaml", "table: gold.revenue", "table: gold.revenue\nextends: [../packs/audit.yaml]")
        .write("checks/silver/status.csv", "placed\npaid\nshipped\n")
        .edit(ORDERS, "in: [placed, paid, shipped]", "in: {file: status.csv}");
    let made = repository.assay(&["baseline", "create", "eta", "--from", "data/train.csv", "--type", "x=float64"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    repository.edit(
        MONITOR,
        "baseline: {from: {format: csv, path: data/train.csv}}",
        "baseline: {profile: baselines/eta.baseline.parquet}",
    );
    let baseline =
        std::fs::read_dir(repository.path("baselines")).expect("a folder").next().expect("a file").expect("one");
    std::fs::rename(baseline.path(), repository.path("baselines/eta.baseline.parquet")).expect("renamed");
    std::fs::remove_dir_all(repository.path(".assay")).expect("removed");
    repository.commit("files beside contracts");
    repository.git(&["branch", "--force", "main"]);

    repository.write("checks/silver/status.csv", "placed\npaid\n");
    let (code, ran, told) = gate(&repository);
    assert_eq!((code, ran), (Some(1), vec!["silver.orders".to_string()]), "{told}");
    assert!(told.contains("a file that it names changes: `checks/silver/status.csv`"), "{told}");
    repository.git(&["checkout", "--quiet", "--", "."]);

    repository.edit("checks/packs/audit.yaml", "required: true", "required: true, description: when");
    let (code, ran, told) = gate(&repository);
    assert_eq!((code, ran), (Some(0), vec!["gold.revenue".to_string()]), "{told}");
    repository.git(&["checkout", "--quiet", "--", "."]);

    repository.write("data/train.csv", numbers(800, 0));
    repository.assay(&["baseline", "create", "eta2", "--from", "data/train.csv", "--type", "x=float64"]).assert(0, "");
    let files =
        std::fs::read_dir(repository.path("baselines")).expect("a folder").map(|file| file.expect("one").path());
    let made = files.into_iter().find(|path| path.to_string_lossy().contains("eta2")).expect("the new one");
    std::fs::rename(made, repository.path("baselines/eta.baseline.parquet")).expect("replaced");
    repository.git(&["checkout", "--quiet", "--", "data"]);
    let (ended, result) = repository.json(&["gate", "--base", "main"]);
    assert_eq!((ended.code, crate::project::ran(&result)), (Some(1), vec!["eta"]), "{}", notes(&result));
    assert_eq!(change(&result, "baseline_replaced")["verdict"], "monitoring-weakened");
    assert!(notes(&result).contains("its baseline changes: `baselines/eta.baseline.parquet`"), "{}", notes(&result));
}

#[test]
fn renames_are_followed() {
    let repository = project();
    repository.git(&["mv", ORDERS, "checks/silver/purchases.yaml"]);
    repository
        .edit("checks/silver/purchases.yaml", "silver.orders", "silver.purchases")
        .edit("checks/silver/purchases.yaml", "  items: {", "  pieces: {")
        .edit("checks/silver/purchases.yaml", "[0, 1000]", "[0, 700]")
        .edit("data/orders.csv", ",items", ",pieces")
        .commit("renamed: the file, the table, and a column");
    let (_, result) = repository.json(&["gate", "--base", "main"]);
    let codes: Vec<&str> = changes(&result).iter().filter_map(|change| change["code"].as_str()).collect();
    for code in ["table_renamed", "column_renamed", "file_moved", "limit_tightened"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    assert!(!codes.iter().any(|code| code.contains("removed")), "{codes:?}");
    let tightened = change(&result, "limit_tightened");
    assert_eq!((&tightened["document"], &tightened["found"]["passes"]), (&"silver.purchases".into(), &true.into()));
    assert!(notes(&result).contains("silver.orders"), "{}", notes(&result));
}

#[test]
fn data_that_cannot_be_asked_are_no_answer() {
    let repository = project();
    repository.edit(ORDERS, "[0, 1000]", "[0, 700]").remove("data/orders.csv").commit("no data here");
    let (ended, result) = repository.json(&["gate", "--base", "main"]);
    assert_eq!(ended.code, Some(3), "{result:#}");
    let found = &change(&result, "limit_tightened")["found"];
    assert!(found.get("passes").is_none() && found["message"].as_str().is_some_and(|why| why.contains("no such file")));
    repository.assay(&["gate", "--base", "main"]).assert(3, "? UNKNOWN");
    // one that is allowed is not asked for an answer, but what ran could not be evaluated
    repository.assay(&["gate", "--base", "main", "--allow", "breaks-producer"]).assert(3, "");
    repository.assay(&["diff"]).assert(1, "");
}

#[test]
fn a_contract_that_others_need_cannot_go() {
    let repository = project();
    repository.remove(CUSTOMERS).commit("customers are gone");
    repository.assay(&["diff"]).assert(1, "table `silver.customers` was removed");
    repository.assay(&["gate", "--base", "main"]).assert(2, "no valid contract describes the table `silver.customers`");
}
