//! Parts of a mail, taken apart as far as those of our own need it.

#![allow(dead_code, reason = "the example and the tests take different parts of it")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The headers of a mail, folded lines put together.
pub fn headers(mail: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(mail);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.into(), v.into())).collect()
}

/// The value of a header.
pub fn header(mail: &[u8], name: &str) -> Option<String> {
    headers(mail).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The body of the first part of this type, decoded.
pub fn part(mail: &[u8], content_type: &str) -> Option<String> {
    let text = String::from_utf8_lossy(mail);
    let (_, after) = text.split_once(&format!("Content-Type: {content_type}"))?;
    let (_, body) = after.split_once("\r\n\r\n")?;
    let (body, _) = body.split_once("\r\n--=_")?;
    Some(quoted_printable(body))
}

/// The HTML with its drawings in it.
pub fn shown(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail);
    let mut html = part(mail, "text/html").unwrap_or_default();
    for image in text.split("Content-ID: <").skip(1) {
        let (Some((cid, _)), Some((_, rest))) = (image.split_once('>'), image.split_once("\r\n\r\n")) else { continue };
        let base64: String = rest.split("\r\n--").next().unwrap_or_default().split_whitespace().collect();
        assert!(STANDARD.decode(&base64).is_ok(), "a drawing is base64");
        html = html.replace(&format!("cid:{cid}"), &format!("data:image/png;base64,{base64}"));
    }
    html
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = match (first, after.get(..2)) {
            (b'=', Some(hex)) => std::str::from_utf8(hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
