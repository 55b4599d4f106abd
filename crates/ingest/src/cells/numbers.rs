//! The numbers of one column: a list of them, and a count of each where they are near to each other.

use super::FIRST;

/// Different integers, one beside the other, that are counted by their place.
const WINDOW: usize = 8192;

/// How often each integer of a range came.
#[derive(Debug, Clone, Default)]
struct Window {
    low: i64,
    /// Empty: nothing is counted.
    counts: Vec<u32>,
}

impl Window {
    fn is_open(&self) -> bool {
        !self.counts.is_empty()
    }

    /// Opens it about the first of many; `false`: they are too far from each other.
    fn open(&mut self, first: impl Iterator<Item = i64> + Clone) -> bool {
        let Some((min, max)) = first.clone().min().zip(first.max()) else { return false };
        let width = max.checked_sub(min).and_then(|span| usize::try_from(span).ok());
        let Some(spare) = width.and_then(|width| (WINDOW - 1).checked_sub(width)) else { return false };
        // They lie in its middle.
        self.low = min.saturating_sub((spare / 2) as i64);
        self.counts.resize(WINDOW, 0);
        true
    }

    fn clear(&mut self) {
        self.counts.clear();
    }

    #[inline]
    fn count(&mut self, value: i64) -> Option<&mut u32> {
        // A place beyond the largest integer has no count.
        let place = value.wrapping_sub(self.low) as u64 as usize;
        self.counts.get_mut(place).filter(|count| value >= self.low && **count < u32::MAX)
    }

    #[inline]
    fn add(&mut self, value: i64) -> bool {
        self.count(value).map(|count| *count = count.wrapping_add(1)).is_some()
    }

    fn undo(&mut self, value: i64) {
        if let Some(count) = self.count(value) {
            *count = count.saturating_sub(1);
        }
    }

    /// Each with how often it came, ascending.
    fn iter(&self) -> impl Iterator<Item = (i64, u64)> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(place, &count)| (self.low.wrapping_add(place as i64), u64::from(count)))
    }
}

/// Integers or doubles.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers<T> {
    /// Those that are not counted.
    pub single: Vec<T>,
    window: Window,
    /// What a counted number is a fraction of an integer by: 517.25 is 51725 / 100.
    scale: f64,
    /// Whether it was looked into if they are worth counting.
    is_tried: bool,
    last: Option<T>,
    was_last_counted: bool,
}

/// What is counted by an integer.
pub(super) trait Countable: Copy {
    /// What may make many of them integers.
    const SCALES: &[f64];
    /// The integer that it is a `scale`th part of, to the bit.
    fn scaled(self, scale: f64) -> Option<i64>;
    fn unscaled(integer: i64, scale: f64) -> Self;
}

impl Countable for i64 {
    const SCALES: &[f64] = &[1.0];

    #[inline]
    fn scaled(self, _: f64) -> Option<i64> {
        Some(self)
    }

    fn unscaled(integer: i64, _: f64) -> Self {
        integer
    }
}

impl Countable for f64 {
    /// Whole numbers and prices.
    const SCALES: &[f64] = &[1.0, 10.0, 100.0];

    #[inline]
    fn scaled(self, scale: f64) -> Option<i64> {
        // Away from zero by half: truncation rounds then, and costs less than rounding.
        let integer = (self * scale + Self::copysign(0.5, self)) as i64;
        let is_exact = integer.unsigned_abs() < 1 << 53 && (integer as Self / scale).to_bits() == self.to_bits();
        is_exact.then_some(integer)
    }

    fn unscaled(integer: i64, scale: f64) -> Self {
        integer as Self / scale
    }
}

impl<T: Countable> Numbers<T> {
    pub fn clear(&mut self) {
        self.single.clear();
        self.window.clear();
        self.is_tried = false;
        self.last = None;
    }

    pub fn reserved_bytes(&self) -> usize {
        self.single.capacity().saturating_mul(8).saturating_add(self.window.counts.capacity().saturating_mul(4))
    }

    /// Adds one; counts it where `may_count`, and many came before.
    #[inline]
    pub fn push(&mut self, value: T, may_count: bool) {
        if self.single.len() == FIRST && may_count && !self.is_tried {
            self.try_to_count();
        }
        self.last = Some(value);
        self.was_last_counted = self.window.is_open() && self.count(value);
        if !self.was_last_counted {
            self.single.push(value);
        }
    }

    /// Adds several, which cannot be taken back; gives how many.
    pub fn extend(&mut self, values: impl Iterator<Item = T>, may_count: bool) -> u64 {
        let mut values = values;
        let mut added = 0_u64;
        if may_count && !self.is_tried {
            let room = FIRST.saturating_sub(self.single.len());
            let before = self.single.len();
            self.single.extend(values.by_ref().take(room));
            added = self.single.len().saturating_sub(before) as u64;
            let Some(next) = values.next() else { return added };
            self.push(next, may_count);
            added = added.wrapping_add(1);
        }
        if !self.window.is_open() {
            let before = self.single.len();
            self.single.extend(values);
            return added.wrapping_add(self.single.len().saturating_sub(before) as u64);
        }
        for value in values {
            added = added.wrapping_add(1);
            if !self.count(value) {
                self.single.push(value);
            }
        }
        added
    }

    pub fn undo(&mut self) {
        let Some(last) = self.last.take() else { return };
        if !self.was_last_counted {
            self.single.pop();
        } else if let Some(integer) = last.scaled(self.scale) {
            self.window.undo(integer);
        }
    }

    /// The one that [`Numbers::push`] added last.
    pub fn last(&self) -> Option<T> {
        self.last
    }

    /// Those that are counted, with how often each came, ascending.
    pub fn counted(&self) -> Vec<(T, u64)> {
        self.window.iter().map(|(integer, times)| (T::unscaled(integer, self.scale), times)).collect()
    }

    #[inline]
    fn count(&mut self, value: T) -> bool {
        value.scaled(self.scale).is_some_and(|integer| self.window.add(integer))
    }

    fn try_to_count(&mut self) {
        self.is_tried = true;
        let Self { single, window, .. } = self;
        let fits = |scale: f64| single.iter().filter_map(|value| value.scaled(scale)).count() > FIRST - FIRST / 8;
        let Some(&scale) = T::SCALES.iter().find(|scale| fits(**scale)) else { return };
        if window.open(single.iter().filter_map(|value| value.scaled(scale))) {
            self.scale = scale;
            single.retain(|value| !value.scaled(scale).is_some_and(|integer| window.add(integer)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Adds the same to a list and to what counts, one by one or many at once, and takes some back.
    fn agree<T: Countable + std::fmt::Debug + Default>(
        values: &[T],
        runs: &[(usize, bool)],
        bits: impl Fn(T) -> u64,
    ) -> Result<Numbers<T>, TestCaseError> {
        let mut numbers = Numbers::default();
        let mut wanted: BTreeMap<u64, u64> = BTreeMap::new();
        let mut rest = values;
        for &(len, is_single) in runs.iter().cycle().take(if runs.is_empty() { 0 } else { 10_000 }) {
            let (run, left) = rest.split_at(len.min(rest.len()));
            rest = left;
            if is_single {
                for (number, &value) in run.iter().enumerate() {
                    numbers.push(value, true);
                    prop_assert_eq!(numbers.last().map(&bits), Some(bits(value)));
                    if number % 7 == 3 {
                        numbers.undo();
                        numbers.undo();
                    } else {
                        *wanted.entry(bits(value)).or_default() += 1;
                    }
                }
            } else {
                prop_assert_eq!(numbers.extend(run.iter().copied(), true), run.len() as u64);
                for &value in run {
                    *wanted.entry(bits(value)).or_default() += 1;
                }
            }
        }
        let counted = numbers.counted();
        let mut found: BTreeMap<u64, u64> = counted.iter().map(|&(value, times)| (bits(value), times)).collect();
        prop_assert_eq!(found.len(), counted.len());
        for &value in &numbers.single {
            *found.entry(bits(value)).or_default() += 1;
        }
        prop_assert_eq!(found, wanted);
        Ok(numbers)
    }

    fn runs() -> impl Strategy<Value = Vec<(usize, bool)>> {
        prop::collection::vec((1..1500_usize, any::<bool>()), 1..6)
    }

    proptest! {
        #[test]
        fn every_integer_is_counted_once(
            values in prop::collection::vec(prop_oneof![-50_i64..50, any::<i64>(), Just(i64::MAX), Just(i64::MIN)], 0..100),
            about in any::<i64>(),
            repeats in 1..40_usize,
            is_near in any::<bool>(),
            runs in runs(),
        ) {
            let near = values.iter().map(|value| if is_near { about.wrapping_add(value % 3000) } else { *value });
            let values = near.collect::<Vec<_>>().repeat(repeats);
            let numbers = agree(&values, &runs, |value| value as u64)?;
            prop_assert!(numbers.counted().is_sorted_by(|(one, _), (other, _)| one < other));
        }

        #[test]
        fn every_double_is_counted_once(
            values in prop::collection::vec(prop_oneof![8 => (-500_i32..500).prop_map(f64::from), 1 => any::<f64>(), 1 => Just(-0.0)], 1..100),
            scale in prop::sample::select(&[1.0, 10.0, 100.0, 1000.0, 3.0][..]),
            repeats in 1..60_usize,
            runs in runs(),
        ) {
            let values = values.iter().map(|value| value / scale).collect::<Vec<_>>().repeat(repeats);
            let numbers = agree(&values, &runs, f64::to_bits)?;
            prop_assert!(numbers.counted().is_sorted_by(|(one, _), (other, _)| one < other));
        }
    }

    fn counts<T: Countable + Default>(value: T, len: usize) -> (Vec<(T, u64)>, usize) {
        let mut numbers = Numbers::default();
        numbers.extend((0..len).map(|_| value), true);
        (numbers.counted(), numbers.single.len())
    }

    #[test]
    fn what_repeats_is_counted() {
        for value in [7, i64::MAX, i64::MIN] {
            assert_eq!(counts(value, 2000), (vec![(value, 2000)], 0));
        }
        assert_eq!(counts(7, FIRST), (vec![], FIRST), "few");
        assert_eq!(counts(7, FIRST + 1), (vec![(7, FIRST as u64 + 1)], 0));
        for value in [0.0, 517.0, -12.0, 0.1, 19.99, -0.07] {
            assert_eq!(counts(value, 2000), (vec![(value, 2000)], 0));
        }
        for value in [f64::NAN, f64::INFINITY, -0.0, 0.001, 1e300] {
            assert_eq!(counts(value, 2000).1, 2000, "{value}");
        }
    }
}
