//! Whether an attempt to write has begun: decided once, between whoever would make it and the outbox that no longer wants it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::clock::Moment;
use crate::shared::Shared;

/// Neither begun nor withdrawn.
const WAITS: u64 = 0;
const WITHDRAWN: u64 = 1;
/// And so many milliseconds: begun at that moment.
const BEGUN: u64 = 2;

/// Held by the attempt and by the outbox.
pub(crate) struct Claim {
    /// A writer may keep an attempt for ever, and must not keep the engine with it.
    shared: Weak<Shared>,
    state: AtomicU64,
}

impl Claim {
    pub fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::downgrade(shared), state: AtomicU64::new(WAITS) }
    }

    /// Begins the attempt; false when it must not be made: it was withdrawn, or the engine has stopped.
    pub fn begin(&self) -> bool {
        let Some(shared) = self.shared.upgrade() else { return false };
        !shared.stop.is_raised() && self.settle(BEGUN.saturating_add(shared.clock.moment().ms()))
    }

    /// Takes the attempt back; false when it has begun.
    pub fn withdraw(&self) -> bool {
        self.settle(WITHDRAWN)
    }

    /// When it began; `None` when it has not.
    pub fn begun(&self) -> Option<Moment> {
        self.state.load(Ordering::SeqCst).checked_sub(BEGUN).map(Moment::from_ms)
    }

    fn settle(&self, state: u64) -> bool {
        self.state.compare_exchange(WAITS, state, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}
