//! Live observations from the request to the verdict: sent in batches to a daemon that is killed in between, and judged
//! as the same rows in a table are.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::ipc::writer::StreamWriter;
use assay_core::ops::Ops;
use assay_tests::daemon::client::Answer;
use assay_tests::daemon::{Client, Daemon, Project, Signal, wait};
use assay_tests::repository::binary;
use chrono::{DateTime, DurationRound, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/monitors/fare_eta_live/observations";
const NDJSON: &str = "application/x-ndjson";
const ARROW: &str = "application/vnd.apache.arrow.stream";
/// From the beginning of the test until its window closes: all that comes before takes a tenth of it.
const CLOSES_IN: i64 = 40;
const ROWS_OF_A_BATCH: u32 = 120;

/// A row of the nth second of the window.
#[derive(Debug, Clone)]
struct Row {
    at: DateTime<Utc>,
    fare: Option<f64>,
    trips: i64,
    city: &'static str,
}

/// Rows of a batch; fares are higher than those of the training data.
fn batch(window: DateTime<Utc>, nth: u32) -> Vec<Row> {
    let row = |of: u32| {
        let n = nth * ROWS_OF_A_BATCH + of;
        Row {
            at: window + TimeDelta::seconds(i64::from(n * 3)),
            fare: (n % 50 != 7).then(|| 14.0 + f64::from(n * 37 % 400) / 20.0),
            trips: i64::from(n % 9),
            city: ["Dubai", "Sharjah", "Ajman"][(n % 7 % 3) as usize],
        }
    };
    (0..ROWS_OF_A_BATCH).map(row).collect()
}

fn ndjson(rows: &[Row]) -> Vec<u8> {
    let line = |row: &Row| {
        let at = row.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        json!({"event_time": at, "fare": row.fare, "trips": row.trips, "city": row.city, "request": "r-1"}).to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

fn arrow(rows: &[Row]) -> Vec<u8> {
    let at: TimestampMillisecondArray = rows.iter().map(|row| Some(row.at.timestamp_millis())).collect();
    let columns: [(&str, ArrayRef); 4] = [
        ("event_time", Arc::new(at.with_timezone("UTC"))),
        ("fare", Arc::new(rows.iter().map(|row| row.fare).collect::<Float64Array>())),
        ("trips", Arc::new(rows.iter().map(|row| Some(row.trips)).collect::<Int64Array>())),
        ("city", Arc::new(rows.iter().map(|row| Some(row.city)).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("of one length");
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a schema");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}

/// A monitor of observations and one of a table, with the same baseline.
struct Shop {
    project: Project,
    token: String,
    /// The start of the window that closes soon.
    window: DateTime<Utc>,
    /// When it closes.
    closes: DateTime<Utc>,
}

impl Shop {
    fn new() -> Self {
        let now = Utc::now();
        let hour = now.duration_trunc(TimeDelta::hours(1)).expect("an hour");
        let lateness = (now - hour).num_seconds() + CLOSES_IN;
        let project = Project::new("");
        let mut training = String::from("fare,trips,city\n");
        for n in 0..3_000_u32 {
            let city = ["Dubai", "Sharjah", "Ajman"][(n % 3) as usize];
            training.push_str(&format!("{},{},{city}\n", 10.0 + f64::from(n * 37 % 400) / 20.0, n % 9));
        }
        project.write("data/train.csv", &training);
        let monitor = |name: &str, source: &str| {
            format!(
                "assay: 1\nmonitor: {name}\nsource: {source}\ntimestamp: {{column: event_time, timezone: UTC}}\n\
                 baseline: {{profile: fare_eta@champion}}\n\
                 window: {{size: 1h, lateness: {lateness}s, min_rows: 100}}\ndefaults:\n  \
                 numeric: {{psi: {{warn: 0.1, fail: 0.25}}, ks: {{fail: 0.15}}}}\n  missing: {{warn: 1%, fail: 5%}}\n"
            )
        };
        project.write("checks/live.yaml", &monitor("fare_eta_live", "{format: observations}"));
        project.write("checks/table.yaml", &monitor("fare_eta_table", "{format: csv, path: data/live.csv}"));
        assay(&project, &["baseline", "create", "fare_eta", "--from", "data/train.csv"]);
        assay(&project, &["baseline", "promote", "fare_eta"]);
        let token = project.token("run");
        let (window, closes) = (hour - TimeDelta::hours(1), hour + TimeDelta::seconds(lateness));
        Shop { project, token, window, closes }
    }

    fn start(&self) -> (Daemon, Client) {
        let daemon = Daemon::started(self.project.root());
        let client = daemon.client(&self.token);
        (daemon, client)
    }

    /// What `assay check` says of the same rows in a table.
    fn checked(&self, rows: &[Row]) -> Value {
        let mut table = String::from("event_time,fare,trips,city\n");
        for Row { at, fare, trips, city } in rows {
            let fare = fare.map(|fare| fare.to_string()).unwrap_or_default();
            table.push_str(&format!("{},{fare},{trips},{city}\n", at.to_rfc3339_opts(SecondsFormat::Millis, true)));
        }
        self.project.write("data/live.csv", &table);
        let check = ["check", "checks/table.yaml", "--format", "json", "--no-progress"];
        serde_json::from_str(&assay(&self.project, &check)).expect("JSON")
    }
}

/// Runs a command; a verdict other than pass is none of its failures.
fn assay(project: &Project, arguments: &[&str]) -> String {
    let ran = Command::new(binary()).args(arguments).current_dir(project.root()).output().expect("the binary runs");
    assert!(matches!(ran.status.code(), Some(0 | 1)), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

fn send(client: &Client, key: &str, kind: &str, body: &[u8]) -> Answer {
    client.send(PATH, kind, &[("Idempotency-Key", key)], body)
}

#[track_caller]
fn taken(answer: &Answer, rows: u64, replayed: bool) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let found = answer.json();
    let expected = json!({"rows": rows, "n_rejected": 0, "rejected": [], "late": 0, "replayed": replayed});
    assert_eq!(found, expected);
}

/// Asks for a run of the monitor and waits for its end.
fn run(client: &Client) -> Value {
    let ids = client.ask_for(&["fare_eta_live"]);
    client.ended(&ids[0])
}

/// Runs until a window was judged; gives the result.
fn judged(client: &Client) -> Value {
    let (run, _) = wait::until("the window closes and is judged", Duration::from_secs(120), || {
        let run = run(client);
        let is_judged = run["state"] == "finished";
        assert!(is_judged || run["reason"]["code"] == "no_closed_window", "{run}");
        is_judged.then_some(run)
    });
    client.get(&format!("/api/v1/runs/{}/result", run["id"].as_str().expect("an id"))).json()
}

/// The checks of the one table of a result, without the places in their files.
fn checks(result: &Value) -> Vec<Value> {
    let mut checks = result["tables"][0]["checks"].as_array().cloned().unwrap_or_default();
    checks.iter_mut().filter_map(Value::as_object_mut).for_each(|check| drop(check.remove("at")));
    checks
}

/// Batches in order, repeated, refused, and cut off by kills; gives the rows that count.
fn sent(shop: &Shop) -> Vec<Row> {
    let batches: Vec<Vec<Row>> = (0..6).map(|nth| batch(shop.window, nth)).collect();
    let n = u64::from(ROWS_OF_A_BATCH);
    let (daemon, client) = shop.start();
    taken(&send(&client, "b-0", NDJSON, &ndjson(&batches[0])), n, false);
    taken(&send(&client, "b-0", NDJSON, &ndjson(&batches[0])), n, true);
    let conflict = send(&client, "b-0", NDJSON, &ndjson(&batches[1]));
    assert_eq!((conflict.status, &conflict.json()["code"]), (409, &json!("idempotency_key_reused")));
    taken(&send(&client, "b-1", ARROW, &arrow(&batches[1])), n, false);
    daemon.end(Signal::Kill);

    // what was answered is there, and no key is forgotten
    let (daemon, client) = shop.start();
    taken(&send(&client, "b-1", ARROW, &arrow(&batches[1])), n, true);
    refused(&client, shop);
    taken(&send(&client, "b-2", NDJSON, &ndjson(&batches[2])), n, false);
    // folded, by a run that finds no window closed
    assert_eq!(run(&client)["reason"]["code"], "no_closed_window");
    assert_eq!(shop.project.store().journal().expect("readable"), []);
    taken(&send(&client, "b-0", NDJSON, &ndjson(&batches[0])), n, true);
    daemon.end(Signal::Kill);

    // the answer is lost: whoever sends again cannot know whether the batch was taken
    let mut replays = Vec::new();
    for (nth, batch) in batches.iter().enumerate().take(6).skip(3) {
        let (daemon, client) = shop.start();
        let (key, body) = (format!("b-{nth}"), ndjson(batch));
        let first = {
            let (client, key, body) = (client.clone(), key.clone(), body.clone());
            std::thread::spawn(move || send(&client, &key, NDJSON, &body))
        };
        // wherever the daemon is by then
        std::thread::park_timeout(Duration::from_millis(4 * nth as u64));
        daemon.end(Signal::Kill);
        let was_answered = first.join().expect("no panic").status == 200;
        let (daemon, client) = shop.start();
        let again = send(&client, &key, NDJSON, &body);
        let replayed = again.json()["replayed"] == true;
        taken(&again, n, replayed);
        assert!(replayed || !was_answered, "{key} was answered and then forgotten");
        replays.push(replayed);
        daemon.end(Signal::Kill);
    }
    shop.project.store().verify().expect("a sound store");
    batches.concat()
}

/// What is refused, whole or row by row, counts nowhere.
fn refused(client: &Client, shop: &Shop) {
    let rows = batch(shop.window, 0);
    let mut cut = ndjson(&rows);
    cut.truncate(cut.len() - 3);
    let stream = arrow(&rows);
    for (kind, body) in
        [(NDJSON, &cut[..]), (ARROW, &stream[..stream.len() - 9]), (ARROW, &cut[..]), (NDJSON, &stream[..])]
    {
        let answer = send(client, "bad", kind, body);
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (400, &json!("observations_unreadable")),
            "{}",
            answer.body
        );
    }
    let many = "{\"event_time\":\"2026-11-20T06:00:00Z\"}\n".repeat(50_001);
    let answer = send(client, "many", NDJSON, many.as_bytes());
    assert_eq!((answer.status, &answer.json()["code"]), (413, &json!("too_many_rows")));
    let at = shop.window.to_rfc3339_opts(SecondsFormat::Secs, true);
    let body = format!(
        "{{\"event_time\":\"{at}\",\"fare\":\"much\"}}\n{{\"fare\":1}}\n{{\"event_time\":\"1999-01-01T00:00:00Z\"}}\n\
         {{\"event_time\":\"2199-01-01T00:00:00Z\"}}\n"
    );
    let answer = send(client, "rejected", NDJSON, body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let found = answer.json();
    assert_eq!((&found["rows"], &found["n_rejected"], &found["late"]), (&json!(0), &json!(4), &json!(0)));
    let reasons: Vec<&str> =
        found["rejected"].as_array().into_iter().flatten().filter_map(|row| row["reason"].as_str()).collect();
    let expected = [
        "`fare` is no float64",
        "`event_time`, the time of the row, is missing",
        "`event_time` is too long ago",
        "`event_time` is more than a day in the future",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn what_was_sent_is_judged_as_the_same_rows_in_a_table() {
    let shop = Shop::new();
    let rows = sent(&shop);
    assert!(Utc::now() < shop.closes, "all was sent before the window closed");
    let (daemon, client) = shop.start();
    // the window before closed an hour ago
    let late = batch(shop.window - TimeDelta::hours(1), 0);
    let answer = send(&client, "late", NDJSON, &ndjson(&late));
    assert_eq!((&answer.json()["rows"], &answer.json()["late"]), (&json!(120), &json!(120)), "{}", answer.body);

    let result = judged(&client);
    let table = shop.checked(&rows);
    let (live_monitor, table_monitor) = (&result["tables"][0]["monitor"], &table["tables"][0]["monitor"]);
    assert_eq!(live_monitor["window"]["rows"], json!(rows.len()));
    assert_eq!(live_monitor["window"], table_monitor["window"]);
    assert_eq!(live_monitor["ranking"], table_monitor["ranking"]);
    assert_eq!(checks(&result).len(), 3);
    assert_eq!(checks(&result), checks(&table));
    assert_eq!(result["tables"][0]["outcome"], "fail", "fares are higher than they were");

    // judged once, and what comes now is late
    let more = send(&client, "more", ARROW, &arrow(&batch(shop.window, 7)));
    assert_eq!((more.status, &more.json()["late"]), (200, &json!(120)), "{}", more.body);
    assert_eq!(run(&client)["reason"]["code"], "no_closed_window");
    let ended = daemon.end(Signal::Term);
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let store = shop.project.store();
    store.verify().expect("a sound store");
    assert_eq!(store.journal().expect("readable"), []);
    let windows = assay_core::drift::store::Store::windows(&store, "fare_eta_live").expect("readable");
    let found: Vec<(u64, u64)> = windows.iter().map(|window| (window.rows, window.late_rows)).collect();
    assert_eq!(found, [(720, 120)]);
}

#[test]
fn a_baseline_that_is_gone_is_not_the_senders_fault() {
    let shop = Shop::new();
    let (_daemon, client) = shop.start();
    let rows = batch(shop.window, 0);
    taken(&send(&client, "a", NDJSON, &ndjson(&rows)), 120, false);
    let folder = shop.project.path("baselines");
    let aside = shop.project.path("aside");
    std::fs::rename(&folder, &aside).expect("moved");
    let answer = send(&client, "b", NDJSON, &ndjson(&rows));
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("monitor_unavailable")), "{}", answer.body);
    // nothing is judged without the rows that wait
    let ended = run(&client);
    assert_eq!((&ended["state"], &ended["outcome"]), (&json!("finished"), &json!("error")), "{ended}");
    std::fs::rename(&aside, &folder).expect("moved");
    taken(&send(&client, "b", NDJSON, &ndjson(&rows)), 120, false);
    assert_eq!(run(&client)["reason"]["code"], "no_closed_window");
    assert_eq!(shop.project.store().journal().expect("readable"), []);
}
