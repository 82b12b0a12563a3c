//! One baseline as text: what it is, where it comes from, and each column in a line or two.

use assay_core::drift::baseline::{Baseline, BaselineColumn, CategoryProfile, NumericProfile, SegmentId};
use assay_stats::drift::ColumnKind;

use super::words::{Lines, count, mean, missing, number, percent, plural, present, role, sd, segment};
use crate::Reading;

/// Categories named in a line.
const SHOWN: usize = 5;

/// A baseline for people. `reading.verbose` adds the profiles of segments and the pairs.
pub fn show_text(baseline: &Baseline, reading: Reading) -> String {
    let mut lines = Lines::new(reading);
    header(baseline, &mut lines);
    let whole: Vec<&BaselineColumn> = baseline.whole().collect();
    lines.blank();
    lines.head(&plural(whole.len() as u64, "column"));
    whole.into_iter().for_each(|of| column(2, of, &mut lines));
    segments(baseline, reading.verbose, &mut lines);
    together(baseline, reading.verbose, &mut lines);
    lines.finish()
}

fn header(baseline: &Baseline, lines: &mut Lines) {
    let header = &baseline.header;
    lines.head(&format!("baseline {}", header.name));
    lines.wrapped(2, &format!("sha256 {}", header.sha256));
    let mut facts = vec![plural(header.rows, "row")];
    facts.extend(header.rows_before_sampling.map(|rows| format!("sampled of {}", count(rows))));
    facts.extend(header.time_range.as_ref().map(|(from, to)| format!("from {from} to {to}")));
    facts.extend(header.timezone.as_ref().map(|zone| format!("times of {zone}")));
    lines.wrapped(2, &facts.join(", "));
    let (major, minor) = header.format_version;
    lines.wrapped(
        2,
        &format!("made {}, format {major}.{minor}, formulas {}", header.created_at, header.formula_version),
    );
    if !header.sampled_values {
        lines.wrapped(2, "no samples of values are kept");
    }
    if header.min_bin_count > 1 {
        lines.wrapped(2, &format!("nothing of fewer than {} rows is named", count(header.min_bin_count)));
    }
    for (key, value) in &header.lineage {
        lines.wrapped(2, &format!("{key}: {value}"));
    }
    for (metric, value) in &baseline.performance {
        lines.wrapped(2, &format!("{metric} at training: {}", number(*value)));
    }
    if let Some(target) = &baseline.target {
        let kind = match (&target.positive, target.classes) {
            (Some(positive), _) => format!("classes, positive is {positive}"),
            (None, true) => "classes".into(),
            (None, false) => "a number".into(),
        };
        lines.wrapped(2, &format!("target: {} ({kind})", target.column));
    }
    header.notes.iter().for_each(|note| lines.wrapped(2, &format!("note: {note}")));
}

fn column(indent: usize, column: &BaselineColumn, lines: &mut Lines) {
    let gone = missing(column);
    let missing = match gone {
        0 => "none missing".into(),
        gone => format!("{} missing ({})", percent(gone, column.cells.rows), count(gone)),
    };
    lines.wrapped(indent, &format!("{}  {} {}, {missing}", column.name, role(column.role), column.dtype));
    if let Some(profile) = &column.numeric {
        lines.wrapped(indent + 2, &numeric(column, profile));
    }
    if let (ColumnKind::Categorical, Some(profile)) = (column.role, &column.categories) {
        lines.wrapped(indent + 2, &categories(column, profile));
    }
}

fn numeric(column: &BaselineColumn, profile: &NumericProfile) -> String {
    let mut parts = Vec::new();
    parts.extend(profile.range.map(|(min, max)| format!("{} to {}", number(min), number(max))));
    parts.extend(mean(column, profile).map(|mean| format!("mean {}", number(mean))));
    parts.extend(sd(column, profile).map(|sd| format!("sd {}", number(sd))));
    let quantile = |percent: u64| profile.knots.quantile(percent, 100).map(number);
    if let (Some(low), Some(middle), Some(high)) = (quantile(25), quantile(50), quantile(75)) {
        parts.push(format!("quartiles {low}, {middle}, {high}"));
    }
    let infinite = column.cells.minus_infinity + column.cells.plus_infinity;
    parts.extend((infinite > 0).then(|| format!("{} infinite", count(infinite))));
    let knots = count(profile.knots.len() as u64);
    parts.push(if profile.knots.full { format!("all {knots} values") } else { format!("{knots} knots") });
    parts.join(", ")
}

fn categories(column: &BaselineColumn, profile: &CategoryProfile) -> String {
    let named = profile.set.names.iter().zip(&profile.counts).take(SHOWN);
    let shares = named.map(|(name, rows)| format!("{name} {}", percent(*rows, present(column))));
    let mut parts: Vec<String> = shares.collect();
    let distinct = profile.distinct;
    let left = distinct.saturating_sub(parts.len() as u64);
    parts.extend((left > 0).then(|| format!("{} more", count(left))));
    let several = if distinct == 1 { "category" } else { "categories" };
    let too_many = if profile.set.too_many { ", too many to tell new ones" } else { "" };
    let colon = if parts.is_empty() { "" } else { ": " };
    format!("{} {several}{too_many}{colon}{}", count(distinct), parts.join(", "))
}

fn segments(baseline: &Baseline, verbose: bool, lines: &mut Lines) {
    if baseline.header.segmentations.is_empty() {
        return;
    }
    lines.blank();
    lines.head("segments");
    let mut ids: Vec<SegmentId> = baseline.columns.iter().filter_map(|column| column.segment).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let of: Vec<&BaselineColumn> = baseline.columns.iter().filter(|column| column.segment == Some(id)).collect();
        // every column has the rows of its segment
        let rows = of.first().map_or(0, |column| column.cells.rows);
        lines.wrapped(2, &format!("{}  {}", segment(baseline, id), plural(rows, "row")));
        if verbose {
            of.into_iter().for_each(|of| column(4, of, lines));
        }
    }
}

fn together(baseline: &Baseline, verbose: bool, lines: &mut Lines) {
    if baseline.pairs.is_empty() && baseline.covariance.is_none() {
        return;
    }
    lines.blank();
    lines.head("columns together");
    lines.wrapped(2, &plural(baseline.pairs.len() as u64, "pair"));
    for pair in baseline.pairs.iter().filter(|_| verbose) {
        let r = pair.moments.r().map_or("no correlation".into(), |r| format!("r {}", number(r)));
        lines.wrapped(4, &format!("{} and {}  {r} over {}", pair.x.0, pair.y.0, plural(pair.moments.n, "row")));
    }
    if let Some(covariance) = &baseline.covariance {
        let columns = plural(covariance.columns.len() as u64, "column");
        let chunks = plural(covariance.chunks.len() as u64, "chunk");
        lines.wrapped(2, &format!("covariance of {columns}, held out: {chunks}"));
    }
}
