//! Reading the cases of a spec.

use chrono::{DateTime, Utc};

use super::monitor::Watched;

/// One case: contracts with their tables, and what is expected of the first; or a monitor with its rows.
#[derive(Debug)]
pub struct Case {
    /// Its heading.
    pub title: String,
    /// Contracts, as far as they are written, each with its rows. The first is judged.
    pub tables: Vec<(String, Rows)>,
    /// A monitor, in place of contracts.
    pub monitor: Option<Watched>,
    /// Other files beside the contract.
    pub files: Vec<(String, String)>,
    /// The run's clock.
    pub now: DateTime<Utc>,
    /// Whether the clock was set by the user.
    pub as_of: bool,
    /// Variables.
    pub vars: Vec<(String, String)>,
    /// The only form it is run in.
    only: Option<Form>,
    /// What has to come out.
    pub expected: Vec<Expectation>,
}

/// A table as the spec writes it.
#[derive(Debug)]
pub enum Rows {
    /// CSV with a header.
    Csv(String),
    /// JSON lines.
    JsonLines(String),
}

/// How the rows are given to Assay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As the spec writes them.
    Text,
    /// Typed, as Parquet.
    Parquet,
}

/// What has to come out.
#[derive(Debug)]
pub enum Expectation {
    /// A check's outcome and figures.
    Verdict {
        /// The check.
        id: String,
        /// Its outcome.
        outcome: String,
        /// Figures, as (name, value).
        values: Vec<(String, String)>,
    },
    /// A check's sentence.
    Message {
        /// The check.
        id: String,
        /// The sentence.
        text: String,
    },
    /// The exit code.
    Exit(u8),
    /// How many windows a monitor evaluates.
    Windows(usize),
    /// A problem of the contract or monitor.
    Problem(String),
}

impl Rows {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Rows::Csv(text) | Rows::JsonLines(text) => text,
        }
    }

    /// The format's name, which is its file extension, too.
    pub fn extension(&self) -> &'static str {
        match self {
            Rows::Csv(_) => "csv",
            Rows::JsonLines(_) => "jsonl",
        }
    }
}

impl Form {
    /// Its name in the line `only:`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Parquet => "parquet",
        }
    }
}

impl Case {
    fn new(title: &str) -> Case {
        Case {
            title: title.to_owned(),
            tables: Vec::new(),
            monitor: None,
            files: Vec::new(),
            now: DateTime::parse_from_rfc3339("2026-11-20T12:00:00Z").expect("a time").to_utc(),
            as_of: false,
            vars: Vec::new(),
            only: None,
            expected: Vec::new(),
        }
    }

    /// The forms it is run in.
    pub fn forms(&self) -> Vec<Form> {
        if self.monitor.is_some() {
            return vec![Form::Parquet];
        }
        self.only.map_or(vec![Form::Text, Form::Parquet], |form| vec![form])
    }
}

/// The cases of a spec: one for each heading of the second level.
pub fn read_cases(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut pending_contract: Option<String> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case::new(title));
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(kind) = line.strip_prefix("```") {
            let body: String = lines.by_ref().take_while(|l| !l.starts_with("```")).map(|l| format!("{l}\n")).collect();
            take_block(case, kind.trim(), body, &mut pending_contract)
                .map_err(|why| format!("{}: {why}", case.title))?;
        } else {
            take_line(case, line).map_err(|why| format!("{}: {why}", case.title))?;
        }
    }
    let has_nothing = |case: &&Case| (case.tables.is_empty() && case.monitor.is_none()) || case.expected.is_empty();
    match cases.iter().find(has_nothing) {
        Some(case) => {
            Err(format!("{}: a case needs a contract with a table, or a monitor, and an expectation", case.title))
        }
        None if cases.is_empty() => Err("there is no case".into()),
        None => Ok(cases),
    }
}

fn take_block(case: &mut Case, kind: &str, body: String, contract: &mut Option<String>) -> Result<(), String> {
    let mut table = |rows: Rows| {
        let contract = contract.take().ok_or("a table without a contract before it")?;
        case.tables.push((contract, rows));
        Ok(())
    };
    match kind.split_once(' ').unwrap_or((kind, "")) {
        ("yaml", "") if body.lines().any(|line| line.starts_with("monitor:")) => {
            case.monitor = Some(Watched { text: body, ..Watched::default() });
            Ok(())
        }
        (rows @ ("baseline" | "live" | "labels"), "") => {
            let watched = case.monitor.as_mut().ok_or("rows without a monitor before them")?;
            *match rows {
                "baseline" => &mut watched.baseline,
                "live" => &mut watched.live,
                _ => &mut watched.labels,
            } = Some(body);
            Ok(())
        }
        ("yaml", "") => {
            *contract = Some(body);
            Ok(())
        }
        ("csv", "") => table(Rows::Csv(body)),
        ("jsonl", "") => table(Rows::JsonLines(body)),
        ("file", name) if !name.is_empty() => {
            case.files.push((name.to_owned(), body));
            Ok(())
        }
        ("expect", "") => {
            for line in body.lines().filter(|line| !line.trim().is_empty()) {
                case.expected.push(expectation(line)?);
            }
            Ok(())
        }
        _ => Err(format!("unknown block `{kind}`")),
    }
}

/// A setting on a line of its own; every other line is prose.
fn take_line(case: &mut Case, line: &str) -> Result<(), String> {
    let Some((key, value)) = line.split_once(": ") else { return Ok(()) };
    let time = || DateTime::parse_from_rfc3339(value).map(|t| t.to_utc()).map_err(|e| format!("{value}: {e}"));
    match key {
        "now" => case.now = time()?,
        "as_of" => (case.now, case.as_of) = (time()?, true),
        "var" => {
            let (name, value) = value.split_once('=').ok_or("a variable is written name=value")?;
            case.vars.push((name.to_owned(), value.to_owned()));
        }
        "damaged" => {
            let watched = case.monitor.as_mut().ok_or("only a monitor's baseline can be damaged")?;
            watched.damaged = Some(value.parse().map_err(|_| format!("`{value}` is no byte"))?);
        }
        "only" => {
            let form = [Form::Text, Form::Parquet].into_iter().find(|form| form.name() == value);
            case.only = Some(form.ok_or_else(|| format!("unknown form `{value}`"))?);
        }
        _ => {}
    }
    Ok(())
}

/// `id: outcome name=value ..`, `message id: sentence`, `exit: code`, `windows: count` or
/// `problem: sentence`. An id may contain `: `
/// only inside double quotes.
fn expectation(line: &str) -> Result<Expectation, String> {
    let (subject, rest) = line.split_once(": ").ok_or_else(|| format!("not an expectation: `{line}`"))?;
    if subject == "exit" {
        return rest.parse().map(Expectation::Exit).map_err(|_| format!("not an exit code: `{rest}`"));
    }
    if subject == "windows" {
        return rest.parse().map(Expectation::Windows).map_err(|_| format!("not a number of windows: `{rest}`"));
    }
    if subject == "problem" {
        return Ok(Expectation::Problem(rest.to_owned()));
    }
    if let Some(id) = subject.strip_prefix("message ") {
        return Ok(Expectation::Message { id: id.to_owned(), text: rest.to_owned() });
    }
    let mut words = rest.split(' ');
    let outcome = words.next().unwrap_or_default();
    if !["pass", "skipped", "warn", "fail", "error"].contains(&outcome) {
        return Err(format!("unknown outcome `{outcome}`"));
    }
    let value = |word: &str| {
        let (key, value) =
            word.split_once('=').ok_or_else(|| format!("a figure is written name=value, not `{word}`"))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    let values = words.map(value).collect::<Result<_, String>>()?;
    Ok(Expectation::Verdict { id: subject.to_owned(), outcome: outcome.to_owned(), values })
}
