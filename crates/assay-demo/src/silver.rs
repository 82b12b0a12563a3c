//! Typed tables, in Parquet.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, StringArray,
    TimestampMicrosecondArray,
};

use crate::shop::{Customer, DAY, Line};
use crate::write::parquet;

/// Rows of a file of orders.
const FILE: usize = 20_000;

pub(crate) fn write(silver: &Path, customers: &[Customer], lines: &[Line]) -> io::Result<()> {
    for (nth, chunk) in lines.chunks(FILE).enumerate() {
        orders(&silver.join("orders").join(format!("part-{nth}.parquet")), nth * FILE, customers, chunk)?;
    }
    self::customers(&silver.join("customers").join("part-0.parquet"), customers)?;
    payments(&silver.join("payments").join("part-0.parquet"), lines)
}

/// Planted, by row of the table: 3 keys used twice, 1,500 lines without an e-mail address, 4 in a status that does
/// not exist, 9 shipped before they were ordered, discounts of 150% (2) and NaN (1), 4 lines of an unknown customer.
fn orders(path: &Path, first: usize, customers: &[Customer], lines: &[Line]) -> io::Result<()> {
    let rows = || lines.iter().enumerate().map(|(at, line)| (first + at, line));
    let is_copy = |row: usize| matches!(row, 1_001 | 25_001 | 50_001);
    let is_unknown_status = |row: usize| matches!(row, 4_321 | 14_321 | 34_321 | 54_321);
    let is_early = |row: usize| row % 6_000 == 3_333 && row < 54_000;
    let is_orphan = |row: usize| matches!(row, 7_654 | 17_654 | 37_654 | 57_654);

    let line_no = rows().map(|(row, line)| if is_copy(row) { line.line_no - 1 } else { line.line_no });
    let customer =
        rows().map(|(row, line)| if is_orphan(row) { "C-999999" } else { customers[line.customer].id.as_str() });
    let email = rows().map(|(row, line)| (row % 40 != 7).then(|| customers[line.customer].email.as_str()));
    let status = rows().map(|(row, line)| match row {
        row if is_unknown_status(row) => "returned",
        row if is_early(row) => "shipped",
        _ => line.status,
    });
    let discount = rows().map(|(row, line)| match row {
        12_345 => f64::NAN,
        23_456 | 45_678 => 1.5,
        _ => line.discount,
    });
    let shipped_at =
        rows().map(|(row, line)| if is_early(row) { Some(line.placed_at - 2 * DAY) } else { line.shipped_at });

    parquet(
        path,
        vec![
            ("order_id", false, strings(rows().map(|(_, line)| line.order_id.as_str()))),
            ("line_no", false, Arc::new(Int32Array::from_iter_values(line_no))),
            ("customer_id", false, strings(customer)),
            ("email", true, Arc::new(StringArray::from_iter(email))),
            ("country", false, strings(rows().map(|(_, line)| customers[line.customer].country))),
            ("status", false, strings(status)),
            ("amount", false, money(rows().map(|(_, line)| line.cents))?),
            ("discount", false, Arc::new(Float64Array::from_iter_values(discount))),
            (
                "order_date",
                false,
                Arc::new(Date32Array::from_iter_values(rows().map(|(_, line)| (line.placed_at / DAY) as i32))),
            ),
            ("shipped_at", true, instants(shipped_at)),
            ("_ingested_at", false, instants(rows().map(|(_, line)| Some(line.placed_at + 300)))),
        ],
    )
}

/// Planted: 11 e-mail addresses whose `@` became `_at_`.
fn customers(path: &Path, customers: &[Customer]) -> io::Result<()> {
    let broken = |at: usize| at % 700 == 350 && at < 7_700;
    let email = |(at, customer): (usize, &Customer)| match broken(at) {
        true => customer.email.replace('@', "_at_"),
        false => customer.email.clone(),
    };
    parquet(
        path,
        vec![
            ("id", false, strings(customers.iter().map(|customer| customer.id.as_str()))),
            ("email", false, Arc::new(StringArray::from_iter_values(customers.iter().enumerate().map(email)))),
            ("country", false, strings(customers.iter().map(|customer| customer.country))),
            (
                "signed_up",
                false,
                Arc::new(Date32Array::from_iter_values(customers.iter().map(|customer| customer.signed_up))),
            ),
            (
                "_ingested_at",
                false,
                instants(customers.iter().map(|customer| Some(i64::from(customer.signed_up) * DAY))),
            ),
        ],
    )
}

/// Planted: the load has been stuck since 04:00 of the day before, and 5 amounts are below zero without a refund.
fn payments(path: &Path, lines: &[Line]) -> io::Result<()> {
    let last = lines.last().map_or(0, |line| line.placed_at) / DAY * DAY - DAY + 4 * 3600;
    let is_paid =
        |line: &&Line| line.line_no == 1 && line.placed_at < last && matches!(line.status, "paid" | "shipped");
    let paid: Vec<&Line> = lines.iter().filter(is_paid).collect();
    let is_negative = |at: usize| at % 2_000 == 999 && at < 10_000;
    let is_refunded = |at: usize| at % 97 == 5;
    let cents = |(at, line): (usize, &&Line)| if is_negative(at) || is_refunded(at) { -line.cents } else { line.cents };
    let id = |at: usize| format!("P-{at:07}");

    parquet(
        path,
        vec![
            ("payment_id", false, Arc::new(StringArray::from_iter_values((0..paid.len()).map(id)))),
            ("order_id", false, strings(paid.iter().map(|line| line.order_id.as_str()))),
            ("amount", false, money(paid.iter().enumerate().map(cents))?),
            ("method", false, strings((0..paid.len()).map(|at| ["card", "card", "paypal", "invoice"][at % 4]))),
            (
                "refunded",
                false,
                Arc::new(BooleanArray::from_iter((0..paid.len()).map(|at| Some(is_refunded(at) && !is_negative(at))))),
            ),
            ("paid_at", false, instants(paid.iter().map(|line| Some(line.placed_at + 60)))),
            ("_ingested_at", false, instants(paid.iter().map(|line| Some(line.placed_at + 300)))),
        ],
    )
}

fn strings<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn money(cents: impl Iterator<Item = i64>) -> io::Result<ArrayRef> {
    let array = Decimal128Array::from_iter_values(cents.map(i128::from)).with_precision_and_scale(12, 2);
    Ok(Arc::new(array.map_err(io::Error::other)?))
}

fn instants(seconds: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    let micros = seconds.map(|seconds| seconds.map(|seconds| seconds * 1_000_000));
    Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
}
