//! Plots as inline SVG, one file each.
//!
//! Every function takes figures of a record and gives a drawing, or `None` where there is nothing to draw; no input
//! makes them panic, and the same figures give the same bytes. A drawing has no ids, styles, scripts or references, so
//! that hundreds of them fit in one page: colours, letters and sizes come from [`palette::stylesheet`].

mod axis;
mod canvas;
mod categories;
mod compact;
mod contribution;
mod ecdf;
mod heat;
mod histogram;
mod over_time;
pub mod palette;
mod shares;
mod spark;
mod text;

#[cfg(test)]
mod tests;

pub use categories::categories;
pub use contribution::contribution;
pub use ecdf::ecdf;
pub use heat::{Pair, heat};
pub use histogram::histogram;
pub use over_time::{Moment, Unit, over_time};
pub use palette::stylesheet;
pub use spark::spark;
