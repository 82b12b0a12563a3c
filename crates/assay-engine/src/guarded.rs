//! Decoders of other people's files may panic on damaged ones. That is the file's fault: it becomes an error that names
//! the file, and nothing is printed.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use assay_core::measurement::MetricError;

use crate::error::unreadable;

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder over the file known as `shown`.
pub(crate) fn guarded<T>(shown: &str, decode: impl FnOnce() -> Result<T, MetricError>) -> Result<T, MetricError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                usual(panic);
            }
        }));
    });
    let outer = DECODING.replace(true);
    let done = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(outer);
    done.unwrap_or_else(|_| Err(unreadable(shown, "the data are damaged: the decoder gave up")))
}
