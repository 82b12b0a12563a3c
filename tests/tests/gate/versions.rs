//! Where versions come from: branches, commits, the working tree, clones that lack history, other kinds of repositories.

use std::fs;

use assay_tests::repository::{Repository, ran};

use crate::project::{ORDERS, change, changes, fill, notes, project};

/// The codes of a comparison.
fn codes(repository: &Repository, args: &[&str]) -> Vec<String> {
    let (_, result) = repository.json(&[&["diff"], args].concat());
    changes(&result).iter().map(|change| change["code"].as_str().expect("a code").to_string()).collect()
}

#[test]
fn without_versions_it_is_what_the_branch_changes_with_what_is_not_committed() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%").commit("looser");
    repository.edit(ORDERS, "orders@shop", "sales@shop");
    repository
        .write("checks/new.yaml", "assay: 1\ntable: new\nsource: {format: csv, path: new.csv}\ncolumns: {a: string}\n");
    assert_eq!(codes(&repository, &[]), ["limit_loosened", "contract_added", "owner_changed"]);
    assert_eq!(codes(&repository, &["HEAD"]), ["contract_added", "owner_changed"], "an untracked file is there");
    assert_eq!(codes(&repository, &["main", "HEAD"]), ["limit_loosened"]);
    assert_eq!(codes(&repository, &["--head", "HEAD"]), ["limit_loosened"]);
    let ran = repository.assay(&["diff"]);
    ran.assert(1, "no base was named: compared with `main`, the default branch");
    // what git ignores is no version
    repository.write(".gitignore", "checks/new.yaml\n");
    let (_, result) = repository.json(&["diff", "HEAD"]);
    assert!(notes(&result).contains("not compared: 1 file in `checks`"), "{}", notes(&result));
    assert!(changes(&result).iter().all(|change| change["code"] != "contract_added"));
}

#[test]
fn a_base_is_where_the_work_left_it_and_a_version_is_itself() {
    let repository = project();
    repository.edit(ORDERS, "60%", "70%").commit("tighter here");
    repository.git(&["switch", "--quiet", "main"]);
    repository.edit(ORDERS, "owner: orders@", "owner: sales@").commit("another owner there");
    repository.git(&["switch", "--quiet", "work"]);
    assert_eq!(codes(&repository, &["--base", "main"]), ["limit_tightened"]);
    assert_eq!(codes(&repository, &["main"]), ["limit_tightened", "owner_changed"]);
    repository.assay(&["diff", "--base", "main"]).assert(1, "`main` has gone on since: compared with");
    // tags and commits are versions, too; so is the commit that is checked out by itself
    repository.git(&["tag", "-a", "-m", "one", "v1"]);
    repository.git(&["switch", "--quiet", "--detach", "HEAD"]);
    assert_eq!(codes(&repository, &["main~1", "v1"]), ["limit_tightened"]);
    assert_eq!(codes(&repository, &["--base", "main"]), ["limit_tightened"]);
}

#[test]
fn the_default_branch_is_that_of_origin() {
    let origin = project();
    origin.git(&["branch", "--move", "main", "trunk"]);
    origin.git(&["switch", "--quiet", "trunk"]);
    let copy = origin.cloned(&[]);
    copy.git(&["switch", "--quiet", "--create", "work"]);
    copy.edit(ORDERS, "60%", "50%").commit("looser");
    copy.assay(&["diff"]).assert(1, "compared with `origin/trunk`, the default branch");
    copy.git(&["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
    copy.git(&["branch", "--delete", "--force", "trunk"]);
    copy.assay(&["diff"]).assert(2, "there is no branch to compare with").assert(2, "--base BRANCH");
}

#[test]
fn versions_that_are_not_there_are_told() {
    let repository = project();
    for (args, says) in [
        (&["diff", "nowhere"][..], "does not have the version `nowhere`"),
        (&["diff", "main..work"], "is a range, not a version"),
        (&["diff", ""], "does not have the version ``"),
        (&["diff", "0000000000000000000000000000000000000000"], "does not have the version"),
        (&["diff", "HEAD:checks"], "is no commit"),
        (&["diff", "main", "--base", "main"], "cannot be used with"),
        (&["diff", "--current", "1.0.0"], "--suggest-version"),
        (&["diff", "--suggest-version", "--current", "one"], "`--current` is no version"),
        (&["diff", "--allow", "compatible"], "invalid value 'compatible'"),
        (&["diff", "--also", "json"], "write FORMAT=FILE"),
        (&["gate", "--base", "nowhere"], "does not have the version `nowhere`"),
    ] {
        repository.assay(args).assert(2, says);
    }
    let empty = Repository::new();
    fill(&empty);
    empty.assay(&["diff"]).assert(2, "this repository has no commit yet");
    let outside = tempfile::tempdir().expect("a folder");
    let mut command = repository.command(&["diff"]);
    command.current_dir(outside.path()).env("GIT_CEILING_DIRECTORIES", outside.path().parent().expect("a folder"));
    ran(&mut command).assert(2, "there is no git repository here");
    ran(repository.command(&["diff"]).env("PATH", outside.path())).assert(3, "git was not found");
    let mut of_another = repository.command(&["diff"]);
    ran(of_another.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")).assert(3, "detected dubious ownership");
    // two lines of history that never met
    repository.git(&["switch", "--quiet", "--orphan", "other"]);
    fill(&repository);
    repository.commit("from nothing").assay(&["diff", "--base", "main"]).assert(2, "have no common commit");
}

#[test]
fn a_shallow_clone_without_the_base_says_what_to_fetch() {
    let origin = project();
    origin.edit(ORDERS, "60%", "50%").commit("looser").write("x", "1").commit("more");
    origin.git(&["switch", "--quiet", "main"]);
    let copy = origin.cloned(&["--depth=1", "--branch=work"]);
    copy.assay(&["gate", "--base", "origin/main"]).assert(2, "fetch-depth: 0");
    copy.assay(&["diff"]).assert(2, "");
    // the tip of the base alone has no common commit with the work
    copy.git(&["fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    copy.assay(&["diff"]).assert(2, "have no common commit").assert(2, "GIT_DEPTH: 0");
    // both versions are there, though
    copy.assay(&["diff", "origin/main", "HEAD"]).assert(1, "email.completeness");
    copy.git(&["fetch", "--quiet", "--unshallow"]);
    copy.assay(&["diff", "--base", "origin/main"]).assert(1, "email.completeness");
}

#[test]
fn a_project_may_be_in_a_folder_of_the_repository() {
    let repository = Repository::new().inside("teams/data");
    fill(&repository);
    repository.commit("contracts").git(&["switch", "--quiet", "--create", "work"]);
    repository.edit(ORDERS, "[0, 1000]", "[0, 500]");
    let before = repository.state();
    let (ran, result) = repository.json(&["gate", "--base", "main"]);
    assert_eq!(ran.code, Some(1));
    let change = change(&result, "limit_tightened");
    assert_eq!((&change["at"]["path"], &change["found"]["failing"]), (&ORDERS.into(), &1.into()));
    assert!(repository.state() == before, "the repository was written");
    // CI systems count paths from the top of the repository
    let github = repository.assay(&["gate", "--base", "main", "--format", "github", "--also", "sarif=a.sarif"]);
    github.assert(1, "file=teams/data/checks/silver/orders.yaml");
    let sarif = fs::read_to_string(repository.path("a.sarif")).expect("written");
    assert!(sarif.contains("\"teams/data/checks/silver/orders.yaml\""), "{sarif}");
    repository.assay(&["check", "--format", "gitlab"]).assert(1, "\"teams/data/checks/silver/orders.yaml\"");
    repository.remove("a.sarif");
    // from deeper inside, and from a worktree of its own
    let deeper = repository.command(&["diff"]).current_dir(repository.path("checks/silver")).output().expect("runs");
    assert_eq!(deeper.status.code(), Some(1));
    repository.git(&["worktree", "add", "--quiet", "../../linked", "main"]);
    let linked = repository.path("../../linked/teams/data");
    fs::write(linked.join(ORDERS), fs::read(repository.path(ORDERS)).expect("a file")).expect("written");
    ran_in(&repository, &linked, &["diff", "HEAD"]).assert(1, "amount.range");
}

fn ran_in(repository: &Repository, folder: &std::path::Path, args: &[&str]) -> assay_tests::repository::Ran {
    ran(repository.command(args).current_dir(folder))
}

#[test]
fn other_kinds_of_repositories_are_read_as_well() {
    // names of 256 bits
    let repository = Repository::with(&["--initial-branch=main", "--object-format=sha256"]);
    fill(&repository);
    repository.commit("contracts").edit(ORDERS, "60%", "50%");
    let (_, result) = repository.json(&["diff", "HEAD"]);
    assert_eq!(result["base"]["commit"].as_str().map(str::len), Some(64));
    change(&result, "limit_loosened");
    repository.commit("looser");
    // without a working tree
    let bare = repository.cloned(&["--bare"]);
    assert_eq!(codes(&bare, &["main~1", "main"]), ["limit_loosened"]);
    bare.assay(&["diff", "main~1"]).assert(2, "a bare repository has no working tree");
    bare.assay(&["diff", "main~1", "main", "--project", "nowhere"]).assert(2, "there is no folder `nowhere`");
    // with contents that are fetched when they are asked for
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = repository.cloned(&["--filter=blob:none"]);
    assert_eq!(codes(&partial, &["HEAD~1", "HEAD"]), ["limit_loosened"]);
    // with a part of the files in the working tree
    let sparse = repository.cloned(&[]);
    sparse.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/checks/silver/customers.yaml"]);
    assert!(!sparse.path("checks/silver/customers.yaml").exists());
    assert_eq!(codes(&sparse, &["HEAD"]), Vec::<String>::new(), "what is left out is not gone");
}

#[test]
fn hooks_may_name_another_index() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%");
    let mut command = repository.command(&["diff", "HEAD"]);
    command.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index");
    ran(&mut command).assert(1, "email.completeness");
    // a file that only the other index knows is no untracked one
    repository.write(".gitignore", "checks/kept.yaml\n").commit("ignore");
    repository
        .write("checks/kept.yaml", "assay: 1\ntable: kept\nsource: {format: csv, path: k.csv}\ncolumns: {a: string}\n");
    let other = repository.path(".git/other");
    fs::copy(repository.path(".git/index"), &other).expect("copied");
    let add = ["add", "--force", "checks/kept.yaml"];
    let mut git = std::process::Command::new("git");
    assay_tests::repository::isolated(&mut git)
        .current_dir(repository.path(""))
        .env("GIT_INDEX_FILE", &other)
        .args(add);
    ran(&mut git).assert(0, "");
    ran(repository.command(&["diff", "HEAD"]).env("GIT_INDEX_FILE", &other))
        .assert(0, "a contract of table `kept` was added");
    assert!(codes(&repository, &["HEAD"]).is_empty());
}

#[test]
fn documents_of_another_time_are_notes_and_broken_ones_of_today_are_errors() {
    let repository = project();
    repository.edit(ORDERS, "assay: 1", "assay: 0").commit("written for an older version");
    repository.edit(ORDERS, "assay: 0", "assay: 1").edit(ORDERS, "60%", "50%");
    let (ran, result) = repository.json(&["gate", "--base", "HEAD"]);
    assert_eq!(ran.code, Some(0), "{result:#}");
    assert!(
        notes(&result).contains("checks/silver/orders.yaml of HEAD cannot be compared (line 1:"),
        "{}",
        notes(&result)
    );
    assert!(notes(&result).contains("silver.orders ran: its old version cannot be read"), "{}", notes(&result));
    // the other way round it is an error with its place, as `assay check` has it
    repository.edit(ORDERS, "completeness", "completness");
    for command in ["diff", "gate"] {
        repository
            .assay(&[command, "--base", "HEAD"])
            .assert(2, "did you mean `completeness`")
            .assert(2, "orders.yaml:10:");
        let (_, result) = repository.json(&[command, "--base", "HEAD"]);
        assert_eq!((&result["schema"], &result["outcome"]), (&"assay.result/v1".into(), &"invalid".into()));
    }
    repository.write("assay.yaml", "assay: 1\nnonsense: 1\n");
    repository.assay(&["diff", "HEAD"]).assert(2, "unknown key `nonsense`");
    let elsewhere = Repository::new();
    elsewhere.write("readme", "").commit("nothing to compare");
    elsewhere.assay(&["diff", "HEAD"]).assert(2, "no contracts found");
}

#[test]
fn results_are_the_same_bytes_and_files_are_written_whole() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%").edit(ORDERS, "[0, 1000]", "[0, 500]").commit("both ways");
    let gate = ["gate", "--base", "main", "--as-of", "2026-11-20T06:00:00Z"];
    let text = repository.assay(&gate).out;
    assert_eq!(text, repository.assay(&gate).out);
    let json = [&gate[..], &["--output", "out.txt", "--also", "json=gate.json"]].concat();
    repository.assay(&json).assert(1, "written to gate.json");
    assert_eq!(fs::read_to_string(repository.path("out.txt")).expect("written"), text);
    let result: serde_json::Value =
        serde_json::from_slice(&fs::read(repository.path("gate.json")).expect("written")).expect("JSON");
    assert_eq!(changes(&result).len(), 2);
    repository.assay(&["diff", "--also", "json=nowhere/x.json"]).assert(3, "cannot write");
}

#[test]
fn the_next_version_goes_by_what_changed() {
    let repository = project();
    let suggest = |args: &[&str]| {
        let (_, result) = repository.json(&[&["diff", "--suggest-version"], args].concat());
        result["next_version"].clone()
    };
    assert_eq!(suggest(&[])["level"], "none");
    repository.edit(ORDERS, "One row for each order", "Orders");
    assert_eq!(suggest(&["--current", "1.4.2"])["next"], "1.4.3");
    repository.edit(ORDERS, "[0, 1000]", "[0, 500]");
    assert_eq!(suggest(&["--current", "1.4.2"])["next"], "1.5.0");
    repository.edit(ORDERS, "60%", "50%");
    assert_eq!(suggest(&["--current", "v1.4.2"])["next"], "v2.0.0");
    assert_eq!(suggest(&[])["level"], "major");
    repository.assay(&["diff", "--suggest-version"]).assert(1, "next version: a major one");
}

#[test]
fn what_is_allowed_does_not_break() {
    let repository = project();
    repository.edit(ORDERS, "60%", "50%").edit(ORDERS, "[0, 1000]", "[0, 700]");
    repository.assay(&["diff"]).assert(1, "");
    repository.assay(&["diff", "--allow", "breaks-consumers"]).assert(1, "1 allowed");
    repository.assay(&["diff", "--allow", "breaks-consumers,breaks-producer"]).assert(0, "2 allowed");
    repository.assay(&["gate", "--allow", "breaks-consumers"]).assert(0, "1 kept by current data, 1 allowed");
    repository.assay(&["gate", "--allow", "breaks-producer"]).assert(1, "1 breaks consumers");
}
