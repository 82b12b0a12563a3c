//! The rules of a project: the files of their folder, the connections of assay.yaml and the secrets that they name.

use std::collections::BTreeMap;
use std::path::Path;

use assay_contract::{Environment, MAX_BYTES, Project as Settings, Sources, fill_secret, rules_document};
use assay_core::connection::{Connection, Relay};
use assay_core::contract::Files;
use assay_core::node::Node;
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use assay_core::suggest::did_you_mean;
use assay_notify::receivers::Building;
use assay_notify::rules::Rules;
use assay_notify::rules::read::{self as reader, Reading};
use assay_report::FileProblem;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::load::{self, Problems};
use crate::{clock, disk, named};

/// What the rules' folder has.
pub(crate) struct RulesRead {
    /// The rules; without any where something is wrong.
    pub rules: Rules,
    /// What is wrong.
    pub problems: Problems,
    /// What is allowed but probably not meant, in assay.yaml, too.
    pub warnings: Vec<FileProblem>,
    /// The same, as people read it.
    pub warned: String,
    /// How many files there are.
    pub n_files: usize,
    /// Over all that the rules were made of, secrets too.
    made_of: Sha256,
}

impl RulesRead {
    /// Adds what was read to a digest.
    pub fn digest(&self, digest: &mut Sha256) {
        digest.update(self.made_of.clone().finalize());
    }
}

/// Reads all rules of a project; one without a folder of rules has none. `files` are those that secrets name.
pub(crate) fn read(
    root: &Path,
    settings: &Settings,
    vars: &BTreeMap<String, String>,
    files: &dyn Files,
) -> Result<RulesRead, Failure> {
    let mut gathered = Gathered { made_of: of_connections(settings), ..Gathered::default() };
    let found = load::rules_at(root, settings)?;
    for file in &found {
        gathered.file(file);
    }
    let Gathered { nodes, mut sources, problems: of_files, mut broken, mut made_of } = gathered;

    let env = |name: &str| std::env::var(name).ok();
    let environment =
        Environment { project: settings, root: Some(root), vars, env: &env, files, planned: clock::now() };
    let secret = |reference: &Reference, at: Span| -> Result<Secret, Problem> {
        fill_secret(reference, at, &environment, &sources)
    };
    let relay = |name: &str, at: Span| relay_of(settings, name, at);
    let place = |span: Span| sources.place(span);
    let building = Building { secret: &secret, relay: &relay };
    let reading = Reading {
        timezone: settings.timezone.parse().unwrap_or(Tz::UTC),
        public_url: settings.server.public_url.as_deref(),
        place: &place,
        building: &building,
    };
    let read = reader::read(&nodes, &reading);
    let problems: Vec<Problem> = of_files.into_iter().chain(read.problems).collect();
    read.secrets.into_iter().for_each(|span| sources.hide(span));
    if !problems.is_empty() {
        broken.add_all(&problems, &sources);
    }
    let rules = read.rules.filter(|_| problems.is_empty()).unwrap_or_default();
    for destination in rules.receivers.values() {
        made_of.update(&destination.fingerprint);
    }
    let mut warned = assay_contract::render_as("warning", &read.warnings, &sources);
    let mut warnings = load::file_problems(&read.warnings, &sources);
    for (at, Problem { message, hint, .. }) in &settings.warnings {
        let warning = FileProblem { at: Some(at.clone()), message: message.clone(), hint: hint.clone() };
        warned.push_str(&named::shown_as("warning", &warning));
        warnings.push(warning);
    }
    Ok(RulesRead { rules, problems: broken, warnings, warned, n_files: found.len(), made_of })
}

/// Files as they are read.
#[derive(Default)]
struct Gathered {
    nodes: Vec<Node>,
    sources: Sources,
    problems: Vec<Problem>,
    /// Files that could not be read at all.
    broken: Problems,
    made_of: Sha256,
}

impl Gathered {
    fn file(&mut self, file: &load::ContractFile) {
        let bytes = match disk::read(&file.path, MAX_BYTES as u64) {
            Ok(bytes) => bytes,
            Err(why) => return self.broken.add_file(format!("cannot read `{}`: {why}", file.shown)),
        };
        for part in [file.shown.as_bytes(), &bytes] {
            self.made_of.update((part.len() as u64).to_le_bytes());
            self.made_of.update(part);
        }
        let (node, problems) = rules_document(&file.shown, &bytes, &mut self.sources);
        self.nodes.extend(node);
        self.problems.extend(problems);
    }
}

/// What rules take of assay.yaml: a password that is another one is to be taken up.
fn of_connections(settings: &Settings) -> Sha256 {
    let mut made_of = Sha256::new();
    for (name, Connection::Smtp { relay, from }) in &settings.connections {
        made_of.update(format!("{name:?} {relay:?} {from:?}"));
        let password = relay.login.as_ref().map(|(_, password)| password.expose());
        made_of.update(password.map_or(u64::MAX, |password| password.len() as u64).to_le_bytes());
        made_of.update(password.unwrap_or_default());
    }
    made_of
}

/// The mail relay of a connection; without a name the only one.
fn relay_of(settings: &Settings, name: &str, at: Span) -> Result<(Relay, String), Problem> {
    let names: Vec<&str> = settings.connections.keys().map(String::as_str).collect();
    let found = match (name, &names[..]) {
        ("", [only]) => settings.connections.get(*only),
        ("", []) => None,
        ("", several) => {
            let problem = Problem::at(at, "`connection` is missing, and assay.yaml has several");
            return Err(problem.hint(format!("name one of {}", several.join(", "))));
        }
        (name, _) => settings.connections.get(name),
    };
    let Some(Connection::Smtp { relay, from }) = found else {
        let (message, name) = match name {
            "" => ("assay.yaml has no connection that takes mails".to_string(), "mail"),
            name => (format!("assay.yaml has no connection `{name}`"), name),
        };
        let hint = did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
            format!("add it: `connections: {{{name}: {{smtp: {{host: mail.example.com, from: assay@example.com}}}}}}`")
        });
        return Err(Problem::at(at, message).hint(hint));
    };
    Ok((relay.clone(), from.clone()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use assay_daemon::work::{Project, Workshop};

    use crate::serve::LocalWorkshop;

    const RULES: &str = "assay: 1\nrules: a\nreceivers:\n  hook: {webhook: {url: \"${file:../secrets/url}\"}}\n  \
                         mails: {email: {to: [a@shop.example]}}\nroute: {receiver: [hook, mails]}\n";
    const SETTINGS: &str = "assay: 1\nconnections:\n  mail: {smtp: {host: mail.example.com, from: a@shop.example, user: u, \
                            password: \"${file:secrets/password}\"}}\n";

    /// A project in a folder.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Folder(tempfile::tempdir().expect("a folder"));
            folder.write("assay.yaml", SETTINGS);
            folder.write("rules/below/alerts.yaml", RULES.replace("../secrets", "../../secrets").as_str());
            folder.write("secrets/url", "https://hooks.example.com/a");
            folder.write("secrets/password", "hunter2");
            folder
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }

        fn load(&self) -> Result<Project, Vec<String>> {
            LocalWorkshop::new(self.0.path().to_path_buf()).load().map_err(|why| why.problems)
        }
    }

    #[test]
    fn a_secret_that_is_another_one_makes_another_project() {
        let folder = Folder::new();
        let digest = || folder.load().expect("it loads").digest;
        let first = digest();
        assert_eq!(digest(), first);
        let mut all = vec![first];
        for (path, text) in [
            ("secrets/url", "https://hooks.example.com/b"),
            ("secrets/password", "hunter3"),
            ("rules/below/alerts.yaml", &RULES.replace("../secrets", "../../secrets").replace("rules: a", "rules: b")),
        ] {
            folder.write(path, text);
            all.push(digest());
        }
        let n = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n);
    }

    #[test]
    fn rules_that_are_wrong_fail_the_load_and_secrets_are_not_told() {
        let folder = Folder::new();
        let project = folder.load().expect("it loads");
        assert_eq!(project.rules.receivers.len(), 2);
        assert!(project.subjects.contains_key("assay/daemon"));
        folder.write("secrets/url", "hunter2 is no address");
        folder.write("rules/more.yaml", "assay: 1\nrules: b\nroute: {receiver: nobody}\n");
        let problems = folder.load().expect_err("rules are wrong").join("\n");
        assert!(
            problems.contains("rules/below/alerts.yaml:4:") && problems.contains("rules/more.yaml:3:"),
            "{problems}"
        );
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}
