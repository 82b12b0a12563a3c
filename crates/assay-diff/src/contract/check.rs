//! Two versions of one check.

use std::cmp::Ordering;

use assay_checks::direction::Direction;
use assay_checks::{AGGREGATE, ROW_CHECK};
use assay_core::node::Node;
use assay_core::problem::Span;
use assay_core::types::Type;
use assay_core::verdict::Severity;

use super::limits::{Bound, Limits, Slot, level, looser, own_severity};
use super::table::Placed;
use crate::codes::*;
use crate::findings::{About, At, Findings, Values};
use crate::quantity;
use crate::tree::{items, same_or_none, show};

/// Compares two versions of a check. `inherited`: the contract's own severity changed, which was reported once.
pub(crate) fn compare(found: &mut Findings<'_>, base: &Placed, head: &Placed, inherited: bool) {
    let limits = [Limits::of(base, found.base.severity), Limits::of(head, found.head.severity)];
    let mut pair = Pair { found, base, head, limits, inherited };
    pair.severity();
    pair.limits();
    pair.parameters();
}

struct Pair<'p, 'a> {
    found: &'p mut Findings<'a>,
    base: &'p Placed,
    head: &'p Placed,
    limits: [Limits; 2],
    inherited: bool,
}

impl Pair<'_, '_> {
    fn add(&mut self, code: Code, at: At, values: Values, message: String) {
        let about = About { column: self.head.column.as_deref(), check: Some(&self.head.check.id) };
        self.found.add(code, at, about, values, message);
    }

    fn id(&self) -> String {
        self.head.check.id.clone()
    }

    fn lowered(&self) -> bool {
        self.limits[0].worst > self.limits[1].worst
    }

    fn raised(&self) -> bool {
        self.limits[0].worst < self.limits[1].worst
    }

    fn severity(&mut self) {
        let from_contract = own_severity(self.base).is_none() && own_severity(self.head).is_none();
        let has_pair = |limits: &Limits| limits.slots.values().any(|levels| levels.iter().all(Option::is_some));
        if self.inherited && from_contract && !self.limits.iter().any(has_pair) {
            return;
        }
        let (code, message, values) = match (self.lowered(), self.raised()) {
            (true, _) => (SEVERITY_LOWERED, "only warns where it failed", Values::texts("fail", "warn")),
            (_, true) => (SEVERITY_RAISED, "fails where it only warned", Values::texts("warn", "fail")),
            _ => return,
        };
        let message = format!("`{}` {message}", self.id());
        let at = self.head.check.parameters.iter().find(|(key, _)| key.text == "severity").map(|(key, _)| key.span);
        self.add(code, At::Head(at.unwrap_or(self.head.at)), values, message);
    }

    fn limits(&mut self) {
        let mut slots: Vec<Slot> = self.limits.iter().flat_map(|limits| limits.slots.keys().cloned()).collect();
        slots.sort();
        slots.dedup();
        let mut seen: Vec<(Span, Values, &str)> = Vec::new();
        for slot in slots {
            let of = |limits: &Limits| limits.slots.get(&slot).cloned().unwrap_or_default();
            let (before, after) = (of(&self.limits[0]), of(&self.limits[1]));
            for (code, at, values, message) in self.slot(&slot, &before, &after) {
                // `equals` is two ends written once
                let (At::Head(span) | At::Base(span)) = at;
                let key = (span, values.clone(), code.name);
                if !seen.contains(&key) {
                    seen.push(key);
                    self.add(code, at, values, message);
                }
            }
        }
    }

    /// The changes of one limit, at both levels.
    fn slot(
        &self,
        slot: &Slot,
        before: &[Option<Bound>; 2],
        after: &[Option<Bound>; 2],
    ) -> Vec<(Code, At, Values, String)> {
        let (warn, fail) = (level(Severity::Warn), level(Severity::Fail));
        match (before, after) {
            ([None, None], [None, None]) => Vec::new(),
            ([None, None], _) => self.limit_added(slot, after),
            (_, [None, None]) => self.limit_removed(slot, before),
            _ => {
                let mut all = Vec::new();
                for at in [fail, warn] {
                    match (&before[at], &after[at]) {
                        (Some(b), Some(a)) => all.extend(self.ordered(slot, b, a, at == fail)),
                        (None, None) => {}
                        // The level moved: its value is compared with that of the other level.
                        (Some(b), None) if before[1 - at].is_none() => {
                            if let Some(a) = &after[1 - at] {
                                all.extend(self.moved(slot, b, a, at == fail));
                            }
                        }
                        (Some(b), None) => {
                            let (code, what) = match at == fail {
                                true if self.lowered() => continue,
                                true => (SEVERITY_LOWERED, "no longer fails, it only warns"),
                                false => (LIMIT_LOOSENED, "no longer warns before it fails"),
                            };
                            let message = format!("{} {what}{}", self.limit_name(slot, b), was(&b.node));
                            all.push((code, At::Base(b.node.span), Values::of(Some(&b.node), None), message));
                        }
                        (None, Some(_)) if after[1 - at].is_none() => {}
                        (None, Some(a)) => {
                            let (code, what) = match at == fail {
                                true if self.raised() => continue,
                                true => (SEVERITY_RAISED, "fails now where it only warned"),
                                false => (WARNING_TIGHTENED, "warns before it fails"),
                            };
                            let message = format!("{} {what}: `{}`", self.limit_name(slot, a), show(&a.node));
                            all.push((code, At::Head(a.node.span), Values::of(None, Some(&a.node)), message));
                        }
                    }
                }
                all
            }
        }
    }

    /// A single level became the other one.
    fn moved(&self, slot: &Slot, before: &Bound, after: &Bound, from_fail: bool) -> Vec<(Code, At, Values, String)> {
        let mut all = self.ordered(slot, before, after, !from_fail);
        if !self.lowered() && !self.raised() {
            let (code, what) = if from_fail {
                (SEVERITY_LOWERED, "only warns where it failed")
            } else {
                (SEVERITY_RAISED, "fails where it only warned")
            };
            let message = format!("{} {what}", self.limit_name(slot, after));
            all.push((code, At::Head(after.node.span), Values::of(Some(&before.node), Some(&after.node)), message));
        }
        all
    }

    fn ordered(&self, slot: &Slot, before: &Bound, after: &Bound, fails: bool) -> Vec<(Code, At, Values, String)> {
        let at = At::Head(after.node.span);
        let values = Values::of(Some(&before.node), Some(&after.node));
        let name = self.limit_name(slot, after);
        match looser(slot.1, before, after, self.head.ty.as_ref()) {
            Some(Ordering::Equal) => Vec::new(),
            Some(Ordering::Greater) => {
                vec![(LIMIT_LOOSENED, at, values.clone(), format!("{name} was loosened{}", change(before, after)))]
            }
            Some(Ordering::Less) => {
                let code = if fails { LIMIT_TIGHTENED } else { WARNING_TIGHTENED };
                vec![(code, at, values.clone(), format!("{name} was tightened{}", change(before, after)))]
            }
            None => unordered(&name, fails, at, values),
        }
    }

    fn limit_added(&self, slot: &Slot, after: &[Option<Bound>; 2]) -> Vec<(Code, At, Values, String)> {
        let (code, bound) = match (&after[1], &after[0]) {
            (Some(bound), _) => (LIMIT_TIGHTENED, bound),
            (None, Some(bound)) => (WARNING_TIGHTENED, bound),
            (None, None) => return Vec::new(),
        };
        let message = format!("{} was added: `{}`", self.limit_name(slot, bound), show(&bound.node));
        vec![(code, At::Head(bound.node.span), Values::of(None, Some(&bound.node)), message)]
    }

    fn limit_removed(&self, slot: &Slot, before: &[Option<Bound>; 2]) -> Vec<(Code, At, Values, String)> {
        let Some(bound) = before[1].as_ref().or(before[0].as_ref()) else { return Vec::new() };
        let message = format!("{} was removed{}", self.limit_name(slot, bound), was(&bound.node));
        vec![(LIMIT_LOOSENED, At::Base(bound.node.span), Values::of(Some(&bound.node), None), message)]
    }

    /// `` `min` of `amount.range` ``.
    fn limit_name(&self, slot: &Slot, bound: &Bound) -> String {
        match slot.0.as_str() {
            "" => format!("`{}` of `{}`", bound.name, self.id()),
            label => format!("`{}` of `{label}` of `{}`", bound.name, self.id()),
        }
    }

    fn parameters(&mut self) {
        let spec = self.head.check.spec;
        let shared = assay_checks::direction::COMMON.iter().filter(|(name, _)| spec.common.contains(name));
        let known: Vec<(&'static str, Direction)> = spec.directions.iter().chain(shared).copied().collect();
        for (name, direction) in known {
            let (before, after) = (value(self.base, name), value(self.head, name));
            if same_or_none(before, after) && !self.file_changed(name, after) {
                continue;
            }
            self.parameter(name, direction, before, after);
        }
    }

    /// A set in a file changes with the file.
    fn file_changed(&self, name: &str, after: Option<&Node>) -> bool {
        let file = after.and_then(Node::text).filter(|_| name == "file");
        file.is_some_and(|file| match (self.found.base.files.get(file), self.found.head.files.get(file)) {
            (Some(before), Some(after)) => before != after,
            _ => false,
        })
    }

    fn fails(&self) -> bool {
        self.limits[1].worst == Some(Severity::Fail)
    }

    fn parameter(&mut self, name: &'static str, direction: Direction, before: Option<&Node>, after: Option<&Node>) {
        let at = match (after, before) {
            (Some(node), _) => At::Head(node.span),
            (None, Some(node)) => At::Base(node.span),
            (None, None) => return,
        };
        let values = Values::of(before, after);
        let what = format!("`{name}` of `{}`", self.id());
        let order = match direction {
            // these are limits, severity and id, which were compared
            Direction::Lower | Direction::LowerOpen | Direction::Upper | Direction::UpperOpen | Direction::Between => {
                return;
            }
            Direction::Exactly | Direction::Outside | Direction::Share | Direction::Tolerance => return,
            Direction::Percentiles | Direction::Severity | Direction::Id => return,
            Direction::Prose => {
                let code = if name == "why" { WHY_CHANGED } else { TAGS_CHANGED };
                return self.add(code, at, values.clone(), format!("{what} changed{}", values.words()));
            }
            Direction::OneOf | Direction::NoneOf => {
                return self.sets(&what, direction == Direction::OneOf, at, before, after);
            }
            Direction::Words(words) => self.words(name, words, before, after),
            Direction::LooserOn => {
                let on = |node: Option<&Node>| {
                    node.and_then(Node::text).is_none_or(|text| text.eq_ignore_ascii_case("true"))
                };
                Some(on(after).cmp(&on(before)))
            }
            Direction::Filter => self.filter(before, after),
            Direction::Lifts if self.counts_rows() => Some(after.is_none().cmp(&before.is_none())),
            Direction::Lifts | Direction::Unordered | Direction::Names => None,
        };
        match order {
            Some(Ordering::Equal) => {}
            Some(Ordering::Greater) => {
                self.add(LIMIT_LOOSENED, at, values.clone(), format!("{what} was loosened{}", values.words()))
            }
            Some(Ordering::Less) => {
                self.tightened(at, values.clone(), format!("{what} was tightened{}", values.words()))
            }
            None => {
                for (code, at, values, message) in unordered(&what, self.fails(), at, values) {
                    self.add(code, at, values, message);
                }
            }
        }
    }

    fn tightened(&mut self, at: At, values: Values, message: String) {
        let code = if self.fails() { LIMIT_TIGHTENED } else { WARNING_TIGHTENED };
        self.add(code, at, values, message);
    }

    /// Words stand from loose to strict.
    fn words(&self, name: &str, words: &[&str], before: Option<&Node>, after: Option<&Node>) -> Option<Ordering> {
        let starred = words.iter().position(|word| word.starts_with('*')).unwrap_or(0);
        let index = |node: Option<&Node>, passes: bool| match node.and_then(Node::text) {
            None if name == "on_empty" => Some(usize::from(!passes)),
            None => Some(starred),
            Some(text) => words.iter().position(|word| word.trim_start_matches('*') == text),
        };
        let spec = self.head.check.spec;
        let passes = |document: &assay_contract::Resolved| match spec.common {
            common if common == AGGREGATE => document.empty_aggregates_pass,
            _ => document.empty_row_checks_pass,
        };
        let before = index(before, passes(self.found.base))?;
        let after = index(after, passes(self.found.head))?;
        Some(before.cmp(&after))
    }

    /// Whether fewer rows can only mean fewer failing rows that count: not so for figures and shares.
    fn counts_rows(&self) -> bool {
        let is_share = |limits: &Limits| {
            limits.slots.values().flatten().flatten().any(|bound| {
                let text = bound.node.text().unwrap_or_default();
                quantity::share(text).is_some_and(|share| {
                    let none = if bound.name == "min" { 100 } else { 0 };
                    share != quantity::number(&none.to_string()).unwrap_or_default()
                })
            })
        };
        self.head.check.spec.common == ROW_CHECK && !self.limits.iter().any(is_share)
    }

    fn filter(&self, before: Option<&Node>, after: Option<&Node>) -> Option<Ordering> {
        match (before, after) {
            (None, Some(_)) if self.counts_rows() => Some(Ordering::Greater),
            (Some(_), None) if self.counts_rows() => Some(Ordering::Less),
            _ => None,
        }
    }

    /// Values that are allowed, or that are not.
    fn sets(&mut self, what: &str, allowed: bool, at: At, before: Option<&Node>, after: Option<&Node>) {
        if allowed && (before.is_none() || after.is_none()) {
            // the other one is in a file
            for (code, at, values, message) in unordered(what, self.fails(), at, Values::of(before, after)) {
                self.add(code, at, values, message);
            }
            return;
        }
        let ty = self.head.ty.clone();
        let (before, after) = (before.map(items).unwrap_or_default(), after.map(items).unwrap_or_default());
        let added = missing(after, before, ty.as_ref());
        let removed = missing(before, after, ty.as_ref());
        let list =
            |nodes: &[&Node]| nodes.iter().map(|node| format!("`{}`", show(node))).collect::<Vec<_>>().join(", ");
        let plural = |nodes: &[&Node]| if nodes.len() == 1 { "value was" } else { "values were" };
        if let Some(first) = added.first() {
            let at = At::Head(first.span);
            let values = Values(None, Some(list(&added).replace('`', "")));
            let message = format!("{} {} added to {what}: {}", added.len(), plural(&added), list(&added));
            match allowed {
                true => self.add(VALUE_ADDED, at, values, message),
                false => self.tightened(at, values, message),
            }
        }
        if let Some(first) = removed.first() {
            let at = At::Base(first.span);
            let values = Values(Some(list(&removed).replace('`', "")), None);
            let message = format!("{} {} removed from {what}: {}", removed.len(), plural(&removed), list(&removed));
            let code = match (allowed, self.fails()) {
                (true, true) => VALUE_REMOVED,
                (true, false) => WARNING_TIGHTENED,
                (false, _) => LIMIT_LOOSENED,
            };
            self.add(code, at, values, message);
        }
    }
}

/// Values of one list that the other does not have.
fn missing<'n>(of: &'n [Node], from: &[Node], ty: Option<&Type>) -> Vec<&'n Node> {
    let texts: std::collections::HashSet<&str> = from.iter().filter_map(Node::text).collect();
    let plain = from.len().saturating_mul(of.len()) > 1_000_000;
    let known = |node: &Node| {
        node.text().is_some_and(|text| texts.contains(text))
            || (!plain && from.iter().any(|other| quantity::compare(other, node, ty) == Some(Ordering::Equal)))
    };
    of.iter().filter(|node| !known(node)).collect()
}

/// What cannot be ordered may be either.
pub(crate) fn unordered(what: &str, fails: bool, at: At, values: Values) -> Vec<(Code, At, Values, String)> {
    let message = format!("{what} changed{}; the two cannot be ordered", values.words());
    let mut both = vec![(MAY_BE_LOOSENED, at, values.clone(), message.clone())];
    if fails {
        both.push((MAY_BE_TIGHTENED, at, values, message));
    }
    both
}

fn value<'p>(placed: &'p Placed, name: &str) -> Option<&'p Node> {
    // `nan: null` is a mode, not nothing
    placed.check.get(name).filter(|node| !node.is_null() || name == "mode")
}

fn change(before: &Bound, after: &Bound) -> String {
    let name = |bound: &Bound| match bound.name == after.name {
        true => format!("`{}`", show(&bound.node)),
        false => format!("`{}: {}`", bound.name, show(&bound.node)),
    };
    match before.default {
        true => format!(" to {}", name(after)),
        false => format!(" from {} to {}", name(before), name(after)),
    }
}

fn was(node: &Node) -> String {
    format!(", it was `{}`", show(node))
}
