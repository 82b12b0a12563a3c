//! What is documented and what lies in the repository is read by the real receivers, and fits the schema.

use assay_contract::{Project, Sources, project_schema, rules_document};
use assay_core::contract::Files;
use assay_core::node::{Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::secret::{Reference, Secret};
use serde_json::{Map, Value};

use crate::receivers::Building;
use crate::receivers::registry::RECEIVERS;
use crate::rules::read::{Read, Reading, read};
use crate::rules::rules_schema;

const PAGE: &str = include_str!("../../../../../docs/rules.md");
const RULES: &str = include_str!("../../../../../rules/alerts.yaml");
const PROJECT: &str = include_str!("../../../../../assay.yaml");

#[derive(Debug)]
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str, _: &str) -> Result<Vec<u8>, String> {
        Err(format!("there is no `{path}`"))
    }
}

fn project(text: &str) -> Project {
    let env = |name: &str| (name == "SMTP_PASSWORD").then(|| "hush".to_owned());
    Project::load("assay.yaml", text.as_bytes(), &env, &NoFiles).unwrap_or_else(|broken| panic!("{text}{broken}"))
}

/// A secret of the kind that its name asks for.
fn pretended(reference: &Reference, at: Span) -> Result<Secret, Problem> {
    let text = match reference.written() {
        "${env:PD_KEY}" => "0123456789abcdef0123456789abcdef",
        "${env:WHSEC_NEW}" | "${env:WHSEC_OLD}" => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "${env:TEAMS_URL}" | "${file:/run/secrets/slack_ml}" | "${file:/run/secrets/slack_url}" => {
            "https://hooks.example.com/T0"
        }
        written if written.contains("${") => return Err(Problem::at(at, format!("not set: {written}"))),
        written => written,
    };
    Ok(Secret::new(text))
}

fn read_text(
    text: &str,
    project: &Project,
    secret: &dyn Fn(&Reference, Span) -> Result<Secret, Problem>,
) -> (Node, Read) {
    let mut sources = Sources::default();
    let (node, problems) = rules_document("rules/alerts.yaml", text.as_bytes(), &mut sources);
    assert_eq!(problems, [], "{text}");
    let node = node.expect("a tree");
    let place = |span| sources.place(span);
    let relay = |name: &str, at: Span| project.relay(name, at);
    let building = Building { secret, relay: &relay };
    let reading = Reading { timezone: chrono_tz::UTC, public_url: None, place: &place, building: &building };
    let found = read(std::slice::from_ref(&node), &reading);
    assert_eq!(found.problems, [], "{text}");
    (node, found)
}

/// A tree as an editor sees it.
fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar { text, quoted: false } if text == "true" || text == "false" => Value::Bool(text == "true"),
        NodeKind::Scalar { text, quoted: false } => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from)
        }
        NodeKind::Scalar { text, .. } => Value::String(text.clone()),
        NodeKind::Seq(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.text.clone(), json(value))).collect::<Map<_, _>>())
        }
    }
}

#[track_caller]
fn fits(validator: &jsonschema::Validator, value: &Value, expected: bool) {
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors.is_empty(), expected, "{value}: {errors:?}");
}

#[test]
fn the_projects_own_rules_are_right_without_any_secret() {
    let unset = |reference: &Reference, at: Span| match reference.is_by_name() {
        true => Err(Problem::at(at, "nothing is set")),
        false => Ok(Secret::new(reference.written())),
    };
    let (node, found) = read_text(RULES, &project(PROJECT), &unset);
    assert_eq!((found.warnings.as_slice(), found.secrets.as_slice()), (&[][..], &[][..]));
    let rules = found.rules.expect("no problem");
    assert_eq!((rules.receivers.len(), rules.inhibit.len(), rules.mute_times.len()), (1, 3, 2));
    assert_eq!(rules.route.map(|root| root.routes.len()), Some(3));
    let validator = jsonschema::validator_for(&rules_schema()).expect("a schema");
    fits(&validator, &json(&node), true);
}

#[test]
fn every_example_of_the_page_is_right() {
    let with_relay = "assay: 1\nconnections: {mail: {smtp: {host: mail.shop.example, from: assay@shop.example}}}\n";
    let (of_rules, of_projects) = (
        jsonschema::validator_for(&rules_schema()).expect("a schema"),
        jsonschema::validator_for(&project_schema()).expect("a schema"),
    );
    let examples: Vec<&str> = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 5, "{examples:?}");
    for example in examples {
        if example.contains("\nrules: ") {
            let (node, found) = read_text(example, &project(with_relay), &pretended);
            assert_eq!(found.warnings, [], "{example}");
            fits(&of_rules, &json(&node), true);
        } else {
            let loaded = project(example);
            assert!(loaded.warnings.is_empty() && !loaded.connections.is_empty(), "{example}");
            let env = rules_document("x.yaml", format!("rules: x\n{example}").as_bytes(), &mut Sources::default());
            let mut value = json(&env.0.expect("a tree"));
            value.as_object_mut().expect("a mapping").remove("rules");
            fits(&of_projects, &value, true);
        }
    }
}

#[test]
fn every_kind_of_receiver_is_on_the_page_and_its_example_is_right() {
    let with_relay =
        project("assay: 1\nconnections: {mail: {smtp: {host: mail.shop.example, from: assay@shop.example}}}\n");
    let validator = jsonschema::validator_for(&rules_schema()).expect("a schema");
    for spec in RECEIVERS {
        assert!(PAGE.contains(&format!("| `{}` | ", spec.name)), "`{}` is not in docs/rules.md", spec.name);
        let text = format!(
            "assay: 1\nrules: x\nreceivers: {{a: {{{}: {}}}}}\nroute: {{receiver: a}}\n",
            spec.name, spec.example
        );
        let (node, _) = read_text(&text, &with_relay, &pretended);
        fits(&validator, &json(&node), true);
    }
}

#[test]
fn the_schema_refuses_what_reading_refuses() {
    let validator = jsonschema::validator_for(&rules_schema()).expect("a schema");
    let rules = |rest: &str| format!("{{\"assay\": 1, \"rules\": \"x\", {rest}}}");
    let wrong = [
        r#""routes": []"#,
        r#""receivers": {"a": {}}"#,
        r#""receivers": {"a": {"fallback": "b"}}"#,
        r#""receivers": {"a": {"slack": {"url": "https://a"}, "teams": {"url": "https://a"}}}"#,
        r#""receivers": {"a": {"slack": {"url": "https://a", "digest": "daily"}}}"#,
        r#""receivers": {"a": {"email": {"to": ["a@b"], "digest": "monthly"}}}"#,
        r#""route": {}"#,
        r#""route": {"receiver": "a", "match": ["layer=gold"]}"#,
        r#""route": {"receiver": "a", "routes": [{"match": ["layr=gold"]}]}"#,
        r#""route": {"receiver": "a", "group_by": ["instance"]}"#,
        r#""route": {"receiver": "a", "group_wait": "30"}"#,
        r#""route": {"receiver": "a", "escalate": {"to": "b"}}"#,
        r#""inhibit": [{"source": ["layer=gold"], "target": [], "hops": 2}]"#,
        r#""mute_times": {"n": [{"timezone": "UTC"}]}"#,
        r#""mute_times": {"n": [{"days": ["someday"]}]}"#,
    ];
    for rest in wrong {
        let value: Value = serde_json::from_str(&rules(rest)).expect(rest);
        fits(&validator, &value, false);
    }
    let sound: Value =
        serde_json::from_str(&rules(r#""route": {"receiver": "a", "group_by": ["..."], "escalate": "none"}"#))
            .expect("JSON");
    fits(&validator, &sound, true);
}
