//! How long passes of the notifier take with very many open incidents: `cargo run --release -p assay-notify --example
//! passes -- 10000`. Each incident is a group of its own, the dearest case.

#![allow(clippy::disallowed_methods, reason = "it measures by the clock")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::ops::notices::NotifierLog;
use assay_core::problem::Place;
use assay_core::verdict::Outcome;
use assay_notify::notification::Notification;
use assay_notify::plan::{World, plan};
use assay_notify::receivers::{Outgoing, Receiver};
use assay_notify::rules::{Destination, Escalation, GroupBy, Inhibition, Route, Rules};
use assay_notify::{Subject, Subjects, matchers};

const MINUTE: Millis = 60_000;

/// Nobody.
#[derive(Debug)]
struct Nobody;

impl Receiver for Nobody {
    fn integration(&self) -> &'static str {
        "nobody"
    }

    fn outgoing(&self, _: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        Err("nobody is told".into())
    }
}

fn place() -> Place {
    Place { path: "rules/alerts.yaml".into(), line: 1, column: 1 }
}

fn rules() -> Rules {
    let parse = |text: &str| vec![matchers::parse(text).expect("a matcher")];
    let route = |id: &str, matchers, routes| Route {
        id: id.into(),
        at: place(),
        matchers,
        receivers: vec!["team".into()],
        group_by: GroupBy::Labels(vec!["contract".into()]),
        group_wait: 0,
        group_interval: 5 * MINUTE,
        repeat_interval: 240 * MINUTE,
        mute: Vec::new(),
        goes_on: false,
        send_resolved: true,
        escalate: Some(Escalation { after: 30 * MINUTE, to: "chief".into() }),
        routes,
    };
    let layers = ["bronze", "silver", "gold"].map(|layer| {
        let matcher = format!("layer=~\"{layer}.*\"");
        route(&format!("{{}}/{{{matcher}}}"), parse(&matcher), Vec::new())
    });
    let receiver = |name: &str| {
        let destination = Destination {
            name: name.into(),
            at: place(),
            receiver: Box::new(Nobody),
            fallback: None,
            digest: None,
            fingerprint: String::new(),
        };
        (name.to_owned(), Arc::new(destination))
    };
    Rules {
        receivers: ["team", "chief"].map(receiver).into_iter().collect(),
        route: Some(route("{}", Vec::new(), layers.into())),
        inhibit: vec![Inhibition {
            at: place(),
            source: parse("check=freshness"),
            target: parse("check!=freshness"),
            equal: vec!["contract".into()],
            along_depends_on: None,
        }],
        ..Rules::default()
    }
}

fn incident(number: u64, now: Millis) -> Incident {
    Incident {
        number,
        key: IncidentKey {
            document: format!("gold.table_{number:05}"),
            check: "amount.range".into(),
            column: Some("amount".into()),
            segment: None,
            kind: IncidentKind::Verdict,
        },
        state: IncidentState::Open,
        severity: Outcome::Fail,
        layer: Some("gold".into()),
        owner: Some("team@shop.example".into()),
        tags: vec!["money".into()],
        message: "812 of 10000 rows outside of 0 to 1000".into(),
        bad: 1,
        good: 0,
        since: now,
        opened_at: Some(now),
        changed_at: now,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        planned: now,
        run: format!("r-{number:016x}"),
        acknowledged_by: None,
        note: None,
    }
}

fn opened(incident: &Incident) -> AlertEvent {
    AlertEvent {
        number: incident.number,
        incident: incident.number,
        kind: EventKind::Opened,
        at: incident.since,
        severity: incident.severity,
        message: incident.message.clone(),
        run: Some(incident.run.clone()),
    }
}

fn subjects(incidents: &[Incident]) -> Subjects {
    let subject = |incident: &Incident| {
        let name = incident.key.document.clone();
        let subject = Subject {
            name: name.clone(),
            kind: assay_core::ops::runs::Kind::Contract,
            path: format!("checks/gold/{name}.yaml"),
            tags: vec!["money".into()],
            model: None,
            depends_on: Vec::new(),
            severities: BTreeMap::new(),
        };
        (name, subject)
    };
    incidents.iter().map(subject).collect()
}

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let start: Millis = 1_790_000_000_000;
    let incidents: Vec<Incident> = (1..=count).map(|number| incident(number, start)).collect();
    let events: Vec<AlertEvent> = incidents.iter().map(opened).collect();
    let (rules, subjects) = (rules(), subjects(&incidents));
    // the notifier was there before anything broke
    let nothing = NotifierLog::default();
    let empty = World {
        now: start - MINUTE,
        rules: &rules,
        subjects: &subjects,
        project: None,
        incidents: &[],
        events: &[],
        silences: &[],
        log: &nothing,
        at_once: false,
    };
    let mut log = NotifierLog { entries: plan(&empty).entries, ..NotifierLog::default() };
    for (what, after, events) in [
        ("all are new", MINUTE, &events[..]),
        ("nothing is due", 2 * MINUTE, &[]),
        ("all are repeated", 300 * MINUTE, &[]),
    ] {
        let world = World { now: start + after, incidents: &incidents, events, log: &log, ..empty };
        let begun = Instant::now();
        let pass = plan(&world);
        let took = begun.elapsed();
        println!("{count} open incidents, {what}: {took:.1?}, {} told", pass.notifications.len());
        let mut entries: BTreeMap<String, _> =
            log.entries.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        entries.extend(pass.entries.into_iter().map(|entry| (entry.key.clone(), entry)));
        log = NotifierLog { cursor: pass.cursor, entries: entries.into_values().collect() };
    }
}
