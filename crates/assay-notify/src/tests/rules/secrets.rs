use assay_contract::{Sources, rules_document};

use super::support::{read, whole};

fn receiver(settings: &str) -> String {
    whole(&format!("receivers: {{a: {{webhook: {settings}}}}}\nroute: {{receiver: a}}\n"))
}

#[track_caller]
fn check(settings: &str, expected: &[&str]) {
    let outcome = read(&[&receiver(settings)]);
    let warned = outcome.warnings().iter().filter(|warning| warning.contains("a secret is written down here")).count();
    assert_eq!(
        (outcome.secrets(), warned),
        (expected.to_vec(), expected.len()),
        "{settings}: {:?}",
        outcome.problems()
    );
}

#[test]
fn secrets_that_are_written_down_are_warned_of() {
    check("{url: \"${env:URL}\"}", &[]);
    check("{url: http://127.0.0.1:9093/api/v2/alerts}", &[]);
    check("{url: https://hooks.example.com/orders}", &[]);
    check(
        "{url: https://hooks.example.com/services/T0123456789ABCDEF}",
        &["https://hooks.example.com/services/T0123456789ABCDEF"],
    );
    check("{url: \"https://hooks.example.com/?code=abc\"}", &["\"https://hooks.example.com/?code=abc\""]);
    check("{url: whsec_abc}", &["whsec_abc"]);
    check("{url: \"https://hooks.example.com/${env:TOKEN}\"}", &[]);
}

#[test]
fn no_problem_shows_a_secret() {
    let settings =
        "{url: whsec_hush, routing_key: hush1, token: [hush2, {a: hush3}], headers: {x-api-key: hush4}, to: x}";
    let outcome = read(&[&receiver(settings)]);
    let told = format!("{:?} {:?}", outcome.problems(), outcome.warnings());
    assert!(told.contains("unknown key `routing_key`") && !told.contains("hush"), "{told}");
    assert_eq!(outcome.secrets(), ["whsec_hush", "hush1", "hush2", "hush3", "hush4"]);
    // of a kind that nobody knows, too
    let outcome = read(&[&whole("receivers: {a: {slak: {token: hush}}}\nroute: {receiver: a}\n")]);
    assert_eq!(outcome.secrets(), ["hush"]);
}

#[test]
fn a_line_with_a_problem_is_shown_without_its_secrets() {
    let text = receiver("{urls: x, token: hush}");
    let mut outcome = read(&[&text]);
    let mut sources = Sources::default();
    let (_, problems) = rules_document("rules/0.yaml", text.as_bytes(), &mut sources);
    assert_eq!(problems, []);
    outcome.read.secrets.drain(..).for_each(|at| sources.hide(at));
    let shown = assay_contract::render(&outcome.read.problems, &sources);
    assert!(shown.contains("token: ****}") && !shown.contains("hush"), "{shown}");
}

#[test]
fn placeholders_stand_where_they_are_filled_only() {
    let outcome = read(&[&whole(
        "external_url: \"${env:URL}\"\nreceivers: {a: {webhook: {to: \"${env:TO}\", url: \"${env:URL}\"}}}\n\
         route: {receiver: a, routes: [{match: ['owner=\"${owner}\"']}]}\n",
    )]);
    let hint = "rules take them in secrets of receivers, such as `url`";
    let expected = [
        format!("rules/0.yaml:3:15: a placeholder cannot stand here: `${{env:URL}}`; {hint}"),
        format!("rules/0.yaml:4:31: a placeholder cannot stand here: `${{env:TO}}`; {hint}"),
        format!("rules/0.yaml:5:40: a placeholder cannot stand here: `owner=\"${{owner}}\"`; {hint}"),
    ];
    assert_eq!(outcome.problems(), expected);
}
