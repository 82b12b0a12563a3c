//! `paths`, `defaults`, `layers` and `engine`.

use assay_core::node::Node;
use assay_core::problem::Problem;

use super::loading::Loading;
use super::{Layer, PartialFailedRows};
use crate::read;

/// Rows that `failed_rows.keep` may ask for at most: a sample, not a copy.
pub(crate) const MAX_KEEP: u64 = 10_000;

pub(super) fn paths(loading: &mut Loading<'_>, node: &Node) {
    let Some(entries) = read::map(node, "paths", &mut loading.problems) else { return };
    for (key, value) in entries {
        match key.text.as_str() {
            "checks" => loading.project.checks = loading.path(value, "paths.checks").unwrap_or_default(),
            "baselines" => loading.project.baselines = loading.path(value, "paths.baselines").unwrap_or_default(),
            "reports" => loading.project.reports = loading.path(value, "paths.reports").unwrap_or_default(),
            "rules" => loading.project.rules = loading.path(value, "paths.rules").unwrap_or_default(),
            _ => {
                let known = ["checks", "rules", "baselines", "reports"];
                loading.problems.push(read::unknown_key(key, "in `paths`", &known));
            }
        }
    }
}

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    let Some(entries) = read::map(node, "defaults", &mut loading.problems) else { return };
    let (project, problems) = (&mut loading.project, &mut loading.problems);
    for (key, value) in entries {
        match key.text.as_str() {
            "severity" => project.severity = read::severity(value, problems).unwrap_or(project.severity),
            "failed_rows" => project.failed_rows = failed_rows(value, problems).over(&project.failed_rows),
            "freshness" => {
                for (key, value) in read::map(value, "defaults.freshness", problems).unwrap_or_default() {
                    match key.text.as_str() {
                        "skew" => {
                            project.skew_seconds =
                                read::seconds(value, "skew", problems).unwrap_or(project.skew_seconds)
                        }
                        _ => problems.push(read::unknown_key(key, "in `defaults.freshness`", &["skew"])),
                    }
                }
            }
            "on_empty" => {
                for (key, value) in read::map(value, "defaults.on_empty", problems).unwrap_or_default() {
                    let passes = |problems: &mut Vec<Problem>| {
                        read::word(value, &key.text, &["pass", "fail"], problems).map(|word| word == "pass")
                    };
                    match key.text.as_str() {
                        "row_checks" => project.empty_row_checks_pass = passes(problems).unwrap_or(true),
                        "aggregates" => project.empty_aggregates_pass = passes(problems).unwrap_or(false),
                        _ => problems.push(read::unknown_key(
                            key,
                            "in `defaults.on_empty`",
                            &["row_checks", "aggregates"],
                        )),
                    }
                }
            }
            _ => problems.push(read::unknown_key(
                key,
                "in `defaults`",
                &["severity", "failed_rows", "freshness", "on_empty"],
            )),
        }
    }
}

pub(super) fn layers(loading: &mut Loading<'_>, node: &Node) {
    let Some(entries) = read::map(node, "layers", &mut loading.problems) else { return };
    for (name, value) in entries {
        // an override of the environment says one key of a layer that the file has
        let mut layer: Layer = loading.project.layers.remove(&name.text).unwrap_or_default();
        for (key, value) in
            read::map(value, &format!("layer `{}`", name.text), &mut loading.problems).unwrap_or_default()
        {
            match key.text.as_str() {
                "severity" => layer.severity = read::severity(value, &mut loading.problems),
                "failed_rows" => {
                    let written = failed_rows(value, &mut loading.problems);
                    layer.failed_rows.keep = written.keep.or(layer.failed_rows.keep);
                    layer.failed_rows.mask = written.mask.or(layer.failed_rows.mask);
                }
                _ => loading.problems.push(read::unknown_key(
                    key,
                    &format!("in layer `{}`", name.text),
                    &["severity", "failed_rows"],
                )),
            }
        }
        loading.project.layers.insert(name.text.clone(), layer);
    }
}

pub(super) fn engine(loading: &mut Loading<'_>, node: &Node) {
    let Some(entries) = read::map(node, "engine", &mut loading.problems) else { return };
    for (key, value) in entries {
        match key.text.as_str() {
            "memory" => loading.project.memory = read::bytes(value, "memory", &mut loading.problems),
            "threads" => {
                let threads = read::count(value, "threads", 4096, &mut loading.problems);
                loading.project.threads = threads.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            }
            "ballista" => loading.problems.push(read::not_yet(key.span, "engine.ballista")),
            _ => loading.problems.push(read::unknown_key(key, "in `engine`", &["memory", "threads"])),
        }
    }
}

/// `{keep: 20, mask: [email]}`.
pub(crate) fn failed_rows(node: &Node, problems: &mut Vec<Problem>) -> PartialFailedRows {
    let mut rows = PartialFailedRows::default();
    for (key, value) in read::map(node, "failed_rows", problems).unwrap_or_default() {
        match key.text.as_str() {
            "keep" => rows.keep = read::count(value, "keep", MAX_KEEP, problems).and_then(|n| u32::try_from(n).ok()),
            "mask" => rows.mask = read::texts(value, "mask", problems),
            _ => problems.push(read::unknown_key(key, "in `failed_rows`", &["keep", "mask"])),
        }
    }
    rows
}
