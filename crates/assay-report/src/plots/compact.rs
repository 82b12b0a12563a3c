//! The same drawing in fewer bytes: a page holds hundreds of plots.
//!
//! plotters writes an element of many attributes for each shape, with absolute coordinates. Here they become paths of
//! relative steps, neighbours of one style become one path, dots become strokes of no length with round ends, and what
//! the style sheet says anyway (letters, full opacity) is left out.

use std::fmt::Write;

use super::canvas::{At, Side};
use super::palette::Swatch;
use super::text::escape;

/// Between a shortened text and the whole of it. No text from data holds control characters.
pub(super) const SEPARATOR: char = '\u{1f}';

/// A path that is being written.
#[derive(Default)]
struct Path {
    style: String,
    steps: String,
    /// Where the pen is, for the next move.
    pen: At,
}

/// A piece of a path: where it begins, its steps, where it ends.
struct Piece {
    from: At,
    steps: String,
    to: At,
}

/// The elements within a drawing of plotters, in compact form. `letters` is how the style sheet writes them; `titles`
/// is whether shortened texts carry the whole.
pub(super) fn shapes(drawn: &str, letters: (Swatch, Side), titles: bool) -> String {
    let mut out = String::with_capacity(drawn.len() / 3);
    let mut path = Path::default();
    let mut lines = drawn.lines();
    while let Some(line) = lines.next() {
        let Some(element) = Element::read(line) else { continue };
        if element.name == "text" {
            path.finish(&mut out);
            element.write_text(lines.next().unwrap_or_default(), letters, titles, &mut out);
        } else if let Some((style, piece)) = element.path() {
            path.add(style, &piece, &mut out);
        }
    }
    path.finish(&mut out);
    out
}

impl Path {
    fn add(&mut self, style: String, piece: &Piece, out: &mut String) {
        if style != self.style {
            self.finish(out);
            self.style = style;
        }
        let (x, y) = piece.from;
        let (there, from_here) = (pair(x, y), pair(x - self.pen.0, y - self.pen.1));
        if from_here.len() < there.len() && !self.steps.is_empty() {
            self.steps.push('m');
            self.steps.push_str(&from_here);
        } else {
            self.steps.push('M');
            self.steps.push_str(&there);
        }
        self.steps.push_str(&piece.steps);
        self.pen = piece.to;
    }

    fn finish(&mut self, out: &mut String) {
        if !self.steps.is_empty() {
            let _ = write!(out, "<path d=\"{}\"{}/>", self.steps, self.style);
        }
        *self = Path::default();
    }
}

/// An element of plotters, which writes each on its own line.
struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Element<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let inside = line.strip_prefix('<')?.trim_end_matches(['/', '>']);
        let (name, mut rest) = inside.split_once(' ')?;
        let mut attributes = Vec::new();
        while let Some((key, after)) = rest.split_once("=\"") {
            // quotes within values are escaped
            let (value, after) = after.split_once('"')?;
            attributes.push((key.trim_start(), value));
            rest = after;
        }
        Some(Element { name, attributes })
    }

    fn get(&self, key: &str) -> &'a str {
        self.attributes.iter().find(|(of, _)| *of == key).map_or("", |(_, value)| value)
    }

    fn number(&self, key: &str) -> i32 {
        self.get(key).parse().unwrap_or(0)
    }

    fn color(&self, key: &str) -> String {
        self.get(key).to_ascii_lowercase()
    }

    /// Its style and its steps; `None` of what is not drawn.
    fn path(&self) -> Option<(String, Piece)> {
        let filled = || format!(" fill=\"{}\"", self.color("fill"));
        let stroked = |width: i32, ends: &str| {
            let width = if width == 1 { String::new() } else { format!(" stroke-width=\"{width}\"") };
            format!(" fill=\"none\" stroke=\"{}\"{width}{ends}", self.color("stroke"))
        };
        let number = |key: &str| self.number(key);
        match self.name {
            "rect" => {
                let (x, y, width, height) = (number("x"), number("y"), number("width"), number("height"));
                let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
                Some((filled(), closed(&corners)?))
            }
            "polygon" => Some((filled(), closed(&self.points())?)),
            "polyline" => Some((stroked(number("stroke-width"), ""), open(&self.points())?)),
            "line" => {
                let ends = [(number("x1"), number("y1")), (number("x2"), number("y2"))];
                Some((stroked(number("stroke-width"), ""), open(&ends)?))
            }
            "circle" => {
                let style = format!(
                    " stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\"",
                    self.color("fill"),
                    2 * number("r")
                );
                let at = (number("cx"), number("cy"));
                Some((style, Piece { from: at, steps: "h0".to_owned(), to: at }))
            }
            _ => None,
        }
    }

    fn points(&self) -> Vec<At> {
        let point = |text: &str| {
            let (x, y) = text.split_once(',')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        };
        self.get("points").split(' ').filter_map(point).collect()
    }

    /// Letters stand on a line below the middle that they were placed at.
    fn write_text(&self, content: &str, letters: (Swatch, Side), titles: bool, out: &mut String) {
        let anchor = match self.get("text-anchor") {
            usual if usual == letters.1.anchor() => String::new(),
            other => format!(" text-anchor=\"{other}\""),
        };
        let fill = self.color("fill");
        let fill = if fill == letters.0.light { String::new() } else { format!(" fill=\"{fill}\"") };
        let content = unescape(content);
        let (short, all) = content.split_once(SEPARATOR).unwrap_or((&content, ""));
        let title = if all.is_empty() || !titles { String::new() } else { format!("<title>{}</title>", escape(all)) };
        let (x, y) = (self.number("x"), self.number("y") + 4);
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\"{anchor}{fill}>{}{title}</text>", escape(short));
    }
}

/// What plotters escaped, so that one function alone escapes.
fn unescape(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A line through places.
fn open(places: &[At]) -> Option<Piece> {
    Some(Piece { from: *places.first()?, steps: steps(places), to: *places.last()? })
}

/// An area, which ends where it begins.
fn closed(places: &[At]) -> Option<Piece> {
    let from = *places.first()?;
    Some(Piece { from, steps: steps(places) + "z", to: from })
}

/// From the first place to the others by relative steps; steps in one direction are one.
fn steps(places: &[At]) -> String {
    let Some((&(x, y), rest)) = places.split_first() else { return String::new() };
    let mut moves: Vec<At> = Vec::new();
    let (mut from_x, mut from_y) = (x, y);
    for &(x, y) in rest {
        let (dx, dy) = (x - from_x, y - from_y);
        (from_x, from_y) = (x, y);
        match moves.last_mut() {
            _ if (dx, dy) == (0, 0) => {}
            Some(last) if last.1 == 0 && dy == 0 && last.0.signum() == dx.signum() => last.0 += dx,
            Some(last) if last.0 == 0 && dx == 0 && last.1.signum() == dy.signum() => last.1 += dy,
            _ => moves.push((dx, dy)),
        }
    }
    let mut out = String::new();
    let mut command = ' ';
    for (dx, dy) in moves {
        let (next, text) = match (dx, dy) {
            (dx, 0) => ('h', dx.to_string()),
            (0, dy) => ('v', dy.to_string()),
            (dx, dy) => ('l', pair(dx, dy)),
        };
        if next != command {
            out.push(next);
        } else if !text.starts_with('-') {
            out.push(' ');
        }
        out.push_str(&text);
        command = next;
    }
    out
}

/// Two numbers; the sign of the second parts them as well as a space does.
fn pair(x: i32, y: i32) -> String {
    if y < 0 { format!("{x}{y}") } else { format!("{x} {y}") }
}
