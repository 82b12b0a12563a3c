//! The pages of a running daemon, as a person uses them (`tests/browser/site.mjs`): with and without scripts, in light and
//! dark, at a desk and on a telephone.

use std::process::Command;

use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::runs::{RunFilter, Trigger};
use assay_tests::daemon::{Client, Daemon, Project, Signal};
use serde_json::Value;

use crate::harness::{run, shots};

const HOSTILE: &str = "silver.<img src=x onerror=\"window.__pwned=1\">";
const OTHERS: usize = 30;

/// Many tables without fault, and one that fails, whose every text means something to a browser.
fn project() -> Project {
    let project = Project::new("");
    for nth in 0..OTHERS {
        let layer = ["bronze", "silver", "gold"][nth % 3];
        project.table(&format!("{layer}.table_{nth:02}"), 20, "schedule: \"0 3 1 1 *\"\n");
    }
    project.write(
        "checks/silver/hostile.yaml",
        &format!(
            "assay: 1\ntable: '{HOSTILE}'\nowner: \"<script>window.__pwned=1</script>\"\n\
             tags: ['<svg/onload=window.__pwned=1>']\n\
             description: \"<b>bold</b> [x](javascript:window.__pwned=1)\"\nsource: {{format: csv, path: data/hostile.csv}}\n\
             columns:\n  '<i onmouseover=window.__pwned=1>': {{type: string, in: [a, b]}}\n"
        ),
    );
    let values =
        ["a", "b", "<script>window.__pwned=1</script>", "\"\" onfocus=window.__pwned=1 autofocus=\"\"", "{{7*7}}"];
    let rows: String = values.iter().map(|value| format!("\"{value}\"\n")).collect();
    project.write("data/hostile.csv", &format!("<i onmouseover=window.__pwned=1>\n{rows}"));
    project
}

/// What happened to a person who did all there is to do.
fn visit(project: &Project, daemon: &Daemon, token: &str, name: &str, options: &[&str]) -> Value {
    project.write("token", token);
    let mut node = Command::new("node");
    node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/browser/site.mjs"));
    node.args(["--url", &format!("http://{}", daemon.address), "--token"]).arg(project.path("token"));
    node.arg("--shots").arg(shots().join("daemon").join(name)).args(options);
    serde_json::from_slice(&run(&mut node, "nodejs npm").stdout).expect("site.mjs prints JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn faults(seen: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for key in ["console", "errors", "failed", "foreign"] {
        faults.extend(list(seen, key).iter().map(|what| format!("{key}: {what}")));
    }
    for step in list(seen, "steps") {
        let at = format!("{} ({})", step["step"], step["path"]);
        if step["pwned"] != false {
            faults.push(format!("{at}: a payload ran"));
        }
        if step["wide"].as_u64() != Some(0) {
            faults.push(format!("{at}: {} pixels wider than the window", step["wide"]));
        }
        faults.extend(list(step, "axe").iter().map(|found| format!("{at}: {found}")));
    }
    faults
}

/// Runs everything once, so that there is something to see.
fn run_all(client: &Client) {
    let names = (0..OTHERS).map(|nth| format!("{}.table_{nth:02}", ["bronze", "silver", "gold"][nth % 3]));
    let names: Vec<String> = names.chain([HOSTILE.to_owned()]).collect();
    let ids = client.ask_for(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for id in &ids {
        assert_eq!(client.ended(id)["state"], "finished");
    }
}

fn visited(name: &str, options: &[&str]) {
    let project = project();
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    run_all(&daemon.client(&token));
    let seen = visit(&project, &daemon, &token, name, options);
    daemon.end(Signal::Term);
    let faults = faults(&seen);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));

    let steps = list(&seen, "steps");
    let heading = |step: &str| {
        let found = steps.iter().find(|one| one["step"] == step);
        found.unwrap_or_else(|| panic!("nobody came to `{step}`: {seen:#}"))["heading"].as_str().unwrap_or_default()
    };
    assert!(heading("what is broken").ends_with(HOSTILE), "the failing one is at the top of {OTHERS} others: {seen:#}");
    for step in
        ["signed in", "first screen", "run now", "silenced", "an incident", "acknowledged", "a run", "signed out"]
    {
        heading(step);
    }
    // and all of it happened
    let store = project.store();
    let incidents = store.incidents(&IncidentFilter { most: 10, ..IncidentFilter::default() }).expect("incidents");
    assert!(incidents.iter().any(|one| one.state == IncidentState::Acknowledged), "{incidents:?}");
    let silences = store.silences(None).expect("silences");
    assert_eq!(silences.len(), 1, "{silences:?}");
    assert_eq!(silences[0].comment, "it is known");
    let of = RunFilter { document: Some(HOSTILE.into()), most: 10, ..RunFilter::default() };
    let runs = store.runs(&of).expect("runs");
    assert_eq!(runs.iter().filter(|run| run.trigger == Trigger::Manual).count(), 2, "{runs:?}");
}

#[test]
fn with_scripts() {
    visited("light", &[]);
}

#[test]
fn without_scripts() {
    visited("noscript", &["--noscript"]);
}

#[test]
fn in_the_dark_on_a_telephone() {
    visited("dark-narrow", &["--dark", "--width", "390"]);
}
