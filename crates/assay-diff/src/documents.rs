//! Which document of one version is which of the other: by name, else by path, else by what it says.

use assay_contract::Resolved;
use assay_core::change::DocumentKind;

use crate::contract;

/// From here on two contracts are one under two names.
const ALIKE: f64 = 0.6;

/// The pass that compares what documents say.
const BY_CONTENT: usize = 3;
/// Where more pairs than this are left, a new project has replaced an old one.
const MOST_PAIRS: usize = 10_000;

/// A document in both versions, or in one.
pub(crate) enum Pair<'a> {
    Both(&'a Resolved, &'a Resolved),
    Removed(&'a Resolved),
    Added(&'a Resolved),
}

/// Pairs the documents of two versions.
pub(crate) fn pair<'a>(base: &'a [Resolved], head: &'a [Resolved]) -> Vec<Pair<'a>> {
    let mut partner: Vec<Option<usize>> = vec![None; base.len()];
    let mut taken = vec![false; head.len()];
    let passes: [fn(&Resolved, &Resolved) -> bool; 4] = [by_name_and_path, by_name, by_path, by_content];
    for (nth, alike) in passes.into_iter().enumerate() {
        let left = partner.iter().filter(|partner| partner.is_none()).count();
        if nth == BY_CONTENT && left.saturating_mul(taken.iter().filter(|taken| !**taken).count()) > MOST_PAIRS {
            break;
        }
        for (before, document) in base.iter().enumerate() {
            if partner[before].is_some() {
                continue;
            }
            let after = (0..head.len())
                .find(|at| !taken[*at] && document.kind == head[*at].kind && alike(document, &head[*at]));
            if let Some(after) = after {
                partner[before] = Some(after);
                taken[after] = true;
            }
        }
    }
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for (document, partner) in base.iter().zip(partner) {
        pairs.push(match partner {
            Some(after) => Pair::Both(document, &head[after]),
            None => Pair::Removed(document),
        });
    }
    pairs.extend(head.iter().zip(taken).filter(|(_, taken)| !taken).map(|(document, _)| Pair::Added(document)));
    pairs
}

fn by_name_and_path(a: &Resolved, b: &Resolved) -> bool {
    a.name == b.name && a.path == b.path
}

fn by_name(a: &Resolved, b: &Resolved) -> bool {
    a.name == b.name
}

fn by_path(a: &Resolved, b: &Resolved) -> bool {
    a.path == b.path
}

fn by_content(a: &Resolved, b: &Resolved) -> bool {
    match a.kind {
        DocumentKind::Contract => contract::likeness(a, b) >= ALIKE,
        DocumentKind::Monitor => ["model", "source", "baseline"]
            .iter()
            .all(|name| a.root.get(name).is_some() && crate::tree::same_or_none(a.root.get(name), b.root.get(name))),
        DocumentKind::Rules => crate::tree::same(&a.root, &b.root),
    }
}
