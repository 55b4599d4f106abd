//! The values of a column, gathered by what they count as.

use rolling_profiles_ingest::{decimal, half};

use super::damage::{Damage, Fallible, bad};
use super::schema::{Kind, Unit};

/// Days from the first of the Julian calendar to 1970.
const JULIAN_EPOCH: i64 = 2_440_588;
const DAY_MS: i64 = 86_400_000;

/// Values, nulls left out.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// So many objects.
    Objects(usize),
    Bools(Vec<bool>),
    Integers(Vec<i64>),
    /// Those past 63 bits count as doubles.
    Unsigned(Vec<u64>),
    Doubles(Vec<f64>),
    Texts(Texts),
    /// Which objects are tensors.
    Tensors(Vec<bool>),
}

/// Texts, each written once, and which of them each value is.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    text: String,
    /// Byte offset behind each.
    ends: Vec<usize>,
    /// Those that are no UTF-8, ascending. They are blank.
    unfit: Vec<usize>,
    pub values: Vec<u32>,
    /// Where a dictionary's entries begin and end.
    pub entries: std::ops::Range<usize>,
}

impl Texts {
    /// Adds a text; gives its number.
    fn add(&mut self, bytes: &[u8]) -> usize {
        let number = self.ends.len();
        match str::from_utf8(bytes) {
            Ok(text) => self.text.push_str(text),
            Err(_) => self.unfit.push(number),
        }
        self.ends.push(self.text.len());
        number
    }

    pub fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|&end| self.text.get(start..end)).unwrap_or_default()
    }

    pub fn has_unfit(&self) -> bool {
        !self.unfit.is_empty()
    }

    pub fn is_unfit(&self, number: usize) -> bool {
        self.unfit.binary_search(&number).is_ok()
    }

    /// Takes the texts of a dictionary over.
    fn add_dictionary(&mut self, dictionary: &Self) {
        let (start, offset) = (self.ends.len(), self.text.len());
        self.text.push_str(&dictionary.text);
        self.ends.extend(dictionary.ends.iter().map(|end| end + offset));
        self.unfit.extend(dictionary.unfit.iter().map(|number| number + start));
        self.entries = start..self.ends.len();
    }
}

impl Data {
    /// None, of that kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bools(Vec::new()),
            Kind::Unsigned(64) => Self::Unsigned(Vec::new()),
            Kind::Signed(_) | Kind::Unsigned(_) | Kind::Time(_) => Self::Integers(Vec::new()),
            Kind::Float | Kind::Decimal(_) => Self::Doubles(Vec::new()),
            Kind::Text => Self::Texts(Texts::default()),
            Kind::Object => Self::Objects(0),
        }
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Objects(count) => *count,
            Self::Bools(values) | Self::Tensors(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Unsigned(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Texts(texts) => texts.values.len(),
        }
    }

    pub fn add_bool(&mut self, truth: bool, times: usize) {
        if let Self::Bools(values) = self {
            values.resize(values.len() + times, truth);
        }
    }

    pub fn add_double(&mut self, value: f64) {
        if let Self::Doubles(values) = self {
            values.push(value);
        }
    }

    /// Adds an integer as it is stored.
    pub fn add_integer(&mut self, kind: Kind, value: i64) -> Fallible<()> {
        match (self, kind) {
            (Self::Integers(values), kind) => values.push(match kind {
                Kind::Signed(8) => (value as i8).into(),
                Kind::Signed(16) => (value as i16).into(),
                Kind::Signed(32) => (value as i32).into(),
                Kind::Unsigned(8) => (value as u8).into(),
                Kind::Unsigned(16) => (value as u16).into(),
                Kind::Unsigned(32) => (value as u32).into(),
                Kind::Time(unit) => millis(unit, value),
                _ => value,
            }),
            (Self::Unsigned(values), _) => values.push(value.cast_unsigned()),
            (Self::Doubles(values), Kind::Decimal(scale)) => {
                values.push(decimal(&value.to_le_bytes(), 8, scale, 0).ok_or_else(unreadable)?);
            }
            _ => return Err(unreadable()),
        }
        Ok(())
    }

    /// Adds a value of bytes as it is stored. Texts take of the `room` that there is.
    pub fn add_bytes(&mut self, kind: Kind, bytes: &[u8], room: &mut usize) -> Fallible<()> {
        match (self, kind) {
            (Self::Texts(texts), _) => {
                *room = room.checked_sub(bytes.len()).ok_or(Damage::TooMuch)?;
                let number = texts.add(bytes);
                texts.values.push(number as u32);
            }
            (Self::Doubles(values), Kind::Decimal(scale)) => values.push(big_endian(bytes, scale)?),
            (Self::Doubles(values), Kind::Float) => {
                let bits = bytes.first_chunk::<2>().ok_or_else(unreadable)?;
                values.push(half(u16::from_le_bytes(*bits)));
            }
            (Self::Integers(values), Kind::Time(Unit::Int96)) => {
                let (nanos, day) = bytes.split_first_chunk::<8>().ok_or_else(unreadable)?;
                let day = i64::from(i32::from_le_bytes(*day.first_chunk::<4>().ok_or_else(unreadable)?));
                let within = i64::from_le_bytes(*nanos).div_euclid(1_000_000);
                values.push((day - JULIAN_EPOCH).saturating_mul(DAY_MS).saturating_add(within));
            }
            _ => return Err(unreadable()),
        }
        Ok(())
    }

    /// Adds entry `index` of a dictionary, so often.
    pub fn add_entry(&mut self, dictionary: &Self, index: u32, times: usize) -> Fallible<()> {
        let at = index as usize;
        let outside = || bad("an index lies outside of its dictionary");
        match (self, dictionary) {
            (Self::Integers(values), Self::Integers(entries)) => {
                values.resize(values.len() + times, *entries.get(at).ok_or_else(outside)?);
            }
            (Self::Unsigned(values), Self::Unsigned(entries)) => {
                values.resize(values.len() + times, *entries.get(at).ok_or_else(outside)?);
            }
            (Self::Doubles(values), Self::Doubles(entries)) => {
                values.resize(values.len() + times, *entries.get(at).ok_or_else(outside)?);
            }
            (Self::Bools(values), Self::Bools(entries)) => {
                values.resize(values.len() + times, *entries.get(at).ok_or_else(outside)?);
            }
            (Self::Texts(texts), Self::Texts(dictionary)) => {
                if texts.entries.is_empty() {
                    texts.add_dictionary(dictionary);
                }
                let number = texts.entries.start + at;
                if number >= texts.entries.end {
                    return Err(outside());
                }
                texts.values.resize(texts.values.len() + times, number as u32);
            }
            _ => return Err(unreadable()),
        }
        Ok(())
    }
}

/// A time as ms; those before 1970 round down, like those after it.
fn millis(unit: Unit, value: i64) -> i64 {
    match unit {
        Unit::Days => value.saturating_mul(DAY_MS),
        Unit::Millis | Unit::Int96 => value,
        Unit::Micros => value.div_euclid(1000),
        Unit::Nanos => value.div_euclid(1_000_000),
    }
}

/// A decimal of any number of bytes, the highest first, as the nearest double.
fn big_endian(bytes: &[u8], scale: i32) -> Fallible<f64> {
    let sign = if bytes.first().is_some_and(|byte| *byte >= 0x80) { 0xff } else { 0 };
    let significant =
        bytes.iter().position(|byte| *byte != sign).map_or(&[][..], |at| bytes.get(at..).unwrap_or_default());
    let width = if significant.len() < 16 { 16 } else { 32 };
    let mut little = [sign; 32];
    if significant.len() > little.len() {
        return Err(bad("a decimal has more than 32 bytes"));
    }
    little.iter_mut().zip(significant.iter().rev()).for_each(|(into, byte)| *into = *byte);
    decimal(little.get(..width).unwrap_or_default(), width, scale, 0).ok_or_else(unreadable)
}

const fn unreadable() -> Damage {
    bad("a page is written in a way that does not fit its type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_any_number_of_bytes() {
        let cases: [(&[u8], f64); 7] = [
            (&[], 0.0),
            (&[0x7b], 12.3),
            (&[0xff, 0xff, 0x85], -12.3),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80], 12.8),
            (&[0x80], -12.8),
            (
                &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                1.701_411_834_604_692_3e37,
            ),
            (&[0xff; 40], -0.1),
        ];
        for (bytes, value) in cases {
            assert_eq!(big_endian(bytes, 1).unwrap().to_bits(), value.to_bits(), "{bytes:?}");
        }
        assert!(big_endian(&[1; 33], 1).is_err());
    }

    #[test]
    fn times_before_1970_round_down() {
        let time = |unit, value| {
            let mut data = Data::of(Kind::Time(unit));
            data.add_integer(Kind::Time(unit), value).unwrap();
            data
        };
        for (unit, value, ms) in [
            (Unit::Days, -1, -DAY_MS),
            (Unit::Millis, -1, -1),
            (Unit::Micros, -1, -1),
            (Unit::Micros, 1999, 1),
            (Unit::Nanos, -1_000_001, -2),
        ] {
            assert!(matches!(time(unit, value), Data::Integers(values) if values == [ms]));
        }
        for (day, nanos, ms) in [(2_440_588, 1_999_999, 1), (2_440_587, 0, -DAY_MS), (2_440_588, -1, -1)] {
            let bytes = [&i64::to_le_bytes(nanos)[..], &i32::to_le_bytes(day)].concat();
            let kind = Kind::Time(Unit::Int96);
            let mut data = Data::of(kind);
            data.add_bytes(kind, &bytes, &mut 0).unwrap();
            assert!(matches!(data, Data::Integers(values) if values == [ms]));
        }
    }
}
