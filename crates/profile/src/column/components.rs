//! A column's components as they stand in the file, for metrics of any kind.

use super::Column;
use super::encode::Part;
use crate::wire::{Message, Writer};

/// The value of one component.
#[derive(Debug, Clone, PartialEq)]
pub enum Component {
    /// A whole number.
    Integer(i64),
    /// A number.
    Double(f64),
    /// Anything else: the component's bytes, in protobuf's encoding.
    Bytes(Vec<u8>),
}

impl Column {
    /// Path and value of everything the column would write, ascending by path.
    #[must_use]
    pub fn components(&self) -> Vec<(String, Component)> {
        self.settled().parts().into_iter().map(|(path, part)| (path.into_owned(), component(part))).collect()
    }
}

fn component(part: Part<'_>) -> Component {
    match part {
        Part::Counter(count) => Component::Integer(i64::try_from(count).unwrap_or(i64::MAX)),
        Part::Integer { value, .. } => Component::Integer(value),
        Part::Double(value) => Component::Double(value),
        Part::Other(bytes) => read(bytes),
        Part::Kll(_) | Part::Hll(_) | Part::Frequent(_) => {
            let mut out = Writer::new();
            part.write(&mut out);
            Component::Bytes(out.finish())
        }
    }
}

fn read(bytes: &[u8]) -> Component {
    let mut message = Message::new(bytes);
    let mut found = None;
    while let Ok(Some(field)) = message.next_field() {
        match field.number {
            1 => {}
            2 => found = field.value.varint().ok().map(|value| Component::Integer(value.cast_signed())),
            3 => found = field.value.double().ok().map(Component::Double),
            _ => return Component::Bytes(bytes.to_vec()),
        }
    }
    found.unwrap_or_else(|| Component::Bytes(bytes.to_vec()))
}
