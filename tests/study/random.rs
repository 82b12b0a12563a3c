//! Random numbers, the same on every machine and in every run: each repetition of each cell has a stream of its own.

/// xoshiro256++ (D. Blackman & S. Vigna, "Scrambled linear pseudorandom number generators", 2021).
#[derive(Debug, Clone)]
pub struct Rng([u64; 4]);

impl Rng {
    /// The stream of repetition `rep` of the cell that is called `cell`.
    pub fn of(seed: u64, cell: &str, rep: u64) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
        for byte in cell.bytes().chain(rep.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        // splitmix64, as the authors advise, fills the state
        let mut next = || {
            hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = hash;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Rng([next(), next(), next(), next()])
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform, strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// `n` sorted uniforms, as partial sums of exponentials over their total: no sort is needed.
    pub fn sorted_uniforms(&mut self, n: u64) -> Vec<f64> {
        let mut sum = 0.0;
        let mut points = Vec::with_capacity(n as usize);
        for _ in 0..n {
            sum -= self.uniform().ln();
            points.push(sum);
        }
        let total = sum - self.uniform().ln();
        points.iter_mut().for_each(|point| *point /= total);
        points
    }

    /// How many of `n` rows something happens to that happens with probability `share`: geometric waiting times.
    pub fn binomial(&mut self, n: u64, share: f64) -> u64 {
        if share > 0.5 {
            return n - self.binomial(n, 1.0 - share);
        }
        if share <= 0.0 {
            return 0;
        }
        let ln_stays = (-share).ln_1p();
        let (mut at, mut count) = (0.0, 0);
        loop {
            at += (self.uniform().ln() / ln_stays).floor() + 1.0;
            if at > n as f64 {
                return count;
            }
            count += 1;
        }
    }
}

/// The standard normal's quantile (P. Acklam's rational approximation, relative error below 1.2e-9).
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 5] =
        [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
    let polynomial = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    if p < 0.02425 {
        let q = (-2.0 * p.ln()).sqrt();
        return polynomial(&C, q) / (polynomial(&D, q) * q + 1.0);
    }
    let q = p - 0.5;
    let r = q * q;
    polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let mut rng = Rng::of(1, "moments", 0);
        let uniforms = rng.sorted_uniforms(10_000);
        assert!(uniforms.is_sorted() && uniforms[0] > 0.0 && uniforms[9_999] < 1.0);
        assert!((uniforms.iter().sum::<f64>() / 1e4 - 0.5).abs() < 0.02);
        for share in [0.01, 0.5, 0.9] {
            let mean = (0..2_000).map(|_| rng.binomial(200, share)).sum::<u64>() as f64 / 2_000.0;
            assert!((mean - 200.0 * share).abs() < 1.0, "{share}: {mean}");
        }
        assert_eq!((rng.binomial(10, 0.0), rng.binomial(10, 1.0)), (0, 10));
        assert!((normal_quantile(0.975) - 1.959_963_985).abs() < 1e-8);
        assert!((normal_quantile(0.001) + 3.090_232_306).abs() < 1e-8);
    }

    #[test]
    fn each_repetition_has_a_stream_of_its_own_and_keeps_it() {
        let first = |cell: &str, rep| Rng::of(7, cell, rep).bits();
        assert_eq!(first("a", 0), first("a", 0));
        assert_ne!(first("a", 0), first("a", 1));
        assert_ne!(first("a", 0), first("b", 0));
    }
}
