//! When the model of a monitor is to be trained again, and who is told.

use crate::problem::Place;

/// When the model is to be trained again.
#[derive(Debug, Clone)]
pub struct Retrain {
    /// The rule.
    pub when: RetrainRule,
    /// The rule as written.
    pub text: String,
    /// Where the call goes: recorded now, delivered with the alerts.
    pub webhook: Option<Webhook>,
    /// No second proposal within so many seconds.
    pub cooldown_seconds: i64,
    /// Whether a person has to approve.
    pub manual: bool,
    /// Where it is written.
    pub at: Place,
}

/// A call.
#[derive(Clone)]
pub struct Webhook {
    /// As written, with `${env:..}` in place: secrets are never printed.
    pub url_as_written: String,
    /// Filled in.
    pub url: String,
    /// Filled in.
    pub token: Option<String>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("url", &self.url_as_written).finish_non_exhaustive()
    }
}

/// A rule over the outcomes of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetrainRule {
    /// A check has this outcome or a worse one: `dataset.fail`, `performance.rmse.warn`, `drift.city_id.fail`.
    Is {
        /// The check's id.
        check: String,
        /// Whether warn is enough.
        warn: bool,
    },
    /// All of them.
    And(Vec<RetrainRule>),
    /// One of them.
    Or(Vec<RetrainRule>),
    /// Not.
    Not(Box<RetrainRule>),
}
