//! A daemon that is killed between what it finds and what it tells; `daemon-trial alerts 200` is the same for longer.

use assay_tests::alerts::kills;

#[test]
fn every_incident_is_told_once_however_often_it_is_killed() {
    let found = kills::trial(10, 0x0a1e_57ed, |_| {});
    println!("{found:#?}");
    assert_eq!(found.wrong, Vec::<String>::new());
    assert!(found.incidents >= 10, "{found:#?}");
}
