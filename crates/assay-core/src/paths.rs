//! Paths of a project, and patterns of them: `pipelines/orders.sql`, `dags/orders/**`.

/// A path, or a pattern with `*`, `?`, `[..]` and `**`, relative to the project's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    parts: Vec<String>,
}

impl PathPattern {
    /// Reads a pattern. The error is one sentence, with a hint after `\nhint: `.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(80).collect();
        if text.trim().is_empty() {
            return Err("a path is empty\nhint: as in `pipelines/orders.sql`".into());
        }
        let drive = text.as_bytes().get(1) == Some(&b':');
        if text.starts_with('/') || drive {
            return Err(format!(
                "a path is relative to the project's folder, not `{shown}`\nhint: as in `pipelines/orders.sql`"
            ));
        }
        if text.contains('\\') {
            return Err(format!("folders are parted by `/`, not by `\\`: `{shown}`\nhint: write `/`"));
        }
        let mut parts: Vec<String> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_none() => {
                    return Err(format!(
                        "a path leaves the project's folder: `{shown}`\nhint: name code that is in the project"
                    ));
                }
                ".." => {}
                part => {
                    check(part).map_err(|why| format!("{why}: `{shown}`\nhint: as in `dags/orders/**`"))?;
                    parts.push(part.to_owned());
                }
            }
        }
        if parts.is_empty() {
            return Err(format!("a path names the whole project: `{shown}`\nhint: write `**` if that is meant"));
        }
        Ok(PathPattern { text: text.to_owned(), parts })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a path of the project, parted by `/`, is meant: itself, or something in a folder that is.
    pub fn matches(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        // row i, column j: whether the first i parts of the pattern match the first j of the path
        let mut row = vec![false; path.len() + 1];
        row[0] = true;
        for part in &self.parts {
            let mut next = vec![false; path.len() + 1];
            for at in 0..=path.len() {
                next[at] = match part.as_str() {
                    "**" => row[at] || (at > 0 && next[at - 1]),
                    _ => at > 0 && row[at - 1] && part_matches(part, path[at - 1]),
                };
            }
            row = next;
        }
        // a folder stands for all that is in it
        row.iter().skip(1).any(|matched| *matched)
    }
}

/// What is wrong with one part of a pattern.
fn check(part: &str) -> Result<(), String> {
    if part.contains("**") && part != "**" {
        return Err("`**` stands alone between two `/`".into());
    }
    let mut rest = part;
    while let Some(at) = rest.find('[') {
        let inside = &rest[at + 1..];
        match class_end(inside) {
            Some(end) => rest = &inside[end + 1..],
            None => return Err("`[` is never closed".into()),
        }
    }
    Ok(())
}

/// Where a class ends: a `]` at its very beginning belongs to it.
fn class_end(inside: &str) -> Option<usize> {
    let skip = usize::from(inside.starts_with('!'));
    let first = skip + inside[skip..].chars().next()?.len_utf8();
    inside[first..].find(']').map(|at| first + at)
}

/// One part against one name, in time that grows with their lengths alone.
fn part_matches(pattern: &str, name: &str) -> bool {
    let tokens = tokens(pattern);
    let name: Vec<char> = name.chars().collect();
    let mut row = vec![false; name.len() + 1];
    row[0] = true;
    for token in &tokens {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            next[at] = match token {
                Token::Any => row[at] || (at > 0 && next[at - 1]),
                Token::One => at > 0 && row[at - 1],
                Token::Char(c) => at > 0 && row[at - 1] && name[at - 1] == *c,
                Token::Class(negated, ranges) => {
                    let within = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
                    at > 0 && row[at - 1] && within(name[at - 1]) != *negated
                }
            };
        }
        row = next;
    }
    row[name.len()]
}

enum Token {
    Any,
    One,
    Char(char),
    Class(bool, Vec<(char, char)>),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match (c, class_end(rest)) {
            ('*', _) => tokens.push(Token::Any),
            ('?', _) => tokens.push(Token::One),
            ('[', Some(end)) => {
                tokens.push(class(&rest[..end]));
                rest = &rest[end + 1..];
            }
            _ => tokens.push(Token::Char(c)),
        }
    }
    tokens
}

fn class(inside: &str) -> Token {
    let negated = inside.starts_with('!');
    let chars: Vec<char> = inside.chars().skip(usize::from(negated)).collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let is_range = at + 2 < chars.len() && chars[at + 1] == '-';
        let to = if is_range { chars[at + 2] } else { chars[at] };
        ranges.push((chars[at], to));
        at += if is_range { 3 } else { 1 };
    }
    Token::Class(negated, ranges)
}

#[cfg(test)]
mod tests {
    use super::PathPattern;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::parse(pattern).unwrap_or_else(|why| panic!("{why}")).matches(path)
    }

    #[test]
    fn paths_patterns_and_folders() {
        for (pattern, path) in [
            ("pipelines/orders.sql", "pipelines/orders.sql"),
            ("./pipelines/x/../orders.sql", "pipelines/orders.sql"),
            ("dags/orders/**", "dags/orders/a/b.py"),
            ("dags/orders", "dags/orders/a/b.py"),
            ("**/*.sql", "orders.sql"),
            ("**/*.sql", "a/b/orders.sql"),
            ("a/**/z.py", "a/z.py"),
            ("dags/order?.py", "dags/orders.py"),
            ("dags/[a-c]*.py", "dags/backfill.py"),
            ("dags/[!a-c]*.py", "dags/orders.py"),
            ("dags/[]]x", "dags/]x"),
            ("dags/é*", "dags/éclair"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("pipelines/orders.sql", "pipelines/orders.sql2"),
            ("dags/*.py", "dags/a/b.py"),
            ("dags/orders/**", "dags/other/a.py"),
            ("dags/[!a-c]*.py", "dags/backfill.py"),
            ("orders.sql", "pipelines/orders.sql"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in ["", "  ", "/etc/passwd", "C:/x", "..", "a/../../b", "a\\b", "a**/b", "a/[b", ".", "a/.."] {
            let why = PathPattern::parse(text).expect_err(text);
            assert!(why.contains("\nhint: "), "{why}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_its_size() {
        let pattern = "*a".repeat(200);
        assert!(!matches(&pattern, &"a".repeat(150)));
        assert!(!matches(&"**/".repeat(100).trim_end_matches('/').replace("**/**", "**/x/**"), &"y/".repeat(100)));
    }
}
