//! Monitors for tests, and how they are read.

use assay_contract::{LoadedMonitor, render};
use assay_core::drift::monitor::Monitor;
use assay_stats::drift::Limits;

use super::World;

pub const HEAD: &str =
    "assay: 1\nmonitor: fare_eta\nowner: ml@example.com\nsource: {format: parquet, path: lake/live}\n";
pub const BASE: &str = "baseline: {profile: b.parquet}\n";
pub const TIMED: &str = "timestamp: {column: at, timezone: Asia/Dubai}\n";
pub const LABELLED: &str =
    "id: ride\nprediction: {column: eta, task: regression}\nlabels: {table: silver.rides, column: minutes}\n";

/// The example of the design, with its shares of columns as fractions.
pub const EXAMPLE: &str = r#"assay: 1
monitor: fare_eta
owner: pricing-ml@example.com
model: {name: fare_eta, version: "7"}
source: {format: parquet, path: lake/gold/fare_predictions/dt=*/*.parquet}
timestamp: {column: event_time, timezone: Asia/Dubai}
id: prediction_id
baseline: {profile: baselines/fare_eta-7.baseline.parquet}
#         {from: {path: lake/train/fare_eta/v7/*.parquet, where: "split = 'train'"}}
window: {size: 1d, lateness: 2h, min_rows: 500}

columns:
  distance_km: {kind: numeric, importance: 0.31}
  surge:       {kind: numeric, tests: {ks: {warn: 0.08, fail: 0.15}}}
  city_id:     {kind: categorical, tests: {chi_square: {warn: 0.10, fail: 0.20}, unseen: {fail: 0.5%}}}
  vehicle:     categorical
prediction: {column: eta_pred, task: regression, tests: {ks: {fail: 0.10}, psi: {fail: 0.25}}}
exclude: [driver_id, raw_json]

defaults:
  numeric:     {psi: {warn: 0.10, fail: 0.25}}
  categorical: {chi_square: {warn: 0.10, fail: 0.20}}
  missing:     {warn: 1%, fail: 5%}          # percentage points, either direction
  significance: {alpha: 0.01, correction: benjamini_hochberg}

segments: [{by: city_id, top: 20, min_rows: 1000}]
dataset: {drifted_share: {warn: 0.2, fail: 0.5, weight: importance}}
correlations: {pairs: top 50, max_change: 0.15}
covariance: {pca: {components: 0.65, fail: 3}}

labels: {table: silver.trips_completed, key: prediction_id, column: eta_actual, lag: 3d, min_coverage: 80%}
concept: {target_relation: top 20}
performance:
  - {metric: rmse, max: 1.15x baseline}
  - {metric: mae, max: 4.2}
  - {metric: r2, min: 0.72}

confirm: {fail: 2 windows, recover: 2 windows}
retrain:
  when: "dataset.fail or performance.rmse.fail"
  webhook: {url: "${env:SCHEDULER_URL}/api/v1/dags/fare_eta_train/dagRuns", token: "${env:SCHED_TOKEN}"}
  cooldown: 7d
  approve: manual
"#;

pub fn world() -> World {
    let mut world = World::with_files(&[]);
    world.env.insert("SCHEDULER_URL".into(), "https://hush.example.com".into());
    world.env.insert("SCHED_TOKEN".into(), "hush-token".into());
    world
}

pub fn load(text: &str) -> LoadedMonitor {
    world().load_monitor("checks/models/m.yaml", text.as_bytes()).unwrap_or_else(|broken| panic!("{text}\n{broken}"))
}

/// A monitor with a stored baseline and this body.
pub fn read(body: &str) -> Monitor {
    load(&format!("{HEAD}{BASE}{body}")).monitor
}

pub fn refused(body: &str) -> String {
    let text = format!("{HEAD}{BASE}{body}");
    let broken = world().load_monitor("m.yaml", text.as_bytes()).err().unwrap_or_else(|| panic!("accepted: {body}"));
    render(&broken.problems, &broken.sources)
}

pub fn limits(warn: impl Into<Option<f64>>, fail: impl Into<Option<f64>>) -> Limits {
    Limits { warn: warn.into(), fail: fail.into() }
}
