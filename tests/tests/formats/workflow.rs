//! What the runner of GitHub Actions understands of a line, written from its documentation: the form of today, the form
//! before it, and files of outputs.

use std::collections::BTreeMap;

/// A command as the runner would carry it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub properties: BTreeMap<String, String>,
    pub message: String,
}

/// `::name key=value,key=value::message`, after blanks.
pub fn command(line: &str) -> Option<Command> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_owned(), decoded(value, true)))
    };
    let properties = properties.split(',').filter_map(pair).collect();
    Some(Command { name: name.to_owned(), properties, message: decoded(message, false) })
}

/// `##[name key=value;]message`, anywhere in a line.
pub fn has_old_command(line: &str) -> bool {
    line.split_once("##[").is_some_and(|(_, rest)| rest.contains(']')) || line.contains("##vso[")
}

fn decoded(text: &str, is_property: bool) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    let text = if is_property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
    text.replace("%25", "%")
}

/// Outputs of a file, in order: `name=value`, or `name<<DELIMITER`, lines, and the delimiter alone on a line.
pub fn outputs(file: &str) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    let mut lines = file.split('\n');
    while let Some(line) = lines.next() {
        let heredoc = line.split_once("<<").filter(|(name, _)| !name.contains('='));
        if let Some((name, delimiter)) = heredoc {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            outputs.push((name.to_owned(), value.join("\n")));
        } else if let Some((name, value)) = line.split_once('=') {
            outputs.push((name.to_owned(), value.to_owned()));
        }
    }
    outputs
}

#[test]
fn commands_are_read_as_the_runner_reads_them() {
    let read = command("  ::error file=a%3Ab,line=3::50%25%0Athen::more").expect("a command");
    let properties = [("file".to_owned(), "a:b".to_owned()), ("line".to_owned(), "3".to_owned())];
    assert_eq!((read.name.as_str(), read.properties), ("error", properties.into()));
    assert_eq!(read.message, "50%\nthen::more");
    assert_eq!(command("x ::error::y"), None);
    assert!(has_old_command("x ##[error]y") && !has_old_command("x ##[y"));
    let file = "a<<X\n1\n2\nX\nb=3\n";
    assert_eq!(outputs(file), [("a".into(), "1\n2".into()), ("b".into(), "3".into())]);
}
