//! What Prometheus is told of runs: the families of documents ([`DOCUMENTS`]), what each takes from a run ([`Facts`]), and
//! the metrics of one run as text, for node_exporter's textfile collector. Nothing here is measured by a clock: what
//! takes a daemon to know, it adds to the facts ([`Kept`]).

mod facts;
mod families;
mod newest;
mod text;

use assay_core::run::RunRecord;
use chrono::DateTime;

use crate::Report;
pub use facts::{Facts, Kept};
pub use families::{BUILD_INFO, DOCUMENTS, Family, Kind};
pub use text::{Sink, header};

/// The metrics of a report. Of a monitor with several windows they are those of the newest one; a report without a run has
/// no more than the version of Assay.
pub fn textfile(report: &Report<'_>) -> String {
    let mut out = header(&BUILD_INFO);
    Sink::text(&BUILD_INFO, &mut out).put(&[env!("CARGO_PKG_VERSION")], 1.0);
    let Report::Ran(ran) = report else { return out };
    let at = seconds(&ran.run.as_of);
    let mut documents: Vec<Facts> = newest::windows(ran.run).into_iter().map(|table| Facts::of(table, at)).collect();
    documents.sort_by(|a, b| a.document.cmp(&b.document));
    for family in DOCUMENTS {
        let mut series = String::new();
        let mut sink = Sink::text(family, &mut series);
        documents.iter().for_each(|facts| family.detail(facts, &mut sink));
        if !series.is_empty() {
            out.push_str(&header(family));
            out.push_str(&series);
        }
    }
    out
}

/// What a run found of one document; of a monitor in the newest window that it evaluated. `None`: the run has nothing new
/// to say of it, as where no window had closed. `at` is when it ran, in seconds since 1970.
pub fn facts(document: &str, run: &RunRecord, at: f64) -> Option<Facts> {
    let table = newest::windows(run).into_iter().find(|table| table.table == document)?;
    let evaluated = table.monitor.as_ref().is_none_or(|monitor| monitor.window.is_some()) || table.reason.is_some();
    evaluated.then(|| Facts::of(table, Some(at)))
}

fn seconds(time: &str) -> Option<f64> {
    let time = DateTime::parse_from_rfc3339(time).ok()?;
    Some(time.timestamp() as f64 + f64::from(time.timestamp_subsec_millis()) / 1e3)
}

#[cfg(test)]
mod tests;
