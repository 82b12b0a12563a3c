//! Receivers that are told nothing in truth: what would leave the house is counted, and goes as a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_core::engine::BoxFuture;
use assay_core::ops::Millis;
use assay_core::problem::Place;
use assay_core::secret::Secret;
use assay_notify::notification::Notification;
use assay_notify::receivers::{Answer, Carried, Carrier, Outgoing, Receiver, Request, Tried};
use assay_notify::rules::{Confirm, Destination, GroupBy, Network, Route, Rules};

use crate::clock::Clock;

/// How it goes when a receiver is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reach {
    /// It arrives.
    #[default]
    Works,
    /// Nobody is there.
    Down,
    /// It answers with this status.
    Answers(u16),
    /// It does not answer.
    Hangs,
    /// It arrives when the test has it go otherwise.
    Held,
    /// A fault of the program.
    Panics,
}

/// What left the house.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// `receiver` or `receiver/target`.
    pub whom: String,
    pub at: Millis,
    pub arrived: bool,
    pub said: Notification,
}

/// Counts, and goes as a test says.
pub(crate) struct FakeCarrier {
    clock: Arc<dyn Clock>,
    reach: Mutex<BTreeMap<String, Reach>>,
    told: Mutex<Vec<Told>>,
}

impl FakeCarrier {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        FakeCarrier { clock, reach: Mutex::default(), told: Mutex::default() }
    }

    /// From now on, `receiver` or `receiver/target` is reached like this.
    pub fn goes(&self, whom: &str, reach: Reach) {
        self.reach.lock().unwrap().insert(whom.into(), reach);
    }

    /// All tries, in order.
    pub fn tries(&self, whom: &str) -> Vec<Told> {
        self.told.lock().unwrap().iter().filter(|told| told.whom == whom).cloned().collect()
    }

    /// The ids of what arrived, in order.
    pub fn arrived(&self, whom: &str) -> Vec<String> {
        self.tries(whom).into_iter().filter(|told| told.arrived).map(|told| told.said.id).collect()
    }
}

impl Carrier for FakeCarrier {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, _: &'a [Network]) -> BoxFuture<'a, Carried> {
        Box::pin(async move {
            let Outgoing::Http(request) = outgoing else { panic!("no mails here") };
            let whom = request.url.expose().to_owned();
            let reach = self.reach.lock().unwrap().get(&whom).copied().unwrap_or_default();
            let said = serde_json::from_slice(&request.body).expect("a notification");
            let told = Told { whom: whom.clone(), at: self.clock.now(), arrived: reach == Reach::Works, said };
            let nth = {
                let mut all = self.told.lock().unwrap();
                all.push(told);
                all.len() - 1
            };
            let answer = |status| Carried::Answered(Answer { status, retry_after: None, body: String::new() });
            match reach {
                Reach::Works => answer(200),
                Reach::Down => Carried::Decided(Tried::Retry { error: "nobody is there".into(), after: None }),
                Reach::Answers(status) => answer(status),
                Reach::Hangs => std::future::pending().await,
                Reach::Held => {
                    while self.reach.lock().unwrap().get(&whom) == Some(&Reach::Held) {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    self.told.lock().unwrap()[nth].arrived = true;
                    answer(200)
                }
                Reach::Panics => panic!("a fault of the program"),
            }
        })
    }
}

/// A receiver whose requests are the notification.
#[derive(Debug)]
struct FakeReceiver {
    name: String,
    targets: Vec<String>,
    resend_every: Option<Millis>,
}

impl Receiver for FakeReceiver {
    fn integration(&self) -> &'static str {
        "webhook"
    }

    fn targets(&self) -> Vec<String> {
        self.targets.clone()
    }

    fn resend_every(&self) -> Option<Millis> {
        self.resend_every
    }

    fn outgoing(&self, notification: &Notification, target: &str, _: Millis) -> Result<Outgoing, String> {
        let url = if target.is_empty() { self.name.clone() } else { format!("{}/{target}", self.name) };
        Ok(Outgoing::Http(Request {
            url: Secret::new(url),
            headers: Vec::new(),
            body: serde_json::to_vec(notification).expect("texts and numbers"),
            content_type: "application/json",
            ca: None,
        }))
    }
}

/// A receiver of this name with one place.
pub(crate) fn destination(name: &str) -> Destination {
    Destination {
        name: name.into(),
        at: Place { path: "rules/alerts.yaml".into(), line: 1, column: 1 },
        receiver: Box::new(FakeReceiver { name: name.into(), targets: vec![String::new()], resend_every: None }),
        fallback: None,
        digest: None,
        fingerprint: format!("{name} 1"),
    }
}

/// The same with these targets.
pub(crate) fn with_targets(name: &str, targets: &[&str]) -> Destination {
    let targets = targets.iter().map(ToString::to_string).collect();
    Destination {
        receiver: Box::new(FakeReceiver { name: name.into(), targets, resend_every: None }),
        ..destination(name)
    }
}

/// One that forgets, and is told again so often.
pub(crate) fn forgetful(name: &str, every: Millis) -> Destination {
    let (targets, resend_every) = (vec![String::new()], Some(every));
    Destination { receiver: Box::new(FakeReceiver { name: name.into(), targets, resend_every }), ..destination(name) }
}

/// Rules with these receivers; the first is told of every incident, each by itself.
pub(crate) fn rules(receivers: Vec<Destination>) -> Rules {
    let route = receivers.first().map(|first| Route {
        id: "{}".into(),
        at: first.at.clone(),
        matchers: Vec::new(),
        receivers: vec![first.name.clone()],
        group_by: GroupBy::Incident,
        group_wait: 0,
        group_interval: 60_000,
        repeat_interval: 4 * 3_600_000,
        mute: Vec::new(),
        goes_on: false,
        send_resolved: true,
        escalate: None,
        routes: Vec::new(),
    });
    let receivers = receivers.into_iter().map(|one| (one.name.clone(), Arc::new(one))).collect();
    Rules { receivers, route, confirm: Confirm::default(), ..Rules::default() }
}
