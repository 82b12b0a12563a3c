//! What lists have in common: how many at once, where the next part begins, and filters with commas.

use assay_core::verdict::Outcome;
use axum::http::StatusCode;

use super::problem::{Answer, Problem};

/// How many at most, where nothing else is said.
const USUAL: usize = 100;
/// How many at most.
pub const MOST: usize = 500;

/// Checks how many were asked for.
///
/// # Errors
/// 422 beyond [`MOST`], or for none.
pub fn limit(asked: Option<usize>) -> Answer<usize> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::invalid("limit_invalid", format!("`limit` is from 1 to {MOST}"))),
    }
}

/// Reads names with commas between them.
///
/// # Errors
/// 422 that names the field and what there is.
pub fn named<T>(field: &str, text: Option<&str>, known: impl Fn(&str) -> Option<T>, all: &[&str]) -> Answer<Vec<T>> {
    let names = text.unwrap_or("").split(',').map(str::trim).filter(|name| !name.is_empty());
    let read = names.map(|name| {
        known(name).ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let detail = format!("`{field}`: there is no `{shown}`; there are {}", all.join(", "));
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "filter_invalid", detail)
        })
    });
    read.collect()
}

/// The outcomes with their names.
pub const OUTCOMES: &[(Outcome, &str)] = &[
    (Outcome::Pass, "pass"),
    (Outcome::Skipped, "skipped"),
    (Outcome::Warn, "warn"),
    (Outcome::Fail, "fail"),
    (Outcome::Error, "error"),
];

/// The outcome of this name.
pub fn outcome_named(name: &str) -> Option<Outcome> {
    OUTCOMES.iter().find(|(_, own)| *own == name).map(|(outcome, _)| *outcome)
}

/// The name of an outcome.
pub fn outcome_name(outcome: Outcome) -> &'static str {
    OUTCOMES.iter().find(|(own, _)| *own == outcome).map_or("error", |(_, name)| name)
}

/// A cursor that this list did not give.
pub fn bad_cursor() -> Problem {
    Problem::invalid("cursor_invalid", "`cursor` is the `next` of an earlier answer, unchanged")
}

/// The first `limit` of one more than that, and the cursor of the last where more follow.
pub fn page<T>(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    (items, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_part_has_the_cursor_of_its_last_only_where_more_follow() {
        let cursor = |item: &i32| item.to_string();
        assert_eq!(page(vec![1, 2, 3], 2, cursor), (vec![1, 2], Some("2".into())));
        assert_eq!(page(vec![1, 2], 2, cursor), (vec![1, 2], None));
        assert_eq!(page(vec![], 2, cursor), (vec![], None));
    }

    #[test]
    fn filters_and_limits_out_of_range_are_refused() {
        assert!(limit(Some(0)).is_err() && limit(Some(501)).is_err() && limit(Some(500)).is_ok());
        let known = |name: &str| (name == "a").then_some(1);
        assert_eq!(named("state", Some("a, a,"), known, &["a"]).unwrap(), [1, 1]);
        assert!(named("state", Some("a,b"), known, &["a"]).unwrap_err().detail().contains("there is no `b`"));
    }
}
