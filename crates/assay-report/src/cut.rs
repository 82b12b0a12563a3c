//! Text that is too long for where it goes.

use crate::formats::text::words::count;

/// The text, or as many of its characters as are shown and how many more there are.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}… ({} more characters)", &text[..at], count(text[at..].chars().count() as u64)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn what_is_cut_is_counted() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 1), "ä… (2 more characters)");
        assert_eq!(cut(&"x".repeat(2_000), 0), "… (2,000 more characters)");
    }
}
