//! `state`: where the history of runs is, and for how long what is kept.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::ops::retention::Retention;
use assay_core::problem::{Problem, Span};
use serde_json::{Map, Value, json};

use super::Secret;
use super::loading::Loading;
use crate::read;
use crate::schema::{closed, length};

/// `state.retention`: each key with its figure.
const KEPT: &[Kept] = &[
    Kept { key: "runs", about: "runs with their records, and points of history", of: |r| &mut r.runs },
    Kept { key: "rollup", about: "the hourly roll-up of runs", of: |r| &mut r.rollup },
    Kept { key: "windows", about: "windows of monitors, their states and summaries", of: |r| &mut r.windows },
    Kept { key: "samples", about: "failing rows", of: |r| &mut r.samples },
    Kept { key: "incidents", about: "resolved incidents, their events, ended silences", of: |r| &mut r.incidents },
    Kept { key: "delivered", about: "messages that were delivered", of: |r| &mut r.delivered },
    Kept { key: "dead", about: "messages that were given up", of: |r| &mut r.dead },
    Kept { key: "missed", about: "runs that were missed or skipped", of: |r| &mut r.missed },
];
const HOUR: i64 = 3_600;
/// A hundred years: as good as for ever, and far from where sums of times overflow.
const LONGEST: i64 = 36_500 * 86_400;

struct Kept {
    key: &'static str,
    about: &'static str,
    of: fn(&mut Retention) -> &mut Millis,
}

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    let mut places: [Option<Span>; 2] = [None, None];
    for (key, value) in read::map(node, "state", &mut loading.problems).unwrap_or_default() {
        match key.text.as_str() {
            "path" => {
                places[0] = Some(key.span);
                loading.refuse_placeholders(value);
                loading.project.state = loading.path(value, "state.path").unwrap_or_default();
                loading.project.state_url = None;
            }
            "url" => {
                places[1] = Some(key.span);
                loading.project.state_url = url(loading, value);
            }
            "retention" => {
                loading.refuse_placeholders(value);
                retention(loading, value);
            }
            _ => loading.problems.push(read::unknown_key(key, "in `state`", &["path", "url", "retention"])),
        }
    }
    if let [Some(_), Some(at)] = places {
        let problem = Problem::at(at, "`state` has a `path` and a `url`, and history has one place");
        loading.problems.push(problem.hint("`path` is a file of this machine, `url` a PostgreSQL database: keep one"));
    }
}

/// The address of a database. It may hold a password, so no message repeats it.
fn url(loading: &mut Loading<'_>, node: &Node) -> Option<Secret> {
    let text = loading.secret(node, "state.url")?.text;
    let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    if rest.is_none_or(|rest| rest.trim().is_empty()) {
        let problem = Problem::at(node.span, "`state.url` is not the address of a PostgreSQL database");
        loading.problems.push(problem.hint("as in `postgres://assay@db.example.com/assay`, or `\"${env:ASSAY_DB}\"`"));
        return None;
    }
    Some(Secret::new(text))
}

fn retention(loading: &mut Loading<'_>, node: &Node) {
    let mut samples_at = None;
    for (key, value) in read::map(node, "state.retention", &mut loading.problems).unwrap_or_default() {
        let Some(kept) = KEPT.iter().find(|kept| kept.key == key.text) else {
            let known: Vec<&str> = KEPT.iter().map(|kept| kept.key).collect();
            loading.problems.push(read::unknown_key(key, "in `state.retention`", &known));
            continue;
        };
        let what = format!("state.retention.{}", kept.key);
        let Some(seconds) = read::seconds_of(value, &what, HOUR..=LONGEST, &mut loading.problems) else { continue };
        *(kept.of)(&mut loading.project.retention) = seconds * 1_000;
        if kept.key == "samples" {
            samples_at = Some(value.span);
        }
    }
    let kept = &loading.project.retention;
    let Some(at) = samples_at.filter(|_| kept.samples > kept.runs) else { return };
    let (samples, runs) = (read::length(kept.samples / 1_000), read::length(kept.runs / 1_000));
    let message = format!("failing rows go with their run: `samples` ({samples}) is longer than `runs` ({runs})");
    loading.problems.push(Problem::at(at, message).hint("shorten `samples`, or keep runs for longer"));
}

pub(crate) fn schema() -> Value {
    let usual = &mut Retention::default();
    let kept: Map<String, Value> = KEPT
        .iter()
        .map(|kept| {
            let usual = read::length(*(kept.of)(usual) / 1_000);
            (kept.key.to_owned(), length(&format!("{}; by default {usual}", kept.about)))
        })
        .collect();
    closed(json!({
        "path": {"type": "string", "description": "the file with the history of runs"},
        "url": {"type": "string", "description": "a PostgreSQL database in its place, as in ${env:ASSAY_DB}"},
        "retention": closed(Value::Object(kept)),
    }))
}
