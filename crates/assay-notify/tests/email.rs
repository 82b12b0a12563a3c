//! The receiver `email`: what it reads, and the mails it gives.

#[path = "../examples/mails/made_up.rs"]
mod made_up;
#[path = "../examples/mails/parts.rs"]
mod parts;

use assay_notify::notification::{Notification, Reason};
use assay_notify::receivers::registry::named;
use assay_notify::receivers::{Outgoing, Receiver};
use proptest::prelude::*;
use serde_json::{Value, json};

fn wrong(parameters: Value) -> String {
    let problems = made_up::build(&parameters).expect_err("it is wrong");
    problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
}

#[test]
fn addresses_are_looked_at_before_anything_is_sent() {
    assert_eq!(wrong(json!({"to": []})), "`to` has from 1 to 50 addresses, not 0");
    let many: Vec<String> = (0..51).map(|n| format!("a{n}@shop.example")).collect();
    assert_eq!(wrong(json!({"to": many})), "`to` has from 1 to 50 addresses, not 51");
    let twice = json!({"to": ["ada@shop.example", "Ada <ADA@shop.example>"]});
    assert_eq!(wrong(twice), "this address is given twice");
    let bad = [
        "ada",
        "@shop.example",
        "ada@",
        "ada@shop example",
        "ada@shop.example\r\nBcc: eve@evil.example",
        "ada@shop.example, eve@evil.example",
        "\"a b\"@shop.example",
        "<script>@shop.example",
        "a@b@c",
        "Ada\u{0} <ada@shop.example>",
        "ada@shop.example>",
        &format!("{}@shop.example", "a".repeat(300)),
    ];
    for address in bad {
        let expected = "expected a mail address such as `ada@shop.example`";
        assert_eq!(wrong(json!({"to": [address]})), expected, "{address:?}");
        assert_eq!(wrong(json!({"to": ["ada@shop.example"], "from": address})), expected, "{address:?}");
        assert_eq!(wrong(json!({"to": ["ada@shop.example"], "reply_to": address})), expected, "{address:?}");
    }
}

#[test]
fn other_settings_are_looked_at_too() {
    let to = json!(["ada@shop.example"]);
    assert_eq!(wrong(json!({"to": to, "connection": "post"})), "no connection is named `post`");
    let prefix = "`subject_prefix` has from 1 to 50 characters, all of them visible";
    for text in ["", "  ", "a\r\nBcc: eve@evil.example", &"x".repeat(51)] {
        assert_eq!(wrong(json!({"to": to, "subject_prefix": text})), prefix);
    }
    assert!(wrong(json!({"to": to, "subjekt": "x"})).contains("unknown key `subjekt`"));
    assert!(wrong(json!({})).contains("`to` is missing"));
    let all = wrong(json!({"to": ["x", "y"], "connection": "post", "reply_to": "z"}));
    assert_eq!(all.split("; ").count(), 4, "all problems at once: {all}");
}

#[test]
fn each_recipient_is_a_target() {
    let receiver =
        made_up::build(&json!({"to": ["Ada <ada@shop.example>", "bob@bücher.example"], "connection": "mail"}));
    let receiver = receiver.expect("it is right");
    assert_eq!(receiver.targets(), ["ada@shop.example", "bob@xn--bcher-kva.example"]);
    let gone = receiver.outgoing(&made_up::one(), "eve@shop.example", 0).expect_err("nobody");
    assert_eq!(gone, "eve@shop.example is no recipient of this receiver any more");
    let schema = (named("email").expect("a kind").schema)();
    assert_eq!(schema["required"], json!(["to"]));
    assert_eq!(schema["additionalProperties"], json!(false));
}

fn to(receiver: &dyn Receiver, notification: &Notification, target: &str, now: i64) -> Vec<u8> {
    match receiver.outgoing(notification, target, now) {
        Ok(Outgoing::Mail(mail)) => {
            assert_eq!((mail.to.as_str(), mail.from.as_str()), (target, "assay@shop.example"));
            mail.bytes
        }
        other => panic!("no mail: {other:?}"),
    }
}

#[test]
fn every_try_and_every_recipient_has_the_same_mail() {
    let receiver = made_up::build(&json!({"to": ["ada@shop.example", "bob@shop.example"]})).expect("it is right");
    for (name, notification) in made_up::all() {
        let first = to(&*receiver, &notification, "ada@shop.example", 0);
        assert_eq!(first, to(&*receiver, &notification, "ada@shop.example", made_up::NOW + 5), "{name}");
        assert_eq!(first, to(&*receiver, &notification, "bob@shop.example", 0), "{name}");
    }
    let first = to(&*receiver, &made_up::one(), "ada@shop.example", 0);
    assert_eq!(parts::header(&first, "To").as_deref(), Some("ada@shop.example, bob@shop.example"));
    assert_eq!(parts::header(&first, "Message-ID").as_deref(), Some("<n-01@shop.example>"));
    assert_eq!(parts::header(&first, "Date").as_deref(), Some("Sat, 21 Nov 2026 06:05:00 +0000"));
}

#[test]
fn machines_do_not_answer_and_filters_have_something_to_look_at() {
    let mail = made_up::mail(&made_up::three());
    let header = |name: &str| parts::header(&mail, name);
    assert_eq!(header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(header("X-Auto-Response-Suppress").as_deref(), Some("All"));
    assert_eq!(header("Precedence"), None);
    assert_eq!(header("X-Assay-Contract").as_deref(), Some("silver.orders"));
    assert_eq!(header("X-Assay-Severity").as_deref(), Some("fail"));
    assert_eq!(header("X-Assay-Reason").as_deref(), Some("partly_resolved"));
    let resolved = made_up::mail(&made_up::resolved());
    assert_eq!(parts::header(&resolved, "X-Assay-Severity").as_deref(), Some("resolved"));
}

#[test]
fn five_hundred_incidents_are_told_with_the_newest_of_them() {
    let mut many = made_up::many();
    many.incidents.iter_mut().for_each(|item| item.news = None);
    many.incidents[499].news = Some(Reason::NewMember);
    let mail = made_up::mail(&many);
    let html = parts::part(&mail, "text/html").expect("HTML");
    let text = parts::part(&mail, "text/plain").expect("text");
    assert!(html.len() < 100_000, "{}", html.len());
    for part in [&html, &text] {
        let listed = part.matches("planned for 21 Nov 2026").count();
        assert!(listed >= 30, "{listed}");
        assert!(part.contains("gold.revenue_by_country_500"), "what is new comes before what was told");
        assert!(part.contains(&format!("and {} more", 1000 - listed)));
    }
}

#[test]
fn incidents_that_fill_a_mail_alone_leave_room_for_one() {
    let mut many = made_up::many();
    for item in &mut many.incidents {
        item.message = "\u{e0001}<&>\"".repeat(4_000);
        item.document = "\u{202e}ü".repeat(4_000);
        item.reproduce = Some("'".repeat(1_900));
        item.owner = Some("\u{e0001}".repeat(9_000));
    }
    let mail = made_up::mail(&many);
    let html = parts::part(&mail, "text/html").expect("HTML");
    assert!(html.len() < 100_000 && html.contains("and 99"), "{}", html.len());
}

#[test]
fn without_an_address_of_the_pages_nothing_is_linked() {
    for external_url in [None, Some("javascript:alert(1)".to_owned())] {
        let mail = made_up::mail(&Notification { external_url, ..made_up::three() });
        let html = parts::part(&mail, "text/html").expect("HTML");
        assert!(!html.contains("href=") && !html.contains("javascript:"), "{html}");
        assert!(html.contains("run-5f0c2b9d41aa77e3"), "the run is named");
    }
}

#[test]
fn escalations_tests_and_fallbacks_say_what_they_are() {
    let cases = [
        (made_up::escalated(), "This was escalated: nobody acknowledged it in time."),
        (made_up::test(), "This is a test: somebody wants to see whether mails arrive. Nothing is wrong."),
        (made_up::fallback(), "messages to oncall could not be delivered: the answer was 503: unavailable"),
    ];
    for (notification, said) in cases {
        let mail = made_up::mail(&notification);
        for kind in ["text/html", "text/plain"] {
            let part = parts::part(&mail, kind).expect("a part").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(part.contains(said), "{part}");
        }
    }
    assert!(!String::from_utf8_lossy(&made_up::mail(&made_up::test())).contains("X-Assay-Severity"));
}

#[test]
fn a_digest_tells_what_was_opened_is_still_open_and_is_over_by_document() {
    let text = parts::part(&made_up::mail(&made_up::digest()), "text/plain").expect("text");
    let places: Vec<usize> = [
        "2 opened, 1 still open, 1 resolved, from 14 Nov 2026",
        "\nbronze.payments_raw\n",
        "customer_id: references (opened in this time)",
        "iban: pattern (still open)",
        "\nsilver.orders\n",
        "email: completeness (opened in this time)",
        "freshness (resolved in this time)",
        "Open for: ",
    ]
    .into_iter()
    .map(|said| text.find(said).unwrap_or_else(|| panic!("{said:?} is not in\n{text}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
}

const HEADERS: &[&str] = &[
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "Subject",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Assay-Receiver",
    "X-Assay-Reason",
    "X-Assay-Project",
    "X-Assay-Severity",
    "X-Assay-Contract",
    "X-Assay-Layer",
    "X-Assay-Owner",
    "MIME-Version",
    "Content-Type",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_names_are_a_mail_has_only_its_own_headers(
        text in "[\\PC\\r\\n\\x00-\\x20\u{202e}\u{200b}]{0,300}", tail in "(\r\nX-Evil: 1|\r\n\r\n--=_|\n.\n|=\\?utf-8\\?q\\?=0A\\?=)"
    ) {
        let evil = format!("{text}{tail}");
        let mut of = made_up::one();
        (of.title, of.why, of.receiver, of.id) = (evil.clone(), evil.clone(), evil.clone(), evil.clone());
        (of.group, of.project, of.route) = (evil.clone(), Some(evil.clone()), evil.clone());
        let item = &mut of.incidents[0];
        item.labels.iter_mut().for_each(|(_, value)| value.clone_from(&evil));
        (item.document, item.check, item.message) = (evil.clone(), evil.clone(), evil.clone());
        (item.column, item.segment, item.reproduce) = (Some(evil.clone()), Some(evil.clone()), Some(evil));
        let mail = made_up::mail(&of);
        prop_assert!(mail.is_ascii());
        prop_assert!(String::from_utf8_lossy(&mail).split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
        let names: Vec<String> = parts::headers(&mail).into_iter().map(|(name, _)| name).collect();
        prop_assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), HEADERS);
    }
}
