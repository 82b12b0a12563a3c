//! Typed reading: `&Node` is a serde `Deserializer`, and whatever goes wrong keeps the place where it was written.
//!
//! Scalars are read strictly: a number is not text, quoted digits are not a number, nothing is not a value. Three
//! types see more than serde's data model carries: [`Literal`](crate::literal::Literal) takes a scalar with its text
//! and place, [`Spanned`] takes any value with its place, and an enum named [`SHAPE`] chooses its variant (`scalar`,
//! `list`, `map`) by how the value is written.

mod places;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::{Key, Node, NodeKind};
use crate::literal::looks_typed;
use crate::problem::{Problem, Span};
use crate::suggest::did_you_mean;
pub use places::Spanned;
use places::{LiteralParts, SpanParts, SpannedParts};

/// The name (`#[serde(rename = "$shape")]`) of an enum whose variant is chosen by the shape of the value.
pub const SHAPE: &str = "$shape";
const LITERAL: &str = "$literal";
const SPANNED: &str = "$spanned";

/// What is wrong with a node, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeError {
    span: Option<Span>,
    message: String,
    hint: Option<String>,
}

impl NodeError {
    fn new(message: String, hint: Option<String>) -> Self {
        Self { span: None, message, hint }
    }

    /// The innermost place wins: it is set once.
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// Where, if that is known by now.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// The problem to report; at `otherwise` where no inner place is known.
    pub fn into_problem(self, otherwise: Span) -> Problem {
        Problem::at(self.span.unwrap_or(otherwise), self.message).maybe_hint(self.hint)
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NodeError {}

impl de::Error for NodeError {
    /// A text after `\nhint: ` becomes the hint.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        match message.split_once("\nhint: ") {
            Some((message, hint)) => Self::new(message.into(), Some(hint.into())),
            None => Self::new(message, None),
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown key `{field}`"), suggest(field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            format!("expected {}, found `{variant}`", one_of(expected)),
            did_you_mean(variant, expected.iter().copied()),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing"), None)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is given twice"), None)
    }
}

fn suggest(name: &str, known: &[&str]) -> Option<String> {
    did_you_mean(name, known.iter().copied())
        .or_else(|| (!known.is_empty()).then(|| format!("the keys are {}", known.join(", "))))
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".into(),
        [one] => format!("`{one}`"),
        [first @ .., last] => {
            format!("{} or `{last}`", first.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

impl Node {
    fn expected(&self, what: &str) -> NodeError {
        let hint = match &self.kind {
            NodeKind::Map(entries)
                if !entries.is_empty() && entries.iter().all(|(k, _)| matches!(k.text.as_str(), "warn" | "fail")) =>
            {
                Some("a pair of `warn` and `fail` cannot stand here: write two checks".into())
            }
            NodeKind::Scalar { text, quoted: false } if what == "text" && !self.is_null() => {
                Some(format!("quote it: '{text}'"))
            }
            _ => None,
        };
        NodeError::new(format!("expected {what}, found {}", self.describe()), hint).at(self.span)
    }

    fn plain(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, quoted: false } => Some(text),
            NodeKind::Scalar { .. } | NodeKind::Seq(_) | NodeKind::Map(_) => None,
        }
    }

    fn as_bool(&self) -> Result<bool, NodeError> {
        match self.plain() {
            Some("true" | "True" | "TRUE") => Ok(true),
            Some("false" | "False" | "FALSE") => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    fn as_number<T: std::str::FromStr>(&self, what: &str) -> Result<T, NodeError> {
        let digits = self.plain().filter(|text| !text.starts_with('+'));
        digits.and_then(|text| text.parse().ok()).ok_or_else(|| self.expected(what))
    }

    fn as_text(&self) -> Result<&str, NodeError> {
        match &self.kind {
            NodeKind::Scalar { text, quoted } if *quoted || !looks_typed(text) => Ok(text),
            NodeKind::Scalar { .. } | NodeKind::Seq(_) | NodeKind::Map(_) => Err(self.expected("text")),
        }
    }

    fn shape(&self) -> (&'static str, &'static str) {
        match &self.kind {
            NodeKind::Scalar { .. } => ("scalar", "a single value"),
            NodeKind::Seq(_) => ("list", "a list"),
            NodeKind::Map(_) => ("map", "a mapping"),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $what:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
            visitor.$visit(self.as_number::<$type>($what)?).map_err(|e: NodeError| e.at(self.span))
        })*
    };
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = NodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => visitor.visit_borrowed_str(text),
            NodeKind::Seq(items) => visitor.visit_seq(Items { items: items.iter() }),
            NodeKind::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        }
        .map_err(|e: NodeError| e.at(self.span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_bool(self.as_bool()?).map_err(|e: NodeError| e.at(self.span))
    }

    numbers! {
        deserialize_i8 visit_i8 i8, "a whole number";
        deserialize_i16 visit_i16 i16, "a whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u8 visit_u8 u8, "a whole number of 0 or more";
        deserialize_u16 visit_u16 u16, "a whole number of 0 or more";
        deserialize_u32 visit_u32 u32, "a whole number of 0 or more";
        deserialize_u64 visit_u64 u64, "a whole number of 0 or more";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
        deserialize_char visit_char char, "a single character";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_borrowed_str(self.as_text()?).map_err(|e: NodeError| e.at(self.span))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        self.deserialize_str(visitor)
    }

    /// A key that is written has a value: nothing is an error of the inner type, never `None`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        match &self.kind {
            NodeKind::Seq(items) => {
                visitor.visit_seq(Items { items: items.iter() }).map_err(|e: NodeError| e.at(self.span))
            }
            NodeKind::Scalar { .. } | NodeKind::Map(_) => Err(self.expected("a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, NodeError> {
        match &self.kind {
            NodeKind::Seq(items) if items.len() != len => {
                let message = format!("expected a list of {len} values, found {}", items.len());
                Err(NodeError::new(message, None).at(self.span))
            }
            NodeKind::Scalar { .. } | NodeKind::Seq(_) | NodeKind::Map(_) => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, NodeError> {
        match (name, &self.kind) {
            (LITERAL, NodeKind::Scalar { text, quoted }) => visitor.visit_seq(LiteralParts {
                text: Some(text),
                quoted: Some(*quoted),
                span: SpanParts::new(self.span),
            }),
            (LITERAL, NodeKind::Seq(_) | NodeKind::Map(_)) => Err(self.expected("a single value")),
            (SPANNED, _) => visitor.visit_seq(SpannedParts { span: SpanParts::new(self.span), node: Some(self) }),
            _ => self.deserialize_seq(visitor),
        }
        .map_err(|e: NodeError| e.at(self.span))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        match &self.kind {
            NodeKind::Map(entries) => visitor
                .visit_map(Entries { entries: entries.iter(), value: None })
                .map_err(|e: NodeError| e.at(self.span)),
            NodeKind::Scalar { .. } | NodeKind::Seq(_) => Err(self.expected("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NodeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NodeError> {
        if name == SHAPE {
            return visitor.visit_enum(Shape { node: self, variants }).map_err(|e: NodeError| e.at(self.span));
        }
        let text = self.text().ok_or_else(|| self.expected(&one_of(variants)))?;
        let access: StrDeserializer<'de, NodeError> = text.into_deserializer();
        visitor.visit_enum(access).map_err(|e: NodeError| e.at(self.span))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = NodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NodeError> {
        self.items.next().map(|node| seed.deserialize(node).map_err(|e| e.at(node.span))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, (Key, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = NodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NodeError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        let text: StrDeserializer<'de, NodeError> = key.text.as_str().into_deserializer();
        seed.deserialize(text).map(Some).map_err(|e| e.at(key.span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NodeError> {
        let node = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(node).map_err(|e| e.at(node.span))
    }
}

struct Shape<'de> {
    node: &'de Node,
    variants: &'static [&'static str],
}

impl<'de> de::EnumAccess<'de> for Shape<'de> {
    type Error = NodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), NodeError> {
        let (shape, _) = self.node.shape();
        let name: StrDeserializer<'_, NodeError> = shape.into_deserializer();
        match seed.deserialize(name) {
            Ok(variant) => Ok((variant, self)),
            Err(_) => {
                let words = self.variants.iter().map(|v| match *v {
                    "scalar" => "a single value",
                    "list" => "a list",
                    _ => "a mapping",
                });
                Err(self.node.expected(&words.collect::<Vec<_>>().join(" or ")))
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for Shape<'de> {
    type Error = NodeError;

    fn unit_variant(self) -> Result<(), NodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NodeError> {
        seed.deserialize(self.node)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, NodeError> {
        self.node.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, NodeError> {
        self.node.deserialize_map(visitor)
    }
}
