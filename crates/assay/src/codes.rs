//! The codes of reasons: why a check was skipped or could not be evaluated. A test keeps this list complete.

mod daemon;
mod drift;

/// A code, what it means, and what to do about it.
pub(crate) struct Code {
    pub name: &'static str,
    pub means: &'static str,
    pub do_next: &'static str,
}

/// Every code: those of contracts, of monitors and of a daemon's runs.
pub(crate) fn all() -> impl Iterator<Item = &'static Code> + Clone {
    CODES.iter().chain(drift::DRIFT).chain(daemon::DAEMON)
}

/// The codes of contracts, by name.
static CODES: &[Code] = &[
    Code {
        name: "bad_sql",
        means: "A SQL predicate could not be planned or evaluated on this table: an unknown column or function, or a \
                comparison of types that do not compare.",
        do_next: "Read the sentence beside the code, correct `sql`, `where` or `rows`, and declare the columns it names: \
                  with `schema: {extra_columns: forbid}` unknown columns are found while loading.",
    },
    Code {
        name: "column_ambiguous",
        means: "The column's name matches two columns that differ only in case.",
        do_next: "Write the name exactly as the table has it.",
    },
    Code {
        name: "column_missing",
        means: "The table has no such column, so its checks were skipped; the `schema` check says so as a failure.",
        do_next: "Correct the name, mend the table, or write `optional: true` on a column that may be absent.",
    },
    Code {
        name: "disabled",
        means: "The contract or the monitor says `enabled: false`: nothing of it was read or evaluated.",
        do_next: "Remove `enabled: false` when it is to be evaluated again; until then nobody is told of what goes wrong.",
    },
    Code {
        name: "engine",
        means: "The engine refused an operation that should be possible.",
        do_next: "This is a defect of Assay: please report it with the sentence beside the code.",
    },
    Code {
        name: "footer_mismatch",
        means: "With --verify-footers, the footer of a Parquet file and its rows say different things.",
        do_next: "Do not trust that file's statistics: write it again with another writer, and use --no-footers until then.",
    },
    Code {
        name: "interrupted",
        means: "The run was stopped before this was measured, or the daemon's process ended before it did.",
        do_next: "Run it again. Where the process ended three times, the run may be what ends it (memory): look there first.",
    },
    Code {
        name: "not_measured",
        means: "A check was left without the measurement it asked for.",
        do_next: "This is a defect of Assay: please report it with the contract.",
    },
    Code {
        name: "out_of_disk",
        means: "There was no room for the temporary files of a uniqueness check.",
        do_next: "Free some space in the temporary folder (`TMPDIR` names another), or raise --memory so that less is spilled.",
    },
    Code {
        name: "out_of_memory",
        means: "A measure needs more memory than --memory allows, and cannot be spilled.",
        do_next: "Raise --memory, or `engine: {memory: ..}` of assay.yaml.",
    },
    Code {
        name: "out_of_range",
        means: "A date or time lies outside of what a clock can show, so its age cannot be told.",
        do_next: "Bound the column with `range`: such values are placeholders or damage, and should fail there.",
    },
    Code {
        name: "overflow",
        means: "An exact sum or count left the range that can be represented.",
        do_next: "Check the column's values: a sum of more than 76 digits is hardly meant.",
    },
    Code {
        name: "spill_failed",
        means: "A temporary file of a uniqueness check could not be written or read back.",
        do_next: "See that the temporary folder (`TMPDIR`) is writable, or raise --memory so that nothing is spilled.",
    },
    Code {
        name: "too_many_tables",
        means: "A run has at most 65,536 tables.",
        do_next: "Run the contracts in several parts.",
    },
    Code {
        name: "type_mismatch",
        means: "The column's type in the data cannot be compared with what the check says.",
        do_next: "Declare the column's type, so that this is found while loading, and correct the bound or the values.",
    },
    Code {
        name: "unknown_column",
        means: "SQL names a column that the table does not have.",
        do_next: "Correct the name; a near one is suggested where there is one.",
    },
    Code {
        name: "unknown_table",
        means: "A check names a table that no contract describes, so its source is not known.",
        do_next: "Add a contract for that table to the project.",
    },
    Code {
        name: "unreadable",
        means: "A file could not be read: it is missing, forbidden, truncated, damaged or of another format.",
        do_next: "The sentence beside the code names the file and the reason. Mend the file or the path under `source:`.",
    },
    Code {
        name: "unsupported",
        means: "This measure does not exist for the column's type.",
        do_next: "Take the check off the column, or use `expression` with SQL that turns the value into another type.",
    },
    Code {
        name: "wrong_answer",
        means: "The engine answered a metric with a measurement of another kind.",
        do_next: "This is a defect of Assay: please report it with the contract.",
    },
    Code {
        name: "zone_missing",
        means: "The column turned out to hold times without a zone, so their age cannot be told.",
        do_next: "Declare the column with its zone: `{type: timestamp, timezone: Europe/Berlin}`.",
    },
];
