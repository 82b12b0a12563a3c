//! Has pages read by the browser (`tests/browser/audit.mjs`) and says what is wrong with them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

/// How pages are read.
#[derive(Default)]
pub struct Audit<'a> {
    /// The folder for its screenshots, below [`shots`].
    pub name: &'a str,
    /// Names of variants, with commas between them.
    pub variants: &'a str,
    /// Texts that every page has to show.
    pub texts: &'a [String],
    /// Typed into the search field; every button is used then, too.
    pub filter: Option<&'a str>,
    /// Leave the rules of accessibility out: of very large pages.
    pub without_axe: bool,
}

/// Browsers run beside each other, but for one whose speed is measured.
static TURN: RwLock<()> = RwLock::new(());

/// What the browser saw of one page in one variant.
#[derive(Debug)]
pub struct Seen(pub Value);

/// Where screenshots and printed pages are left.
pub fn shots() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser")
}

/// Every page in every variant, page by page.
pub fn audit(pages: &[PathBuf], how: &Audit<'_>) -> Vec<Seen> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let texts = folder.path().join("texts.json");
    std::fs::write(&texts, serde_json::to_vec(how.texts).expect("JSON")).expect("writes");
    let mut node = node();
    node.args(["--variants", how.variants]).arg("--shots").arg(shots().join(how.name)).arg("--texts").arg(&texts);
    node.args(how.filter.map(|text| format!("--filter={text}")));
    node.args(how.without_axe.then_some("--no-axe"));
    let _turn = TURN.read().unwrap_or_else(PoisonError::into_inner);
    read(node.arg("--").args(pages))
}

/// How fast a page is.
pub fn measure(page: &Path, filter: &str) -> Value {
    let _turn = TURN.write().unwrap_or_else(PoisonError::into_inner);
    let seen = read(node().arg("--perf").args(["--filter", filter]).arg("--").arg(page));
    seen.into_iter().next().expect("a page").0
}

fn node() -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/audit.mjs");
    let mut node = Command::new("node");
    node.arg(script).args(["--seconds", "300"]);
    node
}

fn read(node: &mut Command) -> Vec<Seen> {
    let output = run(node, "nodejs npm");
    let Value::Array(seen) = serde_json::from_slice(&output.stdout).expect("audit.mjs prints JSON") else {
        panic!("audit.mjs prints a list");
    };
    seen.into_iter().map(Seen).collect()
}

/// What a program of these Debian packages says; one that is missing or fails ends the test.
pub fn run(command: &mut Command, packages: &str) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|why| {
        panic!("{program} does not start ({why}); type: apt-get install --no-install-recommends {packages}")
    });
    assert!(output.status.success(), "{program}: {}{}", output.status, String::from_utf8_lossy(&output.stderr));
    output
}

impl Seen {
    /// Everything that a page must not do, ask for or contain, in words.
    pub fn faults(&self) -> Vec<String> {
        let heard = ["console", "errors", "requests", "dialogs", "popups", "pale", "overflow", "unfocused", "missing"];
        let held = ["handlers", "duplicateIds", "brokenLinks"];
        let mut faults = Vec::new();
        for (name, at) in heard.map(|name| (name, name.to_owned())) {
            faults.extend(self.list(&at).iter().map(|what| format!("{name}: {what}")));
        }
        let foreign = self.list("facts/urls").iter().filter(|url| !url.as_str().is_some_and(is_ours));
        faults.extend(foreign.map(|url| format!("address: {url}")));
        for facts in ["facts", "factsUsed"] {
            for name in held {
                faults.extend(self.list(&format!("{facts}/{name}")).iter().map(|what| format!("{name}: {what}")));
            }
        }
        if self.at("pwned") != Some(&Value::Bool(false)) {
            faults.push("scripts: a payload ran".to_owned());
        }
        faults.extend(self.list("axe").iter().map(|found| {
            let text = |key: &str| found[key].as_str().unwrap_or_default();
            format!("axe: {} ({} places): {}, as in {}", text("id"), found["count"], text("help"), found["nodes"][0])
        }));
        faults.sort();
        faults.dedup();
        let head = format!("{} {}", self.text("file"), self.text("variant"));
        faults.into_iter().map(|fault| format!("{head}: {fault}")).collect()
    }

    /// The value at a path of names.
    pub fn at(&self, path: &str) -> Option<&Value> {
        self.0.pointer(&format!("/{path}"))
    }

    /// A list; none where there is no such value.
    pub fn list(&self, path: &str) -> &[Value] {
        self.at(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A text; empty where there is none.
    pub fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// How many elements of a kind the page has.
    pub fn elements(&self, facts: &str, kind: &str) -> u64 {
        self.at(&format!("{facts}/elements/{kind}")).and_then(Value::as_u64).unwrap_or(0)
    }
}

/// Of a link within the report, or of the icon that keeps browsers from asking for one: `a href=tables/x.html`.
fn is_ours(url: &str) -> bool {
    let target = url.strip_prefix("a href=").unwrap_or("://");
    let is_relative = !target.contains(':') && !target.starts_with(['/', '\\']) && target.contains(".html");
    is_relative || url == "link href=data:,"
}

/// Fails with all that is wrong.
pub fn assert_faultless(seen: &[Seen]) {
    let faults: Vec<String> = seen.iter().flat_map(Seen::faults).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
