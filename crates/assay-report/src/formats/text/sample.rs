//! Failing rows as a small aligned table of bounded width.

use assay_core::engine::{Cell, RowName, SampleRow};
use assay_core::run::Samples;
use assay_core::text::format_float;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::printable;
use super::page::{Page, Tone};
use super::words::count;

/// Under the sentence of its check.
const INDENT: usize = 10;
/// A cell is cut at this many columns.
const CELL_WIDTH: usize = 40;
/// Between columns.
const GAP: usize = 2;

/// Writes the samples of a check, or why there are none.
pub(super) fn table(samples: &Samples, page: &mut Page) {
    let rows = match &samples.rows {
        Ok(rows) => rows,
        Err(why) => return page.wrapped(INDENT, Tone::Plain, &format!("failing rows could not be fetched: {why}")),
    };
    let Some(first) = rows.first() else { return };
    let header = names(first);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| texts(row, &header)).collect();
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(at, name)| cells.iter().map(|row| row[at].width()).chain([name.width()]).max().unwrap_or_default())
        .collect();
    let shown = columns_that_fit(&widths, page.reading.width.saturating_sub(INDENT));
    page.line(INDENT, &[(Tone::Faint, &aligned(&header, &widths, shown))]);
    for row in &cells {
        page.line(INDENT, &[(Tone::Plain, &aligned(row, &widths, shown))]);
    }
    let more = samples.of.saturating_sub(rows.len() as u64);
    if more > 0 {
        page.line(INDENT, &[(Tone::Faint, &format!("… and {} more", count(more)))]);
    }
}

/// Column names: those that name the row, then those at fault that do not name it already.
pub(crate) fn names(row: &SampleRow) -> Vec<String> {
    let mut names: Vec<String> = match &row.name {
        RowName::Key(key) => key.iter().map(|(name, _)| name.clone()).collect(),
        RowName::Place { .. } => vec!["file".into(), "row".into()],
    };
    let naming = names.len();
    for (name, _) in &row.values {
        let is_in_key = matches!(row.name, RowName::Key(_)) && names[..naming].contains(name);
        if !is_in_key {
            names.push(name.clone());
        }
    }
    names.iter().map(|name| cut(&printable(name), CELL_WIDTH)).collect()
}

pub(crate) fn texts(row: &SampleRow, header: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = match &row.name {
        RowName::Key(key) => key.iter().map(|(_, cell)| text(cell)).collect(),
        RowName::Place { file, row } => vec![cut_front(&printable(file)), row.to_string()],
    };
    let in_key = |name: &String| matches!(&row.name, RowName::Key(key) if key.iter().any(|(key, _)| key == name));
    texts.extend(row.values.iter().filter(|(name, _)| !in_key(name)).map(|(_, cell)| text(cell)));
    texts.resize(header.len(), String::new());
    texts
}

/// Text that could be taken for something else, or has blanks at its ends, is quoted.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".into(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Float(number) => format_float(*number),
        Cell::Text(text) if text.is_empty() || text == "null" || text.trim() != text => {
            cut(&format!("\"{}\"", printable(text)), CELL_WIDTH)
        }
        Cell::Text(text) => cut(&printable(text), CELL_WIDTH),
    }
}

/// The text, or as much of its beginning as fits, and a sign that it goes on.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_string();
    }
    let mut out = String::new();
    let mut width = 0;
    for char in text.chars() {
        width += char.width().unwrap_or_default();
        if width >= most {
            break;
        }
        out.push(char);
    }
    out.push('…');
    out
}

/// Of a path the end says more than the beginning.
fn cut_front(path: &str) -> String {
    if path.width() <= CELL_WIDTH {
        return path.to_string();
    }
    let mut kept = path;
    while kept.width() > CELL_WIDTH - 1 {
        let mut chars = kept.chars();
        chars.next();
        kept = chars.as_str();
    }
    format!("…{kept}")
}

fn columns_that_fit(widths: &[usize], width: usize) -> usize {
    let mut used = 0;
    let fitting = widths.iter().take_while(|w| {
        used += *w + GAP;
        used <= width + GAP
    });
    fitting.count().max(1)
}

fn aligned(cells: &[String], widths: &[usize], shown: usize) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths).take(shown) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + GAP));
    }
    if shown < cells.len() {
        line.push('…');
    }
    line.trim_end().to_string()
}
