//! Words and numbers on plots. Every text from data goes through [`clean`] before it is drawn and through [`escape`]
//! where it is written.

use unicode_width::UnicodeWidthChar;

use crate::formats::text::printable;

/// Characters of a sentence for screen readers, at most.
const SENTENCE: usize = 300;

/// Text without characters that are not for reading: controls, directions, and those that XML does not know.
pub(super) fn clean(text: &str) -> String {
    let known = |c: char| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c };
    // more than this is never shown
    let start: String = text.chars().take(SENTENCE).map(known).collect();
    printable(&start).into_owned()
}

/// Clean text in at most so many columns, with an ellipsis where some is left out.
pub(super) fn shorten(text: &str, columns: usize) -> String {
    let text = clean(text);
    let width = |c: char| c.width().unwrap_or(0);
    if text.chars().map(width).sum::<usize>() <= columns {
        // marks of no width could be piled up without end
        return text.chars().take(3 * columns).collect();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += width(*c);
        used <= columns
    };
    let mut short: String = text.chars().take(3 * columns).take_while(fits).collect();
    short.push('…');
    short
}

/// A sentence for screen readers.
pub(super) fn sentence(text: &str) -> String {
    shorten(text, SENTENCE)
}

/// The text as content or attribute value of XML and HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A number in three significant digits.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "unknown".into()
        } else if value > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        let text = format!("{size:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return signed(value, format!("{}e{power}", trimmed(digits)));
    }
    let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
    fixed(value, decimals)
}

/// A number with so many decimals, without zeros at the end, thousands apart.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
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
