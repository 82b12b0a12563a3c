//! How each kind of metric is measured.

pub(crate) mod duplicates;
pub(crate) mod extremes;
pub(crate) mod keys;
pub(crate) mod live;
pub(crate) mod orphans;
pub(crate) mod quantiles;
pub(crate) mod spill;
pub(crate) mod sum;
