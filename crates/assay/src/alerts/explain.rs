//! `assay rules explain`: the way of an incident through the rules, step by step.

use std::fmt::Write;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};
use assay_core::ops::notices::NotifierLog;
use assay_core::ops::silences::Silence;
use assay_core::problem::Place;
use assay_notify::plan::{World, inhibitor};
use assay_notify::rules::Rules;
use assay_notify::rules::explain::{Explanation, Inhibited, Outcome, Reached, ReachedReceiver, Step, explain};
use assay_notify::{Subjects, labels_of};
use assay_report::formats::text::printable;
use serde_json::{Value, json};

use super::desk::{self, Desk};
use super::labels::{self, Labels};
use super::tree::{in_words, length, place};
use super::words::{about, instant};
use super::{incidents, project};
use crate::args::RulesExplainArgs;
use crate::failure::Failure;
use crate::store::outside;
use crate::{clock, output};

/// What is asked about.
struct Asked {
    labels: Labels,
    incident: Option<Incident>,
    /// The open incident that mutes it.
    inhibitor: Option<u64>,
    at: Millis,
}

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &RulesExplainArgs) -> Result<u8, Failure> {
    // what is wrong with the question is told before anything is read
    let labels = args.labels.as_deref().map(labels::read).transpose()?;
    let desk = Desk::open()?;
    let at = match &args.at {
        Some(text) => clock::instant("--at", text, &desk.settings.timezone)?.timestamp_millis(),
        None => desk::now(),
    };
    let silences = desk.store.silences(Some(at)).map_err(outside)?;
    let (rules, asked) = match (labels, args.incident) {
        (Some(labels), _) => {
            let (_, rules) = project::rules_of(&desk.root)?;
            (rules, Asked { labels, incident: None, inhibitor: None, at })
        }
        (None, number) => {
            let incident = incidents::one(&desk, number.unwrap_or_default())?;
            let project = project::load(&desk.root)?;
            let inhibitor = inhibitor_of(&desk, &project.rules, &project.subjects, &incident, at)?;
            let labels = labels_of(&project.subjects, &incident);
            (project.rules.as_ref().clone(), Asked { labels, incident: Some(incident), inhibitor, at })
        }
    };
    let explanation = explain(&rules, &asked.labels, &silences, at);
    let text = match args.format.as_str() {
        "json" => format!("{:#}\n", as_json(&asked, &explanation)),
        _ => as_text(&asked, &explanation),
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn inhibitor_of(
    desk: &Desk,
    rules: &Rules,
    subjects: &Subjects,
    incident: &Incident,
    now: Millis,
) -> Result<Option<u64>, Failure> {
    let states = vec![IncidentState::Open, IncidentState::Acknowledged];
    let filter = IncidentFilter { states, most: usize::MAX, ..IncidentFilter::default() };
    let mut incidents = desk.store.incidents(&filter).map_err(outside)?;
    if !incidents.iter().any(|known| known.number == incident.number) {
        incidents.push(incident.clone());
    }
    let world = World {
        now,
        rules,
        subjects,
        project: None,
        incidents: &incidents,
        events: &[],
        silences: &[],
        log: &NotifierLog::default(),
        at_once: false,
    };
    Ok(inhibitor(&world, incident.number))
}

fn as_text(asked: &Asked, explanation: &Explanation) -> String {
    let mut out = String::new();
    if let Some(incident) = &asked.incident {
        let _ = writeln!(out, "#{} {} ({})", incident.number, about(incident), incident.state.name());
    }
    let labels: Vec<String> = asked.labels.iter().map(|(label, value)| format!("{label}={value}")).collect();
    let _ = writeln!(out, "Labels: {}\n", printable(&labels.join(", ")));
    match &explanation.route {
        None => out.push_str("The rules have no `route:`, so nobody is told of anything.\n"),
        Some(root) => {
            out.push_str("Routes that were tried:\n");
            step(root, 1, &mut out);
        }
    }
    if !explanation.reached.is_empty() {
        out.push_str("\nWho is told:\n");
        explanation.reached.iter().for_each(|reached| told(reached, &mut out));
    }
    let quiet = quiet(asked, explanation);
    if !quiet.is_empty() {
        out.push_str("\nWhat keeps it quiet, or may:\n");
        quiet.iter().for_each(|line| {
            let _ = writeln!(out, "  {}", printable(line));
        });
    }
    out
}

fn at_place(at: &Place) -> String {
    format!("{}:{}:{}", at.path, at.line, at.column)
}

fn step(step: &Step, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let matchers: Vec<&str> = step.matchers.iter().map(|tried| tried.matcher.as_str()).collect();
    let what = if matchers.is_empty() { "any incident".to_string() } else { matchers.join(", ") };
    let came = match step.outcome {
        Outcome::Reached => "✓ matches".to_string(),
        Outcome::Below => "✓ matches, and one below it as well, which stands in for it".to_string(),
        Outcome::NotTried => "- not tried: one before it matches and does not continue".to_string(),
        Outcome::NoMatch => format!("✗ {}", why_not(step)),
    };
    let _ = writeln!(out, "{indent}{}  {}  ({})", printable(&what), printable(&came), printable(&at_place(&step.at)));
    step.below.iter().for_each(|below| self::step(below, depth + 1, out));
}

/// Which matchers do not hold, with the values that they found.
fn why_not(step: &Step) -> String {
    let failed = step.matchers.iter().filter(|tried| !tried.holds).map(|tried| match &tried.found[..] {
        [] => format!("{}: it has no such label", tried.matcher),
        found => format!("{}: it has \"{}\"", tried.matcher, found.join("\", \"")),
    });
    failed.collect::<Vec<_>>().join("; ")
}

fn told(reached: &Reached, out: &mut String) {
    for receiver in &reached.receivers {
        let fallback = receiver.fallback.as_deref().map_or_else(String::new, |name| format!("; else {name}"));
        let line = format!("{} ({}){fallback}", receiver.name, receiver.integration);
        let _ = writeln!(out, "  {}", printable(&line));
        let _ = writeln!(out, "    {}", printable(&when(reached, receiver)));
    }
    if let Some(escalation) = &reached.escalate {
        let after = length(escalation.after);
        let _ = writeln!(out, "  {} after {after}, if nobody acknowledged", printable(&escalation.to));
    }
}

fn when(reached: &Reached, receiver: &ReachedReceiver) -> String {
    if let Some(next) = receiver.next_digest {
        return format!("in a digest, the next at {}", instant(next));
    }
    let has_value = |(_, value): &&(String, String)| !value.is_empty();
    let values = reached.group.iter().filter(has_value).map(|(label, value)| format!("{label}=\"{value}\""));
    let values: Vec<String> = values.collect();
    let group = match (reached.alone, values.is_empty()) {
        (true, _) => "by itself".to_string(),
        (false, true) => "together with all others".to_string(),
        (false, false) => format!("together with all of {}", values.join(", ")),
    };
    let resolved = if reached.send_resolved { "" } else { "; its end is not told" };
    format!(
        "{group}; after {}, changes after {}, again after {}{resolved}",
        length(reached.group_wait),
        length(reached.group_interval),
        length(reached.repeat_interval)
    )
}

fn quiet(asked: &Asked, explanation: &Explanation) -> Vec<String> {
    let mut lines = Vec::new();
    for silence in &explanation.silences {
        let words = if silence.is_active(asked.at) { "silenced until" } else { "will be silenced until" };
        let (ends_at, by) = (instant(silence.ends_at), &silence.created_by);
        lines.push(format!("{words} {ends_at} by {by}: {} ({})", in_words(&silence.matchers), silence.id));
    }
    for mute in explanation.reached.iter().flat_map(|reached| &reached.mute) {
        lines.push(match mute.until {
            Some(until) => format!("the mute time `{}` holds until {}", mute.name, instant(until)),
            None => format!("the mute time `{}` does not hold now", mute.name),
        });
    }
    if let Some(number) = asked.inhibitor {
        lines.push(format!("the incident {number}, which is open, stands for it: it is told when that is over"));
    }
    for rule in &explanation.inhibitions {
        if let Some(other) = &rule.muted_by {
            let of = if rule.hops.is_some() { " of a document that it depends on" } else { "" };
            lines.push(format!("an open incident{of} with {} ({})", other_side(rule, other), at_place(&rule.at)));
        }
        if let Some(other) = &rule.mutes {
            let of = if rule.hops.is_some() { " of documents that depend on it" } else { "" };
            lines.push(format!(
                "it keeps others quiet itself{of}: {} ({})",
                other_side(rule, other),
                at_place(&rule.at)
            ));
        }
    }
    lines
}

/// What the other incident of an inhibition has.
fn other_side(rule: &Inhibited, other: &[String]) -> String {
    let equal = rule.equal.iter().map(|(label, values)| format!("{label}=\"{}\"", values.join("\" or \"")));
    let mut parts: Vec<String> = other.iter().cloned().chain(equal).collect();
    if let Some(hops) = rule.hops.filter(|hops| *hops > 1) {
        parts.push(format!("over {hops} steps at most"));
    }
    if parts.is_empty() { "whatever labels".into() } else { parts.join(", ") }
}

fn as_json(asked: &Asked, explanation: &Explanation) -> Value {
    let labels: Vec<Value> =
        asked.labels.iter().map(|(label, value)| json!({"label": label, "value": value})).collect();
    json!({
        "schema": "assay.rules_explain/v1", "at": instant(asked.at),
        "incident": asked.incident.as_ref().map(|incident| incident.number), "labels": labels,
        "route": explanation.route.as_ref().map(step_as_json),
        "reached": explanation.reached.iter().map(reached_as_json).collect::<Value>(),
        "silences": explanation.silences.iter().map(|silence| silence_as_json(silence, asked.at)).collect::<Value>(),
        "inhibited_by": asked.inhibitor,
        "inhibitions": explanation.inhibitions.iter().map(inhibition_as_json).collect::<Value>(),
    })
}

fn step_as_json(step: &Step) -> Value {
    let outcome = match step.outcome {
        Outcome::NoMatch => "no_match",
        Outcome::Below => "below",
        Outcome::Reached => "reached",
        Outcome::NotTried => "not_tried",
    };
    let matchers = step.matchers.iter();
    let matchers = matchers.map(|of| json!({"matcher": of.matcher, "found": of.found, "holds": of.holds}));
    json!({
        "id": step.id, "at": place(&step.at), "outcome": outcome, "matchers": matchers.collect::<Value>(),
        "below": step.below.iter().map(step_as_json).collect::<Value>(),
    })
}

fn reached_as_json(reached: &Reached) -> Value {
    let receivers = reached.receivers.iter().map(|receiver| {
        json!({
            "name": receiver.name, "integration": receiver.integration, "fallback": receiver.fallback,
            "next_digest": receiver.next_digest.map(instant),
        })
    });
    let group = reached.group.iter().map(|(label, value)| json!({"label": label, "value": value}));
    let escalate = reached.escalate.as_ref().map(|to| json!({"after_ms": to.after, "to": to.to}));
    let mute = reached.mute.iter().map(|mute| json!({"name": mute.name, "until": mute.until.map(instant)}));
    json!({
        "route": reached.route, "at": place(&reached.at), "receivers": receivers.collect::<Value>(),
        "alone": reached.alone, "group": group.collect::<Value>(), "group_wait_ms": reached.group_wait,
        "group_interval_ms": reached.group_interval, "repeat_interval_ms": reached.repeat_interval,
        "send_resolved": reached.send_resolved, "escalate": escalate, "mute": mute.collect::<Value>(),
    })
}

fn silence_as_json(silence: &Silence, at: Millis) -> Value {
    json!({
        "id": silence.id, "in_force": silence.is_active(at), "ends_at": instant(silence.ends_at),
        "created_by": silence.created_by, "comment": silence.comment,
    })
}

fn inhibition_as_json(rule: &Inhibited) -> Value {
    let equal = rule.equal.iter().map(|(label, values)| json!({"label": label, "values": values}));
    json!({
        "at": place(&rule.at), "mutes": rule.mutes, "muted_by": rule.muted_by,
        "equal": equal.collect::<Value>(), "hops": rule.hops,
    })
}
