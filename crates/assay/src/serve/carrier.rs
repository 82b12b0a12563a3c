//! Who carries notifications out of the house, from the project's folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;
use assay_notify::receivers::{Carried, Carrier, Outgoing};

/// Carries with files of certificates named relative to the project's folder, wherever the process was started.
struct Rooted<C> {
    carrier: C,
    root: PathBuf,
}

impl<C: Carrier> Carrier for Rooted<C> {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, allow: &'a [Network]) -> BoxFuture<'a, Carried> {
        match rooted(outgoing, &self.root) {
            None => self.carrier.carry(outgoing, allow),
            Some(outgoing) => Box::pin(async move { self.carrier.carry(&outgoing, allow).await }),
        }
    }
}

/// What is sent with the place of its file of certificates; `None`: it names none.
fn rooted(outgoing: &Outgoing, root: &Path) -> Option<Outgoing> {
    let mut outgoing = outgoing.clone();
    let ca = match &mut outgoing {
        Outgoing::Http(request) => &mut request.ca,
        Outgoing::Mail(mail) => &mut mail.relay.ca,
    };
    let path = ca.as_mut()?;
    *path = root.join(&*path).to_string_lossy().into_owned();
    Some(outgoing)
}

/// The carrier of this process.
pub(crate) fn carrier(root: &Path) -> Arc<dyn Carrier> {
    super::install_tls();
    Arc::new(Rooted { carrier: assay_deliver::Rim::new(), root: root.to_path_buf() })
}
