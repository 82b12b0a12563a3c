//! Failing rows: a bounded second look, only for checks that did not pass.

use assay_core::contract::Contract;
use assay_core::engine::{Cost, RowRequest};
use assay_core::metric::{Column, TableId};
use assay_core::run::Samples;
use assay_core::verdict::{Outcome, Verdict};
use std::collections::BTreeMap;

use crate::mask::{MaskKey, mask_row};
use crate::open::Opened;
use crate::{Setting, plan};

/// The samples of a run.
#[derive(Default)]
pub(crate) struct Sampled {
    /// By (contract, check).
    pub samples: BTreeMap<(usize, usize), Samples>,
    /// What fetching them took.
    pub costs: BTreeMap<TableId, Cost>,
}

/// Fetches the first failing rows of every check that did not pass, in one call, and masks them.
pub(crate) async fn fetch(
    contracts: &[Contract],
    verdicts: &[Vec<Verdict>],
    opened: &Opened,
    mask_key: Option<&MaskKey>,
    setting: Setting<'_>,
) -> Sampled {
    let mut places = Vec::new();
    let mut requests = Vec::new();
    for (at, contract) in contracts.iter().enumerate() {
        for (nth, verdict) in verdicts[at].iter().enumerate() {
            if let Some(request) = request(contract, nth, verdict, opened, &opened.own[at], setting) {
                places.push((at, nth, verdict.failing.unwrap_or_default()));
                requests.push(request);
            }
        }
    }
    if requests.is_empty() {
        return Sampled::default();
    }

    let report = setting.engine.failing_rows(&requests, &opened.tables, setting.watch).await;
    let mut answers = report.samples.into_iter();
    let samples = places
        .into_iter()
        .map(|(at, nth, of)| {
            let rows = match answers.next() {
                Some(Ok(rows)) => {
                    Ok(rows.into_iter().map(|row| mask_row(row, &contracts[at].failed_rows.mask, mask_key)).collect())
                }
                Some(Err(error)) => Err(error.text),
                None => Err("the engine gave no answer; please report this".to_string()),
            };
            ((at, nth), Samples { rows, of })
        })
        .collect();
    Sampled { samples, costs: report.costs }
}

fn request<E>(
    contract: &Contract,
    nth: usize,
    verdict: &Verdict,
    opened: &Opened,
    own: &Result<TableId, E>,
    setting: Setting<'_>,
) -> Option<RowRequest> {
    let broken = matches!(verdict.outcome, Outcome::Warn | Outcome::Fail);
    if !broken || contract.failed_rows.keep == 0 || verdict.failing.unwrap_or_default() == 0 {
        return None;
    }
    let at = plan::context(*own.as_ref().ok()?, opened, setting);
    let selector = contract.checks[nth].check.failing_rows(&at)?;
    // A key that is not there in full cannot name rows; their place can.
    let key: Result<Vec<Column>, _> =
        contract.key.iter().map(|name| at.column(name).map(|found| found.column)).collect();
    Some(RowRequest { selector, key: key.unwrap_or_default(), keep: contract.failed_rows.keep })
}
