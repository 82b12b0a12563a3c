//! What the outbox came to, as metrics for `--metrics-file`: the families that the daemon has at /metrics.

use assay_core::ops::outbox::OutboxSize;
use assay_report::metrics::{Family, Kind, Sink, header};

const ENDED: Family =
    Family::own("assay_notifications_total", "Messages that came to an end, delivered or given up.", &["integration"])
        .kind(Kind::Counter);
const FAILED: Family = Family::own(
    "assay_notifications_failed_total",
    "Messages among them that were given up, by reason.",
    &["integration", "reason"],
)
.kind(Kind::Counter);
const WAITING: Family = Family::own("assay_outbox_messages", "Messages that wait to be delivered.", &[]);

/// The families as text.
pub(crate) fn text(outbox: &OutboxSize) -> String {
    let mut out = String::new();
    let mut family = |family: &Family, series: &mut dyn FnMut(&mut Sink<'_>)| {
        let mut text = String::new();
        series(&mut Sink::text(family, &mut text));
        if !text.is_empty() {
            out.push_str(&header(family));
            out.push_str(&text);
        }
    };
    family(&ENDED, &mut |sink| {
        let mut names: Vec<&str> = outbox.delivered.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(outbox.failed.iter().map(|(name, ..)| name.as_str()));
        names.sort_unstable();
        names.dedup();
        for name in names {
            let delivered: u64 = outbox.delivered.iter().filter(|of| of.0 == name).map(|of| of.1).sum();
            let failed: u64 = outbox.failed.iter().filter(|of| of.0 == name).map(|of| of.2).sum();
            sink.put(&[name], (delivered + failed) as f64);
        }
    });
    family(&FAILED, &mut |sink| {
        outbox.failed.iter().for_each(|(name, why, count)| sink.put(&[name, why], *count as f64));
    });
    family(&WAITING, &mut |sink| sink.put(&[], outbox.waiting as f64));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_counts_as_ended_too() {
        let outbox = OutboxSize {
            waiting: 2,
            delivered: vec![("email".into(), 3), ("slack".into(), 1)],
            failed: vec![("email".into(), "expired".into(), 1), ("email".into(), "gone".into(), 2)],
            ..OutboxSize::default()
        };
        let text = text(&outbox);
        for line in [
            "assay_notifications_total{integration=\"email\"} 6",
            "assay_notifications_total{integration=\"slack\"} 1",
            "assay_notifications_failed_total{integration=\"email\",reason=\"gone\"} 2",
            "# TYPE assay_outbox_messages gauge",
            "assay_outbox_messages 2",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}: {text}");
        }
    }
}
