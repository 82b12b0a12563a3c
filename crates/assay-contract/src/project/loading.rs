//! The sections of `assay.yaml`, and what they are read with.

use assay_core::contract::Files;
use assay_core::node::{Node, NodeKind};
use assay_core::problem::{Problem, Span};

use super::{Project, Secret, connections, defaults, metrics, scheduler, server, state};
use crate::environment::{check_variable_name, from_env, from_file};
use crate::placeholders::{Filled, Form, Lookup, Value, fill, has_any};
use crate::sources::Sources;
use crate::{Broken, read};

/// Every section; a new one is one file beside this and one line here.
const SECTIONS: &[(&str, Section)] = &[
    ("assay", |_, _| {}),
    ("project", |loading, node| loading.project.name = read::text(node, "project", &mut loading.problems)),
    ("timezone", |loading, node| {
        if let Some(zone) = read::timezone(node, &mut loading.problems) {
            loading.project.timezone = zone;
        }
    }),
    ("paths", defaults::paths),
    ("state", state::read),
    ("vars", vars),
    ("connections", connections::read),
    ("mask_key", mask_key),
    ("defaults", defaults::read),
    ("layers", defaults::layers),
    ("engine", defaults::engine),
    ("server", server::read),
    ("scheduler", scheduler::read),
    ("metrics", metrics::read),
];
/// The sections with a text that may be a secret; everything else of the file is shown.
const WITH_PLACEHOLDERS: &[&str] = &["vars", "mask_key", "state", "connections"];

/// Reads a section into the project. What it leaves out stays as it is.
type Section = fn(&mut Loading<'_>, &Node);

/// A project that is being read.
pub(super) struct Loading<'a> {
    /// As far as it is read.
    pub project: Project,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is allowed but probably not meant.
    warnings: Vec<Problem>,
    /// Places of secrets that are written down: they are shown beside no problem.
    secrets: Vec<Span>,
    rim: Rim<'a>,
}

/// Reads the secrets of assay.yaml; variables are not known in it.
struct Rim<'a> {
    path: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
    files: &'a dyn Files,
}

impl Lookup for Rim<'_> {
    fn variable(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        Err(Problem::at(at, format!("assay.yaml itself takes no variables: `${{{name}}}`"))
            .hint("`${env:NAME}` and `${file:PATH}` are read here"))
    }
    fn env(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        from_env(name, at, self.env)
    }
    fn file(&mut self, path: &str, at: Span) -> Result<Value, Problem> {
        from_file(path, self.path, at, self.files)
    }
}

impl<'a> Loading<'a> {
    pub(super) fn new(
        project: Project,
        problems: Vec<Problem>,
        path: &'a str,
        env: &'a dyn Fn(&str) -> Option<String>,
        files: &'a dyn Files,
    ) -> Self {
        Loading { project, problems, warnings: Vec::new(), secrets: Vec::new(), rim: Rim { path, env, files } }
    }

    /// The project, where nothing is wrong.
    pub(super) fn finish(mut self, mut sources: Sources) -> Result<Project, Broken> {
        if !self.problems.is_empty() {
            self.secrets.iter().for_each(|at| sources.hide(*at));
            return Err(Broken { problems: self.problems, sources });
        }
        let placed = |warning: Problem| (sources.place(warning.span.unwrap_or_default()), warning);
        self.project.warnings.extend(self.warnings.into_iter().map(placed));
        Ok(self.project)
    }

    /// Says what is allowed but probably not meant.
    pub(super) fn warn(&mut self, warning: Problem) {
        self.warnings.push(warning);
    }

    /// A whole file.
    pub(super) fn file(&mut self, root: &Node) {
        if read::map(root, "assay.yaml", &mut self.problems).is_none() {
            return;
        }
        crate::version(root, &mut self.problems);
        self.sections(root);
    }

    /// The sections of a mapping.
    pub(super) fn sections(&mut self, root: &Node) {
        for (key, value) in root.entries().unwrap_or_default() {
            if read::enough(&self.problems) {
                return;
            }
            let name = key.text.as_str();
            if !WITH_PLACEHOLDERS.contains(&name) {
                self.refuse_placeholders(value);
            }
            match SECTIONS.iter().find(|(known, _)| *known == name) {
                Some((_, section)) => section(self, value),
                None => {
                    let known: Vec<&str> = SECTIONS.iter().map(|(known, _)| *known).collect();
                    self.problems.push(read::unknown_key(key, "in assay.yaml", &known));
                }
            }
        }
    }

    /// A text with its secrets read.
    pub(super) fn filled(&mut self, node: &Node, what: &str) -> Option<Filled> {
        let text = read::text(node, what, &mut self.problems)?;
        fill(&text, Form::Text, node.span, &mut self.rim).map_err(|problem| self.problems.push(problem)).ok()
    }

    /// A secret with its parts read; where it is written down, it is shown beside no problem.
    pub(super) fn secret(&mut self, node: &Node, what: &str) -> Option<Filled> {
        if !node.text().is_some_and(has_any) {
            self.secrets.push(node.span);
        }
        self.filled(node, what)
    }

    /// A path that has a default.
    pub(super) fn path(&mut self, node: &Node, what: &str) -> Option<String> {
        self.not_empty(node, what, "remove it for the default")
    }

    /// A file that has to be named.
    pub(super) fn file_name(&mut self, node: &Node, what: &str) -> Option<String> {
        self.not_empty(node, what, "name a file, relative to assay.yaml")
    }

    fn not_empty(&mut self, node: &Node, what: &str, hint: &str) -> Option<String> {
        let path = read::text(node, what, &mut self.problems)?;
        if path.trim().is_empty() {
            self.problems.push(Problem::at(node.span, format!("`{what}` is empty")).hint(hint));
            return None;
        }
        Some(path)
    }

    /// Placeholders stand in `vars`, `mask_key`, `state.url` and passwords only: everything else of this file is shown.
    pub(super) fn refuse_placeholders(&mut self, node: &Node) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            match &node.kind {
                NodeKind::Scalar { text, .. } if has_any(text) => {
                    self.problems.push(
                        Problem::at(node.span, format!("a placeholder cannot stand here: {}", node.describe())).hint(
                            "assay.yaml takes them in `vars`, `mask_key`, `state.url` and passwords of `connections`",
                        ),
                    );
                }
                NodeKind::Scalar { .. } => {}
                NodeKind::Seq(items) => waiting.extend(items),
                NodeKind::Map(entries) => waiting.extend(entries.iter().map(|(_, value)| value)),
            }
        }
    }
}

fn vars(loading: &mut Loading<'_>, node: &Node) {
    for (key, value) in read::map(node, "vars", &mut loading.problems).unwrap_or_default() {
        if let Err(why) = check_variable_name(&key.text) {
            loading.problems.push(Problem::at(key.span, why));
        } else if let Some(filled) = loading.filled(value, &format!("variable `{}`", key.text)) {
            loading.project.vars.insert(key.text.clone(), Value { text: filled.text, secret: filled.secret });
        }
    }
}

fn mask_key(loading: &mut Loading<'_>, node: &Node) {
    if let Some(filled) = loading.secret(node, "mask_key") {
        loading.project.mask_key = Some(Secret::new(filled.text));
    }
}
