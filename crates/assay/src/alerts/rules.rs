//! `assay rules`: whether the rules are valid, and who would be told of what.

use assay_notify::rules::{Route, Rules};
use assay_report::FileProblem;
use serde_json::{Value, json};

use super::words::plural;
use super::{explain, project, tree};
use crate::args::{RulesCheckArgs, RulesCommand};
use crate::failure::Failure;
use crate::serve::rules::RulesRead;
use crate::{load, output};

/// The rules are not valid.
const INVALID: u8 = 2;

/// Runs the command; gives its exit code.
pub(crate) fn command(command: &RulesCommand) -> Result<u8, Failure> {
    match command {
        RulesCommand::Check(args) => check(args),
        RulesCommand::Explain(args) => explain::command(args),
    }
}

fn check(args: &RulesCheckArgs) -> Result<u8, Failure> {
    let root = load::root_of_project()?;
    let (settings, read) = project::read_rules(&root)?;
    if args.format == "json" {
        output::stdout(format!("{:#}\n", as_json(&read)).as_bytes())?;
        return Ok(if read.problems.listed().is_empty() { 0 } else { INVALID });
    }
    let RulesRead { rules, problems, warnings, warned, n_files, .. } = read;
    if !warned.is_empty() {
        output::told(warned.trim_end());
    }
    problems.into_result()?;
    let mut text = tree::receivers(&rules);
    text.push_str(&tree::routes(&rules));
    text.push_str(&summary(&rules, n_files, warnings.len()));
    if n_files == 0 {
        text.push_str(&format!(
            "There is no file of rules in `{}`: `assay schema rules` says what one has.\n",
            settings.rules
        ));
    }
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn summary(rules: &Rules, n_files: usize, n_warnings: usize) -> String {
    let [receivers, routes, inhibitions, files, warnings] = [
        (rules.receivers.len(), "receiver"),
        (rules.route.as_ref().map_or(0, count), "route"),
        (rules.inhibit.len(), "inhibition"),
        (n_files, "file"),
        (n_warnings, "warning"),
    ]
    .map(|(n, noun)| plural(n as u64, noun));
    format!("{receivers}, {routes} and {inhibitions} in {files}, {warnings}\n")
}

fn count(route: &Route) -> usize {
    1 + route.routes.iter().map(count).sum::<usize>()
}

fn as_json(read: &RulesRead) -> Value {
    let listed = |problems: &[FileProblem]| -> Value {
        let one = |problem: &FileProblem| json!({"at": problem.at.as_ref().map(tree::place), "message": problem.message, "hint": problem.hint});
        problems.iter().map(one).collect()
    };
    let rules = &read.rules;
    json!({
        "schema": "assay.rules/v1", "valid": read.problems.listed().is_empty(), "files": read.n_files,
        "problems": listed(read.problems.listed()), "warnings": listed(&read.warnings),
        "external_url": rules.external_url, "receivers": tree::receivers_as_json(rules),
        "route": rules.route.as_ref().map(tree::route_as_json), "inhibitions": rules.inhibit.len(),
        "mute_times": rules.mute_times.keys().collect::<Vec<_>>(),
    })
}
