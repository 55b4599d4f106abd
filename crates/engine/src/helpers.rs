//! Threads that help the coordinator for a moment: profiles of very many columns merge and are written by several at once.

use std::sync::{Mutex, PoisonError};
use std::thread;

use rolling_profiles_profile::Hands;

/// So many threads at the most, the one that asks among them. The others live as long as the work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Helpers {
    pub threads: usize,
}

impl Hands for Helpers {
    fn share<T: Send, R: Send>(&self, pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        let others = self.threads.min(pieces.len()).saturating_sub(1);
        let results = Mutex::new(Vec::with_capacity(pieces.len()));
        let queue = Mutex::new(pieces.into_iter().enumerate());
        let take_part = || {
            let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some((place, piece)) = next() {
                let result = work(piece);
                results.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
            }
        };
        thread::scope(|scope| {
            for _ in 0..others {
                let helper = thread::Builder::new().name("profiles-help".to_owned());
                if helper.spawn_scoped(scope, take_part).is_err() {
                    // Where no thread can be had, those that there are do its share.
                    break;
                }
            }
            take_part();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|&(place, _)| place);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_pieces() {
        for threads in [0, 1, 3, 100] {
            let doubled = Helpers { threads }.share((0..50).collect(), |number: u32| number * 2);
            assert_eq!(doubled, (0..50).map(|number| number * 2).collect::<Vec<_>>());
        }
        assert_eq!(Helpers { threads: 3 }.share(Vec::new(), |number: u32| number), Vec::<u32>::new());
    }

    #[test]
    fn several_work_at_the_same_time() {
        let meeting = Barrier::new(3);
        let work = |()| {
            meeting.wait();
            thread::current().id()
        };
        let threads: BTreeSet<String> =
            Helpers { threads: 3 }.share(vec![(); 3], work).into_iter().map(|id| format!("{id:?}")).collect();
        assert_eq!(threads.len(), 3);
    }
}
