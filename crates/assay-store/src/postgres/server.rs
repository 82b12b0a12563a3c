//! A PostgreSQL server for tests, in a folder of its own: started once by whoever needs it first.
//!
//! A shell script starts it and waits for its input to end, which happens when the test program ends, however that is:
//! then the script stops the server and removes the folder.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use ::postgres::{Client, NoTls};

/// Arguments: the folder with PostgreSQL's programs, the port. Answers each line of its input with one line.
const SCRIPT: &str = r#"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/assay-postgres.XXXXXX") || exit 1
    cd "$folder"
    stop() { "$1/pg_ctl" -D data -m "$2" -w stop >>log 2>&1; }
    start() { "$1/pg_ctl" -D data -l log -w -t 60 -o "-k '$folder' -p $2 -c listen_addresses=127.0.0.1 -F -c full_page_writes=off -c autovacuum=off" start >>log 2>&1; }
    trap '' INT
    trap 'stop "$1" immediate; cd /; rm -rf "$folder"' EXIT
    trap 'exit 1' TERM HUP
    "$1/initdb" -D data -U assay -E UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 -N >>log 2>&1 \
        && start "$1" "$2" && echo "ready $folder" || { tail -5 log; exit 1; }
    while read -r word; do
        case "$word" in
            stop) stop "$1" fast ;;
            kill) stop "$1" immediate ;;
            start) start "$1" "$2" ;;
            pause) kill -STOP $(head -1 data/postmaster.pid) ;;
            resume) kill -CONT $(head -1 data/postmaster.pid) ;;
            reload) "$1/pg_ctl" -D data reload >>log 2>&1 ;;
        esac
        echo "done $?"
    done
"#;

/// A server that runs as long as this value, or the test program.
pub(super) struct Server {
    script: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: String,
    port: u16,
}

impl Server {
    /// Starts a server.
    pub(super) fn start() -> Self {
        let programs = programs();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        // PostgreSQL refuses to run as root, which containers do: Debian's package makes a user for it.
        let is_root = Command::new("id").arg("-u").output().expect("`id`").stdout == b"0\n";
        let mut command = Command::new(if is_root { "setpriv" } else { "sh" });
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        }
        command.args(["-c", SCRIPT, "sh", &programs, &port.to_string()]);
        let mut script =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir("/").spawn().expect("a shell");
        let (input, output) = (script.stdin.take(), script.stdout.take().expect("piped"));
        let mut server = Server { script, input, output: BufReader::new(output), folder: String::new(), port };
        let ready = server.answer();
        server.folder =
            ready.strip_prefix("ready ").unwrap_or_else(|| panic!("PostgreSQL did not start: {ready}")).to_owned();
        server
    }

    /// The server that all tests share which leave it running.
    pub(super) fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Server::start)
    }

    /// Makes a database, gives its url.
    pub(super) fn database(&self) -> String {
        let name = new_name();
        self.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.url(&name)
    }

    /// The url of a schema that is not there yet: quicker than a database of its own.
    pub(super) fn schema(&self) -> String {
        format!("{}?options=-c%20search_path%3D{}", self.url("postgres"), new_name())
    }

    /// The url of a database, through the socket in the server's folder.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgresql://assay@{}:{}/{database}", self.folder.replace('/', "%2F"), self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn folder(&self) -> &Path {
        Path::new(&self.folder)
    }

    /// Runs statements.
    pub(super) fn run(&self, database: &str, statements: &str) {
        run(&self.url(database), statements);
    }

    /// Stops, kills, starts, pauses, resumes or reloads the server.
    pub(super) fn tell(&mut self, word: &str) {
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

fn new_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Runs statements in the database of a url.
pub(super) fn run(url: &str, statements: &str) {
    Client::connect(url, NoTls).expect("a connection").batch_execute(statements).expect(statements);
}

/// The folder of the newest server that is installed.
fn programs() -> String {
    let mut found: Vec<(u32, String)> = Vec::new();
    for entry in std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let folder = entry.path().join("bin");
        let version = entry.file_name().to_string_lossy().parse().unwrap_or_default();
        if folder.join("initdb").is_file() {
            found.push((version, folder.to_string_lossy().into_owned()));
        }
    }
    found.sort();
    let newest = found.pop().map(|(_, folder)| folder);
    newest.expect(
        "these tests need a PostgreSQL server: install Debian's package `postgresql` (apt-get install postgresql)",
    )
}
