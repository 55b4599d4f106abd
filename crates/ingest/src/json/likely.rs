//! Records that are written as one before them: their keys are compared, and their values are read where they lie.
//!
//! Everything else is the parser's: keys in another order, blanks elsewhere, texts with escapes, nested values, integers beyond 64 bits. What is read here is
//! what the parser would read.

use rustc_hash::FxHashSet;

use super::record::Names;
use crate::cells::{Cells, Moment};
use crate::limits::IngestLimits;
use crate::number::{Number, number_at};
use crate::table::Table;

/// A record is not learned from before this one: of few the parser reads as fast.
const FIRST_ROW: u64 = 4;
/// After so many that are alike, one that is not is an exception.
const SURE: u32 = 64;
/// So many records are passed over before another one is learned from, at most.
const LONGEST_WAIT: u32 = 256;
/// So many rows are put into their columns at once.
const ROWS: u64 = 256;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How the records of a table are written, and the values of those that were read and wait to be put into it.
#[derive(Debug, Default)]
pub(super) struct Likely<'t> {
    /// What stands before the first key, between a value and the next key, and behind the last value; blanks included.
    open: Vec<u8>,
    between: Vec<u8>,
    close: Vec<u8>,
    /// The keys with quotes and colon, one behind the other.
    keys: Vec<u8>,
    entries: Vec<Entry<'t>>,
    /// The entry that holds the time of each row.
    time: Option<usize>,
    /// How many rows wait.
    rows: u64,
    /// How many records in a row were alike.
    hits: u32,
    /// So many records are still passed over, and so many after the next miss.
    wait: u32,
    next_wait: u32,
}

/// A key, and the values that wait.
#[derive(Debug, Default)]
struct Entry<'t> {
    /// Where its text lies in all keys.
    start: usize,
    end: usize,
    /// Its column's place in the table; `None`: it is not read.
    column: Option<usize>,
    integers: Vec<i64>,
    doubles: Vec<f64>,
    texts: Vec<&'t str>,
    nulls: u64,
    trues: u64,
    falses: u64,
    /// What the last row has.
    last: Option<Kind>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Null,
    Bool(bool),
    Integer,
    Double,
    Text,
}

/// A value that is no list or map.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'t str),
}

impl<'t> Entry<'t> {
    #[inline]
    fn push(&mut self, value: Value<'t>) {
        let kind = match value {
            Value::Null => {
                self.nulls = self.nulls.wrapping_add(1);
                Kind::Null
            }
            Value::Bool(truth) => {
                let count = if truth { &mut self.trues } else { &mut self.falses };
                *count = count.wrapping_add(1);
                Kind::Bool(truth)
            }
            Value::Number(Number::Integer(integer)) => {
                self.integers.push(integer);
                Kind::Integer
            }
            Value::Number(Number::Double(double)) => {
                self.doubles.push(double);
                Kind::Double
            }
            Value::Text(text) => {
                self.texts.push(text);
                Kind::Text
            }
        };
        self.last = Some(kind);
    }

    fn pop(&mut self) {
        match self.last.take() {
            None => {}
            Some(Kind::Null) => self.nulls = self.nulls.saturating_sub(1),
            Some(Kind::Bool(true)) => self.trues = self.trues.saturating_sub(1),
            Some(Kind::Bool(false)) => self.falses = self.falses.saturating_sub(1),
            Some(Kind::Integer) => drop(self.integers.pop()),
            Some(Kind::Double) => drop(self.doubles.pop()),
            Some(Kind::Text) => drop(self.texts.pop()),
        }
    }

    fn moment(&self) -> Moment<'t> {
        match self.last {
            None | Some(Kind::Null) => Moment::None,
            Some(Kind::Bool(_)) => Moment::Unfit,
            Some(Kind::Integer) => self.integers.last().map_or(Moment::None, |value| Moment::Number(*value as f64)),
            Some(Kind::Double) => self.doubles.last().map_or(Moment::None, |value| Moment::Number(*value)),
            Some(Kind::Text) => self.texts.last().map_or(Moment::None, |text| Moment::Text(text)),
        }
    }

    fn flush(&mut self, cells: &mut Cells, limits: &IngestLimits) {
        cells.nulls(std::mem::take(&mut self.nulls));
        cells.booleans(std::mem::take(&mut self.trues), std::mem::take(&mut self.falses));
        cells.integers(self.integers.drain(..));
        cells.doubles(self.doubles.drain(..));
        cells.texts_within(self.texts.drain(..), limits.max_value_bytes);
    }
}

impl<'t> Likely<'t> {
    /// Reads a record into a row that waits. `false`: it is for the parser, and nothing has changed.
    pub fn read(&mut self, record: &'t str) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        self.rows = self.rows.wrapping_add(1);
        if self.values(record).is_none() {
            self.pop();
            return false;
        }
        self.hits = self.hits.saturating_add(1);
        if self.hits >= SURE {
            self.next_wait = 0;
        }
        true
    }

    /// Takes back the row that was read last.
    pub fn pop(&mut self) {
        self.entries.iter_mut().for_each(Entry::pop);
        self.rows = self.rows.wrapping_sub(1);
    }

    /// The time of the row that was read last.
    pub fn moment(&self) -> Moment<'t> {
        self.time.and_then(|time| self.entries.get(time)).map_or(Moment::None, Entry::moment)
    }

    /// Whether it is time to put rows into their table.
    pub fn is_full(&self) -> bool {
        self.rows >= ROWS
    }

    /// Puts the rows that wait into `table`.
    pub fn flush(&mut self, table: &mut Table, limits: &IngestLimits) {
        if self.rows == 0 {
            return;
        }
        table.set_rows(table.rows().saturating_add(std::mem::take(&mut self.rows)));
        for entry in &mut self.entries {
            // They have values already, so that there cannot be too many of them.
            if let Some(cells) = entry.column.and_then(|column| table.ready(column, limits).ok()) {
                entry.flush(cells, limits);
            }
        }
    }

    /// Forgets how records are written: the next are those of another table. None waits.
    pub fn forget(&mut self) {
        self.entries.clear();
    }

    /// Learns from a record that the parser read into `table`, where it is time to. `time` names the column of times. None waits.
    pub fn learn(&mut self, record: &str, table: &Table, only: Option<&Names>, time: Option<&str>) {
        if !self.entries.is_empty() {
            if std::mem::take(&mut self.hits) < SURE {
                self.give_up();
            }
        } else if self.wait > 0 {
            self.wait = self.wait.saturating_sub(1);
        } else if table.rows() >= FIRST_ROW
            && !table.keeps_rows()
            && self.try_to_learn(record, table, only, time).is_none()
        {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.entries.clear();
        self.wait = self.next_wait;
        self.next_wait = self.next_wait.saturating_mul(2).clamp(1, LONGEST_WAIT);
    }

    fn try_to_learn(&mut self, record: &str, table: &Table, only: Option<&Names>, time: Option<&str>) -> Option<()> {
        let bytes = record.as_bytes();
        let mut seen = FxHashSet::default();
        self.keys.clear();
        self.between.clear();
        self.time = None;
        if bytes.first() != Some(&b'{') {
            return None;
        }
        let mut at = behind_blanks(bytes, 1);
        self.open = bytes.get(..at)?.to_vec();
        loop {
            let (Value::Text(name), end) = plain_value_at(record, at)? else { return None };
            let colon = behind_blanks(bytes, end);
            if bytes.get(colon) != Some(&b':') || !seen.insert(name) {
                return None;
            }
            let value = behind_blanks(bytes, colon.saturating_add(1));
            let column = match only {
                Some(only) if !only.contains(name) => None,
                _ => Some(table.place_of(name)?),
            };
            if column.is_some() && time == Some(name) {
                self.time = Some(self.entries.len());
            }
            let start = self.keys.len();
            self.keys.extend_from_slice(bytes.get(at..value)?);
            self.entries.push(Entry { start, end: self.keys.len(), column, ..Entry::default() });
            let (_, end) = plain_value_at(record, value)?;
            let after = behind_blanks(bytes, end);
            if bytes.get(after) == Some(&b'}') {
                self.close = bytes.get(end..)?.to_vec();
                return (after.saturating_add(1) == bytes.len()).then_some(());
            }
            at = behind_blanks(bytes, after.saturating_add(1));
            let between = bytes.get(end..at)?;
            if bytes.get(after) != Some(&b',') || !(self.between.is_empty() || self.between == between) {
                return None;
            }
            self.between = between.to_vec();
        }
    }

    /// Reads the values of a record, some keys of which may be missing.
    fn values(&mut self, record: &'t str) -> Option<()> {
        let Self { open, between, close, keys, entries, .. } = self;
        for entry in entries.iter_mut() {
            entry.last = None;
        }
        let bytes = record.as_bytes();
        if !is_at(bytes, 0, open) {
            return None;
        }
        let mut at = open.len();
        for entry in entries {
            let key = keys.get(entry.start..entry.end)?;
            if !is_at(bytes, at, key) {
                continue;
            }
            let (value, end) = value_at(record, at.wrapping_add(key.len()))?;
            if entry.column.is_some() {
                entry.push(value);
            }
            if between.is_empty() || !is_at(bytes, end, between) {
                return (bytes.get(end..)? == close.as_slice()).then_some(());
            }
            at = end.wrapping_add(between.len());
        }
        None
    }
}

/// Whether `wanted` stands at a place.
#[inline]
fn is_at(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
    let Some(here) = bytes.get(at..at.wrapping_add(wanted.len())) else { return false };
    // It is short: a call to compare it costs more than to do it.
    match (here, wanted) {
        ([one], [other]) => one == other,
        _ if wanted.len() >= 8 => {
            let (words, others) = (here.as_chunks::<8>().0, wanted.as_chunks::<8>().0);
            words.iter().zip(others).all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
                && here.last_chunk::<8>() == wanted.last_chunk::<8>()
        }
        _ if wanted.len() >= 4 => {
            here.first_chunk::<4>() == wanted.first_chunk::<4>() && here.last_chunk::<4>() == wanted.last_chunk::<4>()
        }
        _ => here == wanted,
    }
}

/// The place behind JSON's blanks.
fn behind_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    at.saturating_add(blanks)
}

/// The value at a place, where it is a plain one, and the place behind it.
#[expect(clippy::inline_always, reason = "a fifth of the time that a record takes")]
#[inline(always)]
fn value_at(record: &str, at: usize) -> Option<(Value<'_>, usize)> {
    let bytes = record.as_bytes();
    let word = |wanted: &[u8]| is_at(bytes, at, wanted).then(|| at.wrapping_add(wanted.len()));
    match bytes.get(at)? {
        b'"' => {
            let start = at.wrapping_add(1);
            let end = text_end(bytes, start)?;
            Some((Value::Text(record.get(start..end)?), end.wrapping_add(1)))
        }
        b'-' | b'0'..=b'9' => number_at(bytes, at).map(|(number, end)| (Value::Number(number), end)),
        b'n' => Some((Value::Null, word(b"null")?)),
        b't' => Some((Value::Bool(true), word(b"true")?)),
        b'f' => Some((Value::Bool(false), word(b"false")?)),
        _ => None,
    }
}

/// The same, where it is seldom asked for.
fn plain_value_at(record: &str, at: usize) -> Option<(Value<'_>, usize)> {
    value_at(record, at)
}

/// Where a text without escapes ends, at its closing quote.
#[inline]
fn text_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let rest = bytes.get(at..)?;
        let Some(word) = rest.first_chunk() else {
            let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            let end = at.wrapping_add(found);
            return (bytes.get(end) == Some(&b'"')).then_some(end);
        };
        let word = u64::from_le_bytes(*word);
        let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let quotes = is_zero(word ^ ONES.wrapping_mul(0x22));
        let escapes = is_zero(word ^ ONES.wrapping_mul(0x5c));
        let controls = word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word;
        // The lowest that is found is one for sure.
        let found = (quotes | escapes | controls) & HIGH;
        if found != 0 {
            let end = at.wrapping_add((found.trailing_zeros() / 8) as usize);
            return (bytes.get(end) == Some(&b'"')).then_some(end);
        }
        at = at.wrapping_add(8);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rolling_profiles_profile::{Profile, ProfileSettings};

    use super::super::context::Context;
    use super::super::record::Record;
    use super::*;

    const LIMITS: IngestLimits = IngestLimits {
        max_columns: 6,
        max_value_bytes: 12,
        max_name_bytes: 100,
        max_depth: 8,
        max_message_bytes: 1 << 20,
        keeps_rows: false,
    };

    /// The profile of a table that is read by the parser alone, or with what was learned; how many records were read by the latter.
    fn profile_of(records: &[String], only: Option<&Names>, learns: bool, keeps_rows: bool) -> (Vec<u8>, usize) {
        let limits = IngestLimits { keeps_rows, ..LIMITS };
        let context = Context::new(&limits);
        let (mut table, mut likely, mut hits) = (Table::default(), Likely::default(), 0);
        for record in records {
            if learns && likely.read(record) {
                hits += 1;
                if likely.is_full() {
                    likely.flush(&mut table, &limits);
                }
                continue;
            }
            likely.flush(&mut table, &limits);
            let rows = table.rows();
            if context.read(record, Record { context: &context, table: &mut table, only }).is_ok() {
                likely.learn(record, &table, only, None);
            } else if table.rows() > rows {
                table.undo_row();
            }
        }
        likely.flush(&mut table, &limits);
        let mut profile = Profile::new(ProfileSettings::default(), 0, table.rows() as i64, 1);
        for (name, cells, missing) in table.columns() {
            let id = profile.column(name);
            cells.feed(profile.column_mut(id), missing);
        }
        (profile.serialize(), hits)
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<i64>().prop_map(|value| value.to_string()),
            (-1000_i32..1000).prop_map(|value| value.to_string()),
            any::<f64>().prop_filter("JSON has none", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
            (-99_999_i32..99_999).prop_map(|value| format!("{:.2}", f64::from(value) / 100.0)),
            "-?[0-9]{1,22}(\\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?",
            prop::sample::select(
                &["-0", "0", "-0.0", "1.", ".5", "-", "01", "1e400", "+1", "1e5", "18446744073709551616"][..]
            )
            .prop_map(str::to_owned),
        ]
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => number(),
            3 => "[a-zé😀 ,:{}]{0,20}".prop_map(|text| format!("\"{text}\"")),
            1 => prop::sample::select(&["null", "true", "false", "nul", "True", "", "[1,2]", "[]", "{\"a\":1}", "\"a\\n\"", "\"\\u00e9\"", "\"\t\"", "\"open", "1 2"][..]).prop_map(str::to_owned),
        ]
    }

    /// Records of one way of writing, mostly: blanks, keys, and values that are likely of a kind.
    fn records() -> impl Strategy<Value = Vec<String>> {
        let plain = prop_oneof![
            (0..100_i32).prop_map(|value| value.to_string()),
            "[a-z]{0,9}".prop_map(|text| format!("\"{text}\""))
        ];
        let field = prop_oneof![9 => plain, 1 => value()];
        let blank = || prop::sample::select(&["", "", " ", "\t "][..]);
        let keys = prop::collection::vec("[abc]{1,2}|longer key|a very long name of a column", 1..6);
        (
            keys,
            [blank(), blank(), blank(), blank(), blank()],
            prop::collection::vec((prop::collection::vec(field, 6), 0..40_u32, any::<u32>()), 0..40),
        )
            .prop_map(|(keys, [open, before, colon, after, close], rows)| {
                let row = |(values, oddity, chance): (Vec<String>, u32, u32)| {
                    let mut fields: Vec<String> =
                        keys.iter().zip(values).map(|(key, value)| format!("\"{key}\":{colon}{value}")).collect();
                    match oddity {
                        0 => fields.reverse(),
                        1 => fields.push("\"d\":1".to_owned()),
                        2..6 => drop(fields.remove(chance as usize % fields.len())),
                        _ => {}
                    }
                    let mut record = format!("{{{open}{}{close}}}", fields.join(&format!("{before},{after}")));
                    if oddity == 7 {
                        record.truncate(record.floor_char_boundary(chance as usize % (record.len() + 1)));
                    }
                    record
                };
                rows.into_iter().map(row).collect()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn values_are_those_of_the_parser(records in records(), only in prop::option::of("[abc]{1,2}"), keeps_rows in prop::bool::weighted(0.1)) {
            let only = only.map(|name| Names::from_iter([name.into()]));
            let (learned, _) = profile_of(&records, only.as_ref(), true, keeps_rows);
            let (parsed, _) = profile_of(&records, only.as_ref(), false, keeps_rows);
            prop_assert_eq!(learned, parsed);
        }

        #[test]
        fn numbers_are_those_of_the_parser(numbers in prop::collection::vec(number(), 1..40)) {
            let start = (0..6).map(|at| format!("{{\"a\":{at}}}"));
            let records: Vec<String> = start.chain(numbers.iter().map(|number| format!("{{\"a\":{number}}}"))).collect();
            prop_assert_eq!(profile_of(&records, None, true, false).0, profile_of(&records, None, false, false).0);
        }
    }

    #[test]
    fn records_that_are_alike_are_learned() {
        let hits =
            |record: fn(usize) -> String| profile_of(&(0..100).map(record).collect::<Vec<_>>(), None, true, false).1;
        assert_eq!(hits(|at| format!("{{\"a\":{at},\"b\":\"{at}\",\"c\":null,\"d\":0.5}}")), 96);
        assert_eq!(hits(|at| format!("{{ \"a\" : {at} , \"b\" : true }}")), 96);
        // Keys that are missing are no reason to ask the parser.
        let sparse = hits(|at| {
            if at % 3 == 0 { format!("{{\"a\":1,\"c\":{at}}}") } else { format!("{{\"a\":1,\"b\":2,\"c\":{at}}}") }
        });
        assert!(sparse > 90, "{sparse}");
        // Nor is one among many that is nested.
        let nested = hits(|at| if at == 80 { "{\"a\":[1]}".to_owned() } else { format!("{{\"a\":{at}}}") });
        assert_eq!(nested, 95);
        // Where no two are alike, little is tried.
        let mixed =
            hits(|at| if at % 2 == 0 { "{\"a\":1,\"b\":2}".to_owned() } else { "{\"b\":1,\"a\":2}".to_owned() });
        assert!(mixed < 20, "{mixed}");
    }
}
