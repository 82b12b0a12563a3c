//! Secrets planted wherever one can stand: they reach those they are for, and are found nowhere else.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use assay_core::ops::Ops;
use assay_core::ops::outbox::MessageFilter;
use assay_tests::alerts::Sink;
use assay_tests::daemon::{Daemon, Project, Signal, wait};
use assay_tests::repository::binary;
use serde_json::json;

const SOON: Duration = Duration::from_secs(45);
/// Planted secrets.
const PLANTED: usize = 30;

/// The secrets: the variable of the environment that holds each, and its value.
fn planted() -> Vec<(String, String)> {
    let value = |nth: usize| match nth {
        // keys that sign: base64 of 24 bytes and more
        0 | 1 => format!("whsec_c2VjcmV0LXNpZ25pbmcta2V5LW51bWJlci0{nth}MDAwMDAw"),
        // a routing key: 32 letters and digits
        2 => "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        _ => format!("planted-{nth:02}-{:016x}", 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(nth as u64 + 1)),
    };
    (0..PLANTED).map(|nth| (format!("SECRET_{nth:02}"), value(nth))).collect()
}

/// A file of rules whose every receiver refuses what it is sent, or is not there.
fn rules(sink: &Sink) -> String {
    let at = &sink.address;
    let mut rules = format!(
        "assay: 1\nrules: alerts\nallow_private: [127.0.0.1]\nreceivers:\n  \
         hook: {{webhook: {{url: \"http://{at}/${{env:SECRET_03}}\", secrets: [\"${{env:SECRET_00}}\", \
         \"${{env:SECRET_01}}\"], headers: {{x-key: \"${{env:SECRET_04}}\"}}}}}}\n  \
         query: {{webhook: {{url: \"http://{at}/q?token=${{env:SECRET_05}}\", format: alertmanager}}}}\n  \
         gone: {{webhook: {{url: \"http://127.0.0.1:9/${{env:SECRET_06}}\", headers: {{authorization: \
         \"Bearer ${{env:SECRET_07}}\"}}}}}}\n  \
         refused: {{webhook: {{url: \"http://10.255.255.1/${{env:SECRET_08}}\"}}}}\n  \
         unknown: {{webhook: {{url: \"http://${{env:SECRET_09}}.invalid/x\"}}}}\n  \
         chat: {{slack: {{url: \"http://{at}/services/${{env:SECRET_10}}\"}}}}\n  \
         team: {{teams: {{url: \"http://{at}/workflows/${{env:SECRET_11}}?sig=${{env:SECRET_12}}\"}}}}\n  \
         pager: {{pagerduty: {{routing_key: \"${{env:SECRET_02}}\", url: \"http://{at}/v2/${{env:SECRET_13}}\"}}}}\n  \
         am: {{alertmanager: {{urls: [\"http://{at}/${{env:SECRET_14}}\"], basic_auth: {{username: a, password: \
         \"${{env:SECRET_15}}\"}}}}}}\n  \
         am2: {{alertmanager: {{urls: [\"http://{at}\"], token: \"${{env:SECRET_16}}\"}}}}\n  \
         mail: {{email: {{to: [ada@shop.example], connection: relay}}}}\n  \
         file: {{webhook: {{url: \"http://{at}/f/${{file:secret.txt}}\"}}}}\n\
         route:\n  receiver: [hook, query, gone, refused, unknown, chat, team, pager, am, am2, mail, file]\n  \
         group_by: [contract]\n  group_wait: 0s\n  group_interval: 1s\n",
    );
    let _ = writeln!(rules, "external_url: https://assay.example.com");
    rules
}

/// What has been seen anywhere, and from where.
struct Seen(Vec<(String, String)>);

impl Seen {
    fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    /// Runs a command in the project and keeps what it said.
    fn command(&mut self, project: &Project, environment: &[(&str, &str)], arguments: &[&str]) -> Option<i32> {
        let ran = Command::new(binary())
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(project.root())
            .output()
            .expect("the binary runs");
        let place = format!("`assay {}`", arguments.join(" "));
        self.add(format!("{place}, output"), String::from_utf8_lossy(&ran.stdout));
        self.add(format!("{place}, errors"), String::from_utf8_lossy(&ran.stderr));
        ran.status.code()
    }
}

fn project(sink: &Sink, secrets: &[(String, String)]) -> Project {
    let project = Project::new(
        "mask_key: \"${env:SECRET_17}\"\nvars: {hidden: \"${env:SECRET_18}\"}\nconnections:\n  relay: {smtp: {host: \
         127.0.0.1, port: 9, tls: starttls, user: assay, password: \"${env:SECRET_19}\", from: assay@shop.example, \
         allow_private: [127.0.0.1]}}\n",
    );
    project.write("secret.txt", &format!("{}\n", secrets[20].1));
    project.write("rules/secret.txt", &format!("{}\n", secrets[20].1));
    project.write("rules/alerts.yaml", &rules(sink));
    project.table("gold.revenue", 20, "failed_rows: {keep: 2, mask: [id]}\n");
    project.write("data/gold_revenue.csv", "id,amount\n1,5\n2,4711\n");
    project
}

/// Rules that cannot be loaded, each because of a text with a secret in it.
fn broken(nth: usize) -> String {
    let receiver = match nth {
        0 => "{webhook: {url: \"${env:SECRET_21}\"}}",
        1 => "{webhook: {url: \"ftp://${env:SECRET_22}/x\"}}",
        2 => "{webhook: {url: \"http://ada:${env:SECRET_23}@127.0.0.1/x\"}}",
        3 => "{webhook: {url: \"http://127.0.0.1/x\", secrets: [\"${env:SECRET_24}\"]}}",
        4 => "{pagerduty: {routing_key: \"${env:SECRET_25}\"}}",
        5 => "{alertmanager: {urls: [\"http://127.0.0.1:99999/${env:SECRET_26}\"]}}",
        6 => "{slack: {url: \"http:// ${env:SECRET_27}\"}}",
        _ => "{webhook: {url: \"http://127.0.0.1/x\", headers: {\"x y\": \"${env:SECRET_28}\"}}}",
    };
    format!("assay: 1\nrules: alerts\nreceivers:\n  hook: {receiver}\nroute: {{receiver: hook}}\n")
}

#[test]
fn none_is_in_a_log_a_store_an_error_a_page_or_a_metric() {
    let secrets = planted();
    let environment: Vec<(&str, &str)> = secrets.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let with_log: Vec<(&str, &str)> = environment.iter().copied().chain([("ASSAY_LOG", "trace")]).collect();
    let sink = Sink::start();
    sink.answer(400);
    let project = project(&sink, &secrets);
    let made = Command::new(binary())
        .args(["token", "create", "--name", "admin", "--scope", "admin"])
        .envs(environment.iter().copied())
        .current_dir(project.root())
        .output()
        .expect("the binary runs");
    let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
    assert!(token.starts_with("assay_"), "{made:?}");
    let mut seen = Seen(Vec::new());

    let daemon = Daemon::start(project.root(), &[], &with_log).unwrap_or_else(|ended| panic!("{ended:?}"));
    let client = daemon.client(&token);
    client.ask_for(&["gold.revenue"]);
    let every = MessageFilter { most: 1_000, ..MessageFilter::default() };
    let tried = || {
        let messages = project.store().messages(&every).expect("messages");
        let left = messages.iter().filter(|message| message.last_error.is_none());
        if messages.len() < 12 {
            vec!["no messages yet".to_owned()]
        } else {
            left.map(|one| one.receiver.clone()).collect()
        }
    };
    wait::until_none("nobody tried to tell", SOON, tried);
    // they reach those they are for
    let came = format!("{:?}", sink.received());
    for nth in [2, 3, 4, 5, 10, 11, 12, 13, 14, 16, 20] {
        assert!(came.contains(&secrets[nth].1), "{} did not reach its receiver", secrets[nth].0);
    }

    for nth in 0..8 {
        project.write("rules/alerts.yaml", &broken(nth));
        let refused = client.post("/-/reload", &json!({}));
        assert!(refused.status >= 400, "broken rules {nth} were applied: {}", refused.body);
        seen.add(format!("reload {nth}"), refused.body);
        assert_eq!(seen.command(&project, &environment, &["rules", "check"]), Some(2), "broken rules {nth}");
    }
    project.write("rules/alerts.yaml", &rules(&sink));
    let paths = [
        "/",
        "/metrics",
        "/incidents",
        "/incidents/1",
        "/runs",
        "/silences",
        "/notifications",
        "/contracts/gold.revenue",
        "/api/v1/outbox",
        "/api/v1/receivers",
        "/api/v1/incidents",
        "/api/v1/runs",
        "/api/v1/openapi.json",
        "/-/ready",
    ];
    for path in paths {
        let answer = client.get(path);
        seen.add(path, answer.body);
    }
    for arguments in [
        &["rules", "check"][..],
        &["rules", "check", "--format", "json"],
        &["rules", "explain", "contract=gold.revenue,severity=fail"],
        &["rules", "explain", "--incident", "1", "--format", "json"],
        &["alert", "test", "contract=gold.revenue,severity=fail"],
        &["outbox", "list"],
        &["outbox", "list", "--format", "json"],
        &["incidents", "show", "1", "--format", "json"],
        &["lint"],
        &["check", "--notify"],
        &["check", "--format", "json"],
        &["check", "--format", "html"],
        &["history"],
    ] {
        seen.command(&project, &environment, arguments);
    }
    for message in project.store().messages(&every).expect("messages") {
        seen.add(format!("the message {} to {}", message.id, message.receiver), format!("{message:?}"));
    }
    seen.add("the notifier's log", format!("{:?}", project.store().notifier_log()));
    seen.add("the log", daemon.end(Signal::Term).log);
    for name in ["state.db", "state.db-wal"] {
        let bytes = std::fs::read(project.path(".assay").join(name)).unwrap_or_default();
        seen.add(name, String::from_utf8_lossy(&bytes));
    }

    let mut found = Vec::new();
    for (place, text) in &seen.0 {
        for (name, value) in &secrets {
            // a name may be resolved, and is told of where it cannot be
            if name != "SECRET_09" && text.contains(value.trim_start_matches("whsec_")) {
                let at = text.find(value.trim_start_matches("whsec_")).unwrap_or_default();
                let around: String =
                    text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(160).collect();
                found.push(format!("{name} in {place}: {around}"));
            }
        }
        if place != "the token" && text.contains(token.rsplit('_').next().expect("its last part")) {
            found.push(format!("the token in {place}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
