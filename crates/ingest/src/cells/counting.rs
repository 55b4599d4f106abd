//! Values of many rows, counted before metrics see them: what repeats costs a column once.
//!
//! Both ways give up early where little repeats; metrics then take the values one by one, as they do of few rows.

use std::hash::{BuildHasher, Hasher};

use rustc_hash::FxBuildHasher;

/// Fewer values than this are not counted: so many a column's sketch keeps as they are, in their order.
const WORTH: usize = 1025;
/// The values that decide.
const FIRST: usize = 1024;
/// Different integers, one beside the other, that are counted by their place.
const WINDOW: usize = 8192;
/// Looks at so many slots for a text, at most.
const MOST_PROBES: u32 = 64;
/// Slots for different texts.
const SLOTS: usize = 8192;

/// Integers of a column.
pub(super) struct Counted {
    /// With how often each occurs, ascending.
    pub counted: Vec<(i64, u64)>,
    /// Those outside of the window that is counted.
    pub others: Vec<i64>,
}

/// Counts integers.
pub(super) fn integers(values: &[i64]) -> Option<Counted> {
    if values.len() < WORTH {
        return None;
    }
    let first = values.get(..FIRST)?;
    let (min, max) = (*first.iter().min()?, *first.iter().max()?);
    let spare = WINDOW.checked_sub(usize::try_from(max.checked_sub(min)?).ok()?.checked_add(1)?)?;
    // The first values lie in the middle of the window.
    let low = min.saturating_sub((spare / 2) as i64);
    let mut counts = vec![0_u32; WINDOW];
    let mut others = Vec::new();
    for &value in values {
        match counts.get_mut(value.wrapping_sub(low) as u64 as usize) {
            Some(count) if value >= low => *count = count.saturating_add(1),
            _ => others.push(value),
        }
    }
    // A place beyond the largest integer has no count.
    let counted = counts.into_iter().enumerate().filter(|&(_, count)| count > 0);
    let counted = counted.map(|(at, count)| (low.wrapping_add(at as i64), u64::from(count))).collect();
    Some(Counted { counted, others })
}

/// Doubles of a column.
pub(super) struct CountedDoubles {
    /// With how often each occurs, ascending.
    pub counted: Vec<(f64, u64)>,
    /// Those that are not counted.
    pub others: Vec<f64>,
}

/// Counts doubles of few decimals, such as prices, by the integers that they are a tenth or hundredth of.
pub(super) fn doubles(values: &[f64]) -> Option<CountedDoubles> {
    if values.len() < WORTH {
        return None;
    }
    let first = values.get(..FIRST)?;
    let fits = |scale: f64| first.iter().filter(|value| scaled(**value, scale).is_some()).count() > FIRST - FIRST / 8;
    let scale = [1.0, 10.0, 100.0].into_iter().find(|scale| fits(*scale))?;
    let mut whole = Vec::with_capacity(values.len());
    let mut others = Vec::new();
    for &value in values {
        match scaled(value, scale) {
            Some(integer) => whole.push(integer),
            None => others.push(value),
        }
    }
    let Counted { counted, others: far } = integers(&whole)?;
    let unscaled = |integer: i64| integer as f64 / scale;
    others.extend(far.into_iter().map(unscaled));
    let counted = counted.into_iter().map(|(integer, times)| (unscaled(integer), times)).collect();
    Some(CountedDoubles { counted, others })
}

/// The integer whose `scale`th part is `value`, to the bit.
#[inline]
fn scaled(value: f64, scale: f64) -> Option<i64> {
    // Away from zero by half: truncation rounds then, and costs less than rounding.
    let integer = (value * scale + f64::copysign(0.5, value)) as i64;
    (integer.unsigned_abs() < 1 << 53 && (integer as f64 / scale).to_bits() == value.to_bits()).then_some(integer)
}

/// Texts with how often each occurs, in the order in which they came first.
pub(super) fn texts<'t>(len: usize, mut text_at: impl FnMut(usize) -> &'t str) -> Option<Vec<(&'t str, u64)>> {
    if len < WORTH {
        return None;
    }
    let mut slots = vec![0_u32; SLOTS];
    let mut found: Vec<(&str, u64)> = Vec::new();
    for at in 0..len {
        let text = text_at(at);
        let mut slot = hash(text) as usize % SLOTS;
        let mut probes = 0_u32;
        loop {
            // Texts may be made to have one slot.
            probes = probes.saturating_add(1);
            if probes > MOST_PROBES {
                return None;
            }
            let number = slots.get(slot).copied()? as usize;
            match number.checked_sub(1).and_then(|known| found.get_mut(known)) {
                None => {
                    // Half of what came is different, or the slots fill up.
                    if found.len() >= SLOTS / 2 || (at >= FIRST && found.len() > at / 2) {
                        return None;
                    }
                    found.push((text, 1));
                    *slots.get_mut(slot)? = found.len() as u32;
                    break;
                }
                Some((known, count)) if *known == text => {
                    *count = count.saturating_add(1);
                    break;
                }
                Some(_) => slot = slot.wrapping_add(1) % SLOTS,
            }
        }
    }
    Some(found)
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_integer_is_counted_once(
            values in prop::collection::vec(prop_oneof![-50_i64..50, any::<i64>(), Just(i64::MAX), Just(i64::MIN)], 0..100),
            about in any::<i64>(),
            repeats in 1..40_usize,
            is_near in any::<bool>(),
        ) {
            let near = values.iter().map(|value| if is_near { about.wrapping_add(value % 3000) } else { *value });
            let values = near.collect::<Vec<_>>().repeat(repeats);
            let Some(Counted { counted, others }) = integers(&values) else { return Ok(()) };
            prop_assert!(counted.is_sorted_by(|(one, _), (other, _)| one < other));
            let mut found: BTreeMap<i64, u64> = counted.into_iter().collect();
            for value in others {
                *found.entry(value).or_default() += 1;
            }
            let mut wanted: BTreeMap<i64, u64> = BTreeMap::new();
            for value in values {
                *wanted.entry(value).or_default() += 1;
            }
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn every_double_is_counted_once(
            values in prop::collection::vec(prop_oneof![8 => (-500_i32..500).prop_map(f64::from), 1 => any::<f64>(), 1 => Just(-0.0)], 1..100),
            scale in prop::sample::select(&[1.0, 10.0, 100.0, 1000.0, 3.0][..]),
            repeats in 1..60_usize,
        ) {
            let values = values.iter().map(|value| value / scale).collect::<Vec<_>>().repeat(repeats);
            let Some(CountedDoubles { counted, others }) = doubles(&values) else { return Ok(()) };
            prop_assert!(counted.is_sorted_by(|(one, _), (other, _)| one < other));
            let mut found: BTreeMap<u64, u64> = counted.into_iter().map(|(value, times)| (value.to_bits(), times)).collect();
            for value in others {
                *found.entry(value.to_bits()).or_default() += 1;
            }
            let mut wanted: BTreeMap<u64, u64> = BTreeMap::new();
            for value in values {
                *wanted.entry(value.to_bits()).or_default() += 1;
            }
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn every_text_is_counted_once(
            different in 1..6000_usize,
            len in 0..8000_usize,
        ) {
            let all: Vec<String> = (0..len).map(|at| format!("t{}", at * 7919 % different)).collect();
            let Some(counted) = texts(len, |at| &all[at]) else { return Ok(()) };
            let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
            for text in &all {
                *wanted.entry(text).or_default() += 1;
            }
            prop_assert_eq!(counted.len(), wanted.len());
            prop_assert_eq!(counted.into_iter().collect::<BTreeMap<_, _>>(), wanted);
        }
    }

    #[test]
    fn what_repeats_is_counted() {
        for value in [7, i64::MAX, i64::MIN] {
            let all = integers(&[value; 2000]).unwrap();
            assert_eq!((all.counted, all.others), (vec![(value, 2000)], vec![]));
        }
        assert!(integers(&[7; 1024]).is_none(), "few");
        for value in [0.0, 517.0, -12.0, 0.1, 19.99, -0.07] {
            let all = doubles(&[value; 2000]).unwrap();
            assert_eq!((all.counted, all.others), (vec![(value, 2000)], vec![]));
        }
        for value in [f64::NAN, f64::INFINITY, -0.0, 0.001, 1e300] {
            assert!(doubles(&[value; 2000]).is_none(), "{value}");
        }
        assert!(texts(2000, |at| ["a", "b", ""][at % 3]).is_some_and(|counted| counted.len() == 3));
        let all: Vec<String> = (0..3000).map(|at| at.to_string()).collect();
        assert!(texts(3000, |at| &all[at]).is_none(), "all different");
    }
}
