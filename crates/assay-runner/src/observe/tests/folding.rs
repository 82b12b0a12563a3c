//! Where rows go, and that it does not matter how they come.

use assay_core::types::Type;

use super::support::{Rows, World, instant, millis, monitor, rows};
use crate::observe::Placed;

const HOUR: i128 = 3_600 * 1_000_000_000;

#[test]
fn a_batch_has_the_columns_of_monitor_and_baseline() {
    let world = World::new();
    let mut monitor = monitor("eta@champion");
    monitor.exclude = vec!["y".into()];
    let intake = world.intake(&monitor);
    let columns: Vec<(&str, Option<Type>)> =
        intake.columns().iter().map(|column| (column.name.as_str(), column.ty.clone())).collect();
    assert_eq!(columns, [("at", Some(Type::TimestampZoned("UTC".into()))), ("x", Some(Type::Float(64)))]);
    assert_eq!(intake.time().0.0, "at");
}

#[test]
fn a_row_goes_where_the_clock_says() {
    let intake = World::new().intake(&monitor("eta@champion"));
    let at = |text: &str| i128::from(millis(text)) * 1_000_000;
    let placed = |time: &str, taken: &str| intake.place(at(time), millis(taken));
    let end = at("2026-11-20T07:00:00Z");
    assert_eq!(placed("2026-11-20T06:00:00Z", "2026-11-20T06:30:00Z"), Placed::Open { end });
    assert_eq!(placed("2026-11-20T06:59:59Z", "2026-11-20T07:09:59Z"), Placed::Open { end }, "within its lateness");
    assert_eq!(placed("2026-11-20T06:59:59Z", "2026-11-20T07:10:00Z"), Placed::Late { end });
    assert_eq!(placed("2026-11-21T06:10:00Z", "2026-11-20T06:30:00Z"), Placed::Open { end: end + 24 * HOUR });
    assert_eq!(placed("2026-11-21T07:00:00Z", "2026-11-20T06:30:00Z"), Placed::TooNew);
    assert_eq!(placed("2026-10-01T00:00:00Z", "2026-11-20T06:30:00Z"), Placed::TooOld);
    for time in [i128::MIN, i128::MAX] {
        let placed = intake.place(time, millis("2026-11-20T06:30:00Z"));
        assert!(matches!(placed, Placed::TooOld | Placed::TooNew), "{placed:?}");
    }
}

#[test]
fn batches_are_one_group_while_the_same_windows_are_closed() {
    let intake = World::new().intake(&monitor("eta@champion"));
    let taken = |text: &str| millis(text);
    let batches = [
        (1, taken("2026-11-20T06:10:00Z")),
        (2, taken("2026-11-20T07:09:59Z")),
        (3, taken("2026-11-20T07:10:00Z")),
        (4, taken("2026-11-20T07:10:01Z")),
        (5, taken("2026-11-20T09:00:00Z")),
    ];
    assert_eq!(intake.groups(&batches), [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(intake.groups(&[]), Vec::<Vec<u64>>::new());
}

/// What is in the store but for the order of its lines.
fn kept(world: &World) -> Vec<Vec<u8>> {
    world.kept.states.lock().expect("no panic").values().map(|row| row.state.clone()).collect()
}

#[test]
fn rows_in_any_parts_and_order_give_the_same_bytes() {
    let monitor = monitor("eta@champion");
    let six = rows("2026-11-20T06:10:00Z", 60, 0.0);
    let seven = rows("2026-11-20T07:05:00Z", 30, 3.0);
    let taken = "2026-11-20T07:06:00Z";
    let both: Rows = six.iter().chain(&seven).cloned().collect();

    let mut at_once = World::new();
    let folded = at_once.fold(&monitor, taken, both);
    assert_eq!((folded.rows, folded.late, folded.unplaced), (90, 0, 0));
    assert_eq!(folded.folding.states.len(), 4, "a state and a line of each window");

    let mut in_parts = World::new();
    in_parts.fold(&monitor, taken, seven.clone());
    for part in six.chunks(7) {
        in_parts.fold(&monitor, taken, part.to_vec());
    }
    assert_eq!(kept(&in_parts), kept(&at_once));

    let mut in_groups = World::new();
    let groups = [in_groups.group("2026-11-20T06:11:00Z", six), in_groups.group(taken, seven)];
    let folded = in_groups.folded(&monitor, &groups).expect("it is folded");
    assert_eq!(folded.folding.batches, [1, 2]);
    in_groups.kept.fold(&folded.folding);
    assert_eq!(kept(&in_groups), kept(&at_once));
}

#[test]
fn late_is_told_by_when_a_batch_was_taken() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    let in_time = world.group("2026-11-20T07:09:00Z", rows("2026-11-20T06:10:00Z", 40, 0.0));
    let late = world.group("2026-11-20T07:11:00Z", rows("2026-11-20T06:10:00Z", 3, 0.0));
    let folded = world.folded(&monitor, &[in_time, late]).expect("it is folded");
    assert_eq!((folded.rows, folded.late), (40, 3));
    assert_eq!(folded.folding.windows, [], "nothing was judged yet");
}

#[test]
fn rows_of_no_window_are_told() {
    let mut world = World::new();
    let far: Rows =
        ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2026-11-20T06:10:00Z"].map(|at| (at.to_owned(), 1.0)).into();
    let folded = world.fold(&monitor("eta@champion"), "2026-11-20T06:20:00Z", far);
    assert_eq!((folded.rows, folded.late, folded.unplaced), (1, 0, 2));
    let all_far = vec![("2001-01-01T00:00:00Z".to_owned(), 1.0)];
    let folded = world.fold(&monitor("eta@champion"), "2026-11-20T06:20:00Z", all_far);
    assert_eq!((folded.rows, folded.unplaced, folded.folding.states.len()), (0, 1, 0));
}

#[test]
fn what_cannot_be_measured_is_folded_another_time() {
    let monitor = monitor("eta@champion");
    let mut world = World::new();
    let group = world.group("2026-11-20T06:20:00Z", rows("2026-11-20T06:10:00Z", 40, 0.0));
    world.unshelve("eta@champion");
    assert_eq!(world.folded(&monitor, std::slice::from_ref(&group)).expect_err("no baseline").code, "baseline_missing");
    world.shelve("eta@champion", "b1", 0.0);
    world.break_engine();
    assert_eq!(world.folded(&monitor, &[group]).expect_err("no disk").text, "the disk is gone");
    let mut table = monitor.clone();
    table.source.format = assay_core::contract::Format::Parquet;
    assert_eq!(world.folded(&table, &[]).expect_err("a table").code, "no_observations");
    assert_eq!(instant("2026-11-20T06:10:00Z").timestamp_millis(), millis("2026-11-20T06:10:00Z"));
}
