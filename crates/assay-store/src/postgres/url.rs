//! The url of a store: where it is, how connections are secured, in which schema its tables are.
//!
//! `postgresql://user:password@host:port/database?parameter=value`, as PostgreSQL's own programs take it. The password is
//! in no message, whatever is wrong with the url.

use std::path::PathBuf;
use std::time::Duration;

use ::postgres::Config;
use ::postgres::config::{Host, SslMode};
use assay_core::drift::store::StoreError;

/// The schema, unless the url's `options` have a search path.
const SCHEMA: &str = "assay";
/// Bytes of a name in PostgreSQL.
const LONGEST_NAME: usize = 63;

/// How connections are secured, as PostgreSQL's own programs mean it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// Never.
    Disable,
    /// Where the server can; its certificate is not looked at.
    Prefer,
    /// Always; the certificate is not looked at.
    Require,
    /// Always, with a certificate that an authority signed, whoever it is for.
    VerifyCa,
    /// Always, with a certificate that an authority signed for this host.
    VerifyFull,
}

/// Where a store is.
pub(super) struct Target {
    /// What connects there, with the password.
    pub(super) config: Config,
    /// How connections are secured.
    pub(super) security: Security,
    /// The authorities that are trusted; else those of the system.
    pub(super) roots: Option<PathBuf>,
    /// The schema with the tables: a name of small letters, digits and `_`.
    pub(super) schema: String,
    /// Host, port, database and schema, for messages.
    pub(super) name: String,
}

/// Reads a url.
pub(super) fn parse(url: &str) -> Result<Target, StoreError> {
    let (mut security, mut roots) = (Security::Prefer, None);
    let mut plain = checked(url)?.to_owned();
    if let Some((place, parameters)) = url.split_once('?') {
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslmode" => security = Security::named(value)?,
                "sslrootcert" => roots = Some(decoded(value)?),
                _ => others.push(parameter),
            }
        }
        plain = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    }
    // `sslrootcert=system` is how PostgreSQL's programs name the system's file.
    if roots.as_deref() == Some("system") {
        (roots, security) = (None, Security::VerifyFull);
    }
    // A file of authorities is there to be used: so it is with PostgreSQL's programs.
    if security == Security::Require && roots.is_some() {
        security = Security::VerifyCa;
    }
    let mut config: Config = plain.parse().map_err(|error| bad(&super::error::told(&error)))?;
    let sockets = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
    if sockets && config.get_hostaddrs().is_empty() {
        security = Security::Disable;
    }
    let schema = schema(config.get_options().unwrap_or_default())?;
    let name = name(&config, &schema);
    settings(&mut config, security, url);
    Ok(Target { config, security, roots: roots.map(PathBuf::from), schema, name })
}

impl Security {
    fn named(word: &str) -> Result<Self, StoreError> {
        Ok(match word {
            "disable" => Security::Disable,
            "prefer" => Security::Prefer,
            "require" => Security::Require,
            "verify-ca" => Security::VerifyCa,
            "verify-full" => Security::VerifyFull,
            _ => return Err(bad("`sslmode` is one of disable, prefer, require, verify-ca, verify-full")),
        })
    }
}

/// What holds for every connection, where the url says nothing else.
fn settings(config: &mut Config, security: Security, url: &str) {
    config.ssl_mode(match security {
        Security::Disable => SslMode::Disable,
        Security::Prefer => SslMode::Prefer,
        Security::Require | Security::VerifyCa | Security::VerifyFull => SslMode::Require,
    });
    if config.get_application_name().is_none() {
        config.application_name("assay");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(30));
    }
    // A server whose machine is gone is noticed within a minute.
    if !url.contains("keepalives_idle=") {
        config.keepalives_idle(Duration::from_secs(30));
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(Duration::from_secs(10));
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
}

/// Refuses a url of which it is not clear where the password ends: a part of it could be taken for something else, and
/// be told.
fn checked(url: &str) -> Result<&str, StoreError> {
    let Some(rest) = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://")) else {
        return Err(bad("it has to begin with `postgresql://`"));
    };
    let (authority, others) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if others.contains('@') || authority.matches('@').count() > 1 {
        return Err(bad("there is a `@`, `/` or `?` that has to be written as %40, %2F or %3F, maybe in the password"));
    }
    if authority.rsplit('@').next().is_none_or(str::is_empty) && !others.contains("host") {
        return Err(bad("it names no host"));
    }
    Ok(url)
}

/// The first schema of the search path that the options set, or Assay's own.
fn schema(options: &str) -> Result<String, StoreError> {
    let Some((_, path)) = options.split_once("search_path=") else { return Ok(SCHEMA.into()) };
    let first = path.split([',', ' ']).next().unwrap_or_default().trim_matches('"');
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = !first.is_empty()
        && first.len() <= LONGEST_NAME
        && first.bytes().all(fits)
        && !first.starts_with(|first: char| first.is_ascii_digit())
        && !first.starts_with("pg_");
    if is_name {
        return Ok(first.into());
    }
    Err(bad("the schema that `search_path` of `options` begins with has to be a name of small letters, digits and `_`"))
}

/// Where the store is, without who and with which password.
fn name(config: &Config, schema: &str) -> String {
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = if config.get_hosts().is_empty() {
        config.get_hostaddrs().iter().enumerate().map(|(at, host)| format!("{host}:{}", port(at))).collect()
    } else {
        let named = |(at, host): (usize, &Host)| match host {
            Host::Tcp(host) => format!("{host}:{}", port(at)),
            #[cfg(unix)]
            Host::Unix(path) => format!("{}:{}", path.display(), port(at)),
        };
        config.get_hosts().iter().enumerate().map(named).collect()
    };
    let database = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
    let place = format!("`{database}` on {}", hosts.join(","));
    if schema == SCHEMA { place } else { format!("{place} (schema `{schema}`)") }
}

/// The text of a parameter.
fn decoded(value: &str) -> Result<String, StoreError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        rest = others;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.ok_or_else(|| bad("a `%` has to be followed by two hex digits"))?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| bad("`sslrootcert` is no UTF-8"))
}

fn bad(why: &str) -> StoreError {
    StoreError {
        code: "store_unreadable",
        text: format!(
            "the url of the store cannot be used: {why}; it looks like \
             `postgresql://user:password@host:5432/database?sslmode=verify-full`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(url: &str) -> Target {
        parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn a_url_says_where_the_store_is_and_messages_do_not_say_who() {
        let target =
            good("postgresql://ada:s3cr%40t@db.example:5433/quality?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem");
        assert_eq!(target.name, "`quality` on db.example:5433");
        assert_eq!((target.security, target.schema.as_str()), (Security::VerifyFull, "assay"));
        assert_eq!(target.roots, Some("/etc/ca.pem".into()));
        assert_eq!(target.config.get_password(), Some(&b"s3cr@t"[..]));
        assert_eq!(target.config.get_application_name(), Some("assay"));
        let two = good("postgres://ada@a,b:5434/q?options=-c%20search_path%3Dquality_eu,public&application_name=mine");
        assert_eq!(two.name, "`q` on a:5432,b:5434 (schema `quality_eu`)");
        assert_eq!((two.security, two.config.get_application_name()), (Security::Prefer, Some("mine")));
        let socket = good("postgresql://ada@%2Fvar%2Frun%2Fpostgresql/q?sslmode=require");
        assert_eq!((socket.name.as_str(), socket.security), ("`q` on /var/run/postgresql:5432", Security::Disable));
    }

    #[test]
    fn authorities_that_are_named_are_used() {
        let security = |parameters: &str| good(&format!("postgresql://ada@h/q?{parameters}")).security;
        assert_eq!(security("sslmode=require"), Security::Require);
        assert_eq!(security("sslmode=require&sslrootcert=ca.pem"), Security::VerifyCa);
        assert_eq!(security("sslrootcert=system"), Security::VerifyFull);
        assert_eq!(security("sslmode=disable"), Security::Disable);
    }

    #[test]
    fn no_message_has_the_password_or_a_part_of_it() {
        for url in [
            "mysql://ada:hunter2@h/q",
            "postgresql://ada:12/hunter2@h/q",
            "postgresql://ada:12?hunter2@h/q",
            "postgresql://ada:12@hunter2@h/q",
            "postgresql://ada:hunter2@h:port/q",
            "postgresql://ada:hunter2@h/q?sslmode=allow",
            "postgresql://ada:hunter2@h/q?sslmode",
            "postgresql://ada:hunter2@h/q?nonsense=1",
            "postgresql://ada:hunter2@h/q?sslrootcert=%2",
            "postgresql://ada:hunter2@h/q?sslrootcert=%é",
            "postgresql://ada:hunter2@h/q?options=-c%20search_path%3Dpg_catalog",
            "postgresql://ada:hunter2@h/q?options=-c%20search_path%3D%22x%3BDROP%22",
            "postgresql://ada:hunter2@/q",
            "ada:hunter2",
            "",
        ] {
            let error = parse(url).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert_eq!(error.code, "store_unreadable");
            assert!(!error.text.contains("hunter2"), "{url}: {error}");
        }
    }
}
