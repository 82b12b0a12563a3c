//! Paths as URIs.

use std::fmt::Write;

use serde_json::{Value, json};

/// Where a file is: relative to the root of the sources, or as a whole where its path is absolute.
pub(super) fn artifact(path: &str) -> Value {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path[1..].starts_with(":/");
    if drive {
        return json!({ "uri": format!("file:///{}:{}", &path[..1], encoded(&path[2..])) });
    }
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{}", encoded(&path)) });
    }
    let path = path.trim_start_matches("./");
    json!({ "uri": encoded(path), "uriBaseId": "%SRCROOT%" })
}

/// Percent-encoded but for what a path may hold as it is (RFC 3986, unreserved characters and slashes).
pub(super) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let uri = |path| artifact(path)["uri"].as_str().map(str::to_owned).unwrap_or_default();
        assert_eq!(uri("checks/silver/a b#?.yaml"), "checks/silver/a%20b%23%3F.yaml");
        assert_eq!(uri("./x:y/é.yaml"), "x%3Ay/%C3%A9.yaml");
        assert_eq!(uri("/srv/a b.yaml"), "file:///srv/a%20b.yaml");
        assert_eq!(uri(r"C:\checks\a.yaml"), "file:///C:/checks/a.yaml");
        assert_eq!(artifact("a.yaml")["uriBaseId"], "%SRCROOT%");
        assert_eq!(artifact("/a.yaml").get("uriBaseId"), None);
    }
}
