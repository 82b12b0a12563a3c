//! Workflow commands, step summaries and outputs, read by what the runner understands.

use assay_report::formats::github::{output_file, outputs};
use assay_report::formats::text::printable;
use assay_report::{Ran, Report};
use assay_tests::hostile::strings;

use crate::consumers::{cases, hostile_runs, rendered};
use crate::workflow::{self, Command, command, has_old_command};

/// Every line is one of our commands and nothing else.
fn read(name: &str, text: &str) -> Vec<Command> {
    // the runner ends lines at carriage returns, too
    let lines: Vec<&str> = text.split_terminator('\n').flat_map(|line| line.split('\r')).collect();
    assert!(lines.iter().all(|line| !has_old_command(line)), "{name}: {text}");
    let read = |line: &&str| command(line).unwrap_or_else(|| panic!("{name}: no command: {line}"));
    let commands: Vec<Command> = lines.iter().map(read).collect();
    for command in &commands {
        assert!(["error", "warning", "notice"].contains(&command.name.as_str()), "{name}: {command:?}");
        let keys = command.properties.keys().all(|key| ["title", "file", "line", "col"].contains(&key.as_str()));
        assert!(keys, "{name}: {command:?}");
        assert!(!command.message.is_empty(), "{name}: {command:?}");
    }
    commands
}

#[test]
fn only_our_commands_are_commands() {
    for case in cases() {
        let commands = read(case.name, &rendered("github", &case.report()));
        let annotations: Vec<&Command> = commands.iter().filter(|command| command.name != "notice").collect();
        assert!(annotations.len() <= 10 && commands.len() == annotations.len() + 1, "{}", case.name);
        let errors = annotations.iter().any(|command| command.name == "error");
        assert_eq!(errors, case.report().exit_code() != 0, "{}", case.name);
        assert!(annotations.iter().is_sorted_by_key(|command| command.name.clone()), "{}", case.name);
    }
}

#[test]
fn hostile_text_is_the_message_that_it_is() {
    for (text, run) in hostile_runs() {
        let commands = read(&text, &rendered("github", &Report::Ran(Ran::new(&run))));
        // a table with a check that fails and one that cannot be evaluated, two columns that drifted
        assert_eq!(commands.len(), 5, "{text}");
        let shown = printable(&text).replace("##", "#\\u{23}");
        let begin: String = shown.chars().take(1_000).collect();
        for command in &commands[..4] {
            assert!(command.message.starts_with(&begin), "{text}: {command:?}");
            // without a path there is no place, and without names no title
            if text.trim().is_empty() {
                continue;
            }
            let numbers = ["line", "col"].map(|key| command.properties.get(key).map(String::as_str));
            assert_eq!(numbers, [Some("3"), Some("7")], "{text}");
            assert!(command.properties["title"].contains(&begin), "{text}: {command:?}");
            assert!(command.properties["file"].starts_with(&begin), "{text}: {command:?}");
        }
    }
}

#[test]
fn a_log_for_people_holds_no_command() {
    for (text, run) in hostile_runs() {
        let log = rendered("text", &Report::Ran(Ran::new(&run)));
        assert!(log.lines().all(|line| command(line).is_none() && !has_old_command(line)), "{text}: {log}");
    }
    for case in cases() {
        let log = rendered("text", &case.report());
        assert!(log.lines().all(|line| command(line).is_none() && !has_old_command(line)), "{}: {log}", case.name);
    }
}

#[test]
fn outputs_come_back_as_they_were_written() {
    for case in cases() {
        let written = outputs(&case.report());
        let read = workflow::outputs(&output_file(&written));
        assert!(read.iter().map(|(name, value)| (name.as_str(), value)).eq(written.iter().map(|(n, v)| (*n, v))));
    }
    for text in strings() {
        let written = [("next_version", text.clone()), ("outcome", "fail".to_owned())];
        let read = workflow::outputs(&output_file(&written));
        assert_eq!(read, [("next_version".to_owned(), text), ("outcome".to_owned(), "fail".to_owned())]);
    }
}
