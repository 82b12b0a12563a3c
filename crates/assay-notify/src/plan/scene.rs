//! What a pass looks at, arranged: incidents by number, each with its new events and its labels.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, Incident};
use assay_core::verdict::Outcome;

use super::World;
use super::groups::{Group, by_id};
use crate::rules::Route;
use crate::subjects::labels_of;

/// Labels of an incident.
pub(super) type Labels = Vec<(String, String)>;

/// The world of a pass, arranged.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub world: World<'a>,
    pub now: Millis,
    incidents: BTreeMap<u64, Known<'a>>,
    routes: HashMap<&'a str, &'a Route>,
}

/// An incident and what is new of it.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub incident: &'a Incident,
    pub events: Vec<&'a AlertEvent>,
    labels: OnceCell<Labels>,
}

impl<'a> Scene<'a> {
    pub fn new(world: &World<'a>) -> Scene<'a> {
        let known = |incident: &'a Incident| Known { incident, events: Vec::new(), labels: OnceCell::new() };
        let mut incidents: BTreeMap<u64, Known<'a>> =
            world.incidents.iter().map(|incident| (incident.number, known(incident))).collect();
        for event in world.events.iter().filter(|event| event.number > world.log.cursor) {
            if let Some(known) = incidents.get_mut(&event.incident) {
                known.events.push(event);
            }
        }
        Scene { world: *world, now: world.now, incidents, routes: by_id(world.rules) }
    }

    /// How often a receiver is told again although nothing changed, if it forgets.
    pub fn resend(&self, receiver: &str) -> Option<Millis> {
        self.world.rules.receivers.get(receiver)?.receiver.resend_every()
    }

    /// How long after it was told of a group its receiver is told again, if nothing changed.
    pub fn repeat_interval(&self, group: &Group<'_>) -> Option<Millis> {
        let every = group.route?.repeat_interval;
        Some(self.resend(&group.receiver).map_or(every, |resend| every.min(resend)))
    }

    /// All incidents, by number.
    pub fn all(&self) -> impl Iterator<Item = (u64, &Known<'a>)> {
        self.incidents.iter().map(|(number, known)| (*number, known))
    }

    pub fn incident(&self, number: u64) -> Option<&'a Incident> {
        self.incidents.get(&number).map(|known| known.incident)
    }

    pub fn known(&self, number: u64) -> Option<&Known<'a>> {
        self.incidents.get(&number)
    }

    pub fn route(&self, id: &str) -> Option<&'a Route> {
        self.routes.get(id).copied()
    }

    /// The labels of an incident as it is now.
    pub fn labels<'s>(&'s self, known: &'s Known<'a>) -> &'s [(String, String)] {
        known.labels.get_or_init(|| labels_of(self.world.subjects, known.incident))
    }

    /// The labels that routes go by: those it has at its worst.
    pub fn labels_at(&self, known: &Known<'a>, worst: Outcome) -> Option<Labels> {
        (worst != known.incident.severity)
            .then(|| labels_of(self.world.subjects, &Incident { severity: worst, ..known.incident.clone() }))
    }
}
