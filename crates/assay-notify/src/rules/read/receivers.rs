//! `receivers`: one kind each, built by its file; a digest and a fallback belong to any.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;
use assay_core::secret::Reference;
use sha2::{Digest as _, Sha256};

use super::secrets::{scrubbed, unfilled, written_down};
use super::{Reader, unknown};
use crate::receivers::{Building, ReceiverSpec};
use crate::rules::{Destination, Digest, WITH_DIGEST, digest, values};

const FALLBACK: &str = "fallback";

pub(super) fn read(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    for (key, value) in values::map(node, "receivers", &mut reader.problems).unwrap_or_default() {
        // one beyond the limit was told of
        if values::enough(&reader.problems) || !reader.receivers.contains_key(&key.text) {
            return;
        }
        if let Some(destination) = reader.destination(key, value) {
            reader.rules.receivers.entry(key.text.clone()).or_insert_with(|| Arc::new(destination));
        }
    }
}

impl Reader<'_> {
    fn destination(&mut self, name: &Key, node: &Node) -> Option<Destination> {
        let what = format!("receiver `{}`", values::shorten(&name.text));
        let entries = values::map(node, &what, &mut self.problems)?;
        let fallback = node.get(FALLBACK).and_then(|node| Some((self.receiver(node, FALLBACK)?, node.span)));
        if let Some(fallback) = &fallback {
            self.fallbacks.entry(name.text.clone()).or_insert_with(|| fallback.clone());
        }
        let mut kinds: Vec<(&Key, &Node, &ReceiverSpec)> = Vec::new();
        for (key, value) in entries.iter().filter(|(key, _)| key.text != FALLBACK) {
            match self.kinds.iter().find(|spec| spec.name == key.text) {
                Some(spec) => kinds.push((key, value, spec)),
                None => {
                    let known: Vec<&str> = self.kinds.iter().map(|spec| spec.name).chain([FALLBACK]).collect();
                    self.problems.push(values::unknown_key(key, "of a receiver", &known));
                    self.secrets.extend(written_down(value).into_iter().map(|secret| secret.at));
                }
            }
        }
        if let Some((key, ..)) = kinds.get(1) {
            let hint = "make two receivers; a route can name both: `receiver: [a, b]`";
            self.wrong(key.span, format!("{what} has more than one kind"), hint);
            return None;
        }
        let Some((key, settings, spec)) = kinds.first() else {
            if entries.iter().all(|(key, _)| key.text == FALLBACK) {
                let known: Vec<String> = self.kinds.iter().map(|spec| format!("`{}`", spec.name)).collect();
                self.wrong(
                    node.span,
                    format!("{what} does not say how it is told"),
                    format!("by one of {}", known.join(", ")),
                );
            }
            return None;
        };
        let (digest, settings) = self.without_digest(name, key, settings);
        let before = self.problems.len();
        let (receiver, filled) = self.build(spec, key, &settings)?;
        if self.problems.len() > before {
            return None;
        }
        let fingerprint = fingerprint(node, filled);
        let fallback = fallback.map(|(fallback, _)| fallback);
        Some(Destination {
            name: name.text.clone(),
            at: self.place(name.span),
            receiver,
            fallback,
            digest,
            fingerprint,
        })
    }

    /// Takes `digest` out of the settings, which receivers do not see.
    fn without_digest(&mut self, name: &Key, kind: &Key, settings: &Node) -> (Option<Digest>, Node) {
        let mut settings = settings.clone();
        let NodeKind::Map(entries) = &mut settings.kind else { return (None, settings) };
        let Some(at) = entries.iter().position(|(key, _)| key.text == "digest") else { return (None, settings) };
        let (key, node) = entries.remove(at);
        if kind.text != WITH_DIGEST {
            let message = format!("`{}` has no digest: only `{WITH_DIGEST}` has", kind.text);
            self.wrong(key.span, message, "remove it; a route's `repeat_interval` says how often it is told");
            return (None, settings);
        }
        match digest::digest(&node, self.reading.timezone) {
            Ok(digest) => {
                if digest.is_some() {
                    self.digests.push(name.text.clone());
                }
                (digest, settings)
            }
            Err(problems) => {
                self.problems.extend(problems);
                (None, settings)
            }
        }
    }

    /// Builds a receiver, and says which secrets and relays it asked for, as one text.
    fn build(
        &mut self,
        spec: &ReceiverSpec,
        key: &Key,
        settings: &Node,
    ) -> Option<(Box<dyn crate::receivers::Receiver>, Filled)> {
        let secrets = written_down(settings);
        self.secrets.extend(secrets.iter().map(|secret| secret.at));
        if settings.is_null() {
            self.wrong(
                key.span,
                format!("`{}` has no settings", spec.name),
                format!("as in `{}: {}`", spec.name, spec.example),
            );
            return None;
        }
        let filled = RefCell::new(Filled::default());
        let building = self.reading.building;
        let secret = |reference: &Reference, at: Span| {
            let secret = (building.secret)(reference, at)?;
            let mut filled = filled.borrow_mut();
            filled.at.push(at);
            add(&mut filled.hash, &[reference.written(), secret.expose()]);
            Ok(secret)
        };
        let relay = |name: &str, at: Span| {
            let (relay, from) = (building.relay)(name, at)?;
            let (user, password) = relay.login.as_ref().map_or(("", ""), |(user, word)| (user, word.expose()));
            let rest = format!("{} {:?} {:?} {:?}", relay.port, relay.tls, relay.ca, relay.allow_private);
            add(&mut filled.borrow_mut().hash, &[name, &relay.host, user, password, &from, &rest]);
            Ok((relay, from))
        };
        let built = (spec.build)(settings, &Building { secret: &secret, relay: &relay });
        let filled = filled.into_inner();
        match built {
            Ok(receiver) => {
                for node in unfilled(settings, &filled.at) {
                    let message = format!("a placeholder cannot stand here: {}", node.describe());
                    self.wrong(node.span, message, "rules take them in secrets of receivers, such as `url`");
                }
                for secret in secrets {
                    let hint = "name it: `\"${env:NAME}\"` or `\"${file:/run/secrets/name}\"`";
                    self.warn(secret.at, "a secret is written down here", hint);
                }
                Some((receiver, filled))
            }
            Err(problems) => {
                self.problems.extend(problems.into_iter().map(|problem| scrubbed(problem, &secrets)));
                None
            }
        }
    }

    /// Looks at whom receivers hand on to: not to themselves, not in a circle, not to somebody who waits for a digest.
    pub(super) fn check_fallbacks(&mut self) {
        let fallbacks = std::mem::take(&mut self.fallbacks);
        for (name, (to, at)) in &fallbacks {
            self.no_digest(to, *at, "a fallback");
            if to == name {
                let message = format!("receiver `{}` is its own fallback", values::shorten(name));
                self.wrong(*at, message, "name another receiver, which does not fail for the same reason");
                continue;
            }
            let mut circle = vec![name.as_str()];
            let mut seen = BTreeSet::from([name.as_str()]);
            let mut next = Some(to.as_str());
            while let Some(on) = next.filter(|on| seen.insert(on)) {
                circle.push(on);
                next = fallbacks.get(on).map(|(on, _)| on.as_str());
            }
            // told once, at the one whose name comes first
            if next == Some(name.as_str()) && circle.iter().min() == Some(&name.as_str()) {
                let names: Vec<String> = circle.iter().chain([&circle[0]]).map(|name| values::shorten(name)).collect();
                let message = format!("fallbacks go in a circle: {}", names.join(", "));
                self.wrong(*at, message, "the last one has no fallback");
            }
        }
    }

    /// Says so where a message that does not wait is handed to somebody who is told at certain times only.
    pub(super) fn no_digest(&mut self, name: &str, at: Span, what: &str) {
        if self.digests.iter().any(|digest| digest == name) {
            let message = format!("{what} cannot wait, and receiver `{}` gets a digest", values::shorten(name));
            self.wrong(at, message, "name a receiver that is told at once; two may have the same address");
        }
    }

    /// Names of receivers: one, or a list of several.
    pub(super) fn receiver_list(&mut self, node: &Node) -> Option<Vec<String>> {
        let items = match &node.kind {
            NodeKind::Seq(items) => items.as_slice(),
            NodeKind::Scalar { .. } | NodeKind::Map(_) => {
                return self.receiver(node, "receiver").map(|name| vec![name]);
            }
        };
        if items.is_empty() {
            let hint = unknown("", &self.receivers, "receivers");
            self.wrong(node.span, "`receiver` is empty", hint);
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        for item in items {
            if values::enough(&self.problems) {
                break;
            }
            match self.receiver(item, "receiver") {
                Some(name) if names.contains(&name) => {
                    self.wrong(item.span, format!("receiver `{name}` is there twice"), "remove one of the two");
                }
                Some(name) => names.push(name),
                None => {}
            }
        }
        (names.len() == items.len()).then_some(names)
    }
}

/// What was filled in while a receiver was built.
#[derive(Default)]
struct Filled {
    hash: Sha256,
    at: Vec<Span>,
}

/// SHA-256 over all that a receiver was made of, hex.
fn fingerprint(node: &Node, filled: Filled) -> String {
    let mut hash = filled.hash;
    add_node(&mut hash, node);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lengths keep neighbours apart.
fn add(hash: &mut Sha256, texts: &[&str]) {
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
}

/// A tree whatever the order of its keys.
fn add_node(hash: &mut Sha256, node: &Node) {
    match &node.kind {
        NodeKind::Scalar { text, .. } => add(hash, &["scalar", text]),
        NodeKind::Seq(items) => {
            add(hash, &["list", &items.len().to_string()]);
            items.iter().for_each(|item| add_node(hash, item));
        }
        NodeKind::Map(entries) => {
            add(hash, &["map", &entries.len().to_string()]);
            let mut sorted: Vec<&(Key, Node)> = entries.iter().collect();
            sorted.sort_by(|a, b| a.0.text.cmp(&b.0.text));
            for (key, value) in sorted {
                add(hash, &[&key.text]);
                add_node(hash, value);
            }
        }
    }
}
