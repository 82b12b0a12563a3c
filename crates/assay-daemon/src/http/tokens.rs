//! Tokens of the API: `assay_`, eight characters that name one, `_`, and 32 random bytes as base64url. Only the SHA-256
//! of the whole is kept; the token itself is shown once.

use assay_core::ops::Millis;
use assay_core::ops::tokens::{Scope, Token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const PREFIX: &str = "assay_";
const ID: usize = 8;
const SECRET: usize = 43;
/// No letter that looks like a digit: people read ids aloud.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Why a token cannot be made, or a line of a file with tokens cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandom(String),
    /// Nothing would be allowed.
    #[error("a token needs a scope: read, run or admin")]
    NoScope,
    /// It would never have been valid.
    #[error("a token cannot expire before it is made")]
    Expired,
    /// A name that lists and logs cannot show.
    #[error("a token's name has 1 to 100 characters, none of them a control character")]
    BadName,
    /// A line of a file with tokens; the line itself is secret.
    #[error(
        "line {line} is no token: write `assay_`, 8 characters, `_` and 43 characters as `assay token create` prints them, then scopes if not admin"
    )]
    BadLine {
        /// From 1.
        line: usize,
    },
    /// A line of a file with tokens.
    #[error("line {line}: `{scope}` is no scope; write read, run or admin, with commas")]
    BadScope {
        /// From 1.
        line: usize,
        /// As written.
        scope: String,
    },
}

/// A token as somebody sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The eight characters that name it.
    pub id: String,
    /// SHA-256 of the whole.
    pub sha256: [u8; 32],
}

/// Makes a token: its text, to be shown once, and what is kept of it.
///
/// # Errors
/// Without a scope, with a name that cannot be shown, with an end in the past, or where the system gives no random bytes.
pub fn new_token(
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Millis>,
    now: Millis,
) -> Result<(String, Token), TokenError> {
    if scopes.is_empty() {
        return Err(TokenError::NoScope);
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(TokenError::Expired);
    }
    if !is_name(name) {
        return Err(TokenError::BadName);
    }
    let id: String = random::<ID>()?.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
    let token = kept(&text, &id, name, scopes, expires_at, now);
    Ok((text, token))
}

/// Reads a token. `None`: it does not have the form of one.
pub fn parse(text: &str) -> Option<Presented> {
    let rest = text.strip_prefix(PREFIX)?;
    if rest.len() != ID + 1 + SECRET || !rest.is_ascii() {
        return None;
    }
    let (id, secret) = rest.split_at(ID);
    let secret = secret.strip_prefix('_')?;
    let is_id = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_secret = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == 32);
    (is_id && is_secret).then(|| Presented { id: id.to_string(), sha256: Sha256::digest(text.as_bytes()).into() })
}

/// The token that was presented, valid or not. Compares in constant time, also where the id is unknown.
pub fn find<'a>(tokens: &'a [Token], presented: &Presented) -> Option<&'a Token> {
    let known = tokens.iter().find(|token| token.id == presented.id);
    let sha256 = known.map_or([0; 32], |token| token.sha256);
    let same = bool::from(sha256.ct_eq(&presented.sha256));
    known.filter(|_| same)
}

/// Whether the token allows what needs this scope: admin implies run, run implies read.
pub fn allows(scopes: &[Scope], needed: Scope) -> bool {
    scopes.iter().any(|scope| *scope >= needed)
}

/// Reads a file with tokens: one a line, then scopes with commas (admin, where none are named). Empty lines and those
/// that begin with `#` are left out.
///
/// # Errors
/// The first line that is no token. Its text is not in the error.
pub fn from_file(text: &str, now: Millis) -> Result<Vec<Token>, TokenError> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| from_line(number, line, now)).collect()
}

fn from_line(number: usize, line: &str, now: Millis) -> Result<Token, TokenError> {
    let (text, scopes) = line.split_once(char::is_whitespace).unwrap_or((line, "admin"));
    let presented = parse(text).ok_or(TokenError::BadLine { line: number })?;
    let scopes = scopes.split(',').map(str::trim).map(|scope| {
        Scope::named(scope)
            .ok_or_else(|| TokenError::BadScope { line: number, scope: scope.chars().take(20).collect() })
    });
    let scopes: Vec<Scope> = scopes.collect::<Result<_, _>>()?;
    Ok(kept(text, &presented.id, "tokens file", &scopes, None, now))
}

fn kept(text: &str, id: &str, name: &str, scopes: &[Scope], expires_at: Option<Millis>, now: Millis) -> Token {
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    let sha256 = Sha256::digest(text.as_bytes()).into();
    Token { id: id.into(), name: name.into(), scopes, sha256, created_at: now, expires_at, revoked_at: None }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], TokenError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| TokenError::NoRandom(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_is_found_by_its_text_and_by_no_other() {
        let (text, token) = new_token("ci", &[Scope::Run, Scope::Read, Scope::Run], Some(2_000), 1_000).unwrap();
        assert_eq!(text.len(), PREFIX.len() + ID + 1 + SECRET);
        assert_eq!(token.scopes, [Scope::Read, Scope::Run]);
        assert!(!format!("{token:?}").contains(&text[PREFIX.len() + ID + 1..]));
        let (other, _) = new_token("ci", &[Scope::Run], None, 1_000).unwrap();
        let stolen_id = format!("{}{}", &text[..PREFIX.len() + ID], &other[PREFIX.len() + ID..]);
        let tokens = [token.clone()];
        assert_eq!(find(&tokens, &parse(&text).unwrap()), Some(&token));
        assert_eq!(find(&tokens, &parse(&other).unwrap()), None);
        assert_eq!(find(&tokens, &parse(&stolen_id).unwrap()), None);
    }

    #[test]
    fn what_does_not_have_the_form_is_no_token() {
        let (text, _) = new_token("ci", &[Scope::Read], None, 0).unwrap();
        assert!(parse(&text).is_some());
        let longer = format!("{text}A");
        let spaced = format!("{text} ");
        let other_id = text.replacen(&text[6..14], "ABCDEFGH", 1);
        let accents = format!("assay_{}", "é".repeat(26));
        for bad in ["", "assay_", "Bearer", &text[1..], &text[..text.len() - 1], &longer, &spaced, &other_id, &accents]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_larger_scope_implies_the_smaller_ones() {
        assert!(allows(&[Scope::Admin], Scope::Run) && allows(&[Scope::Run], Scope::Read));
        assert!(!allows(&[Scope::Read], Scope::Run) && !allows(&[Scope::Read, Scope::Run], Scope::Admin));
        assert!(!allows(&[], Scope::Read));
    }

    #[test]
    fn a_token_without_a_scope_a_name_or_a_future_is_refused() {
        assert_eq!(new_token("ci", &[], None, 0).unwrap_err(), TokenError::NoScope);
        assert_eq!(new_token("a\nb", &[Scope::Read], None, 0).unwrap_err(), TokenError::BadName);
        assert_eq!(new_token(" ", &[Scope::Read], None, 0).unwrap_err(), TokenError::BadName);
        assert_eq!(new_token("ci", &[Scope::Read], Some(5), 5).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn a_file_has_one_token_a_line_with_scopes_behind() {
        let (first, _) = new_token("a", &[Scope::Read], None, 0).unwrap();
        let (second, _) = new_token("b", &[Scope::Read], None, 0).unwrap();
        let tokens = from_file(&format!("# tokens\n\n{first}\r\n  {second} read, run\n"), 7).unwrap();
        assert_eq!(tokens[0].scopes, [Scope::Admin]);
        assert_eq!(tokens[1].scopes, [Scope::Read, Scope::Run]);
        assert_eq!(find(&tokens, &parse(&second).unwrap()), Some(&tokens[1]));
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_never_shown() {
        let (text, _) = new_token("a", &[Scope::Read], None, 0).unwrap();
        let error = from_file(&format!("# x\n{}", &text[..50]), 0).unwrap_err();
        assert_eq!(error, TokenError::BadLine { line: 2 });
        assert!(!error.to_string().contains(&text[..20]));
        let error = from_file(&format!("{text} root"), 0).unwrap_err();
        assert_eq!(error, TokenError::BadScope { line: 1, scope: "root".into() });
    }
}
