//! Texts that follow a pattern.
//!
//! A step may fit in several ways (`d` is one digit or two), so they are tried, the longest first, as a regular expression would.

use super::parts::{Parts, fraction, is_zone_word, number, offset};
use super::words::is_blank;

/// How many fits are tried before a text counts as unfit: far more than a date needs, and an end to what a hostile text costs.
const TRIES: u32 = 10_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Pattern {
    pub steps: Vec<Step>,
    /// The hours are of half a day.
    pub is_half_day: bool,
}

#[derive(Debug)]
pub(super) enum Step {
    Number { part: Part, least: usize, most: usize },
    Month { is_short: bool },
    Weekday { is_short: bool },
    Fraction,
    HalfDay,
    Zone,
    Blanks,
    Literal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    /// Two digits name the years 1970 to 2069.
    ShortYear,
    Month,
    Day,
    Hour,
    HalfDayHour,
    Minute,
    Second,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

struct Draft {
    parts: Parts,
    is_afternoon: bool,
    tries: u32,
}

impl Pattern {
    /// A trimmed text as ms since the epoch.
    pub fn read(&self, text: &str) -> Option<i64> {
        let mut draft = Draft { parts: Parts::EPOCH, is_afternoon: false, tries: TRIES };
        if !draft.follow(&self.steps, text) {
            return None;
        }
        if self.is_half_day {
            if !(1..=12).contains(&draft.parts.hour) {
                return None;
            }
            draft.parts.hour = draft.parts.hour % 12 + if draft.is_afternoon { 12 } else { 0 };
        }
        draft.parts.time_ms()
    }
}

impl Draft {
    /// Whether `text` as a whole fits `steps`; its parts are here then.
    fn follow(&mut self, steps: &[Step], text: &str) -> bool {
        let Some((step, steps)) = steps.split_first() else { return text.is_empty() };
        let mut longest = step.longest(text);
        while let Some(len) = longest {
            if self.tries == 0 {
                return false;
            }
            self.tries -= 1;
            let Some((here, rest)) = text.split_at_checked(len) else { return false };
            self.set(step, here.as_bytes());
            if self.follow(steps, rest) {
                return true;
            }
            longest = step.shorter(here);
        }
        false
    }

    fn set(&mut self, step: &Step, here: &[u8]) {
        let Parts { year, month, day, hour, minute, second, millisecond, offset_minutes } = &mut self.parts;
        match step {
            Step::Number { part, .. } => {
                let number = number(here);
                match part {
                    Part::Year => *year = number,
                    Part::ShortYear => *year = number + if number < 70 { 2000 } else { 1900 },
                    Part::Month => *month = number,
                    Part::Day => *day = number,
                    Part::Hour | Part::HalfDayHour => *hour = number,
                    Part::Minute => *minute = number,
                    Part::Second => *second = number,
                }
            }
            Step::Month { .. } => {
                let is_this = |name: &&str| starts_with(here, name.get(..3).unwrap_or(name));
                *month = MONTHS.iter().position(is_this).map_or(0, |at| at as u32 + 1);
            }
            Step::Fraction => *millisecond = fraction(here),
            Step::HalfDay => self.is_afternoon = starts_with(here, "p"),
            Step::Zone => *offset_minutes = offset(here),
            Step::Weekday { .. } | Step::Blanks | Step::Literal(_) => {}
        }
    }
}

impl Step {
    /// How many bytes at the start of `text` it takes, at most; `None`: it does not fit.
    fn longest(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let run = |most: usize, fits: fn(&u8) -> bool| bytes.iter().take(most).take_while(|byte| fits(byte)).count();
        match self {
            Self::Number { least, most, .. } => Some(run(*most, u8::is_ascii_digit)).filter(|count| count >= least),
            Self::Month { is_short: true } => {
                MONTHS.iter().find(|name| starts_with(bytes, name.get(..3).unwrap_or(name)))?;
                Some(if bytes.get(3) == Some(&b'.') { 4 } else { 3 })
            }
            Self::Month { is_short: false } => {
                MONTHS.iter().find(|name| starts_with(bytes, name)).map(|name| name.len())
            }
            Self::Weekday { is_short: true } => Some(run(3, u8::is_ascii_alphabetic)).filter(|&count| count == 3),
            Self::Weekday { is_short: false } => weekday(bytes.get(..run(usize::MAX, u8::is_ascii_alphabetic))?),
            Self::Fraction => Some(run(usize::MAX, u8::is_ascii_digit)).filter(|&count| count > 0),
            Self::HalfDay => half_day(bytes),
            Self::Zone => zone(bytes),
            Self::Blanks => Some(text.len() - text.trim_start_matches(is_blank).len()).filter(|&len| len > 0),
            Self::Literal(literal) => literal_len(text, literal),
        }
    }

    /// The next shorter fit than all of `here`.
    fn shorter(&self, here: &str) -> Option<usize> {
        let one_less = here.len().checked_sub(1)?;
        match self {
            Self::Number { least, .. } => Some(one_less).filter(|len| len >= least),
            Self::Fraction => Some(one_less).filter(|&len| len > 0),
            Self::Month { is_short: true } | Self::HalfDay => here.ends_with('.').then_some(one_less),
            Self::Weekday { is_short: false } => weekday(here.as_bytes().get(..one_less)?),
            Self::Zone => Some(3).filter(|&len| here.len() > len),
            Self::Blanks => here.char_indices().next_back().map(|(at, _)| at).filter(|&at| at > 0),
            Self::Month { is_short: false } | Self::Weekday { is_short: true } | Self::Literal(_) => None,
        }
    }
}

/// Whether bytes begin with a word, of any case.
fn starts_with(bytes: &[u8], word: &str) -> bool {
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// The longest start of a word that ends with `day`.
fn weekday(word: &[u8]) -> Option<usize> {
    (4..=word.len()).rev().find(|&len| word.get(len - 3..len).is_some_and(|end| end.eq_ignore_ascii_case(b"day")))
}

/// `AM`, `pm`, `a.m.`, …
fn half_day(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'A' | b'a' | b'P' | b'p', b'.', b'M' | b'm', b'.', ..] => Some(4),
        [b'A' | b'a' | b'P' | b'p', b'M' | b'm', b'.', ..] | [b'A' | b'a' | b'P' | b'p', b'.', b'M' | b'm', ..] => {
            Some(3)
        }
        [b'A' | b'a' | b'P' | b'p', b'M' | b'm', ..] => Some(2),
        _ => None,
    }
}

/// Whatever `offset` reads.
fn zone(bytes: &[u8]) -> Option<usize> {
    let is_number = |from: usize| bytes.get(from..from + 2).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
    match bytes.first()? {
        b'Z' | b'z' => Some(1),
        b'+' | b'-' if !is_number(1) => None,
        b'+' | b'-' if bytes.get(3) == Some(&b':') && is_number(4) => Some(6),
        b'+' | b'-' if is_number(3) => Some(5),
        b'+' | b'-' => Some(3),
        _ => bytes.get(..3).filter(|word| is_zone_word(word)).map(|_| 3),
    }
}

/// How many bytes of `text` are `literal`, of any case.
fn literal_len(text: &str, literal: &str) -> Option<usize> {
    let mut characters = text.chars();
    literal
        .chars()
        .all(|wanted| characters.next().is_some_and(|found| is_same(found, wanted)))
        .then(|| text.len() - characters.as_str().len())
}

fn is_same(a: char, b: char) -> bool {
    a == b || a.eq_ignore_ascii_case(&b) || !a.is_ascii() && !b.is_ascii() && a.to_uppercase().eq(b.to_uppercase())
}
