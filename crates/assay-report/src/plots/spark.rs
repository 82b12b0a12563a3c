//! A line the size of a word: how a figure went, without axes.

use super::axis::Axis;
use super::canvas::{At, plot};
use super::palette::{INK, LIVE};
use super::text;

const WIDTH: i32 = 120;
const HEIGHT: i32 = 24;
/// The last so many are drawn.
const MOST: usize = 30;

/// The last 30 values, oldest first; what is not a number leaves a gap. `None` without two values.
pub fn spark(values: &[f64]) -> Option<String> {
    let values = &values[values.len().saturating_sub(MOST)..];
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let last = finite().next_back().filter(|_| finite().count() > 1)?;
    let up = Axis::new((finite().reduce(f64::min)?, finite().reduce(f64::max)?), (HEIGHT - 4, 4))?;
    let along = Axis::new((0.0, (values.len() - 1) as f64), (3, WIDTH - 4))?;
    let place = |(at, value): (usize, &f64)| value.is_finite().then(|| (along.place(at as f64), up.place(*value)));
    let places: Vec<Option<At>> = values.iter().enumerate().map(place).collect();
    let label = format!("{} values, last {}", finite().count(), text::number(last));
    plot("spark", (WIDTH, HEIGHT), &label, |canvas| {
        for run in places.split(Option::is_none).filter(|run| run.len() > 1) {
            canvas.line(LIVE, 1, run.iter().copied().flatten())?;
        }
        let newest = places.iter().rev().copied().flatten().next();
        newest.map_or(Ok(()), |at| canvas.dot(INK, at, 3))
    })
}
