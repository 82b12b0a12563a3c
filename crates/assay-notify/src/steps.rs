//! One step of an incident: what it was, and one finding.

use assay_core::ops::Millis;
use assay_core::ops::incidents::{AlertEvent, EventKind, Incident, IncidentKind, IncidentState};
use assay_core::verdict::Outcome;

use crate::decide::{Context, Policy};
use crate::findings::{Counted, Finding, Step};

/// Resolved: it was good often enough.
pub const RECOVERED: &str = "recovered";
/// Resolved: what it was about is no longer there.
pub const REMOVED: &str = "removed";
/// Resolved: it was good before it was bad often enough to be opened.
pub const NEVER_CONFIRMED: &str = "never_confirmed";

/// An incident and what happened to it.
pub(crate) type Changed = (Incident, Option<EventKind>);

/// What a finding makes of the newest incident of its key; `None`: nothing changes.
pub(crate) fn step(known: Option<&Incident>, finding: &Finding, context: &Context<'_>) -> Option<Changed> {
    // a window before the one where it began was judged late: it says nothing of what came after
    let is_earlier = |known: &Incident| finding.window.is_some_and(|window| window < known.since);
    if known.is_some_and(|known| known.state != IncidentState::Resolved && is_earlier(known)) {
        return None;
    }
    match finding.step {
        Step::Bad(outcome, counted) => Some(bad(begin(known, finding, context), finding, outcome, counted, context)),
        Step::Good => good(known?, context),
        Step::Removed => removed(known?, context),
    }
}

/// The incident that a bad finding is about: the one that is not over, the last one where that was over not long ago,
/// or a new one. What begins is pending, bad no time yet.
fn begin(known: Option<&Incident>, finding: &Finding, context: &Context<'_>) -> Incident {
    let since = finding.since.unwrap_or(context.now);
    match known {
        Some(known) if known.state != IncidentState::Resolved => known.clone(),
        Some(known) if is_recent(known, context) => Incident {
            state: IncidentState::Pending,
            bad: 0,
            good: 0,
            since,
            acknowledged_by: None,
            note: None,
            // when and why it was over stays until it is open again: it may not be
            ..known.clone()
        },
        Some(_) | None => Incident {
            number: 0,
            key: finding.key.clone(),
            state: IncidentState::Pending,
            severity: Outcome::Warn,
            layer: None,
            owner: None,
            tags: Vec::new(),
            message: String::new(),
            bad: 0,
            good: 0,
            since,
            opened_at: None,
            changed_at: context.now,
            resolved_at: None,
            resolved_why: None,
            reopened: 0,
            planned: context.planned,
            run: String::new(),
            acknowledged_by: None,
            note: None,
        },
    }
}

fn is_recent(known: &Incident, context: &Context<'_>) -> bool {
    let over = known.resolved_at.unwrap_or(known.changed_at);
    context.now.saturating_sub(over) <= context.policy.reopen
}

fn bad(
    mut incident: Incident,
    finding: &Finding,
    outcome: Outcome,
    counted: Counted,
    context: &Context<'_>,
) -> Changed {
    let before = incident.severity;
    incident.bad = times_bad(&incident, counted, &context.policy);
    incident.good = 0;
    incident.severity = outcome;
    incident.message.clone_from(&finding.message);
    incident.tags.clone_from(&finding.tags);
    judged(&mut incident, context);
    let is_enough = match counted {
        Counted::Here => incident.bad >= context.policy.needed(incident.key.kind),
        Counted::Pending(_) => false,
        Counted::Confirmed => true,
    };
    let event = match incident.state {
        IncidentState::Pending if is_enough => Some(open(&mut incident, context.now)),
        IncidentState::Open | IncidentState::Acknowledged if before < outcome => {
            incident.acknowledged_by = None;
            incident.note = None;
            Some(EventKind::Worsened)
        }
        IncidentState::Open | IncidentState::Acknowledged if before > outcome => Some(EventKind::Eased),
        _ => None,
    };
    (incident, event)
}

/// Bad times in a row with this one. What others confirmed was bad often enough, however little of it was seen here.
fn times_bad(incident: &Incident, counted: Counted, policy: &Policy) -> u32 {
    let once_more = incident.bad.saturating_add(1);
    match counted {
        Counted::Pending(seen) if incident.state == IncidentState::Pending => seen,
        Counted::Here | Counted::Pending(_) => once_more,
        Counted::Confirmed => once_more.max(policy.needed(incident.key.kind)),
    }
}

fn open(incident: &mut Incident, now: Millis) -> EventKind {
    let again = incident.opened_at.is_some();
    incident.state = IncidentState::Open;
    incident.opened_at = Some(now);
    incident.resolved_at = None;
    incident.resolved_why = None;
    if again {
        incident.reopened = incident.reopened.saturating_add(1);
        EventKind::Reopened
    } else {
        EventKind::Opened
    }
}

fn good(known: &Incident, context: &Context<'_>) -> Option<Changed> {
    let mut incident = known.clone();
    incident.bad = 0;
    judged(&mut incident, context);
    match known.state {
        IncidentState::Resolved => None,
        IncidentState::Pending => {
            fade(&mut incident, context.now);
            Some((incident, None))
        }
        IncidentState::Open | IncidentState::Acknowledged => {
            incident.good = incident.good.saturating_add(1);
            if incident.good < context.policy.recover {
                return Some((incident, None));
            }
            resolve(&mut incident, RECOVERED, context.now);
            Some((incident, Some(EventKind::Resolved)))
        }
    }
}

/// A pending incident that came to nothing. One that had been open under its number is over as it was before.
fn fade(incident: &mut Incident, now: Millis) {
    if incident.opened_at.is_some() {
        incident.state = IncidentState::Resolved;
        return;
    }
    resolve(incident, NEVER_CONFIRMED, now);
}

fn removed(known: &Incident, context: &Context<'_>) -> Option<Changed> {
    let mut incident = known.clone();
    judged(&mut incident, context);
    let event = match known.state {
        IncidentState::Resolved => return None,
        IncidentState::Pending => None,
        IncidentState::Open | IncidentState::Acknowledged => Some(EventKind::Resolved),
    };
    resolve(&mut incident, REMOVED, context.now);
    Some((incident, event))
}

fn resolve(incident: &mut Incident, why: &str, now: Millis) {
    incident.state = IncidentState::Resolved;
    incident.resolved_at = Some(now);
    incident.resolved_why = Some(why.to_owned());
}

fn judged(incident: &mut Incident, context: &Context<'_>) {
    incident.planned = context.planned;
    context.run.clone_into(&mut incident.run);
    incident.changed_at = context.now;
}

/// The event of a change.
pub(crate) fn event(incident: &Incident, kind: EventKind, message: &str, context: &Context<'_>) -> AlertEvent {
    AlertEvent {
        number: 0,
        incident: incident.number,
        kind,
        at: context.now,
        severity: incident.severity,
        message: message.to_owned(),
        run: Some(context.run.to_owned()),
    }
}

impl Policy {
    /// Bad runs in a row until it is open.
    fn needed(self, kind: IncidentKind) -> u32 {
        match kind {
            IncidentKind::Verdict => self.fail,
            IncidentKind::Error => self.errors,
        }
    }
}
