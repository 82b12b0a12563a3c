//! When mute times hold, in civil time: a repeated hour is muted twice, an hour that a change of clocks leaves out is not
//! there to be muted.

use assay_core::ops::Millis;
use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike, Utc};

use super::{MuteTime, Rules};

/// Times come back every week: what holds for longer never ends.
const LONGEST: Millis = 8 * 86_400_000;
const MINUTES_OF_A_DAY: u16 = 1_440;

impl MuteTime {
    /// Until when it holds, where it does: the first instant at which it does not. One that follows without a gap, as
    /// the next day's, is not looked at: see [`muted`].
    pub fn holds(&self, now: Millis) -> Option<Millis> {
        let instant = DateTime::from_timestamp_millis(now)?;
        let (offset, ends_in) = self.left(instant)?;
        let end = now.checked_add(ends_in)?;
        if self.offset(end)? == offset {
            return Some(end);
        }
        // clocks change before it would end
        let changed = self.change(now, end, offset)?;
        if self.left(DateTime::from_timestamp_millis(changed)?).is_some() { self.holds(changed) } else { Some(changed) }
    }

    /// The zone's offset in seconds, and the milliseconds that are left if clocks do not change.
    fn left(&self, instant: DateTime<Utc>) -> Option<(i32, Millis)> {
        let local = instant.with_timezone(&self.timezone);
        if !self.days.is_empty() && !self.days.contains(&local.weekday()) {
            return None;
        }
        // `nanosecond` goes beyond a second within a leap second
        let millis = Millis::from(local.num_seconds_from_midnight()) * 1_000
            + Millis::from(local.nanosecond().min(999_999_999) / 1_000_000);
        let whole = [(0, MINUTES_OF_A_DAY)];
        let times = if self.times.is_empty() { &whole[..] } else { &self.times };
        let of_day = |minute: u16| Millis::from(minute) * 60_000;
        let ends = times.iter().filter(|(from, to)| (of_day(*from)..of_day(*to)).contains(&millis));
        let end = ends.map(|(_, to)| of_day(*to)).max()?;
        Some((local.offset().fix().local_minus_utc(), end - millis))
    }

    fn offset(&self, at: Millis) -> Option<i32> {
        let instant = DateTime::from_timestamp_millis(at)?;
        Some(self.timezone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc())
    }

    /// The first instant after `from` whose offset is another; at `to` it is.
    fn change(&self, from: Millis, to: Millis, offset: i32) -> Option<Millis> {
        let (mut same, mut other) = (from, to);
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if self.offset(middle)? == offset {
                same = middle;
            } else {
                other = middle;
            }
        }
        Some(other)
    }
}

/// Which of these mute times holds, and when none of them holds any more; of several that hold now the one that ends
/// last. Where they never end: some instant more than a week ahead.
pub fn muted<'a>(rules: &'a Rules, names: &[String], now: Millis) -> Option<(&'a str, Millis)> {
    let named: Vec<(&'a str, &'a [MuteTime])> = names
        .iter()
        .filter_map(|name| rules.mute_times.get_key_value(name))
        .map(|(name, times)| (name.as_str(), times.as_slice()))
        .collect();
    let at = |instant: Millis| {
        let holding = |(name, times): &(&'a str, &'a [MuteTime])| {
            times.iter().filter_map(|time| time.holds(instant)).max().map(|until| (*name, until))
        };
        named.iter().filter_map(holding).max_by_key(|(_, until)| *until)
    };
    let (name, mut until) = at(now)?;
    while let Some((_, later)) = at(until).filter(|_| until - now < LONGEST) {
        until = later;
    }
    Some((name, until))
}
