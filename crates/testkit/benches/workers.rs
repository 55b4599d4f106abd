//! How an engine scales with its workers: blocks made beforehand, all of one dataset, from the first `submit` until all are tracked.
//!
//! The rows are those of `npm run bench`, a JSON object a line, in the file that `ROLLING_PROFILES_BENCH_ROWS` names. Without it nothing is measured.
//! An iteration is all rows, three times over, in a new engine; divide by their number.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use rolling_profiles_engine::{Dataset, Engine, Event, Granularity, Limit, Parts, Plan, Settings};
use rolling_profiles_testkit::{Arena, Cell, ManualClock, MemoryWriter, RecordingSink};
use serde_json::Value;

const NOW_MS: i64 = 1_700_000_000_000;
const BLOCK_ROWS: usize = 256;
const TIMES: usize = 3;
/// What waits stays in the processor's caches, and its memory is used again.
const QUEUE_BYTES: u64 = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(10);
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

fn engine(workers: usize, names: &[String]) -> (Engine, Arc<RecordingSink>) {
    let sink = Arc::new(RecordingSink::default());
    let settings = Settings {
        workers,
        limit: Limit::Bytes(QUEUE_BYTES),
        max_profile_bytes: 1 << 30,
        seed: Some(1),
        max_columns: 100,
        max_value_bytes: 1024,
        max_name_bytes: 1024,
        max_depth: 32,
    };
    let parts = Parts { clock: Arc::new(ManualClock::at(NOW_MS)), sink: Arc::clone(&sink) as _ };
    let engine = Engine::start(&settings, parts).expect("threads can be started");
    let dataset = engine.open_dataset(Dataset {
        id: "d".to_owned(),
        org: None,
        width: Granularity::Day,
        schedule: None,
        plan: Plan::default(),
        writers: vec![Arc::new(MemoryWriter::default())],
    });
    let key = engine.open_key(dataset, NOW_MS).expect("the dataset is open").key;
    assert_eq!((key, engine.register_shape(names.to_vec())), (FIRST, FIRST), "the blocks were made for these numbers");
    (engine, sink)
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
                || engine(workers, &blocks.names),
                |(engine, sink)| {
                    for (number, (arena, text)) in std::iter::repeat_n(&blocks.arenas, TIMES).flatten().enumerate() {
                        assert!(engine.wait_for_space((arena.len() + text.len()) as u64, PATIENCE), "workers go on");
                        engine.submit(number % workers, arena, text).expect("the engine is alive");
                    }
                    engine.reach(1).expect("the engine is alive");
                    sink.wait("all tracked", |event| matches!(event, Event::Settled(_)).then_some(()));
                    black_box((engine, sink))
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    criterion.final_summary();
}
