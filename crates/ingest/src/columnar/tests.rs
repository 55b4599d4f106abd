//! Arrow's own writer as the source of bytes, and bytes that nobody would write.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryViewBuilder, Decimal256Builder, FixedSizeListBuilder, Float32Builder, Int32Builder, LargeListBuilder,
    ListBuilder, StringViewBuilder,
};
use arrow_array::types::{Int8Type, UInt8Type};
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float16Array, Int64Array, LargeStringArray, NullArray,
    RecordBatch, StringArray, TimestampNanosecondArray, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use proptest::prelude::*;
use rolling_profiles_profile::{Profile, ProfileSettings};

use super::{frame, ipc};
use crate::error::IngestError;
use crate::limits::IngestLimits;
use crate::table::Table;

const LIMITS: IngestLimits = IngestLimits {
    max_columns: 100,
    max_name_bytes: 100,
    max_value_bytes: 100,
    max_depth: 5,
    max_message_bytes: 1 << 20,
    keeps_rows: false,
};
const KINDS: [(&str, &str); 9] = [
    ("counts/n", "n"),
    ("counts/null", "null"),
    ("counts/nan", "nan"),
    ("types/integral", "integral"),
    ("types/fractional", "fractional"),
    ("types/boolean", "boolean"),
    ("types/string", "string"),
    ("types/object", "object"),
    ("types/tensor", "tensor"),
];

/// What each column counts: kinds and how many of each.
fn kinds(table: &Table) -> Vec<(String, String)> {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
    for (name, cells, missing) in table.columns() {
        let id = profile.column(name);
        cells.feed(profile.column_mut(id), missing);
    }
    let columns = table.columns().map(|(name, _, _)| {
        let summary = profile.get(name).unwrap().summary();
        let figure = |key: &str| summary.iter().find(|(known, _)| known == key).map_or(0.0, |(_, value)| *value);
        let counts = KINDS.iter().map(|(key, kind)| (kind, figure(key))).filter(|(_, count)| *count > 0.0);
        (name.to_owned(), counts.map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(" "))
    });
    columns.collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn written(batch: &RecordBatch, options: &IpcWriteOptions) -> [Vec<u8>; 2] {
    let mut stream = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options.clone()).unwrap();
    stream.write(batch).unwrap();
    let mut file = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options.clone()).unwrap();
    file.write(batch).unwrap();
    [stream.into_inner().unwrap(), file.into_inner().unwrap()]
}

fn read(bytes: &[u8]) -> Result<Table, IngestError> {
    ipc::read(bytes, &LIMITS)
}

fn many_types() -> RecordBatch {
    let long = "longer than twelve bytes";
    let mut views = StringViewBuilder::new();
    let mut bytes = BinaryViewBuilder::new();
    let mut lists = LargeListBuilder::new(Int32Builder::new());
    let mut nested = ListBuilder::new(FixedSizeListBuilder::new(Float32Builder::new(), 2));
    let mut wide = Decimal256Builder::new().with_precision_and_scale(40, 1).unwrap();
    for text in [Some("short"), None, Some(long)] {
        views.append_option(text);
        bytes.append_option(text);
        lists.append_option(text.map(|text| vec![Some(text.len() as i32); text.len() % 2]));
        nested.values().values().append_slice(&[1.0, 2.0]);
        nested.values().append(text.is_some());
        nested.append(true);
        wide.append_option(text.map(|text| (text.len() as i64).into()));
    }
    let dictionary = [Some(long), None, Some(long)].into_iter().collect::<DictionaryArray<UInt8Type>>();
    let decimals = Decimal128Array::from(vec![Some(15), None, Some(-1)]).with_precision_and_scale(10, 1).unwrap();
    let halves = [Some(1.5), None, Some(-2.0)].map(|value| value.map(half::f16::from_f64));
    batch(vec![
        ("views", Arc::new(views.finish())),
        ("bytes", Arc::new(bytes.finish())),
        ("lists", Arc::new(lists.finish())),
        ("nested", Arc::new(nested.finish())),
        ("wide", Arc::new(wide.finish())),
        ("dictionary", Arc::new(dictionary)),
        ("decimals", Arc::new(decimals)),
        ("halves", Arc::new(halves.into_iter().collect::<Float16Array>())),
        ("ints", Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MIN)]))),
        ("unsigned", Arc::new(UInt64Array::from(vec![1, u64::MAX, 2]))),
        ("bools", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("texts", Arc::new(StringArray::from(vec![Some("a"), None, Some("")]))),
        ("large", Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("")]))),
        ("times", Arc::new(TimestampNanosecondArray::from(vec![Some(1), None, Some(2)]))),
        ("nulls", Arc::new(NullArray::new(3))),
    ])
}

#[test]
fn each_type_counts_as_what_it_is_plain_and_compressed() {
    let lz4 = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    for options in [IpcWriteOptions::default(), lz4] {
        for bytes in written(&many_types(), &options) {
            let table = read(&bytes).unwrap();
            assert_eq!(table.rows(), 3);
            let expected = [
                ("views", "n 3 null 1 string 2"),
                ("bytes", "n 3 null 1 object 2"),
                ("lists", "n 3 null 1 object 1 tensor 1"),
                ("nested", "n 3 object 1 tensor 2"),
                ("wide", "n 3 null 1 fractional 2"),
                ("dictionary", "n 3 null 1 string 2"),
                ("decimals", "n 3 null 1 fractional 2"),
                ("halves", "n 3 null 1 fractional 2"),
                ("ints", "n 3 null 1 integral 2"),
                ("unsigned", "n 3 integral 2 fractional 1"),
                ("bools", "n 3 null 1 boolean 2"),
                ("texts", "n 3 null 1 string 2"),
                ("large", "n 3 null 1 string 2"),
                ("times", "n 3 null 1 object 2"),
                ("nulls", "n 3 null 3"),
            ];
            assert_eq!(kinds(&table), expected.map(|(name, kinds)| (name.to_owned(), kinds.to_owned())));
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_refused_or_read() {
    let lz4 = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    for options in [IpcWriteOptions::default(), lz4] {
        for bytes in written(&many_types(), &options) {
            for at in 0..bytes.len() {
                for change in [0x01, 0x40, 0xff] {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= change;
                    let _ = read(&damaged);
                }
            }
            for end in 0..bytes.len() {
                let _ = read(&bytes[..end]);
            }
        }
    }
}

#[test]
fn a_short_message_does_not_become_much() {
    // One long text, named by every index, and counted once.
    let text = "x".repeat(1 << 20);
    let indices = arrow_array::Int8Array::from(vec![0; 100_000]);
    let values: ArrayRef = Arc::new(StringArray::from(vec![text.as_str()]));
    let dictionary = DictionaryArray::<Int8Type>::try_new(indices, values).unwrap();
    let [stream, file] = written(&batch(vec![("d", Arc::new(dictionary))]), &IpcWriteOptions::default());
    for bytes in [stream, file] {
        let table = read(&bytes).unwrap();
        assert_eq!(kinds(&table), [("d".to_owned(), "n 100000 string 100000".to_owned())]);
        assert!(table.columns().all(|(_, cells, _)| cells.reserved_bytes() < 4096));
    }
    // The same text behind each of many views.
    let mut views = StringViewBuilder::new();
    let block = views.append_block(text.into_bytes().into());
    for start in 0..500_u32 {
        views.try_append_view(block, start, 1 << 19).unwrap();
    }
    let bytes = written(&batch(vec![("v", Arc::new(views.finish()))]), &IpcWriteOptions::default());
    assert!(read(&bytes[0]).unwrap_err().to_string().contains("too often"));
    // Rows that no byte stands behind.
    let rows = 4_000_000_000;
    let [stream, _] = written(&batch(vec![("n", Arc::new(NullArray::new(rows)))]), &IpcWriteOptions::default());
    assert_eq!(kinds(&read(&stream).unwrap()), [("n".to_owned(), format!("n {rows} null {rows}"))]);
    let [stream, _] =
        written(&batch(vec![("n", Arc::new(NullArray::new(5_000_000_000)))]), &IpcWriteOptions::default());
    assert!(read(&stream).is_err());
}

/// Many columns that name the same bytes are more than the message is.
#[test]
fn buffers_on_top_of_each_other_are_refused() {
    const ROWS: usize = 8192;
    const COLUMNS: usize = 64;
    let values: ArrayRef = Arc::new(Int64Array::from(vec![7; ROWS]));
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    let columns = names.iter().map(|name| (name.as_str(), Arc::clone(&values))).collect();
    let [stream, _] = written(&batch(columns), &IpcWriteOptions::default());
    let length = (ROWS * 8) as u64;
    let place = |numbers: &[u64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        (0..stream.len()).step_by(8).find(|&at| stream[at..].starts_with(&bytes)).unwrap()
    };
    let (total, body) = (place(&[length * COLUMNS as u64]), place(&[7, 7]));
    // Offset and length of each column's validity, of which there is none, and of its values.
    let buffers = place(&[0, 0, 0, length, length, 0, length, length]);
    let mut head = stream[..body].to_vec();
    head[total..total + 8].copy_from_slice(&length.to_le_bytes());
    for buffer in 0..2 * COLUMNS {
        head[buffers + 16 * buffer..][..8].fill(0);
    }
    let bytes = [&head, &stream[body..][..ROWS * 8], &stream[body + COLUMNS * ROWS * 8..]].concat();
    let error = read(&bytes).unwrap_err().to_string();
    assert!(error.contains("unpacks to too much"), "{error}");
    assert_eq!(read(&stream).unwrap().rows(), ROWS as u64);
}

#[test]
fn rows_without_columns_are_counted_but_not_kept_one_by_one() {
    let keeping = IngestLimits { keeps_rows: true, ..LIMITS };
    let bare = |rows: u32| [0x0143_5052, rows, 0, 0, 0, 0].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    let many: Vec<u8> = bare(u32::MAX);
    assert_eq!(frame::read(&many, &LIMITS).unwrap().rows(), u64::from(u32::MAX));
    assert!(frame::read(&many, &keeping).unwrap_err().to_string().contains("for its size"));
    let few: Vec<u8> = bare(1000);
    assert_eq!(frame::read(&few, &keeping).unwrap().rows(), 1000);
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(4_000_000_000));
    let schema = Arc::new(batch(vec![("a", Arc::new(NullArray::new(0)))]).schema().project(&[]).unwrap());
    let rows = RecordBatch::try_new_with_options(schema, Vec::new(), &options).unwrap();
    for bytes in written(&rows, &IpcWriteOptions::default()) {
        assert_eq!(read(&bytes).unwrap().rows(), 4_000_000_000);
        assert!(ipc::read(&bytes, &keeping).unwrap_err().to_string().contains("for its size"));
    }
}

#[test]
fn a_column_that_comes_twice_is_refused() {
    let one: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let [stream, file] = written(&batch(vec![("a", Arc::clone(&one)), ("a", one)]), &IpcWriteOptions::default());
    for bytes in [stream, file] {
        assert!(read(&bytes).unwrap_err().to_string().contains("twice"));
    }
}

#[test]
fn zeros_unpack_within_bounds_only() {
    let lz4 = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).unwrap();
    let zeros = |n: usize| batch(vec![("z", Arc::new(Int64Array::from(vec![0; n])) as ArrayRef)]);
    assert_eq!(read(&written(&zeros(1000), &lz4)[0]).unwrap().rows(), 1000);
    let error = read(&written(&zeros(1 << 20), &lz4)[0]).unwrap_err();
    assert!(error.to_string().contains("unpacks"), "{error}");
}

/// A frame of one column without a name.
fn framed(rows: u32, description: &[u32], buffers: &[&[u8]]) -> Vec<u8> {
    let mut words = vec![0x0143_5052, rows, 1, description.len() as u32 + 2, buffers.len() as u32, 0, 0, 1];
    words.extend(description);
    words.extend(buffers.iter().map(|buffer| buffer.len() as u32));
    let mut bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    for buffer in buffers {
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(*buffer);
    }
    bytes
}

#[test]
fn frames_are_read_by_their_description() {
    let numbers: Vec<u8> = [1.0_f64, 5.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let fed = |bytes: &[u8]| kinds(&frame::read(bytes, &LIMITS).unwrap())[0].1.clone();
    assert_eq!(fed(&framed(2, &[3, 2, 0, 0, 0, 8], &[&numbers])), "n 2 fractional 2");
    assert_eq!(fed(&framed(2, &[3, 2, 2, 1, 0, 8], &[&numbers, &[0b10]])), "n 2 null 1 fractional 1");
    assert_eq!(
        fed(&framed(9, &[10, 1, 2, 3, 1, 0, 0, 1, 1, 1, 1, 1], &[&numbers, &[]])),
        "n 9 null 1 integral 2 boolean 5 object 1"
    );
    assert_eq!(fed(&framed(2, &[8, 2, 0, 0, 1, 3, 2, 0, 0, 0, 8], &[&numbers])), "n 2 tensor 2");
    assert_eq!(fed(&framed(1, &[9, 1, 0, 0], &[])), "n 1 object 1");
    for wrong in [
        framed(3, &[3, 2, 0, 0, 0, 8], &[&numbers]),
        framed(3, &[3, 3, 0, 0, 0, 8], &[&numbers]),
        framed(2, &[3, 2, 0, 0, 0, 3], &[&numbers]),
        framed(2, &[3, 2, 0, 0, 1, 8], &[&numbers]),
        framed(2, &[3, 2, 1, 127, 0, 8], &[&numbers]),
        framed(2, &[3, 2, 0], &[&numbers]),
        framed(1, &[99, 1, 0, 0], &[]),
        framed(
            1,
            &[8, 1, 0, 0, 1, 8, 1, 0, 0, 1, 8, 1, 0, 0, 1, 8, 1, 0, 0, 1, 8, 1, 0, 0, 1, 8, 1, 0, 0, 1, 9, 1, 0, 0],
            &[],
        ),
        framed(1, &[6, 1, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0], &[&[0]]),
    ] {
        assert!(frame::read(&wrong, &LIMITS).is_err(), "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_frame_panics(
        rows in 0_u32..4,
        words in prop::collection::vec(prop_oneof![8 => 0_u32..12, 1 => any::<u32>()], 0..24),
        buffers in prop::collection::vec(prop::collection::vec(prop_oneof![4 => Just(0_u8), 1 => any::<u8>()], 0..40), 0..4),
    ) {
        let buffers = buffers.iter().map(Vec::as_slice).collect::<Vec<_>>();
        let _ = frame::read(&framed(rows, &words, &buffers), &LIMITS);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = frame::read(&bytes, &LIMITS);
        let _ = ipc::read(&bytes, &LIMITS);
        let _ = ipc::read(&[b"ARROW1\0\0", &bytes[..], b"ARROW1"].concat(), &LIMITS);
    }
}
