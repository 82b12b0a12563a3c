//! Who carries notifications out of the house: the HTTP client and the SMTP client of this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;
use assay_deliver::addresses::{Addresses, SystemNames};
use assay_deliver::http::{Http, Limits};
use assay_deliver::smtp::Smtp;
use assay_notify::receivers::{Carried, Carrier, Outgoing};

/// The clients. Files of certificates are named relative to the project's folder, wherever the process was started.
struct Rim {
    root: PathBuf,
    http: Http,
    smtp: Smtp,
}

impl Rim {
    async fn carry(&self, outgoing: &Outgoing, allow: &[Network]) -> Carried {
        let mut outgoing = outgoing.clone();
        let ca = match &mut outgoing {
            Outgoing::Http(request) => &mut request.ca,
            Outgoing::Mail(mail) => &mut mail.relay.ca,
        };
        if let Some(path) = ca {
            *path = self.root.join(&*path).to_string_lossy().into_owned();
        }
        match &outgoing {
            Outgoing::Http(request) => self.http.post(request, allow).await,
            Outgoing::Mail(mail) => Carried::Decided(self.smtp.send(mail, allow).await),
        }
    }
}

impl Carrier for Rim {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, allow: &'a [Network]) -> BoxFuture<'a, Carried> {
        Box::pin(Rim::carry(self, outgoing, allow))
    }
}

/// The carrier of this process.
pub(crate) fn carrier(root: &Path) -> Arc<dyn Carrier> {
    super::install_tls();
    let addresses = Addresses::new(Arc::new(SystemNames));
    let (http, smtp) = (Http::new(addresses.clone(), Limits::default()), Smtp::new(addresses));
    Arc::new(Rim { root: root.to_path_buf(), http, smtp })
}
