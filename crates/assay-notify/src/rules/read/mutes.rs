//! `mute_times`: times of the week by name.

use assay_core::node::{Key, Node};
use assay_core::problem::Span;
use chrono::Weekday;

use super::Reader;
use crate::rules::{MuteTime, values};

const KEYS: &[&str] = &["days", "times", "timezone"];
/// Entries of one name, at most.
const MOST_ENTRIES: usize = 100;

pub(super) fn read(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    for (key, value) in values::map(node, "mute_times", &mut reader.problems).unwrap_or_default() {
        // one beyond the limit was told of
        if values::enough(&reader.problems) || !reader.mute_times.contains_key(&key.text) {
            return;
        }
        let what = format!("mute time `{}`", values::shorten(&key.text));
        let Some(items) = values::list(value, &what, &mut reader.problems) else { continue };
        if items.is_empty() || items.len() > MOST_ENTRIES {
            let message = format!("{what} has from 1 to {MOST_ENTRIES} entries, not {}", items.len());
            reader.wrong(value.span, message, "as in `[{days: [sat], times: [\"22:00-24:00\"]}]`");
            continue;
        }
        let times = items.iter().filter_map(|item| reader.mute_time(item)).collect();
        reader.rules.mute_times.entry(key.text.clone()).or_insert(times);
    }
}

impl Reader<'_> {
    fn mute_time(&mut self, node: &Node) -> Option<MuteTime> {
        let entries = values::map(node, "an entry of a mute time", &mut self.problems)?;
        let mut time = MuteTime { days: Vec::new(), times: Vec::new(), timezone: self.reading.timezone };
        for (key, value) in entries {
            match key.text.as_str() {
                "days" => time.days = self.days(value),
                "times" => time.times = self.times(value),
                "timezone" => time.timezone = values::timezone(value, &mut self.problems).unwrap_or(time.timezone),
                _ => self.problems.push(values::unknown_key(key, "of a mute time", KEYS)),
            }
        }
        if node.get("days").is_none() && node.get("times").is_none() {
            let hint = "give `days`, `times` or both; who is never to be told needs no route";
            self.wrong(node.span, "this entry says neither `days` nor `times`, and would mute for ever", hint);
        }
        Some(time)
    }

    fn days(&mut self, node: &Node) -> Vec<Weekday> {
        let mut days = Vec::new();
        let Some(items) = values::list(node, "days", &mut self.problems) else { return days };
        if items.is_empty() {
            self.wrong(node.span, "`days` is empty", "leave it out for every day");
        }
        for item in items {
            let Some(text) = values::text(item, "a day", &mut self.problems) else { continue };
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (Some(first), Some(last)) = (values::weekday(first), values::weekday(last)) else {
                let message = format!("this is no day of the week: {}", item.describe());
                self.wrong(item.span, message, format!("days are {}; several are `mon-fri`", values::DAYS.join(", ")));
                continue;
            };
            // from Friday to Monday are four days
            let several = last.days_since(first) as usize + 1;
            for day in std::iter::successors(Some(first), |day| Some(day.succ())).take(several) {
                if days.contains(&day) {
                    let message = format!("a day is there twice: {}", item.describe());
                    self.wrong(item.span, message, "remove one of the two");
                    break;
                }
                days.push(day);
            }
        }
        days
    }

    fn times(&mut self, node: &Node) -> Vec<(u16, u16)> {
        let mut times: Vec<(u16, u16)> = Vec::new();
        let Some(items) = values::list(node, "times", &mut self.problems) else { return times };
        if items.is_empty() {
            self.wrong(node.span, "`times` is empty", "leave it out for the whole day");
        }
        for item in items {
            let Some((from, to)) = self.time(item) else { continue };
            match times.iter().find(|(begins, ends)| from < *ends && *begins < to) {
                Some((begins, ends)) => {
                    let other = format!("{}-{}", clock(*begins), clock(*ends));
                    let message = format!("this time overlaps with `{other}`: {}", item.describe());
                    self.wrong(item.span, message, "make one of the two");
                }
                None => times.push((from, to)),
            }
        }
        times
    }

    fn time(&mut self, node: &Node) -> Option<(u16, u16)> {
        let text = values::text(node, "a time", &mut self.problems)?;
        let parts = text.split_once('-').map(|(from, to)| (from.trim(), to.trim()));
        let minutes = parts.and_then(|(from, to)| Some((values::minute(from)?, values::minute(to)?)));
        match minutes {
            Some((from, to)) if from < to => Some((from, to)),
            Some((from, to)) => {
                self.reversed(node, node.span, (from, to));
                None
            }
            None => {
                let message = format!("a time of day is such as \"22:00-24:00\", not {}", node.describe());
                self.wrong(node.span, message, "two digits each, \"00:00\" to \"24:00\", in quotes");
                None
            }
        }
    }

    fn reversed(&mut self, node: &Node, at: Span, (from, to): (u16, u16)) {
        let message = format!("a time ends after it begins, and here it does not: {}", node.describe());
        let hint = match (from, to) {
            _ if from == to => "leave `times` out for the whole day".to_owned(),
            (_, 0) => format!("the end of a day is 24:00: `{}-24:00`", clock(from)),
            _ => format!(
                "across midnight it takes two entries: `{}-24:00`, and of the next day `00:00-{}`",
                clock(from),
                clock(to)
            ),
        };
        self.wrong(at, message, hint);
    }
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
