//! A clock that was ahead and was corrected.
//!
//! What was planned and judged meanwhile lies beyond the present: schedules would stand still until the clock gets there,
//! and runs would be history only. What is an hour ahead at most is waited for: whatever is due in that hour was dealt
//! with, and who takes it back could not tell it from what never was. What is further ahead, and stays so, is taken back.

use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use tracing::{info, warn};

use crate::daemon::Daemon;

/// Clocks of machines differ, and are corrected, by so much without anybody noticing.
const SET_BACK: Millis = 60_000;
/// What is no further ahead is waited for.
const WAITED_FOR: Millis = 3_600_000;
/// In elapsed time: what is ahead for so long is not a clock that wavers.
const CONFIRMED: Millis = 120_000;
/// How often is looked.
const LOOK: Millis = 10_000;

/// What looking found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Nothing changed.
    Unchanged,
    /// Cursors went back: what is known of them is old.
    Rewound,
    /// Another daemon schedules now.
    Elsewhere,
}

/// Since when what the store knows is ahead of the clock.
#[derive(Debug, Default)]
pub struct Corrected {
    /// Elapsed time of the last look.
    looked: Option<Millis>,
    /// Elapsed time since when it is too far ahead.
    since: Option<Millis>,
    /// Told once: the clock was set back.
    is_told: bool,
}

impl Corrected {
    /// Looks whether the store knows what is still to come, and takes it back where that stays so.
    pub async fn look(&mut self, daemon: &Arc<Daemon>, epoch: i64) -> Result<Looked, StoreError> {
        let elapsed = daemon.clock.elapsed();
        if self.looked.is_some_and(|looked| elapsed - looked < LOOK) {
            return Ok(Looked::Unchanged);
        }
        let (furthest, clock) = daemon.ask(|store| Ok((store.furthest()?, store.clock()?))).await?;
        self.looked = Some(elapsed);
        // where the clock of a shared store is later, it is this machine's that is behind: nothing of the others' goes
        let present = daemon.now().max(clock);
        let ahead = furthest.map_or(0, |furthest| furthest.saturating_sub(present));
        self.tell(ahead);
        if ahead <= WAITED_FOR {
            self.since = None;
            return Ok(Looked::Unchanged);
        }
        if elapsed - *self.since.get_or_insert(elapsed) < CONFIRMED {
            return Ok(Looked::Unchanged);
        }
        let Some(rewound) = daemon.change(move |store| store.rewind(epoch, present)).await? else {
            return Ok(Looked::Elsewhere);
        };
        warn!(
            documents = rewound.documents,
            incidents = rewound.incidents,
            skipped = rewound.skipped,
            forgotten = rewound.forgotten,
            milliseconds = ahead,
            "a clock was ahead and was corrected: schedules go on from the present"
        );
        *self = Corrected::default();
        Ok(Looked::Rewound)
    }

    /// Says once that the clock was set back.
    fn tell(&mut self, ahead: Millis) {
        let is_behind = ahead > SET_BACK;
        if is_behind && !self.is_told {
            warn!(
                milliseconds = ahead,
                "the clock was set back, or was ahead; nothing runs twice, so schedules wait for it"
            );
        }
        if !is_behind && self.is_told {
            info!("the clock has got to where schedules go on");
        }
        self.is_told = is_behind;
    }
}
