//! The HTTP server: the API, /metrics, health, and the pages.
//!
//! A request passes, from the outside in: the head's limits and timeout (`serve`), the headers of every answer, the
//! catching of panics, the check of its Host and Origin (`guards`), then its route's own gate: time, size of the body,
//! token and scope (`guards::gate`). A new route is one file under `api/` or `pages/` and one line in the list there.

pub mod actions;
pub mod api;
pub mod auth;
pub mod extract;
pub mod guards;
pub mod list;
pub mod login;
pub mod pages;
pub mod problem;
pub mod routes;
pub mod serve;
pub mod state;
pub mod time;
pub mod tokens;

mod connections;
pub(crate) mod deliveries;
mod tls;

pub use axum::body::Bytes;
pub use serve::{Options, ServeError, Server, serve};
pub use state::{Http, Limits, Shared};

#[cfg(test)]
mod tests;
