//! What Prometheus' own tool says of `/metrics`.

use std::io::Write;
use std::process::{Command, Stdio};

use assay_tests::daemon::{Daemon, Project};

#[test]
fn promtool_finds_nothing_to_say() {
    let project = Project::new("");
    project.table("silver.a", 50, "schedule: \"* * * * *\"\n");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    client.ended(&client.ask_for(&["silver.a"])[0]);
    let text = client.get("/metrics").body;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed: apt-get install prometheus");
    promtool.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let said = promtool.wait_with_output().expect("it ends");
    let said_text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(said.status.success() && said_text.is_empty(), "{said_text}\n{text}");
}
