//! Damaged files: an error or a profile that works, never a panic.

use rolling_profiles_profile::{Profile, ProfileSettings};

fn small() -> Profile {
    let mut profile = Profile::new(ProfileSettings::default(), 86_400_000, 90_000_123, 1);
    profile.metadata_mut().insert("k".into(), "v".into());
    let id = profile.column("all");
    let column = profile.column_mut(id);
    column.add_numbers(&[1.0, 2.5, -7.0, 1e9]);
    column.add_texts(["a", "bc", "é"].into_iter());
    column.add_bools(2, 1);
    column.add_nulls(1);
    profile
}

/// Sketches past their first form: levels, dense registers with exceptions, a purged table.
fn large() -> Profile {
    let settings = ProfileSettings { hll_lg_k: 5, kll_k: 16, fi_lg_max: 4, ..ProfileSettings::default() };
    let mut profile = Profile::new(settings, 0, 0, 3);
    let id = profile.column("x");
    let column = profile.column_mut(id);
    column.add_integral(&(0..3000).map(|i| i * i % 1009).collect::<Vec<_>>());
    column.add_fractional(&[0.5; 33]);
    profile
}

/// Whatever could be read must also work.
fn try_it(bytes: &[u8], healthy: &Profile) -> bool {
    let Ok(mut read) = Profile::deserialize(bytes) else { return false };
    let written = read.serialize();
    let names: Vec<String> = read.columns().map(|(name, _)| name.to_owned()).collect();
    for name in &names {
        let id = read.column(name);
        let column = read.column_mut(id);
        let _ = (column.summary(), column.frequent_items(), column.quantiles(&[0.0, 0.5, 1.0]));
        column.add_integral(&[1, -5, 77]);
        column.add_texts(["new"].into_iter());
        column.add_bools(3000, 1);
    }
    let mut merged = healthy.clone();
    merged.merge(&read);
    read.merge(healthy);
    read.merge(&read.clone());
    let _ = (read.serialize(), merged.serialize());
    Profile::deserialize(&written).expect("what was written can be read");
    true
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    for profile in [small(), large()] {
        let bytes = profile.serialize();
        for len in 0..bytes.len() {
            assert!(Profile::deserialize(&bytes[..len]).is_err(), "cut at {len} of {}", bytes.len());
        }
    }
}

#[test]
fn a_file_with_any_bit_flipped_is_refused_or_works() {
    for healthy in [small(), large()] {
        let bytes = healthy.serialize();
        let mut readable = 0;
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            readable += usize::from(try_it(&damaged, &healthy));
        }
        assert!(readable > 0, "names, counts and the like are free");
    }
}

#[test]
fn a_file_with_any_byte_at_an_extreme_is_refused_or_works() {
    for healthy in [small(), large()] {
        let bytes = healthy.serialize();
        for at in 0..bytes.len() {
            for extreme in [0, 0x7f, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = extreme;
                try_it(&damaged, &healthy);
            }
        }
    }
}

#[test]
fn lengths_and_counts_far_beyond_the_file_are_refused() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    for prefix in [&b"WHY1"[..], b"WHY1\0", b"WHY1\0\x0b\x12"] {
        let bytes = [prefix, &huge].concat();
        assert!(Profile::deserialize(&bytes).is_err());
    }
}
