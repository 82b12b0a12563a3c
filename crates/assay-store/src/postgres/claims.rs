//! Who executes what: claiming, renewing leases, and taking back what somebody lost.
//!
//! Claims are made one after the other, by an advisory lock that a claim holds for the milliseconds that it takes: only
//! then can the limit of runs per source hold for all daemons together. Rows that others are just ending or taking back
//! are skipped rather than waited for.

use std::collections::{BTreeSet, HashMap, HashSet};

use assay_core::ops::runs::{Claim, Claimed, INTERRUPTED, Run, RunState};
use assay_core::ops::{LONGEST_LEASE, Millis};
use assay_core::verdict::Reason;

use super::error::Problem;
use super::executions::columns;
use super::pool::Tx;
use super::values::{Cells, Text, texts};
use super::{executions, locks};

/// Candidates that are looked at first; the next pages are larger.
const PAGE: i64 = 64;
const LARGEST_PAGE: i64 = 4_096;

/// What waits, most important first, behind a row and without sources that are full.
const WAITING: &str = "
    SELECT id, document, planned, -(priority::BIGINT), source FROM executions
    WHERE state IN ('queued', 'interrupted') AND not_before <= $1
        AND (-(priority::BIGINT), planned, id) > ($2, $3, $4) AND (source IS NULL OR source <> ALL ($5))
    ORDER BY -(priority::BIGINT), planned, id LIMIT $6";

/// Gives runs as they are now, and behind them the code of the reason that they had.
const TAKE: &str = concat!(
    "UPDATE executions SET state = 'running', reason_code = NULL, reason_text = NULL,
         attempt = least(attempt + 1, 4294967295), holder = $2, lease_until = $3, started_at = $4
     FROM (
         SELECT id AS waiting_id, reason_code AS waited_for FROM executions
         WHERE id = ANY ($1) AND state IN ('queued', 'interrupted') FOR UPDATE SKIP LOCKED
     ) AS waiting
     WHERE id = waiting_id RETURNING ",
    columns!(),
    ", waited_for"
);

const LOST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM executions
      WHERE state = 'running' AND CASE WHEN $1::TEXT IS NULL THEN lease_until <= $2 OR lease_until > $3 ELSE holder = $1 END
      ORDER BY id FOR UPDATE SKIP LOCKED"
);

const OLDEST_OPEN: &str = "
    SELECT document, min(planned) FROM executions
    WHERE document = ANY ($1) AND state IN ('queued', 'running', 'interrupted') GROUP BY document";

/// Takes runs that are due, within the limits of the claim.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    schema: &str,
    claim: &Claim,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<Vec<Claimed>, Problem> {
    if claim.most == 0 {
        return Ok(Vec::new());
    }
    locks::alone(tx, schema, "claim")?;
    let now = tx.clock()?;
    let chosen = choose(tx, claim, is_known, now)?;
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let ids = texts(chosen.iter().map(String::as_str));
    let until = now.saturating_add(claim.lease);
    let mut taken = HashMap::new();
    for row in &tx.rows(TAKE, &[&ids, &Text(&claim.holder), &until, &now])? {
        let (run, mut behind) = executions::read_with(row)?;
        let was_lost = behind.maybe_text()?.as_deref() == Some(INTERRUPTED);
        let waited = now.saturating_sub(run.not_before);
        taken.insert(run.id.clone(), Claimed { run, waited, was_lost });
    }
    Ok(chosen.iter().filter_map(|id| taken.remove(id)).collect())
}

/// The ids of what may begin now.
fn choose(
    tx: &mut Tx<'_>,
    claim: &Claim,
    is_known: &dyn Fn(&str) -> bool,
    now: Millis,
) -> Result<Vec<String>, Problem> {
    let mut busy = Busy::read(tx)?;
    let gate = Gate::read(tx, claim)?;
    let mut chosen = Vec::new();
    let mut page = PAGE.max(executions::most(claim.most)).min(LARGEST_PAGE);
    let mut last = (i64::MIN, Millis::MIN, String::new());
    loop {
        let full = busy.full(claim.per_source);
        let full = texts(full.iter().map(String::as_str));
        let rows = tx.rows(WAITING, &[&now, &last.0, &last.1, &Text(&last.2), &full, &page])?;
        for row in &rows {
            let mut cells = Cells::of(row, "the run");
            let (id, document, planned) = (cells.text()?, cells.text()?, cells.get()?);
            last = (cells.get()?, planned, id.clone());
            let source = cells.maybe_text()?;
            let is_full = source.as_ref().is_some_and(|source| busy.of(source) >= claim.per_source);
            if is_full || busy.documents.contains(&document) || !is_known(&document) {
                continue;
            }
            if gate.is_shut(&document, planned) {
                continue;
            }
            chosen.push(id);
            if chosen.len() >= claim.most {
                return Ok(chosen);
            }
            source.into_iter().for_each(|source| *busy.sources.entry(source).or_default() += 1);
            busy.documents.insert(document);
        }
        if executions::most(rows.len()) < page {
            return Ok(chosen);
        }
        page = (page * 4).min(LARGEST_PAGE);
    }
}

/// What is being executed: how many of each source, and which documents.
struct Busy {
    sources: HashMap<String, usize>,
    documents: HashSet<String>,
}

impl Busy {
    fn read(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let mut busy = Busy { sources: HashMap::new(), documents: HashSet::new() };
        for row in &tx.rows("SELECT document, source FROM executions WHERE state = 'running'", &[])? {
            let mut cells = Cells::of(row, "a run of");
            busy.documents.insert(cells.text()?);
            cells.maybe_text()?.into_iter().for_each(|source| *busy.sources.entry(source).or_default() += 1);
        }
        Ok(busy)
    }

    fn of(&self, source: &str) -> usize {
        self.sources.get(source).copied().unwrap_or(0)
    }

    /// The sources that no more may be read from.
    fn full(&self, most: usize) -> Vec<String> {
        self.sources.iter().filter(|(_, running)| **running >= most).map(|(source, _)| source.clone()).collect()
    }
}

/// Which documents wait for others.
struct Gate<'a> {
    after: HashMap<&'a str, &'a [String]>,
    oldest_open: HashMap<String, Millis>,
}

impl<'a> Gate<'a> {
    fn read(tx: &mut Tx<'_>, claim: &'a Claim) -> Result<Self, Problem> {
        let after = claim.after.iter().map(|(document, others)| (document.as_str(), others.as_slice())).collect();
        let others: BTreeSet<&str> = claim.after.iter().flat_map(|(_, others)| others).map(String::as_str).collect();
        let mut oldest_open = HashMap::new();
        if !others.is_empty() {
            for row in &tx.rows(OLDEST_OPEN, &[&texts(others)])? {
                let mut cells = Cells::of(row, "the document");
                oldest_open.insert(cells.text()?, cells.get()?);
            }
        }
        Ok(Gate { after, oldest_open })
    }

    fn is_shut(&self, document: &str, planned: Millis) -> bool {
        let others = self.after.get(document).copied().unwrap_or_default();
        // A document that came after itself would wait for ever.
        let mut others = others.iter().filter(|other| *other != document);
        others.any(|other| self.oldest_open.get(other).is_some_and(|oldest| *oldest <= planned))
    }
}

/// Renews leases; gives the ids of runs that are no longer the holder's.
pub(super) fn renew(tx: &mut Tx<'_>, holder: &str, runs: &[String], lease: Millis) -> Result<Vec<String>, Problem> {
    let until = tx.clock()?.saturating_add(lease);
    // In the order of ids, as all do who lock several.
    let renewed = tx.rows(
        "UPDATE executions SET lease_until = $1
         WHERE id IN (SELECT id FROM executions WHERE id = ANY ($2) AND holder = $3 AND state = 'running'
                      ORDER BY id FOR UPDATE) RETURNING id",
        &[&until, &texts(runs.iter().map(String::as_str)), &Text(holder)],
    )?;
    let held = renewed.iter().map(|row| Cells::of(row, "the run").text()).collect::<Result<HashSet<_>, _>>()?;
    Ok(runs.iter().filter(|id| !held.contains(*id)).cloned().collect())
}

/// Takes back runs of a holder, or those whose lease ran out: they wait again.
pub(super) fn recover(tx: &mut Tx<'_>, holder: Option<&str>) -> Result<Vec<Run>, Problem> {
    let now = tx.clock()?;
    let mut runs = executions::all(tx, LOST, &[&holder.map(Text), &now, &now.saturating_add(LONGEST_LEASE)])?;
    for run in &mut runs {
        run.state = RunState::Interrupted;
        run.reason = Some(Reason { code: INTERRUPTED.into(), text: "its process ended before it did".into() });
        run.lease_until = None;
        executions::update(tx, run)?;
    }
    Ok(runs)
}
