//! The list of contracts and monitors: which of them are shown, in which order, on which page.

use assay_core::ops::Millis;
use assay_core::ops::runs::{Kind, RunState};
use assay_core::verdict::Outcome;

use super::link;

/// Rows of one page of the list.
pub const ROWS: usize = 100;

/// A contract or a monitor, as a list has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<'a> {
    /// Its name.
    pub name: &'a str,
    /// Which of the two.
    pub kind: Kind,
    /// Its layer.
    pub layer: Option<&'a str>,
    /// Who looks after it.
    pub owner: Option<&'a str>,
    /// Labels.
    pub tags: &'a [String],
    /// Whether it is evaluated.
    pub enabled: bool,
    /// How its newest finished run ended.
    pub outcome: Option<Outcome>,
    /// When that was.
    pub last: Option<Millis>,
    /// The run that waits or is being executed.
    pub busy: Option<RunState>,
    /// Incidents that are open or acknowledged.
    pub incidents: usize,
}

/// How it stands with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It passed.
    Pass,
    /// It was never run.
    Never,
    /// All of it was skipped.
    Skipped,
    /// It warns.
    Warn,
    /// It is broken.
    Fail,
    /// It could not be evaluated.
    Error,
}

impl Standing {
    /// All of them, worst first.
    pub const WORST_FIRST: [Standing; 6] =
        [Standing::Error, Standing::Fail, Standing::Warn, Standing::Skipped, Standing::Never, Standing::Pass];

    /// As it is written in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Pass => "pass",
            Standing::Never => "never",
            Standing::Skipped => "skipped",
            Standing::Warn => "warn",
            Standing::Fail => "fail",
            Standing::Error => "error",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Standing::WORST_FIRST.into_iter().find(|standing| standing.name() == name)
    }
}

impl Listed<'_> {
    /// How it stands with it.
    pub fn standing(&self) -> Standing {
        match self.outcome {
            None => Standing::Never,
            Some(Outcome::Pass) => Standing::Pass,
            Some(Outcome::Skipped) => Standing::Skipped,
            Some(Outcome::Warn) => Standing::Warn,
            Some(Outcome::Fail) => Standing::Fail,
            Some(Outcome::Error) => Standing::Error,
        }
    }

    /// The name of the group that it is shown in.
    pub fn group(&self) -> &str {
        match (self.layer, self.kind) {
            (Some(layer), _) => layer,
            (None, Kind::Monitor) => MODELS,
            (None, Kind::Contract) => NO_LAYER,
        }
    }
}

/// The group of monitors that name no layer.
pub(super) const MODELS: &str = "models";
/// The group of contracts that name no layer.
pub(super) const NO_LAYER: &str = "no layer";

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that name, owner or a tag has in it.
    pub text: String,
    /// A layer, or `models`, or `no layer`.
    pub layer: String,
    /// An owner.
    pub owner: String,
    /// A tag.
    pub tag: String,
    /// How it stands.
    pub state: Option<Standing>,
    /// Which page, from 1.
    pub page: usize,
}

impl Filter {
    /// From the pairs of an address; what is not known is left out.
    pub fn of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut filter = Filter { page: 1, ..Filter::default() };
        for (name, value) in pairs {
            match name {
                "q" => filter.text = value.trim().to_owned(),
                "layer" => filter.layer = value.to_owned(),
                "owner" => filter.owner = value.to_owned(),
                "tag" => filter.tag = value.to_owned(),
                "state" => filter.state = Standing::named(value),
                "page" => filter.page = value.parse().unwrap_or(1),
                _ => {}
            }
        }
        filter
    }

    /// Whether it leaves anything out.
    pub fn is_set(&self) -> bool {
        let Filter { text, layer, owner, tag, state, page: _ } = self;
        [text, layer, owner, tag].iter().any(|part| !part.is_empty()) || state.is_some()
    }

    /// The address of a page of what it finds.
    pub(super) fn href(&self, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let state = self.state.map_or("", Standing::name);
        let of = [
            ("q", self.text.as_str()),
            ("layer", &self.layer),
            ("owner", &self.owner),
            ("tag", &self.tag),
            ("state", state),
            ("page", &page),
        ];
        format!("/{}#list", link::query(&of))
    }

    fn fits(&self, listed: &Listed<'_>, words: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(words);
        let is = |wanted: &str, value: Option<&str>| wanted.is_empty() || value == Some(wanted);
        self.state.is_none_or(|state| listed.standing() == state)
            && is(&self.layer, Some(listed.group()))
            && is(&self.owner, listed.owner)
            && (self.tag.is_empty() || listed.tags.contains(&self.tag))
            && (words.is_empty()
                || has(listed.name)
                || listed.owner.is_some_and(has)
                || listed.tags.iter().any(|tag| has(tag)))
    }
}

/// What a filter found.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected<'a> {
    /// The rows of this page, worst first, then by name.
    pub rows: Vec<Listed<'a>>,
    /// How many there are on all pages.
    pub matching: usize,
    /// This page, from 1; the last one where the address named a later one.
    pub page: usize,
    /// How many pages there are, at least one.
    pub pages: usize,
}

/// One page of what the filter finds.
pub fn select<'a>(documents: &[Listed<'a>], filter: &Filter) -> Selected<'a> {
    let words = filter.text.to_lowercase();
    let mut found: Vec<&Listed<'a>> = documents.iter().filter(|listed| filter.fits(listed, &words)).collect();
    found.sort_by(|a, b| b.standing().cmp(&a.standing()).then_with(|| a.name.cmp(b.name)));
    let pages = found.len().div_ceil(ROWS).max(1);
    let page = filter.page.clamp(1, pages);
    let rows = found.iter().skip((page - 1) * ROWS).take(ROWS).map(|listed| (*listed).clone()).collect();
    Selected { rows, matching: found.len(), page, pages }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed<'a>(name: &'a str, outcome: Option<Outcome>) -> Listed<'a> {
        let layer = name.split_once('.').map(|(layer, _)| layer);
        let (kind, enabled) = (Kind::Contract, true);
        Listed { name, kind, layer, owner: None, tags: &[], enabled, outcome, last: None, busy: None, incidents: 0 }
    }

    fn names<'a>(selected: &Selected<'a>) -> Vec<&'a str> {
        selected.rows.iter().map(|row| row.name).collect()
    }

    #[test]
    fn the_worst_comes_first_then_names_decide() {
        let documents = [
            listed("silver.b", Some(Outcome::Pass)),
            listed("silver.a", Some(Outcome::Pass)),
            listed("gold.c", None),
            listed("gold.d", Some(Outcome::Fail)),
            listed("bronze.e", Some(Outcome::Error)),
        ];
        let all = select(&documents, &Filter::of([]));
        assert_eq!(names(&all), ["bronze.e", "gold.d", "gold.c", "silver.a", "silver.b"]);
        let gold = select(&documents, &Filter::of([("layer", "gold"), ("state", "fail")]));
        assert_eq!((names(&gold), gold.matching), (vec!["gold.d"], 1));
        assert_eq!(names(&select(&documents, &Filter::of([("q", " SILVER.")]))), ["silver.a", "silver.b"]);
    }

    #[test]
    fn a_page_has_a_hundred_rows_and_the_last_one_stands_in_for_those_behind_it() {
        let names: Vec<String> = (0..10_000).map(|n| format!("t{n:05}")).collect();
        let documents: Vec<Listed<'_>> = names.iter().map(|name| listed(name, None)).collect();
        let of = |page: &str| select(&documents, &Filter::of([("page", page)]));
        assert_eq!((of("1").rows.len(), of("1").pages, of("1").rows[0].name), (100, 100, "t00000"));
        assert_eq!((of("100").rows[99].name, of("999999").page), ("t09999", 100));
        for odd in ["0", "-1", "x", "99999999999999999999999"] {
            assert_eq!(of(odd).page, 1, "{odd}");
        }
    }

    #[test]
    fn an_address_says_the_filter_again() {
        let pairs = [("q", "a b"), ("layer", "x&y"), ("owner", ""), ("tag", "pii"), ("state", "warn"), ("page", "3")];
        let filter = Filter::of(pairs);
        assert_eq!(filter.href(3), "/?q=a%20b&layer=x%26y&tag=pii&state=warn&page=3#list");
        assert!(filter.is_set());
        assert_eq!((Filter::of([]).href(1), Filter::of([("state", "odd")]).is_set()), ("/#list".into(), false));
    }
}
