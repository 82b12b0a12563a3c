//! Mail relays of `assay.yaml`, and files of rules as far as they are files.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod support;

use std::collections::BTreeMap;

use assay_contract::{Environment, Project, Sources, fill_secret, project_schema, rules_document};
use assay_core::connection::{Connection, MailTls, Network, Relay};
use assay_core::problem::Span;
use assay_core::secret::{Reference, Secret};
use chrono::DateTime;
use support::Memory;

const MAIL: &str = r#"
assay: 1
vars: {host: hooks.example.com, token: "${env:TOKEN}"}
connections:
  mail: {smtp: {host: mail.shop.example, user: assay, password: "${env:SMTP_PASSWORD}", from: assay@shop.example}}
  plain: {smtp: {host: 127.0.0.1, tls: none, port: 2525, from: assay@localhost, allow_private: [127.0.0.0/8, ::1]}}
"#;

fn env(name: &str) -> Option<String> {
    match name {
        "SMTP_PASSWORD" => Some("hush".to_owned()),
        "TOKEN" => Some("t0ken".to_owned()),
        "BLANK" => Some(" ".to_owned()),
        _ => None,
    }
}

fn files() -> Memory {
    let mut files = Memory::default();
    files.0.insert("rules/secrets/slack".into(), b"https://hooks.example.com/T0\n".to_vec());
    files
}

fn project(text: &str) -> Project {
    Project::load("assay.yaml", text.as_bytes(), &env, &files()).unwrap_or_else(|broken| panic!("{broken}"))
}

fn relay(project: &Project, name: &str) -> (Relay, String) {
    let Connection::Smtp { relay, from } = project.connections[name].clone();
    (relay, from)
}

#[test]
fn relays_are_read_with_their_defaults() {
    let project = project(MAIL);
    let (mail, from) = relay(&project, "mail");
    assert_eq!((mail.host.as_str(), mail.port, mail.tls), ("mail.shop.example", 587, MailTls::Starttls));
    assert_eq!(mail.login, Some(("assay".to_owned(), Secret::new("hush"))));
    assert_eq!((from.as_str(), mail.ca, mail.allow_private), ("assay@shop.example", None, vec![]));
    let (plain, _) = relay(&project, "plain");
    assert_eq!((plain.port, plain.tls, plain.login), (2525, MailTls::None, None));
    let networks: Vec<String> = plain.allow_private.iter().map(Network::to_string).collect();
    assert_eq!(networks, ["127.0.0.0/8", "::1/128"]);
    assert!(project.warnings.is_empty() && !format!("{project:?}").contains("hush"));
}

#[test]
fn a_password_that_is_written_down_is_warned_of_without_being_shown() {
    let text = "assay: 1\nconnections:\n  m: {smtp: {host: h, from: a@b, tls: implicit, user: u, password: hunter2}}\n";
    let project = project(text);
    assert_eq!(relay(&project, "m").0.port, 465);
    let [(place, warning)] = project.warnings.as_slice() else { panic!("{:?}", project.warnings) };
    assert_eq!((place.line, warning.message.as_str()), (3, "a password is written down here"));
    assert!(!format!("{project:?}").contains("hunter2"));
    // nor where the same line has a problem
    let text = text.replace("user: u", "usr: u");
    let broken = Project::load("assay.yaml", text.as_bytes(), &env, &files()).expect_err("a misspelt key").to_string();
    assert!(broken.contains("password: *******}") && !broken.contains("hunter2"), "{broken}");
}

#[test]
fn the_environment_says_parts_of_a_relay_anew() {
    let vars = [
        ("ASSAY__CONNECTIONS__MAIL__SMTP__HOST", "relay.example.com"),
        ("ASSAY__CONNECTIONS__MAIL__SMTP__TLS", "implicit"),
        ("ASSAY__CONNECTIONS__MAIL__SMTP__PASSWORD", "a: [b"),
        ("ASSAY__CONNECTIONS__PLAIN__SMTP__FROM", "x@localhost"),
    ];
    let vars: Vec<(String, String)> = vars.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let mut project = project(MAIL);
    project.override_with(&vars, &env, &files()).unwrap_or_else(|broken| panic!("{broken}"));
    let (mail, from) = relay(&project, "mail");
    assert_eq!((mail.host.as_str(), mail.port, from.as_str()), ("relay.example.com", 465, "assay@shop.example"));
    assert_eq!(mail.login, Some(("assay".to_owned(), Secret::new("a: [b"))));
    let (plain, from) = relay(&project, "plain");
    assert_eq!((plain.port, from.as_str()), (2525, "x@localhost"));
}

#[test]
fn a_relay_is_found_by_its_name_or_because_it_is_the_only_one() {
    let two = project(MAIL);
    let told = |project: &Project, name: &str| {
        let found = project.relay(name, Span::default());
        found.map(|(relay, _)| relay.host).map_err(|why| format!("{}; {}", why.message, why.hint.unwrap_or_default()))
    };
    assert_eq!(told(&two, "plain").as_deref(), Ok("127.0.0.1"));
    let wrong = |project: &Project, name: &str| told(project, name).expect_err("there is none");
    assert_eq!(wrong(&two, "mial"), "assay.yaml has no connection `mial`; did you mean `mail`?");
    assert_eq!(wrong(&two, "other"), "assay.yaml has no connection `other`; connections are `mail`, `plain`");
    assert!(wrong(&two, "").starts_with("there is more than one mail relay"));
    let one = project("assay: 1\nconnections: {m: {smtp: {host: h, from: a@b}}}\n");
    assert_eq!(told(&one, "").as_deref(), Ok("h"));
    assert!(wrong(&Project::default(), "").starts_with("assay.yaml has no connection to a mail relay"));
}

#[test]
fn the_schema_takes_what_is_read() {
    let validator = jsonschema::validator_for(&project_schema()).expect("a schema");
    let relay = |smtp: serde_json::Value| serde_json::json!({"assay": 1, "connections": {"mail": {"smtp": smtp}}});
    let sound = serde_json::json!({"host": "h", "port": 25, "tls": "none", "from": "a@b", "allow_private": ["::1"]});
    assert!(validator.is_valid(&relay(sound)));
    assert!(!validator.is_valid(&relay(serde_json::json!({"host": "h"}))));
    assert!(!validator.is_valid(&relay(serde_json::json!({"host": "h", "from": "a@b", "hots": "x"}))));
}

fn fill(text: &str) -> Result<Secret, String> {
    let (project, vars) = (project(MAIL), BTreeMap::from([("channel".to_owned(), "ops".to_owned())]));
    let files = files();
    let environment = Environment {
        project: &project,
        root: None,
        vars: &vars,
        env: &env,
        files: &files,
        planned: DateTime::UNIX_EPOCH,
    };
    let mut sources = Sources::default();
    sources.add("rules/alerts.yaml", String::new());
    let problem = fill_secret(&Reference::new(text), Span::default(), &environment, &sources);
    problem.map_err(|problem| format!("{}; {}", problem.message, problem.hint.unwrap_or_default()))
}

#[test]
fn secrets_of_rules_are_filled_from_the_environment_files_and_variables() {
    let cases = [
        ("${env:SMTP_PASSWORD}", "hush"),
        ("${file:secrets/slack}", "https://hooks.example.com/T0"),
        ("https://${host}/${channel}?t=${token}", "https://hooks.example.com/ops?t=t0ken"),
        ("written $${down}", "written ${down}"),
    ];
    for (text, expected) in cases {
        assert_eq!(fill(text), Ok(Secret::new(expected)), "{text}");
    }
}

#[test]
fn a_secret_that_cannot_be_filled_is_told_without_its_text() {
    let cases = [
        ("${env:NOWHERE}", "environment variable is not set: `NOWHERE`; "),
        ("${date}", "rules do not change from run to run: `${date}`; contracts and monitors take it"),
        ("${hots}", "unset variable `hots`; did you mean `host`?"),
        ("${env:BLANK}", "a secret is empty: ${env:BLANK}; give what it names a value"),
        ("  ", "a secret is empty: ***; give what it names a value"),
    ];
    for (text, expected) in cases {
        assert_eq!(fill(text), Err(expected.to_owned()), "{text}");
    }
    assert!(fill("hush${").is_err_and(|why| !why.contains("hush")));
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let mut sources = Sources::default();
    sources.add("rules/first.yaml", String::new());
    let (_, problems) = rules_document("rules/alerts.yaml", text.as_bytes(), &mut sources);
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = sources.place(problem.span.expect("a place"));
            format!("{}:{}:{}: {}", place.path, place.line, place.column, problem.message)
        })
        .collect();
    assert_eq!(shown, [format!("rules/alerts.yaml:{expected}")], "{text}");
}

#[test]
fn what_is_no_file_of_rules_says_what_it_is() {
    refused("", "1:1: the file is empty");
    refused("# nothing\n", "1:1: the file is empty");
    refused("- a\n", "1:1: a file of rules is a mapping of keys to values, not a list");
    refused("rules: alerts\n", "1:1: the version of the language is missing");
    refused("assay: 2\nrules: alerts\n", "1:8: this version of Assay reads `assay: 1`, not `2`");
    refused("assay: 1\ntable: silver.orders\n", "2:1: this file is a contract, not rules for alerts");
    refused("assay: 1\nmonitor: fares\n", "2:1: this file is a monitor, not rules for alerts");
    refused("assay: 1\nrules: a\nrules: b\n", "3:1: duplicate key `rules`, first at line 2, column 1");
}

#[test]
fn what_is_hidden_keeps_its_place() {
    let mut sources = Sources::default();
    sources.add("rules/alerts.yaml", "a: \"x\u{e9}\u{20ac}\u{1f600}\nz\"\nb: c\n".to_owned());
    let before = sources.get(0).expect("a file").text.clone();
    sources.hide(Span { offset: 3, len: 14, ..Span::default() });
    let hidden = &sources.get(0).expect("a file").text;
    assert_eq!((hidden.len(), hidden.chars().count()), (before.len(), before.chars().count()));
    assert!(hidden.starts_with("a: \"*") && hidden.ends_with("\n*\"\nb: c\n"), "{hidden}");
    assert!(!hidden.contains(['x', 'z', '\u{e9}', '\u{20ac}', '\u{1f600}']), "{hidden}");
    // a span that is not of the text hides nothing
    sources.hide(Span { offset: 5, len: 1, ..Span::default() });
    sources.hide(Span { offset: 900, len: 9, ..Span::default() });
    sources.hide(Span { file: 7, ..Span::default() });
}

#[test]
fn a_file_of_rules_is_a_tree_under_its_own_index() {
    let mut sources = Sources::default();
    sources.add("rules/first.yaml", String::new());
    let text = "assay: 1\nrules: alerts\nroute: {receiver: a, group_by: [...]}\n";
    let (root, problems) = rules_document("rules/alerts.yaml", text.as_bytes(), &mut sources);
    assert_eq!(problems, []);
    let root = root.expect("a tree");
    let group_by = root.get("route").and_then(|route| route.get("group_by")).expect("a list");
    assert_eq!((group_by.span.file, group_by.span.line, group_by.span.column), (1, 3, 32));
    assert_eq!(
        group_by.kind,
        assay_core::node::NodeKind::Seq(vec![assay_core::node::Node::scalar(
            "...",
            false,
            Span { column: 33, offset: group_by.span.offset + 1, len: 3, ..group_by.span }
        )])
    );
}
