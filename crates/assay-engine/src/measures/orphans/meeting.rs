//! The type in which columns of two tables can be compared without losing a value.

use arrow::datatypes::{DataType, TimeUnit};
use assay_core::measurement::MetricError;

/// The type to turn both to; `None`: their canonical forms are comparable as they are.
pub(super) fn of(a: &DataType, b: &DataType) -> Result<Option<DataType>, MetricError> {
    use DataType::*;
    let is_text = |ty: &DataType| matches!(ty, Utf8 | LargeUtf8 | Utf8View);
    let is_bytes = |ty: &DataType| matches!(ty, Binary | LargeBinary | BinaryView | FixedSizeBinary(_));
    let is_date = |ty: &DataType| matches!(ty, Date32 | Date64);
    let both = |holds: &dyn Fn(&DataType) -> bool| holds(a) && holds(b);
    if let (Timestamp(_, zone_a), Timestamp(_, zone_b)) = (a, b)
        && zone_a.is_some() == zone_b.is_some()
    {
        let finer = finer(a, b);
        return Ok(finer.map(|unit| Timestamp(unit, zone_a.clone())));
    }
    if a == b || both(&is_text) || both(&is_bytes) || both(&is_date) || both(&DataType::is_floating) {
        return Ok(None);
    }
    match (a, b) {
        (Duration(_), Duration(_)) => return Ok(finer(a, b).map(Duration)),
        (Time32(_) | Time64(_), Time32(_) | Time64(_)) => return Ok(finer(a, b).map(time)),
        _ => {}
    }
    if both(&DataType::is_integer) {
        // the words of negative numbers are those of the largest unsigned ones
        let mixed = (a == &UInt64 && b.is_signed_integer()) || (b == &UInt64 && a.is_signed_integer());
        return Ok(mixed.then_some(Decimal128(20, 0)));
    }
    let unknown =
        || MetricError { code: "unsupported", text: format!("values of the types {a} and {b} cannot be compared") };
    let ((whole_a, scale_a), (whole_b, scale_b)) = digits(a).zip(digits(b)).ok_or_else(unknown)?;
    let scale = scale_a.max(scale_b);
    match whole_a.max(whole_b) + i16::from(scale) {
        precision @ ..=38 => Ok(Some(Decimal128(precision.max(1) as u8, scale))),
        precision @ 39..=76 => Ok(Some(Decimal256(precision as u8, scale))),
        _ => Err(unknown()),
    }
}

/// Digits before the point, and after it.
fn digits(ty: &DataType) -> Option<(i16, i8)> {
    match ty {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => Some((i16::from(*p) - i16::from(*s), *s)),
        ty if ty.is_integer() => Some((20, 0)),
        _ => None,
    }
}

/// The finer of two units that differ.
fn finer(a: &DataType, b: &DataType) -> Option<TimeUnit> {
    use DataType::*;
    let unit = |ty: &DataType| match ty {
        Timestamp(unit, _) | Duration(unit) | Time32(unit) | Time64(unit) => Some(*unit),
        _ => None,
    };
    let (a, b) = (unit(a)?, unit(b)?);
    (a != b).then(|| a.max(b))
}

fn time(unit: TimeUnit) -> DataType {
    match unit {
        TimeUnit::Second | TimeUnit::Millisecond => DataType::Time32(unit),
        TimeUnit::Microsecond | TimeUnit::Nanosecond => DataType::Time64(unit),
    }
}
