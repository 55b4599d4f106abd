//! Sizes of sketches.

/// Sizes of the sketches in a profile. The defaults are the reference's.
///
/// Values outside a sketch's range are brought to the nearest bound of it, so that no combination can fail later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileSettings {
    /// Log2 of the number of `HyperLogLog` registers, 4 to 21. The relative error of a cardinality is about `0.8 / sqrt(2^hll_lg_k)`.
    pub hll_lg_k: u8,
    /// Size of the top level of the quantile sketch, 8 to 65 535: the first `kll_k` values are kept exactly.
    pub kll_k: u16,
    /// Log2 of the largest number of slots of the frequent-items table, 3 to 26; three quarters of them are usable.
    pub fi_lg_max: u8,
    /// Whether columns keep frequent items at all.
    pub frequent_items: bool,
    /// Texts are cut to this many code points before they are counted as frequent items.
    pub max_item_chars: usize,
}

impl Default for ProfileSettings {
    fn default() -> Self {
        Self { hll_lg_k: 12, kll_k: 1024, fi_lg_max: 10, frequent_items: true, max_item_chars: 128 }
    }
}

impl ProfileSettings {
    pub(crate) fn clamped(self) -> Self {
        Self {
            hll_lg_k: self.hll_lg_k.clamp(4, 21),
            kll_k: self.kll_k.max(8),
            fi_lg_max: self.fi_lg_max.clamp(3, 26),
            ..self
        }
    }
}
