//! Rules, tests of receivers, incidents, silences and the outbox on the command line.

use serde_json::Value;

use crate::sink::Sink;
use crate::support::{Project, Ran};

/// Two tables whose contracts hold, and rules that tell a sink of everything, gold apart.
fn project(sink: &Sink) -> Project {
    let rules = format!(
        "assay: 1\nrules: alerts\nallow_private: [127.0.0.1]\nreceivers:\n  hook: {{webhook: {{url: \"{0}\"}}}}\n  \
         oncall: {{webhook: {{url: \"{0}\"}}, fallback: hook}}\nroute:\n  receiver: hook\n  group_by: [contract]\n  \
         routes:\n    - {{match: [layer=\"gold\", severity=\"fail\"], receiver: oncall, group_wait: 10s}}\n",
        sink.url()
    );
    Project::with_two_tables().file("rules/alerts.yaml", rules)
}

/// Breaks `silver.a`.
fn broken(project: Project) -> Project {
    project.file("data/a.csv", "id,amount\n1,-2.50\n2,3.00\n")
}

fn mended(project: Project) -> Project {
    project.file("data/a.csv", "id,amount\n1,2.50\n2,3.00\n")
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:?}"))
}

#[test]
fn rules_are_checked_and_shown_as_a_tree() {
    let project = project(&Sink::new());
    let ran = project.assay(&["rules", "check"]);
    ran.assert(0, "");
    for line in
        ["oncall  webhook; else hook", "any other incident → hook", "layer=\"gold\", severity=\"fail\" → oncall"]
    {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
    assert!(ran.out.contains("after 10s, changes after 5m, again after 4h"), "{ran:?}");
    assert!(ran.out.ends_with("2 receivers, 2 routes and 0 inhibitions in 1 file, 0 warnings\n"), "{ran:?}");
    let rules = json(&project.assay(&["rules", "check", "--format", "json"]));
    assert_eq!((&rules["schema"], &rules["valid"]), (&"assay.rules/v1".into(), &true.into()));
    assert_eq!(rules["route"]["routes"][0]["receivers"][0], "oncall");
}

#[test]
fn rules_that_are_wrong_are_told_with_their_place_and_stop_what_needs_them() {
    let wrong = "assay: 1\nrules: alerts\nroute: {receiver: nobody, group_wiat: 5m}\n";
    let project = project(&Sink::new()).file("rules/alerts.yaml", wrong);
    let ran = project.assay(&["rules", "check"]);
    ran.assert(2, "rules/alerts.yaml:3:");
    ran.assert(2, "did you mean `group_wait`?");
    let listed = json(&project.assay(&["rules", "check", "--format", "json"]));
    assert_eq!(listed["valid"], false);
    assert!(listed["problems"].as_array().is_some_and(|all| all.len() >= 2), "{listed}");
    project.assay(&["check", "--notify"]).assert(2, "rules/alerts.yaml:3:");
    project.assay(&["alert", "test", "hook"]).assert(2, "rules/alerts.yaml:3:");
    // whoever does not notify does not read them
    project.assay(&["check"]).assert(0, "");
}

#[test]
fn a_project_without_rules_has_none_and_a_secret_is_shown_nowhere() {
    Project::with_two_tables().assay(&["rules", "check"]).assert(0, "");
    let rules = "assay: 1\nrules: alerts\nreceivers:\n  hook: {webhook: {url: \"https://u:hunter2@example.com/\"}}\n";
    let ran = Project::with_two_tables().file("rules/alerts.yaml", rules).assay(&["rules", "check"]);
    ran.assert(2, "rules/alerts.yaml:4:");
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
}

#[test]
fn rules_in_the_folder_of_checks_are_told_to_belong_elsewhere() {
    let project = Project::with_two_tables().file("checks/alerts.yaml", "assay: 1\nrules: alerts\n");
    project.assay(&["check"]).assert(2, "`rules/`");
}

#[test]
fn the_way_of_an_incident_through_the_rules_is_explained() {
    let project = project(&Sink::new());
    let ran = project.assay(&["rules", "explain", "contract=gold.x,layer=gold,severity=warn"]);
    ran.assert(0, "");
    assert!(ran.out.contains("severity=\"fail\": it has \"warn\""), "{ran:?}");
    assert!(ran.out.contains("hook (webhook)") && !ran.out.contains("oncall (webhook)"), "{ran:?}");
    let told = json(&project.assay(&["rules", "explain", "layer=gold", "--format", "json"]));
    assert_eq!(told["reached"][0]["receivers"][0]["name"], "oncall", "{told}");
    assert_eq!(told["route"]["below"][0]["outcome"], "reached", "{told}");
    for (wrong, says) in [("colour=red", "unknown label `colour`"), ("layer!=gold", "followed by `=`"), ("x", "")] {
        project.assay(&["rules", "explain", wrong]).assert(2, says);
    }
    project.assay(&["rules", "explain", "--incident", "7"]).assert(2, "there is no incident 7");
    project.assay(&["rules", "explain"]).assert(2, "");
}

#[test]
fn a_test_goes_to_one_receiver_or_to_all_that_labels_reach_and_says_what_came_of_it() {
    let sink = Sink::new();
    let project = project(&sink);
    let ran = project.assay(&["alert", "test", "hook"]);
    ran.assert(0, "");
    assert_eq!(ran.out, "✓ hook (webhook)  arrived\n");
    assert_eq!(sink.came()[0]["type"], "alert.test");
    let ran = project.assay(&["alert", "test", "layer=gold", "--format", "json"]);
    assert_eq!(json(&ran)["sent"][0]["receiver"], "oncall", "{ran:?}");
    sink.answers("500 Oops", "");
    let ran = project.assay(&["alert", "test", "oncall"]);
    ran.assert(3, "");
    assert!(ran.out.starts_with("✗ oncall (webhook)  did not arrive; an alert would be tried again: "), "{ran:?}");
    project.assay(&["alert", "test", "hok"]).assert(2, "did you mean `hook`?");
    project.assay(&["alert", "test", "colour=red"]).assert(2, "unknown label");
}

#[test]
fn an_address_of_the_house_is_called_only_where_the_rules_say_so() {
    let sink = Sink::new();
    let rules = format!(
        "assay: 1\nrules: a\nreceivers:\n  hook: {{webhook: {{url: \"{}\"}}}}\nroute: {{receiver: hook}}\n",
        sink.url()
    );
    let ran = Project::with_two_tables().file("rules/alerts.yaml", rules).assay(&["alert", "test", "hook"]);
    ran.assert(3, "");
    assert_eq!(sink.came(), Vec::<Value>::new(), "{ran:?}");
}

#[test]
fn a_run_that_notifies_tells_of_what_opened_and_of_its_end_once() {
    let sink = Sink::new();
    let project = broken(project(&sink));
    project.assay(&["check", "--notify"]).assert(1, "notified: 1 of 1 message arrived");
    let told = sink.came();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["type"], &told[0]["data"]["incidents"][0]["document"]),
        (&"alert.opened".into(), &"silver.a".into())
    );
    project.assay(&["check", "--notify"]).assert(1, "nothing to tell");
    let listed = json(&project.assay(&["incidents", "--format", "json"]));
    assert_eq!((&listed["schema"], &listed["incidents"][0]["state"]), (&"assay.incidents/v1".into(), &"open".into()));
    let shown = project.assay(&["incidents", "show", "1"]);
    shown.assert(0, "");
    assert!(shown.out.contains("opened") && shown.out.contains("hook (webhook)"), "{shown:?}");

    let project = mended(project);
    project.assay(&["check", "--notify"]).assert(0, "notified: 1 of 1 message arrived");
    assert_eq!(sink.came()[0]["type"], "alert.resolved");
    assert_eq!(project.assay(&["incidents"]).out, "no incidents\n");
    assert!(project.assay(&["incidents", "list", "--state", "resolved"]).out.starts_with("#1 "));
}

#[test]
fn what_does_not_arrive_waits_and_the_exit_code_is_that_of_the_checks() {
    let sink = Sink::new();
    let project = broken(project(&sink));
    // a receiver that says so is not asked again within the run
    sink.answers("503 Later", "retry-after: 3600\r\n");
    let ran = project.assay(&["check", "--notify", "--metrics-file", "assay.prom"]);
    ran.assert(1, "notified: 0 of 1 message arrived");
    ran.assert(1, "1 message waits in the outbox");
    assert_eq!(sink.came().len(), 1);
    let metrics = std::fs::read_to_string(project.path("assay.prom")).expect("written");
    assert!(metrics.contains("assay_outbox_messages 1\n") && metrics.contains("assay_build_info"), "{metrics}");

    let listed = json(&project.assay(&["outbox", "list", "--format", "json"]));
    let message = &listed["messages"][0];
    assert_eq!((&message["state"], &message["attempts"]), (&"waiting".into(), &1.into()), "{listed}");
    let id = message["id"].as_str().expect("an id");
    let shown = project.assay(&["outbox", "show", id]);
    shown.assert(0, "");
    assert!(shown.out.contains("silver.a") && shown.out.contains("the answer was 503"), "{shown:?}");
    assert!(!shown.out.contains(&sink.url()), "an address may hold a secret: {shown:?}");

    sink.answers("204 No Content", "");
    project.assay(&["check", "--notify"]).assert(1, "nothing to tell");
    assert_eq!(sink.came().len(), 0, "it is not due");
    project.assay(&["outbox", "retry", "--receiver", "hook"]).assert(0, "the daemon delivers");
    project.assay(&["check", "--notify"]).assert(1, "nothing to tell");
    assert_eq!(sink.came().len(), 1);
    assert_eq!(project.assay(&["outbox", "list"]).out, "no messages\n");
    project.assay(&["outbox", "retry", id]).assert(2, "was delivered");
}

#[test]
fn messages_are_given_up_and_taken_back_by_hand() {
    let sink = Sink::new();
    let project = broken(project(&sink));
    sink.answers("503 Later", "retry-after: 3600\r\n");
    project.assay(&["check", "--notify"]).assert(1, "waits in the outbox");
    project.assay(&["outbox", "drop", "no-such-message"]).assert(2, "there is no message `no-such-message`");
    project.assay(&["outbox", "drop"]).assert(2, "");
    let ran = project.assay(&["outbox", "drop", "--receiver", "hook"]);
    ran.assert(0, "");
    assert_eq!(ran.out, "1 message dropped\n");
    let dead = json(&project.assay(&["outbox", "list", "--state", "dead", "--format", "json"]));
    assert!(dead["messages"][0]["last_error"].as_str().is_some_and(|why| why.contains("dropped by")), "{dead}");
    let ran = project.assay(&["outbox", "retry", "--all-dead"]);
    assert_eq!(ran.out, "1 message is to be tried again\n", "{ran:?}");
    project.assay(&["outbox", "list", "--state", "late"]).assert(2, "waiting, delivered, dead");
}

#[test]
fn somebody_looks_after_an_incident() {
    let project = broken(project(&Sink::new()));
    project.assay(&["check", "--notify"]).assert(1, "");
    let ran = project.assay(&["incidents", "ack", "1", "--by", "ada", "--note", "known \u{202e}"]);
    ran.assert(0, "");
    assert!(ran.out.ends_with("is acknowledged by ada\n"), "{ran:?}");
    let shown = project.assay(&["incidents", "show", "1"]);
    assert!(shown.out.contains("known \\u{202e}") && !shown.out.contains('\u{202e}'), "{shown:?}");
    project.assay(&["incidents", "ack", "9", "--by", "ada"]).assert(2, "there is no incident 9");
    let mut nobody = project.command(&["incidents", "ack", "1"]);
    nobody.env_remove("USER").env_remove("LOGNAME").env_remove("USERNAME");
    crate::support::ran(nobody).assert(2, "`--by ada`");
    for (matchers, found) in
        [("contract=silver.a", true), ("layer=gold", false), ("owner=~\"a@.*\",severity=fail", true)]
    {
        let ran = project.assay(&["incidents", "list", matchers]);
        ran.assert(0, "");
        assert_eq!(ran.out.starts_with("#1 "), found, "{matchers}: {ran:?}");
    }
    let mended = mended(project);
    mended.assay(&["check", "--notify"]).assert(0, "");
    mended.assay(&["incidents", "ack", "1", "--by", "ada"]).assert(2, "is resolved");
}

#[test]
fn a_silence_keeps_quiet_until_it_ends_and_one_of_everything_is_refused() {
    let sink = Sink::new();
    let project = broken(project(&sink));
    for all in ["layer=~\".*\"", "check=~\".+\"", "column!=\"x\""] {
        project.assay(&["silence", "add", all, "--for", "4h", "--by", "ada"]).assert(2, "every incident");
    }
    for (option, value) in [("--for", "4"), ("--for", "400d"), ("--until", "2020-01-01"), ("--until", "soon")] {
        project.assay(&["silence", "add", "contract=silver.a", option, value, "--by", "ada"]).assert(2, "");
    }
    project.assay(&["silence", "add", "contract=silver.a", "--by", "ada"]).assert(2, "");
    let added =
        project.assay(&["silence", "add", "contract=silver.a", "--for", "4h", "--by", "ada", "--comment", "a move"]);
    added.assert(0, "is silenced until");
    let id = added.out.trim();
    project.assay(&["check", "--notify"]).assert(1, "nothing to tell");
    assert_eq!(sink.came().len(), 0);
    let explained = project.assay(&["rules", "explain", "--incident", "1"]);
    assert!(explained.out.contains("silenced until") && explained.out.contains(id), "{explained:?}");
    let listed = json(&project.assay(&["silence", "list", "--format", "json"]));
    assert_eq!((&listed["silences"][0]["id"], &listed["silences"][0]["state"]), (&id.into(), &"active".into()));
    project.assay(&["silence", "end", id, "--by", "ben"]).assert(0, "");
    project.assay(&["silence", "end", id, "--by", "ben"]).assert(2, "there is no silence");
    assert_eq!(project.assay(&["silence", "list"]).out, "no silences\n");
    assert!(project.assay(&["silence", "list", "--ended"]).out.contains("by ben"));
    project.assay(&["check", "--notify"]).assert(1, "notified: 1 of 1 message arrived");
    assert_eq!(sink.came().len(), 1);
}

#[test]
fn notifying_needs_a_store_the_present_and_a_project() {
    let project = project(&Sink::new());
    project.assay(&["check", "--notify", "--no-store"]).assert(2, "--no-store");
    project.assay(&["check", "--notify", "--as-of", "2026-11-20"]).assert(2, "--as-of");
    std::fs::remove_file(project.path("assay.yaml")).expect("removed");
    project.assay(&["check", "checks/silver/a.yaml", "--notify"]).assert(2, "needs a project");
    for command in [&["incidents"][..], &["outbox", "list"], &["silence", "list"], &["rules", "check"]] {
        project.assay(command).assert(2, "there is no `assay.yaml`");
    }
}

#[test]
fn a_document_elsewhere_that_is_broken_does_not_keep_others_from_being_told() {
    let sink = Sink::new();
    let project = broken(project(&sink)).file("checks/silver/b.yaml", "assay: 1\ntable: silver.b\nsurce: {}\n");
    project.assay(&["check", "checks/silver/a.yaml", "--notify"]).assert(1, "note: the project has");
    assert_eq!(sink.came().len(), 1);
}

#[test]
fn help_of_the_commands_of_alerts_has_examples() {
    for command in [
        &["rules", "check"][..],
        &["rules", "explain"],
        &["alert", "test"],
        &["incidents"],
        &["incidents", "list"],
        &["incidents", "show"],
        &["incidents", "ack"],
        &["silence", "add"],
        &["silence", "list"],
        &["silence", "end"],
        &["outbox", "list"],
        &["outbox", "show"],
        &["outbox", "retry"],
        &["outbox", "drop"],
    ] {
        let ran = Project::new().assay(&[command, &["--help"]].concat());
        ran.assert(0, "");
        assert!(ran.out.contains("Example") && ran.out.contains("  assay "), "{command:?}: {ran:?}");
    }
}

#[test]
fn the_schema_of_rules_is_a_schema() {
    let ran = Project::new().assay(&["schema", "rules"]);
    let schema: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema));
}
