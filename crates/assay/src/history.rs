//! `assay history`: the windows that monitors evaluated, and how they ended.

use std::fmt::Write;

use assay_core::drift::store::{Store, WindowRow};
use assay_core::verdict::Outcome;
use assay_report::formats::text::printable;

use crate::args::HistoryArgs;
use crate::failure::Failure;
use crate::output;
use crate::store::{self, outside};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &HistoryArgs) -> Result<u8, Failure> {
    let store = store::of_project()?;
    let names = match &args.monitor {
        Some(name) => vec![name.clone()],
        None => store.monitors().map_err(outside)?,
    };
    let mut histories = Vec::new();
    for name in names {
        let windows = store.windows(&name).map_err(outside)?;
        let skip = windows.len().saturating_sub(args.last);
        histories.push((name, windows.into_iter().skip(skip).collect::<Vec<_>>()));
    }
    if let (Some(name), [(_, windows)]) = (&args.monitor, &histories[..])
        && windows.is_empty()
    {
        return Err(Failure::usage(
            format!("no window of `{name}` was evaluated"),
            "`assay history` without a name lists what there is; `assay check` evaluates windows",
        ));
    }
    let text = if args.format == "json" { json(&histories) } else { text(&histories) };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}

fn text(histories: &[(String, Vec<WindowRow>)]) -> String {
    let mut out = String::new();
    for (name, windows) in histories {
        let _ = writeln!(out, "{}", printable(name));
        for window in windows {
            let bad: Vec<String> = window
                .checks
                .iter()
                .filter(|check| check.outcome >= Outcome::Warn)
                .map(|check| format!("{} {}", printable(&check.id), word(check.outcome)))
                .collect();
            let accepted = if window.accepted { ", accepted" } else { "" };
            let late = if window.late_rows > 0 { format!(", {} late", window.late_rows) } else { String::new() };
            let _ = writeln!(
                out,
                "  {}  {:<7}  {} rows{late}{accepted}  {}",
                printable(&window.window),
                word(window.outcome),
                window.rows,
                bad.join(", ")
            );
        }
    }
    if out.is_empty() { "no window was evaluated yet\n".into() } else { out }
}

fn json(histories: &[(String, Vec<WindowRow>)]) -> String {
    let monitors: Vec<serde_json::Value> = histories
        .iter()
        .map(|(name, windows)| {
            let windows: Vec<serde_json::Value> = windows.iter().map(one).collect();
            serde_json::json!({"monitor": name, "windows": windows})
        })
        .collect();
    format!("{:#}\n", serde_json::json!({"schema": "assay.history/v1", "monitors": monitors}))
}

fn one(window: &WindowRow) -> serde_json::Value {
    let checks: Vec<serde_json::Value> = window
        .checks
        .iter()
        .map(|check| {
            let effects: serde_json::Map<String, serde_json::Value> =
                check.effects.iter().map(|(test, effect)| (test.clone(), (*effect).into())).collect();
            serde_json::json!({"id": check.id, "outcome": word(check.outcome), "effects": effects})
        })
        .collect();
    serde_json::json!({
        "window": window.window,
        "baseline": window.baseline,
        "revision": window.revision,
        "rows": window.rows,
        "late_rows": window.late_rows,
        "run": window.run,
        "outcome": word(window.outcome),
        "labels_closed": window.labels_closed,
        "accepted": window.accepted,
        "checks": checks,
    })
}
