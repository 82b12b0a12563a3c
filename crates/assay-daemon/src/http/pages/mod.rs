//! The pages for people.

use super::routes::Route;

/// Every page: one file beside this and one line here.
pub fn routes() -> Vec<Route> {
    Vec::new()
}
