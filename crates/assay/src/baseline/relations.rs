//! What a baseline keeps of several columns together: pairs, moments for the covariance, labels by bins of features,
//! performance at training. The engine counts it, in integers, exactly as it will count live rows.

use std::sync::Arc;

use assay_core::drift::baseline::{Baseline, BaselinePair, Covariance, Target, TargetProfile};
use assay_core::drift::live::{LabelSource, LabelSpec, LabelTask, LiveColumn, LiveSpec, Measure, Pair, Windows};
use assay_core::drift::state::{ColumnState, Figures, LabelSums, LiveState};
use assay_core::engine::Watch;
use assay_core::measurement::Measurement;
use assay_core::metric::{Column, MetricKind};
use assay_core::verdict::Reason;
use assay_engine::LocalEngine;
use assay_profile::{label_bins, scale_of};
use assay_stats::comoments::{MomentMatrix, Scale};
use assay_stats::drift::covariance::MOST_COLUMNS;
use assay_stats::performance;

use super::profile::{Opened, Predicted, Request, one};

/// Chunks that the rows are cut into for the covariance, in file order: every other one is fitted on, the others are
/// held out.
const CHUNKS: u64 = 40;
/// Fewer rows than this do not make chunks that say anything.
const FEWEST_COVARIANCE_ROWS: u64 = 2_000;

/// Adds it to a baseline whose columns are profiled.
pub(crate) async fn fill(
    baseline: &mut Baseline,
    request: &Request,
    opened: &Opened,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<(), Reason> {
    let numeric = numeric(baseline, request);
    pairs_and_labels(baseline, &numeric, request, opened, engine, watch).await?;
    if request.covariance {
        match covariance(baseline, &numeric, request, opened, engine, watch).await {
            Ok(covariance) => baseline.covariance = Some(covariance),
            Err(why) if request.strict => return Err(why),
            Err(why) => baseline.header.notes.push(why.text),
        }
    }
    Ok(())
}

/// Numeric columns with a scale: features, and the prediction among them; not the target.
fn numeric(baseline: &Baseline, request: &Request) -> Vec<(String, Scale)> {
    let target = request.target.as_ref().map(|of| of.target.as_str());
    let features = baseline.whole().filter(|column| Some(column.name.as_str()) != target);
    features
        .filter_map(|column| Some((column.name.clone(), scale_of(column.numeric.as_ref()?)?)))
        .filter(|(_, scale)| scale.lo() < scale.hi())
        .collect()
}

async fn measure(
    spec: LiveSpec,
    request: &Request,
    opened: &Opened,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<LiveState, Reason> {
    match one(opened, MetricKind::Live(Arc::new(spec)), request.filter.as_ref(), engine, watch).await? {
        Measurement::Live(state) => Ok(*state),
        _ => Err(Reason { code: "not_measured".into(), text: "the engine gave no answer; please report this".into() }),
    }
}

async fn pairs_and_labels(
    baseline: &mut Baseline,
    numeric: &[(String, Scale)],
    request: &Request,
    opened: &Opened,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<(), Reason> {
    let within = &numeric[..numeric.len().min(MOST_COLUMNS)];
    if request.pairs && within.len() < numeric.len() {
        baseline
            .header
            .notes
            .push(format!("pairs of the first {MOST_COLUMNS} of {} numeric columns are kept", numeric.len()));
    }
    let mut pairs: Vec<((String, Scale), (String, Scale))> = Vec::new();
    if request.pairs {
        for (at, x) in within.iter().enumerate() {
            pairs.extend(within[at + 1..].iter().map(|y| (x.clone(), y.clone())));
        }
    }
    let n_pairs = pairs.len();
    let target = request.target.as_ref().map(|of| target(baseline, of)).transpose()?;
    let features: Vec<(usize, Arc<assay_core::drift::live::LabelBins>)> = match (&target, &request.target) {
        (Some(_), Some(of)) => baseline
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.segment.is_none() && !of.names(&column.name))
            .filter_map(|(at, column)| Some((at, Arc::new(label_bins(column)?))))
            .collect(),
        _ => Vec::new(),
    };
    // features that are numbers are also paired with a numeric target
    let with_target: Vec<(usize, (String, Scale))> = match target.as_ref().and_then(|of| of.scale) {
        Some(_) => features
            .iter()
            .filter_map(|(at, _)| {
                Some((*at, numeric.iter().find(|(name, _)| *name == baseline.columns[*at].name)?.clone()))
            })
            .collect(),
        None => Vec::new(),
    };
    if let (Some(of), Some(scale)) = (&target, target.as_ref().and_then(|of| of.scale)) {
        pairs.extend(with_target.iter().map(|(_, feature)| (feature.clone(), (of.column.clone(), scale))));
    }
    if pairs.is_empty() && target.is_none() {
        return Ok(());
    }
    let place = |(name, scale): &(String, Scale)| (Column(name.clone()), *scale);
    let spec = LiveSpec::new(
        Windows::Whole,
        Vec::new(),
        features
            .iter()
            .map(|(at, bins)| LiveColumn {
                column: Column(baseline.columns[*at].name.clone()),
                measures: vec![Measure::LabelsBy(bins.clone())],
            })
            .collect(),
        pairs.iter().map(|(x, y)| Pair { x: place(x), y: place(y) }).collect(),
        Vec::new(),
        target.as_ref().zip(request.target.as_ref()).map(|(target, of)| labels(target, of)),
    );
    let state = measure(spec, request, opened, engine, watch).await?;
    let Some(window) = state.windows.into_iter().next() else { return Ok(()) };
    let mut moments = window.pairs;
    let of_target = moments.split_off(n_pairs.min(moments.len()));
    baseline.pairs = pairs.into_iter().zip(moments).map(|((x, y), moments)| BaselinePair { x, y, moments }).collect();
    let states = window.segments.into_iter().next().map(|whole| whole.columns).unwrap_or_default();
    for ((at, bins), state) in features.into_iter().zip(states) {
        let ColumnState::LabelsBy(mut sums) = state else { continue };
        // feature and label together are kept as co-moments
        for bin in &mut sums {
            *bin = LabelSums { n: bin.n, sum: bin.sum, squares: bin.squares, ..LabelSums::default() };
        }
        let moments = with_target.iter().position(|(of, _)| *of == at).map(|nth| of_target[nth]);
        baseline.columns[at].target = Some(TargetProfile { bins, sums, moments });
    }
    if let Some(labelled) = window.labelled
        && request.target.as_ref().is_some_and(|of| of.prediction.is_some())
    {
        for (metric, value) in performance_of(&labelled.figures) {
            // what was told stays: it may have been measured on other rows
            baseline.performance.entry(metric).or_insert(value);
        }
    }
    baseline.target = target;
    Ok(())
}

impl Predicted {
    /// Whether a column is the label, the prediction or the score.
    fn names(&self, column: &str) -> bool {
        [Some(&self.target), self.prediction.as_ref(), self.score.as_ref()].contains(&Some(&column.to_string()))
    }
}

/// What is predicted, from the profile of the label.
fn target(baseline: &Baseline, of: &Predicted) -> Result<Target, Reason> {
    let wrong = |text: String| Reason { code: "bad_target".into(), text };
    let column = baseline
        .column(&of.target)
        .ok_or_else(|| wrong(format!("the target `{}` is no column of the rows, or is left out", of.target)))?;
    if !of.classes {
        let numeric = column.numeric.as_ref();
        let scale = numeric.and_then(scale_of).filter(|scale| scale.lo() < scale.hi());
        let (Some(numeric), Some(scale)) = (numeric, scale) else {
            return Err(wrong(format!(
                "the target `{}` does not vary as a number; for classes write `--task classification`",
                of.target
            )));
        };
        let n = numeric.knots.n.max(1) as f64;
        let sd = (numeric.m2 / n).sqrt();
        return Ok(Target { column: of.target.clone(), classes: false, positive: None, scale: Some(scale), sd });
    }
    let mut sd = 0.0;
    if let Some(positive) = &of.positive {
        let Some(categories) = &column.categories else {
            return Err(wrong(format!(
                "the target `{}` has too many values for classes, so `{positive}` is none of them; for numbers leave \
                 --positive and --score out, for classes add `--categorical {}`",
                of.target, of.target
            )));
        };
        let total: u64 = categories.counts.iter().sum::<u64>() + categories.tail_rows;
        let at = categories.set.names.iter().position(|name| name == positive);
        let Some(at) = at else {
            return Err(wrong(format!("no row has the positive class `{positive}` in `{}`", of.target)));
        };
        let share = categories.counts[at] as f64 / total.max(1) as f64;
        sd = (share * (1.0 - share)).sqrt();
    }
    Ok(Target { column: of.target.clone(), classes: true, positive: of.positive.clone(), scale: None, sd })
}

fn labels(target: &Target, of: &Predicted) -> LabelSpec {
    LabelSpec {
        source: LabelSource::Column(Column(target.column.clone())),
        prediction: of.prediction.clone().map(Column),
        task: match target.scale {
            Some(scale) => LabelTask::Regression { scale },
            None => {
                LabelTask::Classification { positive: target.positive.clone(), score: of.score.clone().map(Column) }
            }
        },
    }
}

/// Every metric that can be computed.
fn performance_of(figures: &Figures) -> Vec<(String, f64)> {
    match figures {
        Figures::Regression(state) => performance::REGRESSION
            .iter()
            .filter_map(|metric| Some((metric.name.to_string(), (metric.compute)(state).ok()?)))
            .collect(),
        Figures::Classification(state) => performance::CLASSIFICATION
            .iter()
            .filter_map(|metric| Some((metric.name.to_string(), (metric.compute)(state).ok()?)))
            .collect(),
    }
}

async fn covariance(
    baseline: &Baseline,
    numeric: &[(String, Scale)],
    request: &Request,
    opened: &Opened,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<Covariance, Reason> {
    let wrong = |text: String| Reason { code: "no_covariance".into(), text };
    let predicted = |name: &str| request.target.as_ref().is_some_and(|of| of.names(name));
    let columns: Vec<(String, Scale)> = numeric.iter().filter(|(name, _)| !predicted(name)).cloned().collect();
    if columns.len() < 2 {
        return Err(wrong("the covariance test needs two numeric columns that vary".into()));
    }
    if columns.len() > MOST_COLUMNS {
        return Err(wrong(format!(
            "the covariance test takes at most {MOST_COLUMNS} numeric columns, not {}: exclude some",
            columns.len()
        )));
    }
    if baseline.header.rows < FEWEST_COVARIANCE_ROWS {
        return Err(wrong(format!(
            "the covariance test needs {FEWEST_COVARIANCE_ROWS} rows to be calibrated on, not {}",
            baseline.header.rows
        )));
    }
    let size = opened.rows / CHUNKS;
    let windows = Windows::Rows { size, first: 0, count: CHUNKS as usize };
    let matrix = columns.iter().map(|(name, scale)| (Column(name.clone()), *scale)).collect();
    let spec = LiveSpec::new(windows, Vec::new(), Vec::new(), Vec::new(), matrix, None);
    let state = measure(spec, request, opened, engine, watch).await?;
    let mut fit = MomentMatrix::new(columns.len());
    let mut chunks = Vec::new();
    for (at, matrix) in state.windows.into_iter().filter_map(|window| window.matrix).enumerate() {
        if at % 2 == 0 { fit.merge(&matrix).map_err(|error| wrong(error.to_string()))? } else { chunks.push(matrix) }
    }
    Ok(Covariance { columns, fit, chunks })
}
