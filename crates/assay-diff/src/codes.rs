//! Every kind of change, what it amounts to, and why. A test keeps docs/contract-changes.md equal to this list.

use assay_core::change::ChangeVerdict::{self, BreaksConsumers, BreaksProducer, Compatible, MonitoringWeakened};

/// How much a change moves a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Words alone.
    Patch,
    /// Something more is promised or said.
    Minor,
    /// Something is no longer promised.
    Major,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable and machine-readable.
    pub name: &'static str,
    /// What it amounts to.
    pub verdict: ChangeVerdict,
    /// How much it moves a version.
    pub level: Level,
    /// Why it amounts to that.
    pub why: &'static str,
}

macro_rules! codes {
    ($($constant:ident $name:literal $verdict:ident $level:ident $why:literal;)*) => {
        $(pub(crate) const $constant: Code =
            Code { name: $name, verdict: $verdict, level: Level::$level, why: $why };)*
        /// Every code, worst first.
        pub static CODES: &[Code] = &[$($constant),*];
    };
}

codes! {
    TABLE_REMOVED "table_removed" BreaksConsumers Major "nothing is promised of the table any more";
    TABLE_RENAMED "table_renamed" BreaksConsumers Major "who names the table does not find it";
    SOURCE_CHANGED "source_changed" BreaksConsumers Major "who reads the files by path or format does not find them as they were";
    COLUMN_REMOVED "column_removed" BreaksConsumers Major "who reads the column does not find it";
    COLUMN_RENAMED "column_renamed" BreaksConsumers Major "who reads the column does not find it under its name";
    COLUMN_MADE_OPTIONAL "column_made_optional" BreaksConsumers Major "the column may be missing";
    COLUMNS_REORDERED "columns_reordered" BreaksConsumers Major "with `order: strict` columns may be read by position";
    TYPE_CHANGED "type_changed" BreaksConsumers Major "values of another family cannot be read as before";
    TYPE_NARROWED "type_narrowed" BreaksConsumers Major "the new type cannot hold every value of the old one";
    TYPE_REMOVED "type_removed" BreaksConsumers Major "any type may come";
    KEY_REMOVED "key_removed" BreaksConsumers Major "rows may repeat";
    KEY_COLUMN_DROPPED "key_column_dropped" BreaksConsumers Major "rows are told apart otherwise, and the column may be empty";
    KEY_COLUMN_ADDED "key_column_added" BreaksConsumers Major "what told rows apart may repeat";
    CHECK_REMOVED "check_removed" BreaksConsumers Major "what it kept is no longer promised";
    SEVERITY_LOWERED "severity_lowered" BreaksConsumers Major "what blocked is only reported";
    LIMIT_LOOSENED "limit_loosened" BreaksConsumers Major "values may come that could not before";
    VALUE_ADDED "value_added" BreaksConsumers Major "who handles every value of a closed set does not know the new one";
    MAY_BE_LOOSENED "may_be_loosened" BreaksConsumers Major "two patterns, predicates or ways of reading cannot be ordered: values may come that could not before";
    REQUIRED_COLUMN_ADDED "required_column_added" BreaksProducer Minor "the table has to have the column";
    COLUMN_MADE_REQUIRED "column_made_required" BreaksProducer Minor "the column may no longer be missing";
    TYPE_DECLARED "type_declared" BreaksProducer Minor "the column has to have this type";
    KEY_ADDED "key_added" BreaksProducer Minor "rows have to be unique and complete in it";
    KEY_TIGHTENED "key_tightened" BreaksProducer Minor "fewer columns have to tell rows apart, or one more has to have a value";
    CHECK_ADDED "check_added" BreaksProducer Minor "rows have to keep it";
    SEVERITY_RAISED "severity_raised" BreaksProducer Minor "what was only reported blocks";
    LIMIT_TIGHTENED "limit_tightened" BreaksProducer Minor "values that could come may not any more";
    VALUE_REMOVED "value_removed" BreaksProducer Minor "a value that could come may not any more";
    MAY_BE_TIGHTENED "may_be_tightened" BreaksProducer Minor "the other half of `may_be_loosened`: values that could come may not any more";
    DISABLED "disabled" MonitoringWeakened Minor "nothing is evaluated";
    SCHEDULE_SLOWER "schedule_slower" MonitoringWeakened Minor "what goes wrong is seen later";
    DEPENDENCY_REMOVED "dependency_removed" MonitoringWeakened Minor "it no longer waits for that one, which may not be made yet or be broken";
    MONITOR_REMOVED "monitor_removed" MonitoringWeakened Minor "nobody watches the model";
    BASELINE_REPLACED "baseline_replaced" MonitoringWeakened Minor "drift from the former training rows is no longer seen";
    DRIFT_LIMIT_RAISED "drift_limit_raised" MonitoringWeakened Minor "more drift is let pass";
    DRIFT_TEST_REMOVED "drift_test_removed" MonitoringWeakened Minor "drift that only this test sees is let pass";
    COLUMN_UNWATCHED "column_unwatched" MonitoringWeakened Minor "drift of the column is not seen";
    SIGNIFICANCE_STRICTER "significance_stricter" MonitoringWeakened Minor "fewer tests are significant";
    WINDOW_WEAKENED "window_weakened" MonitoringWeakened Minor "windows close later, or are skipped for too few rows";
    LIVE_ROWS_CHANGED "live_rows_changed" MonitoringWeakened Minor "other rows are watched than before";
    COLUMN_READ_OTHERWISE "column_read_otherwise" MonitoringWeakened Minor "the column is compared as something else, or may be missing";
    CONFIRM_WEAKENED "confirm_weakened" MonitoringWeakened Minor "it takes more bad windows until it counts, or fewer good ones until it is over";
    CALIBRATION_WEAKENED "calibration_weakened" MonitoringWeakened Minor "limits are raised to what history shows";
    OVERALL_CHECK_WEAKENED "overall_check_weakened" MonitoringWeakened Minor "segments, the dataset, correlations, covariance or concept are watched less";
    PERFORMANCE_LIMIT_LOOSENED "performance_limit_loosened" MonitoringWeakened Minor "a worse model is let pass";
    PERFORMANCE_METRIC_REMOVED "performance_metric_removed" MonitoringWeakened Minor "nobody watches the metric";
    PREDICTION_WEAKENED "prediction_weakened" MonitoringWeakened Minor "the prediction is not watched, or is another one";
    LABELS_WEAKENED "labels_weakened" MonitoringWeakened Minor "performance is not known, or later, or of fewer rows";
    RETRAIN_WEAKENED "retrain_weakened" MonitoringWeakened Minor "retraining is not proposed, or by another rule, or later";
    RULES_REMOVED "rules_removed" MonitoringWeakened Minor "its routes, receivers and inhibitions are gone";
    ROUTE_REMOVED "route_removed" MonitoringWeakened Minor "those whom the route told are not told";
    RECEIVER_REMOVED "receiver_removed" MonitoringWeakened Minor "those whom the receiver told are not told";
    RECEIVER_CHANGED "receiver_changed" MonitoringWeakened Minor "others may be told than before";
    MATCHER_NARROWED "matcher_narrowed" MonitoringWeakened Minor "the route matches less than before, or what cannot be compared";
    ROUTE_OVERTAKEN "route_overtaken" MonitoringWeakened Minor "the first route that matches wins, and another one may match before it now";
    MUTE_ADDED "mute_added" MonitoringWeakened Minor "nobody is told while it holds";
    INHIBITION_ADDED "inhibition_added" MonitoringWeakened Minor "one incident keeps others quiet";
    REPEAT_INTERVAL_LONGER "repeat_interval_longer" MonitoringWeakened Minor "an incident that stays open is repeated later";
    CONTRACT_ADDED "contract_added" Compatible Minor "nobody relied on it or was bound by it before";
    OPTIONAL_COLUMN_ADDED "optional_column_added" Compatible Minor "the table may have it";
    TYPE_WIDENED "type_widened" Compatible Minor "the new type holds every value of the old one";
    TYPE_RESTATED "type_restated" Compatible Patch "both types hold the same values";
    CHECK_ADDED_AS_WARNING "check_added_as_warning" Compatible Minor "it reports and does not block";
    WARNING_TIGHTENED "warning_tightened" Compatible Minor "it warns earlier and blocks as before";
    CHECK_RENAMED "check_renamed" Compatible Patch "it tests the same under another id";
    SCHEDULE_CHANGED "schedule_changed" Compatible Minor "it runs at least as often";
    DEPENDENCY_ADDED "dependency_added" Compatible Minor "it runs after one more";
    ENABLED "enabled" Compatible Minor "it is evaluated again";
    MONITOR_ADDED "monitor_added" Compatible Minor "more is watched";
    MONITOR_RENAMED "monitor_renamed" Compatible Minor "it watches the same; its history begins anew under the new name";
    MONITORING_STRENGTHENED "monitoring_strengthened" Compatible Minor "more is watched, or closer";
    MONITORING_CHANGED "monitoring_changed" Compatible Minor "nothing is watched less";
    RULES_ADDED "rules_added" Compatible Minor "what it mutes is reported by itself";
    RULES_CHANGED "rules_changed" Compatible Minor "nobody is told less";
    FILE_MOVED "file_moved" Compatible Patch "it says the same in another file";
    DESCRIPTION_CHANGED "description_changed" Compatible Patch "words for people";
    WHY_CHANGED "why_changed" Compatible Patch "words for people";
    OWNER_CHANGED "owner_changed" Compatible Patch "somebody else looks after it";
    TAGS_CHANGED "tags_changed" Compatible Patch "labels to select by";
    LAYER_CHANGED "layer_changed" Compatible Patch "a label; severity that comes with it is reported by itself";
    MODEL_CHANGED "model_changed" Compatible Patch "the name or version that results carry";
    SAMPLES_CHANGED "samples_changed" Compatible Patch "other failing rows or columns are shown; verdicts are the same";
    PRODUCED_BY_CHANGED "produced_by_changed" Compatible Patch "which code makes the table";
}

/// The code of this name.
pub fn find(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.name == name)
}
