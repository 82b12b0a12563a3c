//! Objects by their id, from one `git cat-file --batch` that stays open: it is asked for ids and nothing else, so that
//! no name, however it is written, can mean something to it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::command::{cannot_start, failed, git};
use crate::disk::reason;
use crate::failure::Failure;

/// Why the content of an object is not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It has more bytes than were asked for.
    TooLarge(u64),
    /// The repository does not have it.
    Missing,
}

/// The open process, once something was asked.
#[derive(Default)]
pub(super) struct Blobs(Option<Process>);

struct Process {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What it says on standard error; a pipe that nobody reads could fill up and stop it.
    said: File,
}

impl Blobs {
    /// The content of an object, of at most `most` bytes.
    pub fn read(&mut self, id: &str, most: u64) -> Result<Result<Vec<u8>, Refused>, Failure> {
        let mut process = match self.0.take() {
            Some(process) => process,
            None => Process::start()?,
        };
        match process.read(id, most) {
            // the rest of it is on its way: a new process is cheaper than to read what nobody wants
            Ok(Err(Refused::TooLarge(size))) => Ok(Err(Refused::TooLarge(size))),
            Ok(content) => {
                self.0 = Some(process);
                Ok(content)
            }
            Err(error) => Err(process.ended(&error)),
        }
    }
}

impl Process {
    fn start() -> Result<Self, Failure> {
        let said = tempfile::tempfile()
            .and_then(|said| Ok((said.try_clone()?, said)))
            .map_err(|error| Failure::Outside(format!("no temporary file can be made: {}", reason(&error))))?;
        let mut command = git(["cat-file", "--batch"]).0;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said.0);
        let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
        let ask = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Ok(Process { child, ask, answers, said: said.1 })
    }

    fn read(&mut self, id: &str, most: u64) -> std::io::Result<Result<Vec<u8>, Refused>> {
        self.ask.write_all(format!("{id}\n").as_bytes())?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `ID TYPE SIZE`, or `ID missing`
        let size = head.trim_end().rsplit(' ').next().unwrap_or_default();
        let Ok(size) = size.parse::<u64>() else {
            return match head.trim_end().ends_with(" missing") {
                true => Ok(Err(Refused::Missing)),
                false => Err(std::io::ErrorKind::UnexpectedEof.into()),
            };
        };
        if size > most {
            return Ok(Err(Refused::TooLarge(size)));
        }
        let mut content = Vec::new();
        (&mut self.answers).take(size + 1).read_to_end(&mut content)?;
        match content.pop() {
            Some(b'\n') if content.len() as u64 == size => Ok(Ok(content)),
            _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// It ended before it answered: what it said.
    fn ended(mut self, error: &std::io::Error) -> Failure {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut text = Vec::new();
        let _ = self.said.rewind().and_then(|()| (&self.said).take(4096).read_to_end(&mut text));
        match text.is_empty() {
            true => Failure::Outside(format!("`git cat-file` ended early: {}", reason(error))),
            false => failed("cat-file", &String::from_utf8_lossy(&text)),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it ends by itself once nobody asks any more, unless it is in the middle of an answer
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
