//! A page of bounded size: lists are cut at whole entries, and say how many more there are.

use crate::formats::text::words::plural;

/// What is kept free for the lines that say how many more there are, for headings and for the last line.
const RESERVE: usize = 8 * 1024;
/// Smaller pages could not say even that.
const LEAST: usize = 2 * RESERVE;

pub(super) struct Page {
    text: String,
    limit: usize,
}

impl Page {
    pub fn new(limit: usize) -> Self {
        Page { text: String::new(), limit: limit.max(LEAST) }
    }

    pub fn text(self) -> String {
        self.text
    }

    /// A paragraph of ours, which is never cut.
    pub fn line(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A section of entries, as many as fit into this share of what is left; nothing where there is none. With a header
    /// the entries are rows of a table; entries that begin with a dash are items of a list, others are paragraphs.
    pub fn list(
        &mut self,
        heading: &str,
        header: &str,
        entries: impl Iterator<Item = String>,
        all: usize,
        (noun, share): (&str, f64),
    ) {
        if all == 0 {
            return;
        }
        self.line(&format!("### {heading}"));
        let left = self.limit.saturating_sub(RESERVE + self.text.len());
        let budget = (left as f64 * share) as usize;
        let mut list = String::new();
        let mut shown = 0;
        for entry in entries {
            let between = if entry.starts_with(['|', '-']) { "\n" } else { "\n\n" };
            if header.len() + list.len() + between.len() + entry.len() + 1 > budget {
                break;
            }
            if shown > 0 || !header.is_empty() {
                list.push_str(if shown == 0 { "\n" } else { between });
            }
            list.push_str(&entry);
            shown += 1;
        }
        if shown > 0 {
            self.line(&format!("{header}{list}"));
        }
        if shown < all {
            let word = if shown == 0 { "" } else { "more " };
            self.line(&format!("… and {}", plural(all - shown, &format!("{word}{noun}"))));
        }
    }
}

/// A row of a table.
pub(super) fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells = cells.into_iter().map(|cell| format!("| {cell} "));
    cells.collect::<String>() + "|"
}
