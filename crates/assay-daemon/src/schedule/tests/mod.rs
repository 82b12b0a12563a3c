//! Schedules at the days on which clocks change, and decisions over them.

mod changes;
