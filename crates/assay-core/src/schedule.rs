//! When a document is due: five Unix fields, a zone, and by how much runs are spread.

mod fields;

use chrono_tz::Tz;
use fields::{DAYS, HOURS, MINUTES, MONTHS, WEEKDAYS};

/// A schedule, as a contract or a monitor writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The expression as written: `*/15 * * * *`, `@daily`.
    pub text: String,
    /// What it means.
    pub cron: Cron,
    /// The zone of its civil time, an IANA name; `None`: the document's or the project's.
    pub timezone: Option<String>,
    /// By how many seconds runs are spread at most; `None`: as the project says.
    pub jitter_seconds: Option<i64>,
    /// Which of several runs that are due goes first.
    pub priority: Priority,
    /// After how many seconds a run is cancelled; `None`: as the project says.
    pub timeout_seconds: Option<i64>,
}

/// Which of several runs that are due goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// After all others.
    Low,
    /// As most.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// The five fields as sets of numbers: bit n is set where n is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Sunday is bit 0.
    weekdays: u64,
    /// Whether the hour field starts with `*`: such a schedule follows elapsed time when clocks change.
    hours_are_any: bool,
    /// Whether day of month and day of week are both given, so that either matches.
    either_day: bool,
}

/// How often a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Firings in four years of civil time.
    pub firings: u64,
    /// The longest time between two of them, in minutes.
    pub longest_gap: u64,
}

/// What is wrong with an expression: one sentence, and advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Fault {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Fault { message: message.into(), hint: hint.into() }
    }
}

/// Names of whole expressions.
const NAMED: &[(&str, &str)] = &[
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];
/// 2024 to 2027: whatever day one begins with, four years hold every date there is.
const FIRST_YEAR: i32 = 2024;
const YEARS: i32 = 4;
const MINUTES_OF_DAY: u64 = 24 * 60;

impl Cron {
    /// Reads five fields, or a name such as `@daily`.
    pub fn parse(text: &str) -> Result<Cron, Fault> {
        let trimmed = text.trim();
        if trimmed.starts_with('@') {
            let known = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(trimmed));
            let Some((_, fields)) = known else {
                let names = NAMED.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                return Err(Fault::new(format!("unknown schedule `{}`", cut(trimmed)), format!("there are {names}")));
            };
            return Cron::parse(fields);
        }
        let parts: Vec<&str> = trimmed.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            let message = format!(
                "a schedule has five fields (minute, hour, day of month, month, day of week), and here are {}",
                parts.len()
            );
            let hint = match parts.len() {
                6 | 7 => "leave out the field of seconds or years",
                _ => "as in `30 6 * * 1-5`, or `@daily`",
            };
            return Err(Fault::new(message, hint));
        };
        let given = |text: &str| !text.starts_with('*');
        let weekdays = WEEKDAYS.read(weekday)?;
        let cron = Cron {
            minutes: MINUTES.read(minute)?,
            hours: HOURS.read(hour)?,
            days: DAYS.read(day)?,
            months: MONTHS.read(month)?,
            // Sunday is 0 or 7
            weekdays: (weekdays | weekdays >> 7) & 0b111_1111,
            hours_are_any: !given(hour),
            either_day: given(day) && given(weekday),
        };
        if !cron.can_fire() {
            let message = format!("the schedule never fires: no month it names has such a day: `{}`", cut(trimmed));
            return Err(Fault::new(message, "February has at most 29 days, April, June, September and November 30"));
        }
        Ok(cron)
    }

    /// Whether the hour field starts with `*`.
    pub fn hours_are_any(&self) -> bool {
        self.hours_are_any
    }

    /// Whether day of month and day of week are both given, so that either matches.
    pub fn either_day(&self) -> bool {
        self.either_day
    }

    /// The numbers of each field, upwards: minutes, hours, days of month, months, days of week (Sunday is 0).
    pub fn numbers(&self) -> [Vec<u32>; 5] {
        let sets = [self.minutes, self.hours, self.days, self.months, self.weekdays];
        sets.map(|set| (0..u64::BITS).filter(|number| has(set, *number)).collect())
    }

    /// Whether it fires at this minute of a civil day. Months and days count from 1, Sunday is 0.
    pub fn fires_at(&self, month: u32, day: u32, weekday: u32, hour: u32, minute: u32) -> bool {
        self.fires_on(month, day, weekday) && has(self.hours, hour) && has(self.minutes, minute)
    }

    fn fires_on(&self, month: u32, day: u32, weekday: u32) -> bool {
        let (by_day, by_weekday) = (has(self.days, day), has(self.weekdays, weekday));
        let matches = if self.either_day { by_day || by_weekday } else { by_day && by_weekday };
        has(self.months, month) && matches
    }

    fn can_fire(&self) -> bool {
        let longest = |month: u32| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let some_day = |month: u32| (1..=longest(month)).any(|day| has(self.days, day));
        (1..=12).any(|month| has(self.months, month) && (self.either_day || some_day(month)))
    }

    /// How often it fires, counted over four years.
    pub fn pace(&self) -> Pace {
        let of_day: Vec<u64> = (0..MINUTES_OF_DAY)
            .filter(|minute| has(self.hours, (minute / 60) as u32) && has(self.minutes, (minute % 60) as u32))
            .collect();
        let within = of_day.windows(2).map(|two| two[1] - two[0]).max().unwrap_or(0);
        let (Some(first), Some(last)) = (of_day.first(), of_day.last()) else {
            return Pace { firings: 0, longest_gap: u64::MAX };
        };
        let days: Vec<u64> = civil_days()
            .enumerate()
            .filter(|(_, day)| self.fires_on(day.0, day.1, day.2))
            .map(|(at, _)| at as u64)
            .collect();
        let whole = civil_days().count() as u64;
        let Some((earliest, latest)) = days.first().zip(days.last()) else {
            // a day of week that a 29 February has once in 28 years
            return Pace { firings: 0, longest_gap: u64::MAX };
        };
        let between = |from: u64, to: u64| (to - from) * MINUTES_OF_DAY + first - last;
        let apart = days.windows(2).map(|two| between(two[0], two[1]));
        let longest = apart.chain([between(*latest, earliest + whole), within]).max().unwrap_or(within);
        Pace { firings: days.len() as u64 * of_day.len() as u64, longest_gap: longest }
    }
}

impl Pace {
    /// Whether this fires less often than `other`, or leaves a longer time between.
    pub fn is_slower_than(&self, other: &Pace) -> bool {
        self.firings < other.firings || self.longest_gap > other.longest_gap
    }
}

/// The zone that a schedule is read in: its own, else that of its document, else the project's. UTC where none is one.
pub(crate) fn zone(schedule: Option<&Schedule>, document: Option<&str>, project: &str) -> Tz {
    let own = schedule.and_then(|schedule| schedule.timezone.as_deref());
    own.or(document).unwrap_or(project).parse().unwrap_or(Tz::UTC)
}

fn has(set: u64, number: u32) -> bool {
    set >> number & 1 == 1
}

/// Month, day and day of week of every civil day of the span.
fn civil_days() -> impl Iterator<Item = (u32, u32, u32)> {
    use chrono::Datelike;
    let first = chrono::NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
    first
        .iter_days()
        .take_while(|date| date.year() < FIRST_YEAR + YEARS)
        .map(|date| (date.month(), date.day(), date.weekday().num_days_from_sunday()))
}

/// A text as it can stand in a sentence.
fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
