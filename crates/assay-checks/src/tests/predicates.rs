//! SQL predicates: what is taken, what is refused, and where the problem points.

use assay_core::problem::Span;

use crate::sql::{columns, predicate};
use crate::testing::{Setup, setup};

fn table() -> Setup {
    Setup { forbid_extra: true, ..setup(&[("amount", "int64"), ("status", "string"), ("Order Date", "date")]) }
}

/// A plain scalar at line 3, column 10 of a file.
fn span(text: &str) -> Span {
    Span { file: 0, line: 3, column: 10, offset: 100, len: text.len() as u32 }
}

/// The problems of a predicate, each with the column it points at.
fn problems(text: &str) -> Vec<(u32, String)> {
    let found = predicate(text, span(text), &table().context(None)).err().unwrap_or_default();
    found.into_iter().map(|p| (p.span.expect("a place").column, p.message)).collect()
}

#[test]
fn takes_boolean_expressions() {
    for text in [
        "amount >= 0",
        "status in ('a', 'b') and amount is not null",
        "\"Order Date\" > date '2026-01-01' - interval '7 days'",
        "case when amount > 0 then status = 'paid' else true end",
        "coalesce(amount, 0) between 0 and 10",
        "AMOUNT > 0",
        "lower(status) like 'p%'",
        "amount::text ~ '^[0-9]+$'",
        "\"Order Date\" <= current_date",
        "not (amount > 0)",
        "true",
    ] {
        assert_eq!(problems(text), [], "{text}");
    }
}

#[test]
fn places_problems_inside_the_scalar() {
    // the end of the text has no place of its own
    assert_eq!(problems("amount >= "), [(10, "bad SQL: expected an expression, found EOF".into())]);
    assert_eq!(problems("amount >= )")[0].0, 20);
    assert_eq!(problems("amount > 0 and amuont < 5"), [(25, "unknown column `amuont`".into())]);
    assert_eq!(problems("amount > 0; drop table t"), [(20, "a predicate is one expression, without `;`".into())]);
    assert_eq!(problems("amount > 0 0")[0].0, 21);
    let hint = |text: &str| predicate(text, span(text), &table().context(None)).expect_err("a problem")[0].hint.clone();
    assert_eq!(hint("amuont < 5").as_deref(), Some("did you mean `amount`?"));
    assert_eq!(hint("status = \"unpaid\"").as_deref(), Some("double quotes name a column; a text is written 'unpaid'"));
}

#[test]
fn a_quoted_scalar_is_placed_behind_its_quote() {
    let text = "amount > 0 and nope < 5";
    let span = Span { len: text.len() as u32 + 2, ..span(text) };
    let found = predicate(text, span, &table().context(None)).expect_err("unknown column");
    assert_eq!(found[0].span.map(|s| (s.column, s.offset, s.len)), Some((26, 116, 4)));
}

#[test]
fn a_text_with_escapes_is_placed_at_the_scalar() {
    let text = "nope = 1";
    let span = Span { len: 30, ..span(text) };
    let found = predicate(text, span, &table().context(None)).expect_err("unknown column");
    assert_eq!(found[0].span, Some(span));
}

#[test]
fn refuses_what_is_more_than_a_row() {
    let refused = |text: &str, word: &str| {
        let found = problems(text);
        assert!(found.iter().any(|(_, message)| message.contains(word)), "{text}: {found:?}");
    };
    refused("amount > (select 1)", "subquery");
    refused("exists (select 1)", "subquery");
    refused("amount in (select 1)", "subquery");
    refused("random() < 0.5", "another value each time");
    refused("status = uuid()", "another value each time");
    refused("sum(amount) > 5", "over many rows");
    refused("row_number() over () = 1", "over many rows");
    refused("lag(amount) over (order by amount) = 1", "over many rows");
    refused("amount > $1", "no parameters");
    refused("amount + 1", "true or false");
    refused("'yes'", "true or false");
    refused("5", "true or false");
    refused("", "empty");
    refused("  ", "empty");
    refused("select 1", "bad SQL");
    refused("status = 'unclosed", "bad SQL");
    refused("drop table t", "bad SQL");
}

#[test]
fn hostile_sql_is_an_error_not_a_crash() {
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(problems(&deep)[0].1.contains("bytes"));
    let deep = format!("{}amount{} > 0", "(".repeat(1_000), ")".repeat(1_000));
    assert!(problems(&deep)[0].1.contains("levels deep"));
    let long = vec!["true"; 5_000].join(" or ");
    assert!(problems(&long)[0].1.contains("too long"));
    let chain = vec!["amount > 0"; 1_900].join(" or ");
    assert_eq!(problems(&chain), []);
    let nots = format!("{} amount > 0", "not ".repeat(2_000));
    assert!(!problems(&nots).is_empty());
}

#[test]
fn undeclared_columns_are_left_to_the_table_unless_forbidden() {
    let open = Setup { forbid_extra: false, ..table() };
    assert!(predicate("nope > 0", span("nope > 0"), &open.context(None)).is_ok());
}

#[test]
fn lists_the_columns_it_names() {
    assert_eq!(
        columns("amount > 0 and (b.c = 'x' or \"Order Date\" is null) and amount < 5"),
        ["amount", "b", "Order Date"]
    );
    assert_eq!(columns("extract(year from d) = 2026 and current_date > e"), ["d", "e"]);
    assert_eq!(columns("not sql at all ("), Vec::<String>::new());
}
