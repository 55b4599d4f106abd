//! How many items each level may hold.

/// Smallest capacity of a level.
pub(crate) const MIN_CAPACITY: u32 = 8;

/// Capacity of level `level` of `levels`: `k · (2/3)^depth` rounded to the nearest, where the topmost level has depth 0.
///
/// Computed in whole numbers, in two steps below depth 30, because every reader derives the file's layout from exactly these figures.
pub(crate) fn level_capacity(k: u16, levels: usize, level: usize) -> u32 {
    let depth = (levels - 1).saturating_sub(level) as u32;
    let scaled = if depth <= 30 {
        scale(u64::from(k), depth)
    } else {
        let half = depth / 2;
        scale(scale(u64::from(k), half), (depth - half).min(30))
    };
    (scaled as u32).max(MIN_CAPACITY)
}

/// Capacity of all levels together.
pub(crate) fn total_capacity(k: u16, levels: usize) -> usize {
    (0..levels).map(|level| level_capacity(k, levels, level) as usize).sum()
}

fn scale(k: u64, depth: u32) -> u64 {
    ((k << 1 << depth) / 3_u64.pow(depth) + 1) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_shrink_by_a_third_and_end_at_eight() {
        let of = |levels| (0..levels).rev().map(|level| level_capacity(1024, levels, level)).collect::<Vec<_>>();
        assert_eq!(of(4), [1024, 683, 455, 303]);
        assert_eq!(of(61)[12..16], [8, 8, 8, 8]);
        assert_eq!(total_capacity(1024, 2), 1024 + 683);
    }
}
