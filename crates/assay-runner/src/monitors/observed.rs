//! Monitors of observations: closed windows are judged from the states that batches were folded into, with no table to
//! open (see [`crate::observe`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use assay_checks::monitor::{Clock, Due, Labelled, LiveWindow, MOST_WINDOWS, prepare};
use assay_core::check::Tables;
use assay_core::drift::baseline::Baseline;
use assay_core::drift::live::Windows;
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::drift::record::WindowRecord;
use assay_core::drift::store::{Store, WindowRow};
use assay_core::engine::Cost;
use assay_core::verdict::{Outcome, Reason};

use super::fixed::{Judging, Seen};
use super::opened::Opened;
use super::planned::{self, MOST_WINDOWS_BACK};
use super::{Evaluated, One, records};
use crate::observe::{self, Entry, Intake, Ledger, stored_state};

/// Evaluates a monitor.
pub(crate) async fn evaluate(one: One<'_>) -> Evaluated {
    match try_evaluate(one).await {
        Ok(evaluated) => evaluated,
        Err(reason) => Evaluated { records: vec![records::broken(one.monitor, reason)], ..Evaluated::default() },
    }
}

async fn try_evaluate(one: One<'_>) -> Result<Evaluated, Reason> {
    let monitor = one.monitor;
    let store = one.store.ok_or_else(|| Reason {
        code: "no_store".into(),
        text: "observations are counted in the store, and this run has none".into(),
    })?;
    let baseline = one.with.baselines.load(monitor, one.setting.now, one.setting.watch).await?;
    let intake = Intake::new(monitor, &baseline, one.setting.timezone)?;
    let earliest = one.now() - (MOST_WINDOWS_BACK + 1) * planned::seconds(monitor.window.size) * 1_000_000_000;
    let ledger = Ledger::read(store, &monitor.name, earliest, one.now())?;
    let due = due(one, &intake, &ledger)?;

    let pinned = planned::pinned(&baseline.header.sha256, monitor.window.size);
    let evaluated = Evaluated { marks: vec![pinned, ledger.fingerprint()], ..Evaluated::default() };
    let mut walk = Walk { one, store, ledger: &ledger, current: baseline, evaluated, history: one.history.to_vec() };
    for window in &due.windows {
        walk.window(window).await?;
    }
    let opened = opened(monitor, &walk.current, &ledger);
    let mut evaluated = walk.evaluated;
    if evaluated.records.is_empty() {
        let text = "no closed window".to_string();
        let snapshot = &opened.live().snapshot;
        evaluated.records.push(records::skipped(monitor, &monitor.at, "no_closed_window", text, snapshot));
    }
    if due.left > 0
        && let Some(record) = evaluated.records.last_mut().and_then(|record| record.monitor.as_mut())
    {
        record.notes.push(format!("{} more closed windows are left: run it again", due.left));
    }
    Ok(evaluated)
}

/// Closed windows with observations that were not judged, oldest first, or the one that was asked for.
fn due(one: One<'_>, intake: &Intake, ledger: &Ledger) -> Result<Due, Reason> {
    let suffix = planned::suffix(one.monitor.window.size);
    let judged = one.history.iter().filter(|row| row.baseline.ends_with(&suffix));
    let done: BTreeSet<&str> = judged.map(|row| row.window.as_str()).collect();
    // lines of windows of another size stay what they are
    let on_grid = |(start, end): (i128, i128)| {
        let window = intake.grid().at(Clock::Instant, start)?;
        (window.start == start && window.end == end).then_some(window)
    };
    let closed = ledger.with_rows().filter_map(on_grid).filter(|window| intake.is_closed(window, one.now()));
    if let Some(asked) = one.with.window {
        let wanted = intake.grid().named(asked).map_err(|text| Reason { code: "no_window".into(), text })?;
        let found = { closed }.find(|window| window.name == wanted.name);
        return planned::only(asked, one.with.again, &done, found);
    }
    let mut windows: Vec<LiveWindow> = closed.filter(|window| !done.contains(window.name.as_str())).collect();
    let left = windows.len().saturating_sub(MOST_WINDOWS) as u64;
    windows.truncate(MOST_WINDOWS);
    Ok(Due { windows, left })
}

/// The baseline that pins a window.
pub(crate) enum Pinned {
    /// As it was.
    Found(Arc<Baseline>),
    /// Nobody has it any more.
    Gone(Reason),
}

/// The baseline of a monitor that has this hash, whatever it has by now.
///
/// # Errors
/// It could not be read now.
pub(crate) async fn pinned_baseline(one: One<'_>, hash: &str) -> Result<Pinned, Reason> {
    let reason = |why: String| Reason {
        code: "baseline_missing".into(),
        text: format!("observations were counted against the baseline {hash}, which cannot be read: {why}"),
    };
    let gone = |why: String| Ok(Pinned::Gone(reason(why)));
    let BaselineSource::Profile(name) = &one.monitor.baseline else {
        return gone("the monitor names no stored baseline".into());
    };
    // a file has one content at a time; names of the registry have all that were given to them
    let Some((name, _)) = name.split_once('@') else {
        return gone(format!("`{name}` holds another one now"));
    };
    let monitor = Monitor { baseline: BaselineSource::Profile(format!("{name}@{hash}")), ..one.monitor.clone() };
    let loaded = one.with.baselines.load(&monitor, one.setting.now, one.setting.watch).await;
    let baseline = loaded.map_err(|why| reason(why.text))?;
    if baseline.header.sha256 != hash {
        return gone(format!("`{name}@{hash}` is {} now", baseline.header.sha256));
    }
    Ok(Pinned::Found(baseline))
}

/// What observations would be as a table, beside a baseline.
fn opened(monitor: &Monitor, baseline: &Baseline, ledger: &Ledger) -> Opened {
    let mut tables = Tables::default();
    let columns = observe::columns(monitor, baseline);
    let live = tables.push(observe::table(monitor, &columns, ledger.fingerprint()));
    Opened { tables, live, labels: None }
}

struct Walk<'a> {
    one: One<'a>,
    store: &'a dyn Store,
    ledger: &'a Ledger,
    current: Arc<Baseline>,
    evaluated: Evaluated,
    /// What was known, and what is found on the way.
    history: Vec<WindowRow>,
}

impl Walk<'_> {
    /// Judges a window; an error is one of the store.
    async fn window(&mut self, window: &LiveWindow) -> Result<(), Reason> {
        let entry = self.ledger.get(window).cloned().unwrap_or_default();
        let pinned = match &self.current {
            current if current.header.sha256 == entry.baseline => Ok(Pinned::Found(current.clone())),
            _ => pinned_baseline(self.one, &entry.baseline).await,
        };
        match pinned {
            Ok(Pinned::Found(baseline)) => self.against(&baseline, window, &entry),
            Ok(Pinned::Gone(reason)) => {
                self.given_up(window, &entry, &reason);
                Ok(())
            }
            // the next run looks again
            Err(reason) => {
                self.unjudged(window, &entry, &reason);
                Ok(())
            }
        }
    }

    fn against(&mut self, baseline: &Baseline, window: &LiveWindow, entry: &Entry) -> Result<(), Reason> {
        let monitor = self.one.monitor;
        let opened = opened(monitor, baseline, self.ledger);
        let prepared = prepare(monitor, baseline, opened.live());
        let measures = prepared.measures();
        let rows = entry.rows_by(&measures);
        let stored = match rows {
            0 => None,
            _ => stored_state(self.store, &monitor.name, &measures, window)?,
        };
        let Some(stored) = stored else {
            let text = "the monitor was changed after the window's observations were counted".into();
            self.given_up(window, entry, &Reason { code: "monitor_changed".into(), text });
            return Ok(());
        };
        let (state, _) = prepared.plan(Windows::Whole, &[]).split(0, stored);
        let pinned = planned::pinned(&entry.baseline, monitor.window.size);
        let mut judging = Judging {
            one: self.one,
            opened: &opened,
            prepared: &prepared,
            pinned: &pinned,
            evaluated: std::mem::take(&mut self.evaluated),
            history: std::mem::take(&mut self.history),
        };
        let seen = Seen { labelled: Labelled::Absent, late_rows: entry.late, without_time: 0, cost: Cost::default() };
        judging.judge(window, &state, seen);
        (self.evaluated, self.history) = (judging.evaluated, judging.history);
        let others = entry.rows() - rows;
        if others > 0
            && let Some(record) = self.evaluated.records.last_mut().and_then(|record| record.monitor.as_mut())
        {
            record.notes.push(format!(
                "{others} of the window's {} observations were counted before the monitor or its baseline was changed \
                 and are not in these figures",
                entry.rows()
            ));
        }
        Ok(())
    }

    /// Tells of a window that could not be judged.
    fn unjudged(&mut self, window: &LiveWindow, entry: &Entry, reason: &Reason) {
        let monitor = self.one.monitor;
        let record = WindowRecord {
            name: window.name.clone(),
            start: window.start_text().map(str::to_owned),
            end: window.civil.as_ref().map(|civil| civil.end_text.clone()),
            revision: 1,
            rows: entry.rows(),
            late_rows: entry.late,
            ..WindowRecord::default()
        };
        let opened = opened(monitor, &self.current, self.ledger);
        self.evaluated.records.push(records::unjudged(monitor, record, reason, &opened.live().snapshot));
        self.evaluated.marks.push(window.name.clone());
    }

    /// The same of one that never can be: it is told once.
    fn given_up(&mut self, window: &LiveWindow, entry: &Entry, reason: &Reason) {
        self.unjudged(window, entry, reason);
        let row = WindowRow {
            monitor: self.one.monitor.name.clone(),
            baseline: planned::pinned(&entry.baseline, self.one.monitor.window.size),
            window: window.name.clone(),
            start: window.start,
            end: window.end,
            revision: 1,
            rows: entry.rows(),
            late_rows: entry.late,
            run: String::new(),
            outcome: Outcome::Error,
            labels_closed: true,
            accepted: false,
            checks: Vec::new(),
        };
        self.history.push(row.clone());
        self.evaluated.commit.windows.push(row);
    }
}
