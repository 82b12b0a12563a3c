//! What rules may write, and what they are told when they write something else.

use std::sync::Arc;

use serde_json::{Value, json};

use super::support::{KEY, PLANTED, build};
use crate::receivers::registry::RECEIVERS;

/// The only problem of these parameters.
fn problem(kind: &str, parameters: Value) -> String {
    let problems = build(kind, parameters.clone()).err().unwrap_or_else(|| panic!("{kind} takes {parameters}"));
    let said: Vec<String> = problems
        .iter()
        .map(|problem| {
            let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{}{hint}", problem.message)
        })
        .collect();
    assert!(problems.iter().all(|problem| problem.span.is_some()), "no place: {said:?}");
    assert!(!said.join("\n").contains(PLANTED), "a secret is quoted: {said:?}");
    said.join("\n")
}

#[test]
fn urls_that_cannot_be_called_are_refused_without_quoting_them() {
    for kind in ["webhook", "slack", "teams"] {
        let wrong = |url: &str| problem(kind, json!({"url": url}));
        assert_eq!(wrong("ftp://h/planted-4f1c"), "expected a URL that begins with https:// or http://");
        assert_eq!(wrong("planted-4f1c"), "the URL cannot be read: relative URL without a base");
        assert_eq!(wrong("https://"), "the URL cannot be read: empty host");
        assert_eq!(wrong("https://h:99999/planted-4f1c"), "the URL cannot be read: invalid port number");
        assert!(wrong("https://ada:planted-4f1c@h/").contains("a user or a password"));
        assert!(wrong("https://planted-4f1c@h/").contains("a user or a password"));
        assert!(wrong("https://h/#planted-4f1c").contains("`#`"));
        assert!(wrong("https://h/planted-4f1c\r\nx: y").contains("a blank or a control character"));
        assert!(wrong("https://h/a b").contains("a blank or a control character"));
        let by_name = "the URL has a blank or a control character in it (look at what `${env:NO_URL}` stands for)";
        assert_eq!(wrong("${env:NO_URL}"), by_name);
        assert_eq!(wrong("${env:MISSING}"), "the variable MISSING is not set");
        assert_eq!(wrong("${env:EMPTY}"), "expected text, found nothing (look at what `${env:EMPTY}` stands for)");
        assert!(build(kind, json!({"url": "${env:URL}"})).is_ok());
    }
}

#[test]
fn unknown_and_missing_keys_are_told() {
    assert_eq!(problem("slack", json!({})), "the key `url` is missing");
    let unknown = problem("slack", json!({"url": "${env:URL}", "channel": "#x"}));
    assert!(unknown.starts_with("unknown key `channel`"), "{unknown}");
    let format = problem("webhook", json!({"url": "${env:URL}", "format": "standart"}));
    assert_eq!(format, "expected `standard` or `alertmanager`, found `standart` (did you mean `standard`?)");
    assert!(!problem("webhook", json!({"url": {"planted-4f1c": 1}})).is_empty());
    assert!(!problem("webhook", json!({"url": ["planted-4f1c"]})).is_empty());
}

#[test]
fn a_key_written_as_a_number_is_not_told_back() {
    // digits without quotes are a number elsewhere, and numbers are quoted in problems
    let said = problem("pagerduty", json!({"routing_key": 12345678}));
    assert!(said.starts_with("expected an integration key: 32 letters and digits"), "{said}");
    assert!(!said.contains("12345678"), "{said}");
}

#[test]
fn secrets_of_webhooks_are_looked_at() {
    let secrets = |secrets: Value| json!({"url": "${env:URL}", "secrets": secrets});
    let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert!(build("webhook", secrets(json!([good, good, good, good]))).is_ok());
    assert_eq!(problem("webhook", secrets(json!([good, good, good, good, good]))), "more than 4 secrets");
    assert_eq!(problem("webhook", secrets(json!(["planted-4f1c"]))), "expected a secret that begins with `whsec_`");
    let two = problem("webhook", secrets(json!(["whsec_planted-4f1c", "whsec_Zm9v"])));
    assert_eq!(two, "the secret is not base64 after `whsec_`\nthe secret has 3 bytes, expected 24 to 64");
}

#[test]
fn headers_that_are_ours_or_break_the_request_are_refused() {
    let headers = |headers: Value| json!({"url": "${env:URL}", "headers": headers});
    assert!(build("webhook", headers(json!({"X-Team": "data", "authorization": "Bearer ${env:X}"}))).is_ok());
    for name in ["Host", "content-length", "Content-Type", "Webhook-Id", "transfer-encoding", "Connection", "TE"] {
        let said = problem("webhook", headers(json!({name: "planted-4f1c"})));
        assert_eq!(said, format!("the header `{}` is not for rules to set", name.to_lowercase()));
    }
    for name in ["", "a b", "a:b", "ä", "x\r\ny"] {
        let said = problem("webhook", headers(json!({name: "planted-4f1c"})));
        assert!(said.starts_with("a header cannot have the name"), "{said}");
    }
    for value in ["${env:LINES}", "planted-4f1c\n", "ä", "planted-4f1c\u{0}"] {
        let said = problem("webhook", headers(json!({"x-a": value})));
        assert!(said.starts_with("the header `x-a` has a value that cannot be sent"), "{said}");
    }
    let twice = problem("webhook", headers(json!({"X-A": "1", "x-a": "2"})));
    assert_eq!(twice, "the header `x-a` is given twice");
    let many: serde_json::Map<String, Value> = (0..21).map(|n| (format!("x-{n}"), "1".into())).collect();
    assert_eq!(problem("webhook", headers(many.into())), "more than 20 headers");
}

#[test]
fn all_problems_are_told_at_once() {
    let parameters = json!({"url": "ftp://x", "secrets": ["x"], "headers": {"host": "y"}, "ca": ""});
    assert_eq!(problem("webhook", parameters).lines().count(), 4);
}

#[test]
fn members_of_a_cluster_are_told_apart_by_host_and_port() {
    let targets = |urls: Value| build("alertmanager", json!({"urls": urls})).map(|receiver| receiver.targets());
    let two = targets(json!(["http://a:9093", "https://a/one/", "https://a/two"])).unwrap();
    assert_eq!(two, ["a:9093", "a:443", "a:443#2"]);
    let said = |parameters: Value| problem("alertmanager", parameters);
    assert_eq!(said(json!({"urls": []})), "expected 1 to 10 URLs");
    assert!(said(json!({"urls": ["http://a/api/v2/alerts"]})).contains("leave `/api/v2` away"));
    assert!(said(json!({"urls": ["http://a/?token=planted-4f1c"]})).contains("`?`"));
    assert_eq!(said(json!({"urls": ["http://a:80", "http://a/"]})), "the same URL stands here twice");
    let both = json!({"urls": ["http://a"], "token": "x", "basic_auth": {"username": "u", "password": "p"}});
    assert_eq!(said(both), "`basic_auth` and `token` cannot stand together");
    assert!(said(json!({"urls": ["http://a"], "token": "${env:LINES}"})).contains("cannot have"));
    let colon = json!({"urls": ["http://a"], "basic_auth": {"username": "u:v", "password": "planted-4f1c"}});
    assert!(said(colon).contains("`:`"));
}

#[test]
fn nothing_secret_is_printed_of_a_receiver() {
    let secret = format!("Bearer {PLANTED}");
    let built = [
        build(
            "webhook",
            json!({"url": "${env:URL}", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "headers": {"a": secret}}),
        ),
        build("slack", json!({"url": "${env:URL}"})),
        build("teams", json!({"url": "${env:URL}"})),
        build("pagerduty", json!({"routing_key": KEY, "url": "${env:URL}"})),
        build("alertmanager", json!({"urls": ["http://a"], "token": PLANTED})),
    ];
    for receiver in built {
        let receiver: Arc<dyn crate::receivers::Receiver> = receiver.unwrap().into();
        let printed = format!("{receiver:?} {:?}", receiver.targets());
        assert!(!printed.contains(PLANTED) && !printed.contains(KEY) && !printed.contains("MfKQ"), "{printed}");
        let request = super::support::sent(receiver.as_ref(), &super::support::one());
        assert!(!format!("{:?} {:?}", request.url, request.headers).contains(PLANTED));
    }
}

#[test]
fn every_kind_has_a_name_of_its_own_a_schema_and_an_example() {
    let mut names: Vec<&str> = RECEIVERS.iter().map(|spec| spec.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    names.dedup();
    assert_eq!(names.len(), RECEIVERS.len());
    for spec in RECEIVERS {
        let schema = (spec.schema)();
        assert_eq!(schema["additionalProperties"], false, "{}", spec.name);
        for name in schema["properties"].as_object().unwrap().keys() {
            assert!(
                schema["properties"][name]["description"].is_string() || schema["properties"][name]["$ref"].is_string(),
                "{}: {name} is not described",
                spec.name
            );
        }
        assert!(!spec.about.is_empty() && spec.example.starts_with('{'), "{}", spec.name);
    }
}
