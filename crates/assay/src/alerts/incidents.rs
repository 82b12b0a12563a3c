//! `assay incidents`: what is broken, since when, and who looks after it.

use std::fmt::Write;

use assay_core::ops::incidents::{AlertEvent, Incident, IncidentFilter, IncidentState};
use assay_core::ops::outbox::{Message, MessageFilter};
use assay_daemon::http::api::incidents::IncidentView;
use assay_daemon::http::api::outbox::MessageView;
use assay_daemon::http::time::rfc3339;
use assay_notify::matchers::{Matchers, parse_all};
use assay_notify::{Subjects, acknowledge, labels_of};
use assay_report::formats::text::printable;
use serde_json::{Value, json};

use super::desk::{self, Desk};
use super::words::{about, and_more, instant, lasting, outcome, plural};
use crate::args::{AckIncidentArgs, IncidentsArgs, IncidentsCommand, ListIncidentsArgs, ShowIncidentArgs};
use crate::failure::Failure;
use crate::output;
use crate::store::outside;

/// Events of one incident that are shown.
const EVENTS: usize = 100;
/// Messages of one incident that are shown.
const MESSAGES: usize = 100;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &IncidentsArgs) -> Result<u8, Failure> {
    match &args.command {
        None => list(&args.list),
        Some(IncidentsCommand::List(args)) => list(args),
        Some(IncidentsCommand::Show(args)) => show(args),
        Some(IncidentsCommand::Ack(args)) => ack(args),
    }?;
    Ok(0)
}

fn list(args: &ListIncidentsArgs) -> Result<(), Failure> {
    let known: Vec<&str> = IncidentState::ALL.iter().map(|state| state.name()).collect();
    let mut states = desk::named("--state", &args.state, &known, IncidentState::named)?;
    if states.is_empty() {
        states = vec![IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged];
    }
    let matchers = args.matchers.as_deref().map(matchers_of).transpose()?;
    let desk = Desk::open()?;
    // the labels of an incident are those of its document, too
    let subjects = match &matchers {
        Some(_) => super::project::load(&desk.root)?.subjects.as_ref().clone(),
        None => Subjects::new(),
    };
    let limit = args.limit as usize;
    let is_asked = |incident: &Incident| {
        let of_owner = args.owner.is_none() || incident.owner == args.owner;
        of_owner && matchers.as_ref().is_none_or(|matchers| matchers.match_all(&labels_of(&subjects, incident)))
    };
    let mut most = limit + 1;
    let found = loop {
        let filter = IncidentFilter {
            document: args.document.clone(),
            states: states.clone(),
            most,
            ..IncidentFilter::default()
        };
        let mut found = desk.store.incidents(&filter).map_err(outside)?;
        let is_all = found.len() < most;
        found.retain(is_asked);
        if is_all || found.len() > limit {
            break found;
        }
        // the store does not know owners and labels: what it gave and does not match is made up for
        most = most.saturating_mul(4);
    };
    let shown = &found[..found.len().min(limit)];
    let text = match args.format.as_str() {
        "json" => {
            let incidents: Vec<IncidentView> = shown.iter().map(IncidentView::of).collect();
            format!(
                "{:#}\n",
                json!({"schema": "assay.incidents/v1", "incidents": incidents, "more": found.len() > limit})
            )
        }
        _ => as_text(shown),
    };
    output::stdout(text.as_bytes())?;
    and_more(found.len(), args.limit).iter().for_each(|note| output::told(note));
    Ok(())
}

/// Matchers of the command line.
fn matchers_of(text: &str) -> Result<Matchers, Failure> {
    let wrong = |why: String| {
        Failure::usage(format!("`{text}` is no list of matchers: {why}"), "as in `layer=gold,severity=fail`")
    };
    let matchers = parse_all(text).map_err(|why| wrong(why.to_string()))?;
    Matchers::new(&matchers).map_err(wrong)
}

fn as_text(incidents: &[Incident]) -> String {
    if incidents.is_empty() {
        return "no incidents\n".into();
    }
    let now = desk::now();
    let mut out = String::new();
    for incident in incidents {
        let at = incident.opened_at.unwrap_or(incident.since);
        let by = incident.acknowledged_by.as_deref().filter(|_| incident.state == IncidentState::Acknowledged);
        let by = by.map_or_else(String::new, |by| format!(" by {}", printable(by)));
        let owner = incident.owner.as_deref().map_or_else(String::new, |owner| format!("  {}", printable(owner)));
        let _ = writeln!(
            out,
            "#{:<5} {:<5} {}{by}, for {}  {}{owner}",
            incident.number,
            outcome(incident.severity),
            incident.state.name(),
            lasting(incident.resolved_at.unwrap_or(now) - at),
            about(incident),
        );
        let _ = writeln!(out, "       {}", printable(&incident.message));
    }
    out
}

fn show(args: &ShowIncidentArgs) -> Result<(), Failure> {
    let desk = Desk::open()?;
    let incident = one(&desk, args.number)?;
    let events = desk.store.events_of(args.number, EVENTS).map_err(outside)?;
    let filter = MessageFilter { incident: Some(args.number), brief: true, most: MESSAGES, ..MessageFilter::default() };
    let messages = desk.store.messages(&filter).map_err(outside)?;
    let text = match args.format.as_str() {
        "json" => {
            let events: Vec<Value> = events.iter().map(event_as_json).collect();
            let messages: Vec<MessageView> = messages.iter().map(MessageView::of).collect();
            let incident = IncidentView::of(&incident);
            let all =
                json!({"schema": "assay.incident/v1", "incident": incident, "events": events, "messages": messages});
            format!("{all:#}\n")
        }
        _ => in_full(&incident, &events, &messages),
    };
    output::stdout(text.as_bytes())
}

/// The incident of a number.
pub(crate) fn one(desk: &Desk, number: u64) -> Result<Incident, Failure> {
    let unknown = || {
        Failure::usage(
            format!("there is no incident {number}"),
            "`assay incidents --state pending,open,acknowledged,resolved` lists all",
        )
    };
    // stores count with signed numbers
    if i64::try_from(number).is_err() {
        return Err(unknown());
    }
    let filter = IncidentFilter { number: Some(number), most: 1, ..IncidentFilter::default() };
    desk.store.incidents(&filter).map_err(outside)?.pop().ok_or_else(unknown)
}

fn event_as_json(event: &AlertEvent) -> Value {
    json!({
        "kind": event.kind.name(), "at": rfc3339(event.at), "severity": outcome(event.severity),
        "message": event.message, "run": event.run,
    })
}

fn in_full(incident: &Incident, events: &[AlertEvent], messages: &[Message]) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "#{} {} ({})", incident.number, about(incident), outcome(incident.severity));
    let _ = writeln!(out, "  {}", printable(&incident.message));
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<14} {value}");
    };
    line("state", incident.state.name().into());
    line("bad since", instant(incident.since));
    for (name, at) in [("opened", incident.opened_at), ("resolved", incident.resolved_at)] {
        if let Some(at) = at {
            line(name, instant(at));
        }
    }
    let texts = [
        ("why resolved", incident.resolved_why.as_deref()),
        ("layer", incident.layer.as_deref()),
        ("owner", incident.owner.as_deref()),
        ("acknowledged", incident.acknowledged_by.as_deref()),
        ("note", incident.note.as_deref()),
        ("run", Some(incident.run.as_str())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            line(name, printable(text).into_owned());
        }
    }
    if !incident.tags.is_empty() {
        line("tags", printable(&incident.tags.join(", ")).into_owned());
    }
    if incident.reopened > 0 {
        line("opened again", plural(incident.reopened.into(), "time"));
    }
    out.push_str("\nWhat happened:\n");
    for event in events {
        let _ = writeln!(
            out,
            "  {}  {:<12} {:<5} {}",
            instant(event.at),
            event.kind.name(),
            outcome(event.severity),
            printable(&event.message)
        );
    }
    out.push_str("\nWho was told:\n");
    for message in messages {
        let _ = writeln!(out, "  {}", super::outbox::line(message));
    }
    if messages.is_empty() {
        out.push_str("  nobody yet; `assay rules explain --incident ");
        let _ = writeln!(out, "{}` says who would be", incident.number);
    }
    out
}

fn ack(args: &AckIncidentArgs) -> Result<(), Failure> {
    let by = desk::who(args.by.as_deref())?;
    let note = args.note.as_deref().map(|text| desk::note("--note", text)).transpose()?.filter(|note| !note.is_empty());
    let desk = Desk::open()?;
    // one that is not there is told so, not that it could not be changed
    one(&desk, args.number)?;
    let mut refused = None;
    let mut change = |incident: &Incident| {
        let changed = acknowledge(incident, &by, note.as_deref(), desk::now());
        refused = changed.is_none().then_some(incident.state);
        changed
    };
    let changed = desk.store.change_incident(args.number, &mut change).map_err(outside)?;
    match (changed, refused) {
        (_, Some(state)) => Err(Failure::usage(
            format!("the incident {} is {}, so nobody needs to look after it", args.number, state.name()),
            "only open incidents are acknowledged",
        )),
        (None, None) => Err(Failure::Outside(format!("the incident {} is gone", args.number))),
        (Some(incident), None) => {
            let text = format!("#{} {} is acknowledged by {}\n", incident.number, about(&incident), printable(&by));
            output::stdout(text.as_bytes())
        }
    }
}
