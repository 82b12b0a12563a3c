//! Tokens of the API: kept as hashes.

use serde::{Deserialize, Serialize};

use super::Millis;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To look.
    Read,
    /// To trigger runs, send observations, silence and acknowledge.
    Run,
    /// To reload, and all else.
    Admin,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Eight characters that name it in the token's text.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it allows; never empty.
    pub scopes: Vec<Scope>,
    /// SHA-256 of the whole token.
    pub sha256: [u8; 32],
    /// When it was made.
    pub created_at: Millis,
    /// When it ends by itself.
    pub expires_at: Option<Millis>,
    /// When somebody ended it.
    pub revoked_at: Option<Millis>,
}

impl Scope {
    /// The name in the store and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Run => "run",
            Scope::Admin => "admin",
        }
    }

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Scope> {
        [Scope::Read, Scope::Run, Scope::Admin].into_iter().find(|scope| scope.name() == name)
    }
}

impl Token {
    /// Whether it is valid now.
    pub fn is_valid(&self, now: Millis) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
