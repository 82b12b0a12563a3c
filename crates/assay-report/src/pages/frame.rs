//! What stands around every page: where one is, who one is, and what was just done.

use assay_core::ops::Millis;
use serde::Serialize;

use super::link;
use super::time::When;

/// What every page is given beside what it is about.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The project's name.
    pub project: Option<String>,
    /// The daemon's clock.
    pub now: Millis,
    /// Incidents that are open or acknowledged.
    pub broken: usize,
    /// Path and query of this page: where one comes back to.
    pub here: String,
    /// Who looks.
    pub visitor: Visitor,
    /// What was just done.
    pub said: Option<Said>,
}

/// Who looks at a page.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The name of the token that they signed in with.
    pub name: Option<String>,
    /// Whether that lets them run, silence and acknowledge.
    pub may_run: bool,
    /// Whether it lets them retry and drop notifications.
    pub may_admin: bool,
    /// The hidden field of their forms.
    pub csrf: String,
}

/// What was just done, as an address says it. The words are not in the address: nobody can be shown another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A run was queued.
    Queued,
    /// One was queued or running already.
    Waiting,
    /// An incident was acknowledged.
    Acknowledged,
    /// It was not open, so that nothing was changed.
    NotOpen,
    /// A silence was made.
    Silenced,
    /// A silence was ended.
    Ended,
    /// It had ended already.
    Over,
    /// A notification is tried again.
    Retried,
    /// A notification was dropped.
    Dropped,
    /// It had come to its end already.
    NotWaiting,
    /// Signed in.
    SignedIn,
    /// Signed out.
    SignedOut,
}

impl Said {
    /// All of them, with their names in addresses and their words.
    const ALL: [(Said, &'static str, &'static str); 12] = [
        (Said::Queued, "queued", "The run is queued. Its outcome is shown here when it has ended."),
        (Said::Waiting, "waiting", "A run was queued or running already; it is the answer to yours, too."),
        (Said::Acknowledged, "acknowledged", "Acknowledged. It is not repeated until it is resolved or gets worse."),
        (Said::NotOpen, "not-open", "Only open incidents are acknowledged, and this one is not; nothing was changed."),
        (Said::Silenced, "silenced", "The silence is in force. Incidents that match are still recorded."),
        (Said::Ended, "ended", "The silence is over. What still is broken is notified again."),
        (Said::Over, "over", "The silence had ended already; nothing was changed."),
        (Said::Retried, "retried", "The notification is tried again now. What came of it is shown here."),
        (Said::Dropped, "dropped", "The notification was dropped. Nobody is told in its place."),
        (Said::NotWaiting, "not-waiting", "The notification had come to its end already; nothing was changed."),
        (Said::SignedIn, "signed-in", "You are signed in."),
        (Said::SignedOut, "signed-out", "You are signed out."),
    ];

    /// In an address: `?said=queued`.
    pub fn name(self) -> &'static str {
        Said::ALL.iter().find(|(said, ..)| *said == self).map_or("", |(_, name, _)| name)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Said> {
        Said::ALL.iter().find(|(_, known, _)| *known == name).map(|(said, ..)| *said)
    }

    fn text(self) -> &'static str {
        Said::ALL.iter().find(|(said, ..)| *said == self).map_or("", |(.., text)| text)
    }
}

/// Which part of the site a page is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Incidents,
    Runs,
    Silences,
    Notifications,
    Elsewhere,
}

#[derive(Debug, Serialize)]
pub(super) struct FrameView<'a> {
    project: Option<&'a str>,
    now: When,
    ways: Vec<Way>,
    here: &'a str,
    login_href: String,
    name: Option<&'a str>,
    may_run: bool,
    may_admin: bool,
    csrf: &'a str,
    said: Option<&'static str>,
}

/// A way to another part.
#[derive(Debug, Serialize)]
struct Way {
    href: &'static str,
    name: &'static str,
    is_here: bool,
    /// How many there are, where there are any.
    count: Option<usize>,
}

impl<'a> FrameView<'a> {
    pub fn new(frame: &'a Frame, place: Place) -> Self {
        let way = |href, name, of: Place| Way {
            href,
            name,
            is_here: of == place,
            count: (of == Place::Incidents && frame.broken > 0).then_some(frame.broken),
        };
        FrameView {
            project: frame.project.as_deref(),
            now: When::new(frame.now, frame.now),
            ways: vec![
                way("/", "Overview", Place::Overview),
                way("/incidents", "Incidents", Place::Incidents),
                way("/runs", "Runs", Place::Runs),
                way("/silences", "Silences", Place::Silences),
                way("/notifications", "Notifications", Place::Notifications),
            ],
            here: &frame.here,
            login_href: format!("/login{}", link::query(&[("next", &frame.here)])),
            name: frame.visitor.name.as_deref(),
            may_run: frame.visitor.may_run,
            may_admin: frame.visitor.may_admin,
            csrf: &frame.visitor.csrf,
            said: frame.said.map(Said::text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_found_by_its_name_alone() {
        for (said, name, text) in Said::ALL {
            assert_eq!((Said::named(name), said.name(), said.text()), (Some(said), name, text));
        }
        assert_eq!(Said::named("<b>you won</b>"), None);
    }
}
