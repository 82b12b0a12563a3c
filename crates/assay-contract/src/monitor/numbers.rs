//! Numbers of the monitor language: plain ones, shares with `%`, `2 windows`, `top 50`.

use assay_core::node::Node;
use assay_core::problem::Problem;

use super::section::Reader;

/// How the numbers of a limit are written, and how large they can sensibly be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// `5%`.
    Share,
    /// `5%` or `0.05`.
    ShareOrFraction,
    /// `0.1`, at most this; no `%`.
    UpTo(f64),
    /// A plain number from 0; no `%`.
    Number,
}

impl Reader<'_> {
    /// A number from 0 in its unit; shares as fractions of 1.
    pub fn quantity(&mut self, node: &Node, what: &str, unit: Unit) -> Option<f64> {
        let text = node.text().filter(|_| !node.is_null()).unwrap_or_default().trim();
        let number = match (unit, text.strip_suffix('%')) {
            (Unit::Share | Unit::ShareOrFraction, Some(_)) => share(text),
            (Unit::ShareOrFraction, None) => plain(text).filter(|number| (0.0..=1.0).contains(number)),
            (Unit::Share, None) | (Unit::UpTo(_) | Unit::Number, Some(_)) => None,
            (Unit::UpTo(most), None) => plain(text).filter(|number| (0.0..=most).contains(number)),
            (Unit::Number, None) => plain(text).filter(|number| *number >= 0.0),
        };
        // -0.0 would be shown with its sign
        let number = number.map(f64::abs);
        if number.is_none() {
            let wanted = match unit {
                Unit::Share => "a share such as `5%`, at most `100%`".into(),
                Unit::ShareOrFraction => "a share such as `20%`, at most `100%`".into(),
                Unit::UpTo(most) => format!("a plain number from 0 to {most}"),
                Unit::Number => "a plain number from 0".to_owned(),
            };
            let hint = match unit {
                Unit::Share => meant_percent(text),
                Unit::ShareOrFraction => plain(text).filter(|n| (1.0..=100.0).contains(n)).map(|n| format!("{n}%")),
                Unit::UpTo(_) | Unit::Number => share(text).map(|n| n.to_string()),
            };
            let problem = Problem::at(node.span, format!("{what} is {wanted}, not {}", node.describe()));
            self.problems.push(problem.maybe_hint(hint.map(|meant| format!("write `{meant}`"))));
        }
        number
    }

    /// A finite number, of any sign.
    pub fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let number = node.text().and_then(plain);
        if number.is_none() {
            let hint = node.text().and_then(share).map(|number| format!("write `{number}`"));
            let message = format!("{what} is a number, not {}", node.describe());
            self.problems.push(Problem::at(node.span, message).maybe_hint(hint));
        }
        number
    }

    /// `28`, from `least` to `most`.
    pub fn whole(&mut self, node: &Node, what: &str, least: u32, most: u32) -> Option<u32> {
        let found = node.text().and_then(digits).filter(|number| (least..=most).contains(number));
        if found.is_none() {
            let message = format!("{what} is a whole number from {least} to {most}, not {}", node.describe());
            self.problems.push(Problem::at(node.span, message));
        }
        found
    }

    /// `2 windows`, or plain `2`.
    pub fn windows(&mut self, node: &Node, what: &str, most: u32) -> Option<u32> {
        let text = node.text().unwrap_or_default().trim();
        let number = text.strip_suffix("windows").or(text.strip_suffix("window")).unwrap_or(text).trim();
        let found = digits(number).filter(|number| (1..=most).contains(number));
        if found.is_none() {
            let message = format!("{what} is a number of windows from 1 to {most}, not {}", node.describe());
            self.problems.push(Problem::at(node.span, message).hint("as in `2 windows`"));
        }
        found
    }

    /// `top 50`.
    pub fn top(&mut self, node: &Node, what: &str, most: u32) -> Option<u32> {
        let number = node.text().and_then(|text| text.trim().strip_prefix("top "));
        let found = number.and_then(|text| digits(text.trim())).filter(|number| (1..=most).contains(number));
        if found.is_none() {
            let plain = node.text().and_then(digits).map(|number| format!("write `top {number}`"));
            let message = format!("{what} is `top N` with N from 1 to {most}, or a list, not {}", node.describe());
            self.problems.push(Problem::at(node.span, message).maybe_hint(plain));
        }
        found
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A finite decimal number: no `inf`, no `nan`, no separators.
pub(crate) fn plain(text: &str) -> Option<f64> {
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let number = (text.len() <= 60 && text.chars().all(allowed)).then(|| text.parse::<f64>().ok())??;
    number.is_finite().then_some(number)
}

/// `5%` as the nearest number to 0.05.
pub(crate) fn share(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    let is_decimal = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let fraction = plain(&format!("{}e-2", is_decimal.then_some(number)?))?;
    (fraction <= 1.0).then_some(fraction)
}

/// What a number without `%` was meant to be: `0.05` is `5%`, `5` is `5%`.
fn meant_percent(text: &str) -> Option<String> {
    let number = plain(text).filter(|number| (0.0..=100.0).contains(number))?;
    let percent = if number <= 1.0 && text.contains(['.', 'e']) { plain(&format!("{text}e2")) } else { Some(number) };
    percent.map(|percent| format!("{percent}%"))
}
