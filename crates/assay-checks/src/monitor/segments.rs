//! Divisions of rows: which segments of the baseline are judged, and what people call them.
//!
//! Live rows are divided by all segments that the baseline has, so that `__other__` holds the same rows on both sides;
//! of those the monitor's `top` are judged, and `__other__` where no segment is left out.

use assay_core::check::Table;
use assay_core::drift::baseline::{Baseline, BaselineSegmentation, SegmentId};
use assay_core::drift::live::Segmentation;
use assay_core::drift::monitor::{Monitor, Segments};
use assay_core::metric::Column;

use crate::monitor::plan::Stop;

/// What rows of other values are in.
pub const OTHER: &str = "__other__";

/// A segmentation of the monitor beside the baseline's.
#[derive(Debug)]
pub struct Division<'a> {
    /// As the monitor has it.
    pub asked: &'a Segments,
    /// How live rows are divided, or why they are not.
    pub by: Result<Divided<'a>, Stop>,
}

/// How live rows are divided.
#[derive(Debug)]
pub struct Divided<'a> {
    /// Its number among the baseline's.
    pub segmentation: usize,
    /// As the baseline has it.
    pub base: &'a BaselineSegmentation,
    /// The columns in the live table.
    pub columns: Vec<Column>,
    /// Segments that are judged, the first of the baseline's.
    pub judged: usize,
}

/// A segment that is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its place in the baseline.
    pub id: SegmentId,
    /// Its place among the segments of a window's state; 0 is the whole.
    pub slot: usize,
    /// Its columns and values.
    pub named: Vec<(String, Option<String>)>,
    /// Rows it needs on both sides.
    pub min_rows: u64,
    /// Whether it is `__other__`.
    pub is_other: bool,
}

impl Segment {
    /// `city_id=7`, `city_id=null`, `city_id=__other__`.
    pub fn label(&self) -> String {
        label(&self.named)
    }
}

/// `city_id=7, vehicle=bike`.
pub fn label(named: &[(String, Option<String>)]) -> String {
    let value = |value: &Option<String>| value.as_deref().unwrap_or("null").to_owned();
    named.iter().map(|(column, of)| format!("{column}={}", value(of))).collect::<Vec<_>>().join(", ")
}

impl Divided<'_> {
    /// As the live rows are divided.
    pub fn live(&self) -> Segmentation {
        Segmentation { by: self.columns.clone(), segments: self.base.segments.clone() }
    }

    /// Segments of the live rows, `__other__` among them.
    pub fn n_segments(&self) -> usize {
        self.base.segments.len() + 1
    }

    /// The segments that are judged; `first` is the place of the first of all in a window's state.
    fn segments(&self, asked: &Segments, first: usize) -> Vec<Segment> {
        let all = self.base.segments.len();
        let numbers = (0..self.judged).chain((self.judged == all).then_some(all));
        numbers
            .map(|segment| Segment {
                id: SegmentId { segmentation: self.segmentation, segment },
                slot: first + segment,
                named: self.named(segment),
                min_rows: asked.min_rows,
                is_other: segment == all,
            })
            .collect()
    }

    fn named(&self, segment: usize) -> Vec<(String, Option<String>)> {
        match self.base.segments.get(segment) {
            None => vec![(self.base.by.join("+"), Some(OTHER.to_owned()))],
            Some(values) => {
                let text = values.iter().map(|value| value.as_ref().map(ToString::to_string));
                self.base.by.iter().cloned().zip(text).collect()
            }
        }
    }
}

/// The segments that are judged, in the order of the monitor's divisions.
pub fn judged(divisions: &[Division<'_>]) -> Vec<Segment> {
    let mut first = 1;
    let mut segments = Vec::new();
    for division in divisions {
        if let Ok(divided) = &division.by {
            segments.extend(divided.segments(division.asked, first));
            first += divided.n_segments();
        }
    }
    segments
}

/// Sets the monitor's segments beside the baseline's.
pub(super) fn prepare_divisions<'a>(monitor: &'a Monitor, baseline: &'a Baseline, table: &Table) -> Vec<Division<'a>> {
    monitor.segments.iter().map(|asked| Division { asked, by: divide(asked, baseline, table) }).collect()
}

fn divide<'a>(asked: &Segments, baseline: &'a Baseline, table: &Table) -> Result<Divided<'a>, Stop> {
    let segmentations = &baseline.header.segmentations;
    let Some(segmentation) = segmentations.iter().position(|division| division.by == asked.by) else {
        let by = asked.by.join(", ");
        let text = format!("the baseline is not segmented by {by}: create it with these segments");
        return Err(Stop::error("segments_not_in_baseline", text));
    };
    let base = &segmentations[segmentation];
    let found: Result<Vec<_>, _> = asked.by.iter().map(|name| table.column(name)).collect();
    let columns = found?.into_iter().map(|found| found.column).collect();
    let judged = base.segments.len().min(asked.top as usize);
    Ok(Divided { segmentation, base, columns, judged })
}
