//! Encrypted connections, and certificates that change.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;

use assay_core::ops::settings::{ServerSettings, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::support::{Answered, Served};
use crate::testing::{Fixture, ProjectOf};

/// A certificate of localhost and its key, in files.
pub(super) struct Files {
    pub tls: Tls,
    folder: tempfile::TempDir,
}

/// Makes a certificate that only this test trusts.
pub(super) fn certificate() -> Files {
    // whoever was first has installed the same
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let tls = Tls { cert: path("tls.crt"), key: path("tls.key") };
    generate(&tls);
    Files { tls, folder }
}

fn generate(tls: &Tls) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &tls.key, "-out", &tls.cert])
        .output()
        .expect("openssl makes certificates for tests");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Asks with only this certificate trusted; the error where the server shows another one.
fn ask(address: SocketAddr, trusted: &[u8], alpn: &[&[u8]]) -> Result<(Answered, Option<Vec<u8>>), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    // the end may come without a farewell
    let _ = stream.read_to_end(&mut answer);
    let protocol = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
    Answered::parse(&answer).map(|answered| (answered, protocol)).ok_or_else(|| "no answer".into())
}

fn encrypted(tls: &Tls) -> Fixture {
    let server = ServerSettings { listen: "127.0.0.1:0".into(), tls: Some(tls.clone()), ..ServerSettings::default() };
    Fixture::with(ProjectOf { server, ..ProjectOf::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_server_speaks_http_1_and_says_to_stay_encrypted() {
    let files = certificate();
    let served = Served::new(encrypted(&files.tls)).await;
    let trusted = std::fs::read(&files.tls.cert).unwrap();
    let (answered, protocol) = ask(served.address, &trusted, &[b"h2", b"http/1.1"]).unwrap();
    assert_eq!((answered.status, protocol.as_deref()), (200, Some(&b"http/1.1"[..])));
    assert_eq!(answered.header("strict-transport-security"), "max-age=31536000");
    let mut plain = TcpStream::connect(served.address).unwrap();
    plain.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "unencrypted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_takes_the_new_certificate_and_a_bad_one_leaves_the_old() {
    let files = certificate();
    let served = Served::new(encrypted(&files.tls)).await;
    let first = std::fs::read(&files.tls.cert).unwrap();
    assert!(ask(served.address, &first, &[]).is_ok());
    generate(&files.tls);
    let second = std::fs::read(&files.tls.cert).unwrap();
    assert!(ask(served.address, &second, &[]).is_err(), "before the reload");
    served.fixture.daemon.reload().await.unwrap();
    let taken = async {
        while ask(served.address, &second, &[]).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), taken).await.expect("the new certificate is not taken");
    std::fs::write(&files.tls.cert, "-----BEGIN CERTIFICATE-----\nnonsense").unwrap();
    served.fixture.daemon.reload().await.unwrap();
    assert!(ask(served.address, &second, &[]).is_ok());
    drop(files.folder);
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let files = certificate();
    let mut options = super::support::options();
    options.limits.head = std::time::Duration::from_millis(200);
    let served = Served::with(encrypted(&files.tls), options).await;
    let mut stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
    let mut byte = [0; 1];
    let closed = tokio::io::AsyncReadExt::read(&mut stream, &mut byte);
    let closed = tokio::time::timeout(std::time::Duration::from_secs(10), closed).await.expect("it is waited for");
    assert_eq!(closed.unwrap_or(0), 0);
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_told_at_start() {
    let (files, others) = (certificate(), certificate());
    let cases = [
        (Tls { cert: "/nowhere/tls.crt".into(), ..files.tls.clone() }, "/nowhere/tls.crt"),
        (Tls { key: "/nowhere/tls.key".into(), ..files.tls.clone() }, "/nowhere/tls.key"),
        (Tls { cert: files.tls.key.clone(), ..files.tls.clone() }, "has no certificate"),
        (Tls { key: others.tls.key.clone(), ..files.tls.clone() }, "cannot be used with the key"),
    ];
    for (tls, expected) in cases {
        let fixture = encrypted(&tls);
        let shutdown = tokio_util::sync::CancellationToken::new();
        let error = crate::http::serve(fixture.daemon.clone(), super::support::options(), shutdown).await.err();
        let error = error.expect("refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
}
