//! Accepted rows that will never be written, by dataset.

use std::collections::BTreeMap;

use crate::dataset::Dataset;

/// Profiles of one dataset that are lost, and their rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loss {
    /// The dataset; `None` for rows that no worker came to.
    pub dataset: Option<String>,
    /// Its organisation.
    pub org: Option<String>,
    /// How many profiles; of rows that are in none, 0.
    pub profiles: u64,
    /// How many rows, each once: one in segments of several partitions counts with that of the first.
    pub rows: u64,
    /// How many of the profiles may have been written after all: a writer has not answered.
    pub unanswered: u64,
}

/// What has been lost so far.
#[derive(Default)]
pub(crate) struct Losses(BTreeMap<(Option<String>, Option<String>), Loss>);

impl Losses {
    /// A profile of `dataset` is lost; `is_unanswered`: it may have been written.
    pub fn add_profile(&mut self, dataset: &Dataset, rows: u64, is_unanswered: bool) {
        let loss = self.of(Some(dataset.id.clone()), dataset.org.clone());
        loss.profiles += 1;
        loss.rows += rows;
        loss.unanswered += u64::from(is_unanswered);
    }

    /// Rows of no known dataset are lost.
    pub fn add_rows(&mut self, rows: u64) {
        self.of(None, None).rows += rows;
    }

    pub fn rows(&self) -> u64 {
        self.0.values().map(|loss| loss.rows).sum()
    }

    pub fn profiles(&self) -> u64 {
        self.0.values().map(|loss| loss.profiles).sum()
    }

    pub fn into_list(self) -> Vec<Loss> {
        self.0.into_values().collect()
    }

    fn of(&mut self, dataset: Option<String>, org: Option<String>) -> &mut Loss {
        let name = (dataset.clone(), org.clone());
        self.0.entry(name).or_insert_with(|| Loss { dataset, org, ..Loss::default() })
    }
}
