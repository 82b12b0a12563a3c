//! Values that know where they were written: [`Literal`] and [`Spanned`]. Serde's data model has no places, so a span
//! travels as five numbers in front of (or behind) the value.

use std::fmt;

use serde::de::value::{BoolDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::{LITERAL, NodeError, SPANNED};
use crate::literal::Literal;
use crate::node::Node;
use crate::problem::Span;

/// A span as five numbers.
pub(super) struct SpanParts(std::array::IntoIter<u32, 5>);

impl SpanParts {
    pub(super) fn new(span: Span) -> Self {
        SpanParts([u32::from(span.file), span.line, span.column, span.offset, span.len].into_iter())
    }

    fn next<'de, T: DeserializeSeed<'de>>(&mut self, seed: T) -> Option<Result<T::Value, NodeError>> {
        let number: U32Deserializer<NodeError> = self.0.next()?.into_deserializer();
        Some(seed.deserialize(number))
    }
}

fn read_span<'de, A: SeqAccess<'de>>(parts: &mut A) -> Result<Span, A::Error> {
    let mut next =
        || -> Result<u32, A::Error> { parts.next_element()?.ok_or_else(|| de::Error::custom("not read from a node")) };
    let (file, line, column, offset, len) = (next()?, next()?, next()?, next()?, next()?);
    Ok(Span { file: u16::try_from(file).map_err(de::Error::custom)?, line, column, offset, len })
}

pub(super) struct LiteralParts<'de> {
    pub(super) text: Option<&'de str>,
    pub(super) quoted: Option<bool>,
    pub(super) span: SpanParts,
}

impl<'de> SeqAccess<'de> for LiteralParts<'de> {
    type Error = NodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NodeError> {
        if let Some(text) = self.text.take() {
            let text: StrDeserializer<'de, NodeError> = text.into_deserializer();
            return seed.deserialize(text).map(Some);
        }
        if let Some(quoted) = self.quoted.take() {
            let quoted: BoolDeserializer<NodeError> = quoted.into_deserializer();
            return seed.deserialize(quoted).map(Some);
        }
        self.span.next(seed).transpose()
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Literal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a single value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Literal, A::Error> {
                let text = parts.next_element()?.ok_or_else(|| de::Error::custom("not read from a node"))?;
                let quoted = parts.next_element()?.ok_or_else(|| de::Error::custom("not read from a node"))?;
                Ok(Literal { text, quoted, span: read_span(&mut parts)? })
            }
        }
        deserializer.deserialize_tuple_struct(LITERAL, 7, Parts)
    }
}

/// A value and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

pub(super) struct SpannedParts<'de> {
    pub(super) span: SpanParts,
    pub(super) node: Option<&'de Node>,
}

impl<'de> SeqAccess<'de> for SpannedParts<'de> {
    type Error = NodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NodeError> {
        if self.span.0.len() > 0 {
            return self.span.next(seed).transpose();
        }
        self.node.take().map(|node| seed.deserialize(node)).transpose()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Spanned<T>, A::Error> {
                let span = read_span(&mut parts)?;
                let value = parts.next_element()?.ok_or_else(|| de::Error::custom("not read from a node"))?;
                Ok(Spanned { value, span })
            }
        }
        deserializer.deserialize_tuple_struct(SPANNED, 6, Parts(std::marker::PhantomData))
    }
}
