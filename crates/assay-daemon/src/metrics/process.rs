//! What this process counts itself: how long runs take, how late they begin, and what it uses of the machine.

use assay_core::ops::Millis;
use assay_report::metrics::Family;
use prometheus::process_collector::ProcessCollector;
use prometheus::{Histogram, HistogramOpts, Registry, TextEncoder};

use super::families::{LAG, RUN_DURATION};

/// Seconds: from a contract of one small file to the time limit of a run.
const DURATIONS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
/// Seconds: from at once to a machine that cannot keep up.
const LAGS: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Counters of this process, from its start.
pub struct Process {
    registry: Registry,
    durations: Histogram,
    lags: Histogram,
}

impl Process {
    /// With nothing counted yet.
    pub fn new() -> Self {
        let (durations, lags) = (histogram(&RUN_DURATION, DURATIONS), histogram(&LAG, LAGS));
        let registry = Registry::new();
        let register = |collector| registry.register(collector).expect("each name is there once");
        register(Box::new(durations.clone()));
        register(Box::new(lags.clone()));
        register(Box::new(ProcessCollector::for_self()));
        Process { registry, durations, lags }
    }

    /// A run began so late.
    pub fn began(&self, waited: Millis) {
        self.lags.observe(seconds(waited));
    }

    /// A run took so long.
    pub fn ended(&self, took: Millis) {
        self.durations.observe(seconds(took));
    }

    /// How many series there are.
    pub fn series(&self) -> u64 {
        // each bucket, the one without end, sum and count; what the machine says of a process
        let histograms = DURATIONS.len() + LAGS.len() + 2 * 3;
        histograms as u64 + 7
    }

    /// All of it as text.
    pub fn write(&self, out: &mut String) {
        let families = self.registry.gather();
        TextEncoder::new().encode_utf8(&families, out).expect("every family has a name and a series");
    }
}

/// Clocks may be set back: no time is less than none.
fn seconds(millis: Millis) -> f64 {
    millis.max(0) as f64 / 1e3
}

fn histogram(family: &Family, buckets: &[f64]) -> Histogram {
    let options = HistogramOpts::new(family.name, family.help).buckets(buckets.to_vec());
    Histogram::with_opts(options).expect("a name and rising buckets")
}
