//! Both sides of a number by bin: the baseline as an area, live as a line over it.
//!
//! The bins are quantiles of the baseline and as wide as they happen to be, so height is share over width and a bin's
//! area is its share: bars of equal width would show every baseline as flat, and bars of equal height per row would
//! make wide bins look full. Both sides have the same bins and the same scale, which is why the height needs no axis:
//! what counts is where the line leaves the area.
//!
//! An outer bin has no end of its own. It is drawn to where the baseline's values end, yet no wider than a few of its
//! neighbours, with its share as its area, and `‹` or `›` says that values go on. A value that fills a bin alone has no
//! width: it is a spike with its share in words, on a scale of its own. Missing cells stand apart, as bars of all rows.

use assay_core::drift::record::Curves;
use assay_stats::drift::Bins;
use assay_stats::drift::bins::MISSING;

use super::axis::Axis;
use super::canvas::{At, Canvas, Painted, Side, plot};
use super::palette::{BASE, BASE_AREA, INK, LIVE, RULE, SOFT};
use super::shares::{Share, shares};
use super::text;

const WIDTH: i32 = 400;
const HEIGHT: i32 = 160;
const FOOT: i32 = 138;
const HEAD: i32 = 24;
/// Where missing cells begin, if there are any.
const APART: i32 = 330;
/// An outer bin is drawn no wider than so many of its neighbours.
const OUTER: f64 = 3.0;
/// Where the widest bin is this many times the narrowest, narrow ones would be needles: the scale is logarithmic.
const SKEWED: f64 = 40.0;
/// Width of a spike as an area, both sides together.
const SPIKE: i32 = 8;

/// A bin with a width.
struct Slab {
    low: f64,
    high: f64,
    base: f64,
    live: f64,
}

/// A bin of one value.
struct Spike {
    at: f64,
    base: f64,
    live: f64,
}

/// Live over baseline on the shared bins of a number. `spans` are those of the record; `curves` say where the outer
/// bins end.
pub fn histogram(bins: &Bins, spans: &[(f64, f64)], curves: Option<&Curves>) -> Option<String> {
    let mut rows = shares(bins)?;
    let missing = rows.iter().position(|row| row.label == MISSING).map(|at| rows.remove(at));
    let missing = missing.filter(|row| row.base > 0.0 || row.live > 0.0);
    let (slabs, spikes) = shapes(&rows, spans, curves);
    let low = slabs.iter().map(|slab| slab.low).chain(spikes.iter().map(|spike| spike.at)).reduce(f64::min)?;
    let high = slabs.iter().map(|slab| slab.high).chain(spikes.iter().map(|spike| spike.at)).reduce(f64::max)?;
    let right = if missing.is_some() { APART - 22 } else { WIDTH - 12 };
    let axis = Axis::new((low, high), (12, right))?;
    let axis = if is_skewed(&slabs) { axis.bent_for(&edges(&slabs)) } else { axis };
    let holds = |row: Option<&Share>| row.is_some_and(|row| row.base > 0.0 || row.live > 0.0);
    let open = (
        spans.first()?.0 == f64::NEG_INFINITY && holds(rows.first()),
        spans.last()?.1 == f64::INFINITY && holds(rows.last()),
    );
    plot("histogram", (WIDTH, HEIGHT), &label(&rows, missing.as_ref()), |canvas| {
        canvas.text(BASE, (12, 10), Side::Begins, "baseline")?;
        canvas.text(LIVE, (66, 10), Side::Begins, "live")?;
        if axis.is_bent() {
            canvas.text(SOFT, (96, 10), Side::Begins, "log scale")?;
        }
        let both: Vec<(i32, i32)> = slabs.iter().map(|slab| (axis.place(slab.low), axis.place(slab.high))).collect();
        draw_slabs(canvas, &slabs, &both, &spikes)?;
        canvas.foot(&axis, (12, right), FOOT, 4)?;
        draw_spikes(canvas, &spikes, &axis, right)?;
        if open.0 {
            canvas.text(SOFT, (2, FOOT), Side::Begins, "‹")?;
        }
        if open.1 {
            canvas.text(SOFT, (right + 10, FOOT), Side::Ends, "›")?;
        }
        missing.as_ref().map_or(Ok(()), |missing| draw_missing(canvas, missing))
    })
}

fn is_skewed(slabs: &[Slab]) -> bool {
    let widths = || slabs.iter().map(|slab| slab.high / 2.0 - slab.low / 2.0);
    widths().fold(0.0, f64::max) > SKEWED * widths().fold(f64::INFINITY, f64::min)
}

fn edges(slabs: &[Slab]) -> Vec<f64> {
    slabs.iter().flat_map(|slab| [slab.low, slab.high]).collect()
}

/// What moved most, and how much is missing.
fn label(rows: &[Share], missing: Option<&Share>) -> String {
    let moved = rows.iter().max_by(|a, b| (a.live - a.base).abs().total_cmp(&(b.live - b.base).abs()));
    let moved = moved.map_or_else(String::new, |row| {
        let (base, live) = (text::percent(row.base), text::percent(row.live));
        format!("; {} holds {base} of the baseline and {live} of live", row.label)
    });
    let missing = missing.map_or_else(String::new, |row| {
        format!("; missing {} and {}", text::percent(row.base), text::percent(row.live))
    });
    format!("Histogram of baseline and live by bin{moved}{missing}")
}

/// Bins with a width and bins of one value, all ends finite. Infinite values have no place on an axis.
fn shapes(rows: &[Share], spans: &[(f64, f64)], curves: Option<&Curves>) -> (Vec<Slab>, Vec<Spike>) {
    let first = curves.and_then(|curves| curves.values.first().copied()).filter(|value| value.is_finite());
    let last = curves.and_then(|curves| curves.values.last().copied()).filter(|value| value.is_finite());
    let widths = || spans.iter().map(|(low, high)| high - low).filter(|width| width.is_finite() && *width > 0.0);
    // of a constant there is no neighbour to measure by
    let narrow = |end: f64| if end == 0.0 { 1.0 } else { end.abs() * 0.1 };
    let outer = |neighbour: Option<f64>, end: f64, reach: Option<f64>| {
        let widest = neighbour.map_or_else(|| narrow(end), |width| width * OUTER);
        let least = neighbour.map_or_else(|| narrow(end), |width| width * 0.5);
        reach.map_or(neighbour.unwrap_or(widest), |reach| reach.clamp(least.min(widest), widest))
    };
    let (mut slabs, mut spikes) = (Vec::new(), Vec::new());
    for (row, &(low, high)) in rows.iter().zip(spans) {
        let (base, live) = (row.base, row.live);
        if low == high {
            if low.is_finite() {
                spikes.push(Spike { at: low, base, live });
            }
            continue;
        }
        // beside a constant the open bins are empty as a rule, and then nothing is there to show
        let is_open = low.is_infinite() || high.is_infinite();
        if is_open && base == 0.0 && live == 0.0 {
            continue;
        }
        let (low, high) = match (low.is_finite(), high.is_finite()) {
            (true, true) => (low, high),
            (false, true) => (high - outer(widths().next(), high, first.map(|first| high - first)), high),
            (true, false) => (low, low + outer(widths().next_back(), low, last.map(|last| last - low))),
            (false, false) => match (first, last) {
                (Some(first), Some(last)) => (first, last),
                _ => continue,
            },
        };
        if low < high && low.is_finite() && high.is_finite() {
            slabs.push(Slab { low, high, base, live });
        }
    }
    (slabs, spikes)
}

/// Beside spikes that hold nearly all rows, the few rows of an area must not look like a mountain: a spike counts as an
/// area of its width, an eighth as high.
fn draw_slabs(canvas: &Canvas<'_>, slabs: &[Slab], places: &[(i32, i32)], spikes: &[Spike]) -> Painted {
    // by what is drawn: bins narrower than a pixel would be needles without end
    let density = |share: f64, (from, to): (i32, i32)| share / f64::from((to - from).max(1));
    let sides = slabs.iter().zip(places);
    let highest = sides.clone().map(|(slab, at)| density(slab.base.max(slab.live), *at));
    let beside = spikes.iter().map(|spike| spike.base.max(spike.live) / f64::from(SPIKE) / 8.0);
    let highest = highest.chain(beside).fold(0.0, f64::max);
    if slabs.iter().all(|slab| slab.base == 0.0 && slab.live == 0.0) {
        return Ok(());
    }
    let outline = |pick: fn(&Slab) -> f64| -> Vec<At> {
        let mut outline = Vec::new();
        let mut before = None;
        for (slab, &(from, to)) in sides.clone() {
            let y = FOOT - (density(pick(slab), (from, to)) / highest * f64::from(FOOT - HEAD)).round() as i32;
            if before != Some(from) {
                outline.extend(before.map(|end| (end, FOOT)));
                outline.push((from, FOOT));
            }
            outline.extend([(from, y), (to.max(from + 1), y)]);
            before = Some(to.max(from + 1));
        }
        outline.extend(before.map(|end| (end, FOOT)));
        outline
    };
    let base = outline(|slab| slab.base);
    canvas.area(BASE_AREA, base)?;
    canvas.line(LIVE, 2, outline(|slab| slab.live))
}

fn draw_spikes(canvas: &Canvas<'_>, spikes: &[Spike], axis: &Axis, right: i32) -> Painted {
    let highest = spikes.iter().map(|spike| spike.base.max(spike.live)).fold(0.0, f64::max);
    if highest <= 0.0 {
        return Ok(());
    }
    let top = |share: f64| FOOT - (share / highest * f64::from(FOOT - HEAD - 16)).round() as i32;
    let places: Vec<(&Spike, i32)> = spikes.iter().map(|spike| (spike, axis.place(spike.at))).collect();
    let space = places.windows(2).map(|pair| pair[1].1 - pair[0].1).min().unwrap_or(WIDTH);
    let half = (space / 6).clamp(3, 6);
    for (spike, x) in &places {
        canvas.bar(BASE, (x - half, top(spike.base)), (*x, FOOT))?;
    }
    for (spike, x) in &places {
        canvas.bar(LIVE, (*x, top(spike.live)), (x + half, FOOT))?;
    }
    let mut free = i32::MIN;
    for (spike, x) in places {
        let y = top(spike.base.max(spike.live));
        let both = format!("{} → {}", text::percent(spike.base), text::percent(spike.live));
        if space > 2 * (text::width(&both) + half) {
            // beside the spike, where there is room
            let is_left = x + half + 4 + text::width(&both) > right;
            let (beside, side) = if is_left { (x - half - 4, Side::Ends) } else { (x + half + 4, Side::Begins) };
            canvas.text(INK, (beside, y + 4), side, &both)?;
            continue;
        }
        let live = text::percent(spike.live);
        let reach = text::width(&live) / 2;
        let middle = x.max(reach);
        if middle - reach >= free {
            canvas.text(LIVE, (middle, y - 8), Side::Middle, &live)?;
            free = middle + reach + 4;
        }
    }
    Ok(())
}

/// Bars of all rows, at the side.
fn draw_missing(canvas: &Canvas<'_>, missing: &Share) -> Painted {
    let (left, right) = (APART, WIDTH - 2);
    let top = |share: f64| {
        let height = (share * f64::from(FOOT - HEAD - 16)).ceil() as i32;
        FOOT - height
    };
    let middle = (left + right) / 2;
    canvas.bar(BASE_AREA, (middle - 14, top(missing.base)), (middle - 1, FOOT))?;
    canvas.bar(LIVE, (middle + 1, top(missing.live)), (middle + 14, FOOT))?;
    canvas.line(RULE, 1, [(left, FOOT), (right, FOOT)])?;
    canvas.text(SOFT, (middle, FOOT + 11), Side::Middle, "missing")?;
    let words = format!("{} → {}", text::percent(missing.base), text::percent(missing.live));
    let highest = top(missing.base.max(missing.live)) - 8;
    canvas.text(INK, (right, highest), Side::Ends, &words)
}
