//! Regular expressions in the syntax of ECMAScript, matched in linear time.
//!
//! The engine has another syntax and other classes of characters; what differs is rewritten. Lookaround and backreferences cannot be had in
//! linear time, and are refused. `^` and `$` of the flag `m` know the line feed alone.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// The most that a compiled expression may take of memory, bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// How much of a text an expression has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// From its start.
    Start,
    /// All of it.
    Whole,
    /// Anything in it.
    Anywhere,
}

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles an expression with the flags `i`, `m` and `s`; of `u` nothing has to be known, and `g` and `d` do not matter.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence: also lookaround and backreferences, other flags, and one that takes more than 1 MiB.
    pub fn new(source: &str, flags: &str, anchor: Anchor) -> Result<Self, String> {
        if let Some(flag) = flags.chars().find(|flag| !"imsugd".contains(*flag)) {
            return Err(format!("the flag {flag} is not supported"));
        }
        let source =
            Rewriter { source: source.chars().peekable(), out: String::new(), dot_all: flags.contains('s') }.run();
        let anchored = match anchor {
            Anchor::Start => format!(r"\A(?:{source})"),
            Anchor::Whole => format!(r"\A(?:{source})\z"),
            Anchor::Anywhere => source,
        };
        RegexBuilder::new(&anchored)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(true)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

struct Rewriter<'a> {
    source: Peekable<Chars<'a>>,
    out: String,
    dot_all: bool,
}

impl Rewriter<'_> {
    fn run(mut self) -> String {
        while let Some(character) = self.source.next() {
            match character {
                '\\' => self.escape(false),
                '[' => self.class(),
                '.' if !self.dot_all => self.out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
                other => self.out.push(other),
            }
        }
        self.out
    }

    /// A class in brackets, up to its end.
    fn class(&mut self) {
        let is_negated = self.source.next_if_eq(&'^').is_some();
        if self.source.next_if_eq(&']').is_some() {
            self.out.push_str(if is_negated { "(?s:.)" } else { r"[^\x{0}-\x{10ffff}]" });
            return;
        }
        self.out.push_str(if is_negated { "[^" } else { "[" });
        let mut last = None;
        while let Some(character) = self.source.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return;
                }
                '\\' => self.escape(true),
                // These mean nothing there, but something to the engine.
                '[' | '&' | '~' => self.out.extend(['\\', character]),
                '-' if last == Some('-') => self.out.push_str(r"\-"),
                other => self.out.push(other),
            }
            last = Some(character);
        }
    }

    fn escape(&mut self, in_class: bool) {
        let Some(character) = self.source.next() else {
            self.out.push('\\');
            return;
        };
        match character {
            'd' => self.put_class(DIGIT, false, in_class),
            'D' => self.put_class(DIGIT, true, in_class),
            'w' => self.put_class(WORD, false, in_class),
            'W' => self.put_class(WORD, true, in_class),
            's' => self.put_class(SPACE, false, in_class),
            'S' => self.put_class(SPACE, true, in_class),
            'b' if in_class => self.out.push_str(r"\x08"),
            'b' => self.out.push_str(r"(?-u:\b)"),
            '0' => self.out.push_str(r"\x00"),
            'c' => {
                let code = self.source.next_if(char::is_ascii_alphabetic).map_or(0, |letter| u32::from(letter) % 32);
                write!(self.out, r"\x{{{code:x}}}").unwrap_or_default();
            }
            'u' if self.source.peek() != Some(&'{') => self.unit(),
            '/' => self.out.push('/'),
            other => self.out.extend(['\\', other]),
        }
    }

    fn put_class(&mut self, inside: &str, is_negated: bool, in_class: bool) {
        match (in_class, is_negated) {
            (true, false) => self.out.push_str(inside),
            (_, true) => write!(self.out, "[^{inside}]").unwrap_or_default(),
            (false, false) => write!(self.out, "[{inside}]").unwrap_or_default(),
        }
    }

    /// Four hexadecimal digits, or eight that are a surrogate pair.
    fn unit(&mut self) {
        let first = self.four_digits();
        let code = if (0xd800..0xdc00).contains(&first) {
            let mut ahead = self.source.clone();
            let is_pair = ahead.next() == Some('\\') && ahead.next() == Some('u');
            let second = if is_pair {
                self.source = ahead;
                self.four_digits()
            } else {
                0
            };
            0x1_0000 + ((first - 0xd800) << 10) + (second & 0x3ff)
        } else {
            first
        };
        write!(self.out, r"\x{{{code:x}}}").unwrap_or_default();
    }

    fn four_digits(&mut self) -> u32 {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.source.next_if(char::is_ascii_hexdigit) else { break };
            code = code * 16 + digit.to_digit(16).unwrap_or(0);
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(source: &str, flags: &str, anchor: Anchor, text: &str) -> bool {
        Pattern::new(source, flags, anchor).unwrap().is_match(text)
    }

    #[test]
    fn expressions_are_anchored_as_they_are_asked() {
        assert!(holds("b|ab", "", Anchor::Start, "abc"));
        assert!(!holds("b", "", Anchor::Start, "ab"));
        assert!(holds("a|ab", "", Anchor::Whole, "ab"));
        assert!(!holds("a", "", Anchor::Whole, "a\n"));
        assert!(holds("b", "", Anchor::Anywhere, "abc"));
    }

    #[test]
    fn classes_are_those_of_ecmascript() {
        for (source, flags, text, expected) in [
            (r"\d+", "", "12", true),
            (r"\d", "", "٣", false),
            (r"\w", "", "é", false),
            (r"[\w-]+", "", "a-b", true),
            (r"\W", "", "é", true),
            (r"[\D]", "", "1", false),
            (r"\s", "", "\u{feff}", true),
            (r"\S", "", "\u{a0}", false),
            (r"a.b", "", "a\rb", false),
            (r"a.b", "s", "a\nb", true),
            (r"[^]", "", "\n", true),
            (r"[]|x", "", "x", true),
            (r"[a&&b]+", "", "a&b", true),
            (r"[[a]+", "", "[a", true),
            (r"[+--]+", "", "+,-", true),
            (r"é\b", "", "é", false),
            (r"[\b]", "", "\u{8}", true),
            (r"\u0041\x42", "", "AB", true),
            (r"\uD83D\uDE00", "u", "😀", true),
            (r"\u{1F600}", "u", "😀", true),
            (r"\p{Lu}", "u", "É", true),
            (r"\/\.\cJ\0", "", "/.\n\0", true),
            ("STRASSE", "i", "strasse", true),
            (r"(?<year>\d{4})-\d\d", "", "2024-05", true),
        ] {
            assert_eq!(holds(source, flags, Anchor::Whole, text), expected, "/{source}/{flags} and {text:?}");
        }
        assert!(holds("^b$", "m", Anchor::Anywhere, "a\nb\nc"));
        assert!(!holds("^b$", "", Anchor::Anywhere, "a\nb\nc"));
    }

    #[test]
    fn what_no_linear_time_engine_has_is_refused() {
        for source in ["(?=a)", "(?!a)", "(?<=a)", r"(a)\1", r"(?<n>a)\k<n>", "(a{1000}){1000}", "("] {
            assert!(Pattern::new(source, "", Anchor::Start).is_err(), "{source}");
        }
        assert!(Pattern::new("a", "y", Anchor::Start).is_err());
    }
}
