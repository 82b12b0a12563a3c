//! Checks that hold a figure of the table (a count, a mean, a quantile) against limits.

use std::fmt::Debug;

use assay_core::check::{Check, Context};
use assay_core::measurement::{Measurement, Measurements};
use assay_core::metric::{Metric, MetricKind};
use assay_core::verdict::{Limits as Recorded, NotRun, Outcome, Severity, Verdict};

use crate::build::{BuildContext, Built};
use crate::common::{Frame, Scope};
use crate::figure::Figure;
use crate::limits::Limits;
use crate::registry::CheckSpec;
use crate::row_check::{counted, measured, no_value, rows_before_where};

/// What is particular to a check of a figure.
pub trait Statistic: Debug + Send + Sync {
    /// What to measure on the table as it was found, with things worth knowing.
    fn plan(&self, at: &Context<'_>) -> Result<(MetricKind, Vec<String>), NotRun>;

    /// The figures of the measurement, one for each of the check's limits.
    fn figures(&self, measurement: &Measurement) -> Option<Figures>;
}

/// Figures and what went into them.
#[derive(Debug)]
pub struct Figures {
    /// In the order of the check's limits; `None` where there was no value.
    pub values: Option<Vec<Figure>>,
    /// Rows the filter selected.
    pub selected: u64,
    /// Rows with a value; `None` where every row counts.
    pub tested: Option<u64>,
    /// Rows left out: NaN.
    pub nan: u64,
}

/// Limits on a figure of this name: `mean`, `p99`, `rows`.
#[derive(Debug)]
pub struct Limited {
    /// The figure's name; `None` for a count of rows.
    pub label: Option<String>,
    /// Its limits.
    pub limits: Limits,
}

/// A check of figures.
#[derive(Debug)]
pub struct AggregateCheck<S> {
    statistic: S,
    limited: Vec<Limited>,
    scope: Scope,
    severity: Severity,
    empty_passes: bool,
}

/// Finishes a check of figures.
pub fn build<S: Statistic + 'static>(
    statistic: S,
    limited: Vec<Limited>,
    frame: Frame,
    spec: &CheckSpec,
    at: &BuildContext<'_>,
) -> Built {
    let severity = limited.iter().map(|l| l.limits.worst(frame.severity)).max().unwrap_or(frame.severity);
    let empty_passes = frame.empty_passes.unwrap_or(at.empty_aggregates_pass);
    let check = AggregateCheck { statistic, limited, scope: frame.scope, severity: frame.severity, empty_passes };
    Built {
        id: frame.id,
        id_given: frame.id_given,
        name: spec.name,
        dimension: spec.dimension,
        severity,
        why: frame.why,
        tags: frame.tags,
        span: frame.span,
        check: Box::new(check),
    }
}

impl<S: Statistic> AggregateCheck<S> {
    fn plan(&self, at: &Context<'_>) -> Result<(Metric, Vec<String>), NotRun> {
        let (kind, notes) = self.statistic.plan(at)?;
        Ok((self.scope.metric(kind, at)?, notes))
    }

    fn decide(&self, figures: &Figures, before: Option<u64>) -> Verdict {
        match &figures.values {
            Some(values) => self.compare(values),
            None => self.no_value(figures, before),
        }
    }

    /// Each figure with its limits; the worst decides, and stands first.
    fn compare(&self, values: &[Figure]) -> Verdict {
        let mut judged: Vec<_> = self
            .limited
            .iter()
            .zip(values)
            .map(|(limited, figure)| (limited.limits.judge(figure, self.severity), limited, figure))
            .collect();
        judged.sort_by_key(|(judged, ..)| std::cmp::Reverse(judged.outcome));
        let sentence = |(judged, limited, figure): &(crate::limits::Judged, &Limited, &Figure)| {
            let number = figure.show(&limited.limits.numbers());
            let named = match (&limited.label, figure) {
                (Some(label), _) => format!("{label} {number}"),
                (None, Figure::Count(count)) => counted(*count, "row"),
                (None, _) => number,
            };
            format!("{named}, expected {}", judged.expected)
        };
        let message = judged.iter().map(sentence).collect::<Vec<_>>().join("; ");
        let outcome = judged.first().map_or(Outcome::Pass, |(worst, ..)| worst.outcome);
        let mut verdict = Verdict::new(outcome, message);
        if let Some((worst, _, figure)) = judged.first() {
            verdict.expected = Some(worst.expected.clone());
            verdict.observed = Some(figure.observed());
        }
        verdict
    }

    /// The limits as the contract has them; where there are several figures, each named.
    fn recorded(&self) -> Recorded {
        let mut all = Recorded::default();
        for limited in &self.limited {
            let mut of_one = Recorded::default();
            limited.limits.record(self.severity, &mut of_one);
            if let Some(label) = limited.label.as_ref().filter(|_| self.limited.len() > 1) {
                let entries = of_one.warn.iter_mut().chain(&mut of_one.fail);
                entries.for_each(|(name, _)| *name = format!("{label}.{name}"));
            }
            all.warn.append(&mut of_one.warn);
            all.fail.append(&mut of_one.fail);
        }
        all
    }

    fn no_value(&self, figures: &Figures, before: Option<u64>) -> Verdict {
        let expected = self.limited.iter().map(|l| l.limits.expected(self.severity)).collect::<Vec<_>>().join("; ");
        let why = no_value(figures.selected, before);
        let worst = self.limited.iter().map(|l| l.limits.worst(self.severity)).max().unwrap_or(self.severity);
        let outcome = if self.empty_passes { Outcome::Pass } else { worst.outcome() };
        let mut verdict = Verdict::new(outcome, format!("no value ({why}), expected {expected}"));
        verdict.expected = Some(expected);
        verdict
    }
}

impl<S: Statistic> Check for AggregateCheck<S> {
    fn metrics(&self, at: &Context<'_>) -> Result<Vec<Metric>, NotRun> {
        let (metric, _) = self.plan(at)?;
        Ok([metric].into_iter().chain(self.scope.base(at)).collect())
    }

    fn judge(&self, seen: &Measurements, at: &Context<'_>) -> Verdict {
        let planned = self.plan(at).and_then(|(metric, notes)| Ok((measured(seen, &metric)?, notes)));
        let (measured, notes) = match planned {
            Ok(found) => found,
            Err(why) => return Verdict::not_run(why),
        };
        let figures = self.statistic.figures(&measured.value);
        let Some(figures) = figures.filter(|f| f.values.as_ref().is_none_or(|v| v.len() == self.limited.len())) else {
            let text = "the engine answered with another kind of measurement";
            return Verdict::not_run(NotRun::error("wrong_answer", text));
        };
        let mut verdict = self.decide(&figures, rows_before_where(seen, &self.scope, at));
        if figures.nan > 0 {
            verdict.message.push_str(&format!("; {} NaN left out", figures.nan));
            verdict.nan = Some(figures.nan);
        }
        verdict.limits = Some(self.recorded());
        verdict.tested = figures.tested;
        verdict.nulls = figures.tested.map(|tested| figures.selected.saturating_sub(tested + figures.nan));
        verdict.from = Some(measured.from);
        verdict.notes = notes;
        verdict
    }

    fn reads_all_rows(&self) -> bool {
        self.scope.is_lifted()
    }
}
