//! Where results go. A file is written beside its place and then renamed, so that nobody ever reads half a result.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use assay_report::Reading;
use tempfile::NamedTempFile;

use crate::disk::reason;
use crate::failure::Failure;

/// A place for a result, known to be writable.
pub(crate) enum Sink {
    /// Standard output.
    Stdout,
    /// Nobody wants it.
    Nowhere,
    /// A regular file, new or to be replaced.
    File { path: PathBuf, temporary: NamedTempFile },
    /// A pipe or a device, which cannot be replaced.
    Device { path: PathBuf, file: std::fs::File },
}

impl Sink {
    /// Prepares the place before any data are read: a run is too dear to find out afterwards.
    pub fn prepare(path: Option<&Path>) -> Result<Sink, Failure> {
        let Some(path) = path else { return Ok(Sink::Stdout) };
        let fail =
            |error: &io::Error| Failure::Outside(format!("cannot write `{}`: {}", path.display(), reason(error)));
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(fail(&io::Error::from(ErrorKind::IsADirectory)));
            }
            Ok(found) if !found.is_file() => {
                let file = std::fs::OpenOptions::new().write(true).open(path).map_err(|error| fail(&error))?;
                return Ok(Sink::Device { path: path.to_path_buf(), file });
            }
            Ok(_) | Err(_) => {}
        }
        // Through a link the file itself is replaced, not the link.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = new_file(folder).map_err(|error| fail(&error))?;
        Ok(Sink::File { path, temporary })
    }

    /// Whether people read the result where it goes.
    pub fn is_stdout(&self) -> bool {
        matches!(self, Sink::Stdout)
    }

    /// Writes the whole result.
    pub fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let fail = |path: &Path, error: &io::Error| {
            Err(Failure::Outside(format!("cannot write `{}`: {}", path.display(), reason(error))))
        };
        match self {
            Sink::Stdout => stdout(bytes),
            Sink::Nowhere => Ok(()),
            Sink::File { path, mut temporary } => {
                let written = temporary.write_all(bytes).and_then(|()| temporary.as_file().sync_all());
                match written.and_then(|()| temporary.persist(&path).map_err(|error| error.error)) {
                    Ok(_) => Ok(()),
                    Err(error) => fail(&path, &error),
                }
            }
            Sink::Device { path, mut file } => file.write_all(bytes).or_else(|error| fail(&path, &error)),
        }
    }
}

/// A temporary file with the permissions that a new file would have.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".assay-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Outside(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(()),
    }
}

/// Says something on standard error; nobody is left to hear that it is gone.
pub(crate) fn told(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// How the reader of standard output wants to read.
pub(crate) fn reading(verbose: bool, to_stdout: bool) -> Reading {
    let plain = Reading { verbose, ..Reading::default() };
    if !to_stdout {
        return plain;
    }
    let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    let width = terminal.map_or(plain.width, |(terminal_size::Width(columns), _)| usize::from(columns));
    Reading { verbose, color, width }
}
