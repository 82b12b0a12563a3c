//! `assay check`.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_core::drift::store::Store;
use assay_core::history::History;
use assay_core::run::RunRecord;
use assay_engine::{EngineOptions, LocalEngine};
use assay_report::{Ran, Report};
use assay_runner::{Job, MaskKey, Monitoring, Others};
use chrono::{DateTime, Utc};
use indicatif::HumanCount;

use crate::alerts::{self, Notifying};
use crate::args::{CheckArgs, FailOn};
use crate::baseline::OfMonitors;
use crate::failure::Failure;
use crate::load::Found;
use crate::progress::Progress;
use crate::publish::{self, Publishing};
use crate::select::{Selected, Selection};
use crate::{clock, load, named, store};

/// How long a run that was interrupted may take to stop before the process simply ends.
const STOPPING: Duration = Duration::from_secs(5);
/// Earlier runs or windows that a report shows of each table or monitor.
const POINTS_SHOWN: usize = 60;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &CheckArgs) -> Result<u8, Failure> {
    let mut publishing = Publishing::prepare(&args.publish, args.verbose)?;
    let fail_on_warn = args.fail_on == FailOn::Warn;
    let begun = Instant::now();
    let run = prepare(args, &mut publishing).and_then(|mut plan| {
        let notifying = plan.notifying.take();
        Ok((execute(plan, !args.no_progress)?, notifying))
    });
    match run {
        Ok((Done { run, history }, notifying)) => {
            let report = Report::Ran(Ran { fail_on_warn, history: history.as_ref(), ..Ran::new(&run) });
            publishing.publish(&report)?;
            tell(args, &run, begun.elapsed());
            let outbox = notifying.and_then(|notifying| notifying.notify(&run));
            if let (Some(path), Some(outbox)) = (&args.publish.metrics_file, outbox)
                && let Err(why) = publish::metrics(path, &report, &alerts::figures(&outbox))
            {
                // what comes after the verdicts does not change them
                why.tell();
            }
            Ok(report.exit_code())
        }
        Err(Failure::Invalid { shown, problems }) => {
            // People read the problems with the lines at fault on standard error; everybody else reads the result.
            publishing.publish_problems(&problems)?;
            Err(Failure::Invalid { shown, problems })
        }
        Err(other) => Err(other),
    }
}

/// Everything a run needs.
pub(crate) struct Plan {
    pub selected: Selected,
    pub now: DateTime<Utc>,
    pub as_of: bool,
    pub timezone: String,
    pub mask_key: Option<MaskKey>,
    pub root: Option<std::path::PathBuf>,
    pub engine: EngineOptions,
    /// What earlier runs left, and where this one is remembered; `None`: nowhere.
    pub store: Option<Box<dyn Store>>,
    /// Whether earlier runs are to be shown beside this one.
    pub history: bool,
    /// What monitors need; `None` where there are none.
    pub monitoring: Option<OfModels>,
    /// `--notify`.
    pub notifying: Option<Notifying>,
}

/// What monitors of a run need.
pub(crate) struct OfModels {
    pub baselines: OfMonitors,
    /// `--window`.
    pub window: Option<String>,
    /// `--again`.
    pub again: bool,
}

impl OfModels {
    /// What monitors need of the project and its store.
    pub fn new(found: &Found, engine: &EngineOptions, store: Option<&dyn Store>) -> Self {
        // a store that fails here fails every monitor further down, with its reason
        let registered = store.and_then(|store| store.baselines().ok()).unwrap_or_default();
        let baselines = OfMonitors::new(found.root.as_deref(), &found.project, registered, engine.clone());
        OfModels { baselines, window: None, again: false }
    }
}

/// Reads the command line, the project and every contract.
fn prepare(args: &CheckArgs, publishing: &mut Publishing) -> Result<Plan, Failure> {
    let selection = Selection::read(&args.select)?;
    let vars = load::variables(&args.vars)?;
    if args.notify && args.as_of.is_some() {
        return Err(Failure::usage(
            "`--notify` does not go with `--as-of`: nobody is told of another time as if it were now",
            "leave one of them out",
        ));
    }
    let found = load::find(&args.paths)?;
    publishing.take_templates(&found.project, found.root.as_deref())?;
    let as_of = args.as_of.as_deref().map(|text| clock::as_of(text, &found.project.timezone)).transpose()?;
    let now = as_of.unwrap_or_else(clock::now);
    let mut selected = selection.apply(found.load(&vars, now)?)?;
    selected.others = named::load(&selected.contracts, &selected.monitors, selected.others, &found, &vars, now)?;
    if args.no_samples {
        selected.contracts.iter_mut().for_each(|contract| contract.failed_rows.keep = 0);
    }

    let mut engine = EngineOptions { threads: found.project.threads, ..EngineOptions::default() };
    if let Some(memory) = found.project.memory {
        engine.memory = usize::try_from(memory).unwrap_or(usize::MAX);
    }
    engine.threads = args.threads.map_or(engine.threads, usize::from);
    engine.memory = args.memory.map_or(engine.memory, |size| size.0);
    engine.footers = !args.no_footers;
    engine.verify_footers = args.verify_footers;
    let store = if args.no_store { None } else { store::for_run(&found, !selected.monitors.is_empty()) };
    let monitoring = match selected.monitors.is_empty() {
        true => None,
        false => Some(OfModels {
            window: args.window.clone(),
            again: args.again,
            ..OfModels::new(&found, &engine, store.as_deref())
        }),
    };
    if let (Some(window), None) = (&args.window, &monitoring) {
        return Err(Failure::usage(
            format!("no monitor is selected, so there is no window `{window}`"),
            "`--window` is for monitors; name one",
        ));
    }
    let notifying = args.notify.then(|| Notifying::prepare(&found, &selected, &vars)).transpose()?;
    Ok(Plan {
        selected,
        notifying,
        now,
        as_of: as_of.is_some(),
        timezone: found.project.timezone.clone(),
        mask_key: found.project.mask_key.as_ref().and_then(|key| MaskKey::new(key.expose())),
        root: found.root,
        engine,
        store,
        history: publishing.shows_history(),
        monitoring,
    })
}

/// A run, and what was asked for beside it.
pub(crate) struct Done {
    pub run: RunRecord,
    /// `None` where it was not asked for, or nothing is remembered.
    pub history: Option<History>,
}

/// Runs the plan, watched on the terminal and stopped by Ctrl-C.
pub(crate) fn execute(plan: Plan, progress: bool) -> Result<Done, Failure> {
    watched(progress, move |watch| async move {
        let engine = LocalEngine::new(plan.engine.clone());
        let monitoring = plan.monitoring.as_ref().map(|with| Monitoring {
            monitors: &plan.selected.monitors,
            baselines: &with.baselines,
            window: with.window.as_deref(),
            again: with.again,
        });
        let job = Job {
            contracts: plan.selected.contracts,
            others: Others { contracts: plan.selected.others, root: plan.root },
            monitoring,
            store: plan.store.as_deref(),
            planned: None,
            as_of: plan.as_of,
            timezone: plan.timezone,
            mask_key: plan.mask_key,
            watch: &*watch,
        };
        let mut run = assay_runner::run(job, &engine, plan.now).await;
        let history = plan.store.as_deref().filter(|_| plan.history).and_then(|store| past(store, &mut run, plan.now));
        Done { run, history }
    })
}

/// What earlier runs left; a store that cannot be read is a note, because no verdict depends on it.
fn past(store: &dyn Store, run: &mut RunRecord, now: DateTime<Utc>) -> Option<History> {
    match assay_runner::history(store, run, now, POINTS_SHOWN) {
        Ok(history) => Some(history),
        Err(error) => {
            let note = format!("earlier runs are not shown: {}", error.text);
            // the same store could not be written for the same reason: once is enough
            if run.notes.is_empty() {
                run.notes.push(note);
            }
            None
        }
    }
}

/// Does work that blocks, on a thread of its own, watched on the terminal and stopped by Ctrl-C.
pub(crate) fn watched<T, F>(
    progress: bool,
    work: impl FnOnce(Arc<Progress>) -> F + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let progress = Arc::new(Progress::new(progress));
    let watch = Arc::clone(&progress);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    // The engine's futures work on the thread that polls them: they get one of their own.
    let work = move || tokio::runtime::Handle::current().block_on(work(watch));
    let done = runtime.block_on(async {
        let mut ctrl_c = std::pin::pin!(tokio::signal::ctrl_c());
        // Polled once before anything is read, so that it is listened to from the beginning.
        tokio::select! {
            biased;
            _ = &mut ctrl_c => return Err(Failure::Interrupted),
            () = std::future::ready(()) => {}
        }
        let mut running = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = &mut running => done.map_err(|error| Failure::Outside(format!("the run broke off: {error}"))),
            _ = ctrl_c => {
                progress.cancel();
                // Temporary files are removed by a run that ends by itself; a second Ctrl-C does not wait for that.
                tokio::select! {
                    _ = running => {}
                    _ = tokio::signal::ctrl_c() => {}
                    () = tokio::time::sleep(STOPPING) => {}
                }
                Err(Failure::Interrupted)
            }
        }
    });
    runtime.shutdown_background();
    done
}

/// What a clock measured is told on standard error: results hold nothing of it.
fn tell(args: &CheckArgs, run: &RunRecord, took: Duration) {
    let mut err = std::io::stderr();
    if args.verbose || err.is_terminal() {
        let rows: u64 = run.tables.iter().map(|table| table.cost.rows_scanned).sum();
        let (seconds, rows) = (took.as_secs_f64(), HumanCount(rows));
        let _ = writeln!(err, "took {seconds:.2} s, {rows} rows read");
    }
}
