//! Caps on what is taken of a message.

/// Caps on what is taken of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestLimits {
    /// Columns, and those of the profile that they go to.
    pub max_columns: usize,
    /// Bytes of a column name.
    pub max_name_bytes: usize,
    /// Bytes of a text that are used.
    pub max_value_bytes: usize,
    /// Arrays and objects inside each other, in one value.
    pub max_depth: usize,
    /// Bytes of a message, and of the nulls that the columns of its segments are filled up with.
    pub max_message_bytes: usize,
    /// No cap: whether columns keep which value is which row's, as segments need it.
    pub keeps_rows: bool,
}
