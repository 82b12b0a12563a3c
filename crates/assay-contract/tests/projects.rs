//! What `assay.yaml` says of the daemon, and how the environment says it anew.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod support;

use assay_contract::{Broken, Project, project_schema};
use assay_core::ops::retention::Retention;
use assay_core::ops::settings::{Catchup, Detail, MetricsSettings, SchedulerSettings, ServerSettings, Tls};
use support::{Memory, no_env};

const DAY: i64 = 86_400_000;
const WHOLE: &str = r#"
assay: 1
state:
  url: "${env:ASSAY_DB}"
  retention: {runs: 400d, rollup: 900d, windows: 500d, samples: 30d, incidents: 1d, delivered: 2d, dead: 3d, missed: 1h}
server:
  listen: "0.0.0.0:443"
  tls: {cert: /etc/assay/tls.crt, key: /etc/assay/tls.key}
  tokens: {file: /run/secrets/assay_tokens}
  public_url: https://assay.shop.example/
scheduler: {concurrency: 16, per_connection: 1, timeout: 2h, catchup: none, catchup_window: 2d, jitter: 0s}
metrics: {detail: contract, max_series: 1000}
layers: {gold: {severity: warn, failed_rows: {keep: 0, mask: [iban]}}}
"#;

fn env(name: &str) -> Option<String> {
    (name == "ASSAY_DB").then(|| "postgres://assay:hush@db/assay".to_owned())
}

fn whole() -> Project {
    Project::load("assay.yaml", WHOLE.as_bytes(), &env, &Memory::default()).unwrap_or_else(|broken| panic!("{broken}"))
}

fn overridden(mut project: Project, vars: &[(&str, &str)]) -> Result<Project, Broken> {
    let vars: Vec<(String, String)> = vars.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let mut files = Memory::default();
    files.0.insert("secrets/db".into(), b"postgresql://db/from_a_file\n".to_vec());
    let before = format!("{project:?}");
    let outcome = project.override_with(&vars, &env, &files);
    assert!(outcome.is_ok() || format!("{project:?}") == before, "a refused override changed something");
    outcome.map(|()| project)
}

fn refused(vars: &[(&str, &str)]) -> String {
    overridden(whole(), vars).expect_err("it is refused").to_string()
}

#[test]
fn without_keys_the_defaults_of_the_daemon_hold() {
    let project = Project::load("assay.yaml", b"assay: 1\nserver: {}\n", &no_env, &Memory::default()).expect("valid");
    assert_eq!(project.server, ServerSettings::default());
    assert_eq!(project.scheduler, SchedulerSettings::default());
    assert_eq!(project.metrics, MetricsSettings::default());
    assert_eq!(project.retention, Retention::default());
    assert_eq!((project.state.as_str(), project.state_url), (".assay/state.db", None));
}

#[test]
fn every_key_of_the_daemon_is_read() {
    let project = whole();
    assert_eq!(project.state_url.as_ref().map(|url| url.expose()), Some("postgres://assay:hush@db/assay"));
    assert!(!format!("{project:?}").contains("hush"));
    assert_eq!(
        project.retention,
        Retention {
            runs: 400 * DAY,
            rollup: 900 * DAY,
            windows: 500 * DAY,
            samples: 30 * DAY,
            incidents: DAY,
            delivered: 2 * DAY,
            dead: 3 * DAY,
            missed: 3_600_000,
            ..Retention::default()
        }
    );
    assert_eq!(
        project.server,
        ServerSettings {
            listen: "0.0.0.0:443".into(),
            tls: Some(Tls { cert: "/etc/assay/tls.crt".into(), key: "/etc/assay/tls.key".into() }),
            tokens_file: Some("/run/secrets/assay_tokens".into()),
            public_url: Some("https://assay.shop.example".into()),
        }
    );
    assert_eq!(
        project.scheduler,
        SchedulerSettings {
            concurrency: 16,
            per_connection: 1,
            timeout: 7_200_000,
            catchup: Catchup::None,
            catchup_window: 2 * DAY,
            jitter: 0,
        }
    );
    assert_eq!(project.metrics, MetricsSettings { detail: Detail::Contract, max_series: 1_000 });
}

#[test]
fn addresses_are_read_with_host_and_port() {
    let listen = |address: &str| {
        overridden(Project::default(), &[("ASSAY__SERVER__LISTEN", address)]).map(|project| project.server.listen)
    };
    for good in ["127.0.0.1:8642", "'[::1]:0'", "localhost:80", "assay.shop.example:65535"] {
        assert_eq!(listen(good).expect(good), good.trim_matches('\''));
    }
    for bad in
        ["8642", "localhost", ":80", "::1:80", "localhost:65536", "a_b:80", "-a:80", "host:", "host:+1", "a..b:1"]
    {
        assert!(listen(bad).is_err(), "{bad}");
    }
    let url = |url: &str| {
        let project = overridden(Project::default(), &[("ASSAY__SERVER__PUBLIC_URL", url)]);
        project.map(|project| project.server.public_url.expect("it was set"))
    };
    for good in ["https://assay.shop.example", "http://[::1]:8642", "http://localhost:8642/assay"] {
        assert_eq!(url(good).expect(good), good);
    }
    for bad in ["ftp://a", "https://", "https://a b", "https://u@a", "https://a?x", "https://[::1", "https://a:x"] {
        assert!(url(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_environment_says_keys_anew_and_leaves_the_others() {
    let project = overridden(
        whole(),
        &[
            ("ASSAY__SERVER__LISTEN", "127.0.0.1:9000"),
            ("ASSAY__SERVER__TLS__CERT", "other.crt"),
            ("ASSAY__SERVER__TOKEN_FILE", "tokens"),
            ("ASSAY__SCHEDULER__CONCURRENCY", "2"),
            ("ASSAY__STATE__RETENTION__DEAD", "9d"),
            ("ASSAY__LAYERS__GOLD__FAILED_ROWS__KEEP", "3"),
            ("ASSAY__DEFAULTS__FAILED_ROWS__MASK", "[email, phone]"),
            ("ASSAY__MASK_KEY", "*: not YAML"),
            ("ASSAY__VARS__LAKE", "{{"),
            ("PATH", "/usr/bin"),
        ],
    )
    .unwrap_or_else(|broken| panic!("{broken}"));
    let was = whole();
    assert_eq!(
        project.server,
        ServerSettings {
            listen: "127.0.0.1:9000".into(),
            tls: Some(Tls { cert: "other.crt".into(), key: "/etc/assay/tls.key".into() }),
            tokens_file: Some("tokens".into()),
            ..was.server
        }
    );
    assert_eq!(project.scheduler, SchedulerSettings { concurrency: 2, ..was.scheduler });
    assert_eq!(project.retention, Retention { dead: 9 * DAY, ..was.retention });
    let gold = &project.layers["gold"];
    assert_eq!(gold.severity, was.layers["gold"].severity);
    assert_eq!((gold.failed_rows.keep, gold.failed_rows.mask.as_deref()), (Some(3), Some(&["iban".to_owned()][..])));
    assert_eq!((project.failed_rows.keep, project.failed_rows.mask.len()), (5, 2));
    assert_eq!(project.mask_key.as_ref().map(|key| key.expose()), Some("*: not YAML"));
}

#[test]
fn a_path_takes_the_place_of_a_database_and_the_other_way_round() {
    let file = overridden(whole(), &[("ASSAY__STATE__PATH", "state.db")]).expect("valid");
    assert_eq!((file.state.as_str(), file.state_url), ("state.db", None));
    let database = overridden(Project::default(), &[("ASSAY__STATE__URL", "${file:secrets/db}")]).expect("valid");
    assert_eq!(database.state_url.as_ref().map(|url| url.expose()), Some("postgresql://db/from_a_file"));
    let both = refused(&[("ASSAY__STATE__PATH", "state.db"), ("ASSAY__STATE__URL", "postgres://db/assay")]);
    assert!(both.contains("history has one place"), "{both}");
}

#[test]
fn what_is_wrong_in_the_environment_is_told_with_its_name_and_without_secrets() {
    let told = refused(&[
        ("ASSAY__SERVER__LISSTEN", "postgres://user:hush@db"),
        ("ASSAY__STATE__URL", "mysql://user:hush@db"),
        ("ASSAY__STATE", "postgres://user:hush@db"),
        ("ASSAY__SCHEDULER__CONCURRENCY", "many"),
        ("ASSAY__SCHEDULER__TIMEOUT", ""),
        ("ASSAY__METRICS__DETAIL", "[check"),
        ("ASSAY__PROJECT", "a\u{1}b"),
        ("ASSAY__SERVER__TOKENS__FILE", "a"),
        ("ASSAY__SERVER__TOKEN_FILE", "b"),
        ("ASSAY__", "1"),
        ("ASSAY__assay", "1"),
        ("ASSAY__CONNECTIONS__LAKE", "hush"),
        ("ASSAY__PROJECT__", "1"),
    ]);
    assert!(!told.contains("hush"), "{told}");
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("overrides_that_are_refused", told) });
}

#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_not() {
    let schema = jsonschema::validator_for(&project_schema()).expect("a valid schema");
    let json = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
    let whole = json(
        r#"{"assay": 1, "state": {"url": "${env:DB}", "retention": {"runs": "400d"}}, "server": {"listen": "a:1",
            "tls": {"cert": "a", "key": "b"}, "tokens": {"file": "t"}, "public_url": "https://a"},
            "scheduler": {"concurrency": 1, "catchup": "none", "jitter": "0s"}, "metrics": {"detail": "off"}}"#,
    );
    assert!(schema.is_valid(&whole), "{:?}", schema.iter_errors(&whole).map(|e| e.to_string()).collect::<Vec<_>>());
    for bad in [
        r#"{"assay": 1, "server": {"tls": {"cert": "a"}}}"#,
        r#"{"assay": 1, "scheduler": {"concurrency": 0}}"#,
        r#"{"assay": 1, "state": {"retention": {"runs": 400}}}"#,
        r#"{"assay": 1, "metrics": {"detail": "all"}}"#,
    ] {
        assert!(!schema.is_valid(&json(bad)), "{bad}");
    }
}
