//! What a reader knows of a column's texts, and profiles do not keep: how long they are, and the times that they name.

use std::collections::HashMap;

use rolling_profiles_ingest::{Cells, Moment, Rows};

use crate::times::TimeReader;

/// Of so many columns at most something is known.
const MOST_COLUMNS: usize = 1 << 16;

/// What is known of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// How many characters the shortest and the longest text have; `None`: there are no texts.
    pub lengths: Option<(u64, u64)>,
    /// The first and the last time, ms since the epoch; `None`: some of its texts name no time, or there are none.
    pub times: Option<(i64, i64)>,
}

/// Columns by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts(HashMap<String, ColumnFacts>);

impl Facts {
    /// Takes in rows. The same rows may come twice.
    pub fn note(&mut self, rows: &Rows) {
        for (_, table) in &rows.tables {
            for (name, cells, _) in table.columns() {
                self.add(name, facts_of(cells));
            }
        }
    }

    /// Takes in those of other rows.
    pub fn merge(&mut self, other: Self) {
        for (name, facts) in other.0 {
            self.add(&name, facts);
        }
    }

    /// Each column with what is known of it.
    pub fn into_columns(self) -> impl Iterator<Item = (String, ColumnFacts)> {
        self.0.into_iter()
    }

    fn add(&mut self, name: &str, facts: ColumnFacts) {
        let Some((shortest, longest)) = facts.lengths else { return };
        if let Some(known) = self.0.get_mut(name) {
            let (least, most) = known.lengths.unwrap_or((shortest, longest));
            known.lengths = Some((least.min(shortest), most.max(longest)));
            let both = known.times.zip(facts.times);
            known.times = both.map(|((first, last), (from, to))| (first.min(from), last.max(to)));
        } else if self.0.len() < MOST_COLUMNS {
            self.0.insert(name.to_owned(), facts);
        }
    }
}

fn facts_of(cells: &Cells) -> ColumnFacts {
    let mut lengths: Option<(u64, u64)> = None;
    for text in cells.texts() {
        let length = if text.is_ascii() { text.len() } else { text.chars().count() } as u64;
        let (shortest, longest) = lengths.unwrap_or((length, length));
        lengths = Some((shortest.min(length), longest.max(length)));
    }
    ColumnFacts { lengths, times: times_of(cells) }
}

/// The first and the last time, where each text names one. A number alone names none: it may be anything.
fn times_of(cells: &Cells) -> Option<(i64, i64)> {
    let reader = TimeReader::default();
    let mut times: Option<(i64, i64)> = None;
    let mut before = "";
    for text in cells.texts() {
        // Rows come mostly in the order of their time.
        if text == before {
            continue;
        }
        before = text;
        if !text.contains(['-', '/']) || !text.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let time = reader.read(Moment::Text(text)).ok().flatten()?;
        let (first, last) = times.unwrap_or((time, time));
        times = Some((first.min(time), last.max(time)));
    }
    times
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rolling_profiles_ingest::{IngestLimits, Table};

    use super::*;

    fn rows(texts: &[&str]) -> Rows {
        let mut cells = Cells::default();
        for text in texts {
            cells.text(0, text);
        }
        cells.null(0);
        cells.integer(0, 5);
        let mut table = Table::default();
        let limits = IngestLimits {
            max_columns: 10,
            max_value_bytes: 100,
            max_name_bytes: 100,
            max_depth: 10,
            max_message_bytes: 1 << 20,
            keeps_rows: false,
        };
        table.insert("c", cells, &limits).unwrap();
        Rows::of(0, table)
    }

    fn facts(parcels: &[&[&str]]) -> Vec<(String, ColumnFacts)> {
        let mut all = Facts::default();
        for texts in parcels {
            let mut facts = Facts::default();
            facts.note(&rows(texts));
            facts.note(&rows(texts));
            all.merge(facts);
        }
        all.into_columns().collect()
    }

    #[test]
    fn lengths_are_in_characters_over_all_parcels() {
        let found = facts(&[&["ab", "é😀z"], &[], &["", "abcde"]]);
        assert_eq!(found, [("c".to_owned(), ColumnFacts { lengths: Some((0, 5)), times: None })]);
        assert!(facts(&[&[]]).is_empty(), "there are no texts");
    }

    #[test]
    fn times_are_known_where_every_text_is_one() {
        let dates: &[&str] = &["2024-03-01", "2024-01-01T00:00:00Z", "2024/02/01 12:00"];
        let (first, last) = (1_704_067_200_000, 1_709_251_200_000);
        assert_eq!(facts(&[dates, &[]])[0].1.times, Some((first, last)));
        assert_eq!(facts(&[dates, &["2025-01-01"]])[0].1.times, Some((first, 1_735_689_600_000)));
        for other in ["soon", "17", "2024-13-01", "", "1-2"] {
            assert_eq!(facts(&[dates, &[other]])[0].1.times, None, "{other}");
            assert_eq!(facts(&[&[other], dates])[0].1.times, None, "{other}");
        }
    }

    proptest! {
        /// Whatever parcels they come in, counted ahead or not.
        #[test]
        fn facts_of_parcels_are_those_of_all_texts(
            days in prop::collection::vec((0..400_i64, any::<bool>()), 0..30),
            others in prop::collection::vec("[a-zé😀]{0,5}|2024-1[0-9]-05|7", 0..3),
            repeats in 1..200_usize,
            parcels in prop::collection::vec(1..900_usize, 1..8),
        ) {
            let day_ms = 86_400_000;
            let name = |&(day, has_time): &(i64, bool)| {
                let (month, day) = (1 + day / 28 % 12, 1 + day % 28);
                format!("2024-{month:02}-{day:02}{}", if has_time { "T00:00:00Z" } else { "" })
            };
            let different: Vec<String> = days.iter().map(name).chain(others).collect();
            let texts: Vec<String> = (0..repeats).flat_map(|_| different.iter().cloned()).collect();
            let mut rest: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut cut: Vec<Vec<&str>> = Vec::new();
            for len in parcels {
                let left = rest.split_off(len.min(rest.len()));
                cut.push(std::mem::replace(&mut rest, left));
            }
            cut.push(rest);
            let parcels: Vec<&[&str]> = cut.iter().map(Vec::as_slice).collect();
            let lengths = texts.iter().map(|text| text.chars().count() as u64);
            let lengths = lengths.clone().min().zip(lengths.max());
            let reader = TimeReader::default();
            let time = |text: &String| {
                let is_date = text.starts_with("2024-");
                reader.read(Moment::Text(text)).ok().flatten().filter(|time| is_date && time % day_ms == 0)
            };
            let times: Option<Vec<i64>> = texts.iter().map(time).collect();
            let times = times.and_then(|times| times.iter().min().copied().zip(times.iter().max().copied()));
            let wanted = lengths.map(|lengths| ("c".to_owned(), ColumnFacts { lengths: Some(lengths), times }));
            prop_assert_eq!(facts(&parcels), Vec::from_iter(wanted));
        }
    }
}
