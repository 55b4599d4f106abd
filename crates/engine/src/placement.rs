//! Which lane a raw message goes to.
//!
//! The dataset's name lies inside of it, unread. A look at where `datasetId` mostly stands gives a hint; messages with the same hint stay on one
//! lane until there are many of them, so that cold datasets cost memory once and hot ones use all cores. A wrong hint costs only that. The lane
//! depends on the messages and their order alone, never on timing.

use crate::shared::mix;
use rolling_profiles_ingest::{RawKind, RawMessage};

/// Hints are folded to so many.
const SLOTS: usize = 1024;
/// Bytes with one hint that stay on its home lane.
const HOT_BYTES: u64 = 4 << 20;
/// Bytes of a hot hint that stay on one lane.
const LANE_BYTES: u64 = 64 << 10;
/// How far from either end the name is looked for.
const LOOK_BYTES: usize = 256;

pub(crate) struct Placement {
    lanes: u64,
    slots: Vec<Slot>,
    unnamed: u64,
}

#[derive(Clone)]
struct Slot {
    /// Bytes until the lane is thought of again.
    credit: u64,
    /// How often it was moved.
    moves: u64,
}

impl Placement {
    pub fn new(lanes: usize) -> Self {
        Self { lanes: lanes.max(1) as u64, slots: vec![Slot { credit: HOT_BYTES, moves: 0 }; SLOTS], unnamed: 0 }
    }

    /// The lane for the next message.
    pub fn lane(&mut self, message: &RawMessage) -> usize {
        let Some(hint) = hint(message) else {
            self.unnamed += 1;
            return (self.unnamed % self.lanes) as usize;
        };
        let slot = &mut self.slots[hint as usize % SLOTS];
        let lane = (hint % self.lanes + slot.moves % self.lanes) % self.lanes;
        slot.credit = slot.credit.saturating_sub(message.bytes.len() as u64);
        if slot.credit == 0 {
            slot.credit = LANE_BYTES;
            slot.moves += 1;
        }
        lane as usize
    }
}

fn hint(message: &RawMessage) -> Option<u64> {
    let bytes = &message.bytes;
    let name = match message.kind {
        RawKind::Ndjson | RawKind::Columns | RawKind::Arrow => message.dataset_id.as_deref().map(str::as_bytes),
        RawKind::LogRequest | RawKind::EmbeddingsRequest => {
            let head = &bytes[..bytes.len().min(LOOK_BYTES)];
            let tail = &bytes[bytes.len().saturating_sub(LOOK_BYTES)..];
            named_in(head).or_else(|| named_in(tail)).or(message.dataset_id.as_deref().map(str::as_bytes))
        }
        RawKind::PubSub | RawKind::PubSubEmbeddings => None,
    };
    name.map(|name| name.iter().fold(0, |hash, &byte| mix(hash ^ u64::from(byte))))
}

/// What stands between quotes behind `"datasetId":`.
fn named_in(bytes: &[u8]) -> Option<&[u8]> {
    const FIELD: &[u8] = b"\"datasetId\"";
    let at = bytes.windows(FIELD.len()).position(|window| window == FIELD)?;
    let rest = &bytes[at + FIELD.len()..];
    let start = rest.iter().position(|&byte| byte == b'"')? + 1;
    let end = rest[start..].iter().position(|&byte| byte == b'"')?;
    Some(&rest[start..start + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> RawMessage {
        RawMessage::new(RawKind::LogRequest, text)
    }

    #[test]
    fn a_cold_dataset_stays_on_its_lane() {
        let mut placement = Placement::new(4);
        let head = request(r#"{"datasetId": "a", "multiple": {}}"#);
        let tail = request(&format!(r#"{{"multiple": "{}", "datasetId":"a"}}"#, "x".repeat(1000)));
        let lane = placement.lane(&head);
        assert!((0..100).all(|_| placement.lane(&head) == lane && placement.lane(&tail) == lane));
    }

    #[test]
    fn a_hot_dataset_goes_round_and_datasets_spread() {
        let mut placement = Placement::new(4);
        let big = request(&format!(r#"{{"datasetId": "a", "multiple": "{}"}}"#, "x".repeat(1 << 20)));
        let lanes: std::collections::BTreeSet<usize> = (0..40).map(|_| placement.lane(&big)).collect();
        assert_eq!(lanes.len(), 4);
        let many = (0..100).map(|id| placement.lane(&request(&format!(r#"{{"datasetId": "d{id}"}}"#))));
        assert_eq!(many.collect::<std::collections::BTreeSet<_>>().len(), 4);
        let unnamed = (0..4).map(|_| placement.lane(&request("{}")));
        assert_eq!(unnamed.collect::<std::collections::BTreeSet<_>>().len(), 4);
    }
}
