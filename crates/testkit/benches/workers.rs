//! How an engine scales with its workers: blocks of one dataset, dealt to the workers beforehand, until all are tracked. Nobody else is at work then.
//!
//! The rows are those of `npm run bench`, a JSON object a line, in the file that `ROLLING_PROFILES_BENCH_ROWS` names. Without it nothing is measured.
//! An iteration is all rows, six times over, in a new engine; divide by their number.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput};
use rolling_profiles_engine::{Limit, Settings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, settings};
use serde_json::Value;

const BLOCK_ROWS: usize = 256;
const TIMES: usize = 6;
/// The numbers that a new engine gives its first dataset's first key, and its first shape.
const FIRST: u32 = 0;

/// Blocks of all rows, each an arena with its text, and the names of their columns.
struct Blocks {
    rows: usize,
    names: Vec<String>,
    arenas: Vec<(Vec<u8>, Vec<u8>)>,
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Number(number) => number.as_f64().map_or(Cell::Null, Cell::Number),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Bool(truth) => Cell::Bool(*truth),
        _ => Cell::Null,
    }
}

fn read(path: &str) -> Blocks {
    let text = std::fs::read_to_string(path).expect("the rows can be read");
    let rows: Vec<BTreeMap<String, Value>> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect();
    let names: Vec<String> = rows[0].keys().cloned().collect();
    let block = |rows: &[BTreeMap<String, Value>]| {
        let arena = Arena::new(FIRST, names.len());
        rows.iter().fold(arena, |arena, row| arena.row(FIRST, row.values().map(cell))).build()
    };
    Blocks { rows: rows.len(), arenas: rows.chunks(BLOCK_ROWS).map(block).collect(), names }
}

/// An engine with all blocks in its lanes, none of them begun: each worker stands at the answer to a row that came first.
fn loaded(workers: usize, blocks: &Blocks) -> Rig {
    let rig = Rig::new(&Settings { limit: Limit::Bytes(u64::MAX), ..settings(workers) });
    let dataset = rig.dataset("d", vec![Arc::new(MemoryWriter::default())]);
    let key = rig.engine.open_key(dataset, NOW_MS).expect("the dataset is open").key;
    let shape = rig.engine.register_shape(blocks.names.clone());
    assert_eq!((key, shape), (FIRST, FIRST), "the blocks were made for these numbers");
    rig.sink.hold();
    for lane in 0..workers {
        let waiter = lane as u64 + 1;
        rig.submit(lane, &Arena::new(shape, blocks.names.len()).row(key, [Cell::Null]).message(0, 1, false, waiter));
        rig.settled(waiter);
    }
    for (number, (arena, text)) in std::iter::repeat_n(&blocks.arenas, TIMES).flatten().enumerate() {
        rig.engine.submit(number % workers, arena, text).expect("the engine is alive");
    }
    rig
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let Ok(path) = std::env::var("ROLLING_PROFILES_BENCH_ROWS") else {
        println!("ROLLING_PROFILES_BENCH_ROWS names no rows: nothing is measured");
        return;
    };
    let blocks = read(&path);
    let mut group = criterion.benchmark_group("workers");
    group.sample_size(10).throughput(Throughput::Elements((TIMES * blocks.rows) as u64));
    for workers in [1, 2] {
        group.bench_function(workers.to_string(), |bencher| {
            bencher.iter_batched(
                || loaded(workers, &blocks),
                |rig| {
                    rig.sink.release();
                    rig.reach();
                    assert_eq!(rig.engine.stats().tracked_rows, (workers + TIMES * blocks.rows) as u64);
                    black_box(rig)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    criterion.final_summary();
}
