//! A column by its categories, over all rows and over segments at once.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::Hash;
use std::sync::Arc;

use assay_core::drift::baseline::{CategoryProfile, NAMED_CATEGORIES, TAIL_HASHES};
use assay_core::drift::category::{Category, CategoryKind, hash64};
use assay_core::drift::live::CategorySet;
use hashbrown::HashMap;

use crate::cells::Receiver;
use crate::segments::SegmentCodes;

/// Counts the categories of the whole column, then of each segment of each segmentation.
pub(crate) struct Count<'a> {
    pub segmentations: &'a [SegmentCodes],
    /// Categories of fewer rows are not named.
    pub min_rows: u64,
}

impl Receiver for Count<'_> {
    type Out = Vec<CategoryProfile>;

    fn receive<'a, K: Hash + Eq + Copy + 'a>(
        self,
        kind: CategoryKind,
        rows: impl Iterator<Item = Option<K>>,
        show: impl Fn(K) -> Cow<'a, str>,
    ) -> Vec<CategoryProfile> {
        let mut offsets = vec![1];
        for codes in self.segmentations {
            offsets.push(offsets[offsets.len() - 1] + codes.n_segments());
        }
        let mut counts: Vec<HashMap<K, u64>> = Vec::new();
        counts.resize_with(offsets[offsets.len() - 1], HashMap::new);
        for (row, key) in rows.enumerate() {
            let Some(key) = key else { continue };
            *counts[0].entry(key).or_insert(0) += 1;
            for (codes, offset) in self.segmentations.iter().zip(&offsets) {
                *counts[offset + codes.segment(row)].entry(key).or_insert(0) += 1;
            }
        }
        counts.into_iter().map(|counts| profile(kind, counts, &show, self.min_rows)).collect()
    }
}

/// The categories of most rows by name, the others by hash.
fn profile<'a, K: Hash + Eq + Copy>(
    kind: CategoryKind,
    counts: HashMap<K, u64>,
    show: impl Fn(K) -> Cow<'a, str>,
    min_rows: u64,
) -> CategoryProfile {
    let distinct = counts.len();
    // hardly a time comes twice: that each live one is new says nothing
    let most = if kind == CategoryKind::Time { NAMED_CATEGORIES } else { NAMED_CATEGORIES + TAIL_HASHES };
    let too_many = distinct > most;
    let (mut rows, mut singletons) = (0, 0);
    let mut hashes = Vec::with_capacity(if too_many { 0 } else { distinct });
    let mut top = Top::default();
    for (key, count) in counts {
        rows += count;
        singletons += u64::from(count == 1);
        let text = show(key);
        if !too_many {
            hashes.push(hash64(kind, text.as_bytes()));
        }
        if count >= min_rows {
            top.offer(count, text);
        }
    }
    let named = top.finish();
    let mut own: Vec<u64> = named.iter().map(|(_, text)| hash64(kind, text.as_bytes())).collect();
    own.sort_unstable();
    hashes.retain(|hash| own.binary_search(hash).is_err());
    hashes.sort_unstable();
    hashes.dedup();
    // categories too rare to be named may fill the tail, too
    let too_many = too_many || hashes.len() > TAIL_HASHES;
    if too_many {
        hashes = vec![];
    }
    let (names, counts): (Vec<Category>, Vec<u64>) =
        named.into_iter().map(|(count, text)| (Category { kind, text: text.into_owned() }, count)).unzip();
    CategoryProfile {
        tail_rows: rows - counts.iter().sum::<u64>(),
        set: Arc::new(CategorySet::new(names, hashes, too_many)),
        counts,
        distinct: distinct as u64,
        singletons,
    }
}

/// The categories of most rows; of equally many those whose bytes come first.
#[derive(Default)]
struct Top<'a> {
    kept: Vec<(u64, Cow<'a, str>)>,
}

impl<'a> Top<'a> {
    fn offer(&mut self, count: u64, text: Cow<'a, str>) {
        self.kept.push((count, text));
        if self.kept.len() >= 2 * NAMED_CATEGORIES {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > NAMED_CATEGORIES {
            self.kept.select_nth_unstable_by(NAMED_CATEGORIES - 1, by_rows);
            self.kept.truncate(NAMED_CATEGORIES);
        }
    }

    fn finish(mut self) -> Vec<(u64, Cow<'a, str>)> {
        self.cut();
        self.kept.sort_unstable_by(by_rows);
        self.kept
    }
}

fn by_rows(a: &(u64, Cow<'_, str>), b: &(u64, Cow<'_, str>)) -> Ordering {
    b.0.cmp(&a.0).then_with(|| a.1.as_bytes().cmp(b.1.as_bytes()))
}
