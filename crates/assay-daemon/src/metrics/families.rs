//! Every family that does not tell of documents: its name, its help, its labels, and where its series come from.

use std::sync::atomic::{AtomicI64, Ordering};

use assay_core::ops::Millis;
use assay_core::ops::runs::Trigger;
use assay_report::metrics::{BUILD_INFO, Family, Kind, Sink, header};

use super::stored::{Numbers, SEVERITIES, Seen};
use crate::daemon::Gauges;

/// A family, and what its series are.
pub struct Own {
    /// Name, help, labels.
    pub family: Family,
    series: fn(&State<'_>, &mut Sink<'_>),
}

/// What the series are taken from.
pub(super) struct State<'a> {
    pub gauges: &'a Gauges,
    pub seen: &'a Seen,
    pub dropped: u64,
}

/// How long runs took. Of this process only.
pub const RUN_DURATION: Family =
    Family::own("assay_run_duration_seconds", "How long runs took, from their start to their end.", &[])
        .kind(Kind::Histogram);
/// How late runs began. Of this process only.
pub const LAG: Family =
    Family::own("assay_scheduler_lag_seconds", "By how much runs began later than they could have, jitter aside.", &[])
        .kind(Kind::Histogram);

/// Families with these names are written by the library: what this process uses of the machine.
pub const OF_THE_MACHINE: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
];

const fn gauge(name: &'static str, help: &'static str, series: fn(&State<'_>, &mut Sink<'_>)) -> Own {
    Own { family: Family::own(name, help, &[]), series }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    labels: &'static [&'static str],
    series: fn(&State<'_>, &mut Sink<'_>),
) -> Own {
    Own { family: Family::own(name, help, labels).kind(Kind::Counter), series }
}

/// Every family that does not tell of documents, in the order in which they are written; those of the store are absent
/// until it was asked once.
pub const OWN: &[Own] = &[
    Own { family: BUILD_INFO, series: |_, sink| sink.put(&[env!("CARGO_PKG_VERSION")], 1.0) },
    Own {
        family: Family::own("assay_incidents", "Open and acknowledged incidents by severity.", &["severity"]),
        series: |state, sink| {
            state.known(|known| {
                let severities = SEVERITIES.iter().zip(known.incidents);
                severities.for_each(|((_, severity), number)| sink.put(&[severity], number as f64));
            });
        },
    },
    counter(
        "assay_runs_total",
        "Runs that were executed to an end, by what caused them.",
        &["trigger"],
        |state, sink| {
            state.known(|known| {
                for trigger in Trigger::ALL {
                    let number =
                        known.counted.runs.iter().find(|(of, _)| of == trigger).map_or(0, |(_, number)| *number);
                    sink.put(&[trigger.name()], number as f64);
                }
            });
        },
    ),
    counter("assay_run_errors_total", "Runs among them that ended with the outcome error.", &[], |state, sink| {
        state.known(|known| sink.put(&[], known.counted.errors as f64));
    }),
    gauge("assay_runs_in_progress", "Runs that this process executes now.", |state, sink| {
        sink.put(&[], load(&state.gauges.in_progress) as f64);
    }),
    counter(
        "assay_scheduler_missed_runs_total",
        "Planned runs that were not executed because nobody was there in time.",
        &[],
        |state, sink| state.known(|known| sink.put(&[], known.counted.missed as f64)),
    ),
    gauge(
        "assay_scheduler_last_pass_timestamp_seconds",
        "When this process last looked for what is due, as leader or waiting to be.",
        |state, sink| time(sink, load(&state.gauges.scheduled_at)),
    ),
    counter(
        "assay_notifications_total",
        "Messages that came to an end, delivered or given up.",
        &["integration"],
        |state, sink| {
            state.known(|known| {
                known.integrations().into_iter().for_each(|name| sink.put(&[name], known.ended(name) as f64));
            });
        },
    ),
    counter(
        "assay_notifications_failed_total",
        "Messages among them that were given up, by reason.",
        &["integration", "reason"],
        |state, sink| {
            state.known(|known| {
                for name in known.integrations() {
                    known.reasons().into_iter().for_each(|why| sink.put(&[name, why], known.failed(name, why) as f64));
                }
            });
        },
    ),
    gauge("assay_outbox_messages", "Messages that wait to be delivered.", |state, sink| {
        state.known(|known| sink.put(&[], known.outbox.waiting as f64));
    }),
    gauge(
        "assay_outbox_oldest_message_timestamp_seconds",
        "When the oldest message that waits was written; absent where none waits.",
        |state, sink| state.known(|known| known.outbox.oldest.into_iter().for_each(|at| time(sink, at))),
    ),
    gauge("assay_config_last_reload_successful", "Whether the last load of the project succeeded.", |state, sink| {
        sink.put(&[], load(&state.gauges.reload_ok) as f64);
    }),
    gauge(
        "assay_config_last_reload_success_timestamp_seconds",
        "When the project was last loaded with success.",
        |state, sink| time(sink, load(&state.gauges.reloaded_at)),
    ),
    gauge("assay_store_up", "Whether the store answers and takes what is written.", |state, sink| {
        sink.put(&[], f64::from(u8::from(state.seen.up && state.gauges.trouble().is_none())));
    }),
    counter("assay_store_errors_total", "Calls of this process that the store refused.", &[], |state, sink| {
        sink.put(&[], state.gauges.store_errors.load(Ordering::Relaxed) as f64);
    }),
    gauge("assay_store_size_bytes", "Bytes that the store takes up.", |state, sink| {
        state.known(|known| sink.put(&[], known.size as f64));
    }),
    gauge("assay_metrics_series_dropped", "Series that are left out now because there are too many.", |state, sink| {
        sink.put(&[], state.dropped as f64);
    }),
];

/// How many series there are.
pub(super) fn series(seen: &Seen) -> u64 {
    let gauges = Gauges::default();
    let state = State { gauges: &gauges, seen, dropped: 0 };
    let count = |own: &Own| {
        let mut sink = Sink::count(&own.family);
        (own.series)(&state, &mut sink);
        sink.series
    };
    OWN.iter().map(count).sum()
}

/// All of it as text.
pub(super) fn write(state: &State<'_>, out: &mut String) {
    for own in OWN {
        let head = header(&own.family);
        out.push_str(&head);
        let mut sink = Sink::text(&own.family, out);
        (own.series)(state, &mut sink);
        if sink.series == 0 {
            out.truncate(out.len() - head.len());
        }
    }
}

impl State<'_> {
    fn known(&self, mut tell: impl FnMut(&Numbers)) {
        if let Some(numbers) = &self.seen.numbers {
            tell(numbers);
        }
    }
}

fn load(number: &AtomicI64) -> i64 {
    number.load(Ordering::Relaxed)
}

/// An instant that never was has no series.
fn time(sink: &mut Sink<'_>, at: Millis) {
    if at > 0 {
        sink.put(&[], at as f64 / 1e3);
    }
}
