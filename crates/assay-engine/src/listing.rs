//! From a path of a contract to the files it means: a file, a folder or a glob, with Hive partitions.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use assay_core::contract::{Format, Source};
use assay_core::measurement::MetricError;

use crate::error::{io, shown, unreadable};
use crate::sources::FileEntry;

/// Files are listed once per run; more than this is a mistake in the path.
const MAX_FILES: usize = 1_000_000;

/// The files of a source, sorted by path. Never empty.
pub(crate) fn list(source: &Source) -> Result<Vec<FileEntry>, MetricError> {
    let path = &source.resolved;
    let text = shown(path);
    let mut found = Vec::new();
    if let Ok(meta) = std::fs::symlink_metadata(path).and_then(|_| std::fs::metadata(path)) {
        if meta.is_dir() {
            walk(path, source.format, &source.path, &mut found)?;
            if found.is_empty() {
                return Err(unreadable(&source.path, format!("the folder holds no {} file", source.format.name())));
            }
        } else {
            found.push(path.clone());
        }
    } else if text.contains(['*', '?', '[']) {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let matches = glob::glob_with(&text, options)
            .map_err(|e| unreadable(&source.path, format!("not a pattern of paths: {e}")))?;
        for entry in matches {
            let entry = entry.map_err(|e| io(&shown(e.path()), e.error()))?;
            if entry.is_dir() {
                walk(&entry, source.format, &source.path, &mut found)?;
            } else {
                found.push(entry);
            }
        }
        if found.is_empty() {
            return Err(unreadable(&source.path, "no file matches"));
        }
    } else {
        let error = std::fs::metadata(path).err().unwrap_or_else(|| std::io::ErrorKind::NotFound.into());
        return Err(io(&source.path, &error));
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|file| entry(file, source)).collect()
}

fn entry(path: PathBuf, source: &Source) -> Result<FileEntry, MetricError> {
    let label = label(&path, source);
    let meta = std::fs::metadata(&path).map_err(|e| io(&label, &e))?;
    if !meta.is_file() {
        return Err(unreadable(&label, "is not a regular file"));
    }
    let modified_nanos = meta
        .modified()
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .and_then(|d| i64::try_from(d.as_nanos()).ok())
        .unwrap_or(0);
    let partitions = if source.hive { partitions(Path::new(&label)) } else { Vec::new() };
    Ok(FileEntry { path, shown: label, size: meta.len(), modified_nanos, partitions })
}

/// A file as people know it: the contract's path up to where the two part, then the rest.
fn label(path: &Path, source: &Source) -> String {
    let resolved = &source.resolved;
    if path == resolved {
        return source.path.clone();
    }
    // the folder in which the written path is resolved, so that what is shown starts where the contract starts
    let depth = Path::new(&source.path).components().count();
    let root: PathBuf = resolved.components().take(resolved.components().count().saturating_sub(depth)).collect();
    path.strip_prefix(&root).map_or_else(
        |_| shown(path),
        |rest| if Path::new(&source.path).is_absolute() { shown(path) } else { shown(rest) },
    )
}

fn walk(folder: &Path, format: Format, written: &str, found: &mut Vec<PathBuf>) -> Result<(), MetricError> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| io(&shown(&folder), &e))?;
        for entry in entries {
            let entry = entry.map_err(|e| io(&shown(&folder), &e))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // what starts with _ or . is bookkeeping of the writer, except a partition folder such as `_day=1`
            if name.starts_with('.') || (name.starts_with('_') && !name.contains('=')) {
                continue;
            }
            let path = entry.path();
            let is_dir = std::fs::metadata(&path).map_err(|e| io(&shown(&path), &e))?.is_dir();
            if is_dir {
                folders.push(path);
            } else if has_extension(&name, format) {
                found.push(path);
            }
            if found.len() > MAX_FILES {
                return Err(unreadable(
                    written,
                    format!("more than {MAX_FILES} files: name a smaller folder or a pattern"),
                ));
            }
        }
    }
    Ok(())
}

fn has_extension(name: &str, format: Format) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let endings: &[&str] = match format {
        Format::Parquet => &[".parquet", ".parq", ".pq"],
        Format::Csv => &[".csv", ".tsv", ".txt"],
        Format::JsonLines => &[".jsonl", ".ndjson", ".json"],
        Format::ArrowIpc => &[".arrow", ".ipc", ".feather", ".arrows"],
        Format::Observations => &[],
    };
    endings.iter().any(|e| name.ends_with(e))
}

/// `key=value` components of a file's folder, from where the contract's path begins: the fixed part of it counts as
/// well, so `orders/dt=2026-11-20/*.csv` has the partition `dt`.
fn partitions(path: &Path) -> Vec<(String, Option<String>)> {
    let Some(folder) = path.parent() else { return Vec::new() };
    folder
        .components()
        .filter_map(|c| {
            let text = c.as_os_str().to_str()?;
            let (key, value) = text.split_once('=')?;
            let value = percent_decode(value);
            (!key.is_empty()).then(|| (percent_decode(key), (value != "__HIVE_DEFAULT_PARTITION__").then_some(value)))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
