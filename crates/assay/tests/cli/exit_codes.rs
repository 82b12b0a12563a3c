use crate::support::Project;

const BROKEN: &str = "checks:\n  - row_count: {min: 100}\n";
const WARNED: &str = "checks:\n  - row_count: {min: 100, severity: warn}\n";

#[test]
fn code_0_all_contracts_hold() {
    let ran = Project::with_two_tables().assay(&["check"]);
    ran.assert(0, "");
    assert!(ran.out.starts_with("✓ PASS"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn code_0_with_warnings_unless_they_fail() {
    let project = Project::with_two_tables().contract("a", WARNED);
    assert!(project.assay(&["check"]).out.starts_with("! WARN"));
    project.assay(&["check"]).assert(0, "");
    project.assay(&["check", "--fail-on", "fail"]).assert(0, "");
    project.assay(&["check", "--fail-on", "warn"]).assert(1, "");
}

#[test]
fn code_1_a_contract_is_broken() {
    let ran = Project::with_two_tables().contract("a", BROKEN).assay(&["check"]);
    ran.assert(1, "");
    assert!(ran.out.starts_with("✗ FAIL   1 of "), "{}", ran.out);
}

#[test]
fn code_2_a_contract_is_invalid_and_no_data_are_read() {
    // Data of the other table are missing, which would be code 3 if anybody looked.
    let project =
        Project::with_two_tables().contract("a", "rangs: 1\n").contract_of("b", "csv", "data/missing.csv", "");
    project.assay(&["check"]).assert(2, "checks/silver/a.yaml:9:1");
}

#[test]
fn code_2_the_command_line_is_invalid() {
    let project = Project::with_two_tables();
    for (args, says) in [
        (&["check", "--sevrity", "warn"][..], "unexpected argument"),
        (&["check", "--format", "xml"], "possible values: text, json"),
        (&["check", "--as-of", "2026-11-20T06:00:00"], "needs to know the zone"),
        (&["check", "--as-of", "tomorrow"], "not a time"),
        (&["check", "--memory", "much"], "a size is a whole number with a unit"),
        (&["check", "--threads", "5000"], "5000 is not in"),
        (&["check", "--var", "lake"], "NAME=VALUE"),
        (&["check", "--var", "date=2026-11-20"], "built in"),
        (&["check", "--var", "a=1", "--var", "a=2"], "given twice"),
        (&["check", "missing.yaml"], "cannot read `missing.yaml`: no such file or folder"),
        (&["check", "data"], "no contracts found"),
        (&["check", "--no-footers", "--verify-footers"], "cannot be used with"),
        (&["nonsense"], "unrecognized subcommand"),
        (&[], "Usage"),
    ] {
        project.assay(args).assert(2, says);
    }
}

#[test]
fn code_3_something_could_not_be_evaluated_whatever_else_is_broken() {
    let project = Project::with_two_tables().contract("a", BROKEN).contract_of("b", "csv", "data/missing.csv", "");
    let ran = project.assay(&["check"]);
    ran.assert(3, "");
    assert!(ran.out.starts_with("? ERROR"), "{}", ran.out);
    assert!(ran.out.contains("data/missing.csv: no such file"), "{}", ran.out);
    assert!(ran.out.contains("row_count"), "the other table is still checked: {}", ran.out);
}

#[test]
fn code_3_nothing_was_evaluated() {
    let contract = "assay: 1\ntable: silver.a\nsource: {format: csv, path: data/a.csv}\ncolumns:\n  \
                    gone: {type: int64, optional: true, range: {min: 1}}\n";
    let project = Project::with_two_tables().file("checks/silver/a.yaml", contract);
    let ran = project.assay(&["check", "--select", "table:silver.a,check:gone.range"]);
    ran.assert(3, "");
    assert!(ran.out.contains("none evaluated"), "{}", ran.out);
}

#[test]
fn code_3_the_output_cannot_be_written() {
    let project = Project::with_two_tables();
    project
        .assay(&["check", "--output", "no/folder/result.json"])
        .assert(3, "cannot write `no/folder/result.json`: no such file or folder");
    project.assay(&["check", "--output", "data"]).assert(3, "it is a folder");
}
