//! The vocabulary of drift: baselines, what is counted of live rows against them, monitors, windows and verdicts.

pub mod baseline;
pub mod category;
pub mod knots;
pub mod live;
pub mod monitor;
pub mod record;
pub mod retrain;
pub mod state;
pub mod store;
