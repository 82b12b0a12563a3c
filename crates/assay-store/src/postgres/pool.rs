//! Connections: made on demand, a few at a time, used again, and thrown away when they are broken.

use std::collections::HashMap;
use std::mem;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ::postgres::types::ToSql;
use ::postgres::{Client, NoTls, Row, Statement, Transaction};
use assay_core::ops::Millis;

use super::error::Problem;
use super::url::Target;
use super::{migrations, tls};

/// Connections at once. Calls take milliseconds, so that a few serve all threads of a daemon.
pub(super) const MOST: usize = 6;
/// How long a caller waits for one of them.
const PATIENCE: Duration = Duration::from_secs(30);
/// Beyond the time for reaching the server, for it to greet: the client's own limit ends when the server is reached.
const GREETING: Duration = Duration::from_secs(5);

/// What holds for every connection, where the url's `options` say nothing else: a transaction that hangs would hold up
/// other daemons.
const SETTINGS: &[(&str, &str)] = &[
    ("statement_timeout", "30s"),
    ("lock_timeout", "20s"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("client_min_messages", "warning"),
];

/// Connections to one store.
pub(super) struct Pool {
    target: Arc<Target>,
    slots: Arc<Slots>,
}

/// How many connections there are, and those that nobody uses.
#[derive(Default)]
struct Slots {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    open: usize,
}

/// A connection, and the statements that it has prepared.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
    // Dropped last: the place is free when the connection is closed.
    _slot: Slot,
}

/// Prepared statements by their text.
pub(super) type Statements = HashMap<String, Statement>;

/// A place among the connections, given back when it is dropped.
struct Slot(Arc<Slots>);

impl Pool {
    pub(super) fn new(target: Target) -> Self {
        Pool { target: Arc::new(target), slots: Arc::default() }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// A connection, and whether it was used before: then it may turn out to be closed.
    pub(super) fn take(&self) -> Result<(Session, bool), Problem> {
        let is_out = |state: &mut State| state.idle.is_empty() && state.open >= MOST;
        let waiting = self.slots.freed.wait_timeout_while(self.slots.lock(), PATIENCE, is_out);
        let (mut state, outcome) = waiting.unwrap_or_else(PoisonError::into_inner);
        if outcome.timed_out() {
            return Err(Problem::Busy);
        }
        if let Some(session) = state.idle.pop() {
            return Ok((session, true));
        }
        state.open += 1;
        let slot = Slot(self.slots.clone());
        drop(state);
        Ok((self.connect(slot)?, false))
    }

    /// Keeps a connection for the next caller.
    pub(super) fn give_back(&self, session: Session) {
        if session.client.is_closed() {
            return;
        }
        self.slots.lock().idle.push(session);
        self.slots.freed.notify_one();
    }

    /// Closes the connections that nobody uses: where one is broken, the server was probably away.
    pub(super) fn forget(&self) {
        let idle = mem::take(&mut self.slots.lock().idle);
        drop(idle);
    }

    /// Connects on a thread of its own, which can be left alone with a server that never greets. It keeps its place
    /// until it ends, so that there are never more of them than connections.
    fn connect(&self, slot: Slot) -> Result<Session, Problem> {
        let (sender, receiver) = mpsc::channel();
        let target = self.target.clone();
        let hosts = target.config.get_hosts().len().max(target.config.get_hostaddrs().len()).max(1) as u32;
        let patience = target.config.get_connect_timeout().copied().unwrap_or(PATIENCE) * hosts + GREETING;
        let connecting = move || {
            // Where nobody waits any more, the connection is closed and its place free.
            let _nobody_waits = sender.send(connected(&target, slot));
        };
        thread::Builder::new().name("assay-store".into()).spawn(connecting).map_err(Problem::Thread)?;
        receiver.recv_timeout(patience).map_err(|why| match why {
            RecvTimeoutError::Timeout => Problem::Silent,
            RecvTimeoutError::Disconnected => Problem::Thread(std::io::Error::other("it came to nothing")),
        })?
    }
}

impl Drop for Pool {
    /// A connection cannot be closed where an async runtime runs, so that another thread does it.
    fn drop(&mut self) {
        let idle = mem::take(&mut self.slots.lock().idle);
        if idle.is_empty() {
            return;
        }
        let closing = thread::Builder::new().name("assay-store".into()).spawn(move || drop(idle));
        let _is_closed = closing.map(thread::JoinHandle::join);
    }
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked left nothing halfway: the state is changed in single steps.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
        self.0.freed.notify_one();
    }
}

/// A connection with its settings, to a server that can hold a store.
fn connected(target: &Target, slot: Slot) -> Result<Session, Problem> {
    let connected = match tls::connector(target)? {
        Some(connector) => target.config.connect(connector),
        None => target.config.connect(NoTls),
    };
    let mut client = connected.map_err(Problem::Connecting)?;
    client.batch_execute(&settings(target))?;
    migrations::suits(&mut client)?;
    Ok(Session { client, statements: Statements::new(), _slot: slot })
}

/// Statements that make the settings, but those that the url's options have made.
fn settings(target: &Target) -> String {
    let options = target.config.get_options().unwrap_or_default();
    let mut statements = format!("SET search_path = \"{}\";", target.schema);
    for (name, value) in SETTINGS.iter().filter(|(name, _)| !options.contains(&format!("{name}="))) {
        statements.push_str(&format!("SET {name} = '{value}';"));
    }
    statements
}

/// A transaction, with the statements that its connection has prepared.
pub(super) struct Tx<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) statements: &'a mut Statements,
}

impl Tx<'_> {
    /// Runs a statement; gives how many rows it changed.
    pub(super) fn run(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, Problem> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.execute(&statement, parameters)?)
    }

    /// The rows of a statement.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Problem> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.query(&statement, parameters)?)
    }

    /// The row of a statement that has one at most.
    pub(super) fn row(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, Problem> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.query_opt(&statement, parameters)?)
    }

    /// The one value of a statement that always has one.
    pub(super) fn value(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<i64, Problem> {
        let statement = self.prepared(sql)?;
        Ok(self.transaction.query_one(&statement, parameters)?.try_get(0)?)
    }

    /// The database's clock.
    pub(super) fn clock(&mut self) -> Result<Millis, Problem> {
        self.value("SELECT clock_millis()", &[])
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement, Problem> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}
