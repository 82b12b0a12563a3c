//! SQL predicates of contracts: parsed while loading, so that what is wrong with one has a place in the file.
//!
//! A predicate is one boolean expression in PostgreSQL's grammar over the columns of a single row. What would make a
//! run depend on more than the row (a subquery, an aggregate, a random number) is refused with the reason.

use std::ops::ControlFlow;

use assay_core::metric::Sql;
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use sqlparser::ast::{BinaryOperator, Expr, Ident, ObjectNamePart, Spanned, Value, visit_expressions};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::build::BuildContext;

/// Longest predicate in bytes, and most tokens: beyond them the tree of a chain of operators gets too deep.
const MAX_BYTES: usize = 64 * 1024;
const MAX_TOKENS: usize = 8_000;
/// Deepest nesting of brackets and calls.
const MAX_DEPTH: usize = 64;

/// Functions whose result is not a function of the row and the run's clock.
const VOLATILE: &[&str] = &[
    "random",
    "rand",
    "setseed",
    "uuid",
    "gen_random_uuid",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "clock_timestamp",
    "statement_timestamp",
    "timeofday",
    "nextval",
    "currval",
    "lastval",
    "txid_current",
    "pg_sleep",
];

/// Functions over many rows.
const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "mean",
    "min",
    "max",
    "median",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "var",
    "variance",
    "var_pop",
    "var_samp",
    "var_sample",
    "corr",
    "covar",
    "covar_pop",
    "covar_samp",
    "array_agg",
    "string_agg",
    "bool_and",
    "bool_or",
    "every",
    "bit_and",
    "bit_or",
    "bit_xor",
    "first_value",
    "last_value",
    "nth_value",
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "percentile_cont",
    "percentile_disc",
    "quantile_cont",
    "grouping",
    "mode",
    "regr_slope",
    "regr_intercept",
    "regr_count",
    "regr_r2",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
];

/// Reads a predicate of a contract. `span` is the scalar it stands in; problems point into it where they can.
pub fn predicate(text: &str, span: Span, at: &BuildContext<'_>) -> Result<Sql, Vec<Problem>> {
    let expr = parse(text, span).map_err(|problem| vec![*problem])?;
    let mut problems = refused(&expr, text, span);
    if at.extra_columns_forbidden {
        problems.extend(unknown_columns(&expr, text, span, at));
    }
    if problems.is_empty() { Ok(Sql(text.trim().to_owned())) } else { Err(problems) }
}

/// Reads a predicate that stands in no file. The error is one sentence.
pub fn plain_predicate(text: &str) -> Result<Sql, String> {
    let expr = parse(text, Span::default()).map_err(|problem| problem.message)?;
    match refused(&expr, text, Span::default()).into_iter().next() {
        None => Ok(Sql(text.trim().to_owned())),
        Some(problem) => Err(problem.message),
    }
}

/// The columns a predicate names, each once, in the order of appearance. Empty where it cannot be parsed.
pub fn columns(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Ok(expr) = parse(text, Span::default()) {
        for ident in identifiers(&expr) {
            if !names.contains(&ident.value) {
                names.push(ident.value);
            }
        }
    }
    names
}

fn parse(text: &str, span: Span) -> Result<Expr, Box<Problem>> {
    let problem = |place: Span, message: String| Box::new(Problem::at(place, message));
    if text.trim().is_empty() {
        return Err(problem(span, "the SQL predicate is empty".into()));
    }
    if text.len() > MAX_BYTES {
        return Err(problem(
            span,
            format!("the SQL predicate has {} bytes, at most {MAX_BYTES} are allowed", text.len()),
        ));
    }
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize_with_location()
        .map_err(|e| problem(inside(text, span, e.location, None), format!("bad SQL: {}", decapitalise(&e.message))))?;
    if tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).count() > MAX_TOKENS {
        return Err(problem(span, format!("the SQL predicate is too long: more than {MAX_TOKENS} words and signs")));
    }
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(|e| parser_problem(&e, text, span))?;
    match parser.peek_token() {
        TokenWithSpan { token: Token::EOF, .. } => Ok(expr),
        TokenWithSpan { token, span: there } => {
            let place = inside(text, span, there.start, Some(there.end));
            let message = match token {
                Token::SemiColon => "a predicate is one expression, without `;`".to_owned(),
                other => format!("bad SQL: the expression should end before `{other}`"),
            };
            Err(problem(place, message))
        }
    }
}

fn parser_problem(error: &ParserError, text: &str, span: Span) -> Box<Problem> {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => {
            return Box::new(Problem::at(
                span,
                format!("the SQL predicate is nested more than {MAX_DEPTH} levels deep"),
            ));
        }
    };
    let (message, place) = match message.rsplit_once(" at Line: ") {
        Some((message, at)) => (message, location(at)),
        None => (message, None),
    };
    let place = place.map_or(span, |at| inside(text, span, at, None));
    Box::new(Problem::at(
        place,
        format!(
            "bad SQL: {}",
            decapitalise(&message.replace("Expected: ", "expected ").replace(", found: ", ", found "))
        ),
    ))
}

fn location(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

fn decapitalise(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// The place of a location of the SQL text within the file, where the scalar was written on one line without
/// escapes; else the scalar's.
fn inside(text: &str, span: Span, start: Location, end: Option<Location>) -> Span {
    let at = |location: Location| (location.line == 1).then(|| location.column.checked_sub(1)).flatten();
    let Some(first) = at(start) else { return span };
    let last = end.and_then(at).unwrap_or(first + 1).max(first + 1);
    within_scalar(text, span, usize::try_from(first).unwrap_or(usize::MAX), usize::try_from(last).unwrap_or(usize::MAX))
}

/// The place of the characters `first..last` of a scalar's text, where the file has that text as it is (plain, or
/// quoted without escapes); else the scalar's own place.
pub(crate) fn within_scalar(text: &str, span: Span, first: usize, last: usize) -> Span {
    let quotes = match usize::try_from(span.len).unwrap_or(0).checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    if text.contains('\n') {
        return span;
    }
    let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    let (from, to) = (byte(first), byte(last));
    let small = |n: usize| u32::try_from(n).unwrap_or(0);
    let first = first.min(text.chars().count());
    Span {
        column: span.column + quotes + small(first),
        offset: span.offset + quotes + small(from),
        len: small(to.saturating_sub(from)).max(1),
        ..span
    }
}

/// What a predicate must not contain.
fn refused(expr: &Expr, text: &str, span: Span) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !may_be_boolean(expr) {
        problems.push(Problem::at(span, format!("a predicate is true or false for each row, this is not: `{expr}`")));
    }
    let _ = visit_expressions(expr, |e: &Expr| {
        if let Some(why) = refusal(e) {
            let there = e.span();
            problems.push(Problem::at(inside(text, span, there.start, Some(there.end)), why));
        }
        ControlFlow::<()>::Continue(())
    });
    problems
}

fn refusal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
            Some("a predicate cannot contain a subquery: it sees one row at a time (`references` compares with another table)".into())
        }
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => Some(format!("a predicate has no parameters: `{name}`; variables are written ${{name}}")),
            _ => None,
        },
        Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => Some("`*` is not a column".into()),
        Expr::Function(function) => {
            let name = match function.name.0.last() {
                Some(ObjectNamePart::Identifier(ident)) => ident.value.to_lowercase(),
                _ => function.name.to_string().to_lowercase(),
            };
            if VOLATILE.contains(&name.as_str()) {
                return Some(format!("`{name}()` gives another value each time, so the verdict could not be repeated"));
            }
            let over_rows = function.over.is_some() || function.filter.is_some() || !function.within_group.is_empty();
            (over_rows || AGGREGATES.contains(&name.as_str()))
                .then(|| format!("`{name}()` is over many rows, a predicate sees one row at a time"))
        }
        _ => None,
    }
}

/// Whether the outermost form can be boolean; columns and calls are given the benefit of the doubt.
fn may_be_boolean(expr: &Expr) -> bool {
    use BinaryOperator::{BitwiseAnd, BitwiseOr, BitwiseXor, Divide, Minus, Modulo, Multiply, Plus, StringConcat};
    match expr {
        Expr::Nested(inner) => may_be_boolean(inner),
        Expr::Value(value) => matches!(value.value, Value::Boolean(_) | Value::Placeholder(_)),
        Expr::TypedString(_) | Expr::Interval(_) | Expr::Extract { .. } | Expr::Tuple(_) | Expr::Array(_) => false,
        Expr::BinaryOp { op, .. } => !matches!(
            op,
            Plus | Minus | Multiply | Divide | Modulo | StringConcat | BitwiseAnd | BitwiseOr | BitwiseXor
        ),
        _ => true,
    }
}

fn unknown_columns(expr: &Expr, text: &str, span: Span, at: &BuildContext<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for ident in identifiers(expr) {
        if is_known(&ident.value, at) {
            continue;
        }
        let place = inside(text, span, ident.span.start, Some(ident.span.end));
        let hint = did_you_mean(&ident.value, at.columns.iter().map(|c| c.name.as_str())).or_else(|| {
            ident.quote_style.map(|_| format!("double quotes name a column; a text is written '{}'", ident.value))
        });
        problems.push(Problem::at(place, format!("unknown column `{}`", ident.value)).maybe_hint(hint));
    }
    problems
}

/// Declared, or a partition folder of the source's path.
fn is_known(name: &str, at: &BuildContext<'_>) -> bool {
    let lower = name.to_lowercase();
    at.columns.iter().any(|c| c.name.to_lowercase() == lower)
        || (at.source.hive
            && at
                .source
                .path
                .split('/')
                .any(|part| part.split_once('=').is_some_and(|(k, _)| k.to_lowercase() == lower)))
}

/// The columns an expression names; of `a.b` only `a`, which is the column.
fn identifiers(expr: &Expr) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    let _ = visit_expressions(expr, |e: &Expr| {
        match e {
            Expr::Identifier(ident) => found.push(ident.clone()),
            Expr::CompoundIdentifier(idents) => found.extend(idents.first().cloned()),
            _ => {}
        }
        ControlFlow::<()>::Continue(())
    });
    found
}
