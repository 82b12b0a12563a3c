//! `assay baseline`: freezing training data, and looking at what was frozen.

mod columns;
mod create;
mod files;
mod monitors;
mod profile;
mod relations;

use assay_core::drift::store::{BaselineRow, Store};
use assay_report::baseline::{diff_text, show_json, show_text};
use assay_report::formats::text::printable;

use crate::args::{BaselineCommand, BaselineDiffArgs, BaselineListArgs, BaselinePromoteArgs, BaselineShowArgs};
use crate::failure::Failure;
use crate::store::outside;
use crate::{load, output, store};

pub(crate) use files::ENDING;
pub(crate) use monitors::OfMonitors;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &BaselineCommand) -> Result<u8, Failure> {
    match args {
        BaselineCommand::Create(args) => create::command(args),
        BaselineCommand::Show(args) => show(args),
        BaselineCommand::Diff(args) => diff(args),
        BaselineCommand::List(args) => list(args),
        BaselineCommand::Promote(args) => promote(args),
    }
}

fn show(args: &BaselineShowArgs) -> Result<u8, Failure> {
    let baseline = files::Shelf::of_project()?.read(&args.baseline)?;
    let text = match args.format.as_str() {
        "json" => show_json(&baseline),
        _ => show_text(&baseline, output::reading(false, true)),
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn diff(args: &BaselineDiffArgs) -> Result<u8, Failure> {
    let shelf = files::Shelf::of_project()?;
    let (before, after) = (shelf.read(&args.before)?, shelf.read(&args.after)?);
    output::stdout(diff_text(&before, &after, output::reading(false, true)).as_bytes())?;
    Ok(0)
}

fn list(args: &BaselineListArgs) -> Result<u8, Failure> {
    let rows = store::of_project()?.baselines().map_err(outside)?;
    let rows: Vec<BaselineRow> =
        rows.into_iter().filter(|row| args.name.as_ref().is_none_or(|name| *name == row.name)).collect();
    let mut out = String::new();
    for row in &rows {
        let aliases = if row.aliases.is_empty() { String::new() } else { format!("  [{}]", row.aliases.join(", ")) };
        out.push_str(&format!(
            "{}@{}  {} rows  {}  {}{}\n",
            printable(&row.name),
            row.sha256.get(..12).unwrap_or(&row.sha256),
            row.rows,
            row.created_at,
            printable(&row.path),
            printable(&aliases)
        ));
    }
    if rows.is_empty() {
        out.push_str("no baselines; `assay baseline create NAME --from PATH` makes one\n");
    }
    output::stdout(out.as_bytes())?;
    Ok(0)
}

fn promote(args: &BaselinePromoteArgs) -> Result<u8, Failure> {
    let (project, root) = load::project()?;
    let store = store::open(&project, root.as_deref())?;
    let alias_is_plain = args.alias.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if args.alias.is_empty() || !alias_is_plain {
        return Err(Failure::usage(
            format!("an alias is letters, digits, `_`, `-` and `.`, not `{}`", args.alias),
            "as in `--alias champion`",
        ));
    }
    let shelf = files::Shelf::new(root.clone(), &project, store.baselines().map_err(outside)?);
    let (path, baseline) = shelf.find(&args.baseline)?;
    let row = files::row(&baseline, &path, root.as_deref());
    store.add_baseline(&row).map_err(outside)?;
    store.set_alias(&row.name, &row.sha256, &args.alias).map_err(outside)?;
    let short = row.sha256.get(..12).unwrap_or(&row.sha256);
    output::stdout(format!("{}@{} is {}@{short}\n", row.name, args.alias, row.name).as_bytes())?;
    Ok(0)
}
