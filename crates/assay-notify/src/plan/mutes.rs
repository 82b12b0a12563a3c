//! Why a receiver is not told although something is due: somebody silenced it, the route is quiet at this time of the
//! week, or another incident stands for it. The reason is kept in the log until it ends.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use assay_core::ops::Millis;
use serde::{Deserialize, Serialize};

use super::inhibit::Inhibitions;
use super::scene::{Known, Scene};
use crate::rules::mute;
use crate::silences::Silences;

/// Why something that was due was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Muted {
    /// Who or what mutes it.
    pub by: Muting,
    /// Until when; `None`: until another incident is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// Who or what mutes an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Muting {
    /// A silence, by its id.
    Silence(String),
    /// A mute time of the route, by its name.
    MuteTime(String),
    /// Another incident, by its number.
    Incident(u64),
}

impl Muting {
    /// `silence s-0123`, `mute time release-night`, `incident 12`.
    pub fn words(&self) -> String {
        match self {
            Muting::Silence(id) => format!("silence {id}"),
            Muting::MuteTime(name) => format!("mute time {name}"),
            Muting::Incident(number) => format!("incident {number}"),
        }
    }
}

/// What mutes in a pass.
#[derive(Debug)]
pub(super) struct Mutes<'s, 'a> {
    pub scene: &'s Scene<'a>,
    silences: Silences<'a>,
    /// Incidents that count as open although they are over.
    flapping: BTreeSet<u64>,
    inhibitions: OnceCell<Inhibitions<'s>>,
}

impl<'s, 'a> Mutes<'s, 'a> {
    pub fn new(scene: &'s Scene<'a>, flapping: BTreeSet<u64>) -> Mutes<'s, 'a> {
        let silences = Silences::new(scene.world.silences, scene.now);
        Mutes { scene, silences, flapping, inhibitions: OnceCell::new() }
    }

    /// What mutes an incident that is open. `times`: the names of the route's mute times.
    pub fn of(&self, known: &'s Known<'a>, times: &[String]) -> Option<Muted> {
        self.of_its_end(known, times).or_else(|| self.inhibited(known))
    }

    /// What holds back that an incident is over: nobody silenced the one that stands for it, so that is told.
    pub fn of_its_end(&self, known: &'s Known<'a>, times: &[String]) -> Option<Muted> {
        self.silenced(known).or_else(|| self.quiet(times))
    }

    fn silenced(&self, known: &'s Known<'a>) -> Option<Muted> {
        let silence = self.silences.of(self.scene.labels(known))?;
        Some(Muted { by: Muting::Silence(silence.id.clone()), until: Some(silence.ends_at) })
    }

    fn quiet(&self, times: &[String]) -> Option<Muted> {
        if times.is_empty() {
            return None;
        }
        let (name, until) = mute::muted(self.scene.world.rules, times, self.scene.now)?;
        Some(Muted { by: Muting::MuteTime(name.to_owned()), until: Some(until) })
    }

    fn inhibited(&self, known: &'s Known<'a>) -> Option<Muted> {
        let inhibitions = self.inhibitions.get_or_init(|| Inhibitions::new(self.scene, &self.flapping));
        let by = inhibitions.by(self.scene, known)?;
        Some(Muted { by: Muting::Incident(by), until: None })
    }
}
