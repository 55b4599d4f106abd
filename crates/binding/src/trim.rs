//! Gives memory back to the system that is free, but that the allocator keeps.
//!
//! glibc keeps what is freed, in an arena for every few threads, unless it lies at an arena's end. After very many
//! datasets were written and let go that is most of what they took. Other allocators give it back by themselves.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library's own function; it takes no pointer and is safe to call from any thread")]
pub fn give_back() {
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicBool, Ordering};

    static IS_RUNNING: AtomicBool = AtomicBool::new(false);
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> c_int;
    }
    if IS_RUNNING.swap(true, Ordering::AcqRel) {
        return;
    }
    let trim = || {
        // SAFETY: it locks each arena while it looks at it, and changes nothing that is in use.
        unsafe { malloc_trim(0) };
        IS_RUNNING.store(false, Ordering::Release);
    };
    // It takes long enough to have a thread of its own. Without one, memory is kept as it was.
    if std::thread::Builder::new().name("profiles-trim".to_owned()).spawn(trim).is_err() {
        IS_RUNNING.store(false, Ordering::Release);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn give_back() {}
