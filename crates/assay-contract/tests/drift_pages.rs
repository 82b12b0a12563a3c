//! The monitors in the pages of the drift tests, and the one in the README, are monitors: each is read without a problem,
//! and names what its page is about.

#![allow(clippy::disallowed_methods, reason = "tests read files and the clock")]

mod support;

use assay_core::drift::monitor::Monitor;
use assay_stats::drift::docs::pages;
use support::monitors::{load, read};

/// What stands between the fences of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Whether something of this name decides.
fn decides(monitor: &Monitor, name: &str) -> bool {
    let of_columns = monitor.columns.iter().filter_map(|column| column.tests.as_ref());
    let of_prediction = monitor.prediction.iter().filter_map(|prediction| prediction.tests.as_ref());
    of_columns.chain(of_prediction).flatten().any(|test| test.test == name)
}

#[test]
fn every_page_shows_a_monitor_that_uses_what_it_is_about() {
    for (name, text) in pages() {
        let examples = blocks(&text, "yaml");
        assert!(!examples.is_empty(), "{name}");
        let monitors: Vec<Monitor> = examples.into_iter().map(read).collect();
        let is_used = |monitor: &Monitor| match name {
            "correlation" => monitor.correlations.is_some(),
            "covariance" => monitor.covariance.is_some(),
            "target_relation" => monitor.concept.is_some(),
            "regression" | "classification" => !monitor.performance.is_empty(),
            test => decides(monitor, test),
        };
        assert!(monitors.iter().any(is_used), "{name}");
    }
}

#[test]
fn the_monitor_of_the_readme_is_read() {
    let readme = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(readme).expect("the README");
    let monitors: Vec<&str> = blocks(&text, "yaml").into_iter().filter(|yaml| yaml.contains("\nmonitor:")).collect();
    let [monitor] = monitors[..] else { panic!("{} monitors in the README", monitors.len()) };
    let monitor = load(monitor).monitor;
    assert!(monitor.retrain.is_some() && monitor.labels.is_some() && !monitor.performance.is_empty());
}
