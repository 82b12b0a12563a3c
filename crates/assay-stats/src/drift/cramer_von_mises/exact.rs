//! The exact law of Anderson's T without ties, by counting all orders of few rows.
//!
//! Every order is a lattice path; nm N^2 T is the sum of (i m - j n)^2 over its points (i baseline, j live rows). The
//! table of a point holds each sum that its paths reach, with the number of paths; it is the merge of its two
//! neighbours' tables. Sums are divided by the square of the greatest common divisor of n and m.

/// Rows a side up to which all orders are counted (C(40, 20) at most, whose tables hold some millions of sums).
const ROWS: u64 = 20;

/// P(T >= t) where neither side has more than [`ROWS`] rows. Ties can put t between two values of the law: the one
/// below counts, as in scipy.
pub(super) fn p(n: u64, m: u64, t: f64) -> Option<f64> {
    if n.max(m) > ROWS {
        return None;
    }
    let divisor = gcd(n, m) as f64;
    let (rows, pairs) = ((n + m) as f64, n as f64 * m as f64);
    let threshold = (t * pairs * rows * rows / (divisor * divisor) + 1e-6).floor();
    let Counts(table) = Counts::of(n, m);
    let orders: f64 = table.iter().map(|(_, paths)| paths).sum();
    let at_least: f64 = table.iter().filter(|(sum, _)| *sum as f64 >= threshold).map(|(_, paths)| paths).sum();
    Some(at_least / orders)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// (sum, paths) by ascending sum.
#[derive(Clone, Default)]
struct Counts(Vec<(u64, f64)>);

impl Counts {
    fn of(n: u64, m: u64) -> Counts {
        let divisor = gcd(n, m);
        let (few, many) = (n.min(m) / divisor, n.max(m) / divisor);
        let (rows, columns) = (n.min(m), n.max(m));
        // one table for each number of rows of the shorter side, after `i` rows of the longer one
        let mut line: Vec<Counts> = vec![Counts::default(); rows as usize + 1];
        for i in 0..=columns {
            for j in 0..=rows {
                let here = j as usize;
                let merged = match (i, j) {
                    (0, 0) => Counts(vec![(0, 1.0)]),
                    (_, 0) => line[here].clone(),
                    (0, _) => line[here - 1].clone(),
                    _ => line[here].merged(&line[here - 1]),
                };
                line[here] = merged.raised((i * few).abs_diff(j * many).pow(2));
            }
        }
        line.pop().unwrap_or_default()
    }

    fn raised(mut self, by: u64) -> Counts {
        for (sum, _) in &mut self.0 {
            *sum += by;
        }
        self
    }

    fn merged(&self, other: &Counts) -> Counts {
        let (mut a, mut b) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        let mut merged: Vec<(u64, f64)> = Vec::with_capacity(self.0.len().max(other.0.len()));
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
                (_, Some(_)) => b.next(),
                (_, None) => a.next(),
            };
            let Some((sum, paths)) = next else { return Counts(merged) };
            match merged.last_mut() {
                Some(last) if last.0 == sum => last.1 += paths,
                _ => merged.push((sum, paths)),
            }
        }
    }
}
