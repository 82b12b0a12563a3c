//! The notifier's log as the notifier reads it: groups of incidents, each with what its receiver was told.

use std::collections::{BTreeMap, HashMap, HashSet};

use assay_core::ops::Millis;
use assay_core::ops::notices::{LogEntry, NotifierLog};
use serde::{Deserialize, Serialize};

use super::members::Member;
use crate::rules::{Route, Rules};

/// The version of the entries' form.
const VERSION: u32 = 1;
/// The entry that says since when there is a notifier.
const SINCE: &str = "notifier";
/// What was over so long before the first pass ever is told to nobody.
const FIRST: Millis = 24 * 3_600_000;

/// What sort of group it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Incidents of a route with the same labels.
    Route,
    /// Those among them that nobody acknowledged in time.
    Escalation,
    /// All incidents of a receiver that is told at certain times.
    Digest,
}

/// What is kept of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    v: u32,
    pub kind: Kind,
    /// The route's id; of a digest empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// What its incidents have in common.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub members: BTreeMap<u64, Member>,
    /// When the receiver was told of it last; of a digest, when it was due last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Millis>,
    /// The route's times, for when it is gone.
    pub wait: Millis,
    pub interval: Millis,
    /// Whether ends are told.
    pub resolves: bool,
}

/// A group and what is known of it in this pass.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub receiver: String,
    pub state: State,
    /// What the log has.
    before: Option<State>,
    /// The route as it is now; `None`: it is gone, or it is a digest.
    pub route: Option<&'a Route>,
    /// Members that belong here now; others wait to be told their end.
    pub routed: HashSet<u64>,
}

/// All groups, by key.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    pub by_key: BTreeMap<String, Group<'a>>,
    /// Keys of entries of receivers that are gone.
    lost: Vec<String>,
    /// Incidents that were over before this are told to nobody who did not know of them.
    pub since: Millis,
    since_is_new: bool,
}

#[derive(Serialize, Deserialize)]
struct Since {
    v: u32,
    since: Millis,
}

impl State {
    pub fn new(kind: Kind, route: &Route, labels: BTreeMap<String, String>) -> State {
        let (wait, interval, resolves) = (route.group_wait, route.group_interval, route.send_resolved);
        let route = if kind == Kind::Digest { String::new() } else { route.id.clone() };
        State { v: VERSION, kind, route, labels, members: BTreeMap::new(), told_at: None, wait, interval, resolves }
    }

    /// Nothing shorter is told, and nothing is told earlier.
    pub fn wait(&self) -> Millis {
        if self.kind == Kind::Route { self.wait } else { 0 }
    }
}

impl<'a> Groups<'a> {
    /// Reads the log. What cannot be read is left alone: it is not of this version.
    pub fn read(log: &NotifierLog, rules: &'a Rules, now: Millis) -> Groups<'a> {
        let since = log.entries.iter().find(|entry| entry.key == SINCE);
        let since: Option<Since> = since.and_then(|entry| serde_json::from_str(&entry.body).ok());
        let mut groups = Groups {
            by_key: BTreeMap::new(),
            lost: Vec::new(),
            since: since.as_ref().map_or(now.saturating_sub(FIRST), |since| since.since.min(now)),
            since_is_new: since.is_none() && rules.route.is_some(),
        };
        let routes = by_id(rules);
        for entry in log.entries.iter().filter(|entry| entry.key != SINCE) {
            let Some(state) = state(entry) else { continue };
            if !rules.receivers.contains_key(&entry.receiver) {
                groups.lost.push(entry.key.clone());
                continue;
            }
            let route = routes.get(state.route.as_str()).copied().filter(|_| state.kind != Kind::Digest);
            let mut group = Group {
                receiver: entry.receiver.clone(),
                before: Some(state.clone()),
                state,
                route,
                routed: HashSet::new(),
            };
            // told under a clock that was ahead and is corrected: what comes next does not wait for that time
            group.state.told_at = group.state.told_at.map(|at| at.min(now));
            if let Some(route) = route {
                group.state.wait = route.group_wait;
                group.state.interval = route.group_interval;
                group.state.resolves = route.send_resolved;
            }
            groups.by_key.insert(entry.key.clone(), group);
        }
        groups.forget(now);
        groups
    }

    /// The group of a key, new where there is none.
    pub fn group(
        &mut self,
        key: &str,
        receiver: &str,
        route: &'a Route,
        state: impl FnOnce() -> State,
    ) -> &mut Group<'a> {
        let made = || {
            let state = state();
            let route = (state.kind != Kind::Digest).then_some(route);
            Group { receiver: receiver.to_owned(), state, before: None, route, routed: HashSet::new() }
        };
        self.by_key.entry(key.to_owned()).or_insert_with(made)
    }

    /// Forgets members of which nothing is needed any more. It depends on the time alone, not on how many passes there
    /// were before.
    pub fn forget(&mut self, now: Millis) {
        for group in self.by_key.values_mut() {
            let wait = group.state.wait();
            group.state.members.retain(|_, member| !member.is_forgotten(wait, now));
        }
    }

    /// What is new for the log: entries, and keys that are forgotten.
    pub fn write(self, now: Millis) -> (Vec<LogEntry>, Vec<String>) {
        let (mut entries, mut forgotten) = (Vec::new(), self.lost);
        if self.since_is_new {
            let body = serde_json::to_string(&Since { v: VERSION, since: self.since });
            let body = body.expect("numbers can be written");
            entries.push(LogEntry { key: SINCE.to_owned(), receiver: String::new(), body, changed_at: now });
        }
        for (key, group) in self.by_key {
            if group.is_forgotten(now) {
                forgotten.extend(group.before.is_some().then_some(key));
            } else if group.before.as_ref() != Some(&group.state) {
                let body = serde_json::to_string(&group.state).expect("texts and numbers can be written");
                entries.push(LogEntry { key, receiver: group.receiver, body, changed_at: now });
            }
        }
        (entries, forgotten)
    }
}

impl Group<'_> {
    /// Nobody is in it, and the time until it may be told again is over.
    fn is_forgotten(&self, now: Millis) -> bool {
        let is_over = |told_at: Millis| told_at.saturating_add(self.state.interval) <= now;
        self.state.members.is_empty() && (self.state.kind == Kind::Digest || self.state.told_at.is_none_or(is_over))
    }
}

/// The state of an entry; `None`: it is none, or of another version.
pub(super) fn state(entry: &LogEntry) -> Option<State> {
    serde_json::from_str(&entry.body).ok().filter(|state: &State| state.v == VERSION)
}

/// All routes by their ids.
pub(super) fn by_id(rules: &Rules) -> HashMap<&str, &Route> {
    let mut found = HashMap::new();
    let mut open: Vec<&Route> = rules.route.iter().collect();
    while let Some(route) = open.pop() {
        found.insert(route.id.as_str(), route);
        open.extend(&route.routes);
    }
    found
}
