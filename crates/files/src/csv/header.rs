//! What the first lines say: how lines end, what separates fields, what the columns are called.

use std::collections::{HashMap, HashSet};

use memchr::memchr;

/// The delimiters that are recognised by themselves, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// So many records must agree that a header of one field is a title.
const WITNESSES: usize = 10;

/// CR alone ends lines only where there is one, and no LF: as files of old have it. `head` is the start of the source.
pub(super) fn line_end(head: &[u8], is_all: bool) -> u8 {
    // A last CR may be the first half of an end.
    let certain = if is_all { head } else { head.get(..head.len().saturating_sub(1)).unwrap_or_default() };
    if memchr(b'\n', head).is_none() && memchr(b'\r', certain).is_some() { b'\r' } else { b'\n' }
}

/// The delimiter that a line `sep=;` names, as Excel reads and writes it.
pub(super) fn named_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let [name @ .., b'=', delimiter] = line else { return None };
    (name.eq_ignore_ascii_case(b"sep") && may_separate(*delimiter)).then_some(*delimiter)
}

/// Whether fields can be separated by it.
pub(super) const fn may_separate(delimiter: u8) -> bool {
    delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && !matches!(delimiter, b'"' | b'\r' | b'\n')
}

/// The delimiter of whole lines, the first of which is the header: the one that occurs most often there, outside quotes.
///
/// Where none does, the header may be a title above the table: then it is the one that all records behind have, equally often. So these are told as what they
/// are, instead of being taken for texts.
pub(super) fn delimiter(head: &[u8], line_end: u8) -> u8 {
    let mut records = Records { bytes: head, line_end };
    let header = records.next().unwrap_or_default();
    let commonest = |record: &[u8]| {
        let counts = DELIMITERS.map(|delimiter| count(record, delimiter));
        let most = counts.into_iter().max().filter(|most| *most > 0)?;
        DELIMITERS.into_iter().zip(counts).find(|(_, count)| *count == most)
    };
    if let Some((delimiter, _)) = commonest(header) {
        return delimiter;
    }
    let filled = records.filter(|record| !record.trim_ascii().is_empty());
    let witnesses: Vec<&[u8]> = filled.take(WITNESSES).collect();
    let found = witnesses.first().filter(|_| witnesses.len() > 1).and_then(|first| commonest(first));
    match found {
        Some((delimiter, times)) if witnesses.iter().all(|record| count(record, delimiter) == times) => delimiter,
        _ => DELIMITERS[0],
    }
}

/// How often `wanted` stands outside quotes.
fn count(record: &[u8], wanted: u8) -> usize {
    Outside::of(record).filter(|(_, byte)| *byte == wanted).count()
}

/// The bytes outside quotes, roughly: whatever the delimiter, a quote opens a field behind what may be one.
struct Outside<'a> {
    bytes: std::iter::Enumerate<std::slice::Iter<'a, u8>>,
    quoted: bool,
    at_start: bool,
}

impl<'a> Outside<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter().enumerate(), quoted: false, at_start: true }
    }
}

impl Iterator for Outside<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<(usize, u8)> {
        loop {
            let (at, &byte) = self.bytes.next()?;
            let toggles = byte == b'"' && (self.quoted || self.at_start);
            self.quoted ^= toggles;
            // A doubled quote closes and opens.
            self.at_start = toggles || DELIMITERS.contains(&byte) || matches!(byte, b'\r' | b'\n');
            if !self.quoted && !toggles {
                return Some((at, byte));
            }
        }
    }
}

/// Records without their ends.
struct Records<'a> {
    bytes: &'a [u8],
    line_end: u8,
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.bytes.is_empty() {
            return None;
        }
        let end = Outside::of(self.bytes).find(|(_, byte)| *byte == self.line_end).map(|(at, _)| at);
        // A quote that is never closed costs its line alone.
        let end = end.or_else(|| memchr(self.line_end, self.bytes)).unwrap_or(self.bytes.len());
        let record = self.bytes.get(..end);
        self.bytes = self.bytes.get(end.saturating_add(1)..).unwrap_or_default();
        record
    }
}

/// Header fields as column names: one without a name is called by its place, a repeated one gets a number.
pub(super) fn column_names(header: &[String]) -> Vec<String> {
    let mut seen: HashSet<String> = HashSet::new();
    // Where counting goes on for a name, so that many of one name cost no more than others.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let name_of = |(index, field): (usize, &String)| {
        let name = match field.trim() {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        };
        let mut unique = name.clone();
        while !seen.insert(unique.clone()) {
            let number = numbers.entry(name.clone()).or_insert(2);
            unique = format!("{name}_{number}");
            *number += 1;
        }
        unique
    };
    header.iter().enumerate().map(name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        let header = [" a ", "", "a", "a", "__proto__"].map(str::to_owned);
        assert_eq!(column_names(&header), ["a", "column_2", "a_2", "a_3", "__proto__"]);
        let header = ["a", "a_2", "a", "a"].map(str::to_owned);
        assert_eq!(column_names(&header), ["a", "a_2", "a_3", "a_4"]);
    }

    #[test]
    fn many_columns_of_one_name_cost_no_more_than_others() {
        let names = column_names(&vec!["a".to_owned(); 200_000]);
        assert_eq!(names.last().map(String::as_str), Some("a_200000"));
    }

    #[test]
    fn the_delimiter_is_the_commonest_of_the_header() {
        for (head, expected) in [
            ("a;b;\"c,d,e,f\"\n1,2;3;4", b';'),
            ("a\tb,c\td", b'\t'),
            ("a|b", b'|'),
            ("single", b','),
            ("", b','),
            ("\"a\n,b\";c\n", b';'),
            ("size 5\";b\n1;2", b';'),
        ] {
            assert_eq!(delimiter(head.as_bytes(), b'\n'), expected, "{head:?}");
        }
    }

    #[test]
    fn a_title_above_a_table_is_no_header_of_one_column() {
        assert_eq!(delimiter(b"Export of 2025-01-06\nid;name;price\n1;x;2.5\n\n2;y;3.5\n", b'\n'), b';');
        for texts in ["notes\none; two\nthree\n", "notes\nthis; and that\n", "notes\n\"a;b\"\n\"c;d\"\n"] {
            assert_eq!(delimiter(texts.as_bytes(), b'\n'), b',', "{texts:?}");
        }
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        for (line, expected) in [
            ("sep=;", Some(b';')),
            ("SEP=|\r", Some(b'|')),
            ("\"sep=;\"", Some(b';')),
            ("sep=\t", Some(b'\t')),
            ("sep=", None),
            ("sep=ab", None),
            ("sep=a", None),
            ("sep=\"", None),
            ("sep;a", None),
            ("", None),
        ] {
            assert_eq!(named_delimiter(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn cr_ends_lines_only_where_nothing_else_does() {
        assert_eq!(line_end(b"a\r1\r", true), b'\r');
        assert_eq!(line_end(b"a\r", false), b'\n', "an LF may follow");
        assert_eq!(line_end(b"a\rb\n", true), b'\n');
        assert_eq!(line_end(b"ab", true), b'\n');
    }
}
