//! A baseline from the bytes of its file, believed only after its hashes agree.

use std::sync::Arc;

use arrow::array::RecordBatch;
use assay_core::drift::baseline::{Baseline, FORMAT_VERSION, Header};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use sha2::{Digest, Sha256};

use super::footer::{Footer, Version};
use super::rows::Rows;
use super::validate::validate;
use super::{BaselineError, FILE_KEY, KEY, guard};
use crate::seal::{content_hash, hex, schema_hash};

/// Rows that are decoded at once.
const BLOCK: usize = 16;
/// Bytes of a file.
const MAX_FILE: usize = 4 << 30;

/// Reads the file of a baseline. `shown` is what messages call it.
///
/// # Errors
/// Something that is no baseline, one of a later format, one that changed since it was written (in as little as a
/// byte), one too large. Nothing that a file claims is allocated before it is checked.
pub fn read(bytes: impl Into<Bytes>, shown: &str) -> Result<Baseline, BaselineError> {
    let bytes: Bytes = bytes.into();
    let path = || shown.to_owned();
    let unreadable = |why: String| BaselineError::Unreadable { path: path(), why };
    let corrupt = |why: String| BaselineError::Corrupt { path: path(), why };
    if bytes.len() > MAX_FILE {
        return Err(BaselineError::TooLarge { path: path(), why: format!("it has {} bytes", bytes.len()) });
    }
    let at = guard::footer(&bytes).map_err(unreadable)?;
    let data_end = at.start;
    guard::check_footer(&bytes[at.clone()]).map_err(corrupt)?;
    let metadata =
        guard::guarded(|| ParquetMetaDataReader::decode_metadata(&bytes[at]).map_err(|error| error.to_string()))
            .map_err(corrupt)?;
    let json = key_value(&metadata, KEY).ok_or_else(|| unreadable(format!("its footer has no `{KEY}`")))?;
    check_version(json, shown)?;
    let digest = hex(&Sha256::new().chain_update(&bytes[..data_end]).chain_update(json).finalize());
    if key_value(&metadata, FILE_KEY) != Some(digest.as_str()) {
        return Err(corrupt("its bytes are not those that were written".into()));
    }
    let footer: Footer = serde_json::from_str(json).map_err(|error| corrupt(format!("its footer: {error}")))?;
    guard::check_data(&bytes[..data_end], &metadata).map_err(corrupt)?;
    let rows = guard::guarded(|| decode(&bytes, metadata.clone())).map_err(corrupt)?;
    let baseline = assemble(rows, footer).map_err(corrupt)?;
    validate(&baseline).map_err(corrupt)?;
    if baseline.header.schema_hash != schema_hash(&baseline) || baseline.header.sha256 != content_hash(&baseline) {
        return Err(corrupt("its content is not what its hash stands for".into()));
    }
    Ok(baseline)
}

fn key_value<'a>(metadata: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let pairs = metadata.file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
}

/// A later minor version only adds what can be left out; a later major one is not understood.
fn check_version(json: &str, shown: &str) -> Result<(), BaselineError> {
    let version: Version = serde_json::from_str(json)
        .map_err(|error| BaselineError::Corrupt { path: shown.to_owned(), why: format!("its footer: {error}") })?;
    let (major, minor) = version.format_version;
    if major > FORMAT_VERSION.0 {
        return Err(BaselineError::Newer {
            path: shown.to_owned(),
            found: format!("{major}.{minor}"),
            ours: format!("{}.x", FORMAT_VERSION.0),
        });
    }
    Ok(())
}

fn decode(bytes: &Bytes, metadata: ParquetMetaData) -> Result<Rows, String> {
    let text = |error: parquet::errors::ParquetError| error.to_string();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options).map_err(text)?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata)
        .with_batch_size(BLOCK)
        .build()
        .map_err(text)?;
    let mut rows = Rows::default();
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|error| error.to_string())?;
        rows.take(&batch)?;
    }
    Ok(rows)
}

fn assemble(rows: Rows, footer: Footer) -> Result<Baseline, String> {
    let covariance = rows.covariance(footer.has_covariance())?;
    let pairs = rows.pairs()?;
    let mut baseline = Baseline {
        header: Header::default(),
        columns: rows.columns,
        pairs,
        covariance,
        performance: Default::default(),
        target: None,
    };
    footer.fill(&mut baseline)?;
    Ok(baseline)
}
