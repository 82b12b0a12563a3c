//! The rules that we ship can be loaded where they are meant to be.

use std::path::Path;
use std::process::Command;

use assay_tests::repository::binary;

/// What `assay rules check` says in the repository, which is a project itself.
fn check(environment: &[(&str, &str)]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(binary());
    command.args(["rules", "check"]).envs(environment.iter().copied()).current_dir(root);
    let ran = command.output().expect("the binary runs");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("0 warnings"), "{said}");
    said
}

#[test]
fn those_of_the_repository_need_no_secret() {
    assert!(check(&[]).contains("alertmanager"));
}

#[test]
fn those_of_compose_need_what_compose_says() {
    let compose = include_str!("../../../deploy/compose.yaml");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/rules");
    let entries = compose.lines().filter_map(|line| line.trim().split_once(": "));
    let mut environment: Vec<(&str, &str)> = entries
        .filter(|(name, _)| name.starts_with("ASSAY__"))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    for (name, value) in &mut environment {
        if *name == "ASSAY__PATHS__RULES" {
            *value = rules.to_str().expect("a path");
        }
    }
    assert_eq!(environment.iter().filter(|(name, _)| name.contains("__SMTP__")).count(), 4, "{environment:?}");
    let said = check(&environment);
    assert!(said.contains("operators"), "{said}");
}
