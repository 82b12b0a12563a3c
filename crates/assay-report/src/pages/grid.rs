//! How it stands with all contracts and monitors: in one bar, and layer by layer.

use std::collections::BTreeMap;

use assay_core::verdict::Outcome;
use serde::Serialize;

use super::list::{Filter, Listed, MODELS, NO_LAYER, Standing};
use super::{link, signs};
use crate::formats::html::view::run::Tally;
use crate::formats::html::view::{Badge, cut};
use crate::formats::text::words::count;

/// Documents named in a layer, worst first.
const NAMED: usize = 8;
/// Layers in their own order, before all others.
const LAYERS: [&str; 3] = ["bronze", "silver", "gold"];

#[derive(Debug, Serialize)]
pub(super) struct Layer {
    name: String,
    href: String,
    badge: Badge,
    total: String,
    counts: Vec<LayerCount>,
    documents: Vec<Tile>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct LayerCount {
    badge: Badge,
    count: String,
    href: String,
}

#[derive(Debug, Serialize)]
struct Tile {
    name: String,
    href: String,
    badge: Badge,
}

/// Sign and word of a standing.
pub(super) fn badge_of(standing: Standing) -> Badge {
    match standing {
        Standing::Pass => Outcome::Pass.into(),
        Standing::Never => signs::NEVER,
        Standing::Skipped => Outcome::Skipped.into(),
        Standing::Warn => Outcome::Warn.into(),
        Standing::Fail => Outcome::Fail.into(),
        Standing::Error => Outcome::Error.into(),
    }
}

/// What is said of so many documents.
pub(super) fn counted(standing: Standing) -> &'static str {
    match standing {
        Standing::Pass => "passing",
        Standing::Never => "never run",
        Standing::Skipped => "skipped",
        Standing::Warn => "warning",
        Standing::Fail => "broken",
        Standing::Error => "not evaluable",
    }
}

fn counts<'l>(documents: impl Iterator<Item = &'l Listed<'l>>) -> Vec<(Standing, usize)> {
    let mut counts: BTreeMap<Standing, usize> = BTreeMap::new();
    documents.for_each(|listed| *counts.entry(listed.standing()).or_default() += 1);
    counts.into_iter().rev().collect()
}

/// How many there are of each standing, worst first.
pub(super) fn tallies(documents: &[Listed<'_>]) -> Vec<Tally> {
    let place = |n: usize| (n as f64 / documents.len() as f64 * 1000.0).round() as u32;
    let mut before = 0;
    let tally = |(standing, n): (Standing, usize)| {
        let (x, end) = (place(before), place(before + n));
        before += n;
        let (badge, count, word) = (badge_of(standing), count(n as u64), counted(standing));
        Tally { badge, count, word, x, width: (end - x).max(4) }
    };
    counts(documents.iter()).into_iter().map(tally).collect()
}

/// Every layer, bronze before silver before gold before all others.
pub(super) fn layers(documents: &[Listed<'_>]) -> Vec<Layer> {
    let mut groups: BTreeMap<(usize, &str), Vec<&Listed<'_>>> = BTreeMap::new();
    for listed in documents {
        let name = listed.group();
        let rank = LAYERS.iter().position(|layer| *layer == name).unwrap_or(match name {
            MODELS => LAYERS.len() + 1,
            NO_LAYER => LAYERS.len() + 2,
            _ => LAYERS.len(),
        });
        groups.entry((rank, name)).or_default().push(listed);
    }
    groups.into_iter().map(|((_, name), documents)| layer(name, documents)).collect()
}

fn layer(name: &str, mut documents: Vec<&Listed<'_>>) -> Layer {
    documents.sort_by(|a, b| b.standing().cmp(&a.standing()).then_with(|| a.name.cmp(b.name)));
    let of = |state: Option<Standing>| Filter { layer: name.to_owned(), state, page: 1, ..Filter::default() }.href(1);
    let count_of = |(standing, n): (Standing, usize)| LayerCount {
        badge: badge_of(standing),
        count: format!("{} {}", count(n as u64), counted(standing)),
        href: of(Some(standing)),
    };
    let tile = |listed: &&Listed<'_>| Tile {
        name: cut(listed.name),
        href: link::document(listed.name),
        badge: badge_of(listed.standing()),
    };
    Layer {
        name: cut(name),
        href: of(None),
        badge: badge_of(documents.first().map_or(Standing::Never, |listed| listed.standing())),
        total: count(documents.len() as u64),
        counts: counts(documents.iter().copied()).into_iter().map(count_of).collect(),
        documents: documents.iter().take(NAMED).map(tile).collect(),
        more: documents.len().saturating_sub(NAMED),
    }
}
