//! A real Prometheus that scrapes a daemon every second and evaluates the repository's rules, which have less patience
//! here: what they ask is as it is, how long it has to hold and over what time is shorter.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::wait;

/// How long what is evaluated every second may take to be seen, on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(45);
/// What stands for each time in a rule: that something has to hold, and over which series are looked at.
const SHORTER: [(&str, &str); 11] = [
    ("for: 1m", "for: 1s"),
    ("for: 2m", "for: 2s"),
    ("for: 5m", "for: 2s"),
    ("for: 10m", "for: 2s"),
    ("for: 15m", "for: 2s"),
    ("[5m]", "[10s]"),
    // longer than a daemon takes to start again: what is broken stays so meanwhile
    ("[10m]", "[30s]"),
    ("[15m]", "[20s]"),
    ("[30m]", "[20s]"),
    ("[1h]", "[20s]"),
    // since the scheduler looked last, which it does every second
    ("_seconds) > 300", "_seconds) > 10"),
];

/// A Prometheus at work; killed when it is dropped.
pub struct Prometheus {
    child: Child,
    folder: TempDir,
    address: String,
    agent: ureq::Agent,
}

impl Prometheus {
    /// One that scrapes this address with this token.
    pub fn start(target: &str, token: &str, rules: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("token"), token).expect("written");
        fs::write(file("rules.yml"), impatient(&fs::read_to_string(rules).expect("the rules"))).expect("written");
        fs::write(
            file("prometheus.yml"),
            format!(
                "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
                 rule_files: [rules.yml]\nscrape_configs:\n  - job_name: assay\n    \
                 authorization: {{credentials_file: token}}\n    static_configs: [{{targets: [\"{target}\"]}}]\n"
            ),
        )
        .expect("written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(file("log")).expect("made"))
            .spawn()
            .expect("prometheus is needed: apt-get install prometheus");
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let prometheus = Prometheus { child, folder, address, agent };
        wait::until("Prometheus starts", SOON, || prometheus.at("/-/ready").filter(|(status, _)| *status == 200));
        prometheus
    }

    fn at(&self, path: &str) -> Option<(u16, String)> {
        let mut answer = self.agent.get(format!("http://{}{path}", self.address)).call().ok()?;
        Some((answer.status().as_u16(), answer.body_mut().read_to_string().ok()?))
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A list that its API gives.
    fn list(&self, path: &str, key: &str) -> Vec<Value> {
        let answer = self.at(path).map(|(_, body)| body).unwrap_or_default();
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        answer["data"][key].as_array().cloned().unwrap_or_default()
    }

    /// The names of all families that it has taken from the daemon.
    pub fn families(&self) -> Vec<String> {
        let answer = self.at("/api/v1/label/__name__/values").map(|(_, body)| body).unwrap_or_default();
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let names = answer["data"].as_array().cloned().unwrap_or_default();
        names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The alerts that fire, each with what it is about: `AssayCheckFailing silver.a`.
    pub fn firing(&self) -> Vec<String> {
        let alerts = self.list("/api/v1/alerts", "alerts");
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        let words = |alert: &Value| {
            let labels = ["alertname", "contract", "monitor"].map(|label| alert["labels"][label].as_str());
            labels.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        firing.map(words).collect()
    }

    /// Waits until all of these fire.
    pub fn fires(&self, alerts: &[&str]) {
        let missing = || {
            let firing = self.firing();
            alerts.iter().filter(|alert| !firing.iter().any(|one| one == *alert)).copied().collect::<Vec<_>>()
        };
        let took = wait::until_none("do not fire", SOON, missing);
        println!("fire after {took:?}: {alerts:?}");
    }

    /// Waits until none of these fires.
    pub fn resolves(&self, alerts: &[&str]) {
        let left = || {
            let firing = self.firing();
            alerts.iter().filter(|alert| firing.iter().any(|one| one == *alert)).copied().collect::<Vec<_>>()
        };
        let took = wait::until_none("still fire", SOON, left);
        println!("resolved after {took:?}: {alerts:?}");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rules with less patience. A time that is not known here is left as it is, and whoever waits for it is told so.
fn impatient(rules: &str) -> String {
    SHORTER.iter().fold(rules.to_owned(), |rules, (long, short)| {
        // `for` ends its line, so that 1m is not found in 10m
        let (long, short) = if long.starts_with("for") {
            (format!("{long}\n"), format!("{short}\n"))
        } else {
            ((*long).into(), (*short).into())
        };
        rules.replace(&long, &short)
    })
}

/// The folder `deploy` of the repository.
pub fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}
