//! What a check of a monitor adds beneath its sentence: how much of the movement, since when, the bins, and every test
//! with the figures that repeat it by hand.

use assay_core::drift::record::{DriftRecord, SegmentRecord};
use assay_core::run::CheckRecord;
use assay_core::verdict::Outcome;

use super::figures::{number, percent, sentence};
use super::page::{Page, Tone};
use super::words::{count, counted, plural};
use super::{bins, tone, words};

/// Under the sentence of the check.
const INDENT: usize = 10;
/// Bad segments beyond this many are summed up.
const SEGMENTS_SHOWN: usize = 5;

/// The sentence of a check, after the mark of one that is not confirmed.
pub(crate) fn message(check: &CheckRecord) -> String {
    let message = &check.verdict.message;
    match check.drift.as_ref().and_then(|drift| drift.pending) {
        Some((seen, needed)) => {
            format!("pending, {} of {}: {message}", count(seen.into()), plural(needed as usize, "window"))
        }
        None => message.clone(),
    }
}

/// The figures of a check in the window of this name. Of one that passed only where everything is asked for.
pub(super) fn details(check: &CheckRecord, window: Option<&str>, page: &mut Page) {
    let Some(drift) = &check.drift else { return };
    let verbose = page.reading.verbose;
    if check.verdict.outcome != Outcome::Pass {
        headline(drift, window, page);
        if let Some(bins) = &drift.bins {
            bins::table(bins, page);
        }
    }
    for test in drift.tests.iter().filter(|test| test.deciding || verbose) {
        // Why a check was skipped is its sentence already.
        if !verbose && test.reason.is_some() && test.reason == check.verdict.reason {
            continue;
        }
        page.wrapped(INDENT, Tone::Plain, &sentence(test, verbose));
        for note in &test.notes {
            page.wrapped(INDENT + 2, Tone::Plain, &format!("note: {note}"));
        }
    }
    segments(&drift.segments, page);
}

/// `62% of the movement, since 2026-11-17T00:00:00+04:00, mean 1.213 to 1.482`.
fn headline(drift: &DriftRecord, window: Option<&str>, page: &mut Page) {
    let mut parts = Vec::new();
    parts.extend(drift.contribution.map(|share| format!("{} of the movement", percent(share))));
    // bad since this very window says nothing
    let since = drift.since.as_deref().filter(|since| Some(*since) != window);
    parts.extend(since.map(|since| format!("since {since}")));
    let figure = |(name, base, live): &(String, f64, f64)| format!("{name} {} to {}", number(*base), number(*live));
    parts.extend(drift.figures.iter().map(figure));
    if !parts.is_empty() {
        page.wrapped(INDENT, Tone::Plain, &parts.join(", "));
    }
}

/// `segments: 18 passed, 1 broken`, then those that are bad, or all of them.
fn segments(segments: &[SegmentRecord], page: &mut Page) {
    if segments.is_empty() {
        return;
    }
    let verbose = page.reading.verbose;
    let mut tally = Vec::new();
    for outcome in [Outcome::Error, Outcome::Fail, Outcome::Warn, Outcome::Skipped, Outcome::Pass] {
        let n = segments.iter().filter(|segment| segment.outcome == outcome).count();
        if n > 0 {
            tally.push(format!("{} {}", count(n as u64), counted(outcome, n)));
        }
    }
    page.wrapped(INDENT, Tone::Plain, &format!("segments: {}", tally.join(", ")));
    let is_bad = |outcome| matches!(outcome, Outcome::Error | Outcome::Fail | Outcome::Warn);
    let mut told: Vec<&SegmentRecord> = segments.iter().filter(|segment| verbose || is_bad(segment.outcome)).collect();
    told.sort_by_key(|segment| std::cmp::Reverse(segment.outcome));
    let most = if verbose { told.len() } else { SEGMENTS_SHOWN };
    for segment in told.iter().take(most) {
        let sign = (tone(segment.outcome), words::sign(segment.outcome));
        page.headed(INDENT, sign, &label(segment), &segment_sentence(segment, verbose));
    }
    if told.len() > most {
        let text = format!("… and {} more (--verbose lists them)", count((told.len() - most) as u64));
        page.line(INDENT, &[(Tone::Faint, &text)]);
    }
}

/// `city_id=7, vehicle=null`.
pub(crate) fn label(segment: &SegmentRecord) -> String {
    let part = |(column, value): &(String, Option<String>)| match value {
        Some(value) => format!("{column}={value}"),
        None => format!("{column} is null"),
    };
    segment.segment.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Its tests; where not everything is asked for, those that ended as the segment did.
fn segment_sentence(segment: &SegmentRecord, verbose: bool) -> String {
    let told = segment.tests.iter().filter(|test| verbose || test.outcome == segment.outcome);
    let tests = told.map(|test| sentence(test, false));
    segment.reason.iter().map(|reason| reason.text.clone()).chain(tests).collect::<Vec<_>>().join("; ")
}
