//! Certificates: read at start, and again whenever the project is reloaded.

use std::path::Path;
use std::sync::Arc;

use assay_core::ops::settings::Tls;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why certificates cannot be used; one sentence that names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// Reads certificate chain and key. Blocks.
pub(super) fn read(tls: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_file_iter(Path::new(&tls.cert)).and_then(Iterator::collect);
    let chain: Vec<CertificateDer<'static>> =
        chain.map_err(|error| TlsError(format!("cannot read the certificate `{}`: {error}", tls.cert)))?;
    if chain.is_empty() {
        return Err(TlsError(format!("`{}` has no certificate (PEM)", tls.cert)));
    }
    let key = PrivateKeyDer::from_pem_file(Path::new(&tls.key))
        .map_err(|error| TlsError(format!("cannot read the key `{}`: {error}", tls.key)))?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let mut config = config.map_err(|error| {
        TlsError(format!("the certificate `{}` cannot be used with the key `{}`: {error}", tls.cert, tls.key))
    })?;
    // the server speaks nothing else; a client that is offered h2 would take it
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Reads them anew; where anything is wrong with them, the old ones stay.
pub(super) async fn reload(config: &RustlsConfig, files: Tls) {
    let read = tokio::task::spawn_blocking(move || read(&files)).await;
    match read {
        Ok(Ok(new)) => config.reload_from_config(new),
        Ok(Err(error)) => tracing::error!(%error, "the certificate was not reloaded; the old one stays"),
        Err(broken) => tracing::error!(error = %broken, "the certificate was not reloaded; the old one stays"),
    }
}
