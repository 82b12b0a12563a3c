//! Values of parameters as quantities: `90m` is less than `2h`, `1e3` is `1000`.

use std::cmp::Ordering;

use assay_checks::{Length, Number};
use assay_core::literal::Literal;
use assay_core::node::{Node, NodeKind};
use assay_core::text::{self, TextOptions};
use assay_core::types::Type;
use assay_core::value::Value;
use bigdecimal::BigDecimal;

/// How two scalars stand to each other, read by the column's type where there is one. `None`: they cannot be ordered.
pub(crate) fn compare(a: &Node, b: &Node, ty: Option<&Type>) -> Option<Ordering> {
    let (x, y) = (a.text()?, b.text()?);
    if x == y {
        return Some(Ordering::Equal);
    }
    let typed = ty.and_then(|ty| Some(literal(a)?.read(ty).ok()?.cmp(&literal(b)?.read(ty).ok()?)));
    typed.or_else(|| compare_texts(x, y))
}

/// The same of texts whose unit tells what they are.
pub(crate) fn compare_texts(a: &str, b: &str) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (share(a), share(b)) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (seconds(a), seconds(b)) {
        return Some(a.cmp(&b));
    }
    let times = [Type::Date, Type::TimestampZoned("UTC".into()), Type::Timestamp, Type::Time];
    times.iter().find_map(|ty| {
        let read = |text: &str| -> Option<Value> { text::parse(text, ty, &TextOptions::default()).ok() };
        Some(read(a)?.cmp(&read(b)?))
    })
}

fn literal(node: &Node) -> Option<Literal> {
    match &node.kind {
        NodeKind::Scalar { text, .. } => Some(Literal { text: text.clone(), quoted: true, span: node.span }),
        NodeKind::Seq(_) | NodeKind::Map(_) => None,
    }
}

/// A plain number.
pub(crate) fn number(text: &str) -> Option<BigDecimal> {
    Number::parse(text.trim()).ok().map(|number| number.value)
}

/// `99.5%` as 99.5.
pub(crate) fn share(text: &str) -> Option<BigDecimal> {
    number(text.trim().strip_suffix('%')?.trim_end())
}

/// A length of time.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    Length::parse(text.trim()).ok().map(|length| length.seconds)
}

/// How many rows may fail.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Allowed {
    Rows(BigDecimal),
    Percent(BigDecimal),
}

impl Allowed {
    /// `5` or `0.1%`; `kept`: the text says the share that has to be right.
    pub fn read(text: &str, kept: bool) -> Option<Allowed> {
        match share(text) {
            Some(percent) if kept => Some(Allowed::Percent(BigDecimal::from(100) - percent)),
            Some(percent) => Some(Allowed::Percent(percent)),
            None if kept => None,
            None => number(text).map(Allowed::Rows),
        }
    }

    /// Nothing is nothing, in rows and as a share; otherwise the two cannot be ordered.
    pub fn compare(&self, other: &Allowed) -> Option<Ordering> {
        let zero = BigDecimal::from(0);
        let value = |allowed: &Allowed| match allowed {
            Allowed::Rows(value) | Allowed::Percent(value) => value.clone(),
        };
        let (a, b) = (value(self), value(other));
        match (self, other) {
            (Allowed::Rows(_), Allowed::Rows(_)) | (Allowed::Percent(_), Allowed::Percent(_)) => Some(a.cmp(&b)),
            _ if a == zero || b == zero => Some(a.cmp(&b)),
            _ => None,
        }
    }
}
