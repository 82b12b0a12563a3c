//! Which runs go first, and which wait for others.

use super::*;
use assay_core::ops::runs::Trigger;

#[test]
fn a_run_that_is_due_while_the_former_one_goes_on_is_skipped_and_names_it() {
    let house = House::new(60, vec![document("a", Some("*/5 * * * *"))]);
    house.workshop.goes("a", Goes::Takes(7 * MINUTE));
    let daemon = house.start("one");
    house.until("three instants", || house.runs().len() >= 3);
    daemon.stop();
    let runs = house.runs_of("a");
    assert_eq!(runs[1].state, RunState::Skipped);
    assert_eq!(runs[1].reason.as_ref().map(|reason| &*reason.code), Some("overlap"));
    assert_eq!(runs[1].related.as_ref(), Some(&runs[0].id));
}

#[test]
fn what_depends_on_another_runs_after_it_for_the_same_instant() {
    let gold = Document { depends_on: vec!["silver".into()], ..document("gold", Some("*/5 * * * *")) };
    let report = Document { depends_on: vec!["gold".into(), "silver".into()], ..document("report", None) };
    let house = House::new(60, vec![document("silver", Some("*/5 * * * *")), gold, report]);
    house.workshop.goes("silver", Goes::Takes(2 * MINUTE));
    let daemon = house.start("one");
    let finished = |name: &str| house.states_of(name).contains(&RunState::Finished);
    house.until("all three", || finished("silver") && finished("gold") && finished("report"));
    daemon.stop();
    let first = |name: &str| house.runs_of(name).into_iter().find(|run| run.state == RunState::Finished).unwrap();
    let [silver, gold, report] = [first("silver"), first("gold"), first("report")];
    assert_eq!((silver.planned, gold.planned), (report.planned, report.planned));
    assert!(gold.started_at >= silver.ended_at && report.started_at >= gold.ended_at);
    assert_eq!(report.trigger, Trigger::Upstream);
}

#[test]
fn no_more_runs_read_a_source_than_may_and_the_important_one_goes_first() {
    let from = |name: &str, source: &str| Document { source: Some(source.into()), ..document(name, None) };
    let names = ["a", "b", "c", "d"];
    let house = House::new(60, names.iter().map(|name| from(name, "lake")).chain([from("other", "desk")]).collect());
    house.settings(|scheduler| (scheduler.concurrency, scheduler.per_connection) = (8, 2));
    for name in names {
        house.workshop.goes(name, Goes::Takes(3 * MINUTE));
        house.ask_for(name);
    }
    let daemon = house.start("one");
    house.ask_for("other");
    house.until("the other source", || house.workshop.executions_of("other") == 1);
    assert!(house.workshop.most_at_once.load(Ordering::SeqCst) <= 3);
    house.until("all", || house.runs().iter().all(|run| run.state == RunState::Finished));
    daemon.stop();
    let of_lake: Vec<Run> = house.runs().into_iter().filter(|run| run.source.as_deref() == Some("lake")).collect();
    for run in &of_lake {
        let beside = of_lake.iter().filter(|other| other.started_at < run.ended_at && run.started_at < other.ended_at);
        assert!(beside.count() <= 3, "{of_lake:#?}");
    }
}

#[test]
fn priority_decides_who_waits() {
    let of = |name: &str, priority: Priority| {
        let plain = document(name, Some("*/5 * * * *"));
        Document { schedule: plain.schedule.clone().map(|schedule| Schedule { priority, ..schedule }), ..plain }
    };
    let house = House::new(60, vec![of("a", Priority::Low), of("b", Priority::Normal), of("c", Priority::High)]);
    house.settings(|scheduler| scheduler.concurrency = 1);
    let daemon = house.start("one");
    house.until("all", || house.workshop.executed().len() >= 3);
    daemon.stop();
    let order: Vec<String> = house.workshop.executed().into_iter().take(3).map(|(name, _, _)| name).collect();
    assert_eq!(order, ["c", "b", "a"]);
}

#[test]
fn what_comes_after_another_is_planned_after_it_however_many_are_due() {
    let mut documents: Vec<Document> =
        (0..2_500).map(|nth| document(&format!("m.{nth:04}"), Some("*/5 * * * *"))).collect();
    documents.push(Document { depends_on: vec!["z.silver".into()], ..document("a.gold", Some("*/5 * * * *")) });
    documents.push(document("z.silver", Some("*/5 * * * *")));
    let house = House::new(20, documents);
    house.settings(|scheduler| scheduler.concurrency = 8);
    let daemon = house.start("one");
    house.until("both", || {
        house.states_of("a.gold").contains(&RunState::Finished)
            && house.states_of("z.silver").contains(&RunState::Finished)
    });
    daemon.stop();
    let first = |name: &str| house.runs_of(name).into_iter().find(|run| run.state == RunState::Finished).unwrap();
    assert!(first("a.gold").started_at >= first("z.silver").ended_at);
}

#[test]
fn a_document_that_is_gone_when_its_turn_comes_is_skipped_after_a_while() {
    let house = House::new(60, vec![document("a", None), document("b", None)]);
    house.settings(|scheduler| scheduler.concurrency = 1);
    house.workshop.goes("a", Goes::Takes(MINUTE));
    let daemon = house.start("one");
    house.ask_for("a");
    house.until("it runs", || house.workshop.executions_of("a") == 1);
    house.ask_for("b");
    house.workshop.project.lock().unwrap().as_mut().unwrap().remove("b");
    daemon.runtime.block_on(daemon.daemon.reload()).unwrap();
    let removed_at = house.clock.now();
    house.until("both", || house.runs().iter().all(|run| !run.state.is_open()));
    daemon.stop();
    let gone = &house.runs_of("b")[0];
    assert!(gone.ended_at.unwrap() - removed_at >= 10 * MINUTE, "{gone:?}");
    assert_eq!((gone.attempt, house.workshop.executions_of("b")), (0, 0));
    assert_eq!((gone.state, gone.reason.as_ref().map(|reason| &*reason.code)), (RunState::Skipped, Some("removed")));
}

#[test]
fn daemons_with_different_versions_of_a_project_leave_each_other_their_documents() {
    let house = House::new(60, vec![document("old", None), document("both", None)]);
    let before = house.start("before");
    house.until("it schedules", || before.daemon.gauges.looked_at.load(Ordering::Relaxed) > 0);
    let documents = [document("new", None), document("both", None)].map(|of| (of.name.clone(), of));
    *house.workshop.project.lock().unwrap() = Ok(documents.into());
    let after = house.start("after");
    for round in 1..=3 {
        let run = queued(&document("old", None), house.clock.now());
        house.store.trigger(&Enqueue { run, cursor: None, overlaps: false }).unwrap();
        house.ask_for("new");
        house.ask_for("both");
        house.until("all of them", || house.runs().len() == 3 * round && house.runs().iter().all(is_finished));
    }
    for run in house.runs() {
        let by = run.holder.as_deref().unwrap();
        assert_eq!(run.attempt, 1, "{run:#?}");
        assert!(run.document == "both" || (run.document == "new") == (by == "after"), "{run:#?}");
    }
    // it goes: what it alone has waits for others for a while
    before.stop();
    let run = queued(&document("old", None), house.clock.now());
    let run = house.store.trigger(&Enqueue { run, cursor: None, overlaps: false }).unwrap().run;
    let asked_at = house.clock.now();
    house.until("nobody has it", || house.store.run(&run.id).unwrap().is_some_and(|run| !run.state.is_open()));
    after.stop();
    let run = house.store.run(&run.id).unwrap().unwrap();
    assert_eq!((run.state, run.reason.map(|reason| reason.code)), (RunState::Skipped, Some("removed".into())));
    assert!(run.ended_at.unwrap() - asked_at >= 10 * MINUTE);
}

fn is_finished(run: &Run) -> bool {
    run.state == RunState::Finished
}
