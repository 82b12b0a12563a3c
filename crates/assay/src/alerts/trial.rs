//! `assay alert test`: a notification that says it is a test, sent now.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use assay_notify::notification::Notification;
use assay_notify::plan;
use assay_notify::receivers::{Carrier, Tried, tell};
use assay_notify::rules::routing::routes_of;
use assay_notify::rules::{Destination, Route, Rules};
use assay_report::formats::text::printable;
use serde_json::{Value, json};

use super::{desk, labels, project};
use crate::args::{AlertCommand, AlertTestArgs};
use crate::failure::Failure;
use crate::{check, load, output, serve};

/// Something did not arrive.
const NOT_ARRIVED: u8 = 3;

/// Runs the command; gives its exit code.
pub(crate) fn command(command: &AlertCommand) -> Result<u8, Failure> {
    let AlertCommand::Test(args) = command;
    test(args)
}

/// What came of one target.
struct Came {
    receiver: String,
    integration: &'static str,
    target: String,
    tried: Tried,
}

fn test(args: &AlertTestArgs) -> Result<u8, Failure> {
    let root = load::root_of_project()?;
    let (settings, rules) = project::rules_of(&root)?;
    let reached = reached(&rules, &args.to)?;
    let carrier: Arc<dyn Carrier> = serve::carrier(&root);
    let came = check::watched(false, move |_| async move {
        let mut came = Vec::new();
        for (destination, route) in reached {
            let told = plan::test(&destination.name, &rules, &route, settings.name.as_deref(), desk::now());
            came.extend(sent(&destination, &told, &rules, &*carrier).await);
        }
        came
    })?;
    let text = if args.format == "json" { as_json(&came) } else { as_text(&came) };
    output::stdout(text.as_bytes())?;
    let arrived = came.iter().all(|came| came.tried == Tried::Delivered);
    Ok(if arrived { 0 } else { NOT_ARRIVED })
}

/// Sends a notification to every target of a receiver.
async fn sent(destination: &Destination, told: &Notification, rules: &Rules, carrier: &dyn Carrier) -> Vec<Came> {
    let mut came = Vec::new();
    let targets = destination.receiver.targets();
    for (index, target) in targets.iter().enumerate() {
        let id = if targets.len() == 1 { told.id.clone() } else { format!("{}.{}", told.id, index + 1) };
        let told = Notification { id, ..told.clone() };
        let tried = tell(destination, &told, target, desk::now(), carrier, &rules.allow_private).await;
        let (receiver, integration) = (destination.name.clone(), destination.receiver.integration());
        came.push(Came { receiver, integration, target: target.clone(), tried });
    }
    came
}

/// The receiver named, or those that an incident with these labels reaches, each with the route.
fn reached(rules: &Rules, to: &str) -> Result<Vec<(Arc<Destination>, String)>, Failure> {
    if let Some(destination) = rules.receivers.get(to) {
        return Ok(vec![(Arc::clone(destination), "assay alert test".into())]);
    }
    if !to.contains('=') {
        return Err(unknown(rules, to));
    }
    let labels = labels::read(to)?;
    let mut reached: BTreeMap<&String, &Route> = BTreeMap::new();
    for route in routes_of(rules, &labels) {
        for receiver in &route.receivers {
            reached.entry(receiver).or_insert(route);
        }
    }
    if reached.is_empty() {
        return Err(Failure::usage(
            "the rules have no `route:`, so no incident reaches anybody",
            "write one into rules/alerts.yaml; `assay rules check` shows what there is",
        ));
    }
    let with_route = |(name, route): (&String, &Route)| Some((rules.receivers.get(name).cloned()?, route.id.clone()));
    Ok(reached.into_iter().filter_map(with_route).collect())
}

fn unknown(rules: &Rules, name: &str) -> Failure {
    let names: Vec<&str> = rules.receivers.keys().map(String::as_str).collect();
    let hint = assay_core::suggest::did_you_mean(name, names.iter().copied()).unwrap_or_else(|| match names.len() {
        0 => "there is none: write `receivers:` into rules/alerts.yaml".into(),
        1..=12 => format!("there is {}", names.join(", ")),
        _ => "`assay rules check` lists them".into(),
    });
    Failure::usage(format!("no receiver is named `{name}`, and it is no list of labels"), hint)
}

/// What came of it, in a word and a sentence.
fn said(tried: &Tried) -> (&'static str, Option<&str>) {
    match tried {
        Tried::Delivered => ("delivered", None),
        Tried::Retry { error, .. } => ("retry", Some(error)),
        Tried::Permanent { error } => ("permanent", Some(error)),
        Tried::Gone { error } => ("gone", Some(error)),
    }
}

fn as_text(all: &[Came]) -> String {
    let mut out = String::new();
    for came in all {
        let (word, error) = said(&came.tried);
        let (sign, words) = match word {
            "delivered" => ("✓", "arrived"),
            "retry" => ("✗", "did not arrive; an alert would be tried again"),
            _ => ("✗", "did not arrive; an alert would be given up"),
        };
        let target = if came.target.is_empty() { String::new() } else { format!(" <{}>", came.target) };
        let error = error.map_or_else(String::new, |error| format!(": {error}"));
        let line = format!("{}{target} ({})  {words}{error}", came.receiver, came.integration);
        let _ = writeln!(out, "{sign} {}", printable(&line));
    }
    out
}

fn as_json(all: &[Came]) -> String {
    let one = |came: &Came| {
        let (outcome, error) = said(&came.tried);
        json!({
            "receiver": came.receiver, "integration": came.integration, "target": came.target, "outcome": outcome,
            "error": error,
        })
    };
    let sent: Vec<Value> = all.iter().map(one).collect();
    format!("{:#}\n", json!({"schema": "assay.alert_test/v1", "sent": sent}))
}
