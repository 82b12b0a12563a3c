//! Files: what is written is read back, and what was changed is not.

use parquet::file::metadata::ParquetMetaDataReader;
use proptest::prelude::*;

use super::*;
use crate::fixture::{baseline, small};
use crate::seal::seal;

fn bytes_of(baseline: &assay_core::drift::baseline::Baseline) -> Vec<u8> {
    write(baseline).expect("it is sealed and fits together")
}

/// Of two columns and four rows: damage is looked for byte by byte.
fn tiny() -> assay_core::drift::baseline::Baseline {
    let mut baseline = baseline(vec![Some(1), None, Some(3), Some(3)], vec![Some(0.5); 4], vec![Some("a"); 4]);
    baseline.columns.retain(|column| column.segment.is_none());
    seal(baseline)
}

#[test]
fn a_baseline_is_read_back_as_it_was() {
    let baseline = small();
    let bytes = bytes_of(&baseline);
    assert_eq!(read(bytes.clone(), "b").as_ref(), Ok(&baseline));
    assert_eq!(bytes, bytes_of(&baseline), "the same baseline gives the same bytes");
}

#[test]
fn the_hash_is_of_everything_but_the_time() {
    let baseline = small();
    let mut later = baseline.clone();
    later.header.created_at = "2027-01-01T00:00:00Z".into();
    assert_eq!(seal(later).header.sha256, baseline.header.sha256);
    let mut other = baseline.clone();
    other.header.notes.push("more".into());
    assert_ne!(seal(other).header.sha256, baseline.header.sha256);
    let mut other = baseline.clone();
    other.columns[0].dtype = "int32".into();
    let other = seal(other);
    assert_ne!(other.header.sha256, baseline.header.sha256);
    assert_ne!(other.header.schema_hash, baseline.header.schema_hash);
}

#[test]
fn a_baseline_without_anything_is_one_too() {
    let mut baseline = small();
    baseline.columns.clear();
    baseline.pairs.clear();
    baseline.covariance = None;
    baseline.target = None;
    baseline.performance.clear();
    let baseline = seal(baseline);
    assert_eq!(read(bytes_of(&baseline), "b"), Ok(baseline));
}

#[test]
fn what_is_not_sealed_or_does_not_fit_together_is_not_written() {
    let mut unsealed = small();
    unsealed.header.name = "other".into();
    assert_eq!(write(&unsealed).expect_err("unsealed").code(), "baseline_invalid");
    let mut stray = small();
    stray.pairs[0].x.0 = "nowhere".into();
    let error = write(&seal(stray)).expect_err("a pair of no column");
    assert_eq!(error.to_string(), "the baseline cannot be written: column `nowhere` of a pair has no profile");
}

#[test]
fn every_flipped_byte_is_noticed() {
    let baseline = tiny();
    let bytes = bytes_of(&baseline);
    let flips = [0x01, 0x80, 0xff, 0x10];
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= flips[at % flips.len()];
        if let Ok(read) = read(damaged, "b") {
            assert_eq!(read, baseline, "byte {at} of {}", bytes.len());
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = bytes_of(&tiny());
    for length in 0..bytes.len() {
        assert!(read(bytes[..length].to_vec(), "b").is_err(), "{length} of {}", bytes.len());
    }
}

#[test]
fn damage_that_hashes_to_itself_is_an_error_too() {
    // whoever changes the data on purpose can make the hash over the file agree; the decoder then sees the damage
    let baseline = tiny();
    let bytes = bytes_of(&baseline);
    let footer = guard::footer(&bytes).expect("a footer").start;
    let step = (footer / 400).max(1);
    for at in (4..footer).step_by(step) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let damaged = with_file_hash(damaged);
        if let Ok(read) = read(damaged, "b") {
            assert_eq!(read, baseline, "byte {at}");
        }
    }
}

/// The bytes with the hash over the file computed again.
fn with_file_hash(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let at = guard::footer(&bytes).expect("a footer");
    let metadata = ParquetMetaDataReader::decode_metadata(&bytes[at.clone()]).expect("the footer is whole");
    let pairs = metadata.file_metadata().key_value_metadata().expect("key-value pairs");
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone()).expect("it");
    let (json, old) = (value(KEY), value(FILE_KEY));
    let new = crate::seal::hex(&Sha256::new().chain_update(&bytes[..at.start]).chain_update(&json).finalize());
    let place = bytes.windows(64).rposition(|window| window == old.as_bytes()).expect("the hash");
    bytes[place..place + 64].copy_from_slice(new.as_bytes());
    bytes
}

#[test]
fn files_that_are_something_else_say_so() {
    let error = read(&b"name,age\n"[..], "people.csv").expect_err("a CSV file");
    assert_eq!(error.code(), "baseline_unreadable");
    assert_eq!(
        error.to_string(),
        "`people.csv` is not a baseline: it does not begin and end as Parquet files do; \
         make one with `assay baseline create`"
    );
    let mut huge = b"PAR1".to_vec();
    huge.extend([0xff, 0xff, 0xff, 0x7f]);
    huge.extend(b"PAR1");
    assert_eq!(read(huge, "b").expect_err("a footer of 2 GB").code(), "baseline_unreadable");
}

#[test]
fn a_later_format_is_refused_by_name_before_anything_else() {
    let bytes = bytes_of(&small());
    let written = b"\"format_version\":[1,";
    let at = bytes.windows(written.len()).position(|window| window == written).expect("the version") + 18;
    let mut newer = bytes.clone();
    newer[at] = b'2';
    let error = read(newer, "b").expect_err("format 2");
    assert_eq!(error.code(), "baseline_newer");
    assert!(error.to_string().contains("format 2.0, this program reads up to 1.x"), "{error}");
}

fn cells() -> impl Strategy<Value = Vec<(Option<i64>, Option<f64>, Option<usize>)>> {
    let float = prop_oneof![
        4 => (-50_i32..50).prop_map(|i| f64::from(i) / 7.0),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0), Just(f64::MAX)],
        1 => any::<f64>(),
    ];
    let row = (proptest::option::of(any::<i64>()), proptest::option::of(float), proptest::option::of(0..4_usize));
    proptest::collection::vec(row, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_baseline_is_read_back(rows in cells()) {
        let names = ["Dubai", "", "\u{202e}", "a,b"];
        let baseline = baseline(
            rows.iter().map(|row| row.0).collect(),
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| row.2.map(|at| names[at])).collect(),
        );
        let bytes = bytes_of(&baseline);
        prop_assert_eq!(read(bytes, "b"), Ok(baseline));
    }
}
