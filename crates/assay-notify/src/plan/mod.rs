//! One pass of the notifier, pure: what is known of incidents, rules, silences and of what was told before gives the
//! messages to be written and the log to be kept.
//!
//! | step | file |
//! | --- | --- |
//! | the log is read: groups, each with what its receiver was told | `groups` |
//! | members take up what happened to their incidents | `members`, `flap` |
//! | incidents come into the groups of their routes | `routing` |
//! | groups that are due are told | `flush` |
//! | what nobody acknowledged is told to somebody else | `escalate` |
//! | receivers of digests are told at their times | `digest` |
//! | what is due and muted is held back, with the reason | `mutes`, `inhibit` |
//! | what is told is put into words | `messages`, `items`, `words` |
//!
//! A group remembers of each incident what its receiver believes. What is told follows from comparing that with the
//! incident's state, not from events as such: an event that comes twice, or late, or not at all changes nothing. Events
//! say when incidents were opened in between.

mod digest;
mod escalate;
mod flap;
mod flush;
mod groups;
mod inhibit;
mod items;
mod members;
mod messages;
mod mutes;
mod routing;
mod scene;
mod standing;
mod trial;
mod words;

use std::collections::BTreeSet;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, Incident};
use assay_core::ops::notices::{LogEntry, NotifierLog};
use assay_core::ops::silences::Silence;

use crate::notification::Notification;
use crate::rules::Rules;
use crate::subjects::Subjects;

use groups::{Group, Groups, Kind};
use mutes::Mutes;
use scene::Scene;

pub use messages::fallback;
pub use mutes::{Muted, Muting};
pub use standing::{Standing, standing};
pub use trial::test;

/// All that a pass looks at.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The time of the pass.
    pub now: Millis,
    /// The rules.
    pub rules: &'a Rules,
    /// The project's documents.
    pub subjects: &'a Subjects,
    /// The project's name.
    pub project: Option<&'a str>,
    /// Incidents that are not over, those that the log names ([`named`]), and those of the events.
    pub incidents: &'a [Incident],
    /// Alert events after the log's cursor, in order.
    pub events: &'a [AlertEvent],
    /// Silences in force.
    pub silences: &'a [Silence],
    /// What was told before.
    pub log: &'a NotifierLog,
    /// Whether nobody is there to wait: groups are told at once (`assay check --notify`).
    pub at_once: bool,
}

/// What a pass gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pass {
    /// The number of the last event that was taken up.
    pub cursor: u64,
    /// Entries of the log that are new or changed.
    pub entries: Vec<LogEntry>,
    /// Keys of entries that are forgotten.
    pub forgotten: Vec<String>,
    /// What is told, in order.
    pub notifications: Vec<Notification>,
    /// When the next pass is due although nothing happens; `None`: only when something does.
    pub next_at: Option<Millis>,
}

/// Plans what is told now.
pub fn plan(world: &World<'_>) -> Pass {
    let scene = Scene::new(world);
    let mut groups = Groups::read(world.log, world.rules, world.now);
    routing::assign(&scene, &mut groups);
    let mutes = Mutes::new(&scene, flapping(&groups, world.now));
    let mut notifications = tell(&mutes, &mut groups, Kind::Route, flush::flush);
    escalate::assign(&scene, &mut groups);
    notifications.extend(tell(&mutes, &mut groups, Kind::Escalation, flush::flush));
    notifications.extend(tell(&mutes, &mut groups, Kind::Digest, digest::flush));
    groups.forget(world.now);
    let next_at = next_at(&scene, &groups);
    let (entries, forgotten) = groups.write(world.now);
    let cursor = world.events.iter().map(|event| event.number).fold(world.log.cursor, u64::max);
    Pass { cursor, entries, forgotten, notifications, next_at }
}

/// Tells the groups of a kind that are due.
fn tell<'a>(
    mutes: &Mutes<'_, 'a>,
    groups: &mut Groups<'a>,
    kind: Kind,
    flush: impl Fn(&Mutes<'_, 'a>, &str, &mut Group<'a>) -> Option<Notification>,
) -> Vec<Notification> {
    let of_kind = groups.by_key.iter_mut().filter(|(_, group)| group.state.kind == kind);
    of_kind.filter_map(|(key, group)| flush(mutes, key, group)).collect()
}

/// Incidents that count as open although they are over.
fn flapping(groups: &Groups<'_>, now: Millis) -> BTreeSet<u64> {
    let members = groups.by_key.values().flat_map(|group| &group.state.members);
    members.filter(|(_, member)| member.over.is_some() && member.is_open(now)).map(|(number, _)| *number).collect()
}

fn next_at(scene: &Scene<'_>, groups: &Groups<'_>) -> Option<Millis> {
    let of = |group: &Group<'_>| match group.state.kind {
        Kind::Route | Kind::Escalation => flush::next(scene, group),
        Kind::Digest => digest::next(scene, group),
    };
    let told = groups.by_key.values().filter_map(of).min();
    let escalated = escalate::next(scene, groups);
    let next = [told, escalated, unmuted(groups, scene.now)].into_iter().flatten().min();
    next.map(|next| next.max(scene.now.saturating_add(1)))
}

/// When an incident that flaps no longer counts as open, and mutes no other.
fn unmuted(groups: &Groups<'_>, now: Millis) -> Option<Millis> {
    let members = || groups.by_key.values().flat_map(|group| group.state.members.values());
    let is_inhibited =
        |muted: &Option<Muted>| muted.as_ref().is_some_and(|muted| matches!(muted.by, Muting::Incident(_)));
    if !members().any(|member| is_inhibited(&member.muted)) {
        return None;
    }
    let flapping = members().filter(|member| member.over.is_some());
    flapping.filter_map(|member| member.openings.flapping_until()).filter(|until| *until > now).min()
}

/// The open incident that keeps this one quiet now, for those who ask why nobody is told.
pub fn inhibitor(world: &World<'_>, incident: u64) -> Option<u64> {
    let scene = Scene::new(world);
    let known = scene.known(incident)?;
    inhibit::Inhibitions::new(&scene, &BTreeSet::new()).by(&scene, known)
}

/// Numbers of incidents that the log names and that the next pass needs to know, whatever their state.
pub fn named(log: &NotifierLog) -> Vec<u64> {
    let states = log.entries.iter().filter_map(groups::state);
    let mut numbers: Vec<u64> = states
        .flat_map(|state| {
            let wait = state.wait();
            let is_needed = move |member: &members::Member| !member.is_settled(wait, Millis::MIN);
            state.members.into_iter().filter(move |(_, member)| is_needed(member)).map(|(number, _)| number)
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
