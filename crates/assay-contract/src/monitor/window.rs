//! `timestamp` and `window`: which rows belong together.

use assay_core::drift::monitor::{Timestamp, Window, WindowSize};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Problem;

use super::section::Reader;
use crate::read;

/// Rows that a test needs where nothing else is said.
const MIN_ROWS: u64 = 500;
/// A window of more than a year is a mistake.
const MOST_DAYS: u32 = 366;
/// The most rows of a window.
const MOST_ROWS: u64 = 1_000_000_000_000;
/// Lengths of time up to ten years: nothing of a window lasts longer.
const MOST_SECONDS: i64 = 3_650 * 86_400;

impl Reader<'_> {
    /// Reads `timestamp`; without a zone of its own it takes that of the source.
    pub fn timestamp(&mut self, entry: Option<&(Key, Node)>, of_source: Option<&str>) -> Option<Timestamp> {
        let (key, node) = entry?;
        let example = "{column: event_time, timezone: Europe/Berlin}";
        let section = self.section(key, node, &["column", "timezone"], example)?;
        let column = self.required_text(&section, "column", "name the column: `timestamp: {column: event_time}`");
        let timezone = section.get("timezone").and_then(|node| read::timezone(node, &mut self.problems));
        let timezone = timezone.or(of_source.map(str::to_owned));
        Some(Timestamp { column: column?, timezone, at: self.place(key.span) })
    }

    /// Reads `window`. `timed` says whether rows have a time.
    pub fn window(&mut self, entry: Option<&(Key, Node)>, timed: bool) -> Window {
        let usual = if timed { WindowSize::Days(1) } else { WindowSize::Whole };
        let mut window = Window { size: usual, lateness_seconds: 0, min_rows: MIN_ROWS };
        let known = &["size", "lateness", "min_rows"];
        let Some(section) = entry.and_then(|(key, node)| self.section(key, node, known, "{size: 1d}")) else {
            return window;
        };
        if let Some((key, node)) = section.entry("size") {
            let size = self.size(key, node);
            window.size = size.unwrap_or(usual);
            if matches!(size, Some(WindowSize::Hours(_) | WindowSize::Days(_))) && !timed {
                let message = format!("windows of time need `timestamp`: {}", node.describe());
                self.wrong(node.span, message, "name the column: `timestamp: {column: event_time, timezone: UTC}`");
            }
        }
        if let Some((key, node)) = section.entry("lateness") {
            window.lateness_seconds = self.length(node, "lateness").unwrap_or(0);
            if window.lateness_seconds > 0 && !is_timed(window.size) {
                let message = "`lateness` means nothing for windows without an end in time";
                self.wrong(key.span, message, "remove it, or give `size: 1d`");
            }
        }
        if let Some(node) = section.get("min_rows") {
            window.min_rows = self.min_rows(node).unwrap_or(MIN_ROWS);
        }
        window
    }

    /// Rows that a test needs.
    pub fn min_rows(&mut self, node: &Node) -> Option<u64> {
        let rows = read::count(node, "min_rows", u64::MAX, &mut self.problems)?;
        if !(1..=MOST_ROWS).contains(&rows) {
            let message = format!("`min_rows` is from 1 to {MOST_ROWS}, not {}", node.describe());
            self.wrong(node.span, message, "the usual number is `500`");
            return None;
        }
        Some(rows)
    }

    /// A length of time in seconds, at most ten years.
    pub fn length(&mut self, node: &Node, what: &str) -> Option<i64> {
        let seconds = read::seconds(node, what, &mut self.problems)?;
        if seconds > MOST_SECONDS {
            let message = format!("`{what}` is at most ten years, not {}", node.describe());
            self.wrong(node.span, message, "as in `2h` or `3d`");
            return None;
        }
        Some(seconds)
    }

    fn size(&mut self, key: &Key, node: &Node) -> Option<WindowSize> {
        if let NodeKind::Map(_) = &node.kind {
            let section = self.section(key, node, &["rows"], "{rows: 100000}")?;
            let rows = self.required(&section, "rows", "as in `size: {rows: 100000}`")?;
            return self.rows(rows, rows.text().unwrap_or_default());
        }
        let text = read::text(node, "size", &mut self.problems)?;
        let text = text.trim();
        if text == "all" {
            return Some(WindowSize::Whole);
        }
        if let Some(number) = text.strip_suffix("rows") {
            return self.rows(node, number.trim());
        }
        match civil(text) {
            Ok(size) => Some(size),
            Err(hint) => {
                let message = format!("`size` is hours, days, weeks, rows or `all`, not {}", node.describe());
                self.problems.push(Problem::at(node.span, message).hint(hint));
                None
            }
        }
    }

    fn rows(&mut self, node: &Node, number: &str) -> Option<WindowSize> {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let rows = is_number.then(|| number.parse().ok()).flatten().filter(|rows| (1..=MOST_ROWS).contains(rows));
        if rows.is_none() {
            let message =
                format!("a window holds a whole number of rows from 1 to {MOST_ROWS}, not {}", node.describe());
            self.wrong(node.span, message, "as in `100000 rows`");
        }
        rows.map(WindowSize::Rows)
    }
}

/// Whether windows have an end in time.
pub(crate) fn is_timed(size: WindowSize) -> bool {
    matches!(size, WindowSize::Hours(_) | WindowSize::Days(_))
}

/// `6h`, `1d`, `1w`; the error is a hint.
fn civil(text: &str) -> Result<WindowSize, String> {
    let usual = || "as in `1h`, `6h`, `1d`, `1w`, `100000 rows`".to_owned();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u32 = digits.parse().map_err(|_| usual())?;
    match (number, unit) {
        (0, _) => Err("a window is not empty".into()),
        (24, "h") => Ok(WindowSize::Days(1)),
        (hours, "h") if 24 % hours == 0 => Ok(WindowSize::Hours(hours)),
        (hours, "h") if hours % 24 == 0 => Err(format!("write `{}d`", hours / 24)),
        (_, "h") => Err("windows are aligned to the civil day: its hours divide into 1, 2, 3, 4, 6, 8 or 12".into()),
        (days, "d") if days <= MOST_DAYS => Ok(WindowSize::Days(days)),
        (_, "d") => Err(format!("a window has at most {MOST_DAYS} days")),
        (weeks, "w") if weeks <= MOST_DAYS / 7 => Ok(WindowSize::Days(7 * weeks)),
        (_, "w") => Err(format!("a window has at most {} weeks", MOST_DAYS / 7)),
        (_, "s" | "m") => Err("the smallest window is `1h`".into()),
        (number, "") => Err(format!("give the unit: `{number}h`, `{number}d` or `{number} rows`")),
        _ => Err(usual()),
    }
}
