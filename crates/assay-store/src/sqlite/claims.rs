//! Who executes what: claiming, renewing leases, and taking back what somebody lost.

use std::collections::{HashMap, HashSet};

use assay_core::ops::Millis;
use assay_core::ops::runs::{Claim, Claimed, INTERRUPTED, Run, RunState};
use assay_core::verdict::Reason;
use rusqlite::{OptionalExtension, Transaction, params};

use super::executions;
use crate::error::Trouble;

/// What waits, most important first, without what only the chosen ones are asked for.
pub(super) const WAITING: &str = "
    SELECT id, document, planned, source FROM executions
    WHERE state IN ('queued', 'interrupted') AND not_before <= ? ORDER BY priority DESC, planned, id";

pub(super) const OLDEST_OPEN: &str = "
    SELECT planned FROM executions
    WHERE document = ? AND state IN ('queued', 'running', 'interrupted') ORDER BY planned LIMIT 1";

/// Takes runs that are due, within the limits of the claim.
pub(super) fn claim(
    transaction: &Transaction<'_>,
    claim: &Claim,
    is_known: &dyn Fn(&str) -> bool,
    now: Millis,
) -> Result<Vec<Claimed>, Trouble> {
    let chosen = choose(transaction, claim, is_known, now)?;
    chosen.iter().map(|id| take(transaction, id, claim, now)).collect()
}

/// The ids of what may begin now.
fn choose(
    transaction: &Transaction<'_>,
    claim: &Claim,
    is_known: &dyn Fn(&str) -> bool,
    now: Millis,
) -> Result<Vec<String>, Trouble> {
    let mut chosen = Vec::new();
    if claim.most == 0 {
        return Ok(chosen);
    }
    let mut busy = Busy::read(transaction)?;
    let mut gate = Gate::new(claim);
    let mut statement = transaction.prepare_cached(WAITING)?;
    let mut rows = statement.query([now])?;
    while let Some(row) = rows.next()? {
        let (document, planned): (String, Millis) = (row.get(1)?, row.get(2)?);
        let source: Option<String> = row.get(3)?;
        let is_full = source.as_ref().is_some_and(|source| busy.of(source) >= claim.per_source);
        if is_full || busy.documents.contains(&document) || !is_known(&document) {
            continue;
        }
        if gate.is_shut(transaction, &document, planned)? {
            continue;
        }
        chosen.push(row.get(0)?);
        if chosen.len() >= claim.most {
            break;
        }
        source.into_iter().for_each(|source| *busy.sources.entry(source).or_default() += 1);
        busy.documents.insert(document);
    }
    Ok(chosen)
}

/// Makes a run the holder's.
fn take(transaction: &Transaction<'_>, id: &str, claim: &Claim, now: Millis) -> Result<Claimed, Trouble> {
    let mut run = executions::by_id(transaction, id)?
        .ok_or_else(|| Trouble::Damaged { place: format!("the run {id}"), why: "it is only in an index".into() })?;
    let was_lost = run.reason.take().is_some_and(|reason| reason.code == INTERRUPTED);
    run.state = RunState::Running;
    run.attempt = run.attempt.saturating_add(1);
    run.holder = Some(claim.holder.clone());
    run.lease_until = Some(now.saturating_add(claim.lease));
    run.started_at = Some(now);
    executions::update(transaction, &run)?;
    Ok(Claimed { waited: now.saturating_sub(run.not_before), was_lost, run })
}

pub(super) const ALL_OLDEST_OPEN: &str = "
    SELECT document, min(planned) FROM executions
    WHERE state IN ('queued', 'running', 'interrupted') GROUP BY document";

/// Documents that are looked up one by one; where a claim needs more, it is quicker to look up all.
const FEW: usize = 100;

/// What is being executed: how many of each source, and which documents.
struct Busy {
    sources: HashMap<String, usize>,
    documents: HashSet<String>,
}

impl Busy {
    fn read(transaction: &Transaction<'_>) -> Result<Self, Trouble> {
        let mut statement =
            transaction.prepare_cached("SELECT document, source FROM executions WHERE state = 'running'")?;
        let mut rows = statement.query([])?;
        let mut busy = Busy { sources: HashMap::new(), documents: HashSet::new() };
        while let Some(row) = rows.next()? {
            busy.documents.insert(row.get(0)?);
            let source: Option<String> = row.get(1)?;
            source.into_iter().for_each(|source| *busy.sources.entry(source).or_default() += 1);
        }
        Ok(busy)
    }

    fn of(&self, source: &str) -> usize {
        self.sources.get(source).copied().unwrap_or(0)
    }
}

/// Which documents wait for others.
struct Gate<'a> {
    after: HashMap<&'a str, &'a [String]>,
    oldest: Oldest,
}

impl<'a> Gate<'a> {
    fn new(claim: &'a Claim) -> Self {
        let after = claim.after.iter().map(|(document, others)| (document.as_str(), others.as_slice())).collect();
        Gate { after, oldest: Oldest { known: HashMap::new(), is_whole: false } }
    }

    fn is_shut(&mut self, transaction: &Transaction<'_>, document: &str, planned: Millis) -> Result<bool, Trouble> {
        let Some(others) = self.after.get(document) else { return Ok(false) };
        // A document that came after itself would wait for ever.
        for other in others.iter().filter(|other| *other != document) {
            if self.oldest.of(transaction, other)?.is_some_and(|oldest| oldest <= planned) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The oldest runs that are still to come to their end, by document, as far as they were looked up.
struct Oldest {
    known: HashMap<String, Option<Millis>>,
    is_whole: bool,
}

impl Oldest {
    fn of(&mut self, transaction: &Transaction<'_>, document: &str) -> Result<Option<Millis>, Trouble> {
        if let Some(oldest) = self.known.get(document) {
            return Ok(*oldest);
        }
        if self.is_whole {
            return Ok(None);
        }
        if self.known.len() >= FEW {
            let mut statement = transaction.prepare_cached(ALL_OLDEST_OPEN)?;
            self.known = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
            self.is_whole = true;
            return Ok(self.known.get(document).copied().flatten());
        }
        let mut statement = transaction.prepare_cached(OLDEST_OPEN)?;
        let oldest = statement.query_row([document], |row| row.get(0)).optional()?;
        self.known.insert(document.into(), oldest);
        Ok(oldest)
    }
}

/// Renews leases; gives the ids of runs that are no longer the holder's.
pub(super) fn renew(
    transaction: &Transaction<'_>,
    holder: &str,
    runs: &[String],
    until: Millis,
) -> Result<Vec<String>, Trouble> {
    let mut statement = transaction
        .prepare_cached("UPDATE executions SET lease_until = ? WHERE id = ? AND holder = ? AND state = 'running'")?;
    let mut lost = Vec::new();
    for id in runs {
        if statement.execute(params![until, id, holder])? == 0 {
            lost.push(id.clone());
        }
    }
    Ok(lost)
}

/// Takes back runs of a holder, or those whose lease ran out: they wait again.
pub(super) fn recover(transaction: &Transaction<'_>, holder: Option<&str>, now: Millis) -> Result<Vec<Run>, Trouble> {
    let mut runs = match holder {
        Some(holder) => executions::held(transaction, holder)?,
        None => executions::expired(transaction, now)?,
    };
    for run in &mut runs {
        run.state = RunState::Interrupted;
        run.reason = Some(Reason { code: INTERRUPTED.into(), text: "its process ended before it did".into() });
        run.lease_until = None;
        executions::update(transaction, run)?;
    }
    Ok(runs)
}
