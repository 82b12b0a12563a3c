//! `assay model`: what people decide about models.

use std::fmt::Write;

use assay_core::drift::store::{Proposal, Store};
use assay_report::formats::text::printable;
use chrono::{DateTime, SecondsFormat};

use crate::args::{AcceptArgs, ModelCommand, RetrainCommand, RetrainDecisionArgs, RetrainListArgs};
use crate::failure::Failure;
use crate::store::{self, outside};
use crate::{clock, output};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &ModelCommand) -> Result<u8, Failure> {
    let store = store::of_project()?;
    match args {
        ModelCommand::Accept(args) => accept(&store, args),
        ModelCommand::Retrain(RetrainCommand::List(args)) => list(&store, args),
        ModelCommand::Retrain(RetrainCommand::Approve(args)) => decide(&store, args, &["proposed"], "approved"),
        ModelCommand::Retrain(RetrainCommand::Reject(args)) => {
            decide(&store, args, &["proposed", "approved"], "rejected")
        }
        ModelCommand::Retrain(RetrainCommand::Done(args)) => decide(&store, args, &["approved", "sent"], "done"),
    }
}

fn accept(store: &dyn Store, args: &AcceptArgs) -> Result<u8, Failure> {
    if store.accept(&args.monitor, &args.window).map_err(outside)? {
        output::stdout(format!("{}: the window {} is accepted\n", args.monitor, args.window).as_bytes())?;
        return Ok(0);
    }
    Err(Failure::usage(
        format!("`{}` has no evaluated window `{}`", args.monitor, args.window),
        "`assay history` lists monitors and their windows",
    ))
}

fn list(store: &dyn Store, args: &RetrainListArgs) -> Result<u8, Failure> {
    expire(store)?;
    let proposals = store.proposals(args.monitor.as_deref()).map_err(outside)?;
    let text = if args.format == "json" { json(&proposals) } else { text(&proposals) };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn decide(store: &dyn Store, args: &RetrainDecisionArgs, from: &[&str], to: &str) -> Result<u8, Failure> {
    expire(store)?;
    let now = clock::now().timestamp();
    match store.move_proposal(&args.id, from, to, now, args.note.as_deref()).map_err(outside)? {
        None => {
            Err(Failure::usage(format!("there is no proposal `{}`", args.id), "`assay model retrain list` lists them"))
        }
        Some((proposal, false)) => Err(Failure::usage(
            format!("the proposal {} is {}, so it cannot become {to}", proposal.id, proposal.state),
            format!("only proposals that are {} can", from.join(" or ")),
        )),
        Some((proposal, true)) => {
            output::stdout(format!("{} of {} is {to}\n", proposal.id, proposal.monitor).as_bytes())?;
            Ok(0)
        }
    }
}

/// Nobody decided in time.
fn expire(store: &dyn Store) -> Result<(), Failure> {
    let now = clock::now().timestamp();
    let proposals = store.proposals(None).map_err(outside)?;
    for id in assay_checks::monitor::expire(&proposals, now).into_iter().map(|proposal| proposal.id.clone()) {
        store.move_proposal(&id, &["proposed"], "expired", now, None).map_err(outside)?;
    }
    Ok(())
}

fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).map_or(String::new(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn text(proposals: &[Proposal]) -> String {
    if proposals.is_empty() {
        return "no proposals\n".into();
    }
    let mut out = String::new();
    for proposal in proposals {
        let Proposal { id, monitor, window, state, .. } = proposal;
        let (monitor, window) = (printable(monitor), printable(window));
        let _ = writeln!(out, "{id}  {state:<9} {monitor}  window {window}  proposed {}", time(proposal.proposed_at));
        if let Some(note) = &proposal.note {
            let _ = writeln!(out, "                 {} {}", time(proposal.changed_at), printable(note));
        }
    }
    out
}

fn json(proposals: &[Proposal]) -> String {
    let listed: Vec<serde_json::Value> = proposals
        .iter()
        .map(|proposal| {
            let payload: serde_json::Value = serde_json::from_str(&proposal.payload).unwrap_or_default();
            serde_json::json!({
                "id": proposal.id,
                "monitor": proposal.monitor,
                "window": proposal.window,
                "state": proposal.state,
                "idempotency_key": proposal.idempotency_key,
                "proposed_at": time(proposal.proposed_at),
                "changed_at": time(proposal.changed_at),
                "note": proposal.note,
                "payload": payload,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({"schema": "assay.retrain/v1", "proposals": listed}))
}
