//! Failed calls of the operating system, as JavaScript gets them.

use napi_derive::napi;
use rolling_profiles_engine::SystemFailure;
use rolling_profiles_writers::FileError;

/// See `NativeSystemFailure` in `ts/native.ts`.
#[napi(object, use_nullable = true, object_from_js = false)]
pub struct NativeSystemFailure {
    pub message: String,
    pub errno: Option<i32>,
    pub syscall: String,
    pub path: Option<String>,
}

impl From<&FileError> for NativeSystemFailure {
    fn from(error: &FileError) -> Self {
        Self { message: error.to_string(), ..error.system().into() }
    }
}

impl From<SystemFailure> for NativeSystemFailure {
    fn from(failure: SystemFailure) -> Self {
        let SystemFailure { errno, syscall, path } = failure;
        Self { message: String::new(), errno, syscall, path: Some(path) }
    }
}

impl NativeSystemFailure {
    /// Of a call that is about no file.
    #[must_use]
    pub fn of_call(syscall: &str, error: &std::io::Error) -> Self {
        Self { message: error.to_string(), errno: error.raw_os_error(), syscall: syscall.to_owned(), path: None }
    }
}
