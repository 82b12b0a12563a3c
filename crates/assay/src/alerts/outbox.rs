//! `assay outbox`: messages that are to reach a receiver, and what became of them.

use std::fmt::Write;

use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_daemon::http::api::outbox::MessageView;
use assay_notify::delivery::DROPPED;
use assay_notify::notification::Notification;
use assay_report::formats::text::printable;
use serde_json::{Value, json};

use super::desk::{self, Desk};
use super::words::{about_item, and_more, instant, plural, tries};
use crate::args::{DropOutboxArgs, ListOutboxArgs, OutboxCommand, RetryOutboxArgs, ShowOutboxArgs};
use crate::failure::Failure;
use crate::output;
use crate::store::outside;

/// Messages that are taken from the store at once.
const AT_ONCE: usize = 1_000;
/// Incidents of a message that are listed.
const LISTED: usize = 20;

/// Runs the command; gives its exit code.
pub(crate) fn command(command: &OutboxCommand) -> Result<u8, Failure> {
    match command {
        OutboxCommand::List(args) => list(args),
        OutboxCommand::Show(args) => show(args),
        OutboxCommand::Retry(args) => retry(args),
        OutboxCommand::Drop(args) => drop_messages(args),
    }?;
    Ok(0)
}

fn list(args: &ListOutboxArgs) -> Result<(), Failure> {
    let mut states = desk::named("--state", &args.state, &["waiting", "delivered", "dead"], MessageState::named)?;
    if states.is_empty() {
        states = vec![MessageState::Waiting, MessageState::Dead];
    }
    let desk = Desk::open()?;
    let limit = args.limit as usize;
    let filter = MessageFilter {
        states,
        receiver: args.receiver.clone(),
        incident: args.incident.filter(|number| i64::try_from(*number).is_ok()),
        brief: true,
        most: limit + 1,
        ..MessageFilter::default()
    };
    let is_unknown = args.incident != filter.incident;
    let found = if is_unknown { Vec::new() } else { desk.store.messages(&filter).map_err(outside)? };
    let size = desk.store.outbox().map_err(outside)?;
    let shown = &found[..found.len().min(limit)];
    let text = match args.format.as_str() {
        "json" => {
            let messages: Vec<MessageView> = shown.iter().map(MessageView::of).collect();
            let all = json!({
                "schema": "assay.outbox/v1", "waiting": size.waiting, "dead": size.dead, "messages": messages,
                "more": found.len() > limit,
            });
            format!("{all:#}\n")
        }
        _ if found.is_empty() => "no messages\n".to_string(),
        _ => shown.iter().map(|message| format!("{}  {}\n", printable(&message.id), line(message))).collect(),
    };
    output::stdout(text.as_bytes())?;
    output::told(&format!("{} waiting, {} given up", size.waiting, size.dead));
    and_more(found.len(), args.limit).iter().for_each(|note| output::told(note));
    Ok(())
}

/// A message as one line, without its id.
pub(crate) fn line(message: &Message) -> String {
    let to = to(message);
    let tries = tries(message.attempts);
    let came = match (message.state, &message.last_error) {
        (MessageState::Delivered, _) => format!("at {}", message.ended_at.map_or_else(|| "-".into(), instant)),
        (MessageState::Waiting, None) => format!("since {}", instant(message.created_at)),
        (MessageState::Waiting, Some(why)) => {
            format!("next try {}, after {tries}: {}", instant(message.next_at), printable(why))
        }
        (MessageState::Dead, why) => format!("after {tries}: {}", printable(why.as_deref().unwrap_or("-"))),
    };
    format!("{:<9} {}  {to}  {came}", message.state.name(), printable(&message.reason))
}

/// Whom a message goes to.
fn to(message: &Message) -> String {
    let target = if message.target.is_empty() { String::new() } else { format!(" <{}>", message.target) };
    printable(&format!("{}{target} ({})", message.receiver, message.integration)).into_owned()
}

fn show(args: &ShowOutboxArgs) -> Result<(), Failure> {
    let desk = Desk::open()?;
    let message = one(&desk, &args.id)?;
    let text = match args.format.as_str() {
        "json" => {
            // what is sent is JSON; a body that is none is shown as the text that it is
            let body = serde_json::from_str(&message.body).unwrap_or_else(|_| Value::String(message.body.clone()));
            let incidents = &message.incidents;
            let view = MessageView::of(&message);
            format!(
                "{:#}\n",
                json!({"schema": "assay.message/v1", "message": view, "incidents": incidents, "body": body})
            )
        }
        _ => in_full(&message),
    };
    output::stdout(text.as_bytes())
}

fn in_full(message: &Message) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", printable(&message.id), line(message));
    let _ = writeln!(out, "  written  {}", instant(message.created_at));
    let _ = writeln!(out, "  group    {}", printable(&message.group));
    let Ok(told) = serde_json::from_str::<Notification>(&message.body) else {
        let _ = writeln!(out, "  what it says was written by another version of Assay; `--format json` shows it");
        return out;
    };
    let _ = writeln!(out, "  title    {}", printable(&told.title));
    let _ = writeln!(out, "  why      {}", printable(&told.why));
    let _ = writeln!(out, "  open     {}, resolved {}", told.open, told.resolved);
    for item in told.incidents.iter().take(LISTED) {
        let _ = writeln!(out, "    {}", about_item(item));
    }
    let left_out = told.left_out + told.incidents.len().saturating_sub(LISTED) as u64;
    if left_out > 0 {
        let _ = writeln!(out, "    and {left_out} more");
    }
    out
}

fn one(desk: &Desk, id: &str) -> Result<Message, Failure> {
    let filter = MessageFilter { id: Some(id.to_string()), most: 1, ..MessageFilter::default() };
    desk.store.messages(&filter).map_err(outside)?.pop().ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Failure {
    let hint = "`assay outbox list` lists what waits and what was given up, `--state delivered` the rest";
    Failure::usage(format!("there is no message `{id}`"), hint)
}

fn retry(args: &RetryOutboxArgs) -> Result<(), Failure> {
    let desk = Desk::open()?;
    let not_delivered = [MessageState::Waiting, MessageState::Dead];
    let ids = match (&args.receiver, args.all_dead) {
        (Some(receiver), _) => all(&desk, &not_delivered, Some(receiver))?,
        (None, true) => all(&desk, &[MessageState::Dead], None)?,
        (None, false) => named(&desk, &args.ids, &not_delivered, "was delivered, so it is not tried again")?,
    };
    let mut n = 0;
    for part in ids.chunks(AT_ONCE) {
        n += desk.store.retry(part, desk::now()).map_err(outside)?;
    }
    output::stdout(format!("{} tried again\n", waits(n)).as_bytes())?;
    if n > 0 {
        output::told("the daemon delivers them: `assay serve`, where none is at work");
    }
    Ok(())
}

fn waits(n: u64) -> String {
    format!("{} {} to be", plural(n, "message"), if n == 1 { "is" } else { "are" })
}

fn drop_messages(args: &DropOutboxArgs) -> Result<(), Failure> {
    let by = desk::who(None).unwrap_or_else(|_| "somebody".into());
    let desk = Desk::open()?;
    let waiting = [MessageState::Waiting];
    let ids = match &args.receiver {
        Some(receiver) => all(&desk, &waiting, Some(receiver))?,
        None => named(&desk, &args.ids, &waiting, "does not wait, so there is nothing to give up")?,
    };
    let mut n = 0;
    for id in &ids {
        let error = format!("dropped by {by}");
        let dropped = Delivery::Dead { at: desk::now(), reason: DROPPED.into(), error };
        // one that was delivered meanwhile is as good
        n += u64::from(desk.store.delivered(id, &dropped, &[]).map_err(outside)?);
    }
    output::stdout(format!("{} dropped\n", plural(n, "message")).as_bytes())
}

/// The messages named, all of which have to be there and in one of these states: nothing is done by halves.
fn named(desk: &Desk, ids: &[String], states: &[MessageState], otherwise: &str) -> Result<Vec<String>, Failure> {
    for id in ids {
        let message = one(desk, id)?;
        if !states.contains(&message.state) {
            return Err(Failure::usage(
                format!("the message `{id}` {otherwise}"),
                "`assay outbox show MESSAGE` says what became of it",
            ));
        }
    }
    Ok(ids.to_vec())
}

/// All messages in these states; of a receiver, if one is named.
fn all(desk: &Desk, states: &[MessageState], receiver: Option<&String>) -> Result<Vec<String>, Failure> {
    let mut most = AT_ONCE;
    loop {
        let filter = MessageFilter {
            states: states.to_vec(),
            receiver: receiver.cloned(),
            brief: true,
            most,
            ..MessageFilter::default()
        };
        let found = desk.store.messages(&filter).map_err(outside)?;
        if found.len() < most {
            return Ok(found.into_iter().map(|message| message.id).collect());
        }
        // the store lists from the oldest
        most = most.saturating_mul(4);
    }
}
