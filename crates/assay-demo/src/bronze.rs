//! Raw files as they arrive: gzip CSV by day, CSV, JSON lines.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use chrono::{DateTime, SecondsFormat};

use crate::shop::{Customer, DAY, Line};
use crate::write::{gzip, plain};

pub(crate) fn write(bronze: &Path, customers: &[Customer], lines: &[Line]) -> io::Result<()> {
    orders(&bronze.join("orders"), customers, lines)?;
    self::customers(&bronze.join("customers.csv"), customers)?;
    payments(&bronze.join("payments.jsonl"), lines)
}

/// One folder per day. Planted on the last day: 7 amounts with a decimal comma, 3 currencies that are none, 12 lines
/// without a customer.
fn orders(folder: &Path, customers: &[Customer], lines: &[Line]) -> io::Result<()> {
    let mut by_day: BTreeMap<i64, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        by_day.entry(line.placed_at / DAY).or_default().push(line);
    }
    let last = by_day.keys().next_back().copied();
    for (day, lines) in &by_day {
        let is_last = Some(*day) == last;
        let mut text = String::from("order_id,line_no,customer_id,amount,currency,status,created_at\r\n");
        for (at, line) in lines.iter().enumerate() {
            let planted = |every: usize, offset: usize, n: usize| is_last && at % every == offset && at / every < n;
            let customer = if planted(300, 11, 12) { "" } else { customers[line.customer].id.as_str() };
            let amount = match planted(500, 42, 7) {
                true => format!("\"{},{:02}\"", line.cents / 100, line.cents % 100),
                false => format!("{}.{:02}", line.cents / 100, line.cents % 100),
            };
            let currency = if planted(900, 77, 3) { "EURO" } else { "EUR" };
            let (id, line_no, status, time) = (&line.order_id, line.line_no, line.status, rfc3339(line.placed_at));
            let _ = write!(text, "{id},{line_no},{customer},{amount},{currency},{status},{time}\r\n");
        }
        gzip(&folder.join(format!("dt={}", &rfc3339(day * DAY)[..10])).join("part-0.csv.gz"), &text)?;
    }
    Ok(())
}

/// Planted: 5 customers that were exported twice.
fn customers(path: &Path, customers: &[Customer]) -> io::Result<()> {
    let mut text = String::from("id,email,country,signed_up\n");
    for (at, customer) in customers.iter().enumerate() {
        let day = &rfc3339(i64::from(customer.signed_up) * DAY)[..10];
        let row = format!("{},{},{},{day}\n", customer.id, customer.email, customer.country);
        let times = if at % 1500 == 700 && at / 1500 < 5 { 2 } else { 1 };
        text.push_str(&row.repeat(times));
    }
    plain(path, &text)
}

/// Planted: 2 amounts that are texts, not numbers.
fn payments(path: &Path, lines: &[Line]) -> io::Result<()> {
    let mut text = String::new();
    let paid = lines.iter().filter(|line| line.line_no == 1 && matches!(line.status, "paid" | "shipped"));
    for (at, line) in paid.enumerate() {
        let amount = format!("{}.{:02}", line.cents / 100, line.cents % 100);
        let amount = if at == 1_234 || at == 5_678 { format!("\"{amount} EUR\"") } else { amount };
        let method = ["card", "card", "paypal", "invoice"][at % 4];
        let (id, time) = (&line.order_id, rfc3339(line.placed_at + 60));
        let _ = writeln!(
            text,
            r#"{{"payment_id": "P-{at:07}", "order_id": "{id}", "amount": {amount}, "method": "{method}", "paid_at": "{time}"}}"#
        );
    }
    plain(path, &text)
}

fn rfc3339(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
