//! Who carries notifications out of the house, from the project's folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;
use assay_deliver::Outside;
use assay_notify::receivers::{Carried, Carrier, Outgoing};

/// Files of certificates are named relative to the project's folder, wherever the process was started.
struct Rooted {
    root: PathBuf,
    outside: Outside,
}

impl Carrier for Rooted {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, allow: &'a [Network]) -> BoxFuture<'a, Carried> {
        Box::pin(async move {
            let mut outgoing = outgoing.clone();
            let ca = match &mut outgoing {
                Outgoing::Http(request) => &mut request.ca,
                Outgoing::Mail(mail) => &mut mail.relay.ca,
            };
            if let Some(path) = ca {
                *path = self.root.join(&*path).to_string_lossy().into_owned();
            }
            self.outside.carry(&outgoing, allow).await
        })
    }
}

/// The carrier of this process.
pub(crate) fn carrier(root: &Path) -> Arc<dyn Carrier> {
    super::install_tls();
    Arc::new(Rooted { root: root.to_path_buf(), outside: Outside::default() })
}
