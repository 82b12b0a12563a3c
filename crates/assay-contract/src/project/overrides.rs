//! `ASSAY__SECTION__KEY`: environment variables that say a key of `assay.yaml` anew.
//!
//! They become one mapping, which is read like the file, into what the file said. Their values are never shown beside a
//! problem: a misspelt name may hold a password.

use assay_core::contract::Files;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use serde_json::Value;

use super::Project;
use super::loading::Loading;
use crate::sources::Sources;
use crate::{Broken, yaml};

/// What every such variable begins with.
pub(super) const PREFIX: &str = "ASSAY__";
/// Between the keys on the way to a value.
const BETWEEN: &str = "__";
/// Values of contracts, which are looked up where a contract names them.
const VARS: &str = "VARS";
/// Further names.
const ALIASES: &[(&str, &str)] = &[("SERVER__TOKEN_FILE", "SERVER__TOKENS__FILE")];
/// What is taken as it is instead of as YAML, because no part of it may be shown in an error.
const VERBATIM: &[&str] = &["MASK_KEY", "STATE__URL", "CONNECTIONS__*__SMTP__PASSWORD"];

impl Project {
    /// Says keys anew by environment variables (`ASSAY__SERVER__LISTEN`), each value the YAML of its key. Others than
    /// those that begin with `ASSAY__` are passed over, and so is `ASSAY__VARS__..`, which contracts look up themselves.
    /// Nothing is changed where something is wrong.
    pub fn override_with(
        &mut self,
        vars: &[(String, String)],
        env: &dyn Fn(&str) -> Option<String>,
        files: &dyn Files,
    ) -> Result<(), Broken> {
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let known = known();
        let mut root = Node { kind: NodeKind::Map(Vec::new()), span: Span { line: 1, column: 1, ..Span::default() } };
        let mut vars: Vec<&(String, String)> = vars.iter().collect();
        // problems in the same order wherever the environment lists them
        vars.sort();
        for (name, value) in vars {
            let Some(keys) = name.strip_prefix(PREFIX) else { continue };
            if keys.strip_prefix(VARS).is_some_and(|rest| rest.starts_with(BETWEEN)) {
                continue;
            }
            let Some(file) = sources.add(name, String::new()) else {
                problems.push(Problem {
                    span: None,
                    message: "there are too many variables `ASSAY__..`".into(),
                    hint: None,
                });
                break;
            };
            let at = Span { file, line: 1, column: 1, ..Span::default() };
            let keys = ALIASES.iter().find(|(alias, _)| *alias == keys).map_or(keys, |(_, keys)| keys);
            let path: Vec<String> = keys.split(BETWEEN).map(str::to_lowercase).collect();
            if !is_known(keys, &known) {
                problems.push(unknown(name, at, &known));
            } else if let Some(node) = parsed(keys, value, at, &mut problems) {
                insert(&mut root, &path, node, at).unwrap_or_else(|problem| problems.push(problem));
            }
        }
        let mut loading = Loading::new(self.clone(), problems, "assay.yaml", env, files);
        loading.sections(&root);
        *self = loading.finish(sources)?;
        Ok(())
    }
}

/// The node of a value, all of it at the one place that a variable has.
fn parsed(keys: &str, value: &str, at: Span, problems: &mut Vec<Problem>) -> Option<Node> {
    if VERBATIM.iter().any(|known| says(known, keys)) && !value.is_empty() {
        return Some(Node::scalar(value, true, at));
    }
    let text = match yaml::decode(value.as_bytes(), at.file) {
        Ok(text) => text,
        Err((_, problem)) => {
            problems.push(Problem { span: Some(at), ..problem });
            return None;
        }
    };
    let parsed = yaml::parse(&text, at.file);
    let placed = |problem: Problem| Problem { span: Some(at), ..problem };
    let before = problems.len();
    problems.extend(parsed.problems.into_iter().map(placed));
    if problems.len() > before {
        return None;
    }
    let mut node = parsed.root.unwrap_or_else(|| Node::scalar("", false, at));
    place(&mut node, at);
    Some(node)
}

fn place(node: &mut Node, at: Span) {
    node.span = at;
    match &mut node.kind {
        NodeKind::Scalar { .. } => {}
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| place(item, at)),
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                key.span = at;
                place(value, at);
            }
        }
    }
}

/// Puts a node under a path of keys, making the mappings on the way.
fn insert(root: &mut Node, path: &[String], node: Node, at: Span) -> Result<(), Problem> {
    let twice = || Problem::at(at, "another variable says this key, too").hint("set one of them");
    let [key, rest @ ..] = path else { return Err(twice()) };
    let NodeKind::Map(entries) = &mut root.kind else { return Err(twice()) };
    let found = entries.iter().position(|(known, _)| known.text == *key);
    match (found, rest) {
        (Some(found), [_, ..]) => insert(&mut entries[found].1, rest, node, at),
        (Some(_), []) => Err(twice()),
        (None, _) => {
            let mut value = if rest.is_empty() { node.clone() } else { Node { kind: NodeKind::Map(vec![]), span: at } };
            if !rest.is_empty() {
                insert(&mut value, rest, node, at)?;
            }
            entries.push((Key { text: key.clone(), span: at }, value));
            Ok(())
        }
    }
}

fn unknown(name: &str, at: Span, known: &[String]) -> Problem {
    let names: Vec<String> = known.iter().map(|keys| format!("{PREFIX}{keys}")).collect();
    let hint = did_you_mean(name, names.iter().map(String::as_str))
        .unwrap_or_else(|| "`ASSAY__SECTION__KEY` says a key of assay.yaml, as in `ASSAY__SERVER__LISTEN`".into());
    Problem::at(at, format!("unknown environment variable `{}`", yaml::shorten(name))).hint(hint)
}

fn is_known(keys: &str, known: &[String]) -> bool {
    known.iter().any(|known| says(known, keys))
}

/// Whether a variable says a key; `*` stands for a name, such as that of a layer.
fn says(known: &str, keys: &str) -> bool {
    let (known, keys): (Vec<&str>, Vec<&str>) = (known.split(BETWEEN).collect(), keys.split(BETWEEN).collect());
    known.len() == keys.len()
        && known.iter().zip(&keys).all(|(known, key)| known == key || (*known == "*" && !key.is_empty()))
}

/// Every key that can be said anew, as variables have it: those of the schema that are no sections.
fn known() -> Vec<String> {
    let mut found: Vec<String> = ALIASES.iter().map(|(alias, _)| (*alias).to_owned()).collect();
    below(&crate::schema::project_schema(), "", &mut found);
    found.retain(|keys| keys != "ASSAY" && keys != VARS && !keys.starts_with("VARS__"));
    found
}

fn below(schema: &Value, above: &str, found: &mut Vec<String>) {
    let mut add = |key: &str, schema: &Value| {
        let path =
            if above.is_empty() { key.to_uppercase() } else { format!("{above}{BETWEEN}{}", key.to_uppercase()) };
        below(schema, &path, found);
    };
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        add(key, schema);
    }
    match &schema["additionalProperties"] {
        any @ Value::Object(_) => add("*", any),
        _ if schema["properties"].is_null() => found.push(above.to_owned()),
        _ => {}
    }
}
