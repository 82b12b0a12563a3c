//! Beside a Postfix of its own: STARTTLS, TLS from the beginning, a login. Postfix has to be started by root.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assay_deliver::smtp::Smtp;
use assay_notify::notification::Notification;
use assay_notify::receivers::{Mail, MailTls, Outgoing, Relay, Tried};
use serde_json::json;
use tempfile::TempDir;

use crate::servers::{read, tools};
use crate::{made_up, mail, refused, retried, starttls};

/// Between looking whether something is there.
const A_MOMENT: Duration = Duration::from_millis(50);

struct Postfix {
    process: Child,
    folder: TempDir,
    port: u16,
    tls_port: u16,
}

impl Postfix {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = || TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a port").port();
        let (port, tls_port) = (free(), free());
        let mut command = Command::new(tools().join("mail/postfix.sh"));
        command.arg(folder.path()).args([port.to_string(), tls_port.to_string()]);
        let process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        let mut postfix = Postfix { process, folder, port, tls_port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", tls_port)).is_err() {
            let ended = postfix.process.try_wait().expect("it can be asked");
            let log = std::fs::read_to_string(postfix.folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && started.elapsed() < Duration::from_secs(60), "no Postfix: {ended:?} {log}");
            tokio::time::sleep(A_MOMENT).await;
        }
        postfix
    }

    fn relay(&self) -> Relay {
        starttls(self.port, &self.folder.path().join("ca.pem"), "correct horse")
    }

    /// Mails in a mailbox, as soon as there are so many.
    async fn mails(&self, name: &str, wanted: usize) -> Vec<PathBuf> {
        let started = Instant::now();
        loop {
            let folder = std::fs::read_dir(self.folder.path().join("mail").join(name).join("new"));
            let mut paths: Vec<PathBuf> =
                folder.into_iter().flatten().filter_map(|file| Some(file.ok()?.path())).collect();
            if paths.len() >= wanted {
                paths.sort();
                return paths;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{} of {wanted} mails", paths.len());
            tokio::time::sleep(A_MOMENT).await;
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn postfix_takes_mails_of_those_it_knows_for_those_it_knows() {
    let postfix = Postfix::start().await;
    let smtp = Smtp::default();
    let relay = postfix.relay();
    let receiver = made_up::build(&json!({"to": ["ada@shop.example", "nobody@shop.example", "bob@shop.example"]}));
    let receiver = receiver.expect("it is right");
    let mut answers = Vec::new();
    for target in receiver.targets() {
        let Ok(Outgoing::Mail(mut mail)) = receiver.outgoing(&made_up::three(), &target, 0) else { panic!("no mail") };
        mail.relay = relay.clone();
        answers.push(smtp.send(&mail, &[]).await);
    }
    assert_eq!(answers[0], Tried::Delivered);
    assert!(refused(&answers[1]).contains("refused the recipient: 550 5.1.1"), "{answers:?}");
    assert_eq!(answers[2], Tried::Delivered);
    let full = smtp.send(&mail(&relay, "full@shop.example"), &[]).await;
    assert!(retried(&full).contains("put off the recipient: 452 4.2.2"), "{full:?}");

    let wrong = starttls(postfix.port, &postfix.folder.path().join("ca.pem"), "planted-password");
    let wrong = smtp.send(&mail(&wrong, "ada@shop.example"), &[]).await;
    assert!(retried(&wrong).contains("refused the login: 535"), "{wrong:?}");
    let nobody = Relay { login: None, ..relay.clone() };
    let nobody = smtp.send(&mail(&nobody, "ada@shop.example"), &[]).await;
    assert!(!matches!(nobody, Tried::Delivered), "{nobody:?}");

    let implicit = Relay { tls: MailTls::Implicit, port: postfix.tls_port, ..relay };
    assert_eq!(smtp.send(&mail(&implicit, "bob@shop.example"), &[]).await, Tried::Delivered);

    let kept = [postfix.mails("ada", 1).await, postfix.mails("bob", 2).await].concat();
    assert_eq!(kept.len(), 3);
    let headers = read(&kept[..1])[0]["headers"].to_string();
    assert!(headers.contains("ada@shop.example, nobody@shop.example, bob@shop.example"), "{headers}");
    assert!(headers.contains("using TLSv1.3"), "{headers}");
}

#[tokio::test]
async fn two_hundred_mails_after_an_outage_take_seconds() {
    let postfix = Postfix::start().await;
    let smtp = Smtp::default();
    let relay = postfix.relay();
    let bytes = |n| made_up::mail(&Notification { id: format!("n-{n}"), ..made_up::one() });
    let mails: Vec<Mail> = (0..200).map(|n| Mail { bytes: bytes(n), ..mail(&relay, "ada@shop.example") }).collect();
    let started = Instant::now();
    for mail in &mails {
        assert_eq!(smtp.send(mail, &[]).await, Tried::Delivered);
    }
    let took = started.elapsed();
    println!("200 mails took {took:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    let mails = postfix.mails("ada", 200).await;
    let read = read(&[mails[0].clone(), mails[199].clone()]);
    assert_eq!(read[0]["defects"], json!([]));
}
