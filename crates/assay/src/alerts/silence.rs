//! `assay silence`: what nobody wants to hear of for a while.

use std::fmt::Write;

use assay_core::ops::silences::Silence;
use assay_core::ops::{Millis, Ops};
use assay_daemon::http::api::silences::SilenceView;
use assay_notify::matchers;
use assay_report::formats::text::printable;
use serde_json::json;

use super::desk::{self, Desk};
use super::words::instant;
use crate::args::{AddSilenceArgs, EndSilenceArgs, ListSilencesArgs, SilenceCommand};
use crate::failure::Failure;
use crate::store::outside;
use crate::{clock, output};

/// A silence longer than this is a mistake: a check that nobody wants to hear of is removed from its contract.
const LONGEST: Millis = 366 * 86_400_000;
/// Bytes of an id that are random.
const RANDOM: usize = 6;

/// Runs the command; gives its exit code.
pub(crate) fn command(command: &SilenceCommand) -> Result<u8, Failure> {
    match command {
        SilenceCommand::Add(args) => add(args),
        SilenceCommand::List(args) => list(args),
        SilenceCommand::End(args) => end(args),
    }?;
    Ok(0)
}

fn add(args: &AddSilenceArgs) -> Result<(), Failure> {
    let wrong = |why: String| {
        let message = format!("`{}` cannot be silenced: {why}", args.matchers);
        Failure::usage(message, "as in `contract=silver.orders` or `layer=gold,check=freshness`")
    };
    let matchers = matchers::parse_all(&args.matchers).map_err(|why| wrong(why.to_string()))?;
    if !matchers::narrow(&matchers) {
        return Err(wrong("it would match every incident".into()));
    }
    let created_by = desk::who(args.by.as_deref())?;
    let comment = desk::note("--comment", &args.comment)?;
    let desk = Desk::open()?;
    let now = desk::now();
    let ends_at = match (&args.lasts, &args.until) {
        (Some(text), _) => now.saturating_add(desk::duration("--for", text)?),
        (None, Some(text)) => clock::instant("--until", text, &desk.settings.timezone)?.timestamp_millis(),
        (None, None) => return Err(Failure::usage("a silence has an end", "give `--for 4h` or `--until TIME`")),
    };
    if ends_at <= now || ends_at - now > LONGEST {
        return Err(Failure::usage(
            "a silence ends after now, at most 366 days later",
            "remove a check that nobody wants to hear of from its contract",
        ));
    }
    let silence = Silence {
        id: new_id()?,
        matchers,
        starts_at: now,
        ends_at,
        created_by,
        created_at: now,
        comment,
        ended_by: None,
    };
    desk.store.add_silence(&silence).map_err(outside)?;
    output::stdout(format!("{}\n", silence.id).as_bytes())?;
    output::told(&format!("{} is silenced until {}", in_words(&silence), instant(ends_at)));
    Ok(())
}

fn new_id() -> Result<String, Failure> {
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random).map_err(|why| Failure::Outside(format!("the system gives no random bytes: {why}")))?;
    Ok(format!("s-{}", random.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn list(args: &ListSilencesArgs) -> Result<(), Failure> {
    let desk = Desk::open()?;
    let now = desk::now();
    let silences = desk.store.silences((!args.ended).then_some(now)).map_err(outside)?;
    let text = match args.format.as_str() {
        "json" => {
            let silences: Vec<SilenceView> = silences.iter().map(|silence| SilenceView::of(silence, now)).collect();
            format!("{:#}\n", json!({"schema": "assay.silences/v1", "silences": silences}))
        }
        _ => as_text(&silences, now),
    };
    output::stdout(text.as_bytes())
}

fn in_words(silence: &Silence) -> String {
    let matchers: Vec<String> = silence.matchers.iter().map(matchers::text).collect();
    printable(&format!("{{{}}}", matchers.join(","))).into_owned()
}

fn as_text(silences: &[Silence], now: Millis) -> String {
    if silences.is_empty() {
        return "no silences\n".into();
    }
    let mut out = String::new();
    for silence in silences {
        let state = match silence {
            silence if silence.is_active(now) => "active until",
            silence if now < silence.starts_at && silence.starts_at < silence.ends_at => "pending until",
            _ => "ended",
        };
        let ended_by = silence.ended_by.as_deref().map_or_else(String::new, |by| format!(" by {}", printable(by)));
        let _ = writeln!(
            out,
            "{}  {state} {}{ended_by}  {}  by {}",
            silence.id,
            instant(silence.ends_at),
            in_words(silence),
            printable(&silence.created_by)
        );
        if !silence.comment.is_empty() {
            let _ = writeln!(out, "                {}", printable(&silence.comment));
        }
    }
    out
}

fn end(args: &EndSilenceArgs) -> Result<(), Failure> {
    let by = desk::who(args.by.as_deref())?;
    let desk = Desk::open()?;
    if desk.store.end_silence(&args.id, &by, desk::now()).map_err(outside)? {
        return output::stdout(format!("the silence {} has ended\n", args.id).as_bytes());
    }
    Err(Failure::usage(
        format!("there is no silence `{}` in force", args.id),
        format!("`assay silence list` shows {}", in_force(&*desk.store)),
    ))
}

/// How many there are, for who mistyped an id.
fn in_force(store: &dyn Ops) -> String {
    let silences = store.silences(Some(desk::now())).unwrap_or_default();
    super::words::plural(silences.len() as u64, "silence")
}
