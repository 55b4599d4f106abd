//! Rows by the bucket of their time, where all times are known before the values are read.

use std::collections::HashMap;

use crate::bucket::{Bucket, Granularity};
use crate::error::IngestError;

/// The most buckets that the rows of one message may fall into: each costs a table.
pub(crate) const MAX_BUCKETS: usize = 4096;

/// See the module.
#[derive(Debug)]
pub struct RowBuckets {
    width: Granularity,
    current: Option<(Bucket, u32)>,
    index: HashMap<i64, u32>,
    buckets: Vec<(i64, u64)>,
    of_row: Vec<u32>,
}

impl RowBuckets {
    /// None, of buckets that are so wide.
    #[must_use]
    pub fn new(width: Granularity) -> Self {
        Self { width, current: None, index: HashMap::new(), buckets: Vec::new(), of_row: Vec::new() }
    }

    /// Adds the next row. `false`: there are as many buckets as there may be, and the row is of a further one; it was not added.
    ///
    /// # Errors
    /// `InvalidTimestamp`. The row was not added.
    pub fn add(&mut self, time_ms: i64) -> Result<bool, IngestError> {
        let at = match &self.current {
            Some((bucket, at)) if (bucket.start_ms..bucket.end_ms).contains(&time_ms) => *at,
            _ => {
                let bucket = self.width.bucket(time_ms)?;
                let at = match self.index.get(&bucket.start_ms) {
                    Some(&at) => at,
                    None if self.buckets.len() >= MAX_BUCKETS => return Ok(false),
                    None => {
                        let at = self.buckets.len() as u32;
                        self.buckets.push((time_ms, 0));
                        self.index.insert(bucket.start_ms, at);
                        at
                    }
                };
                self.current = Some((bucket, at));
                at
            }
        };
        if let Some((_, rows)) = self.buckets.get_mut(at as usize) {
            *rows = rows.saturating_add(1);
        }
        self.of_row.push(at);
        Ok(true)
    }

    /// The time of each bucket's first row, and how many rows it has.
    #[must_use]
    pub fn buckets(&self) -> &[(i64, u64)] {
        &self.buckets
    }

    /// The number of each row's bucket.
    #[must_use]
    pub fn of_row(&self) -> &[u32] {
        &self.of_row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_bucket_are_together_whatever_their_order() {
        let mut rows = RowBuckets::new(Granularity::Second);
        for time in [1500, 2500, 1999, 1000, -1, 2000] {
            assert_eq!(rows.add(time), Ok(true));
        }
        assert_eq!(rows.of_row(), [0, 1, 0, 0, 2, 1]);
        assert_eq!(rows.buckets(), [(1500, 3), (2500, 2), (-1, 1)]);
        assert!(rows.add(i64::MAX).is_err());
    }

    #[test]
    fn a_row_of_one_bucket_too_many_is_not_added() {
        let mut rows = RowBuckets::new(Granularity::Second);
        for at in 0..MAX_BUCKETS as i64 {
            assert_eq!(rows.add(at * 1000), Ok(true));
        }
        assert_eq!(rows.add(-1), Ok(false));
        assert_eq!(rows.add(5), Ok(true));
        assert_eq!((rows.buckets()[0], rows.of_row().len()), ((0, 2), MAX_BUCKETS + 1));
    }
}
