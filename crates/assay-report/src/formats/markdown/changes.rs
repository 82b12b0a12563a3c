//! Changes of contracts, by what they amount to.

use assay_core::change::{Change, ChangeVerdict, ChangesRecord};

use super::page::{Page, row};
use super::{note_item, sentence, value, versions};
use crate::cut::cut;
use crate::findings::place;
use crate::formats::text::changes::data;
use crate::formats::text::words::{count, plural};

/// Characters of a side of a change.
const SIDE: usize = 200;

pub(super) fn section(record: &ChangesRecord, page: &mut Page) {
    page.line(&format!("{} compared, {}", plural(record.documents as usize, "document"), versions(record)));
    for verdict in ChangeVerdict::ALL {
        let changes: Vec<&Change> = record.of(verdict).collect();
        let allowed = if record.allowed.contains(&verdict) { " (allowed)" } else { "" };
        let heading = format!("{}: {}{allowed}", sentence_case(verdict.words()), count(changes.len() as u64));
        let columns = ["document", "change", "before", "after", "current data"].map(String::from);
        let header = format!("{}\n{}", row(columns), "|---".repeat(5) + "|");
        // the worst come first, and leave a part for the rest
        page.list(&heading, &header, changes.iter().map(|change| change_row(change)), changes.len(), ("change", 0.6));
    }
    page.list("Notes", "", record.notes.iter().map(|note| note_item(note)), record.notes.len(), ("note", 0.5));
    if let Some(next) = &record.next_version {
        let current = next.current.as_ref().map_or(String::new(), |current| format!(" from {}", value(current)));
        let version = next.next.as_ref().map_or(String::new(), |next| format!(": {}", value(next)));
        page.line(&format!("Next version{current}: {}{version}", next.level));
    }
}

fn change_row(change: &Change) -> String {
    let side = |side: &Option<String>| side.as_deref().map(|text| value(&cut(text, SIDE))).unwrap_or_default();
    let found = change.found.as_ref().map(|found| sentence(&data(found))).unwrap_or_default();
    let message = format!("{} (at {})", sentence(&change.message), value(&place(&change.at)));
    row([value(&change.document), message, side(&change.before), side(&change.after), found])
}

fn sentence_case(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
