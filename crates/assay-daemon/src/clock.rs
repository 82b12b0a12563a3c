//! The clocks: civil time for schedules, elapsed time for intervals.

use std::time::{Duration, Instant};

use assay_core::engine::BoxFuture;
use assay_core::ops::Millis;

/// What time it is. Tests have one that they turn.
pub trait Clock: Send + Sync {
    /// Civil time: may jump when somebody sets the machine's clock.
    fn now(&self) -> Millis;

    /// Elapsed time since some instant in milliseconds: never jumps.
    fn elapsed(&self) -> Millis;

    /// Waits, in elapsed time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
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

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Clocks of tests: faster than the machine's, and set by hand.
#[cfg(test)]
#[derive(Debug)]
pub struct FastClock {
    since: Instant,
    factor: u32,
    begin: std::sync::atomic::AtomicI64,
}

#[cfg(test)]
impl FastClock {
    /// Begins at an instant and runs so many times faster.
    pub fn new(begin: Millis, factor: u32) -> Self {
        FastClock { since: Instant::now(), factor, begin: begin.into() }
    }

    /// Sets the civil time forwards or back.
    pub fn jump(&self, by: Millis) {
        self.begin.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Clock for FastClock {
    fn now(&self) -> Millis {
        self.begin.load(std::sync::atomic::Ordering::SeqCst) + self.elapsed()
    }

    fn elapsed(&self) -> Millis {
        Millis::try_from((self.since.elapsed() * self.factor).as_millis()).unwrap_or(Millis::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration / self.factor))
    }
}
