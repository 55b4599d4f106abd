//! Texts of a column, cut out of the one string that the encoder joined them to.

use std::borrow::Cow;

/// Why bytes and lengths are no texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitTexts(pub &'static str);

/// The texts of one column, one a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts<'a> {
    joined: Cow<'a, str>,
    /// Byte offset behind each text.
    ends: Vec<usize>,
}

impl<'a> Texts<'a> {
    /// Cuts `bytes` (UTF-8) by `units`, the texts' lengths in UTF-16 code units; `ascii` says that units are bytes.
    ///
    /// Joining can fuse a lone high surrogate at one text's end with a lone low one at the next one's start; each side then gets
    /// U+FFFD, as it would have on its own.
    ///
    /// # Errors
    /// Lengths and bytes do not fit, or the bytes are no UTF-8.
    pub fn new(bytes: &'a [u8], units: &[u32], ascii: bool) -> Result<Self, UnfitTexts> {
        let joined = std::str::from_utf8(bytes).map_err(|_| UnfitTexts("a column's text is no UTF-8"))?;
        let total: u64 = units.iter().map(|&length| u64::from(length)).fold(0, u64::saturating_add);
        if ascii {
            if !joined.is_ascii() || total != joined.len() as u64 {
                return Err(UnfitTexts("a column's text is not as long as its lengths say"));
            }
            let mut end = 0usize;
            let ends = units.iter().map(|&length| {
                end = end.saturating_add(length as usize);
                end
            });
            return Ok(Self { ends: ends.collect(), joined: Cow::Borrowed(joined) });
        }
        cut(joined, units)
    }

    /// Texts put together one by one.
    pub fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let (mut joined, mut ends) = (String::new(), Vec::with_capacity(texts.size_hint().0));
        for text in texts {
            joined.push_str(text);
            ends.push(joined.len());
        }
        Self { joined: Cow::Owned(joined), ends }
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of `row`; empty where there is none.
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(row).and_then(|&end| self.joined.get(start..end)).unwrap_or_default()
    }
}

/// Walks the characters, counting UTF-16 units. A character of two units where one is left straddles a border: the copy then gets two U+FFFD.
fn cut<'a>(joined: &'a str, units: &[u32]) -> Result<Texts<'a>, UnfitTexts> {
    let short = || UnfitTexts("a column's text is not as long as its lengths say");
    let mut ends = Vec::with_capacity(units.len());
    let mut repaired: Option<String> = None;
    let mut copied_to = 0usize;
    let mut shift = 0usize;
    let mut carried = false;
    let mut rest = joined.char_indices();
    let mut at = 0usize;
    for &length in units {
        let mut left = length as usize;
        if carried {
            if left == 0 {
                // Rows without text may lie between the two halves.
                ends.push(ends.last().copied().unwrap_or(0));
                continue;
            }
            // The low half of a fused pair opens this text; its U+FFFD was written with the high half's.
            left = left.saturating_sub(1);
            carried = false;
        }
        while left > 0 {
            let (from, character) = rest.next().ok_or_else(short)?;
            at = from.saturating_add(character.len_utf8());
            if character.len_utf16() > left {
                let copy = repaired.get_or_insert_with(String::new);
                copy.push_str(joined.get(copied_to..from).unwrap_or_default());
                copy.push(char::REPLACEMENT_CHARACTER);
                ends.push(copy.len());
                copy.push(char::REPLACEMENT_CHARACTER);
                copied_to = at;
                shift = copy.len().saturating_sub(at);
                carried = true;
                break;
            }
            left = left.saturating_sub(character.len_utf16());
        }
        if !carried {
            ends.push(at.saturating_add(shift));
        }
    }
    if carried || rest.next().is_some() {
        return Err(short());
    }
    let joined = match repaired {
        None => Cow::Borrowed(joined),
        Some(mut copy) => {
            copy.push_str(joined.get(copied_to..).unwrap_or_default());
            Cow::Owned(copy)
        }
    };
    Ok(Texts { joined, ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(joined: &str, units: &[u32]) -> Vec<String> {
        let texts = Texts::new(joined.as_bytes(), units, false).unwrap();
        (0..texts.len()).map(|row| texts.get(row).to_owned()).collect()
    }

    #[test]
    fn cuts_by_utf16_units() {
        assert_eq!(texts("aé😀b", &[1, 1, 0, 2, 1]), ["a", "é", "", "😀", "b"]);
    }

    #[test]
    fn a_fused_pair_is_two_replacement_characters() {
        assert_eq!(texts("x😀y", &[2, 2]), ["x\u{fffd}", "\u{fffd}y"]);
        assert_eq!(texts("x😀y", &[2, 0, 0, 2]), ["x\u{fffd}", "", "", "\u{fffd}y"]);
        assert_eq!(texts("x😀😀y", &[2, 2, 2]), ["x\u{fffd}", "\u{fffd}\u{fffd}", "\u{fffd}y"]);
    }

    #[test]
    fn lengths_must_fit() {
        for (joined, units) in [("ab", &[1u32][..]), ("ab", &[3]), ("😀", &[1]), ("😀", &[1, 0]), ("😀", &[0, 1, 0])]
        {
            assert!(Texts::new(joined.as_bytes(), units, false).is_err(), "{joined} {units:?}");
        }
        assert!(Texts::new(b"ab", &[1], true).is_err());
        assert!(Texts::new("é".as_bytes(), &[2], true).is_err());
        assert!(Texts::new(&[0xff], &[1], false).is_err());
    }
}
