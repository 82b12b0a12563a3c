//! Small readers from nodes to plain values. Each says what it wanted, and where; none stops at the first problem.

use std::ops::RangeInclusive;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::ops::Millis;
use assay_core::problem::Problem;
use assay_core::suggest::{closest, did_you_mean};
use chrono::Weekday;
use chrono_tz::Tz;

/// Days of the week as they are written.
pub(super) const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Nobody reads more problems than these.
pub(super) const MANY: usize = 500;

/// Whether there are so many problems that nobody reads more.
pub(super) fn enough(problems: &[Problem]) -> bool {
    problems.len() >= MANY
}

/// The entries of a mapping.
pub(super) fn map<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<&'a [(Key, Node)]> {
    let entries = node.entries();
    if entries.is_none() {
        let hint = matches!(&node.kind, NodeKind::Seq(_)).then(|| "write `name: ..` instead of `- name`".to_owned());
        let message = format!("{} is a mapping of keys to values, not {}", shown(what), node.describe());
        problems.push(Problem::at(node.span, message).maybe_hint(hint));
    }
    entries
}

/// The items of a list.
pub(super) fn list<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<&'a [Node]> {
    let NodeKind::Seq(items) = &node.kind else {
        let hint = match node.text() {
            Some(text) => (!node.is_null()).then(|| format!("write [{}]", shorten(text))),
            None => Some("write each item as `- ..`".into()),
        };
        let message = format!("{} is a list, not {}", shown(what), node.describe());
        problems.push(Problem::at(node.span, message).maybe_hint(hint));
        return None;
    };
    Some(items)
}

/// A text that is not null and not empty.
pub(super) fn text<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
    match node.text() {
        Some(text) if !node.is_null() && !text.trim().is_empty() => return Some(text),
        Some(_) => {
            let problem = Problem::at(node.span, format!("{} has no value", shown(what)));
            problems.push(problem.hint("give it one, or remove the line"));
        }
        None => problems.push(Problem::at(node.span, format!("{} is a text, not {}", shown(what), node.describe()))),
    }
    None
}

/// `true` or `false`, unquoted.
pub(super) fn boolean(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<bool> {
    if let NodeKind::Scalar { text, quoted: false } = &node.kind {
        match text.as_str() {
            "true" | "True" | "TRUE" => return Some(true),
            "false" | "False" | "FALSE" => return Some(false),
            _ => {}
        }
    }
    let hint = match node.text().map(str::to_lowercase).as_deref() {
        Some("yes" | "on" | "y" | "1" | "true") => Some("write true".to_owned()),
        Some("no" | "off" | "n" | "0" | "false") => Some("write false".to_owned()),
        _ => None,
    };
    let message = format!("{} is true or false, not {}", shown(what), node.describe());
    problems.push(Problem::at(node.span, message).maybe_hint(hint));
    None
}

/// A whole number of a range.
pub(super) fn number(node: &Node, what: &str, range: RangeInclusive<u32>, problems: &mut Vec<Problem>) -> Option<u32> {
    let digits = node.text().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let found = digits.and_then(|text| text.parse().ok()).filter(|number| range.contains(number));
    if found.is_none() {
        let (least, most) = range.into_inner();
        let message = format!("{} is a whole number from {least} to {most}, not {}", shown(what), node.describe());
        problems.push(Problem::at(node.span, message));
    }
    found
}

/// One of a few words.
pub(super) fn word(
    node: &Node,
    what: &str,
    words: &[&'static str],
    problems: &mut Vec<Problem>,
) -> Option<&'static str> {
    let found = node.text().and_then(|text| words.iter().find(|word| **word == text));
    if found.is_none() {
        let choices = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        let hint = node.text().and_then(|text| did_you_mean(text, words.iter().copied()));
        let message = format!("{} is {choices}, not {}", shown(what), node.describe());
        problems.push(Problem::at(node.span, message).maybe_hint(hint));
    }
    found.copied()
}

/// An IANA time zone.
pub(super) fn timezone(node: &Node, problems: &mut Vec<Problem>) -> Option<Tz> {
    let name = text(node, "timezone", problems)?;
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    let city = format!("/{}", name.to_lowercase());
    let named = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).find(|zone| zone.to_lowercase().ends_with(&city));
    let alike = || closest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
    let hint = match named.or_else(alike) {
        Some(zone) => format!("did you mean `{zone}`?"),
        None => "use a name of the IANA list, as in `Europe/Berlin`".to_owned(),
    };
    problems.push(Problem::at(node.span, format!("unknown time zone {}", node.describe())).hint(hint));
    None
}

/// A length of time of a range, in milliseconds: `30s`, `5m`, `2h`, `7d`, `2w`.
pub(super) fn millis(
    node: &Node,
    what: &str,
    range: RangeInclusive<Millis>,
    problems: &mut Vec<Problem>,
) -> Option<Millis> {
    let Some(millis) = node.text().and_then(read_length) else {
        let message =
            format!("{} is a length of time such as `5m` (s, m, h, d, w), not {}", shown(what), node.describe());
        let digits = node.text().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        let hint = digits.map(|digits| format!("give the unit: `{}m` is minutes", shorten(digits)));
        problems.push(Problem::at(node.span, message).maybe_hint(hint));
        return None;
    };
    if range.contains(&millis) {
        return Some(millis);
    }
    let (least, most) = (length(*range.start()), length(*range.end()));
    let message = format!("{} is from `{least}` to `{most}`, not {}", shown(what), node.describe());
    problems.push(Problem::at(node.span, message));
    None
}

fn read_length(text: &str) -> Option<Millis> {
    let (digits, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit())?);
    let factor = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    digits.parse::<Millis>().ok()?.checked_mul(factor)
}

/// A length of time as it is written: in the largest unit up to days that it is whole in.
pub(crate) fn length(millis: Millis) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match units.into_iter().find(|(_, factor)| millis != 0 && millis % factor == 0) {
        Some((unit, factor)) => format!("{}{unit}", millis / factor),
        None if millis == 0 => "0s".to_owned(),
        None => format!("{millis}ms"),
    }
}

/// A day of the week: its first letters in English, or all of it.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let is_short = |text: &str| DAYS.contains(&text);
    let lower = text.to_ascii_lowercase();
    // chrono takes both forms, and this keeps to them whatever else it may take later
    let is_known = is_short(&lower) || (lower.ends_with("day") && lower.get(..3).is_some_and(is_short));
    if is_known { lower.parse().ok() } else { None }
}

/// Minutes after midnight of `HH:MM`, up to `24:00`.
pub(super) fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { text.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// A key that nobody knows here.
pub(super) fn unknown_key(key: &Key, what: &str, known: &[&str]) -> Problem {
    let hint = did_you_mean(&key.text, known.iter().copied()).unwrap_or_else(|| {
        format!("known here: {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "))
    });
    Problem::at(key.span, format!("unknown key `{}` {what}", shorten(&key.text))).hint(hint)
}

/// A text short enough for a message.
pub(super) fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// A key's name in backticks; other words as they are.
fn shown(what: &str) -> String {
    if what.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.')) {
        format!("`{what}`")
    } else {
        what.to_owned()
    }
}
