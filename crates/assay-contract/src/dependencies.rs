//! What has to hold of `depends_on` across documents: every name is somebody's, and nobody waits for itself.

use std::collections::BTreeMap;

use assay_core::contract::Dependency;
use assay_core::suggest::did_you_mean;

use crate::read::MANY;
use crate::render::Report;
use crate::yaml::shorten;

/// Names of a circle that are shown.
const SHOWN: usize = 12;

/// What is wrong with the dependencies of these documents, each its name and what it depends on; in the order of names.
pub fn dependencies(documents: &[(&str, &[Dependency])]) -> Vec<Report> {
    let graph = Graph::of(documents);
    let mut reports = graph.unknown();
    reports.truncate(MANY);
    reports.extend(graph.circles());
    reports
}

/// Documents by name, as numbers in that order.
struct Graph<'a> {
    names: Vec<&'a str>,
    /// Of each document what it depends on, in the order written.
    edges: Vec<Vec<&'a Dependency>>,
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    fn of(documents: &[(&'a str, &'a [Dependency])]) -> Self {
        let mut merged: BTreeMap<&str, Vec<&Dependency>> = BTreeMap::new();
        for (name, on) in documents {
            merged.entry(name).or_default().extend(on.iter());
        }
        let numbers = merged.keys().enumerate().map(|(number, name)| (*name, number)).collect();
        let (names, edges) = merged.into_iter().unzip();
        Graph { names, edges, numbers }
    }

    fn unknown(&self) -> Vec<Report> {
        let named = self.edges.iter().zip(&self.names).flat_map(|(edges, by)| edges.iter().map(move |on| (on, by)));
        let missing = named.filter(|(on, _)| !self.numbers.contains_key(on.name.as_str())).take(MANY);
        missing
            .map(|(on, by)| {
                // nothing waits for itself
                let others = self.names.iter().copied().filter(|name| name != by);
                let hint = did_you_mean(&on.name, others)
                    .unwrap_or_else(|| "name a contract's table or a monitor of this project".into());
                let message = format!("no contract and no monitor is called `{}`", shorten(&on.name));
                Report::placed(&on.at, &message, Some(&hint))
            })
            .collect()
    }

    /// A circle for every group of documents that wait for each other. Walks without recursion: a chain may be as long
    /// as there are documents.
    fn circles(&self) -> Vec<Report> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            OnPath,
            Done,
        }
        let mut states = vec![State::New; self.names.len()];
        let mut reports = Vec::new();
        for start in 0..self.names.len() {
            // each step: a document, and which of its dependencies is next
            let mut path: Vec<(usize, usize)> = Vec::new();
            if states[start] == State::New {
                states[start] = State::OnPath;
                path.push((start, 0));
            }
            while let Some((at, next)) = path.last_mut() {
                let Some(on) = self.edges[*at].get(*next) else {
                    states[*at] = State::Done;
                    path.pop();
                    continue;
                };
                *next += 1;
                let Some(&to) = self.numbers.get(on.name.as_str()) else { continue };
                match states[to] {
                    State::New => {
                        states[to] = State::OnPath;
                        path.push((to, 0));
                    }
                    State::OnPath if reports.len() < MANY => {
                        let begin = path.iter().position(|(document, _)| *document == to).unwrap_or_default();
                        let circle: Vec<usize> = path[begin..].iter().map(|(document, _)| *document).collect();
                        reports.push(self.circle(circle));
                    }
                    State::OnPath | State::Done => {}
                }
            }
        }
        reports
    }

    /// `a -> b -> a`, from the first name of it, placed where that one names the second.
    fn circle(&self, mut circle: Vec<usize>) -> Report {
        let first = (0..circle.len()).min_by_key(|at| circle[*at]).unwrap_or_default();
        circle.rotate_left(first);
        let second = self.names[circle[1 % circle.len()]];
        let at = self.edges[circle[0]].iter().find(|on| on.name == second).map(|on| &on.at);
        let mut shown: Vec<String> = circle.iter().take(SHOWN).map(|at| shorten(self.names[*at])).collect();
        if circle.len() > SHOWN {
            shown.push(format!("({} more)", circle.len() - SHOWN));
        }
        shown.push(shorten(self.names[circle[0]]));
        let message = format!("documents wait for each other: {}", shown.join(" -> "));
        let hint = "take one of these out of its `depends_on`";
        match at {
            Some(at) => Report::placed(at, &message, Some(hint)),
            None => Report::unplaced(&message, Some(hint)),
        }
    }
}

#[cfg(test)]
mod tests;
