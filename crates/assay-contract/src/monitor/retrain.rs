//! `retrain`: when the model is to be trained again, and whom to call.

use assay_core::drift::monitor::{Retrain, Webhook};
use assay_core::node::{Key, Node};
use assay_core::problem::Span;

use super::rule::{self, Check};
use super::section::Reader;
use crate::environment::Variables;
use crate::placeholders::{Filled, Form, fill};
use crate::read;

const KEYS: &[&str] = &["when", "webhook", "cooldown", "approve"];
const EXAMPLE: &str = "{when: \"dataset.fail\"}";
const COOLDOWN: i64 = 7 * 86_400;

/// What was read of `retrain`, beside the rule's checks.
pub(crate) struct Read {
    /// The section.
    pub retrain: Retrain,
    /// The checks its rule names.
    pub checks: Vec<Check>,
    /// Where the rule stands.
    pub when: Span,
    /// Where a token stands that is written in the file.
    pub bare_token: Option<Span>,
}

impl Reader<'_> {
    /// Reads `retrain`. Secrets are filled into `webhook` and shown nowhere.
    pub fn retrain(&mut self, entry: Option<&(Key, Node)>, variables: &mut Variables<'_>) -> Option<Read> {
        let (key, node) = entry?;
        let section = self.section(key, node, KEYS, EXAMPLE)?;
        let when = self.required(&section, "when", "say when: `when: \"dataset.fail or performance.rmse.fail\"`");
        let rule = when.and_then(|node| {
            let text = read::text(node, "when", &mut self.problems)?;
            match rule::parse(&text) {
                Ok((rule, checks)) => Some((rule, checks, text, node.span)),
                Err(fault) => {
                    self.wrong(node.span, fault.message, fault.hint);
                    None
                }
            }
        });
        let mut bare_token = None;
        let webhook = match section.entry("webhook") {
            Some((key, node)) => self.webhook(key, node, variables, &mut bare_token).map(Some),
            None => Some(None),
        };
        let cooldown = section.get("cooldown").map(|node| self.length(node, "cooldown"));
        let approve = section.get("approve");
        let approve = approve.map(|node| read::word(node, "approve", &["manual", "auto"], &mut self.problems));
        let (rule, checks, text, when) = rule?;
        let retrain = Retrain {
            when: rule,
            text,
            webhook: webhook?,
            cooldown_seconds: cooldown.unwrap_or(Some(COOLDOWN))?,
            manual: approve.unwrap_or(Some("manual"))? == "manual",
            at: self.place(key.span),
        };
        Some(Read { retrain, checks, when, bare_token })
    }

    fn webhook(
        &mut self,
        key: &Key,
        node: &Node,
        variables: &mut Variables<'_>,
        bare_token: &mut Option<Span>,
    ) -> Option<Webhook> {
        let section = self.section(key, node, &["url", "token"], "{url: \"${env:SCHEDULER_URL}\"}")?;
        let url = self.required(&section, "url", "as in `webhook: {url: \"https://scheduler.example.com/retrain\"}`");
        let url = url.and_then(|node| self.address(node, variables));
        let token = section.get("token").map(|node| {
            let filled = self.filled(node, "token", variables)?;
            if !filled.secret {
                *bare_token = Some(node.span);
            }
            Some(filled.text)
        });
        let url = url?;
        Some(Webhook {
            url_as_written: url.shown,
            url: url.text,
            token: token.map_or(Some(None), |token| token.map(Some))?,
        })
    }

    /// An address, which may be secret: problems speak of it as it is written.
    fn address(&mut self, node: &Node, variables: &mut Variables<'_>) -> Option<Filled> {
        let url = self.filled(node, "url", variables)?;
        let rest = url.text.strip_prefix("https://").or_else(|| url.text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if host.is_empty() || url.text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let message = format!("`url` is an address of `https://` or `http://`, not {}", node.describe());
            let hint = if url.secret {
                "the value behind the placeholder has to begin so"
            } else {
                "as in `https://scheduler.example.com/retrain`"
            };
            self.wrong(node.span, message, hint);
            return None;
        }
        Some(url)
    }

    fn filled(&mut self, node: &Node, what: &str, variables: &mut Variables<'_>) -> Option<Filled> {
        let text = read::text(node, what, &mut self.problems)?;
        let filled = match fill(&text, Form::Text, node.span, variables) {
            Ok(filled) => filled,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        if filled.text.trim().is_empty() {
            self.wrong(
                node.span,
                format!("`{what}` is empty: {}", node.describe()),
                "give it a value, or remove the line",
            );
            return None;
        }
        Some(filled)
    }
}
