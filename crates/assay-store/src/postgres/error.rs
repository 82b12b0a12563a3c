//! What can go wrong with a store in PostgreSQL, in the words of the one who has to mend it.

use std::error::Error as _;

use ::postgres::error::SqlState;
use assay_core::drift::store::StoreError;

use super::migrations;
use crate::error::Trouble;

/// What went wrong, before the store is named.
#[derive(Debug)]
pub(super) enum Problem {
    /// As it can go wrong with every store.
    Common(Trouble),
    /// The server, or the way to it.
    Server(::postgres::Error),
    /// No connection could be made.
    Connecting(::postgres::Error),
    /// The server did not finish to greet in time.
    Silent,
    /// The connection ended while the transaction was being committed.
    Uncertain(::postgres::Error),
    /// Every connection was in use for too long.
    Busy,
    /// Certificates or their files.
    Tls(String),
    /// The tables are of a later version.
    Newer(i64),
    /// The schema is of something else.
    Foreign {
        /// Its name.
        schema: String,
    },
    /// The server or the database is not one that can hold a store.
    Unsuited(String),
    /// It only answers questions.
    Standby,
    /// This kind of store has tools of its own.
    Backup {
        /// The schema to copy.
        schema: String,
    },
    /// A thread could not be started.
    Thread(std::io::Error),
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        Problem::Common(trouble)
    }
}

impl From<::postgres::Error> for Problem {
    fn from(error: ::postgres::Error) -> Self {
        Problem::Server(error)
    }
}

impl Problem {
    /// Whether another try can succeed, because only the order of transactions was in the way.
    pub(super) fn is_conflict(&self) -> bool {
        let Problem::Server(error) = self else { return false };
        matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }

    /// The error of the store of this name.
    pub(super) fn of(self, store: &str) -> StoreError {
        let (code, what) = match self {
            Problem::Common(trouble) => common(&trouble),
            Problem::Server(error) => server(&error),
            Problem::Connecting(error) => connecting(&error),
            Problem::Silent => (
                "store_unreadable",
                "cannot be reached (the server takes connections and does not answer): look after the server; the \
                 next call tries again"
                    .into(),
            ),
            Problem::Uncertain(error) => (
                "store_unwritable",
                format!(
                    "was lost while a transaction was being committed ({}): whether it was written shows when the \
                     server is back; the next call connects again",
                    told(&error)
                ),
            ),
            Problem::Busy => (
                "store_locked",
                "has all of its connections in use: what they are waiting for shows in pg_stat_activity of the \
                 server (application `assay`); try again"
                    .into(),
            ),
            Problem::Tls(why) => ("store_unreadable", format!("cannot be reached with TLS: {why}")),
            Problem::Newer(version) => (
                "store_newer",
                format!(
                    "has version {version}, this program knows {}: it was written by a newer Assay; upgrade this \
                     one, or name another store",
                    migrations::current()
                ),
            ),
            Problem::Foreign { schema } => (
                "store_unreadable",
                format!(
                    "cannot be made, because the schema `{schema}` belongs to another program: name another one in \
                     the url with `options=-c%20search_path%3DNAME`, or another database"
                ),
            ),
            Problem::Unsuited(why) => ("store_unreadable", why),
            Problem::Standby => (
                "store_unwritable",
                "is on a standby server, which cannot be written to: name the primary, or add \
                 `target_session_attrs=read-write` to the url"
                    .into(),
            ),
            Problem::Backup { schema } => (
                "store_unwritable",
                format!("is copied with PostgreSQL's own tools: `pg_dump --schema={schema} --format=custom`"),
            ),
            Problem::Thread(error) => ("store_unreadable", format!("needs a thread to connect ({error}): try again")),
        };
        StoreError { code, text: format!("the store {store} {what}") }
    }
}

fn common(trouble: &Trouble) -> (&'static str, String) {
    match trouble {
        Trouble::Damaged { place, why } => {
            ("store_corrupt", format!("is damaged at {place}: {why}; restore it from a backup"))
        }
        Trouble::NoBaseline { .. } => ("baseline_unknown", trouble.to_string()),
        Trouble::Unfit { .. } => ("store_unfit", trouble.to_string()),
        other => ("store_unwritable", other.to_string()),
    }
}

/// What the way to the server says; the server may have had the last word.
fn connecting(error: &::postgres::Error) -> (&'static str, String) {
    if error.code().is_some() {
        return server(error);
    }
    if error.to_string().contains("TLS") {
        let told = told(error);
        return ("store_unreadable", format!("cannot be reached ({told}): see `sslmode` and `sslrootcert` of the url"));
    }
    (
        "store_unreadable",
        format!(
            "cannot be reached ({}): see that the server runs and takes connections from here, and that the url in \
             assay.yaml is right; the next call tries again",
            told(error)
        ),
    )
}

/// The code and the sentence for what the server says. Details of its messages are left out: they quote values.
fn server(error: &::postgres::Error) -> (&'static str, String) {
    let told = told(error);
    let Some(state) = error.code() else {
        return if is_lost(error) {
            (
                "store_unreadable",
                format!("lost its connection ({told}): nothing was written; the next call connects again"),
            )
        } else {
            ("store_unreadable", format!("answered in a way that was not expected ({told}): please report this"))
        };
    };
    match (state.code(), state.code().get(..2).unwrap_or_default()) {
        ("28P01" | "28000", _) => {
            ("store_unreadable", format!("does not let this user in ({told}): see user and password of the url"))
        }
        ("3D000", _) => ("store_unreadable", format!("is not there ({told}): make the database with `createdb`")),
        ("42501", _) => (
            "store_unwritable",
            format!(
                "may not be used like this by the user of the url ({told}): grant CREATE on the database for the \
                 first start, afterwards all rights on the schema and its tables"
            ),
        ),
        ("25006", _) => ("store_unwritable", format!("cannot be written to ({told}): name the primary server")),
        ("53100", _) => {
            ("store_unwritable", format!("has no room to grow ({told}): free some space; nothing was written"))
        }
        ("53300", _) => (
            "store_unreadable",
            format!("has no connection left ({told}): raise max_connections, or let fewer programs connect"),
        ),
        ("55P03" | "40001" | "40P01", _) => (
            "store_locked",
            format!("is locked by another transaction ({told}): nothing was written; let that one end, then try again"),
        ),
        ("57014", _) => {
            ("store_unreadable", format!("took too long ({told}): nothing was written; look at the server's load"))
        }
        ("25P03" | "57P01" | "57P02" | "57P03" | "57P05", _) | (_, "08") => (
            "store_unreadable",
            format!("is being started or stopped ({told}): nothing was written; the next call connects again"),
        ),
        ("42P01" | "42703" | "42883" | "3F000", _) => {
            ("store_corrupt", format!("has lost tables or columns ({told}): restore it from a backup"))
        }
        (_, "XX") => ("store_corrupt", format!("is damaged ({told}): restore it from a backup")),
        (_, "22" | "23" | "53" | "54") => ("store_unwritable", format!("cannot keep this ({told})")),
        _ => ("store_unreadable", format!("refused a statement ({told}): please report this")),
    }
}

/// Whether it is the connection that is gone.
pub(super) fn is_lost(error: &::postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

/// The error and its causes, as one sentence.
pub(super) fn told(error: &::postgres::Error) -> String {
    if let Some(database) = error.as_db_error() {
        return format!("{}, {}", database.message(), database.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
