//! `connections`: what else is reached over the network, by name. This version has mail relays.

use assay_core::connection::{Connection, MailTls, Network, Relay};
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::secret::Secret;
use assay_core::suggest::did_you_mean;
use serde_json::{Value, json};

use super::loading::Loading;
use super::server::{is_host, is_port};
use crate::placeholders::has_any;
use crate::read;
use crate::schema::closed;

/// Kinds of connections that the language knows and this version does not.
const LATER: &[&str] = &["s3", "gcs", "azure", "postgres"];
const KEYS: &[&str] = &["host", "port", "tls", "user", "password", "from", "ca", "allow_private"];
/// Most characters of an address that SMTP carries.
const LONGEST_ADDRESS: usize = 254;

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    for (key, value) in read::map(node, "connections", &mut loading.problems).unwrap_or_default() {
        if key.text.trim().is_empty() {
            loading.problems.push(Problem::at(key.span, "a connection needs a name"));
            continue;
        }
        let what = format!("connection `{}`", key.text);
        let Some(kinds) = read::map(value, &what, &mut loading.problems) else { continue };
        for (kind, settings) in kinds {
            match kind.text.as_str() {
                "smtp" => smtp(loading, key, settings),
                later if LATER.contains(&later) => {
                    let message = format!("connections of kind `{later}` are not available in this version");
                    loading.problems.push(Problem::at(kind.span, message).hint("remove it: nothing would act on it"));
                }
                _ => loading.problems.push(read::unknown_key(kind, "in a connection", &["smtp"])),
            }
        }
        if kinds.is_empty() {
            let problem = Problem::at(value.span, format!("{what} says nothing"));
            loading.problems.push(problem.hint("say what it is: `{smtp: {host: mail.example.com, from: ..}}`"));
        }
    }
}

/// A mail relay as far as it is read: what is left out comes from defaults at the end.
#[derive(Default)]
struct Draft {
    host: Option<String>,
    port: Option<u16>,
    tls: Option<MailTls>,
    user: Option<String>,
    password: Option<Secret>,
    from: Option<String>,
    ca: Option<String>,
    allow_private: Vec<Network>,
}

impl Draft {
    /// What is there already, which an environment variable says anew in part.
    fn of(connection: Option<Connection>) -> Draft {
        let Some(Connection::Smtp { relay, from }) = connection else { return Draft::default() };
        let (user, password) = relay.login.unzip();
        Draft {
            host: Some(relay.host),
            port: Some(relay.port).filter(|port| *port != relay.tls.port()),
            tls: Some(relay.tls),
            user,
            password,
            from: Some(from),
            ca: relay.ca,
            allow_private: relay.allow_private,
        }
    }
}

fn smtp(loading: &mut Loading<'_>, name: &Key, node: &Node) {
    let before = loading.problems.len();
    let mut draft = Draft::of(loading.project.connections.remove(&name.text));
    for (key, value) in read::map(node, "smtp", &mut loading.problems).unwrap_or_default() {
        if key.text != "password" && has_placeholder(loading, name, key, value) {
            continue;
        }
        match key.text.as_str() {
            "host" => draft.host = host(value, &mut loading.problems),
            "port" => {
                let port = read::number(value, "smtp.port", 1..=65_535, &mut loading.problems);
                draft.port = port.and_then(|port| u16::try_from(port).ok());
            }
            "tls" => draft.tls = tls(value, &mut loading.problems),
            "user" => draft.user = read::text(value, "smtp.user", &mut loading.problems),
            "password" => draft.password = password(loading, value),
            "from" => draft.from = address(value, &mut loading.problems),
            "ca" => draft.ca = loading.file_name(value, "smtp.ca"),
            "allow_private" => draft.allow_private = networks(value, &mut loading.problems),
            _ => loading.problems.push(read::unknown_key(key, "in `smtp`", KEYS)),
        }
    }
    if loading.problems.len() > before {
        return;
    }
    match whole(draft, node.span) {
        Ok(connection) => {
            loading.project.connections.insert(name.text.clone(), connection);
        }
        Err(problem) => loading.problems.push(problem),
    }
}

fn whole(draft: Draft, at: Span) -> Result<Connection, Problem> {
    let missing = |name: &str, hint: &str| Problem::at(at, format!("`smtp` has no `{name}`")).hint(hint);
    let host = draft.host.ok_or_else(|| missing("host", "the mail relay: `host: mail.example.com`"))?;
    let from =
        draft.from.ok_or_else(|| missing("from", "the address that mails come from: `from: assay@example.com`"))?;
    let tls = draft.tls.unwrap_or(MailTls::Starttls);
    let login = match (draft.user, draft.password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => return Err(missing("password", "as in `password: \"${env:SMTP_PASSWORD}\"`")),
        (None, Some(_)) => return Err(missing("user", "a password is of somebody: `user: assay`")),
    };
    if login.is_some() && tls == MailTls::None {
        let problem = Problem::at(at, "a password does not go over a connection that is not encrypted: `tls: none`");
        return Err(problem.hint("`tls: starttls` or `tls: implicit`, or leave `user` and `password` out"));
    }
    let port = draft.port.unwrap_or_else(|| tls.port());
    let relay = Relay { host, port, tls, login, ca: draft.ca, allow_private: draft.allow_private };
    Ok(Connection::Smtp { relay, from })
}

/// Placeholders stand in passwords only: everything else is shown, in errors for one.
fn has_placeholder(loading: &mut Loading<'_>, name: &Key, key: &Key, value: &Node) -> bool {
    if !value.text().is_some_and(has_any) {
        return false;
    }
    let message = format!("a placeholder cannot stand here: {}", value.describe());
    let (name, key) = (name.text.to_uppercase(), key.text.to_uppercase());
    let hint = format!(
        "of a connection `password` takes one; others are set by the environment: `ASSAY__CONNECTIONS__{name}__SMTP__{key}`"
    );
    loading.problems.push(Problem::at(value.span, message).hint(hint));
    true
}

fn host(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let text = read::text(node, "smtp.host", problems)?;
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&text);
    let bare = text.strip_suffix('.').unwrap_or(&text);
    if address.parse::<std::net::IpAddr>().is_ok() {
        return Some(address.to_owned());
    }
    if is_host(bare) {
        return Some(text);
    }
    let hint = match text.rsplit_once(':') {
        Some((host, port)) if is_host(host) && is_port(port) => {
            format!("the port has a key of its own: `host: {host}, port: {port}`")
        }
        _ => "a name or an address alone, as in `mail.example.com`".to_owned(),
    };
    problems.push(Problem::at(node.span, format!("`smtp.host` is no host: {}", node.describe())).hint(hint));
    None
}

fn tls(node: &Node, problems: &mut Vec<Problem>) -> Option<MailTls> {
    match read::word(node, "smtp.tls", &["starttls", "implicit", "none"], problems)? {
        "starttls" => Some(MailTls::Starttls),
        "implicit" => Some(MailTls::Implicit),
        _ => Some(MailTls::None),
    }
}

/// A secret: no message repeats it.
fn password(loading: &mut Loading<'_>, node: &Node) -> Option<Secret> {
    let filled = loading.secret(node, "smtp.password")?;
    if filled.text.is_empty() {
        let problem = Problem::at(node.span, "`smtp.password` is empty");
        loading.problems.push(problem.hint("give it a value, or remove `user` and `password`"));
        return None;
    }
    if !filled.secret {
        loading.warn(
            Problem::at(node.span, "a password is written down here").hint("name it: `\"${env:SMTP_PASSWORD}\"`"),
        );
    }
    Some(Secret::new(filled.text))
}

/// `assay@example.com`: what stands between `<` and `>` of a mail, and nothing else.
fn address(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let text = read::text(node, "smtp.from", problems)?;
    let is_plain = |char: char| char.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(char);
    let sound = text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && local.chars().all(is_plain) && is_host(domain) && text.len() <= LONGEST_ADDRESS
    });
    if !sound {
        let problem = Problem::at(node.span, format!("`smtp.from` is no mail address: {}", node.describe()));
        problems.push(problem.hint("the address alone, in ASCII, as in `assay@example.com`"));
        return None;
    }
    Some(text)
}

fn networks(node: &Node, problems: &mut Vec<Problem>) -> Vec<Network> {
    let mut found = Vec::new();
    for item in read::list(node, "allow_private", problems).unwrap_or_default() {
        let Some(text) = read::text(item, "each item of `allow_private`", problems) else { continue };
        match Network::parse(&text) {
            Ok(network) => found.push(network),
            Err(why) => {
                let message = format!("{}: {}", why.message, item.describe());
                problems.push(Problem::at(item.span, message).hint(why.hint));
            }
        }
    }
    found
}

impl super::Project {
    /// The mail relay of a connection, and the address its mails come from. Without a name: the only one there is.
    ///
    /// # Errors
    /// There is none of this name, or more than one without a name.
    pub fn relay(&self, name: &str, at: Span) -> Result<(Relay, String), Problem> {
        let found = match (name, self.connections.len()) {
            ("", 1) => self.connections.values().next(),
            _ => self.connections.get(name),
        };
        if let Some(Connection::Smtp { relay, from }) = found {
            return Ok((relay.clone(), from.clone()));
        }
        let names: Vec<String> = self.connections.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            let problem = Problem::at(at, "assay.yaml has no connection to a mail relay");
            return Err(problem.hint("add `connections: {mail: {smtp: {host: mail.example.com, from: ..}}}`"));
        }
        let known = format!("connections are {}", names.join(", "));
        if name.is_empty() {
            return Err(Problem::at(at, "there is more than one mail relay, and `connection` is missing").hint(known));
        }
        let hint = did_you_mean(name, self.connections.keys().map(String::as_str)).unwrap_or(known);
        let name = crate::yaml::shorten(name);
        Err(Problem::at(at, format!("assay.yaml has no connection `{name}`")).hint(hint))
    }
}

pub(crate) fn schema() -> Value {
    let text = |about: &str| json!({"type": "string", "minLength": 1, "description": about});
    let mut smtp = closed(json!({
        "host": text("the mail relay"),
        "port": {
            "type": "integer", "minimum": 1, "maximum": 65_535,
            "description": "by default 587 (starttls), 465 (implicit) or 25 (none)",
        },
        "tls": {"enum": ["starttls", "implicit", "none"], "description": "by default starttls"},
        "user": text("who logs in; without one nobody does"),
        "password": text("as in ${env:SMTP_PASSWORD} or ${file:/run/secrets/smtp}"),
        "from": text("the address that mails come from"),
        "ca": text("a file with certificates (PEM) that are trusted beside the system's"),
        "allow_private": {
            "type": "array", "items": {"type": "string"},
            "description": "networks that may be called although they are private, as in 10.0.0.0/8",
        },
    }));
    smtp["required"] = json!(["host", "from"]);
    let mut connection = closed(json!({"smtp": smtp}));
    connection["minProperties"] = json!(1);
    json!({"type": "object", "additionalProperties": connection, "description": "mail relays, by name"})
}
