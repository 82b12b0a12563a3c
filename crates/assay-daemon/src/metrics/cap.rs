//! How much is told of documents: what assay.yaml says, and less of it where that would be too many series.
//!
//! Detail falls for whole families in a fixed order, so that what is left is complete: half a family would make sums and
//! comparisons wrong without anybody seeing it.

use assay_core::ops::settings::{Detail, MetricsSettings};
use assay_report::metrics::{DOCUMENTS, Facts, Family, Sink};

/// How much of a family is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Every series.
    Detail,
    /// The worst of each document.
    Worst,
    /// None.
    Nothing,
}

/// What goes next where there are too many series.
#[derive(Debug)]
enum Step {
    /// These families are left out.
    Leave(&'static [&'static str]),
    /// Families of checks tell of documents only.
    Worst,
}

const STEPS: &[Step] = &[
    Step::Leave(&["assay_table_scan_duration_seconds"]),
    Step::Leave(&["assay_check_observed"]),
    Step::Leave(&["assay_check_failed_rows"]),
    Step::Leave(&["assay_drift_threshold"]),
    Step::Leave(&["assay_drift_score"]),
    Step::Worst,
    // with very many documents even one series of each is too much: whether they hold goes last
    Step::Leave(&["assay_drift_detected"]),
    Step::Leave(&["assay_dataset_rows"]),
    Step::Leave(&["assay_drift_columns_drifted", "assay_drift_columns"]),
    Step::Leave(&["assay_model_performance"]),
    Step::Leave(&["assay_contract_info"]),
    Step::Leave(&["assay_dataset_newest_record_timestamp_seconds"]),
    Step::Leave(&["assay_contract_warnings"]),
    Step::Leave(&["assay_check_last_run_timestamp_seconds"]),
    Step::Leave(&["assay_contract_next_run_timestamp_seconds"]),
    Step::Leave(&["assay_check_error"]),
    Step::Leave(&["assay_check_success"]),
];

/// Numbers of series by family.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    detail: [u32; DOCUMENTS.len()],
    worst: [u32; DOCUMENTS.len()],
}

/// How far detail has fallen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level(usize);

impl Counts {
    /// Of one document.
    pub fn of(facts: &Facts) -> Self {
        let mut counts = Counts::default();
        for (at, family) in DOCUMENTS.iter().enumerate() {
            let count = |write: &dyn Fn(&mut Sink<'_>)| {
                let mut sink = Sink::count(family);
                write(&mut sink);
                u32::try_from(sink.series).unwrap_or(u32::MAX)
            };
            counts.detail[at] = count(&|sink| family.detail(facts, sink));
            counts.worst[at] = count(&|sink| family.worst(facts, sink));
        }
        counts
    }

    /// With another document's.
    pub fn plus(mut self, other: &Counts) -> Self {
        let sums = self.detail.iter_mut().zip(&other.detail).chain(self.worst.iter_mut().zip(&other.worst));
        sums.for_each(|(sum, more)| *sum = sum.saturating_add(*more));
        self
    }

    /// How many there are at a level.
    pub fn at(&self, detail: Detail, level: Level) -> u64 {
        let of = |(at, family): (usize, &Family)| match level.told(family, detail) {
            Told::Detail => u64::from(self.detail[at]),
            Told::Worst => u64::from(self.worst[at]),
            Told::Nothing => 0,
        };
        DOCUMENTS.iter().enumerate().map(of).sum()
    }
}

impl Level {
    /// The next level: deeper only where there are too many series, less deep only where that leaves a tenth free, so that
    /// a number near the limit does not make families come and go. `others`: series that are always told.
    pub fn next(self, counts: &Counts, others: u64, settings: MetricsSettings) -> Level {
        let series = |level| counts.at(settings.detail, Level(level)).saturating_add(others);
        let first_within = |most: u64| (0..STEPS.len()).find(|level| series(*level) <= most).unwrap_or(STEPS.len());
        if series(self.0) > settings.max_series {
            return Level(first_within(settings.max_series));
        }
        let with_room = u64::try_from(u128::from(settings.max_series) * 9 / 10).unwrap_or(u64::MAX);
        Level(self.0.min(first_within(with_room)))
    }

    /// How much of a family is told.
    pub fn told(self, family: &Family, detail: Detail) -> Told {
        let told = match detail {
            Detail::Check => Told::Detail,
            Detail::Contract if family.has_worst() => Told::Worst,
            Detail::Contract if family.is_of_checks() => Told::Nothing,
            Detail::Contract => Told::Detail,
            Detail::Off => Told::Nothing,
        };
        STEPS[..self.0].iter().fold(told, |told, step| match step {
            Step::Leave(names) if names.contains(&family.name) => Told::Nothing,
            Step::Worst if family.has_worst() && told == Told::Detail => Told::Worst,
            _ => told,
        })
    }

    /// What is left out, for people.
    pub fn left_out(self) -> String {
        let name = |step: &Step| match step {
            Step::Leave(names) => names.join(", "),
            Step::Worst => "every single check".to_owned(),
        };
        STEPS[..self.0].iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;
