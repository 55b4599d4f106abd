//! Rows that come few at a time for many keys give each key the profile that its rows give one by one.

use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_profile::{Column, Profile, ProfileSettings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, counted, settings};

const KEYS: usize = 5;
/// Two shapes of rows, which share some columns.
const SHAPES: [&[&str]; 2] = [&["a", "b", "c"], &["b", "d"]];

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        6 => (-20_i32..20).prop_map(|number| Cell::Number(f64::from(number) / 2.0)),
        4 => "[abc]{0,3}".prop_map(Cell::Text),
        2 => any::<bool>().prop_map(Cell::Bool),
        2 => Just(Cell::Null),
        2 => Just(Cell::Absent),
        1 => Just(Cell::Number(f64::NAN)),
        1 => any::<i64>().prop_map(Cell::Integer),
        1 => Just(Cell::Object),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    /// A block of a shape: a key and its cells a row.
    Block(usize, Vec<(usize, Vec<Cell>)>),
    Status,
}

fn step() -> impl Strategy<Value = Step> {
    let block = (0..SHAPES.len()).prop_flat_map(|shape| {
        let row = (0..KEYS, prop::collection::vec(cell(), SHAPES[shape].len()));
        prop::collection::vec(row, 1..60).prop_map(move |rows| Step::Block(shape, rows))
    });
    prop_oneof![9 => block, 1 => Just(Step::Status)]
}

fn add(column: &mut Column, cell: &Cell) {
    match cell {
        Cell::Absent => {}
        Cell::Null => column.add_nulls(1),
        Cell::Number(number) => column.add_numbers(&[*number]),
        Cell::Bool(truth) => column.add_bools(u64::from(*truth), u64::from(!truth)),
        Cell::Text(text) => column.add_texts(std::iter::once(text.as_str())),
        Cell::Integer(integer) => column.add_integral(&[*integer]),
        Cell::Object => column.add_objects(1),
        Cell::Tensor => column.add_tensors(1),
    }
}

/// Everything that does not depend on the order of values within a batch, by column.
fn figures(profile: &Profile) -> Vec<(String, String)> {
    let figures = |column: &Column| {
        let mut frequent = column.frequent_items();
        if let Some(items) = &mut frequent {
            items.sort_by(|a, b| a.value.cmp(&b.value));
        }
        let cardinality = column.cardinality().map(|found| found.estimate.round());
        let distribution = column.distribution().map(|found| (found.n, found.min.to_bits(), found.max.to_bits()));
        format!(
            "{:?} {:?} {:?} {cardinality:?} {distribution:?} {frequent:?}",
            column.counts(),
            column.types(),
            column.ints()
        )
    };
    profile.columns().map(|(name, column)| (name.to_owned(), figures(column))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn waiting_changes_no_figure(steps in prop::collection::vec(step(), 1..30)) {
        let rig = Rig::new(&settings(1));
        let writers: Vec<Arc<MemoryWriter>> = (0..KEYS).map(|_| Arc::default()).collect();
        let keys: Vec<u64> = writers
            .iter()
            .enumerate()
            .map(|(key, writer)| {
                let dataset = rig.dataset(&format!("d{key}"), vec![Arc::clone(writer) as _]);
                rig.engine.hold_key(dataset, NOW_MS).unwrap().key
            })
            .collect();
        let shapes = SHAPES.map(|names| rig.engine.register_shape(names.iter().map(ToString::to_string).collect()));
        let mut expected: Vec<Profile> = keys.iter().map(|_| Profile::new(ProfileSettings::default(), 0, 0, 1)).collect();
        let mut rows_of = [0_u64; KEYS];
        for step in &steps {
            match step {
                Step::Block(shape, rows) => {
                    let mut arena = Arena::new(shapes[*shape], SHAPES[*shape].len());
                    for (key, cells) in rows {
                        arena = arena.row(keys[*key], cells.clone());
                        rows_of[*key] += 1;
                        for (name, cell) in SHAPES[*shape].iter().zip(cells).filter(|(_, cell)| **cell != Cell::Absent) {
                            let id = expected[*key].column(name);
                            add(expected[*key].column_mut(id), cell);
                        }
                    }
                    rig.submit(0, &arena);
                }
                Step::Status => {
                    let seen = rig.status();
                    for (status, expected) in seen.iter().zip(&expected) {
                        let counts = expected.get("b").map_or(0.0, |column| column.counts().n as f64);
                        prop_assert!((counted(status.views.iter().map(Vec::as_slice), "b") - counts).abs() < 0.5);
                    }
                }
            }
        }
        rig.flush();
        for ((writer, expected), rows) in writers.iter().zip(&expected).zip(rows_of) {
            let written = writer.written();
            prop_assert_eq!(written.iter().map(|item| item.rows).sum::<u64>(), rows);
            if let [item] = written.as_slice() {
                prop_assert_eq!(figures(&Profile::deserialize(&item.bytes).unwrap()), figures(expected));
            } else {
                prop_assert!(written.is_empty() && rows == 0);
            }
        }
    }
}

#[test]
fn the_same_rows_by_turns_give_the_same_bytes() {
    let bytes = || {
        let rig = Rig::new(&settings(1));
        let writer = Arc::new(MemoryWriter::default());
        let dataset = rig.dataset("d", vec![Arc::clone(&writer) as _]);
        let keys = [0, 1, 2].map(|day| rig.engine.hold_key(dataset, NOW_MS + day * 86_400_000).unwrap().key);
        let shape = rig.engine.register_shape(vec!["a".to_owned(), "b".to_owned()]);
        for block in 0..100_u32 {
            let row = |arena: Arena, i: u32| {
                let number = f64::from(block * 50 + i).sqrt();
                arena.row(keys[i as usize % 3], [Cell::Number(number), Cell::Text(format!("t{}", i % 40))])
            };
            rig.submit(0, &(0..50).fold(Arena::new(shape, 2), row));
        }
        rig.flush();
        writer.written().iter().map(|item| item.bytes.clone()).collect::<Vec<_>>()
    };
    assert_eq!(bytes().len(), 3);
    assert_eq!(bytes(), bytes());
}
