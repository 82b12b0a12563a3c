//! Reading text files: contracts, packs, value lists and secrets.

use std::io::Read;
use std::path::{Path, PathBuf};

use assay_core::contract::Files;

/// The most bytes of a file that a contract names. Value lists may be long, but they are held in memory.
const MAX_BYTES: u64 = 64 << 20;

/// Files on disk, named relative to the file that names them; shown paths are relative to `base`.
#[derive(Debug)]
pub(crate) struct Disk {
    /// The project's folder, or the current one.
    pub base: PathBuf,
}

impl Files for Disk {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let bytes = read(&self.base.join(folder).join(path), MAX_BYTES)
            .map_err(|why| format!("cannot read `{path}`: {why}"))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("a file that a contract names has at most 64 MiB: `{path}`"));
        }
        Ok(bytes)
    }
}

/// The bytes of a file; of a larger one, one byte more than `most`.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    Ok(bytes)
}

/// An I/O error in a few lower-case words.
pub(crate) fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        ErrorKind::IsADirectory => "it is a folder".into(),
        ErrorKind::StorageFull => "no space left".into(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
