//! What a daemon sends to a webhook, verified by the library of Standard Webhooks.

use std::time::Duration;

use assay_tests::alerts::{Sink, relay};
use assay_tests::daemon::{Daemon, Project, Signal, wait};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(45);
/// The new secret and the one that it replaces.
const SECRETS: [&str; 2] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2VjcmV0LXNpZ25pbmcta2V5LW51bWJlci1vbmU="];

#[test]
fn they_are_genuine_by_both_secrets_and_nothing_else_is() {
    let sink = Sink::start();
    let project = Project::new("");
    project.write(
        "rules/alerts.yaml",
        &format!(
            "assay: 1\nrules: alerts\nallow_private: [127.0.0.1]\nreceivers:\n  hook: {{webhook: {{url: \"{}\", secrets: \
             [\"${{env:NEW}}\", \"${{env:OLD}}\"]}}}}\nroute: {{receiver: hook, group_wait: 0s, group_interval: 1s}}\n",
            sink.url("/hook?from=assay")
        ),
    );
    project.table("gold.revenue", 20, "");
    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,4711\n");
    let token = project.token("run");
    let environment = [("NEW", SECRETS[0]), ("OLD", SECRETS[1])];
    let daemon = Daemon::start(project.root(), &[], &environment).unwrap_or_else(|ended| panic!("{ended:?}"));
    let client = daemon.client(&token);
    // refused twice for a while: signed anew for each try, under the same id
    sink.answer(503);
    client.ask_for(&["gold.revenue"]);
    wait::holds("it is tried", SOON, || !sink.received().is_empty());
    sink.answer(200);
    wait::holds("it is tried again", SOON, || sink.received().len() == 2);
    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,47\n");
    client.ask_for(&["gold.revenue"]);
    wait::holds("the end is told", SOON, || sink.received().len() == 3);
    daemon.end(Signal::Term);

    let received = sink.received();
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_ne!(received[0].header("webhook-timestamp"), received[1].header("webhook-timestamp"));
    assert_ne!(received[1].header("webhook-id"), received[2].header("webhook-id"));
    let reasons: Vec<Value> = received.iter().map(|one| one.json()["data"]["reason"].clone()).collect();
    assert_eq!(reasons, ["opened", "opened", "resolved"]);

    let webhooks: Vec<Value> =
        received.iter().map(|one| json!({"headers": one.headers, "body": one.body, "secrets": SECRETS})).collect();
    let file = project.path("webhooks.json");
    std::fs::write(&file, serde_json::to_string(&webhooks).expect("JSON")).expect("written");
    let verdicts = relay::script("webhooks.py", &[file]);
    for verdict in verdicts[0].as_array().expect("a list") {
        assert_eq!(verdict["signatures"], 2, "{verdict:#}");
        assert_eq!(verdict["secrets"], json!(["ok", "ok"]), "{verdict:#}");
        assert_ne!(verdict["other"], "ok", "{verdict:#}");
        assert_eq!(verdict["accepted"], json!([]), "{verdict:#}");
    }
}
