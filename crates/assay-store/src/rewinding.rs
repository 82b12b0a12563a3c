//! What all stores say and assume when they take back what a clock left that was ahead.

use assay_core::ops::Millis;
use assay_core::ops::runs::CLOCK_CORRECTED;
use assay_core::verdict::Reason;

/// No message waits longer for its next try: a day, and what the delay is spread by.
pub(crate) const LONGEST_BETWEEN_TRIES: Millis = 27 * 3_600_000;

/// Why a run is skipped that waited for an instant to come.
pub(crate) fn clock_corrected() -> Reason {
    let text = "a clock that was ahead planned it, and was corrected; its instant is still to come";
    Reason { code: CLOCK_CORRECTED.into(), text: text.into() }
}
