//! What an answer may not repeat. A server that refuses a request often says all of it, the token in its URL and headers
//! too; what it says is kept with the message, logged and shown. An answer with any secret in it is not quoted at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use assay_core::secret::Secret;

use super::{Answer, Mail, Outgoing, Request, Tried};

/// Parts of URLs and headers that are shorter say nothing by themselves: `v2`, `hooks`.
const SHORTEST: usize = 8;
/// Headers whose values anybody may know.
const OPEN: &[&str] = &["webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key"];

/// Texts that nobody is to read in an answer.
pub(super) struct Unspoken(Vec<String>);

impl Unspoken {
    /// What is secret of something that is sent; `inside` are secrets of its body.
    pub fn of(outgoing: &Outgoing, inside: &[&Secret]) -> Self {
        let mut texts: Vec<String> = inside.iter().map(|secret| secret.expose().to_owned()).collect();
        match outgoing {
            Outgoing::Http(request) => http(request, &mut texts),
            Outgoing::Mail(mail) => login(mail, &mut texts),
        }
        texts.retain(|text| !text.is_empty());
        Unspoken(texts)
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// The answer; without its words where a secret is among them.
    pub fn answer(&self, answer: Answer) -> Answer {
        if self.is_in(&answer.body) { Answer { body: String::new(), ..answer } } else { answer }
    }

    /// What came of it, likewise.
    pub fn tried(&self, tried: Tried) -> Tried {
        let clean = |error: String| match self.is_in(&error) {
            true => "it was refused; what was said is not shown, because it repeats a secret".to_owned(),
            false => error,
        };
        match tried {
            Tried::Delivered => Tried::Delivered,
            Tried::Retry { error, after } => Tried::Retry { error: clean(error), after },
            Tried::Permanent { error } => Tried::Permanent { error: clean(error) },
            Tried::Gone { error } => Tried::Gone { error: clean(error) },
        }
    }
}

fn http(request: &Request, texts: &mut Vec<String>) {
    let url = request.url.expose();
    // the host may be told; what comes after it may be a token
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    let parts = path.split(['/', '?', '&', '=', ';', '#']).filter(|part| part.len() >= SHORTEST);
    texts.extend(parts.map(str::to_owned));
    for (_, value) in request.headers.iter().filter(|(name, _)| !OPEN.contains(&name.as_ref())) {
        for word in value.expose().split_ascii_whitespace().filter(|word| word.len() >= SHORTEST) {
            let plain = STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let password = plain.as_deref().and_then(|plain| plain.split_once(':'));
            texts.extend(password.map(|(_, password)| password.to_owned()));
            texts.push(word.to_owned());
        }
    }
}

/// The password, and the forms in which it is said.
fn login(mail: &Mail, texts: &mut Vec<String>) {
    let Some((user, password)) = &mail.relay.login else { return };
    let password = password.expose();
    texts.push(password.to_owned());
    texts.push(STANDARD.encode(password));
    texts.push(STANDARD.encode(format!("\0{user}\0{password}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &[(&'static str, &str)]) -> Outgoing {
        Outgoing::Http(Request {
            url: Secret::new(url),
            headers: headers.iter().map(|(name, value)| ((*name).into(), Secret::new(*value))).collect(),
            body: Vec::new(),
            content_type: "application/json",
            ca: None,
        })
    }

    fn said(outgoing: &Outgoing, body: &str) -> String {
        let answer = Answer { status: 400, retry_after: None, body: body.to_owned() };
        Unspoken::of(outgoing, &[&Secret::new("0f1e2d3c4b5a")]).answer(answer).body
    }

    #[test]
    fn an_answer_that_repeats_a_secret_is_not_quoted() {
        let basic = STANDARD.encode("ada:correct horse");
        let outgoing = request(
            "https://hooks.example.com/services/T0AAAAAAA/secret-token?sig=signature-of-it",
            &[("authorization", &format!("Basic {basic}")), ("x-key", "key-of-header"), ("webhook-id", "n-1234567890")],
        );
        for secret in
            ["secret-token", "signature-of-it", "T0AAAAAAA", &basic, "correct horse", "key-of-header", "0f1e2d3c4b5a"]
        {
            assert_eq!(said(&outgoing, &format!("no such thing: {secret}")), "", "{secret}");
        }
        assert_eq!(
            said(&outgoing, "hooks.example.com: unknown id n-1234567890"),
            "hooks.example.com: unknown id n-1234567890"
        );
        assert_eq!(said(&request("https://hooks.example.com", &[]), "invalid_payload"), "invalid_payload");
    }

    #[test]
    fn an_error_that_repeats_a_secret_says_so_instead() {
        let unspoken = Unspoken(vec!["secret-token".into()]);
        let told = |error: &str| unspoken.tried(Tried::Retry { error: error.into(), after: Some(5) });
        assert!(matches!(told("no secret-token"), Tried::Retry { error, after: Some(5) } if !error.contains("token")));
        assert_eq!(told("no answer"), Tried::Retry { error: "no answer".into(), after: Some(5) });
    }
}
