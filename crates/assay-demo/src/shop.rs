//! What really happened in the shop, before any layer gets it wrong.

use crate::people::email;
use crate::random::Random;

/// Customers of the shop.
pub(crate) const N_CUSTOMERS: usize = 8_000;
/// Order lines, two to an order.
pub(crate) const N_LINES: usize = 60_000;
/// 2026-11-17T06:00:00Z, the first order.
const FIRST_ORDER: i64 = 1_794_895_200;
/// 71.75 hours later, a quarter of an hour before the demo's clock, the last.
const ORDERING: i64 = 71 * 3600 + 45 * 60;

const COUNTRIES: &[(&str, u64)] = &[("DE", 40), ("FR", 18), ("IT", 14), ("NL", 12), ("SE", 8), ("PL", 8)];

/// A customer.
pub(crate) struct Customer {
    pub id: String,
    pub email: String,
    pub country: &'static str,
    /// Days since 1970-01-01.
    pub signed_up: i32,
}

/// A line of an order.
pub(crate) struct Line {
    pub order_id: String,
    pub line_no: i32,
    /// Which customer.
    pub customer: usize,
    pub status: &'static str,
    pub cents: i64,
    pub discount: f64,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub placed_at: i64,
    pub shipped_at: Option<i64>,
}

pub(crate) const DAY: i64 = 86_400;

pub(crate) fn customers() -> Vec<Customer> {
    let mut random = Random::new(1);
    let one = |number: usize| Customer {
        id: format!("C-{number:06}"),
        email: email(&mut random, number),
        country: random.pick(COUNTRIES),
        signed_up: (FIRST_ORDER / DAY) as i32 - 1 - random.below(1500) as i32,
    };
    (1..=N_CUSTOMERS).map(one).collect()
}

pub(crate) fn order_lines(customers: &[Customer]) -> Vec<Line> {
    let mut random = Random::new(2);
    let mut customer = 0;
    let mut line = |at: usize| {
        if at.is_multiple_of(2) {
            // Some customers order more often than others.
            let share = random.share();
            customer = (share * share * customers.len() as f64) as usize;
        }
        let placed_at = FIRST_ORDER + (at as i64 / 2 * 2) * ORDERING / N_LINES as i64;
        let status = random.pick(&[("placed", 15), ("paid", 20), ("shipped", 60), ("cancelled", 5)]);
        let price = 400.0 * random.share() * random.share() + 2.0;
        Line {
            order_id: format!("ORD-{:08}", at / 2 + 1),
            line_no: (at % 2 + 1) as i32,
            customer,
            status,
            cents: (price * 100.0) as i64,
            discount: random.pick(&[("0", 80), ("5", 10), ("10", 7), ("25", 3)]).parse::<f64>().unwrap_or_default()
                / 100.0,
            placed_at,
            shipped_at: (status == "shipped").then(|| placed_at + 3600 + random.below(DAY as u64) as i64),
        }
    };
    (0..N_LINES).map(&mut line).collect()
}
