//! Labels of windows: what to count with them, and what came of it.

use assay_checks::monitor::{Labelled, Prepared};
use assay_core::drift::live::LiveSpec;
use assay_core::drift::state::{LiveState, WindowState};
use assay_core::verdict::Reason;

use super::counted::{self, Scan, Wanted};
use super::opened::Opened;

/// Labels of a window.
pub(crate) enum Joined {
    /// Nothing asks for them.
    Absent,
    /// What was counted.
    State(Box<WindowState>),
    /// Why they could not be read.
    Unavailable(Reason),
}

impl Joined {
    /// As a judge takes them.
    pub fn lend(&self) -> Labelled<'_> {
        match self {
            Joined::Absent => Labelled::Absent,
            Joined::State(state) => Labelled::State(state),
            Joined::Unavailable(reason) => Labelled::Unavailable(reason),
        }
    }
}

/// For each window what was counted with labels.
pub(crate) fn by_window(answer: Option<Result<LiveState, Reason>>, places: &[Wanted], windows: usize) -> Vec<Joined> {
    match answer {
        Some(Ok(state)) => {
            let mut sorted = counted::sort(state, places);
            let mut taken =
                |at| sorted.states.remove(&at).map_or(Joined::Absent, |state| Joined::State(Box::new(state)));
            (0..windows).map(&mut taken).collect()
        }
        Some(Err(reason)) => (0..windows).map(|_| Joined::Unavailable(reason.clone())).collect(),
        None => (0..windows).map(|_| Joined::Absent).collect(),
    }
}

/// What to count with labels; `None`: nothing asks for them.
pub(crate) fn label_spec(opened: &Opened, prepared: &Prepared<'_>, scan: &Scan) -> Option<Result<LiveSpec, Reason>> {
    if !prepared.wants_labels() {
        return None;
    }
    match opened.labels.as_ref()? {
        Err(reason) => Some(Err(reason.clone())),
        Ok(labels) => {
            let table = opened.tables.get(*labels);
            let spec = prepared.label_spec(scan.windows.clone(), opened.live(), (*labels, table));
            Some(spec.map_err(|stop| stop.reason))
        }
    }
}
