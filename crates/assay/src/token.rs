//! `assay token`: tokens of the daemon's API.

use std::fmt::Write;

use assay_core::ops::tokens::{Scope, Token};
use assay_core::ops::{Millis, Ops};
use assay_daemon::http::tokens;
use assay_report::formats::text::printable;
use chrono::{DateTime, SecondsFormat};
use serde_json::json;

use crate::args::{CreateTokenArgs, ListTokensArgs, RevokeTokenArgs, TokenCommand};
use crate::failure::Failure;
use crate::store::outside;
use crate::{clock, load, output, store};

/// Runs the command; gives its exit code.
pub(crate) fn command(command: &TokenCommand) -> Result<u8, Failure> {
    let root = load::root_for_daemon(None)?;
    let settings = load::settings_at(&root, &load::overrides())?;
    let store = store::for_daemon(&settings, Some(&root))?;
    match command {
        TokenCommand::Create(args) => create(&*store, args),
        TokenCommand::List(args) => list(&*store, args),
        TokenCommand::Revoke(args) => revoke(&*store, args),
    }?;
    Ok(0)
}

fn now() -> Millis {
    clock::now().timestamp_millis()
}

fn create(store: &dyn Ops, args: &CreateTokenArgs) -> Result<(), Failure> {
    let scopes: Vec<Scope> = args.scope.iter().map(|name| scope(name)).collect::<Result<_, _>>()?;
    let name = args.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > 100 {
        return Err(Failure::usage("a token's name has 1 to 100 characters of text", "as in `--name ci`"));
    }
    let expires = args.expires.as_deref().map(expiry).transpose()?;
    let (text, token) =
        tokens::new_token(name, &scopes, expires, now()).map_err(|why| Failure::Outside(why.to_string()))?;
    store.add_token(&token).map_err(outside)?;
    output::stdout(format!("{text}\n").as_bytes())?;
    output::told(&format!("kept as a hash: this is the only time that the token `{}` is shown", token.id));
    Ok(())
}

fn scope(name: &str) -> Result<Scope, Failure> {
    Scope::named(name.trim()).ok_or_else(|| {
        Failure::usage(format!("`--scope` does not know `{name}`"), "the scopes are `read`, `run` and `admin`")
    })
}

fn expiry(text: &str) -> Result<Millis, Failure> {
    let wrong = || Failure::usage(format!("`--expires` is a duration, not `{text}`"), "as in `12h`, `90d` or `52w`");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let hours = match unit {
        "h" => 1,
        "d" => 24,
        "w" => 24 * 7,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().ok().filter(|number| (1..=100_000).contains(number)).ok_or_else(wrong)?;
    Ok(now() + number * hours * 3_600_000)
}

fn list(store: &dyn Ops, args: &ListTokensArgs) -> Result<(), Failure> {
    let tokens = store.tokens().map_err(outside)?;
    let text = match args.format.as_str() {
        "json" => format!("{:#}\n", tokens.iter().map(as_json).collect::<serde_json::Value>()),
        _ => as_text(&tokens),
    };
    output::stdout(text.as_bytes())
}

fn scopes(token: &Token) -> Vec<&'static str> {
    token.scopes.iter().map(|scope| scope.name()).collect()
}

fn instant(at: Millis) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(|| "-".into(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn state(token: &Token) -> &'static str {
    match (token.revoked_at, token.is_valid(now())) {
        (Some(_), _) => "revoked",
        (None, true) => "valid",
        (None, false) => "expired",
    }
}

fn as_json(token: &Token) -> serde_json::Value {
    json!({
        "id": token.id, "name": token.name, "scopes": scopes(token), "state": state(token),
        "created_at": instant(token.created_at), "expires_at": token.expires_at.map(instant),
        "revoked_at": token.revoked_at.map(instant),
    })
}

fn as_text(tokens: &[Token]) -> String {
    if tokens.is_empty() {
        return "no tokens; `assay token create --name NAME --scope read` makes one\n".into();
    }
    let mut out = String::new();
    for token in tokens {
        let expires = token.expires_at.map_or_else(|| "never".into(), instant);
        let _ = writeln!(
            out,
            "{}  {:<8} {:<15} made {}, ends {}  {}",
            token.id,
            state(token),
            scopes(token).join(","),
            instant(token.created_at),
            expires,
            printable(&token.name)
        );
    }
    out
}

fn revoke(store: &dyn Ops, args: &RevokeTokenArgs) -> Result<(), Failure> {
    // people paste the whole token
    let id = args.id.strip_prefix("assay_").map_or(&*args.id, |rest| rest.split('_').next().unwrap_or(rest));
    if store.revoke_token(id, now()).map_err(outside)? {
        output::told(&format!("the token `{id}` is no longer valid; daemons know within 5 seconds"));
        return Ok(());
    }
    Err(Failure::usage(format!("there is no valid token `{id}`"), "`assay token list` shows them"))
}
