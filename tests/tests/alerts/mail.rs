//! Mails of a daemon: recipients one by one, threads, and the first one soon when very much breaks at once.

use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::outbox::{MessageFilter, MessageState};
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

#[test]
fn a_thousand_contracts_that_fail_at_once_are_one_mail_within_a_minute() {
    let relay = Relay::start();
    let project = Project::new(&format!("scheduler: {{concurrency: 4, per_connection: 4}}\n{}", relay.connections()));
    project.write("rules/alerts.yaml", &rules("ada@shop.example", "layer").replace("1s", "30s"));
    project.write("data/orders.csv", "id,amount\n1,5\n2,4711\n");
    let names: Vec<String> = (0..1_000).map(|nth| format!("gold.t{nth:04}")).collect();
    for name in &names {
        project.write(
            &format!("checks/gold/{name}.yaml"),
            &format!(
                "assay: 1\ntable: {name}\nsource: {{format: csv, path: data/orders.csv}}\ncolumns:\n  \
                 amount: {{type: int64, range: [0, 1000]}}\n"
            ),
        );
    }
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let begun = Instant::now();
    for some in names.chunks(100) {
        client.ask_for(&some.iter().map(String::as_str).collect::<Vec<_>>());
    }
    wait::holds("the first mail comes", Duration::from_secs(60), || !relay.mails().is_empty());
    println!("the first mail came after {:?}", begun.elapsed());
    let open =
        || client.get("/api/v1/incidents?state=open&limit=1000").json()["incidents"].as_array().map_or(0, Vec::len);
    wait::holds("all are found", Duration::from_secs(180), || open() == 1_000);
    // what came after the first mail is told with the next one of the group
    wait::holds("all are told", Duration::from_secs(90), || {
        let mails = relay.mails();
        let last = mails.last().map(|path| script("mails.py", std::slice::from_ref(path)));
        last.is_some_and(|mail| header(&mail[0], "subject").contains("1000"))
    });
    assert!(relay.mails().len() <= 8, "{} mails", relay.mails().len());
    daemon.end(Signal::Term);
}
