//! One pass and a few tries, for a run without a daemon: the same passes, the same senders, and nobody who waits.

use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::NOTIFIER;
use tokio_util::sync::CancellationToken;

use super::{keep, passes};
use crate::daemon::Daemon;
use crate::leader::Role;
use crate::{health, senders};

/// Turns what is to be told into messages, all of it at once, and delivers: after each pause what did not arrive is tried
/// again. Gives the ids of the messages that were written; `None`: another daemon has the role, and tells.
///
/// # Errors
/// The store failed; what was written stays, and is taken up by whoever comes next.
pub async fn once(daemon: &Arc<Daemon>, pauses: &[Duration]) -> Result<Option<Vec<String>>, StoreError> {
    let mut role = Role::new(NOTIFIER);
    let Some(epoch) = role.take(daemon).await? else { return Ok(None) };
    daemon.notices.lead(Some(epoch));
    let is_over = CancellationToken::new();
    let work = async {
        let written = tell(daemon, epoch, pauses).await;
        is_over.cancel();
        written
    };
    // the role is kept until nothing is being sent: nobody else may send the same meanwhile
    let ((), written) = tokio::join!(keep(daemon, role, &is_over), work);
    written
}

async fn tell(daemon: &Arc<Daemon>, epoch: i64, pauses: &[Duration]) -> Result<Option<Vec<String>>, StoreError> {
    let Some(written) = passes::all(daemon, epoch).await? else { return Ok(None) };
    health::look(daemon).await?;
    senders::rounds(daemon, epoch, pauses).await?;
    health::write(daemon).await?;
    Ok(Some(written))
}
