//! Tests of the brain of monitors.

mod counting;
mod data;
mod support;

mod columns;
mod families;
mod golden;
mod history;
mod labels;
mod properties;
mod relations;
mod retrain;
mod rolling;
mod segments;
mod shows;
mod windows;
