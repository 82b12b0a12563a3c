//! One field of a schedule: `*`, numbers, names, ranges, steps, and lists of them.

use super::{Fault, cut};

/// What a field counts.
pub(super) struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of its numbers, from `least` on.
    names: &'static [&'static str],
}

pub(super) const MINUTES: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
pub(super) const HOURS: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
pub(super) const DAYS: Field = Field { name: "day of month", least: 1, most: 31, names: &[] };
pub(super) const MONTHS: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
pub(super) const WEEKDAYS: Field =
    Field { name: "day of week", least: 0, most: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Field {
    /// The numbers of a field as bits.
    pub fn read(&self, text: &str) -> Result<u64, Fault> {
        text.split(',').try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    /// `*`, `5`, `mon`, `1-5`, `*/15`, `9-17/2`.
    fn part(&self, text: &str) -> Result<u64, Fault> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.least, if self.name == WEEKDAYS.name { 6 } else { self.most }),
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None if step.is_some() => {
                let hint =
                    format!("write `{}-{}/{}`, or `*/{}`", cut(range), self.most, step.unwrap_or(1), step.unwrap_or(1));
                return Err(Fault::new(format!("a step goes with `*` or a range, not `{}`", cut(text)), hint));
            }
            None => {
                let number = self.number(range)?;
                (number, number)
            }
        };
        // friday to sunday
        let to = if self.name == WEEKDAYS.name && to == 0 && from > 0 { 7 } else { to };
        if from > to {
            let hint = format!(
                "write `{from}-{},{}-{to}`",
                self.most.min(if self.names.len() == 7 { 6 } else { self.most }),
                self.least
            );
            return Err(Fault::new(format!("a range goes upwards, not `{}`", cut(text)), hint));
        }
        let step = step.unwrap_or(1);
        Ok((from..=to).step_by(step as usize).fold(0, |set, number| set | 1 << number))
    }

    fn step(&self, text: &str) -> Result<u32, Fault> {
        let step = digits(text).filter(|step| (1..=self.most).contains(step));
        step.ok_or_else(|| {
            let message =
                format!("a step of `{}` is a whole number from 1 to {}, not `{}`", self.name, self.most, cut(text));
            Fault::new(message, "as in `*/15`")
        })
    }

    fn number(&self, text: &str) -> Result<u32, Fault> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = named.map(|at| self.least + at as u32).or_else(|| digits(text));
        number.filter(|number| (self.least..=self.most).contains(number)).ok_or_else(|| {
            let message = format!("`{}` is from {} to {}, not `{}`", self.name, self.least, self.most, cut(text));
            let hint = match self.names.first().zip(self.names.last()) {
                Some((first, last)) => format!("or a name from `{first}` to `{last}`"),
                None => "`*` is any, `1,15` a list, `1-5` a range, `*/5` a step".to_owned(),
            };
            Fault::new(message, hint)
        })
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}
