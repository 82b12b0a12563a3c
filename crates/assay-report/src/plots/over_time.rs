//! A figure of the last windows or runs, with its limits.

use assay_core::verdict::Outcome;
use assay_stats::drift::Limits;

use super::axis::Axis;
use super::canvas::{At, Canvas, Painted, Side, plot};
use super::palette::{FAIL, FAIL_LIMIT, INK, LIVE, RULE, SOFT, Swatch, WARN, WARN_LIMIT};
use super::text;

const WIDTH: i32 = 400;
const HEIGHT: i32 = 140;
const LEFT: i32 = 48;
const RIGHT: i32 = 388;
/// Room for the words of limits.
const WORDS: i32 = 60;
const FOOT: i32 = 118;
const HEAD: i32 = 22;
/// The last so many are drawn.
const MOST: usize = 60;
/// So many have a mark each; of more, only those that are not passes.
const MARKED: usize = 40;

/// One window or run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment<'a> {
    /// When: RFC 3339, or any name of a window.
    pub at: &'a str,
    /// The figure; `None` leaves a gap.
    pub value: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// An effect or a metric.
    Score,
    /// A share: 0 to 1, drawn as 0% to 100%.
    Share,
    /// A number of rows.
    Rows,
}

/// The figure `name` over time, oldest first, with its limits as dashed lines. `None` without two figures.
pub fn over_time(name: &str, moments: &[Moment<'_>], limits: Option<Limits>, unit: Unit) -> Option<String> {
    let moments = &moments[moments.len().saturating_sub(MOST)..];
    let figure = |moment: &Moment<'_>| moment.value.filter(|value| value.is_finite());
    let figures: Vec<f64> = moments.iter().filter_map(figure).collect();
    let (_, &last) = figures.split_first().and_then(|(first, rest)| Some((first, rest.last()?)))?;
    let limits = limits.unwrap_or(Limits { warn: None, fail: None });
    let lines = [(limits.warn, "warn", WARN_LIMIT), (limits.fail, "fail", FAIL_LIMIT)];
    let lines = lines.into_iter().filter_map(|(limit, word, color)| Some((limit?, word, color)));
    let lines: Vec<(f64, &str, Swatch)> = lines.filter(|(limit, ..)| limit.is_finite()).collect();
    let up = Axis::new(range(&figures, &lines, unit), (FOOT, HEAD))?;
    let right = if lines.is_empty() { RIGHT } else { RIGHT - WORDS };
    let along = Axis::new((0.0, (moments.len() - 1) as f64), (LEFT, right))?;
    let place = |(at, moment): (usize, &Moment<'_>)| Some((along.place(at as f64), up.place(figure(moment)?)));
    let places: Vec<Option<At>> = moments.iter().enumerate().map(place).collect();
    plot("over-time", (WIDTH, HEIGHT), &label(name, moments, last, &lines, unit), |canvas| {
        canvas.short(INK, (LEFT, 9), 30, Side::Begins, name)?;
        canvas.text(INK, (right, 9), Side::Ends, &shown(last, unit))?;
        canvas.line(RULE, 1, [(LEFT, FOOT), (right, FOOT)])?;
        for value in [up.low, up.high] {
            canvas.text(SOFT, (LEFT - 6, up.place(value)), Side::Ends, &shown(value, unit))?;
        }
        for (limit, _, color) in &lines {
            let y = up.place(*limit);
            canvas.line(*color, 1, [(LEFT, y), (right, y)])?;
        }
        for ((limit, word, color), y) in lines.iter().zip(apart(lines.iter().map(|line| up.place(line.0)).collect())) {
            canvas.text(*color, (right + 12, y), Side::Begins, &format!("{word} {}", shown(*limit, unit)))?;
        }
        for run in places.split(Option::is_none).filter(|run| run.len() > 1) {
            canvas.line(LIVE, 2, run.iter().copied().flatten())?;
        }
        draw_marks(canvas, moments, &places)?;
        let (first, last) = (moments.first().map_or("", |m| m.at), moments.last().map_or("", |m| m.at));
        canvas.short(SOFT, (LEFT, FOOT + 12), 20, Side::Begins, day(first))?;
        canvas.short(SOFT, (right, FOOT + 12), 20, Side::Ends, day(last))
    })
}

/// The heights of two labels, moved apart where one would lie on the other.
fn apart(mut heights: Vec<i32>) -> Vec<i32> {
    if let [a, b] = heights[..]
        && (a - b).abs() < 12
    {
        let middle = (a + b) / 2;
        heights = if a > b { vec![middle + 6, middle - 6] } else { vec![middle - 6, middle + 6] };
    }
    heights
}

/// Shares are drawn over all of 0% to 100% where they use much of it; other figures from 0, but rows and shares near to
/// one another are drawn closer, for their changes to be seen.
fn range(figures: &[f64], lines: &[(f64, &str, Swatch)], unit: Unit) -> (f64, f64) {
    let all = || figures.iter().copied().chain(lines.iter().map(|line| line.0));
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    match unit {
        Unit::Share => (if low > 0.9 { 0.9 } else { low.min(0.0) }, high.max(1.0)),
        Unit::Score | Unit::Rows if low < 0.0 => (low, high.max(0.0)),
        Unit::Score | Unit::Rows if high <= 0.0 => (0.0, 1.0),
        Unit::Score | Unit::Rows => (0.0, high),
    }
}

/// Marks by outcome, in shape as well as colour: dots pass, triangles warn, squares fail, crosses could not be judged.
fn draw_marks(canvas: &Canvas<'_>, moments: &[Moment<'_>], places: &[Option<At>]) -> Painted {
    let marked = |outcome: Outcome| {
        let all = moments.iter().zip(places).filter(move |(moment, _)| moment.outcome == outcome);
        all.filter_map(|(_, place)| *place)
    };
    if moments.len() <= MARKED {
        for at in marked(Outcome::Pass) {
            canvas.dot(LIVE, at, 2)?;
        }
    }
    for (x, y) in marked(Outcome::Warn) {
        canvas.area(WARN, [(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)])?;
    }
    for (x, y) in marked(Outcome::Fail) {
        canvas.bar(FAIL, (x - 4, y - 4), (x + 4, y + 4))?;
    }
    for (x, y) in marked(Outcome::Error).chain(marked(Outcome::Skipped)) {
        canvas.line(SOFT, 1, [(x - 3, y - 3), (x + 3, y + 3)])?;
        canvas.line(SOFT, 1, [(x - 3, y + 3), (x + 3, y - 3)])?;
    }
    // a ring around the newest
    let Some((x, y)) = places.iter().rev().copied().flatten().next() else { return Ok(()) };
    canvas.line(
        INK,
        1,
        [
            (x - 7, y),
            (x - 5, y - 5),
            (x, y - 7),
            (x + 5, y - 5),
            (x + 7, y),
            (x + 5, y + 5),
            (x, y + 7),
            (x - 5, y + 5),
            (x - 7, y),
        ],
    )
}

fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => text::percent(value),
        Unit::Rows if value.abs() < 1e6 => text::fixed(value, 0),
        Unit::Score | Unit::Rows => text::number(value),
    }
}

/// The day of a time; any other name as it is.
fn day(at: &str) -> &str {
    let is_time =
        at.as_bytes().get(10) == Some(&b'T') && at.as_bytes()[..10].iter().all(|b| b.is_ascii_digit() || *b == b'-');
    if is_time { &at[..10] } else { at }
}

fn label(name: &str, moments: &[Moment<'_>], last: f64, lines: &[(f64, &str, Swatch)], unit: Unit) -> String {
    let limits: String =
        lines.iter().map(|(limit, word, _)| format!(", {word} limit {}", shown(*limit, unit))).collect();
    let bad = moments.iter().filter(|moment| matches!(moment.outcome, Outcome::Warn | Outcome::Fail)).count();
    let name = text::shorten(name, 60);
    format!("{name} over {} points: last {}{limits}; {bad} outside limits", moments.len(), shown(last, unit))
}
