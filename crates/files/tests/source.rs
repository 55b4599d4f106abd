//! Sources of all kinds: packed, encoded, by pipe; and what is refused of them.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_engine::TimeWindow;
use rolling_profiles_files::{
    Delivery, Encoding, Format, ReadOptions, Report, Source, SourceError, Totals, read_source,
};
use rolling_profiles_testkit::{NOW_MS, Rig, settings};

fn options() -> ReadOptions {
    ReadOptions { parcel_bytes: 64, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) }
}

struct Outcome {
    report: Arc<Report>,
    totals: Totals,
    end: Result<(), SourceError>,
}

impl Outcome {
    /// Why it was not read to its end.
    fn reason(self) -> String {
        match self.end {
            Err(SourceError::Unreadable { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Rows and records left out, of a source that was read.
    fn counts(self) -> (u64, u64) {
        self.end.unwrap();
        (self.totals.rows, self.totals.left_out)
    }
}

fn read(source: Source, options: ReadOptions) -> Outcome {
    let rig = Rig::new(&settings(2));
    let dataset = rig.dataset("d", Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).unwrap();
    let report = Arc::new(Report::default());
    let end = read_source(source, &Arc::new(options), &mut Delivery::new(&mut sender, &report, &|| false));
    rig.status();
    Outcome { totals: report.totals(), report, end }
}

fn stream(bytes: &[u8], name: &str) -> Source {
    Source::Stream { bytes: Box::new(std::io::Cursor::new(bytes.to_vec())), name: name.to_owned() }
}

fn of_stream(bytes: &[u8], name: &str) -> Outcome {
    read(stream(bytes, name), options())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |text, at| text + &format!("{{\"a\":{at},\"é\":\"ü{at}\"}}\n"))
}

/// A file without a name that holds `bytes`, at its start.
fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

#[test]
fn packed_data_of_several_members_are_read_to_their_end() {
    let half = lines(3000);
    let tape = [gzip(half.as_bytes()), vec![0; 1000], gzip(half.as_bytes()), vec![0; 300_000]].concat();
    let frames = [zstd(half.as_bytes()), zstd(b""), zstd(half.as_bytes())].concat();
    for packed in [tape, frames] {
        let outcome = of_stream(&packed, "x.ndjson.gz");
        assert_eq!((outcome.report.bytes_read(), outcome.report.size()), (packed.len() as u64, None));
        assert_eq!(outcome.report.format(), Some(Format::Ndjson));
        assert_eq!(outcome.counts(), (6000, 0));
        let outcome = read(Source::File { file: file(&packed), name: "x.ndjson".to_owned() }, options());
        assert_eq!(outcome.report.size(), Some(packed.len() as u64));
        assert_eq!(outcome.counts(), (6000, 0));
    }
}

#[test]
fn damaged_data_are_told_and_what_came_before_counts() {
    let text = lines(20_000);
    for (name, packed) in [("gzip", gzip(text.as_bytes())), ("zstd", zstd(text.as_bytes()))] {
        for cut in [5, 20, packed.len() / 2, packed.len() - 1] {
            let outcome = of_stream(&packed[..cut], "x.ndjson");
            let rows = outcome.totals.rows;
            assert!(rows < 20_000 && (cut < packed.len() / 2 || rows > 0), "{name} {cut}: {rows}");
            assert_eq!(outcome.reason(), format!("damaged {name} data: it breaks off"), "{cut}");
        }
        let mut turned = packed.clone();
        turned[packed.len() / 2..packed.len() / 2 + 40].fill(0x55);
        let reason = of_stream(&turned, "x.ndjson").reason();
        assert!(reason.starts_with(&format!("damaged {name} data: ")), "{reason}");
        let with_more = [&packed[..], b"more"].concat();
        let outcome = of_stream(&with_more, "x.ndjson");
        assert!(outcome.totals.rows > 19_000, "all parcels but the last");
        assert!(outcome.reason().starts_with(&format!("damaged {name} data: ")));
    }
}

#[test]
fn a_source_that_fails_is_no_damage() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let text = lines(20_000);
    for packed in [gzip(text.as_bytes()), zstd(text.as_bytes()), text.into_bytes()] {
        let start = std::io::Cursor::new(packed[..packed.len() / 2].to_vec());
        let source = Source::Stream { bytes: Box::new(start.chain(Failing)), name: "x.ndjson".to_owned() };
        match read(source, options()).end {
            Err(SourceError::Io(error)) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn encodings_by_mark_and_by_label() {
    let text = format!("\u{feff}{}", lines(5000));
    let utf16 = |turn: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(turn).collect::<Vec<u8>>();
    let utf32 = |turn: fn(u32) -> [u8; 4]| text.chars().flat_map(|at| turn(u32::from(at))).collect::<Vec<u8>>();
    let marked = [
        text.clone().into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        utf32(u32::to_le_bytes),
        utf32(u32::to_be_bytes),
    ];
    for bytes in marked {
        assert_eq!(of_stream(&bytes, "x.ndjson").counts(), (5000, 0));
        assert_eq!(of_stream(&gzip(&bytes), "x.ndjson.gz").counts(), (5000, 0));
    }
    let latin1: Vec<u8> = text.chars().skip(1).map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let asked = ReadOptions { encoding: Encoding::by_label("latin1"), ..options() };
    let outcome = read(stream(&latin1, "x.ndjson"), asked);
    assert_eq!(outcome.totals.columns, ["a", "é"]);
    assert_eq!(outcome.counts(), (5000, 0));
    assert_eq!(of_stream(&latin1, "x.ndjson").reason(), "it is not UTF-8; the option encoding says what it is");
    let unmarked = &utf16(u16::to_be_bytes)[2..];
    let reason = "it looks like UTF-16 without a byte-order mark: the option encoding, utf-16be, reads it";
    assert_eq!(of_stream(unmarked, "x.ndjson").reason(), reason);
    let asked = ReadOptions { encoding: Encoding::by_label("utf-16be"), ..options() };
    assert_eq!(read(stream(unmarked, "x.ndjson"), asked).counts(), (5000, 0));
}

#[test]
fn a_record_with_what_is_no_character_is_left_out_and_told() {
    let mut units: Vec<u16> = lines(10).encode_utf16().collect();
    // Within the text of the third record.
    let at = units.iter().enumerate().filter(|(_, unit)| **unit == u16::from(b'{')).nth(2).unwrap().0 + 13;
    units[at] = 0xD800;
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(units).flat_map(u16::to_le_bytes).collect();
    let outcome = of_stream(&bytes, "x.ndjson");
    assert_eq!(outcome.totals.complaints.iter().map(|complaint| complaint.place).collect::<Vec<_>>(), [3]);
    assert_eq!(outcome.counts(), (9, 1));
}

#[test]
fn what_is_not_read_says_why() {
    for (bytes, name, reason) in [
        (&b""[..], "x.csv", "the input is empty"),
        (&gzip(b""), "x.csv.gz", "the input is empty"),
        (b"BZh91AY&SY....", "x.csv.bz2", "it is bzip2 data, which is not read: unpack it first"),
        (b"\xfd7zXZ\0...", "x.csv", "it is xz data, which is not read: unpack it first"),
        (b"\x89PNG\r\n\0\0\0\rIHDR", "x", "it is neither text, Parquet nor Arrow"),
        (&gzip(&gzip(b"a,b\n")), "x.csv.gz.gz", "it is packed twice"),
    ] {
        assert_eq!(of_stream(bytes, name).reason(), reason, "{name}");
    }
    // What is called a format is read as that.
    let outcome = of_stream(b"{\"a\":1}\n{\"a\":\"\0\"}\n{\"a\":2}\n", "x.ndjson");
    assert_eq!(outcome.counts(), (2, 1));
    let asked = ReadOptions { format: Some(Format::Ndjson), ..options() };
    assert_eq!(read(stream(b"{\"a\":1}\n", "x.csv"), asked).counts(), (1, 0));
}

/// A Parquet file of one column with `count` numbers.
fn parquet(count: i64) -> Vec<u8> {
    use parquet::data_type::Int64Type;
    use parquet::file::writer::SerializedFileWriter;
    let schema = parquet::schema::parser::parse_message_type("message m { REQUIRED INT64 a; }").unwrap();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&(0..count).collect::<Vec<_>>(), None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_is_read_packed_and_from_what_cannot_be_sought() {
    let bytes = parquet(100_000);
    assert_eq!(read(Source::File { file: file(&bytes), name: "x".to_owned() }, options()).counts(), (100_000, 0));
    for bytes in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
        let outcome = of_stream(&bytes, "x.csv");
        assert_eq!(outcome.report.format(), Some(Format::Parquet));
        assert_eq!(outcome.report.bytes_read(), bytes.len() as u64);
        assert_eq!(outcome.counts(), (100_000, 0));
    }
    let packed = gzip(&bytes);
    let reason = of_stream(&packed[..packed.len() / 2], "x.parquet.gz").reason();
    assert_eq!(reason, "damaged gzip data: it breaks off");
}

#[test]
fn text_is_csv_where_nothing_says_otherwise() {
    for (bytes, name, format, rows) in [
        (&b"a,b\n1,2\n3,4\n"[..], "x", Format::Csv, 2),
        (b"a\tb\n1\t2\n", "x.tsv", Format::Tsv, 1),
        (b"[{\"a\":1},{\"a\":2}]", "-", Format::Json, 2),
        (b"{\"a\":1}\n{\"a\":2}\n", "x.txt", Format::Ndjson, 2),
        (b"\xff\xfea\0\n\x001\0\n\0", "x.csv", Format::Csv, 1),
    ] {
        for packed in [bytes.to_vec(), gzip(bytes), zstd(bytes)] {
            let outcome = of_stream(&packed, name);
            assert_eq!(outcome.report.format(), Some(format), "{name}");
            assert_eq!(outcome.counts(), (rows, 0), "{name}");
        }
    }
    let latin1 = b"name,n\nM\xfcller,1\nM\xf6ller,2\nM\xe4ller,3\n";
    assert_eq!(of_stream(latin1, "x.csv").reason(), "it is not UTF-8; the option encoding says what it is");
    let one = b"name,n\nM\xfcller,1\nMoeller,2\nMeller,3\n";
    let outcome = of_stream(one, "x.csv");
    assert_eq!(outcome.totals.complaints.iter().map(|complaint| complaint.place).collect::<Vec<_>>(), [2]);
    assert_eq!(outcome.counts(), (2, 1));
}

#[test]
fn a_nul_makes_no_difference_wherever_it_is() {
    let row = "2,y\n".repeat(50_000);
    let early = format!("a,b\n1,x\n2,y\0y\n{row}");
    let late = format!("a,b\n1,x\n{row}2,y\0y\n");
    for text in [early, late] {
        assert_eq!(of_stream(text.as_bytes(), "x.csv").counts(), (50_002, 0));
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_folders() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let packed = gzip(lines(30_000).as_bytes());
    let length = packed.len() as u64;
    let writing = std::thread::spawn(move || writer.write_all(&packed));
    let file = File::from(std::os::fd::OwnedFd::from(reader));
    let outcome = read(Source::File { file, name: "/dev/fd/63.ndjson".to_owned() }, options());
    writing.join().unwrap().unwrap();
    assert_eq!((outcome.report.bytes_read(), outcome.report.size()), (length, None));
    assert_eq!(outcome.counts(), (30_000, 0));
    let folder = Source::File { file: File::open(std::env::temp_dir()).unwrap(), name: "/tmp".to_owned() };
    match read(folder, options()).end {
        Err(SourceError::Io(error)) => assert_eq!(error.kind(), std::io::ErrorKind::IsADirectory),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(
        start in prop::sample::select(vec![&b""[..], b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"PAR1"]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        name in prop::sample::select(vec!["x", "x.ndjson", "x.csv", "x.json", "x.parquet"]),
    ) {
        let all = [start, &bytes].concat();
        let outcome = of_stream(&all, name);
        prop_assert!(outcome.end.is_ok() || matches!(outcome.end, Err(SourceError::Unreadable { .. })), "{:?}", outcome.end);
    }

    #[test]
    fn however_packed_the_records_are_the_same(count in 1..300_usize, cut in 0..2000_usize, is_gzip in any::<bool>()) {
        let text = lines(count);
        let at = cut.min(text.len());
        let pack = if is_gzip { gzip } else { zstd };
        let packed = [pack(&text.as_bytes()[..at]), pack(&text.as_bytes()[at..])].concat();
        prop_assert_eq!(of_stream(&packed, "x.ndjson").counts(), (count as u64, 0));
    }
}
