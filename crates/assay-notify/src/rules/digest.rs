//! `digest:` of a receiver: when it is told of everything since the last time, and read from text.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::problem::Problem;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;

use super::Digest;
use super::values;

const KEYS: &[&str] = &["every", "at", "timezone"];
/// Eight in the morning, where nothing else is said.
const MORNING: u16 = 8 * 60;

/// Reads `none`, `daily`, `weekly` or `{every, at, timezone}`; `zone` is that of a digest which names none.
///
/// # Errors
/// Everything that is wrong with it.
pub fn digest(node: &Node, zone: Tz) -> Result<Option<Digest>, Vec<Problem>> {
    let mut problems = Vec::new();
    let found = match node.entries() {
        Some(_) => Some(whole(node, zone, &mut problems)),
        None => word(node, zone, &mut problems),
    };
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn word(node: &Node, timezone: Tz, problems: &mut Vec<Problem>) -> Option<Digest> {
    match values::word(node, "digest", &["none", "daily", "weekly"], problems)? {
        "daily" => Some(Digest { day: None, minute: MORNING, timezone }),
        "weekly" => Some(Digest { day: Some(Weekday::Mon), minute: MORNING, timezone }),
        _ => None,
    }
}

fn whole(node: &Node, zone: Tz, problems: &mut Vec<Problem>) -> Digest {
    let mut digest = Digest { day: None, minute: MORNING, timezone: zone };
    for (key, value) in node.entries().unwrap_or_default() {
        match key.text.as_str() {
            // read below, together
            "every" | "at" => {}
            "timezone" => digest.timezone = values::timezone(value, problems).unwrap_or(zone),
            _ => problems.push(values::unknown_key(key, "of a digest", KEYS)),
        }
    }
    let Some(every) = node.get("every") else {
        let problem = Problem::at(node.span, "a digest says how often it comes, and `every` is missing");
        problems.push(problem.hint("`every: daily` or `every: weekly`"));
        return digest;
    };
    let is_weekly = match values::word(every, "every", &["daily", "weekly"], problems) {
        Some(word) => word == "weekly",
        None => return digest,
    };
    digest.day = is_weekly.then_some(Weekday::Mon);
    if let Some((day, minute)) = node.get("at").and_then(|at| time(at, is_weekly, problems)) {
        digest.day = day;
        digest.minute = minute;
    }
    digest
}

/// `08:00`, of a weekly one also with the day: `Mon 08:00`.
fn time(node: &Node, is_weekly: bool, problems: &mut Vec<Problem>) -> Option<(Option<Weekday>, u16)> {
    let text = values::text(node, "at", problems)?;
    let (day, clock) = match text.trim().split_once(char::is_whitespace) {
        Some((day, clock)) => (Some(day), clock.trim_start()),
        None => (None, text.trim()),
    };
    let weekday = day.map(values::weekday);
    let minute = values::minute(clock).filter(|minute| *minute < 24 * 60);
    match (weekday, minute, is_weekly) {
        (None, Some(minute), false) => Some((None, minute)),
        (None, Some(minute), true) => Some((Some(Weekday::Mon), minute)),
        (Some(Some(day)), Some(minute), true) => Some((Some(day), minute)),
        (Some(Some(_)), Some(_), false) => {
            let problem = Problem::at(node.span, format!("a daily digest has no day of the week: {}", node.describe()));
            problems.push(problem.hint(format!("`at: \"{clock}\"`, or `every: weekly`")));
            None
        }
        _ => {
            let example = if is_weekly { "Mon 08:00" } else { "08:00" };
            let message = format!("`at` is a time of day such as \"{example}\", not {}", node.describe());
            problems.push(Problem::at(node.span, message).hint("hours and minutes, \"00:00\" to \"23:59\", in quotes"));
            None
        }
    }
}

impl Digest {
    /// The first time after an instant at which it is due. A time of day that a change of clocks leaves out is the first
    /// instant after the gap; of one that comes twice it is the first.
    pub fn next(&self, after: Millis) -> Option<Millis> {
        let today = DateTime::from_timestamp_millis(after)?.with_timezone(&self.timezone).date_naive();
        // the day before: beside a change of clocks today's can be due on what is yesterday in civil time
        let first = today.checked_sub_days(Days::new(1))?;
        let days = (0..10).filter_map(|day| first.checked_add_days(Days::new(day)));
        let due = days.filter(|date| self.day.is_none_or(|day| date.weekday() == day));
        due.filter_map(|date| self.instant(date)).find(|instant| *instant > after)
    }

    /// The instant of a civil date.
    fn instant(&self, date: NaiveDate) -> Option<Millis> {
        let midnight = date.and_time(NaiveTime::MIN);
        let first = midnight + TimeDelta::minutes(i64::from(self.minute));
        // no gap is longer than a day: zones that crossed the date line left out one
        (0..=24 * 60)
            .filter_map(|minutes| self.timezone.from_local_datetime(&(first + TimeDelta::minutes(minutes))).earliest())
            .map(|instant| instant.timestamp_millis())
            .next()
    }
}
