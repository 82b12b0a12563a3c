use assay_core::problem::Place;

use super::*;

/// Documents of texts such as `a: b c`.
fn check(documents: &[&str]) -> Vec<String> {
    let read: Vec<(String, Vec<Dependency>)> = documents
        .iter()
        .map(|text| {
            let (name, on) = text.split_once(": ").unwrap_or((text, ""));
            let on = on.split_whitespace().zip(1..).map(|(on, column)| Dependency {
                name: on.into(),
                at: Place { path: format!("{name}.yaml").into(), line: 1, column },
            });
            (name.to_owned(), on.collect())
        })
        .collect();
    let borrowed: Vec<(&str, &[Dependency])> = read.iter().map(|(name, on)| (name.as_str(), on.as_slice())).collect();
    let shown = |report: Report| {
        let place = report.path.zip(report.column).map(|(path, column)| format!("{path}:{column} "));
        format!("{}{} | {}", place.unwrap_or_default(), report.message, report.hint.unwrap_or_default())
    };
    dependencies(&borrowed).into_iter().map(shown).collect()
}

const CUT: &str = "take one of these out of its `depends_on`";

#[test]
fn order_is_no_circle() {
    assert!(check(&["gold: silver bronze", "silver: bronze", "bronze", "report: gold silver"]).is_empty());
    assert!(check(&[]).is_empty());
}

#[test]
fn names_that_nobody_has_are_told_where_they_stand() {
    assert_eq!(
        check(&["gold: silver.order bronze", "silver.orders: x"]),
        [
            "gold.yaml:1 no contract and no monitor is called `silver.order` | did you mean `silver.orders`?",
            "gold.yaml:2 no contract and no monitor is called `bronze` | name a contract's table or a monitor of this project",
            "silver.orders.yaml:1 no contract and no monitor is called `x` | name a contract's table or a monitor of this project",
        ]
    );
    // its own name would be refused next
    assert_eq!(
        check(&["silver.orders: silver.order"]),
        [
            "silver.orders.yaml:1 no contract and no monitor is called `silver.order` | name a contract's table or a monitor of this project"
        ]
    );
}

#[test]
fn a_circle_is_shown_once_from_its_first_name() {
    let told = format!("a.yaml:2 documents wait for each other: a -> c -> b -> a | {CUT}");
    assert_eq!(check(&["b: a", "c: b", "a: x c", "x", "y: c"]).join("\n"), told);
    assert_eq!(check(&["y: c", "a: x c", "x", "c: b", "b: a"]).join("\n"), told);
}

#[test]
fn every_group_that_waits_for_itself_is_told() {
    assert_eq!(
        check(&["a: b", "b: a", "m: n", "n: o", "o: n", "self: self"]),
        [
            format!("a.yaml:1 documents wait for each other: a -> b -> a | {CUT}"),
            format!("n.yaml:1 documents wait for each other: n -> o -> n | {CUT}"),
            format!("self.yaml:1 documents wait for each other: self -> self | {CUT}"),
        ]
    );
}

#[test]
fn long_chains_and_circles_are_read_and_cut() {
    let mut chain: Vec<String> = (0..50_000).map(|n| format!("d{n:05}: d{:05}", n + 1)).collect();
    chain.push("d50000".into());
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    assert!(check(&chain).is_empty());
    let last = chain.len() - 1;
    let mut circle = chain;
    circle[last] = "d50000: d00000";
    let told = check(&circle);
    assert!(told.len() == 1 && told[0].contains("d00011 -> (49989 more) -> d00000"), "{told:?}");
}

#[test]
fn hostile_names_cannot_command_a_terminal() {
    let told = check(&["a: \u{1b}[2J"]);
    assert!(!told[0].contains('\u{1b}'), "{told:?}");
}
