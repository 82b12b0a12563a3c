//! Text from data in Markdown. Backslashes and character references do not keep a renderer from finding links and
//! mentions in the text that comes out, so whatever is not an ordinary word stands in a code span, in which nothing is
//! looked for. A pipe would end a cell even there; it stands between two spans.

use crate::formats::text::printable;

/// A name or a value, shown literally.
pub(super) fn code(text: &str) -> String {
    printable(text).split('|').map(span).collect::<Vec<_>>().join("&#124;")
}

/// A sentence: ordinary words as they are, everything else as code. What stands between backticks is code already.
pub(super) fn inline(text: &str) -> String {
    let text = printable(text);
    let mut pieces = Vec::new();
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|part| !part.is_empty());
    if is_paired {
        for (at, part) in parts.into_iter().enumerate() {
            match at % 2 {
                0 => words(part, &mut pieces),
                _ => pieces.push(Piece::Code(part.to_owned())),
            }
        }
    } else {
        words(&text, &mut pieces);
    }
    written(joined(pieces))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Letters or a number, with punctuation around them.
    Word(String),
    /// Punctuation alone, which may touch a span.
    Mark(String),
    Code(String),
    Space,
}

fn words(text: &str, pieces: &mut Vec<Piece>) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            pieces.push(Piece::Space);
        }
        let core = word
            .trim_start_matches(['(', '"', '\''])
            .trim_end_matches([',', '.', ';', ':', ')', '!', '?', '%', '"', '\'']);
        match (word.is_empty(), core.is_empty() || matches!(core, "…" | "→")) {
            (true, _) => {}
            (false, true) => pieces.push(Piece::Mark(word.to_owned())),
            (false, false) if is_word(core) || is_number(core) => pieces.push(Piece::Word(word.to_owned())),
            (false, false) => {
                // the sentence's own punctuation stays outside
                let begun = word.trim_start_matches('(');
                // a bracket that the word itself opened, and the end of an entity, are the word's own
                let is_mark = |c| match c {
                    ',' | ':' => true,
                    ';' => !begun.contains('&'),
                    ')' => !begun.contains('('),
                    _ => false,
                };
                let text = begun.trim_end_matches(is_mark);
                let (before, after) = (&word[..word.len() - begun.len()], &begun[text.len()..]);
                let marks = |mark: &str| (!mark.is_empty()).then(|| Piece::Mark(mark.to_owned()));
                pieces.extend(marks(before));
                pieces.push(Piece::Code(text.to_owned()));
                pieces.extend(marks(after));
            }
        }
    }
}

/// Letters alone, joined by hyphens or apostrophes. `www.` would begin a link.
fn is_word(core: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    !core.to_lowercase().starts_with("www") && core.split(['-', '\'', '’']).all(letters)
}

/// `10,000`, `-0.25`, `2026`.
fn is_number(core: &str) -> bool {
    let digits = core.trim_start_matches(['-', '+']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.'))
        && digits.matches('.').count() <= 1
}

/// What touches code without a space in between becomes part of it, but for punctuation: a link may go on where a span
/// begins.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Code(before)), Piece::Code(text) | Piece::Word(text)) => before.push_str(&text),
            (Some(Piece::Word(before)), Piece::Code(text)) => {
                let text = format!("{before}{text}");
                out.pop();
                out.push(Piece::Code(text));
            }
            (_, piece) => out.push(piece),
        }
    }
    out
}

fn written(pieces: Vec<Piece>) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Word(text) | Piece::Mark(text) => out.push_str(&text),
            // printable already, and twice is not once
            Piece::Code(text) => out.push_str(&text.split('|').map(span).collect::<Vec<_>>().join("&#124;")),
            Piece::Space => out.push(' '),
        }
    }
    out
}

/// A code span: between as many backticks as the text nowhere has in a row.
fn span(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let runs: Vec<usize> = text.split(|c| c != '`').map(str::len).collect();
    let fence = "`".repeat((1..).find(|n| !runs.contains(n)).expect("there are more numbers than runs"));
    // a renderer takes one space from both ends, where both have one
    let is_padded = text.starts_with(' ') && text.ends_with(' ') && !text.trim_matches(' ').is_empty();
    let pad = if is_padded || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_keep_their_words_and_everything_else_is_code() {
        let sentence = "91.88% present (812 of 10,000 null), expected at least 95%";
        assert_eq!(inline(sentence), sentence);
        assert_eq!(inline("column missing: `coupon`"), "column missing: `coupon`");
        assert_eq!(inline("newest is 2026-11-20T05:59:00Z, 1m old"), "newest is `2026-11-20T05:59:00Z`, `1m` old");
        assert_eq!(inline("(`a|b`)."), "(`a`&#124;`b`).");
    }

    #[test]
    fn nothing_in_a_sentence_is_markup() {
        assert_eq!(inline("ask @admin about #123"), "ask `@admin` about `#123`");
        assert_eq!(inline("[x](javascript:alert(1)) <img>"), "`[x](javascript:alert(1))` `<img>`");
        assert_eq!(inline("@`admin` www.`x`.com"), "`@admin` `www.x.com`");
        assert_eq!(inline("http://x.example www. a@b.c"), "`http://x.example` `www.` `a@b.c`");
        assert_eq!(inline("one ` alone and `` two"), "one `` ` `` alone and ` `` ` two");
        assert_eq!(inline("*a* _b_ ~c~ \\d &amp; a\nb"), "`*a*` `_b_` `~c~` `\\d` `&amp;` `a\\nb`");
    }

    #[test]
    fn spans_hold_backticks_spaces_and_pipes() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(" a "), "`  a  `");
        assert_eq!(code("  "), "`  `");
        assert_eq!(code(r"a\|b||"), r"`a\`&#124;`b`&#124;&#124;");
        assert_eq!(code(""), "");
    }
}
