use super::*;

fn pace(text: &str) -> (u64, u64) {
    let pace = Cron::parse(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.message)).pace();
    (pace.firings, pace.longest_gap)
}

#[test]
fn firings_and_gaps_over_four_years() {
    assert_eq!(pace("* * * * *"), (1461 * 1440, 1));
    assert_eq!(pace("*/15 * * * *"), (1461 * 96, 15));
    assert_eq!(pace("@hourly"), (1461 * 24, 60));
    assert_eq!(pace("@daily"), (1461, 1440));
    assert_eq!(pace("0 6,18 * * *"), (1461 * 2, 720));
    assert_eq!(pace("@Monthly"), (48, 31 * 1440));
    assert_eq!(pace("@yearly"), (4, 366 * 1440));
    assert_eq!(pace("0 0 29 2 *"), (1, 1461 * 1440));
    // from Friday evening to Monday morning
    assert_eq!(pace("0 9-17 * * mon-fri").1, (2 * 24 + 16) * 60);
}

#[test]
fn names_and_both_sundays_are_numbers() {
    let same = |a: &str, b: &str| assert_eq!(Cron::parse(a).expect(a), Cron::parse(b).expect(b), "{a} {b}");
    same("0 0 * * 0", "0 0 * * 7");
    same("0 0 * * SUN", "0 0 * * sun");
    same("0 0 1 JAN-mar *", "0 0 1 1-3 *");
    same("0 0 * * 5-7", "0 0 * * fri-sun");
    same("@weekly", "0 0 * * 7");
    same("1,2,3 0 * * *", "1-3 0 * * *");
}

#[test]
fn either_day_matches_where_both_are_given() {
    let both = Cron::parse("0 0 13 * fri").expect("a schedule");
    assert!(both.fires_at(11, 13, 1, 0, 0) && both.fires_at(11, 20, 5, 0, 0));
    assert!(!both.fires_at(11, 14, 1, 0, 0) && !both.fires_at(11, 13, 1, 0, 1));
    let stars = Cron::parse("0 0 */2 * fri").expect("a schedule");
    assert!(stars.fires_at(11, 13, 5, 0, 0) && !stars.fires_at(11, 20, 5, 0, 0));
    assert!(Cron::parse("0 0 30 2 mon").is_ok(), "Mondays in February");
}

#[test]
fn numbers_of_fields_are_told() {
    let cron = Cron::parse("*/20 9-11 1,31 feb 5-7").expect("a schedule");
    let numbers: [&[u32]; 5] = [&[0, 20, 40], &[9, 10, 11], &[1, 31], &[2], &[0, 5, 6]];
    assert_eq!(cron.numbers(), numbers.map(<[u32]>::to_vec));
    assert!(cron.either_day());
    assert!(!Cron::parse("0 0 */2 * 5").expect("a schedule").either_day());
}

#[test]
fn what_is_no_schedule_is_refused_with_advice() {
    for (text, says) in [
        ("", "here are 0"),
        ("* * * *", "here are 4"),
        ("0 0 0 * * *", "here are 6"),
        ("60 * * * *", "`minute` is from 0 to 59, not `60`"),
        ("* 24 * * *", "`hour` is from 0 to 23, not `24`"),
        ("* * 0 * *", "`day of month` is from 1 to 31, not `0`"),
        ("* * * 13 *", "`month` is from 1 to 12"),
        ("* * * * 8", "`day of week` is from 0 to 7"),
        ("* * * * moonday", "not `moonday`"),
        ("*/0 * * * *", "a step of `minute`"),
        ("5/15 * * * *", "a step goes with `*` or a range"),
        ("30-10 * * * *", "a range goes upwards"),
        ("1,,2 * * * *", "not ``"),
        ("@reboot", "unknown schedule `@reboot`"),
        ("0 0 30 2 *", "the schedule never fires"),
        ("0 0 31 4,6,9,11 *", "the schedule never fires"),
        ("99999999999999999999 * * * *", "`minute` is from 0 to 59"),
        ("-1 * * * *", "not ``"),
    ] {
        let fault = Cron::parse(text).expect_err(text);
        assert!(fault.message.contains(says), "{text}: {}", fault.message);
        assert!(!fault.hint.is_empty(), "{text}");
    }
}

#[test]
fn slower_is_less_often_or_longer_between() {
    let pace = |text: &str| Cron::parse(text).expect(text).pace();
    assert!(pace("@daily").is_slower_than(&pace("@hourly")));
    assert!(!pace("@hourly").is_slower_than(&pace("@daily")));
    assert!(!pace("0 3 * * *").is_slower_than(&pace("0 4 * * *")));
    // more often, but not at night
    assert!(pace("* 9-17 * * *").is_slower_than(&pace("@hourly")));
}

#[test]
fn the_zone_is_the_nearest_one() {
    let schedule = |timezone: Option<&str>| Schedule {
        text: "@daily".into(),
        cron: Cron::parse("@daily").expect("a schedule"),
        timezone: timezone.map(str::to_owned),
        jitter_seconds: None,
        priority: Priority::Normal,
        timeout_seconds: None,
    };
    let (own, none) = (schedule(Some("Asia/Tokyo")), schedule(None));
    assert_eq!(zone(Some(&own), Some("Europe/Berlin"), "America/Lima"), Tz::Asia__Tokyo);
    assert_eq!(zone(Some(&none), Some("Europe/Berlin"), "America/Lima"), Tz::Europe__Berlin);
    assert_eq!(zone(None, None, "America/Lima"), Tz::America__Lima);
    assert_eq!(zone(None, None, "nowhere"), Tz::UTC);
    assert!(Priority::High > Priority::Normal && Priority::Normal > Priority::Low);
}
