//! A daemon that is killed again and again under load; `daemon-trial kills 300` is the same for longer.

use assay_tests::daemon::kills;

#[test]
fn nothing_is_lost_or_there_twice_however_often_it_is_killed() {
    let found = kills::trial(10, 0x5eed_1234_5678_9abc, |_| {});
    println!("{found:#?}");
    assert_eq!(found.wrong, Vec::<String>::new());
    assert!(found.asked > 0 && found.runs.get("finished").is_some_and(|runs| *runs > 10), "{found:#?}");
}
