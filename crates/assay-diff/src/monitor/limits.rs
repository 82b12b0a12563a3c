//! Limits of effects: `0.2`, `5%`, `{warn: .., fail: ..}`, and of performance also `1.15x baseline`.

use std::cmp::Ordering;

use assay_core::node::Node;
use assay_core::problem::Span;

use crate::codes::{Code, MONITORING_STRENGTHENED};
use crate::findings::{About, At, Findings, Values};
use crate::quantity::{number, share};

/// A limit at one level, as a number and as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    pub value: Option<Amount>,
    pub text: String,
    pub at: Span,
}

/// A plain number, or a multiple of the value at training.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Amount {
    Plain(bigdecimal::BigDecimal),
    Times(bigdecimal::BigDecimal),
}

/// `warn` and `fail`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Limits(pub Option<Limit>, pub Option<Limit>);

impl Amount {
    /// A share is a fraction of 1.
    pub fn read(text: &str) -> Option<Amount> {
        let text = text.trim();
        if let Some(times) = text.strip_suffix("baseline").map(str::trim_end).and_then(|text| text.strip_suffix('x')) {
            return number(times).map(Amount::Times);
        }
        let percent = share(text).map(|percent| percent / bigdecimal::BigDecimal::from(100));
        percent.or_else(|| number(text)).map(Amount::Plain)
    }

    fn compare(&self, other: &Amount) -> Option<Ordering> {
        match (self, other) {
            (Amount::Plain(a), Amount::Plain(b)) | (Amount::Times(a), Amount::Times(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Limit {
    fn of(node: &Node) -> Option<Limit> {
        let text = node.text().filter(|_| !node.is_null())?.trim().to_owned();
        Some(Limit { value: Amount::read(&text), text, at: node.span })
    }

    /// A limit that nobody wrote.
    pub fn usual(value: f64, at: Span) -> Limit {
        let text = value.to_string();
        Limit { value: Amount::read(&text), text, at }
    }
}

impl Limits {
    /// One number fails.
    pub fn of(node: &Node) -> Limits {
        match node.entries() {
            Some(_) => Limits(node.get("warn").and_then(Limit::of), node.get("fail").and_then(Limit::of)),
            None => Limits(None, Limit::of(node)),
        }
    }

    pub fn words(&self) -> String {
        match self {
            Limits(Some(warn), Some(fail)) => format!("{{warn: {}, fail: {}}}", warn.text, fail.text),
            Limits(Some(warn), None) => format!("{{warn: {}}}", warn.text),
            Limits(None, Some(fail)) => fail.text.clone(),
            Limits(None, None) => "off".into(),
        }
    }
}

/// Compares both levels. `larger_is_weaker`: a larger limit lets more pass.
pub(super) fn compare(
    found: &mut Findings<'_>,
    (before, after): (&Limits, &Limits),
    larger_is_weaker: bool,
    code: Code,
    about: About<'_>,
    what: &str,
) {
    let levels = [("fail", &before.1, &after.1), ("warn", &before.0, &after.0)];
    for (name, before, after) in levels {
        let what = format!("the `{name}` limit of {what}");
        match (before, after) {
            (None, None) => {}
            (Some(old), None) => {
                let values = Values(Some(old.text.clone()), None);
                found.add(code, At::Base(old.at), about, values, format!("{what} was removed, it was `{}`", old.text));
            }
            (None, Some(new)) => {
                let values = Values(None, Some(new.text.clone()));
                let message = format!("{what} was added: `{}`", new.text);
                found.add(MONITORING_STRENGTHENED, At::Head(new.at), about, values, message);
            }
            (Some(old), Some(new)) => {
                let values = Values::texts(&old.text, &new.text);
                let words = values.words();
                let order = match (&old.value, &new.value) {
                    (Some(old), Some(new)) => new.compare(old),
                    _ if old.text == new.text => Some(Ordering::Equal),
                    _ => None,
                };
                super::graded(found, order, larger_is_weaker, code, At::Head(new.at), about, values, &what, &words);
            }
        }
    }
}
