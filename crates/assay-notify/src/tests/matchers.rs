use assay_core::ops::silences::{MatchOp, Matcher};
use proptest::prelude::*;

use crate::Matchers;
use crate::matchers::{check, narrow, parse, parse_all, text};

fn labels() -> Vec<(String, String)> {
    let all = [
        ("contract", "silver.orders"),
        ("owner", "orders@shop.example"),
        ("severity", "fail"),
        ("tag", "pii"),
        ("tag", "finance"),
    ];
    all.map(|(label, value)| (label.to_owned(), value.to_owned())).into()
}

fn holds(matcher: &str) -> bool {
    let matchers = parse_all(matcher).unwrap_or_else(|error| panic!("{matcher}: {error}"));
    Matchers::new(&matchers).expect("they were read").match_all(&labels())
}

#[test]
fn matchers_are_read_in_every_form() {
    let matcher = |label: &str, op, value: &str| Matcher { label: label.into(), op, value: value.into() };
    let cases = [
        ("severity=fail", matcher("severity", MatchOp::Is, "fail")),
        ("  severity != \"warn\" ", matcher("severity", MatchOp::IsNot, "warn")),
        ("owner=~\".*@shop.example\"", matcher("owner", MatchOp::Matches, ".*@shop.example")),
        ("contract!~gold\\..*", matcher("contract", MatchOp::MatchesNot, "gold\\..*")),
        ("column=\"a \\\"b\\\", c\"", matcher("column", MatchOp::Is, "a \"b\", c")),
        ("column=\"\"", matcher("column", MatchOp::Is, "")),
        ("segment=city_id=7", matcher("segment", MatchOp::Is, "city_id=7")),
        ("column=~\"\\d+\\\\.x\"", matcher("column", MatchOp::Matches, "\\d+\\.x")),
        ("column=Straße", matcher("column", MatchOp::Is, "Straße")),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
    let list = parse_all(" { layer=\"gold\" , severity=fail } ").expect("a list");
    assert_eq!(list, [matcher("layer", MatchOp::Is, "gold"), matcher("severity", MatchOp::Is, "fail")]);
}

#[test]
fn what_is_no_matcher_is_told_with_its_place() {
    let cases = [
        ("", "at character 1: a label is expected, as in `severity=\"fail\"`"),
        ("severty=fail", "at character 1: unknown label `severty`: did you mean `severity`?"),
        ("severity", "at character 9: one of `=`, `!=`, `=~`, `!~` is expected after the label"),
        ("severity>fail", "at character 9: one of `=`, `!=`, `=~`, `!~` is expected after the label"),
        ("severity=", "at character 10: a value is expected; an empty one is `\"\"`"),
        ("severity==fail", "at character 10: a value that begins with `=` or `~` is put in double quotes"),
        ("column=\"äö", "at character 8: the closing `\"` is missing"),
        ("column=\"x\\", "at character 8: the closing `\"` is missing"),
        (
            "column=a b",
            "at character 10: nothing is expected after the value: put it in double quotes if it has blanks",
        ),
        ("column=a,", "at character 9: one matcher is expected here, and more follow after the comma"),
        ("column=ä\"b\"", "at character 9: put the whole value in double quotes"),
        ("owner=~\"(\"", "at character 8: this is no regular expression: unclosed group"),
        ("owner=~\"a)|(b\"", "at character 8: this is no regular expression: unopened group"),
        ("owner=~\"(a{900}){900}\"", "at character 8: the regular expression is too large"),
    ];
    for (text, expected) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let error = |text: &str| parse_all(text).expect_err(text).to_string();
    assert_eq!(error("{layer=gold"), "at character 12: `}` is missing after the last matcher");
    assert!(error("layer=gold severity=fail").starts_with("at character 12: a comma is expected"));
    assert!(error("layer=gold,").starts_with("at character 12: a label is expected"));
    let long = format!("column={}", "x".repeat(1_025));
    assert!(error(&long).contains("longer than 1024 bytes"));
    let many = vec!["layer=gold"; 33].join(",");
    assert!(error(&many).contains("at most 32 matchers"));
}

#[test]
fn expressions_match_the_whole_of_a_value() {
    assert!(holds("owner=~.*@shop.example") && !holds("owner=~shop") && !holds("owner=~\"orders|shop\""));
    assert!(holds("owner!~shop") && !holds("owner!~.*"));
    assert!(holds("severity=~\"warn|fail\"") && !holds("severity=~\"(?i)FAI\"") && holds("severity=~\"(?i)FAIL\""));
    // lines are a part of the value, whatever the expression says of them
    let value = [("contract".to_owned(), "a\nsilver.orders\n".to_owned())];
    for matcher in
        ["contract=~silver.orders", "contract=~\"(?m)^silver.orders$\"", "contract=~\"(?x) silver.orders # b\""]
    {
        let holds = parse_all(matcher).is_ok_and(|all| Matchers::new(&all).is_ok_and(|all| all.match_all(&value)));
        assert!(!holds, "{matcher}");
    }
}

#[test]
fn a_label_with_several_values_is_any_of_them() {
    assert!(holds("tag=pii") && holds("tag=finance") && !holds("tag=gold"));
    assert!(!holds("tag!=pii") && holds("tag!=gold"));
    assert!(holds("tag=~fin.*") && !holds("tag!~fin.*"));
    assert!(holds("tag=pii, tag=finance"));
}

#[test]
fn a_label_that_is_absent_is_empty() {
    assert!(holds("layer=\"\"") && !holds("layer!=\"\"") && holds("layer!=gold"));
    assert!(holds("layer=~.*") && !holds("layer=~.+") && holds("layer!~.+"));
}

#[test]
fn matchers_that_leave_nothing_out_are_told_from_others() {
    let narrows = |text: &str| narrow(&parse_all(text).unwrap_or_else(|error| panic!("{text}: {error}")));
    for all in [
        "layer=~\".*\"",
        "column!=x",
        "owner=\"\"",
        "check=~\".+\"",
        "check!=freshness",
        "severity=~\"warn|fail\"",
        "outcome!=pass",
        "layer=~\".*\",segment!~\"x.*\",check=~\"[^!]+\"",
    ] {
        assert!(!narrows(all), "{all}");
    }
    for some in ["layer=gold", "owner=~\".+\"", "severity=warn", "severity!=warn", "outcome=~\"e.*\"", "column!=x,tag=pii"] {
        assert!(narrows(some), "{some}");
    }
    assert!(!narrow(&[]));
}

#[test]
fn matchers_from_elsewhere_are_checked() {
    let matcher = |label: &str, op, value: &str| Matcher { label: label.into(), op, value: value.into() };
    assert_eq!(check(&matcher("layer", MatchOp::Is, "(")), Ok(()));
    assert!(check(&matcher("layer", MatchOp::Matches, "(")).is_err());
    assert!(check(&matcher("instance", MatchOp::Is, "x")).expect_err("no label").contains("labels are contract"));
    let error = Matchers::new(&[matcher("layer", MatchOp::Matches, "(")]).expect_err("no expression");
    assert!(error.starts_with("layer=~\"(\": this is no regular expression"), "{error}");
}

proptest! {
    #[test]
    fn every_matcher_is_read_as_it_is_written(value in any::<String>(), op in 0..2_usize) {
        let op = [MatchOp::Is, MatchOp::IsNot][op];
        let matcher = Matcher { label: "column".into(), op, value };
        prop_assume!(matcher.value.len() <= 1_024);
        prop_assert_eq!(parse(&text(&matcher)), Ok(matcher.clone()));
        prop_assert_eq!(parse_all(&text(&matcher)), Ok(vec![matcher]));
    }

    #[test]
    fn no_text_is_too_strange_to_be_refused(text in "[a-z{}\"\\\\=!~, ()*\\n\u{e4}\u{1f600}]{0,40}") {
        for error in [parse(&text).err(), parse_all(&text).err()].into_iter().flatten() {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.at));
        }
    }
}
