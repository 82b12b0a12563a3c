//! The limits that those who receive have published.

use serde_json::Value;

use super::support::{KINDS, body, hostile, many, one, over, receiver, sent, test, texts, three};
use crate::notification::Notification;

fn all() -> [Notification; 6] {
    [one(), three(), many(), over(), test(), hostile()]
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

#[test]
fn a_message_of_slack_has_50_blocks_and_texts_that_are_not_too_long() {
    for notification in all() {
        let body = body("slack", &notification);
        let blocks = body["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50, "{}", blocks.len());
        assert!((1..=4000).contains(&length(&body["text"])));
        for block in blocks {
            let (text, most) = match block["type"].as_str().unwrap() {
                "header" => (vec![&block["text"]], 150),
                "section" => (vec![&block["text"]], 3000),
                "context" => (block["elements"].as_array().unwrap().iter().collect(), 2000),
                other => panic!("{other}"),
            };
            assert!(text.len() <= 10, "{} elements", text.len());
            for text in text {
                assert!((1..=most).contains(&length(&text["text"])), "{} characters", length(&text["text"]));
            }
        }
    }
}

#[test]
fn what_slack_left_out_is_counted() {
    let last = body("slack", &many())["blocks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["elements"][0]["text"], "and 510 more · <https://assay.shop.example/incidents|all incidents>");
}

#[test]
fn a_message_of_teams_has_18_kilobytes_at_most_and_counts_what_it_left_out() {
    for notification in all() {
        let bytes = sent(receiver("teams").as_ref(), &notification).body.len();
        assert!(bytes <= 18_000, "{bytes}");
    }
    let body = body("teams", &many());
    let parts = body["attachments"][0]["content"]["body"].as_array().unwrap();
    let n_listed = parts.iter().filter(|part| part["type"] == "Container").count();
    assert!(n_listed > 10, "{n_listed} fit in");
    let last = &parts.last().unwrap()["inlines"][0]["text"];
    assert_eq!(last.as_str().unwrap(), format!("and {} more", 530 - n_listed));
    // it is not full where one more would have had room
    let bytes = body.to_string().len();
    assert!(bytes > 17_000, "{bytes}");
}

#[test]
fn a_card_of_teams_knows_nothing_newer_than_1_4() {
    for notification in all() {
        let card = body("teams", &notification)["attachments"][0]["content"].clone();
        assert_eq!(card["version"], "1.4");
        let known = ["AdaptiveCard", "Container", "RichTextBlock", "TextRun", "Action.OpenUrl"];
        for (path, text) in texts(&card).iter().filter(|(path, _)| path.ends_with(".type")) {
            assert!(known.contains(&text.as_str()), "{path}: {text}");
        }
    }
}

#[test]
fn an_event_of_pagerduty_keeps_its_limits() {
    for notification in all() {
        let bytes = sent(receiver("pagerduty").as_ref(), &notification).body.len();
        assert!(bytes <= 512 * 1024, "{bytes}");
        let body = body("pagerduty", &notification);
        assert!((1..=1024).contains(&length(&body["payload"]["summary"])));
        assert!((1..=255).contains(&length(&body["dedup_key"])));
        assert!(length(&body["payload"]["source"]) > 0);
        let severities = ["critical", "error", "warning", "info"];
        assert!(severities.contains(&body["payload"]["severity"].as_str().unwrap()));
    }
    let details = &body("pagerduty", &many())["payload"]["custom_details"];
    assert_eq!((details["incidents"].as_array().unwrap().len(), details["more"].as_str()), (50, Some("and 480 more")));
}

#[test]
fn letters_of_four_bytes_do_not_make_an_event_too_large() {
    let mut wide = many();
    let text = "\u{1f4a9}".repeat(2000);
    for item in &mut wide.incidents {
        (item.document, item.check, item.message) = (text.clone(), text.clone(), text.clone());
        (item.owner, item.layer, item.reproduce) = (Some(text.clone()), Some(text.clone()), Some(text.clone()));
    }
    let bytes = sent(receiver("pagerduty").as_ref(), &wide).body.len();
    assert!((100_000..=256_000).contains(&bytes), "{bytes}");
    let details = &body("pagerduty", &wide)["payload"]["custom_details"];
    let n_listed = details["incidents"].as_array().unwrap().len();
    assert_eq!(details["more"], format!("and {} more", 530 - n_listed));
    assert!(sent(receiver("teams").as_ref(), &wide).body.len() <= 18_000);
}

#[test]
fn labels_of_alertmanager_have_names_that_it_takes() {
    let is_name = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
    };
    for notification in all() {
        for alert in body("alertmanager", &notification).as_array().unwrap() {
            for (name, value) in alert["labels"].as_object().unwrap() {
                assert!(is_name(name), "{name}");
                assert!((1..=500).contains(&length(value)), "{name}: {value}");
            }
            assert!(alert["startsAt"].as_str().unwrap() <= alert["endsAt"].as_str().unwrap());
        }
    }
}

#[test]
fn every_body_is_the_same_on_every_try() {
    for kind in KINDS.iter().filter(|kind| **kind != "alertmanager") {
        let receiver = receiver(kind);
        let later = receiver.outgoing(&three(), "", super::support::NOW + 1_000_000).unwrap();
        let crate::receivers::Outgoing::Http(later) = later else { panic!("no request") };
        assert_eq!(later.body, sent(receiver.as_ref(), &three()).body, "{kind}");
    }
}
