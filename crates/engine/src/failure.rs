//! Failures of this program: panics that are caught, told of, and made on purpose by tests.

use std::any::Any;
use std::sync::Arc;

use crate::dataset::Key;
use crate::error::{EngineError, ErrorCode};
use crate::event::Event;
use crate::shared::Shared;

/// Where the engine may be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// Rows are brought to a partial profile.
    Track,
    /// A partial profile leaves its lane.
    Complete,
    /// Partial profiles are merged and written as bytes.
    Seal,
}

/// Is called wherever the engine may be made to fail, with the dataset id, and panics to make it so. For tests.
pub type Failpoint = Arc<dyn Fn(Site, &str) + Send + Sync>;

/// Tells of a panic, in which a key's profile may have been changed in part.
pub(crate) fn report_panic(shared: &Shared, key: Option<&Key>, panic: &(dyn Any + Send)) -> EngineError {
    let whose = key.map(|key| format!(" in a profile of dataset {:?}", key.owner.id)).unwrap_or_default();
    let error = EngineError::new(ErrorCode::Internal, format!("a worker failed{whose}: {}", panic_text(panic)));
    shared.sink.emit(Event::Error(error.clone()));
    error
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown panic")
}
