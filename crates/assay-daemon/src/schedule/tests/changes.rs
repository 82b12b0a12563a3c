//! Each rule for the days on which clocks change, by name.
