//! The pages for people: each asks the store once, makes plain views of the answers, and has `assay_report::pages`
//! write them. What a form asks for is done as by the API (`http::actions`), then the browser is sent on to a page that
//! says so.

mod asked;
mod assets;
mod document;
mod drift;
mod home;
mod incident;
mod incidents;
mod known;
mod login;
mod notifications;
mod recorded;
mod run;
mod runs;
mod silences;

use axum::http::Method;

use super::routes::{Access, Route, page};

pub(crate) use asked::problem;
pub(crate) use login::again as login_again;

/// Bytes of a form.
const FORM: usize = 64 << 10;

/// Every page: one file beside this and one line here.
pub fn routes() -> Vec<Route> {
    vec![
        page(Access::Read, Method::GET, "/", home::show),
        page(Access::Read, Method::GET, "/documents/{name}", document::show),
        page(Access::Run, Method::POST, "/documents/{name}/run", document::run).body(FORM),
        page(Access::Read, Method::GET, "/documents/{name}/drift", drift::show),
        page(Access::Read, Method::GET, "/incidents", incidents::show),
        page(Access::Read, Method::GET, "/incidents/{number}", incident::show),
        page(Access::Run, Method::POST, "/incidents/{number}/acknowledge", incident::acknowledge).body(FORM),
        page(Access::Read, Method::GET, "/runs", runs::show),
        page(Access::Read, Method::GET, "/runs/{id}", run::show),
        page(Access::Read, Method::GET, "/silences", silences::show),
        page(Access::Run, Method::POST, "/silences", silences::add).body(FORM),
        page(Access::Run, Method::POST, "/silences/{id}/end", silences::end).body(FORM),
        page(Access::Read, Method::GET, "/notifications", notifications::show),
        page(Access::Admin, Method::POST, "/notifications/{id}/retry", notifications::retry).body(FORM),
        page(Access::Admin, Method::POST, "/notifications/{id}/drop", notifications::give_up).body(FORM),
        page(Access::Open, Method::GET, "/login", login::show),
        page(Access::Open, Method::GET, "/assets/{name}", assets::one),
    ]
}
