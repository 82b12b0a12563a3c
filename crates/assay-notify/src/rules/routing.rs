//! Which routes an incident falls into: the first that matches wins unless it continues, routes below stand in for the
//! one above them, and the root always matches.

use super::{Route, Rules};
use crate::matchers::Matchers;

/// A project's routes, ready to be asked about many incidents.
#[derive(Debug)]
pub struct Router<'a>(Option<Branch<'a>>);

#[derive(Debug)]
struct Branch<'a> {
    route: &'a Route,
    /// `None`: they cannot be evaluated, and what would have come here stays with the route above.
    matchers: Option<Matchers>,
    below: Vec<Branch<'a>>,
}

impl<'a> Router<'a> {
    /// Prepares the routes.
    pub fn new(rules: &'a Rules) -> Self {
        Router(rules.route.as_ref().map(Branch::new))
    }

    /// The routes of an incident with these labels, in the order they are written; none where there are no rules.
    pub fn routes_of(&self, labels: &[(String, String)]) -> Vec<&'a Route> {
        let mut found = Vec::new();
        if let Some(root) = &self.0 {
            root.collect(labels, &mut found);
        }
        found
    }
}

impl<'a> Branch<'a> {
    fn new(route: &'a Route) -> Self {
        let below = route.routes.iter().map(Branch::new).collect();
        Branch { route, matchers: Matchers::new(&route.matchers).ok(), below }
    }

    fn matches(&self, labels: &[(String, String)]) -> bool {
        self.matchers.as_ref().is_some_and(|matchers| matchers.match_all(labels))
    }

    /// The routes below that match, or this one.
    fn collect(&self, labels: &[(String, String)], found: &mut Vec<&'a Route>) {
        let before = found.len();
        for branch in self.below.iter().filter(|branch| branch.matches(labels)) {
            branch.collect(labels, found);
            if !branch.route.goes_on {
                break;
            }
        }
        if found.len() == before {
            found.push(self.route);
        }
    }
}

/// The routes of an incident with these labels. For many incidents a [`Router`] is made once.
pub fn routes_of<'a>(rules: &'a Rules, labels: &[(String, String)]) -> Vec<&'a Route> {
    Router::new(rules).routes_of(labels)
}
