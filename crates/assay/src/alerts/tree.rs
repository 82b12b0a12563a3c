//! Rules as people and programs see them: receivers, and the tree of routes with their times.

use std::fmt::Write;

use assay_core::ops::Millis;
use assay_notify::matchers;
use assay_notify::rules::{Destination, Digest, GroupBy, Route, Rules};
use assay_report::formats::text::printable;
use serde_json::{Value, json};

/// The routes, each below the one that it stands in for.
pub(crate) fn routes(rules: &Rules) -> String {
    let mut out = String::new();
    match &rules.route {
        None => out.push_str("No `route:`, so nobody is told of anything.\n"),
        Some(root) => {
            out.push_str("Routes (of those beside each other the first that matches):\n");
            branch(root, 1, &mut out);
        }
    }
    out
}

fn branch(route: &Route, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let what = match &route.matchers[..] {
        [] if depth == 1 => "any other incident".to_string(),
        [] => "any".to_string(),
        matchers => in_words(matchers),
    };
    let _ = writeln!(out, "{indent}{what} → {}", printable(&route.receivers.join(", ")));
    let _ = writeln!(out, "{indent}    {}", timings(route));
    route.routes.iter().for_each(|below| branch(below, depth + 1, out));
}

/// Matchers with commas between them.
pub(crate) fn in_words(matchers: &[assay_core::ops::silences::Matcher]) -> String {
    let texts: Vec<String> = matchers.iter().map(matchers::text).collect();
    printable(&texts.join(", ")).into_owned()
}

/// How a route groups, and when it tells.
pub(crate) fn timings(route: &Route) -> String {
    let by = match &route.group_by {
        GroupBy::Incident => "each incident by itself".to_string(),
        GroupBy::Labels(labels) if labels.is_empty() => "all together".to_string(),
        GroupBy::Labels(labels) => format!("together by {}", printable(&labels.join(", "))),
    };
    let mut out = format!(
        "{by}; after {}, changes after {}, again after {}",
        length(route.group_wait),
        length(route.group_interval),
        length(route.repeat_interval)
    );
    if let Some(escalation) = &route.escalate {
        let _ = write!(out, "; not acknowledged for {}: {}", length(escalation.after), printable(&escalation.to));
    }
    if !route.mute.is_empty() {
        let _ = write!(out, "; quiet at {}", printable(&route.mute.join(", ")));
    }
    if !route.send_resolved {
        out.push_str("; the end is not told");
    }
    if route.goes_on {
        out.push_str("; continues with the next route");
    }
    out
}

/// A length of time as rules write it.
pub(crate) fn length(millis: Millis) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match units.into_iter().find(|(_, unit)| millis != 0 && millis % unit == 0) {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None if millis == 0 => "0s".into(),
        None => format!("{millis}ms"),
    }
}

/// The receivers, one a line.
pub(crate) fn receivers(rules: &Rules) -> String {
    let mut out = String::new();
    if rules.receivers.is_empty() {
        return out;
    }
    out.push_str("Receivers:\n");
    let width = rules.receivers.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for destination in rules.receivers.values() {
        let targets = targets(destination).join(", ");
        let targets = if targets.is_empty() { targets } else { format!(" to {targets}") };
        let fallback = destination.fallback.as_deref().map_or_else(String::new, |name| format!("; else {name}"));
        let digest = destination.digest.map_or_else(String::new, |digest| format!("; {}", every(digest)));
        let line =
            format!("{:width$}  {}{targets}{digest}{fallback}", destination.name, destination.receiver.integration());
        let _ = writeln!(out, "  {}", printable(&line));
    }
    out
}

/// The places of a receiver that have names.
fn targets(destination: &Destination) -> Vec<String> {
    destination.receiver.targets().into_iter().filter(|target| !target.is_empty()).collect()
}

fn every(digest: Digest) -> String {
    let day = digest.day.map_or_else(|| "every day".to_string(), |day| format!("every {day}"));
    format!("{day} at {:02}:{:02} {}", digest.minute / 60, digest.minute % 60, digest.timezone.name())
}

/// The receivers for programs.
pub(crate) fn receivers_as_json(rules: &Rules) -> Value {
    let one = |destination: &Destination| {
        json!({
            "name": destination.name, "integration": destination.receiver.integration(), "targets": targets(destination),
            "fallback": destination.fallback, "digest": destination.digest.map(every),
        })
    };
    rules.receivers.values().map(|destination| one(destination)).collect()
}

/// A route for programs, with those below it.
pub(crate) fn route_as_json(route: &Route) -> Value {
    let matchers: Vec<String> = route.matchers.iter().map(matchers::text).collect();
    let group_by = match &route.group_by {
        GroupBy::Incident => vec!["...".to_string()],
        GroupBy::Labels(labels) => labels.clone(),
    };
    let escalate = route.escalate.as_ref().map(|to| json!({"after_ms": to.after, "to": to.to}));
    let below: Vec<Value> = route.routes.iter().map(route_as_json).collect();
    json!({
        "id": route.id, "at": place(&route.at), "match": matchers, "receivers": route.receivers, "group_by": group_by,
        "group_wait_ms": route.group_wait, "group_interval_ms": route.group_interval,
        "repeat_interval_ms": route.repeat_interval, "mute": route.mute, "continue": route.goes_on,
        "send_resolved": route.send_resolved, "escalate": escalate, "routes": below,
    })
}

pub(crate) fn place(at: &assay_core::problem::Place) -> Value {
    json!({"path": &*at.path, "line": at.line, "column": at.column})
}
