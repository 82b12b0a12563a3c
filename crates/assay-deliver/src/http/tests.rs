//! The client against servers on loopback, well-behaved ones and others.

mod answers;
mod encrypted;
mod spellings;
mod support;

use chrono::{DateTime, Utc};

use super::wait;

#[test]
fn a_wait_is_read_in_every_form_that_http_has() {
    let now: DateTime<Utc> = "1994-11-06T08:49:00Z".parse().unwrap();
    let check = |text: &str, seconds: Option<i64>| assert_eq!(wait(text, now), seconds.map(|s| s * 1000), "{text}");
    check("120", Some(120));
    check(" 0 ", Some(0));
    check("Sun, 06 Nov 1994 08:49:37 GMT", Some(37));
    check("Sunday, 06-Nov-94 08:49:37 GMT", Some(37));
    check("Sun Nov  6 08:49:37 1994", Some(37));
    check("Sun, 06 Nov 1994 08:48:00 GMT", Some(0));
    for nothing in ["", "-5", "1.5", "soon", "Mon, 99 Nov 1994 08:49:37 GMT"] {
        check(nothing, None);
    }
    assert_eq!(wait("99999999999999999999999", now), Some(i64::MAX));
}
