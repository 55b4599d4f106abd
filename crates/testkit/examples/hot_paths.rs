//! Runs one hot path a given number of times, for a tool that counts instructions (`scripts/instructions.mjs`).
//!
//! `hot_paths SCENARIO BLOCKS`: all blocks of the scenario are built (`ndjson`: as bytes), the first `BLOCKS` of them go through an engine with one worker to a
//! flushed profile. Two runs that differ in `BLOCKS` alone differ by what those blocks cost, from `submit` to the sketches.

use std::error::Error;
use std::sync::Arc;

use rolling_profiles_engine::{EngineError, Limit, RawKind, RawMessage, Settings, TimeWindow};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, settings};

const ROWS: u64 = 256;
const MOST_BLOCKS: u64 = 96;

/// A small generator with a fixed seed (xorshift64*, Vigna 2014): the same rows on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Few are frequent, many are rare.
    fn word(&mut self) -> String {
        format!("word-{}", (self.unit().powi(3) * 1000.0) as u64)
    }
}

fn fraction(random: &mut Random) -> Cell {
    Cell::Number(-random.unit().max(f64::MIN_POSITIVE).ln() * 10.0)
}

fn small_int(random: &mut Random) -> Cell {
    Cell::Number(random.below(100) as f64)
}

fn large_int(random: &mut Random) -> Cell {
    Cell::Number(random.below(1 << 40) as f64)
}

fn few_words(random: &mut Random) -> Cell {
    Cell::Text(format!("kind-{}", random.below(8)))
}

fn words(random: &mut Random) -> Cell {
    Cell::Text(random.word())
}

fn distinct_text(random: &mut Random) -> Cell {
    Cell::Text(format!("user-{:012x}", random.next() >> 16))
}

fn yes_or_no(random: &mut Random) -> Cell {
    Cell::Bool(random.below(10) < 3)
}

type Column = fn(&mut Random) -> Cell;

/// A row as a line of JSON.
fn line(cells: &[Cell]) -> String {
    let fields = cells.iter().enumerate().map(|(column, cell)| match cell {
        Cell::Number(number) => format!("\"c{column}\":{number}"),
        Cell::Text(text) => format!("\"c{column}\":\"{text}\""),
        Cell::Bool(truth) => format!("\"c{column}\":{truth}"),
        _ => format!("\"c{column}\":null"),
    });
    format!("{{{}}}\n", fields.collect::<Vec<_>>().join(","))
}

fn ndjson(bytes: Vec<u8>) -> RawMessage {
    RawMessage {
        kind: RawKind::Ndjson,
        bytes,
        dataset_id: Some("d0".to_owned()),
        org_id: None,
        timestamp_ms: NOW_MS as f64,
        timestamp_column: None,
        window: TimeWindow::ANY,
        waiter: 0,
    }
}

/// The columns of a scenario, and how many keys its rows take turns with.
fn scenario(name: &str) -> Option<(Vec<Column>, usize)> {
    let narrow: Vec<Column> =
        vec![fraction, fraction, fraction, fraction, small_int, large_int, few_words, words, distinct_text, yes_or_no];
    Some(match name {
        "narrow" | "ndjson" => (narrow, 1),
        "interleaved" => (narrow, 1000),
        "fractions" => (vec![fraction; 10], 1),
        "integers" => (vec![large_int; 10], 1),
        "words" => (vec![words; 10], 1),
        "distinct-texts" => (vec![distinct_text; 10], 1),
        "booleans" => (vec![yes_or_no; 10], 1),
        _ => return None,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let (columns, keys) = scenario(&name).ok_or_else(|| format!("there is no scenario {name:?}"))?;
    let blocks: u64 = arguments.next().unwrap_or_default().parse()?;

    let rig = Rig::new(&Settings { limit: Limit::Bytes(u64::MAX), ..settings(1) });
    let numbers: Result<Vec<u32>, EngineError> = (0..keys)
        .map(|number| {
            let dataset = rig.dataset(&format!("d{number}"), vec![Arc::new(MemoryWriter::default())]);
            rig.engine.open_key(dataset, NOW_MS).map(|opened| opened.key)
        })
        .collect();
    let shape = rig.engine.register_shape((0..columns.len()).map(|column| format!("c{column}")).collect());

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut keys = numbers?.into_iter().cycle();
    let mut arenas = Vec::new();
    let mut texts = Vec::new();
    for _ in 0..MOST_BLOCKS {
        let mut arena = Arena::new(shape, columns.len());
        let mut lines = String::new();
        for key in keys.by_ref().take(ROWS as usize) {
            let cells: Vec<Cell> = columns.iter().map(|column| column(&mut random)).collect();
            lines += &line(&cells);
            arena = arena.row(key, cells);
        }
        arenas.push(arena.build());
        texts.push(ndjson(lines.into_bytes()));
    }
    if name == "ndjson" {
        for text in texts.drain(..blocks.min(MOST_BLOCKS) as usize) {
            rig.engine.submit_raw(text)?;
        }
    } else {
        for (arena, text) in arenas.iter().take(blocks as usize) {
            rig.engine.submit(0, arena, text)?;
        }
    }
    rig.flush();
    assert_eq!(rig.engine.stats().tracked_rows, blocks.min(MOST_BLOCKS) * ROWS);
    Ok(())
}
