//! Routes for programs: one file beside this for each resource, and its lines here.

pub mod documents;
pub mod health;
pub mod hooks;
pub mod incidents;
pub mod metrics;
pub mod observations;
pub mod openapi;
pub mod outbox;
pub mod receivers;
pub mod reload;
pub mod results;
pub mod runs;
pub mod silences;
pub mod tokens;

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
        api(Access::Read, routes!(documents::list)),
        api(Access::Read, routes!(documents::one)),
        api(Access::Read, routes!(runs::list)),
        api(Access::Run, routes!(runs::ask)),
        api(Access::Read, routes!(runs::one)).wait(runs::LONGEST_WAIT),
        api(Access::Run, routes!(runs::cancel)),
        api(Access::Read, routes!(results::result)),
        api(Access::Run, routes!(hooks::called)).body(hooks::BODY),
        api(Access::Read, routes!(incidents::list)),
        api(Access::Read, routes!(incidents::one)),
        api(Access::Run, routes!(incidents::acknowledge)),
        api(Access::Read, routes!(silences::list)),
        api(Access::Run, routes!(silences::add)),
        api(Access::Run, routes!(silences::end)),
        api(Access::Read, routes!(outbox::list)),
        api(Access::Admin, routes!(outbox::retry)),
        api(Access::Admin, routes!(outbox::give_up)),
        api(Access::Read, routes!(receivers::list)),
        api(Access::Admin, routes!(tokens::list)),
        api(Access::Run, routes!(observations::take)).body(observations::BODY),
    ]
}
