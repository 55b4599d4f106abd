//! Where fields and records end: found for 64 bytes at once, a bit a byte, in plain arithmetic.

use memchr::{memchr, memchr_iter};

use super::fate::Dialect;

/// Separators of fields and records outside quotes.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Where they are; the first field begins behind `places[0]`, so places of what begins at 0 are preceded by one that wraps around.
    pub places: Vec<u32>,
    /// The number in `places` of each that ends a record.
    pub ends: Vec<u32>,
}

/// What is known of the byte before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// It is in quotes.
    Inside,
    /// A field begins behind it.
    Separator,
    /// It closed a field, or is the first of a doubled quote.
    Closed,
    Other,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW7: u64 = 0x7f7f_7f7f_7f7f_7f7f;

impl Marks {
    /// Marks what lies between two places of `bytes`: whole records without a fault, likely of so many `fields`; the last one may lack its end. Those found
    /// before stay in `places`.
    pub fn add(&mut self, bytes: &[u8], start: usize, end: usize, dialect: Dialect, fields: usize) {
        self.ends.clear();
        self.places.push((start as u32).wrapping_sub(1));
        let stretch = bytes.get(start..end).unwrap_or_default();
        if memchr(b'"', stretch).is_some() {
            let mut before = Before::Separator;
            each_block(stretch, start, |block, base, used| self.block(block, base, used, dialect, &mut before));
        } else {
            let first = self.places.len();
            each_block(stretch, start, |block, base, used| self.take(separators(block, dialect) & used, base));
            self.find_ends(bytes, first, memchr_iter(dialect.line_end, stretch).count(), dialect.line_end, fields);
        }
        let last_place = self.places.len().saturating_sub(1);
        let is_ended = self.ends.last() == Some(&(last_place as u32))
            && self.places.last().is_some_and(|place| (*place as usize).saturating_add(1) == end);
        if !is_ended && start < end {
            self.ends.push(self.places.len() as u32);
            self.places.push(end as u32);
        }
    }

    /// A field of the record whose first one begins behind mark `first`, as it is written; the last one without a CR at its end.
    #[inline]
    pub fn field<'t>(&self, text: &'t str, first: u32, number: usize, fields: usize) -> &'t str {
        let (start, end) = self.bounds(first, number);
        let field = text.get(start..end).unwrap_or_default();
        if number.saturating_add(1) == fields { field.strip_suffix('\r').unwrap_or(field) } else { field }
    }

    /// Where a field begins and ends, a CR at its end included.
    #[inline]
    pub fn bounds(&self, first: u32, number: usize) -> (usize, usize) {
        let at = (first as usize).saturating_add(number);
        match self.places.get(at..) {
            Some([start, end, ..]) => (start.wrapping_add(1) as usize, *end as usize),
            _ => (0, 0),
        }
    }

    #[inline]
    fn block(&mut self, block: &[u8; 64], base: usize, used: u64, dialect: Dialect, before: &mut Before) {
        let (mut delimiters, mut line_ends, quotes) = masks(block, dialect);
        delimiters &= used;
        line_ends &= used;
        if quotes & used != 0 || *before == Before::Inside {
            let outside = outside(delimiters | line_ends, quotes & used, before)
                .unwrap_or_else(|| outside_by_bytes(block, dialect, before));
            delimiters &= outside;
            line_ends &= outside;
        } else {
            let is_separator = (delimiters | line_ends) >> 63 != 0;
            *before = if is_separator { Before::Separator } else { Before::Other };
        }
        let all = delimiters | line_ends;
        let mut rest = line_ends;
        let first = self.places.len() as u32;
        while rest != 0 {
            let before = (rest & rest.wrapping_neg()).wrapping_sub(1);
            self.ends.push(first.wrapping_add((all & before).count_ones()));
            rest &= rest.wrapping_sub(1);
        }
        self.take(all, base);
    }

    /// Keeps the places of a block's separators.
    #[inline]
    fn take(&mut self, separators: u64, base: usize) {
        let mut rest = separators;
        // Eight at a time: how many there are is not known ahead, but mostly fewer.
        let mut found = [0_u32; 64];
        let count = rest.count_ones() as usize;
        for group in found.as_chunks_mut::<8>().0 {
            if rest == 0 {
                break;
            }
            for place in group {
                *place = (base as u32).wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
        }
        self.places.extend_from_slice(found.get(..count).unwrap_or_default());
    }

    /// Finds which of the places from `first` on end records; there are `lines` of them.
    fn find_ends(&mut self, bytes: &[u8], first: usize, lines: usize, line_end: u8, fields: usize) {
        let is_end = |place: u32| bytes.get(place as usize) == Some(&line_end);
        let numbers = first..self.places.len();
        // Where each record has the fields that it is to have, a look at these places is enough.
        let likely = numbers.clone().skip(fields.saturating_sub(1)).step_by(fields.max(1));
        let places = &self.places;
        let is_at = |number: &usize| places.get(*number).is_some_and(|place| is_end(*place));
        self.ends.extend(likely.filter(is_at).map(|number| number as u32));
        if self.ends.len() != lines {
            self.ends.clear();
            self.ends.extend(numbers.filter(is_at).map(|number| number as u32));
        }
    }
}

/// Shows `then` 64 bytes at a time, where they are, and which of them there are.
#[inline]
fn each_block(stretch: &[u8], start: usize, mut then: impl FnMut(&[u8; 64], usize, u64)) {
    let (blocks, tail) = stretch.as_chunks::<64>();
    let mut base = start;
    for block in blocks {
        then(block, base, u64::MAX);
        base = base.saturating_add(64);
    }
    if !tail.is_empty() {
        let mut block = [0; 64];
        block.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
        then(&block, base, u64::MAX >> 64_usize.saturating_sub(tail.len()));
    }
}

/// The end of the last record before which all quotes are in order, and none spans many lines: `bytes` begin with a record. 0, where it takes a closer look.
pub(super) fn sound_end(bytes: &[u8], dialect: Dialect, most_lines: usize) -> usize {
    let (mut before, mut end, mut base, mut quoted_lines) = (Before::Separator, 0, 0_usize, 0_usize);
    // A quote that closed at the end of the block before needs a look at what follows it.
    let mut closed = false;
    for block in bytes.as_chunks::<64>().0 {
        let (delimiters, line_ends, quotes) = masks(block, dialect);
        let separators = delimiters | line_ends;
        let was_inside = before == Before::Inside;
        let Some(outside) = outside(separators, quotes, &mut before) else { return end };
        if quotes != 0 || closed || was_inside {
            let closing = quotes & outside;
            let returns = equal_block(block, b'\r') & (line_ends >> 1);
            let fine = (separators & outside) | quotes | returns;
            let may_follow = closing << 1 | u64::from(closed);
            if may_follow & !fine != 0 {
                return end;
            }
            closed = closing >> 63 != 0;
            quoted_lines = quoted_lines.saturating_add((line_ends & !outside).count_ones() as usize);
            if quoted_lines >= most_lines {
                return end;
            }
        }
        let ends = line_ends & outside;
        if ends != 0 {
            end = base.saturating_add(64).saturating_sub(ends.leading_zeros() as usize);
        }
        base = base.saturating_add(64);
    }
    end
}

/// Which bytes are `byte`.
#[inline]
fn equal_block(block: &[u8; 64], byte: u8) -> u64 {
    let words = block.as_chunks::<8>().0.iter().enumerate();
    words.fold(0, |found, (index, word)| {
        let here = equal(u64::from_le_bytes(*word), byte);
        found | here.wrapping_shl(index.saturating_mul(8) as u32)
    })
}

/// Which bytes are delimiters, line ends, quotes.
#[inline]
fn masks(block: &[u8; 64], dialect: Dialect) -> (u64, u64, u64) {
    let (mut delimiters, mut line_ends, mut quotes) = (0, 0, 0);
    for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let shift = index.saturating_mul(8) as u32;
        delimiters |= equal(word, dialect.delimiter).wrapping_shl(shift);
        line_ends |= equal(word, dialect.line_end).wrapping_shl(shift);
        quotes |= equal(word, b'"').wrapping_shl(shift);
    }
    (delimiters, line_ends, quotes)
}

/// Which bytes are delimiters or line ends.
#[inline]
fn separators(block: &[u8; 64], dialect: Dialect) -> u64 {
    let words = block.as_chunks::<8>().0.iter().enumerate();
    words.fold(0, |found, (index, word)| {
        let word = u64::from_le_bytes(*word);
        let here = gathered(equal_high(word, dialect.delimiter) | equal_high(word, dialect.line_end));
        found | here.wrapping_shl(index.saturating_mul(8) as u32)
    })
}

/// A bit for each of eight bytes that equals `byte`.
#[inline]
const fn equal(word: u64, byte: u8) -> u64 {
    gathered(equal_high(word, byte))
}

/// The high bit of each byte that equals `byte`.
#[inline]
const fn equal_high(word: u64, byte: u8) -> u64 {
    let differs = word ^ ONES.wrapping_mul(byte as u64);
    !((differs & LOW7).wrapping_add(LOW7) | differs | LOW7)
}

/// The high bits of eight bytes, side by side.
#[inline]
const fn gathered(high_bits: u64) -> u64 {
    (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The bytes outside quotes, where each quote opens a field, closes one or is doubled. `None`: one is an ordinary character, and `before` is as it was.
#[inline]
fn outside(separators: u64, quotes: u64, before: &mut Before) -> Option<u64> {
    let carried = if *before == Before::Inside { u64::MAX } else { 0 };
    let inside = parity(quotes) ^ carried;
    let separators = separators & !inside;
    let (opening, closing) = (quotes & inside, quotes & !inside);
    let may_open = (separators | closing) << 1 | u64::from(matches!(before, Before::Separator | Before::Closed));
    if opening & !may_open != 0 {
        return None;
    }
    *before = match (inside >> 63, closing >> 63, separators >> 63) {
        (1, ..) => Before::Inside,
        (_, 1, _) => Before::Closed,
        (.., 1) => Before::Separator,
        _ => Before::Other,
    };
    Some(!inside)
}

/// Whether there is an odd number of bits up to each.
#[inline]
const fn parity(bits: u64) -> u64 {
    let bits = bits ^ (bits << 1);
    let bits = bits ^ (bits << 2);
    let bits = bits ^ (bits << 4);
    let bits = bits ^ (bits << 8);
    let bits = bits ^ (bits << 16);
    bits ^ (bits << 32)
}

/// The bytes outside quotes.
#[cold]
fn outside_by_bytes(block: &[u8; 64], dialect: Dialect, before: &mut Before) -> u64 {
    let mut outside = 0_u64;
    for (index, &byte) in block.iter().enumerate() {
        *before = match (*before, byte) {
            (Before::Inside, b'"') => Before::Closed,
            (Before::Inside, _) | (Before::Separator | Before::Closed, b'"') => Before::Inside,
            _ => {
                outside |= 1 << index;
                let is_separator = byte == dialect.delimiter || byte == dialect.line_end;
                if is_separator { Before::Separator } else { Before::Other }
            }
        };
    }
    outside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Byte by byte: the separators outside quotes, and which of them end records.
    fn model(bytes: &[u8], dialect: Dialect) -> Vec<(usize, bool)> {
        let mut found = Vec::new();
        let (mut quoted, mut at) = (false, 0);
        let mut is_start = true;
        while let Some(&byte) = bytes.get(at) {
            if quoted {
                if byte == b'"' && bytes.get(at + 1) == Some(&b'"') {
                    at += 1;
                } else if byte == b'"' {
                    quoted = false;
                }
                is_start = false;
            } else if byte == b'"' && is_start {
                quoted = true;
            } else {
                is_start = byte == dialect.delimiter || byte == dialect.line_end;
                if is_start {
                    found.push((at, byte == dialect.line_end));
                }
            }
            at += 1;
        }
        found
    }

    fn field() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a,;\n\r\" é]{0,12}".prop_map(|text| format!("\"{}\"", text.replace('"', "\"\""))),
            4 => "[a-z0-9.é]{0,12}",
            1 => "[a-z]{1,3}\"{1,3}[a-z]{0,3}",
            1 => "[a-z]{50,80}",
        ]
    }

    proptest! {
        #[test]
        fn separators_are_those_of_a_walk_byte_by_byte(
            records in prop::collection::vec(prop::collection::vec(field(), 1..6), 1..30),
            delimiter in prop::sample::select(&b",;\t\0|"[..]),
            line_end in prop::sample::select(&b"\n\r"[..]),
            ends_with_a_line in any::<bool>(),
            lead in 0..70_usize,
            fields in 0..7_usize,
        ) {
            let dialect = Dialect { delimiter, line_end };
            let separator = (delimiter as char).to_string();
            let mut lines = records.iter().map(|fields| fields.join(&separator)).collect::<Vec<_>>().join(&(line_end as char).to_string());
            if ends_with_a_line {
                lines.push(line_end as char);
            }
            let text = "x".repeat(lead) + &lines;
            let mut marks = Marks::default();
            marks.add(text.as_bytes(), lead, text.len(), dialect, fields);
            let mut expected = model(lines.as_bytes(), dialect);
            if !lines.is_empty() && expected.last() != Some(&(lines.len() - 1, true)) {
                expected.push((lines.len(), true));
            }
            let places: Vec<usize> = marks.places[1..].iter().map(|&place| place as usize - lead).collect();
            let ends: Vec<bool> = (1..marks.places.len()).map(|at| marks.ends.contains(&(at as u32))).collect();
            prop_assert_eq!(marks.places[0].wrapping_add(1) as usize, lead);
            prop_assert_eq!(places.into_iter().zip(ends).collect::<Vec<_>>(), expected);
        }
    }
}
