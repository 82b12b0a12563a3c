//! Both distribution functions with D marked: the share of rows at or below each value.

use assay_core::drift::record::Curves;

use super::axis::Axis;
use super::canvas::{At, Side, plot};
use super::palette::{BASE, INK, LIVE, RULE, SOFT};
use super::text;

const WIDTH: i32 = 400;
const HEIGHT: i32 = 160;
const LEFT: i32 = 40;
const RIGHT: i32 = 390;
const FOOT: i32 = 138;
const HEAD: i32 = 24;
/// A tail of this share is left out where it would take more of the axis than all the rest.
const TAIL: f64 = 0.025;
/// A rise of fewer units is hardly seen.
const LEAST: i32 = 2;
/// A range this many times its own middle half is drawn on a logarithmic scale.
const SKEWED: f64 = 12.0;

/// Baseline and live as step curves, and where they are furthest apart.
pub fn ecdf(curves: &Curves) -> Option<String> {
    let points = points(curves);
    let values: Vec<f64> = points.iter().map(|point| point.0).collect();
    let axis = Axis::new(range(&points, curves.widest)?, (LEFT, RIGHT))?;
    let axis = if is_skewed(&axis, &values) { axis.bent_for(&values) } else { axis };
    let widest = curves.widest.filter(|(value, base, live)| value.is_finite() && base.is_finite() && live.is_finite());
    let d = widest.map(|(value, base, live)| (text::number((live - base).abs()), text::number(value)));
    let label = match &d {
        Some((d, value)) => format!("Cumulative shares of baseline and live; furthest apart, D = {d}, at {value}"),
        None => "Cumulative shares of baseline and live".to_owned(),
    };
    plot("ecdf", (WIDTH, HEIGHT), &label, |canvas| {
        canvas.text(BASE, (LEFT, 10), Side::Begins, "baseline")?;
        canvas.text(LIVE, (LEFT + 54, 10), Side::Begins, "live")?;
        if axis.is_bent() {
            canvas.text(SOFT, (LEFT + 84, 10), Side::Begins, "log scale")?;
        }
        for share in [1.0, 0.5] {
            canvas.line(RULE, 1, [(LEFT, height(share)), (RIGHT, height(share))])?;
        }
        for (share, words) in [(1.0, "100%"), (0.5, "50%"), (0.0, "0%")] {
            canvas.text(SOFT, (LEFT - 5, height(share)), Side::Ends, words)?;
        }
        canvas.foot(&axis, (LEFT, RIGHT), FOOT, 4)?;
        let at = widest.map(|(value, ..)| value);
        let side = |pick: fn(&(f64, f64, f64)) -> (f64, f64)| points.iter().map(pick).collect::<Vec<_>>();
        canvas.line(BASE, 2, steps(&axis, &side(|point| (point.0, point.1)), at))?;
        canvas.line(LIVE, 2, steps(&axis, &side(|point| (point.0, point.2)), at))?;
        let (Some((value, base, live)), Some((d, at))) = (widest, &d) else { return Ok(()) };
        let (x, top, end) = (axis.place(value), height(base.max(live)), height(base.min(live)));
        canvas.line(INK, 2, [(x, top), (x, end)])?;
        canvas.text(INK, (RIGHT, 10), Side::Ends, &format!("D {d} at {at}"))
    })
}

/// Whether the middle half of the values would share a small part of the axis.
fn is_skewed(axis: &Axis, values: &[f64]) -> bool {
    let quarter = values.len() / 4;
    let (Some(low), Some(high)) = (values.get(quarter), values.iter().rev().nth(quarter)) else { return false };
    axis.high / 2.0 - axis.low / 2.0 > SKEWED * (high / 2.0 - low / 2.0)
}

fn height(share: f64) -> i32 {
    FOOT - (share.clamp(0.0, 1.0) * f64::from(FOOT - HEAD)).round() as i32
}

/// Value, baseline, live: the points that are numbers.
fn points(curves: &Curves) -> Vec<(f64, f64, f64)> {
    let shares = curves.base.iter().zip(&curves.live);
    let points = curves.values.iter().zip(shares).map(|(value, (base, live))| (*value, *base, *live));
    points.filter(|(value, base, live)| value.is_finite() && base.is_finite() && live.is_finite()).collect()
}

/// From the first to the last value. Tails that would squeeze everything else are cut; D never is.
fn range(points: &[(f64, f64, f64)], widest: Option<(f64, f64, f64)>) -> Option<(f64, f64)> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    let mut low = points.iter().rfind(|(_, base, live)| base.max(*live) <= TAIL).map_or(first, |point| point.0);
    let mut high = points.iter().find(|(_, base, live)| base.min(*live) >= 1.0 - TAIL).map_or(last, |point| point.0);
    if let Some((value, ..)) = widest.filter(|(value, ..)| value.is_finite()) {
        (low, high) = (low.min(value), high.max(value));
    }
    // halves, because of values at the ends of what a number can hold
    let is_squeezed = low < high && (high / 2.0 - low / 2.0) * 1.6 < last / 2.0 - first / 2.0;
    Some(if is_squeezed { (low, high) } else { (first, last) })
}

/// From the left edge, flat up to each value and then up; beyond the last value flat again. Rises that are hardly seen
/// wait for the next, but never at D, where the curve has to meet its mark.
fn steps(axis: &Axis, points: &[(f64, f64)], widest: Option<f64>) -> Vec<At> {
    let mut places = vec![(LEFT, height(0.0))];
    let mut before = height(0.0);
    for (i, &(value, share)) in points.iter().enumerate() {
        let (x, y) = (axis.place(value), height(share));
        let is_mark = widest.is_some_and(|at| value == at || points.get(i + 1).is_some_and(|next| next.0 == at));
        if (y - before).abs() >= LEAST || is_mark || i + 1 == points.len() {
            places.extend([(x, before), (x, y)]);
            before = y;
        }
    }
    places.push((RIGHT, before));
    places
}
