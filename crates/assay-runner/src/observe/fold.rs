//! Adding batches to the states of their windows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use assay_checks::monitor::{LiveWindow, MOST_WINDOWS, prepare};
use assay_core::check::{Table, Tables};
use assay_core::contract::{ColumnSpec, CsvOptions, Format, Source};
use assay_core::drift::baseline::{Baseline, Baselines};
use assay_core::drift::live::{LiveSpec, Windows};
use assay_core::drift::monitor::Monitor;
use assay_core::drift::state::WindowState;
use assay_core::drift::store::{StateRow, Store, WindowRow};
use assay_core::engine::{Engine, OpenRequest, Watch};
use assay_core::ops::Millis;
use assay_core::ops::journal::Folding;
use assay_core::verdict::Reason;
use chrono::{DateTime, Utc};

use super::intake::{Intake, Placed};
use super::ledger::{self, Ledger, stored_state};
use crate::monitors::opened::Opened;
use crate::monitors::planned::{self, By};
use crate::monitors::{One, Pinned, counted, pinned_baseline};
use crate::{Monitoring, Setting};

/// Batches to fold, and under which circumstances.
pub struct Fold<'a> {
    /// The monitor.
    pub monitor: &'a Monitor,
    /// Where its baselines come from.
    pub baselines: &'a dyn Baselines,
    /// What was folded before. Nothing is written to it. The batches have to be read from it before this begins: then
    /// a state that somebody else folded them into is not written over (`Ops::fold` finds them gone).
    pub store: &'a dyn Store,
    /// The project's zone, an IANA name.
    pub timezone: &'a str,
    /// The batches, as [`Intake::groups`] puts them together.
    pub groups: &'a [Group],
    /// Told of progress, asked whether to stop.
    pub watch: &'a dyn Watch,
    /// The clock.
    pub now: DateTime<Utc>,
}

/// Batches of which the same windows are closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their numbers.
    pub batches: Vec<u64>,
    /// When one of them was taken.
    pub taken_at: Millis,
    /// A folder with nothing but their bodies: Arrow IPC files that end with `.arrow`, with the columns of
    /// [`Intake::columns`].
    pub folder: PathBuf,
}

/// What folding gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// What is to be written.
    pub folding: Folding,
    /// Rows that went into windows.
    pub rows: u64,
    /// Rows that were late.
    pub late: u64,
    /// Rows of no window: without a time, or too far from the clock. Intake refuses such rows, so they are no more than
    /// those that came before the monitor's windows were changed.
    pub unplaced: u64,
}

/// Folds batches of a monitor into the states of its windows.
///
/// # Errors
/// The baseline or the store could not be read, or the batches not be measured; the batches stay where they are.
pub async fn fold(job: Fold<'_>, engine: &dyn Engine) -> Result<Folded, Reason> {
    let Fold { monitor, baselines, store, timezone, groups, watch, now } = job;
    if monitor.source.format != Format::Observations {
        let text = format!("the monitor {} reads its rows from `{}`", monitor.name, monitor.source.path);
        return Err(Reason { code: "no_observations".into(), text });
    }
    let setting = Setting { now, planned: now, as_of: false, timezone, engine, watch };
    let with = Monitoring { monitors: std::slice::from_ref(monitor), baselines, window: None, again: false };
    let history = store.windows(&monitor.name).map_err(ledger::reason)?;
    let (history, proposals) = (&history[..], &[][..]);
    let one = One { monitor, with, store: Some(store), contracts: &[], root: None, setting, history, proposals };

    let baseline = baselines.load(monitor, now, watch).await?;
    let intake = Intake::new(monitor, &baseline, timezone)?;
    let mut work = Work::new(one, store, baseline, intake);
    for group in groups {
        work.group(group).await?;
    }
    Ok(work.finish(groups))
}

struct Work<'a> {
    one: One<'a>,
    store: &'a dyn Store,
    /// The baseline that the monitor has now.
    current: Arc<Baseline>,
    intake: Intake,
    /// Those of windows that began with another one, by hash.
    earlier: BTreeMap<String, Arc<Baseline>>,
    ledger: Ledger,
    /// Windows whose lines changed.
    touched: BTreeMap<i128, LiveWindow>,
    /// By measures and the windows' starts.
    states: BTreeMap<(String, i128), (LiveWindow, WindowState)>,
    /// Names of windows that were judged.
    judged: BTreeSet<&'a str>,
    rows: u64,
    late: u64,
    unplaced: u64,
}

impl<'a> Work<'a> {
    fn new(one: One<'a>, store: &'a dyn Store, current: Arc<Baseline>, intake: Intake) -> Self {
        let suffix = planned::suffix(one.monitor.window.size);
        let judged = one.history.iter().filter(|row| row.baseline.ends_with(&suffix)).map(|row| row.window.as_str());
        Work {
            judged: judged.collect(),
            one,
            store,
            current,
            intake,
            earlier: BTreeMap::new(),
            ledger: Ledger::default(),
            touched: BTreeMap::new(),
            states: BTreeMap::new(),
            rows: 0,
            late: 0,
            unplaced: 0,
        }
    }

    async fn group(&mut self, group: &Group) -> Result<(), Reason> {
        let opened = self.open(group).await?;
        // in the order of time, by the baseline that pins them
        let mut open: BTreeMap<String, Vec<LiveWindow>> = BTreeMap::new();
        for (window, rows) in self.rows_by_window(&opened, group.taken_at).await? {
            self.read_line(&window)?;
            let line = self.ledger.line(&window, &self.current.header.sha256);
            let is_judged = self.judged.contains(window.name.as_str());
            if is_judged || matches!(self.intake.place_window(&window, group.taken_at), Placed::Late { .. }) {
                line.late += rows;
                self.late += rows;
            } else {
                open.entry(line.baseline.clone()).or_default().push(window);
            }
        }
        for (baseline, windows) in open {
            self.count(&opened, &baseline, &windows).await?;
        }
        Ok(())
    }

    async fn open(&self, group: &Group) -> Result<Opened, Reason> {
        let One { monitor, setting, .. } = self.one;
        let source = Source {
            format: Format::ArrowIpc,
            path: monitor.source.path.clone(),
            resolved: group.folder.clone(),
            null_values: Vec::new(),
            timezone: monitor.source.timezone.clone(),
            csv: CsvOptions::default(),
            hive: false,
        };
        let request = OpenRequest {
            table: monitor.name.clone(),
            source,
            columns: Vec::new(),
            rows: monitor.rows.clone(),
            timezone: setting.timezone.to_owned(),
            now_nanos: setting.now_nanos(),
        };
        let snapshot = setting.open(request).await?;
        let mut tables = Tables::default();
        let live = tables.push(Table { name: monitor.name.clone(), snapshot });
        Ok(Opened { tables, live, labels: None })
    }

    /// The windows that rows fall into, oldest first, each with its rows. Columns are counted later, and only of windows
    /// that have some: rows may be spread over many windows.
    async fn rows_by_window(&mut self, opened: &Opened, taken_at: Millis) -> Result<Vec<(LiveWindow, u64)>, Reason> {
        let (column, clock) = self.intake.time();
        let range = planned::time_range(self.one, opened, column).await?;
        let windows = range.map_or_else(Vec::new, |(first, last)| self.intake.windows(first, last, taken_at));
        if windows.is_empty() {
            self.unplaced += planned::rows(self.one, opened).await?;
            return Ok(Vec::new());
        }
        let spans = windows.iter().filter_map(|window| window.span(clock, true)).collect();
        let spec = LiveSpec::new(Windows::Time { column: column.clone(), spans }, vec![], vec![], vec![], vec![], None);
        let (mut answers, _) = counted::measure(self.one, opened, vec![spec]).await;
        let state = answers.remove(0)?;
        self.unplaced += state.unplaced.without_time + state.unplaced.outside;
        let rows = state.windows.iter().map(|window| window.segments.first().map_or(0, |whole| whole.rows));
        Ok(windows.into_iter().zip(rows).filter(|(_, rows)| *rows > 0).collect())
    }

    /// Has the line of a window at hand, as it is in the store.
    fn read_line(&mut self, window: &LiveWindow) -> Result<(), Reason> {
        if self.touched.insert(window.start, window.clone()).is_none() {
            let stored = Ledger::read(self.store, &self.one.monitor.name, window.start, window.end)?;
            if let Some(entry) = stored.get(window) {
                *self.ledger.line(window, &entry.baseline) = entry.clone();
            }
        }
        Ok(())
    }

    /// Counts the rows of these windows against the baseline of this hash.
    async fn count(&mut self, opened: &Opened, hash: &str, windows: &[LiveWindow]) -> Result<(), Reason> {
        let monitor = self.one.monitor;
        let baseline = match self.baseline(hash).await? {
            Pinned::Found(baseline) if self.has_columns_of(&baseline) => baseline,
            // what was counted before stands apart; the rest of the window has the baseline of now
            Pinned::Found(_) | Pinned::Gone(_) => {
                let now = &self.current.header.sha256;
                windows.iter().for_each(|window| self.ledger.line(window, now).baseline.clone_from(now));
                self.current.clone()
            }
        };
        let table = super::table(monitor, &super::intake::columns(monitor, &baseline), String::new());
        let prepared = prepare(monitor, &baseline, &table);
        let measures = prepared.measures();
        let (column, clock) = self.intake.time();
        let by = By::Time { column: column.clone(), clock, grid: self.intake.grid() };
        for windows in windows.chunks(MOST_WINDOWS) {
            let scan = counted::arrange(&by, windows, &[], "");
            let plan = prepared.plan(scan.windows.clone(), &[]);
            let (mut answers, _) = counted::measure(self.one, opened, vec![plan.spec.clone()]).await;
            let sorted = counted::sort(answers.remove(0)?, &scan.places);
            for (at, state) in sorted.states {
                self.add(&windows[at], &measures, state)?;
            }
        }
        Ok(())
    }

    /// Whether batches have all columns of a baseline: they are taken with those of the one that the monitor has now.
    fn has_columns_of(&self, baseline: &Baseline) -> bool {
        let own = self.intake.columns();
        let has = |column: &ColumnSpec| own.iter().any(|own| own.name == column.name && own.ty == column.ty);
        super::intake::columns(self.one.monitor, baseline).iter().all(has)
    }

    async fn baseline(&mut self, hash: &str) -> Result<Pinned, Reason> {
        if hash == self.current.header.sha256 {
            return Ok(Pinned::Found(self.current.clone()));
        }
        if let Some(known) = self.earlier.get(hash) {
            return Ok(Pinned::Found(known.clone()));
        }
        let pinned = pinned_baseline(self.one, hash).await?;
        if let Pinned::Found(baseline) = &pinned {
            self.earlier.insert(hash.to_owned(), baseline.clone());
        }
        Ok(pinned)
    }

    fn add(&mut self, window: &LiveWindow, measures: &str, more: WindowState) -> Result<(), Reason> {
        let rows = more.segments.first().map_or(0, |whole| whole.rows);
        let baseline = &self.current.header.sha256;
        let line = self.ledger.line(window, baseline);
        let key = (measures.to_owned(), window.start);
        let known = match self.states.remove(&key) {
            Some((_, state)) => Some(state),
            None if line.rows_by(measures) == 0 => None,
            None => stored_state(self.store, &self.one.monitor.name, measures, window)?,
        };
        let state = match known {
            None => more,
            Some(mut state) => {
                state.merge(&more).map_err(|why| Reason {
                    code: "store_corrupt".into(),
                    text: format!("what was counted of the observations in the window {}: {why}", window.name),
                })?;
                state
            }
        };
        line.add(measures, rows);
        self.rows += rows;
        self.states.insert(key, (window.clone(), state));
        Ok(())
    }

    fn finish(self, groups: &[Group]) -> Folded {
        let monitor = self.one.monitor;
        let lines =
            self.touched.values().filter_map(|window| Some(self.ledger.get(window)?.row(&monitor.name, window)));
        let mut states: Vec<StateRow> = lines.collect();
        let row = |(measures, window, state): (&str, &LiveWindow, &WindowState)| {
            counted::row(self.one, window, measures, state)
        };
        states.extend(self.states.iter().map(|((measures, _), (window, state))| row((measures, window, state))));
        let folding = Folding {
            monitor: monitor.name.clone(),
            batches: groups.iter().flat_map(|group| &group.batches).copied().collect(),
            states,
            windows: self.late_windows(),
        };
        Folded { folding, rows: self.rows, late: self.late, unplaced: self.unplaced }
    }

    /// Windows that were judged and that rows came for since.
    fn late_windows(&self) -> Vec<WindowRow> {
        let suffix = planned::suffix(self.one.monitor.window.size);
        let late = |row: &WindowRow| {
            let window = self.touched.get(&row.start).filter(|window| window.name == row.window)?;
            let late_rows = self.ledger.get(window)?.late;
            (row.baseline.ends_with(&suffix) && row.late_rows != late_rows)
                .then(|| WindowRow { late_rows, ..row.clone() })
        };
        self.one.history.iter().filter_map(late).collect()
    }
}
