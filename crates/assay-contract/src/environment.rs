//! What surrounds a contract while it is loaded, given as values and closures: this crate reads no file, no
//! environment and no clock by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_core::contract::Files;
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::placeholders::{Lookup, Value, is_name};
use crate::project::Project;
use crate::sources::Sources;

/// The most bytes that `${file:}` reads.
const MAX_SECRET_BYTES: usize = 64 << 10;
/// The most bytes that values may add to one contract.
const MAX_FILLED_BYTES: usize = 1 << 20;

/// The rim's side of loading.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// assay.yaml, or its defaults.
    pub project: &'a Project,
    /// The folder of assay.yaml, to which data paths are relative; without one, the contract's folder.
    pub root: Option<&'a Path>,
    /// `--var` of the command line.
    pub vars: &'a BTreeMap<String, String>,
    /// Environment variables.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Files that contracts name.
    pub files: &'a dyn Files,
    /// The planned instant of the run: `${now}`, and in the project's zone `${date}`.
    pub planned: DateTime<Utc>,
}

/// Names that Assay sets itself.
pub const BUILT_IN: [&str; 2] = ["date", "now"];

/// Whether a variable may have this name; the error is one sentence.
pub fn check_variable_name(name: &str) -> Result<(), String> {
    if BUILT_IN.contains(&name) {
        return Err(format!("`{name}` is built in and cannot be set; `--as-of` moves it"));
    }
    if !is_name(name) {
        return Err(format!("a variable's name is letters, digits and `_`, not `{}`", crate::yaml::shorten(name)));
    }
    Ok(())
}

impl Environment<'_> {
    /// The folder that the data paths of the contract at `path` are relative to.
    pub(crate) fn folder(&self, path: &str) -> PathBuf {
        match self.root {
            Some(root) => root.to_path_buf(),
            None => Path::new(path).parent().map(Path::to_path_buf).unwrap_or_default(),
        }
    }

    fn built_in(&self, name: &str) -> Option<String> {
        match name {
            "date" => {
                let zone: chrono_tz::Tz = self.project.timezone.parse().unwrap_or(chrono_tz::UTC);
                Some(self.planned.with_timezone(&zone).format("%Y-%m-%d").to_string())
            }
            "now" => Some(self.planned.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            _ => None,
        }
    }
}

/// The environment variable that sets the variable `name`: `ASSAY__VARS__NAME`.
pub(crate) fn env_name(name: &str) -> String {
    format!("ASSAY__VARS__{}", name.to_uppercase())
}

/// Looks up the placeholders of one contract and keeps account of what was used.
pub(crate) struct Variables<'a> {
    environment: &'a Environment<'a>,
    /// Which file a span is in, for `${file:}`.
    pub(crate) sources: &'a Sources,
    /// The contract's own `vars`, the weakest.
    pub(crate) own: BTreeMap<String, Value>,
    /// Used ones that may be shown.
    pub(crate) used: BTreeMap<String, String>,
    /// Every name that was asked for.
    asked: BTreeSet<String>,
    bytes: usize,
    /// Whether secrets and what is not set are left as placeholders instead of being problems.
    pub(crate) lenient: bool,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(environment: &'a Environment<'a>, sources: &'a Sources) -> Self {
        Self {
            environment,
            sources,
            own: BTreeMap::new(),
            used: BTreeMap::new(),
            asked: BTreeSet::new(),
            bytes: 0,
            lenient: false,
        }
    }

    /// The same for texts that are compared, not run: what is not known here stays a placeholder, and no secret is read.
    pub(crate) fn lenient(environment: &'a Environment<'a>, sources: &'a Sources) -> Self {
        Self { lenient: true, ..Self::new(environment, sources) }
    }

    pub(crate) fn was_used(&self, name: &str) -> bool {
        self.asked.contains(name)
    }

    fn charge(&mut self, value: Value, at: Span) -> Result<Value, Problem> {
        self.bytes += value.text.len();
        if self.bytes > MAX_FILLED_BYTES {
            return Err(Problem::at(at, "variables add more than 1 MiB to this contract"));
        }
        Ok(value)
    }

    fn unset(&self, name: &str, at: Span) -> Problem {
        let project = &self.environment.project.vars;
        let known = BUILT_IN
            .into_iter()
            .chain(self.environment.vars.keys().map(String::as_str))
            .chain(project.keys().map(String::as_str))
            .chain(self.own.keys().map(String::as_str));
        let hint = did_you_mean(name, known).unwrap_or_else(|| {
            format!("set it: `--var {name}=..`, `{}`, or `vars:` in assay.yaml or here", env_name(name))
        });
        Problem::at(at, format!("unset variable `{name}`")).hint(hint)
    }
}

impl Lookup for Variables<'_> {
    fn variable(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        self.asked.insert(name.to_owned());
        let plain = |text: String| Value { text, secret: false };
        let environment = self.environment;
        let value = environment
            .built_in(name)
            .or_else(|| environment.vars.get(name).cloned())
            .or_else(|| (environment.env)(&env_name(name)))
            .map(plain)
            .or_else(|| environment.project.vars.get(name).cloned())
            .or_else(|| self.own.get(name).cloned());
        let value = value.or_else(|| self.lenient.then(|| plain(format!("${{{name}}}"))));
        let value = value.ok_or_else(|| self.unset(name, at))?;
        if !value.secret {
            self.used.insert(name.to_owned(), value.text.clone());
        }
        self.charge(value, at)
    }

    fn env(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        if self.lenient {
            return Ok(Value { text: format!("${{env:{name}}}"), secret: true });
        }
        let value = from_env(name, at, self.environment.env)?;
        self.charge(value, at)
    }

    fn file(&mut self, path: &str, at: Span) -> Result<Value, Problem> {
        if self.lenient {
            return Ok(Value { text: format!("${{file:{path}}}"), secret: true });
        }
        let from = self.sources.get(at.file).map_or_else(|| "".into(), |file| file.path.clone());
        let value = from_file(path, &from, at, self.environment.files)?;
        self.charge(value, at)
    }
}

/// `${env:NAME}`.
pub(crate) fn from_env(name: &str, at: Span, env: &dyn Fn(&str) -> Option<String>) -> Result<Value, Problem> {
    match env(name) {
        Some(text) => Ok(Value { text, secret: true }),
        None => Err(Problem::at(at, format!("environment variable is not set: `{}`", crate::yaml::shorten(name)))),
    }
}

/// `${file:PATH}`: the file's text without the line break at its end.
pub(crate) fn from_file(path: &str, from: &str, at: Span, files: &dyn Files) -> Result<Value, Problem> {
    let bytes = files.read(path, from).map_err(|why| Problem::at(at, why))?;
    if bytes.len() > MAX_SECRET_BYTES {
        return Err(Problem::at(at, format!("a file named by `${{file:}}` has at most 64 KiB: `{path}`")));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value { text: text.trim_end_matches(['\n', '\r']).to_owned(), secret: true }),
        Err(_) => Err(Problem::at(at, format!("not UTF-8 text: `{path}`"))),
    }
}

/// What may not be shown cannot stand where results would print it.
pub(crate) fn refuse_secret(at: Span) -> Problem {
    Problem::at(at, "a value from `${env:}` or `${file:}` is secret and cannot stand where results show it")
        .hint(format!("use a variable: `${{name}}`, set by `--var name=..` or `{}`", env_name("name")))
}
