//! `${name}`, `${env:NAME}`, `${file:PATH}` and `$${` in scalar values, filled in once and never read again.
//!
//! In SQL a value can end neither the literal nor the statement around it: inside quotes its quotes are doubled,
//! outside of them only a number is let in.

use assay_core::problem::{Problem, Span};

/// What a placeholder stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// The value.
    pub text: String,
    /// Whether it must not be shown.
    pub secret: bool,
}

/// Where the values come from.
pub(crate) trait Lookup {
    /// The value of the variable; the error is a problem at the place of the scalar.
    fn variable(&mut self, name: &str, at: Span) -> Result<Value, Problem>;
    /// The value of `${env:name}`.
    fn env(&mut self, name: &str, at: Span) -> Result<Value, Problem>;
    /// The value of `${file:path}`.
    fn file(&mut self, path: &str, at: Span) -> Result<Value, Problem>;
}

/// How values are written into the text around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    Text,
    /// Into SQL.
    Sql,
}

/// A text with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    /// The text.
    pub text: String,
    /// The text with secrets left as placeholders, to be shown.
    pub shown: String,
    /// Whether a secret is in it.
    pub secret: bool,
}

enum Part<'a> {
    Literal(&'a str),
    Hole(&'a str),
}

/// Fills the placeholders of a text.
pub(crate) fn fill(text: &str, form: Form, at: Span, lookup: &mut dyn Lookup) -> Result<Filled, Problem> {
    let mut filled = Filled { text: String::with_capacity(text.len()), shown: String::new(), secret: false };
    let mut sql = SqlState::Code;
    for part in split(text, at)? {
        match part {
            Part::Literal(literal) => {
                if form == Form::Sql {
                    sql = sql.after(literal);
                }
                filled.text.push_str(literal);
                filled.shown.push_str(literal);
            }
            Part::Hole(name) => {
                let value = find(name, at, lookup)?;
                let written = match form {
                    Form::Text => value.text,
                    Form::Sql => sql.write(&value.text, name, at)?,
                };
                filled.text.push_str(&written);
                if value.secret {
                    filled.secret = true;
                    filled.shown.push_str(&format!("${{{name}}}"));
                } else {
                    filled.shown.push_str(&written);
                }
            }
        }
    }
    Ok(filled)
}

/// Whether a text has anything to fill or to unescape.
pub(crate) fn has_any(text: &str) -> bool {
    text.contains("${")
}

/// Whether a name can be a variable's.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn find(name: &str, at: Span, lookup: &mut dyn Lookup) -> Result<Value, Problem> {
    match name.split_once(':') {
        Some(("env", name)) if !name.is_empty() => lookup.env(name, at),
        Some(("file", path)) if !path.is_empty() => lookup.file(path, at),
        None if is_name(name) => lookup.variable(name, at),
        _ => Err(Problem::at(at, format!("`${{{}}}` is not a placeholder", crate::yaml::shorten(name)))
            .hint("there are `${name}`, `${env:NAME}` and `${file:PATH}`; a literal `${` is written `$${`")),
    }
}

fn split(text: &str, at: Span) -> Result<Vec<Part<'_>>, Problem> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if rest[..start].ends_with('$') {
            // `$${` is a literal `${`: leave one of the two dollars out.
            parts.push(Part::Literal(&rest[..start - 1]));
            parts.push(Part::Literal(&rest[start..start + 2]));
            rest = &rest[start + 2..];
            continue;
        }
        parts.push(Part::Literal(&rest[..start]));
        let inside = &rest[start + 2..];
        let Some(end) = inside.find('}') else {
            return Err(Problem::at(at, "`${` is never closed").hint("a literal `${` is written `$${`"));
        };
        parts.push(Part::Hole(&inside[..end]));
        rest = &inside[end + 1..];
    }
    parts.push(Part::Literal(rest));
    Ok(parts)
}

/// Where in a SQL text one is, PostgreSQL's lexical rules.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SqlState {
    Code,
    Literal { escapes: bool },
    Identifier,
    LineComment,
    BlockComment(u32),
    DollarQuoted(String),
}

impl SqlState {
    /// The state at the end of a text that begins in this state.
    fn after(self, text: &str) -> SqlState {
        let mut state = self;
        let mut at = 0;
        let mut before = ' ';
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let mut step = c.len_utf8();
            state = match state {
                SqlState::Code => match c {
                    '\'' => SqlState::Literal {
                        escapes: matches!(before, 'e' | 'E') && !in_word(text, at - before.len_utf8()),
                    },
                    '"' => SqlState::Identifier,
                    '-' if rest.starts_with("--") => SqlState::LineComment,
                    '/' if rest.starts_with("/*") => {
                        step = 2;
                        SqlState::BlockComment(1)
                    }
                    '$' => match dollar_tag(rest) {
                        Some(tag) => {
                            step = tag.len();
                            SqlState::DollarQuoted(tag.to_owned())
                        }
                        None => SqlState::Code,
                    },
                    _ => SqlState::Code,
                },
                SqlState::Literal { escapes } => match c {
                    '\\' if escapes => {
                        step += rest[1..].chars().next().map_or(0, char::len_utf8);
                        SqlState::Literal { escapes }
                    }
                    '\'' if rest.starts_with("''") => {
                        step = 2;
                        SqlState::Literal { escapes }
                    }
                    '\'' => SqlState::Code,
                    _ => SqlState::Literal { escapes },
                },
                SqlState::Identifier if c == '"' => SqlState::Code,
                SqlState::LineComment if c == '\n' => SqlState::Code,
                SqlState::BlockComment(depth) if rest.starts_with("/*") => {
                    step = 2;
                    SqlState::BlockComment(depth + 1)
                }
                SqlState::BlockComment(depth) if rest.starts_with("*/") => {
                    step = 2;
                    if depth == 1 { SqlState::Code } else { SqlState::BlockComment(depth - 1) }
                }
                SqlState::DollarQuoted(tag) if rest.starts_with(tag.as_str()) => {
                    step = tag.len();
                    SqlState::Code
                }
                other => other,
            };
            before = c;
            at += step;
        }
        state
    }

    /// A value as it may be written in this state.
    fn write(&self, value: &str, name: &str, at: Span) -> Result<String, Problem> {
        match self {
            SqlState::Literal { escapes: false } => Ok(value.replace('\'', "''")),
            SqlState::Code if is_number(value) => {
                // `1-${x}` with -5 would begin a comment.
                Ok(if value.starts_with(['-', '+']) { format!("({value})") } else { value.to_owned() })
            }
            SqlState::Code => {
                let message = format!(
                    "outside of quotes SQL takes only a number, and `${{{name}}}` is `{}`",
                    crate::yaml::shorten(value)
                );
                Err(Problem::at(at, message).hint(format!("write it as a literal: '${{{name}}}'")))
            }
            SqlState::Literal { escapes: true }
            | SqlState::Identifier
            | SqlState::LineComment
            | SqlState::BlockComment(_)
            | SqlState::DollarQuoted(_) => {
                let message = format!("`${{{name}}}` can stand in a SQL literal '..' or for a number, not here");
                Err(Problem::at(at, message))
            }
        }
    }
}

/// Whether the byte before `at` continues a word.
fn in_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// `$$` or `$tag$` at the start of a text.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[1..end - 1];
    (tag.is_empty() || is_name(tag)).then(|| &text[..end])
}

fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = body.split_once(['e', 'E']).map_or((body, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}
