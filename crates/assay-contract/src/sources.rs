//! The texts that were read, so that a span can be shown as a path, a line and the line's own words.

use std::sync::Arc;

use assay_core::problem::{Place, Span};

/// A file that was read. Its text is what spans count in: without a byte order mark.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as shown to people.
    pub path: Arc<str>,
    /// The text; only its beginning where the file was too large to be read.
    pub text: String,
}

/// Every file of one load: the file itself first, then what it extends.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<SourceFile>);

impl Sources {
    /// Adds a file and gives the index that its spans carry; `None` once there are more than an index can tell apart.
    pub fn add(&mut self, path: &str, text: String) -> Option<u16> {
        let index = u16::try_from(self.0.len()).ok()?;
        self.0.push(SourceFile { path: path.into(), text });
        Some(index)
    }

    /// The file that a span points into.
    pub fn get(&self, file: u16) -> Option<&SourceFile> {
        self.0.get(usize::from(file))
    }

    /// Hides what stands at a place, such as a secret that is written down: it is shown beside no problem. Lines, columns
    /// and offsets of everything else stay as they are.
    pub fn hide(&mut self, span: Span) {
        let Some(file) = self.0.get_mut(usize::from(span.file)) else { return };
        let (from, to) = (span.offset as usize, span.offset as usize + span.len as usize);
        let Some(written) = file.text.get(from..to) else { return };
        let hidden: String = written.chars().map(hidden).collect();
        file.text.replace_range(from..to, &hidden);
    }

    /// All files, in the order they were read.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.0.iter()
    }

    /// A span as a place that people can open.
    pub fn place(&self, span: Span) -> Place {
        let path = self.get(span.file).map_or_else(|| "".into(), |file| file.path.clone());
        Place { path, line: span.line, column: span.column }
    }
}

/// A sign of as many bytes. Line breaks stay, and quotes, which say that a text was there.
fn hidden(char: char) -> char {
    match char {
        '\n' | '\r' | '"' | '\'' => char,
        _ => match char.len_utf8() {
            1 => '*',
            2 => '\u{d7}',
            3 => '\u{2022}',
            _ => '\u{1f512}',
        },
    }
}
