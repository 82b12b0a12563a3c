//! Dates, times and timestamps from text, with zones.

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::{TextOptions, Why};
use crate::types::Type;

const NOT_A_DATE: Why = "not a date";
const NOT_A_TIME: Why = "not a time of day";
const NOT_A_TIMESTAMP: Why = "not a timestamp";
const TOO_FINE: Why = "finer than nanoseconds";

/// Nanoseconds of a day.
pub const DAY: i64 = 86_400_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// A time zone of the IANA data base, or a fixed offset as in `+02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC.
    Fixed(i32),
    /// With a history.
    Named(Tz),
}

impl Zone {
    /// Reads a zone's name.
    pub fn new(name: &str) -> Result<Self, Why> {
        if let Ok(zone) = name.parse::<Tz>() {
            // without a history there is nothing to look up
            return Ok(if matches!(zone, Tz::UTC | Tz::Etc__UTC) { Zone::Fixed(0) } else { Zone::Named(zone) });
        }
        match parse_offset(name.as_bytes()) {
            Some(seconds) => Ok(Zone::Fixed(seconds)),
            None => Err("unknown time zone"),
        }
    }

    /// The instant at which clocks of the zone show a local time. In a gap there is none; of two, the earlier.
    #[inline]
    fn instant(self, local: i128) -> Result<i128, Why> {
        let seconds = match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => match zone.offset_from_local_datetime(&civil(local)?) {
                MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                    offset.fix().local_minus_utc()
                }
                MappedLocalTime::None => return Err("no such local time: clocks skip it"),
            },
        };
        Ok(local - i128::from(seconds) * i128::from(SECOND))
    }

    /// What clocks of the zone show at an instant.
    fn local(self, instant: i128) -> Result<i128, Why> {
        let seconds = match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => zone.offset_from_utc_datetime(&civil(instant)?).fix().local_minus_utc(),
        };
        Ok(instant + i128::from(seconds) * i128::from(SECOND))
    }
}

fn civil(nanos: i128) -> Result<NaiveDateTime, Why> {
    let second = i128::from(SECOND);
    let seconds = i64::try_from(nanos.div_euclid(second)).map_err(|_| NOT_A_TIMESTAMP)?;
    // the remainder of a division by 10^9 fits
    let rest = nanos.rem_euclid(second) as u32;
    chrono::DateTime::from_timestamp(seconds, rest).map(|t| t.naive_utc()).ok_or(NOT_A_TIMESTAMP)
}

/// Reads timestamps of one column.
#[derive(Debug)]
pub struct StampReader {
    format: TimeFormat,
    zoned: bool,
    zone: Option<Zone>,
}

impl StampReader {
    /// For `ty`, which is [`Type::Timestamp`] or [`Type::TimestampZoned`].
    pub fn new(ty: &Type, options: &TextOptions) -> Result<Self, Why> {
        let (zoned, own) = match ty {
            Type::TimestampZoned(zone) => (true, Some(zone)),
            _ => (false, None),
        };
        let zone = options.timezone.as_ref().or(own).map(|name| Zone::new(name)).transpose()?;
        Ok(StampReader { format: TimeFormat::new(options.format.as_deref())?, zoned, zone })
    }

    /// Nanoseconds since 1970-01-01T00:00:00: of UTC for a zoned type, else of the wall clock.
    #[inline]
    pub fn read(&self, text: &[u8]) -> Result<i128, Why> {
        let Stamp { local, offset } = self.format.stamp(text)?;
        let second = i128::from(SECOND);
        match (offset, self.zone, self.zoned) {
            (Some(offset), _, true) => Ok(local - i128::from(offset) * second),
            (Some(offset), Some(zone), false) => zone.local(local - i128::from(offset) * second),
            (Some(_), None, false) => Err("has an offset, but the column has no zone"),
            (None, Some(zone), true) => zone.instant(local),
            // a wall-clock time that the zone's clocks never show is as wrong in a naive column
            (None, Some(zone), false) => zone.instant(local).map(|_| local),
            (None, None, false) => Ok(local),
            (None, None, true) => Err("no zone to read it in"),
        }
    }
}

/// A timestamp as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds of wall-clock time since 1970-01-01T00:00:00.
    pub local: i128,
    /// Seconds east of UTC, where the text has an offset.
    pub offset: Option<i32>,
}

/// The ISO forms or a strftime format, compiled.
#[derive(Debug)]
pub enum TimeFormat {
    /// `2026-11-20`, `06:00`, RFC 3339.
    Iso,
    /// strftime.
    Strftime(Vec<Item<'static>>),
}

impl TimeFormat {
    /// Compiles a strftime format; `None`: the ISO forms.
    pub fn new(format: Option<&str>) -> Result<Self, Why> {
        match format {
            None => Ok(TimeFormat::Iso),
            Some(format) => StrftimeItems::new(format)
                .parse_to_owned()
                .map(TimeFormat::Strftime)
                .map_err(|_| "the format is not a strftime format"),
        }
    }

    /// Days since 1970-01-01.
    #[inline]
    pub fn date(&self, text: &[u8]) -> Result<i32, Why> {
        match self {
            TimeFormat::Iso => parse_date(text),
            TimeFormat::Strftime(items) => {
                let date = parsed(text, items)?.to_naive_date().map_err(|_| NOT_A_DATE)?;
                Ok(date.to_epoch_days())
            }
        }
    }

    /// Nanoseconds since midnight.
    #[inline]
    pub fn time(&self, text: &[u8]) -> Result<i64, Why> {
        match self {
            TimeFormat::Iso => parse_time(text),
            TimeFormat::Strftime(items) => {
                let time = parsed(text, items)?.to_naive_time().map_err(|_| NOT_A_TIME)?;
                let nanos = (time - chrono::NaiveTime::MIN).num_nanoseconds().ok_or(NOT_A_TIME)?;
                if nanos < DAY { Ok(nanos) } else { Err("leap seconds have no place in a day of 86400 seconds") }
            }
        }
    }

    /// A timestamp.
    #[inline]
    pub fn stamp(&self, text: &[u8]) -> Result<Stamp, Why> {
        match self {
            TimeFormat::Iso => parse_stamp(text),
            TimeFormat::Strftime(items) => {
                let parsed = parsed(text, items)?;
                let offset = parsed.offset();
                // `%s` counts from UTC and knows no offset of its own
                let offset = if offset.is_none() && parsed.timestamp().is_some() { Some(0) } else { offset };
                let local = parsed.to_naive_datetime_with_offset(offset.unwrap_or(0)).map_err(|_| NOT_A_TIMESTAMP)?;
                let leap = chrono::Timelike::nanosecond(&local) >= SECOND as u32;
                if leap {
                    return Err("leap seconds have no instant of their own");
                }
                let local = local.and_utc();
                let nanos =
                    i128::from(local.timestamp()) * i128::from(SECOND) + i128::from(local.timestamp_subsec_nanos());
                Ok(Stamp { local: nanos, offset })
            }
        }
    }
}

fn parsed(text: &[u8], items: &[Item<'_>]) -> Result<Parsed, Why> {
    const UNLIKE: Why = "does not match the format";
    let text = std::str::from_utf8(text).map_err(|_| UNLIKE)?;
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).map_err(|_| UNLIKE)?;
    Ok(parsed)
}

/// `YYYY-MM-DD` as days since 1970-01-01.
#[inline]
pub fn parse_date(text: &[u8]) -> Result<i32, Why> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return Err(NOT_A_DATE) };
    let number = |a: u8, b: u8| two_digits(a, b).ok_or(NOT_A_DATE);
    let year = number(*y1, *y2)? * 100 + number(*y3, *y4)?;
    let (month, day) = (number(*m1, *m2)?, number(*d1, *d2)?);
    let date = NaiveDate::from_ymd_opt(year as i32, month, day).ok_or("no such day")?;
    Ok(date.to_epoch_days())
}

/// `HH:MM[:SS[.f]]`, up to nine decimals, as nanoseconds since midnight.
#[inline]
pub fn parse_time(text: &[u8]) -> Result<i64, Why> {
    let (clock, fraction) = text.split_at(text.len().min(8));
    let ((h1, h2), (m1, m2), (s1, s2)) = match clock {
        [h1, h2, b':', m1, m2, b':', s1, s2] => ((h1, h2), (m1, m2), (s1, s2)),
        [h1, h2, b':', m1, m2] => ((h1, h2), (m1, m2), (&b'0', &b'0')),
        _ => return Err(NOT_A_TIME),
    };
    let number = |a: &u8, b: &u8| two_digits(*a, *b).map(i64::from).ok_or(NOT_A_TIME);
    let (hours, minutes, seconds) = (number(h1, h2)?, number(m1, m2)?, number(s1, s2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err("no such time of day");
    }
    Ok(((hours * 60 + minutes) * 60 + seconds) * SECOND + parse_fraction(fraction)?)
}

/// Nothing, or a point and one to nine decimals, as nanoseconds.
#[inline]
fn parse_fraction(text: &[u8]) -> Result<i64, Why> {
    let digits = match text {
        [] => return Ok(0),
        [b'.', digits @ ..] if !digits.is_empty() => digits,
        _ => return Err(NOT_A_TIME),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(NOT_A_TIME);
    }
    if digits.len() > 9 {
        return Err(TOO_FINE);
    }
    let value = digits.iter().fold(0, |v, b| v * 10 + i64::from(b - b'0'));
    Ok(value * 10i64.pow(9 - digits.len() as u32))
}

/// RFC 3339 with `T` or a blank; seconds, decimals and offset optional.
#[inline]
pub fn parse_stamp(text: &[u8]) -> Result<Stamp, Why> {
    if text.len() < 16 {
        return Err(if parse_date(text).is_ok() { "lacks a time of day" } else { NOT_A_TIMESTAMP });
    }
    let (date, rest) = text.split_at(10);
    let days = parse_date(date).map_err(|why| if why == NOT_A_DATE { NOT_A_TIMESTAMP } else { why })?;
    let [b'T' | b't' | b' ', clock @ ..] = rest else { return Err(NOT_A_TIMESTAMP) };
    let n_clock = clock.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.')).count();
    let (clock, offset) = clock.split_at(n_clock);
    let offset = match offset {
        [] => None,
        offset => Some(parse_offset(offset).ok_or("not an offset from UTC")?),
    };
    let nanos = parse_time(clock)?;
    Ok(Stamp { local: i128::from(days) * i128::from(DAY) + i128::from(nanos), offset })
}

/// `Z` or `+HH:MM` as seconds.
fn parse_offset(text: &[u8]) -> Option<i32> {
    let (sign, h1, h2, m1, m2) = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (two_digits(*h1, *h2)?, two_digits(*m1, *m2)?);
    (hours < 24 && minutes < 60).then(|| sign * (hours * 60 + minutes) as i32 * 60)
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}
