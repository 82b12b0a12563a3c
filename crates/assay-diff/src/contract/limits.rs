//! The limits of a check in one form: which end, at which level, where.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use assay_checks::direction::{Direction, LIMITS};
use assay_core::node::{Node, NodeKind};
use assay_core::types::Type;
use assay_core::verdict::Severity;

use super::table::Placed;
use crate::quantity::{self, Allowed};

/// What a limit bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Lower,
    Upper,
    /// The lower end of what is not allowed.
    GapFrom,
    /// The upper end of what is not allowed.
    GapTo,
    /// How many rows may fail.
    Tolerance,
}

/// One limit: of a percentile, or of the check's only figure.
pub(crate) type Slot = (String, End);

/// A limit as written.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub node: Node,
    /// The name of the parameter.
    pub name: String,
    /// Whether the end itself is not allowed.
    pub open: bool,
    /// `tolerate: 0`, which nobody wrote.
    pub default: bool,
}

/// All limits of a check: by slot, `warn` and `fail`.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub slots: BTreeMap<Slot, [Option<Bound>; 2]>,
    /// The worst level it can break at.
    pub worst: Option<Severity>,
}

/// The index of a level.
pub(crate) fn level(severity: Severity) -> usize {
    usize::from(severity == Severity::Fail)
}

impl Limits {
    /// Of a check whose severity is `severity` where it says none itself.
    pub fn of(placed: &Placed, severity: Severity) -> Limits {
        let mut limits = Limits::default();
        let own = own_severity(placed).unwrap_or(severity);
        let spec = placed.check.spec;
        let parameters =
            placed.check.parameters.iter().filter_map(|(key, value)| Some((key, value, spec.direction(&key.text)?)));
        let mut of_rows = Vec::new();
        for (key, value, direction) in parameters {
            match direction {
                Direction::Share | Direction::Tolerance => limits.add("", &key.text, direction, value, own),
                Direction::Percentiles => limits.percentile(&key.text, value, own),
                _ => of_rows.push((key, value, direction)),
            }
        }
        if spec.common.contains(&"tolerate") && limits.slots.is_empty() {
            let zero = Node::scalar("0", false, placed.at);
            limits.put(("".into(), End::Tolerance), own, &zero, "tolerate", false, true);
        }
        // The bounds of a row check say which rows break it: they count at the level that its tolerance breaks at.
        let own = limits.worst.unwrap_or(own);
        for (key, value, direction) in of_rows {
            limits.add("", &key.text, direction, value, own);
        }
        limits.worst = Some(limits.worst.unwrap_or(own));
        limits
    }

    /// The limits of `p99`, whose scalar is `equals` and whose list is `between`.
    fn percentile(&mut self, name: &str, value: &Node, own: Severity) {
        let number = name.trim_start_matches('p');
        let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
        let label = format!("p{number}");
        match &value.kind {
            NodeKind::Scalar { .. } => self.add(&label, "equals", Direction::Exactly, value, own),
            NodeKind::Seq(_) => self.add(&label, "between", Direction::Between, value, own),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if let Some((_, direction)) = LIMITS.iter().find(|(name, _)| *name == key.text) {
                        self.add(&label, &key.text, *direction, value, own);
                    }
                }
            }
        }
    }

    fn add(&mut self, label: &str, name: &str, direction: Direction, value: &Node, own: Severity) {
        for (severity, value) in levels(value, own) {
            let mut put =
                |end, value: &Node, open| self.put((label.to_owned(), end), severity, value, name, open, false);
            let two = |from, to| match &value.kind {
                NodeKind::Seq(items) if items.len() == 2 => vec![(from, &items[0]), (to, &items[1])],
                _ => Vec::new(),
            };
            match direction {
                Direction::Lower => put(End::Lower, value, false),
                Direction::LowerOpen => put(End::Lower, value, true),
                Direction::Upper => put(End::Upper, value, false),
                Direction::UpperOpen => put(End::Upper, value, true),
                Direction::Exactly => {
                    put(End::Lower, value, false);
                    put(End::Upper, value, false);
                }
                Direction::Between => {
                    two(End::Lower, End::Upper).into_iter().for_each(|(end, value)| put(end, value, false))
                }
                Direction::Outside => {
                    two(End::GapFrom, End::GapTo).into_iter().for_each(|(end, value)| put(end, value, false))
                }
                Direction::Share | Direction::Tolerance => put(End::Tolerance, value, false),
                _ => {}
            }
        }
    }

    fn put(&mut self, slot: Slot, severity: Severity, value: &Node, name: &str, open: bool, default: bool) {
        let bound = Bound { node: value.clone(), name: name.to_owned(), open, default };
        self.slots.entry(slot).or_default()[level(severity)] = Some(bound);
        self.worst = self.worst.max(Some(severity));
    }
}

/// `severity:` of a check.
pub(crate) fn own_severity(placed: &Placed) -> Option<Severity> {
    match placed.check.get("severity")?.text()? {
        "warn" => Some(Severity::Warn),
        "fail" => Some(Severity::Fail),
        _ => None,
    }
}

/// A value at its level, or both halves of a pair.
fn levels(value: &Node, own: Severity) -> Vec<(Severity, &Node)> {
    let Some(entries) = value.entries() else { return vec![(own, value)] };
    let half = |(key, value)| match key {
        "warn" => Some((Severity::Warn, value)),
        "fail" => Some((Severity::Fail, value)),
        _ => None,
    };
    entries
        .iter()
        .filter_map(|(key, value)| half((key.text.as_str(), value)))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// Which of two limits of a slot lets more pass: `Greater` where the second is looser. `None`: they cannot be ordered.
pub(crate) fn looser(end: End, before: &Bound, after: &Bound, ty: Option<&Type>) -> Option<Ordering> {
    if end == End::Tolerance {
        let read = |bound: &Bound| Allowed::read(bound.node.text()?, bound.name == "min");
        return read(after)?.compare(&read(before)?);
    }
    let order = quantity::compare(&after.node, &before.node, ty)?;
    Some(match end {
        // an open end allows less than a closed one at the same value
        End::Lower => order.reverse().then(before.open.cmp(&after.open)),
        End::Upper => order.then(before.open.cmp(&after.open)),
        End::GapFrom => order,
        End::GapTo => order.reverse(),
        End::Tolerance => order,
    })
}
