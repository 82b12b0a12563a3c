//! How far correlations moved, as a triangle of cells: live less baseline, by two columns.
//!
//! Names stand on the diagonal, each once: a cell's columns are the name to the right of it and the name above it.

use super::canvas::{Side, plot};
use super::palette::{FELL, INK, ROSE, SOFT, STAYED, Swatch};
use super::text;

/// Columns at most; those of the largest changes.
const MOST: usize = 20;
const CELL: (i32, i32) = (36, 22);
/// Columns of text of a name.
const NAME: usize = 22;
const HEAD: i32 = 22;

/// A pair of columns and its correlation on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<'a> {
    /// One column.
    pub x: &'a str,
    /// The other.
    pub y: &'a str,
    /// r in the baseline; `None` where it is not known.
    pub base: Option<f64>,
    /// r in the live window.
    pub live: Option<f64>,
}

impl Pair<'_> {
    fn change(&self) -> Option<f64> {
        self.live.zip(self.base).map(|(live, base)| live - base).filter(|change| change.is_finite())
    }
}

/// The changes of the pairs' correlations, as a heat map of at most 20 columns.
pub fn heat(pairs: &[Pair<'_>]) -> Option<String> {
    let columns = columns(pairs);
    let most = pairs.iter().filter(|pair| pair.change().is_some()).max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let at = |name: &str| columns.iter().position(|column| *column == name);
    // of a pair given twice, the first
    let cell = |row: usize, column: usize| {
        let of = |pair: &&Pair<'_>| {
            let (x, y) = (at(pair.x), at(pair.y));
            (x, y) == (Some(row), Some(column)) || (x, y) == (Some(column), Some(row))
        };
        pairs.iter().find(of)?.change()
    };
    let n = columns.len();
    let cells: Vec<(usize, usize, f64)> = (1..n)
        .flat_map(|row| (0..row).map(move |column| (row, column)))
        .filter_map(|(row, column)| Some((row, column, cell(row, column)?)))
        .collect();
    let names = names(&columns);
    let room = names.iter().map(|name| text::width(name)).max().unwrap_or(0);
    let (width, height) = (CELL.0 * (n as i32 - 1) + room + 20, HEAD + CELL.1 * n as i32 + 4);
    let corner = |row: usize, column: usize| (CELL.0 * column as i32, HEAD + CELL.1 * row as i32);
    let label = format!(
        "Change of correlation of {} pairs of columns; most of {} and {}, {}",
        cells.len(),
        text::shorten(most.x, 60),
        text::shorten(most.y, 60),
        change(most.change().unwrap_or(0.0)),
    );
    plot("heat", (width.max(200), height), &label, |canvas| {
        canvas.text(SOFT, (0, 9), Side::Begins, "correlation, live less baseline")?;
        for color in FELL.into_iter().chain([STAYED]).chain(ROSE) {
            for (row, column, _) in cells.iter().filter(|(_, _, change)| shade(*change) == color) {
                let (x, y) = corner(*row, *column);
                canvas.bar(color, (x + 1, y + 1), (x + CELL.0 - 1, y + CELL.1 - 1))?;
            }
        }
        for (row, column, found) in &cells {
            let (x, y) = corner(*row, *column);
            canvas.text(INK, (x + CELL.0 / 2, y + CELL.1 / 2), Side::Middle, &change(*found))?;
        }
        for (at, name) in columns.iter().enumerate() {
            let (x, y) = corner(at, at);
            canvas.named(INK, (x + 4, y + CELL.1 / 2), Side::Begins, &names[at], name)?;
        }
        Ok(())
    })
}

/// The columns of the pairs in the order they are named; of too many, those of the largest changes.
fn columns<'a>(pairs: &[Pair<'a>]) -> Vec<&'a str> {
    let mut sorted: Vec<&Pair<'a>> = pairs.iter().filter(|pair| pair.change().is_some() && pair.x != pair.y).collect();
    sorted.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut chosen: Vec<&str> = Vec::new();
    for pair in sorted {
        let new: Vec<&str> = [pair.x, pair.y].into_iter().filter(|name| !chosen.contains(name)).collect();
        if chosen.len() + new.len() <= MOST {
            chosen.extend(new);
        }
    }
    let mut ordered: Vec<&str> = Vec::new();
    for name in pairs.iter().flat_map(|pair| [pair.x, pair.y]) {
        if chosen.contains(&name) && !ordered.contains(&name) {
            ordered.push(name);
        }
    }
    ordered
}

/// The names as they are shown. Where one is long, all lose the words that they begin and end with alike.
fn names(columns: &[&str]) -> Vec<String> {
    if columns.iter().all(|name| text::shorten(name, NAME) == **name) {
        return columns.iter().map(|name| (*name).to_owned()).collect();
    }
    let start = alike(columns, |a, b| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect());
    let start = start.rfind(is_mark).map_or(0, |at| at + 1);
    let rest: Vec<&str> = columns.iter().map(|name| &name[start..]).collect();
    let end = alike(&rest, |a, b| {
        let same = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).count();
        a.chars().skip(a.chars().count() - same).collect()
    });
    let end = end.find(is_mark).map_or(0, |at| end.len() - at);
    let show = |name: &&str| {
        let kept = &name[..name.len() - end];
        let (before, after) = (if start > 0 { "…" } else { "" }, if end > 0 { "…" } else { "" });
        text::ends(&format!("{before}{kept}{after}"), NAME)
    };
    rest.iter().map(show).collect()
}

/// What all names have alike, by two names at a time.
fn alike(names: &[&str], both: impl Fn(&str, &str) -> String) -> String {
    let Some((first, rest)) = names.split_first() else { return String::new() };
    rest.iter().fold((*first).to_owned(), |same, name| both(&same, name))
}

/// Between words of a name.
fn is_mark(c: char) -> bool {
    matches!(c, '_' | '.' | '-' | '/' | ' ')
}

fn size(pair: &Pair<'_>) -> f64 {
    pair.change().map_or(0.0, f64::abs)
}

fn change(change: f64) -> String {
    match format!("{:.2}", change.abs()) {
        nothing if nothing == "0.00" => "0".to_owned(),
        // as correlations are printed: no 0 before the point
        size if change > 0.0 => format!("+{}", size.trim_start_matches('0')),
        size => format!("−{}", size.trim_start_matches('0')),
    }
}

/// The limit that a monitor has when it names none, 0.15, is where the second shade begins.
fn shade(change: f64) -> Swatch {
    let strength = match change.abs() {
        size if size < 0.05 => return STAYED,
        size if size < 0.15 => 0,
        size if size < 0.30 => 1,
        _ => 2,
    };
    if change < 0.0 { FELL[2 - strength] } else { ROSE[strength] }
}
