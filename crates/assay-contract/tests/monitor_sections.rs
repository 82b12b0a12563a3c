//! What goes over columns, labels and rules; lint, `assay.yaml`, and the documentation's own monitors.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use std::fs;

use assay_contract::{Kind, Project, kind, lint_monitor, render};
use assay_core::check::TableRef;
use assay_core::contract::Format;
use assay_core::drift::monitor::{Components, Pairs, RetrainRule};
use assay_core::types::Type;
use assay_stats::drift::{ColumnKind, registry};
use support::monitors::{BASE, EXAMPLE, LABELLED, TIMED, limits, load, read, world};
use support::{Memory, no_env, repository};

#[test]
fn relations_take_pairs_and_features_by_name() {
    let monitor = read("correlations: {pairs: [[a, b], [c, a]], max_change: {warn: 0.1, fail: 0.3}}\n");
    let correlations = monitor.correlations.expect("correlations");
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(correlations.pairs, Pairs::Named(vec![pair("a", "b"), pair("c", "a")]));
    assert_eq!(correlations.limits, limits(0.1, 0.3));
    let usual = read("correlations: {}\n").correlations.expect("correlations");
    assert_eq!((usual.pairs, usual.limits), (Pairs::Top(50), limits(None, 0.15)));
    let concept = read(&format!("{LABELLED}concept: {{target_relation: [a, b], max_change: 0.3}}\n")).concept;
    let concept = concept.expect("concept");
    assert_eq!((concept.top, concept.features.len(), concept.limits), (None, 2, limits(None, 0.3)));
    let counted = read("covariance: {pca: {components: 5, warn: 2, fail: 3}}\n").covariance.expect("covariance");
    assert_eq!((counted.components, counted.limits), (Components::Count(5), limits(2.0, 3.0)));
}

#[test]
fn the_share_of_columns_is_written_either_way() {
    for (text, expected, weighted) in [
        ("50%", limits(None, 0.5), false),
        ("0.5", limits(None, 0.5), false),
        ("{warn: 20%, fail: 0.5}", limits(0.2, 0.5), false),
        ("{fail: 50%, weight: importance}", limits(None, 0.5), true),
        ("{fail: 50%, weight: equal}", limits(None, 0.5), false),
    ] {
        let dataset = read(&format!("dataset: {{drifted_share: {text}}}\n")).dataset.expect("dataset");
        assert_eq!((dataset.limits, dataset.by_importance), (expected, weighted), "{text}");
    }
}

#[test]
fn labels_are_found_by_the_id() {
    let labels = read(LABELLED).labels.expect("labels");
    assert_eq!((labels.key.as_str(), labels.lag_seconds, labels.min_coverage), ("ride", 0, 0.0));
    let inline = LABELLED.replace("silver.rides", "{source: {format: csv, path: labels.csv}}");
    let table = read(&inline).labels.expect("labels").table;
    assert_eq!(table, TableRef::Inline { format: Format::Csv, path: "labels.csv".into() });
}

#[test]
fn performance_is_limited_on_its_bad_side() {
    let body = "performance: [{metric: rmse, max: {warn: 1.05x baseline, fail: 4}}, {metric: bias, max: 2}]\n";
    let monitor = read(&format!("{LABELLED}{body}"));
    let [rmse, bias] = monitor.performance.as_slice() else { panic!("two metrics") };
    let warn = rmse.warn.as_ref().expect("warn");
    assert_eq!((warn.value, warn.of_baseline, warn.text.as_str()), (1.05, true, "1.05x baseline"));
    assert_eq!(rmse.fail.as_ref().map(|bound| (bound.value, bound.of_baseline)), Some((4.0, false)));
    assert_eq!(bias.fail.as_ref().map(|bound| bound.at_least), Some(false));
    let scored =
        "id: u\nprediction: {column: c, task: classification, score: p, positive: 1}\nlabels: {table: t, column: l}\n";
    let all = ["accuracy", "precision", "recall", "f1", "auc"].map(|name| format!("{{metric: {name}, min: 0.8}}"));
    let less = ["log_loss", "brier", "calibration"].map(|name| format!("{{metric: {name}, max: 0.3}}"));
    let body = format!("{scored}performance: [{}, {}]\n", all.join(", "), less.join(", "));
    assert_eq!(read(&body).performance.len(), 8);
}

#[test]
fn rules_name_checks_of_the_monitor() {
    let monitor = read(&format!(
        "{LABELLED}dataset: {{drifted_share: 50%}}\ncorrelations: {{pairs: [[a, b]]}}\ncovariance: {{pca: {{fail: 3}}}}\nconcept: {{target_relation: [a]}}\n\
         performance: [{{metric: mae, max: 3}}]\nretrain: {{approve: auto, when: 'not dataset.warn and drift.eta.fail or drift.\"fare total\".fail or \
         correlation.a+b.fail or covariance.fail or concept.a.warn or performance.mae.fail'}}\n"
    ));
    let retrain = monitor.retrain.expect("retrain");
    assert!(!retrain.manual && retrain.webhook.is_none() && retrain.cooldown_seconds == 604_800);
    let RetrainRule::Or(rules) = retrain.when else { panic!("an or") };
    assert_eq!(rules[1], RetrainRule::Is { check: "drift.\"fare total\"".into(), warn: false });
    assert_eq!(rules[2], RetrainRule::Is { check: "correlation.a+b".into(), warn: false });
    assert_eq!(rules[4], RetrainRule::Is { check: "concept.a".into(), warn: true });
}

/// A monitor of observations.
fn observed(body: &str) -> String {
    format!("assay: 1\nmonitor: m\nowner: ml@example.com\nsource: {{format: observations}}\n{body}")
}

#[test]
fn observations_are_read_by_declared_types() {
    let monitor = load(&observed(&format!(
        "{BASE}{TIMED}window: {{size: 1h, lateness: 10m}}\ncolumns: {{day: {{type: date}}, km: numeric, city: categorical}}\n\
         prediction: {{column: eta, task: regression}}\n"
    )))
    .monitor;
    assert_eq!((monitor.source.format, monitor.source.path.as_str()), (Format::Observations, "observations"));
    let types: Vec<(&str, String)> = monitor
        .read
        .iter()
        .map(|column| (column.name.as_str(), column.ty.as_ref().map_or(String::new(), ToString::to_string)))
        .collect();
    let zoned = Type::TimestampZoned("Asia/Dubai".into()).to_string();
    assert_eq!(types, [("day", "date".into()), ("km", "float64".into()), ("at", zoned), ("eta", "float64".into())]);
}

#[test]
fn observations_go_with_what_reads_no_rows_again() {
    let refused = |body: &str| {
        let text = observed(body);
        let broken =
            world().load_monitor("m.yaml", text.as_bytes()).err().unwrap_or_else(|| panic!("accepted: {body}"));
        render(&broken.problems, &broken.sources)
    };
    let sound = format!("{BASE}{TIMED}");
    for (body, message) in [
        (BASE.to_owned(), "observations are counted by windows of time: `timestamp` is missing"),
        (format!("{sound}window: {{size: 500 rows}}\n"), "observations are counted by windows of time"),
        (format!("{sound}window: {{size: all}}\n"), "observations are counted by windows of time"),
        (
            format!("{TIMED}baseline: {{rolling: {{windows: 7}}}}\n"),
            "observations are counted against a stored baseline",
        ),
        (
            format!("{TIMED}baseline: {{from: {{path: t.parquet}}}}\n"),
            "observations are counted against a stored baseline",
        ),
        (format!("{sound}rows: \"env = 'prod'\"\n"), "`rows` chooses among the rows of a table"),
        (format!("{sound}{LABELLED}"), "`labels` needs predictions that can be read when labels come"),
        (
            format!("{TIMED}baseline: {{from: {{format: observations}}}}\n"),
            "format `observations` is of live rows of monitors alone",
        ),
    ] {
        let shown = refused(&body);
        assert!(shown.contains(message), "{body}\n{shown}");
    }
    let text = observed(&sound).replace("observations}", "observations, path: x}");
    let broken = world().load_monitor("m.yaml", text.as_bytes()).expect_err("a path");
    assert!(render(&broken.problems, &broken.sources).contains("`path`"));
}

#[test]
fn lint_warns_of_what_is_probably_not_meant() {
    let text = "assay: 1\nmonitor: m\nlayer: gold\nvars: {unused: 1}\nsource: {path: a.parquet}\nbaseline: {profile: b.parquet}\n\
                id: ride\nprediction: {column: eta, task: regression}\nlabels: {table: t, column: l}\n\
                dataset: {drifted_share: {fail: 50%, weight: importance}}\n\
                retrain: {when: dataset.fail, webhook: {url: \"https://example.com\", token: abc}}\n";
    let messages: Vec<String> = lint_monitor(&load(text)).into_iter().map(|problem| problem.message).collect();
    assert_eq!(
        messages,
        [
            "nobody looks after `m`",
            "`layer:` says layer `gold`, the folder says `models`",
            "nothing uses the variable `unused`",
            "nothing uses the labels",
            "columns weigh by importance, and none has one: all weigh alike",
            "a token stands in the file",
        ]
    );
    assert!(lint_monitor(&load(EXAMPLE)).is_empty());
}

#[test]
fn contracts_and_monitors_are_told_apart() {
    assert_eq!(kind(EXAMPLE.as_bytes()), Kind::Monitor);
    let broken = world().load("m.yaml", EXAMPLE.as_bytes()).expect_err("no contract");
    assert!(broken.to_string().contains("this file is a monitor, not a contract"), "{broken}");
    let contract = "assay: 1\ntable: t\nsource: {path: a.csv}\n";
    let broken = world().load_monitor("c.yaml", contract.as_bytes()).expect_err("no monitor");
    assert!(broken.to_string().contains("this file is a contract, not a monitor"), "{broken}");
}

#[test]
fn assay_yaml_says_where_baselines_and_history_are() {
    let load = |text: &str| {
        let project = Project::load("assay.yaml", text.as_bytes(), &no_env, &Memory::default());
        project.unwrap_or_else(|broken| panic!("{broken}"))
    };
    let usual = load("assay: 1\n");
    assert_eq!((usual.baselines.as_str(), usual.state.as_str()), ("baselines", ".assay/state.db"));
    let own = load("assay: 1\npaths: {baselines: models/baselines}\nstate: {path: /var/lib/assay/state.db}\n");
    assert_eq!((own.baselines.as_str(), own.state.as_str()), ("models/baselines", "/var/lib/assay/state.db"));
}

#[test]
fn every_whole_monitor_of_the_documentation_loads() {
    let page = fs::read_to_string(repository().join("docs/monitor-language.md")).expect("the page");
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let (whole, parts): (Vec<&str>, Vec<&str>) = blocks.into_iter().partition(|block| block.contains("monitor: "));
    assert_eq!(whole.len(), 3);
    whole.into_iter().for_each(|text| drop(load(text)));
    for part in parts {
        if part.starts_with("tests:") {
            for line in part.lines() {
                let tests = line.split('#').next().unwrap_or_default().trim();
                read(&format!("columns: {{a: {{{tests}}}}}\n"));
            }
        } else if part.starts_with("performance:") {
            read(&format!("{LABELLED}{part}"));
        } else if part.starts_with("assay: 1") {
            let project = Project::load("assay.yaml", part.as_bytes(), &no_env, &Memory::default());
            project.unwrap_or_else(|broken| panic!("{broken}"));
        } else {
            read(part);
        }
    }
}

#[test]
fn the_table_of_tests_in_the_documentation_is_the_registry() {
    let page = fs::read_to_string(repository().join("docs/monitor-language.md")).expect("the page");
    let table = page.split("| test | columns |").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the table");
    let number = |text: &str| match text.strip_suffix('%') {
        Some(percent) => format!("{percent}e-2").parse::<f64>().expect("a share"),
        None => text.parse().expect("a number"),
    };
    let mut found = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let limits = cells[3].split_once(", ").map(|(warn, fail)| limits(number(warn), number(fail)));
        for name in cells[0].split(", ").map(|name| name.trim_matches('`')) {
            let test = registry::find(name).unwrap_or_else(|| panic!("{name}"));
            let takes = (test.applies_to(ColumnKind::Numeric), test.applies_to(ColumnKind::Categorical));
            let expected = match cells[1] {
                "both" => (true, true),
                "numeric" => (true, false),
                _ => (false, true),
            };
            assert_eq!((test.default_limits(), takes), (limits, expected), "{name}");
            found += 1;
        }
    }
    assert_eq!(found, registry::TESTS.len());
}

#[test]
fn every_monitor_of_the_examples_loads() {
    let mut world = world();
    world.vars = [("data", "downloads"), ("month", "2019-07")].map(|(name, value)| (name.into(), value.into())).into();
    let mut folders = vec![repository().join("docs/examples")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).expect("readable");
                if kind(text.as_bytes()) == Kind::Monitor {
                    let shown = path.to_string_lossy();
                    let loaded = world.load_monitor(&shown, text.as_bytes());
                    loaded.unwrap_or_else(|broken| panic!("{broken}"));
                    found += 1;
                }
            }
        }
    }
    assert!(found > 0);
}

#[test]
fn a_schedule_follows_the_zone_of_the_rows() {
    let daily = "schedule: \"@daily\"\ndepends_on: [gold.trips]\n";
    let timed = read(&format!("timestamp: {{column: at, timezone: America/Lima}}\n{daily}"));
    assert_eq!(timed.schedule_zone("Asia/Tokyo").name(), "America/Lima");
    assert_eq!(timed.depends_on.iter().map(|on| on.name.as_str()).collect::<Vec<_>>(), ["gold.trips"]);
    assert_eq!(read(daily).schedule_zone("Asia/Tokyo").name(), "Asia/Tokyo");
    let own = "schedule: {cron: \"@daily\", timezone: UTC}\n";
    assert_eq!(read(own).schedule_zone("Asia/Tokyo").name(), "UTC");
}
