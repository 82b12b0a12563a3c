//! Tests of building and judging, with hand-made measurements.

mod arithmetic;
mod building;
mod documents;
mod judging;
mod predicates;
