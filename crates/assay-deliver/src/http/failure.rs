//! Why there is no answer, in one sentence that names the host and nothing else of the URL.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::{CertificateError, Error as TlsError};

use crate::addresses::AddressError;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("{host} refuses the connection")]
    Refused { host: String },
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    #[error("no connection to {host} in time")]
    NoConnection { host: String },
    #[error("no answer from {host} within {within:?}")]
    TooLate { host: String, within: Duration },
    #[error("no encrypted connection to {host}: {what}")]
    Tls { host: String, what: String },
    #[error("the answer of {host} was cut off")]
    CutOff { host: String },
    #[error("the answer of {host} is not HTTP; does it want https?")]
    NotHttp { host: String },
    #[error("the certificates of `ca: {path}` cannot be read: {why}")]
    Ca { path: String, why: String },
    #[error("the program is stopping")]
    Stopped,
    #[error("{0}")]
    NotARequest(String),
}

impl Failure {
    /// What a client's error comes from.
    pub(super) fn of(host: &str, error: &reqwest::Error) -> Failure {
        let host = host.to_owned();
        let causes = || std::iter::successors(Some(error as &(dyn Error + 'static)), |error| cause(*error));
        if let Some(address) = causes().find_map(|cause| cause.downcast_ref::<AddressError>()) {
            return Failure::Address(address.clone());
        }
        if let Some(tls) = causes().find_map(|cause| cause.downcast_ref::<TlsError>()) {
            return Failure::Tls { host, what: tls_words(tls) };
        }
        if error.is_connect() && error.is_timeout() {
            return Failure::NoConnection { host };
        }
        let is_http = |is: fn(&hyper::Error) -> bool| causes().filter_map(|cause| cause.downcast_ref()).any(is);
        if is_http(hyper::Error::is_parse) || is_http(hyper::Error::is_parse_too_large) {
            return Failure::NotHttp { host };
        }
        let io = causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).next();
        match io.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Failure::Refused { host },
            Some(io::ErrorKind::TimedOut) => Failure::NoConnection { host },
            Some(kind) if error.is_connect() && kind != io::ErrorKind::UnexpectedEof => {
                Failure::Unreachable { host, why: kind.to_string() }
            }
            _ if error.is_connect() => Failure::Unreachable { host, why: "the connection was closed".into() },
            _ => Failure::CutOff { host },
        }
    }
}

/// What an error comes from. An error of input and output keeps another one beside its sources.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn tls_words(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(error) => certificate_words(error),
        TlsError::InvalidMessage(_) => "it does not speak TLS; does it want http?".into(),
        // numbers and names of the protocol, nothing that was sent
        other => other.to_string(),
    }
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "its certificate has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".into()
        }
        CertificateError::Revoked => "its certificate was revoked".into(),
        CertificateError::BadEncoding => "its certificate cannot be read".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not one for servers".into()
        }
        // nobody whom we know has signed it, or nobody in a way that we accept
        _ => "its certificate is not trusted; `ca` can name a file with the one that signed it".into(),
    }
}
