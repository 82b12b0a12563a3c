//! `assay baseline create`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use assay_core::contract::{ColumnSpec, Source};
use assay_core::drift::baseline::Baseline;
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::store::Store;
use assay_core::metric::Sql;
use assay_core::types::Type;
use assay_engine::EngineOptions;
use assay_profile::Options;
use assay_stats::drift::ColumnKind;

use super::files::{self, ENDING};
use super::profile::{self, Predicted, Request, spec};
use crate::args::BaselineCreateArgs;
use crate::failure::Failure;
use crate::output::Sink;
use crate::store::outside;
use crate::{check, clock, load, output, store};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &BaselineCreateArgs) -> Result<u8, Failure> {
    let (project, root) = load::project()?;
    let timezone = match &args.timezone {
        Some(zone) if zone.parse::<chrono_tz::Tz>().is_err() => {
            return Err(Failure::usage(format!("unknown time zone `{zone}`"), "as in `--timezone Europe/Berlin`"));
        }
        Some(zone) => zone.clone(),
        None => project.timezone.clone(),
    };
    let request = request(args, &timezone)?;
    let store = store::open(&project, root.as_deref())?;
    // A place that cannot be written is found out before the rows are read.
    let named = args.output.as_deref().map(|path| Sink::prepare(Some(path))).transpose()?;
    let folder = root.as_deref().unwrap_or(Path::new("")).join(&project.baselines);

    let engine =
        EngineOptions { threads: args.threads.map_or(project.threads, usize::from), ..EngineOptions::default() };
    let now = clock::now();
    let baseline: Baseline = check::watched(!args.no_progress, move |watch| async move {
        let engine = assay_engine::LocalEngine::new(engine);
        profile::profile(&request, &engine, &*watch, now).await
    })?
    .map_err(|why| Failure::Outside(why.text))?;

    let bytes = assay_profile::file::write(&baseline).map_err(|error| Failure::Outside(error.to_string()))?;
    let path = match (named, &args.output) {
        (Some(sink), Some(path)) => {
            sink.write(&bytes)?;
            path.clone()
        }
        _ => put(&folder, &baseline, &bytes)?,
    };
    store.add_baseline(&files::row(&baseline, &path, root.as_deref())).map_err(outside)?;
    tell(&baseline, &path)
}

/// Writes the file under its content's name. One that is there has the same content.
fn put(folder: &Path, baseline: &Baseline, bytes: &[u8]) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::Outside(format!("cannot make the folder `{}`: {}", folder.display(), crate::disk::reason(&error)))
    })?;
    let short = baseline.header.sha256.get(..12).unwrap_or_default();
    let path = folder.join(format!("{}-{short}{ENDING}", file_name(&baseline.header.name)));
    if !path.is_file() {
        Sink::prepare(Some(&path))?.write(bytes)?;
    }
    Ok(path)
}

/// A name without what folders and shells take for something else.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

fn tell(baseline: &Baseline, path: &Path) -> Result<u8, Failure> {
    let header = &baseline.header;
    let short = header.sha256.get(..12).unwrap_or(&header.sha256);
    let n_columns = baseline.whole().count();
    let text = format!(
        "{}@{short}: {} rows, {n_columns} columns\n{}\n",
        assay_report::formats::text::printable(&header.name),
        header.rows,
        path.display()
    );
    output::stdout(text.as_bytes())?;
    for note in &header.notes {
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    Ok(0)
}

fn request(args: &BaselineCreateArgs, timezone: &str) -> Result<Request, Failure> {
    if args.name.is_empty() || args.name.contains(['@', '/', '\\']) || args.name.chars().any(char::is_control) {
        return Err(Failure::usage(
            format!("a baseline's name has no `@`, `/` or `\\`: `{}`", args.name.escape_debug()),
            "name it like its monitor: `assay baseline create fare_eta --from ..`",
        ));
    }
    let source = source(args)?;
    let mut kinds: BTreeMap<String, ColumnKind> = BTreeMap::new();
    kinds.extend(args.numeric.iter().map(|name| (name.clone(), ColumnKind::Numeric)));
    for name in &args.categorical {
        if kinds.insert(name.clone(), ColumnKind::Categorical).is_some() {
            let hint = "a column is tested as a number or as a category";
            return Err(Failure::usage(format!("`{name}` is both under --numeric and --categorical"), hint));
        }
    }
    Ok(Request {
        name: args.name.clone(),
        declared: types(args, &source)?,
        filter: filter(args)?,
        sample: args.sample,
        timestamp: args.timestamp.clone(),
        timezone: timezone.to_string(),
        exclude: args.exclude.iter().cloned().collect(),
        only: None,
        kinds,
        segments: args
            .segments
            .iter()
            .map(|by| (by.split('+').map(|column| column.trim().to_string()).collect(), args.top))
            .collect(),
        target: predicted(args)?,
        pairs: !args.no_pairs,
        covariance: args.covariance,
        options: Options { seed: args.seed, keep_values: !args.no_sample, min_bin_count: args.min_bin_count },
        lineage: lineage(args)?,
        performance: performance(args)?,
        strict: true,
        source,
    })
}

fn source(args: &BaselineCreateArgs) -> Result<Source, Failure> {
    let format = match args.format.as_deref() {
        None if Path::new(&args.from).is_dir() => Some("parquet"),
        format => format,
    };
    assay_contract::source_of_path(&args.from, format, Path::new("")).ok_or_else(|| {
        Failure::usage(
            format!("the ending of `{}` tells no format", args.from),
            "add `--format parquet`, `csv`, `jsonl` or `arrow`",
        )
    })
}

fn types(args: &BaselineCreateArgs, source: &Source) -> Result<Vec<ColumnSpec>, Failure> {
    let mut declared: Vec<ColumnSpec> = Vec::new();
    for text in &args.types {
        let (name, ty) = pair(text, "--type", "amount=float64")?;
        let ty = Type::parse(&ty).map_err(|why| Failure::usage(why, "as in `--type amount=float64`"))?;
        declared.push(spec(&name, ty, source));
    }
    Ok(declared)
}

fn filter(args: &BaselineCreateArgs) -> Result<Option<Sql>, Failure> {
    let mut parts: Vec<String> = args.filter.iter().map(|sql| format!("({sql})")).collect();
    if let Some(sql) = &args.filter {
        assay_checks::sql::plain_predicate(sql)
            .map_err(|why| Failure::usage(format!("--where: {why}"), "as in `--where \"split = 'train'\"`"))?;
    }
    if let Some(column) = &args.timestamp {
        let column = format!("\"{}\"", column.replace('"', "\"\""));
        for (time, operator) in [(&args.since, ">="), (&args.until, "<")] {
            let Some(time) = time else { continue };
            let is_time = chrono::DateTime::parse_from_rfc3339(time).is_ok();
            let is_date = chrono::NaiveDate::parse_from_str(time, "%Y-%m-%d").is_ok();
            let is_naive = chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S%.f").is_ok();
            if !is_time && !is_date && !is_naive {
                return Err(Failure::usage(
                    format!("`{time}` is no time"),
                    "a date such as 2026-10-01, or a time such as 2026-10-01T06:00:00Z",
                ));
            }
            parts.push(format!("{column} {operator} timestamp '{time}'"));
        }
    }
    Ok((!parts.is_empty()).then(|| Sql(parts.join(" and "))))
}

fn predicted(args: &BaselineCreateArgs) -> Result<Option<Predicted>, Failure> {
    let Some(target) = &args.target else { return Ok(None) };
    let classes = match args.task.as_deref() {
        Some("classification") => true,
        Some(_) => false,
        None => args.positive.is_some() || args.score.is_some(),
    };
    if !classes && (args.positive.is_some() || args.score.is_some()) {
        return Err(Failure::usage(
            "--positive and --score belong to a classification",
            "write `--task classification`, or leave them out",
        ));
    }
    Ok(Some(Predicted {
        target: target.clone(),
        prediction: args.prediction.clone(),
        classes,
        score: args.score.clone(),
        positive: args.positive.as_deref().map(category),
    }))
}

/// A class as written on the command line: a number, a truth value, or text.
fn category(text: &str) -> Category {
    match text {
        "true" | "false" => Category { kind: CategoryKind::Bool, text: text.into() },
        _ => text
            .parse::<i128>()
            .map(Category::integer)
            .ok()
            .or_else(|| text.parse::<f64>().ok().filter(|value| value.is_finite()).and_then(Category::number))
            .unwrap_or_else(|| Category::text(text)),
    }
}

fn lineage(args: &BaselineCreateArgs) -> Result<BTreeMap<String, String>, Failure> {
    const OWN: [&str; 4] = ["source", "format", "fingerprint", "where"];
    let mut lineage = BTreeMap::new();
    for text in &args.lineage {
        let (name, value) = pair(text, "--lineage", "mlflow_run=3f1a")?;
        if OWN.contains(&name.as_str()) {
            return Err(Failure::usage(format!("`{name}` is filled in by itself"), "leave it out of --lineage"));
        }
        lineage.insert(name, value);
    }
    lineage.extend(args.model.clone().map(|name| ("model_name".to_string(), name)));
    lineage.extend(args.model_version.clone().map(|version| ("model_version".to_string(), version)));
    Ok(lineage)
}

fn performance(args: &BaselineCreateArgs) -> Result<BTreeMap<String, f64>, Failure> {
    use assay_stats::performance::{CLASSIFICATION, REGRESSION};
    let known: BTreeSet<&str> =
        REGRESSION.iter().map(|metric| metric.name).chain(CLASSIFICATION.iter().map(|metric| metric.name)).collect();
    let mut performance = BTreeMap::new();
    for text in &args.performance {
        let (name, value) = pair(text, "--performance", "rmse=3.1")?;
        let value = value.parse::<f64>().ok().filter(|value| value.is_finite());
        let (true, Some(value)) = (known.contains(name.as_str()), value) else {
            let names: Vec<&str> = known.into_iter().collect();
            return Err(Failure::usage(
                format!("`--performance` takes METRIC=NUMBER, not `{text}`"),
                format!("the metrics are {}", names.join(", ")),
            ));
        };
        performance.insert(name, value);
    }
    Ok(performance)
}

fn pair(text: &str, option: &str, example: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err(Failure::usage(
            format!("`{option}` takes NAME=VALUE, not `{text}`"),
            format!("as in `{option} {example}`"),
        )),
    }
}
