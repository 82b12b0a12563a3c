//! Bytes as stores keep them: compressed, and states told apart from damage by a checksum.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// States are written once per window and read once per run: a quick level already takes out what is regular.
const LEVEL: i32 = 3;

/// A zstd frame of these bytes.
pub(crate) fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, LEVEL)
}

/// The bytes of a frame, which are exactly as many as were put in. No more than that is ever written to memory.
pub(crate) fn unpacked(frame: &[u8], size: i64) -> io::Result<Vec<u8>> {
    let size = u64::try_from(size).unwrap_or_default();
    let mut state = Vec::new();
    zstd::stream::read::Decoder::with_buffer(frame)?.take(size.saturating_add(1)).read_to_end(&mut state)?;
    if state.len() as u64 == size { Ok(state) } else { Err(io::Error::other("its size does not match")) }
}

/// A state as it stands in a table.
pub(crate) struct Kept<'a> {
    pub(crate) monitor: &'a str,
    pub(crate) measures: &'a str,
    pub(crate) window: &'a str,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) size: i64,
    pub(crate) frame: &'a [u8],
}

impl Kept<'_> {
    /// SHA-256 over everything, each text after its length.
    pub(crate) fn checksum(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for text in [self.monitor, self.measures, self.window] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        for number in [self.start, self.end, self.size] {
            hash.update(number.to_le_bytes());
        }
        hash.update(self.frame);
        hash.finalize().into()
    }
}
