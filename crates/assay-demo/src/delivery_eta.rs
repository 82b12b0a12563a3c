//! The model `delivery_eta`: the rows that it was trained on, its live predictions, and how long the deliveries took.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray};
use chrono::DateTime;

use crate::deliveries::{Delivery, TODAY, live, training};
use crate::random::Random;
use crate::shop::DAY;
use crate::write::parquet;

/// Days with live predictions.
const DAYS: i64 = 10;
/// How the time of day looks at which labels are loaded, two days after the predictions: 08:00 UTC.
const LOADED: i64 = 2 * DAY + 8 * 3_600;

type Column = (&'static str, bool, ArrayRef);

/// Planted: since four days before the clock two carriers have each other's routes, and since three days distances are
/// 1.6 times as long, 3 of 100 deliveries go to a new carrier, and 9 of 100 weights are missing. The labels of the last
/// two days have not come yet.
pub(crate) fn write(lake: &Path) -> io::Result<()> {
    let train = training();
    let mut columns = features(&train);
    columns.push(("hours", false, floats(train.iter().map(|delivery| delivery.hours))));
    columns.push(prediction(&train));
    parquet(&lake.join("train").join("delivery_eta").join("part-0.parquet"), columns)?;

    let mut labels = Labels::default();
    for day in TODAY - DAYS..TODAY {
        let deliveries = live(day);
        let ids = ids(day, deliveries.len());
        let folder = lake.join("gold").join("delivery_predictions").join(format!("dt={}", name(day)));
        parquet(&folder.join("part-0.parquet"), predictions(&ids, &deliveries))?;
        if day * DAY + LOADED <= TODAY * DAY + 6 * 3_600 {
            labels.load(day, &ids, &deliveries);
        }
    }
    parquet(&lake.join("silver").join("deliveries").join("part-0.parquet"), labels.columns())
}

/// `2026-11-19`.
fn name(day: i64) -> String {
    DateTime::from_timestamp(day * DAY, 0).unwrap_or_default().format("%Y-%m-%d").to_string()
}

fn ids(day: i64, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("D-{day}-{number:05}")).collect()
}

fn predictions(ids: &[String], deliveries: &[Delivery]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("prediction_id", false, Arc::new(StringArray::from_iter_values(ids))),
        ("event_time", false, instants(deliveries.iter().map(|delivery| delivery.predicted_at))),
    ];
    columns.extend(features(deliveries));
    columns.push(prediction(deliveries));
    columns
}

fn features(deliveries: &[Delivery]) -> Vec<Column> {
    let rows = || deliveries.iter();
    vec![
        ("distance_km", false, floats(rows().map(|delivery| delivery.distance_km))),
        ("items", false, integers(rows().map(|delivery| delivery.items))),
        ("weight_kg", true, Arc::new(rows().map(|delivery| delivery.weight_kg).collect::<Float64Array>())),
        ("carrier", false, texts(rows().map(|delivery| delivery.carrier))),
        ("weekday", false, texts(rows().map(|delivery| delivery.weekday))),
        ("hour", false, integers(rows().map(|delivery| delivery.hour))),
        ("warehouse", false, texts(rows().map(|delivery| delivery.warehouse))),
        ("is_gift", false, Arc::new(rows().map(|delivery| Some(delivery.is_gift)).collect::<BooleanArray>())),
        ("basket_value", false, floats(rows().map(|delivery| delivery.basket_value))),
    ]
}

fn prediction(deliveries: &[Delivery]) -> Column {
    ("hours_pred", false, floats(deliveries.iter().map(|delivery| delivery.hours_pred)))
}

/// How long deliveries took, as it became known.
#[derive(Debug, Default)]
struct Labels {
    ids: Vec<String>,
    hours: Vec<f64>,
    loaded_at: Vec<i64>,
}

impl Labels {
    /// The labels of a day: one in fifty never comes.
    fn load(&mut self, day: i64, ids: &[String], deliveries: &[Delivery]) {
        let mut random = Random::new(6_000 + day as u64);
        for (id, delivery) in ids.iter().zip(deliveries) {
            if random.below(50) > 0 {
                self.ids.push(id.clone());
                self.hours.push(delivery.hours);
                self.loaded_at.push(day * DAY + LOADED);
            }
        }
    }

    fn columns(self) -> Vec<Column> {
        vec![
            ("prediction_id", false, Arc::new(StringArray::from_iter_values(self.ids))),
            ("hours", false, floats(self.hours.into_iter())),
            ("_ingested_at", false, instants(self.loaded_at.into_iter())),
        ]
    }
}

fn floats(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn integers(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn instants(seconds: impl Iterator<Item = i64>) -> ArrayRef {
    let micros = seconds.map(|seconds| seconds * 1_000_000);
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}
