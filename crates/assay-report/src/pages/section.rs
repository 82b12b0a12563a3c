//! What a run found of a document, as reports tell it.

use assay_core::history::History;
use assay_core::ops::incidents::IncidentKey;
use assay_core::run::{CheckRecord, RunRecord};

use crate::Ran;
use crate::formats::html::view::check::CheckView;
use crate::formats::html::view::layout::Layout;
use crate::formats::html::view::plot::Room;
use crate::formats::html::view::section::{self, Section};

/// The first table or model of a run beside what came before; `None` where the run has none.
pub(super) fn section(run: &RunRecord, history: &History) -> Option<Section> {
    let ran = Ran { history: Some(history), ..Ran::new(run) };
    let layout = Layout::file(&ran);
    layout.places.first().map(|place| section::section(place, 1, &mut Room::of_page()))
}

/// The checks that an incident is about, as a run found them; none that passed in a contract.
pub(super) fn of_incident(run: &RunRecord, history: &History, key: &IncidentKey) -> Vec<CheckView> {
    let mut run = run.clone();
    run.tables.iter_mut().for_each(|table| table.checks.retain(|check| is_about(check, key)));
    run.tables.retain(|table| !table.checks.is_empty());
    let Some(mut section) = section(&run, history) else { return Vec::new() };
    match section.table {
        Some(table) => table.checks,
        None if section.windows.is_empty() => Vec::new(),
        None => {
            let window = section.windows.swap_remove(0);
            window.whole.into_iter().chain(window.checks).chain(window.quiet).collect()
        }
    }
}

/// Incidents of drift are of columns, whatever the test; all others have the id of their check.
fn is_about(check: &CheckRecord, key: &IncidentKey) -> bool {
    if check.id == key.check {
        return true;
    }
    let of_kind = check.check == key.check || check.id.split('.').next() == Some(key.check.as_str());
    check.drift.is_some() && of_kind && check.column.is_some() && check.column == key.column
}
