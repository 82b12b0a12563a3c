//! Silences: what nobody wants to hear of for a while.

use serde::{Deserialize, Serialize};

use super::Millis;

/// A silence: incidents whose labels match all of its matchers are not notified while it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its id: `s-` and 12 hex digits.
    pub id: String,
    /// What it is about; never empty.
    pub matchers: Vec<Matcher>,
    /// From when.
    pub starts_at: Millis,
    /// Until when; moved where somebody ended it.
    pub ends_at: Millis,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// Why.
    pub comment: String,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
}

/// A label and what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    /// `contract`, `monitor`, `check`, `column`, `segment`, `layer`, `owner`, `severity`, `outcome`, `tag`, `model`.
    pub label: String,
    /// How it is compared.
    pub op: MatchOp,
    /// With what.
    pub value: String,
}

/// How a label is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchOp {
    /// The same.
    #[serde(rename = "=")]
    Is,
    /// Not the same.
    #[serde(rename = "!=")]
    IsNot,
    /// The regular expression matches the whole of it.
    #[serde(rename = "=~")]
    Matches,
    /// It does not.
    #[serde(rename = "!~")]
    MatchesNot,
}

impl MatchOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            MatchOp::Is => "=",
            MatchOp::IsNot => "!=",
            MatchOp::Matches => "=~",
            MatchOp::MatchesNot => "!~",
        }
    }
}

impl Silence {
    /// Whether it is in force.
    pub fn is_active(&self, now: Millis) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}
