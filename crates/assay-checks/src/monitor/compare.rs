//! Both sides of a column as the tests take them: the profile of a baseline, and what was counted of live rows.

use std::sync::Arc;

use assay_core::drift::baseline::{BaselineColumn, CategoryProfile, NumericProfile};
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::knots::Knots;
use assay_core::drift::state::{CategoryState, Cells, ColumnState, RankState};
use assay_stats::drift::bins::{MISSING, OTHER, QuantileBins, UNSEEN, top_categories};
use assay_stats::drift::{Bins, Categories, ColumnKind, Comparison, GapSums, Missing, Ranks};

/// Cells that are not missing, of columns profiled by nothing else.
const PRESENT: &str = "__present__";

/// Both sides of a column.
#[derive(Debug)]
pub struct Sides<'a> {
    kind: ColumnKind,
    numeric: Option<Numeric<'a>>,
    /// By category; `None` of numbers.
    pub categories: Option<Categories>,
    /// The bin table.
    pub bins: Bins,
    /// Where the bins of numbers begin and end; empty of categories.
    pub spans: Vec<(f64, f64)>,
    /// Missing cells of both sides.
    pub missing: Missing,
    /// Rows of the sample and rows it was drawn from, where the baseline is one.
    pub sampled: Option<(u64, u64)>,
}

/// Both sides of a number.
#[derive(Debug)]
pub(super) struct Numeric<'a> {
    pub profile: &'a NumericProfile,
    pub live: &'a RankState,
    live_below: f64,
    live_above: f64,
}

impl<'a> Sides<'a> {
    /// The profile beside the counters; `None` where they are not of one kind, or not counted against this profile.
    pub fn new(base: &'a BaselineColumn, live: &'a ColumnState, psi_bins: u32) -> Option<Self> {
        match live {
            ColumnState::Ranks(live) => Sides::of_numbers(base, base.numeric.as_ref()?, live, psi_bins),
            ColumnState::Categories(live) => Sides::of_categories(base, base.categories.as_ref()?, live),
            ColumnState::Cells(live) => Some(Sides::of_cells(base, live)),
            ColumnState::Nothing | ColumnState::Sample(_) | ColumnState::Values(_) | ColumnState::LabelsBy(_) => None,
        }
    }

    fn of_numbers(
        base: &'a BaselineColumn,
        profile: &'a NumericProfile,
        live: &'a RankState,
        psi_bins: u32,
    ) -> Option<Self> {
        let knots: &Arc<Knots> = &profile.knots;
        let fits = live.eq.len() == knots.len() && live.gap.len() == knots.len() + 1;
        if !fits || live.gap_sums.len() != knots.len().saturating_sub(1) {
            return None;
        }
        let cells = missing_of(&base.cells, &live.cells);
        let total = base.cells.present();
        let sampled = (knots.n < total).then_some((knots.n, total));
        let numeric = Numeric { profile, live, live_below: live.below.value(), live_above: live.above.value() };
        let bins = QuantileBins::new(&knots.values, &knots.below, &knots.up_to, knots.n, psi_bins);
        let spans = bins.spans(&knots.values);
        let bins = bins.count(&numeric.ranks(), &scaled(&cells, sampled));
        Some(Sides {
            kind: ColumnKind::Numeric,
            numeric: Some(numeric),
            categories: None,
            bins,
            spans,
            missing: cells,
            sampled,
        })
    }

    /// Of a column that was profiled by its missing cells alone.
    fn of_cells(base: &BaselineColumn, live: &Cells) -> Self {
        let missing = missing_of(&base.cells, live);
        let bins = Bins {
            labels: vec![PRESENT.to_owned(), MISSING.to_owned()],
            base: vec![base.cells.present(), missing.base],
            live: vec![live.present(), missing.live],
        };
        Sides { kind: base.role, numeric: None, categories: None, bins, spans: Vec::new(), missing, sampled: None }
    }

    /// Whether only missing cells can be compared.
    pub fn has_cells_alone(&self) -> bool {
        self.numeric.is_none() && self.categories.is_none()
    }

    fn of_categories(base: &'a BaselineColumn, profile: &CategoryProfile, live: &CategoryState) -> Option<Self> {
        let names = &profile.set.names;
        if live.counts.len() != names.len() || profile.counts.len() != names.len() {
            return None;
        }
        let cells = missing_of(&base.cells, &live.cells);
        // where the baseline has too many categories to tell, new ones may be of its tail
        let new: Vec<&(Category, u64)> = if profile.set.too_many { vec![] } else { newcomers(live) };
        let of_new: u64 = new.iter().map(|(_, rows)| rows).sum();
        let mut categories = Categories {
            labels: names.iter().map(label).collect(),
            base: profile.counts.clone(),
            live: live.counts.clone(),
            lumped: (profile.tail_rows, live.tail + live.unseen.saturating_sub(of_new)),
            unseen: (!profile.set.too_many).then_some(live.unseen),
            singletons: profile.singletons,
            doubletons: doubletons(profile),
            n: base.cells.present(),
            m: live.cells.present(),
        };
        let new = new.into_iter().map(|(category, rows)| (label(category), 0, *rows));
        for (label, base, live) in new.chain([(MISSING.to_owned(), cells.base, cells.live)]) {
            if base > 0 || live > 0 {
                categories.labels.push(label);
                categories.base.push(base);
                categories.live.push(live);
            }
        }
        Some(Sides {
            kind: ColumnKind::Categorical,
            numeric: None,
            bins: top_categories(&categories, &cells),
            spans: Vec::new(),
            categories: Some(categories),
            missing: cells,
            sampled: None,
        })
    }

    /// What it is tested as.
    pub fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// As the tests take it.
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            kind: self.kind,
            ranks: self.numeric.as_ref().map(Numeric::ranks),
            bins: &self.bins,
            categories: self.categories.as_ref(),
            missing: self.missing,
        }
    }

    /// What figures are computed from.
    pub(super) fn numeric(&self) -> Option<&Numeric<'a>> {
        self.numeric.as_ref()
    }

    /// Rows of both sides that a test of all rows, or of the non-missing ones, uses.
    pub fn rows(&self, all: bool) -> (u64, u64) {
        let Missing { n, base, m, live } = self.missing;
        let sampled = self.sampled.map(|(n, _)| n);
        if all { (n, m) } else { (sampled.unwrap_or(n - base), m - live) }
    }
}

impl Numeric<'_> {
    /// By order.
    pub(super) fn ranks(&self) -> Ranks<'_> {
        let (knots, live) = (&self.profile.knots, self.live);
        let lowest = knots.values.first() == Some(&f64::NEG_INFINITY);
        let highest = knots.values.last() == Some(&f64::INFINITY);
        let beyond = |infinite: u64, is_knot: bool| if is_knot { 0 } else { infinite };
        let infinite = beyond(live.cells.minus_infinity, lowest) + beyond(live.cells.plus_infinity, highest);
        Ranks {
            values: &knots.values,
            base_below: &knots.below,
            base_up_to: &knots.up_to,
            n: knots.n,
            gap: &live.gap,
            eq: &live.eq,
            m: live.cells.present(),
            sums: Some(GapSums {
                live: &live.gap_sums,
                base: &knots.gap_sums,
                live_below: self.live_below,
                live_above: self.live_above,
                base_below: knots.sum_below,
                base_above: knots.sum_above,
                live_infinite: infinite,
            }),
        }
    }

    /// Sums of distances of finite live rows beyond the first and the last value.
    pub(super) fn beyond(&self) -> (f64, f64) {
        (self.live_below, self.live_above)
    }
}

/// Categories that the baseline does not hold and that were counted by name, most rows first.
pub(super) fn newcomers(live: &CategoryState) -> Vec<&(Category, u64)> {
    let mut new: Vec<&(Category, u64)> = live.unseen_names.values().collect();
    new.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    new
}

/// Categories of exactly two rows. Those of a tail are not known one by one: as many as its rows, and its categories,
/// leave room for.
fn doubletons(profile: &CategoryProfile) -> u64 {
    let of = |rows: u64| profile.counts.iter().filter(|&&count| count == rows).count() as u64;
    let singles = profile.singletons.saturating_sub(of(1));
    let by_rows = profile.tail_rows.saturating_sub(singles) / 2;
    let in_tail = profile.distinct.saturating_sub(profile.counts.len() as u64);
    of(2) + by_rows.min(in_tail.saturating_sub(singles))
}

fn missing_of(base: &Cells, live: &Cells) -> Missing {
    Missing { n: base.rows, base: base.missing(), m: live.rows, live: live.missing() }
}

/// Missing cells beside a sample: the baseline's number is brought to the size of the sample, so that the bin of
/// missing keeps its share.
fn scaled(cells: &Missing, sampled: Option<(u64, u64)>) -> Missing {
    let Some((n, total)) = sampled else { return *cells };
    let base = u128::from(cells.base) * u128::from(n) + u128::from(total) / 2;
    let base = (base / u128::from(total.max(1))) as u64;
    Missing { n: n + base, base, ..*cells }
}

/// A category as people read it. Texts that mean something else here are put in quotes.
pub fn label(category: &Category) -> String {
    let reserved = [MISSING, OTHER, UNSEEN].contains(&category.text.as_str());
    if category.kind == CategoryKind::Text && reserved {
        format!("\"{}\"", category.text)
    } else {
        category.text.clone()
    }
}
