//! The id of a run: the same contracts over the same data at the same time have the same one.

use assay_core::contract::Contract;
use assay_core::verdict::NotRun;
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use crate::Monitoring;
use crate::mask::hex;
use crate::monitors::Evaluated;
use crate::open::Opened;

/// `r-` and 16 hex digits of SHA-256 over the clock, the contracts with their variables and selected checks, what
/// the data of every table looked like, and for monitors their baselines and windows.
pub(crate) fn of_run(
    contracts: &[Contract],
    opened: &Opened,
    monitoring: Option<Monitoring<'_>>,
    evaluated: &[Evaluated],
    now: DateTime<Utc>,
) -> String {
    let mut hash = Sha256::new();
    // Lengths go in first, so that no two lists of texts read the same.
    let mut add = |texts: &[&str]| {
        hash.update((texts.len() as u64).to_le_bytes());
        for text in texts {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
    };
    add(&[&now.to_rfc3339_opts(SecondsFormat::AutoSi, true)]);
    for (contract, own) in contracts.iter().zip(&opened.own) {
        let unopened = own.as_ref().err().map_or("", |(NotRun::Skipped(why) | NotRun::Error(why))| why.code.as_str());
        add(&[&contract.table, &contract.sha256, unopened]);
        add(&contract.vars.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect::<Vec<_>>());
        add(&contract.checks.iter().map(|placed| placed.id.as_str()).collect::<Vec<_>>());
    }
    for (_, table) in opened.tables.iter() {
        add(&[&table.name, &table.snapshot.fingerprint]);
    }
    for monitor in monitoring.iter().flat_map(|with| with.monitors) {
        add(&[&monitor.name, &monitor.sha256]);
        add(&monitor.vars.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect::<Vec<_>>());
    }
    for one in evaluated {
        add(&one.marks.iter().map(String::as_str).collect::<Vec<_>>());
    }
    format!("r-{}", hex(&hash.finalize()[..8]))
}
