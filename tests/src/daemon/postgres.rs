//! A PostgreSQL server of a test, in a folder of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Arguments: the folder with PostgreSQL's programs, the port. Answers each line of its input with one line, and ends
/// with the server when its input does, however the test ended.
const SCRIPT: &str = r#"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/assay-daemons.XXXXXX") && cd "$folder" || exit 1
    stop() { "$1/pg_ctl" -D data -m "$2" -w stop >>log 2>&1; }
    start() { "$1/pg_ctl" -D data -l log -w -t 60 -o "-k '$folder' -p $2 -c listen_addresses= -F" start >>log 2>&1; }
    trap '' INT
    trap 'stop "$1" immediate; cd /; rm -rf "$folder"' EXIT
    trap 'exit 1' TERM HUP
    "$1/initdb" -D data -U assay -E UTF8 --locale=C.UTF-8 --auth=trust -N >>log 2>&1 && start "$1" "$2" \
        && echo "$folder" || { tail -5 log >&2; exit 1; }
    while read -r word; do
        case "$word" in
            stop) stop "$1" fast ;;
            start) start "$1" "$2" ;;
        esac
        echo "done $?"
    done
"#;

/// A server that runs as long as this value, or the test program.
pub struct Server {
    script: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    programs: PathBuf,
    folder: String,
    port: u16,
}

impl Server {
    /// Starts one.
    pub fn start() -> Self {
        let programs = programs();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        // PostgreSQL refuses to run as root, which containers do: Debian's package makes a user for it
        let is_root = Command::new("id").arg("-u").output().expect("`id`").stdout == b"0\n";
        let mut command = Command::new(if is_root { "setpriv" } else { "sh" });
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        command.args(["-c", SCRIPT, "sh"]).arg(&programs).arg(port.to_string()).current_dir("/");
        let mut script = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let (input, output) = (script.stdin.take(), BufReader::new(script.stdout.take().expect("piped")));
        let mut server = Server { script, input, output, programs, folder: String::new(), port };
        server.folder = server.answer();
        assert!(server.folder.starts_with('/'), "PostgreSQL did not start");
        server
    }

    /// Its database, through the socket in its folder.
    pub fn url(&self) -> String {
        format!("postgresql://assay@{}:{}/postgres", self.folder.replace('/', "%2F"), self.port)
    }

    /// The only value that a statement gives; nothing where there is none.
    pub fn value(&self, statement: &str) -> String {
        let asked = Command::new(self.programs.join("psql")).args(["-XAtc", statement, &self.url()]).output();
        let asked = asked.expect("psql is beside the server");
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        String::from_utf8_lossy(&asked.stdout).trim().to_owned()
    }

    /// Stops it: everybody's connections end.
    pub fn stop(&mut self) {
        self.tell("stop");
    }

    /// Starts it again.
    pub fn resume(&mut self) {
        self.tell("start");
    }

    fn tell(&mut self, word: &str) {
        let mut input = self.input.as_ref().expect("open until the end");
        writeln!(input, "{word}").expect("the script reads");
        assert_eq!(self.answer(), "done 0", "{word}");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line of text");
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ended = self.script.wait();
    }
}

/// The folder of the newest server that is installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |name: &std::ffi::OsStr| name.to_str().and_then(|name| name.parse::<u32>().ok());
    let found = versions.filter_map(|entry| Some((number(&entry.file_name())?, entry.path().join("bin"))));
    let newest = found.filter(|(_, folder)| folder.join("initdb").is_file()).max();
    newest.map(|(_, folder)| folder).expect("a PostgreSQL server is needed: apt-get install postgresql")
}
