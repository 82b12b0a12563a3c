//! `--select`: which checks of which tables.

use assay_contract::Loaded;
use assay_core::check::PlacedCheck;
use assay_core::contract::Contract;
use assay_core::drift::monitor::Monitor;
use assay_core::suggest::did_you_mean;

use crate::failure::Failure;
use crate::load::Documents;

const KINDS: &[&str] = &["layer", "table", "owner", "tag", "check"];

/// What is selected. Terms of one kind are alternatives, different kinds must all hold.
#[derive(Debug, Default)]
pub(crate) struct Selection(Vec<Term>);

#[derive(Debug)]
struct Term {
    kind: &'static str,
    pattern: String,
}

/// Contracts with the selected checks, and the contracts of which nothing is selected.
#[derive(Debug)]
pub(crate) struct Selected {
    pub contracts: Vec<Contract>,
    pub others: Vec<Contract>,
    pub monitors: Vec<Monitor>,
}

impl Selection {
    /// Reads the terms of the command line.
    pub fn read(terms: &[String]) -> Result<Self, Failure> {
        let mut read = Vec::new();
        for term in terms.iter().map(|term| term.trim()) {
            let Some((kind, pattern)) = term.split_once(':').filter(|(_, pattern)| !pattern.is_empty()) else {
                let hint = format!("write what it is: `table:{term}`, `check:{term}`, `layer:`, `owner:` or `tag:`");
                return Err(Failure::usage(format!("`--select` takes KIND:NAME, not `{term}`"), hint));
            };
            let Some(kind) = KINDS.iter().find(|known| **known == kind) else {
                let hint = did_you_mean(kind, KINDS.iter().copied());
                let hint = hint.unwrap_or_else(|| format!("the kinds are {}", KINDS.join(", ")));
                return Err(Failure::usage(format!("`--select` does not know the kind `{kind}`"), hint));
            };
            read.push(Term { kind, pattern: pattern.to_string() });
        }
        Ok(Selection(read))
    }

    /// Splits contracts into what is selected and the rest. Nothing selected is an error, and so is a term that
    /// nothing at all has: it is more likely a typing error than a wish.
    ///
    /// A monitor runs whole or not at all: its p-values are adjusted together.
    pub fn apply(&self, documents: Documents) -> Result<Selected, Failure> {
        let mut selected = Selected { contracts: Vec::new(), others: Vec::new(), monitors: Vec::new() };
        let monitors: Vec<Monitor> = documents.monitors.into_iter().map(|loaded| loaded.monitor).collect();
        for term in &self.0 {
            term.known(&documents.contracts, &monitors)?;
        }
        selected.monitors = monitors.into_iter().filter(|monitor| self.holds_monitor(monitor)).collect();
        for mut contract in documents.contracts.into_iter().map(|loaded| loaded.contract) {
            let all = std::mem::take(&mut contract.checks);
            contract.checks = all.into_iter().filter(|check| self.holds(&contract, check)).collect();
            if contract.checks.is_empty() && !self.0.is_empty() {
                selected.others.push(contract);
            } else {
                selected.contracts.push(contract);
            }
        }
        if selected.contracts.is_empty() && selected.monitors.is_empty() {
            let terms: Vec<String> = self.0.iter().map(|term| format!("{}:{}", term.kind, term.pattern)).collect();
            let hint = "terms of different kinds must all hold for one check; leave one out";
            return Err(Failure::usage(format!("no check is selected by `{}`", terms.join(",")), hint));
        }
        Ok(selected)
    }

    fn holds(&self, contract: &Contract, check: &PlacedCheck) -> bool {
        KINDS.iter().all(|kind| {
            let mut terms = self.0.iter().filter(|term| term.kind == *kind).peekable();
            let values = values(kind, contract, Some(check));
            terms.peek().is_none() || terms.any(|term| values.iter().any(|value| matches(&term.pattern, value)))
        })
    }
}

impl Selection {
    fn holds_monitor(&self, monitor: &Monitor) -> bool {
        KINDS.iter().all(|kind| {
            let mut terms = self.0.iter().filter(|term| term.kind == *kind).peekable();
            let values = values_of_monitor(kind, monitor);
            terms.peek().is_none() || terms.any(|term| values.iter().any(|value| matches(&term.pattern, value)))
        })
    }
}

impl Term {
    fn known(&self, loaded: &[Loaded], monitors: &[Monitor]) -> Result<(), Failure> {
        let mut all: Vec<&str> = monitors.iter().flat_map(|monitor| values_of_monitor(self.kind, monitor)).collect();
        for contract in loaded.iter().map(|loaded| &loaded.contract) {
            all.extend(values(self.kind, contract, None));
            all.extend(contract.checks.iter().flat_map(|check| values(self.kind, contract, Some(check))));
        }
        if all.iter().any(|value| matches(&self.pattern, value)) {
            return Ok(());
        }
        all.sort_unstable();
        all.dedup();
        let hint = did_you_mean(&self.pattern, all.iter().copied()).unwrap_or_else(|| match all.len() {
            0 => format!("no contract has a {}", self.kind),
            n if n <= 12 => format!("there is {}", all.join(", ")),
            n => format!("there is {}, and {} more", all[..12].join(", "), n - 12),
        });
        Err(Failure::usage(format!("nothing has the {} `{}`", self.kind, self.pattern), hint))
    }
}

/// What a term of this kind is compared with.
fn values<'a>(kind: &str, contract: &'a Contract, check: Option<&'a PlacedCheck>) -> Vec<&'a str> {
    match kind {
        "layer" => contract.layer.as_deref().into_iter().collect(),
        "table" => vec![contract.table.as_str()],
        "owner" => contract.owner.as_deref().into_iter().collect(),
        "tag" => contract.tags.iter().chain(check.iter().flat_map(|check| &check.tags)).map(String::as_str).collect(),
        _ => check.iter().flat_map(|check| [check.id.as_str(), check.name]).collect(),
    }
}

/// What a term of this kind is compared with, of a monitor.
fn values_of_monitor<'a>(kind: &str, monitor: &'a Monitor) -> Vec<&'a str> {
    match kind {
        "layer" => monitor.layer.as_deref().into_iter().collect(),
        "table" => vec![monitor.name.as_str()],
        "owner" => monitor.owner.as_deref().into_iter().collect(),
        "tag" => monitor.tags.iter().map(String::as_str).collect(),
        _ => {
            let mut checks = vec!["drift"];
            checks.extend(monitor.dataset.is_some().then_some("dataset"));
            checks.extend(monitor.correlations.is_some().then_some("correlation"));
            checks.extend(monitor.covariance.is_some().then_some("covariance"));
            checks.extend(monitor.concept.is_some().then_some("concept"));
            checks.extend((!monitor.performance.is_empty()).then_some("performance"));
            checks
        }
    }
}

/// Whether `text` matches a pattern in which `*` stands for any text. Greedy matching from both ends is enough:
/// the parts between stars are looked for left to right.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("silver.*", "silver.orders"),
            ("*.completeness", "a.completeness"),
            ("a*b*c", "a--b--c"),
            ("a", "a"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*a", "a"), ("*b", "bc"), ("a*b*c", "a--c"), ("silver.*", "gold.orders")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn terms_need_a_known_kind() {
        let read = |term: &str| Selection::read(&[term.to_string()]).is_ok();
        assert!(read("layer:gold") && read("check:email.*"));
        assert!(!read("gold") && !read("laver:gold") && !read("layer:") && !read(""));
    }
}
