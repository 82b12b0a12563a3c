//! Words and numbers on plots. Every text from data goes through [`clean`] before it is drawn and through [`escape`]
//! where it is written.

use unicode_width::UnicodeWidthChar;

use crate::formats::text::printable;

/// Bytes of a column of shortened text, at most.
const BYTES: usize = 3;

/// Characters of a sentence for screen readers, at most.
const SENTENCE: usize = 300;

/// Text without characters that are not for reading: controls, directions, and those that XML does not know.
pub(super) fn clean(text: &str) -> String {
    let known = |c: char| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c };
    // more than this is never shown
    let start: String = text.chars().take(SENTENCE).map(known).collect();
    printable(&start).into_owned()
}

/// Clean text in at most so many columns, with an ellipsis where some is left out. Nor may it take many more bytes
/// when it is written: marks of no width can be piled up, and what has to be escaped grows.
pub(super) fn shorten(text: &str, columns: usize) -> String {
    let text = clean(text);
    let size = |c: char| (c.width().unwrap_or(0), written(c));
    let (width, bytes) = text.chars().map(size).fold((0, 0), |(w, b), (width, bytes)| (w + width, b + bytes));
    if width <= columns && bytes <= BYTES * columns {
        return text;
    }
    let (mut width, mut bytes) = (1, '…'.len_utf8());
    let fits = |c: &char| {
        width += size(*c).0;
        bytes += size(*c).1;
        width <= columns && bytes <= BYTES * columns
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push('…');
    short
}

/// Clean text in at most so many columns, with an ellipsis for the middle: names of columns differ at their ends.
pub(super) fn ends(text: &str, columns: usize) -> String {
    let text = clean(text);
    if shorten(&text, columns) == text {
        return text;
    }
    let from_end: String = text.chars().rev().collect();
    let half = (columns - 1) / 2;
    let end = shorten(&from_end, half + 1);
    let end: String = end.trim_end_matches('…').chars().rev().collect();
    shorten(&text, columns - half) + &end
}

/// About how wide a text is drawn.
pub(super) fn width(text: &str) -> i32 {
    (text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>() as f64 * 6.6).ceil() as i32
}

/// A sentence for screen readers.
pub(super) fn sentence(text: &str) -> String {
    shorten(text, SENTENCE)
}

/// The text as content or attribute value of XML and HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match entity(c) {
            Some(entity) => out.push_str(entity),
            None => out.push(c),
        }
    }
    out
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// Bytes of a character once it is escaped.
fn written(c: char) -> usize {
    entity(c).map_or(c.len_utf8(), str::len)
}

/// A number in three significant digits.
pub(super) fn number(value: f64) -> String {
    digits(value, 3)
}

/// A number in so many significant digits.
pub(super) fn digits(value: f64, count: usize) -> String {
    if !value.is_finite() {
        let infinity = if value > 0.0 { "∞" } else { "−∞" };
        return if value.is_nan() { "unknown" } else { infinity }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        let text = format!("{size:.*e}", count - 1);
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return signed(value, format!("{}e{power}", trimmed(digits)));
    }
    let decimals = (count as i32 - 1 - size.log10().floor() as i32).max(0) as usize;
    fixed(value, decimals)
}

/// A number with so many decimals, without zeros at the end, thousands apart.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if value.abs() >= 1e12 {
        return number(value);
    }
    let text = format!("{:.decimals$}", value.abs());
    let text = trimmed(&text);
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    let nothing = out.chars().all(|c| matches!(c, '0' | '.' | ','));
    if nothing { out } else { signed(value, out) }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p > 0.0 && p < 0.1 => "<0.1%".to_owned(),
        p if p > 99.9 && p < 100.0 => ">99.9%".to_owned(),
        p => format!("{}%", fixed(p, 1)),
    }
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

fn signed(value: f64, size: String) -> String {
    if value < 0.0 { format!("−{size}") } else { size }
}
