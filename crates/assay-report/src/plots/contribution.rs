//! What each bin adds to PSI: to the left where live has fewer rows than the baseline, to the right where it has more.

use assay_stats::drift::Bins;

use super::canvas::{Side, plot};
use super::palette::{BASE, INK, LIVE, RULE, SOFT};
use super::shares::Share;
use super::text;

const WIDTH: i32 = 400;
const ROW: i32 = 15;
const HEAD: i32 = 20;
const MIDDLE: i32 = 240;
const REACH: i32 = 100;
/// Rows at most, without the rest.
const ROWS: usize = 12;
/// Columns of a name.
const NAME: usize = 20;

/// A bin and what it adds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub name: String,
    /// What it adds; the parts of all bins are PSI.
    pub psi: f64,
    /// Whether live has more rows in it, as shares.
    pub more: bool,
}

/// Terms of PSI by bin.
pub fn contribution(bins: &Bins) -> Option<String> {
    let all = parts(bins);
    let psi: f64 = all.iter().map(|part| part.psi).sum();
    let rows = chosen(all);
    let most = rows.iter().map(|part| part.psi).reduce(f64::max).filter(|most| *most > 0.0)?;
    // two digits of the largest part, and one more
    let decimals = (2.0 - most.log10().floor()).clamp(0.0, 9.0) as usize;
    let height = HEAD + ROW * rows.len() as i32 + 2;
    let top = |at: usize| HEAD + ROW * at as i32;
    let end = |part: &Part| {
        let reach = (part.psi / most * f64::from(REACH)).round() as i32;
        if part.more { MIDDLE + reach } else { MIDDLE - reach }
    };
    plot("contribution", (WIDTH, height), &label(&rows, psi), |canvas| {
        canvas.text(BASE, (MIDDLE - 6, 8), Side::Ends, "← fewer rows")?;
        canvas.text(LIVE, (MIDDLE + 6, 8), Side::Begins, "more rows →")?;
        canvas.text(INK, (0, 8), Side::Begins, &format!("PSI {}", text::number(psi)))?;
        for (color, more) in [(BASE, false), (LIVE, true)] {
            for (at, part) in rows.iter().enumerate().filter(|(_, part)| part.more == more) {
                canvas.bar(color, (MIDDLE, top(at) + 3), (end(part), top(at) + 12))?;
            }
        }
        canvas.line(RULE, 1, [(MIDDLE, HEAD), (MIDDLE, height)])?;
        for (at, part) in rows.iter().enumerate() {
            let y = top(at) + 7;
            canvas.named(SOFT, (0, y), Side::Begins, &brief(&part.name), &part.name)?;
            // what rounds to nothing needs no figure
            if part.psi >= most / 100.0 {
                let (x, side) = if part.more { (end(part) + 4, Side::Begins) } else { (end(part) - 4, Side::Ends) };
                canvas.text(SOFT, (x, y), side, &text::fixed(part.psi, decimals))?;
            }
        }
        Ok(())
    })
}

/// The name in the columns that there are; the ends of an interval in fewer digits where they have many.
fn brief(name: &str) -> String {
    let short = text::shorten(name, NAME);
    if short == name {
        return short;
    }
    let rounded = || {
        let (low, rest) = name.strip_prefix('(')?.split_once(", ")?;
        let (high, closing) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
        let shown = |end: &str| Some(text::digits(end.parse().ok()?, 4));
        Some(format!("({}, {}{closing}", shown(low)?, shown(high)?))
    };
    rounded().map_or(short, |name| text::shorten(&name, NAME))
}

/// Every bin that is not empty on both sides, with its term: the formula and the smoothing of `psi`.
pub(super) fn parts(bins: &Bins) -> Vec<Part> {
    let rows = bins.labels.iter().zip(bins.base.iter().zip(&bins.live));
    let rows: Vec<(&String, f64, f64)> = rows
        .filter(|(_, (base, live))| **base > 0 || **live > 0)
        .map(|(label, (base, live))| (label, *base as f64, *live as f64))
        .collect();
    let half = 0.5 * rows.len() as f64;
    let n = rows.iter().map(|row| row.1).sum::<f64>() + half;
    let m = rows.iter().map(|row| row.2).sum::<f64>() + half;
    let part = |(label, base, live): &(&String, f64, f64)| {
        let (base, live) = ((base + 0.5) / n, (live + 0.5) / m);
        let name = Share { label: (*label).clone(), base, live }.name().to_owned();
        Part { name, psi: (live - base) * (live / base).ln(), more: live > base }
    };
    rows.iter().map(part).collect()
}

fn label(rows: &[Part], psi: f64) -> String {
    let most = rows.iter().max_by(|a, b| a.psi.total_cmp(&b.psi));
    let most = most.map_or_else(String::new, |part| {
        let words = if part.more { "more" } else { "fewer" };
        format!("; most from {}, {} with {words} rows", text::shorten(&part.name, 60), text::number(part.psi))
    });
    format!("What each bin adds to PSI {}{most}", text::number(psi))
}

/// The bins that add most, in their order, then the rest.
fn chosen(parts: Vec<Part>) -> Vec<Part> {
    let mut by_size: Vec<usize> = (0..parts.len()).collect();
    by_size.sort_by(|&a, &b| parts[b].psi.total_cmp(&parts[a].psi).then(a.cmp(&b)));
    let (shown, left) = by_size.split_at(ROWS.min(parts.len()));
    let mut shown = shown.to_vec();
    shown.sort_unstable();
    shown.into_iter().map(|at| parts[at].clone()).chain(rest(&parts, left)).collect()
}

/// Bins that are not shown, once for either direction.
fn rest(parts: &[Part], left: &[usize]) -> Vec<Part> {
    let of = |more: bool| {
        let those: Vec<&Part> = left.iter().map(|&at| &parts[at]).filter(|part| part.more == more).collect();
        let name = if those.len() == 1 { "1 more bin".to_owned() } else { format!("{} more bins", those.len()) };
        (!those.is_empty()).then(|| Part { name, psi: those.iter().map(|part| part.psi).sum(), more })
    };
    [of(false), of(true)].into_iter().flatten().collect()
}
