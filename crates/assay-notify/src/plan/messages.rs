//! What a receiver is told, from what there is to tell: a notification whose id is the same whenever the same pass is
//! made from the same state.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentState};
use sha2::{Digest, Sha256};

use super::groups::{Group, Kind};
use super::items;
use super::scene::{Known, Scene};
use super::words::{self, Case, Why};
use crate::notification::{MOST_INCIDENTS, Notification, Reason, SCHEMA};

/// An incident that a message lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub number: u64,
    pub news: Option<Reason>,
    pub is_over: bool,
    pub is_flapping: bool,
}

/// What a message says beside its incidents.
#[derive(Debug)]
pub(super) struct Telling<'k> {
    pub reason: Reason,
    pub key: &'k str,
    /// What muted incidents that no longer are.
    pub mutes: HashMap<u64, String>,
    /// Of a digest.
    pub period: Option<(Millis, Millis)>,
}

/// A message about a group.
pub(super) fn notification<'a>(
    scene: &Scene<'a>,
    group: &Group<'a>,
    listed: &[Listed],
    telling: &Telling<'_>,
) -> Notification {
    let mut cases: Vec<(Listed, &Known<'a>)> =
        listed.iter().filter_map(|told| Some((*told, scene.known(told.number)?))).collect();
    cases.sort_by_key(|(told, known)| order(told.is_over, known.incident));
    let told: Vec<Case<'_>> = cases
        .iter()
        .map(|(told, known)| Case { incident: known.incident, news: told.news, is_over: told.is_over })
        .collect();
    let items = cases
        .iter()
        .take(MOST_INCIDENTS)
        .map(|(told, known)| items::item(scene.labels(known), known.incident, told))
        .collect();
    let why = Why {
        route: group.route,
        repeat: scene.repeat_interval(group),
        mutes: listed.iter().filter_map(|told| telling.mutes.get(&told.number)).map(String::as_str).collect(),
        period: telling.period,
    };
    let open = told.iter().filter(|case| !case.is_over).count() as u64;
    let route = match group.state.kind {
        Kind::Digest => "digest".to_owned(),
        Kind::Route | Kind::Escalation => group.state.route.clone(),
    };
    Notification {
        schema: SCHEMA.to_owned(),
        id: id(telling.key, scene.now, telling.reason, scene.world.log.cursor),
        receiver: group.receiver.clone(),
        group: telling.key.to_owned(),
        labels: group.state.labels.clone(),
        route,
        reason: telling.reason,
        why: words::why(telling.reason, &told, &why),
        at: scene.now,
        is_open: open > 0,
        title: words::title(telling.reason, &told),
        external_url: scene.world.rules.external_url.clone(),
        project: scene.world.project.map(str::to_owned),
        incidents: items,
        left_out: told.len().saturating_sub(MOST_INCIDENTS) as u64,
        open,
        resolved: told.len() as u64 - open,
        period: telling.period,
        retrain: None,
    }
}

/// Open ones first, the worst before all others.
fn order(is_over: bool, incident: &Incident) -> (bool, Reverse<assay_core::verdict::Outcome>, &str, &str, u64) {
    let key = &incident.key;
    (is_over, Reverse(incident.severity), &key.document, &key.check, incident.number)
}

/// `n-` and 24 hex digits.
pub(super) fn id(key: &str, at: Millis, reason: Reason, cursor: u64) -> String {
    let mut hash = Sha256::new();
    for part in [key, &at.to_string(), reason.name(), &cursor.to_string()] {
        // with its length: no two lists of parts are the same text
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digits: Vec<String> = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("n-{}", digits.concat())
}

/// What stands for several messages that could not be delivered: `to` is told of their incidents, each as the last of
/// them has it. The messages are those of one receiver, oldest first; `why` says what kept them.
pub fn fallback(of: &[Notification], to: &str, why: &str, now: Millis) -> Notification {
    let mut latest: BTreeMap<u64, crate::notification::Item> = BTreeMap::new();
    for item in of.iter().flat_map(|dead| &dead.incidents) {
        latest.insert(item.number, item.clone());
    }
    let mut incidents: Vec<_> = latest.into_values().collect();
    incidents.sort_by_key(|item| (item.state == IncidentState::Resolved, Reverse(item.severity), item.number));
    let unlisted: u64 = of.iter().map(|dead| dead.left_out).sum();
    let open = incidents.iter().filter(|item| item.state != IncidentState::Resolved).count() as u64;
    let resolved = incidents.len() as u64 - open;
    let left_out = unlisted + incidents.len().saturating_sub(MOST_INCIDENTS) as u64;
    let last = of.last();
    let receiver = last.map_or("", |dead| dead.receiver.as_str());
    let group = format!("fallback:{receiver}|{to}");
    let ids: Vec<&str> = of.iter().map(|dead| dead.id.as_str()).collect();
    let title = words::fallback_title(receiver, of.len(), &incidents);
    incidents.truncate(MOST_INCIDENTS);
    Notification {
        schema: SCHEMA.to_owned(),
        id: id(&format!("{group} {}", ids.join(" ")), now, Reason::Fallback, 0),
        receiver: to.to_owned(),
        labels: BTreeMap::new(),
        route: last.map(|dead| dead.route.clone()).unwrap_or_default(),
        reason: Reason::Fallback,
        why: words::fallback_why(receiver, of.len(), why),
        at: now,
        // a message that tells only of what is over is no alarm; one about nothing known is
        is_open: open > 0 || incidents.is_empty(),
        title,
        external_url: last.and_then(|dead| dead.external_url.clone()),
        project: last.and_then(|dead| dead.project.clone()),
        incidents,
        left_out,
        open,
        resolved,
        period: None,
        retrain: None,
        group,
    }
}
