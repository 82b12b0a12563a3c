//! What one section says of another: names that have to exist, sections that need each other.

use std::collections::{HashMap, HashSet};

use assay_core::drift::monitor::{Monitor, Pairs};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_stats::drift::ColumnKind;

use super::columns::Written;
use super::deciding::kind_name;
use super::rule::Check;
use super::section::Reader;
use super::whole::Named;
use crate::yaml::shorten;

/// What a rule can name.
const FAMILIES: &[&str] = &["drift", "dataset", "correlation", "covariance", "concept", "performance"];

/// Names that one is compared with to guess what was meant.
const MOST_ALIKE: usize = 1_000;

/// The monitor as written, beside what was read of it.
pub(crate) struct Around<'a> {
    /// Its top-level entries.
    pub entries: &'a [(Key, Node)],
    /// `columns`.
    pub columns: &'a [Written],
    /// `exclude`.
    pub exclude: &'a [(String, Span)],
    /// Columns that segments are made by.
    pub segments: &'a [Named],
    /// Columns that correlations name.
    pub pairs: &'a [Named],
    /// Features that `concept` names.
    pub features: &'a [Named],
}

impl Around<'_> {
    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.entries.iter().find(|(key, _)| key.text == name).map(|(key, _)| key)
    }

    /// The place of a key inside of a section, else of the section.
    pub(super) fn inside(&self, section: &str, name: &str) -> Span {
        let entry = self.entries.iter().find(|(key, _)| key.text == section);
        entry.map_or(Span::default(), |(key, node)| node.get(name).map_or(key.span, |node| node.span))
    }
}

impl Reader<'_> {
    /// Finds what does not fit together.
    pub fn agree(&mut self, monitor: &Monitor, around: &Around<'_>) {
        self.needs(around);
        self.observed(monitor, around);
        self.excluded(monitor, around);
        self.special(monitor, around);
        self.numbers_correlate(around);
        if !monitor.watch_all && around.columns.is_empty() && around.key("prediction").is_none() {
            let at = around.key("columns_only").map_or(Span::default(), |key| key.span);
            self.wrong(at, "`columns_only` leaves nothing to watch", "name columns under `columns`");
        }
    }

    /// Sections that mean nothing without others.
    fn needs(&mut self, around: &Around<'_>) {
        let needs: &[(&str, &str, &str)] = &[
            ("labels", "id", "labels are joined by it: `id: prediction_id`"),
            ("labels", "prediction", "labels are compared with it: `prediction: {column: .., task: ..}`"),
            ("concept", "labels", "say where they are: `labels: {table: .., key: .., column: ..}`"),
            ("performance", "labels", "say where they are: `labels: {table: .., key: .., column: ..}`"),
        ];
        for (section, needed, hint) in needs {
            if let (Some(key), None) = (around.key(section), around.key(needed)) {
                self.wrong(key.span, format!("`{section}` needs `{needed}`"), *hint);
            }
        }
    }

    /// Nothing can be left out and used at once.
    fn excluded(&mut self, monitor: &Monitor, around: &Around<'_>) {
        let excluded: HashMap<&str, Span> = around.exclude.iter().map(|(name, span)| (name.as_str(), *span)).collect();
        for Written { key, .. } in around.columns {
            if let Some(at) = excluded.get(key.text.as_str()) {
                let message = format!("column `{}` is both excluded and configured", shorten(&key.text));
                self.wrong(
                    *at,
                    message,
                    format!("take it out of `exclude`, or out of `columns` (line {})", key.span.line),
                );
            }
        }
        if let Some(prediction) = &monitor.prediction
            && let Some(at) = excluded.get(prediction.column.as_str())
        {
            let message = format!("the prediction is excluded: `{}`", shorten(&prediction.column));
            self.wrong(*at, message, "take it out of `exclude`: `prediction` is watched");
        }
        for (section, named) in [("correlations", around.pairs), ("concept", around.features)] {
            for (name, span) in named {
                if excluded.contains_key(name.as_str()) {
                    let message = format!("`{section}` names an excluded column: `{}`", shorten(name));
                    self.wrong(*span, message, "take it out of `exclude`, or name another");
                }
            }
        }
    }

    /// The columns of `timestamp`, `id` and `prediction` are what they are.
    fn special(&mut self, monitor: &Monitor, around: &Around<'_>) {
        let timestamp = monitor.timestamp.as_ref().map(|timestamp| timestamp.column.as_str());
        let prediction = monitor.prediction.as_ref().map(|prediction| prediction.column.as_str());
        let roles = [("timestamp", timestamp), ("id", monitor.id.as_deref()), ("prediction", prediction)];
        for Written { key, more, .. } in around.columns {
            let Some((role, _)) = roles.iter().find(|(_, name)| *name == Some(key.text.as_str())) else { continue };
            if let Some(more) = more {
                let message =
                    format!("`{}` is the column of `{role}`, which takes no `{}` here", shorten(&key.text), more.text);
                let hint = if *role == "prediction" {
                    "write its tests into `prediction`"
                } else {
                    "it is not watched: only `type` may stand here"
                };
                self.wrong(more.span, message, hint);
            }
        }
        for (i, (role, name)) in roles.iter().enumerate() {
            if let (Some(name), Some((other, _))) = (name, roles[..i].iter().find(|(_, other)| other == name)) {
                let message = format!("`{other}` and `{role}` name the same column: `{}`", shorten(name));
                self.wrong(around.inside(role, "column"), message, "each is a column of its own");
            }
        }
        let unwatched = &roles[..2];
        for (section, named) in
            [("segments", around.segments), ("correlations", around.pairs), ("concept", around.features)]
        {
            for (name, span) in named {
                if let Some((role, _)) = unwatched.iter().find(|(_, column)| *column == Some(name.as_str())) {
                    let message = format!("`{section}` names the column of `{role}`: `{}`", shorten(name));
                    self.wrong(*span, message, "it differs in every row: name another");
                }
            }
        }
    }

    fn numbers_correlate(&mut self, around: &Around<'_>) {
        let categorical = around.columns.iter().filter(|written| written.column.kind == Some(ColumnKind::Categorical));
        let categorical: HashSet<&str> = categorical.map(|written| written.column.name.as_str()).collect();
        for (name, span) in around.pairs {
            if categorical.contains(name.as_str()) {
                let kind = kind_name(ColumnKind::Categorical);
                let message = format!("`{}` is {kind}, and only numbers correlate", shorten(name));
                self.wrong(*span, message, "name numeric columns");
            }
        }
    }

    /// A rule names checks that the monitor has.
    pub fn rule(&mut self, checks: &[Check], at: Span, monitor: &Monitor, around: &Around<'_>) {
        for check in checks {
            if let Some((message, hint)) = unknown(check, monitor, around) {
                self.problems.push(Problem::at(at, message).hint(hint));
            }
        }
    }
}

/// What is wrong with a check's name, and what to do.
fn unknown(check: &Check, monitor: &Monitor, around: &Around<'_>) -> Option<(String, String)> {
    let family = check.family.as_str();
    let section = if family == "correlation" { "correlations" } else { family };
    let is_whole = matches!(family, "dataset" | "covariance");
    if !FAMILIES.contains(&family) {
        return Some(unknown_family(family));
    }
    if family != "drift" && around.key(section).is_none() {
        let message = format!("`when` names `{family}`, and the monitor has no `{section}`");
        return Some((message, format!("add `{section}:`, or leave it out")));
    }
    match (check.names.as_slice(), is_whole) {
        ([], true) => None,
        ([name, ..], true) => {
            Some((format!("`{family}` is one check: `{}`", shorten(name)), format!("write `{family}.fail`")))
        }
        ([], false) => {
            let example = match family {
                "performance" => "performance.rmse.fail",
                "correlation" => "correlation.distance_km+fare.fail",
                "concept" => "concept.city_id.fail",
                _ => "drift.city_id.fail",
            };
            Some((format!("`when` names `{family}` without saying of what"), format!("as in `{example}`")))
        }
        (names, false) if family == "correlation" => uncorrelated(names, monitor, around),
        ([name, ..], false) => match family {
            "drift" => unwatched(name, monitor, around),
            "concept" => unrelated(name, monitor, around),
            _ => unlimited(name, monitor),
        },
    }
}

/// A metric without a limit.
fn unlimited(name: &str, monitor: &Monitor) -> Option<(String, String)> {
    let names = || monitor.performance.iter().map(|limit| limit.metric);
    if names().any(|metric| metric == name) {
        return None;
    }
    let hint = did_you_mean(name, names())
        .unwrap_or_else(|| format!("add it to `performance`: `{{metric: {}, ..}}`", shorten(name)));
    Some((format!("`when` names a metric without a limit: `{}`", shorten(name)), hint))
}

/// A pair whose correlation is not compared.
fn uncorrelated(names: &[String], monitor: &Monitor, around: &Around<'_>) -> Option<(String, String)> {
    let [a, b] = names else {
        let message = format!("a correlation is of two columns: `{}`", shorten(&names.join("+")));
        return Some((message, "as in `correlation.distance_km+fare.fail`".into()));
    };
    let Some(Pairs::Named(pairs)) = monitor.correlations.as_ref().map(|correlations| &correlations.pairs) else {
        return unwatched(a, monitor, around).or_else(|| unwatched(b, monitor, around));
    };
    if pairs.iter().any(|pair| (&pair.0, &pair.1) == (a, b)) {
        return None;
    }
    let turned = pairs.iter().any(|pair| (&pair.0, &pair.1) == (b, a));
    let hint =
        if turned { format!("write it as in `pairs`: `correlation.{b}+{a}`") } else { "name it in `pairs`".into() };
    Some((format!("`when` names a pair that `correlations` does not: `{}`", shorten(&names.join("+"))), hint))
}

fn unknown_family(family: &str) -> (String, String) {
    let hint = did_you_mean(family, FAMILIES.iter().copied()).unwrap_or_else(|| {
        format!("there are {}", FAMILIES.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
    });
    (format!("`when` names an unknown check: `{}`", shorten(family)), hint)
}

/// A column that no drift check is made of.
fn unwatched(name: &str, monitor: &Monitor, around: &Around<'_>) -> Option<(String, String)> {
    if monitor.exclude.iter().any(|other| other == name) {
        return Some((
            format!("`when` names an excluded column: `{}`", shorten(name)),
            "take it out of `exclude`".into(),
        ));
    }
    let time = monitor.timestamp.as_ref().is_some_and(|timestamp| timestamp.column == name);
    if time || monitor.id.as_deref() == Some(name) {
        return Some((
            format!("`when` names a column that is not watched: `{}`", shorten(name)),
            "name another".into(),
        ));
    }
    if monitor.watch_all {
        return None;
    }
    let prediction = monitor.prediction.as_ref().map(|prediction| prediction.column.as_str());
    let names = || around.columns.iter().map(|written| written.column.name.as_str()).chain(prediction);
    if names().any(|other| other == name) {
        return None;
    }
    let hint = did_you_mean(name, names().take(MOST_ALIKE))
        .unwrap_or_else(|| "`columns_only` watches none but the named ones".into());
    Some((format!("`when` names a column that is not watched: `{}`", shorten(name)), hint))
}

/// A feature whose target relation is not compared.
fn unrelated(name: &str, monitor: &Monitor, around: &Around<'_>) -> Option<(String, String)> {
    let Some(concept) = monitor.concept.as_ref().filter(|concept| concept.top.is_none()) else {
        return unwatched(name, monitor, around);
    };
    if concept.features.iter().any(|feature| feature == name) {
        return None;
    }
    let hint = did_you_mean(name, concept.features.iter().map(String::as_str));
    Some((
        format!("`when` names a feature that `concept` does not: `{}`", shorten(name)),
        hint.unwrap_or_else(|| "name it under `target_relation`".into()),
    ))
}
