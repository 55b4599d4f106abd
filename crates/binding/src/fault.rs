//! Errors as JavaScript gets them: `code` and `message`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rolling_profiles_engine::EngineError;
use rolling_profiles_profile::{FormatError, MergeError};

/// An error whose `code` is a stable one of ours.
pub type Fault = napi::Error<&'static str>;

/// What every exported function returns. napi-rs knows it by its name.
pub type Result<T> = std::result::Result<T, Fault>;

pub fn from_engine(error: EngineError) -> Fault {
    Fault::new(error.code.as_str(), error.message)
}

pub fn from_format(error: &FormatError) -> Fault {
    Fault::new("ERR_PROFILE_FORMAT", error.to_string())
}

pub fn from_merge(error: &MergeError) -> Fault {
    let code = match error {
        MergeError::Owner { .. } => "ERR_DIFFERENT_DATASETS",
        MergeError::Part { .. } | MergeError::Source { .. } => "ERR_COUNTED_TWICE",
        _ => "ERR_UNMERGEABLE_METRIC",
    };
    Fault::new(code, error.to_string())
}

/// Runs an entry; a panic becomes an error of its caller.
pub fn guard<T>(entry: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(entry)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(Fault::new("ERR_INTERNAL", format!("the addon failed: {}", text.unwrap_or("unknown panic"))))
    })
}
