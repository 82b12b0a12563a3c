//! The documentation of a test is the header of its source file.

use super::DriftTest;
use super::registry::{MORE, TESTS};
use crate::performance::{CLASSIFICATION, REGRESSION};

/// The sections that every header has, in this order.
pub const SECTIONS: &[&str] =
    &["What it measures", "When to use it", "Formula and p-value", "Default limits", "Example", "By hand", "Limits"];

/// The header of a test's source file, as Markdown.
pub fn docs(test: &dyn DriftTest) -> String {
    header(test.source())
}

/// All pages, by name, with their Markdown: the tests in the order they are shown, then [`MORE`].
pub fn pages() -> impl Iterator<Item = (&'static str, String)> {
    let tests = TESTS.iter().map(|test| (test.name(), docs(*test)));
    tests.chain(MORE.iter().map(|(name, source)| (*name, header(source))))
}

/// The page on which a name is explained: that of a test, of an entry of [`MORE`], or of a metric's task.
pub fn page_of(name: &str) -> Option<String> {
    let page = metrics().find(|(metric, _)| *metric == name).map_or(name, |(_, task)| task);
    pages().find(|(known, _)| *known == page).map(|(_, text)| text)
}

/// The metrics of performance, each with the name of the page it is explained on.
pub fn metrics() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    let regression = REGRESSION.iter().map(|metric| (metric.name, "regression"));
    regression.chain(CLASSIFICATION.iter().map(|metric| (metric.name, "classification")))
}

/// The `//!` lines that a source file begins with, without their marks.
fn header(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_name_and_its_sections() {
        for (name, text) in pages() {
            assert!(text.starts_with(&format!("# {name}\n")), "{name}");
            let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(sections, SECTIONS, "{name}");
            assert!(text.contains("```yaml"), "{name} has no example of a monitor");
        }
    }

    #[test]
    fn a_test_explains_itself_and_says_what_its_limits_are() {
        for test in TESTS {
            let text = docs(*test);
            assert!(text.starts_with(&format!("# {}\n", test.name())), "{} includes another file", test.name());
            let limits = text.split("## Default limits\n").nth(1).unwrap_or_default();
            let says_none = limits.trim_start().starts_with("None");
            assert_eq!(says_none, test.default_limits().is_none(), "{}", test.name());
        }
    }

    #[test]
    fn every_metric_stands_on_the_page_of_its_task() {
        for (metric, task) in metrics() {
            let text = page_of(metric).unwrap_or_default();
            assert!(text.starts_with(&format!("# {task}\n")), "{metric}");
            assert!(text.contains(&format!("| `{metric}` |")), "{metric} is not in the table of {task}");
        }
        assert_eq!(page_of("no such test"), None);
    }

    #[test]
    fn no_name_has_two_pages() {
        let mut names: Vec<&str> = pages().map(|(name, _)| name).chain(metrics().map(|(name, _)| name)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
