//! Mails of a daemon: recipients one by one, threads, and the first one soon when very much breaks at once.

use std::time::Duration;

use assay_core::ops::Ops;
use assay_core::ops::outbox::{MessageFilter, MessageState};
use assay_tests::alerts::crowd;
use assay_tests::alerts::relay::{Relay, script};
use assay_tests::daemon::{Daemon, Project, Signal, wait};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(60);

fn rules(to: &str, group_by: &str) -> String {
    format!(
        "assay: 1\nrules: alerts\nexternal_url: https://assay.example.com\nreceivers:\n  team: {{email: {{to: [{to}], \
         connection: relay}}}}\nroute:\n  receiver: team\n  group_by: [{group_by}]\n  group_wait: 1s\n  \
         group_interval: 1s\n"
    )
}

/// A header of a mail, as Python reads it.
fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let headers = mail["headers"].as_array().expect("headers");
    let found = headers.iter().find(|pair| pair[0].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
    found.and_then(|pair| pair[1].as_str()).unwrap_or_default()
}

#[test]
fn one_bad_recipient_does_not_stop_the_others_and_the_end_is_in_the_thread_of_the_opening() {
    let relay = Relay::start();
    let project = Project::new(&relay.connections());
    let to = "ada@shop.example, rcpt-550@shop.example, once-451@shop.example, bob@shop.example";
    project.write("rules/alerts.yaml", &rules(to, "contract"));
    project.table("gold.revenue", 20, "");
    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,4711\n");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    client.ask_for(&["gold.revenue"]);
    // the one that was put off is tried again after five seconds
    wait::holds("three mails come", SOON, || relay.mails().len() == 3);
    let filter = MessageFilter { states: vec![MessageState::Dead], most: 9, ..MessageFilter::default() };
    let dead = project.store().messages(&filter).expect("messages");
    assert_eq!(dead.iter().map(|message| message.target.as_str()).collect::<Vec<_>>(), ["rcpt-550@shop.example"]);
    assert!(dead[0].last_error.as_deref().is_some_and(|error| error.contains("550")), "{dead:?}");

    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,47\n");
    client.ask_for(&["gold.revenue"]);
    wait::holds("the end is told", SOON, || relay.mails().len() == 6);
    daemon.end(Signal::Term);

    let mails = script("mails.py", &relay.mails());
    let mails = mails.as_array().expect("a list");
    for mail in mails {
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail:#}");
        for name in ["ada", "rcpt-550", "once-451", "bob"] {
            assert!(header(mail, "to").contains(&format!("{name}@shop.example")), "{mail:#}");
        }
    }
    let thread = header(&mails[0], "references");
    assert!(!thread.is_empty(), "{:#}", mails[0]);
    assert!(mails.iter().all(|mail| header(mail, "references").contains(thread)), "{mails:#?}");
    assert!(header(&mails[0], "subject").contains("gold.revenue"), "{:#}", mails[0]);
}

/// `daemon-trial crowd 1000` is the same with a thousand.
#[test]
fn very_many_contracts_that_fail_at_once_are_few_mails_and_the_first_within_a_minute() {
    let measured = crowd::trial(200, Duration::from_secs(120));
    println!("{measured:?}");
    assert!(measured.first_mail < Duration::from_secs(60), "{measured:?}");
    assert!(measured.mails <= 4, "{measured:?}");
}
