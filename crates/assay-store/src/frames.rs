//! Bytes as a store keeps them: compressed, and told apart from damage by a checksum.

use std::io::Read;

use sha2::{Digest, Sha256};

use crate::error::Trouble;
use crate::limits;

/// Written once and read seldom: a quick level already takes out what is regular.
const LEVEL: i32 = 3;

/// Bytes as they stand in a table.
pub(crate) struct Frame {
    /// How many they are.
    pub(crate) size: i64,
    /// SHA-256 over whose they are, their number and the frame.
    pub(crate) checksum: Vec<u8>,
    /// The zstd frame.
    pub(crate) bytes: Vec<u8>,
}

/// Compresses bytes that belong to something: `owner` is everything that says what they are.
pub(crate) fn pack(content: &[u8], owner: &[&str]) -> Result<Frame, Trouble> {
    let what = || owner.join(" ");
    let bytes = compressed(content).map_err(|why| Trouble::Unfit { what: what(), why: why.to_string() })?;
    let size = limits::count(content.len() as u64, what)?;
    Ok(Frame { size, checksum: checksum(owner, &[size], &bytes).into(), bytes })
}

/// The bytes of a frame, if they are what was written for this owner.
pub(crate) fn unpack(frame: &Frame, owner: &[&str]) -> Result<Vec<u8>, Trouble> {
    let damaged = |why: String| Trouble::Damaged { place: owner.join(" "), why };
    if checksum(owner, &[frame.size], &frame.bytes)[..] != frame.checksum[..] {
        return Err(damaged("its checksum does not match".into()));
    }
    decompressed(&frame.bytes, frame.size).map_err(|why| damaged(why.to_string()))
}

/// A zstd frame.
pub(crate) fn compressed(content: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::compress(content, LEVEL)
}

/// The bytes of a frame, which are exactly as many as were put in. No more than that is ever written to memory.
pub(crate) fn decompressed(frame: &[u8], size: i64) -> std::io::Result<Vec<u8>> {
    let size = u64::try_from(size).unwrap_or_default();
    let mut content = Vec::new();
    zstd::stream::read::Decoder::with_buffer(frame)?.take(size.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 == size { Ok(content) } else { Err(std::io::Error::other("its size does not match")) }
}

/// SHA-256 over texts (each after its length), numbers and a frame.
pub(crate) fn checksum(texts: &[&str], numbers: &[i64], frame: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    for number in numbers {
        hash.update(number.to_le_bytes());
    }
    hash.update(frame);
    hash.finalize().into()
}
