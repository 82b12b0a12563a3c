//! Logins that failed: ten within a minute, and the next have to wait.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_core::ops::Millis;
use axum::http::StatusCode;

use crate::http::problem::{Answer, Problem};

const MOST: usize = 10;
const WITHIN: Millis = 60_000;

/// The last failures, of the whole process: behind a proxy every address is the proxy's.
#[derive(Default)]
pub(super) struct Attempts(Mutex<VecDeque<Millis>>);

impl Attempts {
    fn all(&self) -> MutexGuard<'_, VecDeque<Millis>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more may be tried.
    pub fn allowed(&self, now: Millis) -> Answer<()> {
        let mut all = self.all();
        while all.front().is_some_and(|at| now - at >= WITHIN) {
            all.pop_front();
        }
        let Some(first) = all.front().filter(|_| all.len() >= MOST) else { return Ok(()) };
        let seconds = u64::try_from((first + WITHIN - now + 999) / 1_000).unwrap_or(60);
        let detail = format!("too many logins failed; try again in {seconds} s");
        Err(Problem::later(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", detail, seconds))
    }

    /// One failed.
    pub fn failed(&self, now: Millis) {
        let mut all = self.all();
        all.push_back(now);
        if all.len() > MOST {
            all.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_failures_within_a_minute_the_next_waits_for_the_first_to_be_a_minute_old() {
        let attempts = Attempts::default();
        for second in 0..10 {
            assert!(attempts.allowed(second * 1_000).is_ok());
            attempts.failed(second * 1_000);
        }
        let refused = attempts.allowed(10_000).unwrap_err();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.detail().contains("50 s"));
        assert!(attempts.allowed(60_000).is_ok());
    }
}
