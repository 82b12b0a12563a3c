//! Small readers from nodes to plain values. Each says what it wanted, and where; none stops at the first problem.

use std::ops::RangeInclusive;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::{closest, did_you_mean};
use assay_core::verdict::Severity;

/// The entries of a mapping.
pub(crate) fn map<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<&'a [(Key, Node)]> {
    let entries = node.entries();
    if entries.is_none() {
        let hint = matches!(&node.kind, NodeKind::Seq(_)).then(|| "write `name: ..` instead of `- name`".to_owned());
        problems.push(
            Problem::at(node.span, format!("{} is a mapping of keys to values, not {}", shown(what), node.describe()))
                .maybe_hint(hint),
        );
    }
    entries
}

/// The items of a list.
pub(crate) fn list<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<&'a [Node]> {
    match &node.kind {
        NodeKind::Seq(items) => Some(items),
        NodeKind::Scalar { .. } | NodeKind::Map(_) => {
            let problem = Problem::at(node.span, format!("{} is a list, not {}", shown(what), node.describe()));
            let hint = match node.text() {
                Some(text) => (!node.is_null()).then(|| format!("write [{text}]")),
                None => Some("write each item as `- name: ..`".into()),
            };
            problems.push(problem.maybe_hint(hint));
            None
        }
    }
}

/// Any text that is not null.
pub(crate) fn text(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<String> {
    match node.text() {
        Some(text) if !node.is_null() => Some(text.to_owned()),
        _ if node.is_null() => {
            problems.push(
                Problem::at(node.span, format!("{} has no value", shown(what))).hint("give it one, or remove the line"),
            );
            None
        }
        _ => {
            problems.push(Problem::at(node.span, format!("{} is a text, not {}", shown(what), node.describe())));
            None
        }
    }
}

/// A key's name in backticks; other words as they are.
fn shown(what: &str) -> String {
    if what.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.')) {
        format!("`{what}`")
    } else {
        what.to_owned()
    }
}

/// A list of texts.
pub(crate) fn texts(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<Vec<String>> {
    let items = list(node, what, problems)?;
    let before = problems.len();
    let texts: Vec<String> =
        items.iter().filter_map(|item| text(item, &format!("each item of `{what}`"), problems)).collect();
    (problems.len() == before).then_some(texts)
}

/// `true` or `false`, unquoted.
pub(crate) fn boolean(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<bool> {
    match &node.kind {
        NodeKind::Scalar { text, quoted: false } => match text.as_str() {
            "true" | "True" | "TRUE" => return Some(true),
            "false" | "False" | "FALSE" => return Some(false),
            _ => {}
        },
        NodeKind::Scalar { .. } | NodeKind::Seq(_) | NodeKind::Map(_) => {}
    }
    let hint = match node.text().map(str::to_lowercase).as_deref() {
        Some("yes" | "on" | "y" | "1" | "true") => Some("write true".to_owned()),
        Some("no" | "off" | "n" | "0" | "false") => Some("write false".to_owned()),
        _ => None,
    };
    problems.push(
        Problem::at(node.span, format!("{} is true or false, not {}", shown(what), node.describe())).maybe_hint(hint),
    );
    None
}

/// A whole number from 0 to `max`.
pub(crate) fn count(node: &Node, what: &str, max: u64, problems: &mut Vec<Problem>) -> Option<u64> {
    let number = node.text().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    match number.and_then(|text| text.parse::<u64>().ok()).filter(|n| *n <= max) {
        Some(n) => Some(n),
        None => {
            let limit = if max == u64::MAX { String::new() } else { format!(" from 0 to {max}") };
            problems.push(Problem::at(
                node.span,
                format!("{} is a whole number{limit}, not {}", shown(what), node.describe()),
            ));
            None
        }
    }
}

/// A whole number of a range.
pub(crate) fn number(node: &Node, what: &str, range: RangeInclusive<u64>, problems: &mut Vec<Problem>) -> Option<u64> {
    let digits = node.text().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let found = digits.and_then(|text| text.parse().ok()).filter(|number| range.contains(number));
    if found.is_none() {
        let (least, most) = range.into_inner();
        problems.push(Problem::at(
            node.span,
            format!("{} is a whole number from {least} to {most}, not {}", shown(what), node.describe()),
        ));
    }
    found
}

/// One of a few words.
pub(crate) fn word(
    node: &Node,
    what: &str,
    words: &[&'static str],
    problems: &mut Vec<Problem>,
) -> Option<&'static str> {
    let found = node.text().and_then(|text| words.iter().find(|word| **word == text));
    if found.is_none() {
        let choices = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        let hint = node.text().and_then(|text| did_you_mean(text, words.iter().copied()));
        problems.push(
            Problem::at(node.span, format!("{} is {choices}, not {}", shown(what), node.describe())).maybe_hint(hint),
        );
    }
    found.copied()
}

/// `warn` or `fail`.
pub(crate) fn severity(node: &Node, problems: &mut Vec<Problem>) -> Option<Severity> {
    match word(node, "severity", &["warn", "fail"], problems)? {
        "warn" => Some(Severity::Warn),
        _ => Some(Severity::Fail),
    }
}

/// An IANA time zone.
pub(crate) fn timezone(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, "timezone", problems)?;
    if name.parse::<chrono_tz::Tz>().is_ok() {
        return Some(name);
    }
    let city = format!("/{}", name.to_lowercase());
    let named = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).find(|zone| zone.to_lowercase().ends_with(&city));
    let alike = || closest(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
    let hint = named.or_else(alike).map_or_else(
        || "use a name of the IANA list, as in `Europe/Berlin`".to_owned(),
        |zone| format!("did you mean `{zone}`?"),
    );
    problems.push(Problem::at(node.span, format!("unknown time zone `{}`", crate::yaml::shorten(&name))).hint(hint));
    None
}

/// A length of time in seconds: `30s`, `5m`, `2h`, `7d`, `2w`.
pub(crate) fn seconds(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    let read = |text: &str| {
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        digits.parse::<i64>().ok()?.checked_mul(factor)
    };
    let seconds = node.text().and_then(read);
    if seconds.is_none() {
        let message =
            format!("{} is a length of time such as `5m` (s, m, h, d, w), not {}", shown(what), node.describe());
        let number = node.text().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
        problems.push(
            Problem::at(node.span, message).maybe_hint(number.map(|n| format!("give the unit: `{n}m` is minutes"))),
        );
    }
    seconds
}

/// A length of time of a range, in seconds.
pub(crate) fn seconds_of(
    node: &Node,
    what: &str,
    range: RangeInclusive<i64>,
    problems: &mut Vec<Problem>,
) -> Option<i64> {
    let seconds = seconds(node, what, problems)?;
    if !range.contains(&seconds) {
        let (least, most) = (length(*range.start()), length(*range.end()));
        let message = format!("{} is from `{least}` to `{most}`, not {}", shown(what), node.describe());
        problems.push(Problem::at(node.span, message));
        return None;
    }
    Some(seconds)
}

/// A length of time as it is written: in the largest unit up to days that it is whole in.
pub(crate) fn length(seconds: i64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let whole = units.into_iter().find(|(_, factor)| seconds != 0 && seconds % factor == 0);
    let (unit, factor) = whole.unwrap_or(("s", 1));
    format!("{}{unit}", seconds / factor)
}

/// A number of bytes: `512MiB`, `2GiB`, `1500000`.
pub(crate) fn bytes(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<u64> {
    let read = |text: &str| {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(split);
        let factor: u64 = match unit.trim_start() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(factor).filter(|bytes| *bytes > 0)
    };
    let bytes = node.text().and_then(read);
    if bytes.is_none() {
        problems.push(Problem::at(
            node.span,
            format!("{} is a size such as `2GiB` or `512MiB`, not {}", shown(what), node.describe()),
        ));
    }
    bytes
}

/// A key that nobody knows here.
pub(crate) fn unknown_key(key: &Key, what: &str, known: &[&str]) -> Problem {
    let hint = did_you_mean(&key.text, known.iter().copied()).unwrap_or_else(|| {
        format!("known here: {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "))
    });
    Problem::at(key.span, format!("unknown key `{}` {what}", crate::yaml::shorten(&key.text))).hint(hint)
}

/// A key of the language that this version does not act on.
pub(crate) fn not_yet(span: Span, name: &str) -> Problem {
    Problem::at(span, format!("`{name}` is not available in this version")).hint("remove it: nothing would act on it")
}

/// A table or column of results is full of problems long before a person reads them all.
pub(crate) const MANY: usize = 500;

/// Whether there are [`MANY`].
pub(crate) fn enough(problems: &[Problem]) -> bool {
    problems.len() >= MANY
}
