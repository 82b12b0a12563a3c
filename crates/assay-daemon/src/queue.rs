//! Runs as they are when they are queued.

use assay_core::ops::Millis;
use assay_core::ops::runs::{Run, RunState, Trigger};
use assay_core::schedule::Priority;

use crate::ids;
use crate::work::Document;

/// A run of a document that somebody asks for now; those that the schedule asks for change trigger and instants.
pub fn queued(document: &Document, now: Millis) -> Run {
    Run {
        id: ids::run(now),
        document: document.name.clone(),
        kind: document.kind,
        trigger: Trigger::Manual,
        planned: now,
        not_before: now,
        priority: priority(document),
        source: document.source.clone(),
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: now,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    }
}

/// What the schedule says; without one as normal.
fn priority(document: &Document) -> i32 {
    match document.schedule.as_ref().map_or(Priority::Normal, |schedule| schedule.priority) {
        Priority::High => 20,
        Priority::Normal => 10,
        Priority::Low => 0,
    }
}

/// By how much a run that catches up goes after others of its priority.
pub const CAUGHT_UP: i32 = -5;
