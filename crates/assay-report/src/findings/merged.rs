//! Windows of a monitor told as one finding, for formats in which a finding is known by its fingerprint: two of one
//! fingerprint would be one of them lost.

use std::collections::HashMap;

use super::Finding;
use crate::formats::text::words::plural;

/// Windows that are named; the others are counted.
const WINDOWS_NAMED: usize = 5;

/// A finding, and how often else it was found.
#[derive(Debug, Clone)]
pub(crate) struct Merged<'a> {
    /// The worst one, of those alike the newest.
    pub finding: Finding<'a>,
    /// What it is, from run to run.
    pub fingerprint: String,
    /// Other windows with the same finding, in the order of the findings.
    windows: Vec<&'a str>,
    /// Others alike that have no window.
    others: usize,
}

/// Findings by their fingerprint, in the order of the worst of each.
pub(crate) fn merged<'a>(findings: &[Finding<'a>]) -> Vec<Merged<'a>> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<Merged<'a>> = Vec::new();
    for finding in findings {
        let fingerprint = finding.fingerprint();
        match known.get(&fingerprint) {
            Some(at) => merged[*at].add(finding),
            None => {
                known.insert(fingerprint.clone(), merged.len());
                merged.push(Merged { finding: *finding, fingerprint, windows: vec![], others: 0 });
            }
        }
    }
    merged
}

impl<'a> Merged<'a> {
    fn add(&mut self, other: &Finding<'a>) {
        let mut told = *other;
        if other.level == self.finding.level && other.window() > self.finding.window() {
            std::mem::swap(&mut self.finding, &mut told);
        }
        match told.window() {
            Some(window) => self.windows.push(window),
            None => self.others += 1,
        }
    }

    /// The sentence, and in which other windows it was found.
    pub fn message(&self) -> String {
        let mut message = self.finding.message();
        if let (Some(window), false) = (self.finding.window(), self.windows.is_empty()) {
            let named = self.windows.iter().take(WINDOWS_NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = self.windows.len().saturating_sub(WINDOWS_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let others = plural(self.windows.len(), "other window");
            message.push_str(&format!(" (window {window}; found in {others}, too: {named}{more})"));
        }
        if self.others > 0 {
            message.push_str(&format!(" (found {}, too)", plural(self.others, "other time")));
        }
        message
    }
}
