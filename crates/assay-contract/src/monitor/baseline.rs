//! `baseline`: what live rows are compared with.

use assay_core::drift::monitor::{BaselineSource, Period, Window, WindowSize};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;

use super::section::{Reader, Section};
use super::window::is_timed;
use crate::read;

const FORMS: &[&str] = &["profile", "from", "rolling", "same"];
const KEYS: &[&str] = &["profile", "from", "rolling", "same", "weeks"];
const EXAMPLE: &str = "{profile: baselines/fare_eta-7.baseline.parquet}";
/// What people write for `where`.
const MEANT_WHERE: &[&str] = &["filter", "rows", "predicate"];
/// The most windows that a baseline is merged from.
const MOST_WINDOWS: u32 = 1_000;
const MOST_WEEKS: u32 = 104;

/// What was read of `baseline`.
pub(crate) enum Read<'n> {
    /// All of it.
    Done(BaselineSource),
    /// Rows: their place is read as every source is, with `where` taken out.
    Rows {
        /// `from`.
        key: &'n Key,
        /// What describes the source.
        source: Node,
        /// `where`.
        filter: Option<&'n Node>,
    },
}

impl Reader<'_> {
    /// Reads `baseline`, except for where rows are.
    pub fn baseline<'n>(&mut self, entry: &'n (Key, Node), window: &Window, timed: bool) -> Option<Read<'n>> {
        let (key, node) = entry;
        let section = self.section(key, node, KEYS, EXAMPLE)?;
        let forms: Vec<&(Key, Node)> = FORMS.iter().filter_map(|form| section.entry(form)).collect();
        let (form, value) = match forms.as_slice() {
            [(form, value)] => (form, value),
            [] => {
                if !self.unfilled.contains(&node.span) && !FORMS.iter().any(|form| section.has_nearly(form)) {
                    let hint = "say one of `profile`, `from`, `rolling` and `same`";
                    self.wrong(key.span, "`baseline` does not say what live rows are compared with", hint);
                }
                return None;
            }
            [(first, _), (second, _), ..] => {
                let message = format!("`baseline` is one of `{}` and `{}`, not both", first.text, second.text);
                self.wrong(second.span, message, "leave one of them out");
                return None;
            }
        };
        if let Some((weeks, _)) = section.entry("weeks").filter(|_| form.text != "same") {
            self.wrong(weeks.span, format!("`weeks` means nothing beside `{}`", form.text), "it belongs to `same`");
        }
        match form.text.as_str() {
            "profile" => self.profile(value).map(|name| Read::Done(BaselineSource::Profile(name))),
            "from" => self.from(form, value),
            "rolling" => {
                let rolling = self.rolling(form, value);
                self.windows_of_time(form, window, timed);
                rolling.map(Read::Done)
            }
            _ => {
                let same = self.same(&section, value, window);
                self.windows_of_time(form, window, timed);
                same.map(Read::Done)
            }
        }
    }

    /// A path, or a name with an alias or a hash.
    fn profile(&mut self, node: &Node) -> Option<String> {
        let name = self.name(node, "profile")?;
        if name.contains("://") {
            let message = format!("baselines are read from local files: {}", node.describe());
            self.wrong(node.span, message, "write a path relative to the project");
            return None;
        }
        let is_path = name.contains(['/', '.']);
        let is_named = name.split_once('@').is_some_and(|(name, which)| !name.is_empty() && !which.is_empty());
        if !is_path && !is_named {
            let message =
                format!("`profile` is a file, or a baseline's name with an alias or a hash, not {}", node.describe());
            let plain = name.split('@').next().filter(|plain| !plain.is_empty()).unwrap_or("fare_eta");
            self.wrong(node.span, message, format!("as in `baselines/{plain}.baseline.parquet` or `{plain}@champion`"));
            return None;
        }
        Some(name)
    }

    fn from<'n>(&mut self, key: &'n Key, node: &'n Node) -> Option<Read<'n>> {
        let Some(entries) = node.entries() else {
            let message = format!("`from` says where the rows are as `source` does, not {}", node.describe());
            let path = node.text().filter(|_| !node.is_null()).unwrap_or("lake/train/*.parquet");
            self.wrong(node.span, message, format!("write `from: {{path: {path}}}`"));
            return None;
        };
        if let Some((key, _)) = entries.iter().find(|(key, _)| MEANT_WHERE.contains(&key.text.as_str())) {
            let message = format!("unknown key `{}` in `from`", key.text);
            self.wrong(key.span, message, "did you mean `where`?");
        }
        let is_source = |key: &Key| key.text != "where" && !MEANT_WHERE.contains(&key.text.as_str());
        let rest = entries.iter().filter(|(key, _)| is_source(key)).cloned().collect();
        let source = Node { kind: NodeKind::Map(rest), span: node.span };
        Some(Read::Rows { key, source, filter: node.get("where") })
    }

    fn rolling(&mut self, key: &Key, node: &Node) -> Option<BaselineSource> {
        let section = self.section(key, node, &["windows", "gap"], "{windows: 28, gap: 1d}")?;
        let windows = self.required(&section, "windows", "say how many: `rolling: {windows: 28}`");
        let windows = windows.and_then(|node| self.whole(node, "`windows`", 1, MOST_WINDOWS));
        let gap = section.get("gap").map(|node| self.length(node, "gap"));
        Some(BaselineSource::Rolling { windows: windows?, gap_seconds: gap.unwrap_or(Some(0))? })
    }

    fn same(&mut self, section: &Section<'_>, node: &Node, window: &Window) -> Option<BaselineSource> {
        let names = ["hour_of_day", "day_of_week", "hour_of_week"];
        let name = read::word(node, "same", &names, &mut self.problems);
        let weeks = section.get("weeks").map(|node| self.whole(node, "`weeks`", 1, MOST_WEEKS));
        let period = match name? {
            "hour_of_day" => Period::HourOfDay,
            "day_of_week" => Period::DayOfWeek,
            _ => Period::HourOfWeek,
        };
        let (fits, most) = match (period, window.size) {
            (Period::DayOfWeek, size) => (matches!(size, WindowSize::Hours(_) | WindowSize::Days(1)), "1d"),
            (Period::HourOfDay | Period::HourOfWeek, size) => (size == WindowSize::Hours(1), "1h"),
        };
        if is_timed(window.size) && !fits {
            let message = format!("the windows do not fit in the period: `{}`", node.text().unwrap_or_default());
            self.wrong(node.span, message, format!("write `window: {{size: {most}}}`"));
        }
        Some(BaselineSource::Same { period, weeks: weeks.unwrap_or(Some(4))? })
    }

    /// Baselines made of windows need some.
    fn windows_of_time(&mut self, key: &Key, window: &Window, timed: bool) {
        let at: Span = key.span;
        if !timed {
            let message = format!("`{}` needs `timestamp`: it is made of earlier windows", key.text);
            self.wrong(at, message, "name the column: `timestamp: {column: event_time, timezone: UTC}`");
        } else if !is_timed(window.size) {
            let message = format!("`{}` needs windows of time", key.text);
            self.wrong(at, message, "write `window: {size: 1d}`");
        }
    }
}
