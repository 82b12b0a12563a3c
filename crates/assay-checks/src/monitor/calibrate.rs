//! Limits learnt from history: a feed with a life of its own is given as much room as it took in quiet times.
//!
//! The limit of a test is the larger of its own and the largest effect of the last w windows without an open incident.
//! Were windows exchangeable, the next one would exceed the largest of w with probability 1 / (w + 1).

use assay_core::drift::monitor::{Calibrate, Confirm};
use assay_core::drift::store::{WindowCheck, WindowRow};
use assay_stats::drift::Limits;

use crate::monitor::decide::Deciding;
use crate::monitor::history;
use crate::monitor::show;

/// Windows to learn from, at least.
pub const LEAST_WINDOWS: u32 = 28;

/// What limits are learnt from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past<'a> {
    /// The windows before, oldest first.
    pub rows: &'a [&'a WindowRow],
    /// The baseline's hash or word: effects against another one are not comparable.
    pub baseline: &'a str,
    pub confirm: Confirm,
    pub calibrate: Option<Calibrate>,
}

/// The windows that limits of one check are learnt from.
#[derive(Debug, Clone)]
pub(super) struct Quiet<'a> {
    /// How many it takes; `None`: limits are not learnt.
    wanted: Option<usize>,
    /// The check in windows that belong to no incident of it, newest first.
    checks: Vec<&'a WindowCheck>,
}

impl<'a> Quiet<'a> {
    /// Of a check.
    pub fn of(past: &Past<'a>, check: &str) -> Self {
        let Some(calibrate) = past.calibrate else { return Quiet { wanted: None, checks: Vec::new() } };
        let inside = history::in_incident(check, past.rows, past.confirm);
        let found = past.rows.iter().zip(history::found_in(check, past.rows)).zip(inside).rev();
        let checks = found
            .filter(|((row, _), inside)| row.baseline == past.baseline && !inside)
            .filter_map(|((_, found), _)| found)
            .collect();
        Quiet { wanted: Some(calibrate.windows.max(LEAST_WINDOWS) as usize), checks }
    }

    /// The limits of a test. `effect` is its name in history (see [`effect_key`]).
    pub fn limits(&self, test: &str, effect: &str, own: Limits) -> Deciding {
        let Some(wanted) = self.wanted else { return Deciding { limits: own, notes: Vec::new() } };
        let effect_of = |check: &&WindowCheck| check.effects.iter().find(|(name, _)| name == effect).map(|(_, of)| *of);
        let effects: Vec<f64> = self.checks.iter().filter_map(effect_of).take(wanted).collect();
        if effects.len() < wanted {
            let text = format!("not calibrated yet: {} of {wanted} windows without an incident", effects.len());
            return Deciding { limits: own, notes: vec![text] };
        }
        let largest = effects.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let raised = |limit: Option<f64>| limit.map(|limit| limit.max(largest));
        let limits = Limits { warn: raised(own.warn), fail: raised(own.fail) };
        if limits == own {
            return Deciding { limits, notes: Vec::new() };
        }
        let show = |limits: Limits| limits.warn.or(limits.fail).map_or_else(String::new, |of| show::effect(test, of));
        let note = format!(
            "limit calibrated from {} to {}, the largest of {wanted} quiet windows: exceeded by chance in 1 of {} windows",
            show(own),
            show(limits),
            wanted + 1
        );
        Deciding { limits, notes: vec![note] }
    }
}

/// What an effect is called in history: `psi`, `psi@city_id=7`.
pub(super) fn effect_key(test: &str, segment: Option<&str>) -> String {
    segment.map_or_else(|| test.to_owned(), |segment| format!("{test}@{segment}"))
}
