//! Drawings, where there is something to draw.

use super::Plot;

/// A small curve without axes.
pub(super) fn spark(_values: &[f64]) -> Option<String> {
    None
}

/// A figure over runs or windows.
pub(super) fn over_time(
    _title: &str,
    _points: &[(String, f64)],
    _limits: Option<assay_stats::drift::Limits>,
    _unit: &str,
) -> Option<Plot> {
    None
}
