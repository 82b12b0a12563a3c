//! Progress on a terminal, and stopping on Ctrl-C.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assay_core::engine::Watch;
use assay_report::formats::text::printable;
use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Passes shorter than this show no bar: what flashes by only distracts.
const PATIENCE: Duration = Duration::from_millis(400);

/// Watches a run.
pub(crate) struct Progress {
    shown: bool,
    cancelled: AtomicBool,
    pass: Mutex<Option<Pass>>,
}

struct Pass {
    bar: ProgressBar,
    begun: Instant,
    rows: Arc<AtomicU64>,
    /// The bar counts rows where their number is known, else bytes.
    by_rows: bool,
    visible: bool,
}

impl Progress {
    /// Shown only to people: on a terminal, outside of continuous integration, unless unwanted.
    pub fn new(wanted: bool) -> Self {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
        Progress {
            shown: wanted && !in_ci && std::io::stderr().is_terminal(),
            cancelled: AtomicBool::new(false),
            pass: Mutex::new(None),
        }
    }

    /// Asks the run to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.end();
    }

    fn with_pass(&self, work: impl FnOnce(&mut Option<Pass>)) {
        // A poisoned lock only means that a bar may be drawn wrong.
        work(&mut self.pass.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Watch for Progress {
    fn begin(&self, table: &str, rows: Option<u64>, bytes: u64) {
        if !self.shown {
            return;
        }
        let by_rows = rows.is_some();
        let bar = ProgressBar::with_draw_target(Some(rows.unwrap_or(bytes)), ProgressDrawTarget::hidden());
        let rows = Arc::new(AtomicU64::new(0));
        bar.set_style(style(Arc::clone(&rows)));
        bar.set_prefix(printable(table).into_owned());
        self.with_pass(|pass| *pass = Some(Pass { bar, begun: Instant::now(), rows, by_rows, visible: false }));
    }

    fn advance(&self, rows: u64, bytes: u64) {
        if !self.shown {
            return;
        }
        self.with_pass(|pass| {
            let Some(pass) = pass else { return };
            pass.rows.fetch_add(rows, Ordering::Relaxed);
            pass.bar.inc(if pass.by_rows { rows } else { bytes });
            if !pass.visible && pass.begun.elapsed() > PATIENCE {
                pass.bar.set_draw_target(ProgressDrawTarget::stderr());
                pass.visible = true;
            }
        });
    }

    fn end(&self) {
        self.with_pass(|pass| {
            if let Some(pass) = pass.take() {
                pass.bar.finish_and_clear();
            }
        });
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn style(rows: Arc<AtomicU64>) -> ProgressStyle {
    let template = "{prefix}  {bar:24} {percent:>3}%  {rows} rows, {speed} rows/s, {left}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let speed = Arc::clone(&rows);
    style
        .progress_chars("█▌ ")
        .with_key("rows", move |_: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}", HumanCount(rows.load(Ordering::Relaxed)));
        })
        .with_key("speed", move |state: &ProgressState, out: &mut dyn Write| {
            let seconds = state.elapsed().as_secs_f64().max(0.001);
            let _ = write!(out, "{}", HumanCount((speed.load(Ordering::Relaxed) as f64 / seconds) as u64));
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
            // Before the first piece of a file is done there is nothing to tell the rest from.
            let _ = match state.pos() {
                0 => write!(out, "…"),
                _ => write!(out, "{} left", HumanDuration(state.eta())),
            };
        })
}
