//! Problems as people read them: what, where with the line itself, and what to do next.

use std::fmt::Write as _;

use assay_core::problem::{Place, Problem, Span};

use crate::sources::Sources;

/// How many problems are shown; one cause often breaks many lines, and nobody reads more.
pub const SHOWN: usize = 50;

/// Characters of a source line that are shown around a problem.
const WIDTH: usize = 120;

/// A problem with everything that shows it, free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// What is wrong.
    pub message: String,
    /// The file; `None` where no text is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line at fault, shortened around the fault.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A line of a file with the part at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line as shown.
    pub text: String,
    /// Characters of it before the part at fault.
    pub before: usize,
    /// Characters at fault, at least 1.
    pub length: usize,
}

/// All problems in the order of their places, each once, ready to be shown.
pub fn reports(problems: &[Problem], sources: &Sources) -> Vec<Report> {
    in_order(problems).into_iter().map(|problem| report(problem, sources)).collect()
}

/// The problems in the order of their places, each once.
fn in_order(problems: &[Problem]) -> Vec<&Problem> {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort();
    sorted.dedup();
    sorted
}

fn report(problem: &Problem, sources: &Sources) -> Report {
    let place = problem.span.map(|span| sources.place(span));
    Report {
        message: printable(&problem.message),
        path: place.as_ref().map(|place| printable(&place.path)),
        line: place.as_ref().map(|place| place.line),
        column: place.as_ref().map(|place| place.column),
        excerpt: problem.span.and_then(|span| excerpt(span, sources)),
        hint: problem.hint.as_deref().map(printable),
    }
}

/// The first [`SHOWN`] problems as text, and how many more there are. `label` is `error` or `warning`.
pub fn render_as(label: &str, problems: &[Problem], sources: &Sources) -> String {
    let all = in_order(problems);
    let mut out = String::new();
    for problem in all.iter().take(SHOWN) {
        report(problem, sources).write(label, &mut out);
        out.push('\n');
    }
    if all.len() > SHOWN {
        let more = all.len() - SHOWN;
        let _ = writeln!(out, "and {more} more {label}{}", if more == 1 { "" } else { "s" });
    }
    out
}

/// The problems as errors; see [`render_as`].
pub fn render(problems: &[Problem], sources: &Sources) -> String {
    render_as("error", problems, sources)
}

impl Report {
    /// A problem between documents, at a place of one of them.
    pub(crate) fn placed(at: &Place, message: &str, hint: Option<&str>) -> Self {
        let (path, line, column) = (Some(printable(&at.path)), Some(at.line), Some(at.column));
        Report { path, line, column, ..Report::unplaced(message, hint) }
    }

    /// The same where no text is at fault.
    pub(crate) fn unplaced(message: &str, hint: Option<&str>) -> Self {
        let (message, hint) = (printable(message), hint.map(printable));
        Report { message, path: None, line: None, column: None, excerpt: None, hint }
    }

    /// Writes the report in the form of every error of Assay. Formatting into a `String` cannot fail.
    pub fn write(&self, label: &str, out: &mut String) {
        let _ = writeln!(out, "{label}: {}", self.message);
        if let (Some(path), Some(line), Some(column)) = (&self.path, self.line, self.column) {
            let gutter = " ".repeat(line.to_string().len());
            let _ = writeln!(out, "{gutter}--> {path}:{line}:{column}");
            if let Some(excerpt) = &self.excerpt {
                let _ = writeln!(out, "{gutter} |\n{line} | {}", excerpt.text);
                let _ = writeln!(out, "{gutter} | {}{}", " ".repeat(excerpt.before), "^".repeat(excerpt.length));
            }
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "hint: {hint}");
        }
    }
}

/// The line of a span, cut to [`WIDTH`] characters that hold the beginning of the fault.
fn excerpt(span: Span, sources: &Sources) -> Option<Excerpt> {
    let text = sources.get(span.file)?.text.as_str();
    let offset = (span.offset as usize).min(text.len());
    let head = text.get(..offset)?;
    // Bytes, because lines can be a megabyte long: neither sign is part of another character.
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = head.bytes().rposition(|byte| is_break(&byte)).map_or(0, |at| at + 1);
    let rest = &text[offset..];
    let end = offset + rest.bytes().position(|byte| is_break(&byte)).unwrap_or(rest.len());
    let fault_end = text.floor_char_boundary((offset + span.len as usize).min(end));

    let before: Vec<char> = text[start..offset].chars().rev().take(WIDTH / 2 + 1).collect();
    let cut_left = before.len() > WIDTH / 2;
    let mut line = String::new();
    if cut_left {
        line.push('…');
    }
    before.iter().take(WIDTH / 2).rev().for_each(|c| push_printable(&mut line, *c, '→'));
    let n_before = line.chars().count();
    let room = WIDTH.saturating_sub(n_before).max(1);
    text[offset..fault_end].chars().take(room).for_each(|c| push_printable(&mut line, c, '→'));
    let length = line.chars().count() - n_before;
    let left = room.saturating_sub(length);
    let mut after = text[fault_end..end].chars();
    after.by_ref().take(left).for_each(|c| push_printable(&mut line, c, '→'));
    if after.next().is_some() {
        line.push('…');
    }
    if line.trim().is_empty() {
        return None;
    }
    Some(Excerpt { text: line, before: n_before, length: length.max(1) })
}

/// Text without characters that would command a terminal, and without words too long to read.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            out.push(' ');
        }
        word.chars().take(WIDTH).for_each(|c| push_printable(&mut out, c, ' '));
        if word.chars().nth(WIDTH).is_some() {
            out.push('…');
            word.chars().next_back().filter(|c| *c == '`').into_iter().for_each(|c| out.push(c));
        }
    }
    out
}

fn push_printable(out: &mut String, c: char, tab: char) {
    match c {
        '\t' => out.push(tab),
        // Bidirectional controls reorder what is shown: a message could be made to say something else.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c if c.is_control() => {
            let _ = write!(out, "{}", c.escape_default());
        }
        c => out.push(c),
    }
}
