//! The codes of runs that a daemon plans, why one was not executed or broke off; and of messages to receivers, why one was
//! given up.

use super::Code;
use super::drift::code;

/// The codes of planned runs and of messages, by name.
pub(crate) static DAEMON: &[Code] = &[
    code(
        "clock_corrected",
        "A clock that was ahead planned the run for an instant still to come; the clock was corrected before its turn came.",
        "Nothing: at that instant it is planned again. Find out who sets the clock (NTP), so that it does not happen again.",
    ),
    code(
        "contract_unreadable",
        "The contract could be read when the project was loaded, but not for this run's planned instant.",
        "Look at what `${date}` and other variables become on that day; the sentence beside the code says which line.",
    ),
    code(
        "dropped",
        "Somebody gave the message up before it arrived; the text says who.",
        "Nothing; `assay outbox retry MESSAGE` takes it back.",
    ),
    code(
        "expired",
        "The message was tried ten times over three days, and its receiver could not be reached.",
        "Mend the receiver, try it by `assay alert test`, then `assay outbox retry --receiver NAME` sends what was given up.",
    ),
    code(
        "gone",
        "The receiver answered that it wants nothing any more (410): it is told nothing until its settings change.",
        "Correct its address in the rules, or let it be asked again: `assay outbox retry --receiver NAME`.",
    ),
    code(
        "internal",
        "The run broke off because of a fault of the program.",
        "This is a defect of Assay: please report it with the sentence beside the code and the log.",
    ),
    code(
        "missed",
        "Nobody was there when the run was due, and another instant was caught up in its place.",
        "Nothing, if the outage is known. `scheduler.catchup: all` runs every missed instant.",
    ),
    code(
        "observations_waiting",
        "Observations were taken that could not be counted, so no window was judged. They stay, and are counted later.",
        "The sentence beside the code says why; mostly the baseline of the monitor cannot be read. Then run it again.",
    ),
    code(
        "overlap",
        "The run was due while the former one of its document was still queued or running.",
        "Run it less often, or find out why it takes so long; the former run is named.",
    ),
    code(
        "permanent",
        "The receiver refused the message in a way that trying again does not change: an unknown mailbox, a wrong address \
         or secret, a body that it cannot take.",
        "The sentence beside the code has its answer. Correct the rules, try them by `assay alert test`, then \
         `assay outbox retry`.",
    ),
    code(
        "removed",
        "The document was no longer in the project when its run's turn came, and no daemon with another version began it.",
        "Nothing; add it again if it is missed.",
    ),
    code("shutdown", "The daemon stopped before the run ended.", "Nothing: it is executed again, under the same id."),
    code(
        "still_hanging",
        "An earlier run of the document was stopped, but its thread still waits for the source.",
        "Find out why the source does not answer: a network share that is gone, a pipe that nobody writes to.",
    ),
    code(
        "stopped",
        "Somebody stopped the run, before its turn or while it was executed; the text says who.",
        "Run it again when it is wanted: on its page, by the API, or at its next instant.",
    ),
    code(
        "timeout",
        "The run took longer than it may.",
        "Raise `timeout` of its `schedule`, or `scheduler.timeout` of assay.yaml, or make the table smaller with `rows`.",
    ),
    code(
        "unknown_receiver",
        "The rules no longer have the receiver that the message was written for, or the receiver no longer this target.",
        "Nothing, where it was removed on purpose. Else add it again under its name, then `assay outbox retry`.",
    ),
];
