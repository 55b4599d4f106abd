//! Why bytes are not a profile.

/// The bytes given to [`Profile::deserialize`](crate::Profile::deserialize) are not a profile this crate can read.
///
/// Every variant says what is wrong and where. Reading never panics and never allocates more than a small multiple of the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The first four bytes are not `WHY1`.
    #[error("not a profile: it does not start with the bytes 'WHY1'")]
    Magic,
    /// The bytes end inside a part of the file.
    #[error("the profile ends too early, in {part}")]
    Truncated {
        /// The part that is cut.
        part: &'static str,
    },
    /// A message does not follow the protobuf encoding.
    #[error("malformed message in {part}: {reason}")]
    Message {
        /// The part that holds the message.
        part: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A column's chunk is missing or of another type.
    #[error("column '{column}': {reason}")]
    Column {
        /// Name of the column.
        column: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A component of a metric has another kind of value than its path demands, or an impossible one.
    #[error("column '{column}', component '{path}': {reason}")]
    Component {
        /// Name of the column.
        column: String,
        /// Path of the component, such as `counts/n`.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The image of a sketch is damaged.
    #[error("column '{column}', sketch '{path}': {source}")]
    Sketch {
        /// Name of the column.
        column: String,
        /// Path of the component, such as `distribution/kll`.
        path: &'static str,
        /// What is wrong with the image.
        source: SketchError,
    },
}

/// What is wrong with the image of a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SketchError {
    /// The image ends too early.
    #[error("the image is too short")]
    Truncated,
    /// A field of the preamble has a value this crate does not know.
    #[error("unexpected {0}")]
    Preamble(&'static str),
    /// Two parts of the image contradict each other.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// Why two profiles should not be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// They count rows of different owners.
    #[error("one profile is of {mine}, another of {theirs}")]
    Owner {
        /// Whose rows the one counts, in words.
        mine: String,
        /// Whose rows the other counts.
        theirs: String,
    },
    /// Both hold the same part.
    #[error("part {id} is counted already: the same file twice, or one that is in a merged profile as well")]
    Part {
        /// Id of the part.
        id: String,
    },
    /// Both count what was read from one source, at two times.
    #[error("source {id} is counted already, by another reading than {reading:?}: what was read twice counts twice")]
    Source {
        /// Id of the source.
        id: String,
        /// The reading that comes second.
        reading: String,
    },
    /// Both have a metric that cannot be merged.
    #[error("column '{column}': metric '{metric}' cannot be merged: only the program that made it knows how")]
    Metric {
        /// Name of the column.
        column: String,
        /// Namespace of the metric, or path of one inside of another.
        metric: String,
    },
}
