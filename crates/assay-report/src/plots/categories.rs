//! Shares of both sides by category, as pairs of bars.
//!
//! At most twelve rows in all: those of the largest shares and the largest movement, then the rest in one row, then
//! what has no category (other, unseen, missing). A category that is new or gone says so in a word and a sign.

use assay_stats::drift::Bins;

use super::canvas::{Side, plot};
use super::palette::{BASE, BASE_AREA, INK, LIVE, SOFT};
use super::shares::{Share, shares};
use super::text;

const WIDTH: i32 = 400;
const ROW: i32 = 18;
const HEAD: i32 = 20;
/// Where bars begin and end.
const BARS: (i32, i32) = (112, 280);
/// Rows at most, without the rest.
const ROWS: usize = 12;

/// Baseline and live by category.
pub fn categories(bins: &Bins) -> Option<String> {
    let rows = chosen(shares(bins)?);
    let most = rows.iter().map(|row| row.base.max(row.live)).reduce(f64::max).filter(|most| *most > 0.0)?;
    let height = HEAD + ROW * rows.len() as i32 + 2;
    let reach = |share: f64| BARS.0 + (share / most * f64::from(BARS.1 - BARS.0)).ceil() as i32;
    let top = |at: usize| HEAD + ROW * at as i32;
    plot("categories", (WIDTH, height), &label(&rows), |canvas| {
        canvas.text(BASE, (BARS.0, 8), Side::Begins, "baseline")?;
        canvas.text(LIVE, (BARS.0 + 54, 8), Side::Begins, "live")?;
        for (at, row) in rows.iter().enumerate() {
            canvas.bar(BASE_AREA, (BARS.0, top(at) + 2), (reach(row.base), top(at) + 8))?;
        }
        for (at, row) in rows.iter().enumerate() {
            canvas.bar(LIVE, (BARS.0, top(at) + 8), (reach(row.live), top(at) + 14))?;
        }
        for (at, row) in rows.iter().enumerate() {
            let color = if row.is_special() { SOFT } else { INK };
            canvas.short(color, (0, top(at) + 8), 17, Side::Begins, row.name())?;
            canvas.text(SOFT, (BARS.1 + 8, top(at) + 8), Side::Begins, &moved(row))?;
        }
        Ok(())
    })
}

/// `10.1% → 21.8%`, with a word where there was nothing on a side.
fn moved(row: &Share) -> String {
    let (base, live) = (text::percent(row.base), text::percent(row.live));
    match (row.base > 0.0, row.live > 0.0) {
        (false, true) => format!("+ new {live}"),
        (true, false) => format!("{base} → 0% × gone"),
        _ => format!("{base} → {live}"),
    }
}

fn label(rows: &[Share]) -> String {
    let moved = rows.iter().max_by(|a, b| (a.live - a.base).abs().total_cmp(&(b.live - b.base).abs()));
    let moved = moved.map_or_else(String::new, |row| {
        let name = text::shorten(row.name(), 40);
        format!("; most moved {name}, {} to {}", text::percent(row.base), text::percent(row.live))
    });
    format!("Baseline and live by category{moved}")
}

/// The rows to show, in the order of the bins.
fn chosen(rows: Vec<Share>) -> Vec<Share> {
    let (special, own): (Vec<Share>, Vec<Share>) = rows.into_iter().partition(Share::is_special);
    let special: Vec<Share> = special.into_iter().filter(|row| row.base > 0.0 || row.live > 0.0).collect();
    let room = ROWS - special.len().min(3);
    let weight = |row: &Share| row.base.max(row.live) + 2.0 * (row.live - row.base).abs();
    let mut by_weight: Vec<usize> = (0..own.len()).filter(|&at| own[at].base > 0.0 || own[at].live > 0.0).collect();
    by_weight.sort_by(|&a, &b| weight(&own[b]).total_cmp(&weight(&own[a])).then(a.cmp(&b)));
    let (shown, left) = by_weight.split_at(room.min(by_weight.len()));
    let mut shown = shown.to_vec();
    shown.sort_unstable();
    let mut rows: Vec<Share> = shown.into_iter().map(|at| own[at].clone()).collect();
    if !left.is_empty() {
        let sum = |pick: fn(&Share) -> f64| left.iter().map(|&at| pick(&own[at])).sum();
        rows.push(Share {
            label: format!("{} more", left.len()),
            base: sum(|row| row.base),
            live: sum(|row| row.live),
        });
    }
    rows.extend(special);
    rows
}
