//! Tests: a record that was stored is shown as the one of the run.

use assay_core::run::RunRecord;
use assay_core::stored::{NO_LONGER_KEPT, read, write};

use crate::{FORMATS, Ran, Reading, Report, Setup, fixture};

fn records() -> [(&'static str, RunRecord); 2] {
    [("contracts", fixture::run()), ("monitors", fixture::monitor::run())]
}

/// The record in a format, for a person who wants to see everything.
fn shown(format: &crate::Format, run: &RunRecord) -> String {
    let setup = Setup { reading: Reading { verbose: true, color: true, ..Reading::default() }, ..Setup::default() };
    let mut out = Vec::new();
    (format.renderer)(&setup).render(&Report::Ran(Ran::new(run)), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("every format is text")
}

#[test]
fn every_format_shows_a_stored_record_as_it_was() {
    for (name, run) in records() {
        let (record, samples) = write(&run);
        let kept = read(&record, samples.as_deref()).expect("what was written can be read");
        for format in FORMATS {
            assert!(shown(format, &kept) == shown(format, &run), "{name} as {}", format.name);
        }
        assert_eq!(format!("{kept:?}"), format!("{run:?}"), "{name}");
    }
}

#[test]
fn rows_that_were_deleted_are_told_and_change_nothing_else() {
    let run = fixture::run();
    let kept = read(&write(&run).0, None).expect("the record stands alone");
    assert_eq!((kept.outcome(), kept.exit_code(false)), (run.outcome(), run.exit_code(false)));
    for format in FORMATS {
        let text = shown(format, &kept);
        assert!(!text.contains("ORD-00000007"), "{}: {text}", format.name);
        let tells = shown(format, &run).contains("ORD-00000007");
        assert!(!tells || text.contains(NO_LONGER_KEPT), "{}: {text}", format.name);
    }
}
