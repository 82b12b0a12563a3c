//! Reports as files.

use std::fs;
use std::path::{Path, PathBuf};

use assay_report::formats::html::{Page, pages};
use assay_report::{FORMATS, Ran, Report, Setup, Templates};
use tempfile::TempDir;

/// A report as one page.
pub fn html(report: &Report<'_>) -> Vec<u8> {
    let format = FORMATS.iter().find(|format| format.name == "html").expect("reports have the format html");
    let mut out = Vec::new();
    (format.renderer)(&Setup::default()).render(report, &mut out).expect("renders");
    out
}

/// A run as a folder of pages.
pub fn folder_of(ran: &Ran<'_>) -> Vec<Page> {
    pages(ran, &Templates::default()).expect("renders")
}

/// Pages on disk, for as long as this lives.
pub struct Site {
    folder: TempDir,
}

impl Site {
    pub fn new() -> Self {
        Site { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Writes a page and says where it is. It must not leave the folder.
    pub fn write(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let relative = Path::new(path);
        let is_plain = |part| matches!(part, std::path::Component::Normal(_));
        assert!(relative.components().all(is_plain), "{path} leaves the folder");
        let file = self.folder.path().join(relative);
        fs::create_dir_all(file.parent().expect("a folder")).expect("makes a folder");
        assert!(!file.exists(), "{path} is written twice");
        fs::write(&file, bytes).expect("writes");
        file
    }

    /// Writes all pages and gives those that are chosen by their path.
    pub fn write_pages(&self, pages: &[Page], chosen: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let written = pages.iter().map(|page| (self.write(&page.path, &page.bytes), &page.path));
        let written: Vec<_> = written.collect();
        written.into_iter().filter(|(_, path)| chosen(path)).map(|(file, _)| file).collect()
    }
}
