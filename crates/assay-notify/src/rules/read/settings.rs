//! What holds for all rules: `rules`, `external_url`, `allow_private`, `defaults`.

use assay_core::node::{Key, Node};
use url::Url;

use super::Reader;
use crate::rules::{Confirm, Network, values};

/// How often in a row, at most.
const MOST_TIMES: u32 = 100;
/// Networks, at most.
const MOST_NETWORKS: usize = 500;
const DAY: i64 = 86_400_000;

/// `rules: NAME`: what the file is called.
pub(super) fn name(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    values::text(node, "rules", &mut reader.problems);
}

pub(super) fn external_url(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    let Some(text) = values::text(node, "external_url", &mut reader.problems) else { return };
    if is_address(text) {
        reader.rules.external_url = Some(text.trim_end_matches('/').to_owned());
        return;
    }
    if text.contains("${") {
        // placeholders are refused as such
        return;
    }
    // not repeated: it may hold a password
    let hint = "as in `https://assay.example.com`: scheme and host, without a user, `?` or `#`";
    reader.secrets.push(node.span);
    reader.wrong(node.span, "`external_url` is not an address that browsers open", hint);
}

/// A parser of URLs mends what it can, which a link does not need.
fn is_address(text: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_graphic() && !"\\\"<>`{}|^?#@".contains(char);
    let is_sound = text.chars().all(is_plain) && (text.starts_with("https://") || text.starts_with("http://"));
    is_sound && Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

pub(super) fn allow_private(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    for item in values::list(node, "allow_private", &mut reader.problems).unwrap_or_default() {
        let Some(text) = values::text(item, "a network", &mut reader.problems) else { continue };
        let network = match Network::parse(text) {
            Ok(network) => network,
            Err(why) => {
                reader.wrong(item.span, format!("{}: {}", why.message, item.describe()), why.hint);
                continue;
            }
        };
        if network.bits == 0 {
            let message = format!("every address may be called, those of cloud metadata too: {}", item.describe());
            reader.warn(item.span, message, "name the networks that receivers are in, as in `10.1.0.0/16`");
        }
        if reader.rules.allow_private.len() >= MOST_NETWORKS {
            reader.wrong(item.span, format!("there are more than {MOST_NETWORKS} networks"), "name larger ones");
            return;
        }
        if !reader.rules.allow_private.contains(&network) {
            reader.rules.allow_private.push(network);
        }
    }
}

pub(super) fn defaults(reader: &mut Reader<'_>, _: &Key, node: &Node) {
    for (key, value) in values::map(node, "defaults", &mut reader.problems).unwrap_or_default() {
        match key.text.as_str() {
            "confirm" => confirm(reader, value),
            "reopen" => {
                if let Some(millis) = values::millis(value, "reopen", 0..=366 * DAY, &mut reader.problems) {
                    reader.rules.reopen = millis;
                }
            }
            _ => reader.problems.push(values::unknown_key(key, "in `defaults`", &["confirm", "reopen"])),
        }
    }
}

fn confirm(reader: &mut Reader<'_>, node: &Node) {
    let Confirm { mut fail, mut recover } = Confirm::default();
    for (key, value) in values::map(node, "confirm", &mut reader.problems).unwrap_or_default() {
        let count = match key.text.as_str() {
            "fail" => &mut fail,
            "recover" => &mut recover,
            _ => {
                reader.problems.push(values::unknown_key(key, "in `confirm`", &["fail", "recover"]));
                continue;
            }
        };
        let what = format!("confirm.{}", key.text);
        if let Some(number) = values::number(value, &what, 1..=MOST_TIMES, &mut reader.problems) {
            *count = number;
        }
    }
    reader.rules.confirm = Confirm { fail, recover };
}
