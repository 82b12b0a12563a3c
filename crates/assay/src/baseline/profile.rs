//! Rows to a baseline: whole columns by the profile crate, what needs several columns by the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::contract::{ColumnSpec, Source};
use assay_core::drift::baseline::{Baseline, BaselineColumn, BaselineSegmentation, FORMAT_VERSION, Header};
use assay_core::drift::category::Category;
use assay_core::engine::{Engine, OpenRequest, Snapshot, Watch};
use assay_core::measurement::{Measurement, MetricError};
use assay_core::metric::{Column, Filter, Metric, MetricKind, Sql, TableId};
use assay_core::text::TextOptions;
use assay_core::types::Type;
use assay_core::verdict::Reason;
use assay_core::{check, engine};
use assay_engine::LocalEngine;
use assay_profile::{Options, ProfileError, SegmentCodes};
use assay_stats::drift::{ColumnKind, FORMULA_VERSION};
use chrono::{DateTime, SecondsFormat, Utc};

use super::columns::{self, Rows, Share};
use super::relations;

/// What to make a baseline of.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its name.
    pub name: String,
    /// The rows.
    pub source: Source,
    /// Types that are declared; of text files the others are inferred.
    pub declared: Vec<ColumnSpec>,
    /// Only rows for which this holds.
    pub filter: Option<Sql>,
    /// About so many rows of them.
    pub sample: Option<u64>,
    /// The time of a row.
    pub timestamp: Option<String>,
    /// The zone of civil dates in SQL, and of naive times.
    pub timezone: String,
    /// Columns that are left out.
    pub exclude: BTreeSet<String>,
    /// Only these columns, where named.
    pub only: Option<BTreeSet<String>>,
    /// What columns are tested as, where somebody says so.
    pub kinds: BTreeMap<String, ColumnKind>,
    /// Segmentations with their number of segments.
    pub segments: Vec<(Vec<String>, u32)>,
    /// What is predicted.
    pub target: Option<Predicted>,
    /// Whether pairs of numeric columns are kept.
    pub pairs: bool,
    /// Whether what the covariance test needs is kept.
    pub covariance: bool,
    /// How columns are profiled.
    pub options: Options,
    /// Where the rows came from, as told.
    pub lineage: BTreeMap<String, String>,
    /// Performance at training, as told.
    pub performance: BTreeMap<String, f64>,
    /// Whether a column that is named and not there, or something that cannot be kept, is an error; else it is left out.
    pub strict: bool,
}

/// What is predicted, of training rows.
#[derive(Debug, Clone)]
pub(crate) struct Predicted {
    /// The label.
    pub target: String,
    /// The prediction, for performance.
    pub prediction: Option<String>,
    /// Whether it is a class.
    pub classes: bool,
    /// The probability of the positive class.
    pub score: Option<String>,
    /// The positive class.
    pub positive: Option<Category>,
}

impl Request {
    /// The same, without what the rows do not have where that is no error.
    fn on(&self, snapshot: &Snapshot) -> Request {
        let mut request = self.clone();
        if self.strict {
            return request;
        }
        let has = |name: &String| snapshot.columns.iter().any(|column| column.name == *name);
        request.exclude.retain(has);
        request.kinds.retain(|name, _| has(name));
        request.target = request.target.filter(|of| has(&of.target)).map(|of| Predicted {
            prediction: of.prediction.filter(has),
            score: of.score.filter(has),
            ..of
        });
        request
    }
}

/// A failure of the engine as the reason of whoever asked.
pub(crate) fn reason(error: MetricError) -> Reason {
    Reason { code: error.code.into(), text: error.text }
}

fn refused(error: ProfileError) -> Reason {
    Reason { code: "not_profiled".into(), text: error.to_string() }
}

/// An opened source with what is read of it.
pub(crate) struct Opened {
    /// The only table.
    pub tables: check::Tables,
    /// Its id.
    pub table: TableId,
    /// Rows that the filter selects.
    pub rows: u64,
}

impl Opened {
    /// The table's snapshot.
    pub fn snapshot(&self) -> &Snapshot {
        &self.tables.get(self.table).snapshot
    }
}

/// Makes a baseline. The clock is only remembered, not part of its hash.
pub(crate) async fn profile(
    request: &Request,
    engine: &LocalEngine,
    watch: &dyn Watch,
    now: DateTime<Utc>,
) -> Result<Baseline, Reason> {
    let opened = open(request, engine, watch, now).await?;
    let snapshot = opened.snapshot();
    let request = &request.on(snapshot);
    let share = request.sample.and_then(|wanted| Share::new(wanted, opened.rows, request.options.seed));
    let rows = Rows { filter: request.filter.as_ref(), sample: share };

    let (segmentations, codes) = segments(request, &opened, rows, engine, watch)?;
    let (names, notes) = profiled(request, snapshot)?;
    let mut profiles: Vec<Vec<BaselineColumn>> = Vec::with_capacity(names.len());
    for together in names.chunks(columns::at_a_time(opened.rows)) {
        let chunks = columns::read(engine, snapshot, together, rows, watch)?;
        for (name, chunks) in together.iter().zip(chunks) {
            let ty = snapshot.columns.iter().find(|column| column.name == *name).map(|column| column.ty.to_string());
            let spec = assay_profile::ColumnSpec {
                name: name.clone(),
                dtype: ty.unwrap_or_default(),
                kind: request.kinds.get(name).copied(),
            };
            profiles.push(assay_profile::profile_column(&spec, &chunks, &codes, &request.options).map_err(refused)?);
        }
    }
    let columns = assay_profile::arrange(profiles);
    let kept = columns.iter().find(|column| column.segment.is_none()).map_or(opened.rows, |column| column.cells.rows);
    if kept == 0 {
        let text = format!("no row to make a baseline of: {} has none that is selected", request.source.path);
        return Err(Reason { code: "no_rows".into(), text });
    }
    let header = Header {
        name: request.name.clone(),
        format_version: FORMAT_VERSION,
        formula_version: FORMULA_VERSION,
        created_at: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        rows: kept,
        rows_before_sampling: share.map(|_| opened.rows),
        time_range: time_range(request, &opened, engine, watch).await?,
        timezone: request.timestamp.as_ref().map(|_| request.timezone.clone()),
        seed: request.options.seed,
        sampled_values: request.options.samples(),
        min_bin_count: request.options.min_bin_count,
        lineage: lineage(request, snapshot),
        segmentations,
        notes,
        ..Header::default()
    };
    let mut baseline = Baseline {
        header,
        columns,
        pairs: Vec::new(),
        covariance: None,
        performance: request.performance.clone(),
        target: None,
    };
    relations::fill(&mut baseline, request, &opened, engine, watch).await?;
    Ok(assay_profile::seal::seal(baseline))
}

/// Opens the source; of text files first as text, to find the types of columns that are not declared.
async fn open(
    request: &Request,
    engine: &LocalEngine,
    watch: &dyn Watch,
    now: DateTime<Utc>,
) -> Result<Opened, Reason> {
    let filter = request.filter.as_ref();
    if !request.source.format.is_text() {
        return open_as(request, request.declared.clone(), filter, engine, watch, now).await;
    }
    // as long as types are not known, everything is text and no filter can be evaluated
    let first = open_as(request, request.declared.clone(), None, engine, watch, now).await?;
    let named = |name: &str| request.declared.iter().any(|spec| spec.name == name && spec.ty.is_some());
    let unknown: Vec<String> = first
        .snapshot()
        .columns
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| !named(name) && is_wanted(request, name))
        .collect();
    let mut declared = request.declared.clone();
    let all = Rows { filter: None, sample: None };
    for together in unknown.chunks(columns::at_a_time(first.rows)) {
        let chunks = columns::read(engine, first.snapshot(), together, all, watch)?;
        for (name, chunks) in together.iter().zip(chunks) {
            let options = TextOptions { timezone: Some(request.timezone.clone()), ..TextOptions::default() };
            let ty = assay_profile::infer::infer(name, &chunks, &options).map_err(refused)?;
            match declared.iter_mut().find(|spec| spec.name == *name) {
                Some(spec) => spec.ty = Some(ty),
                None => declared.push(spec(name, ty, &request.source)),
            }
        }
    }
    open_as(request, declared, filter, engine, watch, now).await
}

/// A declared column that is read as contracts read it.
pub(crate) fn spec(name: &str, ty: Type, source: &Source) -> ColumnSpec {
    let read = assay_core::contract::ReadOptions {
        timezone: source.timezone.clone(),
        text: TextOptions { timezone: source.timezone.clone(), ..TextOptions::default() },
        ..Default::default()
    };
    ColumnSpec { name: name.to_string(), ty: Some(ty), optional: false, read }
}

async fn open_as(
    request: &Request,
    columns: Vec<ColumnSpec>,
    filter: Option<&Sql>,
    engine: &LocalEngine,
    watch: &dyn Watch,
    now: DateTime<Utc>,
) -> Result<Opened, Reason> {
    let asked = OpenRequest {
        table: request.name.clone(),
        source: request.source.clone(),
        columns,
        rows: filter.cloned(),
        timezone: request.timezone.clone(),
        now_nanos: now.timestamp_nanos_opt().unwrap_or_default(),
    };
    let snapshot = engine.open(&asked).await.map_err(reason)?;
    let mut tables = check::Tables::default();
    let table = tables.push(check::Table { name: request.name.clone(), snapshot });
    let mut opened = Opened { tables, table, rows: 0 };
    opened.rows = count(&opened, filter, engine, watch).await?;
    Ok(opened)
}

/// Rows for which the filter holds.
async fn count(opened: &Opened, filter: Option<&Sql>, engine: &LocalEngine, watch: &dyn Watch) -> Result<u64, Reason> {
    match one(opened, MetricKind::RowCount, filter, engine, watch).await? {
        Measurement::Rows(rows) => Ok(rows),
        _ => Ok(0),
    }
}

/// Measures one thing.
pub(crate) async fn one(
    opened: &Opened,
    kind: MetricKind,
    filter: Option<&Sql>,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<Measurement, Reason> {
    let metric = Metric { table: opened.table, kind, filter: Filter::all_of(filter.cloned()) };
    let plan = engine::MetricPlan { metrics: BTreeSet::from([metric.clone()]) };
    let mut report = engine.measure(&plan, &opened.tables, watch).await;
    match report.measurements.remove(&metric) {
        Some(Ok(measured)) => Ok(measured.value),
        Some(Err(error)) => Err(reason(error)),
        None => {
            Err(Reason { code: "not_measured".into(), text: "the engine gave no answer; please report this".into() })
        }
    }
}

fn is_wanted(request: &Request, name: &str) -> bool {
    let in_filter = || {
        let named = request.filter.iter().flat_map(|sql| assay_checks::sql::columns(&sql.0));
        named.into_iter().any(|column| column.eq_ignore_ascii_case(name))
    };
    let needed = || {
        let segments = request.segments.iter().flat_map(|(by, _)| by);
        let predicted =
            request.target.iter().flat_map(|of| [Some(&of.target), of.prediction.as_ref(), of.score.as_ref()]);
        segments.chain(predicted.flatten()).chain(&request.timestamp).any(|needed| needed == name)
    };
    is_profiled(request, name) || needed() || in_filter()
}

fn is_profiled(request: &Request, name: &str) -> bool {
    !request.exclude.contains(name)
        && request.timestamp.as_deref() != Some(name)
        && request.only.as_ref().is_none_or(|only| only.contains(name))
}

/// The columns to profile, in table order, and what to say about others. Nested ones are left out: they have neither
/// order nor categories; and so are dates and times, whose values are new every day, unless somebody asks for them.
fn profiled(request: &Request, snapshot: &Snapshot) -> Result<(Vec<String>, Vec<String>), Reason> {
    let named = request.exclude.iter().chain(request.kinds.keys()).chain(request.only.iter().flatten());
    for name in named {
        if !snapshot.columns.iter().any(|column| column.name == *name) {
            let names = snapshot.columns.iter().map(|column| column.name.as_str());
            let hint = assay_core::suggest::did_you_mean(name, names).map_or(String::new(), |hint| format!("; {hint}"));
            let text = format!("{} has no column `{name}`{hint}", request.source.path);
            return Err(Reason { code: "column_missing".into(), text });
        }
    }
    let (mut names, mut notes) = (Vec::new(), Vec::new());
    for column in snapshot.columns.iter().filter(|column| is_profiled(request, &column.name)) {
        match &column.ty {
            Type::List(_) | Type::Struct | Type::Map(..) | Type::Any => {
                notes.push(format!("`{}` is left out: it is {}", column.name, column.ty));
            }
            Type::Date | Type::Timestamp | Type::TimestampZoned(_) if !request.kinds.contains_key(&column.name) => {
                notes.push(format!(
                    "`{}` is left out: dates and times are new every day; to watch it, name it as categorical",
                    column.name
                ));
            }
            _ => names.push(column.name.clone()),
        }
    }
    Ok((names, notes))
}

fn segments(
    request: &Request,
    opened: &Opened,
    rows: Rows<'_>,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<(Vec<BaselineSegmentation>, Vec<SegmentCodes>), Reason> {
    let mut all = Vec::with_capacity(request.segments.len());
    for (by, top) in &request.segments {
        let chunks = columns::read(engine, opened.snapshot(), by, rows, watch)?;
        let named: Vec<(&str, &[Arc<dyn arrow::array::Array>])> =
            by.iter().map(String::as_str).zip(chunks.iter().map(Vec::as_slice)).collect();
        all.push(assay_profile::segment(&named, *top as usize, request.options.min_bin_count).map_err(refused)?);
    }
    Ok(all.into_iter().unzip())
}

async fn time_range(
    request: &Request,
    opened: &Opened,
    engine: &LocalEngine,
    watch: &dyn Watch,
) -> Result<Option<(String, String)>, Reason> {
    let Some(column) = &request.timestamp else { return Ok(None) };
    let kind = MetricKind::Extremes(Column(column.clone()));
    match one(opened, kind, request.filter.as_ref(), engine, watch).await? {
        Measurement::Extremes(extremes) => {
            Ok(extremes.min.zip(extremes.max).map(|(min, max)| (min.to_string(), max.to_string())))
        }
        _ => Ok(None),
    }
}

fn lineage(request: &Request, snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut lineage = request.lineage.clone();
    lineage.insert("source".into(), request.source.path.clone());
    lineage.insert("format".into(), snapshot.format.into());
    lineage.insert("fingerprint".into(), snapshot.fingerprint.clone());
    if let Some(filter) = &request.filter {
        lineage.insert("where".into(), filter.0.clone());
    }
    lineage
}
