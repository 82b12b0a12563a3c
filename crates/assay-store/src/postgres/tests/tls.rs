//! Connections with TLS, to a server with a certificate of an authority made for the test.

use std::process::Command;

use ::postgres::{Client, NoTls};
use assay_core::ops::Ops;

use super::super::PostgresStore;
use super::super::server::Server;
use super::{assert_error, connect};

/// Makes an authority and a certificate for the host `localhost`, in the server's folder.
const CERTIFICATES: &str = r#"
    set -e
    new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$2.key" "${@:3}" 2>/dev/null; }
    new "an authority" ca -x509 -days 2 -out ca.pem
    new "another" other -x509 -days 2 -out other.pem
    new localhost server -out server.csr
    printf 'subjectAltName=DNS:localhost' > names
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem 2>/dev/null
    chmod 600 server.key
    chown --reference=data server.key server.pem
"#;

#[test]
fn sslmode_means_what_it_means_to_postgresql_s_own_programs() {
    let mut server = Server::start();
    let made = Command::new("bash").args(["-c", CERTIFICATES]).current_dir(server.folder()).status().expect("bash");
    assert!(made.success(), "certificates need `openssl`: apt-get install openssl");
    let folder = server.folder().display().to_string();
    server.run("postgres", "CREATE ROLE ada LOGIN SUPERUSER PASSWORD 'secret'");
    let place = format!("{}/postgres", server.port());
    let url = |host: &str, parameters: &str| format!("postgresql://ada:secret@{host}:{place}?{parameters}");
    let (roots, others) = (format!("sslrootcert={folder}/ca.pem"), format!("sslrootcert={folder}/other.pem"));

    // A server without TLS.
    connect(&url("localhost", "sslmode=prefer"));
    assert_error(PostgresStore::connect(&url("localhost", "sslmode=require")), "store_unreadable", &["TLS"]);

    for (setting, value) in [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key"), ("ssl", "on")] {
        let value = if setting == "ssl" { value.to_owned() } else { format!("{folder}/{value}") };
        server.run("postgres", &format!("ALTER SYSTEM SET {setting} = '{value}'"));
    }
    server.tell("stop");
    server.tell("start");
    let is_secure = |url: &str| {
        let store = connect(url);
        assert!(store.clock().expect("a clock") > 0);
        let mut client = Client::connect(&server.url("postgres"), NoTls).expect("a connection");
        let used = "SELECT bool_or(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                    WHERE application_name = 'assay'";
        client.query_one(used, &[]).expect("a row").get::<_, bool>(0)
    };
    assert!(!is_secure(&url("localhost", "sslmode=disable")));
    assert!(is_secure(&url("localhost", "")), "it prefers TLS");
    assert!(is_secure(&url("localhost", "sslmode=require")));
    assert!(is_secure(&url("localhost", &format!("sslmode=verify-full&{roots}"))));
    assert!(is_secure(&url("127.0.0.1", &format!("sslmode=verify-ca&{roots}"))), "whoever it is for");

    for (host, parameters, word) in [
        ("127.0.0.1", format!("sslmode=verify-full&{roots}"), "certificate"),
        ("localhost", format!("sslmode=verify-full&{others}"), "certificate"),
        ("localhost", format!("sslmode=verify-ca&{others}"), "certificate"),
        ("localhost", format!("sslmode=require&{others}"), "certificate"),
        ("localhost", "sslmode=verify-full".to_owned(), "certificate"),
        ("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem".to_owned(), "/nowhere.pem"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={folder}/names"), "no certificate"),
    ] {
        let outcome = PostgresStore::connect(&url(host, &parameters));
        assert!(!format!("{outcome:?}").contains("secret"));
        assert_error(outcome, "store_unreadable", &[word]);
    }
}
