//! Beside aiosmtpd: what becomes of each recipient, and of letters that not every relay knows.

use assay_deliver::smtp::Smtp;
use assay_notify::receivers::{MailTls, Outgoing, Tried};
use serde_json::json;

use crate::servers::{PythonRelay, read};
use crate::{clear, made_up, mail, refused, retried, send, starttls};

#[tokio::test]
async fn each_recipient_has_an_answer_of_their_own() {
    let relay = PythonRelay::start(&[]);
    let smtp = Smtp::default();
    let mut answers = Vec::new();
    for who in ["ada", "rcpt-550", "rcpt-451", "data-552", "data-451", "drop-rcpt", "bob"] {
        let mail = mail(&clear(relay.port), &format!("{who}@shop.example"));
        answers.push(smtp.send(&mail, &[]).await);
    }
    assert_eq!(answers[0], Tried::Delivered);
    assert!(refused(&answers[1]).ends_with("refused the recipient: 550 5.1.1 said of rcpt-550@shop.example"));
    assert!(retried(&answers[2]).ends_with("put off the recipient: 451 4.3.2 said of rcpt-451@shop.example"));
    assert!(refused(&answers[3]).contains("refused the mail: 552 5.3.4"));
    assert!(retried(&answers[4]).contains("put off the mail: 451 4.3.4"));
    retried(&answers[5]);
    assert_eq!(answers[6], Tried::Delivered);
    assert_eq!(relay.mails().len(), 2, "ada's and bob's");
}

#[tokio::test]
async fn what_was_put_off_arrives_the_next_time_and_what_was_not_acknowledged_arrives_twice() {
    let relay = PythonRelay::start(&[]);
    let once = mail(&clear(relay.port), "once-450@shop.example");
    retried(&send(&once).await);
    assert_eq!(send(&once).await, Tried::Delivered);
    let dropped = mail(&clear(relay.port), "drop-data@shop.example");
    retried(&send(&dropped).await);
    retried(&send(&dropped).await);
    let mails = relay.mails();
    assert_eq!(mails.len(), 3);
    let bytes = |at: usize| std::fs::read(&mails[at]).expect("a mail");
    assert_eq!(bytes(1), bytes(2), "the same mail, under the same Message-ID");
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let relay = PythonRelay::start(&[]);
    let mail = mail(&clear(relay.port), "ada@shop.example");
    assert_eq!(send(&mail).await, Tried::Delivered);
    let kept = std::fs::read(&relay.mails()[0]).expect("a mail");
    let head = "X-Envelope: assay@shop.example ada@shop.example\r\n";
    assert_eq!(kept, [head.as_bytes(), &mail.bytes].concat(), "dots at the beginning of a line, too");
}

#[tokio::test]
async fn starttls_checks_the_name_and_the_root() {
    let relay = PythonRelay::start(&["--tls", "--login", "assay", "correct horse"]);
    let ca = relay.folder.path().join("ca.pem");
    let right = starttls(relay.port, &ca, "correct horse");
    assert_eq!(send(&mail(&right, "ada@shop.example")).await, Tried::Delivered);

    let mut unknown_root = right.clone();
    unknown_root.ca = None;
    let tried = send(&mail(&unknown_root, "ada@shop.example")).await;
    assert!(retried(&tried).contains("no encrypted connection: invalid peer certificate"), "{tried:?}");

    let mut other_name = right.clone();
    other_name.host = "127.0.0.2".into();
    let tried = send(&mail(&other_name, "ada@shop.example")).await;
    retried(&tried);

    let mut no_root = right.clone();
    no_root.ca = Some(relay.folder.path().join("key.pem").display().to_string());
    let tried = send(&mail(&no_root, "ada@shop.example")).await;
    assert!(retried(&tried).contains("has no certificate in it"), "{tried:?}");

    let mut implicit = right;
    implicit.tls = MailTls::Implicit;
    let tried = send(&mail(&implicit, "ada@shop.example")).await;
    assert!(retried(&tried).contains("no encrypted connection"), "{tried:?}");
    assert_eq!(relay.mails().len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_and_is_not_told() {
    let relay = PythonRelay::start(&["--tls", "--login", "assay", "correct horse"]);
    let ca = relay.folder.path().join("ca.pem");
    let tried = send(&mail(&starttls(relay.port, &ca, "planted-password"), "ada@shop.example")).await;
    assert!(retried(&tried).contains("refused the login: 535"), "{tried:?}");
    assert!(!format!("{tried:?}").contains("planted"), "{tried:?}");
}

#[tokio::test]
async fn other_letters_need_a_relay_that_knows_them() {
    let receiver =
        made_up::build(&json!({"to": ["jürgen@bücher.example", "ada@bücher.example"]})).expect("it is right");
    let targets = receiver.targets();
    assert_eq!(targets, ["jürgen@xn--bcher-kva.example", "ada@xn--bcher-kva.example"]);
    let outgoing = |target: &str, port| match receiver.outgoing(&made_up::one(), target, 0) {
        Ok(Outgoing::Mail(mut mail)) => {
            mail.relay = clear(port);
            *mail
        }
        other => panic!("no mail: {other:?}"),
    };
    let knows = PythonRelay::start(&[]);
    let does_not = PythonRelay::start(&["--ascii"]);
    for target in &targets {
        assert_eq!(send(&outgoing(target, knows.port)).await, Tried::Delivered, "{target}");
    }
    let tried = send(&outgoing(&targets[0], does_not.port)).await;
    assert!(refused(&tried).contains("SMTPUTF8"), "{tried:?}");
    assert_eq!(send(&outgoing(&targets[1], does_not.port)).await, Tried::Delivered);
    let mails = read(&[knows.mails(), does_not.mails()].concat());
    let to = |mail: &serde_json::Value| mail["headers"].to_string().contains("jürgen@");
    assert_eq!(mails.iter().map(to).collect::<Vec<_>>(), [true, false, false], "an ASCII mail stays one");
    for mail in &mails[1..] {
        assert_eq!(mail["defects"], json!([]));
    }
}
