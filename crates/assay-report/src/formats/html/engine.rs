//! Templates and how values are written into them.

use std::fmt::Write;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use super::assets;
use super::inline::Inline;
use crate::Templates;
use crate::formats::text::printable;
use crate::plots;

/// Compiled templates, the user's before the built-in ones.
pub(crate) struct Engine<'a> {
    environment: Environment<'a>,
}

impl<'a> Engine<'a> {
    /// Compiles all templates; one that does not parse is an error that names its line.
    pub fn new(templates: &'a Templates) -> io::Result<Self> {
        let inline = Inline::new(templates, &plots::stylesheet())?;
        Engine::of(sources(templates)?, "inline", &inline)
    }

    /// Compiles these templates; all of them are given one thing more under its name.
    pub fn of(sources: Vec<(&'a str, &'a str)>, name: &'static str, given: &impl Serialize) -> io::Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(write_value);
        environment.add_filter("sentence", sentence);
        let blocks = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(blocks.map_err(|error| failed(&error))?);
        for (name, text) in sources {
            environment.add_template(name, text).map_err(|error| failed(&error))?;
        }
        environment.add_global(name, Value::from(Serde(given)));
        environment.add_global("version", env!("CARGO_PKG_VERSION"));
        Ok(Engine { environment })
    }

    /// The whole page, or an error that names the template, the line and the reason.
    pub fn render(&self, template: &str, document: &impl Serialize) -> io::Result<String> {
        let template = self.environment.get_template(template).map_err(|error| failed(&error))?;
        template.render(Serde(document)).map_err(|error| failed(&error))
    }
}

/// Built-in templates where the user has none of the name, and what else the user's own include.
fn sources(templates: &Templates) -> io::Result<Vec<(&str, &str)>> {
    let given = |name: &str| templates.0.get(name).map(String::as_str);
    let mut sources: Vec<(&str, &str)> =
        assets::TEMPLATES.iter().map(|(name, text)| (*name, given(name).unwrap_or(text))).collect();
    for (name, text) in templates.0.iter() {
        let known = [assets::STYLE, assets::SCRIPT].contains(&name.as_str());
        if known || assets::TEMPLATES.iter().any(|(known, _)| known == name) {
            continue;
        }
        if !name.ends_with(".html") {
            let text = format!(
                "{name}: no report has a file of this name; it is `{}`, `{}` or a template that ends in `.html`",
                assets::STYLE,
                assets::SCRIPT
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        sources.push((name, text));
    }
    Ok(sources)
}

/// Markup as it is, everything else escaped for text and for quoted attributes, control characters written out.
fn write_value(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_safe() {
        return Ok(out.write_str(value.as_str().unwrap_or_default())?);
    }
    match value.kind() {
        ValueKind::String => Ok(escaped(out, &printable(value.as_str().unwrap_or_default()))?),
        ValueKind::Undefined => Err(Error::from(minijinja::ErrorKind::UndefinedError)),
        _ => Ok(escaped(out, &printable(&value.to_string()))?),
    }
}

/// A sentence with its names in backticks as code.
fn sentence(text: &str) -> Result<Value, Error> {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text.as_ref();
    while let Some((before, name, after)) = quoted(rest) {
        escaped(&mut out, before)?;
        out.push_str("<code>");
        escaped(&mut out, name)?;
        out.push_str("</code>");
        rest = after;
    }
    escaped(&mut out, rest)?;
    Ok(Value::from_safe_string(out))
}

/// What stands before, between and after the first two backticks.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (name, after) = rest.split_once('`')?;
    Some((before, name, after))
}

fn escaped(out: &mut dyn Write, text: &str) -> std::fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}

/// `run.html:12: undefined value: ..`; of templates that include others the innermost one.
fn failed(error: &Error) -> io::Error {
    let mut innermost = error;
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<Error>().filter(|inner| inner.name().is_some()) {
            innermost = inner;
        }
        source = inner.source();
    }
    let mut text = String::new();
    let _ = write!(text, "{}", innermost.name().unwrap_or("templates"));
    if let Some(line) = innermost.line() {
        let _ = write!(text, ":{line}");
    }
    let _ = write!(text, ": {}", innermost.kind());
    if let Some(detail) = innermost.detail() {
        let _ = write!(text, ": {}", printable(detail));
    }
    io::Error::new(io::ErrorKind::InvalidData, text)
}
