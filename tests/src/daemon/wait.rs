//! Waiting for what has to become true, rather than for a time.

use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets a time pass: between two looks, or until the moment of something that has one of its own.
pub fn pause(time: Duration) {
    let end = Instant::now() + time;
    // a thread may be woken before
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Looks until there is something; gives how long that took, too. Panics with what was awaited when the time is up.
pub fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> (T, Duration) {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return (found, begun.elapsed());
        }
        assert!(begun.elapsed() < within, "after {} s: {what}", begun.elapsed().as_secs());
        pause(PAUSE);
    }
}

/// Looks until it holds. Panics with what was awaited when the time is up.
pub fn holds(what: &str, within: Duration, mut look: impl FnMut() -> bool) -> Duration {
    until(what, within, || look().then_some(())).1
}

/// Looks until nothing is left. Panics with what is left when the time is up.
pub fn until_none<T: std::fmt::Debug>(what: &str, within: Duration, mut look: impl FnMut() -> Vec<T>) -> Duration {
    let begun = Instant::now();
    loop {
        let left = look();
        if left.is_empty() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < within, "after {} s {what}: {left:?}", begun.elapsed().as_secs());
        pause(PAUSE * 4);
    }
}
