//! Whether somebody asked not to hear of an incident.

use assay_core::ops::Millis;
use assay_core::ops::silences::Silence;

use crate::matchers::Matchers;

/// Silences, ready to be asked about many incidents.
#[derive(Debug)]
pub struct Silences<'a>(Vec<(&'a Silence, Matchers)>);

impl<'a> Silences<'a> {
    /// Prepares the silences that are in force. One without matchers, or with one that cannot be evaluated, silences
    /// nothing: better to hear too much.
    pub fn new(silences: &'a [Silence], now: Millis) -> Self {
        let active = silences.iter().filter(|silence| silence.is_active(now) && !silence.matchers.is_empty());
        Silences(active.filter_map(|silence| Some((silence, Matchers::new(&silence.matchers).ok()?))).collect())
    }

    /// The silence of an incident with these labels; of several the one that ends last.
    pub fn of(&self, labels: &[(String, String)]) -> Option<&'a Silence> {
        let matching = self.0.iter().filter(|(_, matchers)| matchers.match_all(labels)).map(|(silence, _)| *silence);
        matching.max_by(|a, b| (a.ends_at, &a.id).cmp(&(b.ends_at, &b.id)))
    }
}

/// The silence in force of an incident with these labels; of several the one that ends last.
pub fn silenced<'a>(labels: &[(String, String)], silences: &'a [Silence], now: Millis) -> Option<&'a Silence> {
    Silences::new(silences, now).of(labels)
}
