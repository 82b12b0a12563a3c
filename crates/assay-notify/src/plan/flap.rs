//! Openings of an incident, and whether it goes on and off too often to be told each time: the third opening within an
//! hour makes it flapping, and it counts as open until an hour has passed without another one.

use assay_core::ops::Millis;
use serde::{Deserialize, Serialize};

/// So long after an opening the next one counts.
pub(super) const HOUR: Millis = 3_600_000;
/// So many openings within an hour are too many to tell each.
const MANY: usize = 3;

/// The last openings, oldest first: no more than it takes to see that there are many.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Openings {
    at: Vec<Millis>,
    /// Whether there were many within an hour, and none of them was the last for an hour.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    many: bool,
}

impl Openings {
    /// Whether this opening, or a later one, was taken up before.
    pub fn knows(&self, at: Millis) -> bool {
        self.at.last().is_some_and(|last| at <= *last)
    }

    /// Takes one up that is later than all before.
    pub fn push(&mut self, at: Millis) {
        let is_on_time = self.at.last().is_some_and(|last| at.saturating_sub(*last) < HOUR);
        self.many &= is_on_time;
        self.at.push(at);
        if self.at.len() > MANY {
            self.at.remove(0);
        }
        self.many |= self.at.len() == MANY && at.saturating_sub(self.at[0]) <= HOUR;
    }

    /// Until when it counts as open, where there were many.
    pub fn flapping_until(&self) -> Option<Millis> {
        self.at.last().filter(|_| self.many).map(|last| last.saturating_add(HOUR))
    }

    /// Whether it counts as open at an instant, whatever its state.
    pub fn is_flapping(&self, at: Millis) -> bool {
        self.flapping_until().is_some_and(|until| at < until)
    }

    /// Whether they say nothing of what comes after this instant.
    pub fn are_old(&self, now: Millis) -> bool {
        self.at.last().is_none_or(|last| last.saturating_add(HOUR) <= now)
    }

    /// Whether there was any.
    pub fn are_none(&self) -> bool {
        self.at.is_empty()
    }
}
