//! Reading quantiles.

use super::{Kll, value, weight};

impl Kll {
    /// The quantile at each rank (0 to 1), by the exclusive criterion: the first value below or at which lie more than `rank · n` values.
    /// NaN when the sketch is empty or the rank is outside its range.
    pub(crate) fn quantiles(&self, ranks: &[f64]) -> Vec<f64> {
        if self.n == 0 {
            return vec![f64::NAN; ranks.len()];
        }
        let view = self.sorted_view();
        let total = view.last().map_or(0, |&(_, below_or_at)| below_or_at);
        ranks
            .iter()
            .map(|&rank| {
                if !(0.0..=1.0).contains(&rank) {
                    f64::NAN
                } else if rank == 0.0 {
                    self.min
                } else if rank == 1.0 {
                    self.max
                } else {
                    let position = (rank * total as f64) as u64;
                    let index = view.partition_point(|&(_, below_or_at)| below_or_at <= position);
                    view.get(index).map_or(self.max, |&(item, _)| value(item))
                }
            })
            .collect()
    }

    /// All items in ascending order, each with the number of values it and those before it stand for.
    fn sorted_view(&self) -> Vec<(i64, u64)> {
        let upper = self.levels.iter().enumerate().flat_map(|(level, items)| items.iter().map(move |&key| (key, weight(level))));
        let mut view: Vec<_> = self.recent.iter().map(|&value| (super::key(value), 1)).chain(upper).collect();
        view.sort_unstable_by_key(|&(key, _)| key);
        let mut below_or_at = 0_u64;
        for (_, weight) in &mut view {
            below_or_at = below_or_at.saturating_add(*weight);
            *weight = below_or_at;
        }
        view
    }
}
