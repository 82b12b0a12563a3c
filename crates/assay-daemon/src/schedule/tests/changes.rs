//! Each rule for the days on which clocks change, by name.

use super::*;

/// The instants of a schedule between two times are these, whichever way one asks.
#[track_caller]
fn fires(cron: &str, zone: &str, (after, until): (&str, &str), expected: &[&str]) {
    let timetable = timetable(cron, zone);
    let instants: Vec<Millis> = timetable.between(at(after), at(until)).collect();
    assert_eq!(instants.iter().copied().map(shown).collect::<Vec<_>>(), expected, "{cron} {zone}");
    for two in instants.windows(2) {
        assert_eq!(timetable.next_after(two[1] - 1), Some(two[1]), "{cron} {zone} {}", shown(two[1]));
        assert_eq!(timetable.interval(two[0]), Some(two[1] - two[0]));
    }
}

/// How many instants there are, and that each is as long after the former.
#[track_caller]
fn goes_on(cron: &str, zone: &str, (after, until): (&str, &str), step: Millis, count: usize) {
    let instants: Vec<Millis> = timetable(cron, zone).between(at(after), at(until)).collect();
    assert_eq!(instants.len(), count, "{cron} {zone}");
    assert!(instants.windows(2).all(|two| two[1] - two[0] == step), "{cron} {zone}");
}

// Paris leaves out 02:00 to 03:00 on 2026-03-29, at 01:00 UTC
const PARIS_SPRING: (&str, &str) = ("2026-03-28T12:00Z", "2026-03-30T12:00Z");
// and repeats it on 2026-10-25, at 01:00 UTC
const PARIS_AUTUMN: (&str, &str) = ("2026-10-24T12:00Z", "2026-10-26T12:00Z");

#[test]
fn a_fixed_time_in_a_gap_fires_at_the_first_instant_after_it() {
    fires("30 2 * * *", "Europe/Paris", PARIS_SPRING, &["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
}

#[test]
fn several_times_in_a_gap_and_the_one_after_it_are_one_instant() {
    let expected = ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"];
    fires("0,20,30,40 2 29 3 *", "Europe/Paris", PARIS_SPRING, &expected[1..2]);
    fires("0,30 2,3 29 3 *", "Europe/Paris", PARIS_SPRING, &expected[1..]);
    fires("30 1-3 29 3 *", "Europe/Paris", PARIS_SPRING, &expected);
}

#[test]
fn a_repeated_fixed_time_fires_the_first_time() {
    fires("30 2 * * *", "Europe/Paris", PARIS_AUTUMN, &["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    // the hour after it is there once, an hour later than it would be
    fires("59 2,3 25 10 *", "Europe/Paris", PARIS_AUTUMN, &["2026-10-25T00:59Z", "2026-10-25T02:59Z"]);
    // asked in the second of the two hours
    let timetable = timetable("*/10 2 * * *", "Europe/Paris");
    assert_eq!(timetable.next_after(at("2026-10-25T01:15Z")).map(shown).as_deref(), Some("2026-10-26T01:00Z"));
}

#[test]
fn any_hour_follows_elapsed_time() {
    goes_on("*/30 * * * *", "Europe/Paris", ("2026-03-28T22:59Z", "2026-03-29T21:59Z"), 30 * MINUTE, 46);
    goes_on("*/30 * * * *", "Europe/Paris", ("2026-10-24T21:59Z", "2026-10-25T22:59Z"), 30 * MINUTE, 50);
    goes_on("*/30 * * * *", "Australia/Lord_Howe", ("2026-04-04T12:59Z", "2026-04-05T13:29Z"), 30 * MINUTE, 49);
    goes_on("*/30 * * * *", "Australia/Lord_Howe", ("2026-10-03T13:29Z", "2026-10-04T12:59Z"), 30 * MINUTE, 47);
    goes_on("* * * * *", "Africa/Cairo", ("2026-04-23T20:00Z", "2026-04-24T20:00Z"), MINUTE, 1440);
}

#[test]
fn any_hour_with_a_step_has_an_empty_gap_and_both_repeated_hours() {
    let spring = ["2026-03-28T23:00Z", "2026-03-29T02:00Z", "2026-03-29T04:00Z"];
    fires("0 */2 * * *", "Europe/Paris", ("2026-03-28T22:00Z", "2026-03-29T05:00Z"), &spring);
    let autumn = ["2026-10-24T22:00Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T03:00Z"];
    fires("0 */2 * * *", "Europe/Paris", ("2026-10-24T21:00Z", "2026-10-25T04:00Z"), &autumn);
}

#[test]
fn a_rare_schedule_finds_the_first_of_two_repeated_hours_months_ahead() {
    // the Azores repeat 00:00 to 01:00 at 01:00 UTC, and have the same offset then as in January
    let year = ("2026-01-01T00:00Z", "2026-10-25T12:00Z");
    fires("30 */23 25 10 *", "Atlantic/Azores", year, &["2026-10-25T00:30Z", "2026-10-25T01:30Z"]);
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    // 02:00 becomes 01:30 at 15:00 UTC
    let autumn = ("2026-04-04T14:00Z", "2026-04-04T16:00Z");
    fires("45 1 * * *", "Australia/Lord_Howe", autumn, &["2026-04-04T14:45Z"]);
    fires("45 * * * *", "Australia/Lord_Howe", autumn, &["2026-04-04T14:45Z", "2026-04-04T15:15Z"]);
    // 02:00 becomes 02:30 at 15:30 UTC
    let spring = ("2026-10-03T14:30Z", "2026-10-03T16:30Z");
    fires("15 2 * * *", "Australia/Lord_Howe", spring, &["2026-10-03T15:30Z"]);
    fires("30,45 2 * * *", "Australia/Lord_Howe", spring, &["2026-10-03T15:30Z", "2026-10-03T15:45Z"]);
    fires("15 * * * *", "Australia/Lord_Howe", spring, &["2026-10-03T14:45Z", "2026-10-03T16:15Z"]);
}

#[test]
fn clocks_that_change_at_midnight_have_each_day_once() {
    // Cairo: the day of 2026-04-24 begins at 01:00
    let cairo = ("2026-04-22T12:00Z", "2026-04-25T12:00Z");
    fires("@daily", "Africa/Cairo", cairo, &["2026-04-22T22:00Z", "2026-04-23T22:00Z", "2026-04-24T21:00Z"]);
    fires("30 */6 24 4 *", "Africa/Cairo", cairo, &["2026-04-24T03:30Z", "2026-04-24T09:30Z", "2026-04-24T15:30Z"]);
    // and the last hour of 2026-10-29 is there twice
    let cairo = ("2026-10-28T22:00Z", "2026-10-30T12:00Z");
    fires("30 23 29 10 *", "Africa/Cairo", cairo, &["2026-10-29T20:30Z"]);
    fires("30 */23 29 10 *", "Africa/Cairo", cairo, &["2026-10-29T20:30Z", "2026-10-29T21:30Z"]);
    fires("0 0 30 10 *", "Africa/Cairo", cairo, &["2026-10-29T22:00Z"]);
    let sao_paulo = ("2018-11-03T12:00Z", "2018-11-05T12:00Z");
    fires("@daily", "America/Sao_Paulo", sao_paulo, &["2018-11-04T03:00Z", "2018-11-05T02:00Z"]);
}

#[test]
fn a_day_that_a_zone_leaves_out_fires_when_the_next_one_begins() {
    let apia = ("2011-12-29T12:00Z", "2011-12-31T00:00Z");
    let each_day = ["2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z"];
    fires("0 9 * * *", "Pacific/Apia", apia, &each_day);
    fires("* 0-23 30 12 *", "Pacific/Apia", apia, &each_day[1..2]);
    fires("* * 30 12 *", "Pacific/Apia", apia, &[]);
    goes_on("*/15 * * * *", "Pacific/Apia", apia, 15 * MINUTE, 144);
}

#[test]
fn rare_schedules_are_found() {
    let leap = timetable("0 0 29 2 *", "Europe/Paris");
    assert_eq!(leap.next_after(at("2026-01-01T00:00Z")).map(shown).as_deref(), Some("2028-02-28T23:00Z"));
    assert_eq!(leap.next_after(at("2096-03-01T00:00Z")), None, "2100 has no such day");
    // the 1 or 29 February on a weekend
    let both = timetable("0 * */28 2 */6", "Europe/Paris");
    let first = both.next_after(at("2026-03-01T00:00Z")).map(shown);
    assert_eq!(first.as_deref(), Some("2031-01-31T23:00Z"), "the first is a Saturday");
}

#[test]
fn either_day_matches_where_both_are_given() {
    let february = ("2026-02-01T12:00Z", "2026-03-01T12:00Z");
    let days =
        ["2026-02-06T12:30Z", "2026-02-13T12:30Z", "2026-02-14T12:30Z", "2026-02-20T12:30Z", "2026-02-27T12:30Z"];
    fires("30 12 13,14 * fri", "UTC", february, &days);
    fires("30 12 */13 * fri", "UTC", february, &["2026-02-27T12:30Z"]);
}

#[test]
fn days_of_week_are_those_of_unix() {
    for (number, date) in ["01", "02", "03", "04", "05", "06", "07", "08"].iter().enumerate() {
        // 2026-02-01 is a Sunday
        let expected = format!("2026-02-{date}T00:00Z");
        let next = timetable(&format!("0 0 * * {number}"), "UTC").next_after(at(&expected) - 1);
        assert_eq!(next.map(shown), Some(expected), "{number}");
    }
}

#[test]
fn an_instant_is_after_the_millisecond_before_it_and_not_after_itself() {
    let minutes = timetable("* * * * *", "Asia/Tokyo");
    let instant = at("2026-05-01T12:34Z");
    assert_eq!(minutes.next_after(instant - 1), Some(instant));
    assert_eq!(minutes.next_after(instant), Some(instant + MINUTE));
    assert_eq!(minutes.next_after(instant + 999), Some(instant + MINUTE));
    assert_eq!(minutes.between(instant, instant).count(), 0);
    assert_eq!(minutes.between(instant - 1, instant).collect::<Vec<_>>(), [instant]);
    assert_eq!(minutes.between(instant, instant - DAY).count(), 0);
}

#[test]
fn years_out_of_range_have_no_instants() {
    for cron in ["* * * * *", "0 0 1 1 *", "0 */2 * * *"] {
        for zone in ["UTC", "Pacific/Apia", "America/New_York"] {
            let timetable = timetable(cron, zone);
            for after in [Millis::MAX, Millis::MAX / 1000, at("2101-01-02T00:00Z"), at("9999-12-31T00:00Z")] {
                assert_eq!(timetable.next_after(after), None, "{cron} {zone} {after}");
                assert_eq!(timetable.interval(after), None);
            }
            let first = timetable.next_after(Millis::MIN).expect("the first of all");
            assert!((-DAY..=366 * DAY).contains(&first), "{cron} {zone} {first}");
            assert_eq!(timetable.next_after(-400 * DAY), Some(first));
        }
    }
}
