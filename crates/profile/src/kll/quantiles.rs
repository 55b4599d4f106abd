//! Reading quantiles.

use super::{Kll, value, weight};

impl Kll {
    /// The quantile at each rank (0 to 1), by the exclusive criterion: the first item before which at least `rank · n` values lie, with that
    /// product rounded down. NaN when the sketch is empty or the rank is outside its range.
    pub(crate) fn quantiles(&self, ranks: &[f64]) -> Vec<f64> {
        let view = self.sorted_view();
        ranks
            .iter()
            .map(|&rank| {
                if self.n == 0 || !(0.0..=1.0).contains(&rank) {
                    f64::NAN
                } else if rank <= 0.0 {
                    self.min
                } else if rank >= 1.0 {
                    self.max
                } else {
                    let position = (rank * self.n as f64) as u64;
                    let index = view.partition_point(|&(_, before)| before < position.min(self.n - 1));
                    view.get(index).or(view.last()).map_or(self.max, |&(item, _)| value(item))
                }
            })
            .collect()
    }

    /// How many values lie below each edge, as far as the sketch knows: the weights of the items below it. All of them for an edge that is NaN.
    pub(crate) fn counts_below(&self, edges: &[f64]) -> Vec<u64> {
        let view = self.sorted_view();
        let below = |&edge: &f64| {
            let index = view.partition_point(|&(item, _)| edge.is_nan() || value(item) < edge);
            view.get(index).map_or(self.n, |&(_, before)| before)
        };
        edges.iter().map(below).collect()
    }

    /// How far a rank may be off, as a share of all values, with 99 % confidence: of one rank, and of a difference of two. Fits of the authors'
    /// library to its own measurements; 0 while every value is kept.
    pub(crate) fn rank_error(&self) -> (f64, f64) {
        if self.levels.is_empty() {
            return (0.0, 0.0);
        }
        let k = f64::from(self.min_k);
        (2.296 / k.powf(0.902_1), 2.446 / k.powf(0.943_3))
    }

    /// All items in ascending order, each with the number of values that those before it stand for.
    fn sorted_view(&self) -> Vec<(i64, u64)> {
        let upper = self
            .levels
            .iter()
            .enumerate()
            .flat_map(|(level, items)| items.iter().map(move |&key| (key, weight(level))));
        let mut view: Vec<_> = self.recent.iter().map(|&value| (super::key(value), 1)).chain(upper).collect();
        // Of equal items the lighter come first, as the reference merges its levels: where an item begins decides which quantiles it takes.
        view.sort_unstable();
        let mut before = 0_u64;
        for (_, weight) in &mut view {
            let next = before.saturating_add(*weight);
            *weight = std::mem::replace(&mut before, next);
        }
        view
    }
}
