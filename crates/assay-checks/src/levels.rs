//! A value that may be given at two levels: `5`, or `{warn: 5, fail: 10}`.

use std::borrow::Cow;

use assay_core::verdict::{Limits, Severity};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// One value, which breaks at the check's severity, or a pair that names its levels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename = "$shape")]
pub enum Levels<T> {
    /// `{warn: .., fail: ..}`.
    #[serde(rename = "map")]
    Pair(Pair<T>),
    /// The value alone.
    #[serde(rename = "scalar", alias = "list")]
    One(T),
}

/// The halves of a pair; one alone is allowed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair<T> {
    /// Beyond this: a warning.
    pub warn: Option<T>,
    /// Beyond this: a failure.
    pub fail: Option<T>,
}

impl<T> Levels<T> {
    /// Whether the levels are named.
    pub fn is_pair(&self) -> bool {
        matches!(self, Levels::Pair(_))
    }

    /// The same levels of something else.
    pub fn map<U>(self, each: impl Fn(T) -> U) -> Levels<U> {
        match self {
            Levels::One(value) => Levels::One(each(value)),
            Levels::Pair(Pair { warn, fail }) => Levels::Pair(Pair { warn: warn.map(&each), fail: fail.map(&each) }),
        }
    }

    /// Each value with the severity it breaks at, worst first.
    pub fn each(&self, severity: Severity) -> impl Iterator<Item = (Severity, &T)> {
        let (first, second) = match self {
            Levels::One(value) => (Some((severity, value)), None),
            Levels::Pair(pair) => {
                (pair.fail.as_ref().map(|v| (Severity::Fail, v)), pair.warn.as_ref().map(|v| (Severity::Warn, v)))
            }
        };
        first.into_iter().chain(second)
    }

    /// The worst level that is broken, with its value.
    pub fn broken(&self, severity: Severity, breaks: impl Fn(&T) -> bool) -> Option<(Severity, &T)> {
        self.each(severity).find(|(_, value)| breaks(value))
    }

    /// The worst level it can break at.
    pub fn worst(&self, severity: Severity) -> Severity {
        self.each(severity).next().map_or(severity, |(level, _)| level)
    }

    /// The value that breaks first: what a passing check kept.
    pub fn strictest(&self, severity: Severity) -> Option<&T> {
        self.each(severity).last().map(|(_, value)| value)
    }

    /// What is wrong with a pair: empty, or `fail` tighter than `warn` (`None`: cannot be told).
    pub fn problem(&self, tighter: impl Fn(&T, &T) -> Option<bool>) -> Option<String> {
        match self {
            Levels::One(_) => None,
            Levels::Pair(Pair { warn: None, fail: None }) => {
                Some("the pair is empty: give `warn`, `fail` or both".into())
            }
            Levels::Pair(Pair { warn: Some(warn), fail: Some(fail) }) => match tighter(fail, warn) {
                Some(false) => None,
                Some(true) => Some("`fail` is tighter than `warn`: a failure would never be a warning first".into()),
                None => Some("`warn` and `fail` cannot be compared: write both in rows or both as shares".into()),
            },
            Levels::Pair(_) => None,
        }
    }

    /// Adds the values to the limits of a verdict under `name`.
    pub fn record(&self, name: &str, severity: Severity, text: impl Fn(&T) -> String, limits: &mut Limits) {
        for (level, value) in self.each(severity) {
            let entry = (name.to_owned(), text(value));
            match level {
                Severity::Warn => limits.warn.push(entry),
                Severity::Fail => limits.fail.push(entry),
            }
        }
    }
}

impl<T: JsonSchema> JsonSchema for Levels<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("LevelsOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {
            "type": "object",
            "properties": {"warn": one, "fail": one},
            "additionalProperties": false,
            "minProperties": 1,
        }]})
    }
}
