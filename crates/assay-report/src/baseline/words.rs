//! Figures of baselines in words, and lines that hold data.

use std::fmt::Write;

use anstyle::Style;
use assay_core::drift::baseline::{Baseline, BaselineColumn, NumericProfile, SegmentId};
use assay_core::drift::category::Category;
use assay_core::text::format_float;
use assay_stats::drift::ColumnKind;
use unicode_width::UnicodeWidthStr;

use crate::Reading;
use crate::formats::text::printable;

/// Lines of text, escaped and cut to the width of the page.
pub(super) struct Lines {
    reading: Reading,
    text: String,
}

impl Lines {
    pub fn new(reading: Reading) -> Self {
        Lines { reading: Reading { width: reading.width.max(40), ..reading }, text: String::new() }
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line that stands out.
    pub fn head(&mut self, text: &str) {
        let text = printable(text);
        let bold = Style::new().bold();
        match self.reading.color {
            true => writeln!(self.text, "{bold}{text}{bold:#}").expect("a string takes everything"),
            false => writeln!(self.text, "{text}").expect("a string takes everything"),
        }
    }

    /// Words, broken where the page ends; what follows is beneath the first.
    pub fn wrapped(&mut self, indent: usize, text: &str) {
        let text = printable(text);
        let mut at = indent;
        self.text.extend(std::iter::repeat_n(' ', indent));
        for (i, word) in text.split(' ').enumerate() {
            let width = word.width();
            if i > 0 && at + 1 + width > self.reading.width {
                self.text.truncate(self.text.trim_end_matches(' ').len());
                self.text.push('\n');
                at = indent + 2;
                self.text.extend(std::iter::repeat_n(' ', at));
            } else if i > 0 {
                self.text.push(' ');
                at += 1;
            }
            self.text.push_str(word);
            at += width;
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// `1,200,345`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 column`, `1,024 columns`.
pub(super) fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Six digits that count, trailing zeros left off.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format_float(value + 0.0);
    }
    format_float(format!("{value:.5e}").parse().unwrap_or(value))
}

/// `12.3%`; `0%` only of nothing.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0%".into();
    }
    let share = part as f64 / whole as f64 * 100.0;
    let digits = if share >= 10.0 {
        1
    } else if share >= 0.1 {
        2
    } else {
        4
    };
    let text = format!("{share:.digits$}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn role(role: ColumnKind) -> &'static str {
    match role {
        ColumnKind::Numeric => "numeric",
        ColumnKind::Categorical => "categorical",
    }
}

/// Null and NaN.
pub(super) fn missing(column: &BaselineColumn) -> u64 {
    column.cells.nulls + column.cells.nan
}

/// Cells with a value.
pub(super) fn present(column: &BaselineColumn) -> u64 {
    column.cells.rows.saturating_sub(missing(column))
}

/// Finite values of a numeric column.
fn finite(column: &BaselineColumn) -> u64 {
    present(column).saturating_sub(column.cells.minus_infinity + column.cells.plus_infinity)
}

/// The standard deviation of the finite values (divided by n - 1); `None` for fewer than two.
pub(super) fn sd(column: &BaselineColumn, profile: &NumericProfile) -> Option<f64> {
    let n = finite(column);
    (n > 1).then(|| (profile.m2 / (n - 1) as f64).sqrt())
}

/// The mean of the finite values; `None` without one.
pub(super) fn mean(column: &BaselineColumn, profile: &NumericProfile) -> Option<f64> {
    (finite(column) > 0).then_some(profile.mean)
}

/// A segment as people read it: `city=Dubai`, `city=null`, `__other__`.
pub(super) fn segment(baseline: &Baseline, id: SegmentId) -> String {
    let Some(segmentation) = baseline.header.segmentations.get(id.segmentation) else { return "?".into() };
    let Some(values) = segmentation.segments.get(id.segment) else {
        return format!("{}=__other__", segmentation.by.join(","));
    };
    let show = |value: &Option<Category>| value.as_ref().map_or("null".into(), ToString::to_string);
    let parts = segmentation.by.iter().zip(values).map(|(by, value)| format!("{by}={}", show(value)));
    parts.collect::<Vec<_>>().join(", ")
}
