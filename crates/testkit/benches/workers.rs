//! How an engine scales with its workers: blocks of rows, or columns of numbers, all of one dataset and made and queued beforehand, until they are
//! tracked. Nobody else is at work then.
//!
//! The rows are those of `npm run bench`, a JSON object a line, in the file that `ROLLING_PROFILES_BENCH_ROWS` names. Without it nothing is measured.
//! An iteration is all rows, four times over, in a new engine; divide by their number.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput};
use rolling_profiles_engine::{Limit, RawKind, RawMessage, Settings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, raw, settings};
use serde_json::Value;

const BLOCK_ROWS: usize = 256;
const FRAME_ROWS: usize = 1000;
const TIMES: usize = 4;
/// The numbers that a new engine gives its first dataset's first key, and its first shape.
const FIRST: u64 = 1;

type Row = BTreeMap<String, Value>;

fn read(path: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(path).expect("the rows can be read");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect()
}

fn names(row: &Row) -> Vec<String> {
    row.keys().cloned().collect()
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Number(number) => number.as_f64().map_or(Cell::Null, Cell::Number),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Bool(truth) => Cell::Bool(*truth),
        _ => Cell::Null,
    }
}

/// An arena with its text.
fn block(rows: &[Row]) -> (Vec<u8>, Vec<u8>) {
    let arena = Arena::new(FIRST, rows[0].len());
    rows.iter().fold(arena, |arena, row| arena.row(FIRST, row.values().map(cell))).build()
}

/// The rows' numbers by column, in the form of typed arrays: doubles, or whole numbers of 64 bits.
fn frame(rows: &[Row]) -> RawMessage {
    const MAGIC: u32 = 0x0143_5052;
    const INTEGERS: u32 = 2;
    const FLOATS: u32 = 3;
    let (mut description, mut names, mut buffers) = (Vec::new(), String::new(), Vec::new());
    let numbers: Vec<_> = rows[0].iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect();
    for (buffer, &name) in numbers.iter().enumerate() {
        let values = || rows.iter().map(|row| &row[name]);
        let is_whole = values().all(Value::is_i64);
        let kind = if is_whole { INTEGERS } else { FLOATS };
        description.extend([name.len() as u32, 1, kind, rows.len() as u32, 0, 0, buffer as u32, 8]);
        description.extend(is_whole.then_some(1));
        names += name;
        buffers.extend(values().flat_map(|value| match value.as_i64() {
            Some(whole) if is_whole => whole.to_le_bytes(),
            _ => value.as_f64().expect("the column has numbers alone").to_le_bytes(),
        }));
    }
    let counts = [rows.len(), numbers.len(), description.len(), numbers.len(), names.len()];
    let words = [MAGIC].into_iter().chain(counts.map(|count| count as u32)).chain(description);
    let lengths = vec![8 * rows.len() as u32; numbers.len()];
    let mut bytes: Vec<u8> = words.chain(lengths).flat_map(u32::to_le_bytes).chain(names.into_bytes()).collect();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(buffers);
    raw(RawKind::Columns, bytes)
}

/// A new engine with dataset `d`.
fn engine(workers: usize) -> Rig {
    let rig = Rig::new(&Settings { limit: Limit::Bytes(u64::MAX), ..settings(workers) });
    let dataset = rig.dataset("d", vec![Arc::new(MemoryWriter::default())]);
    let key = rig.engine.hold_key(dataset, NOW_MS).expect("the dataset is open").key;
    assert_eq!(key, FIRST, "blocks are made for this number");
    rig
}

/// Stops each worker at the answer to a row, until the sink is released; what comes behind waits in the lanes.
fn stop(rig: &Rig, workers: usize, shape: u64) {
    rig.sink.hold();
    for lane in 0..workers {
        let waiter = lane as u64 + 1;
        rig.submit(lane, &Arena::new(shape, 1).row(FIRST, [Cell::Null]).message(0, 1, false, waiter));
        rig.settled(waiter);
    }
}

/// An engine that has been given all blocks.
fn with_blocks(workers: usize, names: &[String], blocks: &[(Vec<u8>, Vec<u8>)]) -> Rig {
    let rig = engine(workers);
    let shape = rig.engine.register_shape(names.to_vec());
    assert_eq!(shape, FIRST, "blocks are made for this number");
    let stopping = rig.engine.register_shape(names[..1].to_vec());
    stop(&rig, workers, stopping);
    for (number, (arena, text)) in std::iter::repeat_n(blocks, TIMES).flatten().enumerate() {
        rig.engine.submit(number % workers, arena, text).expect("the engine is alive");
    }
    rig
}

/// An engine that has been given all frames. Before the clock starts it has tracked them once, which makes the dataset a hot one, dealt to all workers.
fn with_frames(workers: usize, names: &[String], frames: &[RawMessage]) -> Rig {
    let rig = engine(workers);
    let submit = |times: usize| {
        for frame in std::iter::repeat_n(frames, times).flatten() {
            rig.engine.submit_raw(frame.clone()).expect("the engine is alive");
        }
    };
    submit(1);
    rig.reach();
    let stopping = rig.engine.register_shape(names[..1].to_vec());
    stop(&rig, workers, stopping);
    submit(TIMES);
    rig
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let Ok(path) = std::env::var("ROLLING_PROFILES_BENCH_ROWS") else {
        println!("ROLLING_PROFILES_BENCH_ROWS names no rows: nothing is measured");
        return;
    };
    let rows = read(&path);
    let names = names(&rows[0]);
    let blocks: Vec<_> = rows.chunks(BLOCK_ROWS).map(block).collect();
    let frames: Vec<_> = rows.chunks(FRAME_ROWS).map(frame).collect();
    let mut group = criterion.benchmark_group("workers");
    group.sample_size(10).throughput(Throughput::Elements((TIMES * rows.len()) as u64));
    let mut measure = |name: String, passes: usize, loaded: &dyn Fn() -> Rig, workers: usize| {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                loaded,
                |rig| {
                    rig.sink.release();
                    rig.reach();
                    assert_eq!(rig.engine.stats().tracked_rows, (workers + passes * rows.len()) as u64);
                    black_box(rig)
                },
                BatchSize::PerIteration,
            );
        });
    };
    for workers in [1, 2] {
        measure(workers.to_string(), TIMES, &|| with_blocks(workers, &names, &blocks), workers);
        measure(format!("columns-{workers}"), TIMES + 1, &|| with_frames(workers, &names, &frames), workers);
    }
    group.finish();
    criterion.final_summary();
}
