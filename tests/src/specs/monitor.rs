//! Runs a case of a monitor: baseline rows become a baseline file, live rows and labels become Parquet, and each window
//! has to end as the case says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::ArrayRef;
use assay_core::drift::baseline::{Baseline, Baselines, FORMAT_VERSION, Header};
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::engine::{BoxFuture, Unwatched, Watch};
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::types::Type;
use assay_core::verdict::{Outcome, Reason};
use assay_profile::{ColumnSpec, Options, arrange, profile_column, segment};
use assay_runner::{Job, Monitoring, Others};
use chrono::{DateTime, Utc};

use super::{Case, Expectation, Form, compare_verdict, engine, environment, expect_problems, repeated, word};

const LIVE: &str = "live.parquet";
const LABELS: &str = "labels.parquet";
const BASELINE: &str = "base.baseline.parquet";

/// A monitor with its rows, as the case writes them.
#[derive(Debug, Default)]
pub struct Watched {
    /// The monitor, as far as it is written.
    pub text: String,
    /// Rows that the baseline is made of.
    pub baseline: Option<String>,
    /// Live rows.
    pub live: Option<String>,
    /// Labels.
    pub labels: Option<String>,
    /// The byte of the baseline's file that is changed.
    pub damaged: Option<usize>,
}

/// Runs the case. The error says why it could not be run at all.
pub(super) fn run_case(case: &Case, watched: &Watched) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let text = complete(watched);
    let loaded = environment(case, folder.path(), |environment| {
        assay_contract::load_monitor("monitor.yaml", text.as_bytes(), environment)
    });
    for (name, content) in &case.files {
        std::fs::write(folder.path().join(name), content).map_err(|e| e.to_string())?;
    }
    let monitor = match loaded {
        Ok(loaded) => loaded.monitor,
        Err(broken) => {
            let problems: Vec<String> = broken.problems.into_iter().map(|problem| problem.message).collect();
            return Ok(expect_problems(case, &problems));
        }
    };
    let live = watched.live.as_ref().ok_or("a monitor needs a `live` block")?;
    repeated::write(&folder.path().join(LIVE), &repeated::read(live)?)?;
    if let Some(labels) = &watched.labels {
        repeated::write(&folder.path().join(LABELS), &repeated::read(labels)?)?;
    }
    if let Some(rows) = &watched.baseline {
        let mut bytes = baseline(&monitor, rows)?;
        if let Some(at) = watched.damaged {
            let byte = bytes.get_mut(at).ok_or("the baseline's file is shorter than that")?;
            *byte ^= 0xff;
        }
        std::fs::write(folder.path().join(BASELINE), bytes).map_err(|e| e.to_string())?;
    }
    Ok(compare(case, &run(case, &monitor, folder.path())))
}

/// The monitor's text with what the case leaves out.
fn complete(watched: &Watched) -> String {
    let has = |key: &str| watched.text.lines().any(|line| line.starts_with(key));
    let mut text = String::new();
    for (key, line) in [
        ("assay:", "assay: 1".to_owned()),
        ("source:", format!("source: {{format: parquet, path: {LIVE}}}")),
        ("baseline:", format!("baseline: {{profile: {BASELINE}}}")),
    ] {
        if !has(key) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text + &watched.text.replace("LABELS", &format!("{{source: {{format: parquet, path: {LABELS}}}}}"))
}

/// A baseline's file, made of rows as `assay baseline create` makes it of columns.
fn baseline(monitor: &Monitor, rows: &str) -> Result<Vec<u8>, String> {
    let batch = repeated::read(rows)?;
    let column = |name: &str| -> Result<Vec<ArrayRef>, String> {
        batch.column_by_name(name).map(|array| vec![array.clone()]).ok_or(format!("the baseline has no `{name}`"))
    };
    let options = Options::default();
    let mut segmentations = Vec::new();
    for wanted in &monitor.segments {
        let by = wanted.by.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>()?;
        let named: Vec<(&str, &[ArrayRef])> =
            wanted.by.iter().map(String::as_str).zip(by.iter().map(Vec::as_slice)).collect();
        segmentations.push(segment(&named, wanted.top as usize, 0).map_err(|e| e.to_string())?);
    }
    let (segmentations, codes): (Vec<_>, Vec<_>) = segmentations.into_iter().unzip();

    // the header of the rows says `name:type`, which is what the baseline remembers of types
    let header = rows.lines().next().unwrap_or_default().split(',').skip(1);
    let mut profiles = Vec::new();
    for (name, ty) in header.filter_map(|column| column.split_once(':')) {
        let kind = monitor.columns.iter().find(|column| column.name == name).and_then(|column| column.kind);
        let dtype = Type::parse(ty).map_or_else(|_| ty.to_owned(), |ty| ty.to_string());
        let spec = ColumnSpec { name: name.to_owned(), dtype, kind };
        profiles.push(profile_column(&spec, &column(name)?, &codes, &options).map_err(|e| e.to_string())?);
    }
    let header = Header {
        name: monitor.name.clone(),
        format_version: FORMAT_VERSION,
        formula_version: assay_stats::drift::FORMULA_VERSION,
        created_at: "2026-11-01T00:00:00Z".into(),
        rows: batch.num_rows() as u64,
        sampled_values: options.samples(),
        segmentations,
        ..Header::default()
    };
    let baseline = Baseline {
        header,
        columns: arrange(profiles),
        pairs: Vec::new(),
        covariance: None,
        performance: Default::default(),
        target: None,
    };
    assay_profile::file::write(&assay_profile::seal::seal(baseline)).map_err(|e| e.to_string())
}

/// Reads baselines beside the monitor.
struct Beside(PathBuf);

impl Beside {
    fn read(&self, monitor: &Monitor) -> Result<Arc<Baseline>, Reason> {
        let missing = |text: String| Reason { code: "baseline_missing".into(), text };
        let BaselineSource::Profile(name) = &monitor.baseline else {
            return Err(missing("specs know baselines in files alone".into()));
        };
        let bytes = std::fs::read(self.0.join(name)).map_err(|e| missing(format!("{name}: {e}")))?;
        let read = assay_profile::file::read(bytes, name).map(Arc::new);
        read.map_err(|error| Reason { code: error.code().into(), text: error.to_string() })
    }
}

impl Baselines for Beside {
    fn load<'a>(
        &'a self,
        monitor: &'a Monitor,
        _: DateTime<Utc>,
        _: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Arc<Baseline>, Reason>> {
        Box::pin(async move { self.read(monitor) })
    }
}

fn run(case: &Case, monitor: &Monitor, folder: &Path) -> RunRecord {
    let monitoring = Monitoring {
        monitors: std::slice::from_ref(monitor),
        baselines: &Beside(folder.to_path_buf()),
        window: None,
        again: false,
    };
    let job = Job {
        contracts: Vec::new(),
        others: Others { contracts: Vec::new(), root: Some(folder.to_path_buf()) },
        monitoring: Some(monitoring),
        store: None,
        planned: None,
        as_of: case.as_of,
        timezone: "UTC".into(),
        mask_key: None,
        watch: &Unwatched,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime of one thread");
    runtime.block_on(assay_runner::run(job, &engine(folder), case.now))
}

/// What is expected of checks has to hold, and every other check of every window has to pass.
fn compare(case: &Case, run: &RunRecord) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut named: Vec<(&str, &str)> = Vec::new();
    for expectation in &case.expected {
        match expectation {
            Expectation::Exit(code) => {
                let got = run.exit_code(false);
                if got != *code {
                    wrong.push(format!("exit code {got}, expected {code}"));
                }
            }
            Expectation::Windows(count) => {
                let got = run.tables.iter().filter(|table| window(table).is_some()).count();
                if got != *count {
                    wrong.push(format!("{got} windows, expected {count}"));
                }
            }
            Expectation::Problem(text) => wrong.push(format!("loads, expected the problem `{text}`")),
            Expectation::Verdict { id, outcome, values } => match find(run, id) {
                Ok((on, check)) => {
                    named.push((on, check.id.as_str()));
                    wrong.extend(compare_check(check, outcome, values));
                }
                Err(why) => wrong.push(why),
            },
            Expectation::Message { id, text } => {
                let message = find(run, id).map(|(_, check)| check.verdict.message.as_str());
                if message != Ok(text) {
                    wrong.push(format!("`{id}` says {message:?}, expected `{text}`"));
                }
            }
        }
    }
    for table in &run.tables {
        let on = window(table).unwrap_or_default();
        for check in table.checks.iter().filter(|check| !named.contains(&(on, check.id.as_str()))) {
            if check.verdict.outcome != Outcome::Pass {
                let outcome = word(check.verdict.outcome);
                wrong.push(format!("`{}` on {on} is {outcome}: {}", check.id, check.verdict.message));
            }
        }
    }
    wrong
}

fn window(table: &TableRecord) -> Option<&str> {
    table.monitor.as_ref()?.window.as_ref().map(|window| window.name.as_str())
}

/// The check `id`, or `id on 2026-11-18` where there are several windows, with its window.
fn find<'a>(run: &'a RunRecord, subject: &str) -> Result<(&'a str, &'a CheckRecord), String> {
    let (id, on) = subject.rsplit_once(" on ").map_or((subject, None), |(id, on)| (id, Some(on)));
    let mut tables =
        run.tables.iter().filter(|table| on.is_none_or(|on| window(table).is_some_and(|w| w.starts_with(on))));
    let table = tables.next().ok_or_else(|| format!("there is no window of `{subject}`"))?;
    if tables.next().is_some() {
        return Err(format!("there are several windows: say `{id} on ..`"));
    }
    let check = table.checks.iter().find(|check| check.id == id).ok_or_else(|| {
        let ids: Vec<&str> = table.checks.iter().map(|check| check.id.as_str()).collect();
        format!("there is no check `{subject}`, only {ids:?}")
    })?;
    Ok((window(table).unwrap_or_default(), check))
}

fn compare_check(check: &CheckRecord, outcome: &str, values: &[(String, String)]) -> Vec<String> {
    let drift = check.drift.as_deref();
    let test = |name: &str| drift.and_then(|drift| drift.tests.iter().find(|test| test.test == name));
    let rounded = |number: f64| ((number * 1e4).round() / 1e4).to_string();
    let mut others = Vec::new();
    let mut wrong = Vec::new();
    for (key, expected) in values {
        let got = match key.split_once('.') {
            None if key == "pending" => {
                let pending = drift.and_then(|drift| drift.pending);
                pending.map(|(seen, needed)| format!("{seen}/{needed}"))
            }
            None if key == "since" => drift.and_then(|drift| drift.since.as_ref()).map(|since| since[..10].to_owned()),
            None if test(key).is_some() => test(key).and_then(|test| test.effect).map(rounded),
            Some((name, "is")) => test(name).map(|test| word(test.outcome).to_owned()),
            Some((name, "n")) => test(name).and_then(|test| test.n).map(|n| n.to_string()),
            Some((name, "m")) => test(name).and_then(|test| test.m).map(|m| m.to_string()),
            Some((name, "code")) => test(name).and_then(|test| Some(test.reason.as_ref()?.code.clone())),
            Some(("in", segment)) => {
                let segments = drift.into_iter().flat_map(|drift| &drift.segments);
                let is_named = |values: &[(String, Option<String>)]| {
                    values.iter().any(|(_, value)| value.as_deref() == Some(segment))
                };
                segments.into_iter().find(|s| is_named(&s.segment)).map(|s| word(s.outcome).to_owned())
            }
            _ => {
                others.push((key.clone(), expected.clone()));
                continue;
            }
        };
        let got = got.unwrap_or_else(|| "-".to_owned());
        if got != *expected {
            wrong.push(format!("`{}` has {key}={got}, expected {expected}: {}", check.id, check.verdict.message));
        }
    }
    wrong.extend(compare_verdict(check, outcome, &others, Form::Parquet));
    wrong
}
