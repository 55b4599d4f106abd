//! What the fuzz targets do with their input: any bytes are read or refused with an error, and whatever could be read works.
//!
//! A target panics where that does not hold. `fuzz/` runs them under libFuzzer; `tests/corpus.rs` runs them over the committed inputs, and over
//! changes of those. Both make [`PeakAlloc`] their allocator, by which reading is held to a small multiple of the input.

mod block;
mod container;
mod files;
mod ingest;
mod meter;
mod sketches;
mod text;

pub use peak_alloc::PeakAlloc;

/// One fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its binary and of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]),
}

/// All targets, by name.
pub const TARGETS: [Target; 10] = [
    Target { name: "block", run: block::run },
    Target { name: "columnar", run: ingest::columnar },
    Target { name: "container", run: container::run },
    Target { name: "csv", run: text::csv },
    Target { name: "frequent_image", run: sketches::frequent },
    Target { name: "hll_image", run: sketches::hll },
    Target { name: "json_sequence", run: text::json },
    Target { name: "kll_image", run: sketches::kll },
    Target { name: "parquet", run: files::parquet },
    Target { name: "raw_json", run: ingest::json },
];

/// Tries one input on the target of that name.
///
/// # Panics
/// When the input does what none may do, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of that name");
    (target.run)(input);
}
