//! Where results go beside standard output: reports, further formats, metrics, files of GitHub's runners.

use std::fs;

use crate::support::{Project, ran};

/// One broken check in `silver.a`.
fn project() -> Project {
    Project::with_two_tables().file("data/a.csv", "id,amount\n1,2.50\n2,-3.00\n")
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

#[test]
fn a_report_is_a_folder_of_pages_and_takes_away_only_its_own_of_before() {
    let project = project().file("out/mine.txt", "kept");
    let report = project.assay(&["check", "--report", "out", "--as-of", "2026-11-20"]);
    report.assert(1, "written to out/index.html");
    assert!(report.out.contains("✗ FAIL"), "the result is where it always is: {}", report.out);
    assert!(read(&project, "out/index.html").contains("tables/silver.a.html"));
    assert!(read(&project, "out/tables/silver.a.html").contains("amount.range"));

    let before = read(&project, "out/index.html");
    project.assay(&["check", "--report", "out", "--as-of", "2026-11-20"]).assert(1, "");
    assert_eq!(read(&project, "out/index.html"), before, "the same run gives the same bytes");

    project.assay(&["check", "checks/silver/b.yaml", "--report", "out"]).assert(0, "");
    assert!(!project.path("out/tables/silver.a.html").exists(), "a page of the former report");
    assert!(project.path("out/tables/silver.b.html").exists());
    assert_eq!(read(&project, "out/mine.txt"), "kept");
    fs::write(project.path("out/.assay-report"), "../assay.yaml\n/etc/hostname\nmine.txt\n").expect("written");
    project.assay(&["check", "--report", "out"]).assert(1, "");
    assert!(project.path("assay.yaml").exists() && project.path("out/mine.txt").exists());
}

#[test]
fn a_report_of_invalid_contracts_says_so() {
    let project = project().contract("a", "checks: [{row_cnt: 1}]\n");
    project.assay(&["check", "--report", "out"]).assert(2, "row_cnt");
    assert!(read(&project, "out/index.html").contains("row_cnt"));
}

#[test]
fn places_that_cannot_be_written_are_found_before_data_are_read() {
    let project = project().file("file", "");
    for args in [["--report", "file"], ["--metrics-file", "none/m.prom"], ["--also", "sarif=none/x.sarif"]] {
        let refused = project.assay(&[&["check"][..], &args].concat());
        refused.assert(3, "cannot");
        assert_eq!(refused.out, "", "{args:?}");
    }
    project.assay(&["check", "--also", "pdf=x"]).assert(2, "there is no format `pdf`");
    project.assay(&["check", "--also", "sarif"]).assert(2, "FORMAT=FILE");
}

#[test]
fn one_run_is_written_in_several_formats() {
    let project = project();
    let args =
        ["check", "--format", "json", "--also", "junit=j.xml", "--also", "html=r.html", "--metrics-file", "m.prom"];
    let all = project.assay(&args);
    all.assert(1, "written to j.xml");
    assert!(all.out.starts_with('{') && all.err.contains("written to r.html") && all.err.contains("written to m.prom"));
    assert!(read(&project, "j.xml").contains("<testsuites"));
    assert!(read(&project, "r.html").contains("<!doctype html>"));
    let metrics = read(&project, "m.prom");
    assert!(metrics.contains("assay_check_success{"), "{metrics}");
    assert!(
        metrics.contains("contract=\"silver.a\",check=\"amount.range\"") || metrics.contains("check=\"amount.range\"")
    );
}

#[test]
fn files_of_a_runner_are_appended_to() {
    let project = project().file("summary.md", "before\n").file("output", "a=1\n");
    let mut command = project.command(&["check", "--format", "github"]);
    command.env("GITHUB_STEP_SUMMARY", project.path("summary.md")).env("GITHUB_OUTPUT", project.path("output"));
    let annotated = ran(command);
    annotated.assert(1, "");
    assert!(annotated.out.starts_with("::error "), "{}", annotated.out);
    let (summary, output) = (read(&project, "summary.md"), read(&project, "output"));
    assert!(summary.starts_with("before\n") && summary.contains("amount.range"), "{summary}");
    assert!(output.starts_with("a=1\n") && output.contains("exit_code") && output.contains("outcome"), "{output}");
    // another format leaves them alone
    let mut command = project.command(&["check"]);
    command.env("GITHUB_STEP_SUMMARY", project.path("summary.md"));
    ran(command).assert(1, "");
    assert_eq!(read(&project, "summary.md"), summary);
}

#[test]
fn a_project_has_templates_and_styles_of_its_own() {
    let project = project().file("reports/styles/style.css", "h1 { color: rebeccapurple; }\n");
    project.assay(&["check", "--report", "out"]).assert(1, "");
    assert!(read(&project, "out/index.html").contains("rebeccapurple"));

    let project = project.file("look/templates/run.html", "{% block main %}");
    let settings = "assay: 1\ntimezone: UTC\npaths: {reports: look}\n";
    let project = project.file("assay.yaml", settings);
    let broken = project.assay(&["check", "--report", "out2"]);
    broken.assert(2, "run.html");
    let told = read(&project, "out2/index.html");
    assert!(told.contains("a template of reports is broken") && !told.contains("amount.range"), "by the built-in one");
    project.assay(&["check"]).assert(1, "");

    let project = project.file("look/templates/run.html", "{{ page.nonsense }}");
    project.assay(&["check", "--report", "out3"]).assert(3, "run.html:1");
    assert!(!project.path("out3/index.html").exists(), "nothing is written of a report that cannot be rendered");
}

#[test]
fn metrics_of_a_comparison_are_those_of_the_last_run() {
    let project = project().file("m.prom", "before");
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@shop.example"];
        let mut git = std::process::Command::new("git");
        let done = git.args(identity).args(args).current_dir(project.path("")).output().expect("git starts");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "checks", "assay.yaml"]);
    git(&["commit", "--quiet", "--message", "contracts"]);
    project
        .assay(&["diff", "HEAD", "--metrics-file", "m.prom"])
        .assert(0, "left as it was, because nothing ran: m.prom");
    assert_eq!(read(&project, "m.prom"), "before");
    let project = project.contract("a", "checks: [{row_cnt: 1}]\n");
    project.assay(&["check", "--metrics-file", "m.prom"]).assert(2, "row_cnt");
    let metrics = read(&project, "m.prom");
    assert!(metrics.contains("assay_build_info") && !metrics.contains("assay_check_success{"), "{metrics}");
}
