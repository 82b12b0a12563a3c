use crate::support::Project;

#[test]
fn every_problem_of_every_contract_is_told_with_its_place() {
    let project = Project::with_two_tables()
        .contract("a", "checks:\n  - rowcount: {min: 1}\n  - freshness: {column: id, max_age: 90}\n")
        .contract("b", "severity: high\n");
    let ran = project.assay(&["check"]);
    ran.assert(2, "unknown check `rowcount`");
    for place in ["checks/silver/a.yaml:10:5", "checks/silver/a.yaml:11:", "checks/silver/b.yaml:9:11"] {
        assert!(ran.err.contains(place), "{place} is not in {}", ran.err);
    }
    assert!(ran.err.contains("did you mean `row_count`?"), "{}", ran.err);
    assert!(ran.err.ends_with("problems; no data were read\n"), "{}", ran.err);
    assert_eq!(ran.out, "", "people read standard error");
}

#[test]
fn machines_get_a_result_all_the_same() {
    let project = Project::with_two_tables().contract("a", "checks:\n  - rowcount: {min: 1}\n");
    let (ran, result) = project.json(&[]);
    ran.assert(2, "unknown check `rowcount`");
    assert_eq!((&result["outcome"], &result["tables"]), (&"invalid".into(), &serde_json::json!([])));
    assert_eq!(
        result["problems"][0]["at"],
        serde_json::json!({"path": "checks/silver/a.yaml", "line": 10, "column": 5})
    );
    assert_eq!(result["problems"][0]["hint"].as_str().map(|hint| hint.contains("`row_count`")), Some(true));
}

#[test]
fn a_project_file_that_is_invalid_is_a_result_too() {
    let project = Project::with_two_tables().file("assay.yaml", "assay: 1\ntimezone: Berlin\n");
    let (ran, result) = project.json(&[]);
    ran.assert(2, "assay.yaml:2:11");
    assert_eq!(result["problems"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_command_line_is_a_problem_without_a_place() {
    let (_, result) = Project::with_two_tables().json(&["--select", "layer:glod"]);
    assert!(result["problems"][0].get("at").is_none());
    assert_eq!(result["problems"][0]["message"], "nothing has the layer `glod`");
}

#[test]
fn problems_go_into_the_output_file() {
    let project = Project::with_two_tables().contract("a", "severity: high\n");
    project.assay(&["check", "--output", "result.txt"]).assert(2, "severity");
    let text = std::fs::read_to_string(project.path("result.txt")).expect("written");
    assert!(text.starts_with("INVALID  1 problem; no data were read\n  checks/silver/a.yaml:9:11: "), "{text}");
}

#[test]
fn a_named_table_needs_one_valid_contract() {
    let naming = "checks:\n  - references: {columns: [id], table: silver.b}\n";
    let project = Project::with_two_tables().contract("a", naming);
    project.assay(&["check", "checks/silver/a.yaml"]).assert(0, "");
    let double =
        project.file("checks/gold/b.yaml", "assay: 1\ntable: silver.b\nsource: {format: csv, path: data/b.csv}\n");
    double.assay(&["check", "checks/silver/a.yaml"]).assert(2, "the table `silver.b` is described twice");
    let missing = Project::with_two_tables().contract("a", &naming.replace("silver.b", "silver.bb"));
    let ran = missing.assay(&["check", "checks/silver/a.yaml"]);
    ran.assert(2, "no valid contract describes the table `silver.bb`");
    assert!(
        ran.err.contains("did you mean `silver.b`?") && ran.err.contains("checks/silver/a.yaml:10:"),
        "{}",
        ran.err
    );
}
