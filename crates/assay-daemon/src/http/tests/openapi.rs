//! The API's own description.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::Served;
use crate::http::api;
use crate::http::routes::Access;
use crate::testing::Fixture;

async fn described() -> Value {
    let served = Served::new(Fixture::new(vec![])).await;
    let answered = served.send("GET", "/api/v1/openapi.json", &[], b"").await;
    assert_eq!(answered.header("content-type"), "application/json");
    answered.json()
}

/// Path, method, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| {
        let operations = item.as_object().unwrap().clone();
        operations.into_iter().map(|(method, operation)| (path.clone(), method, operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(each).collect()
}

#[tokio::test]
async fn every_route_for_programs_is_described_with_its_scope() {
    let document = described().await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut expected = BTreeSet::new();
    for route in api::routes() {
        for method in route.methods() {
            let scope = route.access.scope().map(|scope| scope.name());
            assert_eq!(scope.is_none(), route.access == Access::Open);
            expected.insert((route.path().to_string(), method.as_str().to_lowercase(), scope.map(str::to_string)));
        }
    }
    let described = operations(&document).into_iter().map(|(path, method, operation)| {
        let scope = operation["x-assay-scope"].as_str().map(str::to_string);
        assert_eq!(operation["security"].as_array().unwrap().is_empty(), scope.is_none(), "{path}");
        (path, method, scope)
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn references_lead_somewhere_and_operations_have_names_texts_and_parameters() {
    let document = described().await;
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id")).to_string();
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let named: BTreeSet<String> = in_path.map(|one| one["name"].as_str().unwrap().to_string()).collect();
        let expected = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(named, expected.map(str::to_string).collect(), "{method} {path}");
        for parameter in &parameters {
            assert!(parameter["description"].is_string(), "{method} {path}: {parameter}");
            assert_eq!(parameters.iter().filter(|other| other["name"] == parameter["name"]).count(), 1, "{parameter}");
        }
    }
    references(&document, &document);
}

fn references(value: &Value, document: &Value) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                let target = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads elsewhere"));
                assert!(document.pointer(target).is_some(), "{reference}");
            }
            object.values().for_each(|value| references(value, document));
        }
        Value::Array(array) => array.iter().for_each(|value| references(value, document)),
        _ => {}
    }
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let document = described().await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["Problem", "RunView", "Received", "Documents", "IncidentView"] {
        assert!(schemas.contains_key(name), "{name} of {:?}", schemas.keys());
    }
    let problem = schemas["Problem"]["properties"].as_object().unwrap();
    let keys: BTreeSet<&str> = problem.keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["type", "title", "status", "code", "detail", "problems"]));
}
