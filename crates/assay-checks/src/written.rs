//! A check as a contract writes it, in one form whatever form it was written in. Nothing is built and nothing refused:
//! two versions of a contract are compared so, one of which may lack what it would need to run.

use assay_core::node::{Key, Node, NodeKind};

use crate::checks::completeness::short_form;
use crate::common::id_of;
use crate::direction::Direction;
use crate::read::as_map;
use crate::registry::{CheckSpec, find};

/// A check in its map form.
#[derive(Clone)]
pub struct WrittenCheck {
    /// What it is.
    pub spec: &'static CheckSpec,
    /// Its id, given or made from its place.
    pub id: String,
    /// Its parameters, the ones it shares with others included.
    pub parameters: Vec<(Key, Node)>,
}

impl std::fmt::Debug for WrittenCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WrittenCheck").field("id", &self.id).field("parameters", &self.parameters).finish()
    }
}

impl WrittenCheck {
    /// The same check where columns have other names; `column` is the one it stands on, as it was called.
    #[must_use]
    pub fn with_columns(&self, column: Option<&str>, renamed: &dyn Fn(&str) -> String) -> Self {
        let mut check = self.clone();
        for (key, value) in &mut check.parameters {
            if self.spec.direction(&key.text) == Some(Direction::Names) {
                match &mut value.kind {
                    NodeKind::Scalar { text, .. } => *text = renamed(text),
                    NodeKind::Seq(items) => {
                        for item in items {
                            if let NodeKind::Scalar { text, .. } = &mut item.kind {
                                *text = renamed(text);
                            }
                        }
                    }
                    NodeKind::Map(_) => {}
                }
            }
        }
        if check.get("id").is_none() {
            check.id = default_id(check.spec, &check.parameters, column.map(renamed).as_deref());
        }
        check
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.parameters.iter().find(|(key, _)| key.text == name).map(|(_, value)| value)
    }
}

/// Reads `key: value` of a column or of the table. `None`: there is no such check, it is switched off
/// (`required: false`), or its value has a form that it does not take.
pub fn written(key: &Key, value: &Node, column: Option<&str>) -> Option<WrittenCheck> {
    let spec = find(&key.text)?;
    let value = match spec.aliases {
        [] => value.clone(),
        [..] => short_form(key, value).ok()??,
    };
    let map = as_map(spec, key, &value).ok()?;
    let parameters = map.entries()?.to_vec();
    let given = parameters.iter().find(|(key, _)| key.text == "id").and_then(|(_, id)| id.text());
    let id = given.map_or_else(|| default_id(spec, &parameters, column), str::to_owned);
    Some(WrittenCheck { spec, id, parameters })
}

/// The id of a check without one of its own.
fn default_id(spec: &CheckSpec, parameters: &[(Key, Node)], column: Option<&str>) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut percentiles: Vec<&str> = Vec::new();
    for (key, value) in parameters {
        match (spec.direction(&key.text), &value.kind) {
            (Some(Direction::Names), NodeKind::Scalar { text, .. }) => names.push(text),
            (Some(Direction::Names), NodeKind::Seq(items)) => names.extend(items.iter().filter_map(Node::text)),
            (Some(Direction::Percentiles), _) => percentiles.push(&key.text),
            _ => {}
        }
    }
    let names = if column.is_some() { &[] } else { names.as_slice() };
    let id = id_of(column, spec.name, names);
    if percentiles.is_empty() { id } else { format!("{id}.{}", percentiles.join("+")) }
}
