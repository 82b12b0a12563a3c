//! How each kind of metric is measured.
