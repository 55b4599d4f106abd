//! Levels: which rows have a value, and where rows begin among the values of a list.

use super::damage::{Damage, Fallible};
use super::hybrid::{Hybrid, unpack_high, width_of};
use super::page::{DataPage, LevelForm};

/// The levels of one page, from the front.
#[derive(Debug)]
pub(super) enum Levels<'a> {
    /// So many are left, all 0.
    None(usize),
    Hybrid(Hybrid<'a>, usize),
    Packed {
        bytes: &'a [u8],
        width: u32,
        at: usize,
        left: usize,
    },
}

impl<'a> Levels<'a> {
    /// Those up to `max`, in that form.
    pub fn new(page: &'a DataPage, form: &LevelForm, max: u16) -> Fallible<Self> {
        let (width, left) = (width_of(max), page.values);
        Ok(match form {
            LevelForm::None => Self::None(left),
            LevelForm::Hybrid(range) => Self::Hybrid(Hybrid::new(page.slice(range), width)?, left),
            LevelForm::Packed(range) => Self::Packed { bytes: page.slice(range), width, at: 0, left },
        })
    }

    /// Takes `count`; shows each, or many that are the same, to `each`.
    ///
    /// # Errors
    /// `Short`: there are not as many.
    pub fn take(&mut self, count: usize, mut each: impl FnMut(u32, usize) -> Fallible<()>) -> Fallible<()> {
        let left = match self {
            Self::None(left) | Self::Hybrid(_, left) | Self::Packed { left, .. } => left,
        };
        *left = left.checked_sub(count).ok_or(Damage::Short)?;
        match self {
            Self::None(_) => each(0, count),
            Self::Hybrid(hybrid, _) => hybrid.take(count, each),
            Self::Packed { bytes, width, at, .. } => {
                for index in *at..*at + count {
                    each(unpack_high(bytes, index as u64, *width).ok_or(Damage::Short)?, 1)?;
                }
                *at += count;
                Ok(())
            }
        }
    }
}

/// How many rows begin in a page of lists.
pub(super) fn rows_that_begin(page: &DataPage, max_repetition: u16) -> Fallible<u64> {
    let mut rows = 0;
    Levels::new(page, &page.repetition, max_repetition)?.take(page.values, |level, times| {
        rows += if level == 0 { times as u64 } else { 0 };
        Ok(())
    })?;
    Ok(rows)
}
