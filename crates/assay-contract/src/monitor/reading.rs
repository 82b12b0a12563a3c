//! How cells of text are read: what `columns` says, and what follows from `timestamp` and `prediction`.

use assay_core::contract::{ColumnSpec, Source};
use assay_core::drift::monitor::{Prediction, Task, Timestamp};
use assay_core::problem::Span;
use assay_core::types::Type;
use assay_stats::drift::ColumnKind;

use super::columns::{Written, spec};
use super::section::Reader;

/// The columns that are more than features, with their places.
pub(crate) struct Special<'a> {
    /// `timestamp`.
    pub timestamp: Option<(&'a Timestamp, Span)>,
    /// `id`.
    pub id: Option<(&'a str, Span)>,
    /// `prediction`.
    pub prediction: Option<(&'a Prediction, Span)>,
}

impl Reader<'_> {
    /// The columns of a text source that are read as more than text, declared ones first, in their order.
    pub fn reading(&mut self, source: &Source, columns: &[Written], special: &Special<'_>) -> Vec<ColumnSpec> {
        if !source.format.is_text() {
            return Vec::new();
        }
        let mut specs: Vec<ColumnSpec> = Vec::with_capacity(columns.len());
        for Written { column, .. } in columns {
            let number = (column.kind == Some(ColumnKind::Numeric)).then_some(Type::Float(64));
            specs.push(spec(&column.name, column.ty.clone().or(number), column.optional, source));
        }
        let declared = specs.len();
        if let Some((timestamp, at)) = special.timestamp {
            self.time(&mut specs, timestamp, at, source);
        }
        if let Some((id, at)) = special.id {
            self.also(&mut specs, id, None, at, source);
        }
        if let Some((prediction, at)) = special.prediction {
            let (own, score) = match &prediction.task {
                Task::Regression => (Some(Type::Float(64)), None),
                Task::Classification { score, .. } => (None, score.as_deref()),
            };
            self.also(&mut specs, &prediction.column, own, at, source);
            if let Some(score) = score {
                self.also(&mut specs, score, Some(Type::Float(64)), at, source);
            }
        }
        // Without a header the declared columns are taken in order: nothing else can be among them.
        if !source.csv.header {
            specs.truncate(declared);
        }
        specs.retain(|spec| spec.ty.is_some() || !source.csv.header);
        specs
    }

    /// The time of a row, which needs a zone to be an instant.
    fn time(&mut self, specs: &mut Vec<ColumnSpec>, timestamp: &Timestamp, at: Span, source: &Source) {
        let declared = specs.iter().any(|spec| spec.name == timestamp.column && spec.ty.is_some());
        let zone = timestamp.timezone.clone();
        if zone.is_none() && !declared {
            let message = format!("times of {} are text, and `timestamp` has no `timezone`", source.format.name());
            self.wrong(at, message, "as in `timestamp: {column: event_time, timezone: UTC}`");
            return;
        }
        let ty = zone.clone().map(Type::TimestampZoned);
        self.also(specs, &timestamp.column, ty, at, source);
        for spec in specs.iter_mut().filter(|spec| spec.name == timestamp.column) {
            spec.read.timezone = zone.clone().or(spec.read.timezone.take());
            spec.read.text.timezone = spec.read.timezone.clone();
        }
    }

    /// A column that is read as `ty` unless a type is declared for it.
    fn also(&mut self, specs: &mut Vec<ColumnSpec>, name: &str, ty: Option<Type>, at: Span, source: &Source) {
        match specs.iter_mut().find(|spec| spec.name == name) {
            Some(spec) => spec.ty = spec.ty.take().or(ty),
            None if !source.csv.header => {
                let message = format!("without a header `columns` names every column of the file, and not `{name}`");
                self.wrong(at, message, "declare all columns in the order of the file");
            }
            None => specs.push(spec(name, ty, false, source)),
        }
    }
}
