//! Masking of sampled values: equal values stay recognisable as equal, without being readable.

use assay_core::engine::{Cell, RowName, SampleRow};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key under which values are masked. Never printed.
#[derive(Clone)]
pub struct MaskKey(Vec<u8>);

impl MaskKey {
    /// A key of these bytes; `None` for none, which would protect nothing.
    pub fn new(key: impl Into<Vec<u8>>) -> Option<Self> {
        let key = key.into();
        (!key.is_empty()).then_some(MaskKey(key))
    }
}

impl std::fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The row with the values of the named columns masked, in its key too. Column names match without regard to case,
/// as everywhere in a contract: masking one column too many is the safe side.
pub(crate) fn mask_row(row: SampleRow, masked: &[String], key: Option<&MaskKey>) -> SampleRow {
    let masked: Vec<String> = masked.iter().map(|name| name.to_lowercase()).collect();
    let mask = |cells: Vec<(String, Cell)>| -> Vec<(String, Cell)> {
        let one = |(name, cell): (String, Cell)| match masked.contains(&name.to_lowercase()) {
            true => (name, mask_cell(cell, key)),
            false => (name, cell),
        };
        cells.into_iter().map(one).collect()
    };
    SampleRow {
        name: match row.name {
            RowName::Key(cells) => RowName::Key(mask(cells)),
            place @ RowName::Place { .. } => place,
        },
        values: mask(row.values),
    }
}

/// Null stays null: that there is no value is what the sample is about.
fn mask_cell(cell: Cell, key: Option<&MaskKey>) -> Cell {
    let text = match cell {
        Cell::Null => return Cell::Null,
        Cell::Bool(truth) => truth.to_string(),
        Cell::Float(number) => assay_core::text::format_float(number),
        Cell::Text(text) => text,
    };
    let Some(MaskKey(key)) = key else { return Cell::Text("***".into()) };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    Cell::Text(hex(&mac.finalize().into_bytes()[..6]))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
