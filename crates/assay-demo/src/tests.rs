use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;

fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false => drop(found.insert(path.clone(), fs::read(path).expect("a file"))),
        }
    }
}

#[test]
fn every_lake_is_the_same() {
    let lake = || {
        let folder = tempfile::tempdir().expect("a folder");
        write_lake(folder.path()).expect("written");
        let mut found = BTreeMap::new();
        files(folder.path(), &mut found);
        let relative = |path: &Path| path.strip_prefix(folder.path()).expect("inside").to_path_buf();
        found.into_iter().map(|(path, bytes)| (relative(&path), bytes)).collect::<BTreeMap<_, _>>()
    };
    let first = lake();
    assert!(first.len() >= 8);
    assert!(first == lake());
}

#[test]
fn every_contract_of_the_repository_is_part_of_the_demo() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeMap::new();
    files(&root.join("checks"), &mut found);
    let shown = |path: &PathBuf| path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
    let embedded: Vec<&str> = PROJECT.iter().map(|(path, _)| *path).collect();
    for path in found.keys().map(shown) {
        assert!(embedded.contains(&path.as_str()), "add {path} to PROJECT");
    }
}
