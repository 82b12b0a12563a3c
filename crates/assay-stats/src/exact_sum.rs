//! A sum of doubles without rounding: the same bytes in any order and any grouping.
//!
//! Partial sums of windows are merged in whatever order partitions and late rows arrive, and one window must give one
//! result. Floating-point addition is not associative, so the sum is kept in fixed point over the whole range of a
//! double and rounded once, when it is read. The layout is the "small superaccumulator" of Neal (2015), *Fast exact
//! summation using small and large superaccumulators*, arXiv:1505.05571: limbs of 32 bits in 64-bit words, whose upper
//! halves put the carries off for a thousand additions.

use thiserror::Error;

/// Bits of a limb.
const LIMB_BITS: u32 = 32;

/// Limbs: 2,098 bits hold every finite double, 64 more hold 2^64 of the largest, and the last limb carries the sign.
const LIMBS: usize = 68;

/// Additions before carries are due. One changes a limb by less than 2^52, a limb after carrying is below 2^33 even when
/// two sums were merged, so 1,024 of them stay far from 2^63.
const DUE: u32 = 1024;

/// Bits of the fraction of a double.
const FRACTION_BITS: u32 = 52;

/// Limb `i` counts units of 2^(32 i - 1074).
#[derive(Debug, Clone)]
pub struct ExactSum {
    limbs: [i64; LIMBS],
    since_carry: u32,
    plus_infinity: u64,
    minus_infinity: u64,
    nan: u64,
}

/// A sum as it is stored: equal sums have equal parts, however they came about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SumParts {
    /// Non-zero limbs, ascending by index: `(i, v)` stands for v * 2^(32 i - 1074). All values have the sign of the
    /// sum and are below 2^32 in size.
    pub limbs: Vec<(u8, i64)>,
    /// Times +inf was added.
    pub plus_infinity: u64,
    /// Times -inf was added.
    pub minus_infinity: u64,
    /// Times NaN was added.
    pub nan: u64,
}

/// Stored parts that no sum has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadParts {
    /// Limbs must ascend and end at 67.
    #[error("limb {0} of an exact sum is out of order or does not exist")]
    Index(u8),
    /// Limbs must be non-zero, below 2^32 in size and of one sign.
    #[error("limb {0} of an exact sum has the value {1}, which no stored sum holds")]
    Value(u8, i64),
}

impl Default for ExactSum {
    fn default() -> Self {
        ExactSum { limbs: [0; LIMBS], since_carry: 0, plus_infinity: 0, minus_infinity: 0, nan: 0 }
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.to_parts() == other.to_parts()
    }
}

impl ExactSum {
    /// Nothing added yet: 0.
    pub fn new() -> Self {
        ExactSum::default()
    }

    /// Adds one number. -0.0 adds 0.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let bits = x.to_bits();
        let exponent = ((bits >> FRACTION_BITS) & 0x7ff) as u32;
        let fraction = bits & ((1 << FRACTION_BITS) - 1);
        if exponent == 0x7ff {
            self.count_special(x);
            return;
        }
        // subnormals (exponent 0) have no hidden bit and the unit of exponent 1
        let (mantissa, shift) =
            if exponent == 0 { (fraction, 0) } else { (fraction | (1 << FRACTION_BITS), exponent - 1) };
        let (limb, within) = ((shift / LIMB_BITS) as usize, shift % LIMB_BITS);
        let low = ((mantissa << within) & 0xffff_ffff) as i64;
        let high = (mantissa >> (LIMB_BITS - within)) as i64;
        let sign = (bits as i64) >> 63;
        self.limbs[limb] += (low ^ sign) - sign;
        self.limbs[limb + 1] += (high ^ sign) - sign;
        self.since_carry += 1;
        if self.since_carry == DUE {
            self.carry();
        }
    }

    /// Adds `a * b` without rounding, as the product and its error by a fused multiply-add (Ogita, Rump & Oishi 2005,
    /// *Accurate sum and dot product*). Exact unless the product overflows or its error is below 2^-1074.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(product);
        if product.is_finite() {
            self.add(a.mul_add(b, -product));
        }
    }

    /// Adds everything the other sum holds.
    pub fn merge(&mut self, other: &ExactSum) {
        self.carry();
        let other = other.carried();
        for (limb, more) in self.limbs.iter_mut().zip(other.limbs) {
            *limb += more;
        }
        self.carry();
        self.plus_infinity += other.plus_infinity;
        self.minus_infinity += other.minus_infinity;
        self.nan += other.nan;
    }

    /// The sum, rounded once to the nearest double, ties to even. With infinities and NaN it is what IEEE 754 says:
    /// NaN for NaN or for infinities of both signs; a sum of finite numbers beyond the largest double is infinite. An
    /// exact 0 is +0.0.
    pub fn value(&self) -> f64 {
        if self.nan > 0 || (self.plus_infinity > 0 && self.minus_infinity > 0) {
            return f64::NAN;
        }
        if self.plus_infinity > 0 {
            return f64::INFINITY;
        }
        if self.minus_infinity > 0 {
            return f64::NEG_INFINITY;
        }
        let (negative, limbs) = self.magnitude();
        let size = rounded(&limbs);
        if negative { -size } else { size }
    }

    /// Doubles, largest first, whose sum is exactly this one; for products of sums. Ends with the infinity or NaN
    /// where there is one.
    pub fn expansion(&self) -> Vec<f64> {
        let mut rest = self.clone();
        let mut terms = Vec::new();
        loop {
            let term = rest.value();
            if term == 0.0 {
                return terms;
            }
            terms.push(term);
            if !term.is_finite() {
                return terms;
            }
            rest.add(-term);
        }
    }

    /// The stored form.
    pub fn to_parts(&self) -> SumParts {
        let (negative, limbs) = self.magnitude();
        let stored = |(index, limb): (usize, i64)| (index as u8, if negative { -limb } else { limb });
        SumParts {
            limbs: limbs.into_iter().enumerate().filter(|(_, limb)| *limb != 0).map(stored).collect(),
            plus_infinity: self.plus_infinity,
            minus_infinity: self.minus_infinity,
            nan: self.nan,
        }
    }

    /// The sum that was stored.
    ///
    /// # Errors
    /// Parts that [`ExactSum::to_parts`] cannot have given.
    pub fn from_parts(parts: &SumParts) -> Result<Self, BadParts> {
        let mut sum = ExactSum {
            plus_infinity: parts.plus_infinity,
            minus_infinity: parts.minus_infinity,
            nan: parts.nan,
            ..ExactSum::default()
        };
        let negative = parts.limbs.first().is_some_and(|(_, value)| *value < 0);
        let mut next = 0;
        for &(index, value) in &parts.limbs {
            if usize::from(index) < next || usize::from(index) >= LIMBS {
                return Err(BadParts::Index(index));
            }
            if value == 0 || (value < 0) != negative || value.unsigned_abs() > u64::from(u32::MAX) {
                return Err(BadParts::Value(index, value));
            }
            sum.limbs[usize::from(index)] = value;
            next = usize::from(index) + 1;
        }
        sum.carry();
        Ok(sum)
    }

    #[cold]
    fn count_special(&mut self, x: f64) {
        if x.is_nan() {
            self.nan += 1;
        } else if x > 0.0 {
            self.plus_infinity += 1;
        } else {
            self.minus_infinity += 1;
        }
    }

    /// Brings every limb but the last, which holds the sign, into `[0, 2^32)`. That form is unique.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let total = *limb + carry;
            carry = total >> LIMB_BITS;
            *limb = total & 0xffff_ffff;
        }
        self.limbs[LIMBS - 1] += carry;
        self.since_carry = 0;
    }

    fn carried(&self) -> ExactSum {
        let mut sum = self.clone();
        sum.carry();
        sum
    }

    /// Whether the sum is negative, and the limbs of its absolute value, each in `[0, 2^32)` but the last.
    fn magnitude(&self) -> (bool, [i64; LIMBS]) {
        let mut sum = self.carried();
        let negative = sum.limbs[LIMBS - 1] < 0;
        if negative {
            for limb in &mut sum.limbs {
                *limb = -*limb;
            }
            sum.carry();
        }
        (negative, sum.limbs)
    }
}

/// The nearest double to limbs in `[0, 2^32)`, ties to even.
fn rounded(limbs: &[i64; LIMBS]) -> f64 {
    let Some(top) = limbs.iter().rposition(|limb| *limb != 0) else {
        return 0.0;
    };
    let limb = |index: usize| limbs[index] as u64 as u128;
    // the leading limb and the two below hold at least 65 significant bits, or all there are
    let lowest = top.saturating_sub(2);
    let window = (lowest..=top).rev().fold(0_u128, |bits, index| (bits << LIMB_BITS) | limb(index));
    let sticky = limbs[..lowest].iter().any(|limb| *limb != 0);
    let length = 128 - window.leading_zeros();
    let drop = length.saturating_sub(FRACTION_BITS + 1);
    let below = window & ((1_u128 << drop) - 1);
    let mut mantissa = (window >> drop) as u64;
    if drop > 0 {
        let half = 1_u128 << (drop - 1);
        if below > half || (below == half && (sticky || mantissa & 1 == 1)) {
            mantissa += 1;
        }
    }
    // The window's unit is 2^(32 lowest - 1074). With `shift` bits dropped from the whole number the exponent field is
    // shift + 1; adding the mantissa with its hidden bit adds that 1, and carries into the exponent where it rounds up.
    // Limbs below the window exist only above a window of 65 bits or more, so drop is then positive.
    let shift = u64::from(drop) + lowest as u64 * u64::from(LIMB_BITS);
    let largest = f64::INFINITY.to_bits() >> FRACTION_BITS;
    if shift >= largest {
        return f64::INFINITY;
    }
    f64::from_bits(((shift << FRACTION_BITS) + mantissa).min(f64::INFINITY.to_bits()))
}
