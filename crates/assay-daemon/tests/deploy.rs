//! The files of deploy/ and their pages in docs/, checked by the programs that they are for.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_daemon::metrics::families::{LAG, OF_THE_MACHINE, OWN, RUN_DURATION};
use assay_report::metrics::{DOCUMENTS, Family};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Runs a program in deploy/; `package` is where Debian has it.
fn run(program: &str, package: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root().join("deploy"))
        .output()
        .unwrap_or_else(|why| panic!("{program} is needed: install the package `{package}` ({why})"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}\n{said}");
    said
}

fn families() -> Vec<&'static Family> {
    OWN.iter().map(|own| &own.family).chain([&RUN_DURATION, &LAG]).chain(DOCUMENTS).collect()
}

/// Words of an expression that begin as our families do; recorded series have a colon before or after.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    let words = text.split(|char| !is_part(char)).filter(|word| word.starts_with("assay_") && !word.contains(':'));
    words.map(str::to_owned).collect()
}

fn is_known(name: &str) -> bool {
    let of_histogram = ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end));
    families().iter().any(|family| family.name == name || Some(family.name) == of_histogram)
}

/// Lines `key: value` of a YAML file that have this key, in a list or not.
fn values<'a>(yaml: &'a str, key: &str) -> Vec<&'a str> {
    let of = |line: &'a str| line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ");
    yaml.lines().filter_map(of).collect()
}

#[test]
fn promtool_takes_the_configuration_and_the_rules() {
    run("promtool", "prometheus", &["check", "config", "--syntax-only", "prometheus/prometheus.yml"]);
    run("promtool", "prometheus", &["check", "rules", "prometheus/assay.rules.yml"]);
}

#[test]
fn alerts_fire_and_resolve_as_their_tests_say() {
    run("promtool", "prometheus", &["test", "rules", "prometheus/assay.rules.test.yml"]);
    let (rules, tests) = (read("deploy/prometheus/assay.rules.yml"), read("deploy/prometheus/assay.rules.test.yml"));
    let alerts = values(&rules, "alert");
    assert!(alerts.len() >= 11, "{alerts:?}");
    for alert in alerts {
        let of_alert = |case: &&str| case.contains(&format!("alertname=\"{alert}\", alertstate=\"firing\""));
        let cases: Vec<&str> = tests.split("\n  - name: ").filter(of_alert).collect();
        let fires = |case: &&str| case.contains("- labels: '{}'\n            value: 1");
        // silent before, firing, silent again
        let resolves = |case: &&str| case.matches("exp_samples: []").count() >= 2;
        assert!(cases.iter().any(|case| fires(case) && resolves(case)), "{alert} has no test of firing and resolving");
    }
    assert!(tests.contains("- expr: 'ALERTS'"), "where all is well nothing fires");
}

#[test]
fn every_alert_says_what_to_do_and_where_that_is_told() {
    let (rules, page) = (read("deploy/prometheus/assay.rules.yml"), read("docs/deploy.md"));
    let sections: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let mut alerts = BTreeSet::new();
    for rule in rules.split("- alert: ").skip(1) {
        let alert = rule.lines().next().expect("a name");
        for key in ["severity", "summary", "description", "action", "runbook_url"] {
            assert!(rule.contains(&format!("{key}:")), "{alert} has no {key}");
        }
        let anchor = format!("/docs/deploy.md#{}\n", alert.to_lowercase());
        assert!(rule.contains(&anchor), "{alert}: {anchor}");
        assert!(alerts.insert(alert), "{alert} is there twice");
    }
    assert_eq!(alerts, sections, "docs/deploy.md has a section for each alert");
}

#[test]
fn rules_name_families_that_there_are() {
    let rules = read("deploy/prometheus/assay.rules.yml");
    let unknown: Vec<String> = named(&rules).into_iter().filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn amtool_takes_the_routes() {
    run("amtool", "prometheus-alertmanager", &["check-config", "alertmanager/alertmanager.yml"]);
    let config = "--config.file=alertmanager/alertmanager.yml";
    for (labels, receiver) in [
        (["alertname=AssayDown", "severity=critical"], "operators"),
        (["alertname=AssayNotificationsFailing", "severity=critical"], "operators"),
        (["alertname=AssayCheckFailing", "contract=silver.orders"], "data"),
        (["alertname=AssayDriftDetected", "monitor=fare_eta"], "data"),
        (["alertname=AssayCheckWarning", "severity=info"], "data"),
    ] {
        let arguments = ["config", "routes", "test", config, labels[0], labels[1]];
        let said = run("amtool", "prometheus-alertmanager", &arguments);
        assert_eq!(said.lines().next(), Some(receiver), "{labels:?}");
    }
}

#[test]
fn the_unit_is_sound_and_hardened() {
    let unit = "systemd/assay.service";
    let said = run("systemd-analyze", "systemd", &["security", "--offline=true", "--threshold=15", "--no-pager", unit]);
    assert!(said.contains("Overall exposure level for assay.service"), "{said}");
    let text = read("deploy/systemd/assay.service");
    for line in ["Type=notify", "DynamicUser=yes", "ProtectSystem=strict", "WatchdogSec=60s"] {
        assert!(text.lines().any(|found| found == line), "{line}");
    }
    // the program itself need not be installed where this is tested
    let verified = Command::new("systemd-analyze").arg("verify").arg(root().join("deploy").join(unit)).output();
    let verified = verified.expect("systemd-analyze is needed: install the package `systemd`");
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let problems = said.lines().filter(|line| line.contains("assay.service") && !line.contains("is not executable"));
    assert_eq!(problems.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn images_are_pinned() {
    let [compose, container] = ["deploy/compose.yaml", "deploy/container/Containerfile"].map(read);
    let images = values(&compose, "image");
    assert_eq!(images.len(), 6, "{images:?}");
    for image in images {
        let tag = image.rsplit_once(':').map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag.contains('.')), "{image}");
    }
    assert_eq!(compose.matches("    <<: *hardened\n").count(), 6, "every service");
    assert_eq!(compose.matches("    healthcheck:\n").count(), 5, "every service; that of Assay is another one's");
    assert!(!compose.contains("ports: [\"0") && compose.matches("ports: [\"127.0.0.1:").count() == 5);
    let last = container.rsplit("\nFROM ").next().expect("a stage");
    assert!(last.starts_with("gcr.io/distroless/static") && last.contains("\nUSER 65532:65532\n"), "{last}");
}

/// Rows of the tables of a page whose first cell is one name in backticks.
fn rows(page: &str) -> BTreeMap<String, Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let row = |line: &str| {
        let cells = cells(line);
        let name = cells.first()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        (cells.len() == 4).then_some((name, cells))
    };
    page.lines().filter(|line| line.starts_with("| `")).filter_map(row).collect()
}

#[test]
fn the_page_of_metrics_has_every_family_as_it_is() {
    let page = read("docs/metrics.md");
    let rows = rows(&page);
    for family in families() {
        let row = rows.get(family.name).unwrap_or_else(|| panic!("{} is not in docs/metrics.md", family.name));
        assert_eq!(row[1], family.kind.name(), "{}", family.name);
        assert_eq!(row[2], family.labels.join(", "), "{}", family.name);
        assert!(!row[3].is_empty(), "{}", family.name);
    }
    let ours = families().into_iter().map(|family| family.name);
    let known: BTreeSet<&str> = ours.chain(OF_THE_MACHINE.iter().copied()).collect();
    let told: BTreeSet<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(told, known);
}

fn dashboards() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(root().join("deploy/grafana/dashboards")).expect("a folder");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display())))
    };
    files.map(read).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn dashboards_can_be_provisioned() {
    let dashboards = dashboards();
    let uids: Vec<&str> = dashboards.values().filter_map(|board| board["uid"].as_str()).collect();
    assert_eq!(uids, ["assay-contract", "assay-drift", "assay-itself", "assay-overview"]);
    for (file, board) in &dashboards {
        assert!(board["schemaVersion"].as_u64().is_some_and(|version| version >= 36) && board.get("id").is_none());
        let names = list(&board["templating"], "list").iter().filter_map(|variable| variable["name"].as_str());
        assert_eq!(names.take(3).collect::<Vec<_>>(), ["datasource", "job", "instance"], "{file}");
        let panels = list(board, "panels");
        let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), panels.len(), "{file}: each panel has its id");
        let mut taken = BTreeSet::new();
        for panel in panels {
            let title = format!("{file}: {}", panel["title"]);
            let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().expect("a number"));
            assert!(x + w <= 24, "{title}");
            let mut cells = (y..y + h).flat_map(|row| (x..x + w).map(move |column| (row, column)));
            assert!(cells.all(|cell| taken.insert(cell)), "{title} is over another");
            if panel["type"] == "row" {
                continue;
            }
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
            assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
            assert!(!list(panel, "targets").is_empty(), "{title}");
        }
    }
}

#[test]
fn expressions_name_families_that_there_are_and_the_target() {
    for (file, board) in dashboards() {
        let panels = list(&board, "panels").iter();
        let of_panels = panels.flat_map(|panel| list(panel, "targets")).filter_map(|target| target["expr"].as_str());
        let variables = list(&board["templating"], "list").iter();
        let of_variables = variables.filter_map(|variable| variable["query"]["query"].as_str());
        for expression in of_panels.chain(of_variables) {
            let unknown: Vec<String> = named(expression).into_iter().filter(|name| !is_known(name)).collect();
            assert!(unknown.is_empty(), "{file}: {unknown:?} in {expression}");
            if expression == "label_values(assay_build_info, job)" {
                continue;
            }
            let selectors = expression.matches('{').count();
            assert!(selectors > 0, "{file}: {expression}");
            assert_eq!(expression.matches("job=~\"$job\"").count(), selectors, "{file}: {expression}");
            let rates: usize = ["rate(", "increase("].map(|call| expression.matches(call).count()).iter().sum();
            assert_eq!(expression.matches("[$__rate_interval]").count(), rates, "{file}: {expression}");
        }
    }
}
