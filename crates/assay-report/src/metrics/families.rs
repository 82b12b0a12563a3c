//! Every family that tells of documents: its name, its help, its labels, and which facts are its series.

use super::facts::{CheckFacts, Facts};
use super::text::Sink;

/// What kind of number a family holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only goes up.
    Counter,
    /// How often a value was in each of some ranges.
    Histogram,
}

/// A family of metrics.
#[derive(Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What it is, one sentence.
    pub help: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The names of its labels, in order.
    pub labels: &'static [&'static str],
    series: fn(&Facts, &mut Sink<'_>),
    worst: Option<fn(&CheckFacts) -> Option<f64>>,
}

const CHECK: &[&str] = &["contract", "check", "severity"];
const CONTRACT: &[&str] = &["contract"];
const MONITOR: &[&str] = &["monitor"];
const TEST: &[&str] = &["monitor", "column", "method"];

/// The version.
pub const BUILD_INFO: Family = Family::own("assay_build_info", "Version of Assay, as a label; always 1.", &["version"]);

/// Every family that tells of documents, in the order in which they are written.
pub const DOCUMENTS: &[Family] = &[
    Family {
        worst: Some(|check| check.success),
        ..Family::of(
            "assay_check_success",
            "Whether the check passed or only warned (1) or failed (0); absent where it was not evaluated.",
            CHECK,
            |facts, sink| facts.each_check(sink, |check| check.success),
        )
    },
    Family {
        worst: Some(|check| Some(-check.error)),
        ..Family::of("assay_check_error", "Whether the check could not be evaluated.", CHECK, |facts, sink| {
            facts.each_check(sink, |check| Some(check.error));
        })
    },
    Family::of("assay_check_failed_rows", "Rows that break the check.", CHECK, |facts, sink| {
        facts.each_check(sink, |check| check.failed_rows);
    }),
    Family::of("assay_check_observed", "What the check observed, where that is a number.", CHECK, |facts, sink| {
        facts.each_check(sink, |check| check.observed)
    }),
    Family {
        worst: Some(|check| check.at),
        ..Family::of("assay_check_last_run_timestamp_seconds", "The clock of the last run.", CHECK, |facts, sink| {
            facts.each_check(sink, |check| check.at)
        })
    },
    Family::of("assay_dataset_rows", "Rows that were looked at.", CONTRACT, |facts, sink| {
        facts.whole(sink, facts.rows);
    }),
    Family::of(
        "assay_dataset_newest_record_timestamp_seconds",
        "Time of the newest record, as a check of freshness found it.",
        CONTRACT,
        |facts, sink| facts.whole(sink, facts.newest_record),
    ),
    Family::of("assay_drift_score", "Effect of a drift test in the newest window.", TEST, |facts, sink| {
        facts.each_test(sink, |test| Some(test.score));
    }),
    Family::of(
        "assay_drift_threshold",
        "Limit of the effect: where it fails, else where it warns.",
        TEST,
        |facts, sink| facts.each_test(sink, |test| test.threshold),
    ),
    Family::of("assay_drift_detected", "Whether the drift test found drift.", TEST, |facts, sink| {
        facts.each_test(sink, |test| Some(test.detected));
    }),
    Family::of("assay_drift_columns_drifted", "Columns in which drift was found.", MONITOR, |facts, sink| {
        facts.whole(sink, facts.columns.map(|(drifted, _)| drifted));
    }),
    Family::of("assay_drift_columns", "Columns that were tested for drift.", MONITOR, |facts, sink| {
        facts.whole(sink, facts.columns.map(|(_, tested)| tested));
    }),
    Family::of(
        "assay_model_performance",
        "Performance of the model in the newest window.",
        &["monitor", "metric"],
        |facts, sink| facts.performance.iter().for_each(|(metric, value)| sink.put(&[&facts.document, metric], *value)),
    ),
    Family::of(
        "assay_table_scan_duration_seconds",
        "How long the newest run took, from reading to the verdicts.",
        CONTRACT,
        |facts, sink| facts.whole(sink, facts.kept.as_ref().and_then(|kept| kept.duration)),
    ),
    Family::of(
        "assay_contract_info",
        "What the contract or monitor is, as labels; always 1. Empty: not said.",
        &["contract", "kind", "layer", "contract_owner"],
        |facts, sink| {
            let Some(kept) = &facts.kept else { return };
            sink.put(&[&facts.document, kept.kind, &kept.layer, &kept.owner], 1.0);
        },
    ),
    Family::of("assay_contract_warnings", "Checks that warned in the newest run.", CONTRACT, |facts, sink| {
        let warnings = facts.checks.iter().filter(|check| check.warned).count() as f64;
        facts.whole(sink, facts.kept.as_ref().and_then(|kept| kept.duration.map(|_| warnings)));
    }),
    Family::of(
        "assay_contract_next_run_timestamp_seconds",
        "When the first run after the newest finished one is due by its schedule.",
        CONTRACT,
        |facts, sink| facts.whole(sink, facts.kept.as_ref().and_then(|kept| kept.next_run)),
    ),
];

impl Kind {
    /// As `# TYPE` has it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
        }
    }
}

impl Family {
    const fn of(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
        series: fn(&Facts, &mut Sink<'_>),
    ) -> Self {
        Family { name, help, kind: Kind::Gauge, labels, series, worst: None }
    }

    /// A gauge that does not tell of documents.
    pub const fn own(name: &'static str, help: &'static str, labels: &'static [&'static str]) -> Self {
        Family::of(name, help, labels, |_, _| ())
    }

    /// The same as another kind.
    pub const fn kind(self, kind: Kind) -> Self {
        Family { kind, ..self }
    }

    /// Every series of a document.
    pub fn detail(&self, facts: &Facts, sink: &mut Sink<'_>) {
        (self.series)(facts, sink);
    }

    /// Whether the family can be told of a document as a whole in place of every check.
    pub fn has_worst(&self) -> bool {
        self.worst.is_some()
    }

    /// Whether there is a series for each check, or each test of a column.
    pub fn is_of_checks(&self) -> bool {
        self.labels.iter().any(|label| ["check", "column"].contains(label))
    }

    /// The worst of a document's checks, as one series with the label `contract` alone.
    pub fn worst(&self, facts: &Facts, sink: &mut Sink<'_>) {
        let Some(figure) = self.worst else { return };
        if let Some(lowest) = facts.checks.iter().filter_map(figure).min_by(f64::total_cmp) {
            sink.put(&[&facts.document], lowest.abs());
        }
    }
}
