//! The rule of `retrain.when`: outcomes of checks with `and`, `or`, `not` and parentheses.
//!
//! An outcome is a check's id and `.warn` or `.fail`. The id begins with what the check is of (`drift`, `dataset`, ..);
//! a name behind it that is not plain stands in double quotes, as in the ids of results.

use assay_core::drift::monitor::RetrainRule;
use assay_core::suggest::did_you_mean;

/// Deepest nesting of `not` and parentheses.
const MAX_DEPTH: usize = 32;
/// The most outcomes, words and parentheses of a rule.
const MAX_TOKENS: usize = 200;

/// A check that a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What it is of: `drift`, `dataset`, `performance`.
    pub family: String,
    /// The column, feature or metric, or both columns of a pair, without quotes; empty for checks of the whole.
    pub names: Vec<String>,
}

/// What is wrong with a rule: a sentence and advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Outcome(String),
}

/// Reads a rule; beside it, every check it names, in order.
pub(crate) fn parse(text: &str) -> Result<(RetrainRule, Vec<Check>), Fault> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(fault("the rule is empty", "as in `dataset.fail or performance.rmse.fail`"));
    }
    let mut parsing = Parsing { tokens: &tokens, at: 0, checks: Vec::new() };
    let rule = parsing.any(0)?;
    match parsing.next() {
        None => Ok((rule, parsing.checks)),
        Some(Token::Close) => Err(fault("a `)` without its `(`", "remove it")),
        Some(token) => {
            let message = format!("`and` or `or` is missing before `{}`", shown(token));
            Err(fault(message, "as in `dataset.fail or performance.rmse.fail`"))
        }
    }
}

/// A name as it stands in an id: in double quotes unless it is plain.
pub(crate) fn quoted(name: &str) -> String {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn fault(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    Fault { message: message.into(), hint: hint.into() }
}

fn shown(token: &Token) -> &str {
    match token {
        Token::Open => "(",
        Token::Close => ")",
        Token::And => "and",
        Token::Or => "or",
        Token::Not => "not",
        Token::Outcome(text) => text,
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if tokens.len() >= MAX_TOKENS {
            return Err(fault(format!("a rule has at most {MAX_TOKENS} parts"), "name fewer outcomes"));
        }
        let length = match first {
            '(' | ')' => 1,
            '&' | '|' | '!' | ',' => {
                return Err(fault(
                    format!("a rule is made with words, not `{first}`"),
                    "there are `and`, `or` and `not`",
                ));
            }
            _ => word(rest)?,
        };
        let (token, after) = rest.split_at(length);
        tokens.push(match token {
            "(" => Token::Open,
            ")" => Token::Close,
            "and" => Token::And,
            "or" => Token::Or,
            "not" => Token::Not,
            "AND" | "OR" | "NOT" | "And" | "Or" | "Not" => {
                return Err(fault(
                    format!("words of a rule are small: `{token}`"),
                    format!("write `{}`", token.to_lowercase()),
                ));
            }
            word => Token::Outcome(word.to_owned()),
        });
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// The length of the word at the start of a text; quotes hold anything.
fn word(text: &str) -> Result<usize, Fault> {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            c if c.is_whitespace() || matches!(c, '(' | ')') => return Ok(at),
            c if c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | ':') => {}
            c => return Err(fault(format!("`{c}` cannot stand in a rule"), "put a name with it into double quotes")),
        }
    }
    if is_quoted { Err(fault("a quote is never closed", "as in `drift.\"fare total\".fail`")) } else { Ok(text.len()) }
}

struct Parsing<'t> {
    tokens: &'t [Token],
    at: usize,
    checks: Vec<Check>,
}

impl Parsing<'_> {
    fn next(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.next() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<RetrainRule, Fault> {
        let mut rules = vec![self.all(depth)?];
        while self.take(&Token::Or) {
            rules.push(self.all(depth)?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { RetrainRule::Or(rules) })
    }

    fn all(&mut self, depth: usize) -> Result<RetrainRule, Fault> {
        let mut rules = vec![self.one(depth)?];
        while self.take(&Token::And) {
            rules.push(self.one(depth)?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { RetrainRule::And(rules) })
    }

    fn one(&mut self, depth: usize) -> Result<RetrainRule, Fault> {
        if depth > MAX_DEPTH {
            return Err(fault(format!("a rule is nested more than {MAX_DEPTH} deep"), "write it flatter"));
        }
        let Some(token) = self.tokens.get(self.at) else {
            return Err(fault("the rule ends where an outcome belongs", "as in `dataset.fail`"));
        };
        self.at += 1;
        match token {
            Token::Not => Ok(RetrainRule::Not(Box::new(self.one(depth + 1)?))),
            Token::Open => {
                let inner = self.any(depth + 1)?;
                if !self.take(&Token::Close) {
                    return Err(fault("a `(` is never closed", "add `)`"));
                }
                Ok(inner)
            }
            Token::Outcome(text) => self.outcome(text),
            Token::Close | Token::And | Token::Or => {
                let message = format!("an outcome belongs before `{}`", shown(token));
                Err(fault(message, "as in `dataset.fail`"))
            }
        }
    }

    fn outcome(&mut self, text: &str) -> Result<RetrainRule, Fault> {
        let mut parts = split(text, '.');
        let level = if parts.len() > 1 { parts.pop() } else { None };
        let warn = match level.as_deref() {
            Some("warn") => true,
            Some("fail") => false,
            Some(other) => {
                let hint = did_you_mean(other, ["warn", "fail"]).unwrap_or_else(|| format!("write `{text}.fail`"));
                return Err(fault(format!("an outcome ends in `.warn` or `.fail`, not `{text}`"), hint));
            }
            None => {
                return Err(fault(
                    format!("an outcome ends in `.warn` or `.fail`: `{text}`"),
                    format!("write `{text}.fail`"),
                ));
            }
        };
        let (family, name) = (parts.remove(0), parts.join("."));
        let names = match family.as_str() {
            _ if name.is_empty() => Vec::new(),
            "correlation" => split(&name, '+'),
            _ => vec![name],
        };
        let names: Vec<String> = names.iter().map(|name| unquoted(name)).collect();
        let mut check = family.clone();
        if !names.is_empty() {
            check.push('.');
            check.push_str(&names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join("+"));
        }
        self.checks.push(Check { family, names });
        Ok(RetrainRule::Is { check, warn })
    }
}

/// The parts of a text between separators that stand outside of quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut is_quoted = false;
    let outside = |c: char| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    };
    text.split(outside).map(str::to_owned).collect()
}

/// A name without its double quotes; inside of them a quote is written twice.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(check: &str, warn: bool) -> RetrainRule {
        RetrainRule::Is { check: check.into(), warn }
    }

    #[test]
    fn not_binds_closer_than_and_and_and_closer_than_or() {
        let (rule, checks) =
            parse("dataset.fail or not drift.a.warn and (drift.b.fail or drift.c.fail)").expect("a rule");
        let either = RetrainRule::Or(vec![is("drift.b", false), is("drift.c", false)]);
        let both = RetrainRule::And(vec![RetrainRule::Not(Box::new(is("drift.a", true))), either]);
        assert_eq!(rule, RetrainRule::Or(vec![is("dataset", false), both]));
        assert_eq!(checks.len(), 4);
        assert_eq!(checks[1], Check { family: "drift".into(), names: vec!["a".into()] });
    }

    #[test]
    fn names_that_are_not_plain_are_quoted_as_in_ids() {
        for text in ["drift.\"fare \"\"total\"\"\".fail", "drift.fare.total.fail", "drift.\"fare.total\".fail"] {
            let (rule, checks) = parse(text).expect("a rule");
            let name = if text.contains("total\"\"") { "fare \"total\"" } else { "fare.total" };
            assert_eq!(checks[0].names, [name], "{text}");
            assert_eq!(rule, is(&format!("drift.{}", quoted(name)), false), "{text}");
        }
    }

    #[test]
    fn a_correlation_names_both_columns() {
        let (rule, checks) = parse("correlation.\"a b\"+c.fail").expect("a rule");
        assert_eq!(rule, is("correlation.\"a b\"+c", false));
        assert_eq!(checks[0].names, ["a b", "c"]);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        let deep = format!("{}dataset.fail{}", "(".repeat(40), ")".repeat(40));
        let long = "dataset.fail or ".repeat(600) + "dataset.fail";
        for text in [
            "",
            "  ",
            "and",
            "dataset.fail or",
            "(dataset.fail",
            "dataset.fail)",
            "dataset",
            "dataset.bad",
            "a.fail b.fail",
        ]
        .into_iter()
        .chain(["dataset.fail && a.fail", "dataset.fail OR a.fail", "drift.\"a.fail", "not", "a@b.fail", "()"])
        .chain([deep.as_str(), long.as_str(), &"not ".repeat(400)])
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
