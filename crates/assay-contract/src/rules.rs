//! Files of rules for alerts, as far as they are files: a tree within budgets, and secrets by reference. What the rules
//! mean is read elsewhere.

use assay_core::node::Node;
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use assay_core::suggest::did_you_mean;

use crate::contract::{Kind, kind_of};
use crate::environment::{BUILT_IN, Environment, env_name, from_env, from_file};
use crate::placeholders::{Form, Lookup, Value, fill};
use crate::sources::Sources;

/// Reads a file of rules into a tree, under the next file index of `sources`. The tree is there as well where something
/// is wrong with it, as far as it could be read.
pub fn rules_document(path: &str, bytes: &[u8], sources: &mut Sources) -> (Option<Node>, Vec<Problem>) {
    let mut problems = Vec::new();
    let next = u16::try_from(sources.iter().count()).unwrap_or(u16::MAX);
    let root = crate::document(path, bytes, sources, &mut problems);
    let Some(root) = root else {
        if problems.is_empty() {
            let top = Span { file: next, line: 1, column: 1, ..Span::default() };
            problems.push(Problem::at(top, "the file is empty").hint("it starts with `assay: 1` and `rules: NAME`"));
        }
        return (None, problems);
    };
    if root.entries().is_none() {
        let message = format!("a file of rules is a mapping of keys to values, not {}", root.describe());
        problems.push(Problem::at(root.span, message).hint("it starts with `assay: 1` and `rules: NAME`"));
        return (None, problems);
    }
    if let Some(problem) = not_rules(&root) {
        problems.push(problem);
        return (None, problems);
    }
    crate::version(&root, &mut problems);
    (Some(root), problems)
}

/// Says what a file is that has no rules.
fn not_rules(root: &Node) -> Option<Problem> {
    let (kind, span) = kind_of(root);
    let what = match kind {
        Kind::Rules => return None,
        // nothing tells what it is
        Kind::Contract if root.get("table").is_none() => return None,
        Kind::Contract => "a contract",
        Kind::Pack => "a pack",
        Kind::Monitor => "a monitor",
        Kind::Odcs => "an Open Data Contract Standard file",
    };
    let problem = Problem::at(span, format!("this file is {what}, not rules for alerts"));
    Some(
        problem
            .hint("the folder of rules holds rules only, which have `rules:`; contracts and monitors have their own"),
    )
}

/// Fills the placeholders of a secret that rules name: `${env:NAME}`, `${file:PATH}`, and variables of the project.
///
/// # Errors
/// One of them is not known, or nothing is left; neither shows a value.
pub fn fill_secret(
    reference: &Reference,
    at: Span,
    environment: &Environment<'_>,
    sources: &Sources,
) -> Result<Secret, Problem> {
    let mut lookup = OfRules { environment, sources };
    let filled = fill(reference.written(), Form::Text, at, &mut lookup)?;
    if filled.text.trim().is_empty() {
        let problem = Problem::at(at, format!("a secret is empty: {reference:?}"));
        return Err(problem.hint("give what it names a value"));
    }
    Ok(Secret::new(filled.text))
}

/// Where values of rules come from: as those of contracts, but nothing that changes from run to run.
struct OfRules<'a> {
    environment: &'a Environment<'a>,
    sources: &'a Sources,
}

impl Lookup for OfRules<'_> {
    fn variable(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        let environment = self.environment;
        if BUILT_IN.contains(&name) {
            let problem = Problem::at(at, format!("rules do not change from run to run: `${{{name}}}`"));
            return Err(problem.hint("contracts and monitors take it"));
        }
        let given = environment.vars.get(name).cloned().or_else(|| (environment.env)(&env_name(name)));
        let given = given.map(|text| Value { text, secret: false });
        given.or_else(|| environment.project.vars.get(name).cloned()).ok_or_else(|| {
            let known = environment.vars.keys().chain(environment.project.vars.keys()).map(String::as_str);
            let hint = did_you_mean(name, known).unwrap_or_else(|| {
                format!("set it: `--var {name}=..`, `{}`, or `vars:` in assay.yaml", env_name(name))
            });
            Problem::at(at, format!("unset variable `{name}`")).hint(hint)
        })
    }

    fn env(&mut self, name: &str, at: Span) -> Result<Value, Problem> {
        from_env(name, at, self.environment.env)
    }

    fn file(&mut self, path: &str, at: Span) -> Result<Value, Problem> {
        let from = self.sources.get(at.file).map_or_else(|| "".into(), |file| file.path.clone());
        from_file(path, &from, at, self.environment.files)
    }
}
