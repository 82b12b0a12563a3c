//! The JSON in a baseline's footer: everything that belongs to no column.

use std::collections::BTreeMap;

use assay_core::drift::baseline::{Baseline, BaselineSegmentation, Header, SAMPLE, Target};
use assay_core::drift::category::Category;
use assay_stats::comoments::Scale;
use serde::{Deserialize, Serialize};

/// As it is written. Unknown fields are those of later minor versions.
#[derive(Serialize, Deserialize)]
pub(super) struct Footer {
    format_version: (u32, u32),
    formula_version: u32,
    name: String,
    created_at: String,
    sha256: String,
    schema_hash: String,
    rows: u64,
    rows_before_sampling: Option<u64>,
    time_range: Option<(String, String)>,
    timezone: Option<String>,
    sampler: Sampler,
    min_bin_count: u64,
    lineage: BTreeMap<String, String>,
    segmentations: Vec<Segmentation>,
    performance: BTreeMap<String, String>,
    target: Option<Predicted>,
    notes: Vec<String>,
    /// Whether there is a covariance, which may have no columns.
    covariance: bool,
}

/// Just the version, which is looked at first.
#[derive(Deserialize)]
pub(super) struct Version {
    pub format_version: (u32, u32),
}

#[derive(Serialize, Deserialize)]
struct Sampler {
    method: String,
    keep: u64,
    seed: u64,
    values: bool,
}

#[derive(Serialize, Deserialize)]
struct Segmentation {
    by: Vec<String>,
    segments: Vec<Vec<Option<Category>>>,
}

#[derive(Serialize, Deserialize)]
struct Predicted {
    column: String,
    classes: bool,
    positive: Option<Category>,
    scale: Option<(String, String)>,
    sd: String,
}

impl Footer {
    pub fn of(baseline: &Baseline) -> Self {
        let header = baseline.header.clone();
        Footer {
            format_version: header.format_version,
            formula_version: header.formula_version,
            name: header.name,
            created_at: header.created_at,
            sha256: header.sha256,
            schema_hash: header.schema_hash,
            rows: header.rows,
            rows_before_sampling: header.rows_before_sampling,
            time_range: header.time_range,
            timezone: header.timezone,
            sampler: Sampler {
                method: "bottom-k by hash of the row's position".into(),
                keep: SAMPLE as u64,
                seed: header.seed,
                values: header.sampled_values,
            },
            min_bin_count: header.min_bin_count,
            lineage: header.lineage,
            segmentations: header
                .segmentations
                .into_iter()
                .map(|of| Segmentation { by: of.by, segments: of.segments })
                .collect(),
            performance: baseline.performance.iter().map(|(metric, value)| (metric.clone(), float(*value))).collect(),
            target: baseline.target.clone().map(|target| Predicted {
                column: target.column,
                classes: target.classes,
                positive: target.positive,
                scale: target.scale.map(|scale| (float(scale.lo()), float(scale.hi()))),
                sd: float(target.sd),
            }),
            notes: header.notes,
            covariance: baseline.covariance.is_some(),
        }
    }

    /// Whether the file has a covariance.
    pub fn has_covariance(&self) -> bool {
        self.covariance
    }

    /// Takes the parts into a baseline that has columns already.
    pub fn fill(self, baseline: &mut Baseline) -> Result<(), String> {
        baseline.header = Header {
            name: self.name,
            format_version: self.format_version,
            formula_version: self.formula_version,
            created_at: self.created_at,
            rows: self.rows,
            rows_before_sampling: self.rows_before_sampling,
            time_range: self.time_range,
            timezone: self.timezone,
            schema_hash: self.schema_hash,
            sha256: self.sha256,
            seed: self.sampler.seed,
            sampled_values: self.sampler.values,
            min_bin_count: self.min_bin_count,
            lineage: self.lineage,
            segmentations: self
                .segmentations
                .into_iter()
                .map(|of| BaselineSegmentation { by: of.by, segments: of.segments })
                .collect(),
            notes: self.notes,
        };
        let metrics = self.performance.into_iter().map(|(metric, value)| Ok((metric, read_float(&value)?)));
        baseline.performance = metrics.collect::<Result<_, String>>()?;
        baseline.target = self.target.map(Predicted::read).transpose()?;
        Ok(())
    }
}

impl Predicted {
    fn read(self) -> Result<Target, String> {
        let scale = match self.scale {
            None => None,
            Some((lo, hi)) => {
                Some(Scale::new(read_float(&lo)?, read_float(&hi)?).ok_or("the target's scale is no interval")?)
            }
        };
        let sd = read_float(&self.sd)?;
        Ok(Target { column: self.column, classes: self.classes, positive: self.positive, scale, sd })
    }
}

/// The shortest text that reads back as the same number.
fn float(value: f64) -> String {
    format!("{value:?}")
}

fn read_float(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` in the footer is not a number"))
}
