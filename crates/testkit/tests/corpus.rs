//! The committed inputs of the fuzz targets, and changes of them: what fuzzing has found stays found, on any compiler.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngSeed, TestRunner};
use rolling_profiles_testkit::fuzz::{PeakAlloc, TARGETS};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const LARGEST_INPUT: usize = 4096;
const FEWEST_INPUTS: usize = 10;

/// The inputs of a target, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    inputs.sort();
    inputs
}

fn every_target_has_inputs_and_stands_them() {
    for target in TARGETS {
        let inputs = corpus(target.name);
        assert!(inputs.len() >= FEWEST_INPUTS, "{} has {} inputs", target.name, inputs.len());
        for (name, input) in inputs {
            assert!(input.len() <= LARGEST_INPUT, "{}/{name} is larger than an input may be", target.name);
            println!("{}/{name}", target.name);
            (target.run)(&input);
        }
    }
}

/// One change of an input.
#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Cut(Index),
    /// A number of 4 bytes, little endian.
    Number(Index, u32),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len().max(1)).min(bytes.len());
        match self {
            Self::Set(at, value) => {
                let at = place(at, bytes);
                bytes.get_mut(at).into_iter().for_each(|byte| *byte = *value);
            }
            Self::Flip(at, bit) => {
                let at = place(at, bytes);
                bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << bit);
            }
            Self::Insert(at, more) => {
                let at = place(at, bytes);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = place(at, bytes);
                bytes.drain(at..bytes.len().min(at + count));
            }
            Self::Cut(at) => bytes.truncate(place(at, bytes)),
            Self::Number(at, value) => {
                let at = place(at, bytes);
                let end = bytes.len().min(at + 4);
                bytes.splice(at..end, value.to_le_bytes());
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let extreme = prop_oneof![Just(0), Just(1), Just(0x7f), Just(0x80), Just(0xff), any::<u8>()];
    let number = prop_oneof![0_u32..16, Just(u32::MAX), Just(1 << 31), any::<u32>()];
    prop_oneof![
        4 => (at(), extreme).prop_map(|(at, value)| Edit::Set(at, value)),
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, more)| Edit::Insert(at, more)),
        2 => (at(), 1_usize..9).prop_map(|(at, count)| Edit::Remove(at, count)),
        1 => at().prop_map(Edit::Cut),
        2 => (at(), number).prop_map(|(at, value)| Edit::Number(at, value)),
    ]
}

/// The same changes in every run.
fn every_target_stands_changes_of_its_inputs() {
    for target in TARGETS {
        let inputs: Vec<Vec<u8>> = corpus(target.name).into_iter().map(|(_, input)| input).collect();
        let config = ProptestConfig {
            cases: 10_000,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let changed =
            (prop::sample::select(inputs), prop::collection::vec(edit(), 1..5)).prop_map(|(mut input, edits)| {
                for edit in &edits {
                    edit.apply(&mut input);
                }
                input
            });
        TestRunner::new(config)
            .run(&changed, |input| {
                (target.run)(&input);
                Ok(())
            })
            .unwrap_or_else(|failure| panic!("{}: {failure}", target.name));
    }
}

fn memory_is_counted() {
    let memory = vec![1_u8; 1 << 24];
    assert!(PeakAlloc.current_usage() >= memory.len());
}

/// One test, for memory is counted for the whole process: where there are several, the harness tells how one has ended while the next is
/// measured.
#[test]
fn every_target_stands_its_inputs_and_changes_of_them() {
    memory_is_counted();
    every_target_has_inputs_and_stands_them();
    every_target_stands_changes_of_its_inputs();
}
