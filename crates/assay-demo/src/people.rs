//! Names to make e-mail addresses from. The domains are reserved for examples (RFC 2606).

use crate::random::Random;

const FIRST: &[&str] = &[
    "ada", "bruno", "chiara", "david", "elif", "farid", "grete", "hiro", "ines", "jonas", "kofi", "lena", "mats",
    "nadia", "oskar", "priya",
];
const LAST: &[&str] = &[
    "albers",
    "bianchi",
    "costa",
    "dubois",
    "eriksen",
    "fischer",
    "garcia",
    "haddad",
    "ito",
    "jansen",
    "kaya",
    "lindqvist",
    "moreau",
    "novak",
    "okafor",
    "petrov",
];
const DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

/// An address that is unique by its number.
pub(crate) fn email(random: &mut Random, number: usize) -> String {
    let mut one = |of: &'static [&'static str]| of[random.below(of.len() as u64) as usize];
    format!("{}.{}{number}@{}", one(FIRST), one(LAST), one(DOMAINS))
}
