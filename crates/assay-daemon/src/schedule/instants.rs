//! The instants of a schedule in a zone.
//!
//! A schedule is a set of civil times; what they are in elapsed time is settled here, for the days on which clocks
//! change:
//! - the hour field starts with `*`: the schedule follows elapsed time. It fires whenever a clock on the wall shows one
//!   of its times: in both of the repeated hours, and not for those that the clock leaves out;
//! - hours are fixed: each civil time fires once. One that is left out fires at the first instant after the gap
//!   (several of them, and one that is due then anyway, are one instant); a repeated one fires the first time.

use assay_core::ops::Millis;
use assay_core::schedule::Cron;
use chrono::{DateTime, MappedLocalTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

use super::civil::CivilTimes;

/// In which steps a change of offset is looked for: since 1970 no zone has changed twice within six days.
const STEP: i64 = 24 * 3_600;
/// Nothing fires before 1970; a day earlier is before that in every zone.
const BEFORE_ALL: i64 = -2 * 86_400;

/// A schedule in a zone. Making one reads an expression: keep it.
#[derive(Debug, Clone)]
pub struct Timetable {
    civil: CivilTimes,
    zone: Tz,
    follows_elapsed: bool,
}

impl Timetable {
    /// The instants of a schedule in a zone.
    pub fn new(cron: &Cron, zone: Tz) -> Self {
        Timetable { civil: CivilTimes::new(cron), zone, follows_elapsed: cron.hours_are_any() }
    }

    /// The first instant after this one. `None`: there is none until the end of 2100.
    pub fn next_after(&self, after: Millis) -> Option<Millis> {
        // instants are whole seconds: one is after the time where it is after the time's second
        let after = after.div_euclid(1000).max(BEFORE_ALL);
        let next = match self.follows_elapsed {
            true => self.next_elapsed(after),
            false => self.next_fixed(after),
        };
        next.map(|seconds| seconds * 1000)
    }

    /// The instants after the first one up to and including the second, upwards.
    pub fn between(&self, after: Millis, until: Millis) -> impl Iterator<Item = Millis> + '_ {
        let next = move |at: Millis| self.next_after(at).filter(|next| *next <= until);
        std::iter::successors(next(after), move |at| next(*at))
    }

    /// The time from an instant to the next one. `None`: it is the last one.
    pub fn interval(&self, instant: Millis) -> Option<Millis> {
        self.next_after(instant).map(|next| next - instant)
    }

    /// While the offset stays the same, civil time and elapsed time are apart by it; where it changes the search begins
    /// anew from there.
    fn next_elapsed(&self, after: i64) -> Option<i64> {
        let mut from = after + 1;
        loop {
            let offset = self.offset(from)?;
            let next = self.civil.next_after(from + offset - 1)? - offset;
            match self.change(offset, from, next) {
                Some(change) => from = change,
                None => return Some(next),
            }
        }
    }

    /// Civil times in order are instants in order. Some may be no later than `after`: those whose first occurrence was
    /// when it is the second hour now, and those of the gap that just ended.
    fn next_fixed(&self, after: i64) -> Option<i64> {
        let mut civil = after + self.offset(after)?;
        loop {
            civil = self.civil.next_after(civil)?;
            if let Some(instant) = self.occurrence(civil).filter(|instant| *instant > after) {
                return Some(instant);
            }
        }
    }

    /// When the clock shows this the first time, or what comes after it where it never does.
    fn occurrence(&self, civil: i64) -> Option<i64> {
        let local = DateTime::<Utc>::from_timestamp(civil, 0)?.naive_utc();
        match self.zone.from_local_datetime(&local) {
            MappedLocalTime::Single(only) => Some(only.timestamp()),
            MappedLocalTime::Ambiguous(one, other) => Some(one.timestamp().min(other.timestamp())),
            MappedLocalTime::None => Some(GapInfo::new(&local, &self.zone)?.end?.timestamp()),
        }
    }

    /// Seconds by which civil time is ahead of UTC.
    fn offset(&self, instant: i64) -> Option<i64> {
        let utc = DateTime::<Utc>::from_timestamp(instant, 0)?.naive_utc();
        Some(i64::from(self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()))
    }

    /// The first second after `from`, which has this offset, up to and including `to`, that has another one.
    fn change(&self, offset: i64, from: i64, to: i64) -> Option<i64> {
        let mut same = from;
        while same < to {
            let probe = to.min(same + STEP);
            if self.offset(probe) != Some(offset) {
                return Some(self.first_unlike(offset, same, probe));
            }
            same = probe;
        }
        None
    }

    fn first_unlike(&self, offset: i64, mut same: i64, mut other: i64) -> i64 {
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            match self.offset(middle) == Some(offset) {
                true => same = middle,
                false => other = middle,
            }
        }
        other
    }
}
