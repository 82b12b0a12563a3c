//! Templates, and how values are written into them.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use super::escape::{self, printable};

/// A line of plain text, as mail programs show it without wrapping it once more.
const LINE: usize = 76;

const TEMPLATES: &[(&str, &str)] = &[
    ("mail.html", include_str!("../../../../reports/templates/mail/mail.html")),
    ("parts.html", include_str!("../../../../reports/templates/mail/parts.html")),
    ("mail.txt", include_str!("../../../../reports/templates/mail/mail.txt")),
];

/// The whole text of a template.
///
/// # Errors
/// It does not fit what it is given; one sentence.
pub(super) fn render(template: &str, view: &impl Serialize) -> Result<String, String> {
    environment()
        .and_then(|environment| environment.get_template(template)?.render(Serde(view)))
        .map_err(|error| format!("the mail could not be written: {error:#}"))
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    environment.set_formatter(write_value);
    environment.add_filter("wrap", wrap);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// Characters that cannot be seen are written out in both; in HTML everything is escaped that means something there.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_safe() {
        return Ok(out.write_str(value.as_str().unwrap_or_default())?);
    }
    let text = match value.kind() {
        ValueKind::Undefined => return Err(Error::from(minijinja::ErrorKind::UndefinedError)),
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        _ => value.to_string(),
    };
    match state.auto_escape() {
        AutoEscape::None => Ok(out.write_str(&printable(&text))?),
        _ => Ok(escape::html(out, &printable(&text))?),
    }
}

/// A text in lines, those after the first indented. A word that is longer than a line stays whole.
fn wrap(text: &str, indent: &str) -> Value {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut length = indent.chars().count();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word_length = word.chars().count();
        if !out.is_empty() && length + 1 + word_length > LINE {
            out.push('\n');
            out.push_str(indent);
            length = indent.chars().count();
        } else if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word_length;
    }
    Value::from_safe_string(out)
}
