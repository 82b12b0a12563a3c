use crate::support::Project;

#[test]
fn lint_reads_no_data() {
    let project = Project::with_two_tables().contract_of("b", "csv", "data/missing.csv", "");
    let ran = project.assay(&["lint"]);
    ran.assert(0, "");
    assert!(ran.out.starts_with("2 valid contracts with "), "{}", ran.out);
}

#[test]
fn lint_warns_of_what_is_probably_not_meant() {
    let contract = "assay: 1\ntable: silver.a\nsource: {format: csv, path: data/a.csv}\ncolumns:\n  id: int64\n";
    let ran =
        Project::with_two_tables().file("checks/silver/a.yaml", contract).assay(&["lint", "checks/silver/a.yaml"]);
    ran.assert(0, "warning: a silver table without a key");
    assert!(ran.out.starts_with("1 valid contract with ") && !ran.out.ends_with(" 0 warnings\n"), "{}", ran.out);
}

#[test]
fn lint_fails_on_what_is_invalid() {
    Project::with_two_tables()
        .contract("a", "severity: high\n")
        .assay(&["lint"])
        .assert(2, "checks/silver/a.yaml:9:11");
}

#[test]
fn explain_lists_and_explains() {
    let project = Project::new();
    let list = project.assay(&["explain"]);
    list.assert(0, "");
    assert!(list.out.contains("completeness") && list.out.contains("unreadable"));
    let required = project.assay(&["explain", "required"]).out;
    assert_eq!(required, project.assay(&["explain", "completeness"]).out);
    assert!(required.contains("## Parameters"), "{required}");
    project.assay(&["explain", "complteness"]).assert(2, "did you mean `completeness`?");
}

#[test]
fn schemas_are_valid_schemas() {
    for of in ["contract", "project", "result"] {
        let ran = Project::new().assay(&["schema", of]);
        let schema = serde_json::from_str(&ran.out).expect("JSON");
        assert!(jsonschema::meta::is_valid(&schema), "{of}");
    }
    let published = include_str!("../../../../docs/schemas/assay.result.v1.json");
    assert_eq!(Project::new().assay(&["schema", "result"]).out, published);
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Project::new().assay(&["completions", shell]);
        ran.assert(0, "");
        assert!(ran.out.contains("verify-footers"), "{shell}");
    }
}

#[test]
fn help_has_examples_on_every_command() {
    for command in ["check", "lint", "explain", "demo", "schema", "completions"] {
        let ran = Project::new().assay(&[command, "--help"]);
        ran.assert(0, "");
        assert!(ran.out.contains(&format!("assay {command}")) && ran.out.contains("Examples:"), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let project = Project::with_two_tables();
    let mut command = project.command(&["check"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = command.stdout(writer).status().expect("runs");
    assert_eq!(status.code(), Some(0));
}
