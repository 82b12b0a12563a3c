//! What messages say.

use std::collections::BTreeMap;

use assay_core::ops::incidents::IncidentState;

use super::book::{route, rules};
use super::kit::{fails, h, m, passes, s, timeline, warns};
use crate::notification::{Item, Notification, Reason};
use crate::plan::{fallback, test};

fn told() -> Vec<Notification> {
    timeline(rules(route().to("mail").by(&["layer"])))
        .at(s(0), warns("gold.revenue", "range"))
        .at(s(1), fails("gold.orders", "volume"))
        .at(s(2), fails("gold.o'neil", "volume"))
        .at(h(5), passes("gold.orders", "volume"))
        .at(h(5), passes("gold.o'neil", "volume"))
        .at(h(6), passes("gold.revenue", "range"))
        .until(h(7))
        .play()
        .0
}

#[test]
fn titles_and_reasons_say_what_and_how_bad() {
    let said: Vec<(String, String)> = told().into_iter().map(|told| (told.title, told.why)).collect();
    let expected = [
        ("[2 failing, 1 warning] gold.o'neil and 2 others: volume volume ended", "3 incidents are opened"),
        ("[2 failing, 1 warning] gold.o'neil and 2 others: volume volume ended", "3 incidents are still open 4h later"),
        ("[1 warning] gold.revenue: range range ended", "2 incidents are over, 1 still open"),
        ("[resolved] gold.revenue: range", "range of gold.revenue is over"),
    ];
    let expected: Vec<(String, String)> =
        expected.into_iter().map(|(title, why)| (title.to_owned(), why.to_owned())).collect();
    assert_eq!(said, expected);
}

#[test]
fn the_worst_comes_first_and_can_be_shown_again() {
    let told = told();
    let names: Vec<&str> = told[0].incidents.iter().map(|item| item.document.as_str()).collect();
    assert_eq!(names, ["gold.o'neil", "gold.orders", "gold.revenue"]);
    assert_eq!(told[0].labels, BTreeMap::from([("layer".to_owned(), "gold".to_owned())]));
    let commands: Vec<&str> = told[0].incidents.iter().filter_map(|item| item.reproduce.as_deref()).collect();
    assert_eq!(
        commands,
        [
            r"assay check --select 'table:gold.o'\''neil' --as-of 2026-11-20T06:00:02Z",
            "assay check --select table:gold.orders --as-of 2026-11-20T06:00:01Z",
            "assay check --select table:gold.revenue --as-of 2026-11-20T06:00:00Z",
        ]
    );
}

#[test]
fn hostile_names_stay_on_one_line() {
    let name = format!("gold.\u{202e}\u{1b}[31m\r\n{}\u{0}", "x".repeat(300));
    let (told, _) = timeline(rules(route().to("mail")))
        .at(s(0), fails(&name, "a\nb"))
        .at(h(1), passes(&name, "a\nb"))
        .until(h(2))
        .play();
    assert_eq!(told.len(), 2);
    for told in told {
        for text in [&told.title, &told.why, &told.incidents[0].message] {
            assert!(!text.chars().any(|char| char.is_control() || char == '\u{202e}'), "{text:?}");
            assert!(text.chars().count() <= 1_000);
        }
        assert_eq!(told.title.chars().count(), 150);
        assert_eq!(told.incidents[0].reproduce, None);
    }
}

#[test]
fn the_daemon_itself_has_no_command() {
    let (told, _) = timeline(rules(route().to("mail"))).at(s(0), fails("assay/daemon", "reload")).until(h(1)).play();
    assert_eq!(told[0].incidents[0].reproduce, None);
    assert_eq!(told[0].incidents[0].document, "assay/daemon");
}

#[test]
fn ids_tell_messages_apart_and_are_the_same_again() {
    let ids = |told: Vec<Notification>| told.into_iter().map(|told| told.id).collect::<Vec<_>>();
    let first = ids(told());
    assert_eq!(first, ids(told()));
    assert!(first.iter().all(|id| id.len() == 26 && id.starts_with("n-")));
    let different: std::collections::BTreeSet<&String> = first.iter().collect();
    assert_eq!(different.len(), first.len());
}

#[test]
fn a_test_says_that_it_is_one() {
    let rules = rules(route().to("mail"));
    let told = test("mail", &rules, "{}", Some("shop"), 1_795_154_400_000);
    assert_eq!((told.reason, told.receiver.as_str(), told.open, told.is_open), (Reason::Test, "mail", 1, true));
    assert_eq!(told.title, "[test] a message to mail arrived: nothing is broken");
    assert_eq!(told.incidents[0].number, 0);
    assert_ne!(told.id, test("mail", &rules, "{}", Some("shop"), 1_795_154_400_001).id);
}

#[test]
fn a_fallback_stands_for_what_could_not_be_delivered() {
    let dead = told();
    let told = fallback(&dead, "ops", "the answer was 410\u{1b}[2J", 1_795_154_400_000 + m(600));
    assert_eq!((told.receiver.as_str(), told.reason, told.is_open), ("ops", Reason::Fallback, false));
    // each incident once, as it was told last
    let states: Vec<(u64, IncidentState)> =
        told.incidents.iter().map(|item: &Item| (item.number, item.state)).collect();
    assert_eq!(states.len(), 3);
    assert!(states.iter().all(|(_, state)| *state == IncidentState::Resolved));
    assert_eq!(told.title, "[not delivered: 3 resolved] 4 messages to mail");
    assert_eq!(told.why, "4 messages to mail could not be delivered: the answer was 410[2J");
    let one = fallback(&dead[..1], "ops", "gone", 1_795_154_400_000);
    assert!(one.is_open);
    assert_eq!(one.title, "[not delivered: 2 failing, 1 warning] a message to mail");
    assert_ne!(one.id, told.id);
}
