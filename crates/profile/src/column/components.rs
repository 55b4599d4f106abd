//! A column's components as they stand in the file, for metrics of any kind.

use super::Column;
use crate::wire::Message;

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
        self.parts().into_iter().map(|(path, bytes)| (path, component(bytes))).collect()
    }
}

fn component(bytes: Vec<u8>) -> Component {
    let mut message = Message::new(&bytes);
    let mut found = None;
    while let Ok(Some(field)) = message.next_field() {
        match field.number {
            1 => {}
            2 => found = field.value.varint().ok().map(|value| Component::Integer(value.cast_signed())),
            3 => found = field.value.double().ok().map(Component::Double),
            _ => return Component::Bytes(bytes),
        }
    }
    found.unwrap_or(Component::Bytes(bytes))
}
