//! What holds for every store. [`every_store`] makes one test of each behaviour for a store.

pub(crate) mod ops;

use assay_core::drift::store::{
    BaselineRow, Commit, PointRow, Proposal, RunRow, StateRow, Store, WindowCheck, WindowRow,
};
use assay_core::history::{Point, PointCheck};
use assay_core::verdict::Outcome;

/// Tests of every behaviour, each on a fresh store.
macro_rules! every_store {
    ($fresh:expr) => {
        crate::compliance::every_store!($fresh;
            an_empty_store_has_nothing,
            what_is_committed_is_read_back_to_the_bit,
            windows_come_oldest_first_and_of_one_monitor_only,
            monitors_come_by_name,
            a_window_again_replaces_its_row_and_checks,
            a_window_against_another_baseline_is_another_row,
            an_acceptance_stays_when_the_window_is_evaluated_again,
            accepting_what_is_not_there_says_so,
            states_are_found_by_measures_and_within_their_range,
            a_state_again_replaces_the_former,
            large_and_empty_states_come_back,
            points_come_back_oldest_first_and_bounded,
            a_point_again_replaces_the_former,
            a_commit_with_one_unfit_row_writes_nothing,
            counts_beyond_63_bits_are_refused,
            a_known_idempotency_key_leaves_the_proposal_as_it_was,
            an_id_that_another_proposal_has_is_refused,
            proposals_come_newest_first,
            a_proposal_moves_only_from_the_states_named,
            a_state_no_proposal_can_be_in_is_refused,
            the_same_baseline_again_changes_only_its_path,
            baselines_come_by_name_newest_first,
            an_alias_belongs_to_one_baseline_of_a_name,
            an_alias_of_an_unknown_baseline_is_refused,
            texts_may_hold_anything,
            threads_commit_at_once,
        );
    };
    ($fresh:expr; $($behaviour:ident),* $(,)?) => {
        $(#[test]
        fn $behaviour() {
            let store = ($fresh)();
            crate::compliance::$behaviour(&*store);
        })*
    };
}
pub(crate) use every_store;

/// A window of `fare_eta` that starts on a day.
pub(crate) fn window(day: i128) -> WindowRow {
    let start = day * 86_400_000_000_000;
    WindowRow {
        monitor: "fare_eta".into(),
        baseline: "9c1f".into(),
        window: format!("day {day}"),
        start,
        end: start + 86_400_000_000_000,
        revision: 1,
        rows: 68_785,
        late_rows: 0,
        run: "r-5f0c2b9d41aa77e3".into(),
        outcome: Outcome::Pass,
        labels_closed: false,
        accepted: false,
        checks: vec![check("drift.city_id", 0.1 + 0.2)],
    }
}

fn check(id: &str, effect: f64) -> WindowCheck {
    WindowCheck { id: id.into(), outcome: Outcome::Warn, effects: vec![("psi".into(), effect)] }
}

/// A state of the window of a day.
pub(crate) fn state(day: i128, bytes: &[u8]) -> StateRow {
    let WindowRow { monitor, window, start, end, .. } = window(day);
    StateRow { monitor, measures: "77ab".into(), window, start, end, state: bytes.into() }
}

fn proposal(id: &str, at: i64) -> Proposal {
    Proposal {
        id: id.into(),
        monitor: "fare_eta".into(),
        window: "day 1".into(),
        idempotency_key: format!("key of {id}"),
        state: "proposed".into(),
        proposed_at: at,
        changed_at: at,
        note: None,
        payload: "{}".into(),
    }
}

fn baseline(name: &str, sha256: &str, created_at: &str) -> BaselineRow {
    BaselineRow {
        name: name.into(),
        sha256: sha256.into(),
        path: format!("baselines/{name}.baseline.parquet"),
        created_at: created_at.into(),
        rows: 208_892,
        aliases: vec![],
    }
}

fn windows(rows: Vec<WindowRow>) -> Commit {
    Commit { windows: rows, ..Commit::default() }
}

fn states(rows: Vec<StateRow>) -> Commit {
    Commit { states: rows, ..Commit::default() }
}

fn proposals(rows: Vec<Proposal>) -> Commit {
    Commit { proposals: rows, ..Commit::default() }
}

fn put(store: &dyn Store, commit: &Commit) {
    store.commit(commit).expect("a good commit");
}

fn names(store: &dyn Store) -> Vec<String> {
    store.windows("fare_eta").expect("windows").into_iter().map(|row| row.window).collect()
}

const ALWAYS: (i128, i128) = (i128::MIN, i128::MAX);

fn states_within(store: &dyn Store, (start, end): (i128, i128)) -> Vec<StateRow> {
    store.states("fare_eta", "77ab", start, end).expect("states")
}

pub(crate) fn an_empty_store_has_nothing(store: &dyn Store) {
    assert_eq!(store.monitors().expect("monitors"), Vec::<String>::new());
    assert_eq!(names(store), Vec::<String>::new());
    assert_eq!(states_within(store, ALWAYS), vec![]);
    assert_eq!(store.proposals(None).expect("proposals"), vec![]);
    assert_eq!(store.baselines().expect("baselines"), vec![]);
    assert_eq!(store.move_proposal("rt-1", &["proposed"], "approved", 1, None).expect("a move"), None);
    put(store, &Commit::default());
}

pub(crate) fn what_is_committed_is_read_back_to_the_bit(store: &dyn Store) {
    let odd = vec![0.1 + 0.2, f64::INFINITY, 1e-310, -0.0].into_iter().map(|effect| ("w1".to_string(), effect));
    let row = WindowRow {
        outcome: Outcome::Fail,
        revision: 3,
        late_rows: 17,
        labels_closed: true,
        accepted: true,
        start: i128::from(i64::MIN),
        end: i128::from(i64::MAX),
        rows: i64::MAX as u64,
        checks: vec![
            WindowCheck { id: "drift.fare".into(), outcome: Outcome::Fail, effects: odd.collect() },
            WindowCheck { id: "dataset".into(), outcome: Outcome::Skipped, effects: vec![] },
            WindowCheck { id: "performance.rmse".into(), outcome: Outcome::Error, effects: vec![] },
        ],
        ..window(1)
    };
    let run = RunRow { id: "r-5f0c2b9d41aa77e3".into(), as_of: -1, outcome: Outcome::Fail, documents: 2 };
    let commit = Commit {
        run: Some(run),
        windows: vec![row.clone()],
        states: vec![state(1, b"counted")],
        points: vec![point(1, 0.1 + 0.2)],
        proposals: vec![proposal("rt-1", 5)],
    };
    put(store, &commit);
    put(store, &commit);
    assert_eq!(store.windows("fare_eta").expect("windows"), vec![row]);
    assert_eq!(states_within(store, ALWAYS), commit.states);
    assert_eq!(store.proposals(None).expect("proposals"), commit.proposals);
    let points = store.points("silver.orders", i128::MAX, 9).expect("points");
    assert_eq!(points, [commit.points[0].point.clone()]);
}

pub(crate) fn windows_come_oldest_first_and_of_one_monitor_only(store: &dyn Store) {
    let snapshot = |name: &str| WindowRow { window: name.into(), start: 0, end: 0, ..window(0) };
    put(store, &windows(vec![window(3), window(-2), snapshot("z"), snapshot("a")]));
    put(store, &windows(vec![window(1), WindowRow { monitor: "other".into(), ..window(2) }]));
    // Snapshots have no time: they come in the order in which they were evaluated first.
    put(store, &windows(vec![WindowRow { revision: 2, ..snapshot("z") }]));
    assert_eq!(names(store), ["day -2", "z", "a", "day 1", "day 3"]);
    assert_eq!(store.windows("other").expect("windows").len(), 1);
    assert_eq!(store.windows("fare").expect("windows"), vec![]);
}

pub(crate) fn monitors_come_by_name(store: &dyn Store) {
    let of = |monitor: &str, day| WindowRow { monitor: monitor.into(), ..window(day) };
    put(store, &windows(vec![of("b", 1), of("a", 9), of("b", 2)]));
    put(store, &states(vec![StateRow { monitor: "no window".into(), ..state(1, b"x") }]));
    assert_eq!(store.monitors().expect("monitors"), ["a", "b"]);
}

pub(crate) fn a_window_again_replaces_its_row_and_checks(store: &dyn Store) {
    let first = WindowRow { checks: vec![check("a", 1.0), check("b", 2.0)], ..window(1) };
    put(store, &windows(vec![first, window(2)]));
    let again = WindowRow { revision: 2, outcome: Outcome::Fail, rows: 9, checks: vec![check("b", 3.0)], ..window(1) };
    put(store, &windows(vec![again.clone()]));
    assert_eq!(store.windows("fare_eta").expect("windows"), vec![again, window(2)]);
}

pub(crate) fn a_window_against_another_baseline_is_another_row(store: &dyn Store) {
    let other = WindowRow { baseline: "rolling 28".into(), outcome: Outcome::Fail, ..window(1) };
    put(store, &windows(vec![window(1)]));
    put(store, &windows(vec![other.clone()]));
    assert_eq!(store.windows("fare_eta").expect("windows"), vec![window(1), other]);
}

pub(crate) fn an_acceptance_stays_when_the_window_is_evaluated_again(store: &dyn Store) {
    put(store, &windows(vec![window(1), window(2)]));
    assert!(store.accept("fare_eta", "day 1").expect("accept"));
    assert!(store.accept("fare_eta", "day 1").expect("accept twice"));
    put(store, &windows(vec![WindowRow { revision: 2, labels_closed: true, ..window(1) }]));
    let rows = store.windows("fare_eta").expect("windows");
    assert_eq!(rows.iter().map(|row| (row.accepted, row.revision)).collect::<Vec<_>>(), [(true, 2), (false, 1)]);
}

pub(crate) fn accepting_what_is_not_there_says_so(store: &dyn Store) {
    put(store, &windows(vec![window(1)]));
    assert!(!store.accept("fare_eta", "day 2").expect("accept"));
    assert!(!store.accept("other", "day 1").expect("accept"));
    assert!(!store.windows("fare_eta").expect("windows")[0].accepted);
}

pub(crate) fn states_are_found_by_measures_and_within_their_range(store: &dyn Store) {
    let other_measures = StateRow { measures: "other".into(), ..state(2, b"x") };
    let other_monitor = StateRow { monitor: "other".into(), ..state(2, b"x") };
    put(store, &states(vec![state(3, b"3"), other_measures, state(1, b"1"), other_monitor, state(2, b"2")]));
    let days = |range| states_within(store, range).into_iter().map(|row| row.window).collect::<Vec<_>>();
    assert_eq!(days(ALWAYS), ["day 1", "day 2", "day 3"]);
    assert_eq!(days((window(1).start, window(2).end)), ["day 1", "day 2"]);
    assert_eq!(days((window(1).start + 1, window(3).end)), ["day 2", "day 3"]);
    assert_eq!(days((window(1).start, window(3).end - 1)), ["day 1", "day 2"]);
    assert_eq!(days((window(2).end, window(2).start)), Vec::<String>::new());
}

pub(crate) fn a_state_again_replaces_the_former(store: &dyn Store) {
    put(store, &states(vec![state(1, b"first"), state(2, b"other")]));
    put(store, &states(vec![state(1, b"second")]));
    assert_eq!(states_within(store, ALWAYS), vec![state(1, b"second"), state(2, b"other")]);
}

pub(crate) fn large_and_empty_states_come_back(store: &dyn Store) {
    let mut large: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    large.extend(std::iter::repeat_n(0, 3_000_000));
    put(store, &states(vec![state(1, &large), state(2, b"")]));
    assert!(states_within(store, ALWAYS) == vec![state(1, &large), state(2, b"")]);
}

/// A point of `silver.orders` of a day.
pub(crate) fn point(day: i128, share: f64) -> PointRow {
    let figures = vec![("observed".into(), share), ("failing".into(), 1.0 - share)];
    let check = |id: &str, outcome| PointCheck { id: id.into(), outcome, figures: figures.clone() };
    PointRow {
        document: "silver.orders".into(),
        planned: day * 86_400_000_000_000,
        run: "r-5f0c2b9d41aa77e3".into(),
        point: Point {
            at: format!("day {day}"),
            outcome: Outcome::Fail,
            rows: (day % 2 == 0).then_some(10_000),
            checks: vec![check("email.completeness", Outcome::Fail), check("amount.range", Outcome::Skipped)],
        },
    }
}

fn points(rows: Vec<PointRow>) -> Commit {
    Commit { points: rows, ..Commit::default() }
}

pub(crate) fn points_come_back_oldest_first_and_bounded(store: &dyn Store) {
    let other = PointRow { document: "silver.orders2".into(), ..point(2, 0.5) };
    let rows = vec![point(3, 0.1 + 0.2), point(1, 0.9188), other, point(2, 1.0)];
    put(store, &points(rows));
    let of = |before: i128, most| store.points("silver.orders", before, most).expect("points");
    let days = |days: &[(i128, f64)]| days.iter().map(|(day, share)| point(*day, *share).point).collect::<Vec<_>>();
    assert_eq!(of(i128::MAX, 10), days(&[(1, 0.9188), (2, 1.0), (3, 0.1 + 0.2)]));
    assert_eq!(of(point(3, 0.0).planned, 10), days(&[(1, 0.9188), (2, 1.0)]), "strictly before");
    assert_eq!(of(i128::MAX, 2), days(&[(2, 1.0), (3, 0.1 + 0.2)]), "the last ones");
    assert_eq!(of(i128::MAX, 0), vec![]);
    assert_eq!(of(i128::MIN, 10), vec![]);
    assert_eq!(store.points("silver.nobody", i128::MAX, 10), Ok(vec![]));
}

pub(crate) fn a_point_again_replaces_the_former(store: &dyn Store) {
    put(store, &points(vec![point(1, 0.1), point(2, 0.2)]));
    let mut again = point(1, 0.7);
    again.point.checks.truncate(1);
    put(store, &points(vec![again.clone()]));
    assert_eq!(store.points("silver.orders", i128::MAX, 9).expect("points"), [again.point, point(2, 0.2).point]);
}

pub(crate) fn a_commit_with_one_unfit_row_writes_nothing(store: &dyn Store) {
    let too_far = i128::from(i64::MAX) + 1;
    let bad_state = StateRow { start: too_far, end: too_far, ..state(2, b"2") };
    let commit = Commit {
        windows: vec![window(1)],
        states: vec![state(1, b"1"), bad_state],
        proposals: vec![proposal("rt-1", 1)],
        ..Commit::default()
    };
    let error = store.commit(&commit).expect_err("an instant beyond 2262");
    assert_eq!(error.code, "store_unfit");
    assert!(error.text.contains("the state of the window day 2 of fare_eta"), "{error}");
    let bad_window = WindowRow { end: too_far, ..window(2) };
    assert_eq!(store.commit(&windows(vec![window(1), bad_window])).expect_err("too").code, "store_unfit");
    an_empty_store_has_nothing(store);
}

pub(crate) fn counts_beyond_63_bits_are_refused(store: &dyn Store) {
    let too_many = WindowRow { rows: u64::MAX, ..window(1) };
    assert_eq!(store.commit(&windows(vec![too_many])).expect_err("too many rows").code, "store_unfit");
    let too_many = BaselineRow { rows: 1 << 63, ..baseline("a", "1", "2026-01-01T00:00:00Z") };
    assert_eq!(store.add_baseline(&too_many).expect_err("too many rows").code, "store_unfit");
    an_empty_store_has_nothing(store);
}

pub(crate) fn a_known_idempotency_key_leaves_the_proposal_as_it_was(store: &dyn Store) {
    put(store, &proposals(vec![proposal("rt-1", 1)]));
    store.move_proposal("rt-1", &["proposed"], "approved", 2, Some("by ada")).expect("a move");
    let again = Proposal { payload: "{\"again\":true}".into(), ..proposal("rt-1", 9) };
    put(store, &proposals(vec![again, proposal("rt-2", 3)]));
    let rows = store.proposals(Some("fare_eta")).expect("proposals");
    assert_eq!(
        rows.iter().map(|row| (row.id.as_str(), row.state.as_str())).collect::<Vec<_>>(),
        [("rt-2", "proposed"), ("rt-1", "approved")]
    );
    assert_eq!(rows[1].payload, "{}");
}

pub(crate) fn an_id_that_another_proposal_has_is_refused(store: &dyn Store) {
    put(store, &proposals(vec![proposal("rt-1", 1)]));
    let other = Proposal { idempotency_key: "another key".into(), ..proposal("rt-1", 2) };
    let commit = Commit { windows: vec![window(1)], proposals: vec![proposal("rt-2", 2), other], ..Commit::default() };
    assert_eq!(store.commit(&commit).expect_err("the id is taken").code, "store_unfit");
    assert_eq!(store.proposals(None).expect("proposals"), vec![proposal("rt-1", 1)]);
    assert_eq!(names(store), Vec::<String>::new());
}

pub(crate) fn proposals_come_newest_first(store: &dyn Store) {
    let other = Proposal { monitor: "other".into(), ..proposal("rt-9", 2) };
    put(store, &proposals(vec![proposal("rt-1", 1), proposal("rt-3", 3), proposal("rt-2", 1), other]));
    let ids = |monitor| store.proposals(monitor).expect("proposals").into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(None), ["rt-3", "rt-9", "rt-2", "rt-1"]);
    assert_eq!(ids(Some("fare_eta")), ["rt-3", "rt-2", "rt-1"]);
    assert_eq!(ids(Some("nobody")), Vec::<String>::new());
}

pub(crate) fn a_proposal_moves_only_from_the_states_named(store: &dyn Store) {
    put(store, &proposals(vec![proposal("rt-1", 1)]));
    let approve =
        |now| store.move_proposal("rt-1", &["proposed", "expired"], "approved", now, Some("by ada")).expect("a move");
    let approved =
        Proposal { state: "approved".into(), changed_at: 7, note: Some("by ada".into()), ..proposal("rt-1", 1) };
    assert_eq!(approve(7), Some((approved.clone(), true)));
    assert_eq!(approve(8), Some((approved.clone(), false)));
    assert_eq!(store.proposals(None).expect("proposals"), vec![approved]);
}

pub(crate) fn a_state_no_proposal_can_be_in_is_refused(store: &dyn Store) {
    let odd = Proposal { state: "cooldown".into(), ..proposal("rt-1", 1) };
    assert_eq!(store.commit(&proposals(vec![odd])).expect_err("no state").code, "store_unfit");
    put(store, &proposals(vec![proposal("rt-1", 1)]));
    let error = store.move_proposal("rt-1", &["proposed"], "finished", 2, None).expect_err("no state");
    assert!(error.text.contains("`finished`"), "{error}");
    assert_eq!(store.proposals(None).expect("proposals"), vec![proposal("rt-1", 1)]);
}

pub(crate) fn the_same_baseline_again_changes_only_its_path(store: &dyn Store) {
    let first = baseline("fare_eta", "aa", "2026-10-01T00:00:00Z");
    store.add_baseline(&first).expect("a baseline");
    store.set_alias("fare_eta", "aa", "champion").expect("an alias");
    let again = BaselineRow { path: "elsewhere".into(), rows: 1, created_at: "2027-01-01T00:00:00Z".into(), ..first };
    store.add_baseline(&again).expect("again");
    let kept = BaselineRow {
        path: "elsewhere".into(),
        aliases: vec!["champion".into()],
        ..baseline("fare_eta", "aa", "2026-10-01T00:00:00Z")
    };
    assert_eq!(store.baselines().expect("baselines"), vec![kept]);
}

pub(crate) fn baselines_come_by_name_newest_first(store: &dyn Store) {
    for (name, sha256, day) in [("b", "1", "03"), ("a", "2", "01"), ("b", "3", "09"), ("a", "4", "01")] {
        store.add_baseline(&baseline(name, sha256, &format!("2026-10-{day}T00:00:00Z"))).expect("a baseline");
    }
    let hashes: Vec<String> = store.baselines().expect("baselines").into_iter().map(|row| row.sha256).collect();
    assert_eq!(hashes, ["4", "2", "3", "1"]);
}

pub(crate) fn an_alias_belongs_to_one_baseline_of_a_name(store: &dyn Store) {
    let made = |sha256: &str, aliases: &[&str]| BaselineRow {
        aliases: aliases.iter().map(ToString::to_string).collect(),
        ..baseline("fare_eta", sha256, "2026-10-01T00:00:00Z")
    };
    store.add_baseline(&made("aa", &["champion", "blessed"])).expect("a baseline");
    store.add_baseline(&made("bb", &["champion"])).expect("a baseline");
    store.add_baseline(&BaselineRow { name: "other".into(), ..made("aa", &["champion"]) }).expect("a baseline");
    let aliases = || {
        let rows = store.baselines().expect("baselines").into_iter();
        rows.map(|row| format!("{} {} {}", row.name, row.sha256, row.aliases.join(","))).collect::<Vec<_>>()
    };
    assert_eq!(aliases(), ["fare_eta bb champion", "fare_eta aa blessed", "other aa champion"]);
    store.set_alias("fare_eta", "aa", "champion").expect("an alias");
    store.set_alias("fare_eta", "aa", "champion").expect("the same alias");
    assert_eq!(aliases(), ["fare_eta bb ", "fare_eta aa blessed,champion", "other aa champion"]);
}

pub(crate) fn an_alias_of_an_unknown_baseline_is_refused(store: &dyn Store) {
    store.add_baseline(&baseline("fare_eta", "aa", "2026-10-01T00:00:00Z")).expect("a baseline");
    for (name, sha256) in [("fare_eta", "bb"), ("other", "aa")] {
        let error = store.set_alias(name, sha256, "champion").expect_err("no such baseline");
        assert_eq!(error.code, "baseline_unknown");
        assert!(error.text.contains(name) && error.text.contains(sha256), "{error}");
    }
}

pub(crate) fn texts_may_hold_anything(store: &dyn Store) {
    let odd = "'; DROP TABLE windows; -- \u{0}\u{202e}\n\"🙂";
    let row = WindowRow { window: odd.into(), checks: vec![check(odd, 1.0)], run: odd.into(), ..window(1) };
    put(store, &windows(vec![row.clone(), window(2)]));
    assert_eq!(store.windows("fare_eta").expect("windows"), vec![row, window(2)]);
    assert!(store.accept("fare_eta", odd).expect("accept"));
}

pub(crate) fn threads_commit_at_once(store: &dyn Store) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for day in 0..10 {
                    let day = thread * 10 + day;
                    let commit = Commit { states: vec![state(day, b"s")], ..windows(vec![window(day)]) };
                    put(store, &commit);
                }
            });
        }
    });
    let expected: Vec<String> = (0..40).map(|day| format!("day {day}")).collect();
    assert_eq!(names(store), expected);
    assert_eq!(states_within(store, ALWAYS).len(), 40);
}
