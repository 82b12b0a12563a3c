//! Live observations: bodies read to the columns of a monitor's baseline, and batches folded into windows.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use assay_core::drift::baseline::{Baseline, Baselines};
use assay_core::drift::monitor::Monitor;
use assay_core::drift::store::Store;
use assay_core::engine::{BoxFuture, Unwatched, Watch};
use assay_core::ops::Millis;
use assay_core::ops::journal::{Batch, Folding};
use assay_core::verdict::Reason;
use assay_daemon::work::{NotObserved, ObservationFormat, Observed};
use assay_engine::LocalEngine;
use assay_engine::observations::{Accepted, Refused, Written, conform, read};
use assay_runner::observe::{Fold, Group, Intake, Placed, fold};
use chrono::{DateTime, Utc};
use tempfile::TempDir;
use tracing::{debug, warn};

use super::workshop::Loaded;
use crate::baseline::OfMonitors;
use crate::disk;

/// Baselines that are kept at hand, at most.
const SHELVED: usize = 4;
const NANOS_PER_MILLI: i128 = 1_000_000;

/// Baselines that were read for observations, the last used one last. Reading one takes longer than a small batch.
#[derive(Debug, Default)]
pub(crate) struct Shelved(Mutex<Vec<(Stamp, Arc<Baseline>)>>);

/// A file as it was when it was read. An alias that is moved leads to another file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let of = |file: Metadata| Stamp {
            path: path.to_path_buf(),
            inode: file.ino(),
            size: file.len(),
            changed: (file.ctime(), file.ctime_nsec()),
        };
        fs::metadata(path).ok().map(of)
    }
}

impl Shelved {
    fn get(&self, stamp: &Stamp) -> Option<Arc<Baseline>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(of, _)| of == stamp)?;
        let found = known.remove(at);
        let baseline = Arc::clone(&found.1);
        known.push(found);
        Some(baseline)
    }

    fn put(&self, stamp: Stamp, baseline: Arc<Baseline>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(of, _)| of.path != stamp.path);
        if known.len() >= SHELVED {
            known.remove(0);
        }
        known.push((stamp, baseline));
    }
}

/// The baselines of a project, those of the shelf at once.
struct Kept<'a> {
    shelved: &'a Shelved,
    all: OfMonitors,
}

impl Baselines for Kept<'_> {
    fn load<'a>(
        &'a self,
        monitor: &'a Monitor,
        now: DateTime<Utc>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Arc<Baseline>, Reason>> {
        Box::pin(async move {
            // before the file is read: where it is replaced meanwhile, it is read again next time
            let stamp = self.all.file(monitor).and_then(Result::ok).and_then(|path| Stamp::of(&path));
            if let Some(known) = stamp.as_ref().and_then(|stamp| self.shelved.get(stamp)) {
                return Ok(known);
            }
            let baseline = self.all.load(monitor, now, watch).await?;
            if let Some(stamp) = stamp {
                self.shelved.put(stamp, Arc::clone(&baseline));
            }
            Ok(baseline)
        })
    }
}

/// Where observations of one monitor are received and folded.
pub(super) struct Desk<'a> {
    loaded: &'a Loaded,
    store: &'a dyn Store,
    monitor: Monitor,
    baselines: Kept<'a>,
    now: Millis,
}

impl<'a> Desk<'a> {
    /// The desk of a monitor.
    pub fn new(
        loaded: &'a Loaded,
        shelved: &'a Shelved,
        store: &'a dyn Store,
        monitor: &str,
        now: Millis,
    ) -> Result<Self, String> {
        let monitor = loaded.monitor_called(monitor, instant(now))?;
        let registered = store.baselines().map_err(|error| error.text)?;
        let all = OfMonitors::new(Some(&loaded.root), &loaded.settings, registered, loaded.engine.clone());
        Ok(Desk { loaded, store, monitor, baselines: Kept { shelved, all }, now })
    }

    async fn intake(&self) -> Result<Intake, Reason> {
        let baseline = self.baselines.load(&self.monitor, instant(self.now), &Unwatched).await?;
        Intake::new(&self.monitor, &baseline, &self.loaded.settings.timezone)
    }

    /// Reads a body.
    pub async fn observe(&self, format: ObservationFormat, body: &[u8]) -> Result<Observed, NotObserved> {
        let intake = self.intake().await.map_err(|reason| NotObserved::Unavailable(reason.text))?;
        let written = match format {
            ObservationFormat::Ndjson => Written::Ndjson,
            ObservationFormat::Arrow => Written::ArrowStream,
        };
        let (mut late, mut newest) = (0, None::<i128>);
        let mut place = |time: i128| {
            let end = match intake.place(time, self.now) {
                Placed::Open { end } => end,
                Placed::Late { end } => {
                    late += 1;
                    end
                }
                Placed::TooOld => return Err("is too long ago".to_string()),
                Placed::TooNew => return Err("is more than a day in the future".to_string()),
            };
            newest = newest.max(Some(end));
            Ok(())
        };
        let (time, _) = intake.time();
        let accepted = read(written, body, intake.columns(), &self.monitor.source, &time.0, &mut place);
        let Accepted { bytes, rows, rejected, n_rejected } = accepted.map_err(|refused| match refused {
            Refused::Body(text) => NotObserved::Unreadable(text),
            Refused::TooMuch(text) => NotObserved::TooMuch(text),
            Refused::Columns(text) => NotObserved::Unavailable(text),
        })?;
        let closes = |end: i128| {
            let end = Millis::try_from(end / NANOS_PER_MILLI).unwrap_or(Millis::MAX);
            let lateness = Millis::try_from(self.monitor.window.lateness_seconds).unwrap_or(Millis::MAX);
            end.saturating_add(lateness.saturating_mul(1000))
        };
        Ok(Observed { body: bytes, rows, rejected, n_rejected, late, last_closes: newest.map(closes) })
    }

    /// Folds batches into the states of their windows.
    pub async fn fold(&self, batches: &[Batch]) -> Result<Folding, String> {
        let in_words = |reason: Reason| reason.text;
        let intake = self.intake().await.map_err(in_words)?;
        // removed with all that is in it, however this ends
        let folder = TempDir::with_prefix_in("assay-observations-", &self.loaded.engine.spill)
            .map_err(|why| format!("cannot make a folder for observations: {}", disk::reason(&why)))?;
        let groups = self.groups(&intake, batches, folder.path())?;
        let job = Fold {
            monitor: &self.monitor,
            baselines: &self.baselines,
            store: self.store,
            timezone: &self.loaded.settings.timezone,
            groups: &groups,
            watch: &Unwatched,
            now: instant(self.now),
        };
        let folded = fold(job, &LocalEngine::new(self.loaded.engine.clone())).await.map_err(in_words)?;
        debug!(monitor = self.monitor.name, rows = folded.rows, late = folded.late, "folded observations");
        if folded.unplaced > 0 {
            warn!(
                monitor = self.monitor.name,
                rows = folded.unplaced,
                "observations belong to no window by now: the windows were changed after they were taken"
            );
        }
        // those without rows are done with, too
        Ok(Folding { batches: batches.iter().map(|batch| batch.number).collect(), ..folded.folding })
    }

    /// Writes the batches with rows into a folder for each group.
    fn groups(&self, intake: &Intake, batches: &[Batch], folder: &Path) -> Result<Vec<Group>, String> {
        let with_rows: Vec<&Batch> = batches.iter().filter(|batch| batch.rows > 0).collect();
        let taken: Vec<(u64, Millis)> = with_rows.iter().map(|batch| (batch.number, batch.taken_at)).collect();
        let mut left = with_rows.into_iter();
        let mut groups = Vec::new();
        for (at, numbers) in intake.groups(&taken).into_iter().enumerate() {
            let folder = folder.join(at.to_string());
            let cannot = |why: std::io::Error| format!("cannot write observations: {}", disk::reason(&why));
            fs::create_dir(&folder).map_err(cannot)?;
            let members: Vec<&Batch> = left.by_ref().take(numbers.len()).collect();
            for batch in &members {
                let body = self.body(intake, batch)?;
                let file = folder.join(format!("{:020}.arrow", batch.number));
                fs::write(file, body.as_deref().unwrap_or(&batch.body)).map_err(cannot)?;
            }
            let taken_at = members.first().map_or(self.now, |batch| batch.taken_at);
            groups.push(Group { batches: numbers, taken_at, folder });
        }
        Ok(groups)
    }

    /// The body with the columns of now, where it was taken with others.
    fn body(&self, intake: &Intake, batch: &Batch) -> Result<Option<Vec<u8>>, String> {
        let body = conform(&batch.body, intake.columns(), &self.monitor.source)
            .map_err(|why| format!("the batch `{}`: {why}", batch.key))?;
        if body.is_some() {
            warn!(
                monitor = self.monitor.name,
                rows = batch.rows,
                "observations were taken before the monitor or its baseline was changed; what they lack counts as null"
            );
        }
        Ok(body)
    }
}

fn instant(at: Millis) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use assay_core::drift::baseline::Header;

    use super::*;

    fn baseline() -> Arc<Baseline> {
        Arc::new(Baseline {
            header: Header::default(),
            columns: Vec::new(),
            pairs: Vec::new(),
            covariance: None,
            performance: BTreeMap::new(),
            target: None,
        })
    }

    #[test]
    fn a_baseline_is_at_hand_until_its_file_is_another_one_or_others_are_used_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let stamp = |name: &str, text: &str| {
            let path = folder.path().join(name);
            let new = folder.path().join("new");
            fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).expect("a file");
            Stamp::of(&path).expect("it is there")
        };
        let shelved = Shelved::default();
        let first = stamp("a", "1");
        shelved.put(first.clone(), baseline());
        assert!(shelved.get(&first).is_some());
        assert!(shelved.get(&stamp("a", "2")).is_none());
        for n in 0..SHELVED - 1 {
            shelved.put(stamp(&n.to_string(), "1"), baseline());
        }
        assert!(shelved.get(&first).is_some());
        shelved.put(stamp("one more", "1"), baseline());
        assert!(shelved.get(&first).is_some());
        assert!(shelved.get(&Stamp::of(&folder.path().join("0")).expect("it is there")).is_none());
    }
}
