//! What is wrong with the lake, and which check must say so; of a monitor, in which windows.

use assay_core::verdict::Outcome;

/// A planted defect.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// What it is, in the words of the shop.
    pub what: &'static str,
    /// The table it is in, or the monitor that watches it.
    pub table: &'static str,
    /// The check that must find it.
    pub check: &'static str,
    /// How that check must end.
    pub outcome: Outcome,
    /// How many rows it must blame, where rows are at fault.
    pub failing: Option<u64>,
    /// Of a monitor: the days in which it must end so, confirmed. Empty: a table, which has no windows.
    pub days: &'static [&'static str],
}

const fn planted(
    table: &'static str,
    check: &'static str,
    outcome: Outcome,
    failing: Option<u64>,
    what: &'static str,
) -> Planted {
    Planted { what, table, check, outcome, failing, days: &[] }
}

/// Drift: the first bad day is not confirmed yet, so these are the days after it.
const fn drifting(check: &'static str, outcome: Outcome, days: &'static [&'static str], what: &'static str) -> Planted {
    Planted { what, table: "delivery_eta", check, outcome, failing: None, days }
}

/// Three days of drift, the first of which is not confirmed.
const LAST_TWO: &[&str] = &["2026-11-18", "2026-11-19"];
/// The model has been wrong since the day before; the labels end with this one.
const LAST_LABELLED: &[&str] = &["2026-11-17"];

use Outcome::{Fail, Warn};

/// Every planted defect. Nothing else is wrong with the lake.
pub static PLANTED: &[Planted] = &[
    planted("bronze.customers_raw", "id.uniqueness", Warn, Some(10), "5 customers exported twice"),
    planted("bronze.orders_raw", "amount.parse", Warn, Some(7), "7 amounts with a decimal comma"),
    planted("bronze.orders_raw", "customer_id.completeness", Warn, Some(12), "12 order lines without a customer"),
    planted("bronze.orders_raw", "currency.in", Warn, Some(3), "3 times the currency EURO"),
    planted("bronze.payments_raw", "amount.parse", Warn, Some(2), "2 amounts written as text"),
    planted("silver.customers", "email.pattern", Fail, Some(11), "11 e-mail addresses that lost their @"),
    planted("silver.orders", "key", Fail, Some(6), "3 keys used twice"),
    planted("silver.orders", "email.completeness", Warn, Some(1_500), "1,500 lines without an e-mail address"),
    planted("silver.orders", "status.in", Fail, Some(4), "4 lines in a status that does not exist"),
    planted("silver.orders", "ships_after_order", Fail, Some(9), "9 lines shipped before they were ordered"),
    planted("silver.orders", "discount.range", Fail, Some(3), "2 discounts of 150%, and one that is not a number"),
    planted("silver.orders", "discount.nan", Fail, Some(1), "the discount that is not a number"),
    planted("silver.orders", "customer_id.references", Fail, Some(4), "4 lines of a customer who does not exist"),
    planted("silver.payments", "negative_is_refund", Fail, Some(5), "5 negative amounts without a refund"),
    planted("silver.payments", "freshness.paid_at", Fail, None, "a load that has been stuck for a day"),
    planted("gold.churn_features", "schema", Fail, None, "a column that the model does not expect"),
    planted("gold.churn_features", "spend_90d.mean", Fail, None, "Swedish spending in cents instead of euros"),
    planted("gold.churn_features", "churn_score.range", Fail, Some(3), "3 scores above 1"),
    drifting("drift.distance_km", Fail, LAST_TWO, "a depot farther out: longer ways"),
    drifting("drift.carrier", Fail, LAST_TWO, "a carrier that the model does not know"),
    drifting("drift.weight_kg", Fail, LAST_TWO, "a broken scale: weights missing"),
    drifting("drift.hours_pred", Fail, LAST_TWO, "longer ways: the model predicts more hours"),
    drifting("dataset", Fail, LAST_TWO, "three columns that hold most of the importance drifted"),
    drifting("concept.carrier", Fail, LAST_LABELLED, "two carriers that swapped their routes"),
    drifting("performance.rmse", Fail, LAST_LABELLED, "the swap: the model is wrong by more hours"),
];
