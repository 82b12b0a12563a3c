//! The senders: deliver what is in the outbox, on the daemon that has the notifier's role.
//!
//! A lane is one target of a receiver. Its messages go one after the other, oldest first (`lane.rs`); lanes go beside
//! each other, so that one that hangs stops no other. What a try means is decided in `assay_notify::delivery`, and
//! written before the next one begins.

mod fallback;
mod lane;
pub(crate) mod receivers;
mod rounds;
mod trying;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::Lane;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{error, info, warn};

use crate::daemon::{Daemon, Phase};
use crate::work::Project;
pub(crate) use rounds::rounds;

/// Lanes that are at work at once.
const AT_ONCE: usize = 64;
/// Lanes of one receiver that are at work at once: one that hangs must not take up all places.
const OF_ONE_RECEIVER: usize = 4;
/// How often is looked for what others wrote or want to be tried again.
const LOOK: Duration = Duration::from_secs(5);
/// After the store failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Receiver and target.
type Place = (String, String);

/// Whether the project has a receiver of this name.
pub(crate) fn is_known(project: &Project, receiver: &str) -> bool {
    trying::destination(project, receiver).is_some()
}

/// The lanes that are at work.
#[derive(Default)]
struct AtWork {
    tasks: JoinSet<()>,
    lanes: BTreeMap<Place, Id>,
}

/// Sends until the daemon stops; then what is under way gets so much time. What did not come to its end by then is
/// tried again later, under the same id.
pub(crate) async fn send(daemon: &Arc<Daemon>, patience: Duration) {
    let mut leading = daemon.notices.follow();
    let mut phase = daemon.follow();
    let mut at_work = AtWork::default();
    let mut trouble: Option<&'static str> = None;
    while daemon.phase() != Phase::Stopping {
        let epoch = *leading.borrow_and_update();
        let wait = match epoch {
            None => LOOK,
            Some(epoch) => match start(daemon, epoch, &mut at_work).await {
                Ok(wait) => {
                    if trouble.take().is_some() {
                        info!("the senders work again");
                    }
                    wait
                }
                Err(why) => {
                    if trouble.replace(why.code) != Some(why.code) {
                        error!(%why, "cannot look for messages to be sent; trying again until it works");
                    }
                    PAUSE
                }
            },
        };
        tokio::select! {
            () = daemon.clock.sleep(wait) => {}
            () = daemon.notices.due.notified() => {}
            Some(ended) = at_work.tasks.join_next_with_id() => at_work.ended(ended),
            _ = leading.changed() => {}
            _ = phase.changed() => {}
        }
    }
    let ended = async { while at_work.tasks.join_next().await.is_some() {} };
    let in_time = tokio::select! {
        () = ended => true,
        () = daemon.clock.sleep(patience) => false,
    };
    if !in_time {
        warn!("some messages were still being sent; they are tried again later, under the same ids");
    }
}

/// Starts lanes whose oldest message is due; gives how long nothing else is.
async fn start(daemon: &Arc<Daemon>, epoch: i64, at_work: &mut AtWork) -> Result<Duration, StoreError> {
    daemon.notices.receivers.read(daemon, epoch).await?;
    let lanes = daemon.ask(|store| store.lanes()).await?;
    let now = daemon.now();
    let mut wait = LOOK;
    for lane in lanes {
        let left = Duration::from_millis((lane.next_at - now).max(0).unsigned_abs());
        if !left.is_zero() {
            wait = wait.min(left);
        } else if at_work.has_place_for(&lane) {
            let place = (lane.receiver, lane.target);
            let delivery = lane::deliver(Arc::clone(daemon), epoch, place.clone(), false);
            let task = async {
                let _ = delivery.await;
            };
            at_work.lanes.insert(place, at_work.tasks.spawn(task).id());
        }
    }
    Ok(wait)
}

impl AtWork {
    /// One that gets no place is looked at again as soon as another ends.
    fn has_place_for(&self, lane: &Lane) -> bool {
        let of_receiver = self.lanes.keys().filter(|(receiver, _)| *receiver == lane.receiver).count();
        let is_at_work =
            self.lanes.keys().any(|(receiver, target)| *receiver == lane.receiver && *target == lane.target);
        !is_at_work && of_receiver < OF_ONE_RECEIVER && self.lanes.len() < AT_ONCE
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(broken) => {
                error!(%broken, "sending broke off; it is tried again");
                broken.id()
            }
        };
        self.lanes.retain(|_, known| *known != id);
    }
}
