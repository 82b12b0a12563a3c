//! States as bytes: a version, then postcard. Equal states give equal bytes; damaged ones are an error.

use assay_stats::performance::Classification;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ColumnState, Figures, KEPT_UNSEEN, LiveState, RankState, WindowState};

/// The version of the bytes this program writes.
const VERSION: u8 = 1;

/// Bytes that are no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBytes {
    /// Of a later version of this program.
    #[error("the state was written in version {0}, this program reads up to version 1: use a newer one")]
    Newer(u8),
    /// Cut off, overwritten, or of something else.
    #[error("the state is damaged")]
    Damaged,
}

impl LiveState {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`BadBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadBytes> {
        let state: LiveState = read(bytes)?;
        if state.windows.iter().all(is_sound) { Ok(state) } else { Err(BadBytes::Damaged) }
    }
}

impl WindowState {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`BadBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadBytes> {
        let window: WindowState = read(bytes)?;
        if is_sound(&window) { Ok(window) } else { Err(BadBytes::Damaged) }
    }
}

impl RankState {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`BadBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadBytes> {
        let state: RankState = read(bytes)?;
        if ranks_are_sound(&state) { Ok(state) } else { Err(BadBytes::Damaged) }
    }
}

fn write(state: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(state, vec![VERSION]).expect("integers, floats, texts and lists of known length are written")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadBytes> {
    match bytes.split_first() {
        None | Some((0, _)) => Err(BadBytes::Damaged),
        Some((&version, _)) if version > VERSION => Err(BadBytes::Newer(version)),
        Some((_, rest)) => match postcard::take_from_bytes(rest) {
            Ok((state, [])) => Ok(state),
            _ => Err(BadBytes::Damaged),
        },
    }
}

/// Whether the lengths and orders within a window are those that counting gives, which merging and judging rely on.
fn is_sound(window: &WindowState) -> bool {
    let classes = |c: &Classification| c.confusion.rows.values().all(|rows| *rows > 0);
    !window.segments.is_empty()
        && window.segments.iter().flat_map(|segment| &segment.columns).all(column_is_sound)
        && window.segments.iter().all(|segment| segment.columns.len() == window.segments[0].columns.len())
        && window.labelled.as_ref().is_none_or(|labelled| match &labelled.figures {
            Figures::Regression(_) => true,
            Figures::Classification(figures) => classes(figures),
        })
}

fn column_is_sound(column: &ColumnState) -> bool {
    let cells = match column {
        ColumnState::Nothing | ColumnState::LabelsBy(_) => return true,
        ColumnState::Cells(cells) => cells,
        ColumnState::Ranks(state) => &state.cells,
        ColumnState::Categories(state) => &state.cells,
        ColumnState::Sample(state) => &state.cells,
        ColumnState::Values(state) => &state.cells,
    };
    let parts = [cells.nulls, cells.nan, cells.minus_infinity, cells.plus_infinity];
    let left_out = parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part));
    let shape = match column {
        ColumnState::Ranks(state) => ranks_are_sound(state),
        ColumnState::Categories(state) => state.unseen_names.len() <= KEPT_UNSEEN,
        ColumnState::Values(state) => state.values.len() <= state.keep,
        ColumnState::Sample(state) => {
            state.values.len() <= state.keep
                && state.values.is_sorted_by(|a, b| a.0 < b.0 || (a.0 == b.0 && a.1.total_cmp(&b.1).is_le()))
        }
        _ => true,
    };
    shape && left_out.is_some_and(|sum| sum <= cells.rows)
}

fn ranks_are_sound(state: &RankState) -> bool {
    state.gap.len() == state.eq.len() + 1
        && state.gap_sums.len() == state.eq.len().saturating_sub(1)
        && state.range.is_none_or(|(min, max)| min <= max)
}
