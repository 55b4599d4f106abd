//! Runs one hot path a given number of times, for a tool that counts instructions (`scripts/instructions.mjs`).
//!
//! `hot_paths SCENARIO BLOCKS`: all blocks of the scenario are built (`ndjson`: lines of as many rows), the first `BLOCKS` of them go through an engine with one worker to a
//! flushed profile. Two runs that differ in `BLOCKS` alone differ by what those blocks cost, from `submit` to the sketches.

use std::error::Error;
use std::sync::Arc;

use rolling_profiles_engine::{EngineError, Limit, RawKind, RawMessage, Settings};
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, raw, settings};

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

/// What is submitted at once.
enum Work {
    /// An arena and its text.
    Block(Vec<u8>, Vec<u8>),
    Lines(RawMessage),
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
    let numbers: Result<Vec<u64>, EngineError> = (0..keys)
        .map(|number| {
            let dataset = rig.dataset(&format!("d{number}"), vec![Arc::new(MemoryWriter::default())]);
            rig.engine.hold_key(dataset, NOW_MS).map(|opened| opened.key)
        })
        .collect();
    let shape = rig.engine.register_shape((0..columns.len()).map(|column| format!("c{column}")).collect());

    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut keys = numbers?.into_iter().cycle();
    let mut work = || {
        let cells = |key| (key, columns.iter().map(|column| column(&mut random)).collect());
        let rows: Vec<(u64, Vec<Cell>)> = keys.by_ref().take(ROWS as usize).map(cells).collect();
        if name == "ndjson" {
            let lines: String = rows.iter().map(|(_, cells)| line(cells)).collect();
            Work::Lines(RawMessage { dataset_id: Some("d0".to_owned()), ..raw(RawKind::Ndjson, lines) })
        } else {
            let arena = Arena::new(shape, columns.len());
            let (arena, text) = rows.into_iter().fold(arena, |arena, (key, cells)| arena.row(key, cells)).build();
            Work::Block(arena, text)
        }
    };
    let all: Vec<Work> = (0..MOST_BLOCKS).map(|_| work()).collect();
    for work in all.into_iter().take(blocks as usize) {
        match work {
            Work::Block(arena, text) => rig.engine.submit(0, &arena, &text).map(drop)?,
            Work::Lines(lines) => rig.engine.submit_raw(lines).map(drop)?,
        }
    }
    rig.flush();
    assert_eq!(rig.engine.stats().tracked_rows, blocks.min(MOST_BLOCKS) * ROWS);
    Ok(())
}
