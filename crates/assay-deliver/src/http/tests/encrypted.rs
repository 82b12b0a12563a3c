//! Encrypted connections: certificates that are trusted, and all the others.

use std::net::SocketAddr;
use std::process::Command;

use axum::Router;
use axum::routing::post;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;

use super::support::{Counting, answered, client, failed, loopback, request};

/// A certificate and its key, in files.
struct Certificate {
    folder: tempfile::TempDir,
}

impl Certificate {
    fn new() -> Self {
        // whoever was first has installed the same
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Certificate { folder: tempfile::tempdir().unwrap() }
    }

    /// Of a name, signed with its own key.
    fn of(name: &str) -> Self {
        let certificate = Certificate::new();
        let (subject, names) = (format!("/CN={name}"), format!("subjectAltName=DNS:{name}"));
        let constraints = "basicConstraints=critical,CA:FALSE";
        let (key, crt) = (certificate.path("key"), certificate.path("crt"));
        openssl(
            &[&["req", "-x509", "-days", "2", "-keyout", &key, "-out", &crt], EC].concat(),
            &subject,
            &["-addext", &names, "-addext", constraints],
        );
        certificate
    }

    /// Of `localhost`, valid on one day of the past.
    fn expired() -> Self {
        let certificate = Certificate::new();
        let path = |name: &str| certificate.path(name);
        let folder = certificate.folder.path().display();
        let config = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = {folder}/index\nserial = {folder}/serial\n\
             new_certs_dir = {folder}\ndefault_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n\
             [leaf]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical,CA:FALSE\n"
        );
        std::fs::write(path("config"), config).unwrap();
        std::fs::write(path("index"), "").unwrap();
        std::fs::write(path("serial"), "01\n").unwrap();
        openssl(&[&["req", "-new", "-keyout", &path("key"), "-out", &path("csr")], EC].concat(), "/CN=localhost", &[]);
        let sign = ["ca", "-batch", "-notext", "-selfsign", "-config", &path("config"), "-keyfile", &path("key")];
        let dates = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z", "-extensions", "leaf"];
        let files = ["-in", &path("csr"), "-out", &path("crt")];
        openssl(&[&sign[..], &dates, &files].concat(), "/CN=localhost", &[]);
        certificate
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

const EC: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

fn openssl(args: &[&str], subject: &str, extensions: &[&str]) {
    let mut command = Command::new("openssl");
    let made = command.args(args).args(["-subj", subject]).args(extensions).output();
    let made = made.expect("openssl makes certificates for tests");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

struct Server {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

async fn serve(certificate: &Certificate) -> Server {
    let config = RustlsConfig::from_pem_file(certificate.path("crt"), certificate.path("key")).await.unwrap();
    let handle = Handle::new();
    let server = axum_server::bind_rustls("127.0.0.1:0".parse().unwrap(), config).handle(handle.clone());
    let routes = Router::new().route("/", post(|| async { "hello" }));
    tokio::spawn(server.serve(routes.into_make_service()));
    let address = handle.listening().await.unwrap();
    Server { address, handle }
}

/// What comes of a call to `localhost`, where the file is trusted if there is one.
async fn error_of(server: &Server, ca: Option<String>) -> String {
    let mut request = request(&format!("https://localhost:{}/?token=secret", server.address.port()));
    request.ca = ca;
    let error = failed(client().post(&request, &loopback()).await);
    assert!(!error.contains("secret"), "{error}");
    error
}

#[tokio::test]
async fn a_certificate_of_the_file_is_trusted_and_no_other() {
    let certificate = Certificate::of("localhost");
    let server = serve(&certificate).await;
    let mut request = request(&format!("https://localhost:{}/", server.address.port()));
    request.ca = Some(certificate.path("crt"));
    assert_eq!(answered(client().post(&request, &loopback()).await).body, "hello");

    let host = format!("no encrypted connection to localhost:{}: ", server.address.port());
    let untrusted = "its certificate is not trusted; `ca` can name a file with the one that signed it";
    assert_eq!(error_of(&server, None).await, format!("{host}{untrusted}"));
    let other = Certificate::of("localhost");
    assert_eq!(error_of(&server, Some(other.path("crt"))).await, format!("{host}{untrusted}"));
}

#[tokio::test]
async fn a_certificate_of_another_name_is_told_apart() {
    let certificate = Certificate::of("elsewhere.example");
    let server = serve(&certificate).await;
    let error = error_of(&server, Some(certificate.path("crt"))).await;
    assert!(error.ends_with("its certificate is for another name"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_told_apart() {
    let certificate = Certificate::expired();
    let server = serve(&certificate).await;
    let error = error_of(&server, Some(certificate.path("crt"))).await;
    assert!(error.ends_with("its certificate has expired"), "{error}");
}

#[tokio::test]
async fn a_file_of_certificates_that_cannot_be_read_is_named() {
    let certificate = Certificate::of("localhost");
    let server = serve(&certificate).await;
    let error = error_of(&server, Some("/nowhere/ca.pem".into())).await;
    assert!(error.starts_with("the certificates of `ca: /nowhere/ca.pem` cannot be read: "), "{error}");
    let error = error_of(&server, Some(certificate.path("key"))).await;
    assert!(error.ends_with("no certificate is in it"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_replaced_is_trusted_at_once() {
    let certificate = Certificate::of("localhost");
    let server = serve(&certificate).await;
    let wrong = Certificate::of("localhost");
    let trusted = wrong.path("crt");
    let client = client();
    let mut request = request(&format!("https://localhost:{}/", server.address.port()));
    request.ca = Some(trusted.clone());
    failed(client.post(&request, &loopback()).await);
    std::fs::copy(certificate.path("crt"), &trusted).unwrap();
    assert_eq!(answered(client.post(&request, &loopback()).await).status, 200);
}

#[tokio::test]
async fn the_wrong_one_of_http_and_https_is_told() {
    let certificate = Certificate::of("localhost");
    let server = serve(&certificate).await;
    let url = format!("http://localhost:{}/", server.address.port());
    let error = failed(client().post(&request(&url), &loopback()).await);
    assert!(error.contains("cut off") || error.contains("does it want https?"), "{error}");

    let plain = Counting::new("127.0.0.1:0", |stream| async move {
        // whatever comes is no request
        let mut stream = stream;
        let mut buffer = [0; 1];
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let url = format!("https://localhost:{}/", plain.address.port());
    let error = failed(client().post(&request(&url), &loopback()).await);
    assert!(error.ends_with("it does not speak TLS; does it want http?"), "{error}");
}
