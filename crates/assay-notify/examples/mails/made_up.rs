//! Made-up notifications, of every kind that a mail can be about.

#![allow(dead_code, reason = "the example and the tests take different parts of it")]

use std::collections::BTreeMap;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use assay_core::verdict::Outcome;
use assay_notify::notification::{Item, Notification, Reason, SCHEMA};
use assay_notify::receivers::registry::named;
use assay_notify::receivers::{Building, MailTls, Outgoing, Receiver, Relay};
use serde_json::{Value, json};

/// 21 November 2026, 06:05 UTC.
pub const NOW: Millis = 1_795_241_100_000;
pub const MINUTE: Millis = 60_000;
pub const DAY: Millis = 24 * 60 * MINUTE;

/// JSON as a node of a document.
pub fn node(value: &Value) -> Node {
    let span = Span::default();
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (Key { text: key.clone(), span }, node(value)));
            Node { kind: NodeKind::Map(entries.collect()), span }
        }
        Value::Array(items) => Node { kind: NodeKind::Seq(items.iter().map(node).collect()), span },
        Value::String(text) => Node::scalar(text.clone(), true, span),
        other => Node::scalar(other.to_string(), false, span),
    }
}

/// A receiver of mails with these parameters; `mail` is the only connection.
pub fn build(parameters: &Value) -> Result<Box<dyn Receiver>, Vec<Problem>> {
    let secret = |reference: &Reference, _: Span| -> Result<Secret, Problem> { Ok(Secret::new(reference.written())) };
    let relay = |name: &str, span: Span| -> Result<(Relay, String), Problem> {
        let from = "Assay <assay@shop.example>".to_owned();
        match name {
            "" | "mail" => Ok((relay(), from)),
            _ => Err(Problem::at(span, format!("no connection is named `{name}`"))),
        }
    };
    let spec = named("email").expect("mails are a kind of receivers");
    (spec.build)(&node(parameters), &Building { secret: &secret, relay: &relay })
}

pub fn relay() -> Relay {
    Relay {
        host: "mail.shop.example".into(),
        port: 587,
        tls: MailTls::Starttls,
        login: Some(("assay".into(), Secret::new("planted-password"))),
        ca: None,
        allow_private: Vec::new(),
    }
}

/// A notification as a mail to the first of two recipients.
pub fn mail(notification: &Notification) -> Vec<u8> {
    let to = ["Orders team <orders@shop.example>", "ada@shop.example"];
    let receiver = build(&json!({"to": to, "reply_to": "data@shop.example", "subject_prefix": "[shop]"}));
    mail_of(&*receiver.expect("parameters are right"), notification)
}

pub fn mail_of(receiver: &dyn Receiver, notification: &Notification) -> Vec<u8> {
    match receiver.outgoing(notification, &receiver.targets()[0], NOW + DAY) {
        Ok(Outgoing::Mail(mail)) => mail.bytes,
        other => panic!("no mail: {other:?}"),
    }
}

pub fn item(number: u64, document: &str, check: &str, column: Option<&str>, severity: Outcome, message: &str) -> Item {
    let planned = NOW - 5 * MINUTE;
    let since = planned - 3 * 60 * MINUTE - number as Millis * MINUTE;
    let text = |text: &str| Some(text.to_owned());
    let mut labels = vec![("contract".to_owned(), document.to_owned()), ("check".to_owned(), check.to_owned())];
    labels.extend(column.map(|column| ("column".to_owned(), column.to_owned())));
    labels.extend([("layer".to_owned(), "silver".to_owned()), ("owner".to_owned(), "orders@shop.example".to_owned())]);
    Item {
        number,
        labels,
        document: document.into(),
        check: check.into(),
        column: column.map(str::to_owned),
        segment: None,
        kind: if severity == Outcome::Error { IncidentKind::Error } else { IncidentKind::Verdict },
        state: IncidentState::Open,
        severity,
        message: message.into(),
        since,
        opened_at: since,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        is_flapping: false,
        owner: text("orders@shop.example"),
        layer: text("silver"),
        acknowledged_by: None,
        run: "run-5f0c2b9d41aa77e3".into(),
        planned,
        news: None,
        reproduce: Some(format!("assay check --select 'table:{document}' --as-of 2026-11-21T06:00:00Z")),
        strip: strip(3),
    }
}

/// Thirty runs, the newest of them bad.
pub fn strip(bad: usize) -> Vec<Outcome> {
    (0..30).map(|n| if n + bad >= 30 { Outcome::Fail } else { Outcome::Pass }).collect()
}

pub fn over(mut item: Item, why: &str) -> Item {
    item.state = IncidentState::Resolved;
    item.resolved_at = Some(NOW - 5 * MINUTE);
    item.resolved_why = Some(why.into());
    item.news = Some(Reason::Resolved);
    item
}

pub fn new(mut item: Item) -> Item {
    item.news = Some(Reason::Opened);
    item
}

pub fn notification(id: &str, reason: Reason, title: &str, why: &str, incidents: Vec<Item>) -> Notification {
    let resolved = incidents.iter().filter(|item| item.state == IncidentState::Resolved).count() as u64;
    let open = incidents.len() as u64 - resolved;
    Notification {
        schema: SCHEMA.into(),
        id: id.into(),
        receiver: "orders-mail".into(),
        group: "{}/{layer=\"silver\"}:{contract=\"silver.orders\"}|orders-mail".into(),
        labels: BTreeMap::from([("contract".into(), "silver.orders".into())]),
        route: "{}/{layer=\"silver\"}".into(),
        reason,
        why: why.into(),
        at: NOW,
        is_open: open > 0,
        title: title.into(),
        external_url: Some("https://assay.shop.example".into()),
        project: Some("shop".into()),
        incidents,
        left_out: 0,
        open,
        resolved,
        period: None,
        retrain: None,
    }
}

fn completeness() -> Item {
    item(
        12,
        "silver.orders",
        "email.completeness",
        Some("email"),
        Outcome::Fail,
        "91.88% present (812 of 10000 null), expected at least 99%",
    )
}

pub fn one() -> Notification {
    let why = "email completeness of silver.orders is opened";
    notification(
        "n-01",
        Reason::Opened,
        "[1 failing] silver.orders: email completeness 91.88% present",
        why,
        vec![new(completeness())],
    )
}

pub fn three() -> Notification {
    let mut rows =
        item(13, "silver.orders", "row_count", None, Outcome::Warn, "9120 rows, expected from 9500 to 12000");
    rows.acknowledged_by = Some("ada".into());
    rows.state = IncidentState::Acknowledged;
    rows.reopened = 2;
    let gone = over(
        item(
            9,
            "silver.orders",
            "freshness",
            None,
            Outcome::Fail,
            "newest row is 2 h 10 min old, expected at most 1 h",
        ),
        "recovered",
    );
    let incidents = vec![new(completeness()), rows, gone];
    let why = "freshness of silver.orders is over, 2 still open";
    notification(
        "n-02",
        Reason::PartlyResolved,
        "[1 failing, 1 warning] silver.orders: email completeness 91.88% present",
        why,
        incidents,
    )
}

pub fn resolved() -> Notification {
    let why = "email completeness of silver.orders is over";
    let incidents = vec![over(completeness(), "recovered")];
    notification("n-03", Reason::Resolved, "[resolved] silver.orders: email completeness", why, incidents)
}

pub fn many() -> Notification {
    let incidents = (1..=500).map(|n| {
        let mut item = new(item(
            n,
            &format!("gold.revenue_by_country_{n:03}"),
            "range",
            Some("revenue_eur"),
            if n % 7 == 0 { Outcome::Error } else { Outcome::Fail },
            "214 of 10000 rows are below 0, expected none; the lowest is -1244.50 (row order_id=ORD-00000007)",
        ));
        item.strip = (0..30).map(|run| if (run + n) % 11 == 0 { Outcome::Fail } else { Outcome::Pass }).collect();
        item
    });
    let why = "1,000 incidents are opened";
    let mut of = notification(
        "n-04",
        Reason::Opened,
        "[1,000 failing] gold.revenue_by_country_001 and 999 others: revenue_eur range",
        why,
        incidents.collect(),
    );
    of.labels = BTreeMap::from([("layer".into(), "gold".into())]);
    (of.left_out, of.open) = (500, 1000);
    of
}

pub fn digest() -> Notification {
    let mut old = item(3, "bronze.payments_raw", "pattern", Some("iban"), Outcome::Warn, "3 of 8120 do not match");
    (old.since, old.opened_at) = (NOW - 9 * DAY, NOW - 9 * DAY);
    old.strip = (0..30).map(|n| if n > 20 { Outcome::Warn } else { Outcome::Pass }).collect();
    let mut unreadable = item(
        14,
        "bronze.payments_raw",
        "references",
        Some("customer_id"),
        Outcome::Error,
        "lake/silver/customers/p-3.parquet: footer is truncated",
    );
    unreadable.strip = (0..30).map(|n| if n == 29 { Outcome::Error } else { Outcome::Skipped }).collect();
    let mut gone = over(item(9, "silver.orders", "freshness", None, Outcome::Fail, "newest row is 2 h old"), "removed");
    gone.strip = Vec::new();
    let incidents = vec![unreadable, completeness(), old, gone];
    let mut of = notification(
        "n-05",
        Reason::Digest,
        "[digest: 1 failing, 1 error, 1 warning, 1 resolved] bronze.payments_raw and 1 other",
        "the digest: 3 open, 1 over",
        incidents,
    );
    of.period = Some((NOW - 7 * DAY, NOW));
    of.labels = BTreeMap::new();
    of
}

pub fn escalated() -> Notification {
    let mut item = completeness();
    item.news = Some(Reason::Escalated);
    item.is_flapping = true;
    let why = "nobody acknowledged within 30m: email completeness of silver.orders is open";
    notification("n-06", Reason::Escalated, "[escalated: 1 failing] silver.orders: email completeness", why, vec![item])
}

pub fn test() -> Notification {
    let made_up = item(0, "assay.test", "test", None, Outcome::Fail, "nothing is broken");
    let mut of = notification(
        "n-07",
        Reason::Test,
        "[test] a message to orders-mail arrived: nothing is broken",
        "somebody wants to see whether it arrives",
        vec![made_up],
    );
    of.labels = BTreeMap::new();
    of
}

pub fn fallback() -> Notification {
    let why = "3 messages to oncall could not be delivered: the answer was 503: unavailable";
    notification("n-08", Reason::Fallback, "[not delivered: 1 failing] 3 messages to oncall", why, vec![completeness()])
}

pub fn retrain() -> Notification {
    let mut item = item(21, "models.eta", "drift", Some("distance_km"), Outcome::Warn, "psi 0.31, limit 0.2");
    item.labels = vec![("monitor".into(), "models.eta".into()), ("check".into(), "drift".into())];
    let mut of = notification(
        "n-09",
        Reason::Opened,
        "[1 warning] models.eta: distance_km drift psi 0.31",
        "a model is due to be trained",
        vec![item],
    );
    of.retrain = Some(json!({"schema": "assay.retrain/v1", "monitor": "models.eta", "reason": "drift"}));
    of
}

/// Names and texts of somebody who wants to get out of their place.
pub fn hostile() -> Notification {
    let evil = "silver.o\r\nBcc: x@evil.example\r\n\r\n<script>alert(1)</script>\u{202e}gnp.exe";
    let mut item = item(
        66,
        evil,
        "</td></table><img src=https://evil.example/p.png onerror=alert(2)>",
        Some("a\" onmouseover=\"alert(3)"),
        Outcome::Fail,
        "{{ 7*7 }} {% raw %} <b>bold</b> &amp; `code` =?utf-8?b?aGk=?= \u{0} \n--=_boundary\nOwner: mallory",
    );
    item.owner = Some("ada@shop.example>\r\nX-Evil: 1".into());
    item.segment = Some("land=<u>Österreich</u>, 国=日本 🎉".into());
    item.labels.push(("tag".into(), "x\"><svg onload=alert(4)>".into()));
    item.run = "r-\"><a href=javascript:alert(5)>".into();
    item.reproduce = Some("assay check --select 'table:silver.o'\\''; rm -rf ~'".into());
    item.acknowledged_by = Some("x".repeat(400));
    let title = format!("{evil} ist kaputt: größer als erlaubt =?utf-8?q?x?= {}", "y".repeat(300));
    let mut of = notification("n\r\nX-Evil: 1", Reason::Opened, &title, evil, vec![new(item)]);
    of.project = Some("shop\r\nX-Evil: 1".into());
    of.receiver = "mail\r\nX-Evil: 1".into();
    of.labels = BTreeMap::from([("contract".into(), evil.into())]);
    of.route = evil.into();
    of
}

/// All of them, by name.
pub fn all() -> Vec<(&'static str, Notification)> {
    vec![
        ("one", one()),
        ("three", three()),
        ("many", many()),
        ("digest", digest()),
        ("resolved", resolved()),
        ("hostile", hostile()),
        ("escalated", escalated()),
        ("test", test()),
        ("fallback", fallback()),
        ("retrain", retrain()),
    ]
}
