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

/// Field `number` of a message, with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2], &varint(bytes.len())[..], bytes].concat()
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A file of these chunks, each of which `columns` names by its offset; they point to one path.
fn file(columns: &[usize], path: &str, chunks: &[u8]) -> Vec<u8> {
    let column = |(number, offset): (usize, &usize)| {
        let offsets = field(1, &varint(*offset));
        field(2, &[field(1, number.to_string().as_bytes()), field(2, &offsets)].concat())
    };
    let columns: Vec<u8> = columns.iter().enumerate().flat_map(column).collect();
    let header = [columns, field(5, &field(2, path.as_bytes()))].concat();
    [b"WHY1\0", &varint(header.len())[..], &header, chunks].concat()
}

#[test]
fn a_long_path_that_many_components_point_to_is_refused() {
    // A chunk with one component that has nothing but the number of its path.
    let chunk = [4, 8, 2, 0x18, 2, 0x0a, 0];
    let columns: Vec<usize> = (0..2000).map(|column| column * chunk.len()).collect();
    let chunks = chunk.repeat(columns.len());
    let short = Profile::deserialize(&file(&columns, "a path/of usual length", &chunks)).unwrap();
    assert_eq!(short.column_count(), columns.len());
    let error = Profile::deserialize(&file(&columns, &"long".repeat(10_000), &chunks)).unwrap_err();
    assert!(error.to_string().ends_with("its paths are too long for the file"), "{error}");
}

#[test]
fn a_chunk_with_a_long_header_is_read_once() {
    // Its header goes on with fields that nobody knows; its body is empty.
    let header = [[8, 2].as_slice(), &[0x78, 0].repeat(1000)].concat();
    let chunk = [varint(header.len()), header].concat();
    assert_eq!(Profile::deserialize(&file(&[0], "p", &chunk)).unwrap().column_count(), 1);
    let error = Profile::deserialize(&file(&[0, 0], "p", &chunk)).unwrap_err();
    assert!(error.to_string().ends_with("its chunks overlap with others"), "{error}");
}

/// An estimate far below what the registers say: the bounds still hold it.
#[test]
fn bounds_of_a_cardinality_lie_around_its_estimate() {
    let mut profile = Profile::new(ProfileSettings { hll_lg_k: 5, ..ProfileSettings::default() }, 0, 0, 1);
    let id = profile.column("x");
    profile.column_mut(id).add_integral(&(0..200).collect::<Vec<_>>());
    let mut bytes = profile.serialize();
    let image = bytes.windows(4).position(|window| window == [10, 1, 7, 5]).unwrap();
    bytes[image + 8..image + 16].copy_from_slice(&1e-3_f64.to_le_bytes());
    let read = Profile::deserialize(&bytes).unwrap().get("x").unwrap().cardinality().unwrap();
    assert!(read.lower <= read.estimate && read.estimate <= read.upper, "{read:?}");
}

/// It tells how far ranks may be off, which is no number for 0.
#[test]
fn a_smallest_k_that_cannot_be_is_refused() {
    let bytes = large().serialize();
    let image = bytes.windows(7).position(|window| window == [6, 1, 15, 0, 16, 0, 8]).unwrap();
    for (min_k, is_right) in [(16_u16, true), (8, true), (7, false), (0, false), (17, false)] {
        let mut damaged = bytes.clone();
        damaged[image + 16..image + 18].copy_from_slice(&min_k.to_le_bytes());
        assert_eq!(Profile::deserialize(&damaged).is_ok(), is_right, "{min_k}");
    }
}
