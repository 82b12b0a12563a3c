//! Why a command could not do what it was asked, and which exit code that is.

use std::io::Write;

use assay_report::FileProblem;

/// What stopped a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line, the project file or contracts are invalid: exit code 2. `shown` is what people read,
    /// `problems` is the same for machines.
    Invalid { shown: String, problems: Vec<FileProblem> },
    /// Something outside could not be read or written: exit code 3.
    Outside(String),
    /// Stopped from the keyboard.
    Interrupted,
}

impl Failure {
    /// Something that is not the fault of any text.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let (message, hint) = (message.into(), hint.into());
        let shown = format!("error: {message}\nhint: {hint}\n");
        Failure::Invalid { shown, problems: vec![FileProblem { at: None, message, hint: Some(hint) }] }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Invalid { .. } => 2,
            Failure::Outside(_) => 3,
            Failure::Interrupted => 130,
        }
    }

    /// What happened, in one sentence.
    pub fn message(&self) -> &str {
        match self {
            Failure::Invalid { problems, .. } => problems.first().map_or("", |problem| &problem.message),
            Failure::Outside(message) => message,
            Failure::Interrupted => "interrupted",
        }
    }

    /// Says it on standard error.
    pub fn tell(&self) {
        let text = match self {
            Failure::Invalid { shown, .. } => shown.trim_end().to_string(),
            Failure::Outside(message) => format!("error: {message}"),
            Failure::Interrupted => "interrupted".to_string(),
        };
        // Nobody is left to hear that standard error is gone.
        let _ = writeln!(anstream::stderr(), "{text}");
    }
}
