//! One line of JSON, checked in full and taken apart without a copy. Numbers keep their text.

use memchr::memchr2;

use crate::sources::text_columns::Span;

/// Nesting beyond this is refused.
const DEEPEST: u32 = 128;

/// The value of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Token<'a> {
    /// What stands between the quotes.
    String(Span<'a>),
    Number(&'a [u8]),
    Truth(bool),
    Null,
    /// An object or array as it is written.
    Nested(&'a [u8]),
}

/// Why a line is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte in the line, from 0.
    pub(super) at: usize,
    pub(super) why: String,
}

/// Calls `each` with the members of the object that `line` holds, in order; it may refuse one.
pub(super) fn members<'a>(
    line: &'a [u8],
    mut each: impl FnMut(Span<'a>, Token<'a>) -> Result<(), String>,
) -> Result<(), Fault> {
    let mut reader = Reader { text: line, at: 0 };
    reader.blanks();
    if reader.peek() != Some(b'{') {
        return Err(reader.fault("each line holds one JSON object, `{..}`"));
    }
    reader.object(1, &mut each)?;
    reader.blanks();
    if reader.peek().is_some() { Err(reader.fault("nothing may follow the object")) } else { Ok(()) }
}

/// Undoes the escapes of a string that [`members`] gave.
pub(super) fn unescape(raw: &[u8], text: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        let (c, taken) = escape(&rest[at..]).unwrap_or((char::REPLACEMENT_CHARACTER, rest.len() - at));
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + taken..];
    }
    text.extend_from_slice(rest);
}

/// The character of an escape at the start of `text`, and its length.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let c = match *text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = hex4(text.get(2..6)?)?;
            if !(0xD800..0xE000).contains(&first) {
                return Some((char::from_u32(first)?, 6));
            }
            // a character beyond 16 bits is written as two halves
            let second = hex4(text.get(6..12)?.strip_prefix(b"\\u")?)?;
            let halves = (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second);
            let code = halves.then(|| 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?;
            return Some((char::from_u32(code)?, 12));
        }
        _ => return None,
    };
    Some((c, 2))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, byte| Some(value * 16 + char::from(*byte).to_digit(16)?))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn fault(&self, why: &str) -> Fault {
        let why = if self.at < self.text.len() { why.to_owned() } else { format!("{why}, but the line ends") };
        Fault { at: self.at, why }
    }

    /// An object at whose `{` the reader stands.
    fn object(
        &mut self,
        depth: u32,
        each: &mut impl FnMut(Span<'a>, Token<'a>) -> Result<(), String>,
    ) -> Result<(), Fault> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("expected a key in double quotes"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.fault("expected `:`"));
            }
            self.at += 1;
            let value = self.value(depth)?;
            each(key, value).map_err(|why| Fault { at: start, why })?;
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fault("expected `,` or `}`")),
            }
        }
    }

    /// An array at whose `[` the reader stands.
    fn array(&mut self, depth: u32) -> Result<(), Fault> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fault("expected `,` or `]`")),
            }
        }
    }

    fn value(&mut self, depth: u32) -> Result<Token<'a>, Fault> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string().map(Token::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Token::Number),
            Some(b'{' | b'[') if depth == DEEPEST => Err(self.fault("nested too deeply")),
            Some(b'{') => {
                // closures of inner objects would nest in type, too
                let mut ignore: fn(Span<'a>, Token<'a>) -> Result<(), String> = |_, _| Ok(());
                self.object(depth + 1, &mut ignore)?;
                Ok(Token::Nested(&self.text[start..self.at]))
            }
            Some(b'[') => {
                self.array(depth + 1)?;
                Ok(Token::Nested(&self.text[start..self.at]))
            }
            Some(b't') => self.word(b"true", Token::Truth(true)),
            Some(b'f') => self.word(b"false", Token::Truth(false)),
            Some(b'n') => self.word(b"null", Token::Null),
            _ => Err(self.fault("expected a value")),
        }
    }

    fn word(&mut self, word: &[u8], token: Token<'a>) -> Result<Token<'a>, Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("expected a value"));
        }
        self.at += word.len();
        Ok(token)
    }

    /// A string at whose opening quote the reader stands.
    fn string(&mut self) -> Result<Span<'a>, Fault> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            let rest = &self.text[self.at..];
            let Some(found) = memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                return Err(self.fault("expected the closing quote"));
            };
            if let Some(control) = rest[..found].iter().position(|b| *b < b' ') {
                self.at += control;
                return Err(self.fault("control characters in strings are escaped, as in `\\n`"));
            }
            self.at += found;
            if self.text[self.at] == b'"' {
                self.at += 1;
                return Ok(Span { bytes: &self.text[start..self.at - 1], escaped });
            }
            let Some((_, length)) = escape(&self.text[self.at..]) else {
                return Err(self.fault("not an escape of JSON"));
            };
            escaped = true;
            self.at += length;
        }
    }

    fn number(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.digits()?;
        if whole.len() > 1 && whole[0] == b'0' {
            return Err(self.fault("numbers have no leading zeros"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("expected a digit")) } else { Ok(&self.text[start..self.at]) }
    }
}
