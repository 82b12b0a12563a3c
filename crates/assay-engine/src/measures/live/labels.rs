//! Predictions and their labels: what is counted of them by window, and the label of each row for the bins of features.

use assay_core::drift::category::Category;
use assay_core::drift::live::{CategorySet, LabelSource, LabelTask, LiveSpec};
use assay_core::drift::state::{Figures, LabelledState};
use assay_core::measurement::MetricError;
use assay_core::metric::Column;
use assay_stats::comoments::Scale;
use assay_stats::performance::{Classification, Regression};
use hashbrown::HashMap;

use super::coder::{Coder, NAN, NULL};
use super::column::is_category;
use super::label_map::{Found, LabelMap, keys, too_many_classes};
use super::numbers::{Picked, is_number, numbers};
use super::placed::{NO_LABEL, NOWHERE, Placed};
use super::plan::{changed, rows_only};
use crate::block::Block;
use crate::error::unsupported;
use crate::rows::Projection;
use crate::table::OpenedTable;

/// Different pairs of label and predicted class that are counted at most.
const MOST_PAIRS: usize = 1_000_000;

/// Where labels come from and what they are compared with.
pub(crate) struct LabelPlan {
    source: Source,
    prediction: Option<usize>,
    score: Option<usize>,
    task: Task,
    /// For each window whether it is measured.
    windows: Vec<bool>,
}

enum Source {
    Own(usize),
    Joined { id: usize, map: LabelMap },
}

enum Task {
    Regression(Scale),
    Classification { positive: Option<Category> },
}

/// What a worker counts.
pub(crate) struct Labelled<'a> {
    plan: &'a LabelPlan,
    states: Vec<LabelledState>,
    /// Rows by window, label class and predicted class.
    pairs: HashMap<(u16, u32, u32), u64>,
    label_classes: Coder,
    predicted_classes: Coder,
}

/// The label of a row.
#[derive(Clone, Copy)]
enum Label {
    None,
    Number(f64),
    /// Index of its class.
    Class(u32),
}

impl LabelPlan {
    pub(crate) fn new(
        table: &OpenedTable,
        spec: &LiveSpec,
        joined: Option<LabelMap>,
        projection: &mut Projection,
    ) -> Result<Option<Self>, MetricError> {
        let Some(labels) = &spec.labels else { return Ok(None) };
        let regression = matches!(labels.task, LabelTask::Regression { .. });
        let mut place = |column: &Column, number: bool| -> Result<usize, MetricError> {
            let index = table.index(&column.0)?;
            match table.schema.field(index).data_type() {
                ty if number && !is_number(ty) => Err(changed(column, ty, "numbers")),
                ty if !is_category(ty) => Err(changed(column, ty, "categories")),
                _ => Ok(projection.place(index)),
            }
        };
        let source = match (&labels.source, joined) {
            (LabelSource::Column(column), _) => Source::Own(place(column, regression)?),
            (LabelSource::Joined { id, .. }, Some(map)) => Source::Joined { id: place(id, false)?, map },
            (LabelSource::Joined { .. }, None) => return Err(unsupported("the label table was not read")),
        };
        let prediction = labels.prediction.as_ref().map(|column| place(column, regression)).transpose()?;
        let (task, score) = match &labels.task {
            LabelTask::Regression { scale } => (Task::Regression(*scale), None),
            LabelTask::Classification { positive, score } => {
                let score = score.as_ref().map(|column| place(column, true)).transpose()?;
                (Task::Classification { positive: positive.clone() }, score)
            }
        };
        let windows = (0..spec.n_windows()).map(|window| !rows_only(spec, window)).collect();
        Ok(Some(LabelPlan { source, prediction, score, task, windows }))
    }

    pub(crate) fn start(&self) -> Labelled<'_> {
        let figures = || match &self.task {
            Task::Regression(_) => Figures::Regression(Regression::default()),
            Task::Classification { positive } => {
                Figures::Classification(Classification::new(positive.as_ref().map(|class| class.text.clone())))
            }
        };
        let state = |_: &bool| LabelledState {
            predictions: 0,
            labelled: 0,
            without_id: 0,
            conflicting: 0,
            null_labels: 0,
            null_predictions: 0,
            figures: figures(),
        };
        Labelled {
            plan: self,
            states: self.windows.iter().map(state).collect(),
            pairs: HashMap::new(),
            label_classes: Coder::new(&CategorySet::default()),
            predicted_classes: Coder::new(&CategorySet::default()),
        }
    }
}

impl Labelled<'_> {
    /// Counts a block and tells the label of each of its rows.
    pub(crate) fn block(&mut self, block: &Block, placed: &mut Placed) -> Result<(), MetricError> {
        let rows = placed.rows;
        let window = |row: usize| match &placed.windows {
            None => Some(0),
            Some(windows) => Some(usize::from(windows[row])).filter(|_| windows[row] != NOWHERE),
        };
        let wanted = |row: usize| window(row).filter(|window| self.plan.windows[*window]);
        let counted: Vec<Option<usize>> = (0..rows).map(wanted).collect();
        let labels = self.labels(block, &counted)?;
        self.compare(block, &counted, &labels)?;
        placed.labels = Some(labels.iter().map(|label| self.unit(*label)).collect());
        Ok(())
    }

    /// The label of each row, and how many have none and why.
    fn labels(&mut self, block: &Block, counted: &[Option<usize>]) -> Result<Vec<Label>, MetricError> {
        let plan = self.plan;
        let mut labels = vec![Label::None; counted.len()];
        let windows = counted.iter().enumerate().filter_map(|(row, window)| window.map(|window| (row, window)));
        match &plan.source {
            Source::Joined { id, map } => {
                let mut ids = Vec::with_capacity(counted.len());
                keys(block.batch.column(*id), &mut ids)?;
                for (row, window) in windows {
                    let state = &mut self.states[window];
                    let Some(id) = &ids[row] else {
                        state.without_id += 1;
                        continue;
                    };
                    state.predictions += 1;
                    match (map.get(id), &plan.task) {
                        (Found::Nothing, _) => {}
                        (Found::Null, _) => state.null_labels += 1,
                        (Found::Conflict, _) => state.conflicting += 1,
                        (Found::Label(bits), Task::Regression(_)) => labels[row] = Label::Number(f64::from_bits(bits)),
                        (Found::Label(class), Task::Classification { .. }) => labels[row] = Label::Class(class as u32),
                    }
                }
            }
            Source::Own(at) => {
                let array = block.batch.column(*at);
                match plan.task {
                    Task::Regression(_) => {
                        let mut buffer = Vec::new();
                        let numbers = numbers(array, &mut buffer)?;
                        for (row, _) in windows {
                            labels[row] = numbers.get(row).map_or(Label::None, Label::Number);
                        }
                    }
                    Task::Classification { .. } => {
                        let mut codes = Vec::with_capacity(counted.len());
                        self.label_classes.code(array, Picked::All(counted.len()), &mut codes)?;
                        too_many_classes(self.label_classes.unseen.len())?;
                        let first = self.label_classes.first_unseen();
                        for (row, _) in windows {
                            let code = codes[row];
                            labels[row] =
                                if matches!(code, NULL | NAN) { Label::None } else { Label::Class(code - first) };
                        }
                    }
                }
                for (label, window) in labels.iter().zip(counted) {
                    if let Some(window) = window {
                        self.states[*window].predictions += 1;
                        self.states[*window].null_labels += u64::from(matches!(label, Label::None));
                    }
                }
            }
        }
        Ok(labels)
    }

    fn compare(&mut self, block: &Block, counted: &[Option<usize>], labels: &[Label]) -> Result<(), MetricError> {
        let plan = self.plan;
        let (mut predictions, mut scores, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        let regression = matches!(plan.task, Task::Regression(_));
        let predicted = match plan.prediction {
            Some(at) if regression => Some(numbers(block.batch.column(at), &mut predictions)?),
            _ => None,
        };
        let scores = match plan.score {
            Some(at) => Some(numbers(block.batch.column(at), &mut scores)?),
            None => None,
        };
        if let (Some(at), false) = (plan.prediction, regression) {
            self.predicted_classes.code(block.batch.column(at), Picked::All(counted.len()), &mut codes)?;
            too_many_classes(self.predicted_classes.unseen.len())?;
        }
        let first = self.predicted_classes.first_unseen();
        for (row, (label, window)) in labels.iter().zip(counted).enumerate() {
            let Some(window) = *window else { continue };
            let is_positive = self.is_positive(*label);
            let state = &mut self.states[window];
            state.labelled += u64::from(!matches!(label, Label::None));
            match (label, &mut state.figures) {
                (Label::Number(label), Figures::Regression(figures)) => match &predicted {
                    None => {}
                    Some(predicted) => match predicted.get(row) {
                        Some(prediction) => figures.add(prediction, *label),
                        None => state.null_predictions += 1,
                    },
                },
                (Label::Class(label), Figures::Classification(figures)) => {
                    match codes.get(row).copied() {
                        Some(NULL | NAN) => {
                            state.null_predictions += 1;
                            continue;
                        }
                        Some(code) => *self.pairs.entry((window as u16, *label, code - first)).or_default() += 1,
                        None => {}
                    }
                    if let (Some(scores), Some(is_positive)) = (&scores, is_positive) {
                        figures.scores.add(scores.get(row).unwrap_or(f64::NAN), is_positive);
                    }
                }
                _ => {}
            }
        }
        if self.pairs.len() > MOST_PAIRS {
            let text = format!("more than {MOST_PAIRS} different pairs of label and prediction: these are no classes");
            return Err(MetricError { code: "out_of_memory", text });
        }
        Ok(())
    }

    fn class(&self, class: u32) -> &Category {
        match &self.plan.source {
            Source::Joined { map, .. } => &map.classes[class as usize],
            Source::Own(_) => &self.label_classes.unseen[class as usize].1,
        }
    }

    /// Whether a label is the positive class; `None` without one.
    fn is_positive(&self, label: Label) -> Option<bool> {
        match (&self.plan.task, label) {
            (Task::Classification { positive: Some(positive) }, Label::Class(class)) => {
                Some(self.class(class) == positive)
            }
            _ => None,
        }
    }

    /// A label as `LabelSums` adds it.
    fn unit(&self, label: Label) -> i32 {
        match (&self.plan.task, label) {
            (_, Label::None) => NO_LABEL,
            (Task::Regression(scale), Label::Number(label)) => scale.unit(label).unwrap_or(NO_LABEL),
            (_, label) => i32::from(self.is_positive(label).unwrap_or(false)),
        }
    }

    /// What was counted, by window.
    pub(crate) fn finish(mut self) -> Vec<LabelledState> {
        let pairs = std::mem::take(&mut self.pairs);
        for ((window, label, predicted), rows) in pairs {
            let label = self.class(label).text.clone();
            let predicted = &self.predicted_classes.unseen[predicted as usize].1.text;
            if let Figures::Classification(figures) = &mut self.states[usize::from(window)].figures {
                figures.confusion.add(&label, predicted, rows);
            }
        }
        self.states
    }
}
