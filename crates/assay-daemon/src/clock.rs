//! The clocks: civil time for schedules, elapsed time for intervals.

use std::time::Instant;

use assay_core::ops::Millis;

/// What time it is. Tests have one that they turn.
pub trait Clock: Send + Sync {
    /// Civil time: may jump when somebody sets the machine's clock.
    fn now(&self) -> Millis;

    /// Elapsed time since some instant in milliseconds: never jumps.
    fn elapsed(&self) -> Millis;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    since: Instant,
}

impl SystemClock {
    /// Begins to measure.
    pub fn new() -> Self {
        SystemClock { since: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        chrono::Utc::now().timestamp_millis()
    }

    fn elapsed(&self) -> Millis {
        Millis::try_from(self.since.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}
