//! The codes of reasons of monitors, baselines and the store.

use super::Code;

/// Every code, by name.
pub(crate) static DRIFT: &[Code] = &[
    code(
        "bad_target",
        "The target of a baseline is no column of the rows, does not vary, or has no row of the positive class.",
        "Correct --target, --task or --positive of `assay baseline create`, or the `labels` of the monitor.",
    ),
    code(
        "baseline_corrupt",
        "A baseline's file was changed or damaged after it was made: its content does not have the hash it is known by.",
        "Copy it again from where it was made, or create it anew.",
    ),
    code(
        "baseline_invalid",
        "A baseline's file can be read, but what it holds contradicts itself.",
        "Create the baseline anew; if this program made the file, please report it.",
    ),
    code(
        "baseline_missing",
        "There is no baseline of this name, alias, hash or path.",
        "`assay baseline list` lists those of the project; `assay baseline create` makes one.",
    ),
    code(
        "baseline_newer",
        "The baseline was made by a later version of Assay, in a format that this one does not know.",
        "Use that version, or create the baseline anew with this one.",
    ),
    code(
        "baseline_too_large",
        "The baseline has more columns, values or bytes than a file may have.",
        "Exclude columns, or keep fewer segments.",
    ),
    code(
        "baseline_unknown",
        "The registry holds no baseline of this name and hash.",
        "`assay baseline list` lists them; `assay baseline promote FILE` registers a file.",
    ),
    code(
        "baseline_unreadable",
        "A baseline's file is no Parquet file that Assay wrote.",
        "Name a file that `assay baseline create` made.",
    ),
    code(
        "constant",
        "A side has one value only, so there is no correlation.",
        "Leave the pair out, or use a larger window.",
    ),
    code(
        "constant_baseline",
        "Every column of the covariance is constant in the baseline.",
        "Create the baseline from rows that vary.",
    ),
    code(
        "constant_labels",
        "All labels are the same, so r2 has no meaning.",
        "Use a larger window, or another metric.",
    ),
    code(
        "different_columns",
        "The covariance of the window was counted over other columns than the baseline's.",
        "This is a defect of Assay: please report it with the monitor.",
    ),
    code(
        "infinite",
        "Too many values are infinite for a distance in the column's unit.",
        "Look for a division by zero upstream, or use `ks`, which takes infinities as values.",
    ),
    code(
        "low_coverage",
        "Fewer predictions have a label than `min_coverage` asks for.",
        "Wait for the labels, raise `lag`, or look at why they are missing.",
    ),
    code(
        "no_baseline_yet",
        "A rolling or seasonal baseline needs at least half of its windows; those with a confirmed fail do not count.",
        "Wait for more windows, or accept one whose drift is the new normal: `assay model accept`.",
    ),
    code(
        "no_clock",
        "Windows of time need a time column, and wall-clock times need to know whose clock they are.",
        "Write `timestamp: {column: .., timezone: Europe/Berlin}`.",
    ),
    code(
        "monitor_changed",
        "The monitor was changed after the observations of this window were counted, so they do not say what it asks now.",
        "Nothing: later windows are counted as it is now. The window's figures are lost.",
    ),
    code(
        "no_closed_window",
        "Every window that is closed was evaluated with this baseline before.",
        "Nothing: run again when the next window has closed, or name one with `--window START --again`.",
    ),
    code(
        "no_covariance",
        "The rows are too few, or too few of their numeric columns vary, for the covariance test.",
        "Create the baseline from more rows, or leave `covariance` out.",
    ),
    code(
        "no_gap_sums",
        "The counters do not say where values lie between knots, so areas between distributions are unknown.",
        "This is a defect of Assay: please report it with the monitor.",
    ),
    code("no_id", "Labels are joined by `id`, which the monitor does not name.", "Add `id: prediction_id`."),
    code(
        "no_labels",
        "Performance and concept need labels, which the monitor does not name.",
        "Add `labels: {table: .., key: .., column: .., lag: ..}`.",
    ),
    code(
        "no_observations",
        "Observations were sent to a monitor that reads its rows from a table.",
        "Write `source: {format: observations}`, or send them to another monitor.",
    ),
    code(
        "no_residual",
        "All components are kept, so every row is reconstructed without error.",
        "Lower `components`, or leave `covariance` out.",
    ),
    code(
        "no_rows",
        "A side has no rows to compare: the window is empty, or every value is missing.",
        "See whether the feed stopped; `missing` tells about values.",
    ),
    code(
        "no_store",
        "The monitor takes observations, which are counted in the store, and the run has no store.",
        "Leave out `--no-store`, and name the store of the daemon that takes them.",
    ),
    code(
        "no_window",
        "The window that was asked for does not exist, is not closed, or was evaluated before.",
        "`assay history` names windows; `--again` evaluates one once more.",
    ),
    code(
        "not_applicable",
        "The test is for the other kind of column.",
        "Name a test that fits: `assay explain` tells which do.",
    ),
    code(
        "not_binary",
        "The relation of features and target is computed for numbers and for two classes.",
        "Name the `positive` class of the prediction.",
    ),
    code(
        "not_categorical",
        "The column was counted by order, not by category.",
        "Write `kind: categorical`, with a baseline that has it so.",
    ),
    code(
        "not_counted",
        "The column was not counted in this window.",
        "This is a defect of Assay: please report it with the monitor.",
    ),
    code(
        "not_in_baseline",
        "The baseline does not hold what this test compares with: the column, its order, its categories, pairs, or \
         the covariance.",
        "Create the baseline with it (`assay baseline create --help`), or take it out of the monitor.",
    ),
    code(
        "not_numeric",
        "The column was counted by category, not by order.",
        "Write `kind: numeric`, with a baseline that has it so.",
    ),
    code(
        "not_predicted",
        "The positive class was never predicted, so precision has no meaning.",
        "Use a larger window, or `recall`, which counts what was missed.",
    ),
    code(
        "not_profiled",
        "A column cannot be profiled: it is nested, or not of the kind that was asked for.",
        "Exclude it, or correct its kind.",
    ),
    code(
        "not_two_categories",
        "The test compares two categories, and the column has another number of them.",
        "Use `chi_square`.",
    ),
    code(
        "one_class",
        "All labels are of one class, so the metric has no meaning.",
        "Use a larger window, or another metric.",
    ),
    code(
        "scores_outside",
        "Some scores lie outside 0 to 1, so they are no probabilities.",
        "Name the column with the probability of the positive class as `score`.",
    ),
    code(
        "segments_not_in_baseline",
        "The baseline was not made by these segments.",
        "Create it with `--segment`, or take `segments` out of the monitor.",
    ),
    code(
        "store_corrupt",
        "The store is no database, or its content does not have the checksums it was written with.",
        "Restore it from a backup, or move it away: a new one is made, and windows are evaluated again.",
    ),
    code(
        "store_locked",
        "Another process has been writing to the store for too long.",
        "See what it does, and run again.",
    ),
    code(
        "store_newer",
        "The store was made by a later version of Assay.",
        "Use that version; an older one would not understand what is there.",
    ),
    code("store_unreadable", "The store cannot be read.", "Look at the permissions of its file and folder."),
    code(
        "store_unfit",
        "What a run concluded cannot be kept as it is, such as an instant outside of the years 1677 to 2262.",
        "Look at the values that the message names; the store itself is well.",
    ),
    code(
        "store_unwritable",
        "The store cannot be written: read-only, no room, or not permitted.",
        "Free some space or correct the permissions, and run again: nothing of this run was remembered.",
    ),
    code(
        "test_not_applicable",
        "The test is for columns of the other kind: the column is a category here and the test needs an order, or the \
         other way round.",
        "Say `kind:` for the column, or name a test that fits.",
    ),
    code(
        "too_few_chunks",
        "The baseline holds too few chunks to tell how much its own error varies.",
        "Create it from more rows.",
    ),
    code(
        "too_few_columns",
        "The covariance needs two columns that vary.",
        "Watch more numeric columns, or leave `covariance` out.",
    ),
    code(
        "too_few_rows",
        "A side has fewer rows than the test needs (`min_rows`), so nothing is concluded.",
        "Use larger windows, or lower `min_rows` knowing that small samples say little.",
    ),
    code(
        "too_many_categories",
        "The baseline has more categories than it can tell apart, so unseen ones cannot be told.",
        "Exclude the column if it is an identifier.",
    ),
    code("too_many_columns", "The covariance takes at most 200 columns.", "Exclude some."),
    code("too_sparse", "After putting rare categories together fewer than two are left.", "Use larger windows."),
    code(
        "type_changed",
        "A column has another type than in the baseline, so its values cannot be compared.",
        "Mend the feed, or create the baseline anew if the change is meant.",
    ),
    code("zero_labels", "All labels are zero, so relative errors have no meaning.", "Use `mae`."),
];

pub(super) const fn code(name: &'static str, means: &'static str, do_next: &'static str) -> Code {
    Code { name, means, do_next }
}
