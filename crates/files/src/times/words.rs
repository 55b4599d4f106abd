//! What is told of a value that is no time, and which characters are blank.

use rolling_profiles_ingest::{IngestError, IngestErrorKind};

/// How many characters of a value are shown.
const SHOWN: usize = 40;

pub(super) fn unreadable() -> IngestError {
    IngestError::new(IngestErrorKind::InvalidTimestamp, "the value is no timestamp that can be read")
}

pub(super) fn unreadable_text(text: &str) -> IngestError {
    let is_cut = text.chars().nth(SHOWN).is_some();
    let shown: String = text.chars().take(if is_cut { SHOWN - 1 } else { SHOWN }).map(printable).collect();
    let end = if is_cut { "…" } else { "" };
    let message = format!("\"{shown}{end}\" is no timestamp that can be read");
    IngestError::new(IngestErrorKind::InvalidTimestamp, message)
}

/// Characters that would move the cursor, end the line or turn the direction of the text are shown as `·`.
fn printable(character: char) -> char {
    match character {
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '·',
        _ if character.is_control() => '·',
        _ => character,
    }
}

/// A text without the blanks around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// What JavaScript takes for blank: a byte-order mark is, the control character NEL is not.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() && character != '\u{85}' || character == '\u{feff}'
}
