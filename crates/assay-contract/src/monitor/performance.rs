//! `performance`: limits on metrics, as numbers or as factors of what the model did at training.

use std::collections::HashMap;

use assay_core::drift::monitor::{PerformanceBound, PerformanceLimit, Prediction, Task};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_stats::performance::{Better, CLASSIFICATION, REGRESSION, find};

use super::numbers::{plain, share};
use super::section::{Reader, Section};
use crate::read;
use crate::yaml::shorten;

const ITEM: &str = "{metric: rmse, max: 1.15x baseline}";
/// Metrics that lie between 0 and 1.
const UP_TO_ONE: &[&str] = &["accuracy", "precision", "recall", "f1", "auc", "brier", "calibration"];
/// Metrics of the probabilities of the positive class.
const OF_SCORES: &[&str] = &["auc", "log_loss", "brier", "calibration"];

/// A metric with its good direction.
#[derive(Debug, Clone, Copy)]
struct Known {
    name: &'static str,
    better: Better,
}

/// All metrics, or those of a task.
fn metrics(task: Option<&Task>) -> Vec<&'static str> {
    let regression = REGRESSION.iter().map(|metric| metric.name);
    let classification = CLASSIFICATION.iter().map(|metric| metric.name);
    match task {
        Some(Task::Regression) => regression.collect(),
        Some(Task::Classification { .. }) => classification.collect(),
        None => classification.chain(regression).collect(),
    }
}

fn known(name: &str) -> Option<Known> {
    let regression = find(REGRESSION, name).map(|metric| Known { name: metric.name, better: metric.better });
    regression.or_else(|| find(CLASSIFICATION, name).map(|metric| Known { name: metric.name, better: metric.better }))
}

impl Reader<'_> {
    /// Reads `performance`.
    pub fn performance(&mut self, node: Option<&Node>, prediction: Option<&Prediction>) -> Vec<PerformanceLimit> {
        let task = prediction.map(|prediction| &prediction.task);
        let mut seen: HashMap<&'static str, u32> = HashMap::new();
        let mut limits = Vec::new();
        for item in self.items(node, "performance", ITEM) {
            if read::enough(&self.problems) {
                break;
            }
            let key = Key { text: "performance".into(), span: item.span };
            let what = "an item of `performance`".to_owned();
            let known = &["metric", "max", "min"];
            let example = format!("performance: [{ITEM}]");
            let Some(section) = self.called(what, &key, item, known, &example) else { continue };
            let Some(node) = self.required(&section, "metric", "as in `{metric: rmse, max: 4.2}`") else { continue };
            let Some(metric) = self.metric(node, task) else { continue };
            if seen.insert(metric.name, item.span.line).is_some() {
                let message = format!("a metric is limited twice: `{}`", metric.name);
                self.wrong(node.span, message, "give both levels at once: `{warn: .., fail: ..}`");
                continue;
            }
            limits.extend(self.limit(&section, metric));
        }
        limits
    }

    fn metric(&mut self, node: &Node, task: Option<&Task>) -> Option<Known> {
        let name = read::text(node, "metric", &mut self.problems)?;
        let fitting = metrics(task);
        let Some(metric) = known(&name) else {
            let hint = did_you_mean(&name, fitting.iter().copied())
                .unwrap_or_else(|| format!("there are {}", fitting.join(", ")));
            self.wrong(node.span, format!("unknown metric {}", node.describe()), hint);
            return None;
        };
        if !fitting.contains(&metric.name) {
            let task = if task == Some(&Task::Regression) { "regression" } else { "classification" };
            let message = format!("`{name}` is no metric of a {task}");
            self.wrong(node.span, message, format!("there are {}", fitting.join(", ")));
            return None;
        }
        if let Some(Task::Classification { score, positive }) = task
            && OF_SCORES.contains(&metric.name)
            && (score.is_none() || positive.is_none())
        {
            let missing = if score.is_none() { "score" } else { "positive" };
            let message =
                format!("`{name}` needs the probability of the positive class, and `prediction` has no `{missing}`");
            self.wrong(node.span, message, "as in `prediction: {.., score: churn_probability, positive: 1}`");
            return None;
        }
        Some(metric)
    }

    fn limit(&mut self, section: &Section<'_>, metric: Known) -> Option<PerformanceLimit> {
        let (right, wrong, why) = match metric.better {
            Better::Larger => ("min", "max", "more is better"),
            Better::Smaller => ("max", "min", "less is better"),
            Better::NearerZero => ("max", "min", "`max` is of its absolute value"),
        };
        if let Some((key, _)) = section.entry(wrong) {
            let message = format!("`{}` is limited by `{right}`, not `{wrong}`: {why}", metric.name);
            self.wrong(key.span, message, format!("write `{right}`"));
            return None;
        }
        let Some((key, node)) = section.entry(right) else {
            if !self.unfilled.contains(&section.node.span) && !section.has_nearly(right) {
                let hint = format!("as in `{{metric: {}, {right}: {}}}`", metric.name, example(metric));
                self.wrong(section.node.span, format!("`{}` has no limit", metric.name), hint);
            }
            return None;
        };
        let (warn, fail) = match &node.kind {
            NodeKind::Map(_) => {
                let levels = self.section(key, node, &["warn", "fail"], "{warn: .., fail: ..}")?;
                (levels.get("warn"), levels.get("fail"))
            }
            NodeKind::Scalar { .. } | NodeKind::Seq(_) => (None, Some(node)),
        };
        if warn.is_none() && fail.is_none() {
            if !self.unfilled.contains(&node.span) {
                self.wrong(key.span, format!("`{}` has no limit", metric.name), "give `warn`, `fail` or both");
            }
            return None;
        }
        let warn_bound = warn.map(|node| self.bound(node, metric));
        let fail_bound = fail.map(|node| self.bound(node, metric));
        let (warn_bound, fail_bound) =
            (warn_bound.map_or(Some(None), |b| b.map(Some))?, fail_bound.map_or(Some(None), |b| b.map(Some))?);
        if let (Some(warn), Some(fail)) = (&warn_bound, &fail_bound)
            && warn.of_baseline == fail.of_baseline
            && if warn.at_least { fail.value > warn.value } else { fail.value < warn.value }
        {
            let at = node.get("fail").map_or(node.span, |node| node.span);
            let message = format!("`fail` of `{}` is tighter than its `warn`: `{}`", metric.name, fail.text);
            self.wrong(at, message, "a failure would never be a warning first: exchange the two");
            return None;
        }
        let at: Span = section.node.span;
        Some(PerformanceLimit { metric: metric.name, warn: warn_bound, fail: fail_bound, at: self.place(at) })
    }

    /// `4.2`, or `1.15x baseline`.
    fn bound(&mut self, node: &Node, metric: Known) -> Option<PerformanceBound> {
        let text = read::text(node, &format!("the limit of `{}`", metric.name), &mut self.problems)?;
        let text = text.trim();
        let at_least = metric.better == Better::Larger;
        let factor =
            text.strip_suffix("baseline").map(|rest| rest.trim_end().strip_suffix(['x', '×']).map(str::trim_end));
        let found = match factor {
            Some(factor) => factor.and_then(plain).filter(|factor| *factor > 0.0),
            None => plain(text),
        };
        let Some(value) = found else {
            let hint = match (share(text), text.trim_end().strip_suffix(['x', '×'])) {
                (Some(number), _) => format!("write `{number}`"),
                (None, Some(number)) if plain(number).is_some() => format!("write `{number}x baseline`"),
                _ => format!(
                    "as in `{}` or `{}`",
                    example(metric),
                    if at_least { "0.95x baseline" } else { "1.15x baseline" }
                ),
            };
            let message = format!(
                "a limit of `{}` is a number or a factor of the baseline, not {}",
                metric.name,
                node.describe()
            );
            self.problems.push(Problem::at(node.span, message).hint(hint));
            return None;
        };
        let reach = match metric.name {
            name if UP_TO_ONE.contains(&name) => 0.0..=1.0,
            "r2" => f64::NEG_INFINITY..=1.0,
            _ => 0.0..=f64::INFINITY,
        };
        if factor.is_none() && !reach.contains(&value) {
            let words = if *reach.end() == 1.0 && metric.name == "r2" {
                "is at most 1"
            } else if *reach.end() == 1.0 {
                "lies between 0 and 1"
            } else {
                "is never below 0"
            };
            let message = format!("`{}` {words}, and its limit is {}", metric.name, node.describe());
            self.wrong(node.span, message, format!("as in `{}`", example(metric)));
            return None;
        }
        Some(PerformanceBound { at_least, value, of_baseline: factor.is_some(), text: shorten(text) })
    }
}

/// A limit that makes sense for a metric.
fn example(metric: Known) -> &'static str {
    match metric.better {
        Better::Larger => "0.72",
        Better::Smaller if UP_TO_ONE.contains(&metric.name) => "0.2",
        Better::Smaller | Better::NearerZero => "4.2",
    }
}
