//! What sketching itself costs: rows that lie in memory by column, into a profile, in blocks as the engine's workers do; each kind of column
//! alone; and the same row by row through crate `datasketches`, as the floor that others would stand on.
//!
//! The rows are those of `npm run bench`, a JSON object a line, in the file that `ROLLING_PROFILES_BENCH_ROWS` names. Without it nothing is measured.
//! An iteration is all rows, into new sketches; divide by their number.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput};
use datasketches::frequencies::FrequentItemsSketch;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::hll::{HllSketch, HllType};
use datasketches::kll::{KllFloat, KllSketch};
use rolling_profiles_profile::{Profile, ProfileSettings};
use serde_json::Value;

const BLOCK_ROWS: usize = 256;

enum Values {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Bools(Vec<bool>),
}

/// The rows by column.
struct Rows {
    count: usize,
    columns: BTreeMap<String, Values>,
}

impl Rows {
    fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(path).expect("the rows can be read");
        let mut rows = Self { count: 0, columns: BTreeMap::new() };
        for line in text.lines() {
            let row: BTreeMap<String, Value> = serde_json::from_str(line).expect("a line is an object");
            for (name, value) in row {
                let values = rows.columns.entry(name);
                match value {
                    Value::Number(number) => {
                        let Values::Numbers(all) = values.or_insert(Values::Numbers(Vec::new())) else { continue };
                        all.extend(number.as_f64());
                    }
                    Value::String(text) => {
                        let Values::Texts(all) = values.or_insert(Values::Texts(Vec::new())) else { continue };
                        all.push(text);
                    }
                    Value::Bool(truth) => {
                        let Values::Bools(all) = values.or_insert(Values::Bools(Vec::new())) else { continue };
                        all.push(truth);
                    }
                    _ => {}
                }
            }
            rows.count += 1;
        }
        rows
    }

    /// Adds rows `from..to` of some columns.
    fn feed(&self, profile: &mut Profile, wanted: impl Fn(&str) -> bool, from: usize, to: usize) {
        for (name, values) in self.columns.iter().filter(|(name, _)| wanted(name)) {
            let id = profile.column(name);
            let column = profile.column_mut(id);
            match values {
                Values::Numbers(numbers) => column.add_numbers(&numbers[from..to]),
                Values::Texts(texts) => column.add_texts(texts[from..to].iter().map(String::as_str)),
                Values::Bools(bools) => {
                    let trues = bools[from..to].iter().filter(|&&truth| truth).count();
                    column.add_bools(trues as u64, (to - from - trues) as u64);
                }
            }
        }
    }

    fn profile(&self, wanted: impl Fn(&str) -> bool) -> Profile {
        let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
        for from in (0..self.count).step_by(BLOCK_ROWS) {
            self.feed(&mut profile, &wanted, from, self.count.min(from + BLOCK_ROWS));
        }
        profile
    }
}

/// A column's sketches, of the crate.
struct Plain {
    hll: HllSketch,
    kll: KllSketch<KllFloat<f64>>,
    frequent: FrequentItemsSketch<String>,
}

impl Plain {
    fn new() -> Self {
        Self {
            hll: HllSketch::new(12, HllType::Hll4).expect("12 is a valid size"),
            kll: KllSketch::new(1024).expect("1024 is a valid size"),
            frequent: FrequentItemsSketch::new(1024).expect("1024 is a valid size"),
        }
    }

    fn add(&mut self, values: &Values, row: usize) {
        match values {
            Values::Numbers(numbers) => {
                let number = numbers[row];
                self.kll.update(double(number));
                if number.fract() == 0.0 {
                    self.hll.update(number as i64);
                    self.frequent.update((number as i64).to_string());
                } else {
                    self.hll.update(canonical_float::from_f64(number));
                }
            }
            Values::Texts(texts) => {
                self.hll.update(raw_bytes::from_str(&texts[row]));
                self.frequent.update(texts[row].clone());
            }
            Values::Bools(bools) => {
                self.kll.update(double(f64::from(u8::from(bools[row]))));
                self.hll.update(i64::from(bools[row]));
                self.frequent.update(if bools[row] { "True" } else { "False" }.to_owned());
            }
        }
    }
}

fn double(value: f64) -> KllFloat<f64> {
    KllFloat::<f64>::new(value).expect("JSON has no NaN")
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let Ok(path) = std::env::var("ROLLING_PROFILES_BENCH_ROWS") else {
        println!("ROLLING_PROFILES_BENCH_ROWS names no rows: nothing is measured");
        return;
    };
    let rows = Rows::read(&path);
    let mut group = criterion.benchmark_group("floor");
    group.sample_size(10).throughput(Throughput::Elements(rows.count as u64));
    group.bench_function("row", |bencher| bencher.iter(|| black_box(rows.profile(|_| true))));
    for name in rows.columns.keys() {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(rows.profile(|column| column == name))));
    }
    group.bench_function("crate", |bencher| {
        bencher.iter(|| {
            let mut sketches: Vec<Plain> = rows.columns.values().map(|_| Plain::new()).collect();
            for row in 0..rows.count {
                for (sketch, values) in sketches.iter_mut().zip(rows.columns.values()) {
                    sketch.add(values, row);
                }
            }
            black_box(sketches)
        });
    });
    group.finish();
    criterion.final_summary();
}
