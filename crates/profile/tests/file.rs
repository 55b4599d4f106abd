//! The file: known bytes, what a reader must accept, what survives a round trip.

#[path = "support/raw.rs"]
mod raw;

use raw::{chunk, column, field, file, path};
use rolling_profiles_profile::{FormatError, Profile, ProfileSettings, Segment, SegmentHeader};

fn profile() -> Profile {
    Profile::new(ProfileSettings::default(), 86_400_000, 90_000_123, 1)
}

#[test]
fn a_profile_without_columns_is_22_bytes() {
    let bytes = Profile::new(ProfileSettings::default(), 1_700_000_000_000, 1_700_000_000_123, 1).serialize();
    assert_eq!(bytes.len(), 22);
    assert_eq!(bytes[..8], [b'W', b'H', b'Y', b'1', 0, 0x10, 0x0a, 0x0e]);
    assert_eq!(Profile::deserialize(&bytes).unwrap().dataset_timestamp_ms(), 1_700_000_000_000);
}

#[test]
fn a_column_of_the_integer_one_has_known_components() {
    let mut profile = profile();
    let id = profile.column("a");
    profile.column_mut(id).add_integral(&[1]);
    let bytes = profile.serialize();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(&[0x0a, 0x01, 0x61, 0x12, 0x03, 0x0a, 0x01, 0x00]), "the offset of the first column is written");
    assert!(holds(&[0x10, 0x00]), "a counter of 0 is written");
    assert!(holds(&[0x12, 0x04, 0x08, 0x01, 0x10, 0x01]), "ints/min: type id 1, value 1");
    assert!(holds(&[0x02, 0x01, 0x07, 0x0c, 0x03, 0x08, 0x01, 0x00, 0x2b, 0xf2, 0xfb, 0x06]), "cardinality");
    assert!(holds(&[0x02, 0x02, 0x0f, 0x04, 0x00, 0x04, 0x08, 0x00, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), "quantiles");
}

#[test]
fn empty_sketches_have_known_images() {
    let mut profile = profile();
    let id = profile.column("a");
    profile.column_mut(id).add_texts([""].into_iter());
    let bytes = profile.serialize();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(&[0x02, 0x01, 0x0f, 0x01, 0x00, 0x04, 0x08, 0x00]), "quantiles");
    assert!(holds(&[0x02, 0x01, 0x07, 0x0c, 0x03, 0x0c, 0x00, 0x00]), "cardinality");
    let item = [0x04, 0x01, 0x0a, 0x0a, 0x03, 0, 0, 0, 1, 0, 0, 0];
    assert!(holds(&item), "one frequent item");
}

#[test]
fn columns_are_written_in_ascending_order_whatever_order_they_came_in() {
    let write = |names: [&str; 3]| {
        let mut profile = profile();
        for name in names {
            let id = profile.column(name);
            profile.column_mut(id).add_numbers(&[1.0, 2.5]);
        }
        profile.serialize()
    };
    assert_eq!(write(["b", "é", "a"]), write(["é", "a", "b"]));
}

#[test]
fn times_before_1970_survive_and_the_field_stays_readable() {
    let early = Profile::new(ProfileSettings::default(), -86_400_000, 5, 1);
    let both = Profile::new(ProfileSettings::default(), -2, -1, 1);
    let times = |profile: &Profile| (profile.dataset_timestamp_ms(), profile.creation_timestamp_ms());
    assert_eq!(times(&Profile::deserialize(&both.serialize()).unwrap()), (-2, 0));
    let mut read = Profile::deserialize(&early.serialize()).unwrap();
    assert_eq!(read.dataset_timestamp_ms(), -86_400_000);
    assert!(read.metadata().is_empty());
    read.merge(&profile());
    assert_eq!(Profile::deserialize(&read.serialize()).unwrap().dataset_timestamp_ms(), -86_400_000);
    let mut later = profile();
    later.merge(&early);
    assert_eq!((later.dataset_timestamp_ms(), later.creation_timestamp_ms()), (-86_400_000, 5));
}

#[test]
fn the_reference_s_own_dataset_time_entry_is_kept() {
    let mut logged = profile();
    logged.metadata_mut().insert("whylogs.datasetTimestamp".into(), "86400000".into());
    let read = Profile::deserialize(&logged.serialize()).unwrap();
    assert_eq!(read.metadata()["whylogs.datasetTimestamp"], "86400000");
    assert_eq!(read.dataset_timestamp_ms(), 86_400_000);
}

#[test]
fn metadata_with_the_tag_prefix_is_written_among_the_tags() {
    let mut profile = profile();
    profile.metadata_mut().insert("whylogs.tag.color".into(), "red".into());
    profile.metadata_mut().insert("k".into(), "v".into());
    let read = Profile::deserialize(&profile.serialize()).unwrap();
    assert_eq!(read.tags().iter().collect::<Vec<_>>(), [(&"whylogs.tag.color".to_owned(), &"red".to_owned())]);
    assert_eq!(read.metadata().iter().collect::<Vec<_>>(), [(&"k".to_owned(), &"v".to_owned())]);
}

#[test]
fn a_segment_header_survives() {
    let mut profile = profile();
    *profile.segment_header_mut() = SegmentHeader {
        has_segments: true,
        segments: vec![Segment {
            tags: vec![("whylogs.tag.b".into(), "1.5".into()), ("whylogs.tag.a".into(), String::new())],
            partition_id: String::new(),
        }],
        offsets: vec![(0, 9)],
    };
    let bytes = profile.serialize();
    let read = Profile::deserialize(&bytes).unwrap();
    assert_eq!(read.segment_header(), profile.segment_header());
    assert_eq!(read.serialize(), bytes);
}

#[test]
fn chunks_may_come_in_any_order_and_a_column_may_have_several() {
    let first = chunk(&[(0, vec![16, 7])]);
    let second = chunk(&[(1, vec![16, 3])]);
    let other = chunk(&[(0, vec![16, 5])]);
    let b = first.len() as u8;
    let c = b + second.len() as u8;
    let header = [column("z", &[b, c]), column("a", &[0]), path(1, "types/string"), path(0, "counts/n")].concat();
    let chunks = [other, second, first, b"trailing".to_vec()].concat();
    let profile = Profile::deserialize(&file(&header, &chunks)).unwrap();
    assert_eq!(profile.get("z").unwrap().counts().n, 7);
    assert_eq!(profile.get("z").unwrap().types().string, 3);
    assert_eq!(profile.get("a").unwrap().counts().n, 5);
}

#[test]
fn components_of_unknown_metrics_pass_through_a_merge_untouched() {
    let unknown = [8, 0xac, 2, 0x52, 3, 1, 2, 3];
    let header = [column("a", &[0]), path(0, "custom/part"), path(1, "counts/n")].concat();
    let read = Profile::deserialize(&file(&header, &chunk(&[(0, unknown.to_vec()), (1, vec![16, 1])]))).unwrap();
    let mut merged = profile();
    let id = merged.column("a");
    merged.column_mut(id).add_nulls(2);
    merged.merge(&read);
    let bytes = merged.serialize();
    assert!(bytes.windows(unknown.len()).any(|window| window == unknown));
    let again = Profile::deserialize(&bytes).unwrap();
    assert!(again.get("a").unwrap().metric_paths().contains(&"custom/part".to_owned()));
    assert_eq!(again.get("a").unwrap().counts().n, 3);
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let read =
        |header: Vec<u8>, chunks: Vec<u8>| Profile::deserialize(&file(&header, &chunks)).unwrap_err().to_string();
    assert_eq!(Profile::deserialize(b"WHY2").unwrap_err(), FormatError::Magic);
    assert_eq!(Profile::deserialize(b"WH").unwrap_err(), FormatError::Magic);
    let truncated = Profile::deserialize(b"WHY1\0\x05").unwrap_err().to_string();
    assert_eq!(truncated, "the profile ends too early, in the profile header");
    let one = || [column("a", &[0]), path(0, "counts/n")].concat();
    assert_eq!(read(one(), chunk(&[(1, vec![16, 1])])), "column 'a': a component's index has no path");
    let wrong = read(one(), chunk(&[(0, vec![25, 0, 0, 0, 0, 0, 0, 0, 0])]));
    assert_eq!(wrong, "column 'a', component 'counts/n': the component holds another kind of value");
    assert_eq!(read(one(), chunk(&[(0, vec![])])), "column 'a', component 'counts/n': the component holds no value");
    assert_eq!(read(one(), vec![2, 8, 0]), "column 'a': its chunk is not one of a column");
    assert_eq!(read(column("a", &[9]), vec![]), "column 'a': its chunk lies beyond the end");
    let sketch = [column("a", &[0]), path(0, "distribution/kll")].concat();
    let message = read(sketch, chunk(&[(0, field(6, &field(1, &[5, 1, 15])))]));
    assert_eq!(message, "column 'a', sketch 'distribution/kll': the image is too short");
}

#[test]
fn a_header_that_names_one_chunk_many_times_is_refused() {
    let chunk = chunk(&[(0, vec![16, 1])]);
    let header = [column("a", &[0]), column("b", &[0]), path(0, "counts/n")].concat();
    let error = Profile::deserialize(&file(&header, &chunk)).unwrap_err();
    assert!(error.to_string().contains("overlap"), "{error}");
}
