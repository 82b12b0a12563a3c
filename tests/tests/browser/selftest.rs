//! The harness itself: every kind of fault is caught on a page that has it.

use std::path::{Path, PathBuf};

use crate::harness::{Audit, assert_faultless, audit};

const ALL: &str = "light,dark,narrow,print,noscript,bypass";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/selftest").join(name)
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let shown = ["<script> is a text.".to_owned()];
    let how = Audit { name: "selftest", variants: ALL, texts: &shown, filter: Some("x"), without_axe: false };
    assert_faultless(&audit(&[page("good.html")], &how));
}

#[test]
fn every_fault_is_found() {
    let faulty = [
        ("request.html", "light", "requests: \"https://hostile.invalid/x.png\""),
        ("console.html", "light", "console: \"error: said by the page\""),
        ("console.html", "light", "errors: \"TypeError"),
        ("contrast.html", "light", "axe: color-contrast"),
        ("contrast.html", "light", "pale: \"1.61: too pale, too\""),
        ("dialog.html", "light", "dialogs: \"alert: stop\""),
        ("handler.html", "light", "scripts: a payload ran"),
        ("handler.html", "light", "handlers: \"img onerror\""),
        ("hover.html", "light", "scripts: a payload ran"),
        ("focus.html", "light", "unfocused: "),
        ("overflow.html", "narrow", "overflow: \"964 wide in a window of 360\""),
        ("overflow.html", "light", "missing: \"a text that it lacks\""),
        // a policy that stops the script is heard of, and is not what protects the page
        ("policy.html", "light", "console: \"error: "),
        ("policy.html", "bypass", "scripts: a payload ran"),
    ];
    let lacked = ["a text that it lacks".to_owned()];
    let mut seen = Vec::new();
    for variant in ["light", "narrow", "bypass"] {
        let of = faulty.iter().filter(|(_, of, _)| *of == variant);
        let mut pages: Vec<PathBuf> = of.map(|(name, ..)| page(name)).collect();
        pages.dedup();
        let how = Audit { name: "selftest", variants: variant, texts: &lacked, filter: Some("x"), without_axe: false };
        seen.extend(audit(&pages, &how));
    }
    for (name, variant, fault) in faulty {
        let of = |path: &str| path.ends_with(&format!("/{name}"));
        let seen = seen.iter().find(|seen| of(seen.text("file")) && seen.text("variant") == variant);
        let faults = seen.expect("it was read").faults();
        assert!(faults.iter().any(|found| found.contains(fault)), "{name} {variant}: no `{fault}` in {faults:#?}");
    }
}
