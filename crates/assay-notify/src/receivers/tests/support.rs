//! Notifications as they come from the outbox, and receivers as rules write them.

use std::collections::BTreeMap;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use assay_core::verdict::Outcome;
use serde_json::{Value, json};

use crate::notification::{Item, Notification, Reason, SCHEMA};
use crate::receivers::{Building, Built, Outgoing, Receiver, Request, registry};

/// 2026-11-20 06:00:00 UTC.
pub(super) const NOW: Millis = 1_795_154_400_000;
pub(super) const MINUTE: Millis = 60_000;

/// A secret that no test wants to see anywhere.
pub(super) const PLANTED: &str = "planted-4f1c";

pub(super) fn item(number: u64) -> Item {
    let labels = [
        ("contract", "silver.orders"),
        ("check", "amount.range"),
        ("column", "amount"),
        ("layer", "silver"),
        ("owner", "orders@shop.example"),
        ("severity", "fail"),
        ("outcome", "fail"),
        ("tag", "money"),
        ("tag", "pii"),
    ];
    Item {
        number,
        labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        document: "silver.orders".into(),
        check: "amount.range".into(),
        column: Some("amount".into()),
        segment: None,
        kind: IncidentKind::Verdict,
        state: IncidentState::Open,
        severity: Outcome::Fail,
        message: "9988 of 10000 rows within 0 to 100000 (12 outside), expected at least 99.9%".into(),
        since: NOW - 30 * MINUTE,
        opened_at: NOW - 30 * MINUTE,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        is_flapping: false,
        owner: Some("orders@shop.example".into()),
        layer: Some("silver".into()),
        acknowledged_by: None,
        run: "run-5f0c2b9d41aa77e3".into(),
        planned: NOW - 30 * MINUTE,
        news: Some(Reason::Opened),
        reproduce: Some("assay check checks/silver/orders.yaml --as-of 2026-11-20T05:30:00Z".into()),
        strip: vec![Outcome::Pass, Outcome::Pass, Outcome::Fail],
    }
}

pub(super) fn notification(incidents: Vec<Item>) -> Notification {
    let open = incidents.iter().filter(|item| item.state != IncidentState::Resolved).count();
    Notification {
        schema: SCHEMA.into(),
        id: "n-00c0ffee".into(),
        receiver: "oncall".into(),
        group: "{}/{layer=\"silver\"}:{contract=\"silver.orders\"}|oncall".into(),
        labels: BTreeMap::from([("contract".into(), "silver.orders".into())]),
        route: "{}/{layer=\"silver\"}".into(),
        reason: Reason::Opened,
        why: "3 incidents were opened in silver.orders".into(),
        at: NOW,
        is_open: open > 0,
        title: "silver.orders: 1 check fails".into(),
        external_url: Some("https://assay.shop.example".into()),
        project: Some("shop".into()),
        open: open as u64,
        resolved: (incidents.len() - open) as u64,
        incidents,
        left_out: 0,
        period: None,
        retrain: None,
    }
}

/// One incident.
pub(super) fn one() -> Notification {
    notification(vec![item(12)])
}

/// Three: one that somebody looks after, one that is over.
pub(super) fn three() -> Notification {
    let acknowledged = Item {
        state: IncidentState::Acknowledged,
        severity: Outcome::Warn,
        acknowledged_by: Some("ada".into()),
        segment: Some("country=de".into()),
        check: "drift".into(),
        document: "fare_eta".into(),
        column: Some("distance".into()),
        news: None,
        ..item(13)
    };
    let over = Item {
        state: IncidentState::Resolved,
        resolved_at: Some(NOW - MINUTE),
        resolved_why: Some("recovered".into()),
        news: Some(Reason::Resolved),
        ..item(14)
    };
    Notification { reason: Reason::PartlyResolved, ..notification(vec![item(12), acknowledged, over]) }
}

/// Five hundred, and thirty more that are not listed.
pub(super) fn many() -> Notification {
    let incidents = (1..=500).map(|number| Item {
        check: format!("column_{number}.completeness"),
        column: Some(format!("column_{number}")),
        message: format!("91.88% present (812 of 10000 null) in column_{number}, expected at least 95%"),
        ..item(number)
    });
    let mut many = notification(incidents.collect());
    (many.left_out, many.open) = (30, 530);
    many.title = "silver.orders: 530 checks fail".into();
    many
}

/// All are over.
pub(super) fn over() -> Notification {
    let mut over = three();
    over.incidents.retain(|item| item.state == IncidentState::Resolved);
    (over.is_open, over.open, over.reason) = (false, 0, Reason::Resolved);
    over
}

/// Nothing to list.
pub(super) fn test() -> Notification {
    let mut test = notification(Vec::new());
    (test.reason, test.title, test.why) = (Reason::Test, "a test".into(), "somebody tries this receiver".into());
    test
}

/// Texts that want to be more than texts.
pub(super) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<!channel> <!here> <@U024BE7LH> <!subteam^S1>",
    "@here @channel @everyone",
    "<https://evil.example|click>",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "*bold* _italic_ ~gone~ `code` # head\n> quote\n- list",
    "\"quotes\" 'and' \\backslashes\\ \\u0000",
    "\u{202e}gnirts desrever\u{202c} \u{2066}isolated\u{2069}",
    "zero\u{200b}width\u{feff} \u{0}null \u{1b}[31mred\u{7}",
    "{{DATE(2026-01-01T00:00:00Z)}} ${title} {{{{x}}}}",
    "</p>&lt;&amp;&#60;",
    "<at>everybody</at>",
    "line\r\nx-header: injected",
    "\u{1f4a9}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
];

/// An incident for each of them, in every place, and one with names of 10 KB.
pub(super) fn hostile() -> Notification {
    let texts = HOSTILE.iter().map(|text| (*text).to_owned()).chain(["&".repeat(10_000), "<ä>".repeat(5_000)]);
    let incidents = texts.enumerate().map(|(n, text)| Item {
        document: text.clone(),
        check: text.clone(),
        column: Some(text.clone()),
        segment: Some(text.clone()),
        message: text.clone(),
        owner: Some(text.clone()),
        layer: Some(text.clone()),
        acknowledged_by: Some(text.clone()),
        resolved_why: Some(text.clone()),
        resolved_at: Some(NOW),
        reproduce: Some(text.clone()),
        labels: vec![(text.clone(), text.clone()), ("tag".into(), text.clone())],
        ..item(n as u64 + 1)
    });
    let mut hostile = notification(incidents.collect());
    let all = HOSTILE.join(" ");
    (hostile.title, hostile.why) = (all.clone(), all.clone());
    (hostile.route, hostile.project, hostile.receiver) = (all.clone(), Some(all.clone()), all.clone());
    hostile.labels = BTreeMap::from([(all.clone(), all)]);
    hostile
}

fn node(value: &Value) -> Node {
    let span = Span::default();
    let kind = match value {
        Value::Object(map) => {
            NodeKind::Map(map.iter().map(|(name, value)| (Key { text: name.clone(), span }, node(value))).collect())
        }
        Value::Array(items) => NodeKind::Seq(items.iter().map(node).collect()),
        Value::String(text) => return Node::scalar(text, true, span),
        other => return Node::scalar(other.to_string(), false, span),
    };
    Node { kind, span }
}

/// `${env:NAME}` stands for a text of these.
fn filled_in(reference: &Reference, span: Span) -> Result<Secret, Problem> {
    match reference.written() {
        "${env:URL}" => Ok(Secret::new(format!("https://hooks.example.com/{PLANTED}?token={PLANTED}"))),
        "${env:NO_URL}" => Ok(Secret::new(format!("{PLANTED} is no URL"))),
        "${env:KEY}" => Ok(Secret::new(KEY)),
        "${env:EMPTY}" => Ok(Secret::new(" ")),
        "${env:LINES}" => Ok(Secret::new(format!("{PLANTED}\r\nx-evil: 1"))),
        "${env:MISSING}" => Err(Problem::at(span, "the variable MISSING is not set")),
        text => Ok(Secret::new(text)),
    }
}

/// An integration key.
pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";

pub(super) fn build(kind: &str, parameters: Value) -> Built {
    let building = Building { secret: &filled_in, relay: &|_, span| Err(Problem::at(span, "no connections here")) };
    let spec = registry::named(kind).unwrap_or_else(|| panic!("there is no kind `{kind}`"));
    (spec.build)(&node(&parameters), &building)
}

/// A receiver of this kind with parameters that do.
pub(super) fn receiver(kind: &str) -> Box<dyn Receiver> {
    let parameters = match kind {
        "webhook" => json!({"url": "${env:URL}"}),
        "webhook-4" => return build("webhook", json!({"url": "${env:URL}", "format": "alertmanager"})).unwrap(),
        "pagerduty" => json!({"routing_key": "${env:KEY}"}),
        "alertmanager" => json!({"urls": ["http://alertmanager:9093"]}),
        _ => json!({"url": "${env:URL}"}),
    };
    build(kind, parameters).unwrap()
}

/// What all kinds over HTTP send, with both bodies of webhooks.
pub(super) const KINDS: &[&str] = &["alertmanager", "pagerduty", "slack", "teams", "webhook", "webhook-4"];

pub(super) fn sent(receiver: &dyn Receiver, notification: &Notification) -> Request {
    let target = receiver.targets().remove(0);
    match receiver.outgoing(notification, &target, NOW) {
        Ok(Outgoing::Http(request)) => request,
        other => panic!("no request: {other:?}"),
    }
}

pub(super) fn body(kind: &str, notification: &Notification) -> Value {
    serde_json::from_slice(&sent(receiver(kind).as_ref(), notification).body).unwrap()
}

/// Every text of a value with the names that lead to it.
pub(super) fn texts(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(String::new(), text.clone())],
        Value::Array(items) => items.iter().flat_map(texts).map(|(path, text)| (format!("[]{path}"), text)).collect(),
        Value::Object(map) => {
            let of = |(name, value): (&String, &Value)| {
                texts(value).into_iter().map(move |(path, text)| (format!(".{name}{path}"), text)).collect::<Vec<_>>()
            };
            map.iter().flat_map(of).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
