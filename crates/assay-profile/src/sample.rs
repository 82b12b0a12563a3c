//! A seeded sample of values: those of the rows whose positions hash smallest.

use assay_core::drift::baseline::SAMPLE;
use assay_core::drift::category::mix;

/// Keeps the values of the [`SAMPLE`] rows of smallest hash. Rows may come in any order.
#[derive(Debug)]
pub(crate) struct Sampler {
    seed: u64,
    kept: Vec<(u64, f64)>,
    /// A row must hash below this to be among the smallest.
    limit: u64,
}

impl Sampler {
    pub fn new(seed: u64) -> Self {
        Sampler { seed, kept: Vec::new(), limit: u64::MAX }
    }

    /// A row that is not missing, by its position in the table.
    #[inline]
    pub fn offer(&mut self, row: u64, value: f64) {
        let hash = hash(self.seed, row);
        if hash > self.limit {
            return;
        }
        self.kept.push((hash, value));
        if self.kept.len() >= 2 * SAMPLE {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() > SAMPLE {
            self.kept.select_nth_unstable_by_key(SAMPLE - 1, |(hash, _)| *hash);
            self.kept.truncate(SAMPLE);
            self.limit = self.kept[SAMPLE - 1].0;
        }
    }

    /// Distinct values, ascending, with the sampled rows of each.
    pub fn finish(mut self) -> Vec<(f64, u64)> {
        self.cut();
        self.kept.sort_unstable_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut sample: Vec<(f64, u64)> = Vec::new();
        for (_, value) in self.kept {
            match sample.last_mut() {
                Some((last, rows)) if *last == value => *rows += 1,
                // both zeros are one
                _ => sample.push((value + 0.0, 1)),
            }
        }
        sample
    }
}

/// Different for every row of one seed: each step can be undone.
fn hash(seed: u64, row: u64) -> u64 {
    mix(row.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mix(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: impl Iterator<Item = u64>, seed: u64) -> Vec<(f64, u64)> {
        let mut sampler = Sampler::new(seed);
        rows.for_each(|row| sampler.offer(row, (row % 5_000) as f64));
        sampler.finish()
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_the_seed_does() {
        let forward = sample(0..60_000, 7);
        assert_eq!(forward.iter().map(|(_, rows)| rows).sum::<u64>(), SAMPLE as u64);
        assert_eq!(forward, sample((0..60_000).rev(), 7));
        assert_ne!(forward, sample(0..60_000, 8));
        let mean = forward.iter().map(|(value, rows)| value * *rows as f64).sum::<f64>() / SAMPLE as f64;
        // the standard error is 14
        assert!((mean - 2499.5).abs() < 60.0, "{mean}");
    }
}
