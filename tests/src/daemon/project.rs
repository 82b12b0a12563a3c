//! A project that a daemon works on, with its store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_store::SqliteStore;
use tempfile::TempDir;

use crate::repository::binary;

/// A project in a temporary folder.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// One with these lines in assay.yaml beside `assay: 1`.
    pub fn new(settings: &str) -> Self {
        let project = Project { folder: tempfile::tempdir().expect("a folder") };
        project.write("assay.yaml", &format!("assay: 1\nproject: trial\n{settings}"));
        fs::create_dir_all(project.path("checks")).expect("a folder");
        fs::create_dir_all(project.path("data")).expect("a folder");
        project
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file of it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// A table with a few rows and its contract, with these further lines.
    pub fn table(&self, name: &str, rows: usize, lines: &str) {
        let file = name.replace('.', "_");
        let mut data = String::from("id,amount\n");
        for row in 0..rows {
            data.push_str(&format!("{row},{}\n", row * 3 % 1000));
        }
        self.write(&format!("data/{file}.csv"), &data);
        let layer = name.split('.').next().unwrap_or(name);
        self.write(
            &format!("checks/{layer}/{file}.yaml"),
            &format!(
                "assay: 1\ntable: {name}\nowner: team@shop.example\nsource: {{format: csv, path: data/{file}.csv}}\n\
                 {lines}columns:\n  id: {{type: int64, required: true, unique: true}}\n  \
                 amount: {{type: int64, range: [0, 1000]}}\nchecks:\n  - row_count: {{min: 1}}\n"
            ),
        );
    }

    /// Makes a token with this scope.
    pub fn token(&self, scope: &str) -> String {
        let made = Command::new(binary())
            .args(["token", "create", "--name", scope, "--scope", scope])
            .current_dir(self.root())
            .output()
            .expect("the binary runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).expect("text").trim().to_string()
    }

    /// Its store.
    pub fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.path(".assay/state.db")).expect("a store")
    }
}
