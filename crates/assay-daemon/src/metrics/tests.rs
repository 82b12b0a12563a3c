mod scraped;
mod served;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use assay_core::ops::runs::Kind;
use assay_report::metrics::DOCUMENTS;

use super::families::{OF_THE_MACHINE, OWN};
use super::stored::Seen;
use super::*;
use crate::daemon::Gauges;
use crate::work::Project;

const HOUR: Millis = 3_600_000;
const HOSTILE: &[&str] = &[
    "a\"b\\c\nd",
    "} 1\nassay_check_success{contract=\"x\"",
    "\u{1b}[2J\u{202e}txt.exe",
    "\0\r\t",
    "名前 🐍",
    "# HELP assay_check_success no",
    "",
];

fn seen() -> Seen {
    let mut numbers = Numbers { size: 4096, incidents: [1, 2, 3], ..Numbers::default() };
    numbers.counted.runs = vec![(assay_core::ops::runs::Trigger::Manual, 3)];
    (numbers.outbox.waiting, numbers.outbox.oldest) = (2, Some(1_795_154_400_000));
    numbers.outbox.failed = vec![("webhook".into(), "permanent".into(), 4)];
    Seen { numbers: Some(Arc::new(numbers)), up: true }
}

fn gauges() -> Gauges {
    let gauges = Gauges::default();
    for gauge in [&gauges.reload_ok, &gauges.reloaded_at, &gauges.scheduled_at] {
        gauge.store(1, Ordering::Relaxed);
    }
    gauges
}

/// What a daemon would answer.
fn answer(documents: &mut Documents, seen: &Seen) -> String {
    let process = Process::new();
    process.began(250);
    process.ended(-5);
    let (detail, dropped) = documents.text(0);
    let mut text = String::new();
    families::write(&State { gauges: &gauges(), seen, dropped }, &mut text);
    process.write(&mut text);
    text + &detail
}

fn filled() -> Documents {
    let mut project = fixture::project(&["silver.orders"]);
    let monitor = Arc::new(fixture::document("fare_eta", Kind::Monitor));
    project.documents.insert("fare_eta".into(), monitor);
    let mut documents = Documents::default();
    documents.follow(&project, 0);
    documents.put("silver.orders", fixture::known("silver.orders", &fixture::contract("silver.orders", 6), HOUR));
    documents.put("fare_eta", fixture::known("fare_eta", &fixture::monitor("fare_eta", 4), HOUR));
    documents
}

fn promtool(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed: install the package `prometheus`");
    promtool.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("promtool reads");
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}

fn value<'a>(text: &'a str, series: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

#[test]
fn every_family_is_there_with_help_and_type() {
    let text = answer(&mut filled(), &seen());
    let own = OWN.iter().map(|own| &own.family).chain([&families::RUN_DURATION, &families::LAG]);
    for family in own.chain(DOCUMENTS) {
        assert!(text.contains(&format!("# HELP {} {}\n", family.name, family.help)), "{}", family.name);
        assert!(text.contains(&format!("# TYPE {} {}\n", family.name, family.kind.name())), "{}", family.name);
        let series = text.lines().filter(|line| line.starts_with(family.name)).count();
        assert!(series > 0, "{}", family.name);
        assert!(family.labels.iter().all(|label| !["job", "instance", "env", "owner"].contains(label)));
    }
    for name in OF_THE_MACHINE {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
    }
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "each family once");
    promtool(&text);
}

#[test]
fn series_are_what_the_runs_found() {
    let text = answer(&mut filled(), &seen());
    let check = |family: &str, check: &str, severity: &str| {
        value(&text, &format!("{family}{{contract=\"silver.orders\",check=\"{check}\",severity=\"{severity}\"}}"))
    };
    assert_eq!(check("assay_check_success", "c000.range", "fail"), Some("0"));
    assert_eq!(check("assay_check_success", "c001.range", "warn"), Some("1"));
    assert_eq!(check("assay_check_success", "c002.range", "fail"), None, "an error is neither");
    assert_eq!(check("assay_check_success", "c003.range", "fail"), None, "nor is what was skipped");
    assert_eq!(check("assay_check_error", "c002.range", "fail"), Some("1"));
    assert_eq!(check("assay_check_error", "c003.range", "fail"), Some("0"));
    assert_eq!(check("assay_check_last_run_timestamp_seconds", "c000.range", "fail"), Some("3600.01"));
    let of = |series: &str| value(&text, series);
    assert_eq!(of("assay_contract_warnings{contract=\"silver.orders\"}"), Some("1"));
    assert_eq!(of("assay_table_scan_duration_seconds{contract=\"silver.orders\"}"), Some("0.25"));
    assert_eq!(of("assay_contract_next_run_timestamp_seconds{contract=\"silver.orders\"}"), Some("7200"));
    assert_eq!(of("assay_drift_detected{monitor=\"fare_eta\",column=\"c0\",method=\"psi\"}"), Some("1"));
    assert_eq!(of("assay_drift_score{monitor=\"fare_eta\",column=\"c1\",method=\"psi\"}"), None, "it was skipped");
    assert_eq!(of("assay_model_performance{monitor=\"fare_eta\",metric=\"rmse\"}"), Some("2.25"));
    assert_eq!(of("assay_incidents{severity=\"fail\"}"), Some("2"));
    assert_eq!(of("assay_runs_total{trigger=\"manual\"}"), Some("3"));
    assert_eq!(of("assay_runs_total{trigger=\"upstream\"}"), Some("0"));
    assert_eq!(of("assay_notifications_total{integration=\"webhook\"}"), Some("4"));
    assert_eq!(of("assay_run_duration_seconds_sum"), Some("0"), "a clock that was set back took no time");
    assert_eq!(of("assay_scheduler_lag_seconds_bucket{le=\"0.25\"}"), Some("1"));
    let info = "assay_contract_info{contract=\"fare_eta\",kind=\"monitor\",layer=\"silver\",contract_owner=\"orders@example.com\"}";
    assert_eq!(of(info), Some("1"));
}

#[test]
fn a_store_that_never_answered_leaves_its_families_out() {
    let text = answer(&mut Documents::default(), &Seen::default());
    assert_eq!(value(&text, "assay_store_up"), Some("0"));
    for family in ["assay_incidents", "assay_runs_total", "assay_outbox_messages", "assay_store_size_bytes"] {
        assert!(!text.contains(family), "{family}");
    }
    promtool(&text);
}

#[test]
fn hostile_texts_stay_in_their_labels() {
    let mut documents = Documents::default();
    documents.follow(&fixture::project(HOSTILE), 0);
    for text in HOSTILE {
        let mut record = fixture::contract(text, HOSTILE.len());
        for (check, id) in record.tables[0].checks.iter_mut().zip(HOSTILE) {
            check.id = (*id).to_owned();
        }
        documents.put(text, fixture::known(text, &record, HOUR));
    }
    let text = answer(&mut documents, &seen());
    let series = text.lines().filter(|line| line.starts_with("assay_check_error{")).count();
    assert_eq!(series, HOSTILE.len() * HOSTILE.len());
    assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
    promtool(&text);
}

#[test]
fn what_is_no_number_has_no_series() {
    let mut record = fixture::monitor("fare_eta", 3);
    for (check, odd) in record.tables[0].checks.iter_mut().zip([f64::NAN, 0.5, f64::INFINITY]) {
        check.drift.as_mut().expect("drift").tests[0].effect = Some(odd);
    }
    let mut documents = filled();
    documents.put("fare_eta", fixture::known("fare_eta", &record, 2 * HOUR));
    let text = answer(&mut documents, &seen());
    assert!(!text.contains("assay_drift_score{"), "{text}");
    assert_eq!(text.matches("assay_drift_detected{").count(), 2, "what was decided is told all the same");
    assert!(!text.contains("NaN") && !text.to_lowercase().contains("} inf"));
}

#[test]
fn what_is_gone_or_disabled_vanishes() {
    let mut documents = filled();
    let reload = |documents: &mut Documents, change: &dyn Fn(&mut Project)| {
        let mut project = fixture::project(&["silver.orders", "new"]);
        change(&mut project);
        documents.follow(&project, 5 * HOUR);
        answer(documents, &seen())
    };
    let text = reload(&mut documents, &|_| ());
    assert!(!text.contains("fare_eta"));
    assert!(text.contains("assay_check_success{contract=\"silver.orders\""), "what is still there is still known");
    let next = "assay_contract_next_run_timestamp_seconds{contract=\"new\"}";
    assert_eq!(value(&text, next), Some("21600"), "what is new is due after now");
    documents.put("fare_eta", fixture::known("fare_eta", &fixture::monitor("fare_eta", 2), 9 * HOUR));
    assert!(!answer(&mut documents, &seen()).contains("fare_eta"), "a run that ends late does not bring it back");
    let text = reload(&mut documents, &|project| {
        let mut orders = fixture::document("silver.orders", Kind::Contract);
        orders.enabled = false;
        project.documents.insert("silver.orders".into(), Arc::new(orders));
        project.digest.push('x');
    });
    assert!(!text.contains("assay_check_success") && text.contains("assay_contract_info{contract=\"silver.orders\""));
    assert!(!documents.is_news("silver.orders", 99 * HOUR));
}

#[test]
fn the_newest_planned_run_counts_whatever_ended_last() {
    let mut documents = filled();
    assert!(!documents.is_news("silver.orders", HOUR) && documents.is_news("silver.orders", HOUR + 1));
    documents.put("silver.orders", fixture::known("silver.orders", &fixture::contract("silver.orders", 1), HOUR - 1));
    let text = answer(&mut documents, &seen());
    assert_eq!(text.matches("assay_check_error{contract=\"silver.orders\"").count(), 6);
    documents.put("fare_eta", fixture::known("fare_eta", &fixture::nothing_closed("fare_eta"), 2 * HOUR));
    let text = answer(&mut documents, &seen());
    assert!(text.contains("assay_drift_score{monitor=\"fare_eta\""), "no window closed: the newest one still counts");
}

#[test]
fn a_schedule_that_a_reload_changed_is_not_late_at_once() {
    let mut documents = filled();
    let mut project = fixture::project(&["silver.orders"]);
    let mut orders = fixture::document("silver.orders", Kind::Contract);
    orders.timezone = chrono_tz::Tz::Asia__Kolkata;
    project.documents.insert("silver.orders".into(), Arc::new(orders));
    project.digest.push('x');
    documents.follow(&project, 10 * HOUR);
    let next = "assay_contract_next_run_timestamp_seconds{contract=\"silver.orders\"}";
    assert_eq!(value(&answer(&mut documents, &seen()), next), Some("37800"));
}

/// What an answer costs, with the figures for those who look.
#[test]
fn tens_of_thousands_of_series_are_written_at_once() {
    for contracts in [100, 400] {
        let names: Vec<String> = (0..contracts).map(|at| format!("silver.table_{at:05}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut documents = Documents::default();
        documents.follow(&fixture::project(&names), 0);
        let run = |documents: &mut Documents, name: &str, planned| {
            documents.put(name, fixture::known(name, &fixture::contract(name, 10), planned));
        };
        names.iter().for_each(|name| run(&mut documents, name, HOUR));
        let since = Instant::now();
        let (text, _) = documents.text(0);
        let first = since.elapsed();
        run(&mut documents, names[7], 2 * HOUR);
        let since = Instant::now();
        documents.text(0);
        let again = since.elapsed();
        let since = Instant::now();
        answer(&mut documents, &seen());
        let unchanged = since.elapsed();
        let series = text.lines().filter(|line| !line.starts_with('#')).count();
        eprintln!(
            "{series} series, {} KB: {first:?}, {again:?} after a run, {unchanged:?} after none",
            text.len() / 1024
        );
        assert!(again < Duration::from_secs(2), "{again:?}");
    }
}

#[test]
fn ten_thousand_documents_are_taken_up_at_once() {
    let names: Vec<String> = (0..10_000).map(|at| format!("silver.table_{at:05}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut project = fixture::project(&names);
    let mut documents = Documents::default();
    let since = Instant::now();
    documents.follow(&project, 0);
    let first = since.elapsed();
    for name in &names {
        documents.put(name, fixture::known(name, &fixture::contract(name, 2), HOUR));
    }
    let since = Instant::now();
    let (text, dropped) = documents.text(100);
    let written = since.elapsed();
    project.digest.push('x');
    let since = Instant::now();
    documents.follow(&project, 0);
    let reloaded = since.elapsed();
    let series = text.lines().filter(|line| !line.starts_with('#')).count() as u64;
    eprintln!(
        "taken up in {first:?}, written in {written:?} ({series} series, {dropped} left out), reloaded in {reloaded:?}"
    );
    assert!(series + 100 <= 20_000 && dropped > 0);
    assert!(text.contains("assay_check_success{contract="), "whether they hold goes last");
    assert!(reloaded < first.max(Duration::from_millis(500)), "{reloaded:?}");
}
