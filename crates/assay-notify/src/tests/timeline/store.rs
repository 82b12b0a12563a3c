//! What is stored: documents, incidents and events as the real decisions have them, silences, the notifier's log.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentState};
use assay_core::ops::notices::{LogEntry, NotifierLog};
use assay_core::ops::runs::Kind;
use assay_core::ops::silences::Silence;
use assay_core::run::TableRecord;
use assay_core::verdict::Outcome;

use crate::plan::{Pass, World, named, plan};
use crate::rules::Rules;
use crate::tests::support::{check, run, table};
use crate::{Context, Policy, REMOVED, Subject, Subjects, acknowledge, decide};

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub subjects: Subjects,
    pub policy: Policy,
    pub incidents: Vec<Incident>,
    pub events: Vec<AlertEvent>,
    pub silences: Vec<Silence>,
    pub log: BTreeMap<String, LogEntry>,
    pub cursor: u64,
    /// How every check of a document ended last.
    outcomes: BTreeMap<String, BTreeMap<String, Outcome>>,
    runs: u64,
}

impl Kept {
    /// A document that is there from now on: `gold.revenue` is of the layer gold, `models.eta` a monitor.
    pub fn document(&mut self, name: &str) -> &mut Subject {
        self.subjects.entry(name.to_owned()).or_insert_with(|| Subject {
            name: name.to_owned(),
            kind: if layer(name) == "models" { Kind::Monitor } else { Kind::Contract },
            path: format!("checks/{name}.yaml"),
            tags: Vec::new(),
            model: None,
            depends_on: Vec::new(),
            severities: BTreeMap::new(),
        })
    }

    /// A run in which these checks end so, and all others as before.
    pub fn run(&mut self, now: Millis, document: &str, outcomes: &[(&str, Outcome)]) {
        self.document(document);
        let known = self.outcomes.entry(document.to_owned()).or_default();
        known.extend(outcomes.iter().map(|(check, outcome)| ((*check).to_owned(), *outcome)));
        let checks = known.iter().map(|(id, outcome)| check(id, None, *outcome)).collect();
        let record = TableRecord {
            table: document.to_owned(),
            layer: Some(layer(document).to_owned()),
            owner: Some("mia@shop.example".to_owned()),
            ..table(checks)
        };
        self.runs += 1;
        let name = format!("run-{}", self.runs);
        let context = Context { document, run: &name, planned: now, now, policy: self.policy };
        let own: Vec<Incident> =
            self.incidents.iter().filter(|incident| incident.key.document == document).cloned().collect();
        for (incident, events) in decide(&own, &run(vec![record]), &context).changes {
            self.change(incident, events);
        }
    }

    fn change(&mut self, mut incident: Incident, events: Vec<AlertEvent>) {
        if incident.number == 0 {
            incident.number = self.incidents.len() as u64 + 1;
            self.incidents.push(incident.clone());
        }
        let number = incident.number;
        self.incidents[number as usize - 1] = incident;
        for event in events {
            let place = self.events.len() as u64 + 1;
            self.events.push(AlertEvent { number: place, incident: number, ..event });
        }
    }

    fn newest(&self, document: &str, check: &str) -> Option<&Incident> {
        let is_it = |incident: &&Incident| incident.key.document == document && incident.key.check == check;
        self.incidents.iter().rev().find(is_it)
    }

    /// Somebody acknowledges the newest incident of a check, if there is one.
    pub fn acknowledge(&mut self, now: Millis, document: &str, check: &str) {
        let incident = self.newest(document, check);
        if let Some((incident, events)) = incident.and_then(|incident| acknowledge(incident, "mia", None, now)) {
            self.change(incident, events);
        }
    }

    /// A document is no longer there: its incidents are over.
    pub fn remove(&mut self, now: Millis, document: &str) {
        self.subjects.remove(document);
        self.outcomes.remove(document);
        let gone =
            |incident: &&Incident| incident.key.document == document && incident.state != IncidentState::Resolved;
        let gone: Vec<Incident> = self.incidents.iter().filter(gone).cloned().collect();
        for incident in gone {
            let event = AlertEvent {
                number: 0,
                incident: incident.number,
                kind: EventKind::Resolved,
                at: now,
                severity: incident.severity,
                message: "the document was removed".to_owned(),
                run: None,
            };
            let over = Incident {
                state: IncidentState::Resolved,
                resolved_at: Some(now),
                resolved_why: Some(REMOVED.to_owned()),
                changed_at: now,
                ..incident
            };
            self.change(over, vec![event]);
        }
    }

    /// A pass of the notifier at this time, from what is stored alone.
    pub fn plan(&self, now: Millis, rules: &Rules, at_once: bool) -> Pass {
        let log = NotifierLog { cursor: self.cursor, entries: self.log.values().cloned().collect() };
        let events: Vec<AlertEvent> = self.events.iter().filter(|event| event.number > log.cursor).cloned().collect();
        let wanted: BTreeSet<u64> = named(&log).into_iter().chain(events.iter().map(|event| event.incident)).collect();
        let is_needed =
            |incident: &&Incident| incident.state != IncidentState::Resolved || wanted.contains(&incident.number);
        let incidents: Vec<Incident> = self.incidents.iter().filter(is_needed).cloned().collect();
        let silences: Vec<Silence> = self.silences.iter().filter(|silence| silence.is_active(now)).cloned().collect();
        plan(&World {
            now,
            rules,
            subjects: &self.subjects,
            project: Some("shop"),
            incidents: &incidents,
            events: &events,
            silences: &silences,
            log: &log,
            at_once,
        })
    }

    /// Writes what a pass gave.
    pub fn write(&mut self, pass: &Pass) {
        self.cursor = self.cursor.max(pass.cursor);
        for entry in &pass.entries {
            self.log.insert(entry.key.clone(), entry.clone());
        }
        for key in &pass.forgotten {
            assert!(self.log.remove(key).is_some(), "{key} is forgotten and was never written");
        }
    }
}

/// What is before the dot.
fn layer(document: &str) -> &str {
    document.split('.').next().unwrap_or(document)
}
