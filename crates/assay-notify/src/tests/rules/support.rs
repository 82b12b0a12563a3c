//! Rules from texts, with receivers that need nothing.

use assay_contract::{Sources, rules_document};
use assay_core::connection::{MailTls, Relay};
use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};

use crate::notification::Notification;
use crate::receivers::{Building, Outgoing, Receiver, ReceiverSpec};
use crate::rules::Rules;
use crate::rules::read::{Read, Reading, read_with};

#[derive(Debug)]
struct Pretended;

impl Receiver for Pretended {
    fn integration(&self) -> &'static str {
        "pretended"
    }

    fn outgoing(&self, _: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        Err("it only pretends".to_owned())
    }
}

/// `{to: TEXT, url: SECRET, connection: NAME}`; anything else is refused.
fn build(node: &Node, building: &Building<'_>) -> Result<Box<dyn Receiver>, Vec<Problem>> {
    let Some(entries) = node.entries() else {
        return Err(vec![Problem::at(node.span, format!("expected a mapping, found {}", node.describe()))]);
    };
    let mut problems = Vec::new();
    for (key, value) in entries {
        let text = value.text().unwrap_or_default();
        let outcome = match key.text.as_str() {
            "to" => Ok(()),
            "url" => (building.secret)(&Reference::new(text), value.span).map(drop),
            "connection" => (building.relay)(text, value.span).map(drop),
            _ => Err(Problem::at(key.span, format!("unknown key `{}`: {}", key.text, value.describe()))),
        };
        problems.extend(outcome.err());
    }
    if problems.is_empty() { Ok(Box::new(Pretended)) } else { Err(problems) }
}

const fn kind(name: &'static str) -> ReceiverSpec {
    ReceiverSpec { name, about: "pretends", example: "{to: x}", build, schema: || serde_json::json!({}) }
}

/// Kinds that pretend.
pub const KINDS: &[ReceiverSpec] = &[kind("email"), kind("webhook")];

/// What is read of files, shown as `rules/0.yaml`, `rules/1.yaml`, ...
pub struct Outcome {
    pub read: Read,
    sources: Sources,
}

/// Secrets by name are their names in capitals; `NOWHERE` is not set.
fn secret(reference: &Reference, at: Span) -> Result<Secret, Problem> {
    match reference.written() {
        "${env:NOWHERE}" => Err(Problem::at(at, "environment variable is not set: `NOWHERE`")),
        written => Ok(Secret::new(written.to_uppercase())),
    }
}

fn relay(name: &str, at: Span) -> Result<(Relay, String), Problem> {
    if name != "mail" {
        return Err(Problem::at(at, format!("assay.yaml has no connection `{name}`")));
    }
    let (host, tls) = ("mail.shop.example".to_owned(), MailTls::Starttls);
    let relay = Relay { host, port: 587, tls, login: None, ca: None, allow_private: Vec::new() };
    Ok((relay, "assay@shop.example".to_owned()))
}

pub fn read(files: &[&str]) -> Outcome {
    let mut sources = Sources::default();
    let mut nodes = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let (node, problems) = rules_document(&format!("rules/{number}.yaml"), text.as_bytes(), &mut sources);
        assert_eq!(problems, [], "{text}");
        nodes.extend(node);
    }
    let place = |span| sources.place(span);
    let building = Building { secret: &secret, relay: &relay };
    let reading = Reading {
        timezone: chrono_tz::Europe::Berlin,
        public_url: Some("https://assay.shop.example/"),
        place: &place,
        building: &building,
    };
    let read = read_with(&nodes, &reading, KINDS);
    Outcome { read, sources }
}

impl Outcome {
    fn shown(&self, problems: &[Problem]) -> Vec<String> {
        problems
            .iter()
            .map(|problem| {
                let place = self.sources.place(problem.span.expect("a place"));
                let hint = problem.hint.as_ref().map_or(String::new(), |hint| format!("; {hint}"));
                format!("{}:{}:{}: {}{hint}", place.path, place.line, place.column, problem.message)
            })
            .collect()
    }

    pub fn problems(&self) -> Vec<String> {
        assert_eq!(self.read.rules.is_none(), !self.read.problems.is_empty());
        self.shown(&self.read.problems)
    }

    pub fn warnings(&self) -> Vec<String> {
        self.shown(&self.read.warnings)
    }

    /// The texts at places of secrets.
    pub fn secrets(&self) -> Vec<&str> {
        let text = |span: &Span| {
            let file = self.sources.get(span.file).expect("a file");
            &file.text[span.offset as usize..(span.offset + span.len) as usize]
        };
        self.read.secrets.iter().map(text).collect()
    }
}

/// Rules that have to be right.
#[track_caller]
pub fn rules(text: &str) -> Rules {
    let outcome = read(&[&whole(text)]);
    assert_eq!(outcome.problems(), Vec::<String>::new(), "{text}");
    outcome.read.rules.expect("no problem")
}

/// A file with a beginning.
pub fn whole(text: &str) -> String {
    format!("assay: 1\nrules: alerts\n{text}")
}

const RECEIVERS: &str = "receivers: {a: {email: {to: x}}, b: {email: {to: x}}}\n";

fn placed(problems: &[&str]) -> Vec<String> {
    problems.iter().map(|problem| format!("rules/0.yaml:{problem}")).collect()
}

/// The text begins on line 3.
#[track_caller]
pub fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(&[&whole(text)]).problems(), placed(expected), "{text}");
}

/// The same with receivers `a` and `b` before it: the text begins on line 4.
#[track_caller]
pub fn wrong(text: &str, expected: &[&str]) {
    check(&format!("{RECEIVERS}{text}"), expected);
}

/// The same for warnings.
#[track_caller]
pub fn warned(text: &str, expected: &[&str]) {
    let outcome = read(&[&whole(&format!("{RECEIVERS}{text}"))]);
    assert_eq!((outcome.problems(), outcome.warnings()), (vec![], placed(expected)), "{text}");
}
