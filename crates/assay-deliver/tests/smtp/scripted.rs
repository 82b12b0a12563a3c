//! A relay that says what a test wants: each answer of the module's table, and what no relay should say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_core::secret::Secret;
use assay_deliver::smtp::Smtp;
use assay_notify::receivers::{MailTls, Relay, Tried};
use assay_notify::rules::Network;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{clear, mail, refused, retried, send};

/// Answers by the beginning of what they answer; `GREETING` and `.` too. An empty answer ends the connection, `...` is
/// never given, and after `\u{4}` the connection ends.
type Script = &'static [(&'static str, &'static str)];

const USUAL: Script = &[
    ("GREETING", "220 here\r\n"),
    ("EHLO", "250 here\r\n"),
    ("MAIL", "250 ok\r\n"),
    ("RCPT", "250 ok\r\n"),
    ("DATA", "354 go on\r\n"),
    (".", "250 kept\r\n"),
    ("QUIT", "221 bye\r\n"),
];

/// A relay that answers by a script, else as usual, to everybody who comes; and where it is.
async fn relay(script: Script) -> Relay {
    counted(script).await.0
}

/// The same, and how many came.
async fn counted(script: Script) -> (Relay, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(talk(BufReader::new(stream), script));
        }
    });
    (clear(port), calls)
}

async fn talk(mut stream: BufReader<TcpStream>, script: Script) {
    let mut in_mail = false;
    let mut line = "GREETING".to_owned();
    loop {
        if !in_mail || line.trim_end() == "." {
            in_mail = line.starts_with("DATA");
            let answer = script.iter().chain(USUAL).find(|(begin, _)| line.starts_with(begin));
            match answer.map_or("500 what?\r\n", |(_, answer)| answer) {
                "" => break,
                "..." => std::future::pending().await,
                answer => {
                    let said = answer.trim_end_matches('\u{4}');
                    stream.write_all(said.as_bytes()).await.expect("it listens");
                    if said != answer {
                        break;
                    }
                }
            }
        }
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            break;
        }
    }
}

async fn tried(script: Script) -> Tried {
    send(&mail(&relay(script).await, "ada@shop.example")).await
}

#[tokio::test]
async fn a_mail_that_is_taken_has_arrived() {
    assert_eq!(tried(&[]).await, Tried::Delivered);
}

#[tokio::test]
async fn whatever_is_put_off_is_tried_again() {
    let scripts: [(Script, &str); 6] = [
        (&[("GREETING", "421 too busy\r\n")], "put off the connection: 421 too busy"),
        (&[("EHLO", "450 not now\r\n")], "put off the connection: 450 not now"),
        (&[("MAIL", "451 4.3.0 later\r\n")], "put off the sender: 451 4.3.0 later"),
        (&[("RCPT", "452 4.2.2 full\r\n")], "put off the recipient: 452 4.2.2 full"),
        (&[("DATA", "451 4.3.0 later\r\n")], "put off the mail: 451 4.3.0 later"),
        (&[(".", "451-4.7.1 grey\r\n451 4.7.1 list\r\n")], "put off the mail: 451 4.7.1 grey list"),
    ];
    for (script, said) in scripts {
        let tried = tried(script).await;
        assert!(retried(&tried).ends_with(said), "{tried:?}, not {said}");
    }
}

#[tokio::test]
async fn what_is_refused_is_permanent_only_where_it_is_about_this_mail() {
    let about_the_relay: [(Script, &str); 4] = [
        (&[("GREETING", "554 5.7.1 go away\r\n")], "refused the connection: 554 5.7.1 go away"),
        (&[("EHLO", "550 who?\r\n")], "refused the connection: 550 who?"),
        (&[("MAIL", "530 5.7.0 log in\r\n")], "refused the sender: 530 5.7.0 log in"),
        (&[("RCPT", "535 5.7.8 log in\r\n")], "refused the recipient: 535 5.7.8 log in"),
    ];
    for (script, said) in about_the_relay {
        let tried = tried(script).await;
        assert!(retried(&tried).ends_with(said), "{tried:?}, not {said}");
    }
    let about_the_mail: [(Script, &str); 4] = [
        (&[("MAIL", "550 5.1.8 no such sender\r\n")], "refused the sender: 550 5.1.8 no such sender"),
        (&[("RCPT", "550 5.1.1 no such user\r\n")], "refused the recipient: 550 5.1.1 no such user"),
        (&[("DATA", "554 5.7.1 no\r\n")], "refused the mail: 554 5.7.1 no"),
        (&[(".", "552 5.3.4 too large\r\n")], "refused the mail: 552 5.3.4 too large"),
    ];
    for (script, said) in about_the_mail {
        let tried = tried(script).await;
        assert!(refused(&tried).ends_with(said), "{tried:?}, not {said}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_and_an_answer_that_is_none_are_tried_again() {
    let scripts: [Script; 9] = [
        &[("GREETING", "")],
        &[("EHLO", "")],
        &[("MAIL", "")],
        &[("RCPT", "")],
        &[("DATA", "")],
        &[(".", "")],
        &[("GREETING", "HTTP/1.1 400 Bad Request\r\n")],
        &[("RCPT", "\u{0}\u{1}\r\n")],
        &[(".", "354 more\r\n")],
    ];
    for script in scripts {
        let tried = tried(script).await;
        assert!(retried(&tried).starts_with("127.0.0.1:"), "{script:?}: {tried:?}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let long: &'static str = Box::leak(format!("550 {}\r\n", "a".repeat(900)).into_boxed_str());
    let script: Script = Box::leak(Box::new([("RCPT", long)]));
    let tried = tried(script).await;
    assert!(refused(&tried).len() < 300, "{tried:?}");
}

#[tokio::test]
async fn a_relay_that_says_nothing_is_given_up_in_time() {
    for script in [&[("GREETING", "...")], &[("RCPT", "...")], &[(".", "...")]] {
        let mail = mail(&relay(script).await, "ada@shop.example");
        let tried = Smtp::default().send_within(&mail, &[], Duration::from_millis(300)).await;
        assert!(retried(&tried).ends_with("it was not done within 0.3 s"), "{tried:?}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said_in_clear() {
    let mut relay = relay(&[("MAIL", "250 it was said\r\n")]).await;
    relay.tls = MailTls::Starttls;
    let tried = send(&mail(&relay, "ada@shop.example")).await;
    assert!(retried(&tried).contains("does not offer STARTTLS"), "{tried:?}");
}

#[tokio::test]
async fn what_stands_behind_the_answer_to_starttls_is_not_taken_for_encrypted() {
    let mut relay = relay(&[
        ("EHLO", "250-here\r\n250 STARTTLS\r\n"),
        ("STARTTLS", "220 go on\r\n250-here\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 kept\r\n"),
    ])
    .await;
    relay.tls = MailTls::Starttls;
    relay.login = Some(("assay".into(), Secret::new("correct horse")));
    let tried = send(&mail(&relay, "ada@shop.example")).await;
    assert!(retried(&tried).contains("no encrypted connection"), "{tried:?}");
}

#[tokio::test]
async fn a_login_is_never_sent_in_clear() {
    let mut relay = relay(&[("EHLO", "250-here\r\n250 AUTH PLAIN LOGIN\r\n"), ("AUTH", "235 in\r\n")]).await;
    relay.login = Some(("assay".into(), Secret::new("correct horse")));
    let tried = send(&mail(&relay, "ada@shop.example")).await;
    assert!(retried(&tried).contains("a login is not sent in clear"), "{tried:?}");
}

#[tokio::test]
async fn addresses_that_may_not_be_called_are_not() {
    let mut relay = relay(&[]).await;
    relay.allow_private = Vec::new();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "::ffff:127.0.0.1"] {
        relay.host = host.into();
        let tried = send(&mail(&relay, "ada@shop.example")).await;
        let error = retried(&tried);
        assert!(error.contains("may not be called") || error.contains("cannot be resolved"), "{host}: {error}");
    }
    relay.host = "127.0.0.1".into();
    assert_eq!(Smtp::default().send(&mail(&relay, "ada@shop.example"), &crate::loopback()).await, Tried::Delivered);
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let tried = send(&mail(&clear(port), "ada@shop.example")).await;
    assert!(retried(&tried).contains("refused"), "{tried:?}");
}

#[tokio::test]
async fn a_relay_that_was_tired_of_waiting_is_called_again() {
    let (relay, calls) = counted(&[(".", "250 kept\r\n\u{4}")]).await;
    let smtp = Smtp::default();
    for to in ["ada@shop.example", "bob@shop.example", "eve@shop.example"] {
        assert_eq!(smtp.send(&mail(&relay, to), &[]).await, Tried::Delivered);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn mails_in_a_row_go_over_one_connection() {
    let (relay, calls) = counted(&[]).await;
    let smtp = Smtp::default();
    for n in 0..60 {
        assert_eq!(smtp.send(&mail(&relay, &format!("ada+{n}@shop.example")), &[]).await, Tried::Delivered);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2, "50 mails, then another 10");
    let mut other = relay.clone();
    other.allow_private.push(Network { address: [10, 0, 0, 0].into(), bits: 8 });
    assert_eq!(smtp.send(&mail(&other, "ada@shop.example"), &[]).await, Tried::Delivered);
    assert_eq!(calls.load(Ordering::SeqCst), 3, "other settings, another connection");
}

#[tokio::test]
async fn after_a_refusal_the_next_mail_has_a_connection_of_its_own() {
    let (relay, calls) = counted(&[("RCPT TO:<bad@", "550 5.1.1 no such user\r\n")]).await;
    let smtp = Smtp::default();
    for (to, arrives) in [("ada@shop.example", true), ("bad@shop.example", false), ("bob@shop.example", true)] {
        assert_eq!(smtp.send(&mail(&relay, to), &[]).await == Tried::Delivered, arrives, "{to}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
