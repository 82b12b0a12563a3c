//! A spec against a table: what is read, what is counted of it, and where rows go.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::DataType;
use assay_core::drift::category::{CategoryKind, hash64};
use assay_core::drift::knots::Knots;
use assay_core::drift::live::{CategorySet, LabelBins, LiveColumn, LiveSpec, Measure, Windows};
use assay_core::measurement::MetricError;
use assay_core::metric::{Column, Filter};

use super::column::is_category;
use super::label_map::LabelMap;
use super::labels::LabelPlan;
use super::moments::MomentsPlan;
use super::numbers::is_number;
use super::placing::Placing;
use crate::error::unsupported;
use crate::rows::Projection;
use crate::table::OpenedTable;

/// Everything that is counted in the pass.
pub(crate) struct LivePlan {
    /// Columns that are read together, because rows are placed by them or several are measured at once.
    pub(crate) together: Projection,
    pub(crate) placing: Placing,
    pub(crate) moments: Option<MomentsPlan>,
    pub(crate) labels: Option<LabelPlan>,
    /// Columns that are counted each by itself.
    pub(crate) columns: Vec<ColumnPlan>,
    /// Hashes of the files' names.
    pub(crate) files: Vec<u64>,
    /// Cells of a grid for each knot.
    pub(crate) fine: usize,
    /// Whether the place of rows in their files or in the table matters.
    pub(crate) needs_positions: bool,
}

/// One column and how it is counted.
pub(crate) struct ColumnPlan {
    pub(crate) name: String,
    /// Its index in the table.
    pub(crate) index: usize,
    /// The whole, then each segmentation.
    pub(crate) layers: Vec<Layer>,
    /// Different knots and category sets, each once.
    pub(crate) knots: Vec<Arc<Knots>>,
    pub(crate) sets: Vec<Arc<CategorySet>>,
    /// Whether some measure reads it as numbers.
    pub(crate) numeric: bool,
    /// Whether one of them compares with knots.
    pub(crate) ranked: bool,
    /// Whether one of them needs floats, also of integers.
    pub(crate) floats: bool,
}

/// A division of the rows: of all windows, by all segments.
pub(crate) struct Layer {
    pub(crate) windows: usize,
    /// Segments; 1 for the whole.
    pub(crate) width: usize,
    /// How each is counted, by window and segment.
    pub(crate) kinds: Vec<Kind>,
    /// Whether nothing is counted in any.
    pub(crate) is_empty: bool,
}

/// A [`Measure`] with what it refers to by index.
pub(crate) enum Kind {
    Nothing,
    Cells,
    Ranks(usize),
    Categories(usize),
    Sample { keep: usize, seed: u64 },
    Values { keep: usize, set: usize },
    LabelsBy { bins: Arc<LabelBins>, set: Option<usize> },
}

/// Windows, or segments of one segmentation, that can be told apart in 16 bits, one of which says nowhere.
const MOST: usize = u16::MAX as usize - 1;

impl LivePlan {
    pub(crate) fn new(
        table: &OpenedTable,
        spec: &LiveSpec,
        filter: &Filter,
        joined: Option<LabelMap>,
    ) -> Result<Self, MetricError> {
        let widest = spec.segmentations.iter().map(|division| division.segments.len() + 1).max().unwrap_or(0);
        if spec.n_windows() > MOST || widest > MOST {
            return Err(unsupported(format!("more than {MOST} windows or segments at once: name fewer")));
        }
        let mut together = Projection::default();
        let placing = Placing::plan(table, spec, filter, &mut together)?;
        let moments = MomentsPlan::new(table, spec, &mut together)?;
        let labels = LabelPlan::new(table, spec, joined, &mut together)?;
        let columns =
            (0..spec.columns.len()).map(|at| ColumnPlan::new(table, spec, at)).collect::<Result<Vec<_>, _>>()?;
        let sampled = |column: &LiveColumn| column.measures.iter().any(|m| matches!(m, Measure::Sample { .. }));
        let n_knots: usize = columns.iter().map(|column| column.knots.len()).sum();
        Ok(LivePlan {
            together,
            placing,
            moments,
            labels,
            files: table.files.iter().map(|file| hash64(CategoryKind::Text, file.shown.as_bytes())).collect(),
            // grids of many segments are kept small together
            fine: if n_knots <= 256 { 12 } else { 4 },
            needs_positions: matches!(spec.windows, Windows::Rows { .. }) || spec.columns.iter().any(sampled),
            columns,
        })
    }

    /// Whether rows have to be looked at before columns are counted.
    pub(crate) fn places_rows(&self) -> bool {
        !self.placing.is_whole() || self.moments.is_some() || self.labels.is_some()
    }

    /// About how many bytes the counters of all groups may take.
    pub(crate) fn counter_bytes(&self) -> usize {
        let of_kind = |column: &ColumnPlan, kind: &Kind| match kind {
            Kind::Nothing | Kind::Cells => 64,
            Kind::Ranks(at) => 32 * column.knots[*at].len() + 1_500,
            Kind::Categories(at) => 8 * column.sets[*at].names.len() + 512,
            Kind::Sample { keep, .. } => 32 * keep,
            Kind::Values { keep, .. } => 96 * keep,
            Kind::LabelsBy { bins, .. } => 40 * bins.len(),
        };
        let of_column = |column: &ColumnPlan| -> usize {
            column.layers.iter().flat_map(|layer| &layer.kinds).map(|kind| of_kind(column, kind)).sum()
        };
        self.columns.iter().map(of_column).sum()
    }
}

impl ColumnPlan {
    fn new(table: &OpenedTable, spec: &LiveSpec, at: usize) -> Result<Self, MetricError> {
        let name = &spec.columns[at].column.0;
        let mut plan = ColumnPlan {
            name: name.clone(),
            index: table.index(name)?,
            layers: Vec::new(),
            knots: Vec::new(),
            sets: Vec::new(),
            numeric: false,
            ranked: false,
            floats: false,
        };
        let n = spec.columns[at].measures.len();
        if n != spec.n_segments() && n != spec.n_segments() * spec.n_windows() {
            return Err(unsupported(format!(
                "column `{name}` has {n} measures, which is neither one for each segment nor one for each window and segment"
            )));
        }
        let mut known = Known::default();
        let mut first = 0;
        for width in std::iter::once(1).chain(spec.segmentations.iter().map(|division| division.segments.len() + 1)) {
            let mut kinds = Vec::with_capacity(spec.n_windows() * width);
            for window in 0..spec.n_windows() {
                for segment in first..first + width {
                    kinds.push(if rows_only(spec, window) {
                        Kind::Nothing
                    } else {
                        plan.kind(spec.measure(at, window, segment), &mut known)
                    });
                }
            }
            first += width;
            let is_empty = kinds.iter().all(|kind| matches!(kind, Kind::Nothing));
            plan.layers.push(Layer { windows: spec.n_windows(), width, kinds, is_empty });
        }
        let ty = table.schema.field(plan.index).data_type();
        if plan.numeric && !is_number(ty) {
            return Err(changed(&spec.columns[at].column, ty, "numbers"));
        }
        if !plan.sets.is_empty() && !is_category(ty) {
            return Err(changed(&spec.columns[at].column, ty, "categories"));
        }
        Ok(plan)
    }

    fn kind(&mut self, measure: &Measure, known: &mut Known) -> Kind {
        match measure {
            Measure::Nothing => Kind::Nothing,
            Measure::Cells => Kind::Cells,
            Measure::Ranks(knots) => {
                (self.numeric, self.ranked) = (true, true);
                let at = known.knots.entry(knots.digest.clone()).or_insert_with(|| {
                    self.knots.push(knots.clone());
                    self.knots.len() - 1
                });
                Kind::Ranks(*at)
            }
            Measure::Categories(set) => Kind::Categories(self.set(set, known)),
            Measure::Sample { keep, seed } => {
                (self.numeric, self.floats) = (true, true);
                Kind::Sample { keep: *keep, seed: *seed }
            }
            Measure::Values { keep } => {
                let set = self.set(&Arc::new(CategorySet::new(vec![], vec![], false)), known);
                Kind::Values { keep: *keep, set }
            }
            Measure::LabelsBy(bins) => {
                let set = match &**bins {
                    LabelBins::Edges(..) => {
                        (self.numeric, self.floats) = (true, true);
                        None
                    }
                    LabelBins::Categories(names) => {
                        Some(self.set(&Arc::new(CategorySet::new(names.clone(), vec![], false)), known))
                    }
                };
                Kind::LabelsBy { bins: bins.clone(), set }
            }
        }
    }

    fn set(&mut self, set: &Arc<CategorySet>, known: &mut Known) -> usize {
        *known.sets.entry(set.digest.clone()).or_insert_with(|| {
            self.sets.push(set.clone());
            self.sets.len() - 1
        })
    }
}

/// Knots and sets by digest.
#[derive(Default)]
struct Known {
    knots: BTreeMap<String, usize>,
    sets: BTreeMap<String, usize>,
}

/// Whether only the rows of a window are wanted.
pub(crate) fn rows_only(spec: &LiveSpec, window: usize) -> bool {
    match &spec.windows {
        Windows::Time { spans, .. } => spans[window].rows_only,
        Windows::Whole | Windows::Rows { .. } => false,
    }
}

/// A column that is of another type than what is to be measured of it.
pub(crate) fn changed(column: &Column, ty: &DataType, wanted: &str) -> MetricError {
    MetricError {
        code: "type_changed",
        text: format!("column `{}` is of type {ty} here, whose values are no {wanted}", column.0),
    }
}
