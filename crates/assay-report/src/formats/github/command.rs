//! A workflow command: `::error file=a,line=1::message`. Written so that nothing in it can end it, add a property to it
//! or begin another one.

use std::fmt;

use crate::formats::text::printable;

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Error,
    Warning,
    Notice,
}

/// A command, escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    kind: Kind,
    properties: Vec<(&'static str, String)>,
    message: String,
}

impl Command {
    /// A command with a message, which may have several lines.
    pub fn new(kind: Kind, message: &str) -> Self {
        Command { kind, properties: vec![], message: data(message) }
    }

    /// The same with a property; one without a value says nothing and is left out.
    pub fn property(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.properties.push((name, data(&printable(value)).replace(':', "%3A").replace(',', "%2C")));
        }
        self
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Error => "error",
            Kind::Warning => "warning",
            Kind::Notice => "notice",
        };
        write!(f, "::{name}")?;
        for (at, (name, value)) in self.properties.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { " " } else { "," })?;
        }
        write!(f, "::{}", self.message)
    }
}

/// Percent signs and ends of lines as the runner decodes them. The old form of commands (`##[error]`) is looked for
/// anywhere in a line and knows no escape, so that its beginning is written as a code.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##", "#\\u{23}")
}
