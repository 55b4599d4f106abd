use datasketches::common::SearchCriteria::Exclusive;
use datasketches::kll::{KllFloat, KllSketch};
use proptest::prelude::*;

use super::*;

fn of(values: &[f64], k: u16, seed: u64) -> Kll {
    let mut kll = Kll::new(k, seed);
    kll.extend(values.iter().copied());
    kll
}

/// What the crate makes of the values.
fn crate_of(values: &[f64], k: u16) -> KllSketch<KllFloat<f64>> {
    let mut sketch = KllSketch::new(k).unwrap();
    for &value in values {
        sketch.update(KllFloat::<f64>::new(value).unwrap());
    }
    sketch
}

/// Values in a scrambled order, all different.
fn scrambled(n: u32) -> Vec<f64> {
    (0..n).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 4)).collect()
}

fn total_weight(kll: &Kll) -> u64 {
    let upper: u64 = kll.levels.iter().enumerate().map(|(level, items)| items.len() as u64 * weight(level)).sum();
    upper + kll.recent.len() as u64
}

/// Largest difference between the true rank of a quantile and the rank asked for.
fn rank_error(values: &[f64], quantiles: &[f64], ranks: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let rank = |x: f64| sorted.partition_point(|&y| y < x) as f64 / n;
    quantiles.iter().zip(ranks).map(|(&quantile, asked)| (rank(quantile) - asked).abs()).fold(0.0, f64::max)
}

fn crate_image(image: &[u8]) -> Vec<u8> {
    // Apache's form has a smaller preamble: without the four zero bytes.
    if image[0] == 6 { [&[5], &image[1..20], &image[24..]].concat() } else { image.to_vec() }
}

#[test]
fn keys_order_doubles() {
    let ascending = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
    assert!(ascending.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
    assert!(ascending.iter().all(|&x| value(key(x)).to_bits() == x.to_bits()));
}

#[test]
fn the_crate_reads_every_image_and_finds_the_same_quantiles() {
    let ranks: Vec<f64> = (0..=50).map(|i| f64::from(i) / 50.0).collect();
    for n in [0, 1, 2, 7, 1023, 1024, 1025, 2047, 2049, 10_000, 100_000] {
        let ours = of(&scrambled(n), 1024, 3);
        let theirs = KllSketch::<KllFloat<f64>>::deserialize(&crate_image(&ours.image())).unwrap();
        assert_eq!(theirs.n(), u64::from(n));
        assert_eq!(theirs.min_item().map(|item| **item), (n > 0).then(|| ours.min()));
        assert_eq!(theirs.max_item().map(|item| **item), (n > 0).then(|| ours.max()));
        let read = Kll::from_image(&ours.image(), 1).unwrap();
        assert_eq!(read.image(), ours.image(), "{n} values");
        if n > 0 {
            let values = scrambled(n);
            let quantiles = read.quantiles(&ranks);
            let slack = if n <= 1024 { 1.001 / f64::from(n) } else { 0.005 };
            assert!(rank_error(&values, &quantiles, &ranks) <= slack, "{n} values");
        }
    }
}

#[test]
fn errors_are_no_larger_than_the_crate_s() {
    let ranks: Vec<f64> = (1..20).map(|i| f64::from(i) / 20.0).collect();
    let values = scrambled(60_000);
    let (mut ours, mut theirs) = (0.0, 0.0);
    for seed in 0..12 {
        ours += rank_error(&values, &of(&values, 256, seed).quantiles(&ranks), &ranks);
        let sketch = crate_of(&values, 256);
        let quantiles: Vec<f64> =
            ranks.iter().map(|&rank| *sketch.quantile(rank, Exclusive).unwrap().unwrap()).collect();
        theirs += rank_error(&values, &quantiles, &ranks);
    }
    assert!(ours < 1.5 * theirs, "{} against {}", ours / 12.0, theirs / 12.0);
}

/// What parcels of a file give, each counted by itself, beside the same values one by one.
#[test]
fn errors_of_counted_parcels_are_no_larger() {
    let ranks: Vec<f64> = (1..40).map(|i| f64::from(i) / 40.0).collect();
    for of_many in [37.0, 4000.0] {
        let values: Vec<f64> = scrambled(200_000).into_iter().map(|x| (x % of_many).powi(2)).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let error = |kll: &Kll| {
            let quantiles = kll.quantiles(&ranks);
            quantiles.iter().zip(&ranks).map(|(&quantile, &rank)| distance(&sorted, quantile, rank)).fold(0.0, f64::max)
        };
        let (mut counted, mut single) = (0.0, 0.0);
        for seed in 0..12 {
            let mut kll = Kll::new(256, seed);
            for parcel in values.chunks(20_000) {
                let mut parcel = parcel.to_vec();
                parcel.sort_by(f64::total_cmp);
                let run: Vec<(f64, u64)> =
                    parcel.chunk_by(|a, b| a.to_bits() == b.to_bits()).map(|run| (run[0], run.len() as u64)).collect();
                kll.extend_counted(&run);
            }
            counted += error(&kll);
            single += error(&of(&values, 256, seed));
        }
        assert!(counted <= 1.2 * single + 1e-3, "{} against {}", counted / 12.0, single / 12.0);
    }
}

#[test]
fn a_weight_is_as_many_values() {
    for count in [1, 5, 1000, 1024, 1025, 4097, 1 << 40] {
        let mut kll = of(&scrambled(3000), 1024, 9);
        kll.add_equal(-1.0, count);
        assert_eq!(kll.n(), 3000 + count);
        assert_eq!(total_weight(&kll), kll.n());
        assert!(kll.levels.iter().all(|level| level.is_sorted()));
        let share = count as f64 / kll.n() as f64;
        if share > 0.02 {
            assert_eq!(kll.quantiles(&[share - 0.01]), [-1.0]);
        }
        if share < 0.98 {
            assert!(kll.quantiles(&[share + 0.01])[0] >= 0.0);
        }
        assert!(Kll::from_image(&kll.image(), 1).is_ok());
    }
}

#[test]
fn small_sketches_are_small() {
    let kll = of(&scrambled(100), 1024, 1);
    assert!(kll.recent.capacity() <= 256, "{}", kll.recent.capacity());
}

/// A stream of some kind: scattered, ascending, descending, skewed, or of few values.
fn stream(kind: u8, n: u32) -> Vec<f64> {
    let scattered = scrambled(n).into_iter();
    match kind {
        0 => scattered.collect(),
        1 => (0..n).map(f64::from).collect(),
        2 => (0..n).rev().map(f64::from).collect(),
        3 => scattered.map(|x| (x / 1e7).exp()).collect(),
        _ => scattered.map(|x| x % 7.0).collect(),
    }
}

/// How far a quantile's ranks, of which equal values make it have many, are from the one asked for.
fn distance(sorted: &[f64], quantile: f64, asked: f64) -> f64 {
    let n = sorted.len() as f64;
    let below = sorted.partition_point(|&x| x < quantile) as f64 / n;
    let up_to = sorted.partition_point(|&x| x <= quantile) as f64 / n;
    (below - asked).max(asked - up_to).max(0.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merged_streams_have_the_ranks_of_the_crate_s(
        parts in prop::collection::vec((0_u8..5, 1_u32..6000, any::<u64>()), 1..6),
    ) {
        const K: u16 = 200;
        let mut values = Vec::new();
        let (mut ours, mut theirs) = (Kll::new(K, 5), crate_of(&[], K));
        for &(kind, n, seed) in &parts {
            let part = stream(kind, n);
            ours.merge(&of(&part, K, seed));
            theirs.merge(&crate_of(&part, K)).unwrap();
            values.extend(part);
        }
        values.sort_by(f64::total_cmp);
        prop_assert_eq!(ours.n(), theirs.n());
        prop_assert_eq!(Some(ours.min()), theirs.min_item().map(|item| **item));
        prop_assert_eq!(Some(ours.max()), theirs.max_item().map(|item| **item));
        // Of a hundred sketches one may be off by more than the bound; none by three times as much.
        let most = 3.0 * ours.rank_error().0;
        for percent in 1..100 {
            let rank = f64::from(percent) / 100.0;
            let quantile = ours.quantiles(&[rank])[0];
            let crate_s = *theirs.quantile(rank, Exclusive).unwrap().unwrap();
            for (whose, quantile) in [("ours", quantile), ("theirs", crate_s)] {
                let off = distance(&values, quantile, rank);
                prop_assert!(off <= most, "{whose}: {quantile} is off by {off} at {rank}");
            }
        }
    }

    #[test]
    fn weights_add_up_through_any_updates_and_merges(
        parts in prop::collection::vec((1_u32..4000, 8_u16..300, any::<u64>()), 1..6),
    ) {
        let mut whole = Kll::new(200, 7);
        let mut n = 0;
        for &(len, k, seed) in &parts {
            let mut part = of(&scrambled(len), k, seed);
            part.add_equal(5.0, seed % 5000);
            n += u64::from(len) + seed % 5000;
            whole.merge(&part);
            prop_assert_eq!(whole.n(), n);
            prop_assert_eq!(total_weight(&whole), n);
            prop_assert!(whole.levels.iter().all(|level| level.is_sorted()));
            let image = whole.image();
            let read = Kll::from_image(&image, 1).unwrap();
            prop_assert_eq!(total_weight(&read), n);
            prop_assert_eq!(read.image(), image);
        }
    }

    /// Exactly: the same random choices on the same block.
    #[test]
    fn counted_values_are_the_sorted_block_of_them(
        before in 0_u32..5000,
        runs in prop::collection::vec(prop::collection::btree_map(-500_i32..500, 1_u64..40, 0..200), 1..6),
        k in 8_u16..300,
        seed in any::<u64>(),
    ) {
        let mut counted = of(&scrambled(before), k, seed);
        let mut blocks = counted.clone();
        for run in runs {
            let run: Vec<(f64, u64)> = run.into_iter().map(|(value, times)| (f64::from(value), times)).collect();
            counted.extend_counted(&run);
            let all: Vec<f64> = run.iter().flat_map(|&(value, times)| std::iter::repeat_n(value, times as usize)).collect();
            if blocks.levels.is_empty() && blocks.n + all.len() as u64 <= u64::from(k) {
                blocks.extend(all.iter().copied());
            } else if let (Some(&min), Some(&max)) = (all.first(), all.last()) {
                if blocks.levels.is_empty() {
                    blocks.fold();
                }
                blocks.add_block(all.iter().map(|&value| key(value)).collect());
                blocks.see(min, max, all.len() as u64);
            }
            prop_assert_eq!(counted.image(), blocks.image());
            prop_assert_eq!(total_weight(&counted), counted.n());
            prop_assert!(counted.levels.iter().all(|level| level.is_sorted()));
        }
    }

    #[test]
    fn any_bytes_are_refused_or_read(image in prop::collection::vec(any::<u8>(), 0..200), levels in 1_u8..5) {
        let mut framed = vec![6, 1, 15, 0, 8, 0, 8, 0];
        framed.extend(&image);
        if let Some(byte) = framed.get_mut(18) {
            *byte = levels;
        }
        for image in [image, framed] {
            if let Ok(mut kll) = Kll::from_image(&image, 1) {
                kll.extend([1.0, 2.0].into_iter());
            }
        }
    }
}
