use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;

use super::*;
use crate::{Ran, fixture};

fn rendered(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    Github.render(report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text is UTF-8")
}

fn of(run: &RunRecord) -> String {
    rendered(&Report::Ran(Ran::new(run)))
}

#[test]
fn a_run_is_annotated_worst_first() {
    insta::assert_snapshot!("run", of(&fixture::run()));
}

#[test]
fn a_gate_is_annotated() {
    let (run, record) = (fixture::monitor::run(), fixture::changes::record());
    insta::assert_snapshot!("gate", rendered(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) })));
}

#[test]
fn invalid_files_are_annotated() {
    insta::assert_snapshot!("invalid", rendered(&Report::Invalid(&fixture::problems())));
}

#[test]
fn ten_are_annotated_and_the_rest_is_counted() {
    let checks = (0..25).map(|at| fixture::check(&format!("c{at}.in"), at + 1, Outcome::Fail, "1 row")).collect();
    let run = RunRecord { tables: vec![fixture::table("wide", checks)], ..fixture::run() };
    let text = of(&run);
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert_eq!(text.lines().count(), 11);
    assert!(text.ends_with("(and 15 more findings than the annotations show)\n"), "{text}");
}

#[test]
fn data_cannot_end_a_command_or_begin_one() {
    let mut check = fixture::check("a,line=9::b", 3, Outcome::Fail, "50%\r\n::warning::x ##[error]y ###[z");
    check.at.path = "a:b,c=d\n.yaml".into();
    let run = RunRecord { tables: vec![fixture::table("t", vec![check])], ..fixture::run() };
    let text = of(&run);
    let line = "::error title=t a%2Cline=9%3A%3Ab,file=a%3Ab%2Cc=d\\n.yaml,line=3,col=5::\
                50%25\\r\\n::warning::x #\\u{23}[error]y #\\u{23}#[z";
    assert_eq!(text.lines().next(), Some(line));
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn outputs_count_and_name_the_verdict() {
    let (run, record) = (fixture::run(), fixture::changes::record());
    let outputs = outputs(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) }));
    let expected = [
        ("outcome", "error"),
        ("exit_code", "3"),
        ("failed", "2"),
        ("warned", "1"),
        ("errors", "3"),
        ("skipped", "1"),
        ("passed", "4"),
        ("broken_tables", "2"),
        ("verdict", "breaks-consumers"),
        ("changes", "5"),
        ("version_level", "major"),
        ("next_version", "2.0.0"),
    ];
    assert_eq!(outputs, expected.map(|(name, value)| (name, value.to_owned())));
    let invalid = super::outputs(&Report::Invalid(&fixture::problems()));
    assert_eq!(
        invalid,
        [("outcome", "invalid".to_owned()), ("exit_code", "2".to_owned()), ("problems", "2".to_owned())]
    );
}

#[test]
fn values_cannot_name_outputs_of_their_own() {
    let plain = output_file(&[("next_version", "2.0.0".to_owned())]);
    let [first, "2.0.0", delimiter] = plain.lines().collect::<Vec<_>>()[..] else { panic!("{plain}") };
    assert_eq!(first, format!("next_version<<{delimiter}"));
    let hostile = format!("2.0.0\n{delimiter}\noutcome<<x\npass\nx");
    let file = output_file(&[("next_version", hostile.clone())]);
    let last = file.lines().last().expect("a delimiter");
    assert_eq!(file, format!("next_version<<{last}\n{hostile}\n{last}\n"));
    assert!(!hostile.contains(last));
}
