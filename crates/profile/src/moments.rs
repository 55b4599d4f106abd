//! Mean and second central moment of a stream, bit for bit as the reference computes them batch by batch.
//!
//! The state does not hold its own count: it is that of the quantile sketch, which sees the same values. Batches combine by the
//! parallel form of Chan, Golub and `LeVeque`; a batch of one value uses Welford's step. Sums inside a batch are pairwise, in numpy's
//! grouping, because both the grouping and the rounding reach the file.

/// Longest run that is summed with eight running sums before the recursion splits it.
const RUN: usize = 128;

/// Whole numbers are converted to doubles in pieces of this length, and each piece is summed on its own.
const CONVERSION_PIECE: usize = 8192;

/// Bools count in pieces of at most this length.
const BOOL_PIECE: u64 = 1000;

/// Above this many pieces bools are taken as one batch, which is as exact and does not take time that grows with their number.
const BOOL_PIECES: u64 = 1024;

/// Mean and sum of squared deviations from it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Moments {
    pub mean: f64,
    pub m2: f64,
}

impl Moments {
    /// Adds a batch of doubles to a stream of `n` values.
    pub(crate) fn add_doubles(&mut self, n: u64, values: &[f64]) {
        self.add_batch(n, values, |x| x, |values| pairwise_sum(values, &|x| x));
    }

    /// Adds a batch of whole numbers to a stream of `n` values.
    pub(crate) fn add_integers(&mut self, n: u64, values: &[i64]) {
        let sum =
            |values: &[i64]| values.chunks(CONVERSION_PIECE).map(|piece| pairwise_sum(piece, &|x| x as f64)).sum();
        self.add_batch(n, values, |x| x as f64, sum);
    }

    /// Adds a batch of values, each as often as is said, to a stream of `n` values.
    pub(crate) fn add_counted(&mut self, n: u64, values: &[(f64, u64)]) {
        let len: u64 = values.iter().map(|&(_, count)| count).sum();
        match *values {
            [] => {}
            [(value, 1)] => self.add_one(n, value),
            _ => {
                let mean = pairwise_sum(values, &|(value, count)| value * count as f64) / len as f64;
                let m2 = pairwise_sum(values, &|(value, count)| (value - mean) * (value - mean) * count as f64);
                self.add_summary(n, len, Self { mean, m2 });
            }
        }
    }

    fn add_batch<T: Copy>(&mut self, n: u64, values: &[T], double: impl Fn(T) -> f64, sum: impl Fn(&[T]) -> f64) {
        match values {
            [] => {}
            [value] => self.add_one(n, double(*value)),
            _ => {
                let len = values.len() as f64;
                let mean = sum(values) / len;
                let squares = pairwise_sum(values, &|x| {
                    let deviation = double(x) - mean;
                    deviation * deviation
                });
                self.add_summary(n, values.len() as u64, Self { mean, m2: squares / (len - 1.0) * (len - 1.0) });
            }
        }
    }

    /// Adds `trues` ones, then `falses` zeros, to a stream of `n` values.
    pub(crate) fn add_bools(&mut self, n: u64, trues: u64, falses: u64) {
        self.add_equal(n, trues, 1.0);
        self.add_equal(n + trues, falses, 0.0);
    }

    fn add_equal(&mut self, mut n: u64, mut count: u64, value: f64) {
        let piece = if count > BOOL_PIECE * BOOL_PIECES { count } else { BOOL_PIECE };
        while count > 0 {
            let len = count.min(piece);
            if len == 1 {
                self.add_one(n, value);
            } else {
                self.add_summary(n, len, Self { mean: value, m2: 0.0 });
            }
            n += len;
            count -= len;
        }
    }

    fn add_one(&mut self, n: u64, value: f64) {
        let before = value - self.mean;
        self.mean += before / (n + 1) as f64;
        self.m2 += before * (value - self.mean);
    }

    fn add_summary(&mut self, n: u64, len: u64, batch: Self) {
        let (n, len) = (n as f64, len as f64);
        let delta = batch.mean - self.mean;
        self.mean = (self.mean * n + batch.mean * len) / (n + len);
        self.m2 = self.m2 + batch.m2 + delta * delta * n * len / (n + len);
    }

    /// The moments of two streams together; those of one where the other is empty, whose formula would overflow on huge values.
    pub(crate) fn merged(self, n: u64, other: Self, other_n: u64) -> Self {
        let (a, b) = (n as f64, other_n as f64);
        let total = a + b;
        if n == 0 || other_n == 0 {
            return if n == 0 { other } else { self };
        }
        let delta = other.mean - self.mean;
        Self {
            mean: (a / total) * self.mean + (b / total) * other.mean,
            m2: self.m2 + other.m2 + delta * delta * a * b / total,
        }
    }
}

/// The sum of `f` over the values in numpy's order: short runs one by one, runs up to [`RUN`] in eight interleaved sums, longer
/// ones as the sum of two halves.
fn pairwise_sum<T: Copy>(values: &[T], f: &impl Fn(T) -> f64) -> f64 {
    let len = values.len();
    if len < 8 {
        return values.iter().fold(0.0, |sum, &x| sum + f(x));
    }
    if len > RUN {
        let half = len / 2 - len / 2 % 8;
        return pairwise_sum(&values[..half], f) + pairwise_sum(&values[half..], f);
    }
    let (groups, rest) = values.as_chunks::<8>();
    let mut sums = groups[0].map(f);
    for group in &groups[1..] {
        for (sum, &x) in sums.iter_mut().zip(group) {
            *sum += f(x);
        }
    }
    let quarters = [0, 2, 4, 6].map(|i| sums[i] + sums[i + 1]);
    let sum = (quarters[0] + quarters[1]) + (quarters[2] + quarters[3]);
    rest.iter().fold(sum, |sum, &x| sum + f(x))
}
