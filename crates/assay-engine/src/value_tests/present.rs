//! Values that count as missing although they are not null: markers such as `N/A`, and blank text. The test holds for
//! values that are present.

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;
use assay_core::value::Value;

use super::{ColumnTest, each_text, set};
use crate::error::unsupported;

pub(super) fn compile(
    markers: &[Value],
    blank_is_missing: bool,
    ty: &DataType,
) -> Result<Box<dyn ColumnTest>, MetricError> {
    Ok(Box::new(Present { unmarked: set::compile(markers, ty, false)?, blank_is_missing }))
}

struct Present {
    unmarked: Box<dyn ColumnTest>,
    blank_is_missing: bool,
}

impl ColumnTest for Present {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let unmarked = self.unmarked.holds(array)?;
        if !self.blank_is_missing {
            return Ok(unmarked);
        }
        let filled = each_text(array, |s| !s.trim().is_empty()).ok_or_else(|| unsupported("only text can be blank"))?;
        Ok(&unmarked & &filled)
    }
}
