//! Features of a model that predicts who leaves.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Date32Array, Float32Array, Float64Array, Int32Array, StringArray};

use crate::random::Random;
use crate::shop::{Customer, DAY};
use crate::write::parquet;

/// 2026-11-20.
const AS_OF_DAY: i32 = (1_794_895_200 / DAY) as i32 + 3;

/// Planted: 3 scores above 1, Swedish spending in cents instead of euros (which shifts the mean), and a column that a
/// model reading by position does not expect.
pub(crate) fn write(gold: &Path, customers: &[Customer]) -> io::Result<()> {
    let mut random = Random::new(3);
    let n = customers.len();
    let spend: Vec<f64> = customers
        .iter()
        .map(|customer| {
            let euros = 130.0 * random.share() * (0.5 + random.share());
            let scale = if customer.country == "SE" { 100.0 } else { 1.0 };
            (euros * scale * 100.0).round() / 100.0
        })
        .collect();
    let score = |at: usize, share: f64| if at % 2_500 == 1_111 && at < 7_500 { 1.2 } else { share as f32 };
    let scores: Vec<f32> = (0..n).map(|at| score(at, random.share())).collect();
    let plans: Vec<&str> = (0..n).map(|_| random.pick(&[("free", 60), ("pro", 30), ("team", 10)])).collect();

    parquet(
        &gold.join("churn_features").join("part-0.parquet"),
        vec![
            (
                "customer_id",
                false,
                Arc::new(StringArray::from_iter_values(customers.iter().map(|customer| &customer.id))),
            ),
            ("as_of", false, Arc::new(Date32Array::from_iter_values(std::iter::repeat_n(AS_OF_DAY, n)))),
            (
                "tenure_days",
                false,
                Arc::new(Int32Array::from_iter_values(customers.iter().map(|c| AS_OF_DAY - c.signed_up))),
            ),
            ("spend_90d", false, Arc::new(Float64Array::from_iter_values(spend))),
            ("plan", false, Arc::new(StringArray::from_iter_values(plans))),
            ("churn_score", false, Arc::new(Float32Array::from_iter_values(scores))),
            ("debug_note", true, Arc::new(StringArray::new_null(n))),
        ],
    )
}
