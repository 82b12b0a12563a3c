//! Mails as Python's own parser reads them.

use std::path::PathBuf;

use assay_notify::notification::{Notification, Reason};
use serde_json::{Value, json};

use crate::made_up;
use crate::servers::read;

/// The mails about these, read; `checked` is said of all of them.
fn mails(notifications: &[Notification]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<PathBuf> = (0..notifications.len()).map(|n| folder.path().join(format!("{n:03}.eml"))).collect();
    for (path, notification) in paths.iter().zip(notifications) {
        std::fs::write(path, made_up::mail(notification)).expect("a file");
    }
    read(&paths)
}

fn header<'a>(mail: &'a Value, name: &str) -> Option<&'a str> {
    let headers = mail["headers"].as_array().expect("headers");
    let found: Vec<&Value> = headers.iter().filter(|header| header[0] == name).collect();
    assert!(found.len() < 2, "{name} is there twice");
    found.first().map(|header| header[1].as_str().expect("a text"))
}

#[test]
fn all_kinds_are_whole_mails_that_say_the_same_in_text_and_html() {
    let (names, notifications): (Vec<&str>, Vec<Notification>) = made_up::all().into_iter().unzip();
    for ((name, notification), mail) in names.iter().zip(&notifications).zip(mails(&notifications)) {
        assert_eq!(mail["defects"], json!([]), "{name}");
        assert_eq!(mail["bare_line_ends"], 0, "{name}");
        assert!(mail["longest_line"].as_u64() <= Some(998), "{name}");
        assert_eq!(mail["types"][0], "multipart/alternative", "{name}");
        assert_eq!(mail["types"][1], "text/plain", "{name}");
        assert!(mail["html_bytes"].as_u64() < Some(100_000), "{name}");
        assert!(mail["html_encoded_bytes"].as_u64() < Some(100_000), "{name}");
        assert_eq!((&mail["outside"], &mail["strange"]), (&json!([]), &json!([])), "{name}");
        let sorted = |facts: &Value| {
            let mut facts: Vec<String> = facts.as_array().expect("facts").iter().map(Value::to_string).collect();
            facts.sort();
            facts
        };
        let (text, html) = (sorted(&mail["text_facts"]), sorted(&mail["html_facts"]));
        assert!(html.len() >= 5, "{name}: {html:?}");
        assert_eq!(text, html, "{name}");
        same_sentences(name, notification, &mail);
        drawings(name, &mail);
    }
}

/// What is no fact with a name: the title, sentences, checks, commands.
fn same_sentences(name: &str, notification: &Notification, mail: &Value) {
    let (text, html) = (mail["text_words"].as_str().expect("text"), mail["html_words"].as_str().expect("text"));
    let mut sentences = vec![notification.title.clone(), notification.why.clone()];
    let told = notification.incidents.iter().filter(|_| notification.reason != Reason::Test);
    for item in told.take(5) {
        let check = item.check.trim_start_matches("email.").to_owned();
        sentences.extend([item.document.clone(), check, item.message.clone()]);
        sentences.extend(item.reproduce.clone());
    }
    if name == "hostile" {
        sentences = vec!["</td></table><img src=https://evil.example/p.png onerror=alert(2)>".into()];
    }
    for sentence in sentences {
        assert!(text.contains(&sentence), "{name}: the text lacks {sentence:?}\n{text}");
        assert!(html.contains(&sentence), "{name}: the HTML lacks {sentence:?}\n{html}");
    }
}

/// Each drawing is there once, is named by its id, and is in the text in words.
fn drawings(name: &str, mail: &Value) {
    let shown = mail["images"].as_array().expect("images");
    let mut ids: Vec<&Value> = shown.iter().map(|image| &image[0]).collect();
    ids.dedup();
    ids.sort_by_key(|id| id.to_string());
    ids.dedup();
    let mut attached: Vec<&Value> = mail["image_ids"].as_array().expect("ids").iter().collect();
    attached.sort_by_key(|id| id.to_string());
    assert_eq!(ids, attached, "{name}");
    for image in shown {
        let words = image[1].as_str().expect("words");
        assert!(mail["text"].as_str().expect("text").contains(words), "{name}: {words}");
    }
    let largest = mail["image_bytes"].as_array().expect("sizes").iter().filter_map(Value::as_u64).max();
    assert!(largest.unwrap_or(0) < 1_000, "{name}");
}

#[test]
fn what_is_new_in_a_thread_points_to_its_first() {
    let mut repeat = made_up::one();
    (repeat.id, repeat.reason) = ("n-50".into(), Reason::Repeat);
    let mut reopened = made_up::one();
    (reopened.id, reopened.reason) = ("n-51".into(), Reason::Reopened);
    let all = [made_up::one(), repeat, made_up::resolved(), reopened, made_up::three(), made_up::digest()];
    let mails = mails(&all);
    let mut ids: Vec<&str> = mails.iter().filter_map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!(ids[0], "<n-01@shop.example>");
    for mail in &mails[..4] {
        assert_eq!(header(mail, "References"), Some("<i-12@shop.example>"));
        assert_eq!(header(mail, "In-Reply-To"), Some("<i-12@shop.example>"));
    }
    let of_three = header(&mails[4], "References").expect("a thread");
    let (group, incidents) = of_three.split_once(' ').expect("several");
    assert!(group.starts_with("<g-") && incidents.contains("<i-12@shop.example>"), "{of_three}");
    assert_eq!(header(&mails[4], "In-Reply-To"), Some(group));
    assert_eq!(header(&mails[5], "References"), None, "a digest is a mail of its own");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[test]
fn no_name_gets_out_of_its_place() {
    let mail = &mails(&[made_up::hostile()])[0];
    for name in ["Bcc", "X-Evil"] {
        assert_eq!(header(mail, name), None);
    }
    assert_eq!(header(mail, "To"), Some("Orders team <orders@shop.example>, ada@shop.example"));
    let subject = header(mail, "Subject").expect("a subject");
    assert!(subject.starts_with("[shop] silver.o\\r\\nBcc: x@evil.example\\r\\n"), "{subject}");
    assert!(subject.contains("größer als erlaubt =?utf-8?q?x?="), "{subject}");
    assert!(subject.chars().count() < 300, "{subject}");
    for text in [&mail["text"], &mail["html_words"]] {
        let text = text.as_str().expect("text");
        assert!(text.contains("<script>alert(1)</script>") && text.contains("{{ 7*7 }}"), "{text}");
        assert!(!text.chars().any(|c| c == '\u{202e}' || c == '\0'), "{text:?}");
    }
}
