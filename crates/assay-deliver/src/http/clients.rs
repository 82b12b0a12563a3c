//! Clients by what they trust and what they may call. Reading the system's certificates takes a while; a receiver is told
//! often with the same.

use std::fmt;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assay_core::connection::Network;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, retry};

use super::failure::Failure;
use crate::addresses::Addresses;

/// Clients that are kept: rules have few files of certificates.
const MOST_CLIENTS: usize = 8;
/// Bytes of a file of certificates, at most.
const MOST_CA: u64 = 4 * 1024 * 1024;

pub(super) struct Clients {
    addresses: Addresses,
    connect: Duration,
    kept: Mutex<Vec<(Trust, Client)>>,
}

/// What clients differ in.
#[derive(Clone, PartialEq)]
struct Trust {
    allow: Vec<Network>,
    is_encrypted: bool,
    ca: Option<Vec<u8>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    pub(super) fn new(addresses: Addresses, connect: Duration) -> Self {
        Clients { addresses, connect, kept: Mutex::new(Vec::new()) }
    }

    /// The client that trusts a file of certificates beside the system's and may call these networks, too. The file is
    /// read each time: who replaces it is not told to do anything else.
    pub(super) async fn get(
        &self,
        host: &str,
        ca: Option<&str>,
        is_encrypted: bool,
        allow: &[Network],
    ) -> Result<Client, Failure> {
        let path = ca.filter(|_| is_encrypted).map(str::to_owned);
        let ca = match path {
            None => None,
            Some(path) => Some(blocking(move || read(&path)).await?),
        };
        let trust = Trust { allow: allow.to_vec(), is_encrypted, ca };
        if let Some(client) = self.known(&trust) {
            return Ok(client);
        }
        let filter = Filter { addresses: self.addresses.clone(), allow: trust.allow.clone() };
        let (wanted, connect, host) = (trust.clone(), self.connect, host.to_owned());
        let client = blocking(move || make(&wanted, filter, connect, &host)).await?;
        let mut kept = self.lock();
        kept.retain(|(known, _)| *known != trust);
        if kept.len() == MOST_CLIENTS {
            kept.remove(0);
        }
        kept.push((trust, client.clone()));
        Ok(client)
    }

    /// Makes all clients anew.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn known(&self, trust: &Trust) -> Option<Client> {
        self.lock().iter().find(|(known, _)| known == trust).map(|(_, client)| client.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Trust, Client)>> {
        // nothing in between can be seen half done
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files take their time.
async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(f).await.unwrap_or_else(|_| Err(Failure::Stopped))
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |why: String| Failure::Ca { path: path.into(), why };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    file.take(MOST_CA).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&bytes).map_err(|_| wrong("it is not PEM".into()))?;
    if certificates.is_empty() { Err(wrong("no certificate is in it".into())) } else { Ok(bytes) }
}

fn make(trust: &Trust, filter: Filter, connect: Duration, host: &str) -> Result<Client, Failure> {
    let builder = ClientBuilder::new()
        .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(connect)
        .pool_max_idle_per_host(0)
        .dns_resolver(std::sync::Arc::new(filter));
    let pem = trust.ca.as_deref().unwrap_or_default();
    let certificates = Certificate::from_pem_bundle(pem).unwrap_or_default();
    let builder = match trust.is_encrypted {
        true => builder.tls_certs_merge(certificates),
        // what is sent in clear needs none of the system's certificates
        false => builder.tls_certs_only(certificates),
    };
    let what = "the certificates that this system trusts cannot be read".to_owned();
    builder.build().map_err(|_| Failure::Tls { host: host.into(), what })
}

/// Names as [`Addresses`] looks them up.
struct Filter {
    addresses: Addresses,
    allow: Vec<Network>,
}

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let (addresses, allow) = (self.addresses.clone(), self.allow.clone());
        Box::pin(async move {
            let found = addresses.resolve(name.as_str(), 0, &allow).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
