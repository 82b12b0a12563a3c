//! A schedule on the civil time line: no zone, every day has 24 hours.

use std::str::FromStr;

use assay_core::schedule::Cron;
use chrono::{DateTime, Utc};

const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// How many numbers each field has: minutes, hours, days of month, months, days of week.
const WHOLE: [usize; 5] = [60, 24, 31, 12, 7];
/// The last second before the years that `cron` knows, 1970 to 2100.
const BEFORE_ALL: i64 = -1;

/// The civil times of a schedule. Where either day matches it is two schedules, merged.
#[derive(Debug, Clone)]
pub(super) struct CivilTimes {
    parts: Vec<cron::Schedule>,
}

impl CivilTimes {
    pub(super) fn new(cron: &Cron) -> Self {
        let [minutes, hours, days, months, weekdays] = fields(cron);
        let expression = |days: &str, weekdays: &str| format!("0 {minutes} {hours} {days} {months} {weekdays}");
        let expressions = match cron.either_day() {
            true => vec![expression(&days, "*"), expression("*", &weekdays)],
            false => vec![expression(&days, &weekdays)],
        };
        let read =
            |text: &String| cron::Schedule::from_str(text).expect("lists of numbers that are within their fields");
        CivilTimes { parts: expressions.iter().map(read).collect() }
    }

    /// The first civil time after this one; both in seconds as if they were UTC. `None`: not until the end of 2100.
    pub(super) fn next_after(&self, civil: i64) -> Option<i64> {
        let after = DateTime::<Utc>::from_timestamp(civil.max(BEFORE_ALL), 0)?;
        self.parts.iter().filter_map(|part| part.after(&after).next()).map(|next| next.timestamp()).min()
    }
}

/// The fields as `cron` reads them: `*` or a list. Days of week by name, as it numbers Sunday 1.
fn fields(cron: &Cron) -> [String; 5] {
    let numbers = cron.numbers();
    std::array::from_fn(|field| match &numbers[field] {
        all if all.len() == WHOLE[field] => "*".to_owned(),
        some if field == 4 => list(some, |day| WEEKDAYS[day as usize].to_owned()),
        some => list(some, |number| number.to_string()),
    })
}

fn list(numbers: &[u32], name: impl Fn(u32) -> String) -> String {
    numbers.iter().map(|number| name(*number)).collect::<Vec<_>>().join(",")
}
