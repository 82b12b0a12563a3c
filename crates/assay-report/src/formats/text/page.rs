//! A page of text: indented lines, wrapped to the width, coloured where that is wanted. Everything that comes from
//! outside is escaped here, once.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::escape::{inert, printable};
use crate::Reading;

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
            Tone::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// Narrower than this nothing can be laid out.
const MIN_WIDTH: usize = 40;
/// Beside an id of at most this many columns its sentence begins on the same line.
const ID_COLUMN: usize = 34;

pub(super) struct Page {
    pub reading: Reading,
    text: String,
}

impl Page {
    pub fn new(reading: Reading) -> Self {
        Page { reading: Reading { width: reading.width.max(MIN_WIDTH), ..reading }, text: String::new() }
    }

    pub fn text(self) -> String {
        self.text
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One line of pieces.
    pub fn line(&mut self, indent: usize, pieces: &[(Tone, &str)]) {
        let start = self.text.len();
        self.text.extend(std::iter::repeat_n(' ', indent));
        for (tone, piece) in pieces {
            self.piece(*tone, piece);
        }
        let end = start + self.text[start..].trim_end().len();
        self.text.truncate(end);
        if let Some(line) = inert(&self.text[start..]) {
            self.text.truncate(start);
            self.text.push_str(&line);
        }
        self.text.push('\n');
    }

    /// A sentence, wrapped between words.
    pub fn wrapped(&mut self, indent: usize, tone: Tone, text: &str) {
        let width = self.reading.width.saturating_sub(indent);
        for line in wrap(&printable(text), width, width) {
            self.line(indent, &[(tone, &line)]);
        }
    }

    /// `sign  id  sentence`, where the sentence continues beneath its own beginning.
    pub fn headed(&mut self, indent: usize, sign: (Tone, &str), id: &str, sentence: &str) {
        let id = printable(id).into_owned();
        let sentence = printable(sentence).into_owned();
        let before = indent + sign.1.width() + 1 + id.width() + 2;
        let rest = indent + sign.1.width() + 1;
        if id.width() > ID_COLUMN || before + sentence.width().min(30) > self.reading.width {
            self.line(indent, &[sign, (Tone::Strong, &format!(" {id}"))]);
            return self.wrapped(rest, Tone::Plain, &sentence);
        }
        let mut lines = wrap(&sentence, self.reading.width - before, self.reading.width - rest).into_iter();
        let first = lines.next().unwrap_or_default();
        self.line(indent, &[sign, (Tone::Strong, &format!(" {id}")), (Tone::Plain, &format!("  {first}"))]);
        lines.for_each(|line| self.line(rest, &[(Tone::Plain, &line)]));
    }

    fn piece(&mut self, tone: Tone, piece: &str) {
        let piece = printable(piece);
        if !self.reading.color || tone == Tone::Plain || piece.is_empty() {
            return self.text.push_str(&piece);
        }
        let style = tone.style();
        self.text.push_str(&format!("{style}{piece}{style:#}"));
    }
}

/// Breaks a text between words, the first line at `first` columns, the others at `rest`. A word longer than a line
/// keeps to itself: paths stay whole, so that they can be copied.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let limit = if lines.len() == 1 { first } else { rest };
        let line = lines.last_mut().expect("never empty");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= limit {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}
