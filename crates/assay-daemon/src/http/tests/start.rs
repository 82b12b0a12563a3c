//! What keeps the server from starting.

use assay_core::ops::Ops;
use assay_core::ops::settings::{ServerSettings, Tls};
use assay_core::ops::tokens::Scope;
use tokio_util::sync::CancellationToken;

use super::support::{Served, options};
use super::tls;
use crate::http::tokens::new_token;
use crate::http::{ServeError, serve};
use crate::testing::{Fixture, ProjectOf};

fn listening(listen: &str, tls: Option<Tls>, tokens_file: Option<String>) -> Fixture {
    let server = ServerSettings { listen: listen.into(), tls, tokens_file, ..ServerSettings::default() };
    Fixture::with(ProjectOf { server, ..ProjectOf::default() })
}

async fn error(fixture: &Fixture) -> ServeError {
    match serve(fixture.daemon.clone(), options(), CancellationToken::new()).await {
        Ok(server) => panic!("it listens on {}", server.address),
        Err(error) => error,
    }
}

#[tokio::test]
async fn an_address_for_others_needs_encryption_and_a_valid_token() {
    let files = tls::certificate();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let fixture = listening(listen, None, None);
        fixture.token("a", Scope::Admin);
        let refused = error(&fixture).await;
        assert!(matches!(refused, ServeError::NoTls(_)), "{refused}");
        assert!(refused.to_string().contains("--insecure"));
        let fixture = listening(listen, Some(files.tls.clone()), None);
        assert!(matches!(error(&fixture).await, ServeError::NoToken(_)));
        let (_, token) = fixture.token_until("revoked", Scope::Admin, None);
        fixture.store.revoke_token(&token.id, token.created_at).unwrap();
        assert!(matches!(error(&fixture).await, ServeError::NoToken(_)));
        fixture.token("a", Scope::Read);
        Served::new(fixture).await;
    }
}

#[tokio::test]
async fn insecure_says_that_it_is_known() {
    let mut options = options();
    options.insecure = true;
    let served = Served::with(listening("0.0.0.0:0", None, None), options).await;
    let port = served.address.port();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = served.request("GET", "/api/v1/runs", &[("Host", "10.0.0.7:8642")], b"");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &request).await.unwrap();
    assert_eq!(super::support::read(&mut stream).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_port_that_is_taken_and_an_address_that_is_none_are_told() {
    let served = Served::new(Fixture::new(vec![])).await;
    let taken = error(&listening(&served.address.to_string(), None, None)).await;
    assert!(matches!(taken, ServeError::Bind { .. }) && taken.to_string().contains(&served.address.to_string()));
    for bad in ["", "127.0.0.1", "127.0.0.1:99999", "no such host:80"] {
        let refused = error(&listening(bad, None, None)).await;
        assert!(matches!(refused, ServeError::Address { .. }), "{refused}");
    }
}

#[tokio::test]
async fn tokens_of_the_file_are_added_once_and_stay_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    let (text, token) = new_token("x", &[Scope::Read], None, 0).unwrap();
    std::fs::write(&path, format!("# tokens\n{text} read\n")).unwrap();
    let file = Some(path.display().to_string());
    let fixture = listening("127.0.0.1:0", None, file.clone());
    let served = Served::new(fixture).await;
    let known = served.get("/metrics", &text).await;
    assert_eq!(known.status, 200, "{}", known.text());
    assert_eq!(served.send("GET", "/metrics", &[], b"").await.status, 401);
    let store = served.fixture.store.clone();
    store.revoke_token(&token.id, served.fixture.daemon.now()).unwrap();
    serve(served.fixture.daemon.clone(), options(), CancellationToken::new()).await.unwrap();
    let tokens = store.tokens().unwrap();
    assert!(tokens.len() == 1 && tokens[0].revoked_at.is_some());
    std::fs::write(&path, format!("{text}\nhunter2\n")).unwrap();
    let bad = error(&listening("127.0.0.1:0", None, file)).await.to_string();
    assert!(bad.contains("line 2") && !bad.contains("hunter2"), "{bad}");
    let missing = error(&listening("127.0.0.1:0", None, Some("/nowhere/tokens".into()))).await;
    assert!(matches!(missing, ServeError::TokensFile { .. }));
}
