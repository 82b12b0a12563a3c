//! `source:`: where a table's data are and how they are written.

use std::path::Path;

use assay_core::contract::{CsvOptions, Format, Source};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;

use crate::placeholders::{Filled, Form, Lookup, fill};
use crate::read;

/// Names of formats in contracts.
const FORMATS: &[(&str, Format)] = &[
    ("parquet", Format::Parquet),
    ("csv", Format::Csv),
    ("jsonl", Format::JsonLines),
    ("json", Format::JsonLines),
    ("arrow", Format::ArrowIpc),
];
/// Endings of paths.
const EXTENSIONS: &[(&str, Format)] = &[
    ("parquet", Format::Parquet),
    ("parq", Format::Parquet),
    ("pq", Format::Parquet),
    ("csv", Format::Csv),
    ("tsv", Format::Csv),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("arrow", Format::ArrowIpc),
    ("feather", Format::ArrowIpc),
    ("ipc", Format::ArrowIpc),
];
/// Endings that say how a file is compressed, not what it holds.
const COMPRESSIONS: &[&str] = &["gz", "gzip", "zst", "zstd"];
/// Formats and databases that later versions read.
const LATER_FORMATS: &[&str] = &[
    "delta",
    "iceberg",
    "hudi",
    "avro",
    "orc",
    "excel",
    "xlsx",
    "sql",
    "postgres",
    "postgresql",
    "mysql",
    "sqlite",
    "duckdb",
    "bigquery",
    "snowflake",
    "databricks",
    "spark",
    "kafka",
    "s3",
    "gcs",
    "azure",
];
const LATER_KEYS: &[&str] = &["connection", "query", "table", "version", "server", "snapshot"];
const KEYS: &[&str] = &[
    "format",
    "path",
    "null_values",
    "timezone",
    "delimiter",
    "quote",
    "escape",
    "header",
    "encoding",
    "comment",
    "skip_rows",
    "ragged",
    "hive",
];
/// Keys that speak of CSV alone.
const CSV_ONLY: &[&str] = &["delimiter", "quote", "escape", "header", "encoding", "comment", "skip_rows", "ragged"];

/// What was read of `source:`, as far as it could be.
pub(crate) struct Read {
    /// The source; with a guessed format where none could be told.
    pub source: Source,
    /// Whether the format is known, so that what follows from it may be said.
    pub format_known: bool,
}

/// Reads `source:`, or what is written as one under another key; its path may hold secrets, which are resolved but not
/// shown.
pub(crate) fn read(
    key: &Key,
    node: &Node,
    folder: &Path,
    lookup: &mut dyn Lookup,
    problems: &mut Vec<Problem>,
) -> Read {
    let entries = read::map(node, &key.text, problems).unwrap_or_default();
    let path = entries.iter().find(|(k, _)| k.text == "path").and_then(|(_, value)| path(value, lookup, problems));
    if node.entries().is_some() && node.get("path").is_none() {
        problems.push(
            Problem::at(key.span, format!("`{}` has no `path`", key.text))
                .hint(format!("{}: {{format: parquet, path: lake/silver/orders}}", key.text)),
        );
    }
    let format = match node.get("format") {
        Some(value) => format(value, problems),
        None => path.as_ref().and_then(|path| inferred(&path.shown, key, problems)),
    };
    let is_tsv = path.as_ref().is_some_and(|path| extension(&path.shown) == Some("tsv"));
    let mut csv = CsvOptions { delimiter: if is_tsv { b'\t' } else { b',' }, ..CsvOptions::default() };
    let mut null_values = if format == Some(Format::Csv) { vec![String::new()] } else { vec![] };
    let (mut timezone, mut hive) = (None, true);
    let (section, section_at) = (key.text.as_str(), key.span);
    for (key, value) in entries {
        let name = key.text.as_str();
        if let Some(format) = format
            && (CSV_ONLY.contains(&name) && format != Format::Csv || name == "null_values" && !format.is_text())
        {
            problems.push(
                Problem::at(key.span, format!("`{name}` means nothing for format `{}`", format.name()))
                    .hint("remove it"),
            );
            continue;
        }
        match name {
            "format" | "path" => {}
            "null_values" => null_values = read::texts(value, "null_values", problems).unwrap_or_default(),
            "timezone" => timezone = read::timezone(value, problems),
            "delimiter" => csv.delimiter = byte(value, "delimiter", problems).unwrap_or(csv.delimiter),
            "quote" if value.text() == Some("none") => csv.quote = None,
            "quote" => csv.quote = byte(value, "quote", problems).or(csv.quote),
            "escape" => csv.escape = byte(value, "escape", problems),
            "comment" => csv.comment = byte(value, "comment", problems),
            "header" => csv.header = read::boolean(value, "header", problems).unwrap_or(true),
            "encoding" => csv.encoding = encoding(value, problems),
            "skip_rows" => csv.skip_rows = read::count(value, "skip_rows", 1_000_000, problems).unwrap_or(0),
            "ragged" => csv.ragged_fails = read::word(value, "ragged", &["error", "fail"], problems) == Some("fail"),
            "hive" => hive = read::boolean(value, "hive", problems).unwrap_or(true),
            later if LATER_KEYS.contains(&later) => {
                problems.push(read::not_yet(key.span, &format!("{section}.{later}")))
            }
            _ => problems.push(read::unknown_key(key, &format!("in `{section}`"), KEYS)),
        }
    }
    if format == Some(Format::Csv) {
        clashes(&csv, section_at, problems);
    }
    let path = path.unwrap_or_else(|| Filled { text: String::new(), shown: String::new(), secret: false });
    let source = Source {
        format: format.unwrap_or(Format::Csv),
        resolved: folder.join(&path.text),
        path: path.shown,
        null_values,
        timezone,
        csv,
        hive,
    };
    Read { source, format_known: format.is_some() }
}

fn path(node: &Node, lookup: &mut dyn Lookup, problems: &mut Vec<Problem>) -> Option<Filled> {
    let written = read::text(node, "path", problems)?;
    let filled = fill(&written, Form::Text, node.span, lookup).map_err(|problem| problems.push(problem)).ok()?;
    if filled.text.trim().is_empty() {
        problems.push(Problem::at(node.span, format!("`path` is empty: {}", node.describe())));
        return None;
    }
    if let Some((scheme, _)) = filled.shown.split_once("://") {
        let problem = Problem::at(node.span, format!("paths of `{scheme}://` are not available in this version"));
        problems.push(problem.hint("this version reads local files, folders and globs"));
        return None;
    }
    Some(filled)
}

fn format(node: &Node, problems: &mut Vec<Problem>) -> Option<Format> {
    let name = read::text(node, "format", problems)?;
    if let Some((_, format)) = FORMATS.iter().find(|(known, _)| *known == name) {
        return Some(*format);
    }
    let names = || FORMATS.iter().map(|(name, _)| *name);
    let problem = if name == Format::Observations.name() {
        Problem::at(node.span, "format `observations` is of live rows of monitors alone")
            .hint("a monitor takes them by `source: {format: observations}`; here name files")
    } else if LATER_FORMATS.contains(&name.as_str()) {
        Problem::at(node.span, format!("format `{name}` is not available in this version"))
            .hint("this version reads parquet, csv, jsonl and arrow")
    } else {
        let hint = EXTENSIONS
            .iter()
            .find(|(extension, _)| *extension == name)
            .map(|(_, format)| format!("did you mean `{}`?", format.name()))
            .or_else(|| did_you_mean(&name, names().chain(LATER_FORMATS.iter().copied())))
            .unwrap_or_else(|| "there are parquet, csv, jsonl and arrow".into());
        Problem::at(node.span, format!("unknown format {}", node.describe())).hint(hint)
    };
    problems.push(problem);
    None
}

/// The format that a path's ending tells.
fn inferred(path: &str, key: &Key, problems: &mut Vec<Problem>) -> Option<Format> {
    let found = extension(path)
        .and_then(|ending| EXTENSIONS.iter().find(|(extension, _)| ending.eq_ignore_ascii_case(extension)));
    if found.is_none() {
        let message = format!("`{}` has no `format`, and the path does not tell it: `{path}`", key.text);
        problems.push(Problem::at(key.span, message).hint("add `format: parquet` (or csv, jsonl, arrow)"));
    }
    found.map(|(_, format)| *format)
}

/// The source of a path that is given without a contract, read as a contract without further words would read it.
/// `None`: the ending tells no format and none is named.
pub fn source_of_path(path: &str, format: Option<&str>, folder: &Path) -> Option<Source> {
    let named = |name: &str| FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    let ending = extension(path);
    let by_ending = || {
        let known = ending.and_then(|ending| EXTENSIONS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)));
        known.map(|(_, format)| *format)
    };
    let format = match format {
        Some(name) => named(name)?,
        None => by_ending()?,
    };
    let delimiter = if ending == Some("tsv") { b'\t' } else { b',' };
    Some(Source {
        format,
        path: path.into(),
        resolved: folder.join(path),
        null_values: if format == Format::Csv { vec![String::new()] } else { vec![] },
        timezone: None,
        csv: CsvOptions { delimiter, ..CsvOptions::default() },
        hive: true,
    })
}

fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.')?;
    if COMPRESSIONS.iter().any(|compression| ending.eq_ignore_ascii_case(compression)) {
        return stem.rsplit_once('.').map(|(_, ending)| ending);
    }
    Some(ending)
}

/// A single ASCII character.
fn byte(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<u8> {
    let text = read::text(node, what, problems)?;
    match *text.as_bytes() {
        [b'\n' | b'\r'] => problems.push(Problem::at(node.span, format!("`{what}` cannot be a line break"))),
        [byte] if byte.is_ascii() => return Some(byte),
        _ => {
            let hint = match text.as_str() {
                "\\t" | "tab" | "TAB" => Some("write \"\\t\" in double quotes".to_owned()),
                _ if what == "quote" => Some("for no quoting write `quote: none`".into()),
                _ => None,
            };
            let n = text.chars().count();
            let problem = if n == 1 {
                Problem::at(node.span, format!("`{what}` has to be an ASCII character, not {}", node.describe()))
            } else {
                Problem::at(node.span, format!("`{what}` is one character, not {n}: {}", node.describe()))
            };
            problems.push(problem.maybe_hint(hint));
        }
    }
    None
}

fn encoding(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let label = read::text(node, "encoding", problems)?;
    match encoding_rs::Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding == encoding_rs::UTF_8 => None,
        Some(_) => Some(label),
        None => {
            let hint = did_you_mean(
                &label,
                [
                    "utf-8",
                    "windows-1252",
                    "iso-8859-1",
                    "iso-8859-15",
                    "latin1",
                    "utf-16le",
                    "utf-16be",
                    "shift_jis",
                    "gbk",
                    "big5",
                    "euc-kr",
                ],
            );
            problems.push(
                Problem::at(node.span, format!("unknown encoding {}", node.describe()))
                    .hint(hint.unwrap_or_else(|| "use a label such as `windows-1252` or `iso-8859-1`".into())),
            );
            None
        }
    }
}

/// Characters that mean two things at once.
fn clashes(csv: &CsvOptions, at: Span, problems: &mut Vec<Problem>) {
    let roles = [("delimiter", Some(csv.delimiter)), ("quote", csv.quote), ("comment", csv.comment)];
    for (i, (name, byte)) in roles.iter().enumerate() {
        for (other, same) in &roles[i + 1..] {
            if byte.is_some() && byte == same {
                problems.push(Problem::at(at, format!("`{name}` and `{other}` of `source` are the same character")));
            }
        }
    }
    if csv.escape == Some(csv.delimiter) {
        problems.push(Problem::at(at, "`delimiter` and `escape` of `source` are the same character"));
    }
}
