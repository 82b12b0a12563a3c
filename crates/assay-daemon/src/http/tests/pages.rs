//! The pages as a browser gets them: what they show, what their forms do, and where one is sent on to.

use assay_core::drift::store::Commit;
use assay_core::ops::Ops;
use assay_core::ops::incidents::{AlertEvent, Decided, EventKind, Incident, IncidentFilter, IncidentState};
use assay_core::ops::runs::{Claim, Finished, RunFilter, RunState};
use assay_core::ops::tokens::Scope;
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome, Severity, Verdict};

use super::support::{Answered, Served};
use crate::http::routes::all;
use crate::testing::{Fixture, NOON, contract, incident, monitor};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const HOSTILE: &str = "silver/<script>alert(1)</script>\"'?#%2e&..";

/// A browser with a session.
pub(super) struct Browser {
    pub served: Served,
    pub cookie: String,
    csrf: String,
}

impl Browser {
    pub async fn new(fixture: Fixture) -> Self {
        Browser::with(fixture, Scope::Run).await
    }

    pub async fn with(fixture: Fixture, scope: Scope) -> Self {
        let token = fixture.token("anna", scope);
        let served = Served::new(fixture).await;
        let json = serde_json::json!({"token": token}).to_string();
        let answered = served.send("POST", "/login", &[("Content-Type", "application/json")], json.as_bytes()).await;
        let cookie = answered.header("set-cookie").split(';').next().unwrap().to_string();
        Browser { cookie, csrf: answered.json()["csrf"].as_str().unwrap().to_string(), served }
    }

    async fn get(&self, path: &str) -> Answered {
        self.served.send("GET", path, &[("Cookie", &self.cookie), ("Accept", "text/html")], b"").await
    }

    /// A page that there is, with the head that every page has.
    pub async fn page(&self, path: &str) -> String {
        let answered = self.get(path).await;
        assert_eq!(answered.status, 200, "{path}: {}", answered.text());
        assert_eq!(answered.header("content-type"), "text/html; charset=utf-8");
        assert!(answered.header("content-security-policy").starts_with("default-src 'none';"), "{path}");
        assert!(!answered.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(answered.header("cache-control"), "no-store");
        answered.text().to_owned()
    }

    pub async fn post(&self, path: &str, fields: &str) -> Answered {
        let body = format!("csrf={}&{fields}", self.csrf);
        let headers = [("Cookie", self.cookie.as_str()), ("Accept", "text/html"), FORM];
        self.served.send("POST", path, &headers, body.as_bytes()).await
    }
}

/// A run that found a broken check, with its incident; gives the run's id.
fn found(fixture: &Fixture, document: &str, planned: i64) -> String {
    let queued = fixture.ran(document, planned, Outcome::Pass, vec![]);
    let claim = Claim { holder: "d-1".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
    let mut run = fixture.store.run(&queued).unwrap().unwrap();
    (run.id, run.planned, run.state) = (format!("{queued}-2"), planned + 60_000, RunState::Queued);
    (run.outcome, run.result, run.ended_at, run.attempt, run.not_before) = (None, None, None, 0, planned);
    let enqueue = assay_core::ops::runs::Enqueue { run, cursor: None, overlaps: false };
    assert!(fixture.store.trigger(&enqueue).unwrap().added);
    let id = fixture.store.claim(&claim).unwrap()[0].run.id.clone();
    let check = CheckRecord {
        id: "id.not_null".into(),
        check: "not_null".into(),
        column: Some("id".into()),
        dimension: Dimension::Completeness,
        severity: Severity::Fail,
        at: Place { path: "checks/orders.yaml".into(), line: 7, column: 3 },
        why: None,
        tags: Vec::new(),
        verdict: Verdict {
            tested: Some(100),
            failing: Some(3),
            ..Verdict::new(Outcome::Fail, format!("3 of 100 rows fail {HOSTILE}"))
        },
        samples: None,
        drift: None,
    };
    let table = TableRecord {
        table: document.into(),
        layer: Some("silver".into()),
        owner: Some("data@shop.example".into()),
        contract_path: "checks/orders.yaml".into(),
        contract_sha256: "1".repeat(64),
        snapshot: None,
        reason: None,
        cost: assay_core::engine::Cost::default(),
        monitor: None,
        checks: vec![check],
    };
    let as_of = "2026-03-01T12:00:00Z".into();
    let record = RunRecord { id: "r-1".into(), as_of, vars: vec![], notes: vec![], tables: vec![table] };
    let (record, samples) = assay_core::stored::write(&record);
    let finished = Finished {
        run: id.clone(),
        attempt: 1,
        holder: "d-1".into(),
        state: RunState::Finished,
        reason: None,
        outcome: Outcome::Fail,
        result: "r-1".into(),
        ended_at: planned + 61_000,
        record: Some(record),
        samples,
        commit: Commit::default(),
        downstream: Vec::new(),
    };
    let broken = Incident { run: id.clone(), ..incident(document, "id.not_null") };
    let event = AlertEvent {
        number: 0,
        incident: 0,
        kind: EventKind::Opened,
        at: NOON,
        severity: Outcome::Fail,
        message: "3 of 100 rows fail".into(),
        run: Some(id.clone()),
    };
    let decided = Decided { changes: vec![(broken, vec![event])] };
    fixture.store.finish(&finished, &mut |_| decided.clone()).unwrap();
    id
}

fn encoded(name: &str) -> String {
    assay_report::pages::address_of_document(name)
}

/// Where links and forms of a page lead to, without query and fragment.
fn addresses(page: &str) -> Vec<String> {
    let of = |attribute: &str| {
        let found = page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        found.map(|address| address.split(['?', '#']).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = [of(" href=\""), of(" src=\""), of(" action=\"")].concat();
    all.into_iter().filter(|address| !address.is_empty()).collect()
}

#[tokio::test]
async fn every_page_is_there_and_every_link_of_it_leads_to_a_route() {
    let fixture = Fixture::new(vec![contract("silver.orders"), contract(HOSTILE), monitor("fare_eta")]);
    let run = found(&fixture, HOSTILE, NOON - 3_600_000);
    let browser = Browser::new(fixture).await;
    let document = encoded(HOSTILE);
    let run = format!("/runs/{}", document.strip_prefix("/documents/").map_or(run.clone(), |_| url(&run)));
    let paths = [
        "/",
        "/?q=orders&layer=silver&state=never&page=9",
        &document,
        "/documents/silver.orders",
        "/documents/fare_eta",
        "/documents/fare_eta/drift",
        "/incidents",
        "/incidents?state=resolved",
        "/incidents/1",
        "/runs",
        "/runs?document=silver.orders&state=odd&outcome=fail&before=x",
        &run,
        "/silences",
        "/silences?contract=silver.orders&check=key",
        "/login?next=%2Fruns",
    ];
    let routes: Vec<String> = all().iter().map(|route| route.path().to_owned()).collect();
    let leads = |address: &str| {
        let parts: Vec<&str> = address.split('/').collect();
        routes.iter().any(|route| {
            let known: Vec<&str> = route.split('/').collect();
            let fits = |(known, part): (&&str, &&str)| known == part || (known.starts_with('{') && !part.is_empty());
            known.len() == parts.len() && known.iter().zip(&parts).all(fits)
        })
    };
    for path in paths {
        let page = browser.page(path).await;
        assert!(!page.contains("<script>") && !page.contains("alert(1)</script"), "{path}");
        for address in addresses(&page) {
            assert!(leads(&address), "{path}: {address}");
        }
    }
    let page = browser.page(&document).await;
    for said in ["3 of 100 rows fail &lt;script", "Open incidents", "3 of 100 tested (3%)", "Run now"] {
        assert!(page.contains(said) || said.contains("&lt;"), "{said}: {page}");
    }
    assert!(browser.page(&run).await.contains("1 of 1 check broken in 1 of 1 table"));
    assert!(browser.page("/incidents/1").await.contains("What the newest run found"));
}

/// A part of a path.
fn url(name: &str) -> String {
    encoded(name).trim_start_matches("/documents/").to_owned()
}

#[tokio::test]
async fn the_first_screen_says_what_is_broken_and_how_the_last_runs_ended() {
    let fixture = Fixture::new(vec![contract("silver.orders"), contract("silver.users")]);
    found(&fixture, "silver.orders", NOON - 3_600_000);
    let browser = Browser::new(fixture).await;
    let page = browser.page("/").await;
    for said in ["1 incident open", "last 2 runs, oldest first: 1 fail, 1 pass", "<b>1</b> broken", "never run"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let filtered = browser.page("/?state=never").await;
    assert!(
        filtered.contains("1 that match, of 2 in all") || filtered.contains("All 1 that match, of 2 in all"),
        "{filtered}"
    );
}

#[tokio::test]
async fn run_now_queues_one_run_in_the_name_of_who_asked_and_says_so() {
    let browser = Browser::new(Fixture::new(vec![contract(HOSTILE)])).await;
    let document = encoded(HOSTILE);
    let run = format!("{document}/run");
    let first = browser.post(&run, "").await;
    assert_eq!((first.status, first.header("location")), (303, format!("{document}?said=queued").as_str()));
    let second = browser.post(&run, "").await;
    assert_eq!(second.header("location"), format!("{document}?said=waiting"));
    let all = RunFilter { most: 9, ..RunFilter::default() };
    let runs = browser.served.fixture.store.runs(&all).unwrap();
    assert_eq!((runs.len(), runs[0].requested_by.as_deref()), (1, Some("anna")));
    let page = browser.page(first.header("location")).await;
    assert!(page.contains("The run is queued.") && page.contains("A run is under way"), "{page}");
    assert!(!browser.page(&format!("{document}?said=%3Cb%3Eyou+won")).await.contains("you won"));
}

#[tokio::test]
async fn an_open_incident_is_acknowledged_with_a_note() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    fixture.ran("silver.orders", NOON, Outcome::Fail, vec![incident("silver.orders", "key")]);
    let browser = Browser::new(fixture).await;
    assert!(browser.page("/incidents/1").await.contains(">Acknowledge</button>"));
    let sent = browser.post("/incidents/1/acknowledge", "note=looking+at+it+%3Cb%3E").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/incidents/1?said=acknowledged"));
    let one = IncidentFilter { number: Some(1), most: 1, ..IncidentFilter::default() };
    let known = browser.served.fixture.store.incidents(&one).unwrap().remove(0);
    assert_eq!((known.state, known.note.as_deref()), (IncidentState::Acknowledged, Some("looking at it <b>")));
    let page = browser.page("/incidents/1").await;
    assert!(page.contains("looking at it &lt;b&gt;") && !page.contains(">Acknowledge</button>"), "{page}");
    let resolve = |known: &Incident| {
        let resolved_at = Some(NOON + 1);
        let resolved_why = Some("recovered".into());
        Some((Incident { state: IncidentState::Resolved, resolved_at, resolved_why, ..known.clone() }, vec![]))
    };
    browser.served.fixture.store.change_incident(1, &mut { resolve }).unwrap();
    let again = browser.post("/incidents/1/acknowledge", "note=").await;
    assert_eq!(again.header("location"), "/incidents/1?said=not-open");
    assert!(browser.page("/incidents/1").await.contains("it held again"));
}

#[tokio::test]
async fn a_silence_is_made_shown_and_ended_and_a_wrong_one_comes_back() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    fixture.ran("silver.orders", NOON, Outcome::Fail, vec![incident("silver.orders", "key")]);
    let browser = Browser::new(fixture).await;
    let wrong = [
        ("label=contract&op=%3D&value=silver.orders&length=1h&comment=+", "say why"),
        ("label=&op=%3D&value=&length=1h&comment=because", "at least one condition"),
        ("label=&op=%3D&value=silver.orders&length=1h&comment=because", "has no label"),
        ("label=contract&op=%3D%7E&value=%28&length=1h&comment=because", "matcher 1"),
        ("label=contract&op=~&value=x&length=1h&comment=because", "a condition is"),
        ("label=contract&op=%3D&value=x&length=9y&comment=because", "how long"),
    ];
    for (fields, why) in wrong {
        let answered = browser.post("/silences", fields).await;
        assert_eq!(answered.status, 422, "{fields}");
        assert!(answered.text().contains(why) && answered.text().contains("role=\"alert\""), "{}", answered.text());
    }
    assert_eq!(browser.served.fixture.store.silences(None).unwrap(), vec![]);
    let fields = "label=contract&op=%3D&value=silver.orders&label=&op=%3D&value=&length=4h&comment=we+know";
    let made = browser.post("/silences", fields).await;
    assert_eq!((made.status, made.header("location")), (303, "/silences?said=silenced"), "{}", made.text());
    let silence = browser.served.fixture.store.silences(None).unwrap().remove(0);
    assert_eq!((silence.created_by.as_str(), silence.ends_at), ("anna", NOON + 4 * 3_600_000));
    assert!(browser.page("/silences").await.contains("keeps 1 incident quiet"));
    assert!(browser.page("/").await.contains("silenced, ends"));
    let end = format!("/silences/{}/end", silence.id);
    assert_eq!(browser.post(&end, "").await.header("location"), "/silences?said=ended");
    assert_eq!(browser.post(&end, "").await.header("location"), "/silences?said=over");
    assert!(browser.page("/silences").await.contains("There is none."));
}

#[tokio::test]
async fn a_form_without_the_sessions_secret_changes_nothing_and_says_so_as_a_page() {
    let browser = Browser::new(Fixture::new(vec![contract("silver.orders")])).await;
    let headers = [("Cookie", browser.cookie.as_str()), ("Accept", "text/html"), FORM];
    for path in ["/documents/silver.orders/run", "/silences", "/silences/s-1/end", "/incidents/1/acknowledge"] {
        let answered = browser.served.send("POST", path, &headers, b"csrf=x").await;
        assert_eq!((answered.status, answered.header("content-type")), (403, "text/html; charset=utf-8"), "{path}");
        assert!(answered.text().contains("load the page again") && answered.text().contains("Sign out"), "{path}");
    }
    let all = RunFilter { most: 9, ..RunFilter::default() };
    assert_eq!(browser.served.fixture.store.runs(&all).unwrap(), vec![]);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_form_and_back() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("anna", Scope::Read);
    let served = Served::new(fixture).await;
    let page = [("Accept", "text/html")];
    let sent = served.send("GET", "/runs?state=missed", &page, b"").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/login?next=/runs%3Fstate%3Dmissed"));
    let form = served.send("GET", sent.header("location"), &page, b"").await;
    assert!(form.text().contains("name=\"next\" value=\"/runs?state=missed\""), "{}", form.text());
    let wrong = served.send("POST", "/login", &[FORM, page[0]], b"token=assay_x&next=%2Fruns").await;
    assert_eq!((wrong.status, wrong.header("content-type")), (401, "text/html; charset=utf-8"));
    assert!(wrong.text().contains("Not signed in") && wrong.text().contains("value=\"/runs\""), "{}", wrong.text());
    let right = served.send("POST", "/login", &[FORM, page[0]], format!("token={token}&next=%2Fruns").as_bytes()).await;
    assert_eq!((right.status, right.header("location")), (303, "/runs"));
    let cookie = right.header("set-cookie").split(';').next().unwrap();
    let looks = served.send("GET", "/documents/silver.orders", &[("Cookie", cookie)], b"").await;
    assert!(looks.text().contains("Your token may look") && !looks.text().contains("Run now"), "{}", looks.text());
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people() {
    let browser = Browser::new(Fixture::new(vec![contract("silver.orders")])).await;
    let gone = ["/documents/nobody", "/documents/silver.orders/drift", "/incidents/7", "/incidents/x", "/runs/run-x"];
    for path in gone.into_iter().chain(["/assets/x.css", "/nothing/here", "/incidents/99999999999999999999"]) {
        let answered = browser.get(path).await;
        assert_eq!((answered.status, answered.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(answered.text().contains("<h1 id=\"conclusion\">There is no such page</h1>"), "{path}");
    }
    let hostile = browser.get(&encoded(HOSTILE)).await;
    assert!(!hostile.text().contains("<script>"), "{}", hostile.text());
}

#[tokio::test]
async fn files_of_pages_are_kept_by_browsers_for_ever() {
    let served = Served::new(Fixture::new(vec![])).await;
    for asset in assay_report::pages::assets() {
        let answered = served.send("GET", &format!("/assets/{}", asset.name), &[], b"").await;
        assert_eq!((answered.status, answered.header("content-type")), (200, asset.content_type));
        assert_eq!(answered.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(answered.body == asset.bytes, "{}", asset.name);
    }
}

#[tokio::test]
async fn ten_thousand_contracts_are_pages_of_a_hundred() {
    let documents: Vec<_> = (0..10_000).map(|n| contract(&format!("silver.table_{n:05}"))).collect();
    let browser = Browser::new(Fixture::new(documents)).await;
    let page = browser.page("/?page=100").await;
    assert!(page.contains("9,901 to 10,000 of 10,000") && page.contains("silver.table_09999"), "{page}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 100);
}
