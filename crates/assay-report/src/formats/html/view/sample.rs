//! Failing rows as a table.

use assay_core::engine::{Cell, RowName, SampleRow};
use assay_core::run::Samples;
use assay_core::text::format_float;
use serde::Serialize;

use crate::formats::text::words::{count, plural};

/// Longer text is shown by its beginning until it is opened.
const SHORT: usize = 80;
/// Longer text is cut for good: a page is no place for whole documents.
const LONGEST: usize = 2_000;

/// Failing rows of a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SamplesView {
    /// `2 of 812 failing rows`.
    pub title: String,
    /// Why they could not be fetched.
    pub error: Option<String>,
    pub header: Vec<String>,
    pub rows: Vec<Vec<CellView>>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct CellView {
    pub text: String,
    /// All of a long one.
    pub full: Option<String>,
    /// `null`, `text`, `number`.
    pub class: &'static str,
}

pub(super) fn samples(samples: &Samples) -> Option<SamplesView> {
    let rows = match &samples.rows {
        Ok(rows) if rows.is_empty() => return None,
        Ok(rows) => rows,
        Err(why) => {
            let title = format!("{} failing", plural(samples.of as usize, "row"));
            return Some(SamplesView { title, error: Some(why.clone()), header: vec![], rows: vec![] });
        }
    };
    let header = header(rows);
    let title = match rows.len() as u64 {
        n if n == samples.of => format!("{} failing", plural(rows.len(), "row")),
        n => format!("{} of {} failing rows", count(n), count(samples.of)),
    };
    let cells = rows.iter().map(|row| cells(row, &header)).collect();
    Some(SamplesView { title, error: None, header, rows: cells })
}

/// What names the rows, then the columns at fault that do not name them already.
fn header(rows: &[SampleRow]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        match &row.name {
            RowName::Key(key) => key.iter().for_each(|(name, _)| add(&mut names, name)),
            RowName::Place { .. } => ["file", "row"].iter().for_each(|name| add(&mut names, name)),
        }
    }
    rows.iter().flat_map(|row| &row.values).for_each(|(name, _)| add(&mut names, name));
    names
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

fn cells(row: &SampleRow, header: &[String]) -> Vec<CellView> {
    let cell = |(at, name): (usize, &String)| {
        let of = |cells: &[(String, Cell)]| cells.iter().find(|(known, _)| known == name).map(|(_, cell)| view(cell));
        let named = match &row.name {
            RowName::Key(key) => of(key),
            RowName::Place { file, .. } if at == 0 => Some(text(file)),
            RowName::Place { row, .. } if at == 1 => {
                Some(CellView { text: count(*row), class: "number", ..CellView::default() })
            }
            RowName::Place { .. } => None,
        };
        named.or_else(|| of(&row.values)).unwrap_or_default()
    };
    header.iter().enumerate().map(cell).collect()
}

fn view(cell: &Cell) -> CellView {
    match cell {
        Cell::Null => CellView { text: "null".into(), class: "null", ..CellView::default() },
        Cell::Bool(truth) => CellView { text: truth.to_string(), class: "number", ..CellView::default() },
        Cell::Float(number) => CellView { text: format_float(*number), class: "number", ..CellView::default() },
        // text that could be taken for something else, or has blanks at its ends, is quoted
        Cell::Text(value) if value.is_empty() || value == "null" || value.trim() != value => {
            text(&format!("\"{value}\""))
        }
        Cell::Text(value) => text(value),
    }
}

fn text(value: &str) -> CellView {
    let Some((short, _)) = value.char_indices().nth(SHORT) else {
        return CellView { text: value.to_owned(), class: "text", full: None };
    };
    let full = match value.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            format!("{}… ({} in all)", &value[..end], plural(value.chars().count(), "character"))
        }
        None => value.to_owned(),
    };
    CellView { text: format!("{}…", &value[..short]), class: "text", full: Some(full) }
}
