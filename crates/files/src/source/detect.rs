//! What a source is: by its first bytes, then its name, then its content.

use memchr::memchr_iter;

use super::unpack::Packing;
use crate::encoding::Encoding;
use crate::options::Format;

/// What the first bytes say whatever the name is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Magic {
    Packed(Packing),
    Format(Format),
    /// Data of a kind that is not read, and what it is called.
    Foreign(&'static str),
}

/// Records of which a start of a source is judged.
const JUDGED_RECORDS: usize = 1000;

/// What `head` begins with, if it is any of these.
pub(super) fn magic(head: &[u8]) -> Option<Magic> {
    Some(match head {
        [0x1F, 0x8B, ..] => Magic::Packed(Packing::Gzip),
        // A frame, or one to skip.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Magic::Packed(Packing::Zstd),
        [b'P', b'A', b'R', b'1' | b'E', ..] => Magic::Format(Format::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xFF, 0xFF, 0xFF, 0xFF, ..] => Magic::Format(Format::Arrow),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Magic::Foreign("bzip2 data"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Magic::Foreign("xz data"),
        [0x04, 0x22, 0x4D, 0x18, ..] => Magic::Foreign("lz4 data"),
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => Magic::Foreign("a 7z archive"),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Magic::Foreign("a zip archive (as .xlsx is one)"),
        _ => return None,
    })
}

/// What the ending of a name says, of which `.gz` and `.zst` do not count.
pub(super) fn by_name(name: &str) -> Option<Format> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let name = [".gz", ".zst", ".zstd"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        "ndjson" | "jsonl" => Format::Ndjson,
        "json" => Format::Json,
        "parquet" => Format::Parquet,
        "arrow" | "arrows" | "feather" => Format::Arrow,
        _ => return None,
    })
}

/// What a text begins with says.
pub(super) fn by_content(text: &[u8]) -> Format {
    // JSON text sequences have a record separator before each value.
    let blank = b" \t\r\n\x1E";
    match text.iter().find(|byte| !blank.contains(byte)) {
        Some(b'[' | b'{') => Format::Json,
        _ => Format::Csv,
    }
}

/// The encoding of a text without a mark that looks like UTF-16: mostly Latin letters, whose other bytes are NUL.
pub(super) fn looks_like_utf16(head: &[u8]) -> Option<&'static str> {
    let pairs = head.len() / 2;
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if pairs > 1 && odd > pairs / 2 && even < odd / 8 + 1 {
        return Some("utf-16le");
    }
    (pairs > 1 && even > pairs / 2 && odd < even / 8 + 1).then_some("utf-16be")
}

/// Whether more than half of the first records are no UTF-8. The start of a source is judged, so that nothing of it counts then.
pub(super) fn is_mostly_no_utf8(head: &[u8], is_whole: bool, format: Format) -> bool {
    // JSON may have all its records in one line.
    let end = if format == Format::Json { b'}' } else { b'\n' };
    let last = memchr_iter(end, head).next_back().map_or(head.len(), |at| at + 1);
    let judged = if is_whole { head } else { head.get(..last).unwrap_or(head) };
    let (mut good, mut bad) = (0_usize, 0_usize);
    let records = judged.split(|&byte| byte == end).filter(|record| !record.trim_ascii().is_empty());
    for record in records.take(JUDGED_RECORDS) {
        match str::from_utf8(record) {
            Ok(_) => good += 1,
            // One that was cut by the end of what was read.
            Err(error) if !is_whole && error.error_len().is_none() => good += 1,
            Err(_) => bad += 1,
        }
    }
    bad > good
}

/// What `head` says of its encoding, or else the `asked` one, and how long the mark is.
pub(super) fn encoding(head: &[u8], asked: Option<Encoding>) -> (Encoding, usize) {
    Encoding::of_mark(head).unwrap_or((asked.unwrap_or(Encoding::UTF_8), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_whatever_the_name() {
        for (head, found) in [
            (&b"\x1f\x8b\x08"[..], Some(Magic::Packed(Packing::Gzip))),
            (b"\x28\xb5\x2f\xfd\x04", Some(Magic::Packed(Packing::Zstd))),
            (b"\x50\x2a\x4d\x18", Some(Magic::Packed(Packing::Zstd))),
            (b"PAR1\x15", Some(Magic::Format(Format::Parquet))),
            (b"PARE", Some(Magic::Format(Format::Parquet))),
            (b"ARROW1\0\0", Some(Magic::Format(Format::Arrow))),
            (b"\xff\xff\xff\xff\x10\0\0\0", Some(Magic::Format(Format::Arrow))),
            (b"BZh91AY&SY", Some(Magic::Foreign("bzip2 data"))),
            (b"PK\x03\x04", Some(Magic::Foreign("a zip archive (as .xlsx is one)"))),
            (b"BZh9,x\n", None),
            (b"PARTS,x\n", None),
            (b"\x1f", None),
            (b"", None),
        ] {
            assert_eq!(magic(head), found, "{head:?}");
        }
    }

    #[test]
    fn names_tell_by_their_ending() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("in.d/a.CSV.gz", Some(Format::Csv)),
            ("a.tsv", Some(Format::Tsv)),
            ("a.b.jsonl.zst", Some(Format::Ndjson)),
            ("a.json", Some(Format::Json)),
            ("a.parquet", Some(Format::Parquet)),
            ("a.feather", Some(Format::Arrow)),
            ("csv", None),
            ("a.csv/b", None),
            ("C:\\a.csv\\b", None),
            ("a.txt", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(by_name(name), format, "{name}");
        }
    }

    #[test]
    fn content_tells_where_the_name_does_not() {
        for text in ["[\n", " \n{\"a\":1}", "\x1e{\"a\":1}\n"] {
            assert_eq!(by_content(text.as_bytes()), Format::Json, "{text}");
        }
        for text in ["a;b\n1;2", "1", "\"a\",\"b\"", "", "\u{a0}["] {
            assert_eq!(by_content(text.as_bytes()), Format::Csv, "{text}");
        }
    }

    #[test]
    fn utf16_is_seen_without_its_mark() {
        let le: Vec<u8> = "a,b\n1,é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "a,b\n1,é\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((looks_like_utf16(&le), looks_like_utf16(&be)), (Some("utf-16le"), Some("utf-16be")));
        assert_eq!(looks_like_utf16(b"a,b\n1,x\0\n"), None);
        assert_eq!(looks_like_utf16(&[0; 100]), None);
        assert_eq!(looks_like_utf16(b""), None);
    }

    #[test]
    fn more_than_half_of_the_records_must_be_no_utf8() {
        let judged = |text: &[u8]| is_mostly_no_utf8(text, true, Format::Csv);
        assert!(judged(b"name,n\nM\xfcller,1\nM\xf6ller,2\n"));
        assert!(!judged(b"name,n\nM\xfcller,1\n\n\n"));
        assert!(!judged("é\n".repeat(10).as_bytes()));
        assert!(!judged(b""));
        let thousand_good = [b"x\n".repeat(600), b"\xff\n".repeat(600)].concat();
        assert!(!judged(&thousand_good), "of the first thousand");
        assert!(!is_mostly_no_utf8(b"a\n\xff", false, Format::Csv), "the last may go on");
        assert!(!is_mostly_no_utf8(b"\xc3", false, Format::Csv), "a character that was cut");
        let json = b"[{\"a\":1},{\"a\":\"\xff\"},{\"a\":2}]";
        assert!(!is_mostly_no_utf8(json, true, Format::Json));
        assert!(is_mostly_no_utf8(json, true, Format::Ndjson));
    }
}
