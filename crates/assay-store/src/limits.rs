//! What a store keeps at all: the same for every store, so that none takes what another would refuse.

use assay_core::drift::store::{Commit, Proposal};
use assay_core::ops::Millis;

use crate::error::Trouble;

/// For how long after their key ran out batches of observations wait that nobody folds, because their monitor is gone.
pub(crate) const ABANDONED: Millis = 30 * 86_400_000;

/// The states a proposal can be in.
const PROPOSAL_STATES: &[&str] = &["proposed", "approved", "sent", "done", "expired", "rejected"];

/// An instant in nanoseconds as a store keeps it: 64 bits reach from 1677 to 2262.
pub(crate) fn instant(nanoseconds: i128, what: impl Fn() -> String) -> Result<i64, Trouble> {
    i64::try_from(nanoseconds).map_err(|_| Trouble::Unfit {
        what: what(),
        why: format!("{nanoseconds} ns since 1970 lies outside of the years 1677 to 2262"),
    })
}

/// The nearest instant that a store could hold, for bounds of a search.
pub(crate) fn nearest_instant(nanoseconds: i128) -> i64 {
    nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// A count as a store keeps it.
pub(crate) fn count(rows: u64, what: impl Fn() -> String) -> Result<i64, Trouble> {
    i64::try_from(rows).map_err(|_| Trouble::Unfit { what: what(), why: format!("{rows} is more than 2^63 - 1") })
}

/// The count that is kept.
pub(crate) fn read_count(kept: i64, place: impl Fn() -> String) -> Result<u64, Trouble> {
    u64::try_from(kept).map_err(|_| Trouble::Damaged { place: place(), why: format!("{kept} is no count") })
}

/// Refuses a state that no proposal can be in.
pub(crate) fn proposal_state(state: &str, id: &str) -> Result<(), Trouble> {
    if PROPOSAL_STATES.contains(&state) {
        return Ok(());
    }
    let why = format!("its state would be `{state}`, which is none of {}", PROPOSAL_STATES.join(", "));
    Err(Trouble::Unfit { what: format!("the proposal {id}"), why })
}

/// What is said of a proposal whose id another one has.
pub(crate) fn id_taken(id: &str) -> Trouble {
    Trouble::Unfit {
        what: format!("the proposal {id}"),
        why: "another one with another idempotency key has its id".into(),
    }
}

/// Refuses a commit of which some part cannot be kept.
pub(crate) fn commit(commit: &Commit) -> Result<(), Trouble> {
    for row in &commit.windows {
        let what = || format!("the window {} of {}", row.window, row.monitor);
        instant(row.start, what)?;
        instant(row.end, what)?;
        count(row.rows, what)?;
        count(row.late_rows, what)?;
    }
    for row in &commit.points {
        let what = || format!("the point {} of {}", row.point.at, row.document);
        instant(row.planned, what)?;
        row.point.rows.map(|rows| count(rows, what)).transpose()?;
    }
    for row in &commit.states {
        let what = || format!("the state of the window {} of {}", row.window, row.monitor);
        instant(row.start, what)?;
        instant(row.end, what)?;
    }
    if let Some(run) = &commit.run {
        count(run.documents, || format!("the run {}", run.id))?;
    }
    commit.proposals.iter().try_for_each(|Proposal { id, state, .. }| proposal_state(state, id))
}
