//! A parse: the parser over a text, the limits, and an error of ours.
//!
//! The parser's own errors quote the input, so none of them is passed on: where it stopped is.

use std::cell::RefCell;

use serde::de::DeserializeSeed;
use sonic_rs::{Deserializer, Read};

use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;

/// What a parse needs besides its input: the limits, and a place for an error of ours, which the parser's would only quote.
pub(crate) struct Context<'l> {
    pub limits: &'l IngestLimits,
    problem: RefCell<Option<IngestError>>,
}

impl<'l> Context<'l> {
    pub fn new(limits: &'l IngestLimits) -> Self {
        Self { limits, problem: RefCell::default() }
    }

    /// Gives up with an error of ours.
    pub fn fail<E: serde::de::Error>(&self, error: IngestError) -> E {
        self.problem.replace(Some(error));
        E::custom("refused")
    }

    /// Reads the one value of `text`.
    ///
    /// # Errors
    /// What `seed` failed with, or `InvalidData` where the text is no JSON.
    pub fn read<'de, S: DeserializeSeed<'de>>(&self, text: &'de str, seed: S) -> Result<S::Value, IngestError> {
        self.try_read(text, seed).map_err(|(at, ours)| {
            ours.unwrap_or_else(|| invalid(&format!("it is no JSON of the form asked for, at byte {at}")))
        })
    }

    /// The same.
    ///
    /// # Errors
    /// At which byte, and what `seed` failed with; `None`: the text is no JSON of the form asked for.
    pub fn try_read<'de, S: DeserializeSeed<'de>>(
        &self,
        text: &'de str,
        seed: S,
    ) -> Result<S::Value, (usize, Option<IngestError>)> {
        let mut parser = Deserializer::new(Read::from(text)).utf8_lossy();
        let outcome = seed.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
        outcome.map_err(|error| (error.offset(), self.problem.take()))
    }
}
