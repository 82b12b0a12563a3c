//! The API's own description.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Info, License, OpenApi, Paths, Ref, RefOr, ResponseBuilder,
    extensions::ExtensionsBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::http::problem::Problem;
use crate::http::routes::Access;

static TEXT: LazyLock<String> =
    LazyLock::new(|| crate::http::routes::openapi().to_pretty_json().expect("texts and numbers"));

/// This description: OpenAPI 3.1.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operation", responses(
    (status = 200, description = "OpenAPI 3.1", body = serde_json::Value),
))]
pub async fn openapi() -> Response {
    let content = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (content, TEXT.as_str()).into_response()
}

/// What is said of the API as a whole.
pub fn about() -> OpenApi {
    let mut info = Info::new("Assay", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The daemon's API. Times are RFC 3339 in UTC. Whatever is not answered as asked is answered by a problem \
         (RFC 9457) with a stable `code`. Tokens are sent as `Authorization: Bearer`; scope admin implies run, run \
         implies read. Without any token in the store, reading is open on loopback."
            .into(),
    );
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".into());
    info.license = Some(license);
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("`assay token create`")).build();
    let mut components = Components::new();
    components.security_schemes.insert("token".into(), SecurityScheme::Http(scheme).into());
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut about = OpenApi::new(info, Paths::new());
    about.components = Some(components);
    about
}

/// What every route has in common: its token and scope, and problems.
pub fn describe(operation: &mut Operation, access: Access) {
    // functions are named within their file: `runs_list`, `incidents_list`
    if let (Some(tag), Some(name)) = (operation.tags.as_ref().and_then(|tags| tags.first()), &operation.operation_id) {
        operation.operation_id = Some(format!("{tag}_{name}"));
    }
    let Some(scope) = access.scope() else {
        operation.security = Some(Vec::new());
        return;
    };
    operation.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    let scope = ExtensionsBuilder::new().add("x-assay-scope", scope.name()).build();
    operation.extensions.get_or_insert_default().merge(scope);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description(
            "Not answered as asked: 401 and 403 of tokens and scopes, 503 of a store that gives no answer, ...",
        )
        .content("application/problem+json", content);
    operation.responses.responses.insert("default".into(), RefOr::T(problem.build()));
}
