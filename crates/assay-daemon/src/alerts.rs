//! What a run changes of incidents.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident};
use assay_core::ops::runs::{Finished, RunState};
use assay_core::run::RunRecord;
use assay_notify::{Context, Policy};

use crate::work::Document;

/// Incidents that the end of a run opens, changes and resolves, with their events. A run that was skipped changes none.
pub fn decide(
    known: &[Incident],
    document: &Document,
    record: &RunRecord,
    finished: &Finished,
    planned: Millis,
) -> Decided {
    if finished.state == RunState::Skipped {
        return Decided::default();
    }
    let context = Context {
        document: &document.name,
        run: &finished.run,
        planned,
        now: finished.ended_at,
        policy: Policy { fail: document.confirm.fail, recover: document.confirm.recover, ..Policy::default() },
    };
    assay_notify::decide(known, record, &context)
}
