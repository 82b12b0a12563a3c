//! Alerts as they leave the house: servers that take them, and trials.

pub mod alertmanager;
pub mod crowd;
pub mod kills;
pub mod relay;
pub mod sink;

pub use sink::{Received, Sink};

/// A file of rules that tells one webhook of everything at once.
pub fn to_webhook(url: &str, more: &str) -> String {
    format!(
        "assay: 1\nrules: alerts\nallow_private: [127.0.0.1]\nreceivers:\n  hook: {{webhook: {{url: \"{url}\"}}}}\n\
         route:\n  receiver: hook\n  group_by: [contract]\n  group_wait: 0s\n  group_interval: 1s\n{more}"
    )
}
