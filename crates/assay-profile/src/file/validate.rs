//! What holds of every baseline: without it, counting against one would go wrong far from its cause.

use std::collections::HashSet;

use assay_core::drift::baseline::{
    Baseline, BaselineColumn, CategoryProfile, FORMAT_VERSION, NumericProfile, TargetProfile,
};
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_core::drift::live::LabelBins;
use assay_stats::drift::ColumnKind;

/// Sums of positions have 52 bits for each row.
const POSITIONS: u32 = 52;

/// The first thing that does not hold, in words.
pub(super) fn validate(baseline: &Baseline) -> Result<(), String> {
    let header = &baseline.header;
    if header.format_version.0 != FORMAT_VERSION.0 {
        return Err(format!("its format is {}, not {}", header.format_version.0, FORMAT_VERSION.0));
    }
    for segmentation in &header.segmentations {
        if segmentation.segments.iter().any(|values| values.len() != segmentation.by.len()) {
            return Err("a segment has not one value for each column".into());
        }
    }
    let mut seen = HashSet::new();
    for column in &baseline.columns {
        let of = |why: String| format!("column `{}`: {why}", column.name);
        if !seen.insert((&column.name, column.segment)) {
            return Err(of("it is there twice".into()));
        }
        if let Some(id) = column.segment {
            let segments = header.segmentations.get(id.segmentation).map(|of| of.segments.len());
            if segments.is_none_or(|segments| id.segment > segments) {
                return Err(of("its segment does not exist".into()));
            }
        } else if column.cells.rows != header.rows {
            return Err(of(format!("it has {} of {} rows", column.cells.rows, header.rows)));
        }
        check_column(column).map_err(of)?;
    }
    let is_column = |name: &str| seen.contains(&(&name.to_owned(), None));
    for name in baseline.pairs.iter().flat_map(|pair| [&pair.x.0, &pair.y.0]) {
        if !is_column(name) {
            return Err(format!("column `{name}` of a pair has no profile"));
        }
    }
    if let Some(covariance) = &baseline.covariance {
        let p = covariance.columns.len();
        let names: HashSet<&String> = covariance.columns.iter().map(|(name, _)| name).collect();
        if p == 0 || names.len() != p || !names.iter().all(|name| is_column(name)) {
            return Err("the columns of its covariance are not columns of it".into());
        }
        if std::iter::once(&covariance.fit).chain(&covariance.chunks).any(|matrix| matrix.columns() != p) {
            return Err("a matrix of its covariance has not its columns".into());
        }
    }
    Ok(())
}

fn check_column(column: &BaselineColumn) -> Result<(), String> {
    let cells = &column.cells;
    let present = cells
        .nulls
        .checked_add(cells.nan)
        .and_then(|missing| cells.rows.checked_sub(missing))
        .ok_or("more cells are missing than there are rows")?;
    let infinite = cells.minus_infinity.checked_add(cells.plus_infinity);
    if infinite.is_none_or(|infinite| infinite > present) {
        return Err("more cells are infinite than there are values".into());
    }
    match (column.role, &column.numeric, &column.categories) {
        (ColumnKind::Numeric, None, _) => return Err("it is numeric and has no knots".into()),
        (ColumnKind::Categorical, _, None) => return Err("it is categorical and has no categories".into()),
        _ => {}
    }
    if let Some(profile) = &column.numeric {
        check_numeric(profile, present)?;
    }
    if let Some(profile) = &column.categories {
        check_categories(profile, present)?;
    }
    column.target.as_ref().map_or(Ok(()), check_target)
}

fn check_numeric(profile: &NumericProfile, present: u64) -> Result<(), String> {
    check_knots(&profile.knots, present)?;
    if profile.range.is_some_and(|(min, max)| !min.is_finite() || !max.is_finite() || min > max) {
        return Err("its range is none".into());
    }
    if !profile.mean.is_finite() || profile.m2.is_nan() || profile.m2 < 0.0 {
        return Err("its mean or squares are not numbers".into());
    }
    let sampled = profile.sample.iter().try_fold(0_u64, |sum, (_, rows)| sum.checked_add(*rows));
    let positive = profile.sample.iter().all(|(_, rows)| *rows > 0);
    if !ascends(profile.sample.iter().map(|(value, _)| *value)) || !positive || sampled.is_none_or(|n| n > present) {
        return Err("its sample is not in order".into());
    }
    Ok(())
}

fn check_knots(knots: &Knots, present: u64) -> Result<(), String> {
    let k = knots.values.len();
    if knots.n != present {
        return Err(format!("its knots hold {} of {present} values", knots.n));
    }
    if knots.below.len() != k || knots.up_to.len() != k {
        return Err("its knots and their counts differ in number".into());
    }
    if !ascends(knots.values.iter().copied()) {
        return Err("its knots do not ascend".into());
    }
    let mut before = 0;
    for i in 0..k {
        let (below, up_to) = (knots.below[i], knots.up_to[i]);
        if below < before || up_to <= below || up_to > knots.n || (knots.full && below != before) {
            return Err(format!("the counts of its knot {i} do not fit its neighbours"));
        }
        before = up_to;
    }
    if knots.full {
        let empty = knots.gap_sums.is_empty() && knots.sum_below == 0.0 && knots.sum_above == 0.0;
        return if before == knots.n && empty { Ok(()) } else { Err("its ECDF is not full".into()) };
    }
    let gaps = k.saturating_sub(1);
    let fits = |i: usize| knots.gap_sums[i] <= u128::from(knots.below[i + 1] - knots.up_to[i]) << POSITIONS;
    if knots.gap_sums.len() != gaps || !(0..gaps).all(fits) {
        return Err("the sums between its knots do not fit their rows".into());
    }
    if [knots.sum_below, knots.sum_above].iter().any(|sum| sum.is_nan() || *sum < 0.0) {
        return Err("the sums beyond its knots are not distances".into());
    }
    Ok(())
}

fn check_categories(profile: &CategoryProfile, present: u64) -> Result<(), String> {
    let set = &profile.set;
    if profile.counts.len() != set.names.len() {
        return Err("its categories and their rows differ in number".into());
    }
    one_kind(&set.names)?;
    let by_rows = |i: usize| {
        let (a, b) = (profile.counts[i], profile.counts[i + 1]);
        a > b || a == b && set.names[i] < set.names[i + 1]
    };
    let distinct: HashSet<&Category> = set.names.iter().collect();
    if !(0..set.names.len().saturating_sub(1)).all(by_rows) || distinct.len() != set.names.len() {
        return Err("its categories are not in order".into());
    }
    if !set.tail.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err("the hashes of its categories do not ascend".into());
    }
    let rows = profile.counts.iter().try_fold(profile.tail_rows, |sum, rows| sum.checked_add(*rows));
    if rows != Some(present) {
        return Err(format!("its categories do not have {present} rows together"));
    }
    let known = (set.names.len() + set.tail.len()) as u64;
    if profile.distinct < known || profile.distinct > present || profile.singletons > profile.distinct {
        return Err(format!("it cannot have {} distinct categories", profile.distinct));
    }
    Ok(())
}

fn check_target(profile: &TargetProfile) -> Result<(), String> {
    match &*profile.bins {
        LabelBins::Edges(edges, _) if !ascends(edges.iter().copied()) => {
            return Err("its label bins do not ascend".into());
        }
        LabelBins::Edges(..) => {}
        LabelBins::Categories(names) => one_kind(names)?,
    }
    if profile.sums.len() != profile.bins.len() {
        return Err("its label bins and their sums differ in number".into());
    }
    Ok(())
}

/// The file holds one kind for each column, and a column has no more.
fn one_kind(names: &[Category]) -> Result<(), String> {
    match names.iter().any(|name| name.kind != names[0].kind) {
        true => Err("its categories are of several kinds".into()),
        false => Ok(()),
    }
}

/// Whether numbers ascend strictly, none of them NaN.
fn ascends(values: impl Iterator<Item = f64>) -> bool {
    let mut before = None;
    for value in values {
        if value.is_nan() || before.is_some_and(|before| before >= value) {
            return false;
        }
        before = Some(value);
    }
    true
}
