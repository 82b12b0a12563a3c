use crate::support::{Project, check, table};

const DUPLICATES: &str = "id,amount\n1,-2.50\n2,3.00\n2,4.00\n";

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = Project::with_two_tables().file("data/a.csv", DUPLICATES);
    let args = ["check", "--format", "json", "--as-of", "2026-11-20T06:00:00Z"];
    let first = project.assay(&args);
    assert_eq!(first.code, Some(1));
    for more in [&["--threads", "1"][..], &["--threads", "7"], &["--no-footers"], &["--memory", "1MB"], &["--verbose"]]
    {
        assert_eq!(project.assay(&[&args[..], more].concat()).out, first.out, "{more:?}");
    }
}

#[test]
fn the_id_tells_inputs_apart_and_as_of_repeats_a_run() {
    let project = Project::with_two_tables();
    let (_, now) = project.json(&[]);
    let (_, again) = project.json(&["--as-of", now["as_of"].as_str().expect("a time")]);
    assert_eq!(now["id"], again["id"]);
    let (_, other) = project.json(&["--as-of", "2026-11-20"]);
    assert_ne!(now["id"], other["id"]);
    let (_, changed) = project.file("data/a.csv", DUPLICATES).json(&["--as-of", "2026-11-20"]);
    assert_ne!(changed["id"], other["id"]);
}

#[test]
fn failing_rows_are_named_by_the_key_bounded_and_masked() {
    let masked = "failed_rows: {keep: 1, mask: [amount]}\n";
    let project = Project::with_two_tables().file("data/a.csv", "id,amount\n9,-1\n8,-2\n7,3\n").contract("a", masked);
    let (_, result) = project.json(&[]);
    let samples = |result: &serde_json::Value| check(table(result, "silver.a"), "amount.range")["samples"].clone();
    let expected = serde_json::json!({"kept": 1, "of": 2, "named_by": "key", "rows": [{"key": {"id": "8"}, "values": {"amount": "***"}}]});
    assert_eq!(samples(&result), expected);

    let project = project.file("assay.yaml", "assay: 1\nmask_key: \"${env:MASK}\"\n");
    let mut command = project.command(&["check", "--format", "json"]);
    let ran = crate::support::ran({
        command.env("MASK", "secret");
        command
    });
    let result = serde_json::from_str(&ran.out).expect("JSON");
    // printf -- -2.00 | openssl dgst -sha256 -hmac secret
    assert_eq!(samples(&result)["rows"][0]["values"]["amount"], "a130bea1aa84");
    assert!(!ran.out.contains("secret") && !ran.err.contains("secret"));
    let (_, without) = Project::with_two_tables().file("data/a.csv", DUPLICATES).json(&["--no-samples"]);
    assert!(check(table(&without, "silver.a"), "key").get("samples").is_none());
}

#[test]
fn an_output_file_is_replaced_whole_and_nothing_is_left_beside_it() {
    let project = Project::with_two_tables().file("result.json", "before").file("out/.keep", "");
    let ran = project.assay(&["check", "--format", "json", "--output", "result.json"]);
    ran.assert(0, "written to result.json");
    assert_eq!(ran.out, "");
    let written = std::fs::read_to_string(project.path("result.json")).expect("written");
    crate::support::assert_valid(&serde_json::from_str(&written).expect("JSON"));
    let mut names: Vec<_> = std::fs::read_dir(project.path(""))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".assay", "assay.yaml", "checks", "data", "out", "result.json"]);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_not_replaced() {
    let project = Project::with_two_tables();
    project.assay(&["check", "--output", "/dev/null"]).assert(0, "written to /dev/null");
    assert!(!std::fs::metadata("/dev/null").expect("there").is_file());
}

#[test]
fn rows_of_the_contract_are_counted() {
    let project = Project::with_two_tables().contract("a", "rows: \"id = ${which}\"\nvars: {which: 2}\n");
    let (_, result) = project.json(&["--as-of", "2026-11-20"]);
    let a = table(&result, "silver.a");
    assert_eq!(a["rows"], serde_json::json!({"total": 2, "selected": 1, "filter": "id = 2"}));
    assert_eq!(result["vars"], serde_json::json!({"which": "2"}));
    let (_, set) = project.json(&["--as-of", "2026-11-20", "--var", "which=7"]);
    assert_eq!((&set["vars"]["which"], &table(&set, "silver.a")["rows"]["selected"]), (&"7".into(), &0.into()));
}

#[test]
fn text_is_plain_where_it_is_not_read_on_a_terminal() {
    let project = Project::with_two_tables().file("data/a.csv", DUPLICATES);
    let mut command = project.command(&["check"]);
    command.env_remove("NO_COLOR");
    let ran = crate::support::ran(command);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
    assert!(ran.out.contains("checks/silver/a.yaml:5:1"), "{}", ran.out);
}

#[test]
fn data_cannot_command_the_terminal() {
    let project = Project::with_two_tables().file("data/a.csv", "id,amount\n1,\u{1b}[31mred\u{202e}\n");
    let out = project.assay(&["check", "--verbose"]).out;
    assert!(out.contains("\\u{1b}[31mred\\u{202e}"), "{out}");
    assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'));
}
