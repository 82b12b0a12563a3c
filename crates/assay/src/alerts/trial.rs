//! `assay alert test`: a notification that says it is a test, sent now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::Outcome;
use assay_notify::notification::{Item, Notification, Reason, SCHEMA};
use assay_notify::receivers::{Carrier, Tried, tell};
use assay_notify::rules::routing::routes_of;
use assay_notify::rules::{Destination, Rules};
use assay_report::formats::text::printable;
use serde_json::{Value, json};

use super::labels::{self, Labels};
use super::{desk, project};
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
    let rules = Arc::new(rules);
    let (destinations, labels) = reached(&rules, &args.to)?;
    let now = desk::now();
    let carrier: Arc<dyn Carrier> = serve::carrier(&root);
    let project_name = settings.name.clone();
    let came = check::watched(false, move |_| async move {
        let mut came = Vec::new();
        for destination in destinations {
            let targets = destination.receiver.targets();
            for (index, target) in targets.iter().enumerate() {
                let id = if targets.len() == 1 { new_id(now) } else { format!("{}.{}", new_id(now), index + 1) };
                let notification = notification(&rules, &destination, &labels, id, project_name.clone(), now);
                let tried =
                    tell(&destination, &notification, target, desk::now(), &*carrier, &rules.allow_private).await;
                let (receiver, integration) = (destination.name.clone(), destination.receiver.integration());
                came.push(Came { receiver, integration, target: target.clone(), tried });
            }
        }
        came
    })?;
    let text = if args.format == "json" { as_json(&came) } else { as_text(&came) };
    output::stdout(text.as_bytes())?;
    let arrived = came.iter().all(|came| came.tried == Tried::Delivered);
    Ok(if arrived { 0 } else { NOT_ARRIVED })
}

/// The receiver named, or those that an incident with these labels reaches.
fn reached(rules: &Rules, to: &str) -> Result<(Vec<Arc<Destination>>, Labels), Failure> {
    if let Some(destination) = rules.receivers.get(to) {
        return Ok((vec![Arc::clone(destination)], labels::of_a_test()));
    }
    if !to.contains('=') {
        return Err(unknown(rules, to));
    }
    let labels = labels::read(to)?;
    let names: BTreeSet<&String> =
        routes_of(rules, &labels).into_iter().flat_map(|route| &route.receivers).collect();
    if names.is_empty() {
        return Err(Failure::usage(
            "there is no `route:`, so no incident reaches anybody",
            "write one into rules/alerts.yaml; `assay rules check` shows what there is",
        ));
    }
    let destinations: Vec<_> = names.into_iter().filter_map(|name| rules.receivers.get(name)).cloned().collect();
    Ok((destinations, labels))
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

/// Another one each time: a receiver may drop what it has seen.
fn new_id(now: Millis) -> String {
    format!("test-{}", assay_daemon::ids::run(now).trim_start_matches("run-"))
}

fn notification(
    rules: &Rules,
    destination: &Destination,
    labels: &Labels,
    id: String,
    project: Option<String>,
    now: Millis,
) -> Notification {
    let group: BTreeMap<String, String> = labels.iter().filter(|(label, _)| label != "tag").cloned().collect();
    Notification {
        schema: SCHEMA.into(),
        group: format!("test:{id}"),
        id,
        receiver: destination.name.clone(),
        labels: group,
        route: "assay alert test".into(),
        reason: Reason::Test,
        why: "Somebody wants to see whether notifications arrive here: nothing is broken.".into(),
        at: now,
        is_open: true,
        title: "Test of Assay: nothing is broken".into(),
        external_url: rules.external_url.clone(),
        project,
        incidents: vec![item(labels, now)],
        left_out: 0,
        open: 1,
        resolved: 0,
        period: None,
        retrain: None,
    }
}

/// An incident as one with these labels would look.
fn item(labels: &Labels, now: Millis) -> Item {
    let of = |name: &str| labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.clone());
    let (kind, severity) = match (of("outcome").as_deref(), of("severity").as_deref()) {
        (Some("error"), _) => (IncidentKind::Error, Outcome::Error),
        (_, Some("warn")) => (IncidentKind::Verdict, Outcome::Warn),
        _ => (IncidentKind::Verdict, Outcome::Fail),
    };
    Item {
        number: 0,
        labels: labels.clone(),
        document: of("contract").or_else(|| of("monitor")).unwrap_or_else(|| "assay.test".into()),
        check: of("check").unwrap_or_else(|| "test".into()),
        column: of("column"),
        segment: of("segment"),
        kind,
        state: IncidentState::Open,
        severity,
        message: "This is a test: an incident would say here what was found.".into(),
        since: now,
        opened_at: now,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        is_flapping: false,
        owner: of("owner"),
        layer: of("layer"),
        acknowledged_by: None,
        run: "test".into(),
        planned: now,
        news: None,
        reproduce: None,
        strip: Vec::new(),
    }
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
