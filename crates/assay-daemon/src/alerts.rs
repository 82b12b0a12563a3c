//! What a run changes of incidents.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Decided, Incident};
use assay_core::run::RunRecord;

use crate::work::Document;

/// Incidents that a run opens, changes and resolves, with their events.
pub fn decide(
    known: &[Incident],
    document: &Document,
    record: &RunRecord,
    run: &str,
    planned: Millis,
    now: Millis,
) -> Decided {
    let _ = (known, document, record, run, planned, now);
    Decided::default()
}
