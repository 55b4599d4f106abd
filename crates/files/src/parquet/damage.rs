//! What may be wrong with a file.

use std::borrow::Cow;

/// Why bytes were not read.
#[derive(Debug)]
pub(super) enum Damage {
    /// They could not be had.
    Io(std::io::Error),
    /// They end too early.
    Short,
    /// They are not what they should be, for people: "the page is …".
    Bad(Cow<'static, str>),
    /// They come to more at once than memory is meant for: fewer rows may do.
    TooMuch,
}

pub(super) type Fallible<T> = Result<T, Damage>;

pub(super) const fn bad(what: &'static str) -> Damage {
    Damage::Bad(Cow::Borrowed(what))
}

impl From<std::io::Error> for Damage {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof { Self::Short } else { Self::Io(error) }
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => error.fmt(formatter),
            Self::Short => formatter.write_str("the file is cut off, or a length in it is wrong"),
            Self::Bad(what) => formatter.write_str(what),
            Self::TooMuch => formatter.write_str("a row is too large"),
        }
    }
}
