//! When a group is told, and of what. A group waits for `group_wait` from the opening of its first incident, and for
//! `group_interval` from when it was told last; what became worse, and what is no longer muted, is told at once.

use std::collections::{BTreeMap, HashMap};

use assay_core::ops::Millis;
use assay_core::ops::incidents::IncidentState;

use super::groups::{Group, Kind};
use super::members::{Member, News};
use super::messages::{self, Listed, Telling};
use super::mutes::{Muted, Mutes};
use super::scene::{Known, Scene};
use crate::notification::{Notification, Reason};

/// The times that hold for a group in a pass.
#[derive(Debug, Clone, Copy)]
struct Times {
    now: Millis,
    /// What is over sooner is not told at all.
    shortest: Millis,
    wait: Millis,
    /// Nothing is told earlier, but for what is told at once.
    not_before: Millis,
    /// When what is still open is told again.
    repeat: Option<Millis>,
    /// Whether what is acknowledged is told again, too: the receiver forgets.
    forgets: bool,
}

impl Times {
    fn of(scene: &Scene<'_>, group: &Group<'_>) -> Times {
        let (state, at_once) = (&group.state, scene.world.at_once);
        let not_before = state.told_at.filter(|_| !at_once).map_or(Millis::MIN, |at| at.saturating_add(state.interval));
        let repeat = state.told_at.zip(scene.repeat_interval(group)).map(|(at, every)| at.saturating_add(every));
        Times {
            now: scene.now,
            shortest: state.wait(),
            wait: if at_once { 0 } else { state.wait() },
            not_before,
            repeat: repeat.map(|repeat| repeat.max(not_before)),
            forgets: scene.resend(&group.receiver).is_some(),
        }
    }

    /// When news of a member is due, if nothing mutes it.
    fn due(&self, member: &Member, news: News) -> Option<Millis> {
        let due = match news {
            News::Worse => return Some(self.now),
            News::Fresh => member.opened.saturating_add(self.wait),
            News::Ended | News::Unseen => member.ended(self.wait)?,
        };
        Some(due.max(self.not_before))
    }
}

/// Tells a group, if it is due.
pub(super) fn flush<'a>(mutes: &Mutes<'_, 'a>, key: &str, group: &mut Group<'a>) -> Option<Notification> {
    let scene = mutes.scene;
    if !group.state.resolves {
        end_silently(scene, group);
    }
    let due = hold(mutes, group)?;
    let listed = list(mutes, group, &due.let_go);
    let is_news = listed.iter().any(|told| told.news.is_some());
    if listed.is_empty() || !is_news && !due.is_repeat {
        return None;
    }
    let reason = reason(scene, group, &listed);
    let telling = Telling { reason, key, mutes: words(&due.let_go), period: None };
    let notification = messages::notification(scene, group, &listed, &telling);
    for told in &listed {
        let (Some(member), Some(known)) = (group.state.members.get_mut(&told.number), scene.known(told.number)) else {
            continue;
        };
        if told.is_over {
            member.end()
        } else {
            member.tell(told.news == Some(Reason::Worsened), known.incident, scene.now)
        }
    }
    group.state.told_at = Some(scene.now);
    Some(notification)
}

/// Who does not want to hear of ends has heard of them.
fn end_silently(scene: &Scene<'_>, group: &mut Group<'_>) {
    for member in group.state.members.values_mut().filter(|member| member.told.is_some() && !member.is_open(scene.now))
    {
        member.end();
    }
}

/// Why a group is looked at.
#[derive(Debug, Default)]
struct Due {
    /// What was held back until now.
    let_go: BTreeMap<u64, Muted>,
    /// Whether something is still open that is told again.
    is_repeat: bool,
}

/// Holds back what is due and muted, and lets go of what no longer is. `None`: nothing is due.
fn hold<'a>(mutes: &Mutes<'_, 'a>, group: &mut Group<'a>) -> Option<Due> {
    let scene = mutes.scene;
    let times = Times::of(scene, group);
    let mut found = Due::default();
    let mut is_due = false;
    let names = group.route.map_or(&[][..], |route| &route.mute);
    for (number, member) in &mut group.state.members {
        let Some(known) = scene.known(*number) else { continue };
        let is_routed = group.routed.contains(number);
        let news = news(member, known, is_routed, &times);
        let due = match news {
            Some(_) if member.muted.is_some() => Some(times.now),
            Some(news) => times.due(member, news),
            None => times.repeat.filter(|_| repeats(member, known, is_routed, &times)),
        };
        let due_now = due.is_some_and(|due| due <= times.now);
        if !due_now && member.muted.is_none() {
            continue;
        }
        let muted = if news.is_none() && !due_now && !member.is_open(times.now) {
            None
        } else {
            muted(mutes, known, news, names)
        };
        // a group is told of the others when its first is due, muted or not
        is_due |= due_now && member.muted.is_none() && news.is_some_and(|news| news != News::Worse);
        match muted {
            // it came and went while nobody wanted to hear of it
            Some(_) if news == Some(News::Unseen) => member.end(),
            Some(muted) => member.muted = Some(muted),
            None => {
                found.let_go.extend(member.muted.take().map(|muted| (*number, muted)));
                is_due |= due_now;
                found.is_repeat |= due_now && news.is_none();
            }
        }
    }
    is_due.then_some(found)
}

/// Everything that a message about the group has to list, and holds back what is muted.
fn list<'a>(mutes: &Mutes<'_, 'a>, group: &mut Group<'a>, held: &BTreeMap<u64, Muted>) -> Vec<Listed> {
    let scene = mutes.scene;
    let times = Times::of(scene, group);
    let kind = group.state.kind;
    let names = group.route.map_or(&[][..], |route| &route.mute);
    let mut listed = Vec::new();
    for (number, member) in &mut group.state.members {
        let Some(known) = scene.known(*number) else { continue };
        let is_routed = group.routed.contains(number);
        let news = news(member, known, is_routed, &times);
        let is_still_open = news.is_none() && is_routed && member.told.is_some() && member.is_open(times.now);
        if member.muted.is_some() || (news.is_none() && !is_still_open) {
            continue;
        }
        if let Some(muted) = muted(mutes, known, news, names) {
            match news {
                Some(News::Unseen) => member.end(),
                Some(_) => member.muted = Some(muted),
                None => {}
            }
            continue;
        }
        let reason = news.map(|news| match news {
            News::Fresh if kind == Kind::Escalation => Reason::Escalated,
            News::Fresh if held.contains_key(number) => Reason::MuteEnded,
            News::Fresh if member.heard => Reason::Reopened,
            News::Fresh => Reason::Opened,
            News::Worse => Reason::Worsened,
            News::Ended | News::Unseen => Reason::Resolved,
        });
        let is_over = matches!(news, Some(News::Ended | News::Unseen));
        let is_flapping = member.openings.is_flapping(times.now);
        listed.push(Listed { number: *number, news: reason, is_over, is_flapping });
    }
    listed
}

/// What there is to tell of a member. Of one that belongs elsewhere by now only that it is over.
fn news(member: &Member, known: &Known<'_>, is_routed: bool, times: &Times) -> Option<News> {
    let news = member.news(known.incident, times.shortest, times.now)?;
    let is_end = matches!(news, News::Ended | News::Unseen);
    (is_end || is_routed).then_some(news)
}

/// Whether it is told again when nothing changed for long.
fn repeats(member: &Member, known: &Known<'_>, is_routed: bool, times: &Times) -> bool {
    let is_quiet = known.incident.state == IncidentState::Acknowledged && !times.forgets;
    is_routed && member.told.is_some() && member.is_open(times.now) && !is_quiet
}

fn muted<'s, 'a>(mutes: &Mutes<'s, 'a>, known: &'s Known<'a>, news: Option<News>, names: &[String]) -> Option<Muted> {
    if news == Some(News::Ended) { mutes.of_its_end(known, names) } else { mutes.of(known, names) }
}

/// Of several reasons the first; which of them the others of the group turn it into.
fn reason(scene: &Scene<'_>, group: &Group<'_>, listed: &[Listed]) -> Reason {
    let is_open = listed.iter().any(|told| !told.is_over);
    let was_told = |member: &Member| member.told.is_some() && member.is_open(scene.now);
    let is_known = group.state.members.values().any(was_told);
    let one = |news: Reason| match news {
        Reason::Opened if is_known => Reason::NewMember,
        Reason::Resolved if is_open => Reason::PartlyResolved,
        other => other,
    };
    listed.iter().filter_map(|told| told.news).map(one).min().unwrap_or(Reason::Repeat)
}

fn words(held: &BTreeMap<u64, Muted>) -> HashMap<u64, String> {
    held.iter().map(|(number, muted)| (*number, muted.by.words())).collect()
}

/// When the group is due next, if nothing happens. What is due now was told in this pass, or is held back.
pub(super) fn next<'a>(scene: &Scene<'a>, group: &Group<'a>) -> Option<Millis> {
    let times = Times::of(scene, group);
    let of = |(number, member): (&u64, &Member)| {
        let known = scene.known(*number)?;
        if let Some(muted) = &member.muted {
            return muted.until;
        }
        let is_routed = group.routed.contains(number);
        let news = news(member, known, is_routed, &times).and_then(|news| times.due(member, news));
        let repeat = times.repeat.filter(|_| repeats(member, known, is_routed, &times));
        // a flapping one that is over ends by itself
        let is_told = member.told.is_some() && member.is_open(times.now);
        let ended = member.ended(times.wait).filter(|_| is_told && group.state.resolves);
        [news, repeat, ended.map(|ended| ended.max(times.not_before))].into_iter().flatten().min()
    };
    group.state.members.iter().filter_map(of).min()
}
