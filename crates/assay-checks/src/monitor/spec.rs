//! What to count of live rows, from what was prepared. The order of columns here is what [`super::judge`] reads states
//! by.

use std::collections::BTreeMap;

use assay_core::drift::baseline::BaselineColumn;
use assay_core::drift::live::{LiveColumn, LiveSpec, Measure, Windows};
use assay_core::drift::state::{ColumnState, SegmentState, WindowState};
use assay_core::metric::Column;
use assay_stats::comoments::Scale;
use assay_stats::drift::ColumnKind;

use crate::monitor::plan::{Prepared, Watched, is_unprofiled};
use crate::monitor::segments::{self, Divided, Segment};

/// What to count in one scan, and how a window's state is taken apart again.
#[derive(Debug, Clone)]
pub struct LivePlan {
    /// What to count.
    pub spec: LiveSpec,
    /// For each [`Prepared`] the place of its columns among those of the spec.
    places: Vec<Vec<usize>>,
    /// Columns of the spec before those of `more`.
    counted: usize,
}

/// What to count of live rows in these windows: one [`Prepared`] for all of them, or one for each where each has a
/// baseline of its own (rolling and seasonal ones; windows of which only late rows are wanted among them). `more` are further columns with one measure each, counted over the
/// whole of each window (see [`super::Summary`]); they come last.
///
/// # Panics
/// Without any [`Prepared`].
pub fn plan_each(prepared: &[&Prepared<'_>], windows: Windows, more: &[LiveColumn]) -> LivePlan {
    let first = prepared.first().expect("at least one window");
    let n_segments = first.n_segments();
    let mut union: Vec<Column> = Vec::new();
    let mut place_of: BTreeMap<(Column, usize), usize> = BTreeMap::new();
    let mut measures: Vec<Vec<Vec<Measure>>> = Vec::new();
    let mut places = Vec::with_capacity(prepared.len());
    for (window, one) in prepared.iter().enumerate() {
        let mut times: BTreeMap<&Column, usize> = BTreeMap::new();
        let mut of_one = Vec::new();
        for column in &one.columns {
            let Some(live) = &column.live else { continue };
            // a column that is watched twice (under two spellings) is counted twice
            let nth = times.entry(live).or_default();
            let place = *place_of.entry((live.clone(), *nth)).or_insert_with(|| {
                union.push(live.clone());
                measures.push(vec![vec![Measure::Nothing; n_segments]; prepared.len()]);
                union.len() - 1
            });
            *nth += 1;
            measures[place][window] = one.measures_of(column);
            of_one.push(place);
        }
        places.push(of_one);
    }
    let counted = union.len();
    let mut columns: Vec<LiveColumn> = union
        .into_iter()
        .zip(measures)
        .map(|(column, measures)| LiveColumn { column, measures: measures.concat() })
        .collect();
    columns.extend(more.iter().map(|column| whole_only(column, n_segments)));
    let divided = first.divisions.iter().filter_map(|division| division.by.as_ref().ok());
    let segmentations = divided.map(Divided::live).collect();
    let spec = LiveSpec::new(windows, segmentations, columns, first.pairs.specs(), first.matrix(), None);
    LivePlan { spec, places, counted }
}

/// A column that is counted in no segment but the whole.
fn whole_only(column: &LiveColumn, n_segments: usize) -> LiveColumn {
    let mut measures = column.measures.clone();
    measures.resize(n_segments, Measure::Nothing);
    LiveColumn { column: column.column.clone(), measures }
}

impl LivePlan {
    /// The state of window number `window` as its [`Prepared`] reads it, and that of the further columns.
    pub fn split(&self, window: usize, state: WindowState) -> (WindowState, WindowState) {
        let none = Vec::new();
        let places = if self.places.len() == 1 { &self.places[0] } else { self.places.get(window).unwrap_or(&none) };
        let WindowState { segments, pairs, matrix, labelled } = state;
        let mut further = Vec::new();
        let mut own = Vec::with_capacity(segments.len());
        for (at, segment) in segments.into_iter().enumerate() {
            let SegmentState { rows, mut columns } = segment;
            let rest = columns.split_off(self.counted.min(columns.len()));
            if at == 0 {
                further.push(SegmentState { rows, columns: rest });
            }
            let mut take = |place: &usize| match columns.get_mut(*place) {
                Some(column) => std::mem::replace(column, ColumnState::Nothing),
                None => ColumnState::Nothing,
            };
            own.push(SegmentState { rows, columns: places.iter().map(&mut take).collect() });
        }
        let further = WindowState { segments: further, pairs: Vec::new(), matrix: None, labelled: None };
        (WindowState { segments: own, pairs, matrix, labelled }, further)
    }
}

impl<'a> Prepared<'a> {
    /// What to count of live rows in these windows, see [`plan_each`].
    pub fn plan(&self, windows: Windows, more: &[LiveColumn]) -> LivePlan {
        plan_each(&[self], windows, more)
    }

    /// What tells stored states apart: a digest of what is counted of a window, without the windows and without
    /// further columns.
    pub fn measures(&self) -> String {
        self.plan(Windows::Whole, &[]).spec.digest().to_owned()
    }

    /// The place of a watched column in a state; `None` where it is not in the live table.
    pub(super) fn slot(&self, column: usize) -> Option<usize> {
        self.columns[column].live.as_ref()?;
        Some(self.columns[..column].iter().filter(|column| column.live.is_some()).count())
    }

    /// The profile of a column in a segment. `None`: the baseline has none, or the segment has one value of it.
    pub(super) fn base_of(&self, column: &Watched<'a>, segment: Option<&Segment>) -> Option<&'a BaselineColumn> {
        let whole = column.base?;
        let Some(segment) = segment else { return Some(whole) };
        let constant = !segment.is_other && segment.named.iter().any(|(by, _)| *by == whole.name);
        self.of_segments.get(&(segment.id, whole.name.as_str())).copied().filter(|_| !constant)
    }

    /// Segments of a window's state, the whole among them.
    fn n_segments(&self) -> usize {
        let divided = self.divisions.iter().filter_map(|division| division.by.as_ref().ok());
        1 + divided.map(Divided::n_segments).sum::<usize>()
    }

    /// How a column is counted, by segment.
    fn measures_of(&self, column: &Watched<'a>) -> Vec<Measure> {
        let mut measures = vec![Measure::Nothing; self.n_segments()];
        if column.stop.is_none() {
            let measure = |segment: Option<&Segment>| {
                self.base_of(column, segment).map_or(Measure::Nothing, |base| measure(base, column.kind))
            };
            measures[0] = measure(None);
            for segment in segments::judged(&self.divisions) {
                measures[segment.slot] = measure(Some(&segment));
            }
        }
        measures
    }

    fn matrix(&self) -> Vec<(Column, Scale)> {
        match (&self.covariance, &self.baseline.covariance) {
            (Some(Ok(columns)), Some(base)) => {
                columns.iter().cloned().zip(base.columns.iter().map(|(_, scale)| *scale)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn measure(base: &BaselineColumn, kind: ColumnKind) -> Measure {
    if is_unprofiled(base) {
        return Measure::Cells;
    }
    let measure = match kind {
        ColumnKind::Numeric => base.numeric.as_ref().map(|numeric| Measure::Ranks(numeric.knots.clone())),
        ColumnKind::Categorical => base.categories.as_ref().map(|of| Measure::Categories(of.set.clone())),
    };
    measure.unwrap_or(Measure::Nothing)
}
