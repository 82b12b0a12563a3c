//! Escalation: what somebody was told long ago, is still open and nobody acknowledged is told to somebody else, in a
//! group of its own.

use assay_core::ops::Millis;
use assay_core::ops::incidents::IncidentState;

use super::groups::{Group, Groups, Kind, State};
use super::members::Member;
use super::routing::{digest_key, join};
use super::scene::Scene;
use crate::rules::{Escalation, Route};

/// A member that is to be told to somebody else.
struct Due<'a> {
    /// The group it is in.
    of: String,
    number: u64,
    member: Member,
    route: &'a Route,
    escalation: &'a Escalation,
    is_due: bool,
}

/// Brings members whose time has come to the groups of those who are told then. To be called after the groups of routes
/// were told.
pub(super) fn assign<'a>(scene: &Scene<'a>, groups: &mut Groups<'a>) {
    for due in due(scene, groups) {
        let to = &due.escalation.to;
        let Some(destination) = scene.world.rules.receivers.get(to) else { continue };
        let is_digest = destination.digest.is_some();
        let key = if is_digest { digest_key(to) } else { format!("{}>{to}", due.of) };
        let is_there = groups.by_key.get(&key).is_some_and(|group| group.state.members.contains_key(&due.number));
        if !is_there && !due.is_due {
            continue;
        }
        let kind = if is_digest { Kind::Digest } else { Kind::Escalation };
        let labels = groups.by_key.get(&due.of).map(|group| group.state.labels.clone()).unwrap_or_default();
        let newcomer = Member { opened: due.at().min(scene.now), ..due.member.untold() };
        let group = groups.group(&key, to, due.route, || {
            State::new(kind, due.route, if is_digest { Default::default() } else { labels })
        });
        let was_told = group.state.members.get(&due.number).is_some_and(|member| member.told.is_some());
        // who acknowledges before it was told ends it
        if was_told || due.is_due {
            join(group, due.number, (!is_there).then_some(newcomer), due.route);
        }
    }
    let escalations = groups.by_key.values_mut().filter(|group| group.state.kind == Kind::Escalation);
    for Group { state, routed, .. } in escalations {
        // what was not told here need not be told its end
        let is_settled = |member: &Member| member.lasted.is_none() && !member.is_open(scene.now);
        state.members.retain(|number, member| member.told.is_some() || routed.contains(number) || is_settled(member));
    }
}

/// Members of routes that escalate, told and still open.
fn due<'a>(scene: &Scene<'a>, groups: &Groups<'a>) -> Vec<Due<'a>> {
    let mut found = Vec::new();
    for (key, group) in groups.by_key.iter().filter(|(_, group)| group.state.kind != Kind::Escalation) {
        for (number, member) in group.state.members.iter().filter(|(number, _)| group.routed.contains(number)) {
            let route = match group.state.kind {
                Kind::Digest => member.route.as_deref().and_then(|id| scene.route(id)),
                Kind::Route | Kind::Escalation => group.route,
            };
            let Some((route, escalation)) = route.and_then(|route| Some((route, route.escalate.as_ref()?))) else {
                continue;
            };
            // the receiver of an escalation does not escalate to itself
            if member.told.is_none() || !member.is_open(scene.now) || group.receiver == escalation.to {
                continue;
            }
            let mut due =
                Due { of: key.clone(), number: *number, member: member.clone(), route, escalation, is_due: false };
            due.is_due = due.at() <= scene.now && !is_acknowledged(scene, *number);
            found.push(due);
        }
    }
    found
}

impl Due<'_> {
    fn at(&self) -> Millis {
        self.member.told.map_or(Millis::MAX, |told| told.at.saturating_add(self.escalation.after))
    }
}

fn is_acknowledged(scene: &Scene<'_>, number: u64) -> bool {
    scene.incident(number).is_some_and(|incident| incident.state == IncidentState::Acknowledged)
}

/// When something is due next that is not yet.
pub(super) fn next<'a>(scene: &Scene<'a>, groups: &Groups<'a>) -> Option<Millis> {
    let later = |due: &Due<'a>| !due.is_due && !is_acknowledged(scene, due.number);
    due(scene, groups).iter().filter(|due| later(due)).map(Due::at).min()
}
