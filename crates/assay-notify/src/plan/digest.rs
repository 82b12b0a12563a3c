//! Digests: a receiver that is told at certain times is told of everything that was opened, is still open or was
//! resolved since the last time.

use std::collections::HashMap;

use assay_core::ops::Millis;

use super::groups::Group;
use super::members::{Member, News};
use super::messages::{self, Listed, Telling};
use super::mutes::{Muted, Mutes};
use super::scene::{Known, Scene};
use crate::notification::{Notification, Reason};
use crate::rules::{Digest, Route};

/// Longer than it ever takes from one digest to the next.
const WEEK: Millis = 8 * 24 * 3_600_000;

/// Tells a receiver of its digest, if it is due and there is something to say.
pub(super) fn flush<'a>(mutes: &Mutes<'_, 'a>, key: &str, group: &mut Group<'a>) -> Option<Notification> {
    let scene = mutes.scene;
    next(scene, group).filter(|due| *due <= scene.now)?;
    let from = group.state.told_at.or_else(|| before(&digest(scene, group)?, anchor(group)?)).unwrap_or(scene.now);
    let listed = list(mutes, group);
    group.state.told_at = Some(scene.now);
    if listed.is_empty() {
        return None;
    }
    let telling = Telling { reason: Reason::Digest, key, mutes: HashMap::new(), period: Some((from, scene.now)) };
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
    Some(notification)
}

fn list<'a>(mutes: &Mutes<'_, 'a>, group: &mut Group<'a>) -> Vec<Listed> {
    let scene = mutes.scene;
    let mut listed = Vec::new();
    for (number, member) in &mut group.state.members {
        let Some(known) = scene.known(*number) else { continue };
        let news = member.news(known.incident, 0, scene.now);
        let is_end = matches!(news, Some(News::Ended | News::Unseen));
        if !is_end && !group.routed.contains(number) || news.is_none() && member.told.is_none() {
            continue;
        }
        let route = member.route.as_deref().and_then(|id| scene.route(id));
        if is_end && route.is_some_and(|route| !route.send_resolved) && news == Some(News::Ended) {
            member.end();
            continue;
        }
        let was_held = member.muted.take().is_some();
        if let Some(muted) = muted(mutes, known, news, route) {
            match news {
                Some(News::Unseen) => member.end(),
                _ => member.muted = Some(muted),
            }
            continue;
        }
        let reason = news.map(|news| match news {
            News::Fresh if was_held => Reason::MuteEnded,
            News::Fresh if member.heard => Reason::Reopened,
            News::Fresh => Reason::Opened,
            News::Worse => Reason::Worsened,
            News::Ended | News::Unseen => Reason::Resolved,
        });
        let is_flapping = member.openings.is_flapping(scene.now);
        listed.push(Listed { number: *number, news: reason, is_over: is_end, is_flapping });
    }
    listed
}

fn muted<'s, 'a>(
    mutes: &Mutes<'s, 'a>,
    known: &'s Known<'a>,
    news: Option<News>,
    route: Option<&Route>,
) -> Option<Muted> {
    let names = route.map_or(&[][..], |route| &route.mute);
    if news == Some(News::Ended) { mutes.of_its_end(known, names) } else { mutes.of(known, names) }
}

/// When it is due next; without anything to tell there is no hurry.
pub(super) fn next(scene: &Scene<'_>, group: &Group<'_>) -> Option<Millis> {
    digest(scene, group)?.next(anchor(group)?)
}

/// The instant that the next digest comes after: the last one, or when the first incident came.
fn anchor(group: &Group<'_>) -> Option<Millis> {
    let first = group.state.members.values().map(|member: &Member| member.opened).min()?;
    Some(group.state.told_at.unwrap_or(first))
}

fn digest(scene: &Scene<'_>, group: &Group<'_>) -> Option<Digest> {
    scene.world.rules.receivers.get(&group.receiver)?.digest
}

/// The last time before an instant at which a digest was due.
fn before(digest: &Digest, instant: Millis) -> Option<Millis> {
    let mut last = digest.next(instant.saturating_sub(WEEK)).filter(|due| *due <= instant)?;
    while let Some(due) = digest.next(last).filter(|due| *due <= instant) {
        last = due;
    }
    Some(last)
}
