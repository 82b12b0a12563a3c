//! What a run found of a document, as reports tell it.

use assay_core::history::History;
use assay_core::ops::incidents::IncidentKey;
use assay_core::run::{CheckRecord, RunRecord};

use crate::Ran;
use crate::formats::html::view::layout::Layout;
use crate::formats::html::view::plot::Room;
use crate::formats::html::view::section::{self, Section};

/// The first table or model of a run beside what came before; `None` where the run has none.
pub(super) fn section(run: &RunRecord, history: &History) -> Option<Section> {
    let ran = Ran { history: Some(history), ..Ran::new(run) };
    let layout = Layout::file(&ran);
    layout.places.first().map(|place| section::section(place, 1, &mut Room::of_page()))
}

/// The same with nothing but the checks that an incident is about.
pub(super) fn of_incident(run: &RunRecord, history: &History, key: &IncidentKey) -> Option<Section> {
    let mut run = run.clone();
    for table in &mut run.tables {
        table.checks.retain(|check| is_about(check, key));
        // one card, without what is told of the document as a whole
        table.reason = None;
        table.snapshot = None;
        if let Some(monitor) = &mut table.monitor {
            monitor.notes.clear();
            monitor.ranking.clear();
            monitor.retrain = None;
        }
    }
    run.tables.retain(|table| !table.checks.is_empty());
    section(&run, history)
}

/// Incidents of drift are of columns, whatever the test; all others have the id of their check.
fn is_about(check: &CheckRecord, key: &IncidentKey) -> bool {
    if check.id == key.check {
        return true;
    }
    let of_kind = check.check == key.check || check.id.split('.').next() == Some(key.check.as_str());
    check.drift.is_some() && of_kind && check.column.is_some() && check.column == key.column
}
