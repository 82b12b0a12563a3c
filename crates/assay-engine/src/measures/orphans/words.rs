//! A set of 64-bit words that is asked far more often than it grows.

use crate::measures::keys::mixed;

/// Open addressing with linear probing, at most half full: nearly every question is one look into memory. Zero marks
/// a free place and is kept apart.
#[derive(Debug, Default)]
pub(super) struct WordSet {
    places: Vec<u64>,
    has_zero: bool,
    /// Words in `places`.
    len: usize,
}

impl WordSet {
    /// Adds a word.
    pub(super) fn insert(&mut self, word: u64) {
        if word == 0 {
            self.has_zero = true;
            return;
        }
        if self.is_full() {
            self.grow();
        }
        let place = self.place(word);
        if self.places[place] == 0 {
            self.places[place] = word;
            self.len += 1;
        }
    }

    /// Whether the word is there.
    #[inline]
    pub(super) fn contains(&self, word: u64) -> bool {
        if word == 0 || self.places.is_empty() {
            return word == 0 && self.has_zero;
        }
        self.places[self.place(word)] == word
    }

    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.len + usize::from(self.has_zero)
    }

    /// All words.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        let zero = self.has_zero.then_some(0);
        self.places.iter().copied().filter(|word| *word != 0).chain(zero)
    }

    /// Whether the next new word makes it grow.
    pub(super) fn is_full(&self) -> bool {
        self.len * 2 >= self.places.len()
    }

    /// Bytes of memory once it has grown, while the old places are still there.
    pub(super) fn grown_memory(&self) -> usize {
        (self.places.len() + self.grown_places()) * 8
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.places.len() * 8
    }

    fn grown_places(&self) -> usize {
        (self.places.len() * 2).max(16)
    }

    fn grow(&mut self) {
        let places = vec![0; self.grown_places()];
        for word in std::mem::replace(&mut self.places, places) {
            if word != 0 {
                let place = self.place(word);
                self.places[place] = word;
            }
        }
    }

    /// Where the word is, or would be.
    #[inline]
    fn place(&self, word: u64) -> usize {
        let last = self.places.len() - 1;
        // the upper half is the better mixed one
        let mut place = mixed(word).rotate_left(32) as usize & last;
        while self.places[place] != word && self.places[place] != 0 {
            place = (place + 1) & last;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(words in prop::collection::vec(prop_oneof![0..50_u64, any::<u64>()], 0..200), others in prop::collection::vec(0..100_u64, 50)) {
            let mut set = WordSet::default();
            words.iter().for_each(|word| set.insert(*word));
            let expected: BTreeSet<u64> = words.into_iter().collect();
            prop_assert_eq!(set.len(), expected.len());
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), expected.clone());
            prop_assert!(others.iter().chain(&expected).all(|word| set.contains(*word) == expected.contains(word)));
        }
    }
}
