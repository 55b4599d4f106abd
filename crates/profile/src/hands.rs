//! Who does work that falls into pieces. This crate starts no thread; a caller that has some can lend them.

/// Does pieces of work.
pub trait Hands {
    /// Does all of them, in any order; gives the results in the order of the pieces.
    fn share<T: Send, R: Send>(&self, pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R>;
}

/// One piece after the other, on the thread that asks for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Hands for Alone {
    fn share<T: Send, R: Send>(&self, pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        pieces.into_iter().map(work).collect()
    }
}

/// Columns of a piece: a millisecond or two of merging or writing, where their sketches are full.
pub(crate) const PIECE_COLUMNS: usize = 64;
