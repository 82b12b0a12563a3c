//! Routes for programs: one file beside this for each resource, and its lines here.

pub mod health;
pub mod metrics;
pub mod openapi;
pub mod reload;

use utoipa_axum::routes;

use super::routes::{Access, Route, api};

/// Every route for programs.
pub fn routes() -> Vec<Route> {
    vec![
        api(Access::Open, routes!(health::healthy)),
        api(Access::Open, routes!(health::ready)),
        api(Access::Admin, routes!(reload::reload)),
        api(Access::Read, routes!(metrics::metrics)),
        api(Access::Read, routes!(openapi::openapi)),
    ]
}
