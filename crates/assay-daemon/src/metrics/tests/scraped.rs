//! A real Prometheus scrapes what is written here, evaluates the rules, and answers every expression of the dashboards.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use tempfile::TempDir;

use super::*;

/// Ended with the test, whatever became of it.
struct Prometheus {
    process: Child,
    address: String,
    folder: TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        drop(ended);
    }
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Prometheus {
    /// Scrapes a port every second. The rules are those of deploy/, evaluated as often.
    fn scraping(port: u16) -> Self {
        let folder = TempDir::new().expect("a folder");
        let rules = deploy().join("prometheus/assay.rules.yml").canonicalize().expect("the rules");
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{rules:?}]\nscrape_configs:\n- \
             {{job_name: assay, static_configs: [{{targets: [\"127.0.0.1:{port}\"]}}]}}\n"
        );
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).expect("a file");
        let address = format!("127.0.0.1:{}", free_port());
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is needed: install the package `prometheus`");
        Prometheus { process, address, folder }
    }

    /// What it answers to a question; nothing while it is starting.
    fn query(&self, expression: &str) -> Vec<Value> {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&self.address)?;
            let query = expression.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let request = format!("GET /api/v1/query?query={query} HTTP/1.0\r\nHost: localhost\r\n\r\n");
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = ask().unwrap_or_default();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Whether all expressions have data, and what the program says of them.
    fn expressions(&self, dashboards: &[&Path]) -> (bool, String) {
        let ran = Command::new("python3")
            .arg(deploy().join("grafana/expressions.py"))
            .arg(format!("http://{}", self.address))
            .args(dashboards)
            .args(["--rate-interval", "5s", "--since", "60", "--set", "contract=silver.orders"])
            .output()
            .expect("python3 is needed");
        let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        (ran.status.success(), said)
    }

    /// Waits until an expression has a value.
    fn until(&self, expression: &str) -> Vec<Value> {
        let since = Instant::now();
        loop {
            let found = self.query(expression);
            if !found.is_empty() {
                return found;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "no answer to {expression}");
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }
}

/// Answers every request with what `text` gives, until told to end.
fn serve(listener: TcpListener, end: &AtomicBool, text: impl Fn() -> String) {
    for stream in listener.incoming() {
        if end.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        let mut request = [0; 4096];
        let read = stream.read(&mut request);
        let text = text();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        // who went away meanwhile asks again
        drop(read.and_then(|_| stream.write_all(head.as_bytes())).and_then(|()| stream.write_all(text.as_bytes())));
    }
}

#[test]
fn prometheus_takes_it_and_every_expression_of_the_dashboards_has_data() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let end = AtomicBool::new(false);
    let documents = Mutex::new(filled());
    let process = Process::new();
    let text = || {
        process.began(40);
        process.ended(900);
        let (detail, dropped) = documents.lock().expect("no panic").text(0);
        let mut text = String::new();
        families::write(&State { gauges: &gauges(), seen: &seen(), dropped }, &mut text);
        process.write(&mut text);
        text + &detail
    };
    std::thread::scope(|scope| {
        scope.spawn(|| serve(listener, &end, text));
        let ended = Ended(&end, port);
        let prometheus = Prometheus::scraping(port);
        prometheus.until("count_over_time(assay_build_info[1m]) >= 5");
        for family in OWN.iter().map(|own| &own.family).chain(DOCUMENTS) {
            assert!(!prometheus.query(family.name).is_empty(), "{}", family.name);
            let clash = prometheus.query(&format!("{{__name__=\"{}\",exported_job!=\"\"}}", family.name));
            assert!(clash.is_empty(), "{}: a label clashes with the target's", family.name);
        }
        prometheus.until("ALERTS{alertname=\"AssayCheckFailing\",alertstate=\"firing\",contract=\"silver.orders\"}");
        let (all, said) = prometheus.expressions(&[]);
        assert!(all && said.lines().count() == 4, "{said}");
        let odd =
            r#"{"title": "x", "targets": [{"refId": "A", "expr": "nobody_total"}, {"refId": "B", "expr": "sum("}]}"#;
        let odd = format!(r#"{{"templating": {{"list": []}}, "panels": [{odd}]}}"#);
        let file = prometheus.folder.path().join("odd.json");
        std::fs::write(&file, odd).expect("a file");
        let (all, said) = prometheus.expressions(&[&file]);
        assert!(
            !all && said.contains("x, A: no data") && said.contains("x, B: ") && said.contains("2 wrong"),
            "{said}"
        );
        drop(ended);
    });
}

/// Lets the server come to its end when the test does, also where it fails.
struct Ended<'a>(&'a AtomicBool, u16);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.1)));
    }
}
