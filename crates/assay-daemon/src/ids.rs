//! Ids of runs and silences.

use assay_core::ops::Millis;
use sha2::{Digest, Sha256};

/// Characters whose order is that of their values, without those that look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `run-` and 20 characters that sort by time: 50 bits of milliseconds, 50 random ones.
pub fn run(now: Millis) -> String {
    let random = getrandom::u64().unwrap_or_else(|_| hash(&now.to_le_bytes()));
    let mut id = String::from("run-");
    digits(&mut id, now.unsigned_abs());
    digits(&mut id, random);
    id
}

/// The id of a record that nothing was evaluated for.
pub fn of_nothing(document: &str, now: Millis) -> String {
    let mut bytes = document.as_bytes().to_vec();
    bytes.extend(now.to_le_bytes());
    format!("r-{:016x}", hash(&bytes))
}

fn digits(id: &mut String, number: u64) {
    for nth in (0..10).rev() {
        id.push(char::from(ALPHABET[(number >> (5 * nth) & 31) as usize]));
    }
}

/// 64 bits of a SHA-256.
pub fn hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
