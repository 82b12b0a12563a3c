//! Runs that wait although their document is nowhere any more.
//!
//! A daemon executes only what its own project has: of several that share a store some may have another version of the
//! project for a while. What none of them begins is ended by the one that schedules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use assay_core::ops::runs::{Run, RunFilter, RunState};
use assay_core::verdict::Reason;
use tracing::info;

use crate::daemon::Daemon;
use crate::work::Project;

/// So long somebody else has time to begin such a run.
const PATIENCE: Millis = 10 * 60_000;
/// How often is looked.
const LOOK: Millis = 30_000;

/// Runs that are due, and whose documents this daemon does not know.
#[derive(Debug, Default)]
pub struct Unknown {
    /// Elapsed time of the last look.
    looked: Option<Millis>,
    /// Elapsed time since when, by id.
    since: BTreeMap<String, Millis>,
}

impl Unknown {
    /// Ends those that nobody began for long enough. False: another daemon schedules now.
    pub async fn end(&mut self, daemon: &Arc<Daemon>, project: &Project, epoch: i64) -> Result<bool, StoreError> {
        let elapsed = daemon.clock.elapsed();
        if self.looked.is_some_and(|looked| elapsed - looked < LOOK) {
            return Ok(true);
        }
        let states = vec![RunState::Queued, RunState::Interrupted, RunState::Running];
        let filter = RunFilter { states, most: usize::MAX, ..RunFilter::default() };
        let open = daemon.ask(move |store| store.runs(&filter)).await?;
        let now = daemon.now();
        let over = self.note(&open, project, now, elapsed);
        if !over.is_empty() {
            let reason = Reason { code: "removed".into(), text: "the document is no longer there".into() };
            let Some(runs) = daemon.change(move |store| store.skip(epoch, &over, &reason, now)).await? else {
                return Ok(false);
            };
            info!(runs, "ended runs that waited for documents that nobody has");
        }
        self.looked = Some(elapsed);
        Ok(true)
    }

    /// Notes which runs wait now; gives those that waited long enough.
    fn note(&mut self, open: &[Run], project: &Project, now: Millis, elapsed: Millis) -> Vec<String> {
        let running = |run: &&Run| run.state == RunState::Running;
        // somebody has these
        let executed: BTreeSet<&str> = open.iter().filter(running).map(|run| run.document.as_str()).collect();
        let waits = |run: &&Run| run.state != RunState::Running && run.not_before <= now;
        let unknown =
            |run: &&Run| !project.documents.contains_key(&run.document) && !executed.contains(run.document.as_str());
        let since: BTreeMap<String, Millis> = (open.iter().filter(waits).filter(unknown))
            .map(|run| (run.id.clone(), self.since.get(&run.id).copied().unwrap_or(elapsed)))
            .collect();
        self.since = since;
        let over = self.since.iter().filter(|(_, since)| elapsed - **since >= PATIENCE);
        over.map(|(id, _)| id.clone()).collect()
    }
}
