//! Which incidents a run opens, changes and resolves.

use std::collections::BTreeMap;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Change, Decided, Incident, IncidentKey, IncidentState};
use assay_core::run::RunRecord;

use crate::findings;
use crate::steps::{event, step};

/// How often in a row, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Bad runs in a row until an incident is open (`confirm.fail`); of a monitor its windows.
    pub fail: u32,
    /// Good runs in a row until it is over (`confirm.recover`).
    pub recover: u32,
    /// Errors in a row until an incident is open.
    pub errors: u32,
    /// Milliseconds in which what is bad again is the same incident (`reopen`).
    pub reopen: Millis,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { fail: 1, recover: 1, errors: 2, reopen: 24 * 3_600_000 }
    }
}

/// The run, as far as its record does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// The document that was run.
    pub document: &'a str,
    /// The run's id.
    pub run: &'a str,
    /// Its planned instant.
    pub planned: Millis,
    /// When it ended.
    pub now: Millis,
    /// How often in a row.
    pub policy: Policy,
}

/// What the record of a run makes of its document's incidents. `known` are those that are not over and those that were
/// over last. A run that was planned before one that was judged changes nothing: it is history only.
///
/// Every change comes once, with its events in the order of the run's windows; most have none.
pub fn decide(known: &[Incident], run: &RunRecord, context: &Context<'_>) -> Decided {
    let own = || known.iter().filter(|incident| incident.key.document == context.document);
    if own().any(|incident| incident.planned > context.planned) {
        return Decided::default();
    }
    let mut newest: BTreeMap<&IncidentKey, &Incident> = BTreeMap::new();
    for incident in own() {
        let place = newest.entry(&incident.key).or_insert(incident);
        if rank(incident) > rank(place) {
            *place = incident;
        }
    }
    let unresolved: Vec<IncidentKey> = own()
        .filter(|incident| incident.state != IncidentState::Resolved)
        .map(|incident| incident.key.clone())
        .collect();

    let mut changed: BTreeMap<IncidentKey, Change> = BTreeMap::new();
    for finding in findings::of(run, context.document, &unresolved) {
        let before = match changed.get(&finding.key) {
            Some((incident, _)) => Some(incident),
            None => newest.get(&finding.key).copied(),
        };
        let Some((mut incident, kind)) = step(before, &finding, context) else { continue };
        if let Some(table) = run.tables.iter().find(|table| table.table == context.document) {
            incident.layer.clone_from(&table.layer);
            incident.owner.clone_from(&table.owner);
        }
        let happened = kind.map(|kind| event(&incident, kind, &finding.message, context));
        let (_, mut events) = changed.remove(&finding.key).unwrap_or_else(|| (incident.clone(), Vec::new()));
        events.extend(happened);
        changed.insert(finding.key, (incident, events));
    }
    Decided { changes: changed.into_values().collect() }
}

/// The one that is not over, else the last.
fn rank(incident: &Incident) -> (bool, u64) {
    (incident.state != IncidentState::Resolved, incident.number)
}
