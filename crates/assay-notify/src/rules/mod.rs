//! Rules for alerts, as they were read: who is told of what, when, and when not.

pub mod digest;
pub mod explain;
pub mod mute;
pub mod read;
pub mod routing;
mod schema;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use assay_core::connection::Network;
use assay_core::ops::Millis;
use assay_core::ops::silences::Matcher;
use assay_core::problem::Place;
use chrono_tz::Tz;

use crate::decide::Policy;
use crate::receivers::Receiver;

pub use schema::rules_schema;

/// The kind of receivers that have digests.
pub(crate) const WITH_DIGEST: &str = "email";

/// All rules of a project: the files of `rules/` together.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Where Assay's pages are, without a slash at the end: for links.
    pub external_url: Option<String>,
    /// The receivers by name.
    pub receivers: BTreeMap<String, Arc<Destination>>,
    /// The root of the tree; `None`: nobody is told of anything.
    pub route: Option<Route>,
    /// Which incidents mute which.
    pub inhibit: Vec<Inhibition>,
    /// Times by name.
    pub mute_times: BTreeMap<String, Vec<MuteTime>>,
    /// How often in a row a contract's check is bad until its incident is open, and good until it is over.
    pub confirm: Confirm,
    /// Milliseconds in which what is bad again is the same incident.
    pub reopen: Millis,
    /// Networks that may be called although they are private, link-local or of a cloud's metadata service.
    pub allow_private: Vec<Network>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            external_url: None,
            receivers: BTreeMap::new(),
            route: None,
            inhibit: Vec::new(),
            mute_times: BTreeMap::new(),
            confirm: Confirm::default(),
            reopen: Policy::default().reopen,
            allow_private: Vec::new(),
        }
    }
}

/// `defaults.confirm`: of contracts; monitors have their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirm {
    /// Bad runs in a row.
    pub fail: u32,
    /// Good runs in a row.
    pub recover: u32,
}

impl Default for Confirm {
    fn default() -> Self {
        Confirm { fail: 1, recover: 1 }
    }
}

/// A receiver by its name.
#[derive(Debug)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub at: Place,
    /// How it is told.
    pub receiver: Box<dyn Receiver>,
    /// Who is told where it cannot be reached.
    pub fallback: Option<String>,
    /// It is told at these times only, of everything since the last.
    pub digest: Option<Digest>,
    /// SHA-256 over all that it was made of, secrets too, hex: changes where anything does.
    pub fingerprint: String,
}

/// When a digest is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// The day of the week (`None`: every day).
    pub day: Option<chrono::Weekday>,
    /// Minutes after midnight, civil time.
    pub minute: u16,
    /// Of this zone.
    pub timezone: Tz,
}

/// A route: inherited settings are filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Its matchers and those above it, as text: `{}/{layer="gold",severity="fail"}`. Unique: the second of the same
    /// text has `#2` after it.
    pub id: String,
    /// Where it is written.
    pub at: Place,
    /// All have to match; empty: any incident.
    pub matchers: Vec<Matcher>,
    /// Who is told; more than one where a list is written.
    pub receivers: Vec<String>,
    /// The labels whose values tell groups apart; `...` alone: each incident is a group.
    pub group_by: GroupBy,
    /// Milliseconds from the first incident of a group to its first notification.
    pub group_wait: Millis,
    /// Milliseconds between notifications of a group.
    pub group_interval: Millis,
    /// Milliseconds until an open incident is told of again.
    pub repeat_interval: Millis,
    /// Names of mute times.
    pub mute: Vec<String>,
    /// Whether routes beside it that come later are looked at, too.
    pub goes_on: bool,
    /// Whether those who were told of the opening are told of the end.
    pub send_resolved: bool,
    /// Who else is told, and when.
    pub escalate: Option<Escalation>,
    /// Routes below: the first that matches, instead of this one.
    pub routes: Vec<Route>,
}

/// What tells groups apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// The values of these labels.
    Labels(Vec<String>),
    /// Each incident is a group of its own.
    Incident,
}

/// `escalate:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Milliseconds after the first notification.
    pub after: Millis,
    /// Who is told, where nobody has acknowledged by then.
    pub to: String,
}

/// An inhibition: while an incident matching `source` is open, those matching `target` are not told of.
#[derive(Debug, Clone, PartialEq)]
pub struct Inhibition {
    /// Where it is written.
    pub at: Place,
    /// Matchers of the one that mutes.
    pub source: Vec<Matcher>,
    /// Matchers of those muted; empty: any.
    pub target: Vec<Matcher>,
    /// Labels that both have with the same value.
    pub equal: Vec<String>,
    /// The target's document depends on the source's, over so many steps at most.
    pub along_depends_on: Option<u32>,
}

/// A time of the week in which a route is quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MuteTime {
    /// Days of the week; empty: all.
    pub days: Vec<chrono::Weekday>,
    /// Minutes after midnight, from and to (exclusive, 1440 at most); empty: the whole day.
    pub times: Vec<(u16, u16)>,
    /// Civil time of this zone.
    pub timezone: Tz,
}
