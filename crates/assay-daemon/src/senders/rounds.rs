//! Delivering for somebody who does not wait for days: a few rounds, and what is left stays in the outbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::Millis;
use tokio::task::{JoinError, JoinSet};
use tracing::error;

use super::lane::{self, Failed};
use super::{AT_ONCE, Place};
use crate::daemon::Daemon;

/// What came of a lane.
type Ended = (Place, Option<Failed>);

/// Delivers what is due, in one round after each pause. A lane whose message did not arrive is tried again in the next
/// round, unless its receiver wants to be left alone for longer.
pub(crate) async fn rounds(daemon: &Arc<Daemon>, epoch: i64, pauses: &[Duration]) -> Result<(), StoreError> {
    daemon.notices.receivers.read(daemon, epoch).await?;
    // when those may be asked again that failed
    let mut failed: BTreeMap<Place, Millis> = BTreeMap::new();
    for (nth, pause) in pauses.iter().enumerate() {
        let begins = daemon.now().saturating_add(Millis::try_from(pause.as_millis()).unwrap_or(Millis::MAX));
        // nobody waits for those who may not be asked then
        if nth > 0 && !failed.values().any(|at| *at <= begins) {
            break;
        }
        daemon.clock.sleep(*pause).await;
        round(daemon, epoch, &mut failed).await?;
    }
    Ok(())
}

/// Every lane once that is due or failed in the round before. What a message leaves that was given up, such as one to a
/// fallback, is of the same round.
async fn round(daemon: &Arc<Daemon>, epoch: i64, failed: &mut BTreeMap<Place, Millis>) -> Result<(), StoreError> {
    let mut again = std::mem::take(failed);
    while daemon.notices.epoch() == Some(epoch) {
        let now = daemon.now();
        let lanes = daemon.ask(|store| store.lanes()).await?;
        let is_wanted = |place: &Place, next_at: Millis| match again.get(place) {
            Some(at) => *at <= now,
            None => next_at <= now,
        };
        let due: Vec<Place> = lanes
            .into_iter()
            .map(|lane| ((lane.receiver, lane.target), lane.next_at))
            .filter(|(place, next_at)| !failed.contains_key(place) && is_wanted(place, *next_at))
            .map(|(place, _)| place)
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut at_work: JoinSet<Ended> = JoinSet::new();
        for place in due {
            if at_work.len() >= AT_ONCE {
                note(daemon, at_work.join_next().await, failed);
            }
            let hurry = again.remove(&place).is_some();
            let delivery = lane::deliver(Arc::clone(daemon), epoch, place.clone(), hurry);
            at_work.spawn(async move { (place, delivery.await) });
        }
        while !at_work.is_empty() {
            note(daemon, at_work.join_next().await, failed);
        }
    }
    Ok(())
}

fn note(daemon: &Daemon, ended: Option<Result<Ended, JoinError>>, failed: &mut BTreeMap<Place, Millis>) {
    match ended {
        Some(Ok((place, Some(Failed { asked })))) => {
            failed.insert(place, daemon.now().saturating_add(asked));
        }
        Some(Ok((_, None))) | None => {}
        Some(Err(broken)) => error!(%broken, "sending broke off; it is tried again later"),
    }
}
