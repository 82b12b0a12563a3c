//! What every format needs to know of the record of a drift check.

use std::cmp::Reverse;

use assay_core::drift::record::TestRecord;

/// The test that an outcome comes from: the first of the deciding ones with the worst outcome; where none decides, the
/// first.
pub(crate) fn deciding_most(tests: &[TestRecord]) -> Option<&TestRecord> {
    let deciding = tests.iter().filter(|test| test.deciding);
    deciding.min_by_key(|test| Reverse(test.outcome)).or(tests.first())
}
