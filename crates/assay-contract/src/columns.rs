//! `columns:`: names, types and how cells are read. The checks of a column are set aside for later.

use assay_checks::build::column_reading;
use assay_core::contract::{ColumnSpec, Format, ReadOptions, Source};
use assay_core::literal::Literal;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_core::text::TextOptions;
use assay_core::types::Type;

use crate::checks::one_check;
use crate::read;

/// Keys of a column that are not checks.
pub(crate) const RESERVED: &[&str] = &["type", "optional", "missing", "timezone", "description", "checks"];
const LATER: &[&str] = &["items", "fields"];
/// Names of other languages for types.
const ALIKE: &[(&str, &str)] = &[
    ("text", "string"),
    ("varchar", "string"),
    ("char", "string"),
    ("str", "string"),
    ("utf8", "string"),
    ("int", "int32` or `int64"),
    ("bigint", "int64"),
    ("long", "int64"),
    ("smallint", "int16"),
    ("tinyint", "int8"),
    ("double", "float64"),
    ("real", "float32"),
    ("number", "float64` or `decimal(12,2)"),
    ("numeric", "decimal"),
    ("boolean", "bool"),
    ("datetime", "timestamp"),
    ("timestamptz", "timestamp[UTC]"),
    ("bytes", "binary"),
    ("blob", "binary"),
    ("array", "list<string>"),
];

/// A column with the checks written on it.
pub(crate) struct Column {
    /// What is declared.
    pub spec: ColumnSpec,
    /// Its key.
    pub key: Key,
    /// Its checks in the order written.
    pub checks: Vec<(Key, Node)>,
}

/// Reads all columns.
pub(crate) fn read(node: &Node, source: &Source, format_known: bool, problems: &mut Vec<Problem>) -> Vec<Column> {
    let Some(entries) = read::map(node, "columns", problems) else { return Vec::new() };
    let entries = rejoin_types(entries, problems);
    let mut columns: Vec<Column> = Vec::with_capacity(entries.len());
    for (key, value) in &entries {
        if read::enough(problems) {
            break;
        }
        if let Some(column) = column(key, value, source, format_known, problems) {
            columns.push(column);
        }
    }
    columns
}

fn column(key: &Key, node: &Node, source: &Source, format_known: bool, problems: &mut Vec<Problem>) -> Option<Column> {
    let mut spec = ColumnSpec {
        name: key.text.clone(),
        ty: None,
        optional: false,
        read: ReadOptions { timezone: source.timezone.clone(), ..ReadOptions::default() },
    };
    let mut checks = Vec::new();
    let (mut missing, mut timezone) = (None, None);
    match &node.kind {
        NodeKind::Scalar { .. } if node.is_null() => {
            if !node.text().is_some_and(str::is_empty) {
                problems.push(Problem::at(
                    node.span,
                    format!("nothing is inherited that null could remove: column `{}`", key.text),
                ));
                return None;
            }
        }
        NodeKind::Scalar { .. } => spec.ty = column_type(node, source, format_known, problems),
        NodeKind::Seq(_) => {
            problems.push(
                Problem::at(node.span, format!("column `{}` is a type or a mapping, not a list", key.text))
                    .hint("as in `{type: string, required: true}`"),
            );
        }
        NodeKind::Map(entries) => {
            for (key, value) in rejoin_types(entries, problems) {
                match key.text.as_str() {
                    "type" => spec.ty = column_type(&value, source, format_known, problems),
                    "optional" => spec.optional = read::boolean(&value, "optional", problems).unwrap_or(false),
                    "missing" => missing = Some(value),
                    "timezone" => timezone = read::timezone(&value, problems).map(|zone| (zone, key.span)),
                    "description" => {
                        read::text(&value, "description", problems);
                    }
                    "checks" => {
                        for item in read::list(&value, "`checks` of a column", problems).unwrap_or_default() {
                            checks.extend(one_check(item, problems));
                        }
                    }
                    later if LATER.contains(&later) => problems.push(read::not_yet(key.span, later)),
                    _ => checks.push((key, value)),
                }
            }
        }
    }
    if let Some((zone, at)) = timezone {
        let fits = matches!(spec.ty, None | Some(Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Any));
        if !fits {
            problems
                .push(Problem::at(at, "`timezone` is for dates and timestamps").hint("remove it, or declare the type"));
        }
        spec.read.timezone = Some(zone);
    }
    spec.read.missing = missing.map(|node| markers(&node, &spec, source, problems)).unwrap_or_default();
    let reading = column_reading(&checks);
    spec.read.nan_is_null = reading.nan_is_null;
    spec.read.nan_allowed = reading.nan_allowed;
    spec.read.text = TextOptions {
        trim: reading.trim,
        true_texts: reading.true_texts,
        false_texts: reading.false_texts,
        format: reading.format,
        timezone: spec.read.timezone.clone(),
    };
    Some(Column { spec, key: key.clone(), checks })
}

/// A column's declared type.
pub(crate) fn column_type(
    node: &Node,
    source: &Source,
    format_known: bool,
    problems: &mut Vec<Problem>,
) -> Option<Type> {
    let text = read::text(node, "type", problems)?;
    match Type::parse(&text) {
        Err(why) => {
            let name = text.split(['(', '[', '<']).next().unwrap_or_default().trim().to_lowercase();
            let alike =
                ALIKE.iter().find(|(other, _)| *other == name).map(|(_, ours)| format!("did you mean `{ours}`?"));
            let hint = alike.or_else(|| zone_hint(&text)).or_else(|| {
                let known = Type::NAMES.contains(&name.as_str());
                (!known).then(|| did_you_mean(&name, Type::NAMES.iter().copied()))?
            });
            problems.push(Problem::at(node.span, why).maybe_hint(hint));
            None
        }
        Ok(ty) => {
            if format_known {
                text_fits(&ty, source.format, node.span, problems);
            }
            Some(ty)
        }
    }
}

/// For a zoned timestamp whose zone is nearly one.
fn zone_hint(text: &str) -> Option<String> {
    let zone = text.trim().strip_prefix("timestamp[")?.strip_suffix(']')?;
    did_you_mean(zone, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
}

/// Types that no text of this format can be read as.
fn text_fits(ty: &Type, format: Format, at: Span, problems: &mut Vec<Problem>) {
    if !format.is_text() {
        return;
    }
    match ty {
        Type::AnyDecimal => problems.push(
            Problem::at(at, format!("a decimal read from {} needs its digits: `{ty}`", format.name()))
                .hint("as in \"decimal(12,2)\""),
        ),
        Type::Duration | Type::Binary(_) | Type::List(_) | Type::Struct | Type::Map(..) => problems.push(
            Problem::at(at, format!("text of {} cannot be read as `{ty}`", format.name()))
                .hint("declare `string`, or leave the type out"),
        ),
        _ => {}
    }
}

/// `missing:` of a column: texts of cells, or literals of the type where cells are typed.
fn markers(node: &Node, spec: &ColumnSpec, source: &Source, problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(items) = read::list(node, "missing", problems) else { return Vec::new() };
    let mut markers = Vec::with_capacity(items.len());
    for item in items {
        let NodeKind::Scalar { text, quoted } = &item.kind else {
            problems.push(Problem::at(item.span, format!("each item of `missing` is a text, not {}", item.describe())));
            continue;
        };
        let literal = Literal { text: text.clone(), quoted: *quoted, span: item.span };
        // Cells of text sources are compared as text before they are parsed, so `N/A` can mark a number.
        match &spec.ty {
            Some(ty) if !source.format.is_text() || ty.is_text() => match literal.read(ty) {
                Ok(_) => markers.push(literal.text),
                Err(why) => problems.push(Problem::at(item.span, why)),
            },
            _ => markers.push(literal.text),
        }
    }
    markers
}

/// Inside `{}` an unquoted `decimal(12,2)` is two entries for YAML: says so, and reads it as it was meant.
pub(crate) fn rejoin_types(entries: &[(Key, Node)], problems: &mut Vec<Problem>) -> Vec<(Key, Node)> {
    let mut joined: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let broken = joined.last_mut().and_then(|(_, last)| match &mut last.kind {
            NodeKind::Scalar { text, quoted: false }
                if is_open(text) && value.is_null() && key.text.ends_with([')', '>', ']']) =>
            {
                Some((text, &mut last.span))
            }
            _ => None,
        });
        match broken {
            None => joined.push((key.clone(), value.clone())),
            Some((text, span)) => {
                text.push(',');
                text.push_str(&key.text);
                span.len = (key.span.offset + key.span.len).saturating_sub(span.offset);
                if !is_open(text) {
                    problems.push(
                        Problem::at(*span, format!("inside `{{}}` the comma cuts this type in two: `{text}`"))
                            .hint(format!("quote it: \"{text}\"")),
                    );
                }
            }
        }
    }
    joined
}

/// Whether a type's bracket is still open.
fn is_open(text: &str) -> bool {
    let count = |set: [char; 3]| text.chars().filter(|c| set.contains(c)).count();
    count(['(', '<', '[']) > count([')', '>', ']'])
}
