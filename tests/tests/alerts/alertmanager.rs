//! A real Alertmanager is told of what is open, again when it forgot, and of the end.

use std::time::Duration;

use assay_tests::alerts::alertmanager::Alertmanager;
use assay_tests::daemon::{Daemon, Project, Signal, wait};
use serde_json::json;

/// Longer than it takes to tell again what is open.
const SOON: Duration = Duration::from_secs(120);

/// The contracts of the alerts that are active.
fn active(alertmanager: &Alertmanager) -> Vec<String> {
    let contract = |alert: &serde_json::Value| alert["labels"]["contract"].as_str().unwrap_or_default().to_owned();
    alertmanager.alerts().iter().map(contract).collect()
}

#[test]
fn alerts_fire_survive_a_restart_and_resolve() {
    let mut alertmanager = Alertmanager::start();
    let project = Project::new("");
    project.write(
        "rules/alerts.yaml",
        &format!(
            "assay: 1\nrules: alerts\nallow_private: [127.0.0.1]\nexternal_url: https://assay.example.com\n\
             receivers:\n  am: {{alertmanager: {{urls: [\"{}\"]}}}}\nroute:\n  receiver: am\n  group_by: [contract]\n  \
             group_wait: 0s\n  group_interval: 1s\n  repeat_interval: 1m\n",
            alertmanager.url()
        ),
    );
    project.table("gold.revenue", 20, "");
    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,4711\n");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let run = || {
        let asked = client.post("/api/v1/runs", &json!({"documents": ["gold.revenue"]}));
        assert_eq!(asked.status, 202, "{}", asked.body);
    };
    run();
    wait::holds("the alert fires", SOON, || active(&alertmanager) == ["gold.revenue"]);
    let alert = alertmanager.alerts().remove(0);
    assert_eq!(alert["labels"]["severity"], "fail", "{alert:#}");
    assert_eq!(alert["labels"]["owner"], "team@shop.example", "{alert:#}");
    let link = alert["generatorURL"].as_str().unwrap_or_default();
    assert!(link.starts_with("https://assay.example.com/"), "{alert:#}");

    alertmanager.stop();
    alertmanager.begin();
    wait::holds("the alert fires again", SOON, || active(&alertmanager) == ["gold.revenue"]);

    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,47\n");
    run();
    wait::holds("the alert resolves", SOON, || active(&alertmanager).is_empty());
    daemon.end(Signal::Term);
}
