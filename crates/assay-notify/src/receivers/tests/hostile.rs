//! Data that want to be more than data.

use serde_json::Value;

use super::support::{KINDS, body, hostile, texts};
use crate::receivers::words::clean;

#[test]
fn no_body_turns_the_direction_of_reading_or_hides_a_character() {
    // the standard body is data for programs: it is the notification as it is
    for kind in KINDS.iter().filter(|kind| **kind != "webhook") {
        for (path, text) in texts(&body(kind, &hostile())) {
            let is_hidden = |char: char| {
                (char.is_control() && char != '\n')
                    || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
                    || char == '\u{feff}'
            };
            let is_ours = path.starts_with(".groupKey") || path == ".receiver";
            assert!(is_ours || !text.chars().any(is_hidden), "{kind} {path}: {text:?}");
        }
    }
}

#[test]
fn in_slack_only_our_own_words_are_markup() {
    let body = body("slack", &hostile());
    let mut marked = Vec::new();
    collect(&body, "mrkdwn", &mut marked);
    assert!(!marked.is_empty());
    for element in marked {
        assert_eq!(element["verbatim"], true);
        let text = element["text"].as_str().unwrap();
        let ours: String = text.chars().filter(|char| !char.is_ascii_digit()).collect();
        let known = [
            "<https://assay.shop.example/incidents/|incident > · <https://assay.shop.example/runs/run-fcbdaae|report>",
            "and  more · <https://assay.shop.example/incidents|all incidents>",
        ];
        assert!(known.contains(&ours.as_str()), "{text}");
    }
    for (path, text) in texts(&body) {
        // links are ours; all that came from data has its brackets escaped
        let rest = text.replace("<https://assay.shop.example/", "").replace("|incident", "").replace('|', "");
        let is_markup = path.contains("elements") && text.starts_with('<');
        assert!(is_markup || !rest.contains('<'), "{path}: {text}");
    }
}

#[test]
fn in_teams_data_stand_in_runs_without_markup_only() {
    let body = body("teams", &hostile());
    for (path, text) in texts(&body) {
        let is_run = path.ends_with(".inlines[].text");
        let is_from_data = ["evil", "alert(1)", "everybody", "@here"].iter().any(|word| text.contains(word));
        assert!(!is_from_data || is_run, "{path}: {text}");
        assert!(!text.contains("{{"), "a macro: {text}");
    }
    let mut markup = Vec::new();
    collect(&body, "TextBlock", &mut markup);
    assert!(markup.is_empty());
}

fn collect<'a>(value: &'a Value, kind: &str, found: &mut Vec<&'a Value>) {
    if value["type"] == kind {
        found.push(value);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, kind, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, kind, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_text_is_one_line_without_hidden_characters_and_no_longer_than_wanted() {
    assert_eq!(clean("  two\n\twords\r\n", 100), "two words");
    assert_eq!(clean("a\u{202e}b\u{0}c", 100), "a\\u{202e}b\\u{0}c");
    assert_eq!(clean("abcdef", 6), "abcdef");
    assert_eq!(clean("abcdefg", 6), "abcde…");
    assert_eq!(clean("äöüäöü", 3), "äö…");
    assert_eq!(clean("abc\u{202e}", 6), "abc…");
    assert_eq!(clean("", 5), "");
}
