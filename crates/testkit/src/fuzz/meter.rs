//! How much memory reading takes at its height.

use peak_alloc::PeakAlloc;

/// What reading may take: `bytes`, and `times` the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub bytes: usize,
    pub times: usize,
}

impl Bound {
    /// Reads, and checks what it took. Nothing is seen where [`PeakAlloc`] is not the allocator.
    pub fn hold<T>(self, input: &[u8], read: impl FnOnce() -> T) -> T {
        let before = PeakAlloc.current_usage();
        PeakAlloc.reset_peak_usage();
        let outcome = read();
        let taken = PeakAlloc.peak_usage().saturating_sub(before);
        let allowed = self.bytes + self.times * input.len();
        assert!(taken <= allowed, "reading {} bytes took {taken}, more than {allowed}", input.len());
        outcome
    }
}
