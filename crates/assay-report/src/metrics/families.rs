//! Families of metrics with their help, written by the encoder of the crate `prometheus`. Its registries and counters,
//! which are global and know the clock, are not used.

use std::collections::BTreeMap;

use prometheus::TextEncoder;
use prometheus::proto::{Gauge, LabelPair, Metric, MetricFamily, MetricType};

use crate::formats::text::printable;

/// Every family that a run knows, in the order in which they are written.
const FAMILIES: &[(&str, &str)] = &[
    ("assay_build_info", "Version of Assay, as a label; always 1."),
    (
        "assay_check_success",
        "Whether the check passed or only warned (1) or failed (0); absent where it was not evaluated.",
    ),
    ("assay_check_error", "Whether the check could not be evaluated."),
    ("assay_check_failed_rows", "Rows that break the check."),
    ("assay_check_observed", "What the check observed, where that is a number."),
    ("assay_check_last_run_timestamp_seconds", "The clock of the last run."),
    ("assay_dataset_rows", "Rows that were looked at."),
    ("assay_dataset_newest_record_timestamp_seconds", "Time of the newest record, as a check of freshness found it."),
    ("assay_drift_score", "Effect of a drift test in the newest window."),
    ("assay_drift_threshold", "Limit of the effect: where it fails, else where it warns."),
    ("assay_drift_detected", "Whether the drift test found drift."),
    ("assay_drift_columns_drifted", "Columns in which drift was found."),
    ("assay_drift_columns", "Columns that were tested for drift."),
    ("assay_model_performance", "Performance of the model in the newest window."),
];

type Labels = Vec<(String, String)>;

/// Values by family and labels: each series once, in a fixed order.
pub(super) struct Families(BTreeMap<&'static str, BTreeMap<Labels, f64>>);

impl Families {
    pub fn new() -> Self {
        Families(BTreeMap::new())
    }

    /// Sets a series. Of two of the same name and labels the first stays; there is one zero.
    pub fn set(&mut self, family: &'static str, labels: &[(&'static str, &str)], value: f64) {
        debug_assert!(FAMILIES.iter().any(|(name, _)| *name == family), "no help for {family}");
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), printable(value).into_owned())).collect();
        self.0.entry(family).or_default().entry(labels).or_insert(value + 0.0);
    }

    /// All of them; a family without a series is left out.
    pub fn text(self) -> String {
        let Families(mut values) = self;
        let family = |(name, help): &(&'static str, &str)| Some(family(name, help, values.remove(name)?));
        let families: Vec<MetricFamily> = FAMILIES.iter().filter_map(family).collect();
        TextEncoder::new().encode_to_string(&families).expect("every family has a name and a series")
    }
}

fn family(name: &str, help: &str, series: BTreeMap<Labels, f64>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(MetricType::GAUGE);
    family.set_metric(series.into_iter().map(|(labels, value)| metric(labels, value)).collect());
    family
}

fn metric(labels: Labels, value: f64) -> Metric {
    let pair = |(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name(name);
        pair.set_value(value);
        pair
    };
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    let mut metric = Metric::from_gauge(gauge);
    metric.set_label(labels.into_iter().map(pair).collect());
    metric
}
