//! Files that contracts name, as they were when the project was loaded: a run reads nothing that was not checked then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use assay_core::contract::Files;
use sha2::{Digest, Sha256};

use crate::disk::Disk;

/// By path, and the file that names it.
type Known = BTreeMap<(String, String), Result<Arc<[u8]>, String>>;

/// Reads files from disk once and gives the same bytes from then on.
#[derive(Debug)]
pub(crate) struct Recorded {
    disk: Disk,
    known: Mutex<Known>,
}

impl Recorded {
    pub fn new(disk: Disk) -> Self {
        Recorded { disk, known: Mutex::default() }
    }

    /// Adds what was read to a digest.
    pub fn digest(&self, digest: &mut Sha256) {
        for ((path, from), bytes) in &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            for text in [path, from] {
                digest.update((text.len() as u64).to_le_bytes());
                digest.update(text);
            }
            match bytes {
                Ok(bytes) => {
                    digest.update((bytes.len() as u64).to_le_bytes());
                    digest.update(bytes);
                }
                Err(why) => digest.update(why),
            }
        }
    }
}

impl Files for Recorded {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let read = known.entry((path.into(), from.into())).or_insert_with(|| self.disk.read(path, from).map(Arc::from));
        read.as_ref().map(|bytes| bytes.to_vec()).map_err(Clone::clone)
    }
}
