//! The parser's own errors in words that help, with hints for what people run into.

use assay_core::problem::{Problem, Span};
use granit_parser::{ErrorKind, ScanError};

use crate::yaml::{MAX_DEPTH, span_at};

/// A syntax error as a problem.
pub(crate) fn problem(error: &ScanError, text: &str, file: u16) -> Problem {
    let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let offset = text.floor_char_boundary(offset);
    let mut span = span_at(text, offset, 1, file);
    // At the end of the file there is nothing to see: the last line that says something is nearer to the cause.
    if text[offset..].trim().is_empty() {
        let end = text.trim_end().len();
        span = span_at(text, text.floor_char_boundary(end.saturating_sub(1)), 1, file);
    }
    if let Some((at, quoted)) = zoned_type(text, span) {
        return Problem::at(at, "a type with brackets inside `{}` or `[]` has to be quoted")
            .hint(format!("quote it: {quoted}"));
    }
    if matches!(error.kind(), ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement) {
        return misplaced_colon(text, span);
    }
    Problem::at(span, message(error.kind())).maybe_hint(hint(error.kind()))
}

/// A `:` that cannot stand where it does, told apart by the lines around it.
fn misplaced_colon(text: &str, span: Span) -> Problem {
    let offset = span.offset as usize;
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let above = text[..start].lines().rev().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    if text[start..offset].contains(": ") {
        Problem::at(span, "a second `:` in one line").hint("quote a text that holds `: `")
    } else if above.is_some_and(|line| !line.contains(':')) {
        Problem::at(span, "a `:` is missing in the line above").hint("every key is followed by `: `")
    } else {
        Problem::at(span, "this line is indented deeper than the line above, which has its value already")
            .hint("indent both lines alike")
    }
}

fn message(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::RecursionLimitExceeded => format!("nested deeper than {MAX_DEPTH} levels"),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "a tab where YAML wants spaces".into(),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "a quote is never closed".into()
        }
        ErrorKind::UnclosedFlowCollection { open } => format!("`{open}` is never closed"),
        ErrorKind::UnexpectedEofFlowSequence => "`[` is never closed".into(),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "`{` is never closed".into()
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => format!("`{open}` is closed by `{close}`"),
        ErrorKind::MisplacedFlowCollectionEnd => "a closing bracket without an opening one".into(),
        ErrorKind::ExpectedFlowMappingSeparator => "expected `,` or `}` here".into(),
        ErrorKind::ExpectedFlowSequenceSeparator => "expected `,` or `]` here".into(),
        ErrorKind::ExpectedBlockMappingKey => "expected a key here, at the indentation of the keys above".into(),
        ErrorKind::ExpectedBlockSequenceEntry => "expected `- ` here, as in the list above".into(),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "expected `key: value` here: the `:` is missing".into()
        }
        ErrorKind::MappingKeyNotAllowed => "a key cannot stand here".into(),
        ErrorKind::InvalidMappingValueWhitespace => "`:` needs a space after it".into(),
        ErrorKind::FlowMappingValueAdjacentCollection => "`:` needs a space between it and the bracket".into(),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            "a list item cannot stand here".into()
        }
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent => {
            "the indentation fits no line above".into()
        }
        ErrorKind::InvalidQuotedScalarIndent => "the quoted text above is not closed".into(),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "text after a closing quote".into()
        }
        ErrorKind::UnknownQuotedScalarEscape => "an unknown escape inside double quotes".into(),
        ErrorKind::CommentNotSeparated => "a comment needs a space before its `#`".into(),
        ErrorKind::UnexpectedCharacter { character } => format!("a plain text cannot start with `{character}`"),
        other => {
            let text = other.to_string();
            let short = text
                .strip_prefix("while ")
                .and_then(|rest| rest.split_once(", "))
                .map_or(text.as_str(), |(_, rest)| rest);
            format!("not valid YAML: {short}")
        }
    }
}

fn hint(kind: &ErrorKind) -> Option<String> {
    let hint = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "indent with spaces",
        ErrorKind::UnknownQuotedScalarEscape => "single quotes keep backslashes as they are: '\\d+'",
        ErrorKind::InvalidTrailingSingleQuotedScalar => "inside single quotes, a quote is written twice: 'it''s'",
        ErrorKind::UnexpectedCharacter { .. } => "quote the text",
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            "close the bracket above; a text that holds brackets or commas has to be quoted"
        }
        _ => return None,
    };
    Some(hint.into())
}

/// An unquoted `timestamp[UTC]` or `list[..]` just before the place of an error, and how it is quoted.
fn zoned_type(text: &str, near: Span) -> Option<(Span, String)> {
    let offset = near.offset as usize;
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    let line = &text[line_start..line_end];
    let (at, name) = line.match_indices("timestamp[").find(|(at, _)| !line[..*at].ends_with(['"', '\'']))?;
    let close = line[at + name.len()..].find(']')? + at + name.len() + 1;
    let written = &line[at..close];
    let in_flow = line[..at].contains(['{', '[']);
    in_flow.then(|| (span_at(text, line_start + at, written.len(), near.file), format!("\"{written}\"")))
}
