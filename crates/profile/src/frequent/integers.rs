//! A memory of the numbers counted last, by value: one that comes again needs no text, no hash of it and no search in the table.
//!
//! Direct-mapped, and made only once a sketch has counted enough, so that small columns stay small. It changes no count, only what counting costs.

/// Numbers remembered.
const SLOTS: usize = 256;
/// Values counted before it is worth its memory.
const WORTH: u64 = 1024;
/// 2⁶⁴ over the golden section: spreads neighbours (Knuth, The Art of Computer Programming 3, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers, each with the number of its entry in the table; 0: none.
#[derive(Debug, Default)]
pub(crate) struct KnownIntegers {
    slots: Option<Box<[(i64, u32); SLOTS]>>,
}

/// A copy remembers nothing: most are merged or written, and never see a value.
impl Clone for KnownIntegers {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl KnownIntegers {
    pub(crate) fn heap_bytes(&self) -> usize {
        if self.slots.is_some() { size_of::<[(i64, u32); SLOTS]>() } else { 0 }
    }

    #[inline]
    pub(crate) fn get(&self, value: i64) -> Option<u32> {
        let (known, number) = self.slots.as_ref()?[slot(value)];
        (known == value && number != 0).then_some(number)
    }

    /// Notes the entry of a value; `counted`: by the sketch, in all.
    #[inline]
    pub(crate) fn note(&mut self, value: i64, number: u32, counted: u64) {
        if self.slots.is_none() && counted >= WORTH {
            self.slots = Some(Box::new([(0, 0); SLOTS]));
        }
        if let Some(slots) = &mut self.slots {
            slots[slot(value)] = (value, number);
        }
    }

    /// Entries have other numbers now.
    pub(crate) fn forget(&mut self) {
        if let Some(slots) = &mut self.slots {
            slots.fill((0, 0));
        }
    }
}

#[inline]
fn slot(value: i64) -> usize {
    ((value as u64).wrapping_mul(SPREAD) >> (u64::BITS - SLOTS.trailing_zeros())) as usize
}
