//! Incidents come into groups. Each receiver has an incident once: in the group of the first route that names it. Where
//! that is another group than before, because rules were changed or it became worse, what the receiver was told goes
//! with it.

use std::collections::{BTreeMap, HashMap};

use assay_core::ops::incidents::EventKind;

use super::groups::{Group, Groups, Kind, State};
use super::members::{Member, is_open};
use super::scene::{Known, Scene};
use crate::rules::routing::Router;
use crate::rules::{GroupBy, Route};

/// Keys of the groups that incidents are in: those that a route or a digest brought them to.
type Places = HashMap<u64, Vec<String>>;

/// Brings every member to what is known of its incident, and every incident to the groups that it belongs to.
pub(super) fn assign<'a>(scene: &Scene<'a>, groups: &mut Groups<'a>) {
    follow(scene, groups);
    let places = places(groups);
    let router = Router::new(scene.world.rules);
    for (number, known) in scene.all() {
        let keys = places.get(&number).map_or(&[][..], Vec::as_slice);
        let members = || keys.iter().filter_map(|key| groups.by_key.get(key)?.state.members.get(&number));
        let counts_as_open = is_open(known.incident) || members().any(|member| member.is_open(scene.now));
        if !counts_as_open && !was_opened(known) {
            continue;
        }
        let seen_elsewhere = || members().next().map(Member::untold);
        let newcomer = Member::new(known.incident, &known.events, scene.now).or_else(seen_elsewhere);
        let Some(newcomer) = newcomer else { continue };
        let worst = members().map(|member| member.worst).fold(newcomer.worst, Ord::max);
        let newcomer = Member { worst, ..newcomer };
        place(scene, groups, &router, (number, known), newcomer, keys);
        if !counts_as_open {
            continue;
        }
        for key in keys {
            let Some(group) = groups.by_key.get_mut(key) else { continue };
            // it belongs elsewhere now, and there is no end to tell here
            if !group.routed.contains(&number)
                && group.state.members.get(&number).is_some_and(|member| member.told.is_none())
            {
                group.state.members.remove(&number);
            }
        }
    }
}

/// Whether it is new that it was opened.
fn was_opened(known: &Known<'_>) -> bool {
    known.events.iter().any(|event| matches!(event.kind, EventKind::Opened | EventKind::Reopened))
}

/// Every member takes up what happened to its incident. One whose incident is gone for good is forgotten.
fn follow(scene: &Scene<'_>, groups: &mut Groups<'_>) {
    for group in groups.by_key.values_mut() {
        let wait = group.state.wait();
        group.state.members.retain(|number, member| match scene.known(*number) {
            Some(known) => {
                member.follow(known.incident, &known.events, scene.now);
                true
            }
            None => member.is_settled(wait, scene.now),
        });
    }
}

fn places(groups: &Groups<'_>) -> Places {
    let mut places = Places::new();
    let keyed = groups.by_key.iter().filter(|(_, group)| group.state.kind != Kind::Escalation);
    for (key, group) in keyed {
        for number in group.state.members.keys() {
            places.entry(*number).or_default().push(key.clone());
        }
    }
    places
}

fn place<'a>(
    scene: &Scene<'a>,
    groups: &mut Groups<'a>,
    router: &Router<'a>,
    (number, known): (u64, &Known<'a>),
    newcomer: Member,
    keys: &[String],
) {
    let at_worst = scene.labels_at(known, newcomer.worst);
    let labels = at_worst.as_deref().unwrap_or_else(|| scene.labels(known));
    let mut reached: Vec<&str> = Vec::new();
    for route in router.routes_of(labels) {
        for receiver in &route.receivers {
            let Some(destination) = scene.world.rules.receivers.get(receiver) else { continue };
            if reached.contains(&receiver.as_str()) {
                continue;
            }
            reached.push(receiver);
            let is_digest = destination.digest.is_some();
            let key = if is_digest { digest_key(receiver) } else { key(route, receiver, number, labels) };
            let of_receiver = |key: &&String| groups.by_key.get(*key).is_some_and(|group| group.receiver == *receiver);
            let old = keys.iter().filter(of_receiver).find(|old| **old != key).cloned();
            let is_here = keys.contains(&key);
            let carried = old.filter(|_| !is_here).and_then(|old| take(groups, &old, number));
            let (told_at, member) = match carried {
                Some((told_at, member)) => (told_at, Some(member)),
                None if is_here => (None, None),
                None if newcomer.over.is_some_and(|over| over < groups.since) => continue,
                None => (None, Some(newcomer.clone())),
            };
            let kind = if is_digest { Kind::Digest } else { Kind::Route };
            let group = groups.group(&key, receiver, route, || {
                State::new(kind, route, if is_digest { BTreeMap::new() } else { shared(route, known, labels) })
            });
            // what was opened long before it came to a digest does not make that overdue
            let is_late = is_digest && member.is_some() && !was_opened(known);
            let told_at = if is_digest { Some(scene.now).filter(|_| is_late) } else { told_at };
            group.state.told_at =
                if is_digest { group.state.told_at.or(told_at) } else { group.state.told_at.max(told_at) };
            join(group, number, member, route);
        }
    }
}

/// A member belongs to a group now; `member`: it is new there.
pub(super) fn join(group: &mut Group<'_>, number: u64, member: Option<Member>, route: &Route) {
    group.routed.insert(number);
    group.state.members.extend(member.map(|member| (number, member)));
    let is_digest = group.state.kind == Kind::Digest;
    if let Some(member) = group.state.members.get_mut(&number) {
        let route = is_digest.then_some(route.id.as_str());
        if member.route.as_deref() != route {
            member.route = route.map(str::to_owned);
        }
    }
}

/// Takes a member out of a group, with when that was told last.
fn take(groups: &mut Groups<'_>, key: &str, number: u64) -> Option<(Option<i64>, Member)> {
    let group = groups.by_key.get_mut(key)?;
    let member = group.state.members.remove(&number)?;
    Some((group.state.told_at.filter(|_| member.told.is_some()), member))
}

/// The key of a digest's group.
pub(super) fn digest_key(receiver: &str) -> String {
    format!("digest|{receiver}")
}

/// `{}/{layer="gold"}:{contract="gold.revenue"}|oncall`.
fn key(route: &Route, receiver: &str, number: u64, labels: &[(String, String)]) -> String {
    let shared = match &route.group_by {
        GroupBy::Incident => format!("#{number}"),
        GroupBy::Labels(names) => {
            let one = |name: &String| format!("{name}={:?}", value(labels, name).unwrap_or_default());
            format!("{{{}}}", names.iter().map(one).collect::<Vec<_>>().join(","))
        }
    };
    format!("{}:{shared}|{receiver}", route.id)
}

/// What the incidents of a group have in common.
fn shared(route: &Route, known: &Known<'_>, labels: &[(String, String)]) -> BTreeMap<String, String> {
    let of = |name: &str| Some((name.to_owned(), value(labels, name)?));
    match &route.group_by {
        GroupBy::Labels(names) => names.iter().filter_map(|name| of(name)).collect(),
        GroupBy::Incident => {
            let number = ("incident".to_owned(), known.incident.number.to_string());
            let names = ["contract", "monitor", "check", "column", "segment"];
            names.into_iter().filter_map(of).chain([number]).collect()
        }
    }
}

/// A label's value; of several all of them.
fn value(labels: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> = labels.iter().filter(|(label, _)| label == name).map(|(_, value)| value.as_str()).collect();
    (!values.is_empty()).then(|| values.join(","))
}
