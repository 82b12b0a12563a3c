//! The types a column can be declared with, and what fits what.

use std::fmt;

/// A column's type, as a contract writes it and as a source shows it; encodings are not part of a type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    String,
    /// true or false.
    Bool,
    /// Signed integer of 8, 16, 32 or 64 bits.
    Int(u8),
    /// Unsigned integer of 8, 16, 32 or 64 bits.
    UInt(u8),
    /// Declared only: any signed or unsigned integer (`integer`); int64 where text is parsed.
    AnyInteger,
    /// IEEE 754 of 16, 32 or 64 bits.
    Float(u8),
    /// Declared only: any float (`float`); float64 where text is parsed.
    AnyFloat,
    /// Exact decimal: precision 1..=76, scale 0..=precision.
    Decimal(u8, u8),
    /// Declared only: any decimal (`decimal`).
    AnyDecimal,
    /// A calendar day.
    Date,
    /// Wall-clock time without a zone.
    Timestamp,
    /// An instant, shown in a zone.
    TimestampZoned(String),
    /// Time of day.
    Time,
    /// A span of time.
    Duration,
    /// Bytes, of a fixed length where given.
    Binary(Option<u32>),
    /// UUID: 16 bytes or their usual text.
    Uuid,
    /// JSON text.
    Json,
    /// A list.
    List(Box<Type>),
    /// A struct.
    Struct,
    /// A map.
    Map(Box<Type>, Box<Type>),
    /// Declared: anything. Observed: a type Assay has no name for (Arrow Null, Interval, Union).
    Any,
    /// Observed only: a column that holds nothing but nulls (Arrow Null), which fits any type.
    Null,
}

/// How an observed type stands to a declared one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The same, encoding aside.
    Equal,
    /// The observed type holds every value of the declared one.
    Widened,
    /// Same family, but it cannot hold every value of the declared one.
    Narrowed,
    /// Another family.
    Changed,
}

/// Families within which a type can widen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Int,
    UInt,
    Float,
    Decimal,
    String,
    Binary,
    Bool,
    Date,
    Timestamp,
    Zoned,
    Time,
    Duration,
    List,
    Struct,
    Map,
}

impl Type {
    /// Reads a type as a contract writes it. The error says what is wrong and is one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, inside) = match text.find(['(', '[', '<']) {
            None => (text, None),
            Some(at) => {
                let close = match text.as_bytes()[at] {
                    b'(' => ')',
                    b'[' => ']',
                    _ => '>',
                };
                let inner = text[at + 1..]
                    .strip_suffix(close)
                    .ok_or_else(|| format!("the type `{text}` lacks its closing `{close}`"))?;
                (text[..at].trim_end(), Some((text.as_bytes()[at], inner.trim())))
            }
        };
        let plain = |t: Type| match inside {
            None => Ok(t),
            Some(_) => Err(format!("the type `{name}` takes nothing in brackets: `{text}`")),
        };
        match name {
            "string" => plain(Type::String),
            "bool" => plain(Type::Bool),
            "int8" => plain(Type::Int(8)),
            "int16" => plain(Type::Int(16)),
            "int32" => plain(Type::Int(32)),
            "int64" => plain(Type::Int(64)),
            "uint8" => plain(Type::UInt(8)),
            "uint16" => plain(Type::UInt(16)),
            "uint32" => plain(Type::UInt(32)),
            "uint64" => plain(Type::UInt(64)),
            "integer" => plain(Type::AnyInteger),
            "float16" => plain(Type::Float(16)),
            "float32" => plain(Type::Float(32)),
            "float64" => plain(Type::Float(64)),
            "float" => plain(Type::AnyFloat),
            "date" => plain(Type::Date),
            "time" => plain(Type::Time),
            "duration" => plain(Type::Duration),
            "uuid" => plain(Type::Uuid),
            "json" => plain(Type::Json),
            "struct" => plain(Type::Struct),
            "any" => plain(Type::Any),
            "timestamp" => match inside {
                None => Ok(Type::Timestamp),
                Some((b'[', zone)) if zone.parse::<chrono_tz::Tz>().is_ok() || is_offset(zone) => {
                    Ok(Type::TimestampZoned(zone.into()))
                }
                Some((b'[', zone)) => Err(format!("unknown time zone `{zone}`")),
                Some(_) => Err(format!("a zoned timestamp is written `timestamp[UTC]`, not `{text}`")),
            },
            "decimal" => match inside {
                None => Ok(Type::AnyDecimal),
                Some((b'(', inner)) => {
                    let (p, s) = inner.split_once(',').unwrap_or((inner, "0"));
                    let read = |part: &str| part.trim().parse::<u8>().ok();
                    match (read(p), read(s)) {
                        (Some(p), Some(s)) if (1..=76).contains(&p) && s <= p => Ok(Type::Decimal(p, s)),
                        _ => Err(format!(
                            "a decimal has 1 to 76 digits, of which 0 to all are decimals, as in `decimal(12,2)`, not `{text}`"
                        )),
                    }
                }
                Some(_) => Err(format!("a decimal is written `decimal(12,2)`, not `{text}`")),
            },
            "binary" => match inside {
                None => Ok(Type::Binary(None)),
                Some((b'(', n)) if n.parse::<u32>().is_ok_and(|n| n > 0) => Ok(Type::Binary(n.parse().ok())),
                Some(_) => Err(format!("fixed-size binary is written `binary(16)`, not `{text}`")),
            },
            "list" => match inside {
                Some((b'<', inner)) => Ok(Type::List(Box::new(Type::parse(inner)?))),
                _ => Err(format!("a list is written `list<string>`, not `{text}`")),
            },
            "map" => match inside.and_then(|(b, inner)| (b == b'<').then(|| inner.split_once(',')).flatten()) {
                Some((k, v)) => Ok(Type::Map(Box::new(Type::parse(k)?), Box::new(Type::parse(v)?))),
                None => Err(format!("a map is written `map<string,int64>`, not `{text}`")),
            },
            _ => Err(format!("unknown type `{name}`")),
        }
    }

    /// The names a type can start with, for suggestions.
    pub const NAMES: &'static [&'static str] = &[
        "string",
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "integer",
        "float16",
        "float32",
        "float64",
        "float",
        "decimal",
        "date",
        "timestamp",
        "time",
        "duration",
        "binary",
        "uuid",
        "json",
        "list",
        "struct",
        "map",
        "any",
    ];

    /// Integers, decimals and floats.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || self.is_float() || self.is_decimal()
    }

    /// Any integer.
    pub fn is_integer(&self) -> bool {
        matches!(self, Type::Int(_) | Type::UInt(_) | Type::AnyInteger)
    }

    /// Any float.
    pub fn is_float(&self) -> bool {
        matches!(self, Type::Float(_) | Type::AnyFloat)
    }

    /// Any decimal.
    pub fn is_decimal(&self) -> bool {
        matches!(self, Type::Decimal(..) | Type::AnyDecimal)
    }

    /// Types stored and compared as text.
    pub fn is_text(&self) -> bool {
        matches!(self, Type::String | Type::Json | Type::Uuid)
    }

    /// Types that have an order which `range` can use.
    pub fn is_ordered(&self) -> bool {
        self.is_numeric()
            || self.is_text()
            || matches!(self, Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Time)
    }

    fn family(&self) -> Option<Family> {
        Some(match self {
            Type::Int(_) | Type::AnyInteger => Family::Int,
            Type::UInt(_) => Family::UInt,
            Type::Float(_) | Type::AnyFloat => Family::Float,
            Type::Decimal(..) | Type::AnyDecimal => Family::Decimal,
            Type::String | Type::Json => Family::String,
            Type::Binary(_) => Family::Binary,
            Type::Uuid => Family::String,
            Type::Bool => Family::Bool,
            Type::Date => Family::Date,
            Type::Timestamp => Family::Timestamp,
            Type::TimestampZoned(_) => Family::Zoned,
            Type::Time => Family::Time,
            Type::Duration => Family::Duration,
            Type::List(_) => Family::List,
            Type::Struct => Family::Struct,
            Type::Map(..) => Family::Map,
            Type::Any | Type::Null => return None,
        })
    }

    /// How `observed` stands to `self` as declared.
    pub fn fit(&self, observed: &Type) -> Fit {
        use Type::*;
        match (self, observed) {
            (Any, _) | (_, Null) => Fit::Equal,
            (AnyInteger, Int(_) | UInt(_)) | (AnyFloat, Float(_)) | (AnyDecimal, Decimal(..)) => Fit::Equal,
            (TimestampZoned(_), TimestampZoned(_)) => Fit::Equal,
            (Json, String) | (Uuid, String) | (String, Json) => Fit::Equal,
            (Uuid, Binary(Some(16))) => Fit::Equal,
            (Binary(None), Binary(_)) => Fit::Equal,
            (Int(d), Int(o)) | (UInt(d), UInt(o)) | (Float(d), Float(o)) if d == o => Fit::Equal,
            (Int(d), Int(o)) | (UInt(d), UInt(o)) | (Float(d), Float(o)) => {
                if o > d {
                    Fit::Widened
                } else {
                    Fit::Narrowed
                }
            }
            (Decimal(dp, ds), Decimal(op, os)) => {
                if (dp, ds) == (op, os) {
                    Fit::Equal
                } else if os >= ds && op - os >= dp - ds {
                    Fit::Widened
                } else {
                    Fit::Narrowed
                }
            }
            (List(d), List(o)) => d.fit(o),
            (Map(dk, dv), Map(ok, ov)) => match (dk.fit(ok), dv.fit(ov)) {
                (Fit::Equal, other) | (other, Fit::Equal) => other,
                (Fit::Widened, Fit::Widened) => Fit::Widened,
                (Fit::Changed, _) | (_, Fit::Changed) => Fit::Changed,
                _ => Fit::Narrowed,
            },
            (d, o) if d == o => Fit::Equal,
            (d, o) => match (d.family(), o.family()) {
                (Some(a), Some(b)) if a == b => Fit::Narrowed,
                _ => Fit::Changed,
            },
        }
    }

    /// The type that text cells of a column declared with this type are parsed to.
    pub fn for_text(&self) -> Type {
        match self {
            Type::AnyInteger => Type::Int(64),
            Type::AnyFloat => Type::Float(64),
            Type::Any | Type::Null | Type::Json | Type::Uuid => Type::String,
            other => other.clone(),
        }
    }
}

fn is_offset(zone: &str) -> bool {
    let b = zone.as_bytes();
    b.len() == 6 && matches!(b[0], b'+' | b'-') && b[3] == b':' && [1, 2, 4, 5].iter().all(|&i| b[i].is_ascii_digit())
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::String => f.write_str("string"),
            Type::Bool => f.write_str("bool"),
            Type::Int(bits) => write!(f, "int{bits}"),
            Type::UInt(bits) => write!(f, "uint{bits}"),
            Type::AnyInteger => f.write_str("integer"),
            Type::Float(bits) => write!(f, "float{bits}"),
            Type::AnyFloat => f.write_str("float"),
            Type::Decimal(p, s) => write!(f, "decimal({p},{s})"),
            Type::AnyDecimal => f.write_str("decimal"),
            Type::Date => f.write_str("date"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::TimestampZoned(zone) => write!(f, "timestamp[{zone}]"),
            Type::Time => f.write_str("time"),
            Type::Duration => f.write_str("duration"),
            Type::Binary(None) => f.write_str("binary"),
            Type::Binary(Some(n)) => write!(f, "binary({n})"),
            Type::Uuid => f.write_str("uuid"),
            Type::Json => f.write_str("json"),
            Type::List(item) => write!(f, "list<{item}>"),
            Type::Struct => f.write_str("struct"),
            Type::Map(k, v) => write!(f, "map<{k},{v}>"),
            Type::Any => f.write_str("any"),
            Type::Null => f.write_str("null"),
        }
    }
}
