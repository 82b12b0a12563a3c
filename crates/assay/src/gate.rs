//! `assay gate`: what a change of contracts means, and whether current data keep it.
//!
//! The comparison is that of `assay diff`, the run that of `assay check`, over what the change touches.

mod evidence;
mod touched;

use assay_core::change::{Change, ChangesRecord, Found};
use assay_core::run::RunRecord;
use assay_engine::EngineOptions;
use assay_runner::MaskKey;

use crate::args::{FailOn, GateArgs};
use crate::baseline::OfMonitors;
use crate::check::{OfModels, Plan, execute};
use crate::compare::{self, Asked, Compared, Outcome};
use crate::failure::Failure;
use crate::select::Selected;
use crate::{load, named, store};
use touched::Touched;

/// Names that are listed in a sentence.
const NAMES_SHOWN: usize = 10;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &GateArgs) -> Result<u8, Failure> {
    compare::deliver(&args.versions, || {
        let asked = Asked { base: args.versions.base.as_deref(), ..Asked::default() };
        let compared = compare::compare(asked, None, &args.versions)?;
        let Some(mut planned) = plan(&compared, args)? else {
            let changes =
                with_notes(compared.record, vec!["nothing ran: the change touches no contract that is enabled".into()]);
            return Ok(Outcome { changes, run: None, fail_on_warn: false });
        };
        let notes = std::mem::take(&mut planned.notes);
        let run = execute(planned.plan, !args.no_progress)?.run;
        let mut changes = with_notes(compared.record, notes);
        changes.changes.iter_mut().for_each(|change| ask(change, &run));
        Ok(Outcome { changes, run: Some(run), fail_on_warn: args.fail_on == FailOn::Warn })
    })
}

/// What runs, and why.
struct Planned {
    plan: Plan,
    notes: Vec<String>,
}

/// Chooses what runs; `None` where nothing has to.
fn plan(compared: &Compared, args: &GateArgs) -> Result<Option<Planned>, Failure> {
    if compared.new.version.documents.is_empty() && compared.unknown_before.is_empty() {
        return Ok(None);
    }
    let found = load::find(&[])?;
    let documents = found.load(&compared.vars, compared.new.now)?;
    let mut contracts: Vec<_> = documents.contracts.into_iter().map(|loaded| loaded.contract).collect();
    let mut monitors: Vec<_> = documents.monitors.into_iter().map(|loaded| loaded.monitor).collect();

    let touched = Touched::find(compared, &contracts, &monitors, found.root.as_deref(), &found.project)?;
    // what is disabled would be skipped, and a run in which nothing is evaluated could not be judged
    let runs = |path: &str, enabled: bool| enabled && touched.has(path);
    let others: Vec<_> = contracts.extract_if(.., |contract| !runs(&contract.path, contract.enabled)).collect();
    let idle: Vec<_> = monitors.extract_if(.., |monitor| !runs(&monitor.path, monitor.enabled)).collect();
    if contracts.is_empty() && monitors.is_empty() {
        return Ok(None);
    }
    let paths = contracts.iter().map(|contract| &*contract.path).chain(monitors.iter().map(|monitor| &*monitor.path));
    let mut notes = touched.notes(paths);
    let of_contracts = others.iter().map(|contract| (contract.table.as_str(), contract.enabled));
    let not_run = of_contracts.chain(idle.iter().map(|monitor| (monitor.name.as_str(), monitor.enabled)));
    let (untouched, disabled): (Vec<_>, Vec<_>) = not_run.partition(|(_, enabled)| *enabled);
    notes.extend(names_note("not run, because the change does not touch them", &untouched));
    notes.extend(names_note("not run, because they are disabled", &disabled));

    let now = compared.new.now;
    let others = named::load(&contracts, &monitors, others, &found, &compared.vars, now)?;
    if args.no_samples {
        contracts.iter_mut().for_each(|contract| contract.failed_rows.keep = 0);
    }
    let mut engine = EngineOptions { threads: found.project.threads, ..EngineOptions::default() };
    if let Some(memory) = found.project.memory {
        engine.memory = usize::try_from(memory).unwrap_or(usize::MAX);
    }
    engine.threads = args.threads.map_or(engine.threads, usize::from);
    engine.memory = args.memory.map_or(engine.memory, |size| size.0);
    // the store lends the names of baselines; a gate leaves nothing in it
    let root = found.root.as_deref();
    let monitoring = (!monitors.is_empty()).then(|| OfModels {
        baselines: OfMonitors::new(root, &found.project, store::baselines(&found.project, root), engine.clone()),
        window: None,
        again: false,
    });
    let plan = Plan {
        notifying: None,
        selected: Selected { contracts, others, monitors },
        now,
        as_of: compared.new.as_of,
        timezone: found.project.timezone.clone(),
        mask_key: found.project.mask_key.as_ref().and_then(|key| MaskKey::new(key.expose())),
        root: found.root,
        engine,
        store: None,
        history: false,
        monitoring,
    };
    Ok(Some(Planned { plan, notes }))
}

/// `WHY: silver.orders, gold.revenue and 3 more`.
fn names_note(why: &str, names: &[(&str, bool)]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(|(name, _)| *name).collect();
    let more = match names.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("{why}: {}{more}", shown.join(", ")))
}

fn with_notes(record: ChangesRecord, notes: Vec<String>) -> ChangesRecord {
    ChangesRecord { notes: record.notes.into_iter().chain(notes).collect(), ..record }
}

/// What the run says of a change that asks more of the producer.
fn ask(change: &mut Change, run: &RunRecord) {
    if change.verdict != assay_core::change::ChangeVerdict::BreaksProducer {
        return;
    }
    let table = run.tables.iter().find(|table| table.monitor.is_none() && table.table == change.document);
    change.found = Some(match table {
        Some(table) => evidence::of(change, table),
        None => Found::Unknown("its contract did not run".into()),
    });
}
