//! Encodings of text, and their marks.

/// How text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(pub(crate) Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Read as it is.
    Utf8,
    Utf32 {
        is_big_endian: bool,
    },
    Other(&'static encoding_rs::Encoding),
}

/// Marks at the start of a text. That of UTF-32 begins with one of UTF-16.
const MARKS: [(&[u8], Kind); 5] = [
    (b"\xEF\xBB\xBF", Kind::Utf8),
    (b"\xFF\xFE\0\0", Kind::Utf32 { is_big_endian: false }),
    (b"\0\0\xFE\xFF", Kind::Utf32 { is_big_endian: true }),
    (b"\xFF\xFE", Kind::Other(encoding_rs::UTF_16LE)),
    (b"\xFE\xFF", Kind::Other(encoding_rs::UTF_16BE)),
];

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Self = Self(Kind::Utf8);

    /// The encoding that a label of the WHATWG's Encoding Standard names, or `utf-32le` or `utf-32be`. As there, `latin1` is `windows-1252`, which has
    /// characters where the former has controls.
    #[must_use]
    pub fn by_label(label: &str) -> Option<Self> {
        let label = label.trim();
        let is = |name: &str| label.eq_ignore_ascii_case(name);
        if is("utf-32le") || is("utf-32") {
            return Some(Self(Kind::Utf32 { is_big_endian: false }));
        }
        if is("utf-32be") {
            return Some(Self(Kind::Utf32 { is_big_endian: true }));
        }
        let found = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(Self(if found == encoding_rs::UTF_8 { Kind::Utf8 } else { Kind::Other(found) }))
    }

    /// What the mark says that `head` begins with, and how long that is.
    pub(crate) fn of_mark(head: &[u8]) -> Option<(Self, usize)> {
        MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map(|(mark, kind)| (Self(*kind), mark.len()))
    }
}
