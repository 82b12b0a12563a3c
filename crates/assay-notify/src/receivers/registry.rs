//! All kinds of receivers. A new one is one file beside this and one line here.

use super::{ReceiverSpec, email};

/// The kinds of receivers, by name.
pub const RECEIVERS: &[ReceiverSpec] = &[email::SPEC];

/// The kind of this name.
pub fn named(name: &str) -> Option<&'static ReceiverSpec> {
    RECEIVERS.iter().find(|spec| spec.name == name)
}
