//! Names of files and branches that want to be options, commands, patterns or terminal codes.

use std::fs;

use assay_tests::repository::Repository;

use crate::project::{ORDERS, changes, fill, notes, project};

/// What a shell, git or a terminal might take for more than a name.
const NAMES: [&str; 12] = [
    "--upload-pack=touch x",
    "-c",
    "$(touch x)",
    "`touch x`",
    "a b",
    "quote'\"s",
    "new\nline",
    ":(glob)**",
    "back\\slash",
    "star*[a-z]?",
    "\u{1b}[2Jgone",
    "żółw",
];

fn contract(table: &str) -> String {
    format!("assay: 1\ntable: {table}\nsource: {{format: csv, path: data/revenue.csv}}\ncolumns: {{day: date}}\n")
}

#[test]
fn files_may_be_called_anything() {
    let repository = project();
    for (n, name) in NAMES.iter().enumerate() {
        repository.write(format!("checks/{name}/{name}.yaml"), contract(&format!("t{n}")));
    }
    repository.commit("names");
    let before = repository.state();
    for args in [&["diff", "--base", "main", "--verbose"][..], &["diff", "main", "HEAD", "--verbose"]] {
        let ran = repository.assay(args);
        ran.assert(0, "12 changes, none breaks");
        assert!(!ran.out.contains('\u{1b}') && ran.out.contains("\\u{1b}[2Jgone"), "{}", ran.out);
    }
    let (_, result) = repository.json(&["diff", "main", "HEAD"]);
    let paths: Vec<&str> = changes(&result).iter().filter_map(|change| change["at"]["path"].as_str()).collect();
    assert!(NAMES.iter().all(|name| paths.contains(&&*format!("checks/{name}/{name}.yaml"))), "{paths:?}");
    assert!(repository.state() == before, "the repository was written");
    // and read as an old version
    for (n, name) in NAMES.iter().enumerate().skip(1).step_by(2) {
        repository.write(format!("checks/{name}/{name}.yaml"), contract(&format!("t{n}")).replace("date", "string"));
    }
    let (_, result) = repository.json(&["diff", "HEAD"]);
    assert_eq!(changes(&result).len(), 6, "{result:#}");
    repository.git(&["checkout", "--quiet", "--", "."]);
    let before = repository.state();
    repository.assay(&["gate", "--base", "main"]).assert(0, "t0 ran");
    assert!(repository.state() == before, "the repository was written");
    assert!(!repository.path("x").exists() && !repository.path("checks/x").exists(), "a name was executed");
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let repository = project();
    let name = std::path::Path::new(std::ffi::OsStr::from_bytes(b"checks/\xff\xfe.yaml"));
    if fs::write(repository.path(name), contract("bytes")).is_err() {
        return; // this file system takes text alone
    }
    repository.assay(&["diff", "HEAD"]).assert(0, "table `bytes` was added");
    repository.commit("bytes");
    repository.assay(&["diff", "HEAD"]).assert(0, "no contract changes");
    repository.assay(&["diff", "main", "HEAD"]).assert(0, "table `bytes` was added");
}

#[test]
fn branches_may_be_called_anything_git_lets_them() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%").commit("looser");
    for name in
        ["--upload-pack=x", "--output=x", "-c", "$(touch${IFS}x)", "`touch-x`", "quote'\"s", "żółw", "a;touch-x"]
    {
        repository.git(&["update-ref", &format!("refs/heads/{name}"), "main"]);
        // a name that starts with a dash has to be said as a value, as everywhere
        let (_, result) = repository.json(&["diff", &format!("--base={name}")]);
        assert_eq!((&result["base"]["name"], changes(&result).len()), (&name.into(), 1), "{name}");
        repository.assay(&["diff", "--", name, "HEAD"]).assert(1, "email.completeness");
        repository.assay(&["gate", &format!("--base={name}")]).assert(1, "silver.orders ran");
    }
    for name in ["--upload-pack=touch x", "$(touch x)", "a\nb", "\u{1b}[2J", "HEAD@{yesterday", "^main", ":/looser", ""]
    {
        let ran = repository.assay(&["diff", &format!("--base={name}")]);
        assert!(matches!(ran.code, Some(0..=2)), "{name:?}: {ran:?}");
    }
    let entries = fs::read_dir(repository.path("")).expect("a folder");
    let names: Vec<String> =
        entries.map(|entry| entry.expect("one").file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name.starts_with('x') || name.starts_with("touch")), "{names:?}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_in_the_repository_and_refused_out_of_it() {
    use std::os::unix::fs::symlink;
    let repository = project();
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret.yaml"), contract("secret")).expect("written");
    repository.write("shared/one.yaml", contract("shared.one")).write("shared/folder/two.yaml", contract("shared.two"));
    symlink("../shared/one.yaml", repository.path("checks/one.yaml")).expect("linked");
    symlink("../shared/folder", repository.path("checks/folder")).expect("linked");
    symlink("circle.yaml", repository.path("checks/circle.yaml")).expect("linked");
    symlink(outside.path().join("secret.yaml"), repository.path("checks/secret.yaml")).expect("linked");
    repository.commit("links");

    let (_, result) = repository.json(&["diff", "main", "HEAD"]);
    let added: Vec<&str> = changes(&result).iter().filter_map(|change| change["document"].as_str()).collect();
    assert_eq!(added, ["shared.one", "shared.two"], "{result:#}");
    let told = notes(&result);
    assert!(told.contains("`checks/secret.yaml` leads out of the repository"), "{told}");
    assert!(told.contains("`checks/circle.yaml`"), "{told}");

    fs::remove_file(repository.path("checks/circle.yaml")).expect("removed");
    let (_, result) = repository.json(&["diff", "main"]);
    let added: Vec<&str> = changes(&result).iter().filter_map(|change| change["document"].as_str()).collect();
    assert_eq!(added, ["shared.one", "shared.two"], "{result:#}");
    repository.edit("shared/one.yaml", "date", "string");
    assert_eq!(changes(&repository.json(&["diff", "HEAD"]).1).len(), 1, "through the link");
}

#[test]
fn submodules_and_large_files_are_refused_with_the_reason() {
    let other = Repository::new();
    other.write("theirs.yaml", contract("theirs")).commit("theirs");
    let repository = project();
    let from = format!("file://{}", other.path("").display());
    repository.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "checks/theirs"]);
    repository.write("checks/pointer.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n");
    let mut large = contract("large");
    large.push_str(&"# padding\n".repeat(400_000));
    repository.write("checks/large.yaml", &large).commit("what cannot be read");
    repository.remove("checks/large.yaml").remove("checks/pointer.yaml");
    let (ran, result) = repository.json(&["diff", "HEAD"]);
    let told = notes(&result);
    assert_eq!(ran.code, Some(0), "{result:#}");
    for words in ["`checks/theirs` is in a submodule", "is kept by Git LFS", "which are too many"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    repository.assay(&["diff", "main", "HEAD"]).assert(2, "is kept by Git LFS").assert(2, "which are too many");
}

#[test]
fn configuration_of_git_does_not_reach_in() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%");
    for (name, value) in [
        ("diff.external", "touch x"),
        ("diff.noprefix", "true"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
        ("color.ui", "always"),
        ("core.pager", "touch x"),
        ("core.quotePath", "true"),
        ("core.fsmonitor", "touch x"),
        ("status.showUntrackedFiles", "no"),
        ("core.autocrlf", "true"),
    ] {
        repository.git(&["config", name, value]);
    }
    // touched, and not changed: git would note that down
    let customers = fs::read(repository.path("checks/silver/customers.yaml")).expect("a file");
    fs::write(repository.path("checks/silver/customers.yaml"), customers).expect("written");
    repository.git(&["config", "--unset", "core.fsmonitor"]);
    let before = repository.state();
    repository.git(&["config", "core.fsmonitor", "touch x"]);
    let (ran, result) = repository.json(&["gate", "--base", "main"]);
    repository.git(&["config", "--unset", "core.fsmonitor"]);
    assert_eq!((ran.code, crate::project::ran(&result)), (Some(1), vec!["silver.orders"]), "{}", notes(&result));
    assert!(repository.state() == before, "the repository was written");
    assert!(!repository.path("x").exists());
}

#[test]
fn a_project_may_lie_in_a_hostile_folder() {
    let repository = Repository::new().inside("--exec=touch x/$(touch x)");
    fill(&repository);
    repository.commit("contracts").edit(ORDERS, "60%", "50%");
    repository.assay(&["diff", "HEAD"]).assert(1, "email.completeness");
    repository.assay(&["gate", "--base", "HEAD"]).assert(1, "silver.orders ran");
    assert!(!repository.path("x").exists() && !repository.path("../../x").exists());
}
