//! The list of routes, and the router that is made of it.
//!
//! Every route says in its line what it takes to call it. Nothing else registers routes, so that one test walks all.

use std::time::Duration;

use assay_core::ops::tokens::Scope;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{PathItem, Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::state::Shared;
use super::{api, guards, login, pages};

/// What it takes to call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: health, and what it takes to log in.
    Open,
    /// A token with scope read; nothing, on loopback, where there is no token at all.
    Read,
    /// A token with scope run.
    Run,
    /// A token with scope admin.
    Admin,
}

/// A path with its handlers.
pub struct Route {
    /// What it takes to call it.
    pub access: Access,
    /// Bytes of a body, at most.
    pub body: usize,
    /// What a request waits for on purpose, on top of the time that every request has.
    pub wait: Duration,
    documented: bool,
    handlers: UtoipaMethodRouter<Shared>,
}

/// Bytes of a body, at most, where a route says nothing else.
pub const BODY: usize = 1 << 20;

/// Every route: one list each for programs, for people, and for logging in.
pub fn all() -> Vec<Route> {
    [api::routes(), pages::routes(), login::routes()].into_iter().flatten().collect()
}

/// Routes for programs, with their description: `api(Access::Read, routes!(list))`.
pub fn api(access: Access, handlers: UtoipaMethodRouter<Shared>) -> Route {
    Route { access, body: BODY, wait: Duration::ZERO, documented: true, handlers }
}

/// A page or a form of people: `page(Access::Read, Method::GET, "/incidents", list)`.
pub fn page<H, T>(access: Access, method: Method, path: &str, handler: H) -> Route
where
    H: Handler<T, Shared>,
    T: 'static,
{
    let filter = MethodFilter::try_from(method.clone()).expect("a method that axum routes");
    let operation = utoipa::openapi::path::Operation::new();
    let mut item = PathItem::default();
    match method {
        Method::GET => item.get = Some(operation),
        Method::POST => item.post = Some(operation),
        Method::DELETE => item.delete = Some(operation),
        other => unreachable!("pages have no {other}"),
    }
    let mut paths = Paths::new();
    paths.paths.insert(path.to_string(), item);
    let handlers = (Vec::new(), paths, on(filter, handler));
    Route { access, body: BODY, wait: Duration::ZERO, documented: false, handlers }
}

impl Access {
    /// The scope that is needed.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Access::Open => None,
            Access::Read => Some(Scope::Read),
            Access::Run => Some(Scope::Run),
            Access::Admin => Some(Scope::Admin),
        }
    }
}

impl Route {
    /// Takes bodies up to this size.
    #[must_use]
    pub fn body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }

    /// Waits on purpose, up to this long.
    #[must_use]
    pub fn wait(mut self, longest: Duration) -> Self {
        self.wait = longest;
        self
    }

    /// Its path.
    pub fn path(&self) -> &str {
        self.handlers.1.paths.keys().next().map_or("", String::as_str)
    }

    /// Its methods.
    pub fn methods(&self) -> Vec<Method> {
        let items = self.handlers.1.paths.values();
        items
            .flat_map(|item| {
                let methods = [(&item.get, Method::GET), (&item.post, Method::POST), (&item.delete, Method::DELETE)];
                methods.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method)
            })
            .collect()
    }

    fn guarded(self, http: &Shared) -> (bool, UtoipaMethodRouter<Shared>) {
        let gate = guards::gate::Gate {
            http: http.clone(),
            access: self.access,
            body: self.body,
            time: http.limits.request + self.wait,
        };
        let (schemas, paths, handlers) = self.handlers;
        let handlers: MethodRouter<Shared> = handlers
            .route_layer(DefaultBodyLimit::max(self.body))
            .route_layer(from_fn_with_state(gate, guards::gate::pass));
        (self.documented, (schemas, paths, handlers))
    }
}

/// The router with all its guards.
pub fn router(http: &Shared) -> Router {
    let mut router = OpenApiRouter::new();
    for route in all() {
        let (documented, handlers) = route.guarded(http);
        router = if documented {
            router.routes(handlers)
        } else {
            let path = handlers.1.paths.keys().next().cloned().unwrap_or_default();
            router.route(&path, handlers.2)
        };
    }
    let (router, _) = router.split_for_parts();
    guards::around(router, http).with_state(http.clone())
}

/// The description of the routes for programs.
pub fn openapi() -> OpenApi {
    let documented = all().into_iter().filter(|route| route.documented);
    let router = OpenApiRouter::with_openapi(api::openapi::about());
    documented.fold(router, |router, route| router.routes(route.described())).into_openapi()
}

impl Route {
    /// The handlers with what every route has in common in its description: security and problems.
    fn described(self) -> UtoipaMethodRouter<Shared> {
        let (schemas, mut paths, handlers) = self.handlers;
        for item in paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
                api::openapi::describe(operation, self.access);
            }
        }
        (schemas, paths, handlers)
    }
}
