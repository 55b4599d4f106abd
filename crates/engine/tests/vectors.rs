//! Blocks that the TypeScript encoder wrote, decoded: the cells are those that it was given.

use rolling_profiles_engine::block::{ColumnData, ExceptionValue, Keys, gather};
use serde_json::{Value, json};

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A whole double as JSON writes it.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

fn cells(arena: &[u8], text: &[u8], rows: usize) -> Vec<Vec<Value>> {
    let block = gather(arena, text, 1, Vec::new()).unwrap();
    let view = block.view().unwrap();
    assert_eq!(view.rows(), rows);
    let mut cells = vec![vec![json!({ "$": "absent" }); view.columns()]; rows];
    for index in 0..view.columns() {
        let column = view.column(index).unwrap();
        for (row, cells) in cells.iter_mut().enumerate() {
            cells[index] = match (column.validity.map_or(1, |validity| validity[row]), &column.data) {
                (0, _) => continue,
                (1, ColumnData::Numbers(numbers)) => number(numbers[row]),
                (1, ColumnData::Bools(bools)) => json!(bools[row] == 1),
                (1, ColumnData::Texts(texts)) => json!(texts.get(row)),
                _ => Value::Null,
            };
        }
    }
    for exception in view.exceptions().unwrap() {
        cells[exception.row][exception.column] = match exception.value {
            ExceptionValue::Number(value) => number(value),
            ExceptionValue::Bool(truth) => json!(truth),
            ExceptionValue::Text(text) => json!(text),
            ExceptionValue::Integer(integer) => json!({ "$": "integer", "value": integer.to_string() }),
            ExceptionValue::Object => json!({ "$": "object" }),
            ExceptionValue::Tensor => json!({ "$": "tensor" }),
        };
    }
    cells
}

#[test]
fn the_decoder_finds_what_the_encoder_was_given() {
    let vectors: Value = serde_json::from_str(include_str!("../../../__test__/vectors/blocks.json")).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() >= 7);
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let (arena, text) = (bytes(&vector["arena"]), bytes(&vector["text"]));
        let keys: Vec<u64> = vector["keys"].as_array().unwrap().iter().map(|key| key.as_u64().unwrap()).collect();
        assert_eq!(json!(cells(&arena, &text, keys.len())), vector["cells"], "{name}");
        let block = gather(&arena, &text, 1, Vec::new()).unwrap();
        let view = block.view().unwrap();
        let found: Vec<u64> = match view.keys().unwrap() {
            Keys::Single(key) => vec![key; keys.len()],
            Keys::Each(keys) => (0..view.rows()).map(|row| keys.number(row)).collect(),
        };
        assert_eq!(found, keys, "{name}");
        let messages: Vec<Value> = view
            .messages()
            .unwrap()
            .iter()
            .map(|entry| json!({ "firstRow": entry.first_row, "rows": entry.rows, "waiter": entry.waiter }))
            .collect();
        assert_eq!(json!(messages), vector["messages"], "{name}");
    }
}

/// Every byte of every vector set to extremes: an error or a block, never a panic.
#[test]
fn damaged_blocks_are_refused_or_read_but_never_a_panic() {
    let vectors: Value = serde_json::from_str(include_str!("../../../__test__/vectors/blocks.json")).unwrap();
    let mut refused = 0;
    for vector in vectors.as_array().unwrap() {
        let (arena, text) = (bytes(&vector["arena"]), bytes(&vector["text"]));
        for at in 0..arena.len() + text.len() {
            for damage in [0x00, 0x7f, 0x80, 0xff] {
                let (mut arena, mut text) = (arena.clone(), text.clone());
                match arena.get_mut(at) {
                    Some(byte) => *byte = damage,
                    None => text[at - arena.len()] = damage,
                }
                let Ok(block) = gather(&arena, &text, 1, Vec::new()) else {
                    refused += 1;
                    continue;
                };
                let read = block.view().and_then(|view| {
                    view.keys()?;
                    view.messages()?;
                    view.exceptions()?;
                    (0..view.columns()).try_for_each(|index| view.column(index).map(|_| ()))
                });
                refused += usize::from(read.is_err());
            }
        }
    }
    assert!(refused > 100);
}
