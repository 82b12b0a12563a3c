//! What a run changes of incidents.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident};
use assay_core::ops::runs::Kind;
use assay_core::ops::runs::{Finished, RunState};
use assay_core::run::RunRecord;
use assay_notify::rules::Rules;
use assay_notify::{Context, Policy};

use crate::work::Document;

/// Incidents that the end of a run opens, changes and resolves, with their events. A run that was skipped changes none.
pub fn decide(
    known: &[Incident],
    document: &Document,
    rules: &Rules,
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
        policy: policy(document, rules),
    };
    assay_notify::decide(known, record, &context)
}

/// How often in a row: monitors say it themselves, for contracts the rules do.
pub fn policy(document: &Document, rules: &Rules) -> Policy {
    let (fail, recover) = match document.kind {
        Kind::Monitor => (document.confirm.fail, document.confirm.recover),
        Kind::Contract => (rules.confirm.fail, rules.confirm.recover),
    };
    Policy { fail, recover, reopen: rules.reopen, ..Policy::default() }
}
