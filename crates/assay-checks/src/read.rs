//! From the node of a check to its typed parameters: the scalar form becomes the map form, the keys that all checks
//! share are read apart from the check's own, and every problem is reported, not only the first.

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::common::Common;
use crate::registry::CheckSpec;

/// Reads the value of a check in scalar or map form.
pub fn read<P: for<'de> Deserialize<'de> + JsonSchema>(
    spec: &CheckSpec,
    key: &Key,
    value: &Node,
) -> Result<(Common, P), Vec<Problem>> {
    let map = as_map(spec, key, value).map_err(|problem| vec![problem])?;
    let entries = map.entries().expect("as_map gives a mapping");
    let own_keys = properties(&schema_of::<P>());
    let (mut common, mut own, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (name, node) in entries {
        if spec.common.contains(&name.text.as_str()) {
            common.push((name.clone(), node.clone()));
        } else if own_keys.contains_key(&name.text) {
            own.push((name.clone(), node.clone()));
        } else {
            problems.push(unknown_key(spec, name, own_keys.keys().map(String::as_str)));
        }
    }
    let common = typed::<Common>(common, value.span, &mut problems);
    let own = typed::<P>(own, value.span, &mut problems);
    match (common, own) {
        (Some(common), Some(own)) if problems.is_empty() => Ok((common, own)),
        _ => Err(problems),
    }
}

/// Reads entries as `T`. Where one is wrong, it is reported and left out, and the rest is read again.
pub fn typed<T: for<'de> Deserialize<'de>>(
    entries: Vec<(Key, Node)>,
    span: Span,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let mut node = Node { kind: NodeKind::Map(entries), span };
    loop {
        let error = match T::deserialize(&node) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let culprit = error.span();
        problems.push(error.into_problem(span));
        let NodeKind::Map(entries) = &mut node.kind else { return None };
        let at = entries.iter().position(|(k, v)| culprit.is_some_and(|there| k.span == there || holds(v, there)));
        match at {
            Some(at) => entries.remove(at),
            None => return None,
        };
    }
}

fn holds(node: &Node, place: Span) -> bool {
    node.span == place
        || match &node.kind {
            NodeKind::Scalar { .. } => false,
            NodeKind::Seq(items) => items.iter().any(|item| holds(item, place)),
            NodeKind::Map(entries) => entries.iter().any(|(k, v)| k.span == place || holds(v, place)),
        }
}

fn unknown_key<'a>(spec: &CheckSpec, key: &Key, own: impl Iterator<Item = &'a str> + Clone) -> Problem {
    let name = key.text.as_str();
    if spec.later.contains(&name) || LATER.contains(&name) {
        return Problem::at(key.span, format!("`{name}` of `{}` is not available in this version", spec.name));
    }
    if matches!(name, "warn" | "fail") && spec.pair {
        return Problem::at(key.span, format!("`{name}` cannot stand beside other keys"))
            .hint(format!("write `{}: {{warn: .., fail: ..}}`", spec.main_key));
    }
    if crate::common::ROW_CHECK.contains(&name) {
        return Problem::at(key.span, format!("`{name}` does not apply to `{}`", spec.name));
    }
    let known = own.chain(spec.common.iter().copied());
    let hint = did_you_mean(name, known.clone())
        .unwrap_or_else(|| format!("its keys are {}", known.collect::<Vec<_>>().join(", ")));
    Problem::at(key.span, format!("unknown key `{name}` of check `{}`", spec.name)).hint(hint)
}

/// Keys of the language that checks of this version do not know yet.
const LATER: &[&str] = &["by", "top", "min_rows", "approximate"];

/// The map form: a scalar or list is put under the check's main key.
pub(crate) fn as_map(spec: &CheckSpec, key: &Key, value: &Node) -> Result<Node, Problem> {
    let under = |name: &str, value: Node| Node {
        span: value.span,
        kind: NodeKind::Map(vec![(Key { text: name.into(), span: key.span }, value)]),
    };
    match &value.kind {
        NodeKind::Map(entries) => {
            let bare_pair =
                !entries.is_empty() && entries.iter().all(|(k, _)| matches!(k.text.as_str(), "warn" | "fail"));
            Ok(if bare_pair && spec.pair { under(spec.main_key, value.clone()) } else { value.clone() })
        }
        _ if value.is_null() && value.text() != Some("null") => {
            Err(Problem::at(key.span, format!("`{}` has no value", key.text)).hint(spec.hint))
        }
        NodeKind::Scalar { .. } | NodeKind::Seq(_) if spec.main_key.is_empty() => {
            let message = format!("`{}` takes a mapping, not {}", key.text, value.describe());
            Err(Problem::at(value.span, message).hint(spec.hint))
        }
        NodeKind::Scalar { .. } => Ok(under(spec.number_key.unwrap_or(spec.main_key), value.clone())),
        NodeKind::Seq(_) => Ok(under(spec.main_key, value.clone())),
    }
}

/// The JSON Schema of the map form of a check: its own keys and those it shares with others.
pub fn schema<P: JsonSchema>(spec: &CheckSpec) -> Value {
    let mut own = schema_of::<P>();
    let shared = properties(&schema_of::<Common>());
    let object = own.as_object_mut().expect("parameters are a struct");
    object.remove("$schema");
    object.remove("title");
    let all = object.entry("properties").or_insert_with(|| json!({}));
    let all = all.as_object_mut().expect("properties are an object");
    all.extend(shared.into_iter().filter(|(name, _)| spec.common.contains(&name.as_str())));
    own
}

/// The JSON Schema of a type, everything in place.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}
