//! A conversation with a relay: connected, encrypted, logged in; then one mail after the other.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use assay_notify::receivers::{Mail, MailTls, Relay};
use assay_notify::rules::Network;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Severity;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::{Failure, Step};
use crate::addresses::Addresses;

/// Until somebody answers at one of the relay's addresses.
const CONNECT: Duration = Duration::from_secs(10);
/// For a goodbye, which nobody has to answer.
const GOODBYE: Duration = Duration::from_secs(2);
/// Bytes of a file with certificates, at most.
const MOST_PEM: u64 = 4 << 20;

/// A conversation, ready for a mail.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    mails: u32,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("mails", &self.mails).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects to an address that was looked at, encrypts for the relay's name, logs in. We greet by the domain that mails
    /// come from.
    pub async fn open(relay: &Relay, from: &str, addresses: &Addresses, allow: &[Network]) -> Result<Self, Failure> {
        if relay.tls == MailTls::None && relay.login.is_some() {
            let why = "a login is not sent in clear: choose `tls: starttls` or `tls: implicit`, or no login";
            return Err(Failure::broken(Step::Login, why));
        }
        let name = ClientId::Domain(from.rsplit('@').next().unwrap_or("localhost").to_owned());
        let places = addresses.resolve(&relay.host, relay.port, allow).await?;
        let mut connection = match relay.tls {
            MailTls::None => clear(&places, &name).await?,
            MailTls::Implicit => encrypted(&places, &name, tls(relay).await?).await?,
            MailTls::Starttls => {
                let tls = tls(relay).await?;
                let mut connection = clear(&places, &name).await?;
                if !connection.can_starttls() {
                    let why = "it does not offer STARTTLS, and mails are not sent to it in clear";
                    return Err(Failure::broken(Step::Tls, why));
                }
                connection.starttls(tls, &name).await.map_err(|error| insecure(&error))?;
                connection
            }
        };
        if let Some((user, password)) = &relay.login {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err(Failure::broken(Step::Login, "it offers no login that is understood (PLAIN, LOGIN)"));
            }
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let login = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            login.map_err(|error| Failure::of(Step::Login, &error))?;
        }
        Ok(Session { connection, mails: 0 })
    }

    /// How many mails went this way.
    pub fn mails(&self) -> u32 {
        self.mails
    }

    /// Hands a mail over. After a failure the conversation is at its end.
    pub async fn deliver(&mut self, mail: &Mail) -> Result<(), Failure> {
        let from = address(&mail.from, Step::Sender)?;
        let to = address(&mail.to, Step::Recipient)?;
        let options = self.options(mail)?;
        self.say(Step::Sender, commands::Mail::new(Some(from), options)).await?;
        self.say(Step::Recipient, commands::Rcpt::new(to, Vec::new())).await?;
        self.say(Step::Content, commands::Data).await?;
        let answer = self.connection.command(whole(&mail.bytes)?).await;
        let answer = answer.map_err(|error| Failure::of(Step::Content, &error))?;
        if answer.code().severity != Severity::PositiveCompletion {
            return Err(Failure::broken(Step::Content, format!("it answered {} to a whole mail", answer.code())));
        }
        self.mails += 1;
        Ok(())
    }

    /// Ends it in a friendly way.
    pub async fn end(mut self) {
        let _ = timeout(GOODBYE, self.connection.abort()).await;
    }

    async fn say(&mut self, step: Step, command: impl std::fmt::Display) -> Result<(), Failure> {
        self.connection.command(command).await.map(drop).map_err(|error| Failure::of(step, &error))
    }

    /// What the relay has to be able to: bodies are encoded, so that only an address can need it.
    fn options(&self, mail: &Mail) -> Result<Vec<MailParameter>, Failure> {
        if mail.from.is_ascii() && mail.to.is_ascii() && mail.bytes.is_ascii() {
            return Ok(Vec::new());
        }
        let offers = |extension| self.connection.server_info().supports_feature(extension);
        if !offers(Extension::SmtpUtfEight) || !offers(Extension::EightBitMime) {
            let why = "it does not take addresses with other letters than ASCII (SMTPUTF8)";
            return Err(Failure::forbidden(Step::Recipient, why));
        }
        Ok(vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)])
    }
}

/// A mail as it is sent, its end with it: lines that begin with a dot have another before it (RFC 5321, 4.5.2). It is
/// written at once, because a short end behind a long mail would wait for an acknowledgement of its own.
fn whole(bytes: &[u8]) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::forbidden(Step::Content, "the mail is no text"))?;
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive("\r\n") {
        if line.starts_with('.') {
            out.push('.');
        }
        out.push_str(line);
    }
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out.push_str(".\r\n");
    Ok(out)
}

fn address(text: &str, step: Step) -> Result<Address, Failure> {
    text.parse().map_err(|_| Failure::forbidden(step, format!("`{text}` is no mail address")))
}

/// The first of the addresses at which somebody answers, in clear.
async fn clear(places: &[SocketAddr], name: &ClientId) -> Result<AsyncSmtpConnection, Failure> {
    let stream = connected(places).await?;
    let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(Unhurried(stream)), name).await;
    greeted.map_err(|error| Failure::of(Step::Greeting, &error))
}

/// The first of the addresses at which somebody answers, encrypted from the beginning.
async fn encrypted(places: &[SocketAddr], name: &ClientId, tls: TlsParameters) -> Result<AsyncSmtpConnection, Failure> {
    let connected = AsyncSmtpConnection::connect_tokio1(places, Some(CONNECT), name, Some(tls), None).await;
    connected.map_err(|error| match error.status() {
        Some(_) => Failure::of(Step::Greeting, &error),
        None => insecure(&error),
    })
}

async fn connected(places: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut last = Failure::broken(Step::Greeting, "it has no address");
    for place in places {
        last = match timeout(CONNECT, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => {
                // whoever asks and waits for the answer gains nothing by sending later
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => Failure::broken(Step::Greeting, error.to_string()),
            Err(_) => Failure::broken(Step::Greeting, format!("nobody answered within {} s", CONNECT.as_secs())),
        };
    }
    Err(last)
}

fn insecure(error: &Error) -> Failure {
    Failure::of(Step::Tls, error)
}

/// The system's roots and those of `ca`, for the relay's name: whatever address it has.
async fn tls(relay: &Relay) -> Result<TlsParameters, Failure> {
    let (host, ca) = (relay.host.trim_matches(['[', ']']).trim_end_matches('.').to_owned(), relay.ca.clone());
    let built = tokio::task::spawn_blocking(move || {
        let mut builder = TlsParameters::builder(host);
        if let Some(path) = ca {
            builder = builder.add_root_certificate(certificates(&path)?);
        }
        builder.build().map_err(|error| error.to_string())
    });
    let built = built.await.map_err(|error| Failure::broken(Step::Tls, error.to_string()))?;
    built.map_err(|why| Failure::broken(Step::Tls, why))
}

fn certificates(path: &str) -> Result<Certificate, String> {
    let is_small =
        std::fs::metadata(path).map_err(|error| format!("{path} cannot be read: {error}"))?.len() <= MOST_PEM;
    let pem = if is_small { std::fs::read(path) } else { Err(io::Error::from(io::ErrorKind::FileTooLarge)) };
    let pem = pem.map_err(|error| format!("{path} cannot be read: {error}"))?;
    let begins = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(begins.len()).any(|window| window == begins) {
        return Err(format!("{path} has no certificate in it (PEM)"));
    }
    Certificate::from_pem(&pem).map_err(|_| format!("{path} has a certificate in it that cannot be read"))
}

/// A connection that is read byte by byte. What an attacker puts behind the answer to STARTTLS is then not waiting in a
/// buffer to be taken for what the relay said encrypted, but breaks the handshake. Answers are short: it costs nothing.
#[derive(Debug)]
struct Unhurried(TcpStream);

impl AsyncTokioStream for Unhurried {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for Unhurried {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut byte = [0_u8];
        let mut one = ReadBuf::new(&mut byte);
        std::task::ready!(Pin::new(&mut self.0).poll_read(cx, &mut one))?;
        buf.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Unhurried {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
