use serde_json::Value;

use crate::support::Project;

fn selected(terms: &[&str]) -> Vec<String> {
    let project = Project::with_two_tables()
        .contract("a", "tags: [money]\nchecks:\n  - row_count: {min: 1, tags: [size]}\n")
        .file(
            "checks/gold/c.yaml",
            "assay: 1\ntable: gold.c\nsource: {format: csv, path: data/a.csv}\nchecks:\n  - row_count: {min: 1}\n",
        );
    let args: Vec<&str> = terms.iter().flat_map(|term| ["--select", term]).collect();
    let (_, result) = project.json(&args);
    let ids = |table: &Value| {
        let checks = table["checks"].as_array().expect("checks").clone();
        let name = table["table"].as_str().expect("a name").to_string();
        checks.into_iter().map(move |check| format!("{name} {}", check["id"].as_str().expect("an id")))
    };
    result["tables"].as_array().expect("tables").iter().flat_map(ids).collect()
}

#[test]
fn by_layer_table_owner_and_tag() {
    assert!(selected(&[]).len() > 10);
    assert_eq!(selected(&["layer:gold"]), ["gold.c schema", "gold.c row_count"]);
    assert_eq!(selected(&["table:gold.*"]), ["gold.c schema", "gold.c row_count"]);
    assert!(selected(&["owner:a@shop.example"]).iter().all(|check| check.starts_with("silver.a")));
    assert!(selected(&["tag:money"]).len() > 4, "a tag of the contract selects all its checks");
    assert_eq!(selected(&["tag:size"]), ["silver.a row_count"]);
}

#[test]
fn by_check_or_its_id() {
    assert_eq!(selected(&["check:row_count"]), ["gold.c row_count", "silver.a row_count"]);
    assert_eq!(selected(&["check:amount.*", "table:silver.a"]), ["silver.a amount.range", "silver.a amount.parse"]);
}

#[test]
fn one_kind_is_any_different_kinds_are_all() {
    assert_eq!(selected(&["layer:gold,layer:silver,check:row_count"]), ["gold.c row_count", "silver.a row_count"]);
    assert_eq!(selected(&["table:silver.a,table:gold.c", "check:schema"]), ["gold.c schema", "silver.a schema"]);
}

#[test]
fn selecting_nothing_is_an_error_with_advice() {
    let project = Project::with_two_tables();
    project.assay(&["check", "--select", "table:silver.c"]).assert(2, "hint: did you mean `silver.a`?");
    project.assay(&["check", "--select", "silver.a"]).assert(2, "hint: write what it is: `table:silver.a`");
    project.assay(&["check", "--select", "tabel:silver.a"]).assert(2, "hint: did you mean `table`?");
    project.assay(&["check", "--select", "tag:x"]).assert(2, "hint: no contract has a tag");
    project.assay(&["check", "--select", "table:silver.a,owner:b@shop.example"]).assert(2, "no check is selected");
}
