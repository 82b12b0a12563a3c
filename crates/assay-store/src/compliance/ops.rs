//! What holds for every store of daemons. [`every_ops`] makes one test of each behaviour for a store.
//!
//! Runs are planned soon after 1970, so that they are due by any clock. Leases of no length have run out when they are
//! taken, so that nobody has to wait.

pub(crate) mod claims;
pub(crate) mod ends;
pub(crate) mod incidents;
pub(crate) mod journal;
pub(crate) mod judgements;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod prune;
pub(crate) mod rewinds;

use assay_core::drift::store::Commit;
use assay_core::ops::incidents::{AlertEvent, Decided, EventKind, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::ops::outbox::Message;
use assay_core::ops::runs::{Claim, Ending, Enqueue, Finished, Kind, Planned, Run, RunState, Trigger};
use assay_core::ops::{Millis, Ops, SCHEDULER};
use assay_core::verdict::{Outcome, Reason};

/// Tests of every behaviour, each on a fresh store: `$fresh` gives something that derefs to `dyn Ops`.
macro_rules! every_ops {
    ($fresh:expr) => {
        crate::compliance::ops::every_ops!($fresh;
            plans::a_store_without_runs_has_nothing,
            plans::what_is_planned_comes_back_as_it_was,
            plans::planning_again_changes_nothing,
            plans::a_run_beside_an_open_one_is_skipped_and_names_it,
            plans::runs_that_may_overlap_wait_beside_each_other,
            plans::what_was_missed_stays_missed,
            plans::a_cursor_only_goes_forward,
            plans::cursors_move_without_a_run,
            plans::an_older_scheduler_writes_nothing,
            plans::an_id_that_another_run_has_is_refused_and_nothing_is_written,
            plans::a_state_no_run_is_planned_in_is_refused,
            plans::what_is_asked_for_twice_is_one_run,
            plans::a_wish_hurries_what_waits,
            plans::a_taken_instant_moves_by_milliseconds,
            plans::a_lease_is_one_holder_s_until_it_runs_out,
            plans::a_role_given_back_is_free_and_the_epoch_goes_on,
            plans::only_what_waits_is_skipped_by_the_scheduler,
            plans::threads_plan_the_same_instants_once,
            rewinds::what_a_clock_left_that_was_ahead_is_taken_back,
            rewinds::after_it_runs_are_judged_and_planned_again,
            rewinds::what_waited_for_another_day_is_due_at_once,
            rewinds::messages_that_wait_are_due,
            rewinds::an_older_scheduler_takes_nothing_back,
            rewinds::leases_that_end_too_far_away_have_run_out,
            claims::the_most_important_goes_first,
            claims::what_is_not_due_waits,
            claims::a_source_takes_only_so_many,
            claims::a_document_runs_once_at_a_time,
            claims::a_document_waits_for_those_it_comes_after,
            claims::a_document_after_itself_does_not_wait_for_ever,
            claims::a_claim_counts_attempts_and_gives_a_lease,
            claims::runs_of_unknown_documents_are_left_for_others,
            claims::threads_never_claim_the_same_run,
            claims::a_lease_is_renewed_only_by_its_holder,
            claims::what_ran_out_is_interrupted_and_goes_on,
            claims::a_holder_takes_back_all_that_it_held,
            claims::a_lost_run_is_taken_back_however_often_and_its_claimer_hears_of_it,
            claims::a_run_handed_back_is_claimed_again,
            claims::a_run_cancelled_is_an_error_and_over,
            claims::a_run_of_which_nothing_is_left_ends_as_skipped,
            claims::only_what_waits_is_cancelled,
            claims::only_the_holder_ends_a_run,
            ends::what_a_run_concluded_comes_back,
            ends::a_run_that_was_taken_over_writes_nothing,
            ends::a_run_finishes_once,
            ends::an_unfit_commit_leaves_the_run_running,
            ends::samples_without_a_record_are_refused,
            ends::large_and_empty_records_come_back,
            ends::downstream_runs_are_planned_with_it,
            ends::a_run_skipped_for_nothing_to_evaluate_is_counted_so,
            ends::runs_are_counted_by_trigger_and_end,
            ends::runs_come_newest_first_and_filtered,
            ends::the_newest_finished_run_of_each_document,
            ends::the_last_runs_of_each_document_asked_for,
            ends::texts_may_hold_anything,
            incidents::incidents_and_events_are_numbered_and_come_back,
            incidents::decide_gets_what_is_unresolved_and_what_was_resolved_last,
            incidents::a_run_older_than_the_newest_judged_decides_nothing,
            incidents::a_run_that_evaluated_nothing_is_no_judgement,
            incidents::a_decision_that_cannot_be_kept_writes_nothing,
            incidents::one_is_unresolved_for_each_key,
            incidents::a_missing_column_is_another_key_than_one_without_a_name,
            incidents::an_incident_is_changed_with_its_events,
            incidents::a_change_declined_writes_nothing,
            incidents::what_is_gone_is_resolved,
            incidents::incidents_come_newest_first_and_filtered,
            incidents::events_come_in_order_after_a_number,
            incidents::events_of_one_incident_are_its_own,
            incidents::incidents_are_found_by_many_numbers,
            judgements::a_document_is_judged_without_a_run,
            judgements::a_judgement_that_cannot_be_kept_writes_nothing,
            judgements::a_judgement_is_no_run_that_was_judged,
            notices::what_a_pass_gave_comes_back_by_key,
            notices::the_notifier_s_cursor_only_goes_forward,
            notices::an_older_notifier_writes_nothing,
            notices::a_pass_that_cannot_be_kept_writes_nothing,
            notices::a_key_twice_in_a_pass_is_one_entry,
            notices::keys_of_the_log_may_be_anything,
            outbox::messages_come_back_oldest_first_and_once,
            outbox::long_bodies_and_odd_texts_come_back,
            outbox::a_message_is_tried_until_it_ends,
            outbox::only_what_is_given_up_is_told_elsewhere,
            outbox::messages_are_filtered,
            outbox::lanes_are_where_messages_wait,
            outbox::what_is_retried_waits_as_if_it_was_never_tried,
            people::silences_come_newest_first_and_end,
            people::a_silence_without_matchers_or_with_a_taken_id_is_refused,
            people::tokens_come_newest_first_and_are_revoked_once,
            people::a_token_with_a_taken_id_is_refused,
            journal::a_batch_is_taken_once_and_comes_back,
            journal::a_known_key_is_replayed_or_a_conflict,
            journal::a_full_journal_takes_nothing_until_it_is_folded,
            journal::batches_come_in_order_within_their_size,
            journal::folding_writes_states_and_forgets_the_batches,
            journal::a_batch_folded_before_folds_nothing,
            journal::an_unfit_fold_leaves_the_batches,
            prune::nothing_young_is_removed,
            prune::runs_go_with_their_records_and_points,
            prune::samples_go_before_records,
            prune::missed_and_skipped_runs_go_sooner,
            prune::open_runs_and_incidents_stay,
            prune::resolved_incidents_go_with_their_events,
            prune::the_newest_windows_of_a_monitor_stay,
            prune::messages_go_by_how_they_ended,
            prune::messages_go_with_their_incidents,
            prune::the_notifier_s_log_is_its_own,
            prune::batches_that_nobody_folds_go_long_after_their_key,
            prune::silences_go_when_they_are_long_over,
            prune::keys_go_when_their_batch_was_folded,
            prune::counters_outlive_what_they_counted,
            prune::at_most_a_thousand_rows_go_at_once,
            prune::an_incident_number_is_never_given_twice,
        );
    };
    ($fresh:expr; $($module:ident :: $behaviour:ident),* $(,)?) => {
        $(#[test]
        fn $behaviour() {
            let store = ($fresh)();
            crate::compliance::ops::$module::$behaviour(&*store);
        })*
    };
}
pub(crate) use every_ops;

const DAY: Millis = 86_400_000;

/// A queued run of a document at an instant.
pub(crate) fn run(document: &str, planned: Millis) -> Run {
    Run {
        id: format!("run-{planned}-{document}"),
        document: document.into(),
        kind: Kind::Contract,
        trigger: Trigger::Schedule,
        planned,
        not_before: planned,
        priority: 0,
        source: None,
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: planned,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    }
}

pub(crate) fn enqueue(run: Run) -> Enqueue {
    Enqueue { run, cursor: None, overlaps: false }
}

fn reason(code: &str) -> Option<Reason> {
    Some(Reason { code: code.into(), text: format!("because of {code}") })
}

/// Plans as the first scheduler.
pub(crate) fn plan(store: &dyn Ops, runs: Vec<Run>) -> Vec<Planned> {
    let enqueue: Vec<Enqueue> = runs.into_iter().map(enqueue).collect();
    store.plan(1, &enqueue).expect("a plan").expect("the newest epoch")
}

pub(crate) fn claim(holder: &str, most: usize) -> Claim {
    Claim { holder: holder.into(), lease: 60_000, most, per_source: 100, after: Vec::new() }
}

pub(crate) fn claimed(store: &dyn Ops, claim: &Claim) -> Vec<Run> {
    store.claim(claim).expect("a claim").into_iter().map(|claimed| claimed.run).collect()
}

pub(crate) fn ids(runs: &[Run]) -> Vec<&str> {
    runs.iter().map(|run| run.id.as_str()).collect()
}

/// Plans a run of a document and begins it.
fn begun(store: &dyn Ops, document: &str, planned: Millis) -> Run {
    let added = plan(store, vec![run(document, planned)]);
    assert!(added[0].added && added[0].run.state == RunState::Queued, "{added:?}");
    let runs = claimed(store, &claim("here", 1));
    assert_eq!(ids(&runs), [added[0].run.id.as_str()]);
    runs.into_iter().next().expect("one")
}

/// The end of a run that passed, without anything to keep.
pub(crate) fn finished(run: &Run) -> Finished {
    Finished {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: run.holder.clone().expect("a holder"),
        state: RunState::Finished,
        reason: None,
        outcome: Outcome::Pass,
        result: "r-5f0c2b9d41aa77e3".into(),
        ended_at: run.planned + 10,
        record: None,
        samples: None,
        commit: Commit::default(),
        downstream: Vec::new(),
    }
}

/// Finishes a run, deciding so.
fn finish(store: &dyn Ops, finished: &Finished, decided: Vec<(Incident, Vec<AlertEvent>)>) -> Ending {
    let mut decided = Some(Decided { changes: decided });
    store.finish(finished, &mut |_| decided.take().expect("it is asked once")).expect("an end")
}

/// A run of a document from plan to end.
fn done(store: &dyn Ops, document: &str, planned: Millis) -> Run {
    let run = begun(store, document, planned);
    assert!(matches!(finish(store, &finished(&run), Vec::new()), Ending::Written { .. }));
    run
}

fn key(document: &str, check: &str) -> IncidentKey {
    IncidentKey {
        document: document.into(),
        check: check.into(),
        column: Some("email".into()),
        segment: None,
        kind: IncidentKind::Verdict,
    }
}

/// A new open incident of a run's document.
pub(crate) fn incident(run: &Run, check: &str) -> Incident {
    Incident {
        number: 0,
        key: key(&run.document, check),
        state: IncidentState::Open,
        severity: Outcome::Fail,
        layer: Some("silver".into()),
        owner: None,
        tags: vec!["pii".into(), "a, \"b\"".into()],
        message: "12 of 100 rows fail".into(),
        bad: 1,
        good: 0,
        since: run.planned,
        opened_at: Some(run.planned),
        changed_at: run.planned,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        planned: run.planned,
        run: run.id.clone(),
        acknowledged_by: None,
        note: None,
    }
}

fn resolved(incident: &Incident, at: Millis) -> Incident {
    Incident {
        state: IncidentState::Resolved,
        resolved_at: Some(at),
        resolved_why: Some("recovered".into()),
        changed_at: at,
        ..incident.clone()
    }
}

pub(crate) fn event(kind: EventKind, at: Millis) -> AlertEvent {
    AlertEvent {
        number: 0,
        incident: 0,
        kind,
        at,
        severity: Outcome::Fail,
        message: "12 of 100 rows fail".into(),
        run: Some("r-5f0c2b9d41aa77e3".into()),
    }
}

/// Makes the epoch of a role 2.
fn replace(store: &dyn Ops, role: &str) {
    assert_eq!(store.lead(role, "before", 0).expect("a lease").map(|lease| lease.epoch), Some(1));
    assert_eq!(store.lead(role, "after", 60_000).expect("a lease").map(|lease| lease.epoch), Some(2));
}
