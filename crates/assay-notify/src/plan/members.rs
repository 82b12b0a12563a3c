//! A member of a group: an incident as one receiver knows it.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentState};
use assay_core::verdict::Outcome;
use serde::{Deserialize, Serialize};

use super::flap::Openings;
use super::mutes::Muted;

/// An incident as one receiver knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    /// When it began to be open, as far as it is to be told: flapping does not move it.
    pub opened: Millis,
    /// Since when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Millis>,
    /// How bad it was at worst since it was opened: routes go by it.
    #[serde(with = "crate::notification::outcome")]
    pub worst: Outcome,
    /// Its last openings.
    pub openings: Openings,
    /// What the receiver believes, where that is that it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// How long it was open at a time without being told or muted, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted: Option<Millis>,
    /// Whether the receiver may have heard of it before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heard: bool,
    /// Whether somebody acknowledged it since it was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acknowledged: bool,
    /// Why it was held back when it was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<Muted>,
    /// The route that brought it here, of a digest: its mute times hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
}

/// What a receiver was told of an incident that it believes to be open.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// When: escalation counts from it.
    pub at: Millis,
    /// How bad it was said to be.
    #[serde(with = "crate::notification::outcome")]
    pub severity: Outcome,
}

/// What there is to tell of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// It is open, and the receiver does not know.
    Fresh,
    /// It is worse than the receiver knows, or worse than when somebody acknowledged it.
    Worse,
    /// It is over, and the receiver believes it to be open.
    Ended,
    /// It was open long enough to be told, and is over before it was.
    Unseen,
}

impl Member {
    /// An incident as far as these events and its state tell; `None`: it was never open.
    pub fn new(incident: &Incident, events: &[&AlertEvent], now: Millis) -> Option<Member> {
        let mut member = Member {
            opened: now,
            over: None,
            worst: incident.severity,
            openings: Openings::default(),
            told: None,
            lasted: None,
            // it was opened before anybody kept count for this receiver
            heard: events.iter().any(|event| event.kind == EventKind::Reopened)
                && !events.iter().any(|event| event.kind == EventKind::Opened),
            acknowledged: false,
            muted: None,
            route: None,
        };
        member.follow(incident, events, now);
        (!member.openings.are_none()).then_some(member)
    }

    /// The same incident as one knows it who was told nothing.
    pub fn untold(&self) -> Member {
        Member { told: None, lasted: None, heard: false, acknowledged: false, muted: None, route: None, ..self.clone() }
    }

    /// Takes up what happened. The incident's state has the last word: events may come later than it.
    pub fn follow(&mut self, incident: &Incident, events: &[&AlertEvent], now: Millis) {
        for event in events {
            match event.kind {
                EventKind::Opened | EventKind::Reopened => self.open(event.at, event.severity, now),
                EventKind::Worsened => self.worst = self.worst.max(event.severity),
                EventKind::Acknowledged => self.acknowledged = true,
                EventKind::Resolved => self.close(event.at),
                EventKind::Eased => {}
            }
        }
        if is_open(incident) {
            self.open(incident.opened_at.unwrap_or(incident.changed_at), incident.severity, now);
            self.over = None;
            self.worst = self.worst.max(incident.severity);
            self.acknowledged |= incident.state == IncidentState::Acknowledged;
        } else {
            self.close(incident.resolved_at.unwrap_or(incident.changed_at));
        }
    }

    fn open(&mut self, at: Millis, severity: Outcome, now: Millis) {
        if self.openings.knows(at) {
            return;
        }
        let counts_as_open = self.over.is_none() || self.openings.is_flapping(at);
        let is_first = self.openings.are_none();
        self.openings.push(at);
        self.over = None;
        if counts_as_open && !is_first {
            self.worst = self.worst.max(severity);
            return;
        }
        self.opened = at.min(now);
        self.worst = severity;
        if self.acknowledged {
            self.acknowledged = false;
            self.told = self.told.map(|told| Told { at: self.opened, ..told });
        }
    }

    fn close(&mut self, at: Millis) {
        if self.over.is_some() || self.openings.are_none() {
            return;
        }
        self.over = Some(at);
        if self.told.is_some() || self.muted.is_some() {
            return;
        }
        let until = self.openings.flapping_until().filter(|until| at < *until).unwrap_or(at);
        let lasted = until.saturating_sub(self.opened);
        self.lasted = Some(self.lasted.unwrap_or(0).max(lasted));
    }

    /// Whether it counts as open.
    pub fn is_open(&self, now: Millis) -> bool {
        self.over.is_none() || self.openings.is_flapping(now)
    }

    /// Since when there is something to tell of its end.
    pub fn ended(&self, wait: Millis) -> Option<Millis> {
        let over = self.over?.saturating_add(wait);
        Some(self.openings.flapping_until().map_or(over, |until| over.max(until)))
    }

    /// What there is to tell. `wait`: what is over sooner is not told at all.
    pub fn news(&self, incident: &Incident, wait: Millis, now: Millis) -> Option<News> {
        match self.told {
            None if self.is_open(now) => Some(News::Fresh),
            None => self.lasted.filter(|lasted| *lasted >= wait).map(|_| News::Unseen),
            Some(told) if self.is_open(now) => self.is_worse(told, incident).then_some(News::Worse),
            Some(_) => Some(News::Ended),
        }
    }

    fn is_worse(&self, told: Told, incident: &Incident) -> bool {
        let rose = is_open(incident) && incident.severity > told.severity;
        rose || self.acknowledged && incident.state == IncidentState::Open
    }

    /// The receiver is told that it is open, this bad.
    pub fn tell(&mut self, is_worse: bool, incident: &Incident, now: Millis) {
        let is_acknowledged = incident.state == IncidentState::Acknowledged;
        let at = match self.told {
            // nobody has acknowledged what it is now
            Some(_) if is_worse && self.acknowledged => now,
            Some(told) => told.at,
            None => now,
        };
        self.told = Some(Told { at, severity: incident.severity });
        self.acknowledged = is_acknowledged;
        self.heard = true;
        self.lasted = None;
        self.muted = None;
    }

    /// The receiver is told that it is over, or need not be.
    pub fn end(&mut self) {
        self.heard |= self.told.is_some();
        self.told = None;
        self.lasted = None;
        self.muted = None;
        self.acknowledged = false;
    }

    /// Whether there is nothing to tell until it is opened again.
    pub fn is_settled(&self, wait: Millis, now: Millis) -> bool {
        self.told.is_none() && !self.is_open(now) && self.lasted.is_none_or(|lasted| lasted < wait)
    }

    /// Whether nothing of it is needed any more.
    pub fn is_forgotten(&self, wait: Millis, now: Millis) -> bool {
        self.is_settled(wait, now) && self.openings.are_old(now)
    }
}

/// Whether an incident is open by its state.
pub(super) fn is_open(incident: &Incident) -> bool {
    matches!(incident.state, IncidentState::Open | IncidentState::Acknowledged)
}
