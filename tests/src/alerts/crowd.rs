//! Very many contracts that fail at once: one group, few mails, the first soon.

use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};

use super::relay::{Relay, script};
use crate::daemon::{Daemon, Project, Signal, wait};

/// What a trial measured.
#[derive(Debug)]
pub struct Measured {
    /// Contracts that fail.
    pub contracts: usize,
    /// From asking for the first run to the first mail.
    pub first_mail: Duration,
    /// To the mail that tells of all.
    pub last_mail: Duration,
    /// Mails in all.
    pub mails: usize,
}

/// Runs so many contracts that their table breaks, under rules that group by layer and wait half a minute.
pub fn trial(contracts: usize, patience: Duration) -> Measured {
    let relay = Relay::start();
    let project = Project::new(&format!("scheduler: {{concurrency: 4, per_connection: 4}}\n{}", relay.connections()));
    project.write(
        "rules/alerts.yaml",
        "assay: 1\nrules: alerts\nreceivers:\n  team: {email: {to: [ada@shop.example], connection: relay}}\n\
         route: {receiver: team, group_by: [layer], group_wait: 30s, group_interval: 30s}\n",
    );
    project.write("data/orders.csv", "id,amount\n1,5\n2,4711\n");
    let names: Vec<String> = (0..contracts).map(|nth| format!("gold.t{nth:04}")).collect();
    for name in &names {
        project.write(
            &format!("checks/gold/{name}.yaml"),
            &format!(
                "assay: 1\ntable: {name}\nlayer: gold\nsource: {{format: csv, path: data/orders.csv}}\ncolumns:\n  \
                 amount: {{type: int64, range: [0, 1000]}}\n"
            ),
        );
    }
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    let begun = Instant::now();
    for some in names.chunks(100) {
        client.ask_for(&some.iter().map(String::as_str).collect::<Vec<_>>());
    }
    wait::holds("the first mail comes", patience, || !relay.mails().is_empty());
    let first_mail = begun.elapsed();
    let open = IncidentFilter { states: vec![IncidentState::Open], most: usize::MAX, ..IncidentFilter::default() };
    let found = || project.store().incidents(&open).expect("incidents").len();
    wait::holds("all are found", patience, || found() == contracts);
    // what came after a mail is told with the next one of the group
    let tells_of_all = || {
        let mail = relay.mails().last().map(|path| script("mails.py", std::slice::from_ref(path)));
        mail.is_some_and(|mail| mail[0]["headers"].to_string().contains(&format!("[{contracts} failing]")))
    };
    wait::holds("all are told", patience, tells_of_all);
    let measured = Measured { contracts, first_mail, last_mail: begun.elapsed(), mails: relay.mails().len() };
    daemon.end(Signal::Term);
    measured
}
