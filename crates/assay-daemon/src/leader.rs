//! Being the one who schedules, among those that share a store.

use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::{Lease, Millis};
use tracing::{error, info, warn};

use crate::daemon::Daemon;

/// A lease lasts so long.
const LEASE: Millis = 15_000;
/// And is renewed after this.
const RENEWAL: Millis = 5_000;
/// After a refusal or a failure.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// This daemon.
    Held {
        /// The lease's.
        epoch: i64,
        /// Whether it was just taken.
        taken: bool,
    },
    /// Another one.
    Elsewhere,
    /// The store cannot tell, and the lease may have run out.
    Unknown,
}

/// A role that this daemon has or wants.
pub struct Role {
    name: &'static str,
    lease: Option<Lease>,
    /// Elapsed time of the last renewal.
    renewed: Millis,
}

impl Role {
    /// Nobody's yet.
    pub fn new(name: &'static str) -> Self {
        Role { name, lease: None, renewed: 0 }
    }

    /// Takes or renews the role where that is due.
    pub async fn hold(&mut self, daemon: &Arc<Daemon>) -> Hold {
        let now = daemon.clock.elapsed();
        // a store that failed is asked at once: whether it takes a renewal tells whether it works again
        let is_fresh = now - self.renewed < RENEWAL && daemon.store_trouble().is_none();
        if let Some(lease) = self.lease.as_ref().filter(|_| is_fresh) {
            return Hold::Held { epoch: lease.epoch, taken: false };
        }
        let (name, holder) = (self.name, daemon.holder.clone());
        match daemon.change(move |store| store.lead(name, &holder, LEASE)).await {
            Ok(Some(lease)) => {
                let taken = self.lease.as_ref().is_none_or(|known| known.epoch != lease.epoch);
                if taken {
                    info!(role = name, epoch = lease.epoch, "took the role");
                }
                self.renewed = now;
                let epoch = lease.epoch;
                self.lease = Some(lease);
                Hold::Held { epoch, taken }
            }
            Ok(None) => {
                if self.lease.take().is_some() {
                    warn!(role = name, "lost the role to another daemon");
                }
                Hold::Elsewhere
            }
            Err(why) => {
                error!(role = name, %why, "cannot renew the role");
                // half of what is left of the lease is for what is under way
                if now - self.renewed > LEASE / 2 {
                    self.lease = None;
                }
                let lease = self.lease.as_ref();
                lease.map_or(Hold::Unknown, |lease| Hold::Held { epoch: lease.epoch, taken: false })
            }
        }
    }

    /// Takes the role at once; `None`: another daemon has it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take(&mut self, daemon: &Arc<Daemon>) -> Result<Option<i64>, StoreError> {
        let (now, name, holder) = (daemon.clock.elapsed(), self.name, daemon.holder.clone());
        self.lease = daemon.change(move |store| store.lead(name, &holder, LEASE)).await?;
        self.renewed = now;
        Ok(self.lease.as_ref().map(|lease| lease.epoch))
    }

    /// Another daemon was told to have it.
    pub fn lose(&mut self) {
        self.lease = None;
    }

    /// Gives the role back.
    pub async fn resign(self, daemon: &Arc<Daemon>) {
        if self.lease.is_some() {
            let (name, holder) = (self.name, daemon.holder.clone());
            if let Err(why) = daemon.ask(move |store| store.resign(name, &holder)).await {
                warn!(role = name, %why, "cannot give the role back; it ends by itself");
            }
        }
    }
}
