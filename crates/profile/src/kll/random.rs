//! The random bits of compactions.

/// `SplitMix64` (Steele, Lea and Flood), handed out bit by bit.
#[derive(Debug, Clone)]
pub(crate) struct RandomBits {
    state: u64,
    bits: u64,
    left: u32,
}

impl RandomBits {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, bits: 0, left: 0 }
    }

    pub(crate) fn bit(&mut self) -> bool {
        if self.left == 0 {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.bits = mix(self.state);
            self.left = 64;
        }
        let bit = self.bits & 1 == 1;
        self.bits >>= 1;
        self.left -= 1;
        bit
    }
}

/// `SplitMix64`'s output function.
pub(crate) fn mix(mut word: u64) -> u64 {
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}
