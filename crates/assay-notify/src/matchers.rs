//! Matchers: a label and what it has to be. `owner=~".*@shop.example"`, `severity!=warn`.
//!
//! A label with several values (`tag`) is a value when any of them is, and is not when none of them is. A label that is
//! absent has the value of an empty text. Regular expressions match the whole of a value.

use assay_core::ops::silences::{MatchOp, Matcher};
use assay_core::suggest::did_you_mean;
use regex::{Regex, RegexBuilder};

use crate::labels::LABELS;

/// Bytes of a matcher's value, at most.
const MOST_BYTES: usize = 1_024;
/// Matchers of one list, at most.
const MOST_MATCHERS: usize = 32;
/// Bytes that a compiled expression may take.
const MOST_COMPILED: usize = 1 << 18;

/// Why a text is no matcher.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {text}")]
pub struct MatcherError {
    /// The character where it goes wrong, from 1.
    pub at: usize,
    /// One sentence.
    pub text: String,
}

/// Reads one matcher.
///
/// # Errors
/// The text is none; which character is at fault.
pub fn parse(text: &str) -> Result<Matcher, MatcherError> {
    let mut reader = Reader { text, at: 0 };
    let matcher = reader.matcher()?;
    reader.space();
    match reader.rest().chars().next() {
        None => Ok(matcher),
        Some(',') => reader.wrong("one matcher is expected here, and more follow after the comma"),
        Some(_) => reader.wrong("nothing is expected after the value: put it in double quotes if it has blanks"),
    }
}

/// Reads matchers with commas between them, in braces or without: `layer="gold", severity=fail`.
///
/// # Errors
/// The text is none; which character is at fault.
pub fn parse_all(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    let mut reader = Reader { text, at: 0 };
    let braced = reader.take("{");
    let mut matchers = vec![reader.matcher()?];
    while reader.take(",") {
        if matchers.len() == MOST_MATCHERS {
            return reader.wrong(&format!("a list has at most {MOST_MATCHERS} matchers"));
        }
        matchers.push(reader.matcher()?);
    }
    if braced && !reader.take("}") {
        return reader.wrong("`}` is missing after the last matcher");
    }
    reader.space();
    if reader.rest().is_empty() {
        return Ok(matchers);
    }
    reader.wrong("a comma is expected between matchers: put a value with blanks in double quotes")
}

/// A matcher as [`parse`] reads it, its value in quotes.
pub fn text(matcher: &Matcher) -> String {
    let mut value = String::with_capacity(matcher.value.len());
    for char in matcher.value.chars() {
        match char {
            '"' => value.push_str("\\\""),
            '\\' => value.push_str("\\\\"),
            '\n' => value.push_str("\\n"),
            other => value.push(other),
        }
    }
    format!("{}{}\"{value}\"", matcher.label, matcher.op.text())
}

/// Whether a matcher can be evaluated: its label is one, and its expression is one. For those that did not come
/// through [`parse`].
///
/// # Errors
/// One sentence.
pub fn check(matcher: &Matcher) -> Result<(), String> {
    check_label(&matcher.label)?;
    Compiled::new(matcher).map(drop)
}

/// Whether matchers leave some incident out: not all of them match what anything has, such as `layer=~".*"` or
/// `column!="x"`. A silence of those would be one of everything.
pub fn narrow(matchers: &[Matcher]) -> bool {
    // matchers that cannot be evaluated match nothing
    matchers.iter().any(|matcher| Compiled::new(matcher).map_or(true, |compiled| compiled.narrows()))
}

/// Whether there is a label of this name; why not.
pub(crate) fn check_label(label: &str) -> Result<(), String> {
    if LABELS.contains(&label) {
        return Ok(());
    }
    let hint =
        did_you_mean(label, LABELS.iter().copied()).unwrap_or_else(|| format!("labels are {}", LABELS.join(", ")));
    Err(format!("unknown label `{label}`: {hint}"))
}

struct Reader<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a sign after blanks, if it comes next.
    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn wrong<T>(&self, text: &str) -> Result<T, MatcherError> {
        self.wrong_at(self.at, text)
    }

    fn wrong_at<T>(&self, at: usize, text: &str) -> Result<T, MatcherError> {
        Err(MatcherError { at: self.text[..at].chars().count() + 1, text: text.to_owned() })
    }

    fn matcher(&mut self) -> Result<Matcher, MatcherError> {
        let label = self.label()?;
        let op = self.op()?;
        self.space();
        let begins = self.at;
        let value = self.value()?;
        let matcher = Matcher { label, op, value };
        match Compiled::new(&matcher) {
            Ok(_) => Ok(matcher),
            Err(text) => self.wrong_at(begins, &text),
        }
    }

    fn label(&mut self) -> Result<String, MatcherError> {
        self.space();
        let begins = self.at;
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let length = self.rest().find(|char| !is_part(char)).unwrap_or(self.rest().len());
        let label = &self.rest()[..length];
        if label.is_empty() {
            return self.wrong("a label is expected, as in `severity=\"fail\"`");
        }
        if let Err(text) = check_label(label) {
            return self.wrong_at(begins, &text);
        }
        self.at += length;
        Ok(label.to_owned())
    }

    fn op(&mut self) -> Result<MatchOp, MatcherError> {
        // the longer ones first
        for op in [MatchOp::Matches, MatchOp::MatchesNot, MatchOp::IsNot, MatchOp::Is] {
            if self.take(op.text()) {
                return Ok(op);
            }
        }
        self.wrong("one of `=`, `!=`, `=~`, `!~` is expected after the label")
    }

    fn value(&mut self) -> Result<String, MatcherError> {
        let begins = self.at;
        let value = if self.take("\"") { self.quoted(begins)? } else { self.bare()? };
        if value.len() > MOST_BYTES {
            return self.wrong_at(begins, &format!("the value is longer than {MOST_BYTES} bytes"));
        }
        Ok(value)
    }

    fn bare(&mut self) -> Result<String, MatcherError> {
        let ends = |char: char| char.is_whitespace() || matches!(char, ',' | '{' | '}' | '"');
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        let value = &self.rest()[..length];
        if value.is_empty() {
            return self.wrong("a value is expected; an empty one is `\"\"`");
        }
        if value.starts_with(['=', '~']) {
            return self.wrong("a value that begins with `=` or `~` is put in double quotes");
        }
        self.at += length;
        if self.rest().starts_with(['"', '{']) {
            return self.wrong("put the whole value in double quotes");
        }
        Ok(value.to_owned())
    }

    fn quoted(&mut self, begins: usize) -> Result<String, MatcherError> {
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((offset, char)) = chars.next() {
            match char {
                '"' => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('"') => value.push('"'),
                    Some('\\') => value.push('\\'),
                    Some('n') => value.push('\n'),
                    // `\.` and `\d` of expressions need not be doubled
                    Some(other) => value.extend(['\\', other]),
                    None => break,
                },
                other => value.push(other),
            }
        }
        self.wrong_at(begins, "the closing `\"` is missing")
    }
}

/// A matcher, ready to be asked.
#[derive(Debug, Clone)]
struct Compiled {
    label: String,
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Is(String),
    Matches(Regex),
}

impl Compiled {
    fn new(matcher: &Matcher) -> Result<Self, String> {
        let test = match matcher.op {
            MatchOp::Is | MatchOp::IsNot => Test::Is(matcher.value.clone()),
            MatchOp::Matches | MatchOp::MatchesNot => Test::Matches(anchored(&matcher.value)?),
        };
        let negated = matches!(matcher.op, MatchOp::IsNot | MatchOp::MatchesNot);
        Ok(Compiled { label: matcher.label.clone(), negated, test })
    }

    /// Whether it leaves out what does not have its label; of labels that everything has, some of their values.
    fn narrows(&self) -> bool {
        let values: &[&str] = match self.label.as_str() {
            "severity" => &["warn", "fail"],
            "outcome" => &["warn", "fail", "error"],
            "check" => &["a check that nobody has"],
            _ => &[""],
        };
        values.iter().any(|value| self.holds(value) == self.negated)
    }

    fn matches(&self, labels: &[(String, String)]) -> bool {
        let mut values =
            labels.iter().filter(|(label, _)| *label == self.label).map(|(_, value)| value.as_str()).peekable();
        let found = if values.peek().is_none() { self.holds("") } else { values.any(|value| self.holds(value)) };
        found != self.negated
    }

    fn holds(&self, value: &str) -> bool {
        match &self.test {
            Test::Is(wanted) => value == wanted,
            Test::Matches(regex) => regex.is_match(value),
        }
    }
}

/// The expression for the whole of a value. It has to be one by itself, else `a)|(b` would leave its group.
fn anchored(expression: &str) -> Result<Regex, String> {
    let compile =
        |text: &str| match RegexBuilder::new(text).size_limit(MOST_COMPILED).dfa_size_limit(MOST_COMPILED).build() {
            Ok(regex) => Ok(regex),
            Err(regex::Error::CompiledTooBig(_)) => Err("the regular expression is too large".to_owned()),
            Err(error) => {
                // the last line says what, those before show where
                let what = error.to_string();
                let what = what.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err(format!("this is no regular expression: {what}"))
            }
        };
    compile(expression)?;
    compile(&format!(r"\A(?:{expression})\z"))
}

/// Matchers, ready to be asked; all have to match.
#[derive(Debug, Clone)]
pub struct Matchers(Vec<Compiled>);

impl Matchers {
    /// Prepares matchers.
    ///
    /// # Errors
    /// One of them is none; one sentence that names it.
    pub fn new(matchers: &[Matcher]) -> Result<Self, String> {
        let compile = |matcher: &Matcher| Compiled::new(matcher).map_err(|why| format!("{}: {why}", text(matcher)));
        matchers.iter().map(compile).collect::<Result<_, _>>().map(Matchers)
    }

    /// Whether all of them match. Without any: true.
    pub fn match_all(&self, labels: &[(String, String)]) -> bool {
        self.0.iter().all(|matcher| matcher.matches(labels))
    }
}
