//! A real Alertmanager that takes alerts over its API.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::daemon::wait;

/// How long it may take to start on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(45);

/// An Alertmanager at work; killed when it is dropped.
pub struct Alertmanager {
    child: Option<Child>,
    folder: TempDir,
    address: String,
    agent: ureq::Agent,
}

impl Alertmanager {
    /// One that tells nobody.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";
        fs::write(folder.path().join("alertmanager.yml"), config).expect("written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let address = format!("127.0.0.1:{port}");
        let mut alertmanager = Alertmanager { child: None, folder, address, agent };
        alertmanager.begin();
        alertmanager
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts it, where it was stopped: it has its data still.
    pub fn begin(&mut self) {
        let log = fs::File::options().append(true).create(true).open(self.folder.path().join("log")).expect("made");
        let child = Command::new("prometheus-alertmanager")
            .args(["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="])
            .arg(format!("--web.listen-address={}", self.address))
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus-alertmanager is needed: apt-get install prometheus-alertmanager");
        self.child = Some(child);
        wait::holds("Alertmanager starts", SOON, || self.at("/-/ready").is_some());
    }

    /// Stops it as an administrator does, which lets it write what it knows.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "it was there to be stopped");
        child.wait().expect("it ends");
    }

    fn at(&self, path: &str) -> Option<String> {
        let mut answer = self.agent.get(format!("{}{path}", self.url())).call().ok()?;
        (answer.status() == 200).then(|| answer.body_mut().read_to_string().ok())?
    }

    /// The alerts that are active in its view.
    pub fn alerts(&self) -> Vec<Value> {
        let answer = self.at("/api/v2/alerts?active=true&silenced=true&inhibited=true").unwrap_or_default();
        serde_json::from_str::<Value>(&answer).ok().and_then(|list| list.as_array().cloned()).unwrap_or_default()
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
