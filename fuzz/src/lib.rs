//! A target of the testkit as a libFuzzer binary.

pub use libfuzzer_sys::fuzz_target;
pub use rolling_profiles_testkit::fuzz::{PeakAlloc, run};

/// The binary of the target of that name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        #[global_allocator]
        static ALLOCATOR: $crate::PeakAlloc = $crate::PeakAlloc;

        $crate::fuzz_target!(|input: &[u8]| $crate::run($name, input));
    };
}
