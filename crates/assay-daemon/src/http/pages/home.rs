//! `GET /`: is anything broken now; every contract and monitor.

use std::collections::{BTreeMap, HashMap};

use assay_core::drift::store::StoreError;
use assay_core::ops::Ops;
use assay_core::ops::incidents::{Incident, IncidentFilter, IncidentState};
use assay_core::ops::runs::{Run, RunFilter, RunState};
use assay_report::pages::home::{Home, LATELY, More};
use assay_report::pages::list::{self, Filter, Listed};
use assay_report::pages::{self, Past};
use axum::extract::State;
use axum::response::Response;

use super::asked::{self, Asked, Made, made};
use super::known;
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// Incidents that are read.
const INCIDENTS: usize = 2_000;
/// Resolved ones among which those of the last day are.
const RESOLVED: usize = 200;
/// Runs that wait or are executed.
const OPEN: usize = 20_000;
/// Runs of a strip.
const STRIP: usize = 30;

/// The first screen.
pub(super) async fn show(State(http): State<Shared>, asked: Asked) -> Answer<Response> {
    asked::show(&http, move |store| page(store, &asked)).await
}

fn page(store: &dyn Ops, asked: &Asked) -> Made {
    let frame = asked.frame(store)?;
    let unresolved = unresolved(store)?;
    let resolved = states(store, vec![IncidentState::Resolved], RESOLVED)?;
    let changed = unresolved.iter().cloned().chain(resolved);
    let changed = changed.filter(|incident| asked.now - incident.changed_at <= LATELY).collect();
    let standing = Standing::read(store, &unresolved)?;
    let documents = standing.listed(asked);
    let filter = Filter::of(asked.pairs());
    let selected = list::select(&documents, &filter);
    let more = more(store, asked, &selected.rows)?;
    let incidents = known::bad(store, &asked.project, unresolved, asked.now)?;
    let home = Home { incidents, changed, documents: &documents, filter: &filter, selected, more };
    made(pages::home(&frame, &home))
}

fn unresolved(store: &dyn Ops) -> Result<Vec<Incident>, StoreError> {
    let open = vec![IncidentState::Open, IncidentState::Acknowledged, IncidentState::Pending];
    states(store, open, INCIDENTS)
}

fn states(store: &dyn Ops, states: Vec<IncidentState>, most: usize) -> Result<Vec<Incident>, StoreError> {
    store.incidents(&IncidentFilter { states, most, ..IncidentFilter::default() })
}

/// How it stands with all documents.
struct Standing {
    newest: HashMap<String, Run>,
    busy: HashMap<String, RunState>,
    incidents: HashMap<String, usize>,
}

impl Standing {
    fn read(store: &dyn Ops, unresolved: &[Incident]) -> Result<Self, StoreError> {
        let newest = store.newest_runs()?.into_iter().map(|run| (run.document.clone(), run)).collect();
        let open = vec![RunState::Queued, RunState::Running, RunState::Interrupted];
        let open = store.runs(&RunFilter { states: open, most: OPEN, ..RunFilter::default() })?;
        let mut busy: HashMap<String, RunState> = HashMap::new();
        for run in open {
            let known = busy.entry(run.document).or_insert(run.state);
            if run.state == RunState::Running {
                *known = RunState::Running;
            }
        }
        let mut incidents = HashMap::new();
        for incident in unresolved.iter().filter(|incident| incident.state != IncidentState::Pending) {
            *incidents.entry(incident.key.document.clone()).or_default() += 1;
        }
        Ok(Standing { newest, busy, incidents })
    }

    fn listed<'a>(&self, asked: &'a Asked) -> Vec<Listed<'a>> {
        let listed = asked.project.documents.values().map(|document| {
            let newest = self.newest.get(&document.name);
            Listed {
                name: &document.name,
                kind: document.kind,
                layer: document.layer.as_deref(),
                owner: document.owner.as_deref(),
                tags: &document.tags,
                enabled: document.enabled,
                outcome: newest.and_then(|run| run.outcome),
                last: newest.and_then(|run| run.ended_at),
                busy: self.busy.get(&document.name).copied(),
                incidents: self.incidents.get(&document.name).copied().unwrap_or(0),
            }
        });
        listed.collect()
    }
}

/// Strips and next instants of the rows that are shown.
fn more(store: &dyn Ops, asked: &Asked, rows: &[Listed<'_>]) -> Result<BTreeMap<String, More>, StoreError> {
    let names: Vec<String> = rows.iter().map(|listed| listed.name.to_owned()).collect();
    let mut more: BTreeMap<String, More> = BTreeMap::new();
    for run in store.last_runs(&names, STRIP)?.iter().rev() {
        more.entry(run.document.clone()).or_default().past.push(Past::from(run));
    }
    for name in names {
        let next = asked.project.documents.get(&name).and_then(|document| known::next(document, asked.now));
        more.entry(name).or_default().next = next;
    }
    Ok(more)
}
